//! How many arrive before those who wait already: conversations of a higher priority. Counted while somebody waits,
//! because it is asked then. A rate, of which the past hours of waiting weigh most.

use std::time::Duration;

/// Time with nobody coming that the prior is worth.
const PRIOR_SECONDS: f64 = 900.0;
/// Waiting of this length weighs half as much as what comes after it.
const HALF_LIFE_SECONDS: f64 = 5400.0;

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rush {
    arrivals: f64,
    seconds: f64,
}

impl Rush {
    /// Somebody waited for so long.
    pub fn passes(&mut self, span: Duration) {
        let seconds = span.as_secs_f64();
        let keeps = (-seconds / HALF_LIFE_SECONDS * std::f64::consts::LN_2).exp();
        self.arrivals *= keeps;
        self.seconds = self.seconds * keeps + seconds;
    }

    /// Somebody came before those who wait.
    pub fn arrives(&mut self) {
        self.arrivals += 1.0;
    }

    /// How many do so in a second.
    pub fn rate(&self) -> f64 {
        self.arrivals / (self.seconds + PRIOR_SECONDS)
    }
}
