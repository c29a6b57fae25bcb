//! Every key that the code asks for has a text in the locale file, and every text is asked for by something.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use deskbell_shared::protocol::RefusalCode;

/// Keys that are put together from a beginning and something else.
const FAMILIES: [&str; 20] = [
    "event.concluded",
    "event.prioritised",
    "event.tagged",
    "event.untagged",
    "priority.",
    "begin.",
    "look.",
    "hue.",
    "tint.",
    "thing.",
    "trouble.",
    "wrong.",
    "status.",
    "people.deactivate.",
    "people.reactivate.",
    "people.role.",
    "people.second.off.",
    "second.renew.",
    "second.turn_off.",
    "second.turn_on.",
];

fn sources(folder: &Path, out: &mut String) {
    for entry in fs::read_dir(folder).expect("the sources can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            sources(&path, out);
        } else {
            let text = fs::read_to_string(&path).expect("a source can be read");
            out.push_str(text.split("#[cfg(test)]").next().unwrap_or_default());
        }
    }
}

fn words() -> BTreeSet<String> {
    let file = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/en.json"))
        .expect("the locale is there");
    let pairs: BTreeMap<String, String> =
        serde_json::from_str(&file).expect("the locale is a flat map of texts");
    pairs.into_keys().collect()
}

fn quoted(source: &str) -> BTreeSet<&str> {
    source.split('"').collect()
}

#[test]
fn every_text_is_asked_for() {
    let mut source = String::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut source);
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/static")), &mut source);
    let quoted = quoted(&source);
    let unused: Vec<_> = words()
        .into_iter()
        .filter(|key| !FAMILIES.iter().any(|family| key.starts_with(family)))
        .filter(|key| !quoted.contains(key.strip_suffix(".one").unwrap_or(key)))
        .collect();
    assert!(unused.is_empty(), "nothing asks for {unused:?}");
}

#[test]
fn every_key_has_a_text() {
    let mut source = String::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut source);
    let words = words();
    let mut missing = BTreeSet::new();
    for call in ["t(\"", "tn(\"", "count(\"", "find(\""] {
        for (at, _) in source.match_indices(call) {
            // `expect("` and `post("` end alike, but ask for no text.
            if source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let key = source[at + call.len()..].split('"').next().unwrap_or_default();
            if !words.contains(key) {
                missing.insert(key.to_owned());
            }
        }
    }
    // Anything else that looks like a key: words joined by dots, beginning with the first word of a known one.
    let heads: BTreeSet<&str> =
        words.iter().filter_map(|key| key.split_once('.').map(|(head, _)| head)).collect();
    for key in quoted(&source) {
        let looks = key.contains('.')
            && !key.ends_with('.')
            && key.chars().all(|c| c.is_ascii_lowercase() || "._".contains(c));
        if looks && heads.contains(key.split('.').next().unwrap_or_default()) && !words.contains(key) {
            missing.insert(key.to_owned());
        }
    }
    assert!(missing.is_empty(), "no text for {missing:?}");
}

#[test]
fn every_refusal_can_be_said() {
    // `malformed` and `invalid` come with words of the server's own.
    let own = [RefusalCode::Malformed, RefusalCode::Invalid, RefusalCode::AlreadyOpen];
    let words = words();
    for code in RefusalCode::ALL.iter().filter(|code| !own.contains(code)) {
        assert!(words.contains(&format!("trouble.{}", code.text())), "no text for {}", code.text());
    }
}
