//! What is going on with the connection and the storage, in words, and only while it matters.

use yew::{Callback, Html, MouseEvent, html};

use crate::components::icon::Icon;
use crate::components::strip::{Sign, strip};
use crate::services::document::text;
use crate::state::chat::{Chat, Link};

/// The strips under the head. They are read out when they change.
pub fn strips(chat: &Chat, onreload: Callback<MouseEvent>) -> Html {
    let link = match chat.link {
        Link::Connecting | Link::Live => Html::default(),
        Link::CatchingUp => strip(Sign::Busy, text("link_catching_up")),
        Link::Offline => strip(Sign::Warning(Icon::Offline), text("link_offline")),
        Link::Down => strip(Sign::Warning(Icon::Offline), text("link_down")),
        Link::Blocked => strip(Sign::Warning(Icon::Warning), text("blocked")),
        Link::Outdated => html! {
            <>
                { strip(Sign::Warning(Icon::Warning), text("outdated")) }
                <button type="button" class="button" onclick={onreload}>{ text("reload") }</button>
            </>
        },
    };
    html! {
        <div role="status">
            { link }
            if !chat.kept {
                { strip(Sign::Warning(Icon::Warning), text("memory_only")) }
            }
        </div>
    }
}
