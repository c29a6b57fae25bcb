//! F27: thousands of connections end at once, and everybody comes back in the same moment.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::stream::{self, StreamExt as _};

use super::{Fault, Running};
use crate::bench::link::Pass;
use crate::bench::plan::{Plan, Size};
use crate::bench::sleepers::Sleeper;
use crate::bench::stage::Stage;

pub const FAULT: Fault = Fault {
    id: "F27",
    name: "a reconnect storm",
    means: "5,000 visitors who only look are connected while others write. All of their connections end in one moment, \
        and all come back as the widget does: a ticket and a hello after a random part of a second, and again after \
        twice as long when that fails. In a full run 99 of 100 must be welcome again within 5 seconds; the others go on \
        writing, and the server stays within its memory.",
    needs: &[],
    rounds: 3,
    share: 1.0,
    size: Size { visitors: 120, agents: 6, messages_per_second: 300, in_flight_max: 24, strangers: 5_000 },
    run,
};

/// Of a short run.
const FEW: usize = 150;
/// As in the session: the first wait is a random part of this, each further one of twice as much.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Nobody waits longer than that between two tries.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// Until when everybody has to be back at all.
const BACK_MAX: Duration = Duration::from_secs(60);
/// Until when 99 of 100 have to be back.
const P99_MAX: Duration = Duration::from_secs(5);
/// Who comes for the first time comes in an orderly way.
const ARRIVING_AT_ONCE: usize = 32;

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let wanted = if plan.is_short() { FEW } else { plan.size.strangers };
        let site_key =
            stage.crowd.lock().await.visitors.first().and_then(|visitor| match &visitor.page.pass {
                Pass::Visitor { site_key, .. } => Some(site_key.clone()),
                Pass::Agent { .. } => None,
            });
        let site_key = site_key.unwrap_or_default();
        let passes: Vec<Pass> = (0..wanted)
            .map(|_| {
                let token = URL_SAFE_NO_PAD.encode(stage.dice.bytes::<32>());
                Pass::Visitor { site_key: site_key.clone(), token }
            })
            .collect();
        let mut here = stream::iter(passes.clone())
            .map(|pass| comes(&stage, pass, Duration::ZERO))
            .buffer_unordered(ARRIVING_AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let mut rounds = plan.rounds();
        let (mut backs, mut away, mut stood) = (Vec::new(), 0, 0);
        let before = stage.meter.resident_bytes().unwrap_or_default();
        let mut most = before;
        while rounds.more() && rounds.done <= FAULT.rounds {
            drop(std::mem::take(&mut here));
            let waits: Vec<Duration> = passes
                .iter()
                .map(|_| FIRST_WAIT.mul_f64((stage.dice.next() % 1_000) as f64 / 1_000.0))
                .collect();
            let began = Instant::now();
            let storm = passes.iter().zip(waits).map(|(pass, wait)| {
                let back = comes(&stage, pass.clone(), wait);
                async move { (back.await, began.elapsed()) }
            });
            for (sleeper, took) in futures_util::future::join_all(storm).await {
                match sleeper {
                    Some(_) => backs.push(took),
                    None => away += 1,
                }
                here.push(sleeper);
            }
            most = most.max(stage.meter.resident_bytes().unwrap_or_default());
            stood += usize::from(!stage.until_acked(50, BACK_MAX).await);
        }
        drop(here);
        backs.sort_unstable();
        let at = |part: usize| backs.get(backs.len() * part / 100).copied().unwrap_or_default();
        let (p50, p99) = (at(50), at(99));
        let last = backs.last().copied().unwrap_or_default();
        let notes = format!(
            "{wanted} at once: welcome again after {:.1} s at p50, {:.1} s at p99, the last after {:.1} s; resident \
             {} MB before, {} MB at most when all were back",
            p50.as_secs_f64(),
            p99.as_secs_f64(),
            last.as_secs_f64(),
            before / 1_000_000,
            most / 1_000_000
        );
        let mut report = stage.finish(rounds.done, notes).await?;
        report.demand(away == 0, || format!("{away} were not back within a minute"));
        report.demand(stood == 0, || "nothing was acknowledged to the others after a storm".to_owned());
        // How fast something is says nothing on a machine that has other things to do, as it has in tests.
        let is_judged = !report.is_short;
        report.demand(!is_judged || p99 < P99_MAX, || format!("99 of 100 were back only after {p99:?}"));
        Ok(report)
    })
}

/// Tries until it is welcome; `None` when that takes longer than anybody should wait.
async fn comes(stage: &Stage, pass: Pass, mut wait: Duration) -> Option<Sleeper> {
    let began = Instant::now();
    loop {
        tokio::time::sleep(wait).await;
        match Sleeper::welcome(&stage.world.place(), &pass).await {
            Ok(sleeper) => return Some(sleeper),
            Err(_) if began.elapsed() > BACK_MAX => return None,
            Err(_) => wait = (wait * 2).clamp(FIRST_WAIT / 4, WAIT_MAX),
        }
    }
}
