//! The import rules of ARCHITECTURE.md, held by a test: every source file of the workspace is read token by token
//! and each path in it is judged. A violation names file, line and rule.
//!
//! Not a compiler: it follows `use` and written-out paths, which is how one module reaches another.

mod documents;
mod layers;
mod rules;
mod samples;
#[path = "../../src/source.rs"]
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use source::Source;

/// Every member of the workspace but this one, whose files name what they look for.
const PACKAGES: [&str; 4] = ["shared", "server", "widget", "agent-app"];

#[test]
fn the_rust_sources_keep_the_rules() {
    let mut violations = Vec::new();
    for path in files(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let source = Source::read(&path, &text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        violations.extend(rules::violations(&source));
    }
    assert_none(&violations);
}

#[test]
fn the_scripts_and_documents_keep_the_rules() {
    let mut violations = Vec::new();
    for path in files(documents::is_judged) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        violations.extend(documents::violations(&path, &text));
    }
    assert_none(&violations);
}

#[test]
fn the_apps_do_not_depend_on_each_other() {
    for (app, other) in [("widget", "deskbell-agent-app"), ("agent-app", "deskbell-widget")] {
        let manifest = fs::read_to_string(root().join(app).join("Cargo.toml")).unwrap();
        assert!(!manifest.contains(other), "{app}/Cargo.toml: the apps share `shared` and nothing else");
    }
}

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "the rules of ARCHITECTURE.md are broken:\n{}", violations.join("\n"));
}

/// Files of the packages that are wanted, relative to the root, in order.
fn files(wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = PACKAGES.iter().map(|name| root().join(name)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if wanted(&path) {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no file was found to judge");
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
