//! Where everything lasting is kept. The trait is a contract in prose; `sqlite` keeps it on disk, `memory` keeps it
//! in a test's memory, and one conformance suite holds both to it. A further backend is one new file and one line
//! in the suite. No access is decided here beyond the `Scope` that every guarded query takes.
//!
//! **Durable** means: the method returned, and the rows survive the loss of power on a disk that honours flush.
//! Nothing is visible to any reader before it is durable.

pub mod accounts;
pub mod audit;
pub mod blobs;
#[cfg(test)]
mod conformance;
pub mod conversations;
pub mod desks;
pub mod drafts;
pub mod erasure;
pub mod files;
pub mod filing;
pub mod health;
pub mod identities;
pub mod mail;
pub mod memory;
pub mod search;
pub mod second_steps;
pub mod sqlite;
pub mod team;
pub mod tools;
pub mod views;
pub mod words;

use deskbell_shared::model::{AgentId, ConversationId, VisitorId};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::LAST_LINE_CHARS_MAX;

pub use accounts::AccountStore;
pub use audit::AuditStore;
pub use conversations::ConversationStore;
pub use desks::DeskStore;
pub use drafts::DraftStore;
pub use erasure::ErasureStore;
pub use files::FileStore;
pub use filing::FilingStore;
pub use health::Health;
pub use identities::IdentityStore;
pub use search::SearchStore;
pub use second_steps::SecondStepStore;
pub use tools::ToolStore;
pub use views::ViewStore;

pub use mail::MailStore;
pub use team::TeamStore;

/// Everything a node keeps.
pub trait Store:
    ConversationStore
    + AccountStore
    + DeskStore
    + DraftStore
    + ToolStore
    + ViewStore
    + FileStore
    + FilingStore
    + ErasureStore
    + TeamStore
    + MailStore
    + AuditStore
    + IdentityStore
    + SearchStore
    + SecondStepStore
{
}

impl<T> Store for T where
    T: ConversationStore
        + AccountStore
        + DeskStore
        + DraftStore
        + ToolStore
        + ViewStore
        + FileStore
        + FilingStore
        + ErasureStore
        + TeamStore
        + MailStore
        + AuditStore
        + IdentityStore
        + SearchStore
        + SecondStepStore
{
}

/// On whose behalf a guarded row is touched. There is no query on conversations without one, and what lies outside
/// it does not exist as far as the caller can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A visitor: their own conversations.
    Visitor(VisitorId),
    /// An agent: conversations of the inboxes they are a member of, or all, by their role. Looked up at each call, so that
    /// losing a membership or a role takes effect with the next one.
    Agent(AgentId),
}

/// An expected no. What was asked for left no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// With `already_open`: the conversation to use instead.
    pub conversation: Option<ConversationId>,
}

impl Refusal {
    /// A refusal that names no conversation.
    pub fn because(code: RefusalCode) -> Refusal {
        Refusal { code, conversation: None }
    }
}

/// Why a method could not say yes or no, by what the caller can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused by the expected rules, see there.
    Refused(Refusal),
    /// Nothing was written; try again later (disk full, read-only, overloaded, shutting down).
    Unavailable(String),
    /// Whether it was written is unknown; ask again with the same ids.
    Unknown(String),
    /// What is stored contradicts itself. Stop and look.
    Corrupt(String),
}

impl Fault {
    /// A refusal that says no more than its code.
    pub fn because(code: RefusalCode) -> Fault {
        Fault::Refused(Refusal::because(code))
    }

    /// Whether it is a refusal for this reason.
    pub fn is(&self, code: RefusalCode) -> bool {
        matches!(self, Fault::Refused(refusal) if refusal.code == code)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault::Refused(refusal)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Refused(refusal) => write!(f, "refused: {}", refusal.code.text()),
            Fault::Unavailable(why) => write!(f, "the store is unavailable: {why}"),
            Fault::Unknown(why) => write!(f, "the outcome of a write is unknown: {why}"),
            Fault::Corrupt(why) => write!(f, "the store contradicts itself: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

/// What every method returns.
pub type Stored<T> = Result<T, Fault>;

/// What a message says where nothing can be pressed: the answers it offers stand under it, each on a line.
fn with_choices(mut text: String, choices: &[String]) -> String {
    for choice in choices {
        text.extend(["\n- ", choice.trim()]);
    }
    text
}

/// The beginning of a message as lists show it: one line, white space runs as one space.
fn last_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LAST_LINE_CHARS_MAX));
    let mut chars = 0;
    for word in text.split_whitespace() {
        for c in (chars > 0).then_some(' ').into_iter().chain(word.chars()) {
            if chars == LAST_LINE_CHARS_MAX {
                return line;
            }
            line.push(c);
            chars += 1;
        }
    }
    line
}
