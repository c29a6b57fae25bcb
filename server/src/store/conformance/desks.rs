//! What desks decide is done when it still fits, once, and can be read back.

use std::time::Duration;

use deskbell_shared::model::{
    Able, AgentId, Asked, Availability, Cmid, ConversationId, Draft, Feed, Fit, InboxId, Matching, Overflow,
    Priority, RankRule, Ranked, RequeueReason, Routing, RoutingPolicy, SkillRule, UnixMillis,
};
use deskbell_shared::protocol::RefusalCode::{AlreadyOpen, NotFound};
use deskbell_shared::protocol::WaitNews;

use super::Backend;
use super::identities::K1;
use super::story::*;
use crate::store::desks::{
    Chosen, Deed, DeskConversation, Found, Lease, NodeId, OfferEnd, OfferRecord, OpenOffer, Outcome,
    OutcomeKind, PromiseRecord, Reason, Step, Stepped, TakeLease,
};
use crate::store::team::InboxChange;
use crate::store::{Fault, Refusal, Scope};

const HERE: NodeId = NodeId(1);
const THERE: NodeId = NodeId(2);
pub const LOADED: Reason = Reason::LeastLoaded { load: 0, capacity: 4, eligible: 2 };

pub async fn lease<S: Backend>(story: &Story<S>, inbox: InboxId, node: NodeId) -> Option<Lease> {
    let at = story.now();
    let take = TakeLease { inbox, node, at, ends_at: at.plus(Duration::from_secs(30)) };
    story.store.take_lease(take).await.unwrap()
}

pub async fn step<S: Backend>(story: &Story<S>, lease: Lease, deeds: Vec<Deed>) -> Vec<Outcome> {
    match story.store.step(Step { lease, at: story.now(), deeds }).await.unwrap() {
        Stepped::Deeds(outcomes) => outcomes,
        Stepped::LeaseLost => panic!("the lease is lost"),
    }
}

pub async fn open<S: Backend>(story: &Story<S>, inbox: InboxId, c: ConversationId) -> DeskConversation {
    match story.store.desk_conversation(inbox, c).await.unwrap() {
        Found::Open(open) => *open,
        Found::Gone { .. } => panic!("{c} is not open there"),
    }
}

pub fn assign(conversation: ConversationId, agent: AgentId, version_expected: u32, reason: Reason) -> Deed {
    Deed::Assign { conversation, agent, version_expected, reason, note: None, fit: None }
}

fn promise(number: u32) -> PromiseRecord {
    PromiseRecord {
        conversation: C1,
        number,
        made_at: UnixMillis(1_000),
        position: 2,
        earliest_at: UnixMillis(2_000),
        latest_at: UnixMillis(9_000),
        why: WaitNews::Joined,
        outcome: None,
    }
}

pub async fn what_an_agent_chooses_lasts<S: Backend>(story: Story<S>) {
    assert_eq!(story.store.availability(AMY).await.unwrap(), Some(Chosen::default()));
    story.store.set_availability(AMY, Availability::Busy, Some(7)).await.unwrap();
    story.store.set_availability(AMY, Availability::Away, None).await.unwrap();
    let chosen = Chosen { availability: Availability::Away, capacity: 7 };
    assert_eq!(story.store.availability(AMY).await.unwrap(), Some(chosen));
    let agents = story.store.desk_agents(SALES).await.unwrap();
    let amy = agents.iter().find(|agent| agent.view.id == AMY).unwrap();
    assert_eq!((amy.chosen, amy.is_member, amy.load_elsewhere), (chosen, true, 0));
    let nobody = AgentId(0x99);
    assert_eq!(story.store.availability(nobody).await.unwrap(), None);
    assert_refused(story.store.set_availability(nobody, Availability::Busy, None).await, NotFound);
}

