//! Every text stands in the locale, and every text there is used. Reads sources and locale files; no browser.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use deskbell_shared::codec::{Json, parse};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(folder().join(path)).expect(path)
}

fn english() -> BTreeMap<String, String> {
    let Json::Map(fields) = parse(&read("locales/en.json")).expect("locales/en.json is JSON") else {
        panic!("locales/en.json is no map")
    };
    let text = |json| match json {
        Json::Text(text) => text,
        other => panic!("a text is no text: {other:?}"),
    };
    fields.into_iter().map(|(key, json)| (key, text(json))).collect()
}

fn sources(folder: PathBuf) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a source").path();
        if path.is_dir() {
            all.push_str(&sources(path));
        } else {
            all.push_str(&fs::read_to_string(path).expect("a source"));
        }
    }
    all
}

/// What stands between `before` and the next quote, everywhere.
fn after<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn what_is_asked_for_is_there() {
    let (texts, rust, frame) = (english(), sources(folder().join("src")), read("frame.html"));
    let more = [read("static/more.js"), read("static/emoji.js"), read("static/form.js")].concat();
    let asked =
        after(&rust, "text(\"").chain(after(&rust, "text_with(\"")).chain(after(&frame, "data-text=\""));
    for key in asked.chain(after(&more, "words(\"")).chain(after(&frame, "data-label=\"")) {
        assert!(texts.contains_key(key), "locales/en.json has no {key}");
    }
}

#[test]
fn what_is_there_is_used() {
    let boot = read("static/boot.js");
    let later = [read("static/more.js"), read("static/emoji.js"), read("static/form.js")].concat();
    let all = [sources(folder().join("src")), read("frame.html"), later].concat();
    for key in english().keys() {
        let used = all.contains(&format!("\"{key}\""))
            || ["s.{key}", "say(\"{key}\""].iter().any(|form| boot.contains(&form.replace("{key}", key)));
        assert!(used, "nobody uses {key} of locales/en.json");
    }
}

#[test]
fn the_document_says_the_same_before_the_locale_is_there() {
    let (texts, frame) = (english(), read("frame.html"));
    for piece in frame.split("data-text=\"").skip(1) {
        let (key, rest) = piece.split_once('"').expect("a key");
        let shown = rest.split_once('>').and_then(|(_, rest)| rest.split('<').next()).expect("a text");
        assert_eq!(shown, texts[key], "{key}");
    }
    for tag in frame.split('<').filter(|tag| tag.contains("data-label=\"")) {
        let key = after(tag, "data-label=\"").next().expect("a key");
        assert_eq!(after(tag, "aria-label=\"").next(), Some(texts[key].as_str()), "{key}");
    }
    assert!(frame.contains(&texts["no_script"]) && frame.contains(&texts["plain"]), "without scripts");
}

#[test]
fn nothing_in_the_loader_or_the_frame_is_refused_by_a_strict_policy() {
    for path in [
        "loader/loader.js",
        "loader/panel.js",
        "static/boot.js",
        "static/more.js",
        "static/emoji.js",
        "static/form.js",
        "static/identity.js",
        "frame.html",
    ] {
        let text = read(path);
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "eval(",
            "new Function",
            " style=",
            "onclick=\"",
            "\"*\"",
        ] {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
}
