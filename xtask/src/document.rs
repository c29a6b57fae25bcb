//! The HTML document of an app.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::app::App;

/// Where the template lies.
pub fn path(app: App) -> PathBuf {
    app.folder().join(app.document())
}

/// The template as written.
pub fn source(app: App) -> Result<String> {
    let path = path(app);
    fs::read_to_string(&path)
        .with_context(|| format!("reading the document of {}: {}", app.title(), path.display()))
}

/// Without comments and indentation. Text in `pre` and `textarea` would suffer: then nothing is touched.
pub fn shortened(html: &str) -> String {
    if html.contains("<pre") || html.contains("<textarea") {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let lines: Vec<_> = out.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn comments_and_indentation_go() {
        assert_eq!(shortened("<p>\n  <!-- why -->\n  a {{b}}\n</p>\n"), "<p>\na {{b}}\n</p>");
        assert_eq!(shortened("<textarea>\n  a</textarea>"), "<textarea>\n  a</textarea>");
    }
}
