//! Notifications of the browser. It asks the person before the first one, and only because they pressed something.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::dom::window;

/// Whether this browser has notifications here. On plain http it has none.
pub fn are_there() -> bool {
    js_sys::Reflect::get(&window(), &JsValue::from_str("Notification")).is_ok_and(|it| it.is_function())
}

/// Asks the person, who has pressed a button for it. Returns whether notifications may be shown.
pub async fn ask() -> bool {
    if !are_there() {
        return false;
    }
    if let Ok(asking) = Notification::request_permission() {
        let _ = JsFuture::from(asking).await;
    }
    may_show()
}

/// Whether they may be shown.
pub fn may_show() -> bool {
    are_there() && Notification::permission() == NotificationPermission::Granted
}

/// Shows one to try, and says whether the system told of it as shown within so many milliseconds.
pub async fn is_seen(title: &str, line: &str, wait_ms: i32) -> bool {
    let options = NotificationOptions::new();
    options.set_tag("try");
    options.set_renotify(true);
    options.set_body(line);
    let Ok(notice) = Notification::new_with_options(title, &options) else { return false };
    let told = Promise::new(&mut |resolve, _| {
        let late = resolve.clone();
        // Whatever is told first counts; `show` comes as an event, the others with nothing.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&late, wait_ms);
        notice.set_onshow(Some(&resolve));
    });
    let told = JsFuture::from(told).await;
    told.is_ok_and(|told| told.is_object())
}

/// Shows one; another one with the same tag takes its place. `call` is called when it is clicked, with the window in
/// front.
pub fn show(tag: &str, title: &str, line: &str, call: impl FnOnce() + 'static) {
    if !may_show() {
        return;
    }
    let options = NotificationOptions::new();
    options.set_tag(tag);
    // Something else about the same conversation is news again.
    options.set_renotify(true);
    options.set_body(line);
    // A phone refuses this kind of notification by an exception; there the sound has to do.
    let Ok(notice) = Notification::new_with_options(title, &options) else { return };
    let shown = notice.clone();
    let clicked = Closure::once_into_js(move || {
        let _ = window().focus();
        shown.close();
        call();
    });
    notice.set_onclick(clicked.dyn_ref());
}
