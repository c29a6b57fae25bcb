//! How long conversations take, from assignment to resolution, and how long one that has lasted a while still will.
//!
//! Counted in bins of equal width on the logarithmic scale, so that no form is assumed: handling times are near to
//! log-normal (Brown et al., "Statistical analysis of a telephone call center", JASA 100:469, 2005, section 4.3), but
//! their tails are a matter of the shop. A log-normal prior worth `PRIOR_COUNT` conversations makes day one work.
//! What is older fades by `FADE` with each new one, so that a changed team is learned within days. What changes at once
//! is the matter of `level`, and taken out of what is counted here.

use std::sync::LazyLock;
use std::time::Duration;

use super::draws::logistic;
use super::level::Level;

/// The prior is worth this many conversations.
const PRIOR_COUNT: f64 = 8.0;
/// Median of the prior: six minutes.
const PRIOR_LOG_SECONDS: f64 = 5.886;
/// Its spread on the log scale; with it, one conversation in ten takes longer than 17 minutes.
const PRIOR_LOG_DEVIATION: f64 = 0.8;
/// The weight an observation keeps with each that comes after it: what is learned weighs as much as 250 at most.
const FADE: f64 = 1.0 - 1.0 / 250.0;
/// Bins on the log scale from a second to a day.
const BINS: usize = 92;
const BIN_WIDTH: f64 = 0.125;
const STRATA: usize = 1024;
/// A conversation that was over at once still took somebody a moment.
const HANDLING_MIN: Duration = Duration::from_secs(1);
/// One that lasted longer was left open; it counts as this.
const HANDLING_MAX: Duration = Duration::from_secs(24 * 3600);
/// What differs between hours and agents, as a share of the handling time.
const LEVEL_DEVIATION: f64 = 0.04;

/// What work beside others may do to a handling time, on the log scale.
const SLOWED_MAX: f64 = 0.7;
/// So much of the level is taken out of what is learned of all: a level that has come to stay is theirs in the end.
const LEVEL_LEFT_OUT: f64 = 0.95;
/// One under way counts as so many that have ended. Counted whole, long ones would be counted more often than they are
/// begun; not at all, the first hours would know short ones only.
const UNDER_WAY_COUNTS: f64 = 0.5;

/// What of the prior is below each edge: asked for with every conversation that ends, and at every look ahead.
static PRIOR: LazyLock<[f64; BINS + 1]> = LazyLock::new(|| {
    std::array::from_fn(|edge| {
        PRIOR_COUNT * normal_share((edge as f64 * BIN_WIDTH - PRIOR_LOG_SECONDS) / PRIOR_LOG_DEVIATION)
    })
});

/// What is known of handling times.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlingTimes {
    counts: [f64; BINS],
    weight: f64,
    /// At which level they are now; the counts are of what each would have taken without it.
    level: Level,
    /// Of all, on the log scale and as they took: of those that began at once, and of those that came from the queue.
    begun: [(f64, f64); 2],
}

/// A conversation that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handled {
    /// From assignment to resolution.
    pub took: Duration,
    /// It had waited: whoever got it had as many as they take.
    pub has_waited: bool,
}

impl Default for HandlingTimes {
    fn default() -> HandlingTimes {
        HandlingTimes { counts: [0.0; BINS], weight: 0.0, level: Level::default(), begun: [(0.0, 0.0); 2] }
    }
}

impl HandlingTimes {
    /// Learns from one conversation.
    pub fn learn(&mut self, handled: Handled) {
        let log = handled.took.clamp(HANDLING_MIN, HANDLING_MAX).as_secs_f64().ln();
        let (sum, weight) = &mut self.begun[usize::from(handled.has_waited)];
        (*sum, *weight) = (*sum * FADE + log, *weight * FADE + 1.0);
        let log = if handled.has_waited { log } else { log + self.slowed() };
        let log = log.clamp(0.0, HANDLING_MAX.as_secs_f64().ln());
        self.counts.iter_mut().for_each(|count| *count *= FADE);
        self.weight = self.weight * FADE + 1.0;
        let (mean, variance) = self.bins(&[0.0; BINS]).moments();
        self.level.learn(log - mean, variance.sqrt());
        let at_its_level = log - LEVEL_LEFT_OUT * self.level.mean();
        let bin = (at_its_level / BIN_WIDTH).max(0.0) as usize;
        self.counts[bin.min(BINS - 1)] += 1.0;
    }

