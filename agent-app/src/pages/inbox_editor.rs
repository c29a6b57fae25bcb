//! The form of one inbox: its name, its hours, who works in it, who gets what waits.

use deskbell_shared::model::{AgentId, InboxId, Routing, RoutingPolicy};
use deskbell_shared::protocol::api::{InboxEdit, InboxView, PersonView};
use yew::prelude::*;

use super::admission::use_admission;
use super::inbox_hours::hours_part;
use super::inbox_matching::{able_fields, matching_part};
use super::inbox_outcomes::use_outcomes;
use super::inbox_routing::{out_of_bounds, routing_part};
use super::inbox_rules::Put;
use super::retention::use_retention;
use super::settings::{back, saved, sheet};
use crate::components::face::agent_face;
use crate::components::field::Field;
use crate::components::stage::form_error;
use crate::hooks::now::use_now;
use crate::hooks::page::use_page;
use crate::hooks::place::use_place;
use crate::hooks::submit::use_submit;
use crate::route::{Part, Route};
use crate::services::{http, locale};
use crate::state::hours::{HoursDraft, Unclear};
use crate::state::routing::{AbleDraft, RoutingDraft};
use crate::text::t;
use crate::trouble::Wrong;

const FIELDS: [&str; 12] = [
    "name",
    "zone",
    "week",
    "holidays",
    "accept_seconds",
    "after_minutes",
    "waiting_max",
    "answer_minutes",
    "language",
    "rules",
    "ranks",
    "prefer_seconds",
];

/// One inbox, and what it may be made of.
#[derive(Clone, PartialEq, Properties)]
pub struct InboxEditorProps {
    /// The inbox; `None` for a new one.
    pub inbox: Option<InboxView>,
    /// The time zones the server knows.
    pub zones: Vec<String>,
    /// Who could work in it.
    pub people: Vec<PersonView>,
    /// The other inboxes, with their names.
    pub others: Vec<(InboxId, String)>,
}

#[derive(Clone, PartialEq)]
struct Draft {
    name: String,
    members: Vec<AgentId>,
    hours: HoursDraft,
    routing: RoutingDraft,
}

