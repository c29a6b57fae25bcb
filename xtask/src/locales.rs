//! The languages of an app have to say the same things: every locale has the keys of English, with the same placeholders,
//! and nothing left in English. A language with more forms for numbers than English may have them beside a text.
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
const SAME_EVERYWHERE: [(&str, &str); 7] = [
    ("{n} KB", "a unit, as programs write it there"),
    ("{n} MB", "a unit, as programs write it there"),
    ("Deskbell", "a proper name"),
    ("{page} · {product}", "only placeholders and signs"),
    ("({n}) {page} · {product}", "only placeholders and signs"),
    ("{site} · {state}", "only placeholders and signs"),
    ("{what} · {time}", "only placeholders and signs"),
];

/// The ending of a key whose text is for exactly one thing.
const FOR_ONE: &str = ".one";
/// Forms for so few that a text may say how many without the number.
const FEWEST: [&str; 3] = ["zero", "one", "two"];

/// The languages of an app. Arabic is for visitors: the desk is not laid out from right to left.
fn spoken(app: App) -> &'static [&'static str] {
    match app {
        App::Widget => &["ar", "en", "zh-Hans", "zh-Hant"],
        App::Desk => &["en", "zh-Hans", "zh-Hant"],
    }
}

/// Compares all locales of both apps; names every difference.
pub fn check() -> Result<()> {
    let mut differences = Vec::new();
    for app in App::ALL {
        let folder = app.folder().join("locales");
        let english = read(&folder.join("en.json"))?;
        let mut tags = Vec::new();
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            let tag = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if tag != "en" {
                let found = differences_to(&english, &read(&path)?, forms(tag));
                differences.extend(found.into_iter().map(|what| format!("{}: {what}", path.display())));
            }
            tags.push(tag.to_owned());
        }
        tags.sort();
        if tags != spoken(app) {
            differences.push(format!("{} speaks {tags:?}, and should speak {:?}", app.title(), spoken(app)));
        }
        println!("{}: {} texts in {} language(s)", app.title(), english.len(), tags.len());
    }
    if !differences.is_empty() {
        bail!("the locales differ:\n{}", differences.join("\n"));
    }
    Ok(())
}

/// The forms that a language has for numbers of things, beside the one for any other number (Unicode CLDR, plural rules).
/// Chinese has one form for all.
fn forms(tag: &str) -> &'static [&'static str] {
    match tag {
        "ar" => &["zero", "one", "two", "few", "many"],
        tag if tag.starts_with("zh") => &[],
        _ => &["one"],
    }
}

fn differences_to(english: &Texts, own: &Texts, forms: &[&str]) -> Vec<String> {
    let mut differences = Vec::new();
    for (key, said) in english {
        if key.ends_with(FOR_ONE) && forms.is_empty() {
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
    for key in own.keys().filter(|key| !english.contains_key(*key)) {
        match key.rsplit_once('.').filter(|(text, form)| english.contains_key(*text) && forms.contains(form))
        {
            Some((text, form)) => differences.extend(form_differences(english, own, forms, text, form)),
            None => differences.push(format!("English has no `{key}`")),
        }
    }
    differences
}

/// What has one form for numbers has them all, and says the number where nothing else does.
fn form_differences(english: &Texts, own: &Texts, forms: &[&str], text: &str, form: &str) -> Vec<String> {
    let name = |form: &str| format!("{text}.{form}");
    let mut differences: Vec<String> = forms
        .iter()
        .filter(|other| !own.contains_key(&name(other)))
        .map(|other| format!("`{text}` has a form for {form}, and none for {other}"))
        .collect();
    let (said, wanted) = (placeholders(&own[&name(form)]), placeholders(&english[text]));
    if wanted != BTreeSet::from(["n"]) {
        differences.push(format!("`{text}` counts nothing, and has a form for {form}"));
    } else if said != wanted && !(said.is_empty() && FEWEST.contains(&form)) {
        differences.push(format!("`{}` has other placeholders than `{text}`", name(form)));
    }
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
        assert_eq!(
            differences_to(&english, &english, forms("de")).len(),
            3,
            "English is no translation of itself"
        );
        let own = texts([("a", "{name}写道"), ("b", "Send"), ("d", "Deskbell"), ("e", "多余")]);
        let found = differences_to(&english, &own, forms("zh-Hans"));
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
        assert!(differences_to(&english, &one_form, forms("zh-Hans")).is_empty());
        assert_eq!(differences_to(&english, &two_forms, forms("zh-Hans")).len(), 1);
        assert_eq!(differences_to(&english, &one_form, forms("de")), ["`n.one` is missing"]);
    }

    #[test]
    fn what_has_forms_for_numbers_has_all_of_them() {
        let english = texts([("n", "{n} messages"), ("who", "{name} wrote")]);
        let all = [
            ("n", "{n} رسالة"),
            ("n.zero", "لا رسائل"),
            ("n.one", "رسالة واحدة"),
            ("n.two", "رسالتان"),
            ("n.few", "{n} رسائل"),
            ("n.many", "{n} رسالة"),
            ("who", "من {name}"),
        ];
        let differences = |own: &Texts, tag: &str| differences_to(&english, own, forms(tag));
        let own = texts(all);
        assert!(differences(&own, "ar").is_empty());
        assert_eq!(differences(&own, "zh-Hans").len(), 5, "forms that a language has not");
        let mut fewer = own.clone();
        fewer.remove("n.many");
        assert_eq!(differences(&fewer, "ar").len(), 4, "each of the four others misses it");
        let mut silent = own.clone();
        silent.insert("n.few".into(), "رسائل".into());
        assert_eq!(differences(&silent, "ar"), ["`n.few` has other placeholders than `n`"]);
        let mut odd = own;
        odd.insert("who.one".into(), "من {name}".into());
        assert!(differences(&odd, "ar").contains(&"`who` counts nothing, and has a form for one".to_owned()));
    }
}
