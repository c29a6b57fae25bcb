//! F16: the server's clock jumps, forward and back, by hours and days, while it runs and between two runs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{Fault, Running};
use crate::bench::node::Program;
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;

pub const FAULT: Fault = Fault {
    id: "F16",
    name: "clock jumps",
    means: "The server's wall clock jumps by an hour or three days, forward and back, while it runs (libfaketime; the \
        monotonic clock goes on); in every third round over a kill. Order and places may not care, and agents at work stay \
        signed in.",
    needs: &["faketime"],
    rounds: 30,
    share: 1.0,
    size: Size { visitors: 160, agents: 8, messages_per_second: 1_500, in_flight_max: 36, strangers: 0 },
    run,
};

/// Over a kill not further forward than half a day: after it only the wall clock is left to say how long an agent has
/// not used their session. While the server runs, it may jump by days.
const JUMPS: [&str; 6] = ["+1h", "+3d", "-3d", "+0", "+3d", "-2h"];

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open_with(plan, |folder| {
            set(&folder.join("clock"), "+0")?;
            program(&folder.join("clock"))
        })
        .await?;
        let clock = stage.folder.path().join("clock");
        let mut rounds = plan.rounds();
        let mut stopped = 0;
        while rounds.more() {
            let killed = rounds.done.is_multiple_of(3);
            if killed {
                stage.kill().await;
            }
            set(&clock, JUMPS[(rounds.done - 1) % JUMPS.len()])?;
            if killed {
                stage.start().await?;
                stage.some_look(0.5).await;
            }
            let span = if plan.is_short() { (500, 1_000) } else { (1_000, 5_000) };
            let span = stage.dice.span_ms(span.0, span.1);
            tokio::time::sleep(span).await;
            stopped += usize::from(!stage.until_acked(50, Duration::from_secs(60)).await);
        }
        let notes = format!("{} jumps", rounds.done);
        let mut report = stage.finish(rounds.done, notes).await?;
        report
            .demand(stopped == 0, || format!("after {stopped} jumps nothing was acknowledged for a minute"));
        Ok(report)
    })
}

/// The server's clock reads what stands in the file.
fn set(clock: &Path, jump: &str) -> Result<()> {
    let new = clock.with_extension("new");
    std::fs::write(&new, format!("{jump}\n"))?;
    // At once: half a file would be half a jump.
    std::fs::rename(new, clock).context("setting the clock")
}

fn program(clock: &Path) -> Result<Program> {
    let library = library().context("libfaketime is not where Debian puts it")?;
    Ok(Program::under([
        "env".to_owned(),
        format!("LD_PRELOAD={}", library.display()),
        format!("FAKETIME_TIMESTAMP_FILE={}", clock.display()),
        "FAKETIME_NO_CACHE=1".to_owned(),
        "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
        "DONT_FAKE_MONOTONIC=1".to_owned(),
    ]))
}

fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
    folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).find(|path| path.is_file())
}
