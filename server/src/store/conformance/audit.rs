//! The audit trail: which rows there are, that they fit, and what becomes of them.

use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::model::{Hours, InboxId, UnixMillis, WeekSpan};
use deskbell_shared::protocol::RefusalCode::NotFound;

use super::Backend;
use super::story::*;
use crate::store::accounts::SiteChange;
use crate::store::audit::{Actor, Deed, Sought, Target, What};
use crate::store::erasure::Erase;
use crate::store::team::InboxChange;
use crate::store::tools::Block;
use crate::store::{Scope, Store};

const NEWEST: u64 = u64::MAX;

impl<S: Backend> Story<S> {
    fn deed(&self, what: What, target: Target) -> Deed {
        let (at, actor) = (self.now(), Actor::Agent(OLGA));
        Deed { at, actor, what, target, from: None, detail: "given".into() }
    }

    fn as_olga(&self, what: What, target: Target) -> Arc<dyn Store> {
        self.store.noting(self.deed(what, target))
    }

    /// `what detail` of each row, oldest first; the trail has to fit.
    async fn trail(&self) -> Vec<String> {
        let checked = self.store.check_trail().await.unwrap().expect("a trail that fits");
        let rows = self.store.trail(NEWEST, 1_000).await.unwrap();
        assert_eq!(rows.len() as u64, checked.rows);
        assert_eq!(
            rows.first().map(|row| row.number),
            Some(checked.head.number).filter(|_| checked.rows > 0)
        );
        rows.iter().rev().map(|row| format!("{} {}", row.what, row.detail)).collect()
    }
}

pub async fn a_write_leaves_the_row_of_its_deed<S: Backend>(story: Story<S>) {
    assert_eq!(story.trail().await, [""; 0], "nothing is noted that is not asked for");
    let (what, target) = (What::RetentionChanged, Target::Inbox(SALES));
    story.as_olga(what, target).set_retention(SALES, Some(30), None).await.unwrap();
    let rows = story.store.trail(NEWEST, 9).await.unwrap();
    let row = &rows[0];
    assert_eq!((row.number, row.what.as_str(), row.detail.as_str()), (1, "retention_changed", "given"));
    assert_eq!((row.actor.as_str(), row.actor_id), ("agent", Some(OLGA.to_bytes())));
    assert_eq!((row.target.as_str(), row.target_id), ("inbox", Some(SALES.to_bytes())));
    story.as_olga(what, target).set_retention(SALES, Some(30), None).await.unwrap();
    let lost = story.as_olga(what, target).set_retention(InboxId(99), None, None).await;
    assert_refused(lost, NotFound);
    assert_eq!(story.trail().await.len(), 1, "what was so already, or is refused, is no deed");
}

pub async fn what_changed_is_told_by_its_name<S: Backend>(story: Story<S>) {
    let site = story.store.sites().await.unwrap().remove(0);
    let mut edit =
        SiteChange { looks: site.looks.clone(), origins: site.origins.clone(), inbox: None, inboxes: None };
    let changes = |edit: SiteChange| {
        let store = story.as_olga(What::SiteChanged, Target::Site(SHOP));
        async move { store.edit_site(SHOP, edit).await.unwrap() }
    };
    changes(edit.clone()).await;
    edit.looks.greeting = "Ho".into();
    edit.origins = vec!["https://tea.example".into()];
    changes(edit).await;
    let inbox = |name: &str, members: &[_], hours| InboxChange {
        name: name.into(),
        members: members.to_vec(),
        hours,
        routing: None,
    };
    let week = vec![WeekSpan { day: 0, from: 540, to: 1020 }];
    let hours = Some(Hours { zone: "Europe/Berlin".into(), week, holidays: vec![] });
    let edits = |change: InboxChange| {
        let store = story.as_olga(What::InboxChanged, Target::Inbox(SALES));
        async move { store.edit_inbox(SALES, change, UnixMillis(1)).await.unwrap() }
    };
    edits(inbox("Shop", &[OLGA, AMY, BEN], None)).await;
    edits(inbox("Sales", &[OLGA, AMY], hours.clone())).await;
    edits(inbox("Sales", &[OLGA, BEN], hours)).await;
    let adds = story.as_olga(What::InboxAdded, Target::Inbox(PRESS));
    adds.add_inbox(PRESS, inbox("Press", &[AMY], None)).await.unwrap();
    assert_eq!(
        story.trail().await,
        [
            "site_changed greeting origins".to_owned(),
            format!("inbox_changed name hours -{BEN}"),
            format!("inbox_changed -{AMY} +{BEN}"),
            format!("inbox_added +{AMY}"),
        ]
    );
}

pub async fn what_is_so_already_is_no_deed<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let unblocks = || story.as_olga(What::VisitorUnblocked, Target::Visitor(ANN));
    unblocks().unblock(OLGA, ANN).await.unwrap();
    let (at, until) = (story.now(), story.now().plus(Duration::from_secs(3600)));
    let block = Block { visitor: ANN, agent: OLGA, reason: "rude".into(), at, until };
    story.as_olga(What::VisitorBlocked, Target::Visitor(ANN)).block(block).await.unwrap();
    unblocks().unblock(OLGA, ANN).await.unwrap();
    for _ in 0..2 {
        story.as_olga(What::AgentDeactivated, Target::Agent(AMY)).deactivate(AMY, story.now()).await.unwrap();
    }
    for _ in 0..2 {
        story.as_olga(What::AgentReactivated, Target::Agent(AMY)).reactivate(AMY).await.unwrap();
    }
    let by_ann = || {
        let (actor, target) = (Actor::Visitor(ANN), Target::Visitor(ANN));
        let deed = Deed { actor, ..story.deed(What::VisitorErased, target) };
        story.store.noting(Deed { detail: String::new(), ..deed })
    };
    for _ in 0..2 {
        let erase = Erase { visitor: ANN, scope: Scope::Visitor(ANN), at: story.now() };
        by_ann().erase_visitor(erase).await.unwrap();
    }
    let erase = Erase { visitor: BOB, scope: Scope::Visitor(BOB), at: story.now() };
    by_ann().erase_visitor(erase).await.unwrap();
    let whats: Vec<String> =
        story.trail().await.iter().map(|row| row.split(' ').next().unwrap().into()).collect();
    let expected =
        ["visitor_blocked", "visitor_unblocked", "agent_deactivated", "agent_reactivated", "visitor_erased"];
    assert_eq!(whats, expected);
}

