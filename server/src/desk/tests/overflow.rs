//! Stories of what goes on to another inbox, and of who is given no place.

use std::time::Duration;

use deskbell_shared::model::{InboxId, Priority};

use super::super::{Due, Effect, Input, Overflow, Settings, Standing, Wait, Why};
use super::office::{Office, conversation, visitor};

const NEXT: InboxId = InboxId(2);

fn after_minutes(minutes: u64) -> Settings {
    let after = Duration::from_secs(60 * minutes);
    Settings { overflow: Some(Overflow { after, to: NEXT }), ..Settings::default() }
}

fn gone_on(office: &Office) -> Vec<Duration> {
    let waited = |effect: &Effect| match effect {
        Effect::Overflow { waited, inbox: NEXT, .. } => Some(*waited),
        _ => None,
    };
    office.effects.iter().filter_map(waited).collect()
}

fn told_places(office: &Office) -> Vec<(u32, Why)> {
    let told = |effect: &Effect| match effect {
        Effect::TellPlace { position, why, .. } => Some((position.0, *why)),
        _ => None,
    };
    office.effects.iter().filter_map(told).collect()
}

#[test]
fn what_nobody_could_take_in_time_goes_on() {
    let mut office = Office::with(after_minutes(10));
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.visitor("wu").writes();
    office.minutes_pass(2);
    office.visitor("xi").writes();
    assert_eq!(office.desk.deadline().map(|deadline| deadline.due), Some(Due::Overflows(conversation("wu"))));
    office.minutes_pass(8);
    assert_eq!(gone_on(&office), [Duration::from_secs(600)]);
    office.agent("mia").has("vi");
    assert_eq!((office.queue(), office.books.handed_over.len()), ("xi".to_owned(), 1));
    // Whoever is free in the same instant takes it, rather than letting it go.
    office.passes(Duration::from_millis(119_999));
    office.now = office.now.plus(Duration::from_secs(60));
    office.agent("mia").resolves("vi");
    office.agent("mia").has("xi");
}

#[test]
fn who_cannot_be_served_does_not_go_on_before_they_are_back() {
    let mut office = Office::with(after_minutes(1));
    office.visitor("vi").writes();
    office.visitor("vi").disconnects();
    office.minutes_pass(5);
    assert!(gone_on(&office).is_empty());
    office.visitor("vi").connects();
    assert_eq!(gone_on(&office), [Duration::from_secs(300)]);
}

#[test]
fn what_could_not_go_on_is_not_asked_again_and_what_came_is_not_sent_back() {
    let mut office = Office::with(after_minutes(1));
    // In these books the third has another conversation open there.
    for name in ["vi", "wu", "xi"] {
        office.visitor(name).writes();
    }
    office.minutes_pass(1);
    assert_eq!(gone_on(&office).len(), 2);
    assert_eq!(office.queue(), "xi", "it stays where it was");
    office.minutes_pass(30);
    assert!(gone_on(&office).is_empty());
    let mut came = office.books.row(conversation("xi")).unwrap();
    (came.id, came.visitor) = (conversation("yo"), visitor("yo"));
    office.books.open.insert(came.id, came.clone());
    office.say(Input::VisitorConnected(visitor("yo")));
    office.say(Input::Arrived(came));
    office.minutes_pass(30);
    assert!(gone_on(&office).is_empty());
    assert_eq!(office.queue(), "xi yo");
}

#[test]
fn beyond_the_cap_nobody_is_told_a_place_and_the_order_stays() {
    let settings = Settings { waiting_max: Some(2), ..Settings::default() };
    let mut office = Office::with(settings.clone());
    office.agent("mia").works(1);
    for name in ["vi", "wu", "xi"] {
        office.visitor(name).writes();
    }
    office.visitor("yo").writes();
    assert_eq!((told_places(&office), office.desk.beyond()), (vec![], vec![visitor("yo")]));
    assert!(office.books.ledger.keys().all(|(of, _)| *of != conversation("yo")), "nothing was promised");
    let state = office.desk.queue_state();
    assert_eq!((state.waiting, state.beyond), (3, 1));
    // Room appears: they have a place now, as the first thing they are told of one.
    office.agent("mia").resolves("vi");
    assert_eq!(told_places(&office), [(1, Why::MovedUp), (2, Why::Joined)]);
    assert_eq!(office.desk.beyond(), []);
    // Somebody comes before them: their place is gone, and no promise of theirs is shown or broken any more.
    office.visitor("zo").writes();
    office.visitor("zo").gets(Priority::High);
    assert_eq!(office.desk.beyond(), [visitor("yo")]);
    office.minutes_pass(120);
    assert_eq!(office.desk.beyond(), [visitor("yo")]);
    office.agent("mia").resolves("wu");
    let row = office.desk.conversation(conversation("yo")).unwrap();
    let told = row.told.expect("told again");
    let Wait::Between { latest_at, .. } = told.wait else { return };
    assert!(latest_at >= office.now, "what was broken meanwhile is not shown again");
}

#[test]
fn who_is_beyond_and_left_an_address_is_served_like_anybody() {
    let mut office = Office::with(Settings { waiting_max: Some(1), ..Settings::default() });
    for name in ["vi", "wu"] {
        office.visitor(name).writes();
    }
    office.visitor("wu").leaves_an_address();
    office.visitor("wu").disconnects();
    office.minutes_pass(60);
    office.agent("mia").works(2);
    office.agent("mia").has("vi wu");
    office.visitor("xi").writes();
    office.visitor("yo").writes();
    office.visitor("yo").disconnects();
    office.minutes_pass(31);
    let standing = office.desk.conversation(conversation("yo")).map(|row| row.standing);
    assert_eq!(standing, Some(Standing::Lapsed), "without one their place is kept no longer than anybody's");
}
