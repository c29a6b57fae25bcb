//! The fault bench: the real binary under load, one fault after the other, and one table of what became of what had
//! been acknowledged. `cargo xtask faults` runs all of it, a test the short form.

#![allow(missing_docs)] // a program's inside: names and modules say it

#[cfg(feature = "browser")]
pub mod browser;
mod cgroup;
mod client;
mod crowd;
mod desks;
mod dice;
mod driver;
pub mod faults;
mod flip;
mod http;
mod link;
mod load;
mod meter;
mod mount;
mod namespace;
mod node;
#[cfg(feature = "browser")]
pub mod paint;
pub mod plan;
mod proxy;
pub mod report;
mod rows;
mod settle;
mod setup;
mod sleepers;
mod stage;
mod stored;
mod strace;
mod team;
mod world;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use faults::Fault;
use plan::Plan;
use report::Outcome;

/// How the command is used.
pub const USAGE: &str = "faults [--only F1,F9] [--minutes N] [--seed S] [--form short] [--binary PATH]";
/// The time of a run that names none.
const MINUTES_DEFAULT: f64 = 20.0;

/// Among what a fault needs: being root.
pub const ROOT: &str = "being root";
const INTERRUPTED: &str = "interrupted";
/// A shorter run is a trial, like one of some faults only, one of the short forms, and one that was broken off.
const FULL_MINUTES_MIN: f64 = 5.0;
/// The page of a full run.
const PAGE: &str = "docs/faults.md";
/// The same of a trial, which must not take the place of the other.
const TRIAL: &str = "target/faults/trial.md";
/// What of a run's time is left for coming to rest and looking after the last fault; usually it takes no longer.
const REST_USUAL: Duration = Duration::from_secs(60);
/// What a fault may take beside its budget: setting up, the last round, a minute of healing, readers.
const OVERTIME_MAX: Duration = Duration::from_secs(240);

struct Options {
    only: Vec<String>,
    minutes: f64,
    seed: u64,
    binary: PathBuf,
    short: bool,
}

impl Options {
    fn read(args: &[String]) -> Result<Options> {
        let mut options = Options {
            only: Vec::new(),
            minutes: MINUTES_DEFAULT,
            seed: std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(1, |since| since.as_secs()),
            binary: std::env::var_os("DESKBELL_BINARY").map(PathBuf::from).unwrap_or_default(),
            short: false,
        };
        for pair in args.chunks(2) {
            let [name, value] = pair else { bail!("usage: {USAGE}") };
            let number = || format!("{name} {value}");
            match name.as_str() {
                "--only" => options.only = value.split(',').map(|id| id.trim().to_uppercase()).collect(),
                "--minutes" => options.minutes = value.parse().with_context(number)?,
                "--seed" => options.seed = value.parse().with_context(number)?,
                "--form" => options.short = value == "short",
                "--binary" => options.binary = value.into(),
                _ => bail!("there is no option {name}: {USAGE}"),
            }
        }
        if let Some(unknown) =
            options.only.iter().find(|id| !faults::ALL.iter().any(|fault| fault.id == **id))
        {
            bail!("there is no fault {unknown} here");
        }
        if !options.binary.is_file() {
            bail!(
                "{} is no server: name one with --binary, or use cargo xtask faults",
                options.binary.display()
            );
        }
        Ok(options)
    }

    fn plan(&self, fault: &Fault, budget: Duration) -> Plan {
        let mut plan = Plan::short(self.binary.clone(), self.seed);
        if !self.short {
            plan.size = fault.size;
            plan.budget = budget;
            plan.rounds_max = fault.rounds;
            plan.short = false;
        }
        plan
    }
}

/// Runs faults and prints the table. Whether everything held.
///
/// While one fault's clients come to rest and are looked at, which is mostly waiting, the next fault begins: two are up
/// at a time at most, each with a server, a folder and a network of its own.
pub fn command(args: &[String]) -> Result<bool> {
    let options = Options::read(args)?;
    let chosen: Vec<&'static Fault> = faults::ALL
        .iter()
        .filter(|fault| options.only.is_empty() || options.only.iter().any(|id| id == fault.id))
        .collect();
    println!("seed {}, {} minutes; raised for the load: {}", options.seed, options.minutes, node::RAISED);
    let ends = Instant::now() + Duration::from_secs_f64(options.minutes * 60.0);
    let mut shares: f64 = chosen.iter().map(|fault| fault.share).sum();
    let outcomes = std::thread::scope(|scope| {
        let mut running = VecDeque::new();
        let mut outcomes: Outcomes = Vec::new();
        for fault in chosen {
            let left = ends.saturating_duration_since(Instant::now()).saturating_sub(REST_USUAL);
            let mut plan = options.plan(fault, left.mul_f64(fault.share / shares));
            shares -= fault.share;
            let (worked, hears) = std::sync::mpsc::channel();
            plan.worked = Some(worked);
            running.push_back((fault, scope.spawn(move || carried_out(fault, &plan))));
            // Told, or its end: a fault that could not be made tells nobody.
            let _ = hears.recv();
            if running.len() > 1 {
                outcomes.extend(running.pop_front().map(ended));
            }
            if was_interrupted(&outcomes) {
                break;
            }
        }
        outcomes.extend(running.into_iter().map(ended));
        outcomes
    });
    println!("\n{}", report::table(&outcomes));
    let is_whole = options.only.is_empty() && !was_interrupted(&outcomes);
    let is_full = is_whole && !options.short && options.minutes >= FULL_MINUTES_MIN;
    let page = if is_full { PAGE } else { TRIAL };
    write_page(page, &options, &outcomes)?;
    println!("written into {page}");
    Ok(outcomes.iter().all(|(_, _, outcome)| outcome.is_good()))
}

