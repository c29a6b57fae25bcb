//! How a store tells the rest of the process that it cannot write now, or never again. It decides nothing: the
//! readiness page reads `degraded`, and the process ends when `failed` says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// The health of a store; clones share it.
#[derive(Clone, Debug)]
pub struct Health {
    degraded: Arc<AtomicBool>,
    failed: watch::Sender<Option<String>>,
}

impl Health {
    /// In good health.
    pub fn good() -> Health {
        Health { degraded: Arc::new(AtomicBool::new(false)), failed: watch::Sender::new(None) }
    }

    /// Whether the last write could not be stored (disk full, read-only). It ends with the next one that could.
    pub fn degraded(&self) -> bool {
        self.degraded.load(Ordering::Relaxed)
    }

    /// Why the store has stopped for good, if it has.
    pub fn failure(&self) -> Option<String> {
        self.failed.borrow().clone()
    }

    /// Waits until the store has stopped for good, and says why. After a commit or a flush went wrong, only a new
    /// process can know what the disk holds: end this one.
    pub async fn failed(&self) -> String {
        let mut failed = self.failed.subscribe();
        match failed.wait_for(Option::is_some).await {
            Ok(why) => why.clone().unwrap_or_default(),
            Err(_) => std::future::pending().await, // cannot be: `self` holds a sender
        }
    }

    /// Says whether the last write could be stored. Returns whether this is news.
    pub(super) fn set_degraded(&self, degraded: bool) -> bool {
        self.degraded.swap(degraded, Ordering::Relaxed) != degraded
    }

    /// Says that the store has stopped for good. The first reason stays.
    pub(super) fn fail(&self, why: String) {
        self.failed.send_if_modified(|failed| {
            let first = failed.is_none();
            if first {
                *failed = Some(why);
            }
            first
        });
    }
}
