//! Which texts of the desk are wanted at its start. The others come with the code that asks for them.
//!
//! Found out from the sources: what can be reached from the beginning of the desk without the file in which it is cut says
//! which keys are asked for. A type of properties has no words, so naming one reaches nothing. A key that is put together
//! is known by its beginning: a string that ends with a dot, or the key it is a part of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use crate::app::App;
use crate::source::Source;
use crate::workspace;

/// The file where the desk is cut: what only it leads to comes later.
const CUT: [&str; 2] = ["pages", "later"];
/// What the name of a type of properties ends with.
const PROPERTIES: &str = "Props";

/// What an app says at its start.
pub struct Start(BTreeSet<String>);

impl Start {
    /// Reads the sources of an app.
    pub fn of(app: App) -> Result<Start> {
        let mut sources = Vec::new();
        for path in rust_files(&app.folder().join("src"))? {
            let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            let inside = path.strip_prefix(workspace::root()).unwrap_or(&path);
            let source =
                Source::read(inside, &text).map_err(|error| anyhow!("{}: {error}", path.display()))?;
            sources.push(source);
        }
        let mut said = said_at_start(&sources);
        let boot = app.folder().join("static/boot.js");
        let script = fs::read_to_string(&boot).with_context(|| format!("reading {}", boot.display()))?;
        said.extend(script.split(|c: char| !(c.is_ascii_lowercase() || "._".contains(c))).map(|word| {
            // `words.opening` is a key, too.
            word.strip_prefix("words.").unwrap_or(word).to_owned()
        }));
        Ok(Start(said))
    }

    /// Whether the text of a key may be asked for at the start.
    pub fn wants(&self, key: &str) -> bool {
        let key = key.strip_suffix(".one").unwrap_or(key);
        let beginnings = key.match_indices('.').map(|(at, _)| at);
        self.0.contains(key)
            || beginnings.into_iter().any(|at| {
                let (family, part_of) = (&key[..=at], &key[..at]);
                self.0.contains(family) || part_of.contains('.') && self.0.contains(part_of)
            })
    }
}

/// The strings of what can be reached without the cut.
fn said_at_start(sources: &[Source]) -> BTreeSet<String> {
    // The crate itself has two files.
    let mut modules: BTreeMap<&[String], Vec<&Source>> = BTreeMap::new();
    for source in sources {
        if let Some(module) = &source.module {
            modules.entry(module).or_default().push(source);
        }
    }
    let mut said = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<&[String]> = vec![&[]];
    while let Some(module) = waiting.pop() {
        let Some(sources) = modules.get(module).filter(|_| seen.insert(module)) else { continue };
        said.extend(sources.iter().flat_map(|source| &source.strings).map(|(string, _)| string.clone()));
        if module == CUT {
            continue;
        }
        let paths = sources.iter().flat_map(|source| &source.paths);
        for named in paths.filter(|named| !named.words.iter().any(|word| word.ends_with(PROPERTIES))) {
            let words = match named.words.split_first() {
                Some((first, rest)) if first == "crate" => rest.to_vec(),
                // A child of the module.
                _ => [module, &named.words].concat(),
            };
            let longest = (1..=words.len()).rev().find_map(|len| modules.get_key_value(&words[..len]));
            waiting.extend(longest.map(|(module, _)| *module));
        }
    }
    said
}

/// The Rust files of a folder and of those in it.
pub fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(files: &[(&str, &str)]) -> Start {
        let read = |(path, text): &(&str, &str)| Source::read(Path::new(path), text).unwrap();
        Start(said_at_start(&files.iter().map(read).collect::<Vec<_>>()))
    }

    #[test]
    fn what_only_the_cut_leads_to_is_not_said_at_the_start() {
        let start = start(&[
            ("app/src/lib.rs", "mod app; fn start() { app::App::run() }"),
            (
                "app/src/app.rs",
                r#"use crate::pages::later::Later; use crate::pages::talk; fn a() { t("app.title") }"#,
            ),
            ("app/src/pages/later.rs", r#"use super::settings::Settings; fn a() { t("later.title") }"#),
            ("app/src/pages/settings.rs", r#"fn a() { t("settings.title"); t("talk.title") }"#),
            (
                "app/src/pages/talk.rs",
                r#"use super::dialog::DialogProps; fn a() { t("talk.title"); f("hue.") }"#,
            ),
            ("app/src/pages/dialog.rs", r#"use super::inner; fn a() { t("dialog.title"); }"#),
            ("app/src/pages/inner.rs", r#"fn a() { t("inner.title"); }"#),
        ]);
        for key in ["app.title", "later.title", "talk.title", "talk.title.one", "talk.title.line", "hue.red"]
        {
            assert!(start.wants(key), "{key}");
        }
        for key in ["settings.title", "dialog.title", "inner.title", "talk.line", "hue"] {
            assert!(!start.wants(key), "{key}");
        }
    }

    #[test]
    fn the_desk_begins_with_few_of_its_words() {
        let start = Start::of(App::Desk).unwrap();
        for key in ["opening", "opening.failed", "talk.resolve", "trouble.too_fast", "later.unreachable"] {
            assert!(start.wants(key), "{key}");
        }
        for key in ["audit.title", "setup.title", "settings.sites"] {
            assert!(!start.wants(key), "{key}");
        }
    }
}
