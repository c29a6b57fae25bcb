//! Keys anywhere in the desk, as deeds; and deeds that are asked for in other ways.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent};
use yew::prelude::*;

use super::listening::use_document_event;
use super::who::use_role;
use crate::services::preferences::{self, Choice};
use crate::services::{clock, dom, events};
use crate::state::keys::{COMMANDS, Deed, Pressed, UNDO, deed};

/// A second key belongs to the one before it for this long.
const CHORD_MS: i64 = 1200;

/// The event by which a deed is asked for without a key.
const ASKED_FOR: &str = "deed";

thread_local! {
    static ASKED: Cell<Option<Deed>> = const { Cell::new(None) };
}

/// Has done what a key would do.
pub fn ask(deed: Deed) {
    ASKED.set(Some(deed));
    events::tell_document(ASKED_FOR);
    ASKED.set(None);
}

/// Calls with every deed that a key asks for; whoever does it returns true, and the key then does nothing else.
/// What my role does not allow is asked of nobody.
#[hook]
pub fn use_keys(act: impl Fn(Deed) -> bool + 'static) {
    let role = use_role();
    let chord_at = use_mut_ref(|| None::<i64>);
    let act = Rc::new(move |deed: Deed| role.may(deed.needs()) && act(deed));
    {
        let act = Rc::clone(&act);
        use_document_event(ASKED_FOR, move |_| {
            if ASKED.get().is_some_and(|deed| act(deed)) {
                ASKED.set(None);
            }
        });
    }
    use_document_event("keydown", move |event: Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        if event.default_prevented() || event.is_composing() || dom::is_dialog_open() {
            return;
        }
        let now = clock::now().0;
        let key = event.key();
        let in_transcript = dom::is_focus_in(".talk-scroll");
        let is_held = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
        let together = match key.as_str() {
            "z" if is_held => Some(UNDO),
            "k" if is_held => Some(COMMANDS),
            _ => None,
        };
        let pressed = Pressed {
            // They scroll what is scrolled.
            key: match (key.as_str(), together) {
                (_, Some(together)) => together,
                ("ArrowDown" | "ArrowUp" | "Home" | "End", _) if in_transcript => "",
                (key, _) => key,
            },
            is_modified: together.is_none() && (event.ctrl_key() || event.alt_key() || event.meta_key()),
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
