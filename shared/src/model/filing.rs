//! How staff files conversations: tags, a priority, and what came of it. No visitor is ever told any of it.

use super::conversation::Priority;
use super::id::{InboxId, OutcomeId, TagId};
use crate::wire;

wire! {
    /// A tag of the organisation.
    pub struct TagView {
        /// Which.
        pub id: TagId,
        /// Its name, unique without regard to case.
        pub name: String,
        /// How it looks.
        pub colour: TagColour,
        /// Put away: conversations that have it keep it, no other gets it.
        pub is_archived: bool,
    }

    /// The colours there are: each has enough contrast in light and in dark.
    pub enum TagColour text {
        /// No colour.
        Grey "grey",
        /// Blue.
        Blue "blue",
        /// Green.
        Green "green",
        /// Yellow.
        Yellow "yellow",
        /// Red.
        Red "red",
    }

    /// What may have come of a conversation, in one inbox.
    pub struct OutcomeView {
        /// Which.
        pub id: OutcomeId,
        /// Its name.
        pub name: String,
    }

    /// How a conversation is filed.
    pub struct Filed {
        /// Its tags, by name.
        pub tags: Vec<TagView>,
        /// How much it matters, as staff says. It does not change the order of the queue.
        pub priority: Priority,
        /// The name of what came of it; only of a resolved one.
        pub outcome: Option<String>,
    }

    /// What has changed about how a conversation is filed.
    pub enum Filing text {
        /// A tag was put on: its name.
        Tagged "tagged",
        /// A tag was taken off: its name.
        Untagged "untagged",
        /// It matters otherwise: how much, as a priority is written.
        Prioritised "prioritised",
        /// What came of it: the name of the outcome, or none any more. The last one counts.
        Concluded "concluded",
    }

    /// What an inbox asks when a conversation is resolved.
    pub struct InboxOutcomes {
        /// Which inbox.
        pub inbox: InboxId,
        /// The outcomes to choose from, in their order.
        pub outcomes: Vec<OutcomeView>,
        /// Whether one has to be chosen.
        pub is_required: bool,
    }
}

impl Filed {
    /// As every conversation is at first.
    pub const NOTHING: Filed = Filed { tags: Vec::new(), priority: Priority::Normal, outcome: None };
}
