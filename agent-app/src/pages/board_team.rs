//! The agents of the live board: who is there, how much they have of what they take, and on what they are. What they did
//! earlier is not here: this is for helping now, not for measuring people.

use std::rc::Rc;

use deskbell_shared::model::Summary;
use deskbell_shared::protocol::ColleagueView;
use yew::prelude::*;

use super::board::{lasted, number};
use crate::components::availability::{dot, load, word};
use crate::components::face::agent_face;
use crate::components::link::Link;
use crate::format::{Local, name_of_visitor};
use crate::route::{Route, View};
use crate::state::board::{self, Crew};
use crate::state::desk::{Shared, ordered};
use crate::text::{t, tn};

/// Conversations that are named for one agent; the number of the others is said.
const NAMED_MAX: usize = 8;
/// Marks for what somebody has and takes; more of them would say less than the numbers.
const MARKS_MAX: u32 = 10;

/// Everybody who is there, or has something; the others by name only.
pub fn crew_list(state: &Shared, local: Local) -> Html {
    let everybody = board::everybody(&state.team);
    let Crew { available, busy, away, offline, .. } = board::crew(everybody.iter());
    let has = |one: &ColleagueView| {
        let theirs = state.lists.open().iter().filter(|row| row.conversation.is_with(one.agent.id));
        let theirs = theirs.filter(|row| row.conversation.snoozed_until.is_none());
        ordered(theirs, |row| row.unanswered_at.map_or(i64::MAX, |at| at.0))
    };
    let all: Vec<_> = everybody.iter().map(|one| (one, has(one))).collect();
    let shown = all.iter().filter(|(one, theirs)| one.online || !theirs.is_empty());
    let gone: Vec<&str> = all
        .iter()
        .filter(|(one, theirs)| !one.online && theirs.is_empty())
        .map(|(one, _)| one.agent.name.as_str())
        .collect();
    let states = [
        ("availability.available", available),
        ("availability.busy", busy),
        ("availability.away", away),
        ("availability.offline", offline),
    ];
    html! {
        <section class="board-part">
            <h2>{t("board.agents")}</h2>
            <p class="board-states">
                {for states.map(|(key, n)| html! { <span><b>{number(n as usize)}</b>{" "}{t(key)}</span> })}
            </p>
            <ul class="crew">{for shown.map(|(one, theirs)| line(one, theirs, local))}</ul>
            if !gone.is_empty() {
                <p class="muted board-gone">{tn("board.offline", &[("names", &gone.join(" · "))])}</p>
            }
        </section>
    }
}

fn line(one: &ColleagueView, theirs: &[Rc<Summary>], local: Local) -> Html {
    let state = if one.online { word(one.availability) } else { t("availability.offline") };
    let chip = |row: &Rc<Summary>| {
        let id = row.conversation.id;
        let waits = row.unanswered_at.map(|at| lasted(at, local.now));
        let class = classes!("chip", waits.is_some().then_some("chip-warn"));
        html! {
            <Link key={id.to_hex()} to={Route::Inbox(View::All, Some(id))} {class}>
                {name_of_visitor(&row.visitor)}
                if let Some(waits) = waits { <b>{waits}</b><span class="unseen">{t("board.unanswered")}</span> }
            </Link>
        }
    };
    let more = theirs.len().saturating_sub(NAMED_MAX);
    html! {
        <li key={one.agent.id.to_hex()}>
            {agent_face(&one.agent, "face-small")}
            <span class="crew-who">
                <span class="clip strong">{one.agent.name.clone()}</span>
                <span class="crew-state"><span class={dot(one.availability, one.online)} aria-hidden="true"></span>{state}</span>
            </span>
            <span class="crew-load">
                if one.capacity <= MARKS_MAX { {marks(one)} }
                <span class="count">{load(one)}</span>
            </span>
            <span class="crew-on">
                {for theirs.iter().take(NAMED_MAX).map(chip)}
                if more > 0 { <span class="muted">{tn("board.more", &[("n", &number(more))])}</span> }
            </span>
        </li>
    }
}

/// A mark for each conversation somebody takes, full ones for those they have.
fn marks(one: &ColleagueView) -> Html {
    let mark = |n: u32| html! { <i class={(n < one.load).then_some("on")}></i> };
    html! { <span class="pips" aria-hidden="true">{for (0..one.capacity.max(one.load.min(MARKS_MAX))).map(mark)}</span> }
}
