//! Adds up what became of predictions, and judges.

use std::collections::BTreeMap;

use super::replay::{METHODS, Wait};
use crate::desk::Interval;
use crate::desk::waits::score::{Ended, Score, Staying};

/// An hour of fewer waits says nothing.
pub const WAITS_JUDGED_MIN: u64 = 1000;
/// Where the share inside must lie overall, and in every hour of the day.
const COVERAGE_OVERALL: (f64, f64) = (0.78, 0.82);
const COVERAGE_BY_HOUR: (f64, f64) = (0.75, 0.85);

/// Scores of one kind of days.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Of which.
    pub name: String,
    /// All waits, by method.
    pub all: [Score; METHODS.len()],
    /// By hour of the day in UTC, without what followed a sudden change.
    pub by_hour: BTreeMap<u32, [Score; METHODS.len()]>,
    /// What began in the hour of a sudden change or in the next.
    pub after_change: [Score; METHODS.len()],
    /// What the desk showed: the first of each wait, and what it showed later.
    pub shown: Score,
    /// See `shown`.
    pub later: Score,
    /// Waits that began while nobody served, so that nothing could be said.
    pub unpredicted: u64,
}

/// What was asked for and is not so; empty when all is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict(pub Vec<String>);

impl Tally {
    /// Nothing yet.
    pub fn of(name: &str) -> Tally {
        Tally {
            name: name.to_owned(),
            all: Default::default(),
            by_hour: BTreeMap::new(),
            after_change: Default::default(),
            shown: Score::default(),
            later: Score::default(),
            unpredicted: 0,
        }
    }

    /// Adds the waits of one inbox.
    pub fn add(&mut self, waits: &[Wait]) {
        let staying = Staying::of(waits.iter().map(|wait| wait.ended));
        for wait in waits {
            let Some(predicted) = &wait.predicted else {
                self.unpredicted += 1;
                continue;
            };
            let weight = staying.weight(wait.ended);
            let hour = u32::try_from(wait.at.0.div_euclid(3_600_000).rem_euclid(24)).unwrap_or(0);
            let scores = match wait.is_after_change {
                true => &mut self.after_change,
                false => self.by_hour.entry(hour).or_default(),
            };
            for (score, Interval { low, high }) in scores.iter_mut().zip(predicted) {
                score.add(*low, *high, wait.ended, weight);
            }
            for (score, Interval { low, high }) in self.all.iter_mut().zip(predicted) {
                if !wait.is_after_change {
                    score.add(*low, *high, wait.ended, weight);
                }
            }
            if wait.is_shown {
                self.shown.add(predicted[0].low, predicted[0].high, wait.ended, weight);
            }
            for (after, Interval { low, high }) in &wait.later {
                let rest = Ended { after: wait.ended.after.saturating_sub(*after), ..wait.ended };
                // Of those who were still there when it was said.
                let there = staying.weight(Ended { after: *after, is_given_up: false });
                self.later.add(*low, *high, rest, weight / there);
            }
        }
    }

    /// Adds another.
    pub fn and(&mut self, other: &Tally) {
        let add =
            |to: &mut [Score], from: &[Score]| to.iter_mut().zip(from).for_each(|(to, from)| to.and(from));
        add(&mut self.all, &other.all);
        add(&mut self.after_change, &other.after_change);
        for (hour, scores) in &other.by_hour {
            add(self.by_hour.entry(*hour).or_default(), scores);
        }
        self.shown.and(&other.shown);
        self.later.and(&other.later);
        self.unpredicted += other.unpredicted;
    }

    /// Holds it against what is asked for.
    pub fn verdict(&self) -> Verdict {
        let mut wrong = Vec::new();
        let is_in = |(low, high): (f64, f64), found: f64| (low..=high).contains(&found);
        let own = &self.all[0];
        if !is_in(COVERAGE_OVERALL, own.coverage()) {
            wrong.push(format!("{}: {:.1} % inside", self.name, 100.0 * own.coverage()));
        }
        for (hour, [own, ..]) in &self.by_hour {
            if own.count >= WAITS_JUDGED_MIN && !is_in(COVERAGE_BY_HOUR, own.coverage()) {
                wrong.push(format!("{}, hour {hour}: {:.1} % inside", self.name, 100.0 * own.coverage()));
            }
        }
        for (other, method) in self.all.iter().zip(METHODS).skip(1) {
            if own.pinball() >= other.pinball() {
                let (own, other) = (own.pinball(), other.pinball());
                wrong.push(format!("{}: pinball loss {own:.1} s, {method} {other:.1} s", self.name));
            }
        }
        Verdict(wrong)
    }
}
