//! Takes over what `static/boot.js` found out before there was any WASM: the words of the language, and how this browser
//! writes dates and numbers in it. Which language that is, is decided there.

use js_sys::{Array, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::dom::document;
use crate::text::{self, Habits};

mod boot {
    use super::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn words() -> Promise;
        #[wasm_bindgen(js_namespace = deskbell, js_name = laterWords)]
        pub fn later_words() -> Promise;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn time(at: f64) -> String;
        #[wasm_bindgen(js_namespace = deskbell, js_name = timeIn)]
        pub fn time_in(at: f64, zone: &str) -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn date(day: f64, with_year: bool) -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn language(tag: &str) -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn number(n: f64) -> String;
    }
}

/// The languages of the desk, each by its tag and its own name.
pub const LANGUAGES: [(&str, &str); 3] =
    [("en", "English"), ("zh-Hans", "简体中文"), ("zh-Hant", "繁體中文")];

/// Those of the widget, in which a site may greet its visitors.
pub const OF_VISITORS: [(&str, &str); 4] =
    [("en", "English"), ("ar", "العربية"), ("zh-Hans", "简体中文"), ("zh-Hant", "繁體中文")];

/// Installs the habits of the language, and the words that the desk says at its start. Returns whether there are any.
pub async fn load() -> bool {
    let habits = Habits {
        time: |at| boot::time(at.0 as f64),
        time_in: |at, zone| boot::time_in(at.0 as f64, zone),
        date: |day, with_year| boot::date(day as f64, with_year),
        language: boot::language,
        number: |n| boot::number(n as f64),
    };
    text::adopt(habits);
    learn(boot::words()).await
}

/// Installs the words of the pages that come later, which are asked for at once. Gives whether there are any.
pub fn load_later() -> impl Future<Output = bool> {
    learn(boot::later_words())
}

async fn learn(words: Promise) -> bool {
    let words = JsFuture::from(words).await.ok().and_then(read);
    let is_there = words.is_some();
    text::learn(words.unwrap_or_default());
    is_there
}

/// The tag of the language that was chosen.
pub fn here() -> &'static str {
    let tag = document().document_element().and_then(|root| root.get_attribute("lang"));
    let known = LANGUAGES.iter().find(|(known, _)| Some(*known) == tag.as_deref());
    known.map_or(LANGUAGES[0].0, |(known, _)| known)
}

/// The time zone of this browser.
pub fn zone() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    js_sys::Reflect::get(&format.resolved_options(), &JsValue::from_str("timeZone")).ok()?.as_string()
}

/// Reads a flat map of key to text.
fn read(map: JsValue) -> Option<Vec<(String, String)>> {
    let map: Object = map.dyn_into().ok()?;
    let pair = |pair: JsValue| {
        let pair: Array = pair.dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    };
    Object::entries(&map).iter().map(pair).collect()
}
