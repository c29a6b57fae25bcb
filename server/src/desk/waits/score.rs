//! How good intervals were: coverage, width, pinball loss. Used on the ledger and by the backtest alike.
//!
//! # Waits that were given up
//! Of a wait that ended without an agent after `c`, only is known that it would have lasted longer. Leaving it out
//! would favour short waits, because long ones are given up more often; counting it as over at `c` likewise. Each wait
//! that did end with an agent after `w` therefore stands for all that are like it: it weighs `1 / G(w-)`, where `G` is
//! the Kaplan-Meier estimate of the share of visitors who would still wait after a time (giving up is the event there,
//! being served the censoring), taken over all waits of one inbox. This is inverse-probability-of-censoring weighting
//! (Robins and Rotnitzky, 1992; Graf et al., Statistics in Medicine 18, 1999). A weight is at most `WEIGHT_MAX`. It is
//! right when patience does not depend on the wait to come, given the inbox; the weights are the same for every way
//! to predict that is compared.
//!
//! Pinball loss of a wait `w` and an end `q` of level `a`: `(a - [w < q]) (w - q)`, in seconds, the mean over both ends.

use std::time::Duration;

/// No wait stands for more than this many.
pub const WEIGHT_MAX: f64 = 20.0;

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ended {
    /// After how long.
    pub after: Duration,
    /// Without an agent.
    pub is_given_up: bool,
}

/// The share of visitors who would still wait, as a step function.
#[derive(Clone, Debug, Default)]
pub struct Staying(Vec<(Duration, f64)>);

impl Staying {
    /// From all waits of an inbox.
    pub fn of(waits: impl IntoIterator<Item = Ended>) -> Staying {
        let mut waits: Vec<Ended> = waits.into_iter().collect();
        // At the same instant an agent comes before the visitor leaves.
        waits.sort_by_key(|wait| (wait.after, wait.is_given_up));
        let (mut share, mut steps) = (1.0, Vec::new());
        for (index, wait) in waits.iter().enumerate() {
            if wait.is_given_up {
                let left = (waits.len() - index) as f64;
                share *= 1.0 - 1.0 / left;
                steps.push((wait.after, share));
            }
        }
        Staying(steps)
    }

    /// How many a wait stands for; 0 for one that was given up.
    pub fn weight(&self, wait: Ended) -> f64 {
        if wait.is_given_up {
            return 0.0;
        }
        let before = self.0.partition_point(|(at, _)| *at < wait.after);
        let share = before.checked_sub(1).map_or(1.0, |index| self.0[index].1);
        (1.0 / share.max(1e-9)).min(WEIGHT_MAX)
    }
}

/// Sums over intervals.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// All that were scored.
    pub count: u64,
    /// Of these, how many were given up.
    pub given_up: u64,
    weight: f64,
    inside: f64,
    below: f64,
    pinball: f64,
    width: f64,
}

impl Score {
    /// Adds one interval and what became of it.
    pub fn add(&mut self, low: Duration, high: Duration, wait: Ended, weight: f64) {
        let [low, high, after] = [low, high, wait.after].map(|span| span.as_secs_f64());
        self.count += 1;
        self.given_up += u64::from(wait.is_given_up);
        self.width += high - low;
        self.weight += weight;
        if after < low {
            self.below += weight;
        } else if after <= high {
            self.inside += weight;
        }
        let loss = |level: f64, end: f64| (level - f64::from(u8::from(after < end))) * (after - end);
        self.pinball += weight * (loss(0.1, low) + loss(0.9, high)) / 2.0;
    }

    /// Adds another.
    pub fn and(&mut self, other: &Score) {
        self.count += other.count;
        self.given_up += other.given_up;
        self.weight += other.weight;
        self.inside += other.inside;
        self.below += other.below;
        self.pinball += other.pinball;
        self.width += other.width;
    }

    /// The share of waits that ended inside.
    pub fn coverage(&self) -> f64 {
        self.inside / self.weight.max(1e-9)
    }

    /// The share of waits that ended before.
    pub fn early(&self) -> f64 {
        self.below / self.weight.max(1e-9)
    }

    /// The mean width in seconds.
    pub fn width(&self) -> f64 {
        self.width / (self.count as f64).max(1.0)
    }

    /// The mean pinball loss in seconds.
    pub fn pinball(&self) -> f64 {
        self.pinball / self.weight.max(1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::super::draws::{For, Sequence};
    use super::*;

    #[test]
    fn given_up_waits_are_made_up_for_and_leaving_them_out_is_not_the_same() {
        let mut random = Sequence::of(7, 0, For::Handling);
        let mut exponential = |mean: f64| Duration::from_secs_f64(-mean * random.uniform().ln());
        // Waits of mean 300 s: 32 to 691 s is 80 % of them. Patience of mean 400 s.
        let (low, high) = (Duration::from_secs_f64(31.6), Duration::from_secs_f64(690.8));
        let waits: Vec<Ended> = (0..40_000)
            .map(|_| {
                let (wait, stays) = (exponential(300.0), exponential(400.0));
                Ended { after: wait.min(stays), is_given_up: stays < wait }
            })
            .collect();
        let staying = Staying::of(waits.iter().copied());
        let (mut weighted, mut left_out) = (Score::default(), Score::default());
        for wait in waits {
            weighted.add(low, high, wait, staying.weight(wait));
            left_out.add(low, high, wait, f64::from(u8::from(!wait.is_given_up)));
        }
        assert!((weighted.coverage() - 0.8).abs() < 0.01, "{}", weighted.coverage());
        assert!((weighted.early() - 0.1).abs() < 0.01, "{}", weighted.early());
        assert!((left_out.early() - 0.1).abs() > 0.04, "it would not matter: {}", left_out.early());
    }

    #[test]
    fn pinball_loss_is_least_at_the_quantiles() {
        let loss = |low: u64, high: u64| {
            let mut score = Score::default();
            for second in 0..100 {
                let wait = Ended { after: Duration::from_secs(second), is_given_up: false };
                score.add(Duration::from_secs(low), Duration::from_secs(high), wait, 1.0);
            }
            score.pinball()
        };
        let best = loss(10, 90);
        assert!([(0, 90), (20, 90), (10, 80), (10, 99)].iter().all(|(low, high)| loss(*low, *high) > best));
    }
}
