//! Who writes when, from the seed. A closed loop: nobody writes on while too much of theirs waits for its ack, so
//! whatever goes wrong is met by a bounded number of messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::MissedTickBehavior;

use super::crowd::{self, Crowd};
use super::dice::Dice;
use super::plan::Size;
use super::team;

/// How often it is decided who writes.
const TICK: Duration = Duration::from_millis(25);
/// Messages that somebody writes in one go, at most: as many as go into a frame.
const BURST_MAX: usize = 12;
/// What one agent writes in a second at most; the server allows five.
const AGENT_PER_SECOND: f64 = 3.0;

/// The load. Dropping it ends it.
pub struct Load {
    writes: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Load {
    /// Begins.
    pub fn start(crowd: Arc<Mutex<Crowd>>, size: Size, dice: Dice) -> Load {
        let writes = Arc::new(AtomicBool::new(true));
        let on = writes.clone();
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
            let mut pace = Pace { size, dice, owed: 0.0 };
            loop {
                ticks.tick().await;
                let crowd = crowd.lock().await;
                // Asked with the lock in hand: whoever stops the load and takes the crowd is told the truth by it.
                if on.load(Ordering::Relaxed) {
                    pace.tick(&crowd);
                }
            }
        });
        Load { writes, task }
    }

    /// Whether people write.
    pub fn set(&self, on: bool) {
        self.writes.store(on, Ordering::Relaxed);
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Pace {
    size: Size,
    dice: Dice,
    /// Messages due and not yet written; what could not be written is not caught up.
    owed: f64,
}

impl Pace {
    fn tick(&mut self, crowd: &Crowd) {
        let due = f64::from(self.size.messages_per_second) * TICK.as_secs_f64();
        self.owed = (self.owed + due).min(due * 2.0);
        let mut tries = crowd.visitors.len();
        while self.owed >= 1.0 && tries > 0 && !crowd.visitors.is_empty() {
            tries -= 1;
            let visitor = &crowd.visitors[self.dice.below(crowd.visitors.len())];
            let burst = 1 + self.dice.below(BURST_MAX);
            if visitor.page.waiting() + burst as u32 > self.size.in_flight_max {
                continue;
            }
            let Some(conversation) = visitor.page.conversation() else { continue };
            for _ in 0..burst {
                crowd::write(visitor, Some(conversation), &mut self.dice);
            }
            team::may_send_file(visitor, conversation, &mut self.dice);
            self.owed -= burst as f64;
        }
        for agent in &crowd.agents {
            let now = self.dice.chance(AGENT_PER_SECOND * TICK.as_secs_f64());
            if now && agent.page.waiting() < self.size.in_flight_max {
                team::acts(agent, crowd, &mut self.dice);
            }
        }
    }
}
