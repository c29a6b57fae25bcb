//! The ways in which waits are commonly predicted. Each gives an interval, too, and is told the same things at the same
//! instants as the desk. Where a method has no distribution of its own, the recent ratios between what came and what
//! it said make one (waits that were given up as censored, by Kaplan and Meier), which is more than such numbers are
//! usually given.

use std::collections::VecDeque;
use std::time::Duration;

use deskbell_shared::model::{Priority, UnixMillis};

use crate::desk::Interval;
use crate::desk::waits::score::Ended;

/// In which a wait begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Situation {
    /// When.
    pub at: UnixMillis,
    /// The place in the queue, from 1.
    pub place: u32,
    /// Conversations under way whose end lets the queue move.
    pub serving: u32,
    /// Of who waits.
    pub priority: Priority,
}

/// One way to predict.
pub trait Baseline {
    /// What it says when a wait begins.
    fn interval(&self, situation: &Situation) -> Interval;
    /// A wait is over that had begun so.
    fn ended(&mut self, situation: &Situation, ended: Ended);
    /// A conversation is over.
    fn handled(&mut self, took: Duration);
}

/// All of them, in the order of `METHODS`.
pub fn baselines() -> Vec<Box<dyn Baseline>> {
    vec![
        Box::new(MovingAverage::default()),
        Box::new(MeanTimesPosition::default()),
        Box::new(LastWaits::default()),
        Box::new(ErlangA::default()),
    ]
}

/// Quantiles of the exponential distribution of mean 1, for what nothing is known of yet.
const OF_EXPONENTIAL: (f64, f64) = (0.105, 2.303);
const RATIOS_KEPT: usize = 200;
const WAITS_AVERAGED: usize = 20;
const WAITS_KEPT: usize = 50;
const HANDLED_KEPT: usize = 200;
const ENOUGH: usize = 20;
/// Before anything is known: six minutes.
const SECONDS_UNKNOWN: f64 = 360.0;

fn interval((low, high): (f64, f64)) -> Interval {
    Interval { low: Duration::from_secs_f64(low.min(high)), high: Duration::from_secs_f64(high) }
}

/// The last of something, each with whether it would have been more.
#[derive(Default)]
struct Recent(VecDeque<(f64, bool)>);

impl Recent {
    fn push(&mut self, value: f64, is_more: bool, kept: usize) {
        self.0.push_back((value, is_more));
        if self.0.len() > kept {
            self.0.pop_front();
        }
    }

    /// The 10 % and 90 % quantiles by Kaplan and Meier; what was never reached is the greatest seen.
    fn tenths(&self) -> Option<(f64, f64)> {
        if self.0.len() < ENOUGH {
            return None;
        }
        let mut sorted: Vec<(f64, bool)> = self.0.iter().copied().collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let greatest = sorted[sorted.len() - 1].0;
        let (mut share, mut low) = (1.0, None);
        for (index, (value, is_more)) in sorted.iter().enumerate() {
            if *is_more {
                continue;
            }
            share *= 1.0 - 1.0 / (sorted.len() - index) as f64;
            if share <= 0.9 + 1e-9 {
                low = low.or(Some(*value));
            }
            if share <= 0.1 + 1e-9 {
                return Some((low.unwrap_or(*value), *value));
            }
        }
        Some((low.unwrap_or(greatest), greatest))
    }

    fn mean(&self) -> f64 {
        match self.0.len() {
            0 => SECONDS_UNKNOWN,
            count => self.0.iter().map(|(value, _)| value).sum::<f64>() / count as f64,
        }
    }
}

/// The mean of the last waits that were served.
#[derive(Default)]
struct MovingAverage {
    waits: Recent,
    ratios: Recent,
}

impl Baseline for MovingAverage {
    fn interval(&self, _: &Situation) -> Interval {
        let (low, high) = self.ratios.tenths().unwrap_or(OF_EXPONENTIAL);
        let mean = self.waits.mean();
        interval((mean * low, mean * high))
    }

