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
    }
}
