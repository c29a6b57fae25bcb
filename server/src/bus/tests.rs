//! What the hub owes those who follow, whatever the order and the pace.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{
    AgentId, AgentView, Author, Closed, Cmid, ConversationId, EntryBody, Epoch, Feed, InboxId, Marks, Role,
    Seq, SiteId, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::{CloseCode, Frame};
use tokio::time::Instant;

use super::mailbox::{ENTRIES_QUEUED_MAX, PRESENCE_QUEUED_MAX, Typing};
use super::presence::{AGENT_GRACE, Choice, InboxMembers, VISITOR_GRACE};
use super::{Hub, Joined};
use crate::auth::Principal;
use crate::store::accounts::EndSessions;
use crate::store::conversations::{BothMarks, Changed, Row};

const CONVERSATION: ConversationId = ConversationId(9);
const INBOX: InboxId = InboxId(3);

fn hub() -> Arc<Hub> {
    Arc::new(Hub::new(Epoch(1)))
}

fn visitor(id: u128) -> Principal {
    Principal::Visitor { id: VisitorId(id), site: SiteId(2), inbox: INBOX, session: None }
}

fn agent(id: u128, session: u8) -> Principal {
    Principal::Agent { id: AgentId(id), role: Role::Agent, session: [session; 32], from: None }
}

/// A connection that has read everything and is live at the beginning.
fn follower(hub: &Arc<Hub>, who: Principal) -> Joined {
    let joined = hub.join(who).unwrap();
    assert!(hub.follow(CONVERSATION, &joined.mailbox));
    assert!(joined.mailbox.caught_up(CONVERSATION, Seq(0)));
    joined
}

fn row(seq: u64, visitor_seq: Option<u64>) -> Row {
    Row {
        seq: Seq(seq),
        visitor_seq: visitor_seq.map(Seq),
        at: UnixMillis(0),
        author: Author::Visitor {},
        body: EntryBody::message(Cmid(seq.into()), "hi"),
    }
}

fn committed(hub: &Hub, rows: Vec<Row>) {
    hub.committed(&Changed {
        conversation: CONVERSATION,
        inbox: INBOX,
        visitor: VisitorId(1),
        rows,
        marks: None,
        feed: Some(Feed(1)),
    });
}

fn seqs(frames: impl IntoIterator<Item = bytes::Bytes>) -> Vec<u64> {
    let seq = |frame: bytes::Bytes| {
        let text = String::from_utf8(frame.to_vec()).unwrap();
        let rest = text.split_once("\"seq\":").unwrap().1.to_owned();
        rest.split(',').next().unwrap().parse().unwrap()
    };
    frames.into_iter().map(seq).collect()
}

#[test]
fn each_side_is_told_in_its_own_count() {
    let hub = hub();
    let (reader, writer) = (follower(&hub, agent(5, 0)), follower(&hub, visitor(1)));
    // The second row is for staff only.
    committed(&hub, vec![row(1, Some(1)), row(2, None), row(3, Some(2))]);
    assert_eq!(seqs(reader.mailbox.take().entries), [1, 2, 3]);
    assert_eq!(seqs(writer.mailbox.take().entries), [1, 2]);
}

