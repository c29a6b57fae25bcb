//! Copying to the clipboard, and saying for a moment whether it worked.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::services::{clock, dom};

/// How long it is said that a copy worked.
const SAID_MS: i32 = 2500;

/// Copying.
pub struct Copy {
    /// Copies a text.
    pub start: Callback<String>,
    /// Whether the last copy worked; `None` again after a moment.
    pub worked: Option<bool>,
}

/// Copying, for one button.
#[hook]
pub fn use_copy() -> Copy {
    let worked = use_state(|| None::<bool>);
    let timer = use_mut_ref(|| None::<clock::Ticking>);
    let start = {
        let worked = worked.clone();
        Callback::from(move |text: String| {
            let (worked, timer) = (worked.clone(), Rc::clone(&timer));
            spawn_local(async move {
                worked.set(Some(dom::copy(&text).await));
                let over = worked.clone();
                *timer.borrow_mut() = Some(clock::every(SAID_MS, move || over.set(None)));
            });
        })
    };
    Copy { start, worked: *worked }
}