pub async fn a_lease_has_one_holder_and_its_token_grows<S: Backend>(story: Story<S>) {
    let first = lease(&story, SALES, HERE).await.unwrap();
    assert_eq!(lease(&story, SALES, THERE).await, None);
    let again = lease(&story, SALES, HERE).await.expect("the process before was our own");
    assert!(again.token > first.token);
    let at = story.now();
    assert!(!story.store.keep_lease(first, at.plus(Duration::from_secs(90))).await.unwrap());
    assert!(story.store.keep_lease(again, at.plus(Duration::from_secs(90))).await.unwrap());
    let later = at.plus(Duration::from_secs(91));
    let take = |at| TakeLease { inbox: SALES, node: THERE, at, ends_at: later.plus(Duration::from_secs(30)) };
    assert_eq!(story.store.take_lease(take(at.plus(Duration::from_secs(89)))).await.unwrap(), None);
    let theirs = story.store.take_lease(take(later)).await.unwrap().expect("its time is over");
    assert!(theirs.token > again.token);
    let nowhere = TakeLease { inbox: InboxId(0x99), ..take(later) };
    assert_refused(story.store.take_lease(nowhere).await, NotFound);
}

pub async fn a_step_under_an_old_token_does_nothing<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let old = lease(&story, SALES, HERE).await.unwrap();
    let new = lease(&story, SALES, HERE).await.unwrap();
    let deeds = vec![Deed::Promised(promise(1)), assign(C1, AMY, 0, LOADED)];
    let step_of = |lease| Step { lease, at: UnixMillis(1), deeds: deeds.clone() };
    assert_eq!(story.store.step(step_of(old)).await.unwrap(), Stepped::LeaseLost);
    assert_eq!(story.transcript(BY_AMY, C1).await, ["1 visitor: hi"]);
    assert_eq!(story.store.promises(C1).await.unwrap(), []);
    assert!(matches!(story.store.step(step_of(new)).await.unwrap(), Stepped::Deeds(_)));
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi", "2 system gives it to Amy (1)"]);
}

pub async fn an_assignment_fits_version_scope_and_capacity<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts_on(BLOG, PRESS, ANN_AT_BLOG, C2, &[(2, "hi")]).await.unwrap();
    story.store.set_availability(AMY, Availability::Available, Some(1)).await.unwrap();
    let (sales, press) =
        (lease(&story, SALES, HERE).await.unwrap(), lease(&story, PRESS, HERE).await.unwrap());
    assert_eq!(step(&story, sales, vec![assign(C1, AMY, 1, LOADED)]).await, [Outcome::Conflict]);
    assert_eq!(step(&story, sales, vec![assign(C2, AMY, 0, LOADED)]).await, [Outcome::Conflict]);
    assert_eq!(step(&story, sales, vec![assign(C1, AgentId(9), 0, LOADED)]).await, [Outcome::NotThere]);
    let outcomes = step(&story, press, vec![assign(C2, AMY, 0, LOADED)]).await;
    assert!(matches!(outcomes[..], [Outcome::Done(Some(_))]));
    let full = step(&story, sales, vec![assign(C1, AMY, 0, LOADED), Deed::Promised(promise(1))]).await;
    assert_eq!(full, [Outcome::Full { load_elsewhere: 1 }, Outcome::Dropped]);
    assert_eq!(
        story.store.promises(C1).await.unwrap(),
        [],
        "what follows a write that is not done is not done"
    );
    let amy = story.store.desk_agents(SALES).await.unwrap().into_iter().find(|a| a.view.id == AMY).unwrap();
    assert_eq!((amy.load_elsewhere, amy.last_assigned_at), (1, None));
    story.resolves(BY_AMY, C2).await.unwrap();
    let outcomes = step(&story, sales, vec![assign(C1, AMY, 0, LOADED)]).await;
    assert!(matches!(outcomes[..], [Outcome::Done(Some(_))]));
    let held = open(&story, SALES, C1).await;
    assert_eq!((held.version, held.assigned.map(|(agent, _)| agent)), (1, Some(AMY)));
}

