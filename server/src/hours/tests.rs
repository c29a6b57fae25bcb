//! Days of 23, 24 and 25 hours.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const MONDAY: u32 = 0;
const FRIDAY: u32 = 4;
const SUNDAY: u32 = 6;

fn minute(text: &str) -> u32 {
    let (hours, minutes) = text.split_once(':').unwrap();
    hours.parse::<u32>().unwrap() * 60 + minutes.parse::<u32>().unwrap()
}

fn hours(zone: &str, week: &[(u32, &str, &str)]) -> Hours {
    let span = |&(day, from, to): &(u32, &str, &str)| WeekSpan { day, from: minute(from), to: minute(to) };
    Hours { zone: zone.into(), week: week.iter().map(span).collect(), holidays: Vec::new() }
}

fn office() -> Hours {
    let week: Vec<_> =
        (MONDAY..=FRIDAY).flat_map(|day| [(day, "9:00", "12:00"), (day, "13:00", "17:30")]).collect();
    hours("Europe/Berlin", &week)
}

fn instant(text: &str) -> UnixMillis {
    millis(text.parse::<Timestamp>().unwrap())
}

fn open(text: &str) -> Standing {
    Standing::Open(Some(instant(text)))
}

fn closed(text: &str) -> Standing {
    Standing::Closed(Some(instant(text)))
}

fn at(hours: &Hours, text: &str) -> Standing {
    Schedule::of(hours).unwrap().at(instant(text))
}

#[test]
fn an_office_week() {
    let office = office();
    assert_eq!(at(&office, "2026-11-20T08:00:00Z"), open("2026-11-20T11:00:00Z"), "Friday morning");
    assert_eq!(at(&office, "2026-11-20T11:00:00Z"), closed("2026-11-20T12:00:00Z"), "the minute of lunch");
    assert_eq!(at(&office, "2026-11-20T16:30:00Z"), closed("2026-11-23T08:00:00Z"), "over the weekend");
    assert_eq!(at(&office, "2026-11-23T08:00:00Z"), open("2026-11-23T11:00:00Z"), "the first open instant");
}

#[test]
fn holidays_are_closed_or_have_hours_of_their_own() {
    let mut office = office();
    let holiday = |date: &str, spans| Holiday { date: date.into(), name: "Holiday".into(), spans };
    office.holidays = vec![
        holiday("2026-12-25", vec![]),
        holiday("2026-12-24", vec![DaySpan { from: minute("10:00"), to: minute("12:00") }]),
    ];
    assert_eq!(at(&office, "2026-12-24T08:30:00Z"), closed("2026-12-24T09:00:00Z"));
    assert_eq!(at(&office, "2026-12-24T11:00:00Z"), closed("2026-12-28T08:00:00Z"));
}

#[test]
fn what_crosses_midnight_or_touches_is_one_opening() {
    let bar = hours("America/New_York", &[(FRIDAY, "20:00", "27:00"), (5, "3:00", "4:00")]);
    assert_eq!(at(&bar, "2026-11-21T05:00:00Z"), open("2026-11-21T09:00:00Z"), "Saturday at midnight");
    let always: Vec<_> = (MONDAY..=SUNDAY).map(|day| (day, "0:00", "24:00")).collect();
    assert_eq!(at(&hours("Asia/Shanghai", &always), "2026-11-21T05:00:00Z"), Standing::Open(None));
    assert_eq!(at(&hours("Asia/Shanghai", &[]), "2026-11-21T05:00:00Z"), Standing::Closed(None));
}

#[test]
fn the_night_the_clocks_jump() {
    // 29 March 2026 in Berlin: 2:00 becomes 3:00, at 1:00 UTC.
    let early = hours("Europe/Berlin", &[(SUNDAY, "2:30", "5:00")]);
    assert_eq!(at(&early, "2026-03-29T00:00:00Z"), closed("2026-03-29T01:00:00Z"));
    assert_eq!(at(&early, "2026-03-29T01:00:00Z"), open("2026-03-29T03:00:00Z"));
    // A span that exists only in the skipped hour does not come at all.
    let lost = hours("Europe/Berlin", &[(SUNDAY, "2:10", "2:50")]);
    assert_eq!(at(&lost, "2026-03-29T00:00:00Z"), closed("2026-04-05T00:10:00Z"));
    // 25 October 2026: 3:00 becomes 2:00, at 1:00 UTC. From the first 2:15 to the last 2:45.
    let twice = hours("Europe/Berlin", &[(SUNDAY, "2:15", "2:45")]);
    assert_eq!(at(&twice, "2026-10-24T23:00:00Z"), closed("2026-10-25T00:15:00Z"));
    assert_eq!(at(&twice, "2026-10-25T00:50:00Z"), open("2026-10-25T01:45:00Z"));
}

