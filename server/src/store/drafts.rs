//! What agents have written somewhere and not sent: the contract. A draft belongs to its writer alone.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, ConversationId, UnixMillis};
use deskbell_shared::protocol::DraftView;

use super::Stored;

/// Drafts of answers and notes, one of each for an agent in a conversation. What is sent takes its draft along: in the
/// transaction that stores a message or a note, the draft of its kind goes that it begins with. They go with what was said in the
/// conversation (`ErasureStore`), with its agent (`TeamStore::deactivate`), and once they are older than messages are kept.
#[async_trait]
pub trait DraftStore: Send + Sync + 'static {
    /// Keeps a draft in place of the one before; an empty one is none. Returns whether there is another one than before.
    /// Refused: `not_found` outside the scope, and where what was said was erased; `not_allowed` for an answer of somebody who answers nobody; `too_long` when
    /// the agent has `DRAFTS_MAX`.
    async fn keep_draft(&self, keep: KeepDraft) -> Stored<bool>;

    /// The drafts of an agent in conversations that they may see, the newest last.
    async fn drafts(&self, agent: AgentId) -> Stored<Vec<DraftView>>;
}

/// See `DraftStore::keep_draft`.
#[derive(Clone, Debug)]
pub struct KeepDraft {
    /// Where.
    pub conversation: ConversationId,
    /// Who wrote it.
    pub agent: AgentId,
    /// Whether it is a note, rather than an answer.
    pub is_note: bool,
    /// All of it; its length is already checked.
    pub text: String,
    /// The server's clock.
    pub at: UnixMillis,
}

/// Whether a message is what a draft has become: it was kept a moment before the last keys, and goes on from there.
pub(super) fn has_become(draft: &str, message: &str) -> bool {
    message.trim_start().starts_with(draft.trim())
}
