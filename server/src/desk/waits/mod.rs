//! What is learned of waits, and the forward look that makes an interval of it. Pure and deterministic: the state, what
//! was learned and the seed decide. What is shown, and when, is in `promise`; which part of the desk goes in, in
//! `wait_estimate`.
//!
//! ```text
//!   handling  how long conversations take    ┐
//!   level     and how long just now           │
//!   patience  how long visitors wait         ├──► forward ──► correction ──► interval
//!   rush      who comes before those waiting ┘    (turns)     (what became of earlier intervals)
//!   score     coverage, width and pinball loss of intervals, with waits that were given up
//! ```
//! Everything is learned from what has ended: an estimate knows nothing of what comes after it.

mod correction;
mod draws;
mod forward;
mod handling;
mod level;
mod patience;
mod rush;
pub mod score;

pub use self::correction::{Correction, Kind, Promised};
pub use self::forward::{Look, PLACES_LOOKED_AT_MAX, Running, Scene, Turns, Waiting};
pub use self::handling::{Handled, HandlingTimes};
pub use self::patience::Patience;
pub use self::rush::Rush;

use std::time::Duration;

/// Whoever waited for less did not wait: it takes a moment to find the agent.
pub const SERVED_AT_ONCE: Duration = Duration::from_secs(1);

/// Everything an estimate knows of the past.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// How long conversations take.
    pub handling: HandlingTimes,
    /// How long visitors wait before they give up.
    pub patience: Patience,
    /// How many come before those who wait already. Nothing of it is stored: it is learned anew within the hour.
    pub rush: Rush,
    /// How far earlier intervals were off.
    pub correction: Correction,
}

impl Learned {
    /// From what is stored, each oldest first: handling times, and intervals that were shown with what became of them.
    pub fn from_stored(
        handled: impl IntoIterator<Item = Handled>,
        kept: impl IntoIterator<Item = Promised>,
    ) -> Learned {
        let mut learned = Learned::default();
        handled.into_iter().for_each(|handled| learned.handling.learn(handled));
        kept.into_iter().for_each(|promised| learned.kept(&promised));
        learned
    }

    /// A wait about which something had been shown is over.
    pub fn kept(&mut self, promised: &Promised) {
        if promised.kind == Kind::Joined {
            self.patience.learn(promised.lasted, promised.is_given_up);
        }
        let staying = self.patience.rates().staying(promised.lasted.as_secs_f64());
        self.correction.learn(promised, staying);
    }
}
