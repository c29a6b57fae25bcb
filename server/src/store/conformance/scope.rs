//! What lies outside a scope does not exist.

use deskbell_shared::model::{AgentId, ConversationId, Feed, InboxId, Seq, VisitorId};
use deskbell_shared::protocol::RefusalCode::NotFound;

use super::Backend;
use super::story::*;
use crate::store::Scope;
use crate::store::conversations::Span;

/// Every way to a conversation, as somebody to whom it does not exist.
async fn finds_nothing<S: Backend>(story: &Story<S>, scope: Scope, c: ConversationId) {
    for span in [Span::After(Seq(0)), Span::Before(Seq(9)), Span::Newest(Seq(0))] {
        assert_eq!(story.reads(scope, c, span).await, None);
    }
    assert_refused(story.resolves(scope, c).await, NotFound);
    assert_refused(story.marks(scope, c, 1, 1).await, NotFound);
    match scope {
        Scope::Visitor(visitor) => {
            assert_refused(story.says(visitor, c, &[(1, "hi")]).await, NotFound);
            assert_refused(story.starts(visitor, c, &[(1, "hi")]).await, NotFound);
            let own = story.store.conversations_of(visitor, 100).await.unwrap();
            assert!(own.iter().all(|view| view.id != c));
        }
        Scope::Agent(agent) => {
            assert_refused(story.answers(agent, c, &[(1, "hi")]).await, NotFound);
            for version in 0..3 {
                assert_refused(story.claims(agent, c, version).await, NotFound);
            }
            assert_refused(story.snoozes(agent, c, 1_000).await, NotFound);
            assert_refused(story.takes_back(agent, c).await, NotFound);
            assert_refused(story.takes_up_again(agent, c).await, NotFound);
            assert_eq!(story.store.summary(agent, c).await.unwrap(), None);
            let mut lists = story.store.feed(agent, Feed(0), false, 100).await.unwrap();
            lists.extend(story.store.feed(agent, Feed(0), true, 100).await.unwrap());
            lists.extend(story.store.resolved(agent, None, 100).await.unwrap());
            assert!(lists.iter().all(|summary| summary.conversation.id != c));
        }
    }
}

pub async fn a_visitor_reaches_nothing_of_another<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(1, "hi")]).await.unwrap();
    finds_nothing(&story, Scope::Visitor(BOB), C1).await;
    story.resolves(BY_ANN, C1).await.unwrap();
    finds_nothing(&story, Scope::Visitor(BOB), C1).await;
    assert_eq!(story.transcript(BY_ANN, C1).await, ["1 visitor: hi", "2 visitor resolves (1)"]);
    let own = story.store.conversations_of(BOB, 100).await.unwrap();
    assert_eq!(own.iter().map(|view| view.id).collect::<Vec<_>>(), [C2]);
}

pub async fn an_agent_reaches_nothing_outside_their_inboxes<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.store.leave(PRESS, BEN).await.unwrap();
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts_on(BLOG, PRESS, BOB, C2, &[(1, "hi")]).await.unwrap();
    finds_nothing(&story, Scope::Agent(BEN), C2).await;
    story.resolves(Scope::Visitor(BOB), C2).await.unwrap();
    finds_nothing(&story, Scope::Agent(BEN), C2).await;
    let seen = story.store.feed(BEN, Feed(0), false, 100).await.unwrap();
    assert_eq!(seen.iter().map(|summary| summary.conversation.id).collect::<Vec<_>>(), [C1]);
}

pub async fn losing_a_membership_takes_effect_with_the_next_call<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(2, "hello")]).await.unwrap();
    story.store.leave(SALES, AMY).await.unwrap();
    assert_refused(story.answers(AMY, C1, &[(3, "and")]).await, NotFound);
    assert_refused(story.answers(AMY, C1, &[(2, "hello")]).await, NotFound);
    finds_nothing(&story, BY_AMY, C1).await;
    assert_eq!(story.store.inbox_agents(SALES).await.unwrap(), [OLGA, BEN]);
}

pub async fn an_owner_reaches_every_inbox<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.store.leave(PRESS, OLGA).await.unwrap();
    story.starts_on(BLOG, PRESS, BOB, C2, &[(1, "hi")]).await.unwrap();
    story.claims(OLGA, C2, 0).await.unwrap();
    story.answers(OLGA, C2, &[(1, "hello")]).await.unwrap();
    assert_eq!(story.transcript(Scope::Agent(OLGA), C2).await.len(), 3);
    assert_eq!(story.store.feed(OLGA, Feed(0), true, 100).await.unwrap().len(), 1);
    story.resolves(Scope::Agent(OLGA), C2).await.unwrap();
    assert_eq!(story.store.resolved(OLGA, None, 100).await.unwrap().len(), 1);
}

pub async fn unknown_ids_are_not_found<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    for scope in [BY_AMY, Scope::Agent(AgentId(0x99)), Scope::Visitor(BOB)] {
        let conversation = if scope == BY_AMY { C3 } else { C1 };
        finds_nothing(&story, scope, conversation).await;
    }
    assert_eq!(story.store.conversations_of(VisitorId(0x99), 10).await.unwrap(), []);
    assert_eq!(story.store.inbox_agents(InboxId(0x99)).await.unwrap(), []);
}
