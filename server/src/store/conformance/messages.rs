//! Conversations begin, messages are stored once and in order, or refused without a trace.

use std::sync::Arc;

use deskbell_shared::model::{Feed, Seq, Side, Status, UnixMillis};
use deskbell_shared::protocol::RefusalCode::{AlreadyOpen, CmidReused, Empty, NotAllowed, NotFound};

use super::Backend;
use super::story::*;
use crate::store::{Fault, Refusal, Scope};

pub async fn a_start_makes_the_conversation_and_its_first_messages<S: Backend>(story: Story<S>) {
    let at = story.now().plus(std::time::Duration::from_secs(1));
    let appended = story.starts(ANN, C1, &[(1, "hi"), (2, "anybody?")]).await.unwrap();
    assert_eq!(acks(&appended), [(1, 1), (2, 2)]);
    assert_eq!(appended.changed.rows.len(), 2);
    assert_eq!((appended.changed.inbox, appended.changed.visitor), (SALES, ANN));
    let seen = story.sees(BY_ANN, C1).await;
    assert_eq!(seen.view.status, Status::Open);
    assert_eq!((seen.view.head, seen.view.assignee, seen.view.assignment_version), (Seq(2), None, 0));
    assert_eq!((seen.view.epoch, seen.view.arrived_at), (story.store.epoch(), at));
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi", "2 visitor: anybody?"]);
    assert_eq!(story.transcript(BY_AMY, C1).await, story.transcript(BY_ANN, C1).await);
    let summary = story.summary(C1).await;
    assert_eq!(Some(summary.feed), appended.changed.feed);
    assert_eq!((summary.site, summary.site_name.as_str()), (SHOP, "Shop"));
    assert_eq!((summary.visitor.id, summary.visitor.first_seen_at, summary.visitor.online), (ANN, at, false));
    assert_eq!(summary.visitor.page.unwrap().title, "Tea");
    assert_eq!(summary.visitor.language.as_deref(), Some("en"));
}

pub async fn a_repeated_start_is_acknowledged_again_and_adds_nothing<S: Backend>(story: Story<S>) {
    let first = story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let again = story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_eq!(again.acks, first.acks);
    assert_nothing_changed(&again.changed);
    assert_eq!(story.store.feed_head().await.unwrap(), first.changed.feed.unwrap());
}

pub async fn a_repeated_start_adds_what_is_missing<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let again = story.starts(ANN, C1, &[(1, "hi"), (2, "more")]).await.unwrap();
    assert_eq!(acks(&again), [(1, 1), (2, 2)]);
    assert_eq!(again.changed.rows.len(), 1);
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi", "2 visitor: more"]);
}

pub async fn a_start_without_messages_makes_nothing<S: Backend>(story: Story<S>) {
    assert_refused(story.starts(ANN, C1, &[]).await, Empty);
    assert_eq!(story.reads(BY_ANN, C1, crate::store::conversations::Span::After(Seq(0))).await, None);
    assert_eq!(story.store.feed_head().await.unwrap(), Feed(0));
}

pub async fn a_start_under_the_id_of_somebody_else_is_not_found<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_refused(story.starts(BOB, C1, &[(1, "hi")]).await, NotFound);
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi"]);
}

pub async fn a_start_needs_the_site_and_its_own_inbox<S: Backend>(story: Story<S>) {
    assert_refused(story.starts_on(BLOG, PRESS, ANN, C1, &[(1, "hi")]).await, NotFound);
    story.opens_a_blog().await;
    assert_refused(story.starts_on(BLOG, SALES, ANN, C1, &[(1, "hi")]).await, NotFound);
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    // A visitor belongs to one site.
    assert_refused(story.starts_on(BLOG, PRESS, ANN, C2, &[(1, "hi")]).await, NotFound);
    story.starts_on(BLOG, PRESS, BOB, C2, &[(1, "hi")]).await.unwrap();
}

pub async fn a_second_open_conversation_is_refused_and_the_first_named<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let refused = story.starts(ANN, C2, &[(2, "hi again")]).await.unwrap_err();
    assert_eq!(refused, Fault::Refused(Refusal { code: AlreadyOpen, conversation: Some(C1) }));
    story.resolves(BY_ANN, C1).await.unwrap();
    story.starts(ANN, C2, &[(2, "hi again")]).await.unwrap();
}

