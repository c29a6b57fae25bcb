//! The commands of the proof, called by `cargo xtask simulate` and `cargo xtask faults`.

use std::io::BufReader;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use deskbell_proof::{checker, history};

const USAGE: &str = "usage: faults check FILE";

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
        ["faults", "check", file] => check(file),
        _ => bail!(USAGE),
    }
}

fn check(file: &str) -> Result<bool> {
    let opened = std::fs::File::open(file).with_context(|| format!("opening {file}"))?;
    let history = history::read(BufReader::new(opened)).with_context(|| format!("reading {file}"))?;
    let verdict = checker::check(&history);
    print!("{verdict}");
    Ok(verdict.is_clean())
}
