//! Settings: where conversations land. All inboxes, and the way to one of them.

use deskbell_shared::model::InboxId;
use deskbell_shared::protocol::api::{InboxView, InboxesView, PeopleView, PersonView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::inbox_editor::InboxEditor;
use super::settings::sheet;
use crate::components::empty::loading;
use crate::components::icon::{Glyph, icon};
use crate::components::link::Link;
use crate::components::stage::form_error;
use crate::format::{Local, moment};
use crate::hooks::now::use_now;
use crate::hooks::page::use_page;
use crate::route::{Part, Route};
use crate::services::http;
use crate::text::{count, t, tn};
use crate::trouble::Trouble;

/// What both pages need.
#[derive(Clone, PartialEq)]
struct Known {
    inboxes: InboxesView,
    people: Vec<PersonView>,
}

/// What is known, fetched anew for another inbox: one that was just made is not in what was fetched before.
#[hook]
fn use_known(id: Option<InboxId>) -> Option<Result<Known, Trouble>> {
    let known = use_state(|| None);
    {
        let known = known.setter();
        use_effect_with(id, move |_| {
            known.set(None);
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
    let body = match use_known(None) {
        None => loading(),
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
    let known = use_known(props.id);
    let title = t("settings.inboxes");
    match known {
        None => sheet(title, Html::default(), loading()),
        Some(Err(trouble)) => sheet(title, Html::default(), form_error(Some(&trouble.say()))),
        Some(Ok(known)) => {
            let inbox = known.inboxes.inboxes.iter().find(|inbox| Some(inbox.id) == props.id).cloned();
            let key = props.id.map_or_else(|| "new".to_owned(), |id| id.to_hex());
            if props.id.is_some() && inbox.is_none() {
                let link = html! { <Link to={Route::Settings(Part::Inboxes)}>{t("inbox.all")}</Link> };
                return sheet(t("inbox.missing"), Html::default(), link);
            }
            let others = known.inboxes.inboxes.iter().filter(|inbox| Some(inbox.id) != props.id);
            let others: Vec<_> = others.map(|inbox| (inbox.id, inbox.name.clone())).collect();
            html! { <InboxEditor {key} {inbox} zones={known.inboxes.zones} people={known.people} {others} /> }
        }
    }
}