#[test]
fn a_full_queue_leaves_only_the_place_to_read_from() {
    let hub = hub();
    let slow = follower(&hub, agent(5, 0));
    let quick = follower(&hub, agent(6, 0));
    let many = 10 * ENTRIES_QUEUED_MAX as u64;
    let counted = crate::meter::meter().resyncs.get();
    let mut told = Vec::new();
    for seq in 1..=many {
        committed(&hub, vec![row(seq, Some(seq))]);
        told.extend(seqs(quick.mailbox.take().entries));
    }
    assert_eq!(told, (1..=many).collect::<Vec<_>>());
    assert!(crate::meter::meter().resyncs.get() > counted, "the operator sees it");
    let taken = slow.mailbox.take();
    let queued = taken.entries.len() as u64;
    assert_eq!(queued, ENTRIES_QUEUED_MAX as u64);
    assert_eq!(taken.behind, [(CONVERSATION, Seq(queued))], "the rest is to be read, from there on");
    // A part of it is read; it is not live before it has read all.
    assert!(!slow.mailbox.caught_up(CONVERSATION, Seq(many - 1)));
    committed(&hub, vec![row(many + 1, None)]);
    assert!(slow.mailbox.take().entries.is_empty());
    assert!(slow.mailbox.caught_up(CONVERSATION, Seq(many + 1)));
    committed(&hub, vec![row(many + 2, None)]);
    assert_eq!(seqs(slow.mailbox.take().entries), [many + 2]);
}

#[test]
fn rows_announced_in_another_order_are_read_from_the_store() {
    let hub = hub();
    let reader = follower(&hub, agent(5, 0));
    committed(&hub, vec![row(2, None)]);
    committed(&hub, vec![row(1, None)]);
    let taken = reader.mailbox.take();
    assert!(taken.entries.is_empty());
    assert_eq!(taken.behind, [(CONVERSATION, Seq(0))]);
    assert!(reader.mailbox.caught_up(CONVERSATION, Seq(2)));
    // What is announced late and has been read already is not told again.
    committed(&hub, vec![row(2, None)]);
    assert!(reader.mailbox.take().entries.is_empty());
}

#[test]
fn what_is_committed_between_following_and_reading_is_not_missed() {
    let hub = hub();
    let reader = hub.join(agent(5, 0)).unwrap();
    hub.follow(CONVERSATION, &reader.mailbox);
    committed(&hub, vec![row(1, None)]);
    // The reader had read an empty transcript before that commit.
    assert!(!reader.mailbox.caught_up(CONVERSATION, Seq(0)));
    assert_eq!(reader.mailbox.take().behind, [(CONVERSATION, Seq(0))]);
}

#[test]
fn whoever_left_is_told_nothing_and_kept_nowhere() {
    let hub = hub();
    let reader = follower(&hub, agent(5, 0));
    hub.follow_feed(&reader.mailbox);
    let mailbox = reader.mailbox.clone();
    drop(reader);
    committed(&hub, vec![row(1, None)]);
    assert!(mailbox.take().entries.is_empty());
    assert!(!mailbox.take_feed_moved());
    assert_eq!(hub.connection_count(), 0);
    assert_eq!(Arc::strong_count(&mailbox), 1);
}

#[test]
fn marks_only_grow_whatever_the_order() {
    let hub = hub();
    let reader = follower(&hub, agent(5, 0));
    let marks = |received, read| Marks {
        visitor_received: Seq(received),
        visitor_read: Seq(read),
        staff_received: Seq(0),
        staff_read: Seq(0),
    };
    for marks in [marks(7, 3), marks(5, 5)] {
        hub.committed(&Changed {
            conversation: CONVERSATION,
            inbox: INBOX,
            visitor: VisitorId(1),
            rows: Vec::new(),
            marks: Some(BothMarks { staff: marks.clone(), visitor: marks }),
            feed: Some(Feed(1)),
        });
    }
    assert_eq!(reader.mailbox.take().signs.marks, [(CONVERSATION, marks(7, 5))]);
}

#[test]
fn typing_goes_to_the_other_side_and_only_the_last_sign_counts() {
    let hub = hub();
    let (reader, writer) = (follower(&hub, agent(5, 0)), follower(&hub, visitor(1)));
    for on in [true, false, true] {
        hub.typing(&Typing { conversation: CONVERSATION, agent: None, on });
    }
    assert_eq!(
        reader.mailbox.take().signs.typing,
        [Typing { conversation: CONVERSATION, agent: None, on: true }]
    );
    assert!(writer.mailbox.take().signs.typing.is_empty());
}

