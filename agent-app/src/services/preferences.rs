//! What this browser remembers for the person: small choices of comfort, never a secret and nothing anyone wrote. Where
//! storage is denied, each choice has its default again after a reload.

use web_sys::Storage;

use super::dom::window;

/// A choice between on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A sound for what is new.
    Sound,
    /// Keys without Ctrl or Alt do things.
    Keys,
    /// Notifications of the browser while the desk is out of sight.
    Notices,
    /// What visitors wrote stands in them.
    NoticeText,
}

impl Choice {
    fn key(self) -> &'static str {
        match self {
            Choice::Sound => "deskbell.sound",
            Choice::Keys => "deskbell.keys",
            Choice::Notices => "deskbell.notices",
            Choice::NoticeText => "deskbell.notices.text",
        }
    }

    /// What counts until somebody says otherwise. Nothing is put on other screens unasked.
    fn default(self) -> bool {
        matches!(self, Choice::Sound | Choice::Keys)
    }
}

/// What was chosen.
pub fn is_on(choice: Choice) -> bool {
    found(choice.key()).map_or(choice.default(), |value| value != "off")
}

/// Remembers a choice.
pub fn set(choice: Choice, on: bool) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(choice.key(), if on { "on" } else { "off" });
    }
}

/// Where the tag of a chosen language lies; `static/boot.js` reads it, too.
const LANGUAGE: &str = "deskbell.language";

/// The tag of the language that was chosen; without one the browser's own wishes count.
pub fn language() -> Option<String> {
    found(LANGUAGE)
}

/// Chooses a language from the next start on, or with nothing leaves it to the browser again.
pub fn set_language(tag: &str) {
    let Some(storage) = storage() else { return };
    let _ = if tag.is_empty() { storage.remove_item(LANGUAGE) } else { storage.set_item(LANGUAGE, tag) };
}

fn found(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
