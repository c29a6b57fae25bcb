//! Lives through a course with the real desk: visitors ask, agents are given conversations by it and end them, waits
//! end or are given up. Whoever predicts is asked when a wait begins, and told what is known when it is known.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use deskbell_shared::model::{
    AgentId, Availability, ConversationId, Feed, InboxId, Priority, Side, UnixMillis, VisitorId,
};

use super::baselines::{Baseline, Situation, baselines};
use super::course::{Asks, Course, Event};
use crate::desk::waits::score::Ended;
use crate::desk::{
    AgentRow, Arrival, ConversationRow, Desk, Effect, Input, Interval, Membership, Pick, Position, Presence,
    Promise, Reason, Settings, Wait as Shown,
};

/// Who predicts, the desk first.
pub const METHODS: [&str; 5] = ["deskbell", "moving average", "mean × position", "last 50 waits", "Erlang-A"];

/// One wait: what was predicted when it began, and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// When it began.
    pub at: UnixMillis,
    /// In the hour of a sudden change or in the next.
    pub is_after_change: bool,
    /// By each of `METHODS`; `None` where nobody served, and nothing could be said.
    pub predicted: Option<[Interval; METHODS.len()]>,
    /// The desk's interval was shown to the visitor.
    pub is_shown: bool,
    /// How it ended.
    pub ended: Ended,
    /// What was shown later in the same wait: after how long, and what was said then.
    pub later: Vec<(Duration, Interval)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Next(usize),
    GivesUp(u64),
    Ends(u64, u32),
}

struct Begun {
    at: UnixMillis,
    situation: Situation,
    predicted: Option<[Interval; METHODS.len()]>,
    is_shown: bool,
}

struct Replay<'a> {
    course: &'a Course,
    desk: Desk,
    now: UnixMillis,
    agenda: BinaryHeap<Reverse<(UnixMillis, Happens)>>,
    asks: BTreeMap<u64, Asks>,
    versions: BTreeMap<u64, u32>,
    waiting: BTreeMap<u64, Begun>,
    baselines: Vec<Box<dyn Baseline>>,
    waits: Vec<Wait>,
    number: u64,
}

/// Replays a course; the waits in the order in which they ended.
pub fn replayed(course: &Course) -> Vec<Wait> {
    let inbox = InboxId(u128::from(course.seed) + 1);
    let mut replay = Replay {
        course,
        desk: Desk::new(inbox, Settings::default()),
        now: UnixMillis(0),
        agenda: BinaryHeap::new(),
        asks: BTreeMap::new(),
        versions: BTreeMap::new(),
        waiting: BTreeMap::new(),
        baselines: baselines(),
        waits: Vec::new(),
        number: 0,
    };
    replay.plan_next(0);
    replay.run();
    replay.waits
}

