//! F8: everybody shares a link of 64 kbit/s.

use std::time::Duration;

use super::{Fault, Running};
use crate::bench::namespace::Namespace;
use crate::bench::plan::{Plan, Size};

pub const FAULT: Fault = Fault {
    id: "F8",
    name: "64 kbit/s",
    means: "Both directions of the cable are held to 64 kbit/s (tc tbf) for all clients together while they go on \
        writing; the server must stay within its memory, and everybody has to catch up when the link is good again.",
    needs: &[crate::bench::ROOT, "ip", "tc"],
    rounds: 2,
    share: 1.0,
    size: Size { visitors: 60, agents: 4, messages_per_second: 600, in_flight_max: 36, strangers: 0 },
    run,
};

const SHAPE: &str = "root tbf rate 64kbit burst 8kb latency 500ms";

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let namespace = Namespace::new(plan.seed)?;
        let mut stage = namespace.stage(plan).await?;
        let far = namespace.far_cable();
        let mut rounds = plan.rounds();
        let mut slow = 0;
        while rounds.more() && rounds.done <= FAULT.rounds {
            let before = stage.world.acked();
            namespace.inside(&format!("tc qdisc add dev {far} {SHAPE}"))?;
            namespace.outside(&format!("tc qdisc add dev CABLE {SHAPE}"))?;
            let span = if plan.is_short() { (1_500, 2_500) } else { (8_000, 20_000) };
            let span = stage.dice.span_ms(span.0, span.1);
            tokio::time::sleep(span).await;
            slow += stage.world.acked() - before;
            namespace.inside(&format!("tc qdisc del dev {far} root"))?;
            namespace.outside("tc qdisc del dev CABLE root")?;
            stage.some_look(0.5).await;
            stage.until_acked(100, Duration::from_secs(20)).await;
        }
        let report = stage.finish(rounds.done, format!("{slow} acknowledged over the slow link")).await;
        drop(namespace);
        report
    })
}
