//! What one step of the pure desk costs, with as many agents and as many waiting as a large house has, and how that grows.
//! Times are those of the thread on its processor (elsewhere than on Linux: of the clock) and belong to the machine; the
//! ratios between sizes travel. Nothing is asserted: a test that looks at a clock fails on a busy machine and proves nothing.
//!
//! The named baseline is `copy`: cloning the list of who waits and sorting it anew, which is the least that a step could
//! cost that looks at everybody once. A step is everything from an input to its last effect. The last two kinds are about
//! everybody: a desk is restored, and agents who chose for themselves are all given as many as they take.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use deskbell_server::desk::{
    AgentRow, Arrival, ConversationRow, Desk, Input, Learned, Membership, Policy, Presence, Settings,
    Snapshot, Standing,
};
use deskbell_shared::model::{
    AgentId, Availability, ConversationId, Feed, InboxId, Side, UnixMillis, VisitorId,
};

/// Agents and waiting visitors of the largest house; the others have a quarter and a half.
const AGENTS: usize = 1_000;
const WAITING: usize = 10_000;
/// Conversations that each agent takes, and has.
const CAPACITY: u32 = 3;
/// Steps of each kind that are measured.
const STEPS: usize = 120;
const BEGIN: UnixMillis = UnixMillis(1_700_000_000_000);

const USAGE: &str = "usage: bench desk [--agents N] [--waiting N]";

/// The kinds of steps, and the baseline.
const KINDS: [&str; 8] =
    ["copy", "arrival", "resolve", "availability", "promise look", "timer", "restore", "all are free"];
/// Steps that are about everybody are measured so often.
const STEPS_OF_ALL: usize = 9;

/// Runs it, and prints the tables.
pub fn command(args: &[&str]) -> Result<bool> {
    let (mut agents, mut waiting) = (AGENTS, WAITING);
    for pair in args.chunks(2) {
        match pair {
            ["--agents", n] => agents = n.parse().context("--agents takes a number")?,
            ["--waiting", n] => waiting = n.parse().context("--waiting takes a number")?,
            _ => bail!(USAGE),
        }
    }
    let sizes = [4, 2, 1].map(|part| (agents / part, waiting / part));
    let measured = sizes.map(|(agents, waiting)| House::of(agents, waiting).measured());
    println!("one step, in microseconds: p50 / p99 of {STEPS}, and of as many timers as the desk set\n");
    print!("{:<14}", "");
    for (agents, waiting) in sizes {
        print!("{:>26}", format!("{agents} agents, {waiting} wait"));
    }
    println!("{:>18}", "growth 1 : 2 : 4");
    for (at, kind) in KINDS.iter().enumerate() {
        print!("{kind:<14}");
        for times in &measured {
            print!("{:>26}", format!("{} / {}", micros(times[at].p50), micros(times[at].p99)));
        }
        let first = measured[0][at].p50.as_secs_f64().max(1e-9);
        let ratio = |times: &[Times; KINDS.len()]| times[at].p50.as_secs_f64() / first;
        println!("{:>18}", format!("1 : {:.1} : {:.1}", ratio(&measured[1]), ratio(&measured[2])));
    }
    println!("\nagainst `copy` of the same size, p50");
    for (at, kind) in KINDS.iter().enumerate().skip(1) {
        print!("{kind:<14}");
        for times in &measured {
            let base = times[0].p50.as_secs_f64().max(1e-9);
            print!("{:>26}", format!("{:.1}", times[at].p50.as_secs_f64() / base));
        }
        println!();
    }
    Ok(true)
}

#[derive(Clone, Copy, Default)]
struct Times {
    p50: Duration,
    p99: Duration,
}

/// What this thread has spent so far.
#[cfg(target_os = "linux")]
fn spent() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The same where there is no such clock.
#[cfg(not(target_os = "linux"))]
fn spent() -> Duration {
    static BEGIN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    BEGIN.elapsed()
}

fn micros(span: Duration) -> String {
    format!("{:.0}", span.as_secs_f64() * 1e6)
}

/// A house in which everybody has as much as they take, and a queue waits.
struct House {
    desk: Desk,
    now: UnixMillis,
    agents: usize,
    waiting: usize,
    /// Conversations ever begun.
    begun: u64,
    /// What the desk's own timers took.
    timers: Vec<Duration>,
}

