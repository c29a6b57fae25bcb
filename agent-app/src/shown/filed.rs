//! What is asked when a conversation is filed, and what is done then. Pure.

use deskbell_shared::model::{InboxId, OutcomeId, Priority, TagId};

use crate::text::t;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAsk {
    /// Which tags it has.
    Tags,
    /// How much it matters.
    Priority,
    /// What came of it, its tags and a note, and then it is resolved.
    WrapUp,
    /// What came of it, and nothing else: it is resolved already.
    Outcome,
    /// What came of many, which are resolved then.
    Outcomes,
}

/// What is done to one.
#[derive(Clone, Debug, PartialEq)]
pub enum FileDeed {
    /// A tag is put on or taken off.
    Tag(TagId, bool),
    /// It matters so much from now on.
    Priority(Priority),
    /// A note for staff.
    Note(String),
    /// It is resolved, and this came of it.
    WrapUp(Option<OutcomeId>),
}

/// What came of conversations, by their inboxes.
pub type Outcomes = Vec<(InboxId, Option<OutcomeId>)>;

/// What came of one in an inbox.
pub fn outcome_in(outcomes: &Outcomes, inbox: InboxId) -> Option<OutcomeId> {
    outcomes.iter().find(|(of, _)| *of == inbox).and_then(|(_, outcome)| *outcome)
}

/// The priorities, what matters most first.
pub const PRIORITIES: [Priority; 4] = [Priority::Urgent, Priority::High, Priority::Normal, Priority::Low];

/// A priority in words.
pub fn priority_word(priority: Priority) -> String {
    t(&["priority.", priority.text()].concat())
}
