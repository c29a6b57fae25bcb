//! Stories of waiting: places, what is said about them, and what is kept for whom.

use deskbell_shared::model::{Availability, Priority, UnixMillis};

use super::super::{
    Arrival, Due, Effect, Outcome, PROMISES_PER_WAIT_MAX, Policy, Position, Promise, QueueState, Settings,
    Standing, Uncertain, Wait, Why,
};
use super::office::{Office, conversation, visitor};

/// What this visitor was told in the last sentence.
fn told(office: &Office, name: &str) -> Option<(u32, Wait, Why)> {
    office.effects.iter().find_map(|effect| match *effect {
        Effect::TellPlace { visitor: whom, position: Position(position), wait, why, .. } => {
            (whom == visitor(name)).then_some((position, wait, why))
        }
        _ => None,
    })
}

fn said(office: &Office, name: &str) -> Option<(u32, Why)> {
    told(office, name).map(|(position, _, why)| (position, why))
}

fn bounds(wait: Wait) -> (UnixMillis, UnixMillis) {
    match wait {
        Wait::Between { earliest_at, latest_at } => (earliest_at, latest_at),
        Wait::TooUncertain(why) => panic!("too uncertain: {why:?}"),
    }
}

fn outcomes(office: &Office) -> Vec<Outcome> {
    let outcome = |effect: &Effect| match effect {
        Effect::PromiseKept { outcome, .. } => Some(*outcome),
        _ => None,
    };
    office.effects.iter().filter_map(outcome).collect()
}

/// Mia answers one and has one.
fn full_office() -> Office {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office
}

#[test]
fn places_are_told_when_they_change_and_only_then() {
    let mut office = full_office();
    office.visitor("wu").writes();
    assert_eq!(said(&office, "wu"), Some((1, Why::Joined)));
    office.visitor("xi").writes();
    assert_eq!(said(&office, "xi"), Some((2, Why::Joined)));
    assert_eq!(said(&office, "wu"), None);
    office.seconds_pass(30);
    office.nothing_moved();
    office.agent("mia").resolves("vi");
    assert_eq!(said(&office, "xi"), Some((1, Why::MovedUp)));
}

#[test]
fn somebody_with_priority_is_the_reason_that_is_said() {
    let mut office = full_office();
    office.visitor("wu").writes();
    office.visitor("xi").writes();
    office.visitor("xi").gets(Priority::High);
    assert_eq!(said(&office, "wu"), Some((2, Why::MovedBack)));
    assert_eq!(said(&office, "xi"), Some((1, Why::MovedUp)));
}

#[test]
fn who_closes_the_tab_is_passed_over_and_takes_the_place_up_again() {
    let mut office = full_office();
    office.visitor("wu").writes();
    office.visitor("xi").writes();
    office.visitor("wu").disconnects();
    office.seconds_pass(19);
    assert_eq!(office.queue(), "wu xi");
    office.seconds_pass(1);
    assert_eq!(office.queue(), "xi");
    assert_eq!(said(&office, "xi"), Some((1, Why::MovedUp)));
    office.minutes_pass(29);
    office.visitor("wu").connects();
    assert_eq!(office.queue(), "wu xi");
    assert_eq!(said(&office, "xi"), Some((2, Why::MovedBack)));
}

#[test]
fn a_reload_is_told_the_same_again() {
    let mut office = full_office();
    office.visitor("wu").writes();
    let (_, first, _) = told(&office, "wu").unwrap();
    office.visitor("wu").disconnects();
    office.seconds_pass(5);
    office.visitor("wu").connects();
    assert_eq!(told(&office, "wu"), Some((1, first, Why::Returned)));
}