impl House {
    fn of(agents: usize, waiting: usize) -> House {
        let held = agents * CAPACITY as usize;
        let row = |number: usize| AgentRow {
            id: agent(number),
            membership: Membership::Member,
            availability: Availability::Available,
            capacity: CAPACITY,
            load_elsewhere: 0,
            last_assigned_at: Some(BEGIN),
            presence: Presence::Online,
        };
        let conversations = (0..held + waiting).map(|number| {
            let at = BEGIN.plus(Duration::from_millis(number as u64 * 40));
            let arrival = Arrival { place: Feed(number as u64 + 1), at };
            let mut row = ConversationRow::new(talk(number as u64), visitor(number as u64), arrival, 1);
            if number < held {
                row.standing = Standing::Assigned { agent: agent(number % agents), since: at };
            }
            row
        });
        let snapshot = Snapshot {
            inbox: InboxId(1),
            settings: Settings::default(),
            agents: (0..agents).map(row).collect(),
            visitors: (0..held + waiting).map(|number| (visitor(number as u64), Presence::Online)).collect(),
            conversations: conversations.collect(),
            learned: Learned::default(),
        };
        let now = BEGIN.plus(Duration::from_secs(3600));
        let desk = Desk::restore(now, snapshot);
        let begun = (held + waiting) as u64;
        let mut house = House { desk, now, agents, waiting, begun, timers: Vec::new() };
        while house.desk.effect().is_some() {}
        house
    }

    fn measured(mut self) -> [Times; KINDS.len()] {
        let mut spans: [Vec<Duration>; KINDS.len()] = Default::default();
        for step in 0..STEPS {
            spans[0].push(self.copies());
            spans[1].push(self.arrives());
            spans[2].push(self.resolves(step));
            spans[3].push(self.chooses(step));
            spans[4].push(self.looks());
            spans[5].push(self.says(Input::Timer));
        }
        spans[5].append(&mut self.timers);
        for _ in 0..STEPS_OF_ALL {
            let snapshot = self.desk.snapshot();
            let begun = spent();
            drop(black_box(Desk::restore(self.now, snapshot)));
            spans[6].push(spent().saturating_sub(begun));
            spans[7].push(self.all_are_free());
        }
        spans.map(|mut spans| {
            spans.sort_unstable();
            let at = |share: usize| spans[(spans.len() * share / 100).min(spans.len() - 1)];
            Times { p50: at(50), p99: at(99) }
        })
    }

    /// The baseline.
    fn copies(&self) -> Duration {
        let mut waiting: Vec<(u64, u64)> = (0..self.waiting as u64).map(|n| (n * 7919 % 10_007, n)).collect();
        let begun = spent();
        waiting = black_box(waiting.clone());
        waiting.sort_unstable();
        black_box(&waiting);
        spent().saturating_sub(begun)
    }

    fn arrives(&mut self) -> Duration {
        self.begun += 1;
        let number = self.begun;
        self.says(Input::VisitorConnected(visitor(number)));
        let arrival = Arrival { place: Feed(number + 1), at: self.now };
        self.says(Input::Arrived(ConversationRow::new(talk(number), visitor(number), arrival, 1)))
    }

    fn resolves(&mut self, step: usize) -> Duration {
        let conversation = talk(step as u64);
        let version = self.desk.conversation(conversation).map_or(0, |known| known.version) + 1;
        self.says(Input::Resolved { conversation, version, by: Side::Staff })
    }

    fn chooses(&mut self, step: usize) -> Duration {
        let agent = agent(step / 2 % self.agents);
        let availability = if step.is_multiple_of(2) { Availability::Busy } else { Availability::Available };
        self.says(Input::AvailabilityChosen { agent, availability })
    }

    fn looks(&mut self) -> Duration {
        let begun = spent();
        black_box(self.desk.newcomer());
        spent().saturating_sub(begun)
    }

    /// Everybody waits and nobody is given anything; then everybody is.
    fn all_are_free(&self) -> Duration {
        let mut snapshot = self.desk.snapshot();
        let settings = std::mem::take(&mut snapshot.settings);
        snapshot.settings = Settings { policy: Policy::AgentsClaim, ..settings.clone() };
        snapshot.conversations.iter_mut().for_each(|row| row.standing = Standing::Queued);
        let mut desk = Desk::restore(self.now, snapshot);
        while desk.effect().is_some() {}
        let begun = spent();
        desk.handle(self.now, Input::SettingsChanged(settings));
        let effects = std::iter::from_fn(|| desk.effect()).map(black_box).count();
        let took = spent().saturating_sub(begun);
        assert!(effects > self.agents * CAPACITY as usize, "everybody who is free is given something");
        took
    }

    /// One step, a twentieth of a second after the one before, with all of its effects. What the desk wants to be woken
    /// for meanwhile is its own step.
    fn says(&mut self, input: Input) -> Duration {
        let now = self.now.plus(Duration::from_millis(50));
        while let Some(deadline) = self.desk.deadline().filter(|deadline| deadline.at < now) {
            self.now = self.now.max(deadline.at);
            let took = self.step(Input::Timer);
            self.timers.push(took);
        }
        self.now = now;
        self.step(input)
    }

    fn step(&mut self, input: Input) -> Duration {
        let begun = spent();
        self.desk.handle(self.now, input);
        while let Some(effect) = self.desk.effect() {
            black_box(effect);
        }
        spent().saturating_sub(begun)
    }
}

fn agent(number: usize) -> AgentId {
    AgentId(number as u128 + 1)
}

fn visitor(number: u64) -> VisitorId {
    VisitorId(u128::from(number) << 64 | u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

fn talk(number: u64) -> ConversationId {
    ConversationId(visitor(number).0 | 1)
}