pub async fn a_start_that_comes_late_finds_its_message_elsewhere<S: Backend>(story: Story<S>) {
    // Under way for C2 while C1 was open: written into C1 instead, which was resolved since.
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.says(ANN, C1, &[(2, "and this")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    let refused = story.starts(ANN, C2, &[(2, "and this")]).await.unwrap_err();
    assert_eq!(refused, Fault::Refused(Refusal { code: AlreadyOpen, conversation: Some(C1) }));
    assert_eq!(acks(&story.says(ANN, C1, &[(2, "and this")]).await.unwrap()), [(2, 2)]);
    // What somebody else wrote under that id, or what says something else, is no repeat.
    story.starts(BOB, C3, &[(2, "and this")]).await.unwrap();
    story.starts(ANN, C2, &[(2, "something new")]).await.unwrap();
}

pub async fn what_is_written_elsewhere_is_not_added_again<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi"), (2, "there")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    story.starts(ANN, C2, &[(3, "again")]).await.unwrap();
    let elsewhere = Fault::Refused(Refusal { code: AlreadyOpen, conversation: Some(C1) });
    // A page that has not heard of the answers, and was told that this one is open.
    assert_eq!(story.says(ANN, C2, &[(2, "there"), (4, "new")]).await.unwrap_err(), elsewhere);
    let mixed = story.says(ANN, C2, &[(4, "new"), (2, "there"), (5, "newer")]).await.unwrap();
    assert_eq!(
        (acks(&mixed), refused(&mixed)),
        (vec![(4, 2)], None),
        "what it is told of the rest comes alone"
    );
    assert_eq!(acks(&story.says(ANN, C1, &[(2, "there")]).await.unwrap()), [(2, 2)]);
    // Nor is anything reopened for it.
    story.resolves(BY_ANN, C2).await.unwrap();
    assert_eq!(story.says(ANN, C2, &[(1, "hi"), (5, "newer")]).await.unwrap_err(), elsewhere);
    assert_eq!(story.transcript(BY_ANN, C2).await.len(), 3, "two messages and how it ended");
    // What says something else under the same id is another message.
    story.says(ANN, C2, &[(1, "hello")]).await.unwrap();
}

pub async fn concurrent_repeats_of_a_start_store_it_once<S: Backend>(story: Story<S>) {
    let story = Arc::new(story);
    let starts = (0..20).map(|_| {
        let story = Arc::clone(&story);
        tokio::spawn(async move { story.starts(ANN, C1, &[(1, "hi"), (2, "there")]).await.unwrap() })
    });
    for appended in futures_util::future::join_all(starts).await {
        assert_eq!(acks(&appended.unwrap()), [(1, 1), (2, 2)]);
    }
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi", "2 visitor: there"]);
}

pub async fn concurrent_starts_leave_one_open<S: Backend>(story: Story<S>) {
    let story = Arc::new(story);
    let starts = (0..20u128).map(|n| {
        let story = Arc::clone(&story);
        let id = deskbell_shared::model::ConversationId(0x1000 + n);
        tokio::spawn(async move { (id, story.starts(ANN, id, &[(n, "hi")]).await) })
    });
    let results: Vec<_> =
        futures_util::future::join_all(starts).await.into_iter().map(Result::unwrap).collect();
    let won: Vec<_> = results.iter().filter(|(_, result)| result.is_ok()).map(|(id, _)| *id).collect();
    assert_eq!(won.len(), 1);
    let named = Fault::Refused(Refusal { code: AlreadyOpen, conversation: Some(won[0]) });
    assert!(results.iter().filter_map(|(_, result)| result.as_ref().err()).all(|fault| *fault == named));
    assert_eq!(story.store.conversations_of(ANN, 100).await.unwrap().len(), 1);
}

pub async fn a_repeated_message_is_acknowledged_with_its_first_place_and_time<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let first = story.says(ANN, C1, &[(2, "two")]).await.unwrap();
    story.says(ANN, C1, &[(3, "three")]).await.unwrap();
    let again = story.says(ANN, C1, &[(2, "two")]).await.unwrap();
    assert_eq!(again.acks, first.acks);
    assert_nothing_changed(&again.changed);
    let mixed = story.says(ANN, C1, &[(2, "two"), (4, "four"), (4, "four")]).await.unwrap();
    assert_eq!(acks(&mixed), [(2, 2), (4, 4), (4, 4)]);
    assert_eq!(mixed.changed.rows.len(), 1);
    assert_eq!(story.sees(BY_ANN, C1).await.view.head, Seq(4));
}

pub async fn concurrent_repeats_of_a_message_store_it_once<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let story = Arc::new(story);
    let sends = (0..40u128).map(|n| {
        let story = Arc::clone(&story);
        tokio::spawn(async move { story.says(ANN, C1, &[(2 + n % 4, "again")]).await.unwrap() })
    });
    let mut places: Vec<_> = futures_util::future::join_all(sends)
        .await
        .into_iter()
        .map(|appended| acks(&appended.unwrap())[0])
        .collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 4, "every repeat of a message has the place of the first: {places:?}");
    assert_eq!(story.sees(BY_ANN, C1).await.rows.len(), 5);
}

