//! What has been written and not sent, for each conversation. It outlives switching and, for this tab, a reload; what is an
//! answer or a note of a conversation is kept by the server, too, and comes back on another device.

use yew::prelude::*;

use super::desk::use_desk;
use crate::services::drafts;

/// The text, and how it is changed.
pub struct Draft {
    /// The text.
    pub text: AttrValue,
    /// Takes a new text.
    pub set: Callback<String>,
    /// The text as it is when asked. Keys can be faster than drawing: what was drawn last may lack the last ones.
    pub latest: Callback<(), String>,
}

/// What has been written in a conversation, as an answer or as a note; or, with `is_here`, beside it: that stays in this tab.
#[hook]
pub fn use_draft(id: drafts::Slot, is_here: bool) -> Draft {
    let written = use_desk().hands.written;
    let redraw = use_force_update();
    let set = Callback::from(move |text: String| {
        drafts::keep(id, text);
        if !is_here {
            written.emit(id);
        }
        redraw.force_update();
    });
    Draft { text: AttrValue::from(drafts::kept(id)), set, latest: Callback::from(move |()| drafts::kept(id)) }
}