#[test]
fn what_cannot_be_is_named() {
    for (hours, field) in [
        (hours("Europe/Atlantis", &[]), "zone"),
        (hours("UTC", &[(7, "9:00", "10:00")]), "week"),
        (hours("UTC", &[(0, "10:00", "9:00")]), "week"),
        (hours("UTC", &[(0, "9:00", "33:01")]), "week"),
        (
            Hours {
                holidays: vec![Holiday { date: "25.12.2026".into(), name: String::new(), spans: vec![] }],
                ..office()
            },
            "holidays",
        ),
    ] {
        assert_eq!(Schedule::of(&hours).unwrap_err().0, field);
    }
    assert!(zones().contains(&"Asia/Shanghai".to_owned()) && zones().len() > 300);
}

/// The rule in its plainest form: look at the clocks, and at what was written down for today and the days before.
fn by_the_clocks(hours: &Hours, now: UnixMillis) -> bool {
    let zone = TimeZone::get(&hours.zone).unwrap();
    let clock = zone.to_datetime(Timestamp::from_millisecond(now.0).unwrap());
    let minutes = |day: Date| {
        let midnight = day.to_datetime(jiff::civil::Time::midnight());
        i32::try_from(clock.duration_since(midnight).as_mins()).unwrap()
    };
    (0..=2).any(|back| {
        let day = clock.date().checked_sub(i64::from(back).days()).unwrap();
        let since = minutes(day);
        let weekday = u32::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        let within = |from: u32, to: u32| (from as i32..to as i32).contains(&since);
        match hours.holidays.iter().find(|holiday| holiday.date == day.to_string()) {
            Some(holiday) => holiday.spans.iter().any(|span| within(span.from, span.to)),
            None => hours.week.iter().any(|span| span.day == weekday && within(span.from, span.to)),
        }
    })
}

fn any_hours() -> impl Strategy<Value = Hours> {
    let zones =
        ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Asia/Kathmandu"];
    let span = (0..DAY_MINUTES, 1..=DAY_MINUTES).prop_map(|(from, long)| (from, from + long));
    let week = prop::collection::vec((0..7u32, span.clone()), 0..8);
    let holidays = prop::collection::vec((0..400i64, prop::collection::vec(span, 0..3)), 0..5);
    (prop::sample::select(zones.to_vec()), week, holidays).prop_map(|(zone, week, holidays)| Hours {
        zone: zone.into(),
        week: week.into_iter().map(|(day, (from, to))| WeekSpan { day, from, to }).collect(),
        holidays: holidays
            .into_iter()
            .map(|(day, spans)| Holiday {
                date: date(2026, 1, 1).checked_add(day.days()).unwrap().to_string(),
                name: String::new(),
                spans: spans.into_iter().map(|(from, to)| DaySpan { from, to }).collect(),
            })
            .collect(),
    })
}

/// Whether the clocks there go back within two days of an instant: then an hour comes twice, and the plain rule says
/// less than is promised.
fn near_a_fold(hours: &Hours, now: UnixMillis) -> bool {
    let zone = TimeZone::get(&hours.zone).unwrap();
    let at = Timestamp::from_millisecond(now.0).unwrap();
    let near = at - 72.hours();
    let mut before = zone.to_offset(near);
    zone.following(near).take_while(|jump| jump.timestamp() < at + 72.hours()).any(|jump| {
        let back = jump.offset() < before;
        before = jump.offset();
        back
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn open_is_what_the_clocks_say(hours in any_hours(), minutes in 0..525_600i64) {
        let now = UnixMillis(instant("2026-01-01T00:00:00Z").0 + minutes * 60_000);
        let is_open = matches!(Schedule::of(&hours).unwrap().at(now), Standing::Open(_));
        let said = by_the_clocks(&hours, now);
        prop_assert!(is_open == said || (is_open && near_a_fold(&hours, now)), "{:?}", now);
    }

    #[test]
    fn until_is_the_first_instant_at_which_it_changes(hours in any_hours(), minutes in 0..525_600i64, part in 0..1000i64) {
        let schedule = Schedule::of(&hours).unwrap();
        let now = UnixMillis(instant("2026-01-01T00:00:00Z").0 + minutes * 60_000);
        let standing = schedule.at(now);
        if let Some(until) = standing.until() {
            prop_assert!(until > now);
            let is_open = |at: i64| matches!(schedule.at(UnixMillis(at)), Standing::Open(_));
            prop_assert_ne!(is_open(until.0), is_open(now.0), "it changes then");
            prop_assert_eq!(is_open(until.0 - 1), is_open(now.0), "and not a moment before");
            let between = now.0 + (until.0 - 1 - now.0) / 1000 * part;
            prop_assert_eq!(schedule.at(UnixMillis(between)).until(), Some(until), "it is told alike all the time");
        }
    }
}
