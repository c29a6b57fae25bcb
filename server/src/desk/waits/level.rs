//! At which level handling times are now: by which factor conversations take longer or shorter than what was learned of
//! all of them. Something breaks, a sale begins, half of the questions have the same short answer: that happens at once
//! and goes as it came, so it is not followed step by step. A level stays as it is until, after any conversation with the
//! same small chance, it is another one; what is known of it is a share for each level (a hidden Markov model with one
//! state for each; "change points", Adams and MacKay, "Bayesian online changepoint detection", 2007).
//!
//! Only conversations that are over are asked: of those under way, long ones are seen more often than they are begun.

use std::sync::LazyLock;

/// Levels looked at, on the log scale: from `-WIDEST` to `WIDEST`.
const LEVELS: usize = 49;
const WIDEST: f64 = 1.2;
const APART: f64 = 2.0 * WIDEST / (LEVELS - 1) as f64;
/// One in so many conversations is the first at another level.
const CHANGES_EVERY: f64 = 1000.0;
/// How far it goes then: a standard deviation.
const GOES_BY: f64 = 0.7;
/// What is known before anything is.
const BEGINS_BY: f64 = 0.3;
/// One in so many conversations has nothing to do with its level.
const STRANGE_EVERY: f64 = 200.0;

/// Where a change leads.
static JUMP: LazyLock<[f64; LEVELS]> = LazyLock::new(|| bell(GOES_BY));

/// The share of each level.
#[derive(Clone, Debug, PartialEq)]
pub struct Level([f64; LEVELS]);

impl Default for Level {
    fn default() -> Level {
        Level(bell(BEGINS_BY))
    }
}

impl Level {
    /// A conversation is over. On the log scale, it took longer than the mean by `off`, and they vary by `deviation`.
    pub fn learn(&mut self, off: f64, deviation: f64) {
        let jump = &*JUMP;
        for (level, share) in self.0.iter_mut().enumerate() {
            let z = (off - of(level)) / deviation;
            let likely = (-z * z / 2.0).exp() + 1.0 / STRANGE_EVERY;
            *share = (*share * (1.0 - 1.0 / CHANGES_EVERY) + jump[level] / CHANGES_EVERY) * likely;
        }
        self.settle();
    }

    fn settle(&mut self) {
        let all: f64 = self.0.iter().sum();
        self.0.iter_mut().for_each(|share| *share /= all);
    }

    /// On the log scale.
    pub fn mean(&self) -> f64 {
        self.0.iter().enumerate().map(|(level, share)| share * of(level)).sum()
    }

    /// Below which level such a share is, on the log scale.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut below = 0.0;
        for (level, of_level) in self.0.iter().enumerate() {
            if below + of_level >= share {
                return (of(level) + APART * ((share - below) / of_level - 0.5)).min(WIDEST);
            }
            below += of_level;
        }
        // All shares together may be a little less than one.
        WIDEST
    }
}

fn of(level: usize) -> f64 {
    level as f64 * APART - WIDEST
}

fn bell(deviation: f64) -> [f64; LEVELS] {
    let mut shares = std::array::from_fn(|level| (-(of(level) / deviation).powi(2) / 2.0).exp());
    let all: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= all);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look drawn from a standard normal distribution, always the same.
    fn noise(number: u32) -> f64 {
        let share = f64::from(number.wrapping_mul(2_654_435_761) >> 12) / f64::from(1u32 << 20);
        super::super::draws::logistic(share.clamp(1e-4, 1.0 - 1e-4))
    }

    #[test]
    fn a_sudden_change_is_known_within_forty_and_chance_is_not_chased() {
        let mut level = Level::default();
        for number in 0..300 {
            level.learn(0.7 * noise(number), 0.7);
            assert!(number < 20 || level.mean().abs() < 0.3, "{number}: {}", level.mean());
        }
        (300..340).for_each(|number| level.learn(0.6 + 0.7 * noise(number), 0.7));
        assert!((0.35..0.85).contains(&level.mean()), "{}", level.mean());
    }

    #[test]
    fn one_that_is_strange_says_little() {
        let mut level = Level::default();
        (0..100).for_each(|number| level.learn(0.7 * noise(number), 0.7));
        let before = level.mean();
        level.learn(5.0, 0.7);
        assert!((level.mean() - before).abs() < 0.1, "{before} {}", level.mean());
    }

    #[test]
    fn quantiles_are_those_of_the_shares() {
        let level = Level(bell(0.3));
        assert!(level.quantile(0.5).abs() < 0.03 && level.mean().abs() < 1e-9);
        assert!((level.quantile(0.9) - 0.384).abs() < 0.03, "{}", level.quantile(0.9));
        assert!(level.quantile(1.0) <= WIDEST);
    }
}
