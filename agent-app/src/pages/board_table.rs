//! The inboxes of the live board, one row each. A table where there is room for one; on a phone each row becomes a block,
//! with the names of its numbers in front of them.

use deskbell_shared::model::InboxId;
use deskbell_shared::protocol::api::BoardInbox;
use yew::prelude::*;

use super::board::{heap_name, lasted, number};
use crate::components::link::Link;
use crate::format::{Local, span};
use crate::route::{Board, Heap, Route};
use crate::state::board::{self, Outlook};
use crate::state::desk::Shared;
use crate::state::team::InboxDesk;
use crate::text::{count, t, tn};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The inboxes by name.
pub fn inboxes(
    state: &Shared,
    sums: &[BoardInbox],
    local: Local,
    heap: Option<Heap>,
    chosen: Option<InboxId>,
) -> Html {
    let name = |key: &str| html! { <th scope="col">{t(key)}</th> };
    let rows = state.team.iter().map(|(id, desk)| {
        let sum = sums.iter().find(|sum| sum.inbox == *id);
        let here = heap.filter(|_| chosen == Some(*id));
        row(state, *id, desk, sum, local, here)
    });
    html! {
        <section class="board-part">
            <h2>{t("board.inboxes")}</h2>
            <div class="board-wide" tabindex="0" role="region" aria-label={t("board.inboxes")}>
                <table class="board-table">
                    <thead>
                        <tr>
                            {name("board.inbox")}{name("board.waiting")}{name("board.told")}{name("board.unanswered")}
                            {name("board.open")}{name("board.aside")}{name("board.left")}{name("board.today")}
                        </tr>
                    </thead>
                    <tbody>{for rows}</tbody>
                </table>
            </div>
        </section>
    }
}

fn row(
    state: &Shared,
    id: InboxId,
    desk: &InboxDesk,
    sum: Option<&BoardInbox>,
    local: Local,
    heap: Option<Heap>,
) -> Html {
    let crew = board::crew(desk.colleagues.iter());
    let pile = |of| board::pile(state.lists.open(), of, Some(id), &state.team, local.now);
    let link = |of: Heap, n: usize| link(of, id, n, heap);
    let due = |of: Heap| {
        let n = pile(of).count;
        html! {
            if n > 0 {
                <Link to={Route::Board(Board::Heap(of, Some(id)))} class={if of == Heap::Late { "board-sub board-late" } else { "board-sub board-link" }}>
                    {tn(if of == Heap::Late { "board.late_n" } else { "board.soon_n" }, &[("n", &number(n))])}
                </Link>
            }
        }
    };
    let cell = |of: Heap| {
        let pile = pile(of);
        let since = pile.since.filter(|_| of == Heap::Waiting || of == Heap::Unanswered || of == Heap::Left);
        html! {
            <td data-label={heap_name(of)}>
                {link(of, pile.count)}
                if of == Heap::Unanswered { {due(Heap::Soon)}{due(Heap::Late)} }
                if let Some(since) = since { <span class="board-sub">{tn("board.longest", &[("age", &lasted(since, local.now))])}</span> }
            </td>
        }
    };
    let (waiting, away) = (pile(Heap::Waiting), pile(Heap::Away));
    let people = match crew.available {
        0 => t("board.nobody"),
        available => tn(
            "board.crew",
            &[
                ("free", &number(crew.free as usize)),
                ("available", &number(available as usize)),
                ("load", &number(crew.load as usize)),
                ("capacity", &number(crew.capacity as usize)),
            ],
        ),
    };
    let is_stuck = waiting.count > 0 && crew.available == 0;
    let told = |key: &str, outlook: Outlook| {
        let late = outlook == Outlook::Late;
        html! {
            <span class={classes!("board-told", late.then_some("board-late"))}><span class="muted">{t(key)}</span>{" "}{said(outlook)}</span>
        }
    };
    html! {
        <tr key={id.to_hex()}>
            <th scope="row">
                <span class="board-inbox">{desk.name.clone()}</span>
                <span class={classes!("board-sub", is_stuck.then_some("board-late"))}>{people}</span>
            </th>
            <td data-label={heap_name(Heap::Waiting)}>
                {link(Heap::Waiting, waiting.count)}
                if let Some(since) = waiting.since { <span class="board-sub">{tn("board.longest", &[("age", &lasted(since, local.now))])}</span> }
                if away.count > 0 {
                    <Link to={Route::Board(Board::Heap(Heap::Away, Some(id)))} class="board-sub board-link">
                        {count("board.passed_over", away.count)}
                    </Link>
                }
            </td>
            <td data-label={t("board.told")}>
                {told("board.told.last", board::told_last(&desk.queue, local.now))}
                {told("board.told.newcomer", board::newcomer(&desk.queue))}
            </td>
            {for [Heap::Unanswered, Heap::Open, Heap::Aside, Heap::Left].map(cell)}
            <td data-label={t("board.today")}>
                if let Some(sum) = sum {
                    <span class="board-pair">
                        {link(Heap::Served, sum.served as usize)}<span class="muted">{t("board.today.served")}</span>
                        {link(Heap::GivenUp, sum.given_up as usize)}<span class="muted">{t("board.today.given_up")}</span>
                    </span>
                    if let Some(median) = sum.median_ms {
                        <span class="board-sub">{tn("board.median", &[("span", &span(median as i64))])}</span>
                    }
                } else { {"–"} }
            </td>
        </tr>
    }
}

/// A number that leads to what it counts; nothing leads to nothing.
fn link(of: Heap, inbox: InboxId, n: usize, chosen: Option<Heap>) -> Html {
    if n == 0 {
        return html! { <span class="board-number board-none">{number(0)}</span> };
    }
    let name = tn("board.number", &[("n", &number(n)), ("what", &heap_name(of))]);
    html! {
        <Link to={Route::Board(Board::Heap(of, Some(inbox)))} class="board-number"
            current={(chosen == Some(of)).then_some("true")}>
            <span aria-hidden="true">{number(n)}</span><span class="unseen">{name}</span>
        </Link>
    }
}

/// What is told about a wait, in the shortest form.
fn said(outlook: Outlook) -> String {
    match outlook {
        Outlook::AtOnce => t("board.at_once"),
        Outlook::Late => t("board.late"),
        Outlook::Nothing => "–".to_owned(),
        Outlook::Between(low, high) if high <= 2 * HOUR_MS => {
            // Never narrower than what is meant.
            let (low, high) = (low / MINUTE_MS, (high + MINUTE_MS - 1) / MINUTE_MS);
            let (low, high) = (low.to_string(), high.max(1).to_string());
            if low == "0" {
                tn("board.up_to", &[("high", &high)])
            } else {
                tn("board.between", &[("low", &low), ("high", &high)])
            }
        }
        Outlook::Between(low, high) => {
            let (low, high) = (low / HOUR_MS, (high + HOUR_MS - 1) / HOUR_MS);
            tn("board.between_hours", &[("low", &low.to_string()), ("high", &high.to_string())])
        }
    }
}
