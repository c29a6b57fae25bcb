//! What supervisors see coming.

use deskbell_shared::model::Availability;

use super::super::{Effect, Interval, Policy, Settings, Wait};
use super::office::{Office, conversation};

fn shown(office: &Office) -> Option<Wait> {
    office.effects.iter().rev().find_map(|effect| match *effect {
        Effect::TellPlace { wait, .. } => Some(wait),
        _ => None,
    })
}

#[test]
fn nobody_waits_who_comes_while_somebody_is_free() {
    let mut office = Office::open();
    assert_eq!(office.desk.newcomer(), None, "nobody serves");
    office.agent("mia").works(1);
    assert_eq!(office.desk.newcomer(), Some(Interval::default()));
    assert_eq!(office.desk.last_told(), None);
}

#[test]
fn a_newcomer_comes_after_all_who_wait_and_is_told_what_the_next_is() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.visitor("wu").writes();
    let (looked_at, now) = (office.desk.newcomer().expect("mia serves"), office.now);
    let behind = office.desk.estimate(conversation("wu")).expect("wu waits");
    assert!(looked_at.high > behind.high, "behind wu: {looked_at:?} {behind:?}");
    office.visitor("xi").writes();
    let told = shown(&office).expect("xi is told something");
    assert_eq!(office.desk.last_told(), Some(told));
    let Wait::Between { latest_at, .. } = told else { panic!("{told:?}") };
    // Not the same draws, but the same wait: whoever looks before is not told something else than who comes.
    let ratio = latest_at.since(now).as_secs_f64() / looked_at.high.as_secs_f64();
    assert!((0.7..1.4).contains(&ratio), "{ratio}");
    // Looking is no promise, and changes nothing.
    let before = office.desk.snapshot();
    office.desk.newcomer();
    assert_eq!(office.desk.snapshot(), before);
}

#[test]
fn nothing_is_foreseen_where_agents_choose_or_nobody_serves() {
    let mut office = Office::with(Settings { policy: Policy::AgentsClaim, ..Settings::default() });
    office.agent("mia").works(1);
    assert_eq!(office.desk.newcomer(), None);
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.agent("mia").is(Availability::Away);
    office.visitor("wu").writes();
    assert_eq!((office.desk.newcomer(), office.desk.last_told()), (None, None));
}
