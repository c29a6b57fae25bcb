//! When this browser neither rings nor shows notifications: for a time one chose, and during the same hours of every day. Pure.

use deskbell_shared::model::UnixMillis;

use crate::format::Local;

/// Minutes of a day.
const DAY_MINUTES: i64 = 24 * 60;

/// What somebody chose about silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quiet {
    /// Silent until then.
    pub until: Option<UnixMillis>,
    /// Silent each day between these minutes after midnight, local time; over midnight where the first is the later one.
    pub hours: Option<(u32, u32)>,
}

impl Quiet {
    /// Whether silence was chosen for a time that is not over.
    pub fn is_chosen(&self, now: UnixMillis) -> bool {
        self.until.is_some_and(|until| until > now)
    }

    /// Until when it is silent now; none when it is not.
    pub fn silent_until(&self, local: Local) -> Option<UnixMillis> {
        let chosen = self.until.filter(|until| *until > local.now);
        let daily = self.hours.and_then(|(from, to)| {
            let local_ms = local.now.0 + i64::from(local.ahead_minutes) * 60_000;
            let minute = local_ms.div_euclid(60_000).rem_euclid(DAY_MINUTES);
            let (from, to) = (i64::from(from), i64::from(to));
            let since = (minute - from).rem_euclid(DAY_MINUTES);
            let long = (to - from).rem_euclid(DAY_MINUTES);
            // To the minute: seconds of this one have passed already.
            let begun = local.now.0 - local.now.0.rem_euclid(60_000);
            (since < long).then(|| UnixMillis(begun + (long - since) * 60_000))
        });
        chosen.max(daily)
    }
}

/// Reads hours as they are kept, such as `22:00-07:30`. The same time twice is no time at all.
pub fn hours(text: &str) -> Option<(u32, u32)> {
    let (from, to) = text.split_once('-')?;
    let hours = (minutes(from)?, minutes(to)?);
    (hours.0 != hours.1).then_some(hours)
}

/// A time of day as fields write it, in minutes after midnight.
fn minutes(time: &str) -> Option<u32> {
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1970-01-01 at a time of day, an hour ahead of UTC.
    fn at(hour: i64, minute: i64) -> Local {
        Local { now: UnixMillis(((hour - 1) * 60 + minute) * 60_000 + 12_345), ahead_minutes: 60 }
    }

    fn time(local: Local) -> UnixMillis {
        UnixMillis(local.now.0 - 12_345)
    }

    #[test]
    fn hours_end_at_their_end_over_midnight_too() {
        let night = Quiet { until: None, hours: hours("22:00-07:30") };
        assert_eq!(night.silent_until(at(21, 59)), None);
        assert_eq!(night.silent_until(at(22, 0)), Some(time(at(31, 30))));
        assert_eq!(night.silent_until(at(31, 29)), Some(time(at(31, 30))));
        assert_eq!(night.silent_until(at(31, 30)), None);
        let noon = Quiet { until: None, hours: hours("12:00-13:00") };
        assert_eq!(noon.silent_until(at(12, 15)), Some(time(at(13, 0))));
        assert_eq!(noon.silent_until(at(0, 15)), None);
    }

    #[test]
    fn a_time_that_was_chosen_holds_until_it_is_over_and_the_later_end_counts() {
        let until = time(at(12, 30));
        let both = Quiet { until: Some(until), hours: hours("12:00-13:00") };
        assert_eq!(both.silent_until(at(11, 59)), Some(until));
        assert_eq!(both.silent_until(at(12, 5)), Some(time(at(13, 0))));
        assert_eq!(Quiet { hours: None, ..both }.silent_until(at(12, 31)), None);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for bad in ["", "22:00", "22:00-", "24:00-07:00", "22:60-07:00", "a:b-c:d", "08:00-08:00"] {
            assert_eq!(hours(bad), None, "{bad}");
        }
    }
}