pub async fn a_cmid_is_good_for_one_text<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let reused = story.says(ANN, C1, &[(1, "hI")]).await.unwrap();
    assert_eq!((acks(&reused), refused(&reused)), (vec![], Some((1, CmidReused))));
    assert_nothing_changed(&reused.changed);
    let at_once = story.says(ANN, C1, &[(2, "a"), (2, "b")]).await.unwrap();
    assert_eq!((acks(&at_once), refused(&at_once)), (vec![(2, 2)], Some((2, CmidReused))));
    let by_start = story.starts(ANN, C1, &[(1, "other")]).await.unwrap();
    assert_eq!((acks(&by_start), refused(&by_start)), (vec![], Some((1, CmidReused))));
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi", "2 visitor: a"]);
}

pub async fn one_cmid_of_two_authors_is_two_messages<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(7, "question")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    assert_eq!(acks(&story.answers(AMY, C1, &[(7, "answer")]).await.unwrap()), [(7, 3)]);
    story.claims(BEN, C1, 1).await.unwrap();
    assert_eq!(acks(&story.answers(BEN, C1, &[(7, "another")]).await.unwrap()), [(7, 5)]);
}

pub async fn the_prefix_before_a_refused_message_is_stored<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let appended = story.says(ANN, C1, &[(2, "two"), (1, "not hi"), (3, "three")]).await.unwrap();
    assert_eq!((acks(&appended), refused(&appended)), (vec![(2, 2)], Some((1, CmidReused))));
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi", "2 visitor: two"]);
    assert_eq!(acks(&story.says(ANN, C1, &[(3, "three")]).await.unwrap()), [(3, 3)]);
}

pub async fn a_new_message_reopens_a_resolved_conversation<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.resolves(BY_AMY, C1).await.unwrap();
    let arrived_before = story.sees(BY_AMY, C1).await.view.arrived_at;
    let appended = story.says(ANN, C1, &[(2, "one more thing"), (3, "please")]).await.unwrap();
    assert_eq!(acks(&appended), [(2, 5), (3, 6)]);
    assert_eq!(appended.changed.rows.len(), 3);
    let view = story.sees(BY_AMY, C1).await.view;
    assert_eq!((view.status, view.assignee, view.assignment_version), (Status::Open, None, 3));
    assert!(view.arrived_at > arrived_before, "it waits from now on");
    assert_eq!(
        story.transcript(BY_ANN, C1).await[3..],
        ["4 visitor reopens (3)", "5 visitor: one more thing", "6 visitor: please"]
    );
}

pub async fn a_reopening_is_refused_while_another_is_open<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    story.starts(ANN, C2, &[(2, "new")]).await.unwrap();
    let named = Fault::Refused(Refusal { code: AlreadyOpen, conversation: Some(C2) });
    assert_eq!(story.says(ANN, C1, &[(3, "late")]).await.unwrap_err(), named);
    assert_eq!(story.starts(ANN, C1, &[(3, "late")]).await.unwrap_err(), named);
    // Repeats before it are acknowledged, so that nobody offers them to the other conversation as well.
    let mixed = story.says(ANN, C1, &[(1, "hi"), (3, "late")]).await.unwrap();
    assert_eq!((acks(&mixed), refused(&mixed)), (vec![(1, 1)], None));
    assert_nothing_changed(&mixed.changed);
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi", "2 visitor resolves (1)"]);
}

pub async fn repeats_are_acknowledged_after_the_end<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    let answer = story.answers(AMY, C1, &[(5, "hello")]).await.unwrap();
    story.resolves(BY_AMY, C1).await.unwrap();
    assert_eq!(story.answers(AMY, C1, &[(5, "hello")]).await.unwrap().acks, answer.acks);
    let again = story.says(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_eq!(acks(&again), [(1, 1)]);
    assert_eq!(story.sees(BY_ANN, C1).await.view.status, Status::Resolved);
    let mixed = story.answers(AMY, C1, &[(5, "hello"), (6, "still there?")]).await.unwrap();
    assert_eq!((acks(&mixed), refused(&mixed)), (vec![(5, 3)], Some((6, NotAllowed))));
}

pub async fn an_agent_writes_only_where_they_are_the_assignee<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_refused(story.answers(AMY, C1, &[(2, "hello")]).await, NotAllowed);
    story.claims(BEN, C1, 0).await.unwrap();
    assert_refused(story.answers(AMY, C1, &[(2, "hello")]).await, NotAllowed);
    assert_refused(story.answers(OLGA, C1, &[(2, "hello")]).await, NotAllowed);
    assert_eq!(acks(&story.answers(BEN, C1, &[(2, "hello")]).await.unwrap()), [(2, 3)]);
    assert_eq!(
        story.transcript(BY_ANN, C1).await,
        ["1 visitor: hi", "2 Ben gives it to Ben (1)", "3 Ben: hello"]
    );
}

