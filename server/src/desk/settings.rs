//! What the owner of an inbox decides about it, as far as the desk is concerned. Hours and targets will join it.

use std::time::Duration;

/// How an inbox works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who decides which agent gets a conversation.
    pub policy: Policy,
    /// A visitor goes to who answered them last, when that one is free.
    pub same_agent: bool,
    /// How long the place of a visitor who is away and left no address is kept.
    pub place_kept_max: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            policy: Policy::LeastLoaded,
            same_agent: false,
            place_kept_max: Duration::from_secs(30 * 60),
        }
    }
}

/// Who decides which agent gets a conversation. Skills and overflow will be further ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The desk does: the first in the queue to the eligible agent with the least to do.
    LeastLoaded,
    /// The desk does: the first in the queue to the eligible agent who was given nothing for longest.
    RoundRobin,
    /// Agents do, by claiming. Nothing is assigned by itself.
    AgentsClaim,
}

impl Policy {
    /// Whether the desk assigns by itself.
    pub fn is_automatic(self) -> bool {
        match self {
            Policy::LeastLoaded | Policy::RoundRobin => true,
            Policy::AgentsClaim => false,
        }
    }
}
