//! Where a conversation may be passed on to.

use deskbell_shared::model::{AgentId, InboxId};

/// To whom, or where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// A colleague.
    Agent(AgentId),
    /// The queue of an inbox.
    Inbox(InboxId),
}
