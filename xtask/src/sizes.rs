//! `cargo xtask sizes`: what a page, a visitor and an agent download, beside what was promised and what others take.
//!
//! Everything is counted in brotli, KB = 1000 bytes, as the design's numbers are.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::app::App;
use crate::{assets, bundle, pieces, wasm, workspace};

/// The script of the host page.
const LOADER_BYTES_MAX: usize = 1_200;
/// Document, code, glue, boot script, the script for the host page, styles and the largest language, as the first opening
/// of the widget fetches them. It is one module, which may have 90,000 once everything is in it; until then it is held to
/// what it has.
const FIRST_OPEN_BYTES_MAX: usize = 89_800;
/// The same for the agent desktop on a cold start. The first chat's desk had to do with 250,000; this one has a team's
/// work in it.
const DESK_BYTES_MAX: usize = 300_000;
/// What the desktop fetches when somebody opens a page that comes later: search, settings, set-up, the board. It had to do
/// with 125,000 before an inbox's languages, skills, priorities and aims were chosen there, and why somebody was given
/// something said; and with 130,000 before there was search, which is 14,500, and the
/// questions of a site, which are 5,000; and with 148,000 before there were the inboxes that visitors choose among and the
/// list of one's sessions; and with 165,500 while the words of these pages, which are 9,000, were fetched at the start; and
/// with 175,000 before there was the command bar, which is 8,000, and the check whether notifications arrive, which is 5,000; and
/// with 188,000 before conversations were filed, which is 18,000, and passing on and what somebody was given for, 10,000, came from
/// the start; and with 224,000 before lists that were narrowed could be saved, which is 3,500; and with 228,000 before
/// what one is asked to take, 2,700, came from the start; and with 231,000 before the form that erases a visitor, 2,500, did. It is fetched a few seconds after the start, so that nobody waits for it.
const DESK_LATER_BYTES_MAX: usize = 234_000;

/// What a visitor downloads before the first message elsewhere, in KB of brotli, measured in November 2026.
const OTHERS: [(&str, u32); 3] = [("deep-chat", 92), ("Typebot", 164), ("Rocket.Chat", 188)];

/// A site with long words for everything, so that the loader is measured as a large site's page gets it.
const SAMPLE_LOOKS: &str = r##"["/w/0190d5a2c4e67b819f3ac0de12345678/#","https://chat.customer-service.example.com","#1f5bd8","#ffffff","right:max(20px,env(safe-area-inset-right));bottom:max(20px,env(safe-area-inset-bottom));--cut:112px","light dark","Chat with Example Outdoor Equipment","دردشة مع Example Outdoor Equipment","Example Outdoor Equipment客服","Example Outdoor Equipment客服"]"##;

/// How many functions are worth looking at.
const FUNCTIONS_SHOWN: usize = 50;

/// Reads the arguments and prints the one table or the other.
pub fn run(args: &[String]) -> Result<()> {
    match args {
        [] => table(),
        [functions, name] if functions == "--functions" => match App::named(name) {
            Some(app) => largest_functions(app),
            None => bail!("there is no app `{name}`: say widget or desk"),
        },
        _ => bail!("usage: cargo xtask sizes [--functions widget|desk]"),
    }
}

fn largest_functions(app: App) -> Result<()> {
    let parts = pieces::cut(app, fs::read(wasm::compile(app)?)?)?;
    println!("at the start: {}", app.title());
    print_functions(&wasm::functions(app, parts.start)?);
    for (name, piece) in &parts.pieces {
        println!("\nlater: {name}");
        print_functions(&wasm::functions_of_piece(piece)?);
    }
    Ok(())
}

fn print_functions(functions: &[(String, u64)]) {
    let total: u64 = functions.iter().map(|(_, instructions)| instructions).sum();
    println!("{} functions of {total} instructions; the largest:", functions.len());
    for (name, instructions) in functions.iter().take(FUNCTIONS_SHOWN) {
        println!("{instructions:>7}  {:>4.1} %  {name}", *instructions as f64 * 100.0 / total as f64);
    }
}

