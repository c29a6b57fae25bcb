//! The script of the host page: `widget/loader/loader.js` made small, with the server's placeholders kept.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{script, workspace};

/// Where its source lies.
pub fn path() -> PathBuf {
    workspace::root().join("widget/loader/loader.js")
}

/// The template that the server fills in per site.
pub fn built() -> Result<String> {
    let path = path();
    let source =
        fs::read_to_string(&path).with_context(|| format!("reading the loader: {}", path.display()))?;
    let script =
        script::shortened_template(&source).with_context(|| format!("minifying {}", path.display()))?;
    // The only lines left are those of the style sheet, which the minifier takes for text and a browser does not need.
    Ok(script.replace('\n', ""))
}
