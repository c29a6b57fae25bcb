//! Snippets, blocks, and what is known of a visitor.

use deskbell_shared::model::{
    AboutView, AgentId, AttributeView, ConsentView, PageView, Situation, SnippetId, UnixMillis, VisitorId,
    VisitorName,
};
use deskbell_shared::protocol::RefusalCode::{Blocked, Conflict, NotAllowed, NotFound, TooLong};
use deskbell_shared::protocol::limits::SNIPPETS_MAX;

use super::Backend;
use super::story::*;
use crate::store::conversations::Start;
use crate::store::erasure::Erase;
use crate::store::tools::{Block, SnippetWrite};
use crate::store::{Scope, Stored};

const S1: SnippetId = SnippetId(0x51);
const S2: SnippetId = SnippetId(0x52);
const S3: SnippetId = SnippetId(0x53);

impl<S: Backend> Story<S> {
    async fn saves(&self, agent: AgentId, id: SnippetId, shortcut: &str, is_shared: bool) -> Stored<()> {
        let is_new = !self.store.snippets(agent).await?.iter().any(|known| known.id == id);
        self.writes_snippet(agent, id, is_new, shortcut, is_shared).await
    }

    async fn writes_snippet(
        &self,
        agent: AgentId,
        id: SnippetId,
        is_new: bool,
        shortcut: &str,
        is_shared: bool,
    ) -> Stored<()> {
        let (text, at) = (format!("about {shortcut}"), self.now());
        let situation = shortcut.contains("bye").then_some(Situation::Happy);
        let write =
            SnippetWrite { id, is_new, agent, is_shared, shortcut: shortcut.into(), text, situation, at };
        self.store.write_snippet(write).await
    }

    async fn snippets_of(&self, agent: AgentId) -> Vec<(String, bool)> {
        let found = self.store.snippets(agent).await.unwrap();
        found.into_iter().map(|known| (known.shortcut, known.is_shared)).collect()
    }

    /// Blocks for so many milliseconds from now.
    pub async fn blocks(&self, agent: AgentId, visitor: VisitorId, ms: i64) -> Stored<()> {
        let at = self.now();
        let until = UnixMillis(at.0 + ms);
        self.store.block(Block { visitor, agent, reason: "spam".into(), at, until }).await
    }

    async fn blocked(&self, agent: AgentId) -> Vec<VisitorId> {
        let found = self.store.blocks(agent, None, self.now(), 100).await.unwrap();
        found.into_iter().map(|block| block.visitor).collect()
    }
}

pub async fn snippets_are_ones_own_or_everybodys<S: Backend>(story: Story<S>) {
    story.saves(OLGA, S1, "hours", true).await.unwrap();
    story.saves(AMY, S2, "bye", false).await.unwrap();
    assert_eq!(story.snippets_of(AMY).await, [("bye".to_owned(), false), ("hours".to_owned(), true)]);
    assert_eq!(story.snippets_of(BEN).await, [("hours".to_owned(), true)]);
    // What is shared is the owners'; what is Amy's is nobody else's.
    assert_refused(story.saves(AMY, S3, "all", true).await, NotAllowed);
    assert_refused(story.saves(AMY, S1, "other", true).await, NotAllowed);
    assert_refused(story.saves(AMY, S2, "bye", true).await, NotAllowed);
    assert_refused(story.store.forget_snippet(S1, AMY).await, NotAllowed);
    for agent in [BEN, OLGA] {
        assert_refused(story.writes_snippet(agent, S2, false, "mine", false).await, NotFound);
        assert_refused(story.store.forget_snippet(S2, agent).await, NotFound);
    }
    assert_refused(story.writes_snippet(AMY, S3, false, "new", false).await, NotFound);
    assert_refused(story.writes_snippet(AMY, S2, true, "new", false).await, Conflict);
    story.saves(AMY, S2, "goodbye", false).await.unwrap();
    story.saves(OLGA, S1, "open", true).await.unwrap();
    assert_eq!(story.snippets_of(AMY).await, [("goodbye".to_owned(), false), ("open".to_owned(), true)]);
    for (agent, id, is_there) in
        [(AMY, S1, true), (BEN, S1, true), (AMY, S2, true), (BEN, S2, false), (AMY, S3, false)]
    {
        let counted = story.store.count_snippet(id, agent).await;
        if is_there { counted.unwrap() } else { assert_refused(counted, NotFound) }
    }
    let used = story.store.snippets(AMY).await.unwrap();
    let used: Vec<_> = used.iter().map(|one| (one.used, one.situation)).collect();
    assert_eq!(used, [(1, Some(Situation::Happy)), (2, None)], "and a change takes nothing of it away");
    story.writes_snippet(AMY, S2, false, "goodbye", false).await.unwrap();
    assert_eq!(story.store.snippets(AMY).await.unwrap()[0].used, 1);
    story.store.forget_snippet(S2, AMY).await.unwrap();
    assert_refused(story.store.forget_snippet(S2, AMY).await, NotFound);
    story.store.forget_snippet(S1, OLGA).await.unwrap();
    assert_eq!(story.snippets_of(AMY).await, []);
    assert_refused(story.store.snippets(AgentId(0x99)).await, NotFound);
}

