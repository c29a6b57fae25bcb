//! Putting aside, coming back, taking up again.

use deskbell_shared::model::{Availability, ConversationId, RequeueReason, Status, UnixMillis};
use deskbell_shared::protocol::RefusalCode::{AlreadyOpen, Conflict, NotAllowed};

use super::Backend;
use super::desks::{LOADED, assign, lease, open, step};
use super::story::*;
use crate::store::desks::{Deed, NodeId, Outcome, Reason};
use crate::store::{Fault, Refusal, Scope};

/// An open conversation of Amy's.
async fn amy_has<S: Backend>(story: &Story<S>, c: ConversationId) {
    // Each begins with another message.
    story.starts(ANN, c, &[(c.0, "hi")]).await.unwrap();
    story.claims(AMY, c, 0).await.unwrap();
}

async fn until<S: Backend>(story: &Story<S>, c: ConversationId) -> Option<UnixMillis> {
    story.sees(BY_AMY, c).await.view.snoozed_until
}

pub async fn what_is_put_aside_comes_back_when_its_time_has_come<S: Backend>(story: Story<S>) {
    amy_has(&story, C1).await;
    story.starts(BOB, C2, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C2, 0).await.unwrap();
    assert_eq!(story.store.next_wake().await.unwrap(), None);
    let changed = story.snoozes(AMY, C1, 60_000).await.unwrap();
    assert_eq!((changed.rows.len(), changed.rows[0].visitor_seq), (1, None), "visitors are not told");
    let first = until(&story, C1).await.expect("put aside");
    assert_eq!(story.summary(C1).await.conversation.snoozed_until, Some(first));
    assert_eq!(story.sees(BY_ANN, C1).await.view.snoozed_until, None);
    // To the same instant again: nothing. To another: that one counts.
    let again =
        crate::store::conversations::Snooze { conversation: C1, agent: AMY, until: first, at: story.now() };
    assert_nothing_changed(&story.store.snooze(again).await.unwrap());
    story.snoozes(AMY, C1, 90_000).await.unwrap();
    story.snoozes(AMY, C2, 200_000).await.unwrap();
    let (one, two) = (until(&story, C1).await.unwrap(), until(&story, C2).await.unwrap());
    assert_eq!(story.store.next_wake().await.unwrap(), Some(one));

    let early = story.store.wake_due(UnixMillis(one.0 - 1), 10).await.unwrap();
    assert!(early.is_empty());
    let woken = story.store.wake_due(one, 10).await.unwrap();
    assert_eq!(woken.iter().map(|changed| changed.conversation).collect::<Vec<_>>(), [C1]);
    assert_eq!(line(&woken[0].rows[0].for_staff()), "5 system wakes");
    assert_eq!((until(&story, C1).await, story.store.next_wake().await.unwrap()), (None, Some(two)));
    assert_eq!(story.summary(C1).await.feed, woken[0].feed.unwrap());
    // A clock that jumped ahead brings back all that is due, as many as are asked for at a time.
    story.snoozes(AMY, C1, 60_000).await.unwrap();
    let late = UnixMillis(two.0 + 1_000_000);
    assert_eq!(story.store.wake_due(late, 1).await.unwrap().len(), 1);
    assert_eq!(story.store.wake_due(late, 1).await.unwrap().len(), 1);
    assert!(story.store.wake_due(late, 1).await.unwrap().is_empty());
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi", "2 Amy gives it to Amy (1)"]);
}

pub async fn a_message_of_the_visitor_takes_it_back_before<S: Backend>(story: Story<S>) {
    amy_has(&story, C1).await;
    story.snoozes(AMY, C1, 60_000).await.unwrap();
    story.answers(AMY, C1, &[(2, "soon")]).await.unwrap();
    assert!(until(&story, C1).await.is_some(), "one's own answer leaves it where it is");
    let said = story.says(ANN, C1, &[(3, "and?")]).await.unwrap();
    assert_eq!(acks(&said), [(3, 4)], "the row about it takes no place of the visitor");
    let rows: Vec<_> = said.changed.rows.iter().map(|row| line(&row.for_staff())).collect();
    assert_eq!(rows, ["5 visitor wakes", "6 visitor: and?"]);
    assert_eq!((until(&story, C1).await, story.store.next_wake().await.unwrap()), (None, None));
    // A repeat of the message wakes nothing.
    story.snoozes(AMY, C1, 60_000).await.unwrap();
    story.says(ANN, C1, &[(3, "and?")]).await.unwrap();
    assert!(until(&story, C1).await.is_some());
}

