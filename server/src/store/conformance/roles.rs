//! What somebody may do is what their role may, in whatever transaction does it; and what becomes of what they have when
//! it is another.

use deskbell_shared::model::{
    AgentId, Availability, ConversationId, Priority, Right, Role, Seq, SnippetId, TagColour, TagId, TagView,
    UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode::{NotAllowed, NotFound};

use super::Backend;
use super::desks::{LOADED, assign, lease, step};
use super::story::*;
use crate::store::accounts::{InviteRecord, SessionRecord};
use crate::store::conversations::{OutOfSight, Writer};
use crate::store::desks::{Deed, NodeId, Outcome, Reason};
use crate::store::erasure::Erase;
use crate::store::filing::{Prioritise, TagWrite, Tagging, WrapUp};
use crate::store::mail::LeaveAddress;
use crate::store::team::InboxChange;
use crate::store::tools::SnippetWrite;
use crate::store::{Fault, Scope, Stored};

/// What is tried, by one whose role is another each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Try {
    Note,
    Message,
    Claim,
    Reopen,
    BeGiven,
    BeOffered,
    Availability,
    Resolve,
    Snooze,
    Wake,
    GiveOn,
    HandOver,
    Tag,
    Prioritise,
    WrapUp,
    NoteMailed,
    Block,
    Unblock,
    SharedSnippet,
    Erase,
}

const TRIES: [(Try, Right); 20] = [
    (Try::Note, Right::Note),
    (Try::Message, Right::Answer),
    (Try::Claim, Right::Serve),
    (Try::Reopen, Right::Serve),
    (Try::BeGiven, Right::Serve),
    (Try::BeOffered, Right::Serve),
    (Try::Availability, Right::Serve),
    (Try::Resolve, Right::Steer),
    (Try::Snooze, Right::Steer),
    (Try::Wake, Right::Steer),
    (Try::GiveOn, Right::Steer),
    (Try::HandOver, Right::Steer),
    (Try::Tag, Right::Steer),
    (Try::Prioritise, Right::Steer),
    (Try::WrapUp, Right::Steer),
    (Try::NoteMailed, Right::Answer),
    (Try::Block, Right::Block),
    (Try::Unblock, Right::Block),
    (Try::SharedSnippet, Right::ShareSnippets),
    (Try::Erase, Right::Erase),
];

fn outcome(outcomes: &[Outcome]) -> Stored<()> {
    match outcomes {
        [Outcome::Done(_)] => Ok(()),
        // A desk asks for nobody who is not there.
        [Outcome::NotThere] => Err(Fault::because(NotAllowed)),
        other => panic!("{other:?}"),
    }
}

impl<S: Backend> Story<S> {
    /// One try about a conversation of its own.
    async fn tries(&self, it: Try, kim: AgentId, number: u128) -> Stored<()> {
        let (c, who) = (ConversationId(0xc00 + number), VisitorId(0xa00 + number));
        self.starts(who, c, &[(1, "hi")]).await.unwrap();
        let outcome = self.tries_with(it, kim, number, (c, who)).await;
        // So that everybody has room for the next one.
        self.resolves(Scope::Visitor(who), c).await.unwrap();
        outcome
    }