pub async fn a_shortcut_is_taken_once_among_its_kind<S: Backend>(story: Story<S>) {
    story.saves(OLGA, S1, "hours", true).await.unwrap();
    assert_refused(story.saves(OLGA, S2, "hours", true).await, Conflict);
    // Of two with one shortcut one's own comes first.
    story.saves(AMY, S2, "hours", false).await.unwrap();
    assert_eq!(story.snippets_of(AMY).await, [("hours".to_owned(), false), ("hours".to_owned(), true)]);
    assert_refused(story.saves(AMY, S3, "hours", false).await, Conflict);
    story.saves(BEN, S3, "hours", false).await.unwrap();
    story.saves(AMY, S2, "hours", false).await.unwrap();
}

pub async fn snippets_are_bounded<S: Backend>(story: Story<S>) {
    for n in 0..SNIPPETS_MAX {
        let id = SnippetId(0x1000 + n as u128);
        story.writes_snippet(AMY, id, true, &format!("s{n}"), false).await.unwrap();
    }
    assert_refused(story.writes_snippet(AMY, S1, true, "more", false).await, TooLong);
    story.writes_snippet(AMY, SnippetId(0x1000), false, "changed", false).await.unwrap();
    story.writes_snippet(BEN, S1, true, "more", false).await.unwrap();
    story.writes_snippet(OLGA, S2, true, "more", true).await.unwrap();
}

pub async fn a_blocked_visitor_adds_nothing<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.blocks(AMY, ANN, 1_000_000).await.unwrap();
    assert_refused(story.says(ANN, C1, &[(2, "buy this")]).await, Blocked);
    // What was stored before is acknowledged again, and the new one behind it is named.
    let said = story.says(ANN, C1, &[(1, "hi"), (2, "buy this")]).await.unwrap();
    assert_eq!((acks(&said), refused(&said)), (vec![(1, 1)], Some((2, Blocked))));
    assert_refused(story.starts(ANN, C1, &[(3, "buy that")]).await, Blocked);
    story.answers(AMY, C1, &[(4, "please stop")]).await.unwrap();
    story.resolves(BY_AMY, C1).await.unwrap();
    assert_refused(story.says(ANN, C1, &[(2, "buy this")]).await, Blocked);
    assert_refused(story.starts(ANN, C2, &[(5, "buy it all")]).await, Blocked);
    assert_eq!(
        story.reads(BY_ANN, C2, crate::store::conversations::Span::After(Default::default())).await,
        None
    );
    story.starts(BOB, C3, &[(1, "hi")]).await.unwrap();
    assert_eq!(story.sees(BY_ANN, C1).await.rows.len(), 4, "they still read what there is");
}

pub async fn a_block_ends_by_itself_or_by_hand<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(1, "hi")]).await.unwrap();
    // The clock of the story moves a second with everything that happens.
    story.blocks(AMY, ANN, 1_000).await.unwrap();
    story.says(ANN, C1, &[(2, "again")]).await.unwrap();
    assert_eq!(story.blocked(AMY).await, []);
    story.blocks(AMY, ANN, 1_000_000).await.unwrap();
    story.blocks(BEN, ANN, 1_000_000).await.unwrap();
    story.blocks(AMY, BOB, 1_000_000).await.unwrap();
    assert_eq!(story.blocked(AMY).await, [BOB, ANN], "newest first, each once");
    let of_ann = story.store.blocks(AMY, Some(ANN), story.now(), 10).await.unwrap();
    assert_eq!((of_ann.len(), of_ann[0].by.id, of_ann[0].reason.as_str()), (1, BEN, "spam"));
    assert_eq!(story.store.blocks(AMY, None, story.now(), 1).await.unwrap().len(), 1);
    assert_refused(story.says(ANN, C1, &[(3, "and again")]).await, Blocked);
    story.store.unblock(OLGA, ANN).await.unwrap();
    story.store.unblock(OLGA, ANN).await.unwrap();
    story.says(ANN, C1, &[(3, "and again")]).await.unwrap();
    assert_eq!(story.blocked(AMY).await, [BOB]);
}

pub async fn blocks_outside_the_scope_do_not_exist<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.store.leave(PRESS, BEN).await.unwrap();
    story.starts_on(BLOG, PRESS, BOB, C2, &[(1, "hi")]).await.unwrap();
    assert_refused(story.blocks(BEN, BOB, 1_000_000).await, NotFound);
    assert_refused(story.blocks(AMY, VisitorId(0x99), 1_000_000).await, NotFound);
    story.blocks(AMY, BOB, 1_000_000).await.unwrap();
    assert_eq!((story.blocked(BEN).await, story.blocked(AMY).await), (vec![], vec![BOB]));
    assert_refused(story.store.unblock(BEN, BOB).await, NotFound);
    assert_refused(story.says(BOB, C2, &[(2, "more")]).await, Blocked);
}

