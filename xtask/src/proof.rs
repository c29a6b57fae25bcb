//! `cargo xtask simulate`, `cargo xtask faults` and `cargo xtask fuzz`: builds what they need and hands over to the
//! crate `xtask/proof`.
//!
//! Kept apart, so that nobody who builds or runs the product waits for it to compile.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::app::App;
use crate::cargo::{cargo, run};
use crate::{build_command, tools, workspace};

/// The fault that needs a browser and the built apps.
const BROWSERS: &str = "F25";

/// Passes a command of the proof on, as it was typed.
pub fn command(name: &str, args: &[String]) -> Result<()> {
    let mut proof = cargo();
    let paints = name == "bench" && args.first().is_some_and(|arg| arg == "paint");
    let runs_faults = name == "faults" && args.first().is_none_or(|arg| arg != "check");
    if runs_faults && !args.iter().any(|arg| arg == "--binary") {
        tools::ensure_fault_tools()?;
        if has_browsers(args) {
            tools::ensure_fault_browser()?;
            build_apps()?;
        }
        proof.env("DESKBELL_BINARY", server("proof", "proof")?);
    }
    if paints {
        tools::ensure_fault_browser()?;
        build_apps()?;
        proof.env("DESKBELL_BINARY", server("proof", "proof")?);
    }
    proof.args(["run", "--quiet", "--profile", "proof", "--package", "deskbell-proof"]);
    if runs_faults || paints {
        proof.args(["--features", "browser"]);
    }
    run(proof.args(["--", name]).args(args))
}

/// What the server hands out to browsers must not be older than the tree.
fn build_apps() -> Result<()> {
    for (index, app) in App::ALL.into_iter().enumerate() {
        build_command::build(app, index + 1, App::ALL.len())?;
    }
    Ok(())
}

/// Whether the faults that are asked for need browsers.
fn has_browsers(args: &[String]) -> bool {
    let only = args.iter().position(|arg| arg == "--only").and_then(|at| args.get(at + 1));
    only.is_none_or(|only| only.to_uppercase().split(',').any(|id| id.trim() == BROWSERS))
}

/// Builds the server with a profile, and says where it lies: cargo's folder of the profile is not always its name.
pub fn server(profile: &str, folder: &str) -> Result<PathBuf> {
    // The server embeds this folder: it has to be there before anything of the server compiles.
    std::fs::create_dir_all(workspace::web().join("assets"))?;
    run(cargo().args([
        "build",
        "--quiet",
        "--profile",
        profile,
        "--package",
        "deskbell-server",
        "--bin",
        "deskbell",
    ]))?;
    Ok(workspace::target().join(folder).join(format!("deskbell{}", std::env::consts::EXE_SUFFIX)))
}

/// How long each fuzz loop runs without being told.
const FUZZ_MINUTES: u64 = 1;

/// Runs the fuzz loops for minutes, from a seed of the clock, and keeps what takes new ways.
pub fn fuzz(args: &[String]) -> Result<()> {
    let minutes = match args {
        [] => FUZZ_MINUTES,
        [flag, minutes] if flag == "--minutes" => {
            minutes.parse().context("--minutes takes a whole number")?
        }
        _ => bail!("usage: cargo xtask fuzz [--minutes N]"),
    };
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut loops = cargo();
    loops.args([
        "test",
        "--profile",
        "proof",
        "--package",
        "deskbell-proof",
        "--test",
        "fuzz",
        "--",
        "--nocapture",
    ]);
    loops
        .env("DESKBELL_FUZZ_SECONDS", (minutes * 60).to_string())
        .env("DESKBELL_FUZZ_SEED", seed.to_string());
    run(&mut loops)
}
