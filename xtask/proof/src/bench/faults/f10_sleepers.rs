//! F10: clients that connect, ask for conversations in which much is said, and never read a byte.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, Instant};

use anyhow::Result;
use deskbell_shared::session::Input;

use super::{Fault, Running};
use crate::bench::namespace::Namespace;
use crate::bench::plan::{Plan, Size};
use crate::bench::sleepers::Sleeper;
use crate::bench::stage::Stage;
use crate::history::Client;

pub const FAULT: Fault = Fault {
    id: "F10",
    name: "clients that never read",
    means: "Hundreds of sockets with the smallest receive buffer there is follow conversations full of long messages \
        and never read, until the server's side of nearly all of them is full; then they go, and others come. The \
        others' time from writing to ack while sleepers sleep is compared with that in between, in turns, in the same \
        run under the same load. The server must stay within its memory and let the others go on.",
    needs: &[crate::bench::ROOT, "ip", "ss"],
    rounds: 3,
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
/// How often it is looked what is stuck in the server's sockets: one that has not moved from one look to the next,
/// while more was said, is full.
const LOOK: Duration = Duration::from_millis(1_000);
/// How long a turn goes on at most until so many are full.
const FULL_MAX: Duration = Duration::from_secs(30);
/// Of a hundred sleepers, so many sockets have to be full in a full run.
const FULL_MIN: usize = 90;
/// How many times as long the others may wait while sleepers sleep, by the medians over the turns. Two turns of one
/// run differ by themselves; a server that waits for sleepers is slower by orders of magnitude, for ever.
const RATIO_MAX: f64 = 10.0;
/// Shorter waits than this are as good as none.
const WAIT_MS_MIN: u64 = 50;

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        // A cable as in an office: on loopback the kernel alone would buffer megabytes for each sleeper.
        let namespace = Namespace::new(plan.seed)?;
        let mut stage = namespace.stage(plan).await?;
        let wanted = if plan.is_short() { 45 } else { plan.size.strangers };
        let flooded = wanted.div_ceil(SOCKETS_EACH);
        let turn =
            if plan.is_short() { Duration::from_secs(2) } else { plan.budget / (2 * FAULT.rounds as u32) };
        let mut rounds = plan.rounds();
        let (mut before, mut during) = (Vec::new(), Vec::new());
        let (mut came, mut full, mut closed, mut stopped) = (0, 0, 0, 0);
        while rounds.more() && rounds.done <= FAULT.rounds {
            before.push(flood(&mut stage, flooded, turn, None).await?.0);
            let sleepers = open(&stage, wanted).await?;
            came += sleepers.len();
            let ports: BTreeSet<u16> = sleepers.iter().filter_map(|sleeper| sleeper.port().ok()).collect();
            let (wait, stuck) = flood(&mut stage, flooded, turn, Some((&namespace, &ports))).await?;
            during.push(wait);
            full += stuck;
            stopped += usize::from(!stage.until_acked(100, GO_ON_MAX).await);
            let asked = sleepers.into_iter().map(Sleeper::was_closed);
            closed +=
                futures_util::future::join_all(asked).await.into_iter().filter(|closed| *closed).count();
        }
        let (before, during) = (median(before), median(during));
        let notes = format!(
            "{came} sleepers, the server's side of {full} full, {closed} closed by the server; the others' ack p99 \
             {before} ms without and {during} ms with them"
        );
        let mut report = stage.finish(rounds.done, notes).await?;
        drop(namespace);
        let wanted = wanted * rounds.done;
        report.demand(came == wanted, || format!("only {came} sleepers of {wanted} came in"));
        report.demand(stopped == 0, || {
            "nothing was acknowledged to the others while sleepers slept".to_owned()
        });
        // How fast something is says nothing on a machine that has other things to do, as it has in tests.
        let is_judged = !report.is_short;
        report.demand(!is_judged || full * 100 >= came * FULL_MIN, || {
            format!("only {full} sockets of {came} were full: the server was not tried")
        });
        let ratio = during as f64 / before.max(WAIT_MS_MIN) as f64;
        report.demand(!is_judged || ratio <= RATIO_MAX, || {
            format!("the others waited {ratio:.1} times as long")
        });
        Ok(report)
    })
}

fn median(mut waits: Vec<u64>) -> u64 {
    waits.sort_unstable();
    waits.get(waits.len() / 2).copied().unwrap_or(0)
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

/// The first visitors say long things for a while. Returns the 99th percentile of the others' time to an ack, and how
/// many of the sockets with these ports on the far side were full at some time.
async fn flood(
    stage: &mut Stage,
    flooded: usize,
    span: Duration,
    sleeping: Option<(&Namespace, &BTreeSet<u16>)>,
) -> Result<(u64, usize)> {
    let from = stage.world.elapsed();
    let mut loud: HashSet<Client> = HashSet::new();
    let mut seen: BTreeMap<u16, u64> = BTreeMap::new();
    let mut full: BTreeSet<u16> = BTreeSet::new();
    let mut looked = Instant::now();
    loop {
        let took = stage.world.elapsed() - from;
        // A full run goes on until the server has been tried; a test only sees that others go on.
        let wanted = sleeping.filter(|_| !stage.plan.is_short()).map_or(0, |(_, ports)| ports.len());
        if took >= span && (full.len() * 100 >= wanted * FULL_MIN || took >= FULL_MAX) {
            break;
        }
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
        if let Some((namespace, ports)) = sleeping.filter(|_| looked.elapsed() >= LOOK) {
            looked = Instant::now();
            let unsent = namespace.unsent_to(ports)?;
            full.extend(
                unsent.iter().filter(|(port, bytes)| seen.get(port) == Some(bytes)).map(|(port, _)| port),
            );
            seen = unsent.into_iter().filter(|(_, bytes)| *bytes > 0).collect();
        }
        tokio::time::sleep(FLOOD_EVERY).await;
    }
    let waits = stage.world.waits_ms(from, |client| !loud.contains(&client));
    let wait = waits.get(waits.len().saturating_sub(1 + waits.len() / 100)).copied().unwrap_or(0);
    Ok((wait, full.len()))
}