#[test]
fn the_connections_of_a_session_end_with_it() {
    let hub = hub();
    let [first, second, other] = [agent(5, 1), agent(5, 2), agent(6, 1)].map(|who| hub.join(who).unwrap());
    let closes = |joined: &Joined| joined.mailbox.take().close;
    hub.end_sessions(AgentId(5), EndSessions::AllBut([2; 32]));
    assert_eq!(closes(&first), Some(CloseCode::SignedOut));
    assert_eq!((closes(&second), closes(&other)), (None, None));
    hub.end_sessions(AgentId(5), EndSessions::All);
    assert_eq!(closes(&second), Some(CloseCode::SignedOut));
    assert_eq!(closes(&other), None);
}

fn of_mia() -> InboxMembers {
    let (members, away, name) = (vec![AgentId(5)], Vec::new(), "Help".to_owned());
    InboxMembers { inbox: INBOX, name, members, away, closed: None, mail: false }
}

#[test]
fn agents_are_told_who_comes_and_goes_after_a_grace() {
    let hub = hub();
    let desk = hub.join(agent(5, 0)).unwrap();
    let elsewhere = hub.join(agent(6, 0)).unwrap();
    hub.keep(vec![of_mia()], &[]);
    let presence = || desk.mailbox.take().signs.presence;
    let tab = hub.join(visitor(1)).unwrap();
    assert_eq!(presence(), [(VisitorId(1), true)]);
    let other_tab = hub.join(visitor(1)).unwrap();
    drop(tab);
    drop(other_tab);
    let soon = Instant::now() + VISITOR_GRACE / 2;
    hub.expire(soon);
    assert_eq!(presence(), [], "a reload is no leaving");
    let back = hub.join(visitor(1)).unwrap();
    hub.expire(Instant::now() + VISITOR_GRACE * 2);
    assert_eq!(presence(), []);
    drop(back);
    assert!(hub.visitor_online(VisitorId(1)));
    hub.expire(Instant::now() + VISITOR_GRACE * 2);
    assert_eq!(presence(), [(VisitorId(1), false)]);
    assert!(!hub.visitor_online(VisitorId(1)));
    assert_eq!(elsewhere.mailbox.take().signs.presence, [], "not a member of the inbox");
}

#[test]
fn an_agent_who_reads_no_presence_gets_a_fresh_connection() {
    let hub = hub();
    let desk = hub.join(agent(5, 0)).unwrap();
    hub.keep(vec![of_mia()], &[]);
    for id in 0..=PRESENCE_QUEUED_MAX as u128 {
        drop(hub.join(visitor(id)).unwrap());
    }
    assert_eq!(desk.mailbox.take().close, Some(CloseCode::TooSlow));
}

#[test]
fn visitors_are_told_who_answers() {
    let hub = hub();
    let widget = hub.join(visitor(1)).unwrap();
    let view = AgentView { id: AgentId(5), name: "Mia".to_owned(), picture: None };
    let keep = || hub.keep(vec![of_mia()], std::slice::from_ref(&view));
    let told = || {
        let (_, frame) = widget.mailbox.take().signs.services.pop()?;
        Some(String::from_utf8(frame.to_vec()).unwrap())
    };
    keep();
    assert!(told().is_some_and(|frame| frame.contains("false")));
    let desk = hub.join(agent(5, 0)).unwrap();
    keep();
    assert!(told().is_some_and(|frame| frame.contains("Mia")));
    keep();
    assert_eq!(told(), None, "nothing has changed");
    drop(desk);
    hub.expire(Instant::now() + AGENT_GRACE / 2);
    keep();
    assert!(hub.service(INBOX).online, "a tunnel is no leaving");
    hub.expire(Instant::now() + AGENT_GRACE * 2);
    keep();
    assert!(told().is_some_and(|frame| frame.contains("false")));
}

