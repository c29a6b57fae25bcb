//! How long until it is one's turn: an interval from how long conversations took and what the desk knows now. When it
//! is shown, and what becomes of it, is in `promise`.
//!
//! # Method
//! While somebody who can be served waits, no eligible agent is free, so the `s` conversations under way whose end
//! lets the queue move are all that matters: who has `a` others before them waits for the `a + 1`th of them to end.
//! With exponential handling times of mean `m` these ends are a Poisson process of rate `s / m`, and the wait is
//! Gamma distributed with shape `k = a + 1` and scale `m / s`: the conditional wait in an M/M/s queue (L. Kleinrock,
//! *Queueing Systems* I, 1975, section 3.5; Whitt, "Predicting queueing delays", Management Science 45:6, 1999).
//! Handling times are not exponential. Ends of few conversations then vary as `c²`, the squared coefficient of
//! variation of handling times, and those of many independent ones come near to Poisson again (Palm, Khintchine), so
//! the variance of each step is taken as `1 + (c² - 1) / s`. Two further spreads are added, relative to the mean:
//! how little is known of the mean yet (`c² / n`), and that agents and hours differ (`MODEL_SPREAD`).
//!
//! Handling times are summed up as log-normal, which they are near to (Brown et al., "Statistical analysis of a
//! telephone call center", JASA 100:469, 2005, section 4.3), with a prior worth `PRIOR_COUNT` observations, so that
//! day one works. Older ones are forgotten by halves, so that a changed team is learned within days. Quantiles are
//! those of a Gamma with that mean and variance (Wilson and Hilferty, PNAS 17:12, 1931).
//!
//! Left out: how long those under way have been so already, that others in the queue may give up, shifts that end.

use std::time::Duration;

/// The prior is worth this many conversations.
const PRIOR_COUNT: f64 = 8.0;
/// Median of the prior: six minutes.
const PRIOR_LOG_SECONDS: f64 = 5.886;
/// Its spread on the log scale; with it, one conversation in ten takes longer than 17 minutes.
const PRIOR_LOG_VARIANCE: f64 = 0.64;
/// More recent conversations than this weigh as much as this many: what is older fades.
const WEIGHT_MAX: f64 = 400.0;
/// What agents and hours differ by, as a share of the mean.
const MODEL_SPREAD: f64 = 0.15;
/// The tenth percentile of the standard normal distribution is at minus this, the ninetieth at plus.
const NORMAL_TENTH: f64 = 1.281_551_6;
/// A conversation that was over at once still took somebody a moment.
const HANDLING_MIN: Duration = Duration::from_secs(1);
/// One that lasted longer was left open; it counts as this.
const HANDLING_MAX: Duration = Duration::from_secs(24 * 3600);
/// Beyond this an interval is of no use to anybody.
pub const WAIT_SHOWN_MAX: Duration = Duration::from_secs(3 * 3600);

/// How long conversations took, from assignment to resolution: a summary on the log scale, prior not included.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HandlingTimes {
    weight: f64,
    sum: f64,
    sum_of_squares: f64,
}

/// From the 10 % to the 90 % quantile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// One in ten waits less.
    pub low: Duration,
    /// One in ten waits longer.
    pub high: Duration,
}

impl HandlingTimes {
    /// Learns from one conversation.
    pub fn learn(&mut self, took: Duration) {
        let log = took.clamp(HANDLING_MIN, HANDLING_MAX).as_secs_f64().ln();
        if self.weight >= WEIGHT_MAX {
            let fade = (WEIGHT_MAX - 1.0) / self.weight;
            self.weight *= fade;
            self.sum *= fade;
            self.sum_of_squares *= fade;
        }
        self.weight += 1.0;
        self.sum += log;
        self.sum_of_squares += log * log;
    }

    /// Rebuilds the summary from stored handling times, oldest first.
    pub fn learned(took: impl IntoIterator<Item = Duration>) -> HandlingTimes {
        let mut times = HandlingTimes::default();
        took.into_iter().for_each(|took| times.learn(took));
        times
    }

