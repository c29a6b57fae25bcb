//! The form about the hours of an inbox, as values: what stands in its fields, and the hours that means. Pure.

use deskbell_shared::model::{DaySpan, Holiday, Hours, WeekSpan};

const DAY_MINUTES: u32 = 24 * 60;

/// Two times as fields hold them, such as `09:00` and `17:30`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// When it opens.
    pub from: String,
    /// When it closes; not later than `from` means on the next day.
    pub to: String,
}

/// A day that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherDay {
    /// As `2026-12-25`.
    pub date: String,
    /// What it is called.
    pub name: String,
    /// Open all the same; empty: closed.
    pub times: Vec<Times>,
}

/// What stands in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursDraft {
    /// Whether there are any hours.
    pub is_set: bool,
    /// The time zone.
    pub zone: String,
    /// From Monday to Sunday.
    pub week: [Vec<Times>; 7],
    /// Days that differ.
    pub others: Vec<OtherDay>,
}

/// What is not right in the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// A time is missing on this day of the week.
    Day(usize),
    /// A date or a time is missing in this line of the days that differ.
    Other(usize),
}

impl Times {
    /// What most offices would write.
    pub fn usual() -> Times {
        Times { from: "09:00".to_owned(), to: "17:00".to_owned() }
    }

    /// Whether it closes on the next day.
    pub fn is_over_midnight(&self) -> bool {
        matches!((minutes(&self.from), minutes(&self.to)), (Some(from), Some(to)) if to <= from)
    }

    fn span(&self) -> Option<DaySpan> {
        let (from, to) = (minutes(&self.from)?, minutes(&self.to)?);
        Some(DaySpan { from, to: if to <= from { to + DAY_MINUTES } else { to } })
    }

    fn of(from: u32, to: u32) -> Times {
        Times { from: clock(from), to: clock(to) }
    }
}

impl HoursDraft {
    /// The form for an inbox. One without hours gets office hours to begin with, once somebody asks for any.
    pub fn of(hours: Option<&Hours>, zone_here: &str) -> HoursDraft {
        let Some(hours) = hours else {
            let week = std::array::from_fn(|day| if day < 5 { vec![Times::usual()] } else { Vec::new() });
            return HoursDraft { is_set: false, zone: zone_here.to_owned(), week, others: Vec::new() };
        };
        let mut week: [Vec<Times>; 7] = Default::default();
        for span in &hours.week {
            if let Some(day) = week.get_mut(span.day as usize) {
                day.push(Times::of(span.from, span.to));
            }
        }
        let others = hours.holidays.iter().map(|holiday| OtherDay {
            date: holiday.date.clone(),
            name: holiday.name.clone(),
            times: holiday.spans.iter().map(|span| Times::of(span.from, span.to)).collect(),
        });
        HoursDraft { is_set: true, zone: hours.zone.clone(), week, others: others.collect() }
    }

    /// The hours it means; `None` for always open.
    pub fn hours(&self) -> Result<Option<Hours>, Unclear> {
        if !self.is_set {
            return Ok(None);
        }
        let mut week = Vec::new();
        for (day, times) in self.week.iter().enumerate() {
            for span in times {
                let DaySpan { from, to } = span.span().ok_or(Unclear::Day(day))?;
                week.push(WeekSpan { day: day as u32, from, to });
            }
        }
        let mut holidays = Vec::new();
        for (line, other) in self.others.iter().enumerate() {
            let spans: Option<Vec<_>> = other.times.iter().map(Times::span).collect();
            let spans = spans.filter(|_| other.date.len() == 10).ok_or(Unclear::Other(line))?;
            holidays.push(Holiday { date: other.date.clone(), name: other.name.trim().to_owned(), spans });
        }
        Ok(Some(Hours { zone: self.zone.clone(), week, holidays }))
    }
}

fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.get(..2)?.parse::<u32>().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn clock(minute: u32) -> String {
    let (hours, minutes) = (minute / 60 % 24, minute % 60);
    let two = |number: u32| [if number < 10 { "0" } else { "" }, &number.to_string()].concat();
    [two(hours), two(minutes)].join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_come_back_as_they_were_written() {
        let span = |day, from, to| WeekSpan { day, from, to };
        let holiday = |spans| Holiday { date: "2026-12-24".into(), name: "Eve".into(), spans };
        let hours = Hours {
            zone: "Asia/Shanghai".into(),
            week: vec![span(0, 540, 720), span(0, 780, 1050), span(4, 1200, 1620), span(6, 0, 1440)],
            holidays: vec![holiday(vec![]), holiday(vec![DaySpan { from: 600, to: 720 }])],
        };
        let draft = HoursDraft::of(Some(&hours), "UTC");
        assert_eq!(draft.week[0][1], Times { from: "13:00".into(), to: "17:30".into() });
        assert!(draft.week[4][0].is_over_midnight() && !draft.week[0][0].is_over_midnight());
        assert_eq!(draft.hours(), Ok(Some(hours)));
    }

    #[test]
    fn always_open_has_no_hours_and_what_is_missing_is_named() {
        let mut draft = HoursDraft::of(None, "Europe/Berlin");
        assert_eq!(draft.hours(), Ok(None));
        draft.is_set = true;
        assert_eq!(draft.hours().unwrap().unwrap().week.len(), 5);
        draft.others.push(OtherDay { date: String::new(), name: String::new(), times: vec![] });
        assert_eq!(draft.hours(), Err(Unclear::Other(0)));
        draft.week[2][0].to.clear();
        assert_eq!(draft.hours(), Err(Unclear::Day(2)));
    }
}
