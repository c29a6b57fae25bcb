//! F11: the disk is full, for a while.

use std::time::{Duration, Instant};

use super::{Fault, Running};
use crate::bench::http;
use crate::bench::mount::Disk;
use crate::bench::node::{Node, Program};
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;

pub const FAULT: Fault = Fault {
    id: "F11",
    name: "disk full",
    means: "The data folder lies on a small disk that is filled to the last byte under load and emptied again. The \
        server must refuse with \"later\", say so on /readyz and in its log, and store again by itself. In every \
        third round it is killed while the disk is full, and has to come up when there is room.",
    needs: &[crate::bench::ROOT, "mount", "umount"],
    rounds: 20,
    share: 1.0,
    size: Size { visitors: 120, agents: 6, messages_per_second: 1_000, in_flight_max: 36, strangers: 0 },
    run,
};

const DISK_MEGABYTES: usize = 400;
/// From the last free byte to the first refusal, and from the first free one to the first ack: both are promised
/// within the recovery time.
const NOTICE_MAX: Duration = Duration::from_secs(60);

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let folder = tempfile::Builder::new().prefix("deskbell-faults-").tempdir()?;
        let data = folder.path().join("data");
        let disk = Disk::mount(&data, DISK_MEGABYTES)?;
        let mut stage =
            Stage::open_on(plan, folder, Node::new(&plan.binary, &data, Program::default())).await?;
        let mut rounds = plan.rounds();
        let (mut unsaid, mut stuck, mut killed) = (0, 0, 0);
        while rounds.more() {
            stage.until_acked(100, Duration::from_secs(10)).await;
            disk.fill()?;
            unsaid += usize::from(!says(&stage, 503).await);
            let span = if plan.is_short() { (200, 600) } else { (1_000, 4_000) };
            let span = stage.dice.span_ms(span.0, span.1);
            tokio::time::sleep(span).await;
            if rounds.done.is_multiple_of(3) {
                stage.kill().await;
                killed += 1;
            }
            disk.empty()?;
            if !stage.node.runs() {
                stage.start().await?;
            }
            stage.some_look(0.5).await;
            stuck += usize::from(!says(&stage, 200).await || !stage.until_acked(1, NOTICE_MAX).await);
        }
        let loud = stage.node.said().contains("cannot write now") || killed > 0;
        let notes = format!("{} times full, killed {killed} times meanwhile", rounds.done);
        let mut report = stage.finish(rounds.done, notes).await?;
        drop(disk);
        report
            .demand(unsaid == 0, || format!("{unsaid} times /readyz did not say that nothing can be stored"));
        report.demand(stuck == 0, || format!("{stuck} times the server did not store again by itself"));
        report.demand(loud, || "the log does not say that the disk was full".to_owned());
        Ok(report)
    })
}

/// Whether `/readyz` answers so, sooner or later.
async fn says(stage: &Stage, status: u16) -> bool {
    let began = Instant::now();
    while began.elapsed() < NOTICE_MAX {
        let answer = http::get(&stage.node.place(), "/readyz", None).await;
        if answer.is_ok_and(|answer| answer.status == status) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}