pub async fn only_who_has_it_puts_it_aside<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_refused(story.snoozes(AMY, C1, 60_000).await, NotAllowed);
    story.claims(AMY, C1, 0).await.unwrap();
    assert_refused(story.snoozes(BEN, C1, 60_000).await, NotAllowed);
    story.resolves(BY_AMY, C1).await.unwrap();
    assert_refused(story.snoozes(AMY, C1, 60_000).await, NotAllowed);
}

pub async fn an_agent_takes_it_back<S: Backend>(story: Story<S>) {
    amy_has(&story, C1).await;
    assert_nothing_changed(&story.takes_back(AMY, C1).await.unwrap());
    story.snoozes(AMY, C1, 60_000).await.unwrap();
    let woken = story.takes_back(BEN, C1).await.unwrap();
    assert_eq!(line(&woken.rows[0].for_staff()), "4 Ben wakes");
    assert_eq!(until(&story, C1).await, None);
    assert_nothing_changed(&story.takes_back(AMY, C1).await.unwrap());
}

pub async fn a_claim_and_the_end_take_it_back<S: Backend>(story: Story<S>) {
    amy_has(&story, C1).await;
    story.snoozes(AMY, C1, 60_000).await.unwrap();
    story.claims(BEN, C1, 1).await.unwrap();
    assert_eq!(until(&story, C1).await, None);
    story.snoozes(BEN, C1, 60_000).await.unwrap();
    story.resolves(BY_AMY, C1).await.unwrap();
    assert_eq!((until(&story, C1).await, story.store.next_wake().await.unwrap()), (None, None));
    let rows = story.transcript(BY_AMY, C1).await;
    assert_eq!(rows[3..5], ["4 Ben gives it to Ben (2)", "5 Ben wakes"]);
    assert_eq!(rows.last().unwrap(), "7 Amy resolves (3)");
}

pub async fn notes_change_neither_the_line_nor_the_snooze<S: Backend>(story: Story<S>) {
    amy_has(&story, C1).await;
    story.snoozes(AMY, C1, 60_000).await.unwrap();
    let before = story.summary(C1).await;
    story.notes(BEN, C1, "she called before").await.unwrap();
    let after = story.summary(C1).await;
    assert_eq!(
        (after.last_line, after.last_at, after.unread),
        (before.last_line, before.last_at, before.unread)
    );
    assert!(after.conversation.snoozed_until.is_some());
    assert!(after.feed > before.feed, "colleagues are told that there is something to read");
    story.resolves(BY_AMY, C1).await.unwrap();
    story.notes(BEN, C1, "and it was fine").await.unwrap();
    assert_eq!(story.summary(C1).await.conversation.status, Status::Resolved);
}

pub async fn a_resolved_one_is_taken_up_again<S: Backend>(story: Story<S>) {
    amy_has(&story, C1).await;
    assert_nothing_changed(&story.takes_up_again(AMY, C1).await.unwrap());
    assert_refused(story.takes_up_again(BEN, C1).await, Conflict);
    story.resolves(BY_AMY, C1).await.unwrap();
    let changed = story.takes_up_again(BEN, C1).await.unwrap();
    let rows: Vec<_> = changed.rows.iter().map(|row| line(&row.for_staff())).collect();
    assert_eq!(rows, ["4 Ben reopens (3)", "5 Ben gives it to Ben (4)"]);
    assert_nothing_changed(&story.takes_up_again(BEN, C1).await.unwrap());
    let view = story.sees(BY_AMY, C1).await.view;
    assert_eq!((view.status, view.assignee.unwrap().id), (Status::Open, BEN));
    story.answers(BEN, C1, &[(9, "one more thing")]).await.unwrap();
    assert_refused(story.claims(AMY, C1, 2).await, Conflict);
}

