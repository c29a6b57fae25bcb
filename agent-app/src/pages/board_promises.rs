//! What was said about waits, and what came of it: how many of the intervals came true, how wide they were, hour by hour.
//! Where too few have ended to say so, that is said instead of a number.

use deskbell_shared::model::InboxId;
use deskbell_shared::protocol::api::{WaitsHour, WaitsScore, WaitsView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::board::{head, number};
use crate::components::empty::{empty, loading};
use crate::components::stage::form_error;
use crate::format::{span, time};
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::page::{TITLE_ID, use_page};
use crate::route::Board;
use crate::services::http;
use crate::text::{count, t, tn};
use crate::trouble::Trouble;

/// Fewer waits than this say nothing: with 20 of which 16 should come true, chance alone makes 12 to 19.
const JUDGED_MIN: u32 = 20;
/// Fewer in an hour say nothing of the hour.
const HOUR_JUDGED_MIN: u32 = 8;
/// The picture of the hours, in the units of its view box.
const HOUR_WIDTH: u32 = 20;
const HEIGHT: u32 = 60;

/// What came of what was said.
#[function_component(BoardPromises)]
pub fn board_promises() -> Html {
    use_page(t("board.promises"));
    let Desk { state, .. } = use_desk();
    let mut inboxes = state.team.iter().peekable();
    let body = if inboxes.peek().is_none() {
        loading()
    } else {
        html! { {for inboxes.map(|(id, desk)| html! { <OfInbox key={id.to_hex()} id={*id} name={desk.name.clone()} /> })} }
    };
    html! {
        <div class="panes panes-one">
            <section class="pane" aria-labelledby={TITLE_ID}>
                {head(Board::Promises)}
                <div class="board board-read">
                    <p class="board-lead">{t("promises.lead")}</p>
                    {body}
                </div>
            </section>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct OfInboxProps {
    id: InboxId,
    name: String,
}

#[function_component(OfInbox)]
fn of_inbox(props: &OfInboxProps) -> Html {
    let known = use_state(|| None::<Result<WaitsView, Trouble>>);
    {
        let known = known.setter();
        use_effect_with(props.id, move |id| {
            let path = ["/api/inboxes/", &id.to_hex(), "/waits"].concat();
            spawn_local(async move { known.set(Some(http::get(&path).await)) });
        });
    }
    let body = match &*known {
        None => loading(),
        Some(Err(trouble)) => form_error(Some(&trouble.say())),
        Some(Ok(view)) if view.all.count == 0 => {
            empty(&t("promises.none"), &t("promises.none.line"), false, Html::default())
        }
        Some(Ok(view)) => html! { <>{sum(&view.all)}{hours(&view.hours)}</> },
    };
    html! { <section class="board-part promises"><h2>{props.name.clone()}</h2>{body}</section> }
}

/// In words.
fn sum(all: &WaitsScore) -> Html {
    let waits = number(all.count as usize);
    let given_up = (all.given_up > 0).then(|| count("promises.given_up", all.given_up as usize));
    if served(all) < JUDGED_MIN {
        return html! {
            <div class="promises-sum">
                <p>{tn("promises.few", &[("n", &number(served(all) as usize)), ("least", &JUDGED_MIN.to_string())])}{" "}{given_up.unwrap_or_default()}</p>
            </div>
        };
    }
    let late = 1000u32.saturating_sub(all.inside_per_mille + all.earlier_per_mille);
    let width = all.width_median_ms.unwrap_or(all.width_ms) as i64;
    html! {
        <div class="promises-sum">
            <p class="promises-share">{percent(all.inside_per_mille)}</p>
            <div>
                <p class="strong">{tn("promises.inside", &[("n", &waits), ("share", &percent(all.inside_per_mille))])}</p>
                <p class="muted">
                    {tn("promises.outside", &[("early", &percent(all.earlier_per_mille)), ("late", &percent(late))])}{" "}
                    {tn("promises.width", &[("span", &span(width))])}{" "}{given_up.unwrap_or_default()}
                </p>
            </div>
        </div>
    }
}

/// As small bars, the latest hour last, and the same in a table.
fn hours(hours: &[WaitsHour]) -> Html {
    let width = (hours.len() as u32 * HOUR_WIDTH).to_string();
    let bar = |(n, hour): (usize, &WaitsHour)| {
        let is_judged = served(&hour.score) >= HOUR_JUDGED_MIN;
        let high = if is_judged { (hour.score.inside_per_mille * HEIGHT / 1000).max(1) } else { HEIGHT / 12 };
        let left = n as u32 * HOUR_WIDTH + 3;
        html! {
            <rect class={if is_judged { "bar" } else { "bar bar-few" }} x={left.to_string()} y={(HEIGHT - high).to_string()}
                width={(HOUR_WIDTH - 6).to_string()} height={high.to_string()} rx="2" />
        }
    };
    let line = |hour: &WaitsHour| {
        let score = &hour.score;
        let is_judged = served(score) >= HOUR_JUDGED_MIN;
        html! {
            <tr>
                <th scope="row">{time(hour.from)}</th>
                <td>{number(score.count as usize)}</td>
                <td>{if is_judged { percent(score.inside_per_mille) } else { t("promises.too_few") }}</td>
                <td>{span(score.width_median_ms.unwrap_or(score.width_ms) as i64)}</td>
                <td>{number(score.given_up as usize)}</td>
            </tr>
        }
    };
    let target = (HEIGHT - HEIGHT * 8 / 10).to_string();
    html! {
        <>
            <div class="promises-chart">
            <svg class="promises-bars" viewBox={["0 0 ", &width, " ", &HEIGHT.to_string()].concat()} role="img"
                aria-label={t("promises.bars")} preserveAspectRatio="xMinYMax meet">
                {for hours.iter().rev().enumerate().map(bar)}
                <line class="bar-target" x1="0" x2={width.clone()} y1={target.clone()} y2={target} />
            </svg>
            <p class="promises-ends" aria-hidden="true">
                {for [hours.last(), hours.first()].into_iter().flatten().map(|hour| html! { <span>{time(hour.from)}</span> })}
            </p>
            </div>
            <details class="promises-hours">
                <summary>{t("promises.hours")}</summary>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{t("promises.hour")}</th><th scope="col">{t("promises.waits")}</th>
                            <th scope="col">{t("promises.came_true")}</th><th scope="col">{t("promises.half")}</th>
                            <th scope="col">{t("board.given_up")}</th>
                        </tr>
                    </thead>
                    <tbody>{for hours.iter().map(line)}</tbody>
                </table>
            </details>
        </>
    }
}

/// Those whose end is known: what was given up stands behind them, as the server weighs it.
fn served(score: &WaitsScore) -> u32 {
    score.count.saturating_sub(score.given_up)
}

fn percent(per_mille: u32) -> String {
    tn("promises.percent", &[("n", &((per_mille + 5) / 10).to_string())])
}
