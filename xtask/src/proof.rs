//! `cargo xtask simulate` and `cargo xtask faults`: builds what they need and hands over to the crate `xtask/proof`.
//!
//! Kept apart, so that nobody who builds or runs the product waits for it to compile.

use std::path::PathBuf;

use anyhow::Result;

use crate::cargo::{cargo, run};
use crate::{tools, workspace};

/// Passes a command of the proof on, as it was typed.
pub fn command(name: &str, args: &[String]) -> Result<()> {
    let mut proof = cargo();
    let runs_faults = name == "faults" && args.first().is_none_or(|arg| arg != "check");
    if runs_faults && !args.iter().any(|arg| arg == "--binary") {
        tools::ensure_fault_tools()?;
        proof.env("DESKBELL_BINARY", server("proof", "proof")?);
    }
    proof
        .args(["run", "--quiet", "--profile", "proof", "--package", "deskbell-proof", "--", name])
        .args(args);
    run(&mut proof)
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