pub async fn what_is_taken_off_waits_with_its_first_arrival<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let before = open(&story, SALES, C1).await;
    let sales = lease(&story, SALES, HERE).await.unwrap();
    let requeue = |version_expected| Deed::Requeue {
        conversation: C1,
        version_expected,
        reason: RequeueReason::AgentLost,
    };
    assert_eq!(step(&story, sales, vec![requeue(0)]).await, [Outcome::Conflict], "nobody has it");
    // One step may take it off and give it to somebody else.
    let deeds = vec![assign(C1, AMY, 0, LOADED), requeue(1), assign(C1, BEN, 2, LOADED), requeue(3)];
    assert!(step(&story, sales, deeds).await.iter().all(|outcome| matches!(outcome, Outcome::Done(Some(_)))));
    let rows = story.transcript(BY_ANN, C1).await;
    assert_eq!(rows[2], "3 system takes it from Amy (2)");
    assert_eq!(rows[4], "5 system takes it from Ben (4)");
    let after = open(&story, SALES, C1).await;
    assert_eq!((after.arrival, after.arrived_at), (before.arrival, before.arrived_at));
    assert_eq!((after.version, after.assigned), (4, None));
    assert_eq!(story.summary(C1).await.conversation.assignee, None);
}

pub async fn a_transfer_writes_its_note_first_and_for_staff_only<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    let sales = lease(&story, SALES, HERE).await.unwrap();
    let note = Some(Draft::new(Cmid(77), "knows the order"));
    let reason = Reason::Transferred { by: AMY };
    let deed = Deed::Assign { conversation: C1, agent: BEN, version_expected: 1, reason, note, fit: None };
    assert!(matches!(step(&story, sales, vec![deed]).await[..], [Outcome::Done(Some(_))]));
    assert_eq!(
        story.transcript(BY_AMY, C1).await[2..],
        ["3 Amy notes: knows the order", "4 Amy gives it to Ben (2)"]
    );
    assert_eq!(story.transcript(BY_ANN, C1).await[2..], ["3 Amy gives it to Ben (2)"]);
    let why = story.store.assignments(BY_AMY, C1).await.unwrap().unwrap();
    let why: Vec<_> = why.iter().map(|line| (line.version, line.agent, line.reason)).collect();
    assert_eq!(why, [(1, AMY, Reason::Claimed { from: None }), (2, BEN, reason)]);
    assert_eq!(story.store.assignments(BY_ANN, C1).await.unwrap(), None, "for staff only");
    assert_eq!(story.store.assignments(Scope::Agent(AgentId(9)), C1).await.unwrap(), None);
}

pub async fn a_hand_over_moves_it_with_its_arrival<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let before = open(&story, SALES, C1).await;
    let sales = lease(&story, SALES, HERE).await.unwrap();
    let hand_over = |inbox| Deed::HandOver {
        conversation: C1,
        version_expected: 0,
        inbox,
        by: AMY,
        note: Some(Draft::new(Cmid(77), "about the blog")),
    };
    assert_eq!(step(&story, sales, vec![hand_over(InboxId(0x99))]).await, [Outcome::NotThere]);
    let outcomes = step(&story, sales, vec![hand_over(PRESS)]).await;
    let [Outcome::Done(Some(changed))] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!(changed.inbox, PRESS, "those who follow the new inbox are told");
    assert_eq!(
        story.transcript(BY_AMY, C1).await[1..],
        ["2 Amy notes: about the blog", "3 Amy moves it to Blog (1)"]
    );
    assert!(matches!(story.store.desk_conversation(SALES, C1).await.unwrap(), Found::Gone { .. }));
    let after = open(&story, PRESS, C1).await;
    assert_eq!((after.arrival, after.arrived_at, after.version), (before.arrival, before.arrived_at, 1));
    // Its visitor has nothing open where it began. What comes late for there begins nothing all the same.
    let late = story.starts(ANN, C2, &[(1, "hi")]).await.unwrap_err();
    assert_eq!(late, Fault::Refused(Refusal { code: AlreadyOpen, conversation: Some(C1) }));
}

