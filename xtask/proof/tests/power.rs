//! A store that reports flushes and does none is caught when the power goes.

#![cfg(target_os = "linux")]

use std::time::Duration;

use deskbell_proof::bench::faults::without_flushes;
use deskbell_proof::bench::plan::Plan;
use deskbell_proof::checker::Check;

#[test]
fn a_store_that_does_not_flush_is_caught() {
    let binary = std::env::var_os("DESKBELL_BINARY").expect("DESKBELL_BINARY names the server");
    let mut plan = Plan::short(binary.into(), 7);
    plan.rounds_max = 1;
    // Whoever has lost rows never comes to rest.
    plan.rest_max = Duration::from_secs(10);
    plan.kept = std::env::temp_dir().join("deskbell-proof-doubles");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let report = runtime.block_on(without_flushes(&plan)).expect("a run to its end");
    runtime.shutdown_timeout(Duration::from_secs(2));
    assert!(report.verdict.failed().contains(&Check::C1), "{}", report.verdict);
    assert!(report.verdict.lost > 0);
}
