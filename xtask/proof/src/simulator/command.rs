//! `cargo xtask simulate`: plays seeds on all cores, adds up what struck, and tells the story of the first that fails.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::{Tally, play};

const USAGE: &str = "usage: simulate --seeds N [--from SEED]  or  simulate --seed SEED";
/// From so many seeds on, a fault that never struck between append and ack is a failure of the simulator itself.
const SEEDS_FOR_ALL_FAULTS: u64 = 1_000;
/// Failing seeds that are told with their reason; the others are only named.
const REASONS_MAX: usize = 10;

/// Plays what was asked for. Returns whether everything held.
pub fn simulate(args: &[&str]) -> Result<bool> {
    match *args {
        ["--seed", seed] => tell(number(seed)?),
        ["--seeds", count] => play_all(1, number(count)?),
        ["--seeds", count, "--from", from] | ["--from", from, "--seeds", count] => {
            play_all(number(from)?, number(count)?)
        }
        _ => bail!(USAGE),
    }
}

fn number(text: &str) -> Result<u64> {
    text.parse().with_context(|| format!("{text:?} is no number\n{USAGE}"))
}

/// One seed as a story.
fn tell(seed: u64) -> Result<bool> {
    let played = play(seed, None, true)?;
    for line in &played.story {
        println!("{line}");
    }
    print!("{}", played.verdict);
    Ok(played.verdict.is_clean())
}

#[derive(Default)]
struct Sum {
    tally: Tally,
    acknowledged: u64,
    records: u64,
    recovery_ms_max: u64,
    failed: Vec<(u64, String)>,
}

fn play_all(from: u64, count: u64) -> Result<bool> {
    let began = Instant::now();
    let next = AtomicU64::new(from);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let sums = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| play_some(&next, from.saturating_add(count)))).collect();
        workers.into_iter().map(|worker| worker.join()).collect::<Vec<_>>()
    });
    let mut all = Sum::default();
    for sum in sums {
        let sum = sum.map_err(|_| anyhow::anyhow!("a world came to no end"))??;
        all.tally.add(&sum.tally);
        all.acknowledged += sum.acknowledged;
        all.records += sum.records;
        all.recovery_ms_max = all.recovery_ms_max.max(sum.recovery_ms_max);
        all.failed.extend(sum.failed);
    }
    all.failed.sort();
    print!("{}", all.tally);
    println!(
        "{count} seeds from {from} in {:.1} s: {} records, {} messages acknowledged, worst recovery {:.1} s",
        began.elapsed().as_secs_f64(),
        all.records,
        all.acknowledged,
        all.recovery_ms_max as f64 / 1_000.0
    );
    report(&all, count)
}

fn play_some(next: &AtomicU64, end: u64) -> Result<Sum> {
    let mut sum = Sum::default();
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return Ok(sum);
        }
        let played = std::panic::catch_unwind(|| play(seed, None, false));
        let Ok(played) = played else {
            sum.failed.push((seed, "it came to no end".into()));
            continue;
        };
        let played = played?;
        sum.tally.add(&played.tally);
        sum.acknowledged += played.verdict.acknowledged;
        sum.records += played.history.len() as u64;
        sum.recovery_ms_max = sum.recovery_ms_max.max(played.verdict.recovery_ms_max.unwrap_or(0));
        if let Some(first) = played.verdict.violations.first() {
            sum.failed.push((seed, format!("{}: {}", first.check, first.how)));
        }
    }
}

fn report(all: &Sum, count: u64) -> Result<bool> {
    let missed = all.tally.missed();
    if let Some((seed, _)) = all.failed.first() {
        println!("\n{} of {count} seeds failed:", all.failed.len());
        let mut by_check = std::collections::BTreeMap::<&str, u64>::new();
        let mut named = Vec::new();
        for (seed, why) in &all.failed {
            let check = why.split(':').next().unwrap_or_default();
            *by_check.entry(check).or_default() += 1;
            named.push(format!("{seed} {check}"));
        }
        println!("  first by {by_check:?}");
        println!("  {}", named.join(", "));
        for (seed, why) in all.failed.iter().take(REASONS_MAX) {
            println!("  {seed}: {why}");
        }
        println!("\nThe story of seed {seed} (again with: cargo xtask simulate --seed {seed}):");
        tell(*seed)?;
    }
    if count >= SEEDS_FOR_ALL_FAULTS && !missed.is_empty() {
        let words: Vec<_> = missed.iter().map(|fault| fault.words()).collect();
        println!("never struck between append and ack: {}", words.join("; "));
        return Ok(false);
    }
    Ok(all.failed.is_empty())
}
