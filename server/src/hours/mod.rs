//! When an inbox is open. Pure: hours and an instant come in, whether it is open and until when comes out. Who is told
//! is `application`'s.
//!
//! A span is open while the clocks of its zone show a time within it. On the day the clocks go forward, what is skipped
//! does not exist: a span that would begin in it begins when the clocks have jumped. On the day they go back, an hour
//! comes twice: a span lasts from the first time its beginning comes to the last time its end comes, so that nobody is
//! told "closed" at an hour that the owner wrote down as open.

#[cfg(test)]
mod tests;

use deskbell_shared::model::{Closed, DaySpan, Holiday, Hours, UnixMillis, WeekSpan};
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan as _};

/// Spans of a week.
pub const WEEK_SPANS_MAX: usize = 42;
/// Holidays of an inbox.
pub const HOLIDAYS_MAX: usize = 200;
/// Spans of one holiday.
pub const DAY_SPANS_MAX: usize = 6;
/// How far ahead the next opening is looked for, in days: a little more than a year, so that a place that opens on one
/// holiday finds it.
pub const AHEAD_DAYS_MAX: i64 = 400;
const DAY_MINUTES: u32 = 24 * 60;

/// Hours that were checked and can be asked.
#[derive(Clone, Debug)]
pub struct Schedule {
    zone: TimeZone,
    week: Vec<WeekSpan>,
    holidays: Vec<(Date, Vec<DaySpan>)>,
}

/// Whether it is open, and until when; no instant when that is further than `AHEAD_DAYS_MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Open until that instant.
    Open(Option<UnixMillis>),
    /// Closed until that instant.
    Closed(Option<UnixMillis>),
}

/// What cannot be: which field, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong(pub &'static str, pub &'static str);

impl Standing {
    /// As visitors are told.
    pub fn closed(self) -> Option<Closed> {
        match self {
            Standing::Open(_) => None,
            Standing::Closed(until) => Some(Closed { until }),
        }
    }

    /// When it changes.
    pub fn until(self) -> Option<UnixMillis> {
        match self {
            Standing::Open(until) | Standing::Closed(until) => until,
        }
    }
}

/// The names of all time zones, for a form.
pub fn zones() -> Vec<String> {
    let names = jiff::tz::db().available().map(|name| name.to_string());
    // What has no region in its name are old abbreviations and other names of the same places.
    let mut names: Vec<String> = names.filter(|name| name == "UTC" || is_place(name)).collect();
    names.sort_unstable();
    names
}

fn is_place(name: &str) -> bool {
    const REGIONS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    name.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region))
}

impl Schedule {
    /// Checks hours.
    pub fn of(hours: &Hours) -> Result<Schedule, Wrong> {
        let zone = TimeZone::get(&hours.zone).map_err(|_| Wrong("zone", "there is no such time zone"))?;
        if hours.week.len() > WEEK_SPANS_MAX || hours.week.iter().any(|span| span.day > 6) {
            return Err(Wrong("week", "these are more spans, or other days, than a week has"));
        }
        if !hours.week.iter().all(|span| is_span(span.from, span.to)) {
            return Err(Wrong("week", "a span ends after it begins, and within a day of it"));
        }
        if hours.holidays.len() > HOLIDAYS_MAX {
            return Err(Wrong("holidays", "too many holidays; the past ones may go"));
        }
        let holidays = hours.holidays.iter().map(holiday).collect::<Result<_, _>>()?;
        Ok(Schedule { zone, week: hours.week.clone(), holidays })
    }

    /// How it stands at an instant.
    pub fn at(&self, now: UnixMillis) -> Standing {
        let Ok(at) = Timestamp::from_millisecond(now.0) else { return Standing::Closed(None) };
        let today = self.zone.to_datetime(at).date();
        let mut open: Option<Timestamp> = None;
        // A span may have begun the day before and end two days on: the days are looked at until nothing that begins
        // later can belong to what was found.
        for ahead in -2..=AHEAD_DAYS_MAX {
            let Ok(day) = today.checked_add(ahead.days()) else { break };
            if let Some(end) = open
                && self.begins(day).is_some_and(|midnight| midnight > end)
            {
                return Standing::Open(Some(millis(end)));
            }
            for (begin, end) in self.spans(day) {
                match open {
                    Some(until) if begin <= until => open = Some(until.max(end)),
                    Some(until) => return Standing::Open(Some(millis(until))),
                    None if end <= at => {}
                    None if begin <= at => open = Some(end),
                    None => return Standing::Closed(Some(millis(begin))),
                }
            }
        }
        if open.is_some() { Standing::Open(None) } else { Standing::Closed(None) }
    }

    fn begins(&self, day: Date) -> Option<Timestamp> {
        self.first(day.to_datetime(jiff::civil::Time::midnight()))
    }

    /// The spans that begin on a day, in order of their beginnings.
    fn spans(&self, day: Date) -> Vec<(Timestamp, Timestamp)> {
        let weekday = u32::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        let minutes: Vec<(u32, u32)> = match self.holidays.iter().find(|(date, _)| *date == day) {
            Some((_, spans)) => spans.iter().map(|span| (span.from, span.to)).collect(),
            None => {
                let of_day = self.week.iter().filter(|span| span.day == weekday);
                of_day.map(|span| (span.from, span.to)).collect()
            }
        };
        let clock = |minute: u32| {
            let midnight = day.to_datetime(jiff::civil::Time::midnight());
            midnight.checked_add(i64::from(minute).minutes()).ok()
        };
        let span = |(from, to)| Some((self.first(clock(from)?)?, self.last(clock(to)?)?));
        let mut spans: Vec<_> = minutes.into_iter().filter_map(span).filter(|(a, b)| a < b).collect();
        spans.sort_unstable();
        spans
    }

    /// The first instant at which the clocks show this time or, where they skip it, a later one.
    fn first(&self, clock: DateTime) -> Option<Timestamp> {
        self.instant(clock, false)
    }

    /// The last instant at which they reach it.
    fn last(&self, clock: DateTime) -> Option<Timestamp> {
        self.instant(clock, true)
    }

    fn instant(&self, clock: DateTime, last: bool) -> Option<Timestamp> {
        match self.zone.to_ambiguous_timestamp(clock).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(clock).ok(),
            AmbiguousOffset::Fold { before, after } => {
                (if last { after } else { before }).to_timestamp(clock).ok()
            }
            AmbiguousOffset::Gap { after, .. } => {
                // By the offset after the jump this time would have been before it.
                let earlier = after.to_timestamp(clock).ok()?;
                self.zone.following(earlier).next().map(|jump| jump.timestamp())
            }
        }
    }
}

fn holiday(of: &Holiday) -> Result<(Date, Vec<DaySpan>), Wrong> {
    let date = of.date.parse().map_err(|_| Wrong("holidays", "a date is written as 2026-12-25"))?;
    if of.spans.len() > DAY_SPANS_MAX || !of.spans.iter().all(|span| is_span(span.from, span.to)) {
        return Err(Wrong("holidays", "a span ends after it begins, and within a day of it"));
    }
    Ok((date, of.spans.clone()))
}

fn is_span(from: u32, to: u32) -> bool {
    from < DAY_MINUTES && to > from && to - from <= DAY_MINUTES
}

fn millis(at: Timestamp) -> UnixMillis {
    UnixMillis(at.as_millisecond())
}
