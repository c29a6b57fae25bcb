//! How far earlier intervals were off, and what follows for the next: adaptive conformal inference, so that four in
//! five come true though the model is wrong or the day is strange.
//!
//! Each end of the interval is moved by a factor whose logarithm follows what became of those before it: up by
//! `0.9 step` when a wait ended after the interval and down by `0.1 step` when it did not, and likewise for the lower
//! end. In the long run one in ten is therefore above and one in ten below, whatever the waits are, because the
//! factor would run away otherwise (Gibbs and Candès, "Adaptive conformal inference under distribution shift", NeurIPS
//! 2021; Angelopoulos, Candès and Tibshirani, "Conformal PID control", NeurIPS 2023: quantile tracking). A factor is
//! the sum of two parts, by place in the queue and by hour of the day (of UTC, so that hours shift with daylight
//! saving and are learned anew), each of them for the first interval of a wait, for those that follow, and for those
//! said after one was broken.
//!
//! Steps are short, because a model that is nearly right is made worse by chasing chance, and long while it is plainly
//! wrong. Those who wait at one time share their fate, so that one bad quarter of an hour is many late waits: one whose place
//! is `n` moves the factor by a step divided by the root of `n`.
//!
//! A wait that was given up is neither early nor late for certain. Of the first intervals, as in `score`, each wait that
//! was served stands for those like it that were given up. Of later ones, about which less is known, it counts as late
//! with the share that would have been, of those who wait as long, had the interval been right: what Efron (1967) calls
//! redistribution to the right.

use std::time::Duration;

use deskbell_shared::model::UnixMillis;

/// The share outside on either side.
const OUTSIDE: f64 = 0.1;
/// Steps on the log scale.
const STEP_BY_PLACE: f64 = 0.0024;
const STEP_BY_HOUR: f64 = 0.0036;
/// At first a step is so many times longer, besides; after `SETTLES_AFTER` observations half as many times.
const FASTER_FIRST: f64 = 4.0;
const SETTLES_AFTER: f64 = 40.0;
/// While more than chance explains is outside, lately, steps are longer: so many times for each unit of excess.
const FASTER_WHEN_OFF: f64 = 25.0;
const OFF_BY_CHANCE: f64 = 0.13;
/// So many fewer are outside when an end is moved by one, on the log scale.
const OUTSIDE_PER_MOVE: f64 = 0.4;
/// What each observation weighs in that.
const LATELY: f64 = 1.0 / 40.0;
/// No wait that was served stands for more than this many.
const STANDS_FOR_MAX: f64 = 5.0;
/// No end is moved by more than this, on the log scale: a factor of twenty.
const MOVED_MAX: f64 = 3.0;
/// Classes of places begin here, counted from 1.
const CLASSES: [u32; 4] = [1, 2, 4, 9];
const HOURS: usize = 24;
const HOUR_MS: i64 = 3_600_000;

/// On which occasion an interval was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first of a wait.
    Joined = 0,
    /// The state had changed.
    Moved,
    /// The one before was broken.
    Broken,
}

/// An interval that was shown, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promised {
    /// On which occasion.
    pub kind: Kind,
    /// When.
    pub made_at: UnixMillis,
    /// The place in the queue, from 1.
    pub place: u32,
    /// The 10 % end, from then.
    pub low: Duration,
    /// The 90 % end.
    pub high: Duration,
    /// How long the wait lasted from then.
    pub lasted: Duration,
    /// It was given up, and would have lasted longer.
    pub is_given_up: bool,
}

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Correction {
    by_place: [[Ends; CLASSES.len()]; 3],
    by_hour: [[Ends; HOURS]; 3],
}

/// Logarithms of factors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Ends {
    low: End,
    high: End,
    count: f64,
}

/// One end: the logarithm of its factor, and by how much more or fewer than one in ten were outside lately.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct End {
    moved: f64,
    lately: f64,
}

impl Correction {
    /// Moves both ends, in seconds, for an interval that is shown now.
    pub fn applied(&self, kind: Kind, at: UnixMillis, place: u32, (low, high): (f64, f64)) -> (f64, f64) {
        let (place, hour) =
            (self.by_place[kind as usize][class(place)], self.by_hour[kind as usize][hour(at)]);
        let factor = |log: f64| log.clamp(-MOVED_MAX, MOVED_MAX).exp();
        let high = high * factor(place.high.moved + hour.high.moved);
        ((low * factor(place.low.moved + hour.low.moved)).min(high), high)
    }

    /// Learns from what became of one. `staying` is the share of visitors who would still wait after as long.
    pub fn learn(&mut self, promised: &Promised, staying: f64) {
        let (early, late) = outside(promised);
        let stands_for = match (promised.kind, promised.is_given_up) {
            (Kind::Joined, true) => 0.0,
            (Kind::Joined, false) => (1.0 / staying).min(STANDS_FOR_MAX),
            (Kind::Moved | Kind::Broken, _) => 1.0,
        };
        let weight = stands_for / f64::from(promised.place.max(1)).sqrt();
        let kind = promised.kind as usize;
        let (early, late) = (early - OUTSIDE, late - OUTSIDE);
        self.by_place[kind][class(promised.place)].learn(-early, late, STEP_BY_PLACE, weight);
        self.by_hour[kind][hour(promised.made_at)].learn(-early, late, STEP_BY_HOUR, weight);
    }
}