/// S10: nobody is passed on to where they would be mute.
pub async fn a_hand_over_to_verified_visitors_takes_nobody_else<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.makes_secret(K1).await.unwrap();
    let ann = story.says_it_is("ann", None, 1).await.unwrap().visitor;
    story.starts(BOB, C1, &[(1, "hi")]).await.unwrap();
    story.starts(ann, C2, &[(2, "hi")]).await.unwrap();
    story.store.set_verified_only(PRESS, true).await.unwrap();
    let sales = lease(&story, SALES, HERE).await.unwrap();
    let hand_over = |conversation| {
        let note = Some(Draft::new(Cmid(77), "about the blog"));
        Deed::HandOver { conversation, version_expected: 0, inbox: PRESS, by: AMY, note }
    };
    let before = story.transcript(BY_AMY, C1).await;
    assert_eq!(step(&story, sales, vec![hand_over(C1)]).await, [Outcome::NotVerified]);
    assert_eq!(story.transcript(BY_AMY, C1).await, before, "not even the note");
    assert_eq!(open(&story, SALES, C1).await.version, 0, "it is where it was");
    assert!(matches!(step(&story, sales, vec![hand_over(C2)]).await[..], [Outcome::Done(_)]));
    story.store.set_verified_only(PRESS, false).await.unwrap();
    assert!(matches!(step(&story, sales, vec![hand_over(C1)]).await[..], [Outcome::Done(_)]));
}

pub async fn what_waits_too_long_goes_on_once<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let before = open(&story, SALES, C1).await;
    assert!(!before.has_overflowed);
    let (sales, press) =
        (lease(&story, SALES, HERE).await.unwrap(), lease(&story, PRESS, HERE).await.unwrap());
    let overflow = |version_expected, inbox| Deed::Overflow {
        conversation: C1,
        version_expected,
        inbox,
        waited: Duration::from_secs(600),
    };
    assert_eq!(step(&story, sales, vec![overflow(1, PRESS)]).await, [Outcome::Conflict]);
    assert!(!open(&story, SALES, C1).await.has_overflowed, "what does not fit is not noted");
    let outcomes = step(&story, sales, vec![overflow(0, PRESS)]).await;
    let [Outcome::Done(Some(changed))] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!(changed.inbox, PRESS, "those who follow the new inbox are told");
    assert_eq!(story.transcript(BY_AMY, C1).await[1..], ["2 system moves it to Blog (1)"]);
    let after = open(&story, PRESS, C1).await;
    assert_eq!((after.arrival, after.arrived_at, after.version), (before.arrival, before.arrived_at, 1));
    assert!(after.has_overflowed, "the next inbox does not send it back");
    let [noted] = &story.store.overflows(BY_AMY, C1).await.unwrap().unwrap()[..] else { panic!("one") };
    assert_eq!((noted.from.as_str(), noted.to.as_str(), noted.went), ("Shop", "Blog", true));
    assert_eq!(noted.at.minus(noted.waited), before.arrived_at);
    assert_eq!(story.store.overflows(BY_ANN, C1).await.unwrap(), None, "for staff only");
    assert_eq!(story.store.overflows(Scope::Agent(AgentId(9)), C1).await.unwrap(), None);
    // Who waits anew may go on anew.
    let arrived_at = before.arrived_at.plus(Duration::from_secs(900));
    let anew =
        Deed::ArriveAnew { conversation: C1, version_expected: 1, arrival: before.arrival, arrived_at };
    step(&story, press, vec![anew]).await;
    assert!(!open(&story, PRESS, C1).await.has_overflowed);
}

pub async fn what_cannot_go_on_stays_and_is_not_asked_again<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(2, "hi")]).await.unwrap();
    let sales = lease(&story, SALES, HERE).await.unwrap();
    let overflow = |conversation, inbox| Deed::Overflow {
        conversation,
        version_expected: 0,
        inbox,
        waited: Duration::from_secs(600),
    };
    let nowhere = step(&story, sales, vec![overflow(C1, InboxId(0x99))]).await;
    story.store.set_verified_only(PRESS, true).await.unwrap();
    let members_only = step(&story, sales, vec![overflow(C2, PRESS)]).await;
    assert_eq!([nowhere, members_only].concat(), [Outcome::NotThere, Outcome::NotThere]);
    for conversation in [C1, C2] {
        let stays = open(&story, SALES, conversation).await;
        assert_eq!((stays.version, stays.has_overflowed), (0, true));
        assert!(!story.store.overflows(BY_AMY, conversation).await.unwrap().unwrap()[0].went);
    }
}

