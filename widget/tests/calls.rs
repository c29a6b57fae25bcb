//! What a page may call is the same in the loader, in its types and in the document for developers. Reads sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The words in double quotes.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What stands between the two, the first time.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("`{before}` is not there")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("`{after}` does not follow")).0
}

/// The first word of each row of the table under a heading.
fn table(page: &str, head: &str) -> BTreeSet<String> {
    let rows = between(page, head, "\n\n").lines().filter_map(|row| row.strip_prefix("| `"));
    rows.map(|row| row.split(['`', '\'']).find(|part| !part.starts_with("Deskbell(")).unwrap().to_owned())
        .collect()
}

#[test]
fn every_call_has_a_type_and_a_row() {
    let loader = read("loader/loader.js");
    let calls = between(&loader, "const calls = {\n", "\n  };");
    let calls: BTreeSet<String> = calls
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(": "))
        .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase()))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert!(calls.contains("open") && calls.contains("destroy"), "{calls:?}");

    let types = read("../docs/deskbell.d.ts");
    let typed = types.split("call: ").skip(1).flat_map(|rest| quoted(rest.split([',', ')']).next().unwrap()));
    assert_eq!(typed.collect::<BTreeSet<_>>(), calls);
    assert_eq!(table(&read("../docs/embedding.md"), "| call | what it does |\n"), calls);
}

#[test]
fn every_event_has_a_type_and_a_row() {
    let panel = read("loader/panel.js");
    let fired: BTreeSet<String> =
        panel.split("fire(").skip(1).flat_map(|rest| quoted(between(rest, "", ");"))).collect();
    assert!(fired.contains("unread"), "{fired:?}");

    let types = read("../docs/deskbell.d.ts");
    let typed = between(&types, "interface Events {", "\n  }")
        .lines()
        .filter_map(|line| line.split_once(": CustomEvent"));
    assert_eq!(typed.map(|(name, _)| name.trim().to_owned()).collect::<BTreeSet<_>>(), fired);
    assert_eq!(table(&read("../docs/embedding.md"), "| event | when |"), fired);
}
