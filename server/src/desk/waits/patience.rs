//! How long visitors wait before they give up: the rate at which those who have waited for so long leave, in steps
//! that double. A wait that ended with an agent says that its visitor had waited until then, and no more: it counts
//! as time without anybody leaving, so waits that were served do not look like patience without end.

use std::time::Duration;

/// Ends of the steps but the last, in seconds.
const STEPS: [f64; 7] = [30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 2400.0];
/// The prior: one in so many seconds of waiting leaves.
const PRIOR_SECONDS_PER_LEAVING: f64 = 2400.0;
/// What the prior is worth in each step, in leavings.
const PRIOR_LEAVINGS: f64 = 1.0;
/// The weight an observation keeps with each that comes after it.
const FADE: f64 = 1.0 - 1.0 / 500.0;

/// What is known of patience.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patience {
    leavings: [f64; STEPS.len() + 1],
    seconds: [f64; STEPS.len() + 1],
}

impl Patience {
    /// Learns from one wait: how long it lasted, and whether the visitor left.
    pub fn learn(&mut self, lasted: Duration, is_given_up: bool) {
        let lasted = lasted.as_secs_f64();
        self.leavings.iter_mut().chain(&mut self.seconds).for_each(|sum| *sum *= FADE);
        let mut from = 0.0;
        for step in 0..=STEPS.len() {
            let to = STEPS.get(step).copied().unwrap_or(f64::INFINITY);
            self.seconds[step] += (lasted.min(to) - from).max(0.0);
            if is_given_up && from <= lasted && lasted < to {
                self.leavings[step] += 1.0;
            }
            from = to;
        }
    }

    /// Made ready to be drawn from: of those who wait, the share that leaves in a second, by step.
    pub fn rates(&self) -> Rates {
        let rate = |step: usize| {
            (self.leavings[step] + PRIOR_LEAVINGS)
                / (self.seconds[step] + PRIOR_LEAVINGS * PRIOR_SECONDS_PER_LEAVING)
        };
        Rates(std::array::from_fn(rate))
    }
}

/// The rate of leaving in each step of a wait.
#[derive(Clone, Copy, Debug)]
pub struct Rates([f64; STEPS.len() + 1]);

impl Rates {
    /// The share that would still wait after so many seconds.
    pub fn staying(&self, seconds: f64) -> f64 {
        let (mut owed, mut from) = (0.0, 0.0);
        for (step, rate) in self.0.iter().enumerate() {
            let to = STEPS.get(step).copied().unwrap_or(f64::INFINITY);
            owed += rate * (seconds.min(to) - from).max(0.0);
            from = to;
        }
        (-owed).exp()
    }

    /// How many seconds more somebody stays who has waited for so many, in the future in which `uniform` of those
    /// like them leave earlier.
    #[cfg(test)]
    pub fn remaining(&self, waited: f64, uniform: f64) -> f64 {
        self.stays(waited, patience(uniform))
    }

    /// The same, for the patience that belongs to that future.
    pub fn stays(&self, waited: f64, patience: f64) -> f64 {
        let mut owed = patience;
        let mut at = waited;
        for (step, rate) in self.0.iter().enumerate() {
            let to = STEPS.get(step).copied().unwrap_or(f64::INFINITY);
            if at >= to {
                continue;
            }
            if owed <= rate * (to - at) {
                return at + owed / rate - waited;
            }
            owed -= rate * (to - at);
            at = to;
        }
        f64::INFINITY
    }
}

/// How much patience somebody has whom `uniform` of those like them leave before: what the rate of leaving adds up to by
/// then.
pub fn patience(uniform: f64) -> f64 {
    -(1.0 - uniform).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_that_were_served_do_not_look_like_impatience() {
        let mut patience = Patience::default();
        // A patience of 400 s throughout; agents come after 200 s, so that four in ten leave before.
        for number in 0..3000 {
            let share = f64::from(number * 7919 % 500) + 0.5;
            let leaves = -400.0 * (1.0 - share / 500.0).ln();
            patience.learn(Duration::from_secs_f64(leaves.min(200.0)), leaves < 200.0);
        }
        let rates = patience.rates();
        let third = rates.remaining(0.0, 0.3);
        assert!((third + 400.0 * 0.7f64.ln()).abs() < 20.0, "{third}");
    }
}
