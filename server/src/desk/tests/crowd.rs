//! A line so long, or a house so large, that a step does not look at everybody: what is kept is what would be counted,
//! and everybody hears within a moment what they would have heard at once.

use std::collections::BTreeMap;
use std::time::Duration;

use deskbell_shared::model::{
    Able, AgentId, Availability, ConversationId, Feed, InboxId, Matching as Rules, Priority, Side, SkillRule,
    UnixMillis, VisitorId,
};

use super::super::{
    Arrival, ConversationRow, Desk, Due, Effect, Input, Learned, Matching, Policy, Position, Presence,
    Settings, Snapshot, Standing, Uncertain, Wait, Why,
};
use super::office::member;

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

/// A desk with what its visitors were told last.
struct Crowd {
    desk: Desk,
    now: UnixMillis,
    told: BTreeMap<ConversationId, (Position, Wait, Why)>,
    /// How many were told something in one step, at most.
    told_at_once: usize,
    begun: u64,
}

fn row(number: u64) -> ConversationRow {
    let arrival = Arrival { place: Feed(number), at: NOW.minus(Duration::from_secs(900)) };
    let id = u128::from(number.wrapping_mul(7919)) << 32 | u128::from(number);
    ConversationRow::new(ConversationId(id), VisitorId(id), arrival, 1)
}

impl Crowd {
    /// So many agents with three conversations each, and so many who wait.
    fn of(agents: u64, waiting: u64, settings: Settings) -> Crowd {
        let held = agents * 3;
        let conversations = (1..=held + waiting).map(|number| {
            let mut row = row(number);
            if number <= held {
                let agent = AgentId(u128::from(number % agents + 1));
                row.standing = Standing::Assigned { agent, since: row.arrival.at };
            }
            row
        });
        let conversations: Vec<ConversationRow> = conversations.collect();
        let snapshot = Snapshot {
            inbox: InboxId(1),
            settings,
            agents: (1..=agents).map(|number| member(AgentId(u128::from(number)), 3)).collect(),
            visitors: conversations.iter().map(|row| (row.visitor, Presence::Online)).collect(),
            conversations,
            learned: Learned::default(),
        };
        let desk = Desk::restore(NOW, snapshot);
        let begun = held + waiting;
        let mut crowd = Crowd { desk, now: NOW, told: BTreeMap::new(), told_at_once: 0, begun };
        crowd.hears();
        crowd.passes(Duration::from_secs(5));
        crowd
    }

    fn hears(&mut self) {
        let mut told = 0;
        while let Some(effect) = self.desk.effect() {
            if let Effect::TellPlace { conversation, position, wait, why, .. } = effect {
                self.told.insert(conversation, (position, wait, why));
                told += 1;
            }
        }
        self.told_at_once = self.told_at_once.max(told);
    }

    fn says(&mut self, input: Input) {
        self.desk.handle(self.now, input);
        self.hears();
    }

    /// With every timer on time.
    fn passes(&mut self, span: Duration) {
        let end = self.now.plus(span);
        while let Some(deadline) = self.desk.deadline().filter(|deadline| deadline.at <= end) {
            assert!(deadline.at > self.now, "{deadline:?} is due at {:?}", self.now);
            self.now = deadline.at;
            self.says(Input::Timer);
        }
        self.now = end;
    }

    fn arrives(&mut self) -> ConversationId {
        self.begun += 1;
        let arrival = Arrival { at: self.now, ..row(self.begun).arrival };
        let row = ConversationRow { arrival, ..row(self.begun) };
        self.says(Input::VisitorConnected(row.visitor));
        let id = row.id;
        self.says(Input::Arrived(row));
        id
    }

    fn resolves(&mut self, id: ConversationId, by: Side) {
        let version = self.desk.conversation(id).unwrap().version + 1;
        self.says(Input::Resolved { conversation: id, version, by });
    }

    /// Everybody in the line was told the place they have, and nothing that is over.
    fn all_know_their_places(&self) {
        for (index, id) in self.desk.queue().into_iter().enumerate() {
            let (position, wait, _) = self.told[&id];
            assert_eq!(position.0 as usize, index + 1);
            let Wait::Between { latest_at, .. } = wait else { continue };
            assert!(latest_at >= self.now, "a promise that is broken is not shown");
        }
    }
}

#[test]
fn places_far_back_are_told_within_two_seconds_and_few_in_one_step() {
    let mut crowd = Crowd::of(20, 900, Settings::default());
    assert_eq!(crowd.told.len(), 900);
    crowd.all_know_their_places();
    let queue = crowd.desk.queue();
    for step in 0..10 {
        // Some who were served, and some who give up in the middle.
        crowd.resolves(row(step + 1).id, Side::Staff);
        crowd.resolves(queue[300 + step as usize * 17], Side::Visitor);
        let near = crowd.desk.queue()[0];
        assert_eq!(crowd.told[&near].0, Position(1), "in front it is told at once");
        crowd.passes(Duration::from_millis(30));
    }
    crowd.passes(Duration::from_secs(2));
    crowd.all_know_their_places();
    assert!(crowd.told_at_once <= 300, "{}", crowd.told_at_once);
    let deadline = crowd.desk.deadline().unwrap();
    assert_ne!(deadline.due, Due::PlacesTold, "all is told: {deadline:?}");
}

#[test]
fn who_comes_or_comes_back_far_behind_is_told_at_once() {
    let mut crowd = Crowd::of(20, 600, Settings::default());
    let id = crowd.arrives();
    let (position, wait, why) = crowd.told[&id];
    assert_eq!((position, why), (Position(601), Why::Joined));
    let visitor = crowd.desk.conversation(id).unwrap().visitor;
    crowd.told.clear();
    crowd.says(Input::VisitorConnected(visitor));
    assert_eq!(crowd.told[&id], (Position(601), wait, Why::Returned));
    // Whoever goes before others is told so, and they soon.
    crowd.says(Input::PrioritySet { conversation: id, priority: Priority::High });
    assert_eq!((crowd.told[&id].0, crowd.told[&id].2), (Position(1), Why::MovedUp));
    crowd.passes(Duration::from_secs(2));
    crowd.all_know_their_places();
}

