//! What a press on something on screen means. What follows from it is decided in `app`.

use deskbell_shared::model::id::{Cmid, ConversationId, InboxId};

/// What the visitor wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// To see the newest rows.
    Latest,
    /// To end the conversation; asked first.
    AskEnd,
    /// A new conversation.
    Anew,
    /// To all conversations.
    Home,
    /// To this one of them.
    Talk(ConversationId),
    /// To talk to this one of the inboxes that there are to choose from.
    Choose(InboxId),
    /// A refused message back in the field.
    Edit(Cmid),
    /// To edit a message that was sent, or to take it back.
    Change(Cmid),
    /// What else there is to do with a conversation.
    More,
    /// To say how it was.
    Rate(u32),
    /// To say it in words, beside that score.
    Comment(u32),
    /// The page loaded again.
    Reload,
}
