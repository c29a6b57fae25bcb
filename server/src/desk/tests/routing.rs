//! Stories of who gets what.

use deskbell_shared::model::{Availability, InboxId, Priority, Side};

use super::super::{
    Effect, Membership, Pick, Policy, Reason, Refusal, Requeued, Settings, Target, Violation,
};
use super::office::{Office, agent, conversation, member};

fn reason(office: &Office) -> Option<Reason> {
    office.effects.iter().find_map(|effect| match effect {
        Effect::Assign { reason, .. } => Some(reason.clone()),
        _ => None,
    })
}

#[test]
fn who_writes_first_is_served_first_and_by_who_has_less_to_do() {
    let mut office = Office::open();
    office.agent("mia").works(2);
    office.agent("noa").works(4);
    office.visitor("vi").writes();
    assert_eq!(
        reason(&office),
        Some(Reason::Picked(Pick::LeastLoaded { load: 0, capacity: 2, eligible: 2 }))
    );
    office.visitor("wu").writes();
    office.visitor("xi").writes();
    office.agent("mia").has("vi");
    office.agent("noa").has("wu xi");
}

#[test]
fn a_full_desk_makes_a_queue_and_resolving_moves_it() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    for name in ["vi", "wu", "xi"] {
        office.visitor(name).writes();
    }
    assert_eq!(office.queue(), "wu xi");
    office.agent("mia").resolves("vi");
    office.agent("mia").has("wu");
    assert_eq!(office.queue(), "xi");
}

#[test]
fn priority_goes_before_arrival_from_when_it_exists() {
    let mut office = Office::open();
    for name in ["vi", "wu", "xi"] {
        office.visitor(name).writes();
    }
    office.visitor("xi").gets(Priority::High);
    assert_eq!(office.queue(), "xi vi wu");
    office.agent("mia").works(1);
    office.agent("mia").has("xi");
}

#[test]
fn busy_and_away_get_nothing_and_keep_what_they_have() {
    let mut office = Office::open();
    office.agent("mia").works(3);
    office.visitor("vi").writes();
    for availability in [Availability::Busy, Availability::Away] {
        office.agent("mia").is(availability);
        office.nothing_moved();
        office.agent("mia").has("vi");
    }
    office.visitor("wu").writes();
    assert_eq!(office.queue(), "wu");
    office.agent("mia").claims("wu");
    office.was_refused(Refusal::Away);
    office.agent("mia").is(Availability::Busy);
    office.agent("mia").claims("wu");
    office.agent("mia").has("vi wu");
    office.visitor("xi").writes();
    office.agent("mia").is(Availability::Available);
    office.agent("mia").has("vi wu xi");
}

#[test]
fn capacity_counts_all_inboxes_and_lowering_it_takes_nothing_away() {
    let mut office = Office::open();
    office.agent("mia").works(3);
    office.agent("mia").has_elsewhere(1);
    for name in ["vi", "wu", "xi"] {
        office.visitor(name).writes();
    }
    assert_eq!(office.queue(), "xi");
    office.agent("mia").takes_at_most(1);
    office.agent("mia").has("vi wu");
    office.agent("mia").resolves("vi");
    office.agent("mia").has_elsewhere(0);
    assert_eq!(office.queue(), "xi", "wu alone fills it");
    office.agent("mia").takes_at_most(2);
    office.agent("mia").has("wu xi");
}

#[test]
fn where_agents_claim_nothing_is_given() {
    let mut office = Office::with(Settings { policy: Policy::AgentsClaim, ..Settings::default() });
    office.agent("mia").works(2);
    office.agent("noa").works(1);
    office.visitor("vi").writes();
    office.visitor("wu").writes();
    assert_eq!(office.queue(), "vi wu");
    office.agent("mia").claims("wu");
    assert_eq!(reason(&office), Some(Reason::Claimed { from: None }));
    office.agent("mia").claims("wu");
    office.nothing_moved();
    office.agent("noa").claims("wu");
    assert_eq!(reason(&office), Some(Reason::Claimed { from: Some(agent("mia")) }));
    office.agent("noa").claims("vi");
    office.was_refused(Refusal::Full);
    office.agent("zoe").claims("vi");
    office.was_refused(Refusal::NotAllowed);
    office.agent("mia").claims("nobody");
    office.was_refused(Refusal::NotFound);
    office.say(super::super::Input::SettingsChanged(Settings::default()));
    office.agent("mia").has("vi");
}

