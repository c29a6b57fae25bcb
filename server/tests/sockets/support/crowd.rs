//! What was said and answered on the wire, by one person and by a crowd.

use std::collections::HashMap;
use std::sync::Mutex;

use deskbell_shared::model::{Cmid, Seq};
use tokio::sync::Notify;

/// What people of a crowd have achieved together.
#[derive(Default)]
pub struct Crowd {
    counts: Mutex<Counts>,
    moved: Notify,
}

/// Messages of a crowd.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// People who have been told "I have it" at least once.
    pub people: usize,
    /// Messages acknowledged.
    pub acked: usize,
    /// Messages sent and not yet answered.
    pub in_flight: usize,
}

impl Crowd {
    /// Waits until the counts are as wanted.
    pub async fn until(&self, wanted: impl Fn(Counts) -> bool) -> Counts {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            let counts = *self.counts.lock().expect("counts");
            if wanted(counts) {
                return counts;
            }
            moved.await;
        }
    }

    /// Adds what has changed in one history, from how many were acknowledged and in flight before.
    pub fn add(&self, (acked, in_flight): (usize, usize), after: &History) {
        let mut counts = self.counts.lock().expect("counts");
        counts.people += usize::from(acked == 0 && !after.acked.is_empty());
        counts.acked += after.acked.len() - acked;
        counts.in_flight = (counts.in_flight + after.in_flight.len()) - in_flight;
        drop(counts);
        self.moved.notify_waiters();
    }
}

/// What was said and answered on the wire.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Messages sent that have neither been acknowledged nor refused, by the latest attempt.
    pub in_flight: HashMap<Cmid, String>,
    /// Messages acknowledged, with the place and text.
    pub acked: HashMap<Cmid, (Seq, String)>,
    /// Every message ever sent, in the order first sent.
    pub sent: Vec<(Cmid, String)>,
    /// Welcomes seen.
    pub welcomes: u32,
}

impl History {
    /// How many messages are acknowledged and in flight.
    pub fn lengths(&self) -> (usize, usize) {
        (self.acked.len(), self.in_flight.len())
    }
}
