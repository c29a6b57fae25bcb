//! The live board: how all inboxes stand now, who is there and what they are on, and who has waited longest for an answer.
//! Everything on it is in the desk's own state, so it moves with the lists; only what is over comes by a request. Each
//! number leads to the conversations that it counts.

use deskbell_shared::model::{InboxId, UnixMillis};
use deskbell_shared::protocol::api::{BoardInbox, BoardView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::board_heap::HeapList;
use super::board_table::inboxes;
use super::board_team::crew_list;
use crate::components::link::Link;
use crate::format::{Local, day_number};
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::now::{use_now, use_ticks};
use crate::hooks::page::{TITLE_ID, use_page};
use crate::route::{Board, Heap, Route};
use crate::services::http;
use crate::state::board::{self, Pile};
use crate::state::desk::Shared;
use crate::text::{count, habits, t, tn};

/// How often ages are renewed.
const AGES_MS: i32 = 1_000;
/// How often what is over is asked for: sums of a day, which nobody watches second by second.
const SUMS_MS: i32 = 15_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What of the board.
#[derive(Clone, PartialEq, Properties)]
pub struct BoardProps {
    /// The part: how it stands, perhaps with a heap of conversations beside it.
    pub board: Board,
}

/// The live board.
#[function_component(BoardPage)]
pub fn board_page(props: &BoardProps) -> Html {
    use_page(t("board.title"));
    let Desk { state, .. } = use_desk();
    let mut local = use_now(AGES_MS);
    local.now.0 += state.line.ahead_ms;
    let since = midnight(local);
    let sums = use_sums(since);
    let (heap, inbox) = match props.board {
        Board::Heap(heap, inbox) => (Some(heap), inbox),
        Board::Now | Board::Promises => (None, None),
    };
    let is_known = state.is_listed && state.team.values().next().is_some();
    let class = classes!("panes", "panes-board", heap.is_some().then_some("has-heap"));
    html! {
        <div {class}>
            <section class="pane" aria-labelledby={TITLE_ID}>
                {head(Board::Now)}
                <div class="board" aria-busy={if is_known { "false" } else { "true" }}>
                    if is_known {
                        {tiles(&state, local, heap.filter(|_| inbox.is_none()))}
                        {inboxes(&state, &sums, local, heap, inbox)}
                        {crew_list(&state, local)}
                    } else {
                        <p class="muted" role="status">{t("loading")}</p>
                    }
                </div>
            </section>
            // Who has waited longest for an answer, until something else is asked for.
            <HeapList heap={heap.unwrap_or(Heap::Unanswered)} {inbox} {since} {local} is_chosen={heap.is_some()} />
        </div>
    }
}

/// The head of both parts, with the way from one to the other.
pub fn head(here: Board) -> Html {
    let tab = |to: Board, word: String| {
        html! {
            <Link to={Route::Board(to)} class="tab" current={(to == here).then_some("page")}>{word}</Link>
        }
    };
    html! {
        <header class="pane-head">
            <h1 id={TITLE_ID} tabindex="-1">{t("board.title")}</h1>
            <nav class="tabs push" aria-label={t("board.parts")}>
                {tab(Board::Now, t("board.now"))}{tab(Board::Promises, t("board.promises"))}
            </nav>
        </header>
    }
}

/// What has happened today, inbox by inbox.
#[hook]
fn use_sums(since: UnixMillis) -> Vec<BoardInbox> {
    let sums = use_state_eq(Vec::new);
    let ask = {
        let sums = sums.setter();
        use_callback(since, move |(), since| {
            let (sums, path) = (sums.clone(), ["/api/board/", &since.0.to_string()].concat());
            spawn_local(async move {
                // Without an answer the last one stands; the banner says when there is no connection.
                if let Ok(view) = http::get::<BoardView>(&path).await {
                    sums.set(view.inboxes);
                }
            });
        })
    };
    use_effect_with(ask.clone(), |ask| ask.emit(()));
    use_ticks(Some(SUMS_MS), ask);
    (*sums).clone()
}

/// When today began where one is.
fn midnight(local: Local) -> UnixMillis {
    let ahead_ms = i64::from(local.ahead_minutes) * 60_000;
    UnixMillis(day_number(local.now, local) * DAY_MS - ahead_ms)
}

/// The sums over all inboxes.
fn tiles(state: &Shared, local: Local, chosen: Option<Heap>) -> Html {
    let pile = |heap| board::pile(state.lists.open(), heap, None, &state.team, local.now);
    let everybody = board::everybody(&state.team);
    let crew = board::crew(everybody.iter());
    let away = pile(Heap::Away);
    let waiting = pile(Heap::Waiting);
    let is_hot = waiting.count > 0 && crew.free == 0;
    let passed_over = (away.count > 0).then(|| count("board.passed_over", away.count));
    let line =
        |pile: Pile| pile.since.map(|since| tn("board.longest", &[("age", &lasted(since, local.now))]));
    let tile = |heap, pile: Pile, line: Option<String>, is_hot: bool| {
        let class = classes!("tile", is_hot.then_some("tile-hot"));
        html! {
            <li>
                <Link to={Route::Board(Board::Heap(heap, None))} {class}
                    current={(chosen == Some(heap)).then_some("true")}>
                    <span class="tile-name">{heap_name(heap)}</span>
                    <span class="tile-number">{number(pile.count)}</span>
                    <span class="tile-line">{line.unwrap_or_default()}</span>
                </Link>
            </li>
        }
    };
    let (soon, late) = (pile(Heap::Soon), pile(Heap::Late));
    let (unanswered, left) = (pile(Heap::Unanswered), pile(Heap::Left));
    html! {
        <ul class="tiles" aria-label={t("board.sums")}>
            {tile(Heap::Waiting, waiting, line(waiting).or(passed_over), is_hot)}
            {tile(Heap::Unanswered, unanswered, line(unanswered), false)}
            if state.team.values().any(|desk| desk.answer_minutes.is_some()) {
                {tile(Heap::Soon, soon, line(soon), false)}
                {tile(Heap::Late, late, line(late), late.count > 0)}
            }
            {tile(Heap::Open, pile(Heap::Open), None, false)}
            {tile(Heap::Aside, pile(Heap::Aside), None, false)}
            {tile(Heap::Left, left, line(left), false)}
            <li>
                <div class="tile">
                    <span class="tile-name">{t("board.free")}</span>
                    <span class="tile-number">{number(crew.free as usize)}</span>
                    <span class="tile-line">{tn("board.of_available", &[("n", &number(crew.available as usize))])}</span>
                </div>
            </li>
        </ul>
    }
}

/// What a heap is called.
pub fn heap_name(heap: Heap) -> String {
    match heap {
        Heap::Waiting => t("board.waiting"),
        Heap::Away => t("board.away"),
        Heap::Unanswered => t("board.unanswered"),
        Heap::Soon => t("board.soon"),
        Heap::Late => t("board.breached"),
        Heap::Open => t("board.open"),
        Heap::Aside => t("board.aside"),
        Heap::Left => t("board.left"),
        Heap::Served => t("board.served"),
        Heap::GivenUp => t("board.given_up"),
    }
}

/// How long something has lasted, in the shortest form: `40 s`, `12 min`, `2 h`.
pub fn lasted(since: UnixMillis, now: UnixMillis) -> String {
    let seconds = (now.0 - since.0).max(0) / 1000;
    let (key, n) = match seconds {
        0..60 => ("board.seconds", seconds),
        60..7200 => ("board.minutes", seconds / 60),
        _ => ("board.hours", seconds / 3600),
    };
    tn(key, &[("n", &n.to_string())])
}

/// A number as people write it.
pub fn number(n: usize) -> String {
    (habits().number)(n)
}

/// The name of an inbox.
pub fn inbox_name(state: &Shared, inbox: InboxId) -> String {
    state.team.get(&inbox).map_or_else(String::new, |desk| desk.name.clone())
}
