//! What is put aside: nobody's load while it is, its agent's again when it comes back.

use std::time::Duration;

use super::super::{Effect, Refusal, Requeued, Target};
use super::office::{Office, agent, conversation};

fn was_requeued(office: &Office, reason: Requeued) -> bool {
    office
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Requeue { reason: why, .. } if *why == reason))
}

#[test]
fn what_is_put_aside_makes_room_for_who_waits() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.visitor("wu").writes();
    assert_eq!(office.queue(), "wu");
    office.agent("mia").snoozes("vi");
    office.agent("mia").has("vi wu");
    assert_eq!(office.desk.load(agent("mia")), Some(1));
}

#[test]
fn what_comes_back_is_kept_though_there_is_no_room() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.agent("mia").snoozes("vi");
    office.visitor("wu").writes();
    office.comes_back("vi");
    office.agent("mia").has("vi wu");
    assert_eq!(office.desk.load(agent("mia")), Some(2));
    office.visitor("xi").writes();
    office.agent("mia").resolves("wu");
    assert_eq!(office.queue(), "xi", "mia has one, as many as she takes");
    office.agent("mia").resolves("vi");
    office.agent("mia").has("xi");
}

#[test]
fn what_is_put_aside_stays_with_who_went_home_until_it_comes_back() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.agent("mia").snoozes("vi");
    office.agent("mia").disconnects();
    office.minutes_pass(60);
    office.agent("mia").has("vi");
    let told = |effect: &Effect| matches!(effect, Effect::TellAgentLost { .. });
    assert!(!office.effects.iter().any(told), "nobody works on it, so nobody is missed");
    office.agent("noa").works(1);
    office.comes_back("vi");
    assert!(was_requeued(&office, Requeued::AgentLost));
    office.agent("noa").has("vi");
}

#[test]
fn who_comes_back_to_somebody_who_is_missed_is_told() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.agent("mia").snoozes("vi");
    office.agent("mia").disconnects();
    office.seconds_pass(11);
    office.visitor("vi").connects();
    office.nothing_moved();
    office.comes_back("vi");
    let told = |effect: &Effect| matches!(effect, Effect::TellAgentLost { .. });
    assert!(office.effects.iter().any(told), "{:?}", office.effects);
    office.agent("mia").connects();
    assert!(office.effects.iter().any(|effect| matches!(effect, Effect::TellAgentBack { .. })));
}

#[test]
fn what_changes_hands_is_woken() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.agent("mia").snoozes("vi");
    office.agent("noa").works(1);
    office.agent("mia").transfers("vi", Target::Agent(agent("noa")));
    assert_eq!(office.desk.load(agent("noa")), Some(1));
    office.agent("noa").snoozes("vi");
    office.agent("noa").leaves_the_inbox();
    assert!(was_requeued(&office, Requeued::MembershipEnded));
    office.agent("mia").has("vi");
    assert!(!office.desk.conversation(conversation("vi")).unwrap().is_aside);
}

#[test]
fn nobody_takes_beyond_their_capacity_what_others_put_aside() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.agent("mia").snoozes("vi");
    office.agent("noa").works(1);
    office.visitor("wu").writes();
    office.visitor("xi").writes();
    office.agent("noa").claims("vi");
    office.was_refused(Refusal::Full);
}

#[test]
fn the_time_it_lay_aside_is_no_handling_time() {
    let took = |office: &Office| {
        office.effects.iter().find_map(|effect| match effect {
            Effect::HandlingMeasured { took, .. } => Some(*took),
            _ => None,
        })
    };
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.agent("mia").snoozes("vi");
    office.minutes_pass(600);
    office.comes_back("vi");
    office.minutes_pass(3);
    office.agent("mia").resolves("vi");
    assert_eq!(took(&office), Some(Duration::from_secs(180)));
    office.visitor("vi").writes();
    office.agent("mia").snoozes("vi");
    office.minutes_pass(600);
    office.agent("mia").resolves("vi");
    assert_eq!(took(&office), None, "when it was done cannot be said");
}
