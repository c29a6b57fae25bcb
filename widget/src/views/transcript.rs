//! The transcript as nodes, oldest first. Scrolling is anchored to the newest end by the style sheet.

use deskbell_shared::model::agent::AgentView;
use deskbell_shared::model::message::{Edits, offered};
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::session::{Conversation, DraftState, Session};

use super::bubble::bubble;
use super::home;
use crate::components::avatar::agent_avatar;
use crate::components::icon::{Icon, icon};
use crate::nodes::{Node, button, el, words};
use crate::state::action::Action;
use crate::state::panel::Panel;
use crate::state::transcript::{Aside, Event, Group, Item, Mark, items};
use crate::state::words::Words;

/// The part of the conversation that is in the window. `changes` is when this is, by the server's clock, unless
/// nothing can be edited.
pub fn transcript(
    words: &dyn Words,
    session: &Session,
    conversation: &Conversation,
    panel: &Panel,
    changes: Option<UnixMillis>,
) -> Vec<Node> {
    let rows = conversation.rows();
    let window = panel.window(rows.len());
    let is_newest = window.end == rows.len();
    let drafts = if is_newest { session.drafts(conversation.id) } else { Vec::new() };
    let marks = conversation.view().map(|view| &view.marks);
    let items = items(&rows[window], &Edits::among(rows), changes, &drafts, marks, panel.new_after, &|at| {
        words.day(at)
    });
    let last_own = items.iter().rposition(|item| matches!(item, Item::Group(Group { agent: None, .. })));
    let nodes = items.iter().enumerate().map(|(at, item)| match item {
        Item::Day(day) => el("p", "line").key("day", *day as u128).says(words.date(*day)),
        Item::New => el("p", "line new").key("new", 0).says(words.text("new")),
        Item::Group(group) => self::group(words, group, Some(at) == last_own),
        Item::Aside(aside) => quiet_line(words, aside),
    });
    // Answers to press stand at the end: nothing that the visitor has said comes after what was asked, here or on its way.
    let may_press = is_newest
        && changes.is_some()
        && conversation.is_open()
        && drafts.iter().all(|draft| matches!(draft.state, DraftState::Refused(_)));
    let choices = offered(rows)
        .filter(|_| may_press)
        .map(|(row, choices)| home::presses(words.text("choices"), choices).key("choices", row.seq.0.into()));
    let typist = session.typists(conversation).flatten().next().filter(|_| is_newest);
    nodes.chain(choices).chain(typist.map(|agent| typing(words, agent))).collect()
}

/// The sign that somebody writes.
fn typing(words: &dyn Words, agent: &AgentView) -> Node {
    let dots = el("div", "bubble typing")
        .with("role", "img")
        .with_words("aria-label", words.text_with("typing", &agent.name))
        .children(vec![el("i", ""), el("i", ""), el("i", "")]);
    el("div", "group").key("typing", 0).child(agent_avatar(agent)).child(el("div", "said").child(dots))
}

fn group(words: &dyn Words, group: &Group<'_>, is_last_own: bool) -> Node {
    let said = el("div", "said").children(group.bubbles.iter().map(|it| bubble(words, it)).collect());
    let time = group.at.map(|at| self::words(words.clock(at)));
    let node = match (group.agent, group.mark) {
        (Some(agent), _) => el("div", "group")
            .child(el("p", "who").child(el("bdi", "").says(agent.name.clone())))
            .child(agent_avatar(agent))
            .child(said)
            .child(el("p", "mark").maybe(time)),
        (None, mark) => el("div", "group mine")
            .child(said)
            .maybe(mark.map(|mark| self::mark(words, mark, time, is_last_own, group))),
    };
    node.key("group", group.bubbles[0].cmid.0)
}

/// How far it got. Only the last one in words that everybody sees: a column of "Read" is noise.
fn mark(words: &dyn Words, mark: Mark, time: Option<Node>, is_last: bool, group: &Group<'_>) -> Node {
    let (sign, key) = match mark {
        Mark::Refused => (Icon::Warning, refusal(group.bubbles[0].refused)),
        Mark::Queued => (Icon::Clock, "mark_queued"),
        Mark::Sending => (Icon::Clock, "mark_sending"),
        Mark::Sent => (Icon::Check, "mark_sent"),
        Mark::Received => (Icon::Checks, "mark_received"),
        Mark::Read => (Icon::Checks, "mark_read"),
    };
    let edits = group.bubbles.iter().filter(|bubble| bubble.refused.is_some()).map(|bubble| {
        button("edit")
            .key("edit", bubble.cmid.0)
            .does(Action::Edit(bubble.cmid))
            .says(words.text("take_back"))
    });
    let node = el("p", "mark").with("data-is", key);
    let node = if is_last { node.with("data-last", "") } else { node };
    node.child(el("span", "").says(words.text(key))).maybe(time).child(icon(sign)).children(edits.collect())
}

fn refusal(code: Option<RefusalCode>) -> &'static str {
    match code {
        Some(RefusalCode::TooLong) => "refused_too_long",
        Some(RefusalCode::Empty) => "refused_empty",
        Some(RefusalCode::Blocked) => "refused_blocked",
        _ => "refused",
    }
}

fn quiet_line(words: &dyn Words, aside: &Aside<'_>) -> Node {
    let line = match aside.event {
        Event::Assigned(agent) => words.text_with("joined", &agent.name),
        Event::EndedByVisitor => words.text_with("ended_by_you", &words.clock(aside.at)),
        Event::EndedBy(Some(agent)) => words.text_with("ended_by", &agent.name),
        Event::EndedBy(None) => words.text_with("ended", &words.clock(aside.at)),
        Event::Reopened => words.text("reopened"),
        Event::Erased => words.text("erased"),
        Event::Withdrawn => words.text("withdrawn"),
        Event::Requeued => words.text("requeued"),
        Event::Moved(name) => words.text_with("moved", name),
    };
    el("p", "aside").key("row", aside.seq.0.into()).says(line)
}
