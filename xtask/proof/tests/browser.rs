//! Real browsers with the real widget: the short form of F25 holds, and what a wiped storage loses is found.

#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::time::Duration;

use deskbell_proof::bench::faults::{ALL, with_wiped_storage};
use deskbell_proof::bench::one;
use deskbell_proof::bench::plan::Plan;
use deskbell_proof::bench::report::Outcome;
use deskbell_proof::checker::Check;

fn plan(seed: u64) -> Plan {
    let binary = std::env::var_os("DESKBELL_BINARY").expect("DESKBELL_BINARY names the server");
    Plan::short(PathBuf::from(binary), seed)
}

#[test]
fn browsers_in_trouble_lose_nothing() {
    let fault = ALL.iter().find(|fault| fault.id == "F25").expect("F25 is here");
    match one(fault, &plan(25)) {
        Outcome::Ran(report) => assert!(report.held(), "{}", report.complaint()),
        Outcome::Skipped(why) => panic!("it has to be run here: {why}"),
        Outcome::Failed(error) => panic!("{error:#}"),
    }
}

#[test]
fn what_a_wiped_storage_loses_is_found() {
    let mut plan = plan(26);
    plan.kept = std::env::temp_dir().join("deskbell-proof-doubles");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let report = runtime.block_on(with_wiped_storage(&plan)).expect("a run to its end");
    runtime.shutdown_timeout(Duration::from_secs(2));
    assert!(report.verdict.failed().contains(&Check::C9), "{}", report.verdict);
    assert_eq!(report.verdict.lost, 0, "what was acknowledged is not lost: {}", report.verdict);
    assert!(report.broken.iter().any(|broken| broken.contains("had to come")), "{:?}", report.broken);
}
