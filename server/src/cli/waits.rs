//! `deskbell waits backtest`: whether what is said about waits comes true, on generated days, on those of a file, or on
//! what is stored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, Subcommand};
use deskbell_shared::model::{AgentId, Priority, UnixMillis};
use deskbell_shared::protocol::limits::CAPACITY_DEFAULT;

use crate::backtest::{self, Asks, Course, Event, Generator, Tally};
use crate::config::{Flags, Settings};
use crate::store::sqlite::{self, PastInbox, PastWork};

/// Whoever had nothing for longer was not there meanwhile.
const WENT_AFTER: Duration = Duration::from_secs(2 * 3600);

/// What is asked about waits.
#[derive(Args)]
pub struct Waits {
    #[command(subcommand)]
    command: WaitsCommand,
}

#[derive(Subcommand)]
enum WaitsCommand {
    /// Replay days through the desk, and score its predictions beside common ones.
    Backtest(Box<Backtest>),
}

#[derive(Args)]
struct Backtest {
    /// The first seed of generated days.
    #[arg(long, default_value_t = 2001)]
    seed: u64,
    /// How many seeds, each with a shop of its own.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// How many days each shop lives.
    #[arg(long, default_value_t = backtest::DAYS_GENERATED)]
    days: u32,
    /// Only days of this kind, such as `steady`.
    #[arg(long, value_name = "KIND")]
    only: Option<String>,
    /// Days from a file instead; docs/waits.md has the format.
    #[arg(long, value_name = "FILE", conflicts_with = "stored")]
    csv: Option<PathBuf>,
    /// The days that are stored in the data folder instead, inbox by inbox.
    #[arg(long)]
    stored: bool,
    /// Put the results into this page, in place of those it has.
    #[arg(long, value_name = "PAGE")]
    write: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

impl Waits {
    /// Runs it. Says whether generated days are predicted as well as is asked for.
    pub fn run(self) -> Result<bool> {
        match self.command {
            WaitsCommand::Backtest(asked) => asked.run(),
        }
    }
}

impl Backtest {
    fn run(&self) -> Result<bool> {
        let (run, tallies) = if let Some(file) = &self.csv {
            (format!("Days of `{}`.", file.display()), vec![of_file(file)?])
        } else if self.stored {
            let settings = Settings::load(&self.flags).map_err(|why| anyhow!(why))?;
            ("Stored days.".to_owned(), of_store(&settings.data)?)
        } else {
            let last = self.seed + self.seeds.saturating_sub(1);
            (format!("Seeds {} to {last}, {} days of each.", self.seed, self.days), self.generated()?)
        };
        print!("{run}\n\n{}", backtest::terminal(&tallies));
        if let Some(page) = &self.write {
            let text =
                std::fs::read_to_string(page).with_context(|| format!("reading {}", page.display()))?;
            let text = backtest::with_results(&text, &run, &tallies)
                .ok_or_else(|| anyhow!("{} has no place for results", page.display()))?;
            std::fs::write(page, text).with_context(|| format!("writing {}", page.display()))?;
        }
        if self.csv.is_some() || self.stored {
            return Ok(true);
        }
        let wrong: Vec<String> = tallies.iter().flat_map(|tally| tally.verdict().0).collect();
        match wrong.is_empty() {
            true => println!("\nall that is asked for holds"),
            false => wrong.iter().for_each(|what| println!("\nnot as asked for: {what}")),
        }
        Ok(wrong.is_empty())
    }

    fn generated(&self) -> Result<Vec<Tally>> {
        let wanted = |generator: &Generator| self.only.as_deref().is_none_or(|only| only == generator.name());
        let generators: Vec<Generator> = Generator::ALL.into_iter().filter(wanted).collect();
        if generators.is_empty() {
            bail!("there are days of these kinds: {}", Generator::ALL.map(Generator::name).join(", "));
        }
        Ok(generators.into_iter().map(|generator| self.kind(generator)).collect())
    }

    /// On all processors; seeds are added up in their order, so that the result is the same on any machine.
    fn kind(&self, generator: Generator) -> Tally {
        let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        let seeds: Vec<u64> = (self.seed..self.seed + self.seeds).collect();
        let days = self.days;
        let mut tally = Tally::of(generator.name());
        for some in seeds.chunks(workers.max(1) as usize) {
            std::thread::scope(|scope| {
                let one = |seed| scope.spawn(move || backtest::generated(generator, [seed], days));
                let running: Vec<_> = some.iter().copied().map(one).collect();
                for done in running {
                    match done.join() {
                        Ok(part) => tally.and(&part),
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                }
            });
            eprint!(".");
        }
        eprintln!(" {}", generator.name());
        tally
    }
}

fn of_file(file: &Path) -> Result<Tally> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let course = backtest::read(&text).with_context(|| format!("in {}", file.display()))?;
    let name = file.file_stem().map(|name| name.to_string_lossy().into_owned());
    let mut tally = Tally::of(&name.unwrap_or_default());
    tally.add(&backtest::replayed(&course));
    Ok(tally)
}

fn of_store(data: &Path) -> Result<Vec<Tally>> {
    let inboxes = sqlite::past(data)?;
    let with_work = inboxes.iter().filter(|inbox| !inbox.work.is_empty());
    Ok(with_work
        .map(|inbox| {
            let mut tally = Tally::of(&inbox.name);
            tally.add(&backtest::replayed(&course(inbox)));
            tally
        })
        .collect())
}

/// What is stored, to be lived through again: who asked, and agents who are there from their first conversation until
/// they had none for a while.
fn course(inbox: &PastInbox) -> Course {
    let known: Vec<Duration> = inbox.asks.iter().filter_map(|ask| ask.handling).collect();
    let mut course = Course { seed: inbox.id.0 as u64, ..Course::default() };
    for (number, ask) in inbox.asks.iter().enumerate() {
        // Who gave up may be served this time; for that they get the handling time of another.
        let other = known.get(number.wrapping_mul(7919) % known.len().max(1)).copied();
        let handling = ask.handling.or(other).unwrap_or_default();
        let asks = Asks { handling, patience: ask.gave_up_after, priority: Priority::Normal };
        course.events.push((ask.at, Event::Asks(asks)));
    }
    let mut agents: BTreeMap<AgentId, Vec<&PastWork>> = BTreeMap::new();
    for work in &inbox.work {
        agents.entry(work.agent).or_default().push(work);
    }
    for (agent, work) in agents.into_values().enumerate() {
        let agent = u32::try_from(agent).unwrap_or(u32::MAX);
        for (from, until, capacity) in shifts(&work) {
            course.events.push((from, Event::Agent { agent, capacity }));
            course.events.push((until, Event::Agent { agent, capacity: 0 }));
        }
    }
    course.sorted()
}

fn shifts(work: &[&PastWork]) -> Vec<(UnixMillis, UnixMillis, u32)> {
    let mut shifts: Vec<(UnixMillis, UnixMillis, u32)> = Vec::new();
    for PastWork { from, until, capacity, .. } in work.iter().copied() {
        let capacity = capacity.unwrap_or(CAPACITY_DEFAULT);
        match shifts.last_mut() {
            Some((_, end, most)) if *from <= end.plus(WENT_AFTER) => {
                *end = (*end).max(*until);
                *most = (*most).max(capacity);
            }
            _ => shifts.push((*from, *until, capacity)),
        }
    }
    shifts
}
