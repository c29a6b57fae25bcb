//! The commands of the proof, called by `cargo xtask simulate` and `cargo xtask faults`.

use std::io::BufReader;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use deskbell_proof::history::What;
use deskbell_proof::{checker, desk_bench, history, simulator};

const USAGE: &str = "\
usage: faults check FILE
       faults [--only F1,F9] [--minutes N] [--seed S] [--binary PATH]
       bench desk [--agents N] [--waiting N]
       bench search [--messages N]
       bench paint [--conversations N] [--rate N] [--seconds N] [--hour]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything held.
fn run(args: &[String]) -> Result<bool> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        ["simulate", ref rest @ ..] => simulator::simulate(rest),
        ["bench", "desk", ref rest @ ..] => desk_bench::command(rest),
        ["bench", "search", ref rest @ ..] => search_bench(rest),
        ["bench", "paint", ref rest @ ..] => paint_bench(rest),
        ["faults", "check", file] => check(file),
        ["faults", ..] => faults(&args[1..]),
        _ => bail!(USAGE),
    }
}

fn check(file: &str) -> Result<bool> {
    let opened = std::fs::File::open(file).with_context(|| format!("opening {file}"))?;
    let history = history::read(BufReader::new(opened)).with_context(|| format!("reading {file}"))?;
    let has = |wanted: fn(&What) -> bool| history.iter().any(|record| wanted(&record.what));
    if !has(|what| matches!(what, What::Log { .. })) || !has(|what| matches!(what, What::Ack { .. })) {
        bail!("{file} has no rows of a store or no acks: it proves nothing");
    }
    let verdict = checker::check(&history);
    print!("{verdict}");
    Ok(verdict.is_clean())
}

#[cfg(target_os = "linux")]
fn faults(args: &[String]) -> Result<bool> {
    deskbell_proof::bench::command(args)
}

#[cfg(target_os = "linux")]
fn search_bench(args: &[&str]) -> Result<bool> {
    deskbell_proof::search_bench::command(args)
}

#[cfg(all(target_os = "linux", feature = "browser"))]
fn paint_bench(args: &[&str]) -> Result<bool> {
    deskbell_proof::bench::paint::command(args)
}

#[cfg(not(all(target_os = "linux", feature = "browser")))]
fn paint_bench(_: &[&str]) -> Result<bool> {
    bail!(
        "the bench of the desk on the screen needs Linux and a browser: `cargo xtask bench paint` builds it so"
    )
}

#[cfg(not(target_os = "linux"))]
fn search_bench(_: &[&str]) -> Result<bool> {
    bail!("the bench of the search is built for Linux, like that of the faults")
}

#[cfg(not(target_os = "linux"))]
fn faults(_: &[String]) -> Result<bool> {
    bail!("the fault bench needs Linux: it stops processes, traces them and reads /proc")
}
