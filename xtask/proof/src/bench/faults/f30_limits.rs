//! F30: the machine gives the server fewer descriptors, or less memory, than it would take.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::{Fault, Running};
use crate::bench::cgroup::Cgroup;
use crate::bench::node::Program;
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;

pub const FAULT: Fault = Fault {
    id: "F30",
    name: "too few descriptors, too little memory",
    means: "In turns: a new process with descriptors for a part of the clients only, which has to serve that part and \
        turn the others away; descriptors taken away from a running process; an address space that may not grow any \
        more; a control group with less memory than the server had in use. For want of memory it may end as if killed, \
        but not lose anything.",
    needs: &[crate::bench::ROOT, "prlimit"],
    rounds: 12,
    share: 1.0,
    size: Size { visitors: 240, agents: 8, messages_per_second: 1_500, in_flight_max: 36, strangers: 0 },
    run,
};

/// Everybody is back after that, as after anything.
const BACK_MAX: Duration = Duration::from_secs(60);
/// Of what the server had in use, so much it is given in a group.
const GIVEN: f64 = 0.5;

/// What became of the processes.
#[derive(Default)]
struct Count {
    /// Few descriptors, and nobody was served.
    starved: usize,
    /// Ended for want of address space.
    ended: usize,
    /// Ended for want of descriptors, which is never right.
    crashed: usize,
    /// Rounds in a group.
    grouped: usize,
}

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let group = Cgroup::new();
        let mut stage = Stage::open(plan).await?;
        // What the server keeps for itself, and half of what the clients would take.
        let few = 128 + (plan.size.visitors + plan.size.agents) / 2;
        let mut rounds = plan.rounds();
        let mut count = Count::default();
        while rounds.more() {
            let turn = rounds.done % 4;
            let kind = match (turn, &group) {
                (2, Ok(group)) => Some(group),
                _ => None,
            };
            match (turn, kind) {
                (2, Some(group)) => {
                    let bytes = stage.meter.resident_bytes().context("the server does not run")?;
                    stage.kill().await;
                    group.limit((bytes as f64 * GIVEN) as u64)?;
                    stage.node.set_program(group.program());
                    // It may end before it listens.
                    stage.node.launch()?;
                    count.grouped += 1;
                }
                (1, _) => {
                    stage.kill().await;
                    stage
                        .node
                        .set_program(Program::under(["prlimit".to_owned(), format!("--nofile={few}:{few}")]));
                    stage.start().await?;
                }
                (3, _) => {
                    limit(&stage, &format!("--nofile={}", few / 2))?;
                    stage.some_reload(0.3).await;
                }
                _ => {
                    let bytes = address_space(&stage)? + (4 << 20);
                    limit(&stage, &format!("--as={bytes}"))?;
                }
            }
            let of_descriptors = matches!(turn, 1 | 3);
            let few_from_the_start = turn == 1;
            stage.some_look(1.0).await;
            count.starved += usize::from(few_from_the_start && !stage.until_acked(20, BACK_MAX).await);
            let span = if plan.is_short() { (500, 1_000) } else { (2_000, 6_000) };
            let span = stage.dice.span_ms(span.0, span.1);
            tokio::time::sleep(span).await;
            let ended = !stage.node.runs();
            count.ended += usize::from(ended && !of_descriptors && kind.is_none());
            count.crashed += usize::from(ended && of_descriptors);
            stage.kill().await;
            stage.node.set_program(Program::default());
            stage.start().await?;
            stage.some_look(0.5).await;
            stage.until_acked(20, BACK_MAX).await;
        }
        let Count { starved, ended, crashed, grouped } = count;
        let of_groups = match &group {
            Ok(group) => {
                format!("{} of {grouped} by the kernel in a group with half the memory", group.ended())
            }
            Err(why) => format!("NO GROUP with less memory could be tried: {why:#}"),
        };
        let notes = format!("for want of memory ended {ended} by themselves, {of_groups}");
        let mut report = stage.finish(rounds.done, notes).await?;
        report.demand(crashed == 0, || format!("{crashed} processes ended for want of descriptors"));
        report.demand(starved == 0, || format!("{starved} times nobody was served with few descriptors"));
        Ok(report)
    })
}

fn limit(stage: &Stage, what: &str) -> Result<()> {
    let id = stage.node.server_id().context("the server does not run")?.as_raw_nonzero().to_string();
    let status = Command::new("prlimit").args(["--pid", &id, what]).status()?;
    if !status.success() {
        bail!("prlimit {what}: {status}");
    }
    Ok(())
}

fn address_space(stage: &Stage) -> Result<u64> {
    let id = stage.node.server_id().context("the server does not run")?.as_raw_nonzero();
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:")).context("no VmSize")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}
