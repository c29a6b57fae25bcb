//! `docs/security.md` says of each threat where it is met and by which test. Here it is held to the sources: every row
//! is there, every line stands in its file, every test has its name in the sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rows whose features exist.
const ROWS: [&str; 61] = [
    "S1", "S2", "S3", "S4", "S5", "S6", "S8", "S9", "S10", "S11", "S12", "S13", "S14", "S15", "S16", "S17",
    "S18", "S19", "S20", "S21", "S22", "S23", "S24", "S26", "S27", "S32", "S33", "S34", "S35", "S36", "S37",
    "S38", "S39", "S40", "S41", "S42", "S43", "S44", "S45", "S46", "S47", "S48", "S49", "S51", "S52", "S53",
    "S54", "S55", "S56", "S59", "S60", "S61", "S62", "S63", "S64", "S65", "S66", "S67", "S68", "S69", "S70",
];

/// Where tests are.
const PACKAGES: [&str; 5] = ["shared", "server", "widget", "agent-app", "xtask"];

struct Row {
    id: String,
    file: String,
    line: String,
    tests: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root")
}

/// The rows of the first table; `\\|` stands for a bar inside a cell.
fn rows() -> Vec<Row> {
    let page = std::fs::read_to_string(root().join("docs/security.md")).expect("the page");
    let mut rows = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| S")) {
        let row = row.replace("\\|", "\u{1}");
        let cells: Vec<String> = row
            .split('|')
            .map(|cell| cell.trim().replace('\u{1}', "|"))
            .filter(|cell| !cell.is_empty())
            .collect();
        let [id, _, file, line, tests] = cells.as_slice() else { panic!("five cells: {row}") };
        let bare = |cell: &str| cell.trim_matches('`').to_owned();
        let tests = tests.split(", ").map(bare).collect();
        rows.push(Row { id: id.clone(), file: bare(file), line: bare(line), tests });
    }
    rows
}

fn sources(folder: PathBuf, found: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with("target") {
                sources(path, found);
            }
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

#[test]
fn every_row_is_there_once() {
    let there: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    assert_eq!(there, ROWS);
}

#[test]
fn every_line_stands_in_its_file() {
    for Row { id, file, line, .. } in rows() {
        let text =
            std::fs::read_to_string(root().join(&file)).unwrap_or_else(|_| panic!("{id}: no file {file}"));
        assert!(text.contains(&line), "{id}: {file} has no line\n{line}");
    }
}

#[test]
fn every_test_is_there() {
    let mut all = String::new();
    for package in PACKAGES {
        sources(root().join(package), &mut all);
    }
    // Stories of the store's contract are listed by name, tests of one package are functions.
    let known: BTreeSet<&str> = all
        .split("fn ")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next())
        .collect();
    for Row { id, tests, .. } in rows() {
        assert!(!tests.is_empty(), "{id} names no test");
        for test in tests {
            assert!(known.contains(test.as_str()), "{id}: there is no test `{test}`");
        }
    }
}
