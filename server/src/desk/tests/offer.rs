//! Stories of asking before giving: who accepts, who does not, and who says nothing.

use std::time::Duration;

use deskbell_shared::model::{AgentId, Availability};

use super::super::{DECLINE_LASTS, Effect, Input, OfferEnd, Pick, Reason, Refusal, Settings};
use super::office::{Office, agent, conversation, visitor};

/// Whoever is asked has half a minute.
fn asking() -> Office {
    Office::with(Settings { accept_within: Some(Duration::from_secs(30)), ..Settings::default() })
}

fn asked(office: &Office, name: &str) -> Option<AgentId> {
    office.desk.conversation(conversation(name)).and_then(|row| row.offered_to())
}

fn ends(office: &Office) -> Vec<(AgentId, OfferEnd)> {
    let end = |effect: &Effect| match effect {
        Effect::EndOffer { agent, how, .. } => Some((*agent, *how)),
        _ => None,
    };
    office.effects.iter().filter_map(end).collect()
}

fn places(office: &Office) -> Vec<u32> {
    let told = |effect: &Effect| match effect {
        Effect::TellPlace { position, .. } => Some(position.0),
        _ => None,
    };
    office.effects.iter().filter_map(told).collect()
}

#[test]
fn who_is_asked_accepts_by_taking_it_and_has_it_for_the_reason_they_were_asked_for() {
    let mut office = asking();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    assert_eq!((asked(&office, "vi"), office.assignee("vi")), (Some(agent("mia")), None));
    assert_eq!(places(&office), [1], "nobody has taken it: its visitor waits");
    assert_eq!(office.desk.load(agent("mia")), Some(1), "and a place is kept");
    office.agent("mia").claims("vi");
    office.agent("mia").has("vi");
    let because = Pick::LeastLoaded { load: 0, capacity: 1, eligible: 1 };
    let given = office.effects.iter().find_map(|effect| match effect {
        Effect::Assign { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    assert_eq!((given, office.desk.load(agent("mia"))), (Some(Reason::Picked(because)), Some(1)));
}

#[test]
fn who_misses_it_is_set_away_and_the_next_is_asked() {
    let mut office = asking();
    office.agent("mia").works(2);
    office.agent("noa").works(2);
    office.visitor("vi").writes();
    assert_eq!(asked(&office, "vi"), Some(agent("mia")));
    office.seconds_pass(29);
    assert_eq!(ends(&office), []);
    office.seconds_pass(1);
    assert_eq!(ends(&office), [(agent("mia"), OfferEnd::Missed)]);
    assert_eq!(asked(&office, "vi"), Some(agent("noa")));
    assert!(office.books.set_away.contains(&agent("mia")));
    office.seconds_pass(30);
    assert_eq!((asked(&office, "vi"), office.queue()), (None, "vi".to_owned()), "nobody is there");
    // Too late is too late; and whoever is back is asked again.
    office.agent("mia").claims("vi");
    office.was_refused(Refusal::Away);
    office.agent("mia").is(Availability::Available);
    assert_eq!(asked(&office, "vi"), Some(agent("mia")));
}

#[test]
fn who_declines_is_not_asked_again_for_a_while_and_then_is_if_nobody_else_took_it() {
    let mut office = asking();
    office.agent("mia").works(2);
    office.visitor("vi").writes();
    office.say(Input::Decline { agent: agent("mia"), conversation: conversation("vi") });
    assert_eq!(ends(&office), [(agent("mia"), OfferEnd::Declined)]);
    assert_eq!(asked(&office, "vi"), None);
    // It is nobody's fault that this one waits: others go past it to who declined it.
    office.visitor("wu").writes();
    assert_eq!(asked(&office, "wu"), Some(agent("mia")));
    office.agent("mia").claims("wu");
    office.passes(DECLINE_LASTS - Duration::from_millis(1));
    assert_eq!(asked(&office, "vi"), None);
    office.passes(Duration::from_millis(1));
    assert_eq!(asked(&office, "vi"), Some(agent("mia")));
    office.say(Input::Decline { agent: agent("noa"), conversation: conversation("vi") });
    office.was_refused(Refusal::Conflict);
    office.say(Input::Decline { agent: agent("mia"), conversation: conversation("xi") });
    office.was_refused(Refusal::NotFound);
}

#[test]
fn what_was_declined_by_another_clock_lasts_no_longer_than_by_this_one() {
    let mut office = asking();
    office.visitor("vi").writes();
    let mut came = office.books.row(conversation("vi")).unwrap();
    (came.id, came.visitor) = (conversation("yo"), visitor("yo"));
    // Stored before the clock of that machine was put right.
    came.declined.insert(agent("mia"), office.now.plus(Duration::from_secs(5 * 3_600)));
    office.books.open.insert(came.id, came.clone());
    office.say(Input::VisitorConnected(visitor("yo")));
    office.say(Input::Arrived(came));
    office.agent("mia").works(2);
    assert_eq!((asked(&office, "vi"), asked(&office, "yo")), (Some(agent("mia")), None));
    office.agent("mia").claims("vi");
    office.passes(DECLINE_LASTS);
    assert_eq!(asked(&office, "yo"), Some(agent("mia")));
}

#[test]
fn an_offer_that_makes_no_sense_any_more_is_taken_back_and_blames_nobody() {
    type Turn = fn(&mut Office);
    let turns: [Turn; 5] = [
        |office| office.agent("mia").is(Availability::Busy),
        |office| office.agent("mia").leaves_the_inbox(),
        |office| office.agent("mia").has_elsewhere(1),
        |office| {
            office.agent("mia").disconnects();
            office.minutes_pass(1);
        },
        |office| {
            office.visitor("vi").disconnects();
            office.seconds_pass(20);
        },
    ];
    for (number, turn) in turns.into_iter().enumerate() {
        let settings = Settings { accept_within: Some(Duration::from_secs(300)), ..Settings::default() };
        let mut office = Office::with(settings);
        office.agent("mia").works(1);
        office.visitor("vi").writes();
        turn(&mut office);
        assert_eq!(ends(&office), [(agent("mia"), OfferEnd::Withdrawn)], "{number}");
        assert!(asked(&office, "vi").is_none() && office.books.set_away.is_empty(), "{number}");
    }
}

#[test]
fn a_colleague_may_take_what_somebody_is_asked_for() {
    let mut office = asking();
    office.agent("mia").works(1);
    office.agent("noa").works(1);
    office.visitor("vi").writes();
    office.agent("noa").claims("vi");
    office.agent("noa").has("vi");
    assert_eq!((asked(&office, "vi"), office.desk.load(agent("mia"))), (None, Some(0)));
    office.seconds_pass(60);
    assert!(office.books.set_away.is_empty(), "nothing was missed");
}

#[test]
fn nobody_is_asked_for_more_than_they_take() {
    let mut office = asking();
    office.agent("mia").works(2);
    for name in ["vi", "wu", "xi"] {
        office.visitor(name).writes();
    }
    assert_eq!(office.desk.offers().count(), 2);
    assert_eq!((office.queue(), office.desk.queue_state().eligible), ("vi wu xi".to_owned(), 0));
    office.visitor("vi").ends();
    assert_eq!(asked(&office, "xi"), Some(agent("mia")), "the place is free again");
    assert!(office.desk.knows_visitor(visitor("xi")));
}
