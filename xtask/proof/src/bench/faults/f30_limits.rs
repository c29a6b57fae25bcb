//! F30: the machine gives the server fewer descriptors, or less memory, than it would take.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::{Fault, Running};
use crate::bench::node::Program;
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;

pub const FAULT: Fault = Fault {
    id: "F30",
    name: "too few descriptors, too little memory",
    means: "In turns: a new process with descriptors for a part of the clients only, which has to serve that part and \
        turn the others away; descriptors taken away from a running process; an address space that may not grow any \
        more, where it may end as if killed, but not lose anything.",
    needs: &["prlimit"],
    rounds: 12,
    share: 1.0,
    size: Size { visitors: 240, agents: 8, messages_per_second: 1_500, in_flight_max: 36, strangers: 0 },
    run,
};

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        // What the server keeps for itself, and half of what the clients would take.
        let few = 128 + (plan.size.visitors + plan.size.agents) / 2;
        let mut rounds = plan.rounds();
        let (mut starved, mut ended, mut crashed) = (0, 0, 0);
        while rounds.more() {
            let kind = rounds.done % 3;
            match kind {
                1 => {
                    stage.kill().await;
                    stage
                        .node
                        .set_program(Program::under(["prlimit".to_owned(), format!("--nofile={few}:{few}")]));
                    stage.start().await?;
                }
                2 => {
                    limit(&stage, &format!("--nofile={}", few / 2))?;
                    stage.some_reload(0.3).await;
                }
                _ => {
                    let bytes = address_space(&stage)? + (4 << 20);
                    limit(&stage, &format!("--as={bytes}"))?;
                }
            }
            stage.some_look(1.0).await;
            starved += usize::from(kind == 1 && !stage.until_acked(20, Duration::from_secs(20)).await);
            let span = if plan.is_short() { (500, 1_000) } else { (2_000, 6_000) };
            let span = stage.dice.span_ms(span.0, span.1);
            tokio::time::sleep(span).await;
            let runs = stage.node.runs();
            ended += usize::from(!runs);
            crashed += usize::from(!runs && kind != 0);
            stage.kill().await;
            stage.node.set_program(Program::default());
            stage.start().await?;
            stage.some_look(0.5).await;
            stage.until_acked(20, Duration::from_secs(20)).await;
        }
        let mut report =
            stage.finish(rounds.done, format!("{ended} processes ended for want of memory")).await?;
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
