//! F4: the server is asked to go and another one takes over, many times in a row, while people write.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Fault, Running};
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;

pub const FAULT: Fault = Fault {
    id: "F4",
    name: "deploys in a row",
    means: "SIGTERM under load, the exit awaited, a new process, everybody back, and again. Nobody may be shown a \
        refusal, and the process must end by itself, in good order, within 25 seconds.",
    needs: &[],
    rounds: 50,
    share: 2.0,
    size: Size::FULL,
    run,
};

/// What the server promises (R27), and a little for a busy machine.
const EXIT_MAX: Duration = Duration::from_secs(30);
/// Everybody is back after that, as after anything.
const BACK_MAX: Duration = Duration::from_secs(60);

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let mut rounds = plan.rounds();
        let (mut exit_max, mut back_max, mut unclean, mut away) = (Duration::ZERO, Duration::ZERO, 0, 0);
        while rounds.more() {
            stage.until_acked(100, Duration::from_secs(5)).await;
            stage.meter.watch(None);
            let asked = Instant::now();
            stage.node.signal(Signal::TERM)?;
            let status = stage.node.gone(EXIT_MAX).await?;
            unclean += usize::from(!status.success());
            exit_max = exit_max.max(asked.elapsed());
            stage.start().await?;
            let started = Instant::now();
            let crowd = stage.crowd.lock().await;
            for client in crowd.clients() {
                let left = BACK_MAX.saturating_sub(started.elapsed());
                let live = client.until(left, |page| page.is_live().then_some(())).await;
                away += usize::from(live.is_none());
            }
            back_max = back_max.max(started.elapsed());
        }
        let notes = format!(
            "slowest exit {:.1} s, all back within {:.1} s of the start",
            exit_max.as_secs_f64(),
            back_max.as_secs_f64()
        );
        let mut report = stage.finish(rounds.done, notes).await?;
        report.demand(unclean == 0, || format!("{unclean} processes did not end in good order"));
        report.demand(away == 0, || format!("{away} clients were not back in a minute"));
        let refused = report.refused.clone();
        report.demand(refused.is_empty(), || format!("messages were shown as refused: {refused:?}"));
        let late = report.passed_on;
        report.notes +=
            &format!(", {late} answers met a conversation that a colleague had been given meanwhile");
        Ok(report)
    })
}
