//! What screens ask of a language: the texts of the locale, and times as people here write them.

use deskbell_shared::model::time::UnixMillis;

/// A language.
pub trait Words {
    /// A text of the locale.
    fn text(&self, key: &'static str) -> String {
        self.text_with(key, "")
    }
    /// A text of the locale with its one placeholder filled.
    fn text_with(&self, key: &'static str, value: &str) -> String;
    /// The time of day.
    fn clock(&self, at: UnixMillis) -> String;
    /// The day of the week and the time of an instant, with the date when it is far.
    fn moment(&self, at: UnixMillis) -> String;
    /// The day of an instant where the visitor is, in days since 1970.
    fn day(&self, at: UnixMillis) -> i64;
    /// What people call a day: today, yesterday, or its date.
    fn date(&self, day: i64) -> String;
}
