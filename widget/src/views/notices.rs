//! What is going on with the connection, the storage and the conversation as a whole, in words, and only while it
//! matters.

use deskbell_shared::session::NotTaken;

use crate::components::icon::{Icon, icon};
use crate::nodes::{Node, button, el};
use crate::state::action::Action;
use crate::state::glance::Link;
use crate::state::words::Words;

/// The strips under the head. They are read out when they change, so each has an element of its own.
pub fn strips(words: &dyn Words, link: Link, kept: bool) -> Node {
    let about_link = match link {
        Link::Connecting | Link::Live => None,
        Link::CatchingUp => Some((Icon::Busy, "link_catching_up")),
        Link::Offline => Some((Icon::Offline, "link_offline")),
        Link::Down => Some((Icon::Offline, "link_down")),
        Link::Blocked => Some((Icon::Warning, "blocked")),
        Link::Outdated => Some((Icon::Warning, "outdated")),
    };
    let strip = |sign, key| el("p", "strip").with("data-is", key).child(icon(sign)).says(words.text(key));
    let reload = || button("button").does(Action::Reload).says(words.text("reload"));
    el("div", "")
        .with("role", "status")
        .maybe(about_link.map(|(sign, key)| strip(sign, key).key("link", 0)))
        .maybe((link == Link::Outdated).then(reload))
        .maybe((!kept).then(|| strip(Icon::Warning, "memory_only")))
}

/// The way on after an end. An agent's end is not final: writing again goes on with the same conversation.
pub fn ended(words: &dyn Words, may_write: bool) -> Node {
    el("div", "ended")
        .key("ended", 0)
        .maybe(may_write.then(|| el("p", "").says(words.text("ended_write"))))
        .child(button("button").does(Action::Anew).says(words.text("start_new")))
}

/// What to tell somebody whose words were not taken: the key of a text. They are still in the field.
pub fn not_taken(reason: NotTaken) -> Option<&'static str> {
    Some(match reason {
        NotTaken::Empty => return None,
        NotTaken::TooLong => "too_long",
        NotTaken::OutboxFull => "full",
        NotTaken::NotLive | NotTaken::Unknown => "refused",
    })
}
