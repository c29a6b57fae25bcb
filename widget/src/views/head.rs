//! The head: who one talks to and whether anybody is there; the greeting while nothing has been said.

use deskbell_shared::model::agent::AgentView;
use deskbell_shared::model::site::Service;
use deskbell_shared::protocol::api::FrameSite;

use crate::components::avatar::{agent_avatar, avatar};
use crate::components::icon::{Icon, icon};
use crate::nodes::{Node, button, el};
use crate::state::action::Action;
use crate::state::glance::{Link, is_away};
use crate::state::words::Words;

/// What the head offers to do.
#[derive(Clone, Copy)]
pub struct Offers<'a> {
    /// The inbox that is talked to, where there are several.
    pub inbox: Option<&'a str>,
    /// There is more than what is on screen.
    pub home: bool,
    /// There is something to end.
    pub end: bool,
    /// There is something to keep.
    pub more: bool,
}

/// The head.
pub fn head(
    words: &dyn Words,
    site: &FrameSite,
    link: Link,
    service: &Service,
    assignee: Option<&AgentView>,
    is_first: bool,
    offers: Offers<'_>,
) -> Node {
    let (face, title) = with_whom(site, assignee, offers.inbox);
    let who = el("div", "head-who")
        .child(el("h1", "").child(el("bdi", "").says(title)))
        .maybe(presence(words, link, service));
    let offer = |class, key, action, sign| {
        button(class)
            .key(key, 0)
            .does(action)
            .with_words("aria-label", words.text(key))
            .with_words("title", words.text(key))
            .child(icon(sign))
    };
    let close = button("icon")
        .with("id", "close")
        .with_words("aria-label", words.text("close"))
        .child(icon(Icon::Down));
    let row = el("div", "head-row")
        .maybe(offers.home.then(|| offer("icon back", "home", Action::Home, Icon::Back)))
        .child(face)
        .child(who)
        .maybe(offers.more.then(|| offer("icon", "more", Action::More, Icon::More)))
        .maybe(offers.end.then(|| offer("icon", "end", Action::AskEnd, Icon::End)))
        .child(close);
    let head = el("header", "head").child(row);
    if !is_first {
        return head;
    }
    let team = el("div", "team").children(service.agents.iter().map(agent_avatar).collect());
    head.child(team).child(el("p", "hello").with("dir", "auto").says(site.greeting.clone()))
}

/// The face and the name of whom a conversation is with: an agent of an inbox, or that, or just the site.
pub fn with_whom(site: &FrameSite, agent: Option<&AgentView>, inbox: Option<&str>) -> (Node, String) {
    let mut name = inbox.unwrap_or(&site.name).to_owned();
    let Some(agent) = agent else { return (avatar(&site.name, site.logo.as_ref()), name) };
    name = match inbox {
        // Each in its own direction.
        Some(inbox) => ["\u{2068}", &agent.name, "\u{2069} · \u{2068}", inbox, "\u{2069}"].concat(),
        None => agent.name.clone(),
    };
    (agent_avatar(agent), name)
}

/// Nobody is called present on the word of a connection that is gone, nor is one waited for that nobody tries.
fn presence(words: &dyn Words, link: Link, service: &Service) -> Option<Node> {
    let (key, line) = standing(words, link, service)?;
    Some(el("p", "presence").with("data-is", key).says(line))
}

/// How an inbox stands.
pub fn standing(words: &dyn Words, link: Link, service: &Service) -> Option<(&'static str, String)> {
    let until = service.closed.as_ref().and_then(|closed| closed.until);
    let key = match link {
        Link::Live | Link::CatchingUp if !is_away(service) => "here",
        Link::Live | Link::CatchingUp if until.is_some() => "closed",
        Link::Live | Link::CatchingUp if service.busy.is_some() => "busy",
        Link::Live | Link::CatchingUp => "away",
        Link::Connecting | Link::Offline | Link::Down => "connecting",
        Link::Outdated | Link::Blocked | Link::Members => return None,
    };
    let until = until.map_or_else(String::new, |at| words.moment(at));
    Some((key, words.text_with(key, &until)))
}
