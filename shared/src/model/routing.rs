//! How an inbox gives out what waits. Data only; who gets what is decided by its desk.

use core::time::Duration;

use super::InboxId;
use crate::wire;

wire! {
    /// How the desk of an inbox works.
    pub struct Routing {
        /// Who decides which agent gets a conversation.
        pub policy: RoutingPolicy,
        /// A visitor goes to who answered them last in this inbox, when that one is free.
        pub same_agent: bool,
        /// What is given out is offered, and has to be accepted within so many seconds, from `ACCEPT_SECONDS_MIN` to
        /// `ACCEPT_SECONDS_MAX`. Absent: it is given.
        pub accept_seconds: Option<u32>,
        /// Where what waits too long goes on to; absent: nowhere.
        pub overflow: Option<Overflow>,
        /// So many are given a place in the queue. Whoever comes beyond it is told that everybody is busy, and asked for
        /// an address. Absent: everybody waits.
        pub waiting_max: Option<u32>,
    }

    /// Another inbox takes over, once in a wait.
    pub struct Overflow {
        /// After so many minutes without anybody who could take it, from 1 to `OVERFLOW_MINUTES_MAX`.
        pub after_minutes: u32,
        /// Which.
        pub to: InboxId,
    }

    /// Who decides which agent gets a conversation.
    pub enum RoutingPolicy text {
        /// The desk: whoever has the least to do for what they take.
        LeastLoaded "least_loaded",
        /// The desk: one after the other, whoever was given nothing for longest.
        RoundRobin "round_robin",
        /// Agents, by taking. Nothing is given out.
        AgentsClaim "agents_claim",
    }
}

impl Overflow {
    /// After such a wait.
    pub fn after(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.after_minutes))
    }
}

impl Routing {
    /// What holds where nobody has chosen.
    pub const DEFAULT: Routing = Routing {
        policy: RoutingPolicy::LeastLoaded,
        same_agent: false,
        accept_seconds: None,
        overflow: None,
        waiting_max: None,
    };
}
