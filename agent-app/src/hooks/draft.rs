//! What has been written and not sent, for each conversation. It outlives switching and, for this tab, a reload.

use deskbell_shared::model::ConversationId;
use yew::prelude::*;

use crate::services::drafts;

/// The text, and how it is changed.
pub struct Draft {
    /// The text.
    pub text: AttrValue,
    /// Takes a new text.
    pub set: Callback<String>,
}

/// What has been written in a conversation.
#[hook]
pub fn use_draft(id: ConversationId) -> Draft {
    let redraw = use_force_update();
    let set = Callback::from(move |text: String| {
        drafts::keep(id, text);
        redraw.force_update();
    });
    Draft { text: AttrValue::from(drafts::kept(id)), set }
}
