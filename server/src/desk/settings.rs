//! What the owner of an inbox decides about it, as far as the desk is concerned. Hours and targets will join it.

use std::time::Duration;

use deskbell_shared::model::{InboxId, RankRule};

use super::matching::Matching;

/// How an inbox works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who decides which agent gets a conversation.
    pub policy: Policy,
    /// A visitor goes to who answered them last, when that one is free.
    pub same_agent: bool,
    /// How long the place of a visitor who is away and left no address is kept.
    pub place_kept_max: Duration,
    /// What is given out is offered first, and has to be accepted within this time.
    pub accept_within: Option<Duration>,
    /// Where what waits too long goes on to.
    pub overflow: Option<Overflow>,
    /// So many are told a place. Whoever is beyond is asked for an address, and is served in the same order.
    pub waiting_max: Option<u32>,
    /// What conversations ask for of whoever they are given to. Without: nothing.
    pub matching: Option<Matching>,
    /// Who comes before others or after them: the first rule that holds.
    pub ranks: Vec<RankRule>,
}

/// Another inbox takes over what nobody here could take in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow {
    /// After this wait.
    pub after: Duration,
    /// Which inbox.
    pub to: InboxId,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            policy: Policy::LeastLoaded,
            same_agent: false,
            place_kept_max: Duration::from_secs(30 * 60),
            accept_within: None,
            overflow: None,
            waiting_max: None,
            matching: None,
            ranks: Vec::new(),
        }
    }
}

/// Who decides which agent gets a conversation.
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
