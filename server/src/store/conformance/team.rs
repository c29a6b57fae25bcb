//! Inboxes with hours and members; agents who leave and come back.

use deskbell_shared::model::{AgentId, Hours, InboxId, Role, Seq, Status, WeekSpan};
use deskbell_shared::protocol::RefusalCode::{Conflict, NotAllowed, NotFound};

use super::Backend;
use super::story::*;
use crate::store::Scope;
use crate::store::accounts::SessionRecord;
use crate::store::conversations::Span;
use crate::store::team::InboxChange;

fn hours() -> Option<Hours> {
    let week = vec![WeekSpan { day: 0, from: 540, to: 1020 }];
    Some(Hours { zone: "Europe/Berlin".into(), week, holidays: vec![] })
}

fn sales(members: &[AgentId]) -> InboxChange {
    InboxChange { name: "Sales".into(), members: members.to_vec(), hours: hours(), routing: None }
}

pub async fn deactivation_ends_sessions_and_hands_back<S: Backend>(story: Story<S>) {
    let at = story.now();
    let session =
        SessionRecord { secret: [9; 32], agent: AMY, role: Role::Agent, opened_at: at, used_at: at };
    story.store.open_session(session, String::new()).await.unwrap();
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C2, 0).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    let arrived_at = story.sees(BY_ANN, C1).await.view.arrived_at;
    let changed = story.store.deactivate(AMY, story.now()).await.unwrap();
    assert_eq!(
        changed.iter().map(|changed| changed.conversation).collect::<Vec<_>>(),
        [C1, C2],
        "oldest first"
    );
    assert_eq!(
        story.transcript(BY_ANN, C1).await,
        ["1 visitor: hi", "2 Amy gives it to Amy (1)", "3 system takes it from Amy (2)"]
    );
    let view = story.sees(BY_ANN, C1).await.view;
    assert_eq!((view.assignee, view.status, view.assignment_version), (None, Status::Open, 2));
    assert_eq!(view.arrived_at, arrived_at, "its place in the queue is kept");
    assert!(story.store.session([9; 32]).await.unwrap().is_none());
    assert!(story.store.agent_by_email("amy@shop.example").await.unwrap().is_none());
    assert_refused(story.claims(AMY, C1, 2).await, NotFound);
    assert!(story.store.deactivate(AMY, story.now()).await.unwrap().is_empty(), "again changes nothing");
    let since: Vec<_> = story.store.deactivated().await.unwrap();
    assert_eq!(since.iter().map(|(agent, _)| agent.view.id).collect::<Vec<_>>(), [AMY]);
    story.claims(BEN, C1, 2).await.unwrap();
    assert_refused(story.store.deactivate(AgentId(99), story.now()).await, NotFound);
}

pub async fn the_last_owner_stays<S: Backend>(story: Story<S>) {
    assert_refused(story.store.deactivate(OLGA, story.now()).await, NotAllowed);
    assert_eq!(story.agent(OLGA).await.role, Role::Owner);
}

pub async fn whoever_comes_back_has_what_they_had<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.store.deactivate(AMY, story.now()).await.unwrap();
    story.store.reactivate(AMY).await.unwrap();
    story.store.reactivate(AMY).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    assert!(story.store.deactivated().await.unwrap().is_empty());
    assert_refused(story.store.reactivate(AgentId(99)).await, NotFound);
}

pub async fn an_inbox_has_hours_and_members<S: Backend>(story: Story<S>) {
    let inboxes = story.store.inboxes().await.unwrap();
    assert_eq!((inboxes[0].id, inboxes[0].name.as_str(), &inboxes[0].hours), (SALES, "Shop", &None));
    assert_eq!(inboxes[0].sites, ["Shop"]);
    assert_eq!(inboxes[0].members, [OLGA, AMY, BEN]);
    story.store.edit_inbox(SALES, sales(&[AMY, BEN]), story.now()).await.unwrap();
    let inboxes = story.store.inboxes().await.unwrap();
    assert_eq!((inboxes[0].name.as_str(), &inboxes[0].hours), ("Sales", &hours()));
    assert_eq!(inboxes[0].members, [AMY, BEN]);
    story
        .store
        .add_inbox(
            PRESS,
            InboxChange { name: "Press".into(), members: vec![BEN], hours: None, routing: None },
        )
        .await
        .unwrap();
    let names: Vec<_> = story.store.inboxes().await.unwrap().into_iter().map(|inbox| inbox.name).collect();
    assert_eq!(names, ["Press", "Sales"]);
    assert_eq!(story.store.inbox_agents(PRESS).await.unwrap(), [OLGA, BEN]);
    assert_refused(story.store.add_inbox(PRESS, sales(&[])).await, Conflict);
    assert_refused(story.store.edit_inbox(InboxId(99), sales(&[]), story.now()).await, NotFound);
    assert_refused(story.store.edit_inbox(SALES, sales(&[AgentId(99)]), story.now()).await, NotFound);
    assert_eq!(story.store.inboxes().await.unwrap()[1].members, [AMY, BEN], "a refusal changes nothing");
}

pub async fn leaving_an_inbox_hands_back_what_was_in_it<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    story.claims(OLGA, C2, 0).await.unwrap();
    let changed = story.store.edit_inbox(SALES, sales(&[BEN]), story.now()).await.unwrap();
    assert_eq!(changed.len(), 1, "an owner sees every inbox, a member or not");
    assert_eq!(story.transcript(BY_ANN, C1).await[2], "3 system takes it from Amy (2)");
    assert!(story.reads(BY_AMY, C1, Span::After(Seq(0))).await.is_none());
    assert_eq!(story.sees(Scope::Agent(OLGA), C2).await.view.assignee.unwrap().id, OLGA);
}

pub async fn a_site_may_lead_to_an_inbox_that_is_there<S: Backend>(story: Story<S>) {
    story.store.edit_inbox(SALES, sales(&[AMY]), story.now()).await.unwrap();
    story.store.add_site(site(BLOG, SALES, "blog-key", "Blog")).await.unwrap();
    let inboxes = story.store.inboxes().await.unwrap();
    assert_eq!((inboxes.len(), &inboxes[0].sites[..]), (1, &["Blog".to_owned(), "Shop".to_owned()][..]));
    assert_eq!(inboxes[0].members, [AMY], "its members stay");
}
