//! `cargo xtask dist`: the one binary that is shipped, with both apps inside, and its checksum.

use std::fs;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::assets::{hex, write_whole};
use crate::{build_command, cargo, workspace};

/// Builds everything for release into `dist/`.
pub fn run() -> Result<()> {
    let total = App::ALL.len() + 1;
    for (index, app) in App::ALL.into_iter().enumerate() {
        build_command::build(app, index + 1, total)?;
    }
    println!("building the server for release ({total}/{total}) …");
    cargo::run(cargo::cargo().args([
        "build",
        "--release",
        "--package",
        "deskbell-server",
        "--bin",
        "deskbell",
    ]))
    .context("building the server for release")?;

    let name = format!("deskbell{}", std::env::consts::EXE_SUFFIX);
    let built = workspace::target().join("release").join(&name);
    let shipped = workspace::root().join("dist").join(&name);
    // Not written over: a running binary cannot be, and whoever runs it keeps the old one.
    let _ = fs::remove_file(&shipped);
    fs::copy(&built, &shipped).with_context(|| format!("copying {}", built.display()))?;
    let bytes = fs::read(&shipped)?;
    let sums = format!("{}  {name}\n", hex(&Sha256::digest(&bytes)));
    write_whole(&workspace::root().join("dist/SHA256SUMS"), sums.as_bytes())?;
    println!("dist/{name}: {:.1} MB, everything inside", bytes.len() as f64 / 1e6);
    Ok(())
}
