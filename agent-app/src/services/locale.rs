//! Fetches the words. The document names the file of each language in a `meta` element, so that its hashed name is known
//! without a further request.

use js_sys::{Array, JSON, Object};
use wasm_bindgen::{JsCast, JsValue};

use super::{dom, http};
use crate::text;

/// Loads the words of the document's language. Returns whether there are any.
pub async fn load() -> bool {
    let element = dom::document().query_selector("meta[name=deskbell-locale-en]").ok().flatten();
    let Some(path) = element.and_then(|element| element.get_attribute("content")) else { return false };
    let Some(words) = http::text(&path).await.and_then(|file| read(&file)) else { return false };
    text::install(words);
    true
}

/// Reads a flat map of key to text. The browser's own reader does it: the codec of the wire refuses maps this wide.
fn read(file: &str) -> Option<Vec<(String, String)>> {
    let map: Object = JSON::parse(file).ok()?.dyn_into().ok()?;
    let pair = |pair: JsValue| {
        let pair: Array = pair.dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    };
    Object::entries(&map).iter().map(pair).collect()
}
