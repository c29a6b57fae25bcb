//! Lists that agents have narrowed and saved under a name: the contract.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, Filter, UnixMillis, ViewId, ViewView};

use super::Stored;

/// Saved views: one's own, and those for everybody.
#[async_trait]
pub trait ViewStore: Send + Sync + 'static {
    /// One's own and the shared ones, by name. Refused: `not_found` for who is no agent any more.
    async fn views(&self, agent: AgentId) -> Stored<Vec<ViewView>>;

    /// Makes or changes one; a shared one stays its author's. Refused: `not_allowed` to share one, or to change a shared one,
    /// without the right; `not_found` for a change of one that is not there, or somebody else's own; `conflict` when another
    /// one of its kind has the name, without regard to case; `too_long` when there are `VIEWS_MAX` of its kind.
    async fn write_view(&self, write: ViewWrite) -> Stored<()>;

    /// Forgets one. Refused as a change of it.
    async fn forget_view(&self, id: ViewId, agent: AgentId) -> Stored<()>;
}

/// See `ViewStore::write_view`.
#[derive(Clone, Debug)]
pub struct ViewWrite {
    /// Which.
    pub id: ViewId,
    /// Whether it is to be made.
    pub is_new: bool,
    /// Who does it.
    pub agent: AgentId,
    /// Its name, already checked.
    pub name: String,
    /// Whether everybody has it.
    pub is_shared: bool,
    /// What it shows.
    pub filter: Filter,
    /// The server's clock.
    pub at: UnixMillis,
}