#[test]
fn a_place_is_kept_for_half_an_hour_and_then_the_wait_counts_as_abandoned() {
    let mut office = full_office();
    office.visitor("wu").writes();
    office.visitor("xi").writes();
    office.visitor("wu").disconnects();
    office.minutes_pass(29);
    assert_eq!(office.desk.conversation(conversation("wu")).unwrap().standing, Standing::Queued);
    office.minutes_pass(1);
    assert_eq!(office.desk.conversation(conversation("wu")).unwrap().standing, Standing::Lapsed);
    let at = office.now;
    assert!(outcomes(&office).contains(&Outcome::Censored { at }), "{:?}", office.effects);
    office.visitor("wu").connects();
    assert_eq!(office.queue(), "xi wu", "behind who came later");
    office.visitor("yu").writes();
    assert_eq!(office.queue(), "xi wu yu", "before who comes later still");
}

#[test]
fn an_address_is_as_good_as_being_there() {
    let mut office = full_office();
    office.visitor("wu").writes();
    office.visitor("wu").leaves_an_address();
    office.visitor("wu").disconnects();
    office.minutes_pass(60);
    assert_eq!(office.queue(), "wu");
    office.agent("mia").resolves("vi");
    office.agent("mia").has("wu");
}

#[test]
fn an_address_brings_a_lapsed_one_back() {
    let mut office = full_office();
    office.visitor("wu").writes();
    office.visitor("wu").disconnects();
    office.minutes_pass(31);
    assert_eq!(office.queue(), "");
    office.visitor("wu").leaves_an_address();
    assert_eq!(office.queue(), "wu");
}

#[test]
fn who_ends_while_waiting_has_abandoned() {
    let mut office = full_office();
    office.visitor("wu").writes();
    let (conversation, arrived_at) = (conversation("wu"), office.now);
    let version = office.version(conversation);
    office.minutes_pass(2);
    office.visitor("wu").ends();
    let waited = std::time::Duration::from_secs(120);
    let abandoned = Effect::Abandoned { conversation, version, arrived_at, waited };
    assert!(office.effects.contains(&abandoned));
    assert_eq!(outcomes(&office), [Outcome::Censored { at: office.now }]);
}

#[test]
fn a_promise_is_scored_when_the_wait_ends() {
    let mut office = full_office();
    office.visitor("wu").writes();
    let (earliest_at, latest_at) = bounds(told(&office, "wu").unwrap().1);
    assert!(office.now < earliest_at && earliest_at < latest_at);
    office.passes(latest_at.since(office.now));
    office.nothing_moved();
    office.agent("mia").resolves("vi");
    assert_eq!(outcomes(&office), [Outcome::Inside { at: latest_at }]);
}

#[test]
fn a_promise_that_is_being_broken_is_replaced_and_both_are_scored() {
    let mut office = full_office();
    office.visitor("wu").writes();
    let (_, latest_at) = bounds(told(&office, "wu").unwrap().1);
    let deadline = office.desk.deadline().unwrap();
    assert_eq!(deadline.due, Due::PromiseBroken(conversation("wu")));
    office.passes(deadline.at.since(office.now));
    let (_, wait, why) = told(&office, "wu").unwrap();
    assert_eq!(why, Why::LongerThanSaid);
    assert!(bounds(wait).1 > latest_at);
    office.agent("mia").resolves("vi");
    let at = office.now;
    assert_eq!(outcomes(&office), [Outcome::Later { at }, Outcome::Earlier { at }]);
}

#[test]
fn an_agent_who_leaves_makes_it_longer_and_wider_and_one_who_comes_shorter() {
    let mut office = Office::open();
    for (agent, visitor) in [("mia", "a"), ("noa", "b"), ("zoe", "c")] {
        office.agent(agent).works(1);
        office.visitor(visitor).writes();
    }
    office.visitor("wu").writes();
    let width = |wait| {
        let (earliest_at, latest_at) = bounds(wait);
        latest_at.since(earliest_at)
    };
    let (_, before, _) = told(&office, "wu").unwrap();
    office.agent("zoe").is(Availability::Away);
    let (_, after, why) = told(&office, "wu").unwrap();
    assert_eq!(why, Why::FewerHands);
    assert!(bounds(after).1 > bounds(before).1 && width(after) > width(before));
    office.agent("zoe").is(Availability::Available);
    let (_, again, why) = told(&office, "wu").unwrap();
    assert_eq!((why, again), (Why::MoreHands, before));
}

