//! The document around the app, which `static/boot.js` looks after: texts, dates, the composer, the host page.
//!
//! Nothing here decides anything; it is the list of what the app may ask of the document.

use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::model::visitor::PageView;
use wasm_bindgen::prelude::*;
use yew::AttrValue;

mod boot {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn site() -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn text(key: &str, value: &str) -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn clock(at: f64) -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn day(at: f64) -> f64;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn date(day: f64) -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn listen(hear: JsValue);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn compose(submitted: JsValue, typed: JsValue);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn unread(count: u32);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn write(text: &str);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn show(shown: bool);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn problem(words: &str);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn reload();
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn ask(ended: JsValue);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn socket() -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn language() -> Option<String>;
    }
}

pub use boot::{
    language, problem, reload, show as show_composer, site, socket as socket_address, unread as tell_unread,
    write as write_back,
};

/// Where the app is shown.
pub fn place() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.get_element_by_id("app")
}

/// A text of the locale.
pub fn text(key: &str) -> AttrValue {
    boot::text(key, "").into()
}

/// A text of the locale with its one placeholder filled.
pub fn text_with(key: &str, value: &str) -> AttrValue {
    boot::text(key, value).into()
}

/// The time of day, as people here write it.
pub fn clock(at: UnixMillis) -> String {
    boot::clock(at.0 as f64)
}

/// The day of an instant where the visitor is, in days since 1970.
pub fn day(at: UnixMillis) -> i64 {
    boot::day(at.0 as f64) as i64
}

/// What people call a day: today, yesterday, or its date.
pub fn date(day: i64) -> AttrValue {
    boot::date(day as f64).into()
}

/// Calls `hear` now and at every change: whether the panel is open and in front, and the page it is on.
pub fn listen(hear: impl Fn(bool, Option<PageView>) + 'static) {
    let hear = Closure::<dyn Fn(bool, String, String)>::new(move |open, url: String, title| {
        hear(open, (!url.is_empty()).then_some(PageView { url, title }));
    });
    boot::listen(hear.into_js_value());
}

/// Takes over the composer. `submitted` gets what was written and says whether it was taken (then the field is
/// emptied); `typed` is called at every change with whether there is text.
pub fn compose(submitted: impl Fn(String) -> bool + 'static, typed: impl Fn(String) + 'static) {
    let submitted = Closure::<dyn Fn(String) -> bool>::new(submitted);
    let typed = Closure::<dyn Fn(String)>::new(typed);
    boot::compose(submitted.into_js_value(), typed.into_js_value());
}

/// Asks whether to end; `ended` is called if so.
pub fn ask_end(ended: impl FnOnce() + 'static) {
    boot::ask(Closure::once_into_js(ended));
}
