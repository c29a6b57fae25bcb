//! What agents find: what is shown to them, by the words in it, and nothing else.

use std::time::Duration;

use deskbell_shared::model::{AboutView, AgentId, AttributeView, ConversationId, Status, VisitorId};
use deskbell_shared::protocol::RefusalCode::NotFound;
use deskbell_shared::protocol::api::{SearchOnly, SearchPiece, SearchView};
use deskbell_shared::protocol::limits::SEARCH_HITS_MAX;

use super::Backend;
use super::forgetting::{sends, uploads};
use super::identities::K1;
use super::story::*;
use crate::store::accounts::{NewSite, SiteChange};
use crate::store::conversations::{Start, Writer};
use crate::store::erasure::{Before, Erase};
use crate::store::mail::LeaveAddress;
use crate::store::search::{Filter, Sought};
use crate::store::words::Query;
use crate::store::{Scope, Stored};

const ANNS: Writer = Writer::Visitor(ANN);
const AMYS: Writer = Writer::Agent(AMY);

impl<S: Backend> Story<S> {
    pub(in crate::store) async fn searches(
        &self,
        agent: AgentId,
        text: &str,
        filter: Filter,
        before: Option<u64>,
    ) -> Stored<SearchView> {
        let query = Query::read(text).unwrap();
        self.store.search(agent, Sought { query, filter, before }).await
    }

    /// What Amy finds, a line a hit: where, and the text with what was found in brackets.
    pub(in crate::store) async fn finds(&self, text: &str) -> Vec<String> {
        self.finds_where(AMY, text, Filter::default()).await
    }

    async fn finds_where(&self, agent: AgentId, text: &str, filter: Filter) -> Vec<String> {
        let view = self.searches(agent, text, filter, None).await.unwrap();
        assert_eq!((view.earlier, view.back_to), (None, None));
        let line = |hit: &deskbell_shared::protocol::api::HitView| {
            format!("{:x}/{} {}", hit.conversation.0, hit.seq.0, marked(&hit.text))
        };
        view.hits.iter().map(line).collect()
    }

    /// The people whom Amy finds, by what was found of them.
    async fn finds_people(&self, text: &str) -> Vec<String> {
        let view = self.searches(AMY, text, Filter::default(), None).await.unwrap();
        view.people.iter().map(|one| format!("{:x} {}", one.conversation.0, marked(&one.text))).collect()
    }

    async fn leaves_in(&self, visitor: VisitorId, conversation: ConversationId, address: &str) {
        let leave = LeaveAddress { conversation, visitor, address: address.into(), at: self.now() };
        self.store.leave_address(leave).await.unwrap();
    }
}

fn marked(pieces: &[SearchPiece]) -> String {
    let piece = |piece: &SearchPiece| match piece.is_hit {
        true => format!("[{}]", piece.text),
        false => piece.text.clone(),
    };
    pieces.iter().map(piece).collect()
}

pub async fn what_was_written_is_found_by_its_words_newest_first<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "请问退款什么时候到账？"), (2, "My order is 4711")]).await.unwrap();
    story.starts(BOB, C2, &[(3, "退款"), (4, "Where is the café?")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(5, "我看一下，order 4711")]).await.unwrap();
    assert_eq!(story.finds("退款").await, ["c2/1 [退款]", "c1/1 请问[退款]什么时候到账？"]);
    assert_eq!(story.finds("什么时候到账").await, ["c1/1 请问退款[什么时候到账]？"]);
    assert_eq!(story.finds("款").await.len(), 2);
    assert_eq!(story.finds("退到").await, [""; 0]);
    assert_eq!(
        story.finds("4711 ORDER").await,
        ["c1/4 我看一下，[order] [4711]", "c1/2 My [order] is [4711]"]
    );
    assert_eq!(story.finds("cafe").await, ["c2/2 Where is the [café]?"]);
    assert_eq!(story.finds("whe").await, ["c2/2 [Where] is the café?"]);
    assert_eq!(story.finds("order 看一下").await, ["c1/4 我[看一下]，[order] 4711"]);
    let view = story.searches(AMY, "4711", Filter::default(), None).await.unwrap();
    assert_eq!((view.hits[0].author.tag(), view.hits[1].author.tag()), ("agent", "visitor"));
    let about = &view.hits[0].about;
    assert_eq!((about.visitor, about.inbox.as_str(), about.status), (ANN, "Shop", Status::Open));
    assert_eq!(about.assignee.as_ref().map(|agent| agent.id), Some(AMY));
}

