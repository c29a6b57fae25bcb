//! The languages of an app have to say the same things: every locale has the keys of English, with the same placeholders,
//! and nothing left in English.
//!
//! Whether a text is well said is for people to judge.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::app::App;

/// What a file holds: keys and texts.
type Texts = BTreeMap<String, String>;

/// What reads the same in every language, and why. Nothing else may be equal to English.
const SAME_EVERYWHERE: [(&str, &str); 5] = [
    ("Deskbell", "a proper name"),
    ("{page} · {product}", "only placeholders and signs"),
    ("({n}) {page} · {product}", "only placeholders and signs"),
    ("{site} · {state}", "only placeholders and signs"),
    ("{what} · {time}", "only placeholders and signs"),
];

/// The ending of a key whose text is for exactly one thing.
const FOR_ONE: &str = ".one";

/// Compares all locales of both apps; names every difference.
pub fn check() -> Result<()> {
    let mut differences = Vec::new();
    for app in App::ALL {
        let folder = app.folder().join("locales");
        let english = read(&folder.join("en.json"))?;
        let mut count = 1;
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            let tag = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if tag != "en" {
                let found = differences_to(&english, &read(&path)?, counts_one_apart(tag));
                differences.extend(found.into_iter().map(|what| format!("{}: {what}", path.display())));
                count += 1;
            }
        }
        println!("{}: {} texts in {count} language(s)", app.title(), english.len());
    }
    if !differences.is_empty() {
        bail!("the locales differ:\n{}", differences.join("\n"));
    }
    Ok(())
}

/// Whether a language has a form of its own for one thing (Unicode CLDR, plural rules). Chinese has one form for all.
fn counts_one_apart(tag: &str) -> bool {
    !tag.starts_with("zh")
}

fn differences_to(english: &Texts, own: &Texts, counts_one_apart: bool) -> Vec<String> {
    let mut differences = Vec::new();
    for (key, said) in english {
        if key.ends_with(FOR_ONE) && !counts_one_apart {
            if own.contains_key(key) {
                differences
                    .push(format!("`{key}` is never asked for: the language has one form for any number"));
            }
            continue;
        }
        let Some(text) = own.get(key) else {
            differences.push(format!("`{key}` is missing"));
            continue;
        };
        if placeholders(text) != placeholders(said) {
            differences.push(format!("`{key}` has other placeholders than English: {text}"));
        }
        if text == said && !SAME_EVERYWHERE.iter().any(|(same, _)| same == text) {
            differences.push(format!("`{key}` is still in English: {text}"));
        }
    }
    let unknown = own.keys().filter(|key| !english.contains_key(*key));
    differences.extend(unknown.map(|key| format!("English has no `{key}`")));
    differences
}

/// The names in braces.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

fn read(path: &Path) -> Result<Texts> {
    let text = fs::read_to_string(path).with_context(|| format!("reading locale {}", path.display()))?;
    let texts: Texts =
        serde_json::from_str(&text).with_context(|| format!("reading locale {}", path.display()))?;
    ensure!(!texts.is_empty(), "{} has no texts", path.display());
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<const N: usize>(pairs: [(&str, &str); N]) -> Texts {
        pairs.map(|(key, text)| (key.to_owned(), text.to_owned())).into()
    }

    #[test]
    fn every_kind_of_difference_is_named() {
        let english = texts([("a", "{who} wrote"), ("b", "Send"), ("c", "Close"), ("d", "Deskbell")]);
        assert_eq!(differences_to(&english, &english, true).len(), 3, "English is no translation of itself");
        let own = texts([("a", "{name}写道"), ("b", "Send"), ("d", "Deskbell"), ("e", "多余")]);
        let found = differences_to(&english, &own, false);
        for (found, expected) in found.iter().zip([
            "`a` has other placeholders than English: {name}写道",
            "`b` is still in English: Send",
            "`c` is missing",
            "English has no `e`",
        ]) {
            assert_eq!(found, expected);
        }
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn a_language_with_one_form_has_no_text_for_one() {
        let english = texts([("n", "{n} people"), ("n.one", "1 person")]);
        let (one_form, two_forms) = (texts([("n", "{n} 人")]), texts([("n", "{n} 人"), ("n.one", "1 人")]));
        assert!(differences_to(&english, &one_form, false).is_empty());
        assert_eq!(differences_to(&english, &two_forms, false).len(), 1);
        assert_eq!(differences_to(&english, &one_form, true), ["`n.one` is missing"]);
    }
}
