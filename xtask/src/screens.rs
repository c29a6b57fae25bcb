//! `cargo xtask screens`: pictures of what people see, into `target/screens`, for looking at before calling a
//! screen done.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::browser::{Browser, Screen};
use crate::workspace;

const USAGE: &str = "cargo xtask screens [--page URL --out NAME.png [--size WxH] [--dark]]";

/// Reads the arguments and takes the pictures.
pub fn run(args: &[String]) -> Result<()> {
    let mut page = None;
    let mut out = None;
    let mut screen = Screen { width: 1440, height: 900, dark: false, phone: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value; usage: {USAGE}"));
        match arg.as_str() {
            "--page" => page = Some(value()?.clone()),
            "--out" => out = Some(value()?.clone()),
            "--size" => (screen.width, screen.height) = size(value()?)?,
            "--dark" => screen.dark = true,
            other => bail!("screens does not know `{other}`; usage: {USAGE}"),
        }
    }
    match (page, out) {
        (Some(page), Some(out)) => one_page(&page, &out, screen),
        _ => bail!("usage: {USAGE}"),
    }
}

fn one_page(url: &str, out: &str, mut screen: Screen) -> Result<()> {
    screen.phone = screen.width < PHONE_WIDTH_MAX;
    let path = folder().join(out);
    let browser = Browser::start()?;
    browser.put_on(screen)?;
    browser.open(url)?;
    browser.screenshot(&path)?;
    println!("{}", path.display());
    Ok(())
}

/// Narrower screens are taken for phones.
const PHONE_WIDTH_MAX: u32 = 600;

fn folder() -> PathBuf {
    workspace::target().join("screens")
}

fn size(text: &str) -> Result<(u32, u32)> {
    let parsed = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    parsed.with_context(|| format!("`{text}` is no size; say 390x844"))
}
