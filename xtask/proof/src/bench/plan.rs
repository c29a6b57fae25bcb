//! How long and how hard: what one run of one fault is given.

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// How many clients, and how much they write.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Visitors, each with a conversation.
    pub visitors: usize,
    /// Agents, who share the conversations.
    pub agents: usize,
    /// Messages that are written in a second while everything works.
    pub messages_per_second: u32,
    /// Messages of one visitor that may wait for their ack.
    pub in_flight_max: u32,
    /// Connections of others that the fault opens, for the server's budget.
    pub strangers: usize,
}

impl Size {
    /// For the long run.
    pub const FULL: Size =
        Size { visitors: 240, agents: 12, messages_per_second: 2_000, in_flight_max: 36, strangers: 0 };
    /// For a test: a few hundred messages.
    pub const SMALL: Size =
        Size { visitors: 16, agents: 2, messages_per_second: 400, in_flight_max: 24, strangers: 0 };
}

/// Rounds of the short form.
const SHORT_ROUNDS: usize = 3;

/// What one fault is given.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server.
    pub binary: PathBuf,
    /// The seed of plan and load.
    pub seed: u64,
    /// How hard.
    pub size: Size,
    /// Until when rounds may begin.
    pub budget: Duration,
    /// Rounds at most; one round is always done.
    pub rounds_max: usize,
    /// Where failing histories are kept.
    pub kept: PathBuf,
    /// Whether this is the short form: faults take smaller steps.
    pub short: bool,
    /// How long everybody may take to come to rest after healing.
    pub rest_max: Duration,
    /// Told when the fault has ended and what is left is waiting and looking: the next one may begin.
    pub worked: Option<Sender<()>>,
}

/// The promise: a minute after healing all is well.
pub const REST_MAX: Duration = Duration::from_secs(60);

impl Plan {
    /// The short form, for a test.
    pub fn short(binary: PathBuf, seed: u64) -> Plan {
        Plan {
            binary,
            seed,
            size: Size::SMALL,
            budget: Duration::from_secs(4),
            rounds_max: SHORT_ROUNDS,
            kept: "target/faults".into(),
            short: true,
            rest_max: REST_MAX,
            worked: None,
        }
    }

    /// Counts rounds from now on.
    pub fn rounds(&self) -> Rounds {
        Rounds { ends: Instant::now() + self.budget, done: 0, rounds_max: self.rounds_max }
    }

    /// The fault has ended.
    pub fn has_worked(&self) {
        if let Some(worked) = &self.worked {
            let _ = worked.send(()); // nobody may be waiting
        }
    }

    /// Whether this is the short form.
    pub fn is_short(&self) -> bool {
        self.short
    }
}

/// Rounds of a fault within its budget.
pub struct Rounds {
    ends: Instant,
    /// How many have begun.
    pub done: usize,
    rounds_max: usize,
}

impl Rounds {
    /// Whether one more may begin.
    pub fn more(&mut self) -> bool {
        let more = self.done == 0 || (self.done < self.rounds_max && Instant::now() < self.ends);
        self.done += usize::from(more);
        more
    }

    /// What is left of the budget.
    pub fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }
}
