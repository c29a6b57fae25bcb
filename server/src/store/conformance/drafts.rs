//! What agents have written and not sent: their own, wherever they sign in, and gone with what it was about.

use deskbell_shared::model::{AgentId, ConversationId, Role};
use deskbell_shared::protocol::RefusalCode::{NotAllowed, NotFound, TooLong};
use deskbell_shared::protocol::limits::DRAFTS_MAX;

use super::Backend;
use super::story::*;
use crate::store::drafts::KeepDraft;
use crate::store::erasure::{Before, Erase};
use crate::store::{Scope, Stored};

async fn writes<S: Backend>(
    story: &Story<S>,
    agent: AgentId,
    conversation: ConversationId,
    is_note: bool,
    text: &str,
) -> Stored<bool> {
    let keep = KeepDraft { conversation, agent, is_note, text: text.into(), at: story.now() };
    story.store.keep_draft(keep).await
}

async fn kept<S: Backend>(story: &Story<S>, agent: AgentId) -> Vec<(ConversationId, bool, String)> {
    let all = story.store.drafts(agent).await.unwrap();
    assert!(all.is_sorted_by(|one, next| one.revision < next.revision), "{all:?}");
    all.into_iter().map(|draft| (draft.conversation, draft.is_note, draft.text)).collect()
}

fn slot(conversation: ConversationId, is_note: bool, text: &str) -> (ConversationId, bool, String) {
    (conversation, is_note, text.to_owned())
}

pub async fn an_answer_and_a_note_are_kept_apart_and_the_newest_counts<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_eq!(kept(&story, AMY).await, []);
    assert!(writes(&story, AMY, C1, false, "half an answer").await.unwrap());
    assert!(writes(&story, AMY, C1, true, "half a note").await.unwrap());
    assert!(writes(&story, AMY, C1, false, "another answer").await.unwrap());
    assert!(!writes(&story, AMY, C1, false, "another answer").await.unwrap(), "it is kept already");
    let both = [slot(C1, true, "half a note"), slot(C1, false, "another answer")];
    assert_eq!(kept(&story, AMY).await, both);
    assert_eq!(kept(&story, BEN).await, [], "nobody else's");
    assert_eq!(kept(&story, OLGA).await, [], "not even the owner's");
    // What was given is not given again, though it is empty in between.
    let last = story.store.drafts(AMY).await.unwrap()[1].revision;
    assert!(writes(&story, AMY, C1, false, "").await.unwrap());
    assert!(!writes(&story, AMY, C1, false, "").await.unwrap());
    assert!(writes(&story, AMY, C1, false, "another answer").await.unwrap());
    assert!(story.store.drafts(AMY).await.unwrap()[1].revision > last);
}

pub async fn what_is_sent_takes_its_draft_along<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.claims(AMY, C1, 0).await.unwrap();
    for agent in [AMY, BEN] {
        writes(&story, agent, C1, false, "Hello Ann, ").await.unwrap();
        writes(&story, agent, C1, true, "Hello").await.unwrap();
    }
    // The last keys were faster than what was kept.
    story.answers(AMY, C1, &[(2, "Hello Ann, how are you?")]).await.unwrap();
    assert_eq!(kept(&story, AMY).await, [slot(C1, true, "Hello")]);
    story.notes(AMY, C1, "Something else").await.unwrap();
    assert_eq!(kept(&story, AMY).await, [slot(C1, true, "Hello")], "that is another one");
    story.notes(AMY, C1, "Hello").await.unwrap();
    assert_eq!(kept(&story, AMY).await, []);
    assert_eq!(kept(&story, BEN).await.len(), 2, "a colleague goes on writing");
    // A message that comes again takes nothing that was begun since.
    writes(&story, AMY, C1, false, "Hello").await.unwrap();
    story.answers(AMY, C1, &[(2, "Hello Ann, how are you?")]).await.unwrap();
    assert_eq!(kept(&story, AMY).await, [slot(C1, false, "Hello")]);
    // What is refused takes nothing either.
    story.claims(BEN, C1, 1).await.unwrap();
    story.answers(AMY, C1, &[(3, "Hello again")]).await.ok();
    assert_eq!(kept(&story, AMY).await, [slot(C1, false, "Hello")]);
}

