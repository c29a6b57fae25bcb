//! When an inbox is open: hours of the week in a time zone, and holidays that differ from them. Data only; when that
//! is, is worked out by the server.

use crate::wire;

wire! {
    /// The hours of an inbox. An inbox without any is always open.
    pub struct Hours {
        /// The name of a time zone, such as `Europe/Berlin`.
        pub zone: String,
        /// The week. Spans may touch and overlap.
        pub week: Vec<WeekSpan>,
        /// Days that differ.
        pub holidays: Vec<Holiday>,
    }

    /// Open on one day of every week.
    pub struct WeekSpan {
        /// 0 is Monday, 6 is Sunday.
        pub day: u32,
        /// Minutes after midnight by the clocks there.
        pub from: u32,
        /// The minute it closes, later than `from`. Beyond 1440 it is on the next day.
        pub to: u32,
    }

    /// A day that differs from its week.
    pub struct Holiday {
        /// The date as `2026-12-25`.
        pub date: String,
        /// What it is called, for the owner.
        pub name: String,
        /// When it is open all the same; empty: closed all day.
        pub spans: Vec<DaySpan>,
    }

    /// Open on one day.
    pub struct DaySpan {
        /// Minutes after midnight.
        pub from: u32,
        /// As in `WeekSpan`.
        pub to: u32,
    }
}