    async fn tries_with(
        &self,
        it: Try,
        kim: AgentId,
        number: u128,
        (c, who): (ConversationId, VisitorId),
    ) -> Stored<()> {
        let at = self.now();
        match it {
            Try::Note => self.notes(kim, c, "a note").await.map(drop),
            Try::Message => {
                // Whether they have it or not.
                let _ = self.claims(kim, c, 0).await;
                self.answers(kim, c, &[(2, "hello")]).await.map(drop)
            }
            Try::Claim => self.claims(kim, c, 0).await.map(drop),
            Try::Reopen => {
                self.resolves(Scope::Visitor(who), c).await.unwrap();
                self.takes_up_again(kim, c).await.map(drop)
            }
            Try::BeGiven => {
                let sales = lease(self, SALES, NodeId(1)).await.unwrap();
                outcome(&step(self, sales, vec![assign(c, kim, 0, LOADED)]).await)
            }
            Try::BeOffered => {
                let sales = lease(self, SALES, NodeId(1)).await.unwrap();
                let (conversation, agent, until) = (c, kim, UnixMillis(at.0 + 9_000));
                let offer = Deed::Offer { conversation, agent, version_expected: 0, until, reason: LOADED };
                outcome(&step(self, sales, vec![offer]).await)
            }
            Try::Availability => self.store.set_availability(kim, Availability::Available, None).await,
            Try::Resolve => self.resolves(Scope::Agent(kim), c).await.map(drop),
            Try::Snooze => {
                let _ = self.claims(kim, c, 0).await;
                self.snoozes(kim, c, 9_000).await.map(drop)
            }
            Try::Wake => self.takes_back(kim, c).await.map(drop),
            Try::GiveOn => {
                let sales = lease(self, SALES, NodeId(1)).await.unwrap();
                outcome(&step(self, sales, vec![assign(c, BEN, 0, Reason::Transferred { by: kim })]).await)
            }
            Try::HandOver => {
                let sales = lease(self, SALES, NodeId(1)).await.unwrap();
                let (version_expected, note) = (0, None);
                let on = Deed::HandOver { conversation: c, version_expected, inbox: PRESS, by: kim, note };
                outcome(&step(self, sales, vec![on]).await)
            }
            Try::Tag => {
                let tag = TagView {
                    id: TagId(number),
                    name: format!("tag {number}"),
                    colour: TagColour::Blue,
                    is_archived: false,
                };
                let asked = Tagging { conversation: c, agent: kim, tag: tag.id, on: true, at };
                self.store.write_tag(TagWrite { tag, is_new: true }).await.unwrap();
                self.store.tag(asked).await.map(drop)
            }
            Try::Prioritise => {
                let asked = Prioritise { conversation: c, agent: kim, priority: Priority::High, at };
                self.store.prioritise(asked).await.map(drop)
            }
            Try::WrapUp => {
                let asked = WrapUp { conversation: c, agent: kim, outcome: None, at };
                self.store.wrap_up(asked).await.map(drop)
            }
            Try::NoteMailed => {
                let address = "ann@example.com".to_owned();
                let leave = LeaveAddress { conversation: c, visitor: who, address, at };
                self.store.leave_address(leave).await.unwrap();
                self.store.note_mailed(c, kim, at).await.map(drop)
            }
            Try::Block => self.blocks(kim, who, 9_000).await,
            Try::Unblock => {
                self.blocks(OLGA, who, 9_000).await.unwrap();
                self.store.unblock(kim, who).await
            }
            Try::SharedSnippet => {
                let (shortcut, text) = (format!("s{number}"), "a text".to_owned());
                let (id, situation) = (SnippetId(number), None);
                let (agent, is_new, is_shared) = (kim, true, true);
                let write = SnippetWrite { id, is_new, agent, is_shared, shortcut, text, situation, at };
                self.store.write_snippet(write).await
            }
            Try::Erase => {
                let erase = Erase { visitor: who, scope: Scope::Agent(kim), at };
                self.store.erase_visitor(erase).await.map(drop)
            }
        }
    }

    async fn becomes(&self, agent: AgentId, role: Role) {
        self.store.set_role(agent, role, self.now()).await.unwrap();
        assert_eq!(self.agent(agent).await.role, role);
    }

    async fn works_in_sales(&self, agents: &[AgentId]) {
        let edit = InboxChange { name: "Shop".into(), members: agents.to_vec(), hours: None, routing: None };
        self.store.edit_inbox(SALES, edit, self.now()).await.unwrap();
    }
}

