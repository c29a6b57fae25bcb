//! F9: a bad network that still carries everything, in pieces, late, twice, or not to the end.

use std::time::{Duration, Instant};

use super::{Fault, Running};
use crate::bench::dice::Dice;
use crate::bench::plan::{Plan, Size};
use crate::bench::proxy::{Proxy, Weather};
use crate::bench::stage::Stage;

pub const FAULT: Fault = Fault {
    id: "F9",
    name: "latency, stalls, trickles, cuts, replays",
    means: "Everything goes through a proxy that delays, stops, sends byte by byte, cuts connections inside a frame and \
        says whole connections a second time to the server. Another weather every few seconds.",
    needs: &[],
    rounds: 60,
    share: 2.0,
    size: Size::FULL,
    run,
};

/// How long the short form waits for its first cut.
const CUT_MAX: Duration = Duration::from_secs(60);

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let proxy = Proxy::start(stage.world.place().address, Dice::of(plan.seed, "proxy")).await?;
        stage.world.set_address(proxy.address());
        // Everybody moves to the proxy: those who were connected before are sent there by a restart.
        stage.kill().await;
        stage.start().await?;
        stage.some_look(1.0).await;
        let mut rounds = plan.rounds();
        while rounds.more() {
            proxy.set(weather(&mut stage.dice, plan.is_short()));
            let span = if plan.is_short() { (1_500, 2_500) } else { (2_000, 6_000) };
            let span = stage.dice.span_ms(span.0, span.1);
            tokio::time::sleep(span).await;
            stage.some_look(0.3).await;
        }
        // Few chunks go through on a slow machine: the short form waits until there were enough.
        let began = Instant::now();
        while plan.is_short() && proxy.struck().0 == 0 && began.elapsed() < CUT_MAX {
            stage.some_look(0.3).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        proxy.set(Weather::default());
        let (cuts, replays) = proxy.struck();
        let mut report =
            stage.finish(rounds.done, format!("{cuts} cuts inside a chunk, {replays} replays")).await?;
        report.demand(cuts > 0, || "no connection was cut".to_owned());
        Ok(report)
    })
}

fn weather(dice: &mut Dice, short: bool) -> Weather {
    Weather {
        latency_ms: dice.next() % 60,
        jitter_ms: dice.next() % 80,
        stall: if dice.chance(0.5) { 0.005 } else { 0.0 },
        stall_ms_max: if short { 500 } else { 5_000 },
        trickle: if dice.chance(0.3) { 0.02 } else { 0.0 },
        // The short form has few chunks, and has to see cuts all the same.
        cut: if short { 0.02 } else { 0.001 + 0.003 * (dice.below(4) as f64) },
        replay: 0.05,
    }
}
