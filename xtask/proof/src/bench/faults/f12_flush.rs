//! F12: a flush fails. Nobody knows what the disk holds then, so the process has to end and a new one has to look.

use std::time::Duration;

use super::{Fault, Running};
use crate::bench::node::Program;
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;
use crate::bench::strace::{self, Inject};

pub const FAULT: Fault = Fault {
    id: "F12",
    name: "a flush fails",
    means: "strace lets the n-th flush of a thread fail with EIO. The process must end by itself and say so, and \
        nothing acknowledged may be missing afterwards.",
    needs: &["strace"],
    rounds: 40,
    share: 1.0,
    size: Size { visitors: 120, agents: 6, messages_per_second: 1_500, in_flight_max: 36, strangers: 0 },
    run,
};

/// From the failed flush to the end of the process; most of it is waiting for the flush.
const END_MAX: Duration = Duration::from_secs(20);

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let mut rounds = plan.rounds();
        let (mut ended, mut unsaid) = (0, 0);
        while rounds.more() {
            stage.kill().await;
            let when = 2 + stage.dice.below(if plan.is_short() { 12 } else { 60 }) as u32;
            stage.node.set_program(strace::program(Inject {
                call: strace::FLUSH,
                what: "error=EIO",
                when: Some(when),
            }));
            stage.node.launch()?;
            let looks = async {
                loop {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    let crowd = stage.crowd.lock().await;
                    crowd.some_look(0.3, &mut stage.dice);
                }
            };
            let status = tokio::select! {
                status = stage.node.gone(END_MAX) => status?,
                () = looks => unreachable!("people never stop looking"),
            };
            // By itself: with a code, not by a signal, and not as if all were well.
            ended += usize::from(status.code().is_some_and(|code| code != 0));
            unsaid += usize::from(!stage.node.said().contains("stop"));
        }
        stage.node.set_program(Program::default());
        stage.start().await?;
        stage.some_look(0.5).await;
        let mut report = stage.finish(rounds.done, format!("{ended} processes ended by themselves")).await?;
        report.demand(ended == rounds.done, || {
            format!("only {ended} processes ended by themselves with a failure")
        });
        report.demand(unsaid == 0, || format!("{unsaid} processes did not say why"));
        Ok(report)
    })
}
