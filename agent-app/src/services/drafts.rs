//! Keeps what has been written and not sent, in memory and in the storage of this tab, which ends with the tab. Where
//! storage is denied, memory is enough for everything but a reload.

use std::cell::RefCell;

use deskbell_shared::model::ConversationId;
use web_sys::Storage;

use super::dom::window;
use crate::state::map::Map;

const PREFIX: &str = "deskbell.draft.";

/// Where something is written: the conversation, and whether it is a note. The two are kept apart, so that no note
/// becomes an answer by a slip.
pub type Slot = (ConversationId, bool);

/// Where the answers to press are kept that go with an answer: beside it, under an id that no conversation has.
pub fn beside(id: ConversationId) -> Slot {
    (ConversationId(!id.0), false)
}

thread_local! {
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

/// Forgets all of them: somebody signed out.
pub fn forget_all() {
    KEPT.with(|kept| kept.borrow_mut().clear());
    let Some(storage) = storage() else { return };
    let keys: Vec<String> =
        (0..storage.length().unwrap_or(0)).filter_map(|n| storage.key(n).ok().flatten()).collect();
    for key in keys.iter().filter(|key| key.starts_with(PREFIX)) {
        let _ = storage.remove_item(key);
    }
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn key(id: Slot) -> String {
    [PREFIX, &id.0.to_hex(), if id.1 { ".note" } else { "" }].concat()
}
