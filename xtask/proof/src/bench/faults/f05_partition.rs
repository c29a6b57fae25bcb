//! F5: clients and server cannot reach each other, in one direction or both, for a while.

use std::time::Duration;

use super::{Fault, Running};
use crate::bench::namespace::Namespace;
use crate::bench::plan::{Plan, Size};

pub const FAULT: Fault = Fault {
    id: "F5",
    name: "partition",
    means: "The server has a network of its own. In turns: everything to it is dropped, everything from it, both, and a \
        route that leads nowhere; once for longer than either side waits for the other.",
    needs: &[crate::bench::ROOT, "ip", "iptables", "ss"],
    rounds: 16,
    share: 2.0,
    size: Size { visitors: 200, agents: 8, messages_per_second: 2_000, in_flight_max: 36, strangers: 0 },
    run,
};

/// Longer than the 25 seconds after which either side takes the other for dead.
const LONG: Duration = Duration::from_secs(32);

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let namespace = Namespace::new(plan.seed)?;
        let mut stage = namespace.stage(plan).await?;
        let near = namespace.near();
        let ways: [(&[String], &[String]); 4] = [
            (&["iptables -A INPUT -j DROP".into()], &["iptables -F".into()]),
            (&["iptables -A OUTPUT -j DROP".into()], &["iptables -F".into()]),
            (
                &["iptables -A INPUT -j DROP".into(), "iptables -A OUTPUT -j DROP".into()],
                &["iptables -F".into()],
            ),
            (&[format!("ip route add blackhole {near}/32")], &[format!("ip route del blackhole {near}/32")]),
        ];
        let mut rounds = plan.rounds();
        let mut longest = Duration::ZERO;
        while rounds.more() {
            let (cut, mend) = ways[(rounds.done - 1) % ways.len()];
            let span = match rounds.done {
                _ if plan.is_short() => stage.dice.span_ms(300, 800),
                2 => LONG,
                _ => stage.dice.span_ms(1_000, 8_000),
            };
            longest = longest.max(span);
            cut.iter().try_for_each(|command| namespace.inside(command))?;
            tokio::time::sleep(span).await;
            mend.iter().try_for_each(|command| namespace.inside(command))?;
            stage.some_look(0.3).await;
            stage.until_acked(100, Duration::from_secs(10)).await;
        }
        let report = stage.finish(rounds.done, format!("the longest {:.1} s", longest.as_secs_f64())).await;
        drop(namespace);
        report
    })
}
