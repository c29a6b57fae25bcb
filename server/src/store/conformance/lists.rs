//! The list feed and the other lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use deskbell_shared::model::{
    AgentId, ConversationId, Feed, InboxId, LastMessage, Side, Status, Summary, VisitorId,
};

use super::Backend;
use super::desks::{lease, step};
use super::story::*;
use crate::store::Scope;
use crate::store::accounts::AgentEdit;
use crate::store::conversations::OutOfSight;
use crate::store::desks::{Deed, NodeId, Outcome};
use crate::store::erasure::Erase;
use crate::store::team::InboxChange;

fn ids(list: &[Summary]) -> Vec<ConversationId> {
    list.iter().map(|summary| summary.conversation.id).collect()
}

/// Conversations `1..=count`, each of its own visitor.
async fn crowd<S: Backend>(story: &Story<S>, count: u128) {
    for n in 1..=count {
        story.starts(VisitorId(n), ConversationId(n), &[(n, "hi")]).await.unwrap();
    }
}

pub async fn the_feed_tells_each_changed_conversation_once_in_order<S: Backend>(story: Story<S>) {
    crowd(&story, 5).await;
    let head = story.store.feed_head().await.unwrap();
    let all = story.store.feed(AMY, Feed(0), false, 100).await.unwrap();
    assert_eq!(ids(&all), [1, 2, 3, 4, 5].map(ConversationId));
    assert_eq!(all.last().unwrap().feed, head);
    story.claims(AMY, ConversationId(2), 0).await.unwrap();
    story.says(VisitorId(1), ConversationId(1), &[(90, "more")]).await.unwrap();
    story.says(VisitorId(2), ConversationId(2), &[(91, "more")]).await.unwrap();
    story.resolves(BY_AMY, ConversationId(4)).await.unwrap();
    story.marks(BY_AMY, ConversationId(5), 1, 1).await.unwrap();
    let since = story.store.feed(AMY, head, false, 100).await.unwrap();
    assert_eq!(ids(&since), [1, 2, 4, 5].map(ConversationId));
    assert_eq!(since[1].last_line, "more");
    assert_eq!(since[2].conversation.status, Status::Resolved);
    assert!(since.windows(2).all(|pair| pair[0].feed < pair[1].feed));
    let page = story.store.feed(AMY, head, false, 2).await.unwrap();
    assert_eq!(ids(&page), [1, 2].map(ConversationId));
    let rest = story.store.feed(AMY, page[1].feed, false, 2).await.unwrap();
    assert_eq!(ids(&rest), [4, 5].map(ConversationId));
    assert_eq!(story.store.feed(AMY, rest[1].feed, false, 2).await.unwrap(), []);
}

pub async fn a_feed_for_a_client_that_starts_empty_leaves_out_the_resolved<S: Backend>(story: Story<S>) {
    crowd(&story, 4).await;
    story.opens_a_blog().await;
    story.starts_on(BLOG, PRESS, BOB, C2, &[(1, "hi")]).await.unwrap();
    story.resolves(BY_AMY, ConversationId(2)).await.unwrap();
    story.says(VisitorId(1), ConversationId(1), &[(90, "more")]).await.unwrap();
    let open = story.store.feed(AMY, Feed(0), true, 100).await.unwrap();
    assert_eq!(ids(&open), [ConversationId(3), ConversationId(4), C2, ConversationId(1)]);
    assert_eq!(ids(&story.store.feed(AMY, Feed(0), true, 3).await.unwrap()), ids(&open[..3]));
}

pub async fn resolved_conversations_come_newest_first_in_pages<S: Backend>(story: Story<S>) {
    crowd(&story, 6).await;
    for n in [3, 1, 5, 2] {
        story.resolves(BY_AMY, ConversationId(n)).await.unwrap();
    }
    let first = story.store.resolved(AMY, None, 3).await.unwrap();
    assert_eq!(ids(&first), [2, 5, 1].map(ConversationId));
    let second = story.store.resolved(AMY, Some(first[2].feed), 3).await.unwrap();
    assert_eq!(ids(&second), [ConversationId(3)]);
    story.says(VisitorId(5), ConversationId(5), &[(90, "again")]).await.unwrap();
    assert_eq!(ids(&story.store.resolved(AMY, None, 9).await.unwrap()), [2, 1, 3].map(ConversationId));
}