    /// Made ready to be drawn from, beside conversations that are under way and have been for so many seconds.
    ///
    /// What has ended tells of the short ones first: in the first hours of a day, or of a shop, the long ones are still
    /// under way. Each of those counts as half of one that takes longer than it has until now, spread over what such take
    /// (redistribution to the right: Efron, 1967).
    pub fn curve(&self, ages: &[f64]) -> Curve {
        let alone = self.bins(&[0.0; BINS]);
        let level = self.level.mean();
        let under_way: Vec<f64> = ages.iter().map(|age| (age.max(1.0).ln() - level).max(0.0)).collect();
        let counts_as = ((PRIOR_COUNT + self.weight) / ages.len().max(1) as f64).min(1.0) * UNDER_WAY_COUNTS;
        let bins = self.bins(&alone.spread(&under_way, counts_as));
        let (level, levels) = (level.exp(), self.level.clone());
        let mut curve = Curve { below: bins.below, strata: [0.0; STRATA], level, levels };
        curve.strata = std::array::from_fn(|stratum| curve.quantile((stratum as f64 + 0.5) / STRATA as f64));
        curve
    }

    fn bins(&self, more: &[f64; BINS]) -> Bins {
        let prior = &*PRIOR;
        let mut below = [0.0; BINS + 1];
        for bin in 0..BINS {
            let mass = self.counts[bin] + more[bin] + prior[bin + 1] - prior[bin];
            below[bin + 1] = below[bin] + mass;
        }
        let all = below[BINS];
        below.iter_mut().for_each(|share| *share /= all);
        Bins { below }
    }
}

/// Shares of conversations in bins. What is asked of one under way takes a look into a table: there may be thousands.
struct Bins {
    /// Below each edge.
    below: [f64; BINS + 1],
}

impl Bins {
    fn share(&self, bin: usize) -> f64 {
        self.below[bin + 1] - self.below[bin]
    }

    /// Mean and variance of the logarithm.
    fn moments(&self) -> (f64, f64) {
        let (mean, squares) = (0..BINS).fold((0.0, 0.0), |(mean, squares), bin| {
            let (share, log) = (self.share(bin), middle(bin));
            (mean + share * log, squares + share * log * log)
        });
        (mean, (squares - mean * mean).max(0.01))
    }

    /// The bin of a logarithm, the share of all that is in it above that, and the share of all above that.
    fn above(&self, log: f64) -> (usize, f64, f64) {
        let at = (log / BIN_WIDTH).clamp(0.0, BINS as f64 - 1e-9);
        let bin = at as usize;
        let in_bin = self.share(bin) * (1.0 - at.fract());
        // Longer than anything ever seen: nothing is known but that it is still under way.
        match in_bin + 1.0 - self.below[bin + 1] {
            ..1e-6 => (bin, 1.0, 1.0),
            all => (bin, in_bin, all),
        }
    }

    /// What conversations that have lasted so long will take: how many in each bin, each counting as so many.
    fn spread(&self, under_way: &[f64], counts_as: f64) -> [f64; BINS] {
        let (mut found, mut passed) = ([0.0; BINS], [0.0; BINS]);
        for log in under_way {
            let (bin, in_bin, all) = self.above(*log);
            found[bin] += counts_as * in_bin / all;
            passed[bin] += if in_bin == all { 0.0 } else { counts_as / all };
        }
        let mut each = 0.0;
        for bin in 0..BINS {
            found[bin] += each * self.share(bin);
            each += passed[bin];
        }
        found
    }
}

/// The logarithm of what the conversations of a bin take.
fn middle(bin: usize) -> f64 {
    (bin as f64 + 0.5) * BIN_WIDTH
}

impl HandlingTimes {
    /// How much longer conversations take, on the log scale, that agents have beside as many others as they take;
    /// only these matter to who waits. As far as it is more than chance, as below.
    fn slowed(&self) -> f64 {
        let [(at_once, alone), (waited, beside)] = self.begun;
        if alone.min(beside) < 20.0 {
            return 0.0;
        }
        let off = (waited / beside - at_once / alone).clamp(-SLOWED_MAX, SLOWED_MAX);
        let error = PRIOR_LOG_DEVIATION * PRIOR_LOG_DEVIATION * (1.0 / alone + 1.0 / beside);
        off * (1.0 - error / (off * off).max(1e-12)).max(0.0)
    }
}

/// The distribution as a table.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The share of conversations that take less, at the edges of the bins.
    below: [f64; BINS + 1],
    /// What equal strata of conversations take in seconds, in the middle of each: most draws are one of them.
    strata: [f64; STRATA],
    /// What conversations take now, as a share of what all did.
    pub level: f64,
    /// How sure that is.
    levels: Level,
}

impl Curve {
    /// The share of conversations that take longer than this many seconds.
    pub fn longer(&self, seconds: f64) -> f64 {
        let at = (seconds.max(1.0).ln() / BIN_WIDTH).min(BINS as f64 - 1e-9);
        let (bin, part) = (at as usize, at.fract());
        1.0 - (self.below[bin] + part * (self.below[bin + 1] - self.below[bin]))
    }

