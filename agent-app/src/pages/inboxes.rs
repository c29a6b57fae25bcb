//! Settings: where conversations land. All inboxes, and one of them: its name, its hours, who works in it.

use deskbell_shared::model::{AgentId, InboxId};
use deskbell_shared::protocol::api::{InboxEdit, InboxView, InboxesView, PeopleView, PersonView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::settings::{saved, sheet};
use crate::components::face::agent_face;
use crate::components::field::Field;
use crate::components::hours_form::{DayDeed, DayShown, SpanShown, day, value_of, zone};
use crate::components::icon::{Glyph, icon};
use crate::components::link::Link;
use crate::components::stage::form_error;
use crate::format::{Local, moment};
use crate::hooks::now::use_now;
use crate::hooks::page::use_page;
use crate::hooks::place::use_place;
use crate::hooks::submit::use_submit;
use crate::route::{Part, Route};
use crate::services::{http, locale};
use crate::state::hours::{HoursDraft, OtherDay, Times, Unclear};
use crate::text::{count, t, tn};
use crate::trouble::{Trouble, Wrong};

const FIELDS: [&str; 4] = ["name", "zone", "week", "holidays"];
const WEEKDAYS: [&str; 7] = [
    "weekday.monday",
    "weekday.tuesday",
    "weekday.wednesday",
    "weekday.thursday",
    "weekday.friday",
    "weekday.saturday",
    "weekday.sunday",
];

/// What both pages need.
#[derive(Clone, PartialEq)]
struct Known {
    inboxes: InboxesView,
    people: Vec<PersonView>,
}

#[hook]
fn use_known() -> Option<Result<Known, Trouble>> {
    let known = use_state(|| None);
    {
        let known = known.setter();
        use_effect_with((), move |()| {
            spawn_local(async move {
                let inboxes: Result<InboxesView, Trouble> = http::get("/api/inboxes").await;
                let people: Result<PeopleView, Trouble> = http::get("/api/agents").await;
                let both =
                    inboxes.and_then(|inboxes| people.map(|view| Known { inboxes, people: view.people }));
                known.set(Some(both));
            });
        });
    }
    (*known).clone()
}

/// All inboxes.
#[function_component(Inboxes)]
pub fn inboxes() -> Html {
    use_page(t("settings.inboxes"));
    let local = use_now(60_000);
    let body = match use_known() {
        None => html! { <p class="muted" role="status">{t("loading")}</p> },
        Some(Err(trouble)) => form_error(Some(&trouble.say())),
        Some(Ok(known)) => {
            html! { <ul class="table">{for known.inboxes.inboxes.iter().map(|inbox| line(inbox, local))}</ul> }
        }
    };
    let make = html! {
        <Link to={Route::Settings(Part::Inbox(None))} class="button button-primary">{icon(Glyph::Plus)}{t("inbox.new")}</Link>
    };
    sheet(t("settings.inboxes"), make, body)
}

fn line(inbox: &InboxView, local: Local) -> Html {
    let (class, word) = match (&inbox.hours, &inbox.closed) {
        (None, _) => ("chip", t("inbox.always")),
        (Some(_), None) => ("chip chip-good", t("inbox.open")),
        (Some(_), Some(closed)) => match closed.until {
            Some(until) => ("chip chip-warn", tn("inbox.closed_until", &[("when", &moment(until, local))])),
            None => ("chip chip-warn", t("inbox.closed")),
        },
    };
    html! {
        <li key={inbox.id.to_hex()}>
            <span class="site-mark">{icon(Glyph::Queue)}</span>
            <div>
                <p class="strong"><Link to={Route::Settings(Part::Inbox(Some(inbox.id)))} class="strong">{inbox.name.clone()}</Link></p>
                <p class="clip">{count("inbox.member_count", inbox.members.len())}{" · "}{sites_of(inbox)}</p>
            </div>
            <span class={class}>{word}</span>
        </li>
    }
}

fn sites_of(inbox: &InboxView) -> String {
    if inbox.sites.is_empty() { t("inbox.no_site") } else { inbox.sites.join(", ") }
}

/// Which inbox; `None` for a new one.
#[derive(Clone, PartialEq, Properties)]
pub struct InboxPageProps {
    /// Which.
    pub id: Option<InboxId>,
}

/// One inbox.
#[function_component(InboxPage)]
pub fn inbox_page(props: &InboxPageProps) -> Html {
    let known = use_known();
    let title = t("settings.inboxes");
    match known {
        None => sheet(title, Html::default(), html! { <p class="muted" role="status">{t("loading")}</p> }),
        Some(Err(trouble)) => sheet(title, Html::default(), form_error(Some(&trouble.say()))),
        Some(Ok(known)) => {
            let inbox = known.inboxes.inboxes.iter().find(|inbox| Some(inbox.id) == props.id).cloned();
            let key = props.id.map_or_else(|| "new".to_owned(), |id| id.to_hex());
            if props.id.is_some() && inbox.is_none() {
                let link = html! { <Link to={Route::Settings(Part::Inboxes)}>{t("inbox.all")}</Link> };
                return sheet(t("inbox.missing"), Html::default(), link);
            }
            html! { <Editor {key} {inbox} zones={known.inboxes.zones} people={known.people} /> }
        }
    }
}

#[derive(Clone, PartialEq, Properties)]
struct EditorProps {
    inbox: Option<InboxView>,
    zones: Vec<String>,
    people: Vec<PersonView>,
}

#[derive(Clone, PartialEq)]
struct Draft {
    name: String,
    members: Vec<AgentId>,
    hours: HoursDraft,
}

#[function_component(Editor)]
fn editor(props: &EditorProps) -> Html {
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
    });
    let title = inbox.as_ref().map_or_else(|| t("inbox.new"), |inbox| inbox.name.clone());
    use_page(title.clone());
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
            let body =
                InboxEdit { name: draft.name.trim().to_owned(), members: draft.members.clone(), hours };
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
            {hours_part(&draft.hours, *unclear, &props.zones, inbox.as_ref(), local, &change)}
            {members_part(&draft, &props.people, &change)}
            <div class="form-row">
                <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("save")}</button>
                {saved(*is_saved)}
            </div>
        </form>
    };
    let back = html! {
        <Link to={Route::Settings(Part::Inboxes)} class="button button-quiet button-icon">
            {icon(Glyph::Back)}<span class="unseen">{t("inbox.all")}</span>
        </Link>
    };
    sheet(title, back, body)
}