    /// The mean in seconds, and the squared coefficient of variation, of a log-normal fitted with the prior.
    fn moments(&self) -> (f64, f64) {
        let weight = PRIOR_COUNT + self.weight;
        let log_mean = (PRIOR_COUNT * PRIOR_LOG_SECONDS + self.sum) / weight;
        let prior_squares = PRIOR_COUNT * (PRIOR_LOG_VARIANCE + PRIOR_LOG_SECONDS * PRIOR_LOG_SECONDS);
        let log_variance = ((prior_squares + self.sum_of_squares) / weight - log_mean * log_mean).max(0.01);
        ((log_mean + log_variance / 2.0).exp(), log_variance.exp_m1())
    }

    /// The wait of who has `ahead` others before them while `serving` conversations are under way whose end lets the
    /// queue move. `None`: too uncertain to be shown.
    pub fn interval(&self, ahead: u32, serving: u32) -> Option<Interval> {
        if serving == 0 {
            return None;
        }
        let (mean_handling, spread) = self.moments();
        let (steps, serving) = (f64::from(ahead) + 1.0, f64::from(serving));
        let mean = steps * mean_handling / serving;
        let of_step = 1.0 + (spread - 1.0) / serving;
        let of_mean = spread / (PRIOR_COUNT + self.weight) + MODEL_SPREAD * MODEL_SPREAD;
        let shape = 1.0 / (of_step / steps + of_mean);
        let low = Duration::from_secs_f64(mean * gamma_quantile_of_mean(shape, -NORMAL_TENTH));
        let high = mean * gamma_quantile_of_mean(shape, NORMAL_TENTH);
        (high <= WAIT_SHOWN_MAX.as_secs_f64()).then(|| Interval { low, high: Duration::from_secs_f64(high) })
    }
}

/// The quantile, as a share of the mean, of a Gamma distribution, at a quantile `z` of the normal one.
fn gamma_quantile_of_mean(shape: f64, z: f64) -> f64 {
    (1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt())).max(0.0).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn width(interval: Interval) -> Duration {
        interval.high - interval.low
    }

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    #[test]
    fn day_one_says_something_sensible() {
        let next = HandlingTimes::default().interval(0, 1).unwrap();
        assert!(next.low < minutes(2) && next.high > minutes(10) && next.high < minutes(30), "{next:?}");
    }

    #[test]
    fn what_is_learned_outweighs_the_prior() {
        let learned = HandlingTimes::learned([minutes(20); 300]);
        let (mean, _) = learned.moments();
        assert!((1080.0..1260.0).contains(&mean), "{mean} s");
        let changed = (0..1200).fold(learned, |mut times, _| {
            times.learn(minutes(2));
            times
        });
        let (mean, _) = changed.moments();
        assert!((100.0..180.0).contains(&mean), "{mean} s");
    }

    #[test]
    fn nobody_serving_is_too_uncertain_and_so_is_half_a_day() {
        assert_eq!(HandlingTimes::default().interval(0, 0), None);
        assert_eq!(HandlingTimes::default().interval(100, 1), None);
    }

    #[test]
    fn the_quantiles_are_those_of_the_tables() {
        // Shape 1 is exponential: quantiles -ln 0.9 and ln 10. Shape 5: 2.4326 and 7.9936, of a mean of 5.
        let (tenth, ninetieth) = (-(0.9f64.ln()), 10f64.ln());
        for (shape, z, wanted) in
            [(1.0, -1.0, tenth), (1.0, 1.0, ninetieth), (5.0, -1.0, 2.4326 / 5.0), (5.0, 1.0, 7.9936 / 5.0)]
        {
            let found = gamma_quantile_of_mean(shape, z * NORMAL_TENTH);
            assert!((found - wanted).abs() < 0.03, "shape {shape}: {found}, not {wanted}");
        }
    }

    proptest::proptest! {
        #[test]
        fn more_ahead_and_fewer_serving_mean_later_and_wider(
            ahead in 0u32..30,
            serving in 2u32..40,
            took in proptest::collection::vec(1u64..7200, 0..60),
        ) {
            let times = HandlingTimes::learned(took.into_iter().map(Duration::from_secs));
            let now = times.interval(ahead, serving);
            // Too uncertain is worse than anything that can be said.
            let worse = [times.interval(ahead + 1, serving), times.interval(ahead, serving - 1)];
            for worse in worse.into_iter().flatten() {
                let now = now.expect("a better state can be said too");
                assert!(worse.high >= now.high && width(worse) >= width(now), "{now:?} {worse:?}");
            }
        }
    }
}
