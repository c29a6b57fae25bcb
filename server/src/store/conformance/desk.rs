//! Claiming by compare-and-set, resolving once.

use std::sync::Arc;

use deskbell_shared::model::{AgentId, Seq, Status};
use deskbell_shared::protocol::RefusalCode::{Conflict, NotAllowed};

use super::Backend;
use super::story::*;
use crate::store::Scope;

pub async fn a_claim_gives_the_conversation_and_adds_its_row<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let changed = story.claims(AMY, C1, 0).await.unwrap();
    assert_eq!(
        changed.rows.iter().map(|row| line(&row.for_staff())).collect::<Vec<_>>(),
        ["2 Amy gives it to Amy (1)"]
    );
    let view = story.sees(BY_ANN, C1).await.view;
    assert_eq!((view.assignee.unwrap().name.as_str(), view.assignment_version), ("Amy", 1));
    assert_eq!(story.summary(C1).await.feed, changed.feed.unwrap());
    // Somebody who has seen that may take it over.
    story.claims(BEN, C1, 1).await.unwrap();
    assert_eq!(story.sees(BY_ANN, C1).await.view.assignee.unwrap().id, BEN);
    assert_refused(story.answers(AMY, C1, &[(2, "hello")]).await, NotAllowed);
}

pub async fn a_claim_of_an_old_version_is_a_conflict<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    assert_refused(story.claims(BEN, C1, 0).await, Conflict);
    assert_refused(story.claims(BEN, C1, 2).await, Conflict);
    assert_eq!(story.sees(BY_ANN, C1).await.view.head, Seq(2));
}

pub async fn claiming_what_one_has_adds_nothing<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    assert_nothing_changed(&story.claims(AMY, C1, 0).await.unwrap());
    assert_nothing_changed(&story.claims(AMY, C1, 1).await.unwrap());
    assert_eq!(story.sees(BY_ANN, C1).await.view.head, Seq(2));
}

pub async fn one_of_many_concurrent_claims_wins<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    let agents: Vec<AgentId> = (0x20..0x30).map(AgentId).collect();
    for agent in &agents {
        story.joins(*agent, "Temp", &format!("{agent}@shop.example")).await.unwrap();
    }
    let story = Arc::new(story);
    let claims = agents.into_iter().map(|agent| {
        let story = Arc::clone(&story);
        tokio::spawn(async move { (agent, story.claims(agent, C1, 0).await) })
    });
    let results: Vec<_> =
        futures_util::future::join_all(claims).await.into_iter().map(Result::unwrap).collect();
    let won: Vec<_> = results.iter().filter(|(_, result)| result.is_ok()).map(|(agent, _)| *agent).collect();
    assert_eq!(won.len(), 1);
    for (_, result) in results.into_iter().filter(|(_, result)| result.is_err()) {
        assert_refused(result, Conflict);
    }
    let seen = story.sees(BY_ANN, C1).await;
    assert_eq!((seen.view.assignee.unwrap().id, seen.rows.len()), (won[0], 2));
}

pub async fn a_resolved_conversation_cannot_be_claimed<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    assert_refused(story.claims(AMY, C1, 0).await, Conflict);
    assert_refused(story.claims(AMY, C1, 1).await, Conflict);
}

pub async fn an_old_claim_does_not_survive_a_reopening<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    story.says(ANN, C1, &[(2, "again")]).await.unwrap();
    assert_refused(story.claims(AMY, C1, 0).await, Conflict);
    assert_refused(story.claims(AMY, C1, 1).await, Conflict);
    story.claims(AMY, C1, 2).await.unwrap();
    assert_eq!(story.sees(BY_ANN, C1).await.view.assignment_version, 3);
}

pub async fn resolving_twice_adds_one_row<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    let changed = story.resolves(Scope::Agent(BEN), C1).await.unwrap();
    assert_eq!(line(&changed.rows[0].for_staff()), "3 Ben resolves (2)");
    assert_nothing_changed(&story.resolves(BY_AMY, C1).await.unwrap());
    assert_nothing_changed(&story.resolves(BY_ANN, C1).await.unwrap());
    let seen = story.sees(BY_ANN, C1).await;
    assert_eq!((seen.view.status, seen.view.assignee, seen.rows.len()), (Status::Resolved, None, 3));
}

pub async fn a_visitor_ends_their_own<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.resolves(BY_ANN, C1).await.unwrap();
    assert_eq!(story.transcript(BY_AMY, C1).await, ["1 visitor: hi", "2 visitor resolves (1)"]);
}