#[test]
fn in_turn_whoever_was_given_nothing_for_longest_is_next() {
    let mut office = Office::with(Settings { policy: Policy::RoundRobin, ..Settings::default() });
    for name in ["mia", "noa", "zoe"] {
        office.agent(name).works(3);
    }
    let mut given = Vec::new();
    for name in ["va", "vb", "vc", "vd", "ve"] {
        office.minutes_pass(1);
        office.visitor(name).writes();
        assert_eq!(reason(&office), Some(Reason::Picked(Pick::InTurn { eligible: 3 })));
        given.push(office.assignee(name));
        office.resolves(conversation(name), Side::Staff);
    }
    let round: std::collections::BTreeSet<_> = given[..3].iter().collect();
    assert_eq!(round.len(), 3, "{given:?}: everybody once, though all are idle again");
    assert_eq!(given[..2], given[3..], "{given:?}: and so on in the same order");
}

#[test]
fn who_comes_back_goes_to_who_answered_before_unless_that_one_is_not_free() {
    let mut office = Office::with(Settings { same_agent: true, ..Settings::default() });
    office.agent("mia").works(2);
    office.visitor("vi").writes();
    office.agent("mia").has("vi");
    office.agent("mia").resolves("vi");
    office.agent("noa").works(2);
    office.visitor("wu").writes();
    office.visitor("vi").writes();
    assert_eq!(office.assignee("vi"), Some(agent("mia")));
    assert_eq!(reason(&office), Some(Reason::Picked(Pick::SameAgent)));
    office.agent("mia").resolves("vi");
    office.agent("mia").is(Availability::Busy);
    office.visitor("vi").writes();
    assert_eq!(office.assignee("vi"), Some(agent("noa")), "nobody waits while somebody is free");
}

#[test]
fn a_claim_that_saw_an_older_version_is_too_late() {
    let mut office = Office::with(Settings { policy: Policy::AgentsClaim, ..Settings::default() });
    office.agent("mia").works(2);
    office.agent("noa").works(2);
    office.visitor("vi").writes();
    let (conversation, version) = (conversation("vi"), office.version(conversation("vi")));
    office.agent("mia").claims("vi");
    office.say(super::super::Input::Claim { agent: agent("noa"), conversation, version });
    office.was_refused(Refusal::Conflict);
}

#[test]
fn a_resolution_told_late_resolves_nothing() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    let (conversation, version) = (conversation("vi"), office.version(conversation("vi")));
    let by = deskbell_shared::model::Side::Staff;
    office.say(super::super::Input::Resolved { conversation, version, by });
    office.nothing_moved();
    assert!(office.desk.conversation(conversation).is_some());
}

#[test]
fn a_transfer_takes_its_note_along_and_frees_a_place() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.visitor("wu").writes();
    office.agent("noa").works(1);
    office.agent("noa").resolves("wu");
    office.visitor("xi").writes();
    office.agent("noa").resolves("xi");
    office.agent("noa").transfers("vi", Target::Agent(agent("noa")));
    office.was_refused(Refusal::NotAllowed);
    office.agent("mia").transfers("vi", Target::Agent(agent("mia")));
    office.was_refused(Refusal::Invalid);
    office.agent("mia").transfers("vi", Target::Agent(agent("noa")));
    let note = "knows the order".to_owned();
    assert_eq!(reason(&office), Some(Reason::Transferred { by: agent("mia"), note }));
    office.agent("noa").has("vi");
    office.visitor("yu").writes();
    office.agent("mia").has("yu");
    office.agent("mia").transfers("yu", Target::Agent(agent("noa")));
    office.was_refused(Refusal::Full);
}

#[test]
fn a_transfer_to_another_inbox_leaves_this_desk() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.visitor("wu").writes();
    office.agent("mia").transfers("vi", Target::Inbox(super::office::INBOX));
    office.was_refused(Refusal::Invalid);
    office.agent("mia").transfers("vi", Target::Inbox(InboxId(2)));
    assert_eq!(office.books.handed_over, [(conversation("vi"), InboxId(2))]);
    assert!(office.desk.conversation(conversation("vi")).is_none());
    office.agent("mia").has("wu");
}

#[test]
fn helpers_are_given_nothing_but_may_take() {
    let mut office = Office::open();
    office.agent("ola").helps(1);
    office.visitor("vi").writes();
    assert_eq!(office.queue(), "vi");
    office.agent("ola").claims("vi");
    office.agent("ola").has("vi");
}

#[test]
fn a_flap_moves_nothing() {
    let mut office = Office::open();
    office.agent("mia").works(2);
    office.agent("noa").works(2);
    office.visitor("vi").writes();
    office.agent("mia").disconnects();
    office.nothing_moved();
    office.seconds_pass(9);
    office.nothing_moved();
    office.agent("mia").connects();
    office.nothing_moved();
    office.seconds_pass(120);
    office.nothing_moved();
}

