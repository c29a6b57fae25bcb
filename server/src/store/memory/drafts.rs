//! What agents have written and not sent, in memory.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, ConversationId, InboxId, Right, Status, UnixMillis};
use deskbell_shared::protocol::limits::DRAFTS_MAX;
use deskbell_shared::protocol::{DraftView, RefusalCode};

use super::{MemoryStore, State, refuse};
use crate::store::Stored;
use crate::store::drafts::{DraftStore, KeepDraft, has_become};

/// A draft, with its writer and when it was kept.
pub type Kept = (AgentId, UnixMillis, DraftView);

#[async_trait]
impl DraftStore for MemoryStore {
    async fn keep_draft(&self, keep: KeepDraft) -> Stored<bool> {
        let state = &mut *self.lock();
        let right = if keep.is_note { Right::Note } else { Right::Answer };
        let thread = state.reach_who_may(keep.conversation, keep.agent, right)?;
        // Of what was erased nothing is written down anew by a device that had it.
        if !keep.text.is_empty() && thread.status == Status::Resolved && thread.is_silent() {
            return refuse(RefusalCode::NotFound);
        }
        let is_it = |(agent, _, draft): &Kept| {
            *agent == keep.agent && draft.conversation == keep.conversation && draft.is_note == keep.is_note
        };
        let now = state.drafts.iter().find(|kept| is_it(kept)).map(|(_, _, draft)| draft.text.as_str());
        if now.unwrap_or_default() == keep.text {
            return Ok(false);
        }
        if !keep.text.is_empty() {
            let others = state.drafts.iter().filter(|kept| kept.0 == keep.agent && !is_it(kept));
            if others.count() >= DRAFTS_MAX {
                return refuse(RefusalCode::TooLong);
            }
        }
        state.drafts.retain(|kept| !is_it(kept));
        if !keep.text.is_empty() {
            let last = state.draft_revisions.entry(keep.agent).or_default();
            *last += 1;
            let KeepDraft { conversation, is_note, text, .. } = keep;
            let draft = DraftView { conversation, is_note, text, revision: *last };
            state.drafts.push((keep.agent, keep.at, draft));
        }
        Ok(true)
    }

    async fn drafts(&self, agent: AgentId) -> Stored<Vec<DraftView>> {
        let state = &*self.lock();
        let seen = state.visible_to(agent);
        let is_seen = |draft: &DraftView| seen.iter().any(|thread| thread.id == draft.conversation);
        let own = state.drafts.iter().filter(|(writer, _, draft)| *writer == agent && is_seen(draft));
        Ok(own.map(|(_, _, draft)| draft.clone()).collect())
    }
}

impl State {
    /// An agent has sent something: the draft it was is over.
    pub(super) fn sent(&mut self, agent: AgentId, at: ConversationId, is_note: bool, message: &str) {
        self.drafts.retain(|(writer, _, draft)| {
            *writer != agent
                || draft.conversation != at
                || draft.is_note != is_note
                || !has_become(&draft.text, message)
        });
    }

    pub(super) fn forget_old_drafts(&mut self, inbox: InboxId, before: UnixMillis) {
        let there: Vec<ConversationId> =
            self.threads.iter().filter(|thread| thread.inbox == inbox).map(|thread| thread.id).collect();
        self.drafts.retain(|(_, at, draft)| *at >= before || !there.contains(&draft.conversation));
    }
}
