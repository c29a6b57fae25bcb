//! F13: the power goes. What the server wrote and did not flush is gone, or some of it, in any order: that is what a
//! killed process never shows, because the kernel keeps what it wrote.

use std::time::Duration;

use anyhow::Result;

use super::{Fault, Running};
use crate::bench::dice::Dice;
use crate::bench::node::{Node, Program};
use crate::bench::plan::{Plan, Size};
use crate::bench::report::Report;
use crate::bench::stage::Stage;
use crate::bench::strace::{self, Inject};
use crate::lossy_disk::Mounted;

pub const FAULT: Fault = Fault {
    id: "F13",
    name: "power loss",
    means: "The data lie on a disk (FUSE) that forgets what was not flushed. The server is killed under load, then the \
        disk loses all, half or little of what waited for a flush, sector by sector. Nothing acknowledged may be \
        missing, and the database must open.",
    needs: &[],
    rounds: 60,
    share: 1.5,
    size: Size { visitors: 160, agents: 8, messages_per_second: 1_500, in_flight_max: 36, strangers: 0 },
    run,
};

/// How much of what was not flushed survives, by turns.
const SURVIVAL: [f64; 3] = [0.0, 0.5, 0.9];

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(power_goes(plan, Program::default, &SURVIVAL))
}

/// The same on a server whose flushes do nothing and report success, as with `synchronous=OFF`: the checker has to
/// find what it loses. A broken double for the tests.
pub fn without_flushes(plan: &Plan) -> Running<'_> {
    let swallow = || strace::program(Inject { call: strace::FLUSH, what: "retval=0", when: None });
    // All of it goes: where some of it stays, the server itself finds a log with holes and does not start.
    Box::pin(power_goes(plan, swallow, &[0.0]))
}

async fn power_goes(plan: &Plan, program: impl Fn() -> Program, survival: &[f64]) -> Result<Report> {
    // Dropped last: the disk is unmounted before its folder goes, after everybody who uses it.
    let at = tempfile::Builder::new().prefix("deskbell-disk-").tempdir()?;
    let mut disk = Mounted::new(at.path())?;
    let node = Node::new(&plan.binary, &at.path().join("data"), Program::default());
    let mut stage = Stage::open_on(plan, tempfile::tempdir()?, node).await?;
    let mut chance = Dice::of(plan.seed, "power");
    let (mut rounds, mut struck) = (plan.rounds(), 0);
    while rounds.more() {
        // The double begins with what a whole server has stored.
        stage.until_acked(20, Duration::from_secs(10)).await;
        stage.kill().await;
        stage.node.set_program(program());
        stage.start().await?;
        stage.some_look(1.0).await;
        stage.until_acked(40, Duration::from_secs(10)).await;
        tokio::time::sleep(stage.dice.span_ms(50, if plan.is_short() { 300 } else { 2_000 })).await;
        stage.until_waiting().await;
        struck += stage.kill().await;
        let survives = survival[rounds.done % survival.len()];
        disk.lose_power(|| chance.chance(survives))?;
        stage.node.set_program(Program::default());
        stage.start().await?;
        stage.some_look(0.5).await;
    }
    let notes = format!("{struck} messages on their way when the power went, {} flushes", disk.flushes());
    let flushes = disk.flushes();
    let mut report = stage.finish(rounds.done, notes).await?;
    report.demand(flushes > 0, || "nothing was ever flushed".to_owned());
    Ok(report)
}