pub async fn a_note_is_found_by_staff_and_a_file_by_what_was_said_beside_it<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.notes(AMY, C1, "老客户，小心").await.unwrap();
    uploads(&story, 7, "bill", AMYS).await;
    sends(&story, AMYS, 6, 7).await.unwrap();
    assert_eq!(story.finds("客户").await, ["c1/3 老[客户]，小心"]);
    assert!(story.searches(AMY, "客户", Filter::default(), None).await.unwrap().hits[0].is_note);
    for stranger in [AgentId(ANN.0), AgentId(9)] {
        assert_refused(story.searches(stranger, "客户", Filter::default(), None).await, NotFound);
    }
}

pub async fn what_one_may_not_see_is_not_found<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.starts(ANN, C1, &[(1, "the needle of the shop")]).await.unwrap();
    story.starts_on(BLOG, PRESS, ANN_AT_BLOG, C2, &[(2, "the needle of the blog")]).await.unwrap();
    story.leaves_in(ANN_AT_BLOG, C2, "ann@needle.example").await;
    let both = ["c2/1 the [needle] of the blog", "c1/1 the [needle] of the shop"];
    assert_eq!(story.finds("needle").await, both);
    story.store.leave(PRESS, AMY).await.unwrap();
    assert_eq!(story.finds("needle").await, both[1..], "from the next call on");
    assert_eq!(story.finds_people("needle.example").await, [""; 0]);
    let elsewhere = Filter { inbox: Some(PRESS), ..Filter::default() };
    assert_eq!(story.finds_where(AMY, "needle", elsewhere).await, [""; 0], "nor by asking for it");
    assert_eq!(story.finds_where(OLGA, "needle", Filter::default()).await, both);
    story.store.leave(SALES, AMY).await.unwrap();
    assert_eq!(story.finds("needle").await, [""; 0]);
    story.store.deactivate(AMY, story.now()).await.unwrap();
    assert_refused(story.searches(AMY, "needle", Filter::default(), None).await, NotFound);
}

pub async fn filters_leave_out_the_rest<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "word one")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.answers(AMY, C1, &[(2, "word two")]).await.unwrap();
    let between = story.now();
    story.notes(AMY, C1, "word three").await.unwrap();
    story.starts(BOB, C2, &[(3, "word four")]).await.unwrap();
    story.claims(BEN, C2, 0).await.unwrap();
    story.resolves(Scope::Agent(BEN), C2).await.unwrap();
    let all = Filter::default();
    let found = async |filter| -> String {
        let lines = story.finds_where(AMY, "word", filter).await;
        lines.iter().filter_map(|line| line.split(' ').next_back()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found(all).await, "four three two one");
    assert_eq!(found(Filter { inbox: Some(SALES), ..all }).await, "four three two one");
    assert_eq!(found(Filter { inbox: Some(PRESS), ..all }).await, "");
    assert_eq!(found(Filter { agent: Some(AMY), ..all }).await, "three two one");
    assert_eq!(
        found(Filter { agent: Some(BEN), ..all }).await,
        "",
        "what he had is over, and he wrote nothing"
    );
    assert_eq!(found(Filter { status: Some(Status::Resolved), ..all }).await, "four");
    assert_eq!(found(Filter { status: Some(Status::Open), ..all }).await, "three two one");
    assert_eq!(found(Filter { since: Some(between), ..all }).await, "four three");
    assert_eq!(found(Filter { until: Some(between), ..all }).await, "two one");
    assert_eq!(found(Filter { only: Some(SearchOnly::Notes), ..all }).await, "three");
    assert_eq!(found(Filter { only: Some(SearchOnly::Messages), ..all }).await, "four two one");
    let notes_of_ben = Filter { only: Some(SearchOnly::Notes), status: Some(Status::Resolved), ..all };
    assert_eq!(found(notes_of_ben).await, "");
}

