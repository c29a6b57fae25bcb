//! Looks forward: from what is under way and who waits, `FUTURES` ways in which it may go on, and for each place in
//! the queue when its turn comes in them.
//!
//! One future is walked once for all places. Conversations under way end as their age says; each end serves the next
//! who has not given up by then, whose own conversation then occupies the agent; whoever is of a higher priority and
//! arrives meanwhile is served before. The turn of a place is when it would be served if its visitor stayed: their own
//! patience decides only about those behind them. So ten thousand who wait cost one walk, and a place is a look into a
//! table. Beyond `PLACES_LOOKED_AT_MAX` the queue is taken to move on as it did over the last half of that.
//!
//! Draws belong to conversations, not to places in a sequence, so that one more who waits or one who is served moves
//! nobody else's turn by chance.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use deskbell_shared::model::Priority;

use super::Learned;
use super::draws::{FUTURES, For, Sequence, Strata};

/// Places further back are continued from those before them.
pub const PLACES_LOOKED_AT_MAX: usize = 384;
/// What is far beyond anything that is shown is not followed, in seconds.
const HORIZON_SECONDS: f64 = 24.0 * 3600.0;
/// A tenth of the futures on either side are outside the interval; the mean of a few order statistics about it is
/// steadier than one.
const TENTH: usize = FUTURES / 10;
const SMOOTHED_OVER: usize = 3;

/// A conversation under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Running {
    /// What its draws belong to.
    pub key: u64,
    /// How long it has been so, in seconds; `None` where that is not known.
    pub age: Option<f64>,
}

/// Somebody who waits, in the order of the queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    /// What their draws belong to.
    pub key: u64,
    /// How long they have waited, in seconds; `None` for who left an address, and need not stay.
    pub waited: Option<f64>,
    /// Those who arrive later with a higher one come before.
    pub priority: Priority,
}

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// For each agent who serves the queue, what they have under way, and how many of these may end before there is
    /// room for another.
    pub agents: Vec<(Vec<Running>, usize)>,
    /// Who waits, first one first.
    pub waiting: Vec<Waiting>,
    /// Decides the draws.
    pub seed: u64,
}

/// When the turn of each place comes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turns(Vec<Turn>);

/// When one's turn comes, in seconds from now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Turn {
    /// In a tenth of the futures earlier.
    pub low: f64,
    /// In half of them.
    pub middle: f64,
    /// In a tenth later.
    pub high: f64,
}

impl Turns {
    /// Looks forward from a scene.
    pub fn ahead_of(scene: &Scene, learned: &Learned) -> Turns {
        let looked_at = scene.waiting.len().min(PLACES_LOOKED_AT_MAX);
        let walker = Walker::of(scene, looked_at, learned);
        let mut turns = vec![[0.0; FUTURES]; looked_at];
        (0..FUTURES).for_each(|future| walker.walk(future, |place, at| turns[place][future] = at));
        Turns(turns.iter_mut().map(turn).collect())
    }

    /// The turn of a place, counted from 0. `None`: nobody serves.
    pub fn of_place(&self, place: usize) -> Option<Turn> {
        let found = self.0.get(place).copied().or_else(|| self.continued(place))?;
        (found.high < HORIZON_SECONDS).then_some(found)
    }

    fn continued(&self, place: usize) -> Option<Turn> {
        let (last, half) = (self.0.last()?, self.0.get(self.0.len() / 2)?);
        let far = (place + 1 - self.0.len()) as f64 / (self.0.len() - 1 - self.0.len() / 2).max(1) as f64;
        let on = |last: f64, half: f64| last + far * (last - half);
        Some(Turn {
            low: on(last.low, half.low),
            middle: on(last.middle, half.middle),
            high: on(last.high, half.high),
        })
    }
}

fn turn(at: &mut [f64; FUTURES]) -> Turn {
    at.sort_unstable_by(f64::total_cmp);
    let about = |index: usize| {
        let near = &at[index - SMOOTHED_OVER..=index + SMOOTHED_OVER];
        near.iter().sum::<f64>() / near.len() as f64
    };
    Turn { low: about(TENTH), middle: about(FUTURES / 2), high: about(FUTURES - 1 - TENTH) }
}

/// What decides when a conversation ends.
struct Ending {
    draws: Strata,
    /// Where its age is not known: which share of it is left.
    left: Option<Strata>,
    age: f64,
    /// The share of conversations that last longer than that.
    longer: f64,
}