pub async fn a_deed_may_be_noted_once_in_a_time<S: Backend>(story: Story<S>) {
    let views = |target| {
        let deed = story.deed(What::ConversationViewed, target);
        (deed.at, deed)
    };
    let (first_at, deed) = views(Target::Conversation(C1));
    assert!(story.store.note_once(deed, first_at).await.unwrap());
    let (_, deed) = views(Target::Conversation(C1));
    assert!(!story.store.note_once(deed, first_at).await.unwrap());
    let (_, deed) = views(Target::Conversation(C2));
    assert!(story.store.note_once(deed, first_at).await.unwrap(), "another conversation");
    let (_, deed) = views(Target::Conversation(C1));
    let amy = Deed { actor: Actor::Agent(AMY), ..deed.clone() };
    assert!(story.store.note_once(amy, first_at).await.unwrap(), "somebody else");
    let other = Deed { what: What::TranscriptTaken, ..deed.clone() };
    assert!(story.store.note_once(other, first_at).await.unwrap(), "something else");
    assert!(story.store.note_once(deed.clone(), deed.at).await.unwrap(), "a later time");
    assert_eq!(story.trail().await.len(), 5);
}

pub async fn the_trail_is_read_in_pages_newest_first<S: Backend>(story: Story<S>) {
    for _ in 0..5 {
        story.store.note(story.deed(What::SignedIn, Target::Nothing)).await.unwrap();
    }
    let numbers =
        |rows: Vec<crate::store::audit::AuditRow>| rows.iter().map(|row| row.number).collect::<Vec<_>>();
    assert_eq!(numbers(story.store.trail(NEWEST, 2).await.unwrap()), [5, 4]);
    assert_eq!(numbers(story.store.trail(4, 2).await.unwrap()), [3, 2]);
    assert_eq!(numbers(story.store.trail(2, 2).await.unwrap()), [1]);
    assert_eq!(numbers(story.store.trail(1, 2).await.unwrap()), [0; 0]);
}

pub async fn the_trail_is_searched_by_person_and_kind<S: Backend>(story: Story<S>) {
    let by = |agent, what| Deed { actor: Actor::Agent(agent), ..story.deed(what, Target::Nothing) };
    let (signed_in, changed) = (What::SignedIn, What::ProfileChanged);
    for (agent, what) in
        [(OLGA, signed_in), (AMY, signed_in), (OLGA, changed), (AMY, changed), (AMY, signed_in)]
    {
        story.store.note(by(agent, what)).await.unwrap();
    }
    let find = async |agent, what, before, count| {
        let found = story.store.sought(Sought { agent, what }, before, count).await.unwrap();
        (found.rows.iter().map(|row| row.number).collect::<Vec<_>>(), found.earlier)
    };
    assert_eq!(find(None, None, NEWEST, 9).await, (vec![5, 4, 3, 2, 1], None));
    assert_eq!(find(Some(AMY), None, NEWEST, 9).await, (vec![5, 4, 2], None));
    assert_eq!(find(Some(AMY), None, NEWEST, 2).await, (vec![5, 4], Some(4)));
    assert_eq!(find(Some(AMY), None, 4, 2).await, (vec![2], None));
    assert_eq!(find(None, Some(signed_in), NEWEST, 9).await, (vec![5, 2, 1], None));
    assert_eq!(find(Some(AMY), Some(signed_in), 5, 1).await, (vec![2], Some(2)));
    assert_eq!(find(Some(BEN), None, NEWEST, 9).await, (vec![], None));
    assert_eq!(find(None, None, 1, 9).await, (vec![], None));
}

pub async fn the_old_end_is_cut_and_the_rest_still_fits<S: Backend>(story: Story<S>) {
    let mut times = Vec::new();
    for _ in 0..6 {
        let deed = story.deed(What::SignedIn, Target::Nothing);
        times.push(deed.at);
        story.store.note(deed).await.unwrap();
    }
    assert_eq!(story.store.cut_trail(times[0], story.now()).await.unwrap(), 0);
    assert_eq!(story.trail().await.len(), 6, "a cut of nothing leaves no row");
    assert_eq!(story.store.cut_trail(times[2], story.now()).await.unwrap(), 2);
    let rows = story.trail().await;
    assert_eq!(rows.len(), 5);
    assert!(rows[4].starts_with("trail_cut 2:"), "{rows:?}");
    assert_eq!(story.store.trail(NEWEST, 9).await.unwrap().last().unwrap().number, 3);
    assert_eq!(story.store.cut_trail(times[4], story.now()).await.unwrap(), 2);
    assert_eq!(story.trail().await.len(), 4);
    let checked = story.store.check_trail().await.unwrap().unwrap();
    assert_eq!((checked.anchor.number, checked.head.number), (4, 8));
}
