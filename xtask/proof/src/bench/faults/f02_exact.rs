//! F2: the server is killed at an exact system call: before a flush, before a page of the log is written, before an
//! acknowledgement leaves.

use std::time::{Duration, Instant};

use super::{Fault, Running};
use crate::bench::node::Program;
use crate::bench::plan::{Plan, Size};
use crate::bench::stage::Stage;
use crate::bench::strace::{self, Inject};

pub const FAULT: Fault = Fault {
    id: "F2",
    name: "killed at an exact call",
    means: "strace kills the server at the n-th fsync, pwrite64 or send of a thread, n counting up: between \
        commit and ack, in the middle of a commit, between ack and ack.",
    needs: &["strace"],
    rounds: 120,
    share: 2.0,
    size: Size { visitors: 120, agents: 6, messages_per_second: 1_500, in_flight_max: 36, strangers: 0 },
    run,
};

const CALLS: [&str; 3] = [strace::FLUSH, "pwrite64", strace::SEND];
/// A call that does not come within this time (fewer were made) is not waited for.
const STRIKE_MAX: Duration = Duration::from_secs(6);
/// The short form asks for the first calls, which come, however slow the machine is.
const STRIKE_SHORT_MAX: Duration = Duration::from_secs(60);

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut stage = Stage::open(plan).await?;
        let mut rounds = plan.rounds();
        let mut struck = [0usize; 3];
        let mut in_flight = 0;
        while rounds.more() {
            let at = (rounds.done - 1) % CALLS.len();
            let turn = (rounds.done - 1) / CALLS.len();
            // Commits take a flush, some writes of pages, and an answer for each of those who wait.
            let when = [1 + turn, 2 + 5 * turn, 1 + 7 * turn][at] as u32;
            stage.kill().await;
            stage.node.set_program(strace::program(Inject {
                call: CALLS[at],
                what: "signal=KILL",
                when: Some(when),
            }));
            stage.node.launch()?;
            stage.some_look(1.0).await;
            let began = Instant::now();
            let strike_max = if plan.is_short() { STRIKE_SHORT_MAX } else { STRIKE_MAX };
            while began.elapsed() < strike_max && stage.node.runs() {
                tokio::time::sleep(Duration::from_millis(20)).await;
                if began.elapsed() > Duration::from_millis(400) {
                    stage.some_look(0.05).await;
                }
            }
            struck[at] += usize::from(!stage.node.runs());
            in_flight += stage.crowd.lock().await.waiting();
        }
        stage.kill().await;
        stage.node.set_program(Program::default());
        stage.start().await?;
        stage.some_look(0.5).await;
        let [flushes, writes, sends] = struck;
        let notes = format!(
            "killed at {flushes} flushes, {writes} writes, {sends} sends, {in_flight} messages on their way"
        );
        let mut report = stage.finish(rounds.done, notes).await?;
        report.demand(flushes + writes + sends > 0, || "strace killed nothing".to_owned());
        Ok(report)
    })
}