fn offer(conversation: ConversationId, agent: AgentId, version_expected: u32) -> Deed {
    Deed::Offer { conversation, agent, version_expected, until: UnixMillis(9_000), reason: LOADED }
}

fn end_offer(agent: AgentId, how: OfferEnd) -> Deed {
    Deed::EndOffer { conversation: C1, agent, how }
}

pub async fn an_offer_keeps_a_place_and_is_over_with_the_next_version<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts_on(BLOG, PRESS, ANN_AT_BLOG, C2, &[(2, "hi")]).await.unwrap();
    story.store.set_availability(AMY, Availability::Available, Some(1)).await.unwrap();
    let (sales, press) =
        (lease(&story, SALES, HERE).await.unwrap(), lease(&story, PRESS, HERE).await.unwrap());
    assert_eq!(step(&story, sales, vec![offer(C1, AMY, 1)]).await, [Outcome::Conflict]);
    assert_eq!(step(&story, sales, vec![offer(C1, AgentId(9), 0)]).await, [Outcome::NotThere]);
    assert_eq!(step(&story, sales, vec![offer(C1, AMY, 0)]).await, [Outcome::Done(None)]);
    let asked = open(&story, SALES, C1).await;
    let wanted = OpenOffer { agent: AMY, until: UnixMillis(9_000), reason: LOADED };
    assert_eq!((asked.offered, asked.assigned, asked.version), (Some(wanted), None, 0));
    // Nobody else is asked meanwhile, and she is asked for nothing else.
    assert_eq!(step(&story, sales, vec![offer(C1, BEN, 0)]).await, [Outcome::Conflict]);
    let full = Outcome::Full { load_elsewhere: 1 };
    assert_eq!(step(&story, press, vec![offer(C2, AMY, 0)]).await[0], full);
    assert_eq!(step(&story, press, vec![assign(C2, AMY, 0, LOADED)]).await[0], full);
    let of_press = story.store.desk_agents(PRESS).await.unwrap();
    let amy = of_press.iter().find(|agent| agent.view.id == AMY).unwrap();
    assert_eq!((amy.load_elsewhere, amy.missed_at), (1, None));
    let of_sales = story.store.desk_agents(SALES).await.unwrap();
    let amy = of_sales.iter().find(|agent| agent.view.id == AMY).unwrap();
    assert!(amy.last_assigned_at.is_some(), "it was her turn");
    // She accepts: the place that was kept is the one she takes.
    let accepted = step(&story, sales, vec![assign(C1, AMY, 0, LOADED)]).await;
    assert!(matches!(accepted[..], [Outcome::Done(Some(_))]));
    assert_eq!(step(&story, sales, vec![end_offer(AMY, OfferEnd::Missed)]).await, [Outcome::Conflict]);
    assert_eq!(story.store.availability(AMY).await.unwrap().unwrap().availability, Availability::Available);
    let ledger = story.store.offers(BY_AMY, C1).await.unwrap().unwrap();
    assert!(matches!(ledger[..], [OfferRecord { agent: AMY, ended: Some((None, _)), .. }]), "{ledger:?}");
    assert_eq!(story.store.offers(BY_ANN, C1).await.unwrap(), None, "for staff only");
    // Whatever else becomes of a conversation ends its offer, too.
    story.resolves(BY_AMY, C1).await.unwrap();
    assert_eq!(step(&story, press, vec![offer(C2, AMY, 0)]).await, [Outcome::Done(None)]);
    story.resolves(Scope::Visitor(ANN_AT_BLOG), C2).await.unwrap();
    let ledger = story.store.offers(BY_AMY, C2).await.unwrap().unwrap();
    assert!(matches!(ledger[..], [OfferRecord { ended: Some((Some(OfferEnd::Withdrawn), _)), .. }]));
    let amy = story.store.desk_agents(SALES).await.unwrap().into_iter().find(|a| a.view.id == AMY).unwrap();
    assert_eq!(amy.load_elsewhere, 0, "the place is free");
}