pub async fn it_is_not_taken_up_while_another_is_open<S: Backend>(story: Story<S>) {
    amy_has(&story, C1).await;
    story.resolves(BY_AMY, C1).await.unwrap();
    story.starts(ANN, C2, &[(5, "something else")]).await.unwrap();
    let refused = story.takes_up_again(AMY, C1).await.unwrap_err();
    assert_eq!(refused, Fault::Refused(Refusal { code: AlreadyOpen, conversation: Some(C2) }));
    story.resolves(Scope::Visitor(ANN), C2).await.unwrap();
    story.takes_up_again(AMY, C1).await.unwrap();
}

pub async fn what_is_put_aside_is_nobodys_load<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.store.set_availability(AMY, Availability::Available, Some(1)).await.unwrap();
    story.starts(BOB, C2, &[(2, "hi")]).await.unwrap();
    amy_has(&story, C1).await;
    let sales = lease(&story, SALES, NodeId(1)).await.unwrap();
    let elsewhere = async || {
        let agents = story.store.desk_agents(PRESS).await.unwrap();
        agents.iter().find(|agent| agent.view.id == AMY).unwrap().load_elsewhere
    };
    assert_eq!(elsewhere().await, 1);
    let full = step(&story, sales, vec![assign(C2, AMY, 0, LOADED)]).await;
    assert_eq!(full, [Outcome::Full { load_elsewhere: 0 }]);
    story.snoozes(AMY, C1, 60_000).await.unwrap();
    assert_eq!(elsewhere().await, 0);
    let held = open(&story, SALES, C1).await;
    assert!(held.is_aside && held.assigned.is_some_and(|(agent, _)| agent == AMY));
    let taken = step(&story, sales, vec![assign(C2, AMY, 0, LOADED)]).await;
    assert!(matches!(taken[..], [Outcome::Done(Some(_))]), "{taken:?}");
    let woken_at = story.takes_back(AMY, C1).await.unwrap().rows[0].at;
    let held = open(&story, SALES, C1).await;
    assert_eq!((held.is_aside, held.assigned), (false, Some((AMY, woken_at))), "worked on since then");
    assert_eq!(elsewhere().await, 2, "what comes back is kept");
}

pub async fn whatever_changes_hands_is_woken<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    let sales = lease(&story, SALES, NodeId(1)).await.unwrap();
    amy_has(&story, C1).await;
    story.snoozes(AMY, C1, 60_000).await.unwrap();
    let reason = RequeueReason::AgentLost;
    step(&story, sales, vec![Deed::Requeue { conversation: C1, version_expected: 1, reason }]).await;
    assert_eq!(story.transcript(BY_AMY, C1).await[3..], ["4 system takes it from Amy (2)", "5 system wakes"]);
    assert_eq!(until(&story, C1).await, None);

    step(&story, sales, vec![assign(C1, AMY, 2, LOADED)]).await;
    story.snoozes(AMY, C1, 60_000).await.unwrap();
    step(&story, sales, vec![assign(C1, BEN, 3, Reason::Transferred { by: AMY })]).await;
    let rows = story.transcript(BY_AMY, C1).await;
    assert_eq!(rows[rows.len() - 2..], ["8 Amy gives it to Ben (4)", "9 Amy wakes"]);

    story.snoozes(BEN, C1, 60_000).await.unwrap();
    let (conversation, inbox) = (C1, PRESS);
    let moved = Deed::HandOver { conversation, version_expected: 4, inbox, by: BEN, note: None };
    step(&story, sales, vec![moved]).await;
    let rows = story.transcript(Scope::Agent(OLGA), C1).await;
    assert_eq!(rows[rows.len() - 2..], ["11 Ben moves it to Blog (5)", "12 Ben wakes"]);
    assert_eq!(story.summary(C1).await.conversation.snoozed_until, None);

    amy_has(&story, C2).await;
    story.snoozes(AMY, C2, 60_000).await.unwrap();
    story.store.deactivate(AMY, story.now()).await.unwrap();
    let rows = story.transcript(Scope::Agent(OLGA), C2).await;
    assert_eq!(rows[3..], ["4 system takes it from Amy (2)", "5 system wakes"]);
    assert_eq!(story.store.next_wake().await.unwrap(), None);
}