struct Walker<'a> {
    scene: &'a Scene,
    looked_at: usize,
    curve: super::handling::Curve,
    rates: super::patience::Rates,
    rush: f64,
    /// For each agent each of their conversations.
    running: Vec<Vec<Ending>>,
    /// Handling and patience of each who waits.
    waiting: Vec<(Strata, Strata)>,
}

impl<'a> Walker<'a> {
    fn of(scene: &'a Scene, looked_at: usize, learned: &Learned) -> Walker<'a> {
        let under_way = scene.agents.iter().flat_map(|(running, _)| running);
        let ages: Vec<f64> = under_way.filter_map(|running| running.age).collect();
        let curve = learned.handling.curve(&ages);
        let draws = |running: &Running| {
            let draws = Strata::of(scene.seed, running.key, For::Remaining);
            // Of a conversation that would have been so much shorter, were it another hour.
            let age = running.age.unwrap_or(0.0) / curve.level;
            let left = running.age.is_none().then(|| Strata::of(scene.seed, running.key, For::Age));
            Ending { draws, left, age, longer: curve.longer(age) }
        };
        let running = scene.agents.iter().map(|(running, _)| running.iter().map(draws).collect()).collect();
        let strata = |who: &Waiting| {
            let of = |what| Strata::of(scene.seed, who.key, what);
            (of(For::Handling), of(For::Patience))
        };
        let waiting = scene.waiting[..looked_at].iter().map(strata).collect();
        let rates = learned.patience.rates();
        Walker { scene, looked_at, curve, rates, rush: learned.rush.rate(), running, waiting }
    }

    /// Walks one future, and says of each place when its turn comes.
    fn walk(&self, future: usize, mut comes: impl FnMut(usize, f64)) {
        let level_draws = Strata::of(self.scene.seed, 0, For::Level);
        let level = self.curve.level * (self.curve.level_deviation * level_draws.normal(future)).exp();
        let mut rooms = self.rooms(future, level);
        let mut free_at = rooms.pop().map_or(f64::INFINITY, |Reverse(at)| f64::from_bits(at));
        let mut rush = Sequence::of(self.scene.seed, future, For::Arrival);
        let gap = |rush: &mut Sequence| {
            if self.rush > 0.0 { -rush.uniform().ln() / self.rush } else { f64::INFINITY }
        };
        let mut rush_at = gap(&mut rush);
        // More than anybody looks at would make every wait too long to tell, and take for ever to walk through.
        let mut rushed = 0;
        for place in 0..self.looked_at {
            let who = &self.scene.waiting[place];
            while who.priority < Priority::High && rush_at <= free_at && rushed < PLACES_LOOKED_AT_MAX {
                rushed += 1;
                let handling = self.curve.drawn(rush.uniform()) * level;
                free_at = next(&mut rooms, free_at + handling);
                rush_at += gap(&mut rush);
            }
            comes(place, free_at.min(HORIZON_SECONDS));
            let (handling, patience) = self.waiting[place];
            let stays = |waited| self.rates.remaining(waited, patience.uniform(future)) >= free_at;
            if who.waited.is_none_or(stays) {
                let handling = self.curve.drawn(handling.uniform(future)) * level;
                free_at = next(&mut rooms, free_at + handling);
            }
        }
    }

    /// When each agent's rooms become free.
    fn rooms(&self, future: usize, level: f64) -> BinaryHeap<Reverse<u64>> {
        let mut rooms = BinaryHeap::with_capacity(self.running.len() * 4);
        for ((_, no_room), running) in self.scene.agents.iter().zip(&self.running) {
            let ends = running.iter().map(|ending| {
                let uniform = ending.draws.uniform(future);
                match ending.left {
                    None => self.curve.remaining(ending.age, ending.longer, uniform) * level,
                    Some(left) => self.curve.drawn(uniform) * level * left.uniform(future),
                }
            });
            if *no_room == 0 {
                rooms.extend(ends.map(|at| Reverse(at.to_bits())));
            } else {
                let mut ends: Vec<f64> = ends.collect();
                ends.sort_unstable_by(f64::total_cmp);
                rooms.extend(ends.into_iter().skip(*no_room).map(|at| Reverse(at.to_bits())));
            }
        }
        rooms
    }
}

/// One room is taken until then; when is the next one free?
fn next(rooms: &mut BinaryHeap<Reverse<u64>>, taken_until: f64) -> f64 {
    rooms.push(Reverse(taken_until.to_bits()));
    rooms.pop().map_or(f64::INFINITY, |Reverse(at)| f64::from_bits(at))
}