fn hours_part(
    hours: &HoursDraft,
    unclear: Option<Unclear>,
    zones: &[String],
    inbox: Option<&InboxView>,
    local: Local,
    change: &(impl Fn(&dyn Fn(&mut Draft)) + Clone + 'static),
) -> Html {
    let choose = |is_set: bool| {
        let change = change.clone();
        Callback::from(move |_: Event| change(&|draft| draft.hours.is_set = is_set))
    };
    let now = inbox.filter(|inbox| inbox.hours.is_some()).map(|inbox| match &inbox.closed {
        None => t("inbox.now_open"),
        Some(closed) => match closed.until {
            Some(until) => tn("inbox.now_closed", &[("when", &moment(until, local))]),
            None => t("inbox.now_shut"),
        },
    });
    let on_zone = {
        let change = change.clone();
        Callback::from(move |zone: String| change(&|draft| draft.hours.zone = zone.clone()))
    };
    let week = (0..7).map(|at| {
        let shown = shown(t(WEEKDAYS[at]), &hours.week[at], unclear == Some(Unclear::Day(at)));
        let change = change.clone();
        let ondo =
            Callback::from(move |deed: DayDeed| change(&|draft| obey(&mut draft.hours.week[at], &deed)));
        day(&["day-", &at.to_string()].concat(), &shown, &ondo)
    });
    let add = {
        let change = change.clone();
        Callback::from(move |_: MouseEvent| {
            change(&|draft| {
                draft.hours.others.push(OtherDay { date: String::new(), name: String::new(), times: vec![] });
            });
        })
    };
    let others = hours.others.iter().enumerate().map(|(at, other)| other_day(at, other, unclear, change));
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("hours.title")}</h2><p>{t("hours.line")}</p></div>
            <div class="choices" role="radiogroup" aria-label={t("hours.title")}>
                <div class="choice">
                    <input type="radio" name="hours" id="hours-always" checked={!hours.is_set} onchange={choose(false)} />
                    <label for="hours-always"><span class="strong">{t("hours.always")}</span><span class="muted">{t("hours.always.line")}</span></label>
                </div>
                <div class="choice">
                    <input type="radio" name="hours" id="hours-set" checked={hours.is_set} onchange={choose(true)} />
                    <label for="hours-set"><span class="strong">{t("hours.set")}</span><span class="muted">{t("hours.set.line")}</span></label>
                </div>
            </div>
            if hours.is_set {
                if let Some(now) = now { <p class="note">{icon(Glyph::Clock)}<span>{now}</span></p> }
                {zone(&hours.zone, zones, on_zone)}
                <ul class="hours" aria-label={t("hours.week")}>{for week}</ul>
                <div class="part-head"><h3>{t("hours.others")}</h3><p>{t("hours.others.line")}</p></div>
                <ul class="hours">{for others}</ul>
                <div><button class="button" type="button" onclick={add}>{icon(Glyph::Plus)}{t("hours.others.add")}</button></div>
            }
        </section>
    }
}