#[test]
fn who_is_away_for_a_moment_is_given_nothing_new() {
    let mut office = Office::open();
    office.agent("mia").works(2);
    office.agent("mia").disconnects();
    office.visitor("vi").writes();
    assert_eq!(office.queue(), "vi");
    office.agent("mia").connects();
    office.agent("mia").has("vi");
}

#[test]
fn a_lost_agent_is_told_and_the_conversation_returns_with_its_first_arrival() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.minutes_pass(5);
    office.visitor("wu").writes();
    office.agent("mia").disconnects();
    office.seconds_pass(10);
    let told = |effect: &Effect| matches!(effect, Effect::TellAgentLost { .. });
    assert!(office.effects.iter().any(told));
    office.seconds_pass(49);
    office.agent("mia").has("vi");
    office.seconds_pass(1);
    let requeued = |effect: &Effect| matches!(effect, Effect::Requeue { reason: Requeued::AgentLost, .. });
    assert!(office.effects.iter().any(requeued));
    assert_eq!(office.queue(), "vi wu", "near the front, because it came first");
    office.agent("noa").works(1);
    office.agent("noa").has("vi");
}

#[test]
fn an_agent_who_is_back_before_the_end_of_the_grace_keeps_everything() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.agent("mia").disconnects();
    office.seconds_pass(59);
    office.agent("mia").connects();
    assert!(matches!(office.effects[..], [Effect::TellAgentBack { .. }, ..]), "{:?}", office.effects);
    office.agent("mia").has("vi");
}

#[test]
fn who_is_no_member_any_more_keeps_nothing() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.agent("mia").leaves_the_inbox();
    assert_eq!(office.queue(), "vi");
    office.agent("mia").claims("vi");
    office.was_refused(Refusal::NotAllowed);
}

#[test]
fn a_write_that_was_beaten_is_corrected_and_nobody_is_lost() {
    let mut office = Office::open();
    office.visitor("vi").writes();
    office.visitor("wu").writes();
    // Another node resolves it; this desk has not heard of it when it decides.
    office.books.resolve(conversation("vi"));
    office.agent("mia").works(1);
    office.agent("mia").has("wu");
    assert!(office.desk.conversation(conversation("vi")).is_none());
    assert_eq!(office.desk.load(agent("mia")), Some(1));
}

#[test]
fn the_check_finds_what_the_desk_would_never_do() {
    let mut office = Office::open();
    office.agent("mia").works(1);
    office.visitor("vi").writes();
    office.visitor("wu").writes();
    let agent_of = |desk: &mut super::super::Desk, change: fn(&mut super::super::capacity::Agent)| {
        desk.agents.change(agent("mia"), change).unwrap();
        assert_eq!(desk.violation(), desk.violation_of_touched(), "a large house finds it as well");
        desk.violation()
    };
    let broken = |change| agent_of(&mut office.desk.clone(), change);
    assert_eq!(office.desk.violation(), None);
    let (conversation, agent) = (conversation("wu"), agent("mia"));
    let found = broken(|mia| mia.row.capacity = 2);
    assert_eq!(found, Some(Violation::WaitsWhileSomebodyIsFree { conversation, agent }));
    let found = broken(|mia| mia.row.capacity = 0);
    assert_eq!(found, Some(Violation::CapacityExceeded { agent, load: 1, allowed: 0 }));
    let found = broken(|mia| mia.load_here = 2);
    assert_eq!(found, Some(Violation::LoadMiscounted { agent, kept: 2, counted: 1 }));
    let found =
        broken(|mia| mia.row.presence = super::super::Presence::Offline { since: Default::default() });
    let held = super::office::conversation("vi");
    assert_eq!(found, Some(Violation::HeldByNobody { conversation: held, agent }));
    let reason = Reason::Claimed { from: None };
    let assign = Effect::Assign { conversation, agent, version_expected: 7, reason, fit: None };
    let mut twice = office.desk.clone();
    twice.effects.extend([assign.clone(), assign]);
    assert_eq!(twice.violation(), Some(Violation::TwoAssignees { conversation, version_expected: 7 }));
}

#[test]
fn membership_can_change_without_anybody_noticing_a_reconnect() {
    let mut office = Office::open();
    office.agent("mia").works(2);
    office.visitor("vi").writes();
    let row = super::super::AgentRow {
        membership: Membership::Helper,
        presence: super::super::Presence::unknown(office.now),
        ..member(agent("mia"), 2)
    };
    office.say(super::super::Input::MemberSet(row));
    office.seconds_pass(120);
    office.agent("mia").has("vi");
}
