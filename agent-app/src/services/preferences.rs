//! What this browser remembers for the person: small choices of comfort, never a secret and nothing anyone wrote. Where
//! storage is denied, each choice has its default again after a reload.

use deskbell_shared::model::UnixMillis;
use web_sys::Storage;

use super::clock;
use super::dom::window;
use crate::state::quiet::{self, Quiet};

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
    /// What an owner does first is shown beside an empty desk.
    Beginning,
    /// There was a conversation.
    Talked,
}

impl Choice {
    fn key(self) -> &'static str {
        match self {
            Choice::Sound => "deskbell.sound",
            Choice::Keys => "deskbell.keys",
            Choice::Notices => "deskbell.notices",
            Choice::NoticeText => "deskbell.notices.text",
            Choice::Beginning => "deskbell.beginning",
            Choice::Talked => "deskbell.talked",
        }
    }

    /// What counts until somebody says otherwise. Nothing is put on other screens unasked.
    fn default(self) -> bool {
        matches!(self, Choice::Sound | Choice::Keys | Choice::Beginning)
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

/// Until when it is silent, in milliseconds since 1970.
const SILENT: &str = "deskbell.silent";
/// The hours of every day during which it is.
const QUIET_HOURS: &str = "deskbell.quiet";

/// What was chosen about silence.
pub fn quiet() -> Quiet {
    let until = found(SILENT).and_then(|until| until.parse().ok()).map(UnixMillis);
    Quiet { until, hours: found(QUIET_HOURS).and_then(|text| quiet::hours(&text)) }
}

/// Is silent until then, or with nothing not any more.
pub fn be_silent(until: Option<UnixMillis>) {
    keep(SILENT, &until.map_or_else(String::new, |until| until.0.to_string()));
}

/// The hours of every day during which it is silent, such as `22:00-07:00`; empty without any.
pub fn quiet_hours() -> String {
    found(QUIET_HOURS).unwrap_or_default()
}

/// Chooses them.
pub fn set_quiet_hours(hours: &str) {
    keep(QUIET_HOURS, hours);
}

/// Whether what is new may be heard, or shown beside the desk: it was not switched off, and it is not silent now.
pub fn may(choice: Choice) -> bool {
    is_on(choice) && quiet().silent_until(clock::local()).is_none()
}

/// Where the tag of a chosen language lies; `static/boot.js` reads it, too.
const LANGUAGE: &str = "deskbell.language";

/// The tag of the language that was chosen; without one the browser's own wishes count.
pub fn language() -> Option<String> {
    found(LANGUAGE)
}

/// Chooses a language from the next start on, or with nothing leaves it to the browser again.
pub fn set_language(tag: &str) {
    keep(LANGUAGE, tag);
}

/// Remembers a value; with nothing, that there is none.
pub(super) fn keep(key: &str, value: &str) {
    let Some(storage) = storage() else { return };
    let _ = if value.is_empty() { storage.remove_item(key) } else { storage.set_item(key, value) };
}

/// What is remembered.
pub(super) fn found(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
