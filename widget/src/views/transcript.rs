//! The transcript as nodes, oldest first. Scrolling is anchored to the newest end by the style sheet.

use deskbell_shared::model::agent::AgentView;
use deskbell_shared::model::id::Cmid;
use deskbell_shared::protocol::RefusalCode;
use yew::{AttrValue, Callback, Html, classes, html};

use crate::components::avatar::agent_avatar;
use crate::components::bubble::bubble;
use crate::components::icon::{Icon, icon};
use crate::services::document::{clock, date, day, text, text_with};
use crate::state::chat::{Chat, Pending, Thread};
use crate::state::panel::Panel;
use crate::state::transcript::{Aside, Event, Group, Item, Mark, items};

/// The part of the conversation that is in the window. `onedit` takes back a message that was not accepted.
pub fn transcript(thread: &Thread, panel: &Panel, onedit: &Callback<Pending>) -> Html {
    let window = panel.window(thread.rows.len());
    let is_newest = window.end == thread.rows.len();
    let pending: &[Pending] = if is_newest { &thread.pending } else { &[] };
    let marks = thread.view.as_ref().map(|view| &view.marks);
    let items = items(&thread.rows[window], pending, marks, panel.new_after, day);
    let last_own = items.iter().rposition(|item| matches!(item, Item::Group(Group { agent: None, .. })));
    let nodes = items.iter().enumerate().map(|(at, item)| match item {
        Item::Day(day) => html! { <p key={*day} class="line">{ date(*day) }</p> },
        Item::New => html! { <p key="new" class="line new">{ text("new") }</p> },
        Item::Group(group) => self::group(group, Some(at) == last_own, pending, onedit),
        Item::Aside(aside) => quiet_line(aside),
    });
    html! {
        <>
            { for nodes }
            if let (Some(agent), true) = (&thread.typing, is_newest) {
                { typing(agent) }
            }
        </>
    }
}

/// What is there before the first word.
pub fn welcome(chat: &Chat) -> Html {
    let (sign, key) = match chat.service.online {
        true => (Icon::Shield, "promise"),
        false => (Icon::Clock, "promise_away"),
    };
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

fn group(group: &Group, is_last_own: bool, pending: &[Pending], onedit: &Callback<Pending>) -> Html {
    let key = group.bubbles.first().map(|first| first.cmid.to_hex()).unwrap_or_default();
    let time = group.at.map(clock);
    html! {
        <div {key} class={classes!("group", group.agent.is_none().then_some("mine"))}>
            if let Some(agent) = &group.agent {
                <p class="who"><bdi>{ agent.name.clone() }</bdi></p>
                { agent_avatar(agent) }
            }
            <div class="said">{ for group.bubbles.iter().map(bubble) }</div>
            if let Some(mark) = group.mark {
                { self::mark(mark, time, is_last_own, group, pending, onedit) }
            } else {
                <p class="mark">{ time }</p>
            }
        </div>
    }
}

fn mark(
    mark: Mark,
    time: Option<String>,
    in_words: bool,
    group: &Group,
    pending: &[Pending],
    onedit: &Callback<Pending>,
) -> Html {
    let (class, sign, words) = match mark {
        Mark::Refused => {
            let reason = group.bubbles.last().and_then(|last| last.refused);
            let edits = group.bubbles.iter().filter_map(|bubble| waiting(pending, bubble.cmid)).map(|message| {
                let onclick = onedit.reform(move |_| message.clone());
                html! { <button type="button" class="edit" {onclick}>{ text("take_back") }</button> }
            });
            return html! {
                <p class="mark refused">{ refusal(reason) }{ for edits }{ icon(Icon::Warning) }</p>
            };
        }
        Mark::Queued => (None, Icon::Clock, "mark_queued"),
        Mark::Sending => (None, Icon::Clock, "mark_sending"),
        Mark::Sent => (None, Icon::Check, "mark_sent"),
        Mark::Received => (None, Icon::Checks, "mark_received"),
        Mark::Read => (Some("read"), Icon::Checks, "mark_read"),
    };
    // Only the last one in words that everybody sees: a column of "Read" is noise.
    let hidden = (!in_words && mark != Mark::Queued).then_some("for-readers");
    html! {
        <p class={classes!("mark", class)}><span class={classes!(hidden)}>{ text(words) }</span>{ time }{ icon(sign) }</p>
    }
}

fn waiting(pending: &[Pending], cmid: Cmid) -> Option<Pending> {
    pending.iter().find(|message| message.cmid == cmid).cloned()
}

fn refusal(code: Option<RefusalCode>) -> AttrValue {
    text(match code {
        Some(RefusalCode::TooLong) => "refused_too_long",
        Some(RefusalCode::Empty) => "refused_empty",
        _ => "refused",
    })
}

fn quiet_line(aside: &Aside) -> Html {
    let words = match &aside.event {
        Event::Assigned(agent) => text_with("joined", &agent.name),
        Event::EndedByVisitor => text_with("ended_by_you", &clock(aside.at)),
        Event::EndedBy(Some(agent)) => text_with("ended_by", &agent.name),
        Event::EndedBy(None) => text_with("ended", &clock(aside.at)),
        Event::Reopened => text("reopened"),
    };
    html! { <p key={aside.seq.0} class="aside">{ words }</p> }
}
