//! Developer commands of Deskbell: `cargo xtask help` lists them.
//!
//! Reads the command line and nothing else; each command is a module.

mod advisories;
mod app;
mod assets;
mod browser;
mod build_command;
mod bundle;
mod cargo;
mod demo;
mod dist_command;
mod document;
mod loader;
mod locales;
mod page_cost;
mod pieces;
mod placeholder;
mod played;
mod proof;
mod run_command;
mod scenes;
mod screens;
mod script;
mod sizes;
#[expect(dead_code, reason = "the test of the architecture, which includes it, asks for more of a file")]
mod source;
mod steps;
mod styles;
mod tally;
mod tools;
mod wasm;
mod words;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask run [ARGUMENTS]              builds what is stale and starts the demo
cargo xtask test [--only STEP]…          everything that must hold before a change is taken
cargo xtask build [--only widget|desk]   builds the two apps into dist/web
cargo xtask tools                        brings what the tests need beside cargo, and says where it lies
cargo xtask advisories FOLDER            pins the known vulnerabilities, from a clone of RustSec's database
cargo xtask sizes                        what visitors and agents download, beside the budgets
cargo xtask sizes --functions widget|desk
                                         where the bytes of an app go
cargo xtask page-cost                    what a page pays for the tag, beside the same page without it
cargo xtask screens [--language zh-Hant] [--scenes PREFIX] [--on phone] [--conversations N]
                                         pictures of every screen, into target/screens
cargo xtask screens --page URL --out NAME.png [--size WxH] [--dark]
                                         one picture of any address
cargo xtask faults [--only F1,F9] [--minutes N] [--seed S] [--binary PATH]
                                         real faults on the real server, and what became of what was acknowledged
cargo xtask simulate --seeds N [--from SEED]
                                         whole worlds in virtual time, everything going wrong
cargo xtask simulate --seed SEED         one of them as a story
cargo xtask faults check FILE            whether the promise was kept in a history
cargo xtask bench desk [--agents N] [--waiting N]
                                         what one step of the pure desk costs, and how that grows
cargo xtask bench search [--messages N]  what a search costs on a large store, and what the index costs
cargo xtask bench paint [--conversations N] [--rate N] [--seconds N] [--hour]
                                         from a key and from a frame to the desk's screen, and its memory over an hour
cargo xtask fuzz [--minutes N]           frames, sessions and hellos that nobody wrote; keeps what it learns
cargo xtask dist [--static]              the one binary to ship and a tarball of it, into dist/";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match bundle::executable().and_then(|_| dispatch(&args)) {
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
        "run" => run_command::run(rest),
        "test" => steps::run(rest),
        "dist" => dist_command::run(rest),
        "advisories" => advisories::run(rest),
        "tools" => tools::run(),
        "sizes" => sizes::run(rest),
        "page-cost" => page_cost::run(rest),
        "screens" => screens::run(rest),
        "simulate" | "faults" | "bench" => proof::command(command, rest),
        "fuzz" => proof::fuzz(rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command `{other}`:\n{HELP}"),
    }
}
