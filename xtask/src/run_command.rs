//! `cargo xtask run`: from a fresh clone to a demo in the browser.

use anyhow::{Context, Result};

use crate::app::App;
use crate::{build_command, cargo, workspace};

/// Builds what is stale and starts `deskbell demo` with the given arguments.
pub fn run(args: &[String]) -> Result<()> {
    let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    let total = App::ALL.len() + 1;
    for (index, app) in App::ALL.into_iter().enumerate() {
        build_command::build(app, index + 1, total)?;
    }
    println!("building the server ({total}/{total}) …");
    let program = server()?;
    println!("starting the demo; Ctrl-C stops it\n");
    let mut demo = std::process::Command::new(program);
    demo.arg("demo").args(args);
    replaced_by(demo)
}

/// Builds the server the fast way and says where the program lies.
pub fn server() -> Result<std::path::PathBuf> {
    cargo::run(cargo::cargo().args(["build", "--package", "deskbell-server", "--bin", "deskbell"]))
        .context("building the server")?;
    Ok(workspace::target().join("debug").join(format!("deskbell{}", std::env::consts::EXE_SUFFIX)))
}

/// Becomes the program, so that signals meant for it reach it.
#[cfg(unix)]
fn replaced_by(mut command: std::process::Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).context("starting deskbell")
}

#[cfg(not(unix))]
fn replaced_by(mut command: std::process::Command) -> Result<()> {
    cargo::run(&mut command)
}
