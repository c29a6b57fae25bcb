//! Why a conversation is with whom it is, from what the desk noted when it gave it out; and why one still waits, from how
//! its inbox stands now. Asked for when somebody opens it.

use deskbell_shared::model::{ConversationView, Status};
use deskbell_shared::protocol::api::{AssignmentView, Because, ReasonsView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::format::{Local, moment};
use crate::hooks::submit::use_text;
use crate::services::http;
use crate::state::desk::Shared;
use crate::state::team::{Waits, why_waiting};
use crate::text::{count, t, tn};

/// The question about an open conversation, and its answer once it is opened.
#[hook]
pub fn use_why(state: &Shared, conversation: &ConversationView, local: Local) -> Html {
    let is_open = use_state_eq(|| false);
    let (known, set) = use_text(String::new);
    use_effect_with((conversation.id, conversation.assignment_version, *is_open), move |(id, _, is_open)| {
        if *is_open {
            let path = ["/api/conversations/", &id.to_hex(), "/reasons"].concat();
            spawn_local(async move {
                let answer: Result<ReasonsView, _> = http::get(&path).await;
                let told =
                    answer.map(|view| view.assignments.iter().rev().map(|one| because(one, local)).collect());
                set.emit(told.unwrap_or_default());
            });
        }
    });
    if conversation.status == Status::Resolved {
        return Html::default();
    }
    let ontoggle = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(!*is_open))
    };
    let assignee = conversation.assignee.as_ref().map(|agent| agent.id);
    let word = match assignee {
        Some(agent) if agent == state.me => "why.me",
        Some(_) => "why.them",
        None => "why.waiting",
    };
    html! {
        <div class="why">
            <button class="link" type="button" aria-expanded={if *is_open { "true" } else { "false" }} onclick={ontoggle}>{t(word)}</button>
            if *is_open {
                <div role="status">
                    if assignee.is_none() { <p>{waits(state, conversation)}</p> }
                    {for known.lines().map(|line| html! { <p>{line.to_owned()}</p> })}
                </div>
            }
        </div>
    }
}

/// A line about one assignment.
fn because(one: &AssignmentView, local: Local) -> String {
    let who = one.agent.name.as_str();
    let mut told = match &one.because {
        Because::LeastLoaded { load, capacity, eligible } => tn(
            if *eligible == 1 { "why.only" } else { "why.least" },
            &[
                ("who", who),
                ("load", &load.to_string()),
                ("capacity", &capacity.to_string()),
                ("n", &eligible.to_string()),
            ],
        ),
        Because::InTurn { eligible } => tn(
            if *eligible == 1 { "why.alone" } else { "why.turn" },
            &[("who", who), ("n", &eligible.to_string())],
        ),
        Because::SameAgent {} => tn("why.same", &[("who", who)]),
        Because::Claimed { from: None } => tn("why.claimed", &[("who", who)]),
        Because::Claimed { from: Some(from) } => tn("why.taken", &[("who", who), ("from", from)]),
        Because::Transferred { by } => tn("why.transferred", &[("who", who), ("by", by)]),
    };
    for part in [" (", &moment(one.at, local), ")\n"] {
        told.push_str(part);
    }
    told
}

fn waits(state: &Shared, conversation: &ConversationView) -> String {
    let Some(summary) = state.find(conversation.id) else { return String::new() };
    let Some(desk) = state.team.get(&conversation.inbox) else { return String::new() };
    let is_before = |other: &ConversationView| {
        other.inbox == conversation.inbox
            && other.assignee.is_none()
            && other.arrived_at < conversation.arrived_at
    };
    let before = state.rows.iter().filter(|row| is_before(&row.conversation)).count();
    match why_waiting(desk, &summary, before as u32) {
        Waits::VisitorAway => t("why.away"),
        Waits::NobodyHere => t("why.nobody"),
        Waits::NobodyAvailable(here) => count("why.unavailable", here as usize),
        Waits::AllFull(available) => count("why.full", available as usize),
        Waits::Behind(0) => t("why.next"),
        Waits::Behind(before) => count("why.behind", before as usize),
    }
}
