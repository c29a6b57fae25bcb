//! The browser's time, timer and random numbers.

use crate::model::time::UnixMillis;
use core::cell::Cell;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// The longest timer a browser takes, in milliseconds.
const TIMER_MS_MAX: i64 = i32::MAX as i64;

/// A clock that never goes back and does not stand still while the computer sleeps: the browser's monotonic one,
/// moved forward whenever the wall clock is ahead of it.
#[derive(Default)]
pub(super) struct Clock {
    ahead_ms: Cell<f64>,
}

impl Clock {
    pub fn now(&self) -> UnixMillis {
        let monotonic = web_sys::window().and_then(|window| window.performance()).map_or(0.0, |p| p.now());
        let ahead = (js_sys::Date::now() - monotonic).max(self.ahead_ms.get());
        self.ahead_ms.set(ahead);
        UnixMillis((monotonic + ahead) as i64)
    }
}

/// One timer, set anew each time.
pub(super) struct Timer {
    closure: Closure<dyn Fn()>,
    handle: Cell<Option<i32>>,
}

impl Timer {
    pub fn new(f: impl Fn() + 'static) -> Timer {
        Timer { closure: Closure::new(f), handle: Cell::new(None) }
    }

    pub fn set(&self, wait_ms: Option<i64>) {
        let Some(window) = web_sys::window() else { return };
        if let Some(handle) = self.handle.take() {
            window.clear_timeout_with_handle(handle);
        }
        if let Some(ms) = wait_ms {
            let handle = window.set_timeout_with_callback_and_timeout_and_arguments_0(
                self.closure.as_ref().unchecked_ref(),
                ms.clamp(0, TIMER_MS_MAX) as i32,
            );
            self.handle.set(handle.ok());
        }
    }
}

/// Random bytes from the browser's cryptographic source.
pub(super) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    web_sys::window()?.crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes)
}