pub async fn what_is_found_comes_in_pages<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "common 1")]).await.unwrap();
    let all = SEARCH_HITS_MAX * 2 + 7;
    for n in 2..=all as u128 {
        story.says(ANN, C1, &[(n, &format!("common {n}"))]).await.unwrap();
    }
    let (mut seen, mut before, mut pages) = (Vec::new(), None, 0);
    loop {
        let view = story.searches(AMY, "common", Filter::default(), before).await.unwrap();
        assert!(view.hits.len() <= SEARCH_HITS_MAX);
        assert_eq!(view.earlier.is_some(), view.back_to.is_some());
        seen.extend(view.hits.iter().map(|hit| hit.seq.0));
        pages += 1;
        before = view.earlier;
        if before.is_none() {
            break;
        }
        // What is written meanwhile is newer than where one is.
        story.says(ANN, C1, &[(1000 + pages, "common, too")]).await.unwrap();
    }
    assert_eq!(seen, (1..=all as u64).rev().collect::<Vec<_>>());
    assert_eq!(pages, 3);
}

pub async fn an_edited_message_is_found_by_its_last_words<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "我叫安娜"), (2, "second")]).await.unwrap();
    story.edits(ANNS, C1, 1, "我叫安妮").await.unwrap();
    assert_eq!(story.finds("安娜").await, [""; 0]);
    assert_eq!(story.finds("安妮").await, ["c1/1 我叫[安妮]"]);
    story.edits(ANNS, C1, 1, "my name is Annie").await.unwrap();
    assert_eq!((story.finds("安妮").await, story.finds("我叫").await), (vec![], vec![]));
    assert_eq!(story.finds("annie").await, ["c1/1 my name is [Annie]"], "one hit, at its own place");
    story.edits(ANNS, C1, 1, "!").await.unwrap();
    assert_eq!(story.finds("annie").await, [""; 0]);
    story.edits(ANNS, C1, 1, "second thoughts").await.unwrap();
    assert_eq!(story.finds("second").await, ["c1/2 [second]", "c1/1 [second] thoughts"], "in its place");
}

pub async fn what_is_gone_is_not_found<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "needle one"), (2, "needle two"), (3, "hay")]).await.unwrap();
    story.starts(BOB, C2, &[(4, "needle of Bob")]).await.unwrap();
    story.edits(ANNS, C1, 2, "needle too").await.unwrap();
    story.edits(ANNS, C1, 3, "needle three").await.unwrap();
    story.withdraws(ANNS, C1, 2).await.unwrap();
    let left = ["c2/1 [needle] of Bob", "c1/3 [needle] three", "c1/1 [needle] one"];
    assert_eq!(story.finds("needle").await, left);
    assert_eq!(story.finds("too").await, [""; 0]);
    let erase = Erase { visitor: ANN, scope: BY_ANN, at: story.now() };
    story.store.erase_visitor(erase).await.unwrap();
    assert_eq!(story.finds("needle").await, left[..1]);
    assert_eq!(story.finds("three").await, [""; 0]);
    story.store.scrub().await.unwrap();
    assert_eq!(story.finds("needle").await, left[..1], "writing it anew loses nothing");
    story.resolves(Scope::Visitor(BOB), C2).await.unwrap();
    story.time_passes(Duration::from_secs(3600));
    let turn = story.store.begin_retention().await.unwrap();
    let before = Before { messages: Some(story.now()), files: None };
    while !story.store.retain(turn, SALES, before, 1).await.unwrap().is_empty() {}
    assert_eq!(story.finds("needle").await, [""; 0]);
    story.starts(BOB, C3, &[(5, "needle again")]).await.unwrap();
    assert_eq!(story.finds("needle").await, ["c3/1 [needle] again"]);
}

