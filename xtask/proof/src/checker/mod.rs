//! Decides from a history whether the promise was kept. Pure; O(n log n) in the number of records.
//!
//! | check | what holds | where |
//! |---|---|---|
//! | C1 | every ack is in the final log, at that place, with that body | `acks` |
//! | C2 | each message is in the log at most once | `log` |
//! | C3 | every message in the log was written, by that author, with that body | `log` |
//! | C4 | both counts are dense, from 1 | `log` |
//! | C5 | what every observer showed is contiguous, the same for all, and equals the log | `observers` |
//! | C6 | what was acknowledged before something was written stands before it | `order` |
//! | C7 | the messages of one outbox stand in the order written | `order` |
//! | C8 | no cursor goes back within one lineage | `observers` |
//! | C9 | a minute after healing outboxes are empty, everybody is at the head, and shows what a fresh client shows | `healing` |
//! | C9 | what was written in an outbox that is still there has been stored or refused | `outboxes` |
//! | C10 | one assignee a version, capacity kept, one open conversation a visitor and inbox, leases fenced, no wait below zero, nobody waits in vain | `desks` |
//! | C11 | presence equals the truth | `healing` |
//! | C12 | nobody is shown a conversation, and no visitor a note, that they may not see; no canary is found elsewhere | `rights` |
//! | C13 | each side effect is delivered at least once or given up in sight, always under one id | `effects` |
//! | C14 | the node stayed within its memory and its descriptors | `healing` |
//!
//! After a restored backup (another epoch) an ack of the lost lineage has to be in the log again, at any place: its
//! author's device offered it once more. What a device lost for good is named by `Timeout`; of a refusal that is lost
//! this way, see `order`. A driver that records no
//! `Opened` says nothing about outboxes and rights, and is not judged by them.

mod acks;
mod desks;
mod effects;
mod healing;
mod log;
mod observers;
mod order;
mod outboxes;
mod rights;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use crate::history::{Record, What};

/// The checks there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the table in the module says what each is
pub enum Check {
    C1,
    C2,
    C3,
    C4,
    C5,
    C6,
    C7,
    C8,
    C9,
    C10,
    C11,
    C12,
    C13,
    C14,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which one.
    pub check: Check,
    /// How, with the ids to look for in the history.
    pub how: String,
}

/// What became of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Everything that was broken, in the order of the checks.
    pub violations: Vec<Violation>,
    /// Messages that were acknowledged, each counted once.
    pub acknowledged: u64,
    /// Acknowledged and not there, or not as acknowledged (C1).
    pub lost: u64,
    /// There more than once (C2).
    pub doubled: u64,
    /// Shown or stored in another order than promised (C4 to C8).
    pub reordered: u64,
    /// The longest time from healing until a client was at rest.
    pub recovery_ms_max: Option<u64>,
}

impl Verdict {
    /// Whether everything held.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// The checks that failed, each once.
    pub fn failed(&self) -> Vec<Check> {
        let mut failed: Vec<_> = self.violations.iter().map(|violation| violation.check).collect();
        failed.sort();
        failed.dedup();
        failed
    }
}

/// Decides.
pub fn check(history: &[Record]) -> Verdict {
    let stored = log::Stored::of(history);
    let mut violations = Vec::new();
    let mut found = |check, how| violations.push(Violation { check, how });
    acks::check(history, &stored, &mut found);
    stored.check(history, &mut found);
    observers::check(history, &stored, &mut found);
    order::check(history, &stored, &mut found);
    outboxes::check(history, &stored, &mut found);
    rights::check(history, &mut found);
    desks::check(history, &mut found);
    effects::check(history, &mut found);
    let recovery_ms_max = healing::check(history, &stored, &mut found);
    violations.sort_by_key(|violation| violation.check);

    let count = |checks: &[Check]| violations.iter().filter(|v| checks.contains(&v.check)).count() as u64;
    let acknowledged: BTreeMap<_, ()> = history
        .iter()
        .filter_map(|record| match record.what {
            What::Ack { cmid, .. } => Some((cmid, ())),
            _ => None,
        })
        .collect();
    Verdict {
        acknowledged: acknowledged.len() as u64,
        lost: count(&[Check::C1]),
        doubled: count(&[Check::C2]),
        reordered: count(&[Check::C4, Check::C5, Check::C6, Check::C7, Check::C8]),
        recovery_ms_max,
        violations,
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "acknowledged {}, lost {}, doubled {}, out of order {}",
            self.acknowledged, self.lost, self.doubled, self.reordered
        )?;
        if let Some(recovery) = self.recovery_ms_max {
            writeln!(f, "worst recovery {:.1} s", recovery as f64 / 1000.0)?;
        }
        for violation in &self.violations {
            writeln!(f, "{}: {}", violation.check, violation.how)?;
        }
        if self.is_clean() { writeln!(f, "everything held") } else { Ok(()) }
    }
}
