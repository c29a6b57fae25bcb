//! Everything that can happen to a desk. What a driver cannot express here, a desk cannot be told.
//!
//! There are two kinds. *Facts* have been committed or seen by somebody else, and the desk takes them as they are.
//! *Wishes* (`Claim`, `Decline`, `Transfer`) are for the desk to decide; what cannot be done is answered by `Effect::Refuse`.

use deskbell_shared::model::{AgentId, Availability, ConversationId, InboxId, Priority, Side, VisitorId};

use super::capacity::AgentRow;
use super::promise::Promise;
use super::queue::ConversationRow;
use super::settings::Settings;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A conversation was opened or reopened here, or came from another inbox. It begins to wait: a repeat does no
    /// harm, and promises in the row, being about an earlier wait, are not taken.
    Arrived(ConversationRow),
    /// A compare-and-set of an earlier step was not done, or somebody changed a row beside the desk: this is what is
    /// stored. Whatever the desk believed about the conversation is forgotten.
    Corrected {
        /// Which.
        conversation: ConversationId,
        /// As read after the write that was not done.
        stored: Stored,
    },
    /// It was resolved, by whichever side.
    Resolved {
        /// Which.
        conversation: ConversationId,
        /// The assignment version after it.
        version: u32,
        /// By the visitor (who left on purpose, if still waiting) or by staff.
        by: Side,
    },
    /// The visitor left an address: the conversation can be served without them.
    AddressLeft {
        /// Which.
        conversation: ConversationId,
    },
    /// Somebody decided that it goes before or behind others.
    PrioritySet {
        /// Which.
        conversation: ConversationId,
        /// From now on.
        priority: Priority,
    },
    /// A connection of the visitor was opened; may be said of each.
    VisitorConnected(VisitorId),
    /// The last connection of the visitor is gone.
    VisitorDisconnected(VisitorId),
    /// A connection of the agent was opened; may be said of each.
    AgentConnected(AgentId),
    /// The last connection of the agent is gone.
    AgentDisconnected(AgentId),
    /// An agent chose.
    AvailabilityChosen {
        /// Who.
        agent: AgentId,
        /// What.
        availability: Availability,
    },
    /// How many conversations the agent takes was changed. What they have beyond it they keep.
    CapacitySet {
        /// Whose.
        agent: AgentId,
        /// How many they take, over all inboxes.
        capacity: u32,
    },
    /// How many conversations of other inboxes the agent has now.
    LoadElsewhere {
        /// Who.
        agent: AgentId,
        /// How many.
        load: u32,
    },
    /// An agent may work in this inbox from now on, or in another way than before.
    MemberSet(AgentRow),
    /// An agent may not work in this inbox any more. What they have returns to the queue.
    MemberRemoved(AgentId),
    /// The owner changed how the inbox works.
    SettingsChanged(Settings),
    /// An agent wants to take a conversation, from the queue or from a colleague.
    Claim {
        /// Who.
        agent: AgentId,
        /// Which.
        conversation: ConversationId,
        /// The assignment version they have seen.
        version: u32,
    },
    /// An agent does not want what they are offered.
    Decline {
        /// Who.
        agent: AgentId,
        /// Which.
        conversation: ConversationId,
    },
    /// An agent wants to pass on what they have, or what waits.
    Transfer {
        /// Who.
        by: AgentId,
        /// Which.
        conversation: ConversationId,
        /// The assignment version they have seen.
        version: u32,
        /// To whom or where.
        to: Target,
        /// For the next agent, never for the visitor.
        note: String,
    },
    /// The instant of `Desk::deadline` has come. Early or late timers do no harm.
    Timer,
}

/// What the store has of a conversation that the desk was wrong about.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// It is open in this inbox.
    Open(Box<ConversationRow>),
    /// It is not open, or not in this inbox.
    Gone {
        /// What the ledger holds about it that is not scored. The desk's own memory may name promises of a step that
        /// was dropped.
        promises: Vec<Promise>,
    },
}

/// Where a transfer goes. A team will be one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a colleague in this inbox.
    Agent(AgentId),
    /// Into the queue of another inbox.
    Inbox(InboxId),
}
