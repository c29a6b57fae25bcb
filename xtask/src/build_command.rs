//! `cargo xtask build`: both apps into `dist/web`, saying what is being waited for.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::app::App;
use crate::{bundle, cargo};

/// Reads the arguments and builds.
pub fn run(args: &[String]) -> Result<()> {
    let apps = match args {
        [] => App::ALL.to_vec(),
        [only, name] if only == "--only" => match App::named(name) {
            Some(app) => vec![app],
            None => bail!("there is no app `{name}`: say widget or desk"),
        },
        _ => bail!("usage: cargo xtask build [--only widget|desk]"),
    };
    let total = apps.len();
    for (index, app) in apps.into_iter().enumerate() {
        build(app, index + 1, total)?;
    }
    Ok(())
}

/// Builds one app as one of several steps.
pub fn build(app: App, step: usize, total: usize) -> Result<()> {
    cargo::ensure_wasm_target()?;
    println!("building {} ({step}/{total}) …", app.title());
    let start = Instant::now();
    let made = bundle::build(app)?;
    let what = if made { "built" } else { "unchanged" };
    println!("  {} {what} in {:.1} s", app.title(), start.elapsed().as_secs_f64());
    Ok(())
}