pub async fn many_authors_at_once_leave_no_gap_and_keep_their_order<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    let story = Arc::new(story);
    let visitor = tokio::spawn({
        let story = Arc::clone(&story);
        async move {
            for n in 0..30u128 {
                story.says(ANN, C1, &[(100 + n, "v")]).await.unwrap();
            }
        }
    });
    let agent = tokio::spawn({
        let story = Arc::clone(&story);
        async move {
            for n in 0..30u128 {
                story.answers(AMY, C1, &[(200 + 2 * n, "a"), (201 + 2 * n, "b")]).await.unwrap();
            }
        }
    });
    visitor.await.unwrap();
    agent.await.unwrap();
    let rows = story.sees(Scope::Agent(AMY), C1).await.rows;
    assert_eq!(rows.len(), 92);
    assert!(rows.iter().enumerate().all(|(at, row)| row.seq == Seq(at as u64 + 1)));
    for side in [Side::Visitor, Side::Staff] {
        let of_side: Vec<_> = rows.iter().filter(|row| row.author.side() == side).filter_map(cmid).collect();
        assert!(of_side.is_sorted(), "{side:?} keeps its order: {of_side:?}");
    }
}

fn cmid(row: &deskbell_shared::model::Entry) -> Option<u128> {
    match &row.body {
        deskbell_shared::model::EntryBody::Message { cmid, .. } => Some(cmid.0),
        _ => None,
    }
}

pub async fn a_refusal_leaves_no_trace<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    story.starts(ANN, C2, &[(2, "new")]).await.unwrap();
    let feed = story.store.feed_head().await.unwrap();
    let before = (story.summary(C1).await, story.summary(C2).await);
    story.says(ANN, C1, &[(3, "late")]).await.unwrap_err();
    story.says(BOB, C1, &[(3, "not mine")]).await.unwrap_err();
    story.starts(ANN, C3, &[(3, "third")]).await.unwrap_err();
    story.starts_on(BLOG, PRESS, BOB, C3, &[(3, "nowhere")]).await.unwrap_err();
    story.answers(AMY, C2, &[(3, "not assigned")]).await.unwrap_err();
    story.claims(AMY, C2, 7).await.unwrap_err();
    assert_eq!(story.store.feed_head().await.unwrap(), feed);
    assert_eq!((story.summary(C1).await, story.summary(C2).await), before);
    assert_eq!(story.store.conversations_of(BOB, 10).await.unwrap(), []);
    // The next change takes the very next place.
    let next = story.says(ANN, C2, &[(4, "on")]).await.unwrap();
    assert_eq!(next.changed.feed, Some(Feed(feed.0 + 1)));
}

pub async fn the_list_shows_the_last_message_and_counts_the_unread<S: Backend>(story: Story<S>) {
    let long = format!("  {}\n\n\tend", "ä".repeat(150));
    story.starts(ANN, C1, &[(1, "hi\n  there")]).await.unwrap();
    let summary = story.summary(C1).await;
    assert_eq!(
        (summary.last_line.as_str(), summary.last_side, summary.unread),
        ("hi there", Side::Visitor, 1)
    );
    story.says(ANN, C1, &[(2, "x"), (3, &long)]).await.unwrap();
    let summary = story.summary(C1).await;
    assert_eq!((summary.last_line, summary.unread), ("ä".repeat(120), 3));
    let changed = story.claims(AMY, C1, 0).await.unwrap();
    let summary = story.summary(C1).await;
    assert_eq!(Some(summary.feed), changed.feed);
    assert!(summary.last_at < changed.rows[0].at, "only messages count as the last line");
    assert!(
        summary.unanswered_at.is_some_and(|at| at < summary.last_at),
        "since the first of three: {summary:?}"
    );
    let answer = story.answers(AMY, C1, &[(4, "hello")]).await.unwrap();
    let summary = story.summary(C1).await;
    assert_eq!(summary.unanswered_at, None);
    assert_eq!((summary.last_line.as_str(), summary.last_side, summary.unread), ("hello", Side::Staff, 3));
    assert_eq!(summary.last_at, answer.acks[0].at);
    assert!(summary.last_at > UnixMillis(0));
    // Thanks after the end is nothing that waits; what is written later begins anew.
    story.says(ANN, C1, &[(5, "thanks")]).await.unwrap();
    story.resolves(BY_AMY, C1).await.unwrap();
    assert_eq!(story.summary(C1).await.unanswered_at, None);
    let again = story.says(ANN, C1, &[(6, "one more thing")]).await.unwrap();
    assert_eq!(story.summary(C1).await.unanswered_at, Some(again.acks[0].at));
}
