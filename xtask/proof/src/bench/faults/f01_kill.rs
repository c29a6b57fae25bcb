//! F1: the server is killed again and again in the middle of everything.

use super::{Fault, Running};
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;

pub const FAULT: Fault = Fault {
    id: "F1",
    name: "kill -9",
    means: "SIGKILL every 0.2 to 5 seconds under load, and a new process at once. A few pages are reloaded meanwhile. Half of the people look at their page \
        after each; the other browsers come back by themselves.",
    needs: &[],
    rounds: 200,
    share: 3.0,
    size: Size::FULL,
    run,
};

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let (mut rounds, mut struck) = (plan.rounds(), 0);
        let longest_ms = if plan.is_short() { 800 } else { 5_000 };
        while rounds.more() {
            let life = stage.dice.span_ms(200, longest_ms);
            tokio::time::sleep(life).await;
            // Not at a moment when nothing is on its way: the short form has few.
            stage.until_waiting().await;
            struck += stage.kill().await;
            // Some reload while the server is away: what they wrote is in their browser's storage only.
            stage.some_reload(0.05).await;
            stage.start().await?;
            stage.some_look(0.5).await;
        }
        let mut report =
            stage.finish(rounds.done, format!("{struck} messages on their way at the kills")).await?;
        report.demand(struck > 0, || "no kill met a message on its way".to_owned());
        Ok(report)
    })
}
