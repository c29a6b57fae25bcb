//! Whether somebody looks at the desk: only then is what is on the screen read.

use yew::prelude::*;

use crate::services::{dom, events};

/// Whether the tab can be seen and its window has the focus.
#[hook]
pub fn use_attended() -> bool {
    let attended = use_state_eq(dom::is_attended);
    let set = attended.setter();
    use_effect_with((), move |()| {
        let check = move |_| set.set(dom::is_attended());
        let listening = [
            events::on_window("focus", check.clone()),
            events::on_window("blur", check.clone()),
            events::on_document("visibilitychange", check),
        ];
        move || drop(listening)
    });
    *attended
}
