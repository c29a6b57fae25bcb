//! What stands in or above the composer's place once a conversation has ended.

use yew::{Callback, Html, MouseEvent, html};

use crate::services::document::text;

/// The way on after an end. An agent's end is not final: writing again goes on with the same conversation.
pub fn ended(may_write: bool, onanew: Callback<MouseEvent>) -> Html {
    html! {
        <div class="ended">
            if may_write {
                <p>{ text("ended_write") }</p>
            }
            <button type="button" class={if may_write { "button quiet" } else { "button" }} onclick={onanew}>
                { text("start_new") }
            </button>
        </div>
    }
}
