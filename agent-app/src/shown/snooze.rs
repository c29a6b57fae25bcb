//! Until when a conversation may be put aside: the times that are offered. Pure; local times are written as fields of
//! forms have them, because only the browser knows how far they are from UTC on another day.

use deskbell_shared::model::UnixMillis;
use deskbell_shared::model::time::civil_date;

use crate::format::{Local, day_number};

const HOUR_MS: i64 = 60 * 60 * 1000;
/// What "later today" means.
const LATER_MS: i64 = 3 * HOUR_MS;
/// When a working day begins.
const MORNING: &str = "T09:00";
/// Days of a week; 1970-01-01 was a Thursday, and a week begins on Monday.
const WEEK: i64 = 7;
const THURSDAY: i64 = 3;

/// A time that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// An instant.
    At(UnixMillis),
    /// A local time, such as `2026-11-23T09:00`.
    Local(String),
}

/// The times offered, each with the key of its name.
pub fn offers(local: Local) -> [(&'static str, Until); 3] {
    let today = day_number(local.now, local);
    let monday = today + WEEK - (today + THURSDAY).rem_euclid(WEEK);
    // On a Sunday the next Monday is tomorrow, which is offered already.
    let next_week = if monday == today + 1 { monday + WEEK } else { monday };
    [
        ("snooze.later", Until::At(UnixMillis(local.now.0 + LATER_MS))),
        ("snooze.tomorrow", Until::Local(morning(today + 1))),
        ("snooze.week", Until::Local(morning(next_week))),
    ]
}

fn morning(day: i64) -> String {
    let (year, month, day) = civil_date(day);
    let two = |n: i64| {
        let text = n.to_string();
        if n < 10 { ["0", &text].concat() } else { text }
    };
    [&year.to_string(), "-", &two(month), "-", &two(day), MORNING].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tomorrow_and_next_monday_by_the_local_calendar() {
        // 2026-11-22T23:30Z, a Sunday; in Shanghai it is Monday already.
        let now = UnixMillis(1_795_390_200_000);
        let offered = |ahead_minutes| offers(Local { now, ahead_minutes }).map(|(_, until)| until);
        let local = |text: &str| Until::Local(text.to_owned());
        let later = Until::At(UnixMillis(now.0 + LATER_MS));
        assert_eq!(offered(0), [later.clone(), local("2026-11-23T09:00"), local("2026-11-30T09:00")]);
        assert_eq!(offered(8 * 60), [later, local("2026-11-24T09:00"), local("2026-11-30T09:00")]);
    }
}