pub async fn every_deed_by_every_role<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    let kim = AgentId(0x04);
    story.joins(kim, "Kim", "kim@shop.example").await.unwrap();
    let mut number = 0;
    for role in Role::ALL {
        story.becomes(kim, *role).await;
        for is_member in [true, false] {
            let members = [OLGA, AMY, BEN, kim];
            story.works_in_sales(&members[..if is_member { 4 } else { 3 }]).await;
            for (it, right) in TRIES {
                number += 1;
                let is_in_sight = is_member || role.may(Right::SeeAll);
                // What is about no conversation is asked by whoever sees none, too.
                let is_hidden = !is_in_sight && !matches!(it, Try::Availability | Try::SharedSnippet);
                let is_asked_of_a_desk =
                    matches!(it, Try::BeGiven | Try::BeOffered | Try::GiveOn | Try::HandOver);
                let wanted = match (is_hidden, role.may(right)) {
                    (false, true) => Ok(()),
                    // Of whom they may erase nothing, they hear nothing.
                    _ if it == Try::Erase => Err(Fault::because(NotFound)),
                    (true, _) if !is_asked_of_a_desk => Err(Fault::because(NotFound)),
                    _ => Err(Fault::because(NotAllowed)),
                };
                let found = story.tries(it, kim, number).await;
                assert_eq!(found, wanted, "{it:?} by {role:?}, a member: {is_member}");
            }
        }
    }
}

pub async fn who_serves_no_more_hands_back<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C2, 0).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    let arrived_at = story.sees(BY_ANN, C1).await.view.arrived_at;
    let place = story.store.feed_head().await.unwrap();
    let changed = story.store.set_role(AMY, Role::LightAgent, story.now()).await.unwrap();
    assert_eq!(changed.iter().map(|changed| changed.conversation).collect::<Vec<_>>(), [C1, C2]);
    assert_eq!(
        story.transcript(BY_ANN, C1).await,
        ["1 visitor: hi", "2 Amy gives it to Amy (1)", "3 system takes it from Amy (2)"]
    );
    let view = story.sees(BY_AMY, C1).await.view;
    assert_eq!((view.assignee, view.assignment_version, view.arrived_at), (None, 2, arrived_at));
    // They see the inbox, and are nobody to whom it gives anything.
    assert_eq!(story.store.inbox_agents(SALES).await.unwrap(), [OLGA, AMY, BEN]);
    let staff = story.store.desk_agents(SALES).await.unwrap();
    assert_eq!(staff.iter().map(|agent| agent.view.id).collect::<Vec<_>>(), [OLGA, BEN]);
    assert_eq!(story.store.out_of_sight(AMY, place, 9).await.unwrap(), OutOfSight::Anew);
    assert!(story.store.set_role(AMY, Role::LightAgent, story.now()).await.unwrap().is_empty());
    // And back: with nothing of what they had.
    story.becomes(AMY, Role::Agent).await;
    story.claims(AMY, C1, 2).await.unwrap();
    assert_refused(story.store.set_role(AgentId(0x99), Role::Agent, story.now()).await, NotFound);
    story.store.deactivate(AMY, story.now()).await.unwrap();
    assert_refused(story.store.set_role(AMY, Role::Agent, story.now()).await, NotFound);
}

pub async fn who_sees_less_hands_back_what_is_out_of_sight<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.store.leave(PRESS, AMY).await.unwrap();
    story.becomes(AMY, Role::Supervisor).await;
    assert_eq!(story.store.inbox_agents(PRESS).await.unwrap(), [OLGA, AMY, BEN]);
    let staff = story.store.desk_agents(PRESS).await.unwrap();
    let amy = staff.iter().find(|agent| agent.view.id == AMY).expect("may be handed some");
    assert!(!amy.is_member, "and is given none by the desk");
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts_on(BLOG, PRESS, BOB, C2, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.claims(AMY, C2, 0).await.unwrap();
    let changed = story.store.set_role(AMY, Role::Agent, story.now()).await.unwrap();
    assert_eq!(changed.iter().map(|changed| changed.conversation).collect::<Vec<_>>(), [C2]);
    assert_eq!(story.sees(BY_AMY, C1).await.view.assignee.map(|has| has.id), Some(AMY));
    assert_refused(story.claims(AMY, C2, 2).await, NotFound);
}

