//! What is forgotten: all about one visitor when somebody asks for it, and what is too old. The contract.
//!
//! A row that is erased keeps its place, its time and its author; what was said in it is gone from the database. What
//! pages of the file and of its log still hold is gone after `scrub`.

use async_trait::async_trait;
use deskbell_shared::model::{InboxId, UnixMillis, VisitorId};

use super::conversations::Changed;
use super::{Scope, Stored};

/// Erasure and retention.
#[async_trait]
pub trait ErasureStore: Send + Sync + 'static {
    /// Erases what a visitor wrote and what was written to and about them: messages, notes, comments, addresses,
    /// files, pages, reasons of blocks, mail that is owed. Conversations that are open are resolved, a block goes on
    /// without words, scores stay without words. Of mail that went out a digest of the address under a key stays, see
    /// `MailStore::key_addresses`. Repeating it is harmless.
    /// Asked for by the visitor, or by an owner; refused to all others with `not_found`, and to an owner when there
    /// is no such visitor.
    async fn erase_visitor(&self, erase: Erase) -> Stored<Vec<Changed>>;

    /// Which of these erasures, each with its time, this database has not seen.
    async fn not_erased(&self, asked: Vec<Asked>) -> Stored<Vec<Asked>>;

    /// How long each inbox keeps things, by name.
    async fn retentions(&self) -> Stored<Vec<Retention>>;

    /// Changes how long an inbox keeps things. Refused: `not_found`.
    async fn set_retention(
        &self,
        inbox: InboxId,
        messages_days: Option<u32>,
        files_days: Option<u32>,
    ) -> Stored<()>;

    /// Begins a turn of retention. Every earlier turn is over.
    async fn begin_retention(&self) -> Stored<u64>;

    /// What would go now, without changing anything.
    async fn due(&self, inbox: InboxId, before: Before) -> Stored<Due>;

    /// Erases messages and removes files that are older, at most `conversations_max` conversations at a time; what
    /// is left for a further call is not told: the last call changes nothing. Messages go only with a conversation
    /// that has ended and in which all are older. Refused: `conflict` when the turn is over.
    async fn retain(
        &self,
        turn: u64,
        inbox: InboxId,
        before: Before,
        conversations_max: usize,
    ) -> Stored<Vec<Changed>>;

    /// Whether something was erased since the last `scrub` that came to its end.
    async fn is_unclean(&self) -> Stored<bool>;

    /// Removes from the disk what earlier states of the database said. Writes the whole file anew: writers wait as
    /// long as that takes.
    async fn scrub(&self) -> Stored<()>;
}

/// A visitor who was to be erased, and when that was asked.
pub type Asked = (VisitorId, UnixMillis);

/// See `ErasureStore::erase_visitor`.
#[derive(Clone, Copy, Debug)]
pub struct Erase {
    /// Whom.
    pub visitor: VisitorId,
    /// On whose behalf.
    pub scope: Scope,
    /// The server's clock.
    pub at: UnixMillis,
}

/// How long an inbox keeps things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Which.
    pub inbox: InboxId,
    /// Its name.
    pub name: String,
    /// Days, if messages are not kept for ever.
    pub messages_days: Option<u32>,
    /// Days, if files are not kept for ever.
    pub files_days: Option<u32>,
}

/// What is too old: everything before these instants. `None` is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// For messages.
    pub messages: Option<UnixMillis>,
    /// For files.
    pub files: Option<UnixMillis>,
}

/// How much is too old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Messages and notes.
    pub messages: u32,
    /// Files.
    pub files: u32,
}