type Outcomes = Vec<(&'static str, &'static str, Outcome)>;

fn carried_out(fault: &Fault, plan: &Plan) -> Outcome {
    let began = Instant::now();
    let outcome = one(fault, plan);
    say(fault, &outcome, began.elapsed());
    outcome
}

fn ended(
    (fault, thread): (&'static Fault, std::thread::ScopedJoinHandle<'_, Outcome>),
) -> (&'static str, &'static str, Outcome) {
    let panicked = |_| Outcome::Failed(anyhow::anyhow!("the bench panicked"));
    (fault.id, fault.name, thread.join().unwrap_or_else(panicked))
}

fn was_interrupted(outcomes: &Outcomes) -> bool {
    let interrupted =
        |outcome: &Outcome| matches!(outcome, Outcome::Failed(error) if error.to_string() == INTERRUPTED);
    outcomes.iter().any(|(_, _, outcome)| interrupted(outcome))
}

fn write_page(to: &str, options: &Options, outcomes: &Outcomes) -> Result<()> {
    let date =
        String::from_utf8(std::process::Command::new("date").args(["-u", "+%Y-%m-%d"]).output()?.stdout)?;
    let run = report::Run {
        seed: options.seed,
        minutes: options.minutes,
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        date: date.trim(),
        fresh_max: settle::FRESH_MAX,
        raised: &format!("`{}`", node::RAISED),
    };
    let mut page = report::page(outcomes, &run);
    page += "## What the rows mean\n\n";
    for fault in faults::ALL {
        page += &format!("- **{} {}.** {}\n", fault.id, fault.name, fault.means);
    }
    if let Some(folder) = std::path::Path::new(to).parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(to, page).with_context(|| format!("writing {to}"))
}

/// Carries out one fault, on a runtime of its own so that nothing of it lives on.
pub fn one(fault: &Fault, plan: &Plan) -> Outcome {
    if let Some(missing) = fault.needs.iter().find(|program| !is_installed(program)) {
        let why = format!("{missing} is not installed");
        return if promises_tools() { Outcome::Failed(anyhow::anyhow!(why)) } else { Outcome::Skipped(why) };
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Outcome::Failed(error.into()),
    };
    let outcome = runtime.block_on(async {
        tokio::select! {
            ended = (fault.run)(plan) => ended,
            () = tokio::time::sleep(plan.budget + OVERTIME_MAX) => Err(anyhow::anyhow!("it never ended")),
            () = stopped() => Err(anyhow::anyhow!(INTERRUPTED)),
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(2));
    match outcome {
        Ok(report) => Outcome::Ran(Box::new(report)),
        Err(error) => Outcome::Failed(error),
    }
}

/// Somebody wants the bench to end: what it made is taken down first.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

fn say(fault: &Fault, outcome: &Outcome, took: Duration) {
    let (id, name, took) = (fault.id, fault.name, took.as_secs_f64());
    match outcome {
        Outcome::Ran(report) => {
            let verdict = if report.held() { "held" } else { "BROKEN" };
            println!(
                "{id} {name}: {verdict} after {} rounds, {} acknowledged ({:.0} a second), recovery {:.1} s; {}; {}{:.1} s in all",
                report.rounds,
                report.verdict.acknowledged,
                report.acked_per_second,
                report.verdict.recovery_ms_max.unwrap_or(0) as f64 / 1e3,
                report.notes,
                report.memory.map_or(String::new(), |memory| format!("{memory}; ")),
                took,
            );
            print!("{}", report::without_paths(&report.complaint()));
        }
        Outcome::Skipped(why) => println!("{id} {name}: SKIPPED: {why}"),
        Outcome::Failed(error) => {
            let why = report::without_paths(&format!("{error:#}"));
            println!("{id} {name}: FAILED after {took:.1} s: {why}")
        }
    }
}

/// Whether this is a machine on which `cargo xtask` installs what is missing: there nothing is skipped.
fn promises_tools() -> bool {
    rustix::process::geteuid().is_root() && std::path::Path::new("/etc/debian_version").is_file()
}

fn is_installed(program: &str) -> bool {
    if program == ROOT {
        return rustix::process::geteuid().is_root();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