fn other_day(
    at: usize,
    other: &OtherDay,
    unclear: Option<Unclear>,
    change: &(impl Fn(&dyn Fn(&mut Draft)) + Clone + 'static),
) -> Html {
    let id = ["other-", &at.to_string()].concat();
    let is_wrong = unclear == Some(Unclear::Other(at));
    let text = |put: fn(&mut OtherDay, String)| {
        let change = change.clone();
        Callback::from(move |event: InputEvent| {
            let value = value_of(&event);
            change(&|draft| {
                if let Some(other) = draft.hours.others.get_mut(at) {
                    put(other, value.clone());
                }
            });
        })
    };
    let ondo = {
        let change = change.clone();
        Callback::from(move |deed: DayDeed| {
            change(&|draft| {
                if let Some(other) = draft.hours.others.get_mut(at) {
                    obey(&mut other.times, &deed);
                }
            });
        })
    };
    let remove = {
        let change = change.clone();
        Callback::from(move |_: MouseEvent| {
            change(&|draft| {
                if at < draft.hours.others.len() {
                    draft.hours.others.remove(at);
                }
            });
        })
    };
    let shown = shown(t("hours.others.open"), &other.times, is_wrong);
    html! {
        <li key={at} class="hours-other">
            <div class="hours-span">
                <input class="input hours-date" type="date" id={[&id, "-date"].concat()} value={other.date.clone()}
                    aria-label={t("hours.date")} aria-invalid={is_wrong.then_some("true")}
                    oninput={text(|other, value| other.date = value)} />
                <input class="input" id={[&id, "-name"].concat()} value={other.name.clone()} aria-label={t("hours.name")}
                    placeholder={t("hours.name")} oninput={text(|other, value| other.name = value)} />
                <button class="button button-quiet button-icon" type="button" aria-label={t("hours.others.remove")}
                    onclick={remove}>{icon(Glyph::Close)}</button>
            </div>
            <ul>{day(&id, &shown, &ondo)}</ul>
        </li>
    }
}

fn shown(name: String, times: &[Times], is_wrong: bool) -> DayShown {
    let span = |times: &Times| SpanShown {
        from: times.from.clone(),
        to: times.to.clone(),
        is_over_midnight: times.is_over_midnight(),
    };
    DayShown { name, spans: times.iter().map(span).collect(), is_wrong }
}

fn obey(times: &mut Vec<Times>, deed: &DayDeed) {
    match deed {
        DayDeed::Open(true) => *times = vec![Times::usual()],
        DayDeed::Open(false) => times.clear(),
        DayDeed::Add => times.push(Times::usual()),
        DayDeed::Remove(at) if *at < times.len() => drop(times.remove(*at)),
        DayDeed::Remove(_) => {}
        DayDeed::From(at, value) => {
            times.iter_mut().skip(*at).take(1).for_each(|span| span.from = value.clone())
        }
        DayDeed::To(at, value) => times.iter_mut().skip(*at).take(1).for_each(|span| span.to = value.clone()),
    }
}

fn members_part(
    draft: &Draft,
    people: &[PersonView],
    change: &(impl Fn(&dyn Fn(&mut Draft)) + Clone + 'static),
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
