//! Looks forward: from what is under way and who waits, `FUTURES` ways in which it may go on, and for each place in
//! the queue when its turn comes in them.
//!
//! One future is walked once for all places. Conversations under way end as their age says; each end serves the next
//! who has not given up by then, whose own conversation then occupies the agent; whoever is of a higher priority and
//! arrives meanwhile is served before. The turn of a place is when it would be served if its visitor stayed: their own
//! patience decides only about those behind them. So ten thousand who wait cost one walk, and a place is a look into a
//! table. Beyond `PLACES_LOOKED_AT_MAX` the queue is taken to move on as it did over the last half of that.
//!
//! A look is made of many small pieces of work, so that whoever looks at a large house can put it off between any two.
//!
//! Draws belong to conversations, not to places in a sequence, so that one more who waits or one who is served moves
//! nobody else's turn by chance.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use deskbell_shared::model::Priority;

use super::Learned;
use super::draws::{FUTURES, For, Sequence, Strata, middle};
use super::patience::patience;

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
    /// How many of those who wait somebody is asked to take now: a room is kept for each.
    pub asked: u32,
    /// How long they have for it at most, in seconds.
    pub asked_for: f64,
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

/// A look forward that is under way.
#[derive(Clone, Debug)]
pub struct Look {
    walker: Walker,
    /// For each future, what of conversations under way ends soonest, each of which makes a room.
    soonest: Vec<Vec<f64>>,
    /// Within which span, in seconds; what ends later is not asked for.
    span: f64,
    /// How many of them have been looked at.
    ended: usize,
    /// How many futures have been walked.
    walked: usize,
    /// When the turn of each place comes in each future.
    turns: Vec<[f64; FUTURES]>,
    /// Of as many places as have been summed up.
    found: Vec<Turn>,
}

/// What pieces of a look cost, in units of about a conversation under way.
const UNITS_OF_A_PLACE_SUMMED: usize = 12;
const PLACES_WALKED_IN_A_UNIT: usize = 4;

impl Look {
    /// Begins one.
    pub fn from(scene: Scene, learned: &Learned) -> Look {
        let looked_at = scene.waiting.len().min(PLACES_LOOKED_AT_MAX);
        let walker = Walker::of(scene, looked_at, learned);
        let span = match walker.plain.len() > walker.needed() {
            true => 1.25 * walker.span_of(walker.needed()),
            false => f64::INFINITY,
        };
        Look {
            walker,
            soonest: vec![Vec::new(); FUTURES],
            span,
            ended: 0,
            walked: 0,
            turns: vec![[0.0; FUTURES]; looked_at],
            found: Vec::with_capacity(looked_at),
        }
    }

    /// Goes on for about so many units of work; whether it is finished.
    pub fn goes_on(&mut self, mut units: usize) -> bool {
        while !self.is_finished() && units > 0 {
            let spent = if self.ended < self.walker.plain.len() {
                self.ends(units)
            } else if self.walked < FUTURES {
                self.walks()
            } else {
                self.sums_up()
            };
            units = units.saturating_sub(spent);
        }
        self.is_finished()
    }

    fn is_finished(&self) -> bool {
        self.found.len() == self.turns.len()
    }

    /// What it has found; all of it is looked at now if it was not.
    pub fn finished(mut self) -> Turns {
        self.goes_on(usize::MAX);
        Turns(self.found)
    }

    /// When the next conversations under way end: as many as can be taken up by all who are looked at. What ends later
    /// than those is not asked for, and a large house is looked at as fast as its queue is long.
    fn ends(&mut self, count: usize) -> usize {
        let walker = &self.walker;
        let upto = self.ended.saturating_add(count).min(walker.plain.len());
        let looked_at = upto - self.ended;
        for ending in &walker.plain[self.ended..upto] {
            let futures = ending.draws.futures();
            for (stratum, future) in futures.into_iter().enumerate() {
                let rest = walker.curve.remaining(ending.age, ending.longer, middle(stratum));
                // It grows with the stratum.
                if rest > self.span {
                    break;
                }
                self.soonest[usize::from(future)].push(rest);
            }
        }
        self.ended = upto;
        let needed = walker.needed();
        let is_short = |soonest: &[Vec<f64>]| soonest.iter().any(|rests| rests.len() < needed);
        if upto == walker.plain.len() && self.span < f64::INFINITY && is_short(&self.soonest) {
            // Too few in some future: once more, over a longer span.
            self.span = if self.span > HORIZON_SECONDS { f64::INFINITY } else { self.span * 1.5 };
            self.soonest.iter_mut().for_each(Vec::clear);
            self.ended = 0;
        }
        looked_at
    }

