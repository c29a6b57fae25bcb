//! The languages of an app have to say the same things: every locale has the keys of English, no more, no fewer.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::app::App;

/// Compares all locales of both apps; names every difference.
pub fn check() -> Result<()> {
    let mut differences = Vec::new();
    for app in App::ALL {
        let folder = app.folder().join("locales");
        let english = keys(&read(&folder.join("en.json"))?);
        let mut count = 0;
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            let own = keys(&read(&path)?);
            let missing =
                english.difference(&own).map(|key| format!("{}: `{key}` is missing", path.display()));
            differences.extend(missing);
            let unknown = own.difference(&english);
            differences.extend(unknown.map(|key| format!("{}: English has no `{key}`", path.display())));
            count += 1;
        }
        println!("{}: {} texts in {count} language(s)", app.title(), english.len());
    }
    if !differences.is_empty() {
        bail!("the locales differ:\n{}", differences.join("\n"));
    }
    Ok(())
}

fn read(path: &std::path::Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("reading locale {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading locale {}", path.display()))
}

/// Keys with their parents, as in `queue.empty`.
fn keys(value: &Value) -> BTreeSet<String> {
    let Value::Object(map) = value else { return BTreeSet::new() };
    let mut all = BTreeSet::new();
    for (key, inner) in map {
        let below = keys(inner);
        if below.is_empty() {
            all.insert(key.clone());
        }
        all.extend(below.into_iter().map(|inner| format!("{key}.{inner}")));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_carry_their_parents() {
        let value = serde_json::json!({ "a": "x", "b": { "c": "y" } });
        assert_eq!(keys(&value).into_iter().collect::<Vec<_>>(), ["a", "b.c"]);
    }
}