#[test]
fn far_back_a_promise_stands_while_the_line_moves_on() {
    let mut crowd = Crowd::of(20, 500, Settings::default());
    let id = crowd.desk.queue()[300];
    let promises = |crowd: &Crowd| crowd.desk.conversation(id).unwrap().promises.len();
    assert_eq!(promises(&crowd), 1);
    for number in 1..=50 {
        crowd.resolves(row(number).id, Side::Staff);
    }
    crowd.passes(Duration::from_secs(2));
    let position = crowd.desk.queue().iter().position(|one| *one == id).unwrap() as u32 + 1;
    assert_eq!((crowd.told[&id].0, promises(&crowd)), (Position(position), 1));
    for number in 51..=90 {
        crowd.resolves(row(number).id, Side::Staff);
    }
    crowd.passes(Duration::from_secs(2));
    assert!(promises(&crowd) <= 2, "by a quarter of the line: once");
}

#[test]
fn when_many_hands_go_everybody_hears_of_it() {
    let mut crowd = Crowd::of(20, 400, Settings::default());
    for number in 1..=10u128 {
        let (agent, availability) = (AgentId(number), Availability::Away);
        crowd.says(Input::AvailabilityChosen { agent, availability });
    }
    crowd.passes(Duration::from_secs(3));
    crowd.all_know_their_places();
    let fewer = crowd.told.values().filter(|(.., why)| *why == Why::FewerHands).count();
    assert!(fewer > 350, "{fewer}");
    // And when the rules change.
    let settings = Settings { policy: Policy::AgentsClaim, ..Settings::default() };
    crowd.says(Input::SettingsChanged(settings));
    crowd.passes(Duration::from_secs(3));
    assert!(crowd.told.values().all(|(.., why)| *why == Why::RulesChanged));
}

#[test]
fn whoever_is_beyond_a_cap_in_a_long_line_has_no_place() {
    let mut crowd = Crowd::of(20, 400, Settings { waiting_max: Some(300), ..Settings::default() });
    assert_eq!((crowd.told.len(), crowd.desk.beyond().len()), (300, 100));
    crowd.says(Input::SettingsChanged(Settings { waiting_max: Some(200), ..Settings::default() }));
    crowd.passes(Duration::from_secs(2));
    let queue = crowd.desk.queue();
    let is_told = |id: &ConversationId| crowd.desk.conversation(*id).unwrap().told.is_some();
    assert!(queue[..200].iter().all(is_told) && !queue[200..].iter().any(is_told));
    crowd.passes(Duration::from_secs(3600));
    crowd.says(Input::SettingsChanged(Settings::default()));
    crowd.passes(Duration::from_secs(3));
    crowd.all_know_their_places();
}

/// Work is counted, not timed. A desk that looked at everybody would tell them.
#[test]
fn a_step_in_a_long_line_does_as_much_as_in_one_half_as_long() {
    let told = |waiting| {
        let mut crowd = Crowd::of(20, waiting, Settings::default());
        crowd.told_at_once = 0;
        for number in 1..=20 {
            crowd.resolves(row(number).id, Side::Staff);
            crowd.arrives();
            crowd.passes(Duration::from_millis(50));
        }
        crowd.told_at_once
    };
    let (long, short) = (told(800), told(400));
    assert!(long <= short + short / 4, "{long} {short}");
}

#[test]
fn a_long_line_waits_for_who_fits_until_anybody_will_do_and_hears_of_both() {
    let (able, free) = (AgentId(1), AgentId(3));
    let rule = SkillRule { page: String::new(), skill: "billing".into() };
    let rules = Rules { language: None, skills: vec![rule], prefer_seconds: Some(1000) };
    let skills = Able { skills: vec!["billing".into()], ..Able::nothing(able) };
    let matching = Some(Matching { rules, able: [(able, skills)].into() });
    let mut crowd = Crowd::of(20, 900, Settings { matching, ..Settings::default() });
    crowd.says(Input::AvailabilityChosen { agent: able, availability: Availability::Away });
    crowd.passes(Duration::from_secs(3));
    let nobody = Wait::TooUncertain(Uncertain::NobodyServes);
    let waits = |crowd: &Crowd, is_so: &dyn Fn(Wait) -> bool| {
        crowd.desk.queue().iter().all(|id| is_so(crowd.told[id].1))
    };
    assert!(waits(&crowd, &|wait| wait == nobody), "who fits is away");
    // Whoever else is free is not for them.
    let done = row(2).id;
    assert_eq!(crowd.desk.conversation(done).unwrap().assignee(), Some(free));
    crowd.resolves(done, Side::Staff);
    assert_eq!((crowd.desk.queue().len(), crowd.desk.queue_state().eligible), (900, 1));
    crowd.passes(Duration::from_secs(3));
    // Time alone makes them anybody's, and nothing else has to happen for that to be told.
    let lapses = Due::AnybodyWillDo(crowd.desk.queue()[0]);
    assert_eq!(std::mem::discriminant(&crowd.desk.deadline().unwrap().due), std::mem::discriminant(&lapses));
    crowd.passes(Duration::from_secs(100));
    assert_eq!((crowd.desk.queue().len(), crowd.desk.load(free)), (899, Some(3)));
    assert!(waits(&crowd, &|wait| wait != nobody));
    crowd.all_know_their_places();
    assert_eq!(crowd.desk.violation(), None);
}
