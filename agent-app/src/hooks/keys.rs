//! Keys anywhere in the desk, as deeds.

use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent};
use yew::prelude::*;

use super::listening::use_document_event;
use crate::services::preferences::{self, Choice};
use crate::services::{clock, dom};
use crate::state::keys::{Deed, Pressed, UNDO, deed};

/// A second key belongs to the one before it for this long.
const CHORD_MS: i64 = 1200;

/// Calls with every deed that a key asks for; whoever does it returns true, and the key then does nothing else.
#[hook]
pub fn use_keys(act: impl Fn(Deed) -> bool + 'static) {
    let chord_at = use_mut_ref(|| None::<i64>);
    use_document_event("keydown", move |event: Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        if event.default_prevented() || event.is_composing() || dom::is_dialog_open() {
            return;
        }
        let now = clock::now().0;
        let key = event.key();
        let in_transcript = dom::is_focus_in(".talk-scroll");
        let is_undo =
            key == "z" && (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
        let pressed = Pressed {
            // They scroll what is scrolled.
            key: match key.as_str() {
                "z" if is_undo => UNDO,
                "ArrowDown" | "ArrowUp" | "Home" | "End" if in_transcript => "",
                key => key,
            },
            is_modified: !is_undo && (event.ctrl_key() || event.alt_key() || event.meta_key()),
            is_shifted: event.shift_key(),
            is_writing: dom::is_writing(),
            is_on_control: dom::is_focus_in("a:not(.row-link), button"),
            is_on: preferences::is_on(Choice::Keys),
            after_g: chord_at.borrow_mut().take().is_some_and(|at| now - at < CHORD_MS),
        };
        match deed(pressed) {
            Ok(deed) => {
                if act(deed) {
                    event.prevent_default();
                }
            }
            Err(true) => *chord_at.borrow_mut() = Some(now),
            Err(false) => {}
        }
    });
}