pub async fn a_feed_read_during_writes_misses_nothing<S: Backend>(story: Story<S>) {
    crowd(&story, 8).await;
    let story = Arc::new(story);
    let writers: Vec<_> = (1..=8u128)
        .map(|n| {
            let story = Arc::clone(&story);
            tokio::spawn(async move {
                for at in 0..25 {
                    story.says(VisitorId(n), ConversationId(n), &[(1000 * n + at, "more")]).await.unwrap();
                }
            })
        })
        .collect();
    let mut known: BTreeMap<ConversationId, Summary> = BTreeMap::new();
    let mut after = Feed(0);
    loop {
        // Before the read: whoever has ended by then must be in what is read.
        let ended = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let page = story.store.feed(AMY, after, false, 3).await.unwrap();
        for summary in &page {
            assert!(summary.feed > after);
            after = summary.feed;
            known.insert(summary.conversation.id, summary.clone());
        }
        if ended && page.is_empty() {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(after, story.store.feed_head().await.unwrap());
    for n in 1..=8 {
        let summary = &known[&ConversationId(n)];
        assert_eq!(
            (summary.conversation.head.0, summary.unread),
            (26, 26),
            "what was applied equals the store"
        );
        assert_eq!(*summary, story.summary(ConversationId(n)).await);
    }
}

pub async fn a_visitors_own_conversations_come_newest_arrival_first<S: Backend>(story: Story<S>) {
    for (n, c) in [C1, C2, C3].into_iter().enumerate() {
        story.starts(ANN, c, &[(n as u128, "hi")]).await.unwrap();
        story.resolves(BY_ANN, c).await.unwrap();
    }
    let own = |views: Vec<deskbell_shared::model::ConversationView>| {
        views.into_iter().map(|view| view.id).collect::<Vec<_>>()
    };
    assert_eq!(own(story.store.conversations_of(ANN, 9).await.unwrap()), [C3, C2, C1]);
    story.says(ANN, C2, &[(90, "again")]).await.unwrap();
    assert_eq!(own(story.store.conversations_of(ANN, 9).await.unwrap()), [C2, C3, C1]);
    assert_eq!(own(story.store.conversations_of(ANN, 2).await.unwrap()), [C2, C3]);
    story.marks(BY_ANN, C1, 1, 1).await.unwrap();
    let after_a_change = own(story.store.conversations_of(ANN, 9).await.unwrap());
    assert_eq!(after_a_change, [C2, C3, C1], "a change is no arrival");
}

pub async fn the_last_message_of_each_of_a_visitors_own<S: Backend>(story: Story<S>) {
    let own = async || {
        let found = story.store.last_messages_of(ANN, 9).await.unwrap();
        let said =
            |last: LastMessage| (last.conversation, last.line, last.side, last.agent.map(|its| its.id));
        found.into_iter().map(said).collect::<Vec<_>>()
    };
    assert_eq!(own().await, []);
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(1, "not hers")]).await.unwrap();
    assert_eq!(own().await, [(C1, "hi".to_owned(), Side::Visitor, None)]);
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    story.notes(AMY, C1, "between us").await.unwrap();
    assert_eq!(own().await, [(C1, "hello".to_owned(), Side::Staff, Some(AMY))], "a note is nothing of hers");
    story.says(ANN, C1, &[(4, "bye")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    story.starts(ANN, C3, &[(5, "again")]).await.unwrap();
    let newest = (C3, "again".to_owned(), Side::Visitor, None);
    assert_eq!(own().await, [newest.clone(), (C1, "bye".to_owned(), Side::Visitor, Some(AMY))]);
    let bounded = story.store.last_messages_of(ANN, 1).await.unwrap();
    assert_eq!(bounded.iter().map(|last| last.conversation).collect::<Vec<_>>(), [C3]);
    let erase = Erase { visitor: ANN, scope: BY_ANN, at: story.now() };
    story.store.erase_visitor(erase).await.unwrap();
    assert_eq!(own().await, [], "what was erased is no message any more");
}

pub async fn people_are_shown_as_they_look_now<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    story.store.keep_picture("f00d", b"png").await.unwrap();
    let edit = AgentEdit { name: Some("Amelia".into()), picture: Some("f00d".into()), ..Default::default() };
    story.store.edit_agent(AMY, edit).await.unwrap();
    let seen = story.sees(BY_ANN, C1).await;
    assert_eq!(line(&seen.rows[1]), "2 Amelia gives it to Amelia (1)");
    assert_eq!(line(&seen.rows[2]), "3 Amelia: hello");
    assert_eq!(seen.view.assignee.unwrap().picture.as_deref(), Some("f00d"));
    assert_eq!(story.summary(C1).await.conversation.assignee.unwrap().name, "Amelia");
    let row = &story.answers(AMY, C1, &[(3, "me again")]).await.unwrap().changed.rows[0];
    assert_eq!(line(&row.for_staff()), "4 Amelia: me again");
}

pub async fn an_inbox_is_seen_by_its_members_and_the_owners<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.store.leave(PRESS, OLGA).await.unwrap();
    story.store.leave(PRESS, BEN).await.unwrap();
    assert_eq!(story.store.inbox_agents(SALES).await.unwrap(), [OLGA, AMY, BEN]);
    assert_eq!(story.store.inbox_agents(PRESS).await.unwrap(), [OLGA, AMY]);
    story.starts_on(BLOG, PRESS, BOB, C2, &[(1, "hi")]).await.unwrap();
    for (agent, sees) in [(OLGA, true), (AMY, true), (BEN, false)] {
        let feed = story.store.feed(agent, Feed(0), true, 9).await.unwrap();
        assert_eq!(!feed.is_empty(), sees);
        assert_eq!(
            story
                .reads(
                    Scope::Agent(agent),
                    C2,
                    crate::store::conversations::Span::After(deskbell_shared::model::Seq(0))
                )
                .await
                .is_some(),
            sees
        );
    }
}

