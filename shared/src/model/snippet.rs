//! Saved answers.

use super::id::SnippetId;
use crate::wire;

wire! {
    /// A saved answer.
    pub struct SnippetView {
        /// Which.
        pub id: SnippetId,
        /// What is typed to find it: letters, digits, `-` and `_`, in lower case.
        pub shortcut: String,
        /// The text. `{visitor}`, `{agent}` and `{site}` are filled in when it is used; anything else stays as it is.
        pub text: String,
        /// Whether everybody has it, or only its author.
        pub is_shared: bool,
        /// How a visitor is whom it answers. Absent: however they are.
        pub situation: Option<Situation>,
        /// The first letters of how its Chinese words are said, with blanks where there is something else between them, so
        /// that `fh` finds `发货`. Made by the server.
        pub initials: String,
        /// How often it was used, by whomever.
        pub used: u32,
    }

    /// How a visitor is.
    pub enum Situation text {
        /// Angry or disappointed.
        Upset "upset",
        /// Not knowing what to do.
        Confused "confused",
        /// Pleased.
        Happy "happy",
    }
}
