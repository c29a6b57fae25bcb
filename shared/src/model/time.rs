//! Instants as they are stored and sent. Never used for order: order is `Seq`.

use crate::codec::{Json, Malformed, Wire};

/// Milliseconds since 1970-01-01 UTC, by the server's clock unless a name says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The span since `earlier`, zero when the clock has gone back: a wait is never negative.
    pub fn since(self, earlier: UnixMillis) -> core::time::Duration {
        core::time::Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This instant moved by a span, saturating.
    pub fn plus(self, span: core::time::Duration) -> UnixMillis {
        UnixMillis(self.0.saturating_add(millis(span)))
    }

    /// This instant moved back by a span, saturating.
    pub fn minus(self, span: core::time::Duration) -> UnixMillis {
        UnixMillis(self.0.saturating_sub(millis(span)))
    }
}

/// A span as it is stored, saturating.
pub fn millis(span: core::time::Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Year, month and day of a number of days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms").
pub fn civil_date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl Wire for UnixMillis {
    fn write(&self, out: &mut String) {
        self.0.write(out);
    }
    fn read(json: Json) -> Result<Self, Malformed> {
        i64::read(json).map(UnixMillis)
    }
}
