//! The tester is tested: a model with one broken rule is found out within a thousand seeds, each by the check that is
//! about that rule. `synchronous=OFF` needs real disks.

use deskbell_proof::checker::Check;
use deskbell_proof::simulator::{Double, play};

const SEEDS_MAX: u64 = 1_000;

/// The first seed at which the check finds the double, and how.
fn found(double: Double, by: Check) -> (u64, String) {
    for seed in 1..=SEEDS_MAX {
        let played = play(seed, Some(double), false).expect("a world is played");
        if let Some(violation) = played.verdict.violations.iter().find(|violation| violation.check == by) {
            return (seed, violation.how.clone());
        }
    }
    panic!("{double:?} was not found by {by} within {SEEDS_MAX} seeds");
}

/// It is found, and the same seed without the double is blameless in this respect.
fn is_found(double: Double, by: Check) {
    let (seed, how) = found(double, by);
    println!("{double:?}: found by {by} at seed {seed}: {how}");
    let whole = play(seed, None, false).expect("a world is played");
    assert!(!whole.verdict.failed().contains(&by), "seed {seed} fails {by} without the double too");
}

#[test]
fn a_store_that_acknowledges_before_the_commit_loses_what_was_acknowledged() {
    is_found(Double::AcksBeforeCommit, Check::C1);
}

#[test]
fn repeats_forgotten_at_a_restart_are_stored_twice() {
    is_found(Double::ForgetsRepeatsAtRestart, Check::C2);
}

#[test]
fn places_taken_outside_the_transaction_leave_holes() {
    is_found(Double::CountsOutsideTransaction, Check::C4);
}

#[test]
fn what_a_full_hub_drops_is_missing_at_the_end() {
    is_found(Double::DropsWhenFull, Check::C9);
}

#[test]
fn a_client_that_ignores_gaps_shows_a_hole() {
    is_found(Double::IgnoresGaps, Check::C5);
}

#[test]
fn a_resume_without_authorisation_shows_what_may_not_be_seen() {
    is_found(Double::ResumesUnauthorised, Check::C12);
}

#[test]
fn rows_announced_before_the_commit_are_shown_and_then_gone() {
    is_found(Double::AnnouncesUncommitted, Check::C5);
}

#[test]
fn a_lease_without_fencing_lets_two_desks_decide() {
    is_found(Double::LeaseUnfenced, Check::C10);
}

#[test]
fn a_store_that_counts_no_load_gives_agents_more_than_they_take() {
    is_found(Double::CountsNoLoad, Check::C10);
}

#[test]
fn a_store_that_compares_no_version_gives_one_version_to_two() {
    is_found(Double::ComparesNoVersion, Check::C10);
}

#[test]
fn a_visitor_with_two_open_conversations_is_noticed() {
    is_found(Double::OpensTwice, Check::C10);
}

#[test]
fn a_desk_that_hears_of_no_arrival_lets_people_wait_in_vain() {
    is_found(Double::DeafDesk, Check::C10);
}

#[test]
fn a_note_that_is_kept_as_a_message_is_shown_to_its_visitor() {
    is_found(Double::ShowsNotes, Check::C12);
}

#[test]
fn a_mail_that_is_settled_before_it_is_carried_is_lost_at_a_crash() {
    is_found(Double::SettlesMailFirst, Check::C13);
}

#[test]
fn a_mail_that_is_named_anew_at_each_try_comes_twice() {
    is_found(Double::NamesMailAnew, Check::C13);
}
