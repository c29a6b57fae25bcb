//! F15: every flush takes long. Commits have to share it, and nothing may be acknowledged before it is over.

use std::time::Duration;

use super::{Fault, Running};
use crate::bench::node::Program;
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;
use crate::bench::strace::{self, Inject};

pub const FAULT: Fault = Fault {
    id: "F15",
    name: "slow disk",
    means: "strace makes every flush take 20 milliseconds more, and the server is killed in the middle of that \
        at the end of each round. Far more messages than flushes must be possible: a commit is shared.",
    needs: &["strace"],
    rounds: 10,
    share: 1.0,
    size: Size { visitors: 200, agents: 8, messages_per_second: 1_500, in_flight_max: 36, strangers: 0 },
    run,
};

/// Everybody is back after that, as after anything.
const BACK_MAX: Duration = Duration::from_secs(60);
const DELAY: &str = "delay_enter=20000";

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        stage.kill().await;
        stage.node.set_program(strace::program(Inject { call: strace::FLUSH, what: DELAY, when: None }));
        let mut rounds = plan.rounds();
        let (mut struck, mut acked, mut flushes) = (0, 0, 0.0);
        while rounds.more() {
            stage.start().await?;
            stage.some_look(1.0).await;
            stage.until_acked(50, BACK_MAX).await;
            let span = if plan.is_short() { (700, 1_200) } else { (4_000, 8_000) };
            let span = stage.dice.span_ms(span.0, span.1);
            let before = stage.world.acked();
            tokio::time::sleep(span).await;
            // A slow machine may need longer for the first; only the full run compares numbers with time.
            if plan.is_short() && stage.world.acked() == before {
                stage.until_acked(1, BACK_MAX).await;
            }
            acked += stage.world.acked() - before;
            flushes += span.as_secs_f64() / 0.02;
            struck += stage.kill().await;
        }
        stage.node.set_program(Program::default());
        stage.start().await?;
        stage.some_look(0.5).await;
        let notes = format!(
            "{acked} acknowledged in the time of at most {flushes:.0} flushes, {struck} on their way at the kills"
        );
        let mut report = stage.finish(rounds.done, notes).await?;
        report.demand(acked > 0, || "nothing was acknowledged while the disk was slow".to_owned());
        // The short form has too little load to need sharing.
        let shared = acked as f64 > flushes || report.is_short;
        report.demand(shared, || format!("{acked} messages in {flushes:.0} flushes: commits are not shared"));
        Ok(report)
    })
}
