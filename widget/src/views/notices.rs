//! What is going on with the connection, the storage and the conversation as a whole, in words, and only while it
//! matters.

use deskbell_shared::session::NotTaken;
use yew::{AttrValue, Callback, Html, MouseEvent, html};

use crate::components::icon::{Icon, icon};
use crate::services::document::text;
use crate::state::glance::Link;

/// The strips under the head. They are read out when they change.
pub fn strips(link: Link, kept: bool, onreload: Callback<MouseEvent>) -> Html {
    let words = match link {
        Link::Connecting | Link::Live => None,
        Link::CatchingUp => Some((Icon::Busy, "link_catching_up")),
        Link::Offline => Some((Icon::Offline, "link_offline")),
        Link::Down => Some((Icon::Offline, "link_down")),
        Link::Blocked => Some((Icon::Warning, "blocked")),
        Link::Outdated => Some((Icon::Warning, "outdated")),
    };
    html! {
        <div role="status">
            { for words.map(strip) }
            if link == Link::Outdated {
                <button type="button" class="button" onclick={onreload}>{ text("reload") }</button>
            }
            { for (!kept).then(|| strip((Icon::Warning, "memory_only"))) }
        </div>
    }
}

fn strip((sign, key): (Icon, &'static str)) -> Html {
    html! { <p class="strip" data-is={key}>{ icon(sign) }{ text(key) }</p> }
}

/// The way on after an end. An agent's end is not final: writing again goes on with the same conversation.
pub fn ended(may_write: bool, onanew: Callback<MouseEvent>) -> Html {
    html! {
        <div key="ended" class="ended">
            if may_write {
                <p>{ text("ended_write") }</p>
            }
            <button type="button" class="button" onclick={onanew}>{ text("start_new") }</button>
        </div>
    }
}

/// What to tell somebody whose words were not taken. They are still in the field.
pub fn not_taken(reason: NotTaken) -> Option<AttrValue> {
    Some(text(match reason {
        NotTaken::Empty => return None,
        NotTaken::TooLong => "too_long",
        NotTaken::OutboxFull => "full",
        NotTaken::NotLive | NotTaken::Unknown => "refused",
    }))
}
