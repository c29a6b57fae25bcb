//! F7: packets get lost.

use std::time::Duration;

use super::{Fault, Running};
use crate::bench::namespace::Namespace;
use crate::bench::plan::{Plan, Size};

pub const FAULT: Fault = Fault {
    id: "F7",
    name: "packet loss",
    means: "One to twenty packets of a hundred are lost, in both directions, another share in every round.",
    needs: &[crate::bench::ROOT, "ip", "iptables"],
    rounds: 12,
    share: 1.5,
    size: Size { visitors: 200, agents: 8, messages_per_second: 1_500, in_flight_max: 36, strangers: 0 },
    run,
};

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let namespace = Namespace::new(plan.seed)?;
        let mut stage = namespace.stage(plan).await?;
        let mut rounds = plan.rounds();
        let mut worst = 0;
        while rounds.more() {
            let share = 1 + stage.dice.below(20);
            worst = worst.max(share);
            for chain in ["INPUT", "OUTPUT"] {
                let rule = format!("-m statistic --mode random --probability {:.2}", share as f64 / 100.0);
                namespace.inside(&format!("iptables -A {chain} {rule} -j DROP"))?;
            }
            let span = if plan.is_short() { (800, 1_200) } else { (3_000, 8_000) };
            let span = stage.dice.span_ms(span.0, span.1);
            tokio::time::sleep(span).await;
            stage.until_acked(20, Duration::from_secs(20)).await;
            namespace.flush()?;
        }
        let report = stage.finish(rounds.done, format!("up to {worst} of 100 lost")).await;
        drop(namespace);
        report
    })
}