    fn ended(&mut self, _: &Situation, ended: Ended) {
        let after = ended.after.as_secs_f64();
        self.ratios.push(after / self.waits.mean().max(1.0), ended.is_given_up, RATIOS_KEPT);
        if !ended.is_given_up {
            self.waits.push(after, false, WAITS_AVERAGED);
        }
    }

    fn handled(&mut self, _: Duration) {}
}

/// The mean handling time, once for each who is before and once for oneself, shared by those under way.
#[derive(Default)]
struct MeanTimesPosition {
    handled: Recent,
    ratios: Recent,
}

impl MeanTimesPosition {
    fn says(&self, situation: &Situation) -> f64 {
        self.handled.mean() * f64::from(situation.place) / f64::from(situation.serving.max(1))
    }
}

impl Baseline for MeanTimesPosition {
    fn interval(&self, situation: &Situation) -> Interval {
        let (low, high) = self.ratios.tenths().unwrap_or(OF_EXPONENTIAL);
        let says = self.says(situation);
        interval((says * low, says * high))
    }

    fn ended(&mut self, situation: &Situation, ended: Ended) {
        let ratio = ended.after.as_secs_f64() / self.says(situation).max(1.0);
        self.ratios.push(ratio, ended.is_given_up, RATIOS_KEPT);
    }

    fn handled(&mut self, took: Duration) {
        self.handled.push(took.as_secs_f64(), false, HANDLED_KEPT);
    }
}

/// As the last waits were, so will this one be.
#[derive(Default)]
struct LastWaits(Recent);

impl Baseline for LastWaits {
    fn interval(&self, _: &Situation) -> Interval {
        let unknown = (SECONDS_UNKNOWN * OF_EXPONENTIAL.0, SECONDS_UNKNOWN * OF_EXPONENTIAL.1);
        interval(self.0.tenths().unwrap_or(unknown))
    }

    fn ended(&mut self, _: &Situation, ended: Ended) {
        self.0.push(ended.after.as_secs_f64(), ended.is_given_up, WAITS_KEPT);
    }

    fn handled(&mut self, _: Duration) {}
}

/// The wait of who finds `k - 1` before them in an M/M/s+M queue: a sum of exponential steps, of rate `s / m` and one
/// `theta` for each who is before and may give up (Whitt, "Predicting queueing delays", Management Science 45:6, 1999;
/// "Improving service by informing customers about anticipated delays", 45:2). Its quantiles are those of a Gamma
/// distribution of the same mean and variance.
#[derive(Default)]
struct ErlangA {
    handled: Recent,
    waited: Recent,
}

impl Baseline for ErlangA {
    fn interval(&self, situation: &Situation) -> Interval {
        let served = f64::from(situation.serving.max(1)) / self.handled.mean();
        let (gone, waited) = self.waited.0.iter().fold((1.0, 2400.0), |(gone, waited), (after, is_gone)| {
            (gone + f64::from(u8::from(*is_gone)), waited + after)
        });
        let leave = gone / waited;
        let (mut mean, mut variance) = (0.0, 0.0);
        for before in 0..situation.place {
            let step = 1.0 / (served + f64::from(before) * leave);
            mean += step;
            variance += step * step;
        }
        let shape = mean * mean / variance;
        interval((mean * gamma_of_mean(shape, -1.281_55), mean * gamma_of_mean(shape, 1.281_55)))
    }

    fn ended(&mut self, _: &Situation, ended: Ended) {
        self.waited.push(ended.after.as_secs_f64(), ended.is_given_up, RATIOS_KEPT);
    }

    fn handled(&mut self, took: Duration) {
        self.handled.push(took.as_secs_f64(), false, HANDLED_KEPT);
    }
}

/// The quantile, as a share of the mean, of a Gamma distribution, at a quantile `z` of the normal one (Wilson and
/// Hilferty, PNAS 17:12, 1931).
fn gamma_of_mean(shape: f64, z: f64) -> f64 {
    let ninth = 1.0 / (9.0 * shape);
    (1.0 - ninth + z * ninth.sqrt()).max(0.0).powi(3)
}
