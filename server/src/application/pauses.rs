//! Whether this process itself was away: stopped, frozen, or starved on a busy machine. What clients sent meanwhile is
//! then read all at once, and nobody may be blamed for the speed at which it comes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, interval};

/// How often the process notes that it is there.
const TICK: Duration = Duration::from_millis(500);
/// A note that is later than this means that the process was away.
const LATE_MIN: Duration = Duration::from_secs(2);
/// For so long after a pause what lay in the sockets is being read.
const CATCH_UP: Duration = Duration::from_secs(15);

/// Notes when the process runs.
#[derive(Clone, Debug, Default)]
pub struct Pauses(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    /// The last note; none before somebody keeps them.
    ticked_at: Option<Instant>,
    /// When the last pause ended.
    ended_at: Option<Instant>,
}

impl Pauses {
    /// Keeps the notes. Spawned once a node, ends never; where it does not run, no pause is ever seen.
    pub async fn watch(self) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.look(true);
        loop {
            ticks.tick().await;
            self.look(true);
        }
    }

    /// Whether what comes in now may have waited for this process.
    pub fn just_ended(&self) -> bool {
        self.look(false)
    }

    fn look(&self, ticks: bool) -> bool {
        let now = Instant::now();
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.ticked_at.is_some_and(|at| now > at + LATE_MIN) {
            noted.ended_at = Some(now);
        }
        if ticks {
            noted.ticked_at = Some(now);
        }
        noted.ended_at.is_some_and(|at| now < at + CATCH_UP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_seen_by_whoever_comes_first_and_forgotten_after_a_while() {
        let pauses = Pauses::default();
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(!pauses.just_ended(), "nobody keeps notes yet");
        // One who keeps notes as the watch does, and was away for a minute.
        pauses.look(true);
        assert!(!pauses.just_ended());
        tokio::time::advance(TICK).await;
        assert!(!pauses.just_ended());
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(pauses.just_ended(), "seen before the next tick");
        pauses.look(true);
        tokio::time::advance(TICK).await;
        assert!(pauses.just_ended(), "and after it");
        for _ in 0..40 {
            pauses.look(true);
            tokio::time::advance(TICK).await;
        }
        assert!(!pauses.just_ended());
    }
}