pub async fn people_are_found_by_what_is_known_of_them<S: Backend>(story: Story<S>) {
    story.makes_secret(K1).await.unwrap();
    let zoe = story.says_it_is("zoë", None, 1).await.unwrap().visitor;
    assert_eq!(story.finds_people("zoe").await, [""; 0], "she has written nothing that one could open");
    story.starts(zoe, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(2, "hi")]).await.unwrap();
    story.leaves_in(BOB, C2, "bob@mail.example").await;
    assert_eq!(story.finds_people("zoe").await, ["c1 The [zoë] · [zoë]"]);
    assert_eq!(story.finds_people("gold").await, ["c1 [gold]"]);
    assert_eq!(story.finds_people("the gold").await, ["c1 [The] zoë · [gold]"]);
    assert_eq!(story.finds_people("bob@mail.example").await, ["c2 [bob@mail.example]"]);
    assert_eq!(story.finds_people("mail").await, ["c2 bob@[mail].example"]);
    assert_eq!(story.finds_people("mail gold").await, [""; 0], "not of two people");
    let view = story.searches(AMY, "zoe", Filter::default(), None).await.unwrap();
    let person = &view.people[0];
    assert_eq!(
        (person.about.name.as_ref().map(|name| name.text.as_str()), person.about.visitor),
        (Some("The zoë"), zoe)
    );
    // What somebody says of themselves with a message counts from then on.
    let said = AttributeView { name: "company".into(), value: "Kettle Works".into() };
    let start = Start {
        conversation: C2,
        visitor: BOB,
        site: SHOP,
        inbox: SALES,
        page: None,
        language: None,
        time_zone: None,
        about: Some(AboutView { answers: vec![said], consent: None }),
        messages: drafts(&[(7, "more")]),
        at: story.now(),
    };
    assert_eq!(story.finds_people("kettle").await, [""; 0]);
    story.store.start(start).await.unwrap();
    assert_eq!(story.finds_people("kettle").await, ["c2 [Kettle] Works"]);
    // An address that was changed is not found any more, and what is forgotten neither.
    story.leaves_in(BOB, C2, "bob@other.example").await;
    assert_eq!(story.finds_people("mail").await, [""; 0]);
    assert_eq!(story.finds_people("other").await, ["c2 bob@[other].example"]);
    for (visitor, text) in [(zoe, "zoe"), (BOB, "other"), (BOB, "kettle")] {
        let erase = Erase { visitor, scope: Scope::Visitor(visitor), at: story.now() };
        story.store.erase_visitor(erase).await.unwrap();
        assert_eq!(story.finds_people(text).await, [""; 0]);
    }
}

pub async fn an_address_is_found_only_where_it_was_left<S: Backend>(story: Story<S>) {
    story.opens_a_blog().await;
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.leaves_in(ANN, C1, "ann@mail.example").await;
    story.resolves(BY_ANN, C1).await.unwrap();
    story.store.leave(SALES, BEN).await.unwrap();
    // Her next conversation is in another inbox, where Ben sees it.
    let NewSite { looks, origins, .. } = site(SHOP, SALES, "shop-key", "Shop");
    let moved = SiteChange { looks, origins, inbox: Some(PRESS), inboxes: None };
    story.store.edit_site(SHOP, moved).await.unwrap();
    story.starts_on(SHOP, PRESS, ANN, C2, &[(2, "hi")]).await.unwrap();
    let found =
        async |agent| story.searches(agent, "mail", Filter::default(), None).await.unwrap().people.len();
    assert_eq!((found(AMY).await, found(BEN).await), (1, 0));
}