impl Ends {
    fn learn(&mut self, low: f64, high: f64, step: f64, weight: f64) {
        let step = step * (1.0 + FASTER_FIRST / (1.0 + self.count / SETTLES_AFTER));
        self.count += 1.0;
        self.low.learn(low, step, weight);
        self.high.learn(high, step, weight);
    }
}

impl End {
    fn learn(&mut self, off: f64, step: f64, weight: f64) {
        self.lately += LATELY * weight.min(1.0) * (off - self.lately);
        let faster = 1.0 + FASTER_WHEN_OFF * (self.lately.abs() - OFF_BY_CHANCE).max(0.0);
        let by = step * weight * faster * off;
        self.moved = (self.moved + by).clamp(-MOVED_MAX, MOVED_MAX);
        // What was seen lately was seen with the end where it was before.
        self.lately -= OUTSIDE_PER_MOVE * by;
    }
}

/// How surely a wait ended before, and after, its interval.
fn outside(promised: &Promised) -> (f64, f64) {
    let [low, high, lasted] = [promised.low, promised.high, promised.lasted].map(|span| span.as_secs_f64());
    if !promised.is_given_up {
        return (f64::from(u8::from(lasted < low)), f64::from(u8::from(lasted > high)));
    }
    // The share that has been served by then, were the interval right: evenly within each of its parts.
    let served = if lasted < low {
        OUTSIDE * lasted / low
    } else if lasted < high {
        OUTSIDE + (1.0 - 2.0 * OUTSIDE) * (lasted - low) / (high - low)
    } else {
        return (0.0, 1.0);
    };
    ((OUTSIDE - served).max(0.0) / (1.0 - served), OUTSIDE / (1.0 - served))
}

fn class(place: u32) -> usize {
    CLASSES.iter().rposition(|from| *from <= place).unwrap_or(0)
}

fn hour(at: UnixMillis) -> usize {
    usize::try_from((at.0 / HOUR_MS).rem_euclid(HOURS as i64)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promised(low: f64, high: f64, lasted: f64, is_given_up: bool) -> Promised {
        let [low, high, lasted] = [low, high, lasted].map(Duration::from_secs_f64);
        Promised { kind: Kind::Joined, made_at: UnixMillis(0), place: 3, low, high, lasted, is_given_up }
    }

    #[test]
    fn a_model_that_is_wrong_by_half_is_put_right() {
        let mut correction = Correction::default();
        let mut inside = 0;
        for number in 0..4000u32 {
            // Waits evenly between 0 and 1000 s; the model says 100 to 400 s.
            let lasted = f64::from(number.wrapping_mul(2_654_435_761) >> 12) / f64::from(1u32 << 20) * 1000.0;
            let (low, high) = correction.applied(Kind::Joined, UnixMillis(0), 3, (100.0, 400.0));
            inside += u32::from(number >= 1000 && (low..=high).contains(&lasted));
            correction.learn(&promised(low, high, lasted, false), 1.0);
        }
        let coverage = f64::from(inside) / 3000.0;
        assert!((0.78..0.82).contains(&coverage), "{coverage}");
        let (low, high) = correction.applied(Kind::Joined, UnixMillis(0), 3, (100.0, 400.0));
        assert!((70.0..130.0).contains(&low) && (830.0..980.0).contains(&high), "{low} {high}");
    }

    #[test]
    fn a_wait_given_up_counts_as_late_with_the_share_of_those_it_leaves() {
        assert_eq!(outside(&promised(100.0, 500.0, 600.0, true)), (0.0, 1.0));
        let (early, late) = outside(&promised(100.0, 500.0, 0.0, true));
        assert!((early - 0.1).abs() < 1e-9 && (late - 0.1).abs() < 1e-9, "nothing is known: {early} {late}");
        let (early, late) = outside(&promised(100.0, 500.0, 300.0, true));
        assert!(early == 0.0 && (late - 0.2).abs() < 1e-9, "{late}");
    }

    #[test]
    fn hours_and_places_are_corrected_apart() {
        let mut correction = Correction::default();
        let at = UnixMillis(9 * HOUR_MS);
        for _ in 0..8 {
            let late = Promised { made_at: at, ..promised(1.0, 2.0, 9.0, false) };
            correction.learn(&late, 1.0);
        }
        let high = |at, place| correction.applied(Kind::Joined, at, place, (100.0, 200.0)).1;
        assert!(high(at, 3) > high(UnixMillis(0), 3) && high(UnixMillis(0), 3) > high(UnixMillis(0), 1));
        assert_eq!(high(UnixMillis(0), 1), 200.0);
    }
}
