//! The audit trail for owners: who did what, when, from which network; whether it is whole, and what that proves.

use deskbell_shared::model::AgentView;
use deskbell_shared::protocol::api::{
    AuditCheckView, AuditPage, AuditView, InboxesView, PeopleView, SitesView,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::audit_words::{BROKEN, DEEDS, Names, deed, kind_of};
use super::settings::sheet;
use crate::components::copy_box::CopyBox;
use crate::components::empty::{empty, loading};
use crate::components::field::chosen;
use crate::components::icon::{Glyph, icon};
use crate::components::select::Select;
use crate::components::stage::form_error;
use crate::format::{Local, moment};
use crate::hooks::now::use_now;
use crate::hooks::page::use_page;
use crate::services::http;
use crate::text::{count, t, tn};
use crate::trouble::Trouble;

/// Stands in an address where it does not matter.
const ALL: &str = "all";

/// What is on the page so far.
#[derive(Clone, Default, PartialEq)]
struct Read {
    /// Of this person and kind.
    of: (String, String),
    rows: Vec<AuditView>,
    /// There may be more before this row.
    earlier: Option<i64>,
    /// Whether anything has been answered.
    is_there: bool,
    trouble: Option<Trouble>,
}

/// Reads on; from the top, where there is nothing yet.
async fn read_on(mut read: Read) -> Read {
    let before = read.earlier.map_or_else(|| ALL.to_owned(), |before| before.to_string());
    let path = ["/api/audit/", &before, "/", &read.of.0, "/", &read.of.1].concat();
    let page: Result<AuditPage, Trouble> = http::get(&path).await;
    match page {
        Ok(page) => {
            read.rows.extend(page.rows);
            (read.earlier, read.is_there, read.trouble) = (page.earlier, true, None);
        }
        Err(trouble) => read.trouble = Some(trouble),
    }
    read
}

/// Who and what there is; without an answer ids stand for themselves.
async fn names() -> Names {
    let people: Result<PeopleView, Trouble> = http::get("/api/agents").await;
    let sites: Result<SitesView, Trouble> = http::get("/api/sites").await;
    let inboxes: Result<InboxesView, Trouble> = http::get("/api/inboxes").await;
    let sites = sites.map(|view| view.sites).unwrap_or_default();
    let inboxes = inboxes.map(|view| view.inboxes).unwrap_or_default();
    let sites = sites.into_iter().map(|site| (site.id.to_hex(), site.looks.name));
    let inboxes = inboxes.into_iter().map(|inbox| (inbox.id.to_hex(), inbox.name));
    let people = people.map(|view| view.people).unwrap_or_default();
    Names {
        people: people.into_iter().map(|person| person.agent).collect(),
        places: sites.chain(inboxes).collect(),
    }
}

/// The audit trail.
#[function_component(Audit)]
pub fn audit() -> Html {
    use_page(t("settings.audit"));
    let local = use_now(60_000);
    let known = use_state(Names::default);
    let read = use_state(Read::default);
    let of = use_state_eq(|| (ALL.to_owned(), ALL.to_owned()));
    {
        let known = known.setter();
        use_effect_with((), move |()| spawn_local(async move { known.set(names().await) }));
    }
    {
        let read = read.setter();
        use_effect_with((*of).clone(), move |of| {
            let first = Read { of: of.clone(), ..Read::default() };
            read.set(first.clone());
            spawn_local(async move { read.set(read_on(first).await) });
        });
    }
    let onmore = {
        let read = read.clone();
        move |_: MouseEvent| {
            let (now, read) = ((*read).clone(), read.setter());
            spawn_local(async move { read.set(read_on(now).await) });
        }
    };
    let onperson = {
        let of = of.clone();
        move |event: Event| of.set((chosen(&event), of.1.clone()))
    };
    let onkind = {
        let of = of.clone();
        move |event: Event| of.set((of.0.clone(), chosen(&event)))
    };
    let person = |one: &AgentView| {
        let id = one.id.to_hex();
        html! { <option value={id}>{one.name.clone()}</option> }
    };
    let kind = |key: &&str| {
        html! { <option value={kind_of(key).to_owned()}>{t(key)}</option> }
    };
    // An answer to an earlier question is not shown under this one.
    let is_of = read.of == *of;
    let list = if is_of && read.is_there && read.rows.is_empty() && read.earlier.is_none() {
        empty(&t("audit.none"), &t("audit.none.line"), false, Html::default())
    } else if is_of && read.is_there {
        html! { <ul class="table audit">{for read.rows.iter().map(|row| line(row, &known, local))}</ul> }
    } else if read.trouble.is_none() {
        loading()
    } else {
        Html::default()
    };
    let body = html! {
        <>
            <section class="part">
                <p class="muted">{t("audit.line")}</p>
                <Whole />
            </section>
            <section class="part">
                <div class="fields-beside">
                    <div class="field">
                        <label for="audit-person">{t("audit.person")}</label>
                        <Select class="input" id="audit-person" value={of.0.clone()} onchange={onperson}>
                            <option value={ALL}>{t("audit.everybody")}</option>
                            {for known.people.iter().map(person)}
                        </Select>
                    </div>
                    <div class="field">
                        <label for="audit-kind">{t("audit.kind")}</label>
                        <Select class="input" id="audit-kind" value={of.1.clone()} onchange={onkind}>
                            <option value={ALL}>{t("audit.everything")}</option>
                            {for DEEDS.iter().chain(&[BROKEN]).map(kind)}
                        </Select>
                    </div>
                </div>
                {form_error(read.trouble.as_ref().map(Trouble::say).as_deref())}
                {list}
                if is_of && read.earlier.is_some() {
                    <div class="form-row">
                        <button class="button" type="button" onclick={onmore}>{t("audit.earlier")}</button>
                        if read.rows.is_empty() { <span class="muted">{t("audit.earlier.line")}</span> }
                    </div>
                }
            </section>
        </>
    };
    let take = html! { <a class="button" download="" href="/api/audit/file">{t("audit.take")}</a> };
    sheet(t("settings.audit"), take, body)
}

fn line(row: &AuditView, names: &Names, local: Local) -> Html {
    let (face, who) = names.actor(row);
    let broken = kind_of(BROKEN) == row.what;
    let detail = row.detail.as_deref().map(|detail| names.detail(detail));
    html! {
        <li key={row.number}>
            {face}
            <div>
                <p class="strong"><bdi>{who}</bdi>{" · "}<span class={broken.then_some("chip chip-bad")}>{deed(&row.what)}</span></p>
                <p>
                    if let Some(target) = names.target(row) { <bdi>{target}</bdi> }
                    if let Some(detail) = detail { <code class="audit-detail" title={row.detail.clone()}><bdi>{detail}</bdi></code> }
                </p>
            </div>
            <div class="audit-when">
                <p>{moment(row.at, local)}</p>
                if let Some(network) = &row.network { <p>{network.clone()}</p> }
            </div>
        </li>
    }
}

/// Whether the chain is whole, once somebody asks: it is read from its first row to its last.
#[function_component(Whole)]
fn whole() -> Html {
    let local = use_now(60_000);
    let found = use_state(|| None::<Result<AuditCheckView, Trouble>>);
    let is_busy = use_state_eq(|| false);
    let onclick = {
        let (found, is_busy) = (found.setter(), is_busy.clone());
        move |_: MouseEvent| {
            if *is_busy {
                return;
            }
            let (found, is_busy) = (found.clone(), is_busy.setter());
            is_busy.set(true);
            spawn_local(async move {
                found.set(Some(http::get("/api/audit/check").await));
                is_busy.set(false);
            });
        }
    };
    let said = match &*found {
        None => Html::default(),
        Some(Err(trouble)) => form_error(Some(&trouble.say())),
        Some(Ok(AuditCheckView { flaw: Some(flaw), flaw_at, .. })) => {
            let row = flaw_at.unwrap_or_default().to_string();
            html! {
                <div class="note note-bad" role="alert">
                    {icon(Glyph::Warn)}
                    <div>
                        <p class="strong">{tn("audit.broken", &[("row", &row)])}</p>
                        <p>{flaw.clone()}</p>
                        <p>{t("audit.broken.line")}</p>
                    </div>
                </div>
            }
        }
        Some(Ok(check)) => {
            let rows = usize::try_from(check.rows).unwrap_or_default();
            html! {
                <>
                    <div class="note note-good" role="status">
                        {icon(Glyph::Check)}
                        <div>
                            <p class="strong">{count("audit.whole", rows)}</p>
                            <p>{tn("audit.whole.from", &[("first", &check.first.to_string()), ("when", &moment(check.at, local))])}</p>
                        </div>
                    </div>
                    <ul class="bullets muted">
                        <li>{t("audit.proves")}</li>
                        <li>{t("audit.proves.not")}</li>
                        <li>{t("audit.proves.head")}</li>
                    </ul>
                    if let Some(head) = &check.head { <CopyBox value={head.clone()} label={t("audit.head.copy")} /> }
                </>
            }
        }
    };
    html! {
        <>
            <div class="form-row">
                <button class="button" type="button" aria-disabled={is_busy.then_some("true")} {onclick}>{t("audit.check")}</button>
                <span class="muted">{t(if *is_busy { "audit.checking" } else { "audit.check.line" })}</span>
            </div>
            {said}
        </>
    }
}
