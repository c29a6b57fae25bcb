//! What is going on with the connection, the storage and the conversation as a whole, in words, and only while it
//! matters.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::id::ConversationId;
use deskbell_shared::model::site::Service;
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::WaitView;
use deskbell_shared::protocol::limits::SCORE_MAX;
use deskbell_shared::session::{Conversation, NotTaken};

use crate::components::icon::{Icon, icon};
use crate::nodes::{Node, button, el};
use crate::state::action::Action;
use crate::state::glance::{Link, is_away};
use crate::state::words::Words;

/// The strips under the head. They are read out when they change, so each has an element of its own.
pub fn strips(
    words: &dyn Words,
    notice: Option<&String>,
    link: Link,
    kept: bool,
    wait: Option<Node>,
) -> Node {
    let notice = notice.map(|text| {
        let text = el("span", "").with("dir", "auto").says(text.clone());
        el("p", "strip").key("notice", 0).with("data-is", "notice").child(icon(Icon::Told)).child(text)
    });
    let about_link = match link {
        Link::Connecting | Link::Live => None,
        Link::CatchingUp => Some((Icon::Busy, "link_catching_up")),
        Link::Offline => Some((Icon::Offline, "link_offline")),
        Link::Down => Some((Icon::Offline, "link_down")),
        Link::Blocked => Some((Icon::Warning, "blocked")),
        Link::Members => Some((Icon::Warning, "members")),
        Link::Outdated => Some((Icon::Warning, "outdated")),
    };
    let strip = |sign, key| el("p", "strip").with("data-is", key).child(icon(sign)).says(words.text(key));
    let reload = || button("button").does(Action::Reload).says(words.text("reload"));
    el("div", "")
        .with("role", "status")
        .maybe(notice)
        .maybe(about_link.map(|(sign, key)| strip(sign, key).key("link", 0)))
        .maybe((link == Link::Outdated).then(reload))
        .maybe((!kept).then(|| strip(Icon::Warning, "memory_only")))
        .maybe(wait)
}

/// Where the visitor is in the queue and how long it usually takes; or that their agent's connection is gone. Only what
/// the server says on this connection: nothing stale. And no place while nobody answers: what is said then is when
/// somebody will.
pub fn wait(words: &dyn Words, service: &Service, current: &Conversation, now: UnixMillis) -> Option<Node> {
    let assignee = current.view()?.assignee.as_ref();
    if let Some(agent) = assignee.filter(|_| current.agent_lost()) {
        let line = words.text_with("agent_lost", &agent.name);
        return Some(el("p", "strip").key("lost", 0).child(icon(Icon::Offline)).says(line));
    }
    let place = current.place().filter(|_| !is_away(service))?;
    let title = match place.position {
        1 => words.text("place_next"),
        n => words.text_with("place", &n.to_text()),
    };
    let card = el("div", "place").key("place", 0).child(icon(Icon::Clock)).child(el("b", "").says(title));
    Some(card.child(el("span", "").says(how_long(words, place.wait.as_ref(), now))))
}

/// The longest wait that is said in minutes.
const MINUTES_SECONDS_MAX: u32 = 90 * 60;

/// From the whole minutes before the early end to those after the late one; in hours, where nobody would count in minutes.
fn how_long(words: &dyn Words, wait: Option<&WaitView>, now: UnixMillis) -> String {
    let Some(wait) = wait else { return words.text("wait_open") };
    let seconds = |at: UnixMillis| at.since(now).as_secs() as u32;
    let (early, late) = (seconds(wait.earliest_at), seconds(wait.latest_at));
    let (unit, from_to, within) = match late {
        0..=MINUTES_SECONDS_MAX => (60, "wait_minutes", "wait_within"),
        _ => (3600, "wait_hours", "wait_within_hours"),
    };
    match (early / unit, late.div_ceil(unit)) {
        (0, _) if late <= 60 => words.text("wait_soon"),
        (0, high) => words.text_with(within, &high.to_text()),
        (low, high) => {
            let mut range = low.to_text();
            range.push('–');
            range.push_str(&high.to_text());
            words.text_with(from_to, &range)
        }
    }
}

/// The way on after an end. An agent's end is not final: writing again goes on with the same conversation, unless
/// another one was begun since.
pub fn ended(
    words: &dyn Words,
    may_write: bool,
    elsewhere: Option<ConversationId>,
    score: Option<u32>,
) -> Node {
    let (action, key) = match elsewhere {
        Some(id) => (Action::Talk(id), "go_open"),
        None => (Action::Anew, "start_new"),
    };
    el("div", "ended")
        .key("ended", 0)
        .child(rating(words, score))
        .maybe(may_write.then(|| el("p", "").says(words.text("ended_write"))))
        .child(button("button").does(action).says(words.text(key)))
}

/// How it was: one press says it, another one says it anew, and words may follow.
fn rating(words: &dyn Words, score: Option<u32>) -> Node {
    let star = |its: u32| {
        let given = score.is_some_and(|score| its <= score);
        button("star")
            .does(Action::Rate(its))
            .with_words("aria-label", words.text_with("rate_of", &its.to_text()))
            .with("aria-pressed", if score == Some(its) { "true" } else { "false" })
            .with("data-is", if given { "given" } else { "" })
            .child(icon(Icon::Star))
    };
    let asked = if score.is_some() { "rated" } else { "rate" };
    let stars = el("div", "stars")
        .with("role", "group")
        .with_words("aria-label", words.text("rate"))
        .children((1..=SCORE_MAX).map(star).collect());
    let more = score.map(|score| button("edit").does(Action::Comment(score)).says(words.text("comment")));
    el("div", "rate")
        .child(el("p", "").with("role", "status").says(words.text(asked)))
        .child(stars)
        .maybe(more)
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

/// What becomes of a message while nobody answers: when somebody is back, and where the answer will be. E-mail is
/// promised only where there is some.
pub fn away(words: &dyn Words, service: &Service) -> String {
    let key = if service.mail == Some(true) { "promise_mail" } else { "promise_away" };
    match service.closed.as_ref().and_then(|closed| closed.until) {
        Some(until) => [words.text_with("back", &words.moment(until)), words.text(key)].concat(),
        None => words.text(key),
    }
}