/// One inbox.
#[function_component(InboxEditor)]
pub fn inbox_editor(props: &InboxEditorProps) -> Html {
    let (place, submit, local) = (use_place(), use_submit(), use_now(30_000));
    let inbox = use_state(|| props.inbox.clone());
    let unclear = use_state_eq(|| None::<Unclear>);
    let is_saved = use_state_eq(|| false);
    let draft = use_state(|| Draft {
        name: props.inbox.as_ref().map_or_else(String::new, |inbox| inbox.name.clone()),
        members: props.inbox.as_ref().map_or_else(
            || active(&props.people).map(|person| person.agent.id).collect(),
            |inbox| inbox.members.clone(),
        ),
        hours: HoursDraft::of(
            props.inbox.as_ref().and_then(|inbox| inbox.hours.as_ref()),
            &zone_here(&props.zones),
        ),
        routing: RoutingDraft::of(
            props.inbox.as_ref().map_or(&Routing::DEFAULT, |inbox| &inbox.routing),
            &props.others,
        ),
    });
    let title = inbox.as_ref().map_or_else(|| t("inbox.new"), |inbox| inbox.name.clone());
    use_page(title.clone());
    let admission = use_admission(inbox.as_ref());
    let outcomes = use_outcomes(inbox.as_ref().map(|inbox| inbox.id));
    let keeping = use_retention(inbox.as_ref().map(|inbox| inbox.id));
    let change = {
        let (draft, is_saved, unclear) = (draft.clone(), is_saved.setter(), unclear.setter());
        move |how: &dyn Fn(&mut Draft)| {
            let mut next = (*draft).clone();
            how(&mut next);
            is_saved.set(false);
            unclear.set(None);
            draft.set(next);
        }
    };
    let onsubmit = {
        let (draft, submit, unclear, is_saved) =
            (draft.clone(), submit.clone(), unclear.setter(), is_saved.setter());
        let (id, inbox, replace) =
            (inbox.as_ref().map(|inbox| inbox.id), inbox.setter(), place.replace.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let hours = match draft.hours.hours() {
                Ok(hours) => hours,
                Err(what) => {
                    unclear.set(Some(what));
                    return submit.show(Wrong::whole(t("hours.unclear")));
                }
            };
            let routing = match draft.routing.routing() {
                Ok(routing) => routing,
                Err(unfit) => return submit.show(out_of_bounds(unfit)),
            };
            let body = InboxEdit {
                name: draft.name.trim().to_owned(),
                members: draft.members.clone(),
                hours,
                routing: Some(routing),
            };
            let found = match body.name.is_empty() {
                true => Wrong::nothing().at("name", t("wrong.name.empty")),
                false => Wrong::nothing(),
            };
            let path =
                id.map_or_else(|| "/api/inboxes".to_owned(), |id| ["/api/inboxes/", &id.to_hex()].concat());
            let (inbox, is_saved, replace) = (inbox.clone(), is_saved.clone(), replace.clone());
            submit.run(
                found,
                &FIELDS,
                async move { http::post(&path, &body).await },
                move |made: InboxView| {
                    let new = made.id;
                    inbox.set(Some(made));
                    is_saved.set(true);
                    if id.is_none() {
                        replace.emit(Route::Settings(Part::Inbox(Some(new))));
                    }
                },
            );
        }
    };
    let change_hours = {
        let change = change.clone();
        move |how: &dyn Fn(&mut HoursDraft)| change(&|draft| how(&mut draft.hours))
    };
    let change_routing = {
        let change = change.clone();
        move |how: &dyn Fn(&mut RoutingDraft)| change(&|draft| how(&mut draft.routing))
    };
    let lines = Callback::from({
        let change = change_routing.clone();
        move |(put, at, text): (Put, usize, String)| change(&|draft| put(draft, at, text.clone()))
    });
    let on_able = Callback::from({
        let change = change_routing.clone();
        move |able: AbleDraft| change(&|draft| draft.set_able(able.clone()))
    });
    let on_name = Callback::from({
        let change = change.clone();
        move |name: String| change(&|draft| draft.name = name.clone())
    });
    let body = html! {
        <form class="form form-parts" novalidate={true} {onsubmit}>
            <section class="part">
                {form_error(submit.wrong.whole.as_deref())}
                <Field id="name" label={t("inbox.name")} value={draft.name.clone()} help={t("inbox.name.help")}
                    error={submit.wrong.of("name")} onchange={on_name} />
            </section>
            {hours_part(&draft.hours, *unclear, &props.zones, inbox.as_ref(), local, &change_hours)}
            {members_part(&draft, &props.people, &change, &on_able)}
            {routing_part(&draft.routing, &props.others, &submit.wrong, &change_routing, &lines)}
            if draft.routing.policy != RoutingPolicy::AgentsClaim {
                {matching_part(&draft.routing, &submit.wrong, &change_routing, &lines)}
            }
            <div class="form-row">
                <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("save")}</button>
                {saved(*is_saved)}
            </div>
        </form>
    };
    sheet(title, back(Part::Inboxes, t("inbox.all")), html! { <>{body}{outcomes}{admission}{keeping}</> })
}

fn members_part(
    draft: &Draft,
    people: &[PersonView],
    change: &(impl Fn(&dyn Fn(&mut Draft)) + Clone + 'static),
    on_able: &Callback<AbleDraft>,
) -> Html {
    let line = |person: &PersonView| {
        let id = person.agent.id;
        let is_member = draft.members.contains(&id);
        let check = ["member-", &id.to_hex()].concat();
        let change = change.clone();
        let onchange = Callback::from(move |_: Event| {
            change(&|draft| match is_member {
                true => draft.members.retain(|member| *member != id),
                false => draft.members.push(id),
            });
        });
        html! {
            <li key={id.to_hex()}>
                {agent_face(&person.agent, "face-small")}
                <label for={check.clone()}>{person.agent.name.clone()}</label>
                <input type="checkbox" id={check} checked={is_member} {onchange} />
                if is_member && draft.routing.asks_for_somebody() {
                    {able_fields(&draft.routing, id, &person.agent.name, on_able)}
                }
            </li>
        }
    };
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("inbox.members")}</h2><p>{t("inbox.members.line")}</p></div>
            <ul class="table members">{for active(people).map(line)}</ul>
        </section>
    }
}

fn active(people: &[PersonView]) -> impl Iterator<Item = &PersonView> {
    people.iter().filter(|person| person.deactivated_at.is_none())
}

/// The time zone of this browser, if the server knows it.
fn zone_here(zones: &[String]) -> String {
    locale::zone().filter(|zone| zones.contains(zone)).unwrap_or_else(|| "UTC".to_owned())
}
