//! The scripts of the host page, made small: `widget/loader/loader.js`, with the server's placeholders kept, and
//! `panel.js` beside it, which the loader fetches once somebody opens the chat.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{script, workspace};

/// What they are called, in the sources and as built.
pub const NAMES: [&str; 2] = ["loader.js", "panel.js"];

/// Where the source of one lies.
pub fn path(name: &str) -> PathBuf {
    workspace::root().join("widget/loader").join(name)
}

/// One of them as the server takes it; what it fills in per site is left.
pub fn built(name: &str) -> Result<String> {
    let path = path(name);
    let source =
        fs::read_to_string(&path).with_context(|| format!("reading the loader: {}", path.display()))?;
    let script =
        script::shortened_template(&source).with_context(|| format!("minifying {}", path.display()))?;
    // The only lines left are those of the style sheet, which the minifier takes for text and a browser does not need.
    Ok(script.replace('\n', ""))
}
