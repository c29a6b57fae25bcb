//! `cargo xtask test`: everything that must hold before a change is taken, in the order in which it fails fastest.
//!
//! The same on a developer's machine and elsewhere: what a step needs, it brings or names.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::app::App;
use crate::cargo::{WASM_TARGET, cargo, ensure_component, ensure_wasm_target};
use crate::tally::Tally;
use crate::{build_command, bundle, locales, played, proof, sizes, tools, workspace};

struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&mut Tally) -> Result<()>,
}

const STEPS: [Step; 10] = [
    Step { name: "format", what: "formatting", run: format },
    Step { name: "lint", what: "lints, for this machine and for the browser", run: lint },
    Step { name: "rules", what: "import rules, and xtask's own tests", run: rules },
    Step { name: "locales", what: "languages say the same things", run: same_keys },
    Step { name: "build", what: "both apps", run: build },
    Step { name: "sizes", what: "what visitors and agents download", run: measure },
    Step { name: "native", what: "shared and server, with the real binary", run: native },
    Step { name: "conformance", what: "WebSocket as Autobahn has it", run: conformance },
    Step { name: "apps", what: "the pure parts of both apps", run: apps },
    Step { name: "e2e", what: "end to end in headless browsers", run: end_to_end },
];

/// Reads the arguments and runs the steps; stops at the first that fails.
pub fn run(args: &[String]) -> Result<()> {
    let chosen = chosen(args)?;
    // The server embeds this folder: it has to be there before anything of the server compiles.
    std::fs::create_dir_all(workspace::web().join("assets"))?;

    let mut tally = Tally::default();
    let mut done: Vec<(&Step, &str, Duration)> = Vec::new();
    let mut failure = None;
    for (index, step) in chosen.iter().enumerate() {
        println!("\n== {} ({}/{}): {}", step.name, index + 1, chosen.len(), step.what);
        let start = Instant::now();
        let result = (step.run)(&mut tally);
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        done.push((step, verdict, start.elapsed()));
        if let Err(error) = result {
            failure = Some((step.name, error));
            break;
        }
    }

    println!("\n== summary");
    for (step, verdict, took) in &done {
        println!("{:<10}{:>8.1} s  {verdict}", step.name, took.as_secs_f64());
    }
    for step in &chosen[done.len()..] {
        println!("{:<10}{:>8}    not reached", step.name, "");
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    match failure {
        Some((name, error)) => Err(error.context(format!(
            "the step `{name}` failed; run it alone with `cargo xtask test --only {name}`"
        ))),
        None => Ok(()),
    }
}

fn chosen(args: &[String]) -> Result<Vec<&'static Step>> {
    let mut names = Vec::new();
    for pair in args.chunks(2) {
        match pair {
            [only, name] if only == "--only" => names.push(name.as_str()),
            _ => bail!("usage: cargo xtask test [--only STEP]…, where STEP is one of {}", step_names()),
        }
    }
    if let Some(unknown) = names.iter().find(|name| !STEPS.iter().any(|step| step.name == **name)) {
        bail!("there is no step `{unknown}`: there is {}", step_names());
    }
    static ALL: [Step; 10] = STEPS;
    Ok(ALL.iter().filter(|step| names.is_empty() || names.contains(&step.name)).collect())
}

fn step_names() -> String {
    STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(", ")
}

fn format(_: &mut Tally) -> Result<()> {
    ensure_component("rustfmt", "rustfmt")?;
    crate::cargo::run(cargo().args(["fmt", "--all", "--check"]))
}

fn lint(_: &mut Tally) -> Result<()> {
    ensure_component("clippy", "clippy-driver")?;
    ensure_wasm_target()?;
    let native = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--features",
        "deskbell-server/e2e,deskbell-server/conformance,deskbell-proof/browser",
    ];
    crate::cargo::run(cargo().args(native).args(without_apps()).args(["--", "-D", "warnings"]))?;
    let browser = ["clippy", "--all-targets", "--quiet", "--target", WASM_TARGET];
    crate::cargo::run(cargo().args(browser).args(only_apps()).args(["--", "-D", "warnings"]))?;
    println!("nothing to complain about");
    Ok(())
}

