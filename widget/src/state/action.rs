//! What a press on something on screen means. What follows from it is decided in `app`.

use deskbell_shared::model::id::Cmid;

/// What the visitor wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// To see the newest rows.
    Latest,
    /// To end the conversation; asked first.
    AskEnd,
    /// A new conversation.
    Anew,
    /// A refused message back in the field.
    Edit(Cmid),
    /// The page loaded again.
    Reload,
}
