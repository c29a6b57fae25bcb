//! F3: processes that stand still for a while and go on as if nothing had happened: the server, and clients.

use std::time::Duration;

use rustix::process::Signal;

use super::{Fault, Running};
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;

pub const FAULT: Fault = Fault {
    id: "F3",
    name: "stopped and continued",
    means: "In turns: the server is stopped (SIGSTOP) and continued; a third of the clients stand still with their \
        sockets open (inside the bench, which is their process); both. Once in a run for longer than either side waits \
        for the other.",
    needs: &[],
    rounds: 12,
    share: 2.0,
    size: Size::FULL,
    run,
};

/// Longer than the 25 seconds after which either side takes the other for dead.
const LONG: Duration = Duration::from_secs(32);

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let mut rounds = plan.rounds();
        let mut longest = Duration::ZERO;
        while rounds.more() {
            let span = match rounds.done {
                _ if plan.is_short() => stage.dice.span_ms(300, 900),
                2 | 4 => LONG,
                _ => stage.dice.span_ms(1_000, 8_000),
            };
            longest = longest.max(span);
            let (server, clients) = (rounds.done % 3 != 2, rounds.done % 3 != 1);
            freeze(&stage, clients).await;
            if server {
                stage.node.signal(Signal::STOP)?;
            }
            tokio::time::sleep(span).await;
            if server {
                stage.node.signal(Signal::CONT)?;
            }
            freeze(&stage, false).await;
            stage.until_acked(100, Duration::from_secs(10)).await;
        }
        let notes = format!("the longest stop {:.1} s", longest.as_secs_f64());
        stage.finish(rounds.done, notes).await
    })
}

/// Every third client.
async fn freeze(stage: &Stage, frozen: bool) {
    for (at, client) in stage.crowd.lock().await.clients().enumerate() {
        client.freeze(frozen && at % 3 == 0);
    }
}
