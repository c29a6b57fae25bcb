//! How staff files conversations: tags of the organisation, a priority, and what came of one. The contract. None of it is
//! ever shown to a visitor: its rows are for staff only, and `ConversationView` says nothing of it.

use async_trait::async_trait;
use deskbell_shared::model::{
    AgentId, ConversationId, Feed, InboxOutcomes, OutcomeId, Priority, Summary, TagId, TagView, UnixMillis,
};

use super::Stored;
use super::conversations::Changed;

/// Tags, priorities and outcomes. Who may see a conversation may file it, as they may resolve it.
#[async_trait]
pub trait FilingStore: Send + Sync + 'static {
    /// All tags by name, those put away included.
    async fn tags(&self) -> Stored<Vec<TagView>>;

    /// Makes or changes a tag. As it is already: nothing. Refused: `not_found` for a change of one that is not there;
    /// `conflict` when another one has the name, without regard to case; `too_long` when there are `TAGS_MAX`.
    async fn write_tag(&self, write: TagWrite) -> Stored<()>;

    /// What inboxes ask when a conversation is resolved; without those that ask nothing.
    async fn outcomes(&self) -> Stored<Vec<InboxOutcomes>>;

    /// From now on an inbox offers these outcomes, in their order; what came to one that is left out keeps it. As it is
    /// already: nothing. Refused: `not_found` for an unknown inbox, or an outcome of another one.
    async fn set_outcomes(&self, asked: InboxOutcomes) -> Stored<()>;

    /// Puts a tag on a conversation or takes it off, with its row. As it is already: success that adds nothing. Refused:
    /// `not_found` outside the scope, or for an unknown tag; `invalid` when one that is put away is put on; `too_long`
    /// when there are `TAGS_ON_ONE_MAX`.
    async fn tag(&self, tagging: Tagging) -> Stored<Changed>;

    /// Says how much a conversation matters, with its row. The same again: success that adds nothing. Refused:
    /// `not_found` outside the scope.
    async fn prioritise(&self, prioritise: Prioritise) -> Stored<Changed>;

    /// Resolves a conversation as `ConversationStore::resolve` does, and says what came of it, with a row of its own; of a
    /// resolved one it says so instead of what was said before. The same again: success that adds nothing. Refused:
    /// `not_found` outside the scope; `outcome_needed` without an outcome where the inbox wants one; `invalid` for an
    /// outcome that the inbox does not offer, unless it is the one that is said already. What opens the conversation again
    /// ends what came of it.
    async fn wrap_up(&self, wrap_up: WrapUp) -> Stored<Changed>;

    /// As `ConversationStore::resolved`, those only that are filed so.
    async fn resolved_so(
        &self,
        agent: AgentId,
        so: FiledSo,
        before: Option<Feed>,
        count_max: usize,
    ) -> Stored<Vec<Summary>>;
}

/// See `FilingStore::write_tag`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagWrite {
    /// As it is to be; the name is already checked.
    pub tag: TagView,
    /// Whether it is to be made.
    pub is_new: bool,
}

/// See `FilingStore::tag`.
#[derive(Clone, Copy, Debug)]
pub struct Tagging {
    /// Which.
    pub conversation: ConversationId,
    /// Who does it.
    pub agent: AgentId,
    /// Which tag.
    pub tag: TagId,
    /// Whether it has it from now on.
    pub on: bool,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `FilingStore::prioritise`.
#[derive(Clone, Copy, Debug)]
pub struct Prioritise {
    /// Which.
    pub conversation: ConversationId,
    /// Who does it.
    pub agent: AgentId,
    /// From now on.
    pub priority: Priority,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `FilingStore::wrap_up`.
#[derive(Clone, Copy, Debug)]
pub struct WrapUp {
    /// Which.
    pub conversation: ConversationId,
    /// Who does it.
    pub agent: AgentId,
    /// What came of it.
    pub outcome: Option<OutcomeId>,
    /// The server's clock.
    pub at: UnixMillis,
}

/// How a conversation has to be filed to be wanted: all that is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FiledSo {
    /// It has this tag.
    pub tag: Option<TagId>,
    /// It matters so much.
    pub priority: Option<Priority>,
}

/// A name as names are compared.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// What the audit trail says of it: how many, and whether one has to be chosen.
pub(super) fn words_of(asked: &InboxOutcomes) -> String {
    let required = if asked.is_required { " required" } else { "" };
    format!("{}{required}", asked.outcomes.len())
}
