//! Why a conversation is with whom it is, from what the desk noted when it gave it out; and why one still waits, from how
//! its inbox stands now. Asked for when somebody opens it.

use deskbell_shared::model::{AgentId, Asked, ConversationView, Priority, Ranked, Status, UnixMillis};
use deskbell_shared::protocol::api::{
    AssignmentView, Because, OfferOutcome, OfferedView, OverflowView, ReasonsView,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::later::{Later, Page};
use crate::format::{Local, language, moment, span};
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::submit::use_text;
use crate::route::View;
use crate::services::http;
use crate::state::desk::Shared;
use crate::state::team::{Waits, why_waiting};
use crate::text::{count, t, tn};

/// The question about an open conversation, and once it is opened the answer, which comes later.
#[hook]
pub fn use_why(me: AgentId, conversation: &ConversationView, local: Local) -> Html {
    let is_open = use_state_eq(|| false);
    if conversation.status == Status::Resolved {
        return Html::default();
    }
    let word = match conversation.assignee.as_ref() {
        Some(agent) if agent.id == me => "why.me",
        Some(_) => "why.them",
        None => "why.waiting",
    };
    let is_shown = *is_open;
    let ontoggle = move |_: MouseEvent| is_open.set(!is_shown);
    let answer = || WhyProps { conversation: conversation.clone(), local };
    html! {
        <div class="why">
            <button class="link" type="button" aria-expanded={if is_shown { "true" } else { "false" }} onclick={ontoggle}>{t(word)}</button>
            if is_shown { <div role="status"><Later page={Page::Why(answer())} /></div> }
        </div>
    }
}

/// The answer.
#[derive(Clone, PartialEq, Properties)]
pub struct WhyProps {
    /// About which, as it is now.
    pub conversation: ConversationView,
    /// The present.
    pub local: Local,
}

/// The answer.
#[function_component(Why)]
pub fn why(props: &WhyProps) -> Html {
    let Desk { state, .. } = use_desk();
    let (known, set) = use_text(String::new);
    let is_choosy = use_state_eq(|| false);
    let (conversation, local) = (&props.conversation, props.local);
    let is_waiting = conversation.assignee.is_none();
    let mut offers = state.team.values().flat_map(|desk| &desk.offers);
    let offered = offers.find(|offer| offer.conversation == conversation.id).cloned();
    let is_offered = offered.is_some();
    let set_choosy = is_choosy.setter();
    use_effect_with((conversation.id, conversation.assignment_version, offered), move |(id, _, _)| {
        let path = ["/api/conversations/", &id.to_hex(), "/reasons"].concat();
        spawn_local(async move {
            let answer: Result<ReasonsView, _> = http::get(&path).await;
            set_choosy.set(answer.as_ref().is_ok_and(|view| view.waits_for.is_some()));
            set.emit(answer.map(|view| told(&view, is_waiting, local)).unwrap_or_default());
        });
    });
    html! {
        <>
            if is_waiting && !is_offered {
                if let Some(waits) = waits(&state, conversation, *is_choosy) { <p>{waits}</p> }
                if let Some(beyond) = beyond(&state, conversation) { <p>{beyond}</p> }
            }
            {for known.lines().map(|line| html! { <p>{line.to_owned()}</p> })}
        </>
    }
}

/// A line about everything that was noted, newest first, and before it what will be.
fn told(view: &ReasonsView, is_waiting: bool, local: Local) -> String {
    let mut lines: Vec<(UnixMillis, String)> = Vec::new();
    lines.extend(view.assignments.iter().map(|one| (one.at, because(one))));
    lines.extend(view.offers.iter().map(|one| (one.at, offered(one))));
    lines.extend(view.overflows.iter().map(|one| (one.at, went_on(one))));
    // Of one instant the later row first, too.
    lines.reverse();
    lines.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut told = String::new();
    if is_waiting && let Some(next) = &view.goes_on {
        let at = moment(next.at, local);
        told.push_str(&tn("why.goes_on", &[("to", next.to.as_str()), ("at", at.as_str())]));
        told.push('\n');
    }
    if is_waiting && let Some(ranked) = &view.ranked {
        told.push_str(&came(ranked));
        told.push('\n');
    }
    if is_waiting && let Some(waits) = &view.waits_for {
        let what = named(&waits.asked);
        told.push_str(&match waits.until {
            Some(until) => tn("why.kept", &[("what", &what), ("at", &moment(until, local))]),
            None => tn("why.required", &[("what", &what)]),
        });
        told.push('\n');
    }
    for (at, line) in lines {
        for part in [line.as_str(), " (", moment(at, local).as_str(), ")\n"] {
            told.push_str(part);
        }
    }
    told
}

/// Why it comes before others, or after them.
fn came(ranked: &Ranked) -> String {
    let key = match ranked.priority {
        Priority::Urgent | Priority::High => "why.before",
        Priority::Normal | Priority::Low => "why.after",
    };
    tn(key, &[("key", &ranked.key)])
}

/// What is asked for, in words.
fn named(asked: &Asked) -> String {
    let mut what: Vec<String> = asked.language.iter().map(|tag| language(tag)).collect();
    what.extend(asked.skills.iter().cloned());
    what.join(", ")
}

/// A line about somebody who was asked.
fn offered(one: &OfferedView) -> String {
    let within = span(i64::try_from(one.within_ms).unwrap_or(i64::MAX));
    let with = [("who", one.agent.as_str()), ("n", within.as_str())];
    match one.outcome {
        None => tn("why.offer", &with),
        Some(OfferOutcome::Accepted) => tn("why.offer.accepted", &with),
        Some(OfferOutcome::Declined) => tn("why.offer.declined", &with),
        Some(OfferOutcome::Missed) => tn("why.offer.missed", &with),
        Some(OfferOutcome::Withdrawn) => tn("why.offer.withdrawn", &with),
    }
}

/// A line about a conversation that had waited too long.
fn went_on(one: &OverflowView) -> String {
    let waited = span(i64::try_from(one.waited_ms).unwrap_or(i64::MAX));
    let key = if one.went { "why.went_on" } else { "why.stays" };
    tn(key, &[("from", &one.from), ("to", &one.to), ("n", &waited)])
}

/// A line about one assignment.
fn because(one: &AssignmentView) -> String {
    let who = one.agent.name.as_str();
    let mut special = String::new();
    if let Some(fit) = &one.fit {
        if let Some(ranked) = &fit.ranked {
            special.push_str(&came(ranked));
            special.push(' ');
        }
        if !fit.asked.is_nothing() {
            let key = if fit.fits { "why.fits" } else { "why.nobody_fits" };
            special.push_str(&tn(key, &[("who", who), ("what", &named(&fit.asked))]));
            special.push(' ');
        }
    }
    let why = match &one.because {
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
    [special, why].concat()
}

/// That its visitor has no place in the queue and was asked for an address.
fn beyond(state: &Shared, conversation: &ConversationView) -> Option<String> {
    let queue = &state.team.get(&conversation.inbox)?.queue;
    let places = queue.waiting.saturating_sub(queue.beyond?);
    (before(state, conversation) >= places).then(|| count("why.beyond", places as usize))
}

/// How many wait in the inbox for longer, and can be served.
fn before(state: &Shared, conversation: &ConversationView) -> u32 {
    let queue = state.lists.view(View::Queue);
    // They stand by their arrival.
    let earlier = queue.range(0..queue.len());
    let earlier = earlier.take_while(|row| row.conversation.arrived_at < conversation.arrived_at);
    earlier.filter(|row| row.conversation.inbox == conversation.inbox && !row.is_passed_over()).count() as u32
}

/// By how its inbox stands. That somebody is free says nothing of what waits for somebody who fits.
fn waits(state: &Shared, conversation: &ConversationView, is_choosy: bool) -> Option<String> {
    let summary = state.find(conversation.id)?;
    let desk = state.team.get(&conversation.inbox)?;
    Some(match why_waiting(desk, &summary, before(state, conversation)) {
        Waits::VisitorAway => t("why.away"),
        Waits::NobodyHere => t("why.nobody"),
        Waits::NobodyAvailable(here) => count("why.unavailable", here as usize),
        Waits::AllFull(available) => count("why.full", available as usize),
        Waits::Behind(_) if is_choosy => return None,
        Waits::Behind(0) => t("why.next"),
        Waits::Behind(before) => count("why.behind", before as usize),
    })
}
