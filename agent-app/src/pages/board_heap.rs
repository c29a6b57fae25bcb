//! The conversations behind a number of the live board, the oldest first. What is open comes from the lists and moves with
//! them; what is over comes from the server, once.

use std::rc::Rc;

use deskbell_shared::model::{InboxId, Side, Summary, UnixMillis};
use deskbell_shared::protocol::api::{EndedView, EndedWait};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::board::{heap_name, inbox_name, lasted, number};
use crate::components::empty::{empty, loading};
use crate::components::face::visitor_face;
use crate::components::icon::{Glyph, icon};
use crate::components::link::Link;
use crate::components::stage::form_error;
use crate::format::{Local, age, last_line, moment, name_of_visitor, span};
use crate::hooks::desk::{Desk, use_desk};
use crate::route::{Board, Heap, Route, View};
use crate::services::http;
use crate::state::board;
use crate::state::desk::Shared;
use crate::text::{t, tn};
use crate::trouble::Trouble;

/// Rows that are drawn: whoever needs more looks at one inbox.
const ROWS_MAX: usize = 100;

/// Which conversations.
#[derive(Clone, PartialEq, Properties)]
pub struct HeapProps {
    /// Of which kind.
    pub heap: Heap,
    /// Of one inbox, or of all.
    pub inbox: Option<InboxId>,
    /// When today began.
    pub since: UnixMillis,
    /// The present.
    pub local: Local,
    /// Somebody asked for them: on a phone they are the page then.
    pub is_chosen: bool,
}

/// The list beside the board.
#[function_component(HeapList)]
pub fn heap_list(props: &HeapProps) -> Html {
    let Desk { state, .. } = use_desk();
    let (heap, inbox) = (props.heap, props.inbox);
    let is_over = matches!(heap, Heap::Served | Heap::GivenUp);
    // Only what a target is about changes by time alone.
    let now = if matches!(heap, Heap::Soon | Heap::Late) { props.local.now } else { UnixMillis(0) };
    let rows = use_memo((state.clone(), heap, inbox, now), |(state, heap, inbox, now)| {
        board::heap(state.lists.open(), *heap, *inbox, &state.team, *now)
    });
    let ended = use_ended(is_over.then_some(heap), inbox, props.since);
    let title = heap_name(heap);
    let body = match (&ended, is_over) {
        (_, false) if rows.is_empty() => nothing(heap),
        (_, false) => html! {
            <ul class="heap-rows" aria-labelledby="heap-title">
                {for rows.iter().take(ROWS_MAX).map(|row| line(&state, row, board::since(row, heap), props))}
            </ul>
        },
        // What is over is told inbox by inbox.
        (None, true) if inbox.is_none() => nothing(heap),
        (None, true) => loading(),
        (Some(Err(trouble)), true) => form_error(Some(&trouble.say())),
        (Some(Ok(waits)), true) if waits.is_empty() => nothing(heap),
        (Some(Ok(waits)), true) => html! {
            <ul class="heap-rows" aria-labelledby="heap-title">{for waits.iter().map(|wait| over(&state, wait, props))}</ul>
        },
    };
    let hidden = if is_over { 0 } else { rows.len().saturating_sub(ROWS_MAX) };
    let subtitle = inbox.map(|inbox| inbox_name(&state, inbox));
    html! {
        <section class="pane pane-heap" aria-labelledby="heap-title">
            <header class="pane-head">
                <h2 class="clip" id="heap-title" tabindex="-1">
                    {title}if let Some(inbox) = subtitle { <span class="muted">{" · "}{inbox}</span> }
                </h2>
                if !is_over { <span class="muted">{number(rows.len())}</span> }
                if props.is_chosen {
                    <Link to={Route::Board(Board::Now)} class="button button-quiet button-icon push">
                        {icon(Glyph::Close)}<span class="unseen">{t("board.close")}</span>
                    </Link>
                }
            </header>
            <div class="heap">
                {body}
                if hidden > 0 { <p class="row-hint">{tn("board.more", &[("n", &number(hidden))])}</p> }
            </div>
        </section>
    }
}

fn nothing(heap: Heap) -> Html {
    empty(&t("board.empty"), &tn("board.empty.line", &[("what", &heap_name(heap))]), false, Html::default())
}

/// The waits that are over, once they are known. Without an inbox there is nothing to ask for.
#[hook]
fn use_ended(
    heap: Option<Heap>,
    inbox: Option<InboxId>,
    since: UnixMillis,
) -> Option<Result<Vec<EndedWait>, Trouble>> {
    let ended = use_state(|| None::<Result<Vec<EndedWait>, Trouble>>);
    let set = ended.setter();
    use_effect_with((heap, inbox, since), move |(heap, inbox, since)| {
        set.set(None);
        let (Some(heap), Some(inbox)) = (*heap, *inbox) else { return };
        let path = ["/api/inboxes/", &inbox.to_hex(), "/ended/", &since.0.to_string()].concat();
        spawn_local(async move {
            let answer: Result<EndedView, Trouble> = http::get(&path).await;
            let wanted = |wait: &EndedWait| wait.given_up == (heap == Heap::GivenUp);
            set.set(Some(answer.map(|view| view.waits.into_iter().filter(wanted).collect())));
        });
    });
    (*ended).clone()
}

/// A conversation that is open.
fn line(state: &Shared, row: &Rc<Summary>, since: UnixMillis, props: &HeapProps) -> Html {
    let who = row.conversation.assignee.as_ref().map(|agent| agent.name.clone());
    let is_waiting = row.unanswered_at.is_some();
    let when = html! {
        <span class={classes!("row-age", is_waiting.then_some("row-wait"))} title={moment(since, props.local)}>{lasted(since, props.local.now)}</span>
    };
    entry(state, row, when, who, props)
}

/// A wait that is over.
fn over(state: &Shared, wait: &EndedWait, props: &HeapProps) -> Html {
    let waited = tn("board.waited", &[("span", &span(wait.waited_ms as i64))]);
    let when = html! { <span class="row-age" title={moment(wait.at, props.local)}>{age(wait.at, props.local.now)}</span> };
    entry(state, &wait.summary, when, Some(waited), props)
}

fn entry(state: &Shared, row: &Summary, when: Html, line: Option<String>, props: &HeapProps) -> Html {
    let id = row.conversation.id;
    let inbox = inbox_name(state, row.conversation.inbox);
    html! {
        <li class="row" key={id.to_hex()}>
            <Link to={Route::Inbox(View::All, Some(id))} class="row-link">
                {visitor_face(row.visitor.id, "")}
                <span class="row-name">
                    <span class="clip">{name_of_visitor(&row.visitor)}</span>
                    <span class="row-site clip">{if props.inbox.is_some() { row.site_name.clone() } else { inbox }}</span>
                </span>
                {when}
                <span class="row-line clip" dir="auto">
                    if row.last_side == Side::Staff { <b><bdi>{t("board.staff")}</bdi>{" "}</b> }{last_line(row)}
                </span>
                <span class="row-mark">if let Some(line) = line { <span class="chip clip">{line}</span> }</span>
            </Link>
        </li>
    }
}
