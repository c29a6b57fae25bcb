//! One style sheet per app: the shared tokens first, then the app's own files in the order of their names.
//!
//! Made smaller by taking comments and needless white space out, nothing else: brotli finds the rest, and a
//! full optimiser costs more compile time on a newcomer's machine than it saves a visitor.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::app::App;
use crate::workspace;

/// The sources of an app's sheet, in order.
pub fn sources(app: App) -> Result<Vec<PathBuf>> {
    let shared = workspace::root().join("shared/styles");
    let mut files = sheets(&shared)?;
    files.sort_by_key(|path| path.file_name().is_none_or(|name| name != "tokens.css"));
    let own = sheets(&app.folder().join("styles"))?;
    if own.is_empty() {
        bail!("{} has no style sheet: expected at least one *.css", app.folder().join("styles").display());
    }
    files.extend(own);
    Ok(files)
}

/// The app's whole sheet.
pub fn sheet(app: App) -> Result<String> {
    let mut css = String::new();
    for path in sources(app)? {
        let source = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        css.push_str(&shortened(&source));
    }
    Ok(css)
}

fn sheets(folder: &Path) -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "css"));
    files.sort();
    Ok(files)
}

/// Takes out comments and white space that means nothing. White space around `+`, `-` and before `:` stays: it
/// has a meaning in `calc()` and in selectors.
fn shortened(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut chars = css.chars().peekable();
    let mut space = false;
    while let Some(char) = chars.next() {
        if char == '/' && chars.peek() == Some(&'*') {
            chars.next();
            let mut last = ' ';
            for inside in chars.by_ref() {
                if last == '*' && inside == '/' {
                    break;
                }
                last = inside;
            }
            // A comment separates words as a space does.
            space = true;
        } else if char.is_whitespace() {
            space = true;
        } else {
            let glued =
                out.is_empty() || out.ends_with(['{', '}', ';', ':', ',', '>']) || "{};,>".contains(char);
            if space && !glued {
                out.push(' ');
            }
            space = false;
            if char == '}' && out.ends_with(';') {
                out.pop();
            }
            out.push(char);
            if char == '"' || char == '\'' {
                copy_string(char, &mut chars, &mut out);
            }
        }
    }
    out
}

fn copy_string(quote: char, chars: &mut impl Iterator<Item = char>, out: &mut String) {
    while let Some(char) = chars.next() {
        out.push(char);
        if char == '\\' {
            out.extend(chars.next());
        } else if char == quote {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn meaning_survives() {
        let css = "
            /* why */
            .a  :hover , .b > .c { width : calc( 1px + 2px ) ; content: \"  a;  /* b */ \" ; }
            @media (min-width: 3px) and (hover) { .d { margin: 0 auto; } }
        ";
        assert_eq!(
            shortened(css),
            ".a :hover,.b>.c{width :calc( 1px + 2px );content:\"  a;  /* b */ \"}\
             @media (min-width:3px) and (hover){.d{margin:0 auto}}"
        );
    }
}