impl Replay<'_> {
    fn plan_next(&mut self, index: usize) {
        if let Some((at, _)) = self.course.events.get(index) {
            self.agenda.push(Reverse((*at, Happens::Next(index))));
        }
    }

    fn run(&mut self) {
        while let Some(Reverse((at, what))) = self.agenda.pop() {
            while let Some(deadline) = self.desk.deadline().filter(|deadline| deadline.at < at) {
                self.now = deadline.at;
                self.say(Input::Timer);
            }
            self.now = at;
            match what {
                Happens::Next(index) => {
                    self.plan_next(index + 1);
                    match self.course.events[index].1 {
                        Event::Agent { agent, capacity } => self.agent(agent, capacity),
                        Event::Asks(asks) => self.begins(asks),
                    }
                }
                Happens::GivesUp(number) => {
                    if self.waiting.contains_key(&number) {
                        self.resolve(number, Side::Visitor);
                    }
                }
                Happens::Ends(number, version) => {
                    if self.versions.get(&number) == Some(&version) {
                        self.resolve(number, Side::Staff);
                    }
                }
            }
        }
    }

    fn agent(&mut self, agent: u32, capacity: u32) {
        let id = AgentId(u128::from(agent) + 1);
        let availability = if capacity > 0 { Availability::Available } else { Availability::Away };
        self.say(Input::MemberSet(AgentRow {
            id,
            membership: Membership::Member,
            availability,
            capacity: capacity.max(1),
            load_elsewhere: 0,
            last_assigned_at: None,
            presence: Presence::Online,
        }));
    }

    fn begins(&mut self, asks: Asks) {
        self.number += 1;
        let number = self.number;
        let id = conversation(number);
        let visitor = VisitorId(id.0);
        self.asks.insert(number, asks);
        self.versions.insert(number, 0);
        self.say(Input::VisitorConnected(visitor));
        let arrival = Arrival { place: Feed(number), at: self.now };
        let row = ConversationRow::new(id, visitor, arrival, 0);
        self.say(Input::Arrived(ConversationRow { priority: asks.priority, ..row }));
        // Whoever was served in the same step never waited.
        if self.desk.conversation(id).is_some_and(|held| held.assignee().is_none()) {
            self.predict(number, asks.priority);
            if let Some(patience) = asks.patience {
                self.agenda.push(Reverse((self.now.plus(patience), Happens::GivesUp(number))));
            }
        }
    }

    fn predict(&mut self, number: u64, priority: Priority) {
        let id = conversation(number);
        let Some(told) = self.desk.conversation(id).and_then(|waits| waits.told) else { return };
        let Position(place) = told.position;
        let situation = Situation { at: self.now, place, serving: self.desk.serving_count(), priority };
        let now = self.now;
        let shown = match told.wait {
            Shown::Between { earliest_at, latest_at } => {
                Some(Interval { low: earliest_at.since(now), high: latest_at.since(now) })
            }
            Shown::TooUncertain(_) => None,
        };
        let own = shown.or_else(|| self.desk.estimate(id));
        let predicted = own.map(|own| {
            let mut all = [own; METHODS.len()];
            for (baseline, slot) in self.baselines.iter().zip(&mut all[1..]) {
                *slot = baseline.interval(&situation);
            }
            all
        });
        let begun = Begun { at: now, situation, predicted, is_shown: shown.is_some() };
        self.waiting.insert(number, begun);
    }

    fn resolve(&mut self, number: u64, by: Side) {
        let version = self.versions.remove(&number).unwrap_or(0) + 1;
        self.asks.remove(&number);
        self.say(Input::Resolved { conversation: conversation(number), version, by });
        self.say(Input::VisitorDisconnected(VisitorId(conversation(number).0)));
    }

    fn say(&mut self, input: Input) {
        self.desk.handle(self.now, input);
        while let Some(effect) = self.desk.effect() {
            match effect {
                Effect::Assign { conversation, version_expected, reason, .. } => {
                    self.given(number(conversation), version_expected + 1, &reason);
                }
                Effect::Abandoned { conversation, .. } => self.over(number(conversation), true),
                Effect::HandlingMeasured { took, .. } => {
                    self.baselines.iter_mut().for_each(|baseline| baseline.handled(took));
                }
                Effect::PromiseKept { promise, .. } => self.kept(&promise),
                _ => {}
            }
        }
    }

    fn given(&mut self, number: u64, version: u32, reason: &Reason) {
        self.over(number, false);
        self.versions.insert(number, version);
        let Some(asks) = self.asks.get(&number) else { return };
        let others = match reason {
            Reason::Picked(Pick::LeastLoaded { load, .. }) => f64::from(*load),
            _ => 0.0,
        };
        let handling = asks.handling.mul_f64(1.0 + self.course.slows_by * others);
        self.agenda.push(Reverse((self.now.plus(handling), Happens::Ends(number, version))));
    }

    fn over(&mut self, number: u64, is_given_up: bool) {
        let Some(begun) = self.waiting.remove(&number) else { return };
        let ended = Ended { after: self.now.since(begun.at), is_given_up };
        for baseline in &mut self.baselines {
            baseline.ended(&begun.situation, ended);
        }
        let is_after_change = self.course.changes.iter().any(|change| {
            let hour = |at: UnixMillis| at.0.div_euclid(3_600_000);
            (0..=1).contains(&(hour(begun.at) - hour(*change)))
        });
        self.waits.push(Wait {
            at: begun.at,
            is_after_change,
            predicted: begun.predicted,
            is_shown: begun.is_shown,
            ended,
            later: Vec::new(),
        });
    }

    /// Right after the end of its wait, in the same step.
    fn kept(&mut self, promise: &Promise) {
        if promise.number > 1
            && let Some(wait) = self.waits.last_mut()
        {
            let interval = Interval {
                low: promise.earliest_at.since(promise.made_at),
                high: promise.latest_at.since(promise.made_at),
            };
            wait.later.push((promise.made_at.since(wait.at), interval));
        }
    }
}

fn conversation(number: u64) -> ConversationId {
    ConversationId(u128::from(number) << 64 | u128::from(number))
}

fn number(id: ConversationId) -> u64 {
    id.0 as u64
}
