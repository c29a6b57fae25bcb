//! The transcript as nodes, oldest first. Scrolling is anchored to the newest end by the style sheet.

use deskbell_shared::model::agent::AgentView;
use deskbell_shared::model::id::Cmid;
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::session::{Conversation, Session};
use yew::{AttrValue, Callback, Html, html};

use super::bubble::bubble;
use crate::components::avatar::agent_avatar;
use crate::components::icon::{Icon, icon};
use crate::services::document::{clock, date, day, text, text_with};
use crate::state::panel::Panel;
use crate::state::transcript::{Aside, Event, Group, Item, Mark, items};

/// The part of the conversation that is in the window. `onedit` takes back a message that was not accepted.
pub fn transcript(
    session: &Session,
    conversation: &Conversation,
    panel: &Panel,
    onedit: &Callback<Cmid>,
) -> Html {
    let rows = conversation.rows();
    let window = panel.window(rows.len());
    let is_newest = window.end == rows.len();
    let drafts = if is_newest { session.drafts(conversation.id) } else { Vec::new() };
    let marks = conversation.view().map(|view| &view.marks);
    let items = items(&rows[window], &drafts, marks, panel.new_after, day);
    let last_own = items.iter().rposition(|item| matches!(item, Item::Group(Group { agent: None, .. })));
    let nodes = items.iter().enumerate().map(|(at, item)| match item {
        Item::Day(day) => html! { <p key={*day} class="line">{ date(*day) }</p> },
        Item::New => html! { <p key="new" class="line new">{ text("new") }</p> },
        Item::Group(group) => self::group(group, Some(at) == last_own, onedit),
        Item::Aside(aside) => quiet_line(aside),
    });
    let typing = session.typists(conversation).flatten().next().filter(|_| is_newest).map(typing);
    nodes.chain(typing).collect()
}

/// What is there before the first word.
pub fn welcome(online: bool) -> Html {
    let (sign, key) = if online { (Icon::Shield, "promise") } else { (Icon::Clock, "promise_away") };
    html! { <p class="promise">{ icon(sign) }<span>{ text(key) }</span></p> }
}

/// The sign that somebody writes.
fn typing(agent: &AgentView) -> Html {
    html! {
        <div key="typing" class="group">
            { agent_avatar(agent) }
            <div class="said">
                <div class="bubble typing" role="img" aria-label={text_with("typing", &agent.name)}><i /><i /><i /></div>
            </div>
        </div>
    }
}

fn group(group: &Group<'_>, is_last_own: bool, onedit: &Callback<Cmid>) -> Html {
    let key = group.bubbles[0].cmid.to_hex();
    let said = html! { <div class="said">{ for group.bubbles.iter().map(bubble) }</div> };
    let time = group.at.map(clock);
    match (group.agent, group.mark) {
        (Some(agent), _) => html! {
            <div {key} class="group">
                <p class="who"><bdi>{ agent.name.clone() }</bdi></p>
                { agent_avatar(agent) }
                { said }
                <p class="mark">{ time }</p>
            </div>
        },
        (None, mark) => html! {
            <div {key} class="group mine">{ said }{ for mark.map(|mark| self::mark(mark, time, is_last_own, group, onedit)) }</div>
        },
    }
}

/// How far it got. Only the last one in words that everybody sees: a column of "Read" is noise.
fn mark(mark: Mark, time: Option<String>, is_last: bool, group: &Group<'_>, onedit: &Callback<Cmid>) -> Html {
    let (sign, key) = match mark {
        Mark::Refused => (Icon::Warning, refusal(group.bubbles[0].refused)),
        Mark::Queued => (Icon::Clock, "mark_queued"),
        Mark::Sending => (Icon::Clock, "mark_sending"),
        Mark::Sent => (Icon::Check, "mark_sent"),
        Mark::Received => (Icon::Checks, "mark_received"),
        Mark::Read => (Icon::Checks, "mark_read"),
    };
    let edits = group.bubbles.iter().filter(|bubble| bubble.refused.is_some()).map(|bubble| {
        let cmid = bubble.cmid;
        html! {
            <button type="button" class="edit" onclick={onedit.reform(move |_| cmid)}>{ text("take_back") }</button>
        }
    });
    html! {
        <p class="mark" data-is={key} data-last={is_last.then_some("")}>
            <span>{ text(key) }</span>{ time }{ icon(sign) }{ for edits }
        </p>
    }
}

fn refusal(code: Option<RefusalCode>) -> &'static str {
    match code {
        Some(RefusalCode::TooLong) => "refused_too_long",
        Some(RefusalCode::Empty) => "refused_empty",
        _ => "refused",
    }
}

fn quiet_line(aside: &Aside<'_>) -> Html {
    let words: AttrValue = match aside.event {
        Event::Assigned(agent) => text_with("joined", &agent.name),
        Event::EndedByVisitor => text_with("ended_by_you", &clock(aside.at)),
        Event::EndedBy(Some(agent)) => text_with("ended_by", &agent.name),
        Event::EndedBy(None) => text_with("ended", &clock(aside.at)),
        Event::Reopened => text("reopened"),
    };
    html! { <p key={aside.seq.0} class="aside">{ words }</p> }
}
