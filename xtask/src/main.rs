//! Developer commands of Deskbell: `cargo xtask help` lists them.
//!
//! Reads the command line and nothing else; each command is a module.

mod app;
mod assets;
mod browser;
mod build_command;
mod bundle;
mod cargo;
mod document;
mod loader;
mod placeholder;
mod screens;
mod script;
mod sizes;
mod styles;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask build [--only widget|desk]   builds the two apps into dist/web";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<()> {
    let Some((command, rest)) = args.split_first() else {
        println!("{HELP}");
        return Ok(());
    };
    match command.as_str() {
        "build" => build_command::run(rest),
        "sizes" => sizes::run(),
        "screens" => screens::run(rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command `{other}`:\n{HELP}"),
    }
}
