//! The head: who one talks to and whether anybody is there; the greeting while nothing has been said.

use deskbell_shared::protocol::api::FrameSite;
use yew::{Callback, Html, MouseEvent, classes, html};

use crate::components::avatar::{agent_avatar, site_avatar};
use crate::components::icon::{Icon, icon};
use crate::services::document::text;
use crate::state::chat::{Chat, Link};

/// The head. `onend` is absent when there is nothing to end.
pub fn head(site: &FrameSite, chat: &Chat, onend: Option<Callback<MouseEvent>>) -> Html {
    let name = &site.looks.name;
    let agent = chat.thread.as_ref().and_then(|thread| thread.view.as_ref()?.assignee.as_ref());
    let (avatar, title) = match agent {
        Some(agent) => (agent_avatar(agent), &agent.name),
        None => (site_avatar(name), name),
    };
    html! {
        <header class="head">
            <div class="head-row">
                { avatar }
                <div class="head-who">
                    <h1><bdi>{ title.clone() }</bdi></h1>
                    { presence(chat) }
                </div>
                if let Some(onclick) = onend {
                    <button type="button" class="icon" {onclick} aria-label={text("end")} title={text("end")}>
                        { icon(Icon::End) }
                    </button>
                }
                <button type="button" class="icon" id="close" aria-label={text("close")} title={text("close")}>
                    { icon(Icon::Down) }
                </button>
            </div>
            if chat.thread.is_none() {
                if !chat.service.agents.is_empty() {
                    <div class="team">{ for chat.service.agents.iter().map(agent_avatar) }</div>
                }
                <p class="hello" dir="auto">{ site.looks.greeting.clone() }</p>
            }
        </header>
    }
}

/// Nobody is called present on the word of a connection that is gone.
fn presence(chat: &Chat) -> Html {
    let (here, key) = match (chat.link, chat.service.online) {
        (Link::Live | Link::CatchingUp, true) => (Some("here"), "here"),
        (Link::Live | Link::CatchingUp, false) => (None, "away"),
        (Link::Blocked | Link::Outdated, _) => return Html::default(),
        (Link::Connecting | Link::Offline | Link::Down, _) => (Some("unknown"), "connecting"),
    };
    html! { <p class={classes!("presence", here)}>{ text(key) }</p> }
}