pub async fn the_last_owner_keeps_their_role<S: Backend>(story: Story<S>) {
    assert_refused(story.store.set_role(OLGA, Role::Supervisor, story.now()).await, NotAllowed);
    story.becomes(AMY, Role::Owner).await;
    story.store.deactivate(AMY, story.now()).await.unwrap();
    assert_refused(story.store.set_role(OLGA, Role::Agent, story.now()).await, NotAllowed);
    story.store.reactivate(AMY).await.unwrap();
    story.becomes(OLGA, Role::LightAgent).await;
    assert_refused(story.store.set_role(AMY, Role::Agent, story.now()).await, NotAllowed);
    assert_refused(story.store.deactivate(AMY, story.now()).await, NotAllowed);
}

pub async fn an_owner_who_is_none_any_more_leaves_no_way_back<S: Backend>(story: Story<S>) {
    story.becomes(AMY, Role::Owner).await;
    let invite = |number: u8, role: Role| InviteRecord {
        secret: [number; 32],
        email: format!("kim{number}@shop.example"),
        role,
        agent: None,
        expires_at: story.now(),
    };
    let try_all = async |first: u8| {
        let mut done = Vec::new();
        for (number, role) in (first..).zip(Role::ALL) {
            let newcomer = story.newcomer(AgentId(number.into()), "Kim", "ignored@x.example", *role);
            if story.store.accept_invite([number; 32], newcomer).await.is_ok() {
                done.push(*role);
            }
        }
        done
    };
    for (first, owner) in [(0x50, OLGA), (0x60, AMY)] {
        for (number, role) in (first..).zip(Role::ALL) {
            story.store.invite(invite(number, *role)).await.unwrap();
        }
        if owner == OLGA {
            story.becomes(OLGA, Role::Agent).await;
        } else {
            story.becomes(BEN, Role::Owner).await;
            story.store.deactivate(AMY, story.now()).await.unwrap();
        }
        assert_eq!(try_all(first).await, [Role::Agent, Role::LightAgent]);
    }
}

pub async fn a_role_comes_with_an_invitation_and_is_that_of_every_session<S: Backend>(story: Story<S>) {
    for (number, role) in Role::ALL.iter().enumerate() {
        let (secret, id) = ([0x70 + number as u8; 32], AgentId(0x70 + number as u128));
        let email = format!("{}@shop.example", role.text());
        let invite = InviteRecord { secret, email, role: *role, agent: None, expires_at: story.now() };
        story.store.invite(invite).await.unwrap();
        let newcomer = story.newcomer(id, "Kim", "ignored@x.example", Role::Agent);
        story.store.accept_invite(secret, newcomer).await.unwrap();
        assert_eq!(story.agent(id).await.role, *role);
    }
    let at = story.now();
    let session =
        SessionRecord { secret: [9; 32], agent: AMY, role: Role::Agent, opened_at: at, used_at: at };
    story.store.open_session(session, String::new()).await.unwrap();
    story.becomes(AMY, Role::LightAgent).await;
    let session = story.store.session([9; 32]).await.unwrap().expect("it goes on");
    assert_eq!(session.role, Role::LightAgent, "with what they are now");
}

pub async fn what_light_agents_read_is_not_read_by_staff<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.becomes(AMY, Role::LightAgent).await;
    assert_nothing_changed(&story.marks(BY_AMY, C1, 1, 1).await.unwrap());
    let marks = story.sees(BY_ANN, C1).await.view.marks;
    assert_eq!((marks.staff_received, marks.staff_read), (Seq(0), Seq(0)));
    assert_eq!(story.summary(C1).await.unread, 1);
    story.marks(Scope::Agent(BEN), C1, 1, 1).await.unwrap();
    assert_eq!(story.summary(C1).await.unread, 0);
}

pub async fn who_answers_no_more_leaves_what_they_said<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    let note = story.notes(AMY, C1, "a note").await.unwrap().acks[0].cmid;
    story.becomes(AMY, Role::LightAgent).await;
    let amy = || Writer::Agent(AMY);
    assert_refused(story.edits(amy(), C1, 2, "other words").await, NotAllowed);
    assert_refused(story.withdraws(amy(), C1, 2).await, NotAllowed);
    story.edits(amy(), C1, note.0, "a better note").await.unwrap();
    story.withdraws(amy(), C1, note.0).await.unwrap();
    assert!(story.transcript(BY_ANN, C1).await.contains(&"3 Amy: hello".to_owned()));
}