pub async fn who_misses_an_offer_is_away_until_they_choose<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.store.set_availability(AMY, Availability::Available, Some(3)).await.unwrap();
    let sales = lease(&story, SALES, HERE).await.unwrap();
    // One step ends an offer and makes the next.
    step(&story, sales, vec![offer(C1, AMY, 0)]).await;
    let next = vec![end_offer(AMY, OfferEnd::Missed), offer(C1, BEN, 0)];
    assert_eq!(step(&story, sales, next).await, [Outcome::Done(None), Outcome::Done(None)]);
    let away = Chosen { availability: Availability::Away, capacity: 3 };
    assert_eq!(story.store.availability(AMY).await.unwrap(), Some(away));
    let missed = async || {
        let agents = story.store.desk_agents(SALES).await.unwrap();
        agents.into_iter().find(|agent| agent.view.id == AMY).unwrap().missed_at
    };
    assert!(missed().await.is_some());
    assert_eq!(step(&story, sales, vec![end_offer(AMY, OfferEnd::Missed)]).await, [Outcome::Conflict]);
    story.store.set_availability(AMY, Availability::Away, None).await.unwrap();
    assert_eq!(missed().await, None, "that was their own choice");
    step(&story, sales, vec![end_offer(BEN, OfferEnd::Declined)]).await;
    let waits = open(&story, SALES, C1).await;
    let declined: Vec<AgentId> = waits.declined.iter().map(|(agent, _)| *agent).collect();
    assert_eq!((waits.offered, declined, waits.version), (None, vec![BEN], 0));
    let ledger = story.store.offers(BY_AMY, C1).await.unwrap().unwrap();
    let ends: Vec<_> =
        ledger.iter().map(|offer| (offer.agent, offer.ended.and_then(|(how, _)| how))).collect();
    assert_eq!(ends, [(AMY, Some(OfferEnd::Missed)), (BEN, Some(OfferEnd::Declined))]);
}

pub async fn the_ledger_keeps_what_was_promised<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let sales = lease(&story, SALES, HERE).await.unwrap();
    let scored = |number, outcome| Deed::Scored { conversation: C1, number, outcome, at: UnixMillis(5_000) };
    let deeds = vec![
        Deed::Promised(promise(1)),
        Deed::Promised(PromiseRecord { why: WaitNews::LongerThanSaid, ..promise(2) }),
        scored(1, OutcomeKind::Inside),
        scored(1, OutcomeKind::Later),
    ];
    step(&story, sales, deeds).await;
    let ledger = story.store.promises(C1).await.unwrap();
    let inside = Some((OutcomeKind::Inside, UnixMillis(5_000)));
    assert_eq!(ledger[0], PromiseRecord { outcome: inside, ..promise(1) }, "scored once");
    let held = open(&story, SALES, C1).await;
    assert_eq!((held.promises, held.last_promise), (vec![ledger[1].clone()], 2));
    let kept = |since| story.store.kept_promises(SALES, UnixMillis(since));
    assert_eq!(kept(5_000).await.unwrap(), [ledger[0].clone()], "what is over, in its inbox");
    assert_eq!(kept(5_001).await.unwrap(), []);
    assert_eq!(story.store.kept_promises(PRESS, UnixMillis(0)).await.unwrap(), []);
    assert_eq!(story.store.desk(SALES).await.unwrap().kept, [ledger[0].clone()]);
    story.resolves(BY_ANN, C1).await.unwrap();
    let gone = Found::Gone { promises: vec![ledger[1].clone()] };
    assert_eq!(story.store.desk_conversation(SALES, C1).await.unwrap(), gone);
}

fn abandoned(open: &DeskConversation, waited: Duration) -> Deed {
    let DeskConversation { id: conversation, version, arrived_at, .. } = *open;
    Deed::Abandoned { conversation, version, arrived_at, waited }
}