#[test]
fn too_uncertain_is_said_as_such() {
    let mut office = Office::open();
    office.visitor("vi").writes();
    let unsaid = |why| Some(Wait::TooUncertain(why));
    let wait = |office: &Office| told(office, "vi").map(|(_, wait, _)| wait);
    assert_eq!(wait(&office), unsaid(Uncertain::NobodyServes));
    let claim = Settings { policy: Policy::AgentsClaim, ..Settings::default() };
    office.say(super::super::Input::SettingsChanged(claim));
    assert_eq!(wait(&office), unsaid(Uncertain::AgentsChoose));
    let mut office = full_office();
    for number in 0..60 {
        office.visitor(&format!("w{number}")).writes();
        office.visitor(&format!("w{number}")).leaves_an_address();
    }
    office.visitor("wu").writes();
    assert_eq!(told(&office, "wu").map(|(_, wait, _)| wait), unsaid(Uncertain::TooLong));
}

#[test]
fn after_many_broken_promises_none_gets() {
    let mut office = full_office();
    office.agent("noa").works(1);
    office.visitor("ti").writes();
    office.visitor("wu").writes();
    // Half of the hands come and go, and each time something else has to be said.
    for number in 1..PROMISES_PER_WAIT_MAX {
        let availability = if number % 2 == 1 { Availability::Busy } else { Availability::Available };
        office.agent("noa").is(availability);
    }
    office.minutes_pass(240);
    office.visitor("wu").connects();
    assert_eq!(told(&office, "wu").unwrap().1, Wait::TooUncertain(Uncertain::ChangedTooOften));
    let is_promised = |due| matches!(due, Due::PromiseBroken(about) if about == conversation("wu"));
    assert!(!office.desk.deadline().is_some_and(|deadline| is_promised(deadline.due)));
    let row = office.desk.conversation(conversation("wu")).unwrap();
    assert_eq!(row.promises.len(), PROMISES_PER_WAIT_MAX);
    office.visitor("wu").ends();
    assert_eq!(outcomes(&office).len(), PROMISES_PER_WAIT_MAX);
}

#[test]
fn staff_see_the_queue_change() {
    let mut office = full_office();
    office.visitor("wu").writes();
    let oldest_arrived_at = Some(office.now);
    let state = |office: &Office| {
        office.effects.iter().find_map(|effect| match effect {
            Effect::TellStaff(state) => Some(*state),
            _ => None,
        })
    };
    let waits = QueueState { waiting: 1, passed_over: 0, oldest_arrived_at, eligible: 0, beyond: 0 };
    assert_eq!(state(&office), Some(waits));
    office.visitor("wu").disconnects();
    office.seconds_pass(20);
    let passed_over = QueueState { passed_over: 1, ..QueueState::default() };
    assert_eq!(state(&office), Some(passed_over));
    office.seconds_pass(20);
    assert_eq!(state(&office), None);
}

#[test]
fn a_clock_that_goes_back_makes_no_wait_negative() {
    let mut office = full_office();
    office.visitor("wu").writes();
    let before = office.now;
    office.now = UnixMillis(before.0 - 3_600_000);
    office.visitor("xi").writes();
    office.agent("mia").resolves("vi");
    office.agent("mia").has("wu");
    assert_eq!(outcomes(&office).len(), 1);
    let promised = |effect: &Effect| match effect {
        Effect::PromiseMade(Promise { made_at, .. }) => Some(*made_at),
        _ => None,
    };
    assert!(office.effects.iter().filter_map(promised).all(|at| at >= before));
}

#[test]
fn arrivals_are_ordered_by_place_not_by_clock() {
    use deskbell_shared::model::Feed;
    let earlier = Arrival { place: Feed(1), at: UnixMillis(900) };
    assert!(earlier < Arrival { place: Feed(2), at: UnixMillis(100) });
}
