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

impl To {
    /// As a command names it: one of the two.
    pub fn either(self) -> (Option<AgentId>, Option<InboxId>) {
        match self {
            To::Agent(agent) => (Some(agent), None),
            To::Inbox(inbox) => (None, Some(inbox)),
        }
    }
}
