//! Saved views: one's own, and everybody's.

use deskbell_shared::model::{
    AgentId, Filter, ListName, Priority, Role, TagColour, TagId, TagView, Term, ViewId,
};
use deskbell_shared::protocol::RefusalCode::{Conflict, NotAllowed, NotFound, TooLong};
use deskbell_shared::protocol::limits::VIEWS_MAX;

use super::Backend;
use super::story::*;
use crate::store::Stored;
use crate::store::filing::TagWrite;
use crate::store::views::ViewWrite;

const V1: ViewId = ViewId(0x91);
const V2: ViewId = ViewId(0x92);
const V3: ViewId = ViewId(0x93);

fn filter(terms: &[Term]) -> Filter {
    Filter::new(ListName::All, terms.to_vec()).expect("a filter")
}

impl<S: Backend> Story<S> {
    async fn saves_view(
        &self,
        agent: AgentId,
        (id, is_new): (ViewId, bool),
        name: &str,
        is_shared: bool,
    ) -> Stored<()> {
        let filter = filter(&[Term::Priority { priority: Priority::High }]);
        let write = ViewWrite { id, is_new, agent, name: name.into(), is_shared, filter, at: self.now() };
        self.store.write_view(write).await
    }

    async fn views_of(&self, agent: AgentId) -> Vec<(String, bool)> {
        let found = self.store.views(agent).await.unwrap();
        found.into_iter().map(|view| (view.name, view.is_shared)).collect()
    }
}

fn names(all: &[(&str, bool)]) -> Vec<(String, bool)> {
    all.iter().map(|(name, is_shared)| ((*name).to_owned(), *is_shared)).collect()
}

pub async fn views_are_ones_own_or_everybodys<S: Backend>(story: Story<S>) {
    story.saves_view(AMY, (V1, true), "Urgent", false).await.unwrap();
    assert_refused(story.saves_view(AMY, (V2, true), "All of us", true).await, NotAllowed);
    story.saves_view(OLGA, (V2, true), "all of us", true).await.unwrap();
    assert_eq!(story.views_of(AMY).await, names(&[("all of us", true), ("Urgent", false)]));
    assert_eq!(story.views_of(BEN).await, names(&[("all of us", true)]));
    let view = story.store.views(BEN).await.unwrap().remove(0);
    let high = Term::Priority { priority: Priority::High };
    assert_eq!((view.list, view.terms, view.is_tag_gone), (ListName::All, vec![high], None));
    // Who may not change it does not; what is somebody else's own is not there.
    assert_refused(story.saves_view(AMY, (V2, false), "mine", true).await, NotAllowed);
    assert_refused(story.saves_view(AMY, (V2, false), "mine", false).await, NotAllowed);
    assert_refused(story.store.forget_view(V2, AMY).await, NotAllowed);
    assert_refused(story.saves_view(OLGA, (V1, false), "hers", false).await, NotFound);
    assert_refused(story.store.forget_view(V1, OLGA).await, NotFound);
    assert_refused(story.saves_view(AMY, (V3, false), "nothing", false).await, NotFound);
    assert_refused(story.saves_view(AMY, (V1, true), "again", false).await, Conflict);
    // A supervisor may, too; it stays with everybody when they are none any more.
    story.store.set_role(BEN, Role::Supervisor, story.now()).await.unwrap();
    story.saves_view(BEN, (V2, false), "Everybody", true).await.unwrap();
    story.store.set_role(BEN, Role::LightAgent, story.now()).await.unwrap();
    assert_refused(story.saves_view(BEN, (V2, false), "Mine", true).await, NotAllowed);
    assert_eq!(story.views_of(BEN).await, names(&[("Everybody", true)]));
    story.store.forget_view(V2, OLGA).await.unwrap();
    story.store.forget_view(V1, AMY).await.unwrap();
    assert_eq!(story.views_of(AMY).await, []);
    story.store.deactivate(AMY, story.now()).await.unwrap();
    assert_refused(story.store.views(AMY).await, NotFound);
    assert_refused(story.saves_view(AMY, (V1, true), "x", false).await, NotFound);
}

pub async fn a_name_is_taken_once_among_its_kind<S: Backend>(story: Story<S>) {
    story.saves_view(OLGA, (V1, true), "Urgent", true).await.unwrap();
    story.saves_view(OLGA, (V2, true), "Urgent", false).await.unwrap();
    story.saves_view(AMY, (V3, true), "Urgent", false).await.unwrap();
    assert_refused(story.saves_view(AMY, (ViewId(9), true), "URGENT", false).await, Conflict);
    // One that is shared, then one's own again.
    assert_refused(story.saves_view(OLGA, (V2, false), "urgent", true).await, Conflict);
    story.saves_view(OLGA, (V2, false), "Urgent, too", true).await.unwrap();
    story.saves_view(OLGA, (V2, false), "Urgent", false).await.unwrap();
    assert_eq!(story.views_of(OLGA).await, names(&[("Urgent", false), ("Urgent", true)]));
}

pub async fn views_are_bounded<S: Backend>(story: Story<S>) {
    for n in 0..VIEWS_MAX as u128 {
        story.saves_view(OLGA, (ViewId(0x100 + n), true), &format!("own {n}"), false).await.unwrap();
        story.saves_view(OLGA, (ViewId(0x200 + n), true), &format!("ours {n}"), true).await.unwrap();
    }
    assert_refused(story.saves_view(OLGA, (V1, true), "one more", false).await, TooLong);
    assert_refused(story.saves_view(OLGA, (V1, true), "one more", true).await, TooLong);
    story.saves_view(OLGA, (ViewId(0x100), false), "another name", false).await.unwrap();
    story.saves_view(AMY, (V1, true), "one more", false).await.unwrap();
}

pub async fn a_tag_that_is_gone_is_told_of<S: Backend>(story: Story<S>) {
    let (billing, at) = (TagId(0x71), story.now());
    let filter = filter(&[Term::Tag { tag: billing }, Term::Priority { priority: Priority::Low }]);
    let (name, is_shared, is_new) = ("bills".to_owned(), false, true);
    let write = ViewWrite { id: V1, is_new, agent: AMY, name, is_shared, filter, at };
    story.store.write_view(write).await.unwrap();
    let view = story.store.views(AMY).await.unwrap().remove(0);
    assert_eq!((view.terms.len(), view.is_tag_gone), (2, Some(true)));
    let tag = TagView { id: billing, name: "billing".into(), colour: TagColour::Red, is_archived: false };
    story.store.write_tag(TagWrite { tag: tag.clone(), is_new: true }).await.unwrap();
    assert_eq!(story.store.views(AMY).await.unwrap()[0].is_tag_gone, None);
    // What is put away is still on conversations.
    story
        .store
        .write_tag(TagWrite { tag: TagView { is_archived: true, ..tag }, is_new: false })
        .await
        .unwrap();
    assert_eq!(story.store.views(AMY).await.unwrap()[0].is_tag_gone, None);
}
