//! Every fault in its short form: the real server, a few hundred messages, a few rounds. The long form is
//! `cargo xtask faults`.

#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use deskbell_proof::bench::faults::ALL;
use deskbell_proof::bench::plan::Plan;
use deskbell_proof::bench::report::Outcome;

/// The server: named by `cargo xtask test`; by hand it is built as cargo builds it.
fn binary() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    let found = || match std::env::var_os("DESKBELL_BINARY") {
        Some(binary) => binary.into(),
        None => {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let build = ["build", "--quiet", "--package", "deskbell-server", "--bin", "deskbell"];
            assert!(
                Command::new(cargo).args(build).status().expect("cargo").success(),
                "building the server"
            );
            // This test lies in target/PROFILE/deps.
            let own = std::env::current_exe().expect("a path");
            own.ancestors().nth(3).expect("a target folder").join("debug/deskbell")
        }
    };
    BINARY.get_or_init(found).clone()
}

fn holds(id: &str) {
    let fault = ALL.iter().find(|fault| fault.id == id).expect("a fault of this name");
    let mut plan = Plan::short(binary(), 7);
    plan.kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("faults");
    match deskbell_proof::bench::one(fault, &plan) {
        Outcome::Ran(report) => assert!(report.held(), "{id} {}:\n{}", fault.name, report.complaint()),
        Outcome::Failed(error) => panic!("{id} {}: {error:#}", fault.name),
        // Past what the test harness holds back: a fault that was not made is not hidden.
        Outcome::Skipped(why) => {
            writeln!(std::io::stderr(), "SKIPPED {id} {}: {why}", fault.name).expect("stderr")
        }
    }
}

macro_rules! faults {
    ($($name:ident $id:literal,)*) => {
        $( #[test] fn $name() { holds($id); } )*

        #[test]
        fn every_fault_has_a_short_form_here() {
            let here = [$($id),*];
            for fault in ALL.iter().filter(|fault| !ELSEWHERE.contains(&fault.id)) {
                assert!(here.contains(&fault.id), "{} has none", fault.id);
            }
        }
    };
}

/// Tested in files of their own.
const ELSEWHERE: [&str; 1] = ["F25"];

faults! {
    killed "F1",
    killed_at_an_exact_call "F2",
    stopped_and_continued "F3",
    deployed_in_a_row "F4",
    partitioned "F5",
    reset "F6",
    losing_packets "F7",
    on_a_slow_link "F8",
    behind_a_bad_proxy "F9",
    among_clients_that_never_read "F10",
    with_a_full_disk "F11",
    when_a_flush_fails "F12",
    when_the_power_goes "F13",
    with_a_flipped_byte "F14",
    on_a_slow_disk "F15",
    while_the_clock_jumps "F16",
    in_a_reconnect_storm "F27",
    over_an_old_backup "F28",
    within_tight_limits "F30",
}
