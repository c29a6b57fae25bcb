//! The words on the screens, from the files the apps take them from: a story names a text by its key, and a better
//! wording breaks no story. A key that is not there does. English, where nothing else is said.

use serde_json::{Map, Value};

/// A text of the agent desktop.
pub fn desk(key: &str) -> String {
    desk_in("en", key)
}

/// A text of the agent desktop in a language.
pub fn desk_in(language: &str, key: &str) -> String {
    word("agent-app", language, key)
}

/// A text of the agent desktop with its `{names}` filled in.
pub fn desk_with(key: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(desk(key), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// A text of the widget.
pub fn widget(key: &str) -> String {
    widget_in("en", key)
}

/// A text of the widget in a language.
pub fn widget_in(language: &str, key: &str) -> String {
    word("widget", language, key)
}

/// A text of the widget with the name of an agent in its place. (`screen` leaves the isolating signs around it out.)
pub fn widget_with(key: &str, name: &str) -> String {
    widget(key).replace("{name}", name)
}

/// The part of a text of the widget before its first placeholder, for those that say when.
pub fn widget_start(key: &str) -> String {
    widget(key).split('{').next().unwrap_or_default().to_owned()
}

fn word(app: &str, language: &str, key: &str) -> String {
    let path = format!("{}/../{app}/locales/{language}.json", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("reading {path}: {error}"));
    let words: Map<String, Value> =
        serde_json::from_str(&file).unwrap_or_else(|error| panic!("reading {path}: {error}"));
    let word = words.get(key).and_then(Value::as_str);
    word.unwrap_or_else(|| panic!("{path} has no text called `{key}`")).to_owned()
}
