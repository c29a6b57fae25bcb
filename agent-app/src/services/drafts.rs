//! Keeps what has been written and not sent, in memory and in the storage of this tab, which ends with the tab. Where
//! storage is denied, memory is enough for everything but a reload.

use std::cell::{Cell, RefCell};

use deskbell_shared::model::ConversationId;
use web_sys::Storage;

use super::dom::window;
use crate::state::map::Map;

const PREFIX: &str = "deskbell.draft.";
/// Ends the key that says whether the server has a draft.
const KEPT_THERE: &str = ".kept";

pub use crate::state::drafts::Slot;

/// Where the answers to press are kept that go with an answer: beside it, under an id that no conversation has.
pub fn beside(id: ConversationId) -> Slot {
    (ConversationId(!id.0), false)
}

thread_local! {
    /// Whoever wrote them has left.
    static FORGOTTEN: Cell<bool> = const { Cell::new(false) };
    static KEPT: RefCell<Map<Slot, String>> = const { RefCell::new(Map::new()) };
}

/// What has been written in a conversation.
pub fn kept(id: Slot) -> String {
    KEPT.with(|kept| {
        let mut kept = kept.borrow_mut();
        let stored =
            || storage().and_then(|storage| storage.get_item(&key(id)).ok().flatten()).unwrap_or_default();
        kept.get_or(id, stored).clone()
    })
}

/// Keeps what has been written in a conversation; nothing, when it is empty.
pub fn keep(id: Slot, text: String) {
    if let Some(storage) = storage() {
        let _ =
            if text.is_empty() { storage.remove_item(&key(id)) } else { storage.set_item(&key(id), &text) };
    }
    KEPT.with(|kept| kept.borrow_mut().insert(id, text));
}

/// Notes whether the server has what is written there.
pub fn note(id: Slot, is_there: bool) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&[&key(id), KEPT_THERE].concat(), if is_there { "1" } else { "0" });
    }
}

/// What was noted in this tab: where something is written, and whether the server has it.
pub fn noted() -> Vec<(Slot, bool)> {
    let Some(storage) = storage() else { return Vec::new() };
    let mut noted = Vec::new();
    for key in keys(&storage) {
        let Some(name) = key.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(KEPT_THERE)) else {
            continue;
        };
        let note = name.strip_suffix(".note");
        if let Some(id) = ConversationId::from_hex(note.unwrap_or(name)) {
            let is_there = storage.get_item(&key).ok().flatten().is_some_and(|value| value == "1");
            noted.push(((id, note.is_some()), is_there));
        }
    }
    noted
}

/// Somebody is there who writes some.
pub fn begin() {
    // What the server told after that was meant for whoever left.
    if FORGOTTEN.replace(false) {
        clear();
    }
}

/// Whether they were forgotten, and nobody is there yet who writes others.
pub fn are_forgotten() -> bool {
    FORGOTTEN.get()
}

/// Forgets all of them: somebody signed out.
pub fn forget_all() {
    let storage = storage();
    FORGOTTEN.set(true);
    clear();
    let Some(storage) = storage else { return };
    for key in keys(&storage).iter().filter(|key| key.starts_with(PREFIX)) {
        let _ = storage.remove_item(key);
    }
}

fn clear() {
    KEPT.with(|kept| kept.borrow_mut().clear());
}

fn keys(storage: &Storage) -> Vec<String> {
    (0..storage.length().unwrap_or(0)).filter_map(|n| storage.key(n).ok().flatten()).collect()
}

/// The storage of this tab, while somebody is there whose drafts they are.
fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten().filter(|_| !FORGOTTEN.get())
}

fn key(id: Slot) -> String {
    [PREFIX, &id.0.to_hex(), if id.1 { ".note" } else { "" }].concat()
}
