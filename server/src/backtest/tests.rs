//! The short form of the backtest, and that nothing of the future gets into a prediction.

use std::time::Duration;

use super::{Course, Event, Generator, METHODS, Tally, generated, replayed};

/// For each kind of days a seed whose shop is small, so that it is soon lived through.
const SMALL: [(Generator, u64); 7] = [
    (Generator::Steady, 9),
    (Generator::LunchSurge, 10),
    (Generator::Understaffed, 11),
    (Generator::HeavyTailed, 3),
    (Generator::ShiftEnd, 1),
    (Generator::TwoClasses, 10),
    (Generator::Change, 12),
];

#[test]
fn what_is_said_comes_true_and_is_sharper_than_what_is_commonly_said() {
    let mut all = Tally::of("all");
    for (generator, seed) in SMALL {
        all.and(&generated(generator, [seed], 6));
    }
    let own = &all.all[0];
    println!("{}", super::terminal(std::slice::from_ref(&all)));
    assert!(own.count > 500, "too few waits say nothing: {}", own.count);
    assert!((0.76..0.84).contains(&own.coverage()), "{:.3}", own.coverage());
    assert!((0.74..0.86).contains(&all.later.coverage()), "{:.3}", all.later.coverage());
    for (method, name) in METHODS.iter().enumerate().skip(1) {
        let (own, other) = (own.pinball(), all.all[method].pinball());
        assert!(own < other, "{name}: {other:.1} s, and the desk {own:.1} s");
    }
}

/// The same until an instant, and all different after it: who comes, how long they take and stay, who works.
fn with_another_future(course: &Course, from: deskbell_shared::model::UnixMillis) -> Course {
    let mut other = course.clone();
    for (number, (at, event)) in other.events.iter_mut().enumerate() {
        let is_later = *at >= from;
        match event {
            Event::Asks(asks) => {
                // What is known by then of who came before: neither how long it will take nor how long they stay.
                let ends_later = at.plus(asks.handling) >= from;
                if is_later || ends_later {
                    asks.handling = asks.handling * 3 + from.since(*at) * 2;
                }
                let leaves_later = asks.patience.is_none_or(|patience| at.plus(patience) >= from);
                if is_later || leaves_later {
                    asks.patience = Some(from.since(*at) + Duration::from_secs(1 + number as u64 % 90));
                }
                if is_later {
                    *at = at.plus(Duration::from_secs(number as u64 % 700));
                }
            }
            Event::Agent { capacity, .. } if is_later => *capacity += 1,
            Event::Agent { .. } => {}
        }
    }
    other.sorted()
}

#[test]
fn another_future_changes_no_prediction() {
    let (generator, seed) = SMALL[0];
    let course = generator.course(seed, 1);
    let opens = course.events[0].0;
    let from = opens.plus(Duration::from_secs(5 * 3600));
    let predicted = |course: &Course| {
        let mut waits = replayed(course);
        waits.sort_by_key(|wait| wait.at);
        let before = waits.into_iter().filter(|wait| wait.at < from);
        before.map(|wait| (wait.at, wait.predicted)).collect::<Vec<_>>()
    };
    let (one, other) = (predicted(&course), predicted(&with_another_future(&course, from)));
    assert!(one.len() > 20, "{}", one.len());
    assert_eq!(one, other);
}

#[test]
fn a_replay_is_the_same_each_time() {
    let (generator, seed) = SMALL[4];
    let course = generator.course(seed, 1);
    assert_eq!(replayed(&course), replayed(&course));
}