fn rules(tally: &mut Tally) -> Result<()> {
    // What is said of every package is read from the packages, those that no other step needs among them.
    crate::cargo::run(cargo().args(["fetch", "--locked", "--quiet"]))?;
    tally.run(cargo().args(["test", "--package", "xtask"]))
}

fn same_keys(_: &mut Tally) -> Result<()> {
    locales::check()
}

fn build(_: &mut Tally) -> Result<()> {
    for (index, app) in App::ALL.into_iter().enumerate() {
        build_command::build(app, index + 1, App::ALL.len())?;
    }
    Ok(())
}

fn measure(_: &mut Tally) -> Result<()> {
    sizes::table()
}

fn native(tally: &mut Tally) -> Result<()> {
    tools::ensure_strace()?;
    tools::ensure_fault_tools()?;
    tools::ensure_samples()?;
    let server = proof::server("dev", "debug")?;
    let mut tests = cargo();
    tests.args(["test", "--workspace", "--no-fail-fast", "--exclude", "xtask"]).args(without_apps());
    tally.run(tests.env("DESKBELL_BINARY", server))
}

fn conformance(tally: &mut Tally) -> Result<()> {
    let kosoku = tools::ensure_kosoku()?;
    let mut tests = cargo();
    tests.args(["test", "--package", "deskbell-server", "--features", "conformance", "--test", "autobahn"]);
    tally.run(tests.env("DESKBELL_KOSOKU", kosoku))
}

fn apps(tally: &mut Tally) -> Result<()> {
    tools::ensure_node()?;
    tally.run(cargo().args(["test", "--no-fail-fast"]).args(only_apps()))
}

fn end_to_end(tally: &mut Tally) -> Result<()> {
    if App::ALL.into_iter().any(|app| !matches!(bundle::manifest(app), Ok(Some(_)))) {
        bail!("the apps are not built; run `cargo xtask build` first");
    }
    tools::ensure_browser()?;
    let axe = tools::ensure_axe()?;
    tally.run(stories().env("DESKBELL_AXE", axe))?;
    elsewhere(tally, "firefox", tools::ensure_firefox)?;
    elsewhere(tally, "webkit", tools::ensure_webkit)?;
    // The fault bench's browsers, after the stories: a browser that cannot chat at all is told by them.
    let server = proof::server("dev", "debug")?;
    let mut faults = cargo();
    faults.args(["test", "--package", "deskbell-proof", "--features", "browser", "--test", "browser"]);
    tally.run(faults.env("DESKBELL_BINARY", server))
}

/// The stories that are played in a browser beside Chromium. The others are named, with the reason of each.
fn elsewhere(
    tally: &mut Tally,
    browser: &str,
    ensure: fn() -> Result<Vec<(&'static str, PathBuf)>>,
) -> Result<()> {
    let played = played::played_in(browser)?;
    println!("\nin {browser}: {} stories; not played there:", played.tests.len());
    for (story, reason) in &played.not {
        println!("    {story}: {reason}");
    }
    let tools = ensure()?;
    tally.run(
        stories().args(["--", "--exact"]).args(played.tests).envs(tools).env("DESKBELL_BROWSER", browser),
    )
}

fn stories() -> Command {
    let mut tests = cargo();
    tests.args(["test", "--package", "deskbell-server", "--features", "e2e", "--test", "e2e"]);
    tests
}

fn without_apps() -> impl Iterator<Item = &'static str> {
    App::ALL.into_iter().flat_map(|app| ["--exclude", app.package()])
}

fn only_apps() -> impl Iterator<Item = &'static str> {
    App::ALL.into_iter().flat_map(|app| ["--package", app.package()])
}
