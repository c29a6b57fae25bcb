//! F10: clients that connect, ask for conversations in which much is said, and never read a byte.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Result;
use deskbell_shared::session::Input;

use super::{Fault, Running};
use crate::bench::plan::{Plan, Size};
use crate::bench::sleepers::Sleeper;
use crate::bench::stage::Stage;
use crate::history::Client;

pub const FAULT: Fault = Fault {
    id: "F10",
    name: "clients that never read",
    means: "Hundreds of sockets with the smallest receive buffer there is follow conversations full of long messages \
        and never read. The others' time from writing to ack is compared with the time before the sleepers came, in the \
        same run under the same load. The server must stay within its memory and let the others go on.",
    needs: &[],
    rounds: 1,
    share: 1.0,
    size: Size { visitors: 160, agents: 6, messages_per_second: 1_000, in_flight_max: 36, strangers: 500 },
    run,
};

/// Sockets of one visitor beside their own page; the server allows sixteen in all.
const SOCKETS_EACH: usize = 15;
/// What is said in the conversations that sleepers follow, in bytes: nearly the longest message there is.
const LONG_BYTES: usize = 4_000;
/// Until when the others must have got on while sleepers sleep, however slow the machine is.
const GO_ON_MAX: Duration = Duration::from_secs(60);
const FLOOD_EVERY: Duration = Duration::from_millis(100);
/// How many times as long the others may wait while sleepers sleep. Two halves of one run on a shared machine differ
/// by themselves; a server that waits for sleepers is slower by orders of magnitude, for ever.
const RATIO_MAX: f64 = 10.0;

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let wanted = if plan.is_short() { 45 } else { plan.size.strangers };
        let flooded = wanted.div_ceil(SOCKETS_EACH);
        let half = if plan.is_short() { Duration::from_secs(2) } else { plan.budget / 2 };
        let before = flood(&mut stage, flooded, half).await;
        let sleepers = open(&stage, wanted).await?;
        let count = sleepers.len();
        let during = flood(&mut stage, flooded, half).await;
        let go_on = stage.until_acked(100, GO_ON_MAX).await;
        let asked = sleepers.into_iter().map(Sleeper::was_closed);
        let closed = futures_util::future::join_all(asked).await.into_iter().filter(|closed| *closed).count();
        let notes = format!(
            "{count} sleepers; the others' ack p99 {before} ms before, {during} ms with them; {closed} of them had been closed"
        );
        let mut report = stage.finish(1, notes).await?;
        report.demand(count == wanted, || format!("only {count} sleepers of {wanted} came in"));
        report.demand(go_on, || "nothing was acknowledged to the others while they slept".to_owned());
        let ratio = during as f64 / before.max(10) as f64;
        // How long a wait is says nothing on a machine that has other things to do, as it has in tests.
        let fast = ratio <= RATIO_MAX || report.is_short;
        report.demand(fast, || format!("the others waited {ratio:.1} times as long"));
        Ok(report)
    })
}

async fn open(stage: &Stage, wanted: usize) -> Result<Vec<Sleeper>> {
    let crowd = stage.crowd.lock().await;
    let mut sleepers = Vec::new();
    for visitor in &crowd.visitors {
        let Some(conversation) = visitor.page.conversation() else { continue };
        for _ in 0..SOCKETS_EACH.min(wanted - sleepers.len()) {
            sleepers.push(Sleeper::open(&stage.world.place(), &visitor.page.pass, conversation).await?);
        }
    }
    Ok(sleepers)
}

/// The first visitors say long things for a while. Returns the 99th percentile of the others' time to an ack.
async fn flood(stage: &mut Stage, flooded: usize, span: Duration) -> u64 {
    let from = stage.world.elapsed();
    let mut loud: HashSet<Client> = HashSet::new();
    while stage.world.elapsed() < from + span {
        let crowd = stage.crowd.lock().await;
        for visitor in crowd.visitors.iter().take(flooded) {
            loud.insert(visitor.page.number);
            if visitor.page.waiting() < stage.plan.size.in_flight_max {
                let text = format!("{:x} ", stage.dice.next()).repeat(LONG_BYTES / 17);
                let random = stage.dice.bytes();
                visitor.does(Input::Write { conversation: visitor.page.conversation(), text, random });
            }
        }
        drop(crowd);
        tokio::time::sleep(FLOOD_EVERY).await;
    }
    let waits = stage.world.waits_ms(from, |client| !loud.contains(&client));
    waits.get(waits.len().saturating_sub(1 + waits.len() / 100)).copied().unwrap_or(0)
}
