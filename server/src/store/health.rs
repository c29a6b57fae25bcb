//! How a store tells the rest of the process that it cannot write now, or never again. It decides nothing: the
//! readiness page reads `degraded`, and the process ends when `failed` says so.

use tokio::sync::watch;

/// The health of a store; clones share it.
#[derive(Clone, Debug)]
pub struct Health {
    degraded: watch::Sender<bool>,
    failed: watch::Sender<Option<String>>,
}

impl Health {
    /// In good health.
    pub fn good() -> Health {
        Health { degraded: watch::Sender::new(false), failed: watch::Sender::new(None) }
    }

    /// Whether the last write could not be stored (disk full, read-only). It ends with the next one that could.
    pub fn degraded(&self) -> bool {
        *self.degraded.borrow()
    }

    /// Waits until writes can be stored; at once if they can.
    pub async fn recovered(&self) {
        let mut degraded = self.degraded.subscribe();
        // An error cannot be: `self` holds a sender.
        let _ = degraded.wait_for(|degraded| !degraded).await;
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
        self.degraded.send_if_modified(|known| std::mem::replace(known, degraded) != degraded)
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
