//! F28: an old copy of the database is put back while clients are there.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use rustix::process::Signal;

use super::{Fault, Running};
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;
use crate::bench::stored;

pub const FAULT: Fault = Fault {
    id: "F28",
    name: "an old backup is restored",
    means: "A copy is made while the server runs (VACUUM INTO, as `.backup` does), people write on, the server is \
        stopped, `deskbell restore` puts the copy back, the server starts. Clients must see the new lineage, drop what \
        they showed, and offer again what they had sent: everything acknowledged is there again, once, in order.",
    needs: &[],
    rounds: 8,
    share: 1.0,
    // What a device offers again is bounded to 500 messages: less is written between copy and restore.
    size: Size { visitors: 160, agents: 8, messages_per_second: 1_000, in_flight_max: 36, strangers: 0 },
    run,
};

const EXIT_MAX: Duration = Duration::from_secs(30);
/// Everybody is back after that, as after anything.
const BACK_MAX: Duration = Duration::from_secs(60);

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let mut rounds = plan.rounds();
        let mut undone = 0;
        while rounds.more() {
            let copy = stage.folder.path().join(format!("copy-{}.db", rounds.done));
            stage.until_acked(50, BACK_MAX).await;
            stored::copy(&stage.node.database(), &copy)?;
            let before = stage.world.acked();
            let span = if plan.is_short() { (300, 800) } else { (2_000, 8_000) };
            let span = stage.dice.span_ms(span.0, span.1);
            tokio::time::sleep(span).await;
            // There has to be something that the copy lacks, however slow the machine is.
            stage.until_acked(1, BACK_MAX).await;
            stage.meter.watch(None);
            stage.node.signal(Signal::TERM)?;
            stage.node.gone(EXIT_MAX).await?;
            undone += stage.world.acked() - before;
            restore(&stage, &copy)?;
            stage.start().await?;
            stage.some_look(0.5).await;
            stage.until_acked(50, BACK_MAX).await;
            // The next copy is made when everybody has offered again what the last one had lost.
            stage.rest().await?;
        }
        let notes = format!("{undone} messages acknowledged after the copy and offered again");
        let mut report = stage.finish(rounds.done, notes).await?;
        report.demand(undone > 0, || "nothing was acknowledged between copy and restore".to_owned());
        Ok(report)
    })
}

fn restore(stage: &Stage, copy: &std::path::Path) -> Result<()> {
    let mut command = Command::new(&stage.plan.binary);
    let output = command.arg("restore").arg(copy).arg("--data").arg(stage.node.data()).output()?;
    if !output.status.success() {
        bail!("restoring: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
