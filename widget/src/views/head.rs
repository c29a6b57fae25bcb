//! The head: who one talks to and whether anybody is there; the greeting while nothing has been said.

use deskbell_shared::model::agent::AgentView;
use deskbell_shared::model::site::Service;
use deskbell_shared::protocol::api::FrameSite;
use yew::{Callback, Html, MouseEvent, html};

use crate::components::avatar::{agent_avatar, site_avatar};
use crate::components::icon::{Icon, icon};
use crate::services::document::text;
use crate::state::glance::Link;

/// The head. `onend` is absent when there is nothing to end.
pub fn head(
    site: &FrameSite,
    link: Link,
    service: &Service,
    assignee: Option<&AgentView>,
    is_first: bool,
    onend: Option<Callback<MouseEvent>>,
) -> Html {
    let (avatar, title) = match assignee {
        Some(agent) => (agent_avatar(agent), &agent.name),
        None => (site_avatar(&site.looks.name), &site.looks.name),
    };
    html! {
        <header class="head">
            <div class="head-row">
                { avatar }
                <div class="head-who">
                    <h1><bdi>{ title.clone() }</bdi></h1>
                    { presence(link, service.online) }
                </div>
                if let Some(onclick) = onend {
                    <button type="button" class="icon" {onclick} aria-label={text("end")} title={text("end")}>
                        { icon(Icon::End) }
                    </button>
                }
                <button type="button" class="icon" id="close" aria-label={text("close")}>{ icon(Icon::Down) }</button>
            </div>
            if is_first {
                <div class="team">{ for service.agents.iter().map(agent_avatar) }</div>
                <p class="hello" dir="auto">{ site.looks.greeting.clone() }</p>
            }
        </header>
    }
}

/// Nobody is called present on the word of a connection that is gone.
fn presence(link: Link, online: bool) -> Html {
    let key = match (link, online) {
        (Link::Live | Link::CatchingUp, true) => "here",
        (Link::Live | Link::CatchingUp, false) => "away",
        _ => "connecting",
    };
    html! { <p class="presence" data-is={key}>{ text(key) }</p> }
}
