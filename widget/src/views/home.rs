//! What is there before the first word, and beside all words: what becomes of a message, and the visitor's conversations.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::message::Side;
use deskbell_shared::model::site::Service;
use deskbell_shared::protocol::api::FrameSite;
use deskbell_shared::session::{Conversation, LastSaid, Session};

use super::notices;
use crate::components::avatar::{agent_avatar, avatar};
use crate::components::icon::{Icon, icon};
use crate::nodes::{Node, button, el};
use crate::state::action::Action;
use crate::state::glance::is_away;
use crate::state::words::Words;

/// The welcome, and under it what was talked about, newest first.
pub fn home(words: &dyn Words, site: &FrameSite, session: &Session, service: &Service) -> Vec<Node> {
    let (sign, line) = match is_away(service) {
        false => (Icon::Shield, words.text("promise")),
        true => (Icon::Clock, notices::away(words, service)),
    };
    let mut nodes = vec![el("p", "promise").child(icon(sign)).child(el("span", "").says(line))];
    if !site.starters.is_empty() {
        nodes.push(presses(words.text("starters"), &site.starters));
    }
    let talks: Vec<Node> =
        session.conversations().iter().filter_map(|it| talk(words, site, session, it)).collect();
    if !talks.is_empty() {
        nodes.push(el("h2", "").says(words.text("home")));
        nodes.push(el("ol", "talks").children(talks));
    }
    nodes
}

/// What may be said by a press: `static/boot.js` says what stands on it.
pub fn presses(label: String, texts: &[String]) -> Node {
    let press = |text: &String| button("starter").with("dir", "auto").says(text.clone());
    el("div", "starters")
        .with("role", "group")
        .with_words("aria-label", label)
        .children(texts.iter().map(press).collect())
}

/// One conversation: with whom, what was said last and when; whether something is new, or it is still open. One that the
/// server has yet to be told of is none.
fn talk(words: &dyn Words, site: &FrameSite, session: &Session, conversation: &Conversation) -> Option<Node> {
    let began_at = conversation.view()?.arrived_at;
    let last = session.last_message(conversation);
    let (face, name) = match last.and_then(|last| last.agent) {
        Some(agent) => (agent_avatar(agent), &agent.name),
        None => (avatar(&site.name, site.logo.as_ref()), &site.name),
    };
    let (line, at) = match last {
        Some(LastSaid { line, at, side: Side::Visitor, .. }) => (words.text_with("you_said", line), at),
        Some(LastSaid { line, at, .. }) => (line.to_owned(), at),
        // Its last words were taken back, or were too old to be kept.
        None => (words.text("erased"), began_at),
    };
    let sign = match session.unread(conversation) {
        0 if !conversation.is_open() => None,
        0 => Some(el("i", "").says(words.text("open"))),
        unread => {
            let new = words.text_with("new_messages", &unread.to_text());
            Some(el("i", "").with("data-is", "new").says(new))
        }
    };
    let what = el("span", "what")
        .child(el("bdi", "").says(name.clone()))
        .maybe(sign)
        .child(el("span", "").with("dir", "auto").says(line))
        .child(el("small", "").says(words.date(words.day(at))));
    let row = button("talk").does(Action::Talk(conversation.id)).child(face).child(what);
    Some(el("li", "").key("talk", conversation.id.0).child(row))
}
