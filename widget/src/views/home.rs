//! What is there before the first word, and beside all words: what becomes of a message, and the visitor's conversations.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::id::InboxId;
use deskbell_shared::model::message::Side;
use deskbell_shared::protocol::api::FrameSite;
use deskbell_shared::session::{Conversation, LastSaid, Session};

use super::{head, notices};
use crate::components::avatar::avatar;
use crate::components::icon::{Icon, icon};
use crate::nodes::{Node, button, el};
use crate::state::action::Action;
use crate::state::glance::{Link, is_away};
use crate::state::whom::{Whom, told};
use crate::state::words::Words;

/// The welcome, and under it what was talked about, newest first. Where there is a choice of whom to talk to, that is asked
/// first; what a site offers to begin with comes after it.
pub fn home(
    words: &dyn Words,
    site: &FrameSite,
    session: &Session,
    link: Link,
    whom: &Whom<'_>,
) -> Vec<Node> {
    let service = whom.service(site, session);
    let (sign, line) = match is_away(service) && !whom.is_asked() {
        false => (Icon::Shield, words.text("promise")),
        true => (Icon::Clock, notices::away(words, service)),
    };
    let mut nodes = vec![el("p", "promise").child(icon(sign)).child(el("span", "").says(line))];
    if whom.is_asked() {
        let choices = whom.choices.iter().map(|its| choice(words, *its, session, link)).collect();
        nodes.push(el("h2", "").key("whom", 0).says(words.text("whom")));
        nodes.push(el("ul", "talks").children(choices));
    } else if !site.starters.is_empty() {
        nodes.push(presses(words.text("starters"), &site.starters));
    }
    if whom.inbox.is_some() {
        return nodes;
    }
    let talks: Vec<Node> =
        session.conversations().iter().filter_map(|it| talk(words, site, session, it, whom)).collect();
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

/// One of those to choose from, and who is there.
fn choice(words: &dyn Words, (inbox, name): (InboxId, &str), session: &Session, link: Link) -> Node {
    let stands = told(session, inbox).and_then(|service| head::standing(words, link, service));
    let open = session.current_in(Some(inbox)).and_then(|id| session.conversation(id));
    let what = el("span", "what")
        .child(el("bdi", "").says(name.to_owned()))
        .maybe(open.and_then(|open| sign(words, session, open)))
        .maybe(stands.map(|(_, line)| el("span", "").says(line)));
    let row = button("talk").does(Action::Choose(inbox)).child(avatar(name, None)).child(what);
    el("li", "").key("whom", inbox.0).child(row)
}

/// Whether something is new in a conversation, or it is still open.
fn sign(words: &dyn Words, session: &Session, conversation: &Conversation) -> Option<Node> {
    match session.unread(conversation) {
        0 if !conversation.is_open() => None,
        0 => Some(el("i", "").says(words.text("open"))),
        unread => {
            let new = words.text_with("new_messages", &unread.to_text());
            Some(el("i", "").with("data-is", "new").says(new))
        }
    }
}

/// One conversation: with whom, what was said last and when; whether something is new, or it is still open. One that the
/// server has yet to be told of is none.
fn talk(
    words: &dyn Words,
    site: &FrameSite,
    session: &Session,
    conversation: &Conversation,
    whom: &Whom<'_>,
) -> Option<Node> {
    let began_at = conversation.view()?.arrived_at;
    let last = session.last_message(conversation);
    let inbox = whom.name(session.inbox_of(conversation));
    let (face, name) = head::with_whom(site, last.and_then(|last| last.agent), inbox);
    let (line, at) = match last {
        Some(LastSaid { line, at, side: Side::Visitor, .. }) => (words.text_with("you_said", line), at),
        Some(LastSaid { line, at, .. }) => (line.to_owned(), at),
        // Its last words were taken back, or were too old to be kept.
        None => (words.text("erased"), began_at),
    };
    let what = el("span", "what")
        .child(el("bdi", "").says(name))
        .maybe(sign(words, session, conversation))
        .child(el("span", "").with("dir", "auto").says(line))
        .child(el("small", "").says(words.date(words.day(at))));
    let row = button("talk").does(Action::Talk(conversation.id)).child(face).child(what);
    Some(el("li", "").key("talk", conversation.id.0).child(row))
}
