//! The present, renewed often enough for ages that are shown.

use yew::prelude::*;

use crate::format::Local;
use crate::services::clock;

/// The present, renewed every so many milliseconds.
#[hook]
pub fn use_now(interval_ms: i32) -> Local {
    let local = use_state_eq(clock::local);
    let set = local.setter();
    use_effect_with(interval_ms, move |interval_ms| {
        let ticking = clock::every(*interval_ms, move || set.set(clock::local()));
        move || drop(ticking)
    });
    *local
}

/// Calls again and again, every so many milliseconds, for as long as `interval_ms` is given.
#[hook]
pub fn use_ticks(interval_ms: Option<i32>, call: Callback<()>) {
    use_effect_with((interval_ms, call), move |(interval_ms, call)| {
        let call = call.clone();
        let ticking = interval_ms.map(|interval_ms| clock::every(interval_ms, move || call.emit(())));
        move || drop(ticking)
    });
}
