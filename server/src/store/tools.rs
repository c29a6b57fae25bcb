//! What agents work with beside conversations: saved answers, and visitors who are blocked for a time. The contract.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, BlockView, Situation, SnippetId, SnippetView, UnixMillis, VisitorId};

use super::Stored;

/// Snippets and blocks.
#[async_trait]
pub trait ToolStore: Send + Sync + 'static {
    /// An agent's own snippets and the shared ones, by shortcut; of two with one shortcut their own first. Without initials,
    /// which are not stored. Refused: `not_found` for an unknown agent.
    async fn snippets(&self, agent: AgentId) -> Stored<Vec<SnippetView>>;

    /// Makes or changes a snippet. Only owners share, and change or forget what is shared: otherwise `not_allowed`.
    /// One that is somebody else's own is `not_found`, and so is a change of one that is not there. Refused:
    /// `conflict` when the shortcut is taken among the shared ones, or among the agent's own; `too_long` when there
    /// are `SNIPPETS_MAX` of that kind.
    async fn write_snippet(&self, write: SnippetWrite) -> Stored<()>;

    /// Counts one more use of a snippet that the agent has. Refused: `not_found` for any other.
    async fn count_snippet(&self, id: SnippetId, agent: AgentId) -> Stored<()>;

    /// Forgets a snippet, by the same rules.
    async fn forget_snippet(&self, id: SnippetId, agent: AgentId) -> Stored<()>;

    /// Blocks a visitor: until then the store takes no new message of theirs, see `ConversationStore::append`. One
    /// that is blocked already is so from now on by this agent, for this reason, until then. Refused: `not_found` for
    /// a visitor without a conversation in the agent's scope.
    async fn block(&self, block: Block) -> Stored<()>;

    /// Ends a block; harmless without one. Refused as `block`.
    async fn unblock(&self, agent: AgentId, visitor: VisitorId) -> Stored<()>;

    /// Blocks that have not ended at `at`, of visitors in the agent's scope (with `of`: of that one), newest first.
    async fn blocks(
        &self,
        agent: AgentId,
        of: Option<VisitorId>,
        at: UnixMillis,
        count_max: usize,
    ) -> Stored<Vec<BlockView>>;
}

/// See `ToolStore::write_snippet`.
#[derive(Clone, Debug)]
pub struct SnippetWrite {
    /// Which; whoever makes one chooses its id.
    pub id: SnippetId,
    /// Whether it is to be made.
    pub is_new: bool,
    /// Who writes it.
    pub agent: AgentId,
    /// Whether everybody has it.
    pub is_shared: bool,
    /// Already in its normal form.
    pub shortcut: String,
    /// Already checked against the limits.
    pub text: String,
    /// How a visitor is whom it answers.
    pub situation: Option<Situation>,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `ToolStore::block`.
#[derive(Clone, Debug)]
pub struct Block {
    /// Whom.
    pub visitor: VisitorId,
    /// Who decides it.
    pub agent: AgentId,
    /// Why, for colleagues.
    pub reason: String,
    /// The server's clock.
    pub at: UnixMillis,
    /// When it ends; later than `at`.
    pub until: UnixMillis,
}
