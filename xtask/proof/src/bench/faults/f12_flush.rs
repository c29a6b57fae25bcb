//! F12: a flush fails. Nobody knows what the disk holds then, so the process has to end and a new one has to look.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Fault, Running};
use crate::bench::node::Program;
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;
use crate::bench::strace::{self, Inject};

pub const FAULT: Fault = Fault {
    id: "F12",
    name: "a flush fails",
    means: "strace lets the n-th flush of a thread fail with EIO. The process must end by itself and say so, and \
        nothing acknowledged may be missing afterwards.",
    needs: &["strace"],
    rounds: 40,
    share: 1.0,
    size: Size { visitors: 120, agents: 6, messages_per_second: 1_500, in_flight_max: 36, strangers: 0 },
    run,
};

/// A thread's second flush is of the folder, after the first of a log that it has opened: SQLite does not look at what
/// became of that one, and nothing here can. Whether the log's name lasts is F13's question.
const FIRST: u32 = 3;
/// A flush that does not come within this time (fewer were needed) is not waited for.
const FLUSH_MAX: Duration = Duration::from_secs(60);
/// From the failed flush to the end of the process. It takes a moment; the machine may have other things to do.
const END_MAX: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);

/// What became of the processes.
#[derive(Default)]
struct Count {
    struck: usize,
    ended: usize,
    unsaid: usize,
    slowest: Duration,
}

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let mut rounds = plan.rounds();
        let mut count = Count::default();
        while rounds.more() {
            stage.kill().await;
            let when = FIRST + stage.dice.below(if plan.is_short() { 12 } else { 60 }) as u32;
            let notes = stage.folder.path().join(format!("calls-{}", rounds.done));
            let inject = Inject { call: strace::FLUSH, what: "error=EIO", when: Some(when) };
            stage.node.set_program(strace::noting(inject, &notes));
            stage.node.launch()?;
            strike(&mut stage, &notes, &mut count).await;
        }
        stage.kill().await;
        stage.node.set_program(Program::default());
        stage.start().await?;
        stage.some_look(0.5).await;
        let Count { struck, ended, unsaid, slowest } = count;
        let notes = format!(
            "{struck} flushes failed, {ended} processes ended by themselves, the slowest after {:.1} s",
            slowest.as_secs_f64()
        );
        let mut report = stage.finish(rounds.done, notes).await?;
        report.demand(struck > 0, || "no flush failed".to_owned());
        report
            .demand(ended == struck, || format!("only {ended} processes ended by themselves with a failure"));
        report.demand(unsaid == 0, || format!("{unsaid} processes did not say why"));
        Ok(report)
    })
}

/// One process, from its start to its end by a flush that failed. People look at their pages meanwhile.
async fn strike(stage: &mut Stage, notes: &Path, count: &mut Count) {
    let began = Instant::now();
    let mut failed_at: Option<Instant> = None;
    loop {
        tokio::time::sleep(LOOK).await;
        stage.some_look(0.02).await;
        let ended = stage.node.ended().ok().flatten();
        if failed_at.is_none() && strace::struck(notes) {
            failed_at = Some(Instant::now());
            count.struck += 1;
        }
        match (ended, failed_at) {
            (Some(status), _) => {
                // By itself: with a code, not by a signal, and not as if all were well.
                count.ended +=
                    usize::from(failed_at.is_some() && status.code().is_some_and(|code| code != 0));
                count.slowest = count.slowest.max(failed_at.map_or(Duration::ZERO, |at| at.elapsed()));
                // It says why in the log, or as its last words where it had not yet begun to serve.
                count.unsaid += usize::from(!says(stage).await);
                return;
            }
            (None, None) if began.elapsed() > FLUSH_MAX => return,
            (None, Some(at)) if at.elapsed() > END_MAX => return,
            (None, _) => {}
        }
    }
}

/// Last words may still be on their way.
async fn says(stage: &Stage) -> bool {
    for _ in 0..200 {
        if stage.node.said().contains("deskbell: ") {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}
