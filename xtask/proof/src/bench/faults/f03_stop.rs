//! F3: processes that stand still for a while and go on as if nothing had happened: the server, and clients.

use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::Signal;

use super::{Fault, Running};
use crate::bench::cgroup::Freezer;
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;

pub const FAULT: Fault = Fault {
    id: "F3",
    name: "stopped and continued",
    means: "In turns: the server is stopped and continued; a third of the clients stand still with their sockets open \
        (inside the bench, which is their process); both. Every other stop of the server is one by SIGSTOP, which a \
        program can notice, the rest by a control group's freezer, where the machine lets one be made; the line says how \
        many. Once in a run for longer than either side waits for the other.",
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
        let (mut stops, mut frozen, mut why_not) = (0, 0, String::new());
        while rounds.more() {
            let span = match rounds.done {
                _ if plan.is_short() => stage.dice.span_ms(300, 900),
                2 | 4 => LONG,
                _ => stage.dice.span_ms(1_000, 8_000),
            };
            longest = longest.max(span);
            let (server, clients) = (rounds.done % 3 != 2, rounds.done % 3 != 1);
            freeze(&stage, clients).await;
            let ice = match (server, stops % 2) {
                (true, 1) => ice(&stage).inspect_err(|error| why_not = format!("{error:#}")).ok(),
                _ => None,
            };
            match &ice {
                Some(ice) => ice.freeze(true)?,
                None if server => stage.node.signal(Signal::STOP)?,
                None => {}
            }
            tokio::time::sleep(span).await;
            frozen += usize::from(ice.is_some());
            match ice {
                Some(ice) => ice.freeze(false)?,
                None if server => stage.node.signal(Signal::CONT)?,
                None => {}
            }
            stops += usize::from(server);
            freeze(&stage, false).await;
            stage.until_acked(100, Duration::from_secs(10)).await;
        }
        let mut notes = format!(
            "the server stopped {stops} times, {frozen} of them in a freezer, the longest for {:.1} s",
            longest.as_secs_f64()
        );
        if !why_not.is_empty() {
            notes += &format!("; NO FREEZER, SIGSTOP in its place: {why_not}");
        }
        stage.finish(rounds.done, notes).await
    })
}

/// A freezer around the server.
fn ice(stage: &Stage) -> Result<Freezer> {
    let process = stage.node.server_id().context("the server does not run")?;
    Freezer::of(process.as_raw_nonzero().get())
}

/// Every third client.
async fn freeze(stage: &Stage, frozen: bool) {
    for (at, client) in stage.crowd.lock().await.clients().enumerate() {
        client.freeze(frozen && at % 3 == 0);
    }
}
