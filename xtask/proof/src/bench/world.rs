//! What all clients of one fault share: the history they append to, and where the chat server is reached. One clock
//! and one lock, so that the order of the records is the order in which things happened.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::http::Place;
use crate::history::{Client, Id, Record, What};

/// The shared part of one fault's run.
pub struct World {
    began: Instant,
    records: Mutex<Vec<Record>>,
    place: Mutex<Place>,
    /// Who a conversation's visitor is: rows name visitors only by their side.
    visitors: Mutex<HashMap<Id, Id>>,
    acked: AtomicU64,
    last_client: AtomicU32,
}

impl World {
    /// Nothing happened yet.
    pub fn new(place: Place) -> World {
        World {
            began: Instant::now(),
            records: Mutex::default(),
            place: Mutex::new(place),
            visitors: Mutex::default(),
            acked: AtomicU64::new(0),
            last_client: AtomicU32::new(0),
        }
    }

    /// Something happened.
    pub fn note(&self, what: What) {
        self.note_all(std::iter::once(what));
    }

    /// Some things happened, in this order.
    pub fn note_all(&self, all: impl IntoIterator<Item = What>) {
        let mut records = lock(&self.records);
        let at_ms = self.began.elapsed().as_millis() as u64;
        for what in all {
            if matches!(what, What::Ack { .. }) {
                self.acked.fetch_add(1, Ordering::Relaxed);
            }
            records.push(Record { at_ms, what });
        }
    }

    /// Everything that happened so far.
    pub fn take_history(&self) -> Vec<Record> {
        std::mem::take(&mut *lock(&self.records))
    }

    /// Acknowledgements heard so far; one that came twice counts twice.
    pub fn acked(&self) -> u64 {
        self.acked.load(Ordering::Relaxed)
    }

    /// How long the clients that are meant waited from writing a message to its ack, since an instant: sorted.
    pub fn waits_ms(&self, from: std::time::Duration, meant: impl Fn(Client) -> bool) -> Vec<u64> {
        let mut written: HashMap<Id, u64> = HashMap::new();
        let mut waits = Vec::new();
        for record in lock(&self.records).iter().filter(|record| record.at_ms >= from.as_millis() as u64) {
            match record.what {
                What::Invoke { client, cmid, .. } if meant(client) => {
                    written.insert(cmid, record.at_ms);
                }
                What::Ack { cmid, .. } => {
                    waits.extend(written.remove(&cmid).map(|at_ms| record.at_ms - at_ms));
                }
                _ => {}
            }
        }
        waits.sort_unstable();
        waits
    }

    /// Since the beginning.
    pub fn elapsed(&self) -> std::time::Duration {
        self.began.elapsed()
    }

    /// A number for a further client.
    pub fn new_client(&self) -> Client {
        Client(self.last_client.fetch_add(1, Ordering::Relaxed))
    }

    /// Where clients connect to.
    pub fn place(&self) -> Place {
        lock(&self.place).clone()
    }

    /// From the next connection on, clients connect there; the chat server's own name stays.
    pub fn set_address(&self, address: SocketAddr) {
        lock(&self.place).address = address;
    }

    /// A visitor writes in a conversation.
    pub fn know_visitor(&self, conversation: Id, visitor: Id) {
        lock(&self.visitors).insert(conversation, visitor);
    }

    /// Who that was.
    pub fn visitor_of(&self, conversation: Id) -> Option<Id> {
        lock(&self.visitors).get(&conversation).copied()
    }
}

/// A lock that a panic elsewhere does not take away: what is in it is looked at all the same.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
