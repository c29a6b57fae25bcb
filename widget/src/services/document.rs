//! The document around the app, which `static/boot.js` looks after: texts, dates, the composer, the host page.
//!
//! Nothing here decides anything; it is the list of what the app may ask of the document.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::id::InboxId;
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::model::visitor::{About, PageView};
use wasm_bindgen::prelude::*;

use crate::state::words::Words;

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
        pub fn moment(at: f64) -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn day(at: f64) -> f64;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn date(day: f64) -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn listen(hear: JsValue);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn compose(submitted: JsValue, typed: JsValue, left: JsValue);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn leave(line: &str, address: &str);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn misleft();
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn unread(count: u32);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn answered();
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn write(text: &str);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn sent(text: &str, at: f64);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn show(shown: bool, pen: &str);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn problem(words: &str);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn form(wanted: bool, names: &str, version: u32);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn hold(token: Option<String>);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn files(taken: JsValue);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn more(conversation: &str);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn comment(said: JsValue);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn change(chosen: JsValue);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn edit(text: &str, taken: JsValue);
        #[wasm_bindgen(js_namespace = deskbell, js_name = signedOut)]
        pub fn signed_out();
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn page() -> Option<String>;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn reload();
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn ask(ended: JsValue);
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn socket() -> String;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn language() -> Option<String>;
        #[wasm_bindgen(js_namespace = deskbell)]
        pub fn zone() -> Option<String>;
    }
}

pub use boot::{
    answered as tell_answered, form as ask_form, hold as hold_token, language, leave as ask_address,
    misleft as address_refused, more, page, problem, reload, show as show_composer, signed_out, site,
    socket as socket_address, unread as tell_unread, write as write_back, zone as time_zone,
};

/// The language of the document.
pub struct Locale;

impl Words for Locale {
    fn text_with(&self, key: &'static str, value: &str) -> String {
        boot::text(key, value)
    }

    fn clock(&self, at: UnixMillis) -> String {
        boot::clock(at.0 as f64)
    }

    fn moment(&self, at: UnixMillis) -> String {
        boot::moment(at.0 as f64)
    }

    fn day(&self, at: UnixMillis) -> i64 {
        boot::day(at.0 as f64) as i64
    }

    fn date(&self, day: i64) -> String {
        boot::date(day as f64)
    }
}

/// Calls `hear` now and at every change: whether the panel is open and in front, the page it is on, and what is said of the
/// visitor; and whom the page has chosen for them just now.
pub fn listen(hear: impl Fn(bool, Option<PageView>, Option<About>, Option<InboxId>) + 'static) {
    type Heard = dyn Fn(bool, String, String, String, String, String);
    let hear = Closure::<Heard>::new(move |open, url: String, title, from, about: String, inbox: String| {
        let referrer = Some(from).filter(|from: &String| !from.is_empty());
        let page = (!url.is_empty()).then_some(PageView { url, title, referrer });
        hear(open, page, About::from_text(&about).ok(), InboxId::from_hex(&inbox));
    });
    boot::listen(hear.into_js_value());
}

/// Takes over the composer. `submitted` gets what was written and says whether it was taken (then the field is
/// emptied); `typed` is called at every change with whether there is text.
/// `left` gets the address that the visitor leaves for an answer.
pub fn compose(
    submitted: impl Fn(String) -> bool + 'static,
    typed: impl Fn(String) + 'static,
    left: impl Fn(String) + 'static,
) {
    let submitted = Closure::<dyn Fn(String) -> bool>::new(submitted);
    let typed = Closure::<dyn Fn(String)>::new(typed);
    let left = Closure::<dyn Fn(String)>::new(left);
    boot::compose(submitted.into_js_value(), typed.into_js_value(), left.into_js_value());
}

/// `taken` gets what the server says of a file that was uploaded, and says whether the outbox has it for good. It may be
/// told the same again, and sends it once.
pub fn take_files(taken: impl Fn(String) -> bool + 'static) {
    boot::files(Closure::<dyn Fn(String) -> bool>::new(taken).into_js_value());
}

/// Asks for a few words; `said` gets them.
pub fn ask_comment(said: impl FnOnce(String) + 'static) {
    boot::comment(Closure::once_into_js(said));
}

/// Asks what is to become of a message; `chosen` is told whether it is to be edited, and not taken back.
pub fn ask_change(chosen: impl FnOnce(bool) + 'static) {
    boot::change(Closure::once_into_js(chosen));
}

/// Has the visitor put other words into a message. `taken` gets them, and says whether that was all.
pub fn edit(text: &str, taken: impl Fn(String) -> bool + 'static) {
    boot::edit(text, Closure::<dyn Fn(String) -> bool>::new(taken).into_js_value());
}

/// Says what was written last, and when: a draft of last time that became this message does not come back.
pub fn sent(text: &str, at: UnixMillis) {
    boot::sent(text, at.0 as f64);
}

/// Asks whether to end; `ended` is called if so.
pub fn ask_end(ended: impl FnOnce() + 'static) {
    boot::ask(Closure::once_into_js(ended));
}
