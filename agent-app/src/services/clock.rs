//! The clock of this device, and timers.

use deskbell_shared::model::UnixMillis;
use wasm_bindgen::prelude::*;

use super::dom::window;
use crate::format::Local;

/// Now, by this device.
pub fn now() -> UnixMillis {
    UnixMillis(js_sys::Date::now() as i64)
}

/// Now, with how far local time is ahead of UTC.
pub fn local() -> Local {
    let date = js_sys::Date::new_0();
    Local { now: UnixMillis(date.get_time() as i64), ahead_minutes: -(date.get_timezone_offset() as i32) }
}

/// The instant of a local time as forms write it, such as `2026-11-23T09:00`.
pub fn instant_of(local: &str) -> Option<UnixMillis> {
    let at = js_sys::Date::parse(local);
    at.is_finite().then_some(UnixMillis(at as i64))
}

/// Something that happens again and again until this is dropped.
pub struct Ticking {
    id: i32,
    _call: Closure<dyn FnMut()>,
}

impl Drop for Ticking {
    fn drop(&mut self) {
        window().clear_interval_with_handle(self.id);
    }
}

/// Calls once, so many milliseconds from now, unless what this returns is dropped before.
pub fn after(wait_ms: i32, call: impl FnMut() + 'static) -> Ticking {
    let call = Closure::<dyn FnMut()>::new(call);
    let id = window()
        .set_timeout_with_callback_and_timeout_and_arguments_0(call.as_ref().unchecked_ref(), wait_ms)
        .unwrap_or_default();
    // Timeouts and intervals are numbered together, and either is cleared as the other is.
    Ticking { id, _call: call }
}

/// Waits so many milliseconds.
pub async fn sleep(wait_ms: i32) {
    let waited = js_sys::Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, wait_ms);
    });
    let _ = wasm_bindgen_futures::JsFuture::from(waited).await;
}

/// Calls every so many milliseconds.
pub fn every(interval_ms: i32, call: impl FnMut() + 'static) -> Ticking {
    let call = Closure::<dyn FnMut()>::new(call);
    let id = window()
        .set_interval_with_callback_and_timeout_and_arguments_0(call.as_ref().unchecked_ref(), interval_ms)
        .unwrap_or_default();
    Ticking { id, _call: call }
}
