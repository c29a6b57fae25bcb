//! What this browser remembers for the person: small choices of comfort, never a secret and nothing anyone wrote. Where
//! storage is denied, each choice has its default again after a reload.

use super::dom::window;

/// A choice between on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A sound for what is new.
    Sound,
    /// Keys without Ctrl or Alt do things.
    Keys,
}

impl Choice {
    fn key(self) -> &'static str {
        match self {
            Choice::Sound => "deskbell.sound",
            Choice::Keys => "deskbell.keys",
        }
    }
}

/// What was chosen; on until somebody says otherwise.
pub fn is_on(choice: Choice) -> bool {
    let storage = window().local_storage().ok().flatten();
    storage
        .and_then(|storage| storage.get_item(choice.key()).ok().flatten())
        .is_none_or(|value| value != "off")
}

/// Remembers a choice.
pub fn set(choice: Choice, on: bool) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(choice.key(), if on { "on" } else { "off" });
    }
}
