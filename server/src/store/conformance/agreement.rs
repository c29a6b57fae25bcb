//! Two opinions on one contract: whatever is done, in whatever order, the database and the double answer the same
//! and hold the same.

use deskbell_shared::model::{AgentId, ConversationId, Feed, Seq, VisitorId};
use proptest::prelude::*;

use super::Backend;
use super::story::*;
use crate::store::Scope;
use crate::store::conversations::Span;
use crate::store::memory::MemoryStore;
use crate::store::sqlite::SqliteStore;

/// Something somebody does. The numbers are few, so that people get in each other's way.
#[derive(Clone, Debug)]
enum Deed {
    Start(u8, u8, Vec<(u8, u8)>),
    Say(u8, u8, Vec<(u8, u8)>),
    Answer(u8, u8, Vec<(u8, u8)>),
    Claim(u8, u8, u32),
    Resolve(Who, u8),
    Mark(Who, u8, u64, u64),
    Note(u8, u8),
    Leave(u8),
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Visitor(u8),
    Agent(u8),
}

impl Who {
    fn scope(self) -> Scope {
        match self {
            Who::Visitor(n) => Scope::Visitor(visitor(n)),
            Who::Agent(n) => Scope::Agent(agent(n)),
        }
    }
}

fn visitor(n: u8) -> VisitorId {
    [ANN, BOB][usize::from(n)]
}

fn agent(n: u8) -> AgentId {
    [OLGA, AMY, BEN][usize::from(n)]
}

fn conversation(n: u8) -> ConversationId {
    [C1, C2, C3][usize::from(n)]
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let messages = || prop::collection::vec((0..8u8, 0..8u8), 0..4);
    let who = || prop_oneof![(0..2u8).prop_map(Who::Visitor), (0..3u8).prop_map(Who::Agent)];
    let deed = prop_oneof![
        3 => (0..2u8, 0..3u8, messages()).prop_map(|(v, c, m)| Deed::Start(v, c, m)),
        4 => (0..2u8, 0..3u8, messages()).prop_map(|(v, c, m)| Deed::Say(v, c, m)),
        4 => (0..3u8, 0..3u8, messages()).prop_map(|(a, c, m)| Deed::Answer(a, c, m)),
        4 => (0..3u8, 0..3u8, 0..5u32).prop_map(|(a, c, v)| Deed::Claim(a, c, v)),
        2 => (who(), 0..3u8).prop_map(|(w, c)| Deed::Resolve(w, c)),
        4 => (who(), 0..3u8, 0..20u64, 0..20u64).prop_map(|(w, c, r, d)| Deed::Mark(w, c, r, d)),
        2 => (0..3u8, 0..3u8).prop_map(|(a, c)| Deed::Note(a, c)),
        1 => (0..3u8).prop_map(Deed::Leave),
    ];
    prop::collection::vec(deed, 1..60)
}

/// Does it, and says in words what came of it.
async fn does<S: Backend>(story: &Story<S>, deed: &Deed) -> String {
    // A message and a text of one number mostly belong together; sometimes they do not.
    let texts = |messages: &[(u8, u8)]| -> Vec<(u128, String)> {
        messages
            .iter()
            .map(|(cmid, text)| (u128::from(*cmid), format!("text {}", if *text == 0 { 99 } else { *cmid })))
            .collect()
    };
    match deed {
        Deed::Start(v, c, m) => {
            let m = texts(m);
            let m: Vec<_> = m.iter().map(|(cmid, text)| (*cmid, text.as_str())).collect();
            format!("{:?}", story.starts(visitor(*v), conversation(*c), &m).await)
        }
        Deed::Say(v, c, m) => {
            let m = texts(m);
            let m: Vec<_> = m.iter().map(|(cmid, text)| (*cmid, text.as_str())).collect();
            format!("{:?}", story.says(visitor(*v), conversation(*c), &m).await)
        }
        Deed::Answer(a, c, m) => {
            let m = texts(m);
            let m: Vec<_> = m.iter().map(|(cmid, text)| (*cmid, text.as_str())).collect();
            format!("{:?}", story.answers(agent(*a), conversation(*c), &m).await)
        }
        Deed::Claim(a, c, version) => {
            format!("{:?}", story.claims(agent(*a), conversation(*c), *version).await)
        }
        Deed::Resolve(who, c) => format!("{:?}", story.resolves(who.scope(), conversation(*c)).await),
        Deed::Mark(who, c, received, read) => {
            format!("{:?}", story.marks(who.scope(), conversation(*c), *received, *read).await)
        }
        Deed::Note(a, c) => {
            format!("{:?}", story.notes(agent(*a), conversation(*c), "note").await)
        }
        Deed::Leave(a) => format!("{:?}", story.store.leave(SALES, agent(*a)).await),
    }
}

/// Everything anybody can read, in words, without the epoch.
async fn all<S: Backend>(story: &Story<S>) -> Vec<String> {
    let mut all = vec![format!("{:?}", story.store.feed_head().await)];
    let scopes = [BY_ANN, Scope::Visitor(BOB), Scope::Agent(OLGA), BY_AMY, Scope::Agent(BEN)];
    for scope in scopes {
        for c in [C1, C2, C3] {
            for span in [Span::After(Seq(2)), Span::Before(Seq(5)), Span::Newest(Seq(1))] {
                all.push(format!("{:?}", story.reads(scope, c, span).await));
            }
        }
        match scope {
            Scope::Visitor(v) => all.push(format!("{:?}", story.store.conversations_of(v, 9).await)),
            Scope::Agent(a) => {
                all.push(format!("{:?}", story.store.feed(a, Feed(3), false, 2).await));
                all.push(format!("{:?}", story.store.feed(a, Feed(0), true, 9).await));
                all.push(format!("{:?}", story.store.resolved(a, None, 9).await));
            }
        }
    }
    let epoch = story.store.epoch().to_hex();
    all.into_iter().map(|text| text.replace(&epoch, "EPOCH")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_database_and_the_double_agree(deeds in deeds()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (sqlite, _kept) = SqliteStore::fresh();
            let (sqlite, memory) = (Story::begin(sqlite).await, Story::begin(MemoryStore::new()).await);
            for deed in &deeds {
                let (a, b) = (does(&sqlite, deed).await, does(&memory, deed).await);
                prop_assert_eq!(a, b, "after {:?}", deed);
            }
            prop_assert_eq!(all(&sqlite).await, all(&memory).await);
            Ok(())
        })?;
    }
}