pub async fn who_gave_up_and_waits_again_has_not_given_up<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let sales = lease(&story, SALES, HERE).await.unwrap();
    let first = open(&story, SALES, C1).await;
    story.resolves(BY_ANN, C1).await.unwrap();
    story.says(ANN, C1, &[(2, "no, wait")]).await.unwrap();
    // The desk was busy, and notes only now that the first wait was given up.
    step(&story, sales, vec![abandoned(&first, Duration::from_secs(9))]).await;
    let again = open(&story, SALES, C1).await;
    assert!(again.version > first.version && !again.is_lapsed, "{again:?}");
}

pub async fn each_wait_ends_once<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(2, "hi")]).await.unwrap();
    let before = story.now();
    let sales = lease(&story, SALES, HERE).await.unwrap();
    let (first, second) = (open(&story, SALES, C1).await, open(&story, SALES, C2).await);
    let given = |version| assign(C1, AMY, version, LOADED);
    step(&story, sales, vec![given(0)]).await;
    // Taken off and given again, taken over: that wait is over since it was given first.
    let reason = RequeueReason::AgentLost;
    step(&story, sales, vec![Deed::Requeue { conversation: C1, version_expected: 1, reason }, given(2)])
        .await;
    step(&story, sales, vec![assign(C1, OLGA, 3, Reason::Claimed { from: Some(AMY) })]).await;
    let waited = Duration::from_secs(9);
    step(&story, sales, vec![abandoned(&second, waited), abandoned(&second, waited)]).await;
    let ended = story.store.ended_waits(SALES, before, 10).await.unwrap();
    let told: Vec<_> = ended.iter().map(|wait| (wait.conversation, wait.is_given_up)).collect();
    assert_eq!(told, [(C2, true), (C1, false)]);
    assert_eq!(ended[0].waited, waited);
    assert_eq!(ended[1].waited, ended[1].at.since(first.arrived_at));
    // Whoever gave up and is taken all the same has given up.
    story.claims(AMY, C2, 0).await.unwrap();
    assert_eq!(story.store.ended_waits(SALES, before, 10).await.unwrap(), ended);
    assert_eq!(story.store.ended_waits(SALES, before, 1).await.unwrap(), ended[..1]);
    assert_eq!(story.store.ended_waits(SALES, ended[0].at.plus(waited), 10).await.unwrap(), []);
    assert_eq!(story.store.ended_waits(InboxId(0x99), before, 10).await.unwrap(), []);
    // Reopened, it waits anew; a claim ends that, too.
    story.resolves(BY_AMY, C2).await.unwrap();
    story.says(BOB, C2, &[(3, "again")]).await.unwrap();
    let again = open(&story, SALES, C2).await;
    story.claims(AMY, C2, again.version).await.unwrap();
    let ended = story.store.ended_waits(SALES, before, 10).await.unwrap();
    assert_eq!((ended.len(), ended[0].conversation, ended[0].is_given_up), (3, C2, false));
}

pub async fn a_desk_is_made_of_what_is_stored<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(2, "hi")]).await.unwrap();
    let sales = lease(&story, SALES, HERE).await.unwrap();
    let took = Duration::from_secs(90);
    step(&story, sales, vec![assign(C2, AMY, 0, LOADED)]).await;
    story.resolves(BY_AMY, C2).await.unwrap();
    let handled = || Deed::Handled { conversation: C2, agent: AMY, took };
    step(&story, sales, vec![handled(), handled()]).await;
    step(&story, sales, vec![abandoned(&open(&story, SALES, C1).await, took)]).await;
    story.store.leave(SALES, OLGA).await.unwrap();
    let desk = story.store.desk(SALES).await.unwrap();
    assert_eq!(
        desk.handling_times.iter().map(|(took, _)| *took).collect::<Vec<_>>(),
        [took],
        "measured once"
    );
    assert_eq!(
        desk.agents.iter().map(|agent| (agent.view.id, agent.is_member)).collect::<Vec<_>>(),
        [(OLGA, false), (AMY, true), (BEN, true)]
    );
    assert!(desk.agents[1].last_assigned_at.is_some());
    let [lapsed] = &desk.conversations[..] else { panic!("one is open: {desk:?}") };
    assert!(lapsed.is_lapsed && lapsed.id == C1);
    let (arrival, arrived_at) = (Feed(lapsed.arrival.0 + 5), UnixMillis(lapsed.arrived_at.0 + 60_000));
    let anew = Deed::ArriveAnew { conversation: C1, version_expected: 0, arrival, arrived_at };
    assert!(matches!(step(&story, sales, vec![anew]).await[..], [Outcome::Done(Some(_))]));
    let anew = open(&story, SALES, C1).await;
    assert_eq!((anew.arrival, anew.arrived_at, anew.is_lapsed), (arrival, arrived_at, false));
}