pub async fn only_who_reads_it_writes_there<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    assert_refused(writes(&story, AMY, C2, false, "x").await, NotFound);
    writes(&story, BEN, C1, true, "Ben's").await.unwrap();
    story.store.set_role(BEN, Role::LightAgent, story.now()).await.unwrap();
    assert_refused(writes(&story, BEN, C1, false, "an answer").await, NotAllowed);
    assert!(writes(&story, BEN, C1, true, "a note").await.unwrap());
    story.store.leave(SALES, BEN).await.unwrap();
    assert_refused(writes(&story, BEN, C1, true, "from outside").await, NotFound);
    assert_eq!(kept(&story, BEN).await, [], "what one may not read any more is not told");
    story.store.set_role(BEN, Role::Supervisor, story.now()).await.unwrap();
    assert_eq!(kept(&story, BEN).await, [slot(C1, true, "a note")], "and it is again");
}

pub async fn drafts_of_one_agent_are_bounded<S: Backend>(story: Story<S>) {
    // One slot is left over, for what is written instead of what is there.
    for n in 0..=(DRAFTS_MAX as u128 / 2) {
        let (visitor, id) = (deskbell_shared::model::VisitorId(0xb000 + n), ConversationId(0xd000 + n));
        story.starts(visitor, id, &[(1, "hi")]).await.unwrap();
    }
    for n in 0..DRAFTS_MAX as u128 {
        assert!(writes(&story, AMY, ConversationId(0xd000 + n / 2), n % 2 == 0, "x").await.unwrap());
    }
    let last = ConversationId(0xd000 + DRAFTS_MAX as u128 / 2);
    assert_refused(writes(&story, AMY, last, false, "one more").await, TooLong);
    assert!(!writes(&story, AMY, last, false, "").await.unwrap());
    assert!(writes(&story, AMY, ConversationId(0xd000), false, "other words").await.unwrap());
    assert!(writes(&story, BEN, last, false, "Ben's").await.unwrap());
    assert!(writes(&story, AMY, ConversationId(0xd000), false, "").await.unwrap());
    assert!(writes(&story, AMY, last, false, "one more").await.unwrap());
}

pub async fn drafts_go_with_what_is_forgotten<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    story.starts(BOB, C2, &[(1, "hi")]).await.unwrap();
    for c in [C1, C2] {
        writes(&story, AMY, c, false, "about them").await.unwrap();
        writes(&story, BEN, c, true, "about them").await.unwrap();
    }
    let erase = Erase { visitor: ANN, scope: Scope::Visitor(ANN), at: story.now() };
    story.store.erase_visitor(erase).await.unwrap();
    assert_eq!(kept(&story, AMY).await, [slot(C2, false, "about them")]);
    assert_eq!(kept(&story, BEN).await, [slot(C2, true, "about them")]);
    // A device that was away has it still: it does not come back from there.
    for is_note in [false, true] {
        assert_refused(writes(&story, AMY, C1, is_note, "about them").await, NotFound);
        assert!(!writes(&story, AMY, C1, is_note, "").await.unwrap());
    }
    // What nobody has sent for so long is not sent any more, though the conversation goes on.
    let between = story.now();
    writes(&story, BEN, C2, true, "new").await.unwrap();
    let turn = story.store.begin_retention().await.unwrap();
    let before = Before { messages: Some(between), files: None };
    assert_eq!(story.store.retain(turn, SALES, before, 9).await.unwrap(), []);
    assert_eq!(kept(&story, AMY).await, []);
    assert_eq!(kept(&story, BEN).await, [slot(C2, true, "new")]);
    // And what is over is erased with all that was written about it.
    story.resolves(Scope::Visitor(BOB), C2).await.unwrap();
    let before = Before { messages: Some(story.now()), files: None };
    story.store.retain(turn, SALES, before, 9).await.unwrap();
    assert_eq!(kept(&story, BEN).await, []);
}

pub async fn drafts_go_with_their_agent<S: Backend>(story: Story<S>) {
    story.starts(ANN, C1, &[(1, "hi")]).await.unwrap();
    writes(&story, AMY, C1, false, "Amy's").await.unwrap();
    writes(&story, BEN, C1, false, "Ben's").await.unwrap();
    story.store.deactivate(AMY, story.now()).await.unwrap();
    assert_refused(writes(&story, AMY, C1, false, "still").await, NotFound);
    story.store.reactivate(AMY).await.unwrap();
    assert_eq!(kept(&story, AMY).await, []);
    assert_eq!(kept(&story, BEN).await, [slot(C1, false, "Ben's")]);
}
