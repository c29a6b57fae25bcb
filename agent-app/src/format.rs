//! Times, ages and names as people read them. Pure: the present and the time zone are given, and so are the habits of the
//! language (`text`).

use deskbell_shared::model::{Summary, UnixMillis, VisitorId, VisitorName, VisitorView};

use crate::text::{habits, t, tn};

/// The present and where one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// Now.
    pub now: UnixMillis,
    /// Minutes by which local time is ahead of UTC.
    pub ahead_minutes: i32,
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How old something is, in the shortest form: `now`, `4m`, `2h`, `3d`.
pub fn age(at: UnixMillis, now: UnixMillis) -> String {
    let old = (now.0 - at.0).max(0);
    let (key, n) = match old {
        _ if old < MINUTE_MS => return t("age.now"),
        _ if old < HOUR_MS => ("age.minutes", old / MINUTE_MS),
        _ if old < DAY_MS => ("age.hours", old / HOUR_MS),
        _ => ("age.days", old / DAY_MS),
    };
    tn(key, &[("n", &n.to_string())])
}

/// A span in words: `40 s`, `3 min 20 s`, `2 h 5 min`.
pub fn span(ms: i64) -> String {
    let seconds = (ms / 1000).max(0);
    let (key, large, small) = match seconds {
        0..60 => return tn("span.seconds", &[("s", &seconds.to_string())]),
        60..3600 => ("span.minutes", seconds / 60, seconds % 60),
        _ => ("span.hours", seconds / 3600, seconds % 3600 / 60),
    };
    tn(key, &[("a", &large.to_string()), ("b", &small.to_string())])
}

/// The time of day.
pub fn time(at: UnixMillis) -> String {
    (habits().time)(at)
}

/// The weekday and time of day somewhere else, where the name of its time zone is known.
pub fn time_in(at: UnixMillis, zone: &str) -> Option<String> {
    Some((habits().time_in)(at, zone)).filter(|time| !time.is_empty())
}

/// A language by its tag, such as `zh-Hans`, in words.
pub fn language(tag: &str) -> String {
    (habits().language)(tag)
}

/// The day: today, yesterday, tomorrow, or its date.
pub fn day(at: UnixMillis, local: Local) -> String {
    let (day, today) = (day_number(at, local), day_number(local.now, local));
    let year = |day| deskbell_shared::model::time::civil_date(day).0;
    match today - day {
        0 => t("day.today"),
        1 => t("day.yesterday"),
        -1 => t("day.tomorrow"),
        _ => (habits().date)(day, year(day) != year(today)),
    }
}

/// Day and time together.
pub fn moment(at: UnixMillis, local: Local) -> String {
    tn("day.moment", &[("day", &day(at, local)), ("time", &time(at))])
}

/// Days since 1970-01-01 where one is.
pub fn day_number(at: UnixMillis, local: Local) -> i64 {
    local_ms(at, local).div_euclid(DAY_MS)
}

fn local_ms(at: UnixMillis, local: Local) -> i64 {
    at.0.saturating_add(i64::from(local.ahead_minutes) * MINUTE_MS)
}

/// How many tints a face may have (`.tint-0` to `.tint-7`).
pub const TINTS: u128 = 8;
/// How many things a visitor may be named after (`thing.0` to `thing.31`).
pub const THINGS: u128 = 32;

/// The tint of somebody, from the random end of the id.
pub fn tint(id: u128) -> usize {
    (id % TINTS) as usize
}

/// The beginning of the last message, or that it is gone.
pub fn last_line(summary: &Summary) -> String {
    if summary.last_line.is_empty() { t("event.erased") } else { summary.last_line.clone() }
}

/// What a visitor is called.
pub fn name_of_visitor(visitor: &VisitorView) -> String {
    name_or_own(visitor.id, visitor.name.as_ref())
}

/// The same, where no more is known of them.
pub fn name_or_own(id: VisitorId, name: Option<&VisitorName>) -> String {
    name.map_or_else(|| visitor_name(id), |name| name.text.clone())
}

/// The name by which agents tell visitors apart who have given none, such as "Amber Heron".
pub fn visitor_name(id: VisitorId) -> String {
    let mut colour = "tint.".to_owned();
    colour.push_str(&tint(id.0).to_string());
    tn("visitor.name", &[("tint", &t(&colour)), ("thing", &thing(id))])
}

fn thing(id: VisitorId) -> String {
    let mut key = "thing.".to_owned();
    key.push_str(&(id.0 / TINTS % THINGS).to_string());
    t(&key)
}

/// What stands in a visitor's face.
pub fn visitor_initial(id: VisitorId) -> String {
    thing(id).chars().take(1).collect()
}

/// What stands in the face of somebody with a name: the first letters of the first and the last word.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: Local = Local { now: UnixMillis(1_763_755_200_000), ahead_minutes: 60 };

    #[test]
    fn a_day_begins_at_local_midnight() {
        assert_eq!(deskbell_shared::model::time::civil_date(20_413), (2025, 11, 21));
        assert_eq!(deskbell_shared::model::time::civil_date(-1), (1969, 12, 31));
        assert_eq!(day_number(UnixMillis(1_763_765_999_999), LOCAL), 20_413);
        assert_eq!(day_number(UnixMillis(1_763_766_000_000), LOCAL), 20_414);
    }

    #[test]
    fn faces() {
        assert_eq!(initials("mira van der Kovač"), "MK");
        assert_eq!(initials("Öl"), "Ö");
        assert_eq!(initials(""), "");
    }
}