pub async fn a_desk_knows_its_routing_and_who_answered_a_visitor_last<S: Backend>(story: Story<S>) {
    assert_eq!(story.store.desk(SALES).await.unwrap().routing, Routing::DEFAULT);
    let routing = Routing {
        policy: RoutingPolicy::RoundRobin,
        same_agent: true,
        accept_seconds: Some(30),
        overflow: Some(Overflow { after_minutes: 10, to: PRESS }),
        waiting_max: Some(20),
        matching: Some(Matching {
            language: Some("en".into()),
            skills: vec![SkillRule { page: "/pricing".into(), skill: "billing".into() }],
            prefer_seconds: Some(60),
        }),
        able: Some(vec![Able { agent: AMY, languages: vec!["zh".into()], skills: vec!["billing".into()] }]),
        answer_minutes: Some(5),
        ranks: Some(vec![RankRule {
            key: "plan".into(),
            contains: true,
            value: "gold".into(),
            priority: Priority::Urgent,
        }]),
    };
    let edit = |routing: Option<&Routing>| InboxChange {
        name: "Sales".into(),
        members: vec![AMY, BEN],
        hours: None,
        routing: routing.cloned(),
    };
    story.store.edit_inbox(SALES, edit(Some(&routing)), story.now()).await.unwrap();
    story.store.edit_inbox(SALES, edit(None), story.now()).await.unwrap();
    assert_eq!(story.store.inboxes().await.unwrap()[0].routing, routing, "kept where nothing is said of it");
    assert_eq!(story.store.desk(SALES).await.unwrap().routing, routing);
    let sales = lease(&story, SALES, HERE).await.unwrap();
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let waiting = open(&story, SALES, C1).await;
    assert_eq!(waiting.answered_by, None);
    assert_eq!(
        (waiting.language.as_deref(), waiting.page.as_deref()),
        (Some("en"), Some("https://shop.example/tea"))
    );
    let reasons = [Reason::InTurn { eligible: 2 }, Reason::SameAgent];
    let asked = Asked { language: Some("zh".into()), skills: vec!["billing".into()] };
    let ranked = Some(Ranked { priority: Priority::High, key: "plan".into() });
    let fit = Some(Fit { asked, fits: true, ranked });
    let (version_expected, note) = (0, None);
    let (conversation, agent, reason) = (C1, AMY, reasons[0]);
    let fitting = Deed::Assign { conversation, agent, version_expected, reason, note, fit: fit.clone() };
    step(&story, sales, vec![fitting]).await;
    story.resolves(BY_AMY, C1).await.unwrap();
    story.starts(ANN, C2, &[(2, "again")]).await.unwrap();
    assert_eq!(open(&story, SALES, C2).await.answered_by, Some(AMY));
    step(&story, sales, vec![assign(C2, AMY, 0, reasons[1])]).await;
    story.claims(BEN, C2, 1).await.unwrap();
    assert_eq!(open(&story, SALES, C2).await.answered_by, Some(BEN));
    for (conversation, reason) in [(C1, reasons[0]), (C2, reasons[1])] {
        let why = story.store.assignments(Scope::Agent(BEN), conversation).await.unwrap().unwrap();
        assert_eq!((why[0].reason, &why[0].fit), (reason, if conversation == C1 { &fit } else { &None }));
    }
}