#[test]
fn who_has_no_place_in_the_queue_sees_everybody_busy_and_nobody_else_does() {
    let hub = hub();
    let (away, placed) = (hub.join(visitor(1)).unwrap(), hub.join(visitor(2)).unwrap());
    let _desk = hub.join(agent(5, 0)).unwrap();
    let view = AgentView { id: AgentId(5), name: "Mia".to_owned(), picture: None };
    let keep = |closed: Option<Closed>| {
        hub.keep(vec![InboxMembers { closed, ..of_mia() }], std::slice::from_ref(&view));
    };
    let told = |who: &Joined| {
        let (_, frame) = who.mailbox.take().signs.services.pop()?;
        match Frame::from_text(std::str::from_utf8(&frame).unwrap()) {
            Ok(Frame::ServiceChanged { service, .. }) => Some((service.busy, service.closed.is_some())),
            other => panic!("{other:?}"),
        }
    };
    keep(None);
    assert!([&away, &placed].map(told).iter().all(Option::is_some));
    let only = HashSet::from([VisitorId(1)]);
    hub.turn_away(INBOX, only.clone());
    assert_eq!((told(&away), told(&placed)), (Some((Some(true), true)), None));
    hub.turn_away(INBOX, only);
    assert_eq!(told(&away), None, "it was said");
    // Another page, and what is told to all: it is still so.
    let closed = || hub.service_for(&visitor(1), INBOX).closed;
    assert!(closed().is_some());
    hub.set_busy(INBOX, true);
    assert_eq!((told(&away), told(&placed)), (Some((Some(true), true)), Some((Some(true), false))));
    // Outside the hours that is said, and no more.
    let until = Some(UnixMillis(9));
    keep(Some(Closed { until }));
    assert_eq!(closed(), Some(Closed { until }));
    keep(None);
    hub.turn_away(INBOX, HashSet::new());
    assert_eq!(told(&away), Some((Some(true), false)));
}

/// The frames that a visitor was told: of which inbox, and whether somebody is there and it is open.
fn services(who: &Joined) -> Vec<(Option<InboxId>, bool, bool)> {
    let mut told: Vec<_> = who.mailbox.take().signs.services.into_iter().collect();
    told.sort_by_key(|(inbox, _)| *inbox);
    let read = |frame: &[u8]| Frame::from_text(std::str::from_utf8(frame).unwrap()).unwrap();
    let shown = |(named, frame): (Option<InboxId>, bytes::Bytes)| match read(&frame) {
        Frame::ServiceChanged { service, inbox } if inbox == named => {
            (inbox, service.online, service.closed.is_none())
        }
        other => panic!("{other:?}"),
    };
    told.into_iter().map(shown).collect()
}

#[test]
fn a_visitor_is_told_of_each_inbox_that_they_may_choose() {
    let hub = hub();
    let (sales, members_only) = (InboxId(4), InboxId(7));
    let choice = |inbox| Choice { inbox, verified_only: inbox == members_only };
    let choices = [INBOX, sales, members_only].map(choice).to_vec();
    hub.choose(HashMap::from([(SiteId(2), choices.clone())]));
    let of = |inbox, agent| InboxMembers { inbox, members: vec![AgentId(agent)], ..of_mia() };
    let view = |id| AgentView { id: AgentId(id), name: "Mia".to_owned(), picture: None };
    let keep = || hub.keep(vec![of_mia(), of(sales, 6), of(members_only, 6)], &[view(5), view(6)]);
    keep();
    let who = hub.join(visitor(1)).unwrap();
    assert!(!hub.service_for(&visitor(1), INBOX).online);
    assert_eq!(hub.choices_of(&visitor(1)), [sales, INBOX], "not what is closed to them");
    let _desk = hub.join(agent(6, 0)).unwrap();
    keep();
    assert_eq!(services(&who), [(Some(sales), true, true)], "and nothing of the others");
    // Beyond the places of one inbox is not beyond those of another.
    hub.turn_away(sales, HashSet::from([VisitorId(1)]));
    assert_eq!(services(&who), [(Some(sales), true, false)]);
    let _mia = hub.join(agent(5, 0)).unwrap();
    keep();
    assert_eq!(services(&who), [(Some(INBOX), true, true)]);
    // Where the conversation of a visitor went without their doing, what they are told of their own inbox stands for it.
    hub.turn_away(sales, HashSet::new());
    assert_eq!(services(&who), [(Some(sales), true, true)]);
    hub.turn_away(InboxId(8), HashSet::from([VisitorId(1)]));
    assert_eq!(services(&who), [(Some(INBOX), true, false)]);
    // Another choice is said in another welcome.
    hub.choose(HashMap::from([(SiteId(2), choices)]));
    assert_eq!(who.mailbox.take().close, None);
    hub.choose(HashMap::new());
    assert_eq!(who.mailbox.take().close, Some(CloseCode::TicketExpired));
    assert_eq!(hub.choices_of(&visitor(1)), []);
}

