//! What colleagues are shown of the one at this desk: that they look at a conversation, that they write there.

use deskbell_shared::model::ConversationId;
use deskbell_shared::protocol::Attention;
use yew::prelude::*;

use super::attended::use_attended;
use super::desk::use_desk;
use crate::services::clock::{self, Ticking};

/// Whoever has not typed for so long is thinking, or has gone for tea: they look.
const WRITING_MS: i32 = 10_000;

/// Shows that this conversation, one for the life of the component, is looked at as long as it is open and somebody is at the
/// desk, unless it `is_silent`. What is returned is called with whether something is being written.
#[hook]
pub fn use_attention(id: ConversationId, is_silent: bool) -> Callback<bool> {
    let attend = use_desk().hands.attend;
    let is_attended = use_attended();
    let writing = use_state_eq(|| false);
    let pause = use_mut_ref(|| None::<Ticking>);
    let what = if *writing { Attention::Writing } else { Attention::Looking };
    {
        let attend = attend.clone();
        use_effect_with((is_attended && !is_silent).then_some((id, what)), move |what| attend.emit(*what));
    }
    use_effect_with((), move |()| move || attend.emit(None));
    let writing = writing.setter();
    Callback::from(move |is_writing: bool| {
        writing.set(is_writing);
        let stop = writing.clone();
        *pause.borrow_mut() = is_writing.then(|| clock::after(WRITING_MS, move || stop.set(false)));
    })
}