    /// The seconds that this share of conversations takes less than.
    pub fn quantile(&self, share: f64) -> f64 {
        let bin = self.below.partition_point(|below| *below < share).clamp(1, BINS) - 1;
        let mass = self.below[bin + 1] - self.below[bin];
        let part = if mass > 0.0 { ((share - self.below[bin]) / mass).clamp(0.0, 1.0) } else { 0.5 };
        ((bin as f64 + part) * BIN_WIDTH).exp()
    }

    /// `quantile`, near enough for a share that is drawn.
    pub fn drawn(&self, share: f64) -> f64 {
        self.strata[((share * STRATA as f64) as usize).min(STRATA - 1)]
    }

    /// How many seconds more one takes that has lasted for `age` and of which `longer(age)` is `share_longer`, in the
    /// future in which `uniform` of those like it end earlier.
    pub fn remaining(&self, age: f64, share_longer: f64, uniform: f64) -> f64 {
        // Longer than anything ever seen: nothing is known but that it is still under way.
        if share_longer < 1e-6 {
            return self.drawn(uniform);
        }
        let share = 1.0 - share_longer * (1.0 - uniform);
        let all = if share < 0.95 { self.drawn(share) } else { self.quantile(share) };
        (all - age).max(0.0)
    }

    /// By which factor conversations take longer in the future in which the level, as far as it is not known, and what
    /// differs besides are at this share of what they may be.
    pub fn level_at(&self, share: f64) -> f64 {
        (self.levels.quantile(share) + LEVEL_DEVIATION * logistic(share)).exp()
    }
}

/// The normal distribution function (Abramowitz and Stegun, 26.2.17; the error is below 1e-7).
fn normal_share(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * series;
    if z < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handled(took: Duration) -> Handled {
        Handled { took, has_waited: true }
    }

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    #[test]
    fn day_one_has_the_prior() {
        let curve = HandlingTimes::default().curve(&[]);
        assert!((330.0..390.0).contains(&curve.quantile(0.5)), "{}", curve.quantile(0.5));
        assert!((950.0..1100.0).contains(&curve.quantile(0.9)), "{}", curve.quantile(0.9));
        let little_is_known = curve.level_at(0.9) / curve.level_at(0.1);
        assert!(little_is_known > 1.8, "{little_is_known}");
    }

    #[test]
    fn what_is_learned_outweighs_the_prior_and_fades() {
        let mut times = HandlingTimes::default();
        let median = |times: &HandlingTimes| {
            let curve = times.curve(&[]);
            curve.quantile(0.5) * curve.level
        };
        (0..400).for_each(|_| times.learn(handled(minutes(20))));
        assert!((1080.0..1320.0).contains(&median(&times)), "{}", median(&times));
        (0..20).for_each(|_| times.learn(handled(minutes(8))));
        assert!((430.0..530.0).contains(&median(&times)), "within twenty: {}", median(&times));
        (0..1000).for_each(|_| times.learn(handled(minutes(2))));
        assert!((100.0..140.0).contains(&median(&times)), "{}", median(&times));
    }

    #[test]
    fn those_still_under_way_are_not_left_out_of_what_is_learned() {
        // Two hundred begin at once: the n-th takes 20 s longer than the one before. A quarter of an hour later, 45
        // have ended; in truth half take longer than 2000 s.
        let mut times = HandlingTimes::default();
        (0..45).for_each(|number| times.learn(handled(Duration::from_secs((number * 17 % 45 + 1) * 20))));
        let (ended, all) = (times.curve(&[]), times.curve(&[900.0; 155]));
        let [ended_median, median] = [&ended, &all].map(|curve| curve.quantile(0.5) * curve.level);
        assert!(ended_median < 700.0, "{ended_median}");
        assert!(median > 1.25 * ended_median, "{median} {ended_median}");
        assert!((all.below[BINS] - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_quantile_is_the_inverse_of_the_share() {
        let mut times = HandlingTimes::default();
        (1..200).for_each(|second| times.learn(handled(Duration::from_secs(second * 7))));
        let curve = times.curve(&[]);
        for share in [0.05, 0.3, 0.5, 0.77, 0.95] {
            assert!((1.0 - curve.longer(curve.quantile(share)) - share).abs() < 1e-6, "{share}");
        }
        let (age, uniform) = (300.0, 0.4);
        let rest = curve.remaining(age, curve.longer(age), uniform);
        let share = 1.0 - curve.longer(age + rest) / curve.longer(age);
        assert!((share - uniform).abs() < 2.0 / STRATA as f64 / curve.longer(age), "{share}");
    }
}