#[test]
fn one_person_has_a_bounded_number_of_connections() {
    let hub = hub();
    let tabs: Vec<Joined> = std::iter::from_fn(|| hub.join(visitor(1)).ok()).collect();
    assert_eq!(tabs.len(), super::hub::CONNECTIONS_PER_VISITOR_MAX);
    assert!(hub.join(visitor(2)).is_ok());
    drop(tabs);
    assert!(hub.join(visitor(1)).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_visitor_is_shown_as_there_where_their_conversation_is_now() {
    let hub = hub();
    let elsewhere = InboxId(4);
    let members = |inbox, members| InboxMembers { inbox, members, ..of_mia() };
    hub.keep(vec![members(INBOX, vec![AgentId(5)]), members(elsewhere, vec![AgentId(6)])], &[]);
    let (here, there) = (hub.join(agent(5, 1)).unwrap(), hub.join(agent(6, 1)).unwrap());
    let told = |joined: &Joined| joined.mailbox.take().signs.presence;
    // The desk of the other inbox has a conversation of the first visitor.
    let desk = hub.open_desk(elsewhere);
    desk.follow(VisitorId(1));
    desk.follows_all();
    let visitors = [hub.join(visitor(1)).unwrap(), hub.join(visitor(2)).unwrap()];
    assert_eq!(told(&here), [(VisitorId(1), true), (VisitorId(2), true)]);
    assert_eq!(told(&there), [(VisitorId(1), true)]);
    drop(visitors);
    tokio::time::advance(VISITOR_GRACE).await;
    hub.stir().await;
    assert_eq!(told(&there), [(VisitorId(1), false)]);
    // While no desk runs, or before it knows what it has, nobody can say that they have nothing there.
    hub.close_desk(elsewhere);
    let visitors = [hub.join(visitor(1)).unwrap(), hub.join(visitor(3)).unwrap()];
    assert_eq!(told(&there), [(VisitorId(1), true), (VisitorId(3), true)]);
    let _desk = hub.open_desk(elsewhere);
    drop(visitors);
    tokio::time::advance(VISITOR_GRACE).await;
    hub.stir().await;
    assert_eq!(told(&there), [(VisitorId(1), false), (VisitorId(3), false)]);
}

#[test]
fn who_comes_before_it_is_known_who_works_there_is_told_of_then() {
    let hub = hub();
    let (desk, _visitor) = (hub.join(agent(5, 0)).unwrap(), hub.join(visitor(1)).unwrap());
    assert_eq!(desk.mailbox.take().signs.presence, []);
    hub.keep(vec![of_mia()], &[]);
    assert_eq!(desk.mailbox.take().signs.presence, [(VisitorId(1), true)]);
    hub.keep(vec![of_mia()], &[]);
    assert_eq!(desk.mailbox.take().signs.presence, [], "it was said");
}
