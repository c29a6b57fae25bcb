//! `cargo xtask simulate` and `cargo xtask faults`: builds what they need and hands over to the crate `xtask/proof`.
//!
//! Kept apart, so that nobody who builds or runs the product waits for it to compile.

use anyhow::Result;

use crate::cargo::{cargo, run};

/// Passes a command of the proof on, as it was typed.
pub fn command(name: &str, args: &[String]) -> Result<()> {
    let mut proof = cargo();
    proof
        .args(["run", "--quiet", "--profile", "proof", "--package", "deskbell-proof", "--", name])
        .args(args);
    run(&mut proof)
}
