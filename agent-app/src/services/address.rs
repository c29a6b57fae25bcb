//! The address bar: reading it, changing it, and the secret that may stand in its fragment.

use wasm_bindgen::JsValue;

use super::dom::window;

/// The path.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// What stands behind the path, with its `?`.
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// The fragment without its `#`. Secrets travel here because a fragment is never sent or logged.
pub fn fragment() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.strip_prefix('#').unwrap_or(&hash).to_owned()
}

/// Goes to a path, with a step back to where one was.
pub fn push(path: &str) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// Goes to a path in place of where one was.
pub fn replace(path: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// Loads the page anew, which also takes a newer desk.
pub fn reload() {
    let _ = window().location().reload();
}