/// Prints what is built; an error when something is missing or over its budget.
pub fn table() -> Result<()> {
    let measured = [
        ("loader, on every page", loader_bytes(), LOADER_BYTES_MAX),
        ("first open of the widget", download(App::Widget), FIRST_OPEN_BYTES_MAX),
        ("cold start of the desktop", download(App::Desk), DESK_BYTES_MAX),
        ("later pages of the desktop", later(App::Desk), DESK_LATER_BYTES_MAX),
    ];
    println!("brotli, KB = 1000 bytes\n");
    let mut wrong = Vec::new();
    for (what, download, bytes_max) in measured {
        let download = match download {
            Ok(download) => download,
            Err(error) => {
                wrong.push(format!("{what} is unknown: {error:#}"));
                continue;
            }
        };
        let total = download.total();
        let verdict = if total <= bytes_max { "ok" } else { "OVER" };
        println!("{what:<28}{:>8} KB  of {:>6} KB  {verdict}", kb(total), kb(bytes_max));
        if download.parts.len() > 1 {
            let parts = download.parts.iter().map(|(part, bytes)| format!("{part} {}", kb(*bytes)));
            println!("    {}", parts.collect::<Vec<_>>().join(", "));
        }
        if total > bytes_max {
            wrong.push(format!("{what} is {} bytes over its budget", total - bytes_max));
        }
    }
    println!("\nbefore the first message elsewhere:");
    for (name, kilobytes) in OTHERS {
        println!("  {name:<26}{kilobytes:>5}    KB");
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("; "));
    }
    Ok(())
}

/// What one app fetches before it can be used, by part.
struct Download {
    parts: Vec<(String, usize)>,
}

impl Download {
    fn total(&self) -> usize {
        self.parts.iter().map(|(_, bytes)| bytes).sum()
    }
}

fn download(app: App) -> Result<Download> {
    let manifest = built(app)?;
    let path = workspace::web().join(app.document());
    let document = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;

    let mut counted = BTreeSet::new();
    let mut parts = vec![("document".to_owned(), assets::brotli(document.as_bytes())?.len())];
    for (part, name) in [
        ("code", &manifest["wasm"]),
        ("glue", &manifest["js"]),
        ("boot", &manifest["static"]["boot.js"]),
        ("styles", &manifest["css"]),
    ] {
        let name = name.as_str().with_context(|| format!("the manifest of {} has no {part}", app.title()))?;
        parts.push((part.to_owned(), compressed_bytes(name)?));
        counted.insert(name.to_owned());
    }
    if app == App::Widget {
        let panel = workspace::web().join("panel.js");
        let script = fs::read(&panel).with_context(|| format!("reading {}", panel.display()))?;
        parts.push(("panel".to_owned(), assets::brotli(&script)?.len()));
    }
    let languages = bundle::names(&manifest["locales"]);
    parts.push(("language".to_owned(), largest(&languages)?));
    counted.extend(languages);
    counted.extend(bundle::names(&manifest["later_locales"]));
    // Whatever else the document names is fetched on opening, too.
    let others = bundle::names(&manifest).into_iter().filter(|name| !counted.contains(name));
    let mut rest = 0;
    for name in others.filter(|name| document.contains(name.as_str())) {
        rest += compressed_bytes(&name)?;
    }
    if rest > 0 {
        parts.push(("rest".to_owned(), rest));
    }
    Ok(Download { parts })
}

/// All pieces of an app that are not fetched at its start.
fn later(app: App) -> Result<Download> {
    let manifest = built(app)?;
    let pieces = manifest["later"].as_object().with_context(|| format!("{} has no pieces", app.title()))?;
    let part = |(piece, name): (&String, &Value)| {
        let name = name.as_str().context("a piece without a name")?;
        Ok((piece.clone(), compressed_bytes(name)?))
    };
    let mut parts: Vec<_> = pieces.iter().map(part).collect::<Result<_>>()?;
    parts.push(("language".to_owned(), largest(&bundle::names(&manifest["later_locales"]))?));
    Ok(Download { parts })
}

fn built(app: App) -> Result<Value> {
    match bundle::manifest(app)? {
        Some(manifest) => Ok(manifest),
        None => bail!("{} is not built; run `cargo xtask build` first", app.title()),
    }
}

/// One language is fetched; what is promised holds for the largest.
fn largest(languages: &BTreeSet<String>) -> Result<usize> {
    let sizes = languages.iter().map(|name| compressed_bytes(name)).collect::<Result<Vec<_>>>()?;
    sizes.into_iter().max().context("no language is built")
}

fn compressed_bytes(name: &str) -> Result<usize> {
    let path = workspace::web().join("assets").join(format!("{name}.br"));
    let bytes = fs::metadata(&path).with_context(|| format!("measuring {}", path.display()))?.len();
    Ok(usize::try_from(bytes)?)
}

/// The loader as the server sends it: with a site's looks in the place of the placeholder.
fn loader_bytes() -> Result<Download> {
    let path = workspace::web().join("loader.js");
    let template = fs::read_to_string(&path)
        .with_context(|| format!("reading {}; run `cargo xtask build` first", path.display()))?;
    let served = template.replace("{{site}}", SAMPLE_LOOKS);
    if served == template {
        bail!("{} has no {{{{site}}}} for the looks of a site", path.display());
    }
    Ok(Download { parts: vec![("script".to_owned(), assets::brotli(served.as_bytes())?.len())] })
}

fn kb(bytes: usize) -> String {
    format!("{}.{:02}", bytes / 1000, bytes % 1000 / 10)
}
