//! What happens to an inbox over some days, whoever predicts.

use std::time::Duration;

use deskbell_shared::model::{Priority, UnixMillis};

/// A list of what happens, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// When, and what.
    pub events: Vec<(UnixMillis, Event)>,
    /// Every conversation that an agent has already makes the next last longer, by this share.
    pub slows_by: f64,
    /// Sudden changes: waits that begin in the hour of one or in the next are reported, not judged.
    pub changes: Vec<UnixMillis>,
    /// What draws belong to.
    pub seed: u64,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// An agent takes so many conversations at once from now on; with 0 they go home, and finish what they have.
    Agent {
        /// Who.
        agent: u32,
        /// How many.
        capacity: u32,
    },
    /// A visitor asks.
    Asks(Asks),
}

/// A conversation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asks {
    /// How long an agent who has nothing else will need.
    pub handling: Duration,
    /// How long the visitor waits before giving up. `None`: longer than it takes.
    pub patience: Option<Duration>,
    /// Whether it comes before others.
    pub priority: Priority,
}

impl Course {
    /// In the order of time; what is at one instant stays as it was given.
    pub fn sorted(mut self) -> Course {
        self.events.sort_by_key(|(at, _)| *at);
        self
    }
}