pub async fn a_visitors_conversations_are_those_in_scope<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.store.leave(PRESS, BEN).await.unwrap();
    story.starts_on(BLOG, PRESS, BOB, C2, &[(1, "hi")]).await.unwrap();
    story.starts(ANN, C1, &[(1, "first")]).await.unwrap();
    story.resolves(Scope::Visitor(ANN), C1).await.unwrap();
    story.starts(ANN, C3, &[(2, "second")]).await.unwrap();
    let lines = |agent, visitor, count_max| {
        let found = story.store.conversations_with(agent, visitor, count_max);
        async { found.await.unwrap().into_iter().map(|line| line.last_line).collect::<Vec<_>>() }
    };
    assert_eq!(lines(BEN, ANN, 10).await, ["second", "first"]);
    assert_eq!(lines(BEN, ANN, 1).await, ["second"]);
    assert_eq!(lines(BEN, BOB, 10).await, Vec::<String>::new());
    assert_eq!(lines(AMY, BOB, 10).await, ["hi"]);
    assert_eq!(story.store.summary(AMY, C1).await.unwrap(), Some(story.summary(C1).await));
    assert_eq!(story.store.summary(BEN, C2).await.unwrap(), None);
}

pub async fn what_the_browser_said_of_itself_is_kept<S: Backend>(story: Story<S>) {
    let start = |referrer: Option<&str>, time_zone: Option<&str>, cmid| Start {
        conversation: C1,
        visitor: ANN,
        site: SHOP,
        inbox: SALES,
        page: Some(PageView {
            url: "https://shop.example/".into(),
            title: "Shop".into(),
            referrer: referrer.map(str::to_owned),
        }),
        language: None,
        time_zone: time_zone.map(str::to_owned),
        about: None,
        messages: drafts(&[(cmid, "hi")]),
        at: story.now(),
    };
    story.store.start(start(Some("https://find.example/"), Some("Asia/Shanghai"), 1)).await.unwrap();
    story.store.start(start(None, None, 2)).await.unwrap();
    let visitor = story.summary(C1).await.visitor;
    assert_eq!(visitor.page.unwrap().referrer.as_deref(), Some("https://find.example/"));
    assert_eq!(visitor.time_zone.as_deref(), Some("Asia/Shanghai"));
}

pub async fn what_visitors_say_of_themselves_is_kept_until_they_are_forgotten<S: Backend>(story: Story<S>) {
    let says = |answers: &[(&str, &str)], consent: Option<(u32, i64)>| AboutView {
        answers: answers
            .iter()
            .map(|(name, value)| AttributeView { name: (*name).into(), value: (*value).into() })
            .collect(),
        consent: consent.map(|(version, at)| ConsentView { version, text: "Yes".into(), at: UnixMillis(at) }),
    };
    let start = |about, cmid| Start {
        conversation: C1,
        visitor: ANN,
        site: SHOP,
        inbox: SALES,
        page: None,
        language: None,
        time_zone: None,
        about: Some(about),
        messages: drafts(&[(cmid, "hi")]),
        at: story.now(),
    };
    let known = async || story.store.about(ANN).await.unwrap();
    assert_eq!(known().await, None);
    let first = says(&[("name", "Ann"), ("plan", "free")], Some((2, 5)));
    story.store.start(start(first.clone(), 1)).await.unwrap();
    assert_eq!(known().await, Some(first.clone()));
    story.store.start(start(says(&[("plan", "none")], None), 1)).await.unwrap();
    assert_eq!(known().await, Some(first), "nothing new was written with it");
    let called = story.summary(C1).await.visitor.name;
    assert_eq!(called, Some(VisitorName { text: "Ann".into(), verified: false }));
    story.store.start(start(says(&[("plan", "gold")], Some((1, 6))), 2)).await.unwrap();
    assert_eq!(known().await, Some(says(&[("name", "Ann"), ("plan", "gold")], Some((2, 5)))));
    story.store.start(start(says(&[], Some((3, 7))), 3)).await.unwrap();
    assert_eq!(known().await, Some(says(&[("name", "Ann"), ("plan", "gold")], Some((3, 7)))));
    assert_eq!(story.store.about(BOB).await.unwrap(), None);
    story
        .store
        .erase_visitor(Erase { visitor: ANN, scope: Scope::Visitor(ANN), at: story.now() })
        .await
        .unwrap();
    assert_eq!(known().await, None);
    assert_eq!(story.summary(C1).await.visitor.name, None);
}