pub async fn what_goes_out_of_sight_is_told_by_its_id<S: Backend>(story: Story<S>) {
    use OutOfSight::{Anew, Gone};
    let change = |name: &str, members: &[AgentId]| InboxChange {
        name: name.into(),
        members: members.to_vec(),
        hours: None,
        routing: None,
    };
    let lost = async |agent, after| story.store.out_of_sight(agent, after, 2).await.unwrap();
    let back_office = InboxId(0x77);
    story.store.add_inbox(back_office, change("Back office", &[BEN])).await.unwrap();
    crowd(&story, 4).await;
    let head = story.store.feed_head().await.unwrap();
    assert_eq!(lost(AMY, head).await, Gone(vec![]));
    let moves = async |n: u128, from, to, version_expected| {
        let lease = lease(&story, from, NodeId(1)).await.unwrap();
        let (conversation, by) = (ConversationId(n), BEN);
        let deed = Deed::HandOver { conversation, version_expected, inbox: to, by, note: None };
        let outcome = step(&story, lease, vec![deed]).await;
        assert!(matches!(outcome[..], [Outcome::Done(Some(_))]), "{outcome:?}");
        story.store.feed_head().await.unwrap()
    };
    let first = moves(1, SALES, back_office, 0).await;
    assert_eq!(lost(AMY, head).await, Gone(vec![(first, ConversationId(1))]));
    assert_eq!(lost(BEN, head).await, Gone(vec![]), "he sees both");
    assert_eq!(lost(AMY, first).await, Gone(vec![]), "told already");
    moves(1, back_office, SALES, 1).await;
    assert_eq!(lost(AMY, head).await, Gone(vec![]), "it is back");
    let again = moves(1, SALES, back_office, 2).await;
    let second = moves(2, SALES, back_office, 0).await;
    let both = vec![(again, ConversationId(1)), (second, ConversationId(2))];
    assert_eq!(lost(AMY, head).await, Gone(both));
    moves(3, SALES, back_office, 0).await;
    assert_eq!(lost(AMY, head).await, Anew, "more than was asked for");

    // Who sees other inboxes than before begins anew, once.
    let before = story.store.feed_head().await.unwrap();
    story.store.edit_inbox(back_office, change("Back office", &[AMY, BEN]), story.now()).await.unwrap();
    assert_eq!((lost(AMY, before).await, lost(BEN, before).await), (Anew, Gone(vec![])));
    let seen = story.store.feed_head().await.unwrap();
    assert_eq!(lost(AMY, seen).await, Gone(vec![]));
    story.store.edit_inbox(back_office, change("Back office", &[BEN]), story.now()).await.unwrap();
    assert_eq!(lost(AMY, seen).await, Anew);
}
