//! F6: connections that are reset, and connections whose other end has gone without a word.

use std::time::{Duration, Instant};

use super::{Fault, Running};
use crate::bench::namespace::Namespace;
use crate::bench::plan::{Plan, Size};
use crate::bench::sleepers::Sleeper;

pub const FAULT: Fault = Fault {
    id: "F6",
    name: "resets, half-open connections",
    means: "In turns: every packet is answered with a TCP reset for a moment; then, once, clients vanish without a word \
        (their packets are dropped for ever), and the server must have closed their connections within 30 seconds.",
    needs: &[crate::bench::ROOT, "ip", "iptables", "ss"],
    rounds: 30,
    share: 1.5,
    size: Size { visitors: 200, agents: 8, messages_per_second: 2_000, in_flight_max: 36, strangers: 20 },
    run,
};

/// Clients that vanish.
const VANISH: usize = 20;
/// The promise.
const DEAD_MAX: Duration = Duration::from_secs(30);

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let namespace = Namespace::new(plan.seed)?;
        let mut stage = namespace.stage(plan).await?;
        let mut found_dead = None;
        if !plan.is_short() {
            let crowd = stage.crowd.lock().await;
            let mut vanishing = Vec::new();
            for visitor in crowd.visitors.iter().take(VANISH) {
                let Some(conversation) = visitor.page.conversation() else { continue };
                vanishing.push(Sleeper::open(&stage.world.place(), &visitor.page.pass, conversation).await?);
            }
            drop(crowd);
            for sleeper in &vanishing {
                let port = sleeper.port()?;
                namespace.inside(&format!("iptables -A INPUT -p tcp --sport {port} -j DROP"))?;
                namespace.inside(&format!("iptables -A OUTPUT -p tcp --dport {port} -j DROP"))?;
            }
            let ports: Vec<u16> = vanishing.iter().filter_map(|sleeper| sleeper.port().ok()).collect();
            drop(vanishing);
            let began = Instant::now();
            while namespace.connections_from(&ports)? > 0 && began.elapsed() < DEAD_MAX {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            found_dead = Some((namespace.connections_from(&ports)?, began.elapsed()));
            namespace.flush()?;
        }
        let mut rounds = plan.rounds();
        while rounds.more() {
            namespace.inside("iptables -A INPUT -p tcp -j REJECT --reject-with tcp-reset")?;
            let span = stage.dice.span_ms(50, 600);
            tokio::time::sleep(span).await;
            namespace.flush()?;
            stage.some_look(0.3).await;
            stage.until_acked(100, Duration::from_secs(10)).await;
        }
        let notes = match found_dead {
            Some((_, took)) => format!("{VANISH} vanished, found dead after {:.1} s", took.as_secs_f64()),
            None => "resets only in the short form".to_owned(),
        };
        let mut report = stage.finish(rounds.done, notes).await?;
        if let Some((left, took)) = found_dead {
            report.demand(left == 0, || format!("{left} dead connections are still open after {took:?}"));
        }
        Ok(report)
    })
}