    fn walks(&mut self) -> usize {
        let future = self.walked;
        let rooms = self.walker.rooms(future, &self.soonest[future]);
        self.walker.walk(future, rooms, |place, at| self.turns[place][future] = at);
        self.walked += 1;
        1 + self.turns.len() / PLACES_WALKED_IN_A_UNIT
    }

    fn sums_up(&mut self) -> usize {
        self.found.push(turn(&mut self.turns[self.found.len()]));
        UNITS_OF_A_PLACE_SUMMED
    }
}

impl Turns {
    /// Looks forward from a scene.
    pub fn ahead_of(scene: Scene, learned: &Learned) -> Turns {
        Look::from(scene, learned).finished()
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
#[derive(Clone, Copy, Debug)]
struct Ending {
    draws: Strata,
    /// Where its age is not known: which share of it is left.
    left: Option<Strata>,
    age: f64,
    /// The share of conversations that last longer than that.
    longer: f64,
}

#[derive(Clone, Debug)]
struct Walker {
    scene: Scene,
    looked_at: usize,
    curve: super::handling::Curve,
    rates: super::patience::Rates,
    rush: f64,
    /// For each agent each of their conversations.
    running: Vec<Vec<Ending>>,
    /// Those of them whose end makes a room whatever else ends, and whose age is known: nearly all.
    plain: Vec<Ending>,
    /// For each who waits, which stratum of handling and of patience is drawn in each future.
    waiting: Vec<([u8; FUTURES], [u8; FUTURES])>,
    /// What these strata are: everybody draws from the same, so that they are worked out once.
    handling: [f64; FUTURES],
    patience: [f64; FUTURES],
}

impl Walker {
    fn of(scene: Scene, looked_at: usize, learned: &Learned) -> Walker {
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
        let running = scene.agents.iter().map(|(running, _)| running.iter().map(draws).collect());
        let running: Vec<Vec<Ending>> = running.collect();
        let makes_room = scene.agents.iter().zip(&running).filter(|((_, no_room), _)| *no_room == 0);
        let plain = makes_room.flat_map(|(_, running)| running).filter(|ending| ending.left.is_none());
        let plain = plain.copied().collect();
        let strata = |who: &Waiting| {
            let of = |what| Strata::of(scene.seed, who.key, what).strata();
            (of(For::Handling), of(For::Patience))
        };
        let waiting = scene.waiting[..looked_at].iter().map(strata).collect();
        let rates = learned.patience.rates();
        let handling = std::array::from_fn(|stratum| curve.drawn(middle(stratum)));
        let patience = std::array::from_fn(|stratum| patience(middle(stratum)));
        let rush = learned.rush.rate();
        Walker { scene, looked_at, curve, rates, rush, running, plain, waiting, handling, patience }
    }

    /// Walks one future, and says of each place when its turn comes.
    fn walk(&self, future: usize, mut rooms: BinaryHeap<Reverse<u64>>, mut comes: impl FnMut(usize, f64)) {
        let level = self.level(future);
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
            let (handling, patience) = &self.waiting[place];
            let patience = self.patience[usize::from(patience[future])];
            let stays = |waited| self.rates.stays(waited, patience) >= free_at;
            if who.waited.is_none_or(stays) {
                let handling = self.handling[usize::from(handling[future])] * level;
                free_at = next(&mut rooms, free_at + handling);
            }
        }
    }

    /// How long conversations take in this future, as a share of what they do.
    fn level(&self, future: usize) -> f64 {
        self.curve.level_at(Strata::of(self.scene.seed, 0, For::Level).uniform(future))
    }

    /// How many rooms can be taken up at most.
    fn needed(&self) -> usize {
        let rushed_max = if self.rush > 0.0 { PLACES_LOOKED_AT_MAX } else { 0 };
        self.looked_at + rushed_max + 1
    }

    /// Within which span so many have ended in one future.
    fn span_of(&self, count: usize) -> f64 {
        let rest = |ending: &Ending| self.curve.remaining(ending.age, ending.longer, ending.draws.uniform(0));
        let mut rests: Vec<f64> = self.plain.iter().map(rest).collect();
        *rests.select_nth_unstable_by(count, f64::total_cmp).1
    }

    /// When rooms become free in a future: the soonest of the plain ones, and all others.
    fn rooms(&self, future: usize, soonest: &[f64]) -> BinaryHeap<Reverse<u64>> {
        let level = self.level(future);
        let mut rooms: Vec<Reverse<u64>> =
            soonest.iter().map(|rest| Reverse((rest * level).to_bits())).collect();
        // Whoever is asked may accept at any moment until the offer is missed.
        rooms.extend((0..self.scene.asked).map(|number| {
            let accepts = Strata::of(self.scene.seed, number.into(), For::Age).uniform(future);
            Reverse((accepts * self.scene.asked_for).to_bits())
        }));
        for ((_, no_room), running) in self.scene.agents.iter().zip(&self.running) {
            let is_plain = |ending: &&Ending| *no_room == 0 && ending.left.is_none();
            let ends = running.iter().filter(|ending| !is_plain(ending)).map(|ending| {
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
        // At once, in as many steps as there are rooms; one by one it would be more.
        BinaryHeap::from(rooms)
    }
}

/// One room is taken until then; when is the next one free?
fn next(rooms: &mut BinaryHeap<Reverse<u64>>, taken_until: f64) -> f64 {
    rooms.push(Reverse(taken_until.to_bits()));
    rooms.pop().map_or(f64::INFINITY, |Reverse(at)| f64::from_bits(at))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Handled;
    use super::*;

    /// With every room of every agent, as it reads: what the turns have to be.
    fn plainly(scene: &Scene, learned: &Learned) -> Turns {
        let looked_at = scene.waiting.len().min(PLACES_LOOKED_AT_MAX);
        let walker = Walker::of(scene.clone(), looked_at, learned);
        let mut turns = vec![[0.0; FUTURES]; looked_at];
        (0..FUTURES).for_each(|future| {
            let level = walker.level(future);
            let mut rooms = BinaryHeap::new();
            for ((_, no_room), running) in scene.agents.iter().zip(&walker.running) {
                let ends = running.iter().map(|ending| {
                    let uniform = ending.draws.uniform(future);
                    match ending.left {
                        None => walker.curve.remaining(ending.age, ending.longer, uniform) * level,
                        Some(left) => walker.curve.drawn(uniform) * level * left.uniform(future),
                    }
                });
                let mut ends: Vec<f64> = ends.collect();
                ends.sort_unstable_by(f64::total_cmp);
                rooms.extend(ends.into_iter().skip(*no_room).map(|at| Reverse(at.to_bits())));
            }
            walker.walk(future, rooms, |place, at| turns[place][future] = at);
        });
        Turns(turns.iter_mut().map(turn).collect())
    }

    fn scene(agents: usize, waiting: usize, seed: u64) -> Scene {
        let chance = |n: usize, below: u64| super::super::draws::mixed(seed ^ n as u64) % below;
        let running = |n: usize| Running {
            key: super::super::draws::mixed(n as u64 + seed),
            age: (chance(n, 9) > 0).then(|| chance(n, 4000) as f64),
        };
        let of_agent = |agent: usize| {
            let count = 1 + chance(agent, 4) as usize;
            let held = (0..count).map(|n| running(agent * 10 + n)).collect();
            (held, usize::from(chance(agent, 11) == 0))
        };
        let waits = |n: usize| Waiting {
            key: chance(n, u64::MAX),
            waited: (chance(n, 5) > 0).then(|| chance(n, 900) as f64),
            priority: if chance(n, 20) == 0 && n < 3 { Priority::High } else { Priority::Normal },
        };
        Scene {
            agents: (0..agents).map(of_agent).collect(),
            waiting: (0..waiting).map(waits).collect(),
            asked: 0,
            asked_for: 0.0,
            seed,
        }
    }

    #[test]
    fn what_ends_later_than_anybody_needs_changes_no_turn() {
        let mut learned = Learned::default();
        for number in 0..300u64 {
            let took = Duration::from_secs(20 + number * number % 1900);
            learned.handling.learn(Handled { took, has_waited: number.is_multiple_of(2) });
        }
        let mut rushed = learned.clone();
        rushed.rush.passes(Duration::from_secs(600));
        (0..40).for_each(|_| rushed.rush.arrives());
        for (agents, waiting) in [(1, 3), (40, 7), (300, 20), (900, 5), (500, 400), (0, 4)] {
            for seed in 0..3 {
                let scene = scene(agents, waiting, seed);
                for learned in [&learned, &rushed] {
                    let plainly = plainly(&scene, learned);
                    let at_once = Turns::ahead_of(scene.clone(), learned);
                    assert_eq!(at_once, plainly, "{agents} {waiting} {seed}");
                    let mut look = Look::from(scene.clone(), learned);
                    while !look.goes_on(70) {}
                    assert_eq!(look.finished(), plainly, "in pieces: {agents} {waiting} {seed}");
                }
            }
        }
    }

    /// Work is counted, not timed: how many ends are kept of a large house is a matter of its queue.
    #[test]
    fn a_larger_house_does_not_keep_more_than_its_queue_needs() {
        let learned = Learned::default();
        let kept = |agents: usize| -> usize {
            let mut look = Look::from(scene(agents, 50, 4), &learned);
            look.goes_on(usize::MAX);
            look.soonest.iter().map(Vec::len).sum()
        };
        let (small, large) = (kept(200), kept(1600));
        assert!(large < small * 2, "{small} {large}");
    }
}
