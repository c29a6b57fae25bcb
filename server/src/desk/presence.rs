//! Is anyone there: a lease that outlives its last connection by a grace, so that a flap moves nothing. It knows
//! people's connections only; what an agent chose is availability, and what a visitor's absence means is the queue's.
//!
//! Columns are states, rows what happens; a cell is the next state, `·` no change. A test computes this table. For
//! visitors both times are the same, and they go from leaving to offline.
//!
//! ```text
//! | what happens     | online  | leaving | missed  | offline |
//! | connected        | ·       | online  | online  | online  |
//! | disconnected     | leaving | ·       | ·       | ·       |
//! | time to be told  | ·       | missed  | ·       | ·       |
//! | end of the grace | ·       | offline | offline | ·       |
//! ```

use std::time::Duration;

use deskbell_shared::model::UnixMillis;

/// How long a visitor without a connection still counts as there.
pub const VISITOR_GRACE: Duration = Duration::from_secs(20);
/// How long an agent without a connection keeps their conversations.
pub const AGENT_GRACE: Duration = Duration::from_secs(60);
/// When the visitors of such an agent are told. A reload of the desktop takes less; a person who waits for an answer
/// begins to wonder about then.
pub const AGENT_LOSS_TOLD_AFTER: Duration = Duration::from_secs(10);

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A connection is open.
    Online,
    /// The last one is gone; nobody need notice.
    Leaving {
        /// Since when.
        since: UnixMillis,
    },
    /// It has been gone for long enough to say so, not for long enough to act.
    Missed {
        /// Since when.
        since: UnixMillis,
    },
    /// The grace is over.
    Offline {
        /// When the last connection went.
        since: UnixMillis,
    },
}

/// What can happen to a presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A connection was opened.
    Connected,
    /// The last one is gone.
    Disconnected,
    /// Time has passed.
    Elapsed,
}

/// The times of one kind of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Graces {
    /// When their absence is said.
    pub told_after: Duration,
    /// When it is acted upon.
    pub lost_after: Duration,
}

/// Of visitors.
pub const OF_VISITORS: Graces = Graces { told_after: VISITOR_GRACE, lost_after: VISITOR_GRACE };
/// Of agents.
pub const OF_AGENTS: Graces = Graces { told_after: AGENT_LOSS_TOLD_AFTER, lost_after: AGENT_GRACE };

impl Presence {
    /// Somebody of whom a new owner of the desk knows nothing yet: the grace begins now, so that a restart changes
    /// nobody's place.
    pub fn unknown(now: UnixMillis) -> Presence {
        Presence::Leaving { since: now }
    }

    /// A connection is open now.
    pub fn is_online(self) -> bool {
        self == Presence::Online
    }

    /// Online, or gone for less than the grace.
    pub fn is_there(self) -> bool {
        !matches!(self, Presence::Offline { .. })
    }

    /// The next state.
    pub fn after(self, event: Event, graces: Graces, now: UnixMillis) -> Presence {
        match (self, event) {
            (_, Event::Connected) => Presence::Online,
            (Presence::Online, Event::Disconnected) => Presence::Leaving { since: now },
            (Presence::Leaving { since } | Presence::Missed { since }, Event::Elapsed)
                if now >= since.plus(graces.lost_after) =>
            {
                Presence::Offline { since }
            }
            (Presence::Leaving { since }, Event::Elapsed) if now >= since.plus(graces.told_after) => {
                Presence::Missed { since }
            }
            (same, Event::Disconnected | Event::Elapsed) => same,
        }
    }

    /// When time alone changes it next.
    pub fn changes_at(self, graces: Graces) -> Option<UnixMillis> {
        match self {
            Presence::Leaving { since } => Some(since.plus(graces.told_after)),
            Presence::Missed { since } => Some(since.plus(graces.lost_after)),
            Presence::Online | Presence::Offline { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(presence: Presence) -> &'static str {
        match presence {
            Presence::Online => "online",
            Presence::Leaving { .. } => "leaving",
            Presence::Missed { .. } => "missed",
            Presence::Offline { .. } => "offline",
        }
    }

    #[test]
    fn the_table_in_the_module_is_the_machine() {
        let since = UnixMillis(1_000_000);
        let states = [
            Presence::Online,
            Presence::Leaving { since },
            Presence::Missed { since },
            Presence::Offline { since },
        ];
        let happenings = [
            ("connected", Event::Connected, since),
            ("disconnected", Event::Disconnected, since),
            ("time to be told", Event::Elapsed, since.plus(AGENT_LOSS_TOLD_AFTER)),
            ("end of the grace", Event::Elapsed, since.plus(AGENT_GRACE)),
        ];
        let line = |cells: &[&str]| {
            let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<7}")).collect();
            format!("| {} |", cells.join(" | "))
        };
        let mut table = vec![format!("| {:<16} {}", "what happens", line(&states.map(name)))];
        for (what, event, now) in happenings {
            let cells = states.map(|state| {
                let next = state.after(event, OF_AGENTS, now);
                if next == state { "·" } else { name(next) }
            });
            table.push(format!("| {what:<16} {}", line(&cells)));
        }
        let written = include_str!("presence.rs").lines().filter_map(|line| line.strip_prefix("//! "));
        let written: Vec<&str> = written.filter(|line| line.starts_with('|')).collect();
        assert_eq!(written, table, "the computed table:\n{}", table.join("\n"));
    }

    #[test]
    fn a_visitor_is_never_missed_before_being_offline() {
        let since = UnixMillis(5);
        let leaving = Presence::Leaving { since };
        let late = since.plus(VISITOR_GRACE);
        assert_eq!(leaving.changes_at(OF_VISITORS), Some(late));
        assert_eq!(leaving.after(Event::Elapsed, OF_VISITORS, UnixMillis(late.0 - 1)), leaving);
        assert_eq!(leaving.after(Event::Elapsed, OF_VISITORS, late), Presence::Offline { since });
    }
}
