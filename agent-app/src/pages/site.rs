//! One site: its fields, its tag, and where the widget has been seen. Without an id, a new one.

use deskbell_shared::model::{InboxId, SiteId, SiteLooks, SiteStyle, SiteView};
use deskbell_shared::protocol::api::SiteEdit;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::intake_form::intake_part;
use super::looks_form::use_looks_form;
use super::preview::use_preview;
use super::settings::{back, saved, sheet};
use super::site_identity::SiteIdentity;
use super::site_inboxes::inboxes_part;
use crate::components::copy_box::CopyBox;
use crate::components::empty::loading;
use crate::components::link::Link;
use crate::components::seen::seen;
use crate::components::select::Select;
use crate::components::site_form::{FIELDS, SiteDraft, site_fields};
use crate::components::stage::form_error;
use crate::format::age;
use crate::hooks::desk::use_desk;
use crate::hooks::now::use_now;
use crate::hooks::page::use_page;
use crate::hooks::place::use_place;
use crate::hooks::sites::use_asking_sites;
use crate::hooks::submit::use_submit;
use crate::route::{Part, Route};
use crate::services::{http, locale};
use crate::state::desk::Shared;
use crate::state::{choice, intake};
use crate::text::t;

/// How often ages on this page are renewed.
const AGES_MS: i32 = 15_000;

/// What the server is sent.
pub fn edit_of(draft: &SiteDraft) -> SiteEdit {
    SiteEdit {
        looks: SiteLooks {
            name: draft.name.trim().to_owned(),
            colour: draft.colour.clone(),
            greeting: draft.greeting.trim().to_owned(),
            style: Some(intake::meant(draft.style.clone())).filter(|style| *style != SiteStyle::default()),
        },
        origins: draft.origin_list(),
        inbox: draft.inbox,
        inboxes: draft.inbox.map(|_| draft.inboxes.clone()),
    }
}

fn draft_of(site: &SiteView) -> SiteDraft {
    SiteDraft {
        name: site.looks.name.clone(),
        origins: site.origins.join("\n"),
        colour: site.looks.colour.clone(),
        greeting: site.looks.greeting.clone(),
        style: site.looks.style.clone().unwrap_or_default(),
        inbox: Some(site.inbox),
        inboxes: site.inboxes.clone().unwrap_or_default(),
    }
}

fn path_of(id: SiteId) -> String {
    ["/api/sites/", &id.to_hex()].concat()
}

/// A site.
#[derive(Clone, PartialEq, Properties)]
pub struct TagProps {
    /// The site.
    pub site: SiteView,
}

/// The tag of a site, and whether the widget has been seen.
#[function_component(Tag)]
pub fn tag(props: &TagProps) -> Html {
    let (ask, submit, local) = (use_asking_sites(), use_submit(), use_now(AGES_MS));
    let onallow = {
        let (site, submit) = (props.site.clone(), submit.clone());
        Callback::from(move |origin: String| {
            let mut body = edit_of(&draft_of(&site));
            body.origins.push(origin);
            let (path, ask) = (path_of(site.id), ask.clone());
            submit.run(
                Default::default(),
                &[],
                async move { http::post(&path, &body).await },
                move |_: SiteView| ask.emit(()),
            );
        })
    };
    html! {
        <>
            {form_error(submit.wrong.whole.as_deref())}
            <CopyBox value={props.site.tag.clone()} label={t("site.tag.copy")} />
            {seen(&props.site, local, &onallow)}
        </>
    }
}

/// Which site.
#[derive(Clone, PartialEq, Properties)]
pub struct SitePageProps {
    /// The site; `None` for a new one.
    pub id: Option<SiteId>,
}

/// One site.
#[function_component(SitePage)]
pub fn site_page(props: &SitePageProps) -> Html {
    let desk = use_desk();
    {
        let ask = use_asking_sites();
        use_effect_with((), move |()| ask.emit(()));
    }
    let site = props.id.and_then(|id| desk.state.site(id).cloned());
    match (props.id, site) {
        (Some(id), Some(site)) => html! { <SiteEditor key={id.to_hex()} id={Some(id)} site={Some(site)} /> },
        (None, _) => html! { <SiteEditor id={None::<SiteId>} site={None::<SiteView>} /> },
        (Some(_), None) if desk.state.sites.is_some() => no_site(),
        (Some(_), None) => sheet(t("settings.sites"), Html::default(), loading()),
    }
}

fn no_site() -> Html {
    let link = html! { <Link to={Route::Settings(Part::Sites)}>{t("site.all")}</Link> };
    sheet(t("site.missing"), Html::default(), link)
}

#[derive(Clone, PartialEq, Properties)]
struct SiteEditorProps {
    id: Option<SiteId>,
    site: Option<SiteView>,
}

#[function_component(SiteEditor)]
fn site_editor(props: &SiteEditorProps) -> Html {
    let (desk, ask, place) = (use_desk(), use_asking_sites(), use_place());
    let (submit, local) = (use_submit(), use_now(AGES_MS));
    let draft = use_state(|| props.site.as_ref().map_or_else(SiteDraft::new, draft_of));
    let is_saved = use_state_eq(|| false);
    let language = use_state_eq(|| 0usize);
    let title = props.site.as_ref().map_or_else(|| t("site.new"), |site| site.looks.name.clone());
    use_page(title.clone());
    let onchange = {
        let (draft, is_saved) = (draft.setter(), is_saved.setter());
        Callback::from(move |value| {
            is_saved.set(false);
            draft.set(value);
        })
    };
    let onsubmit = {
        let (draft, submit, id, is_saved) = (draft.clone(), submit.clone(), props.id, is_saved.setter());
        let (ask, replace) = (ask.clone(), place.replace.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let body = edit_of(&draft);
            let path = id.map_or_else(|| "/api/sites".to_owned(), path_of);
            let (ask, replace, is_saved, draft) =
                (ask.clone(), replace.clone(), is_saved.clone(), draft.clone());
            submit.run(
                draft.check(),
                &FIELDS,
                async move { http::post(&path, &body).await },
                move |site: SiteView| {
                    ask.emit(());
                    // Origins come back as the server understood them.
                    draft.set(draft_of(&site));
                    is_saved.set(true);
                    if id.is_none() {
                        replace.emit(Route::Settings(Part::Site(Some(site.id))));
                    }
                },
            );
        }
    };
    let onlanguage = {
        let language = language.setter();
        Callback::from(move |at| language.set(at))
    };
    // For all languages it is shown in the one of the desk.
    let shown = language.checked_sub(1).map_or_else(locale::here, |at| locale::OF_VISITORS[at].0);
    let preview = use_preview(props.id, edit_of(&draft), shown);
    let looks = use_looks_form(&draft, &submit.wrong, *language, &onlanguage, &onchange);
    let form = html! {
        <>
            if let Some(site) = &props.site {
                <section class="part">
                    <div class="part-head"><h2>{t("site.tag")}</h2><p>{t("setup.tag.line")}</p></div>
                    <Tag site={site.clone()} />
                </section>
            }
            <section class={classes!("part", props.id.map(|_| "part-beside"))}>
                <h2 class="unseen">{t("site.looks")}</h2>
                {form_error(submit.wrong.whole.as_deref())}
                <form class="form" novalidate={true} {onsubmit}>
                    {site_fields(&draft, &submit.wrong, &onchange)}
                    if let Some(inbox) = draft.inbox { {inboxes(inbox, &draft, &desk.state, &onchange)} }
                    {looks}
                    {inboxes_part(&draft, &submit.wrong, &desk.state, *language, &onchange)}
                    {intake_part(&draft, &submit.wrong, *language, &onchange)}
                    <div class="form-row">
                        <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>
                            {t(if props.id.is_some() { "save" } else { "site.make" })}
                        </button>
                        {saved(*is_saved)}
                    </div>
                </form>
                {preview}
            </section>
            if let Some(site) = &props.site { <SiteIdentity site={site.clone()} /> }
            if let Some(site) = props.site.as_ref().filter(|site| !site.seen.is_empty()) {
                <section class="part">
                    <h2>{t("site.seen")}</h2>
                    <ul class="origins">
                        {for site.seen.iter().map(|seen| html! {
                            <li>
                                <span class={if seen.allowed { "dot dot-good" } else { "dot dot-warn" }} aria-hidden="true"></span>
                                <span class="clip">{seen.origin.clone()}</span>
                                if !seen.allowed { <span class="chip chip-warn">{t("site.not_allowed")}</span> }
                                <span class="muted">{age(seen.at, local.now)}</span>
                            </li>
                        })}
                    </ul>
                </section>
            }
        </>
    };
    sheet(title, back(Part::Sites, t("site.all")), form)
}

/// Where new conversations land.
fn inboxes(chosen: InboxId, draft: &SiteDraft, state: &Shared, onchange: &Callback<SiteDraft>) -> Html {
    let known: Vec<(InboxId, String)> =
        state.team.iter().map(|(id, desk)| (*id, desk.name.clone())).collect();
    let options = state.team.iter().map(|(id, desk)| {
        html! { <option value={id.to_hex()}>{desk.name.clone()}</option> }
    });
    let onpick = {
        let (draft, onchange) = (draft.clone(), onchange.clone());
        move |event: Event| {
            let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
            let Some((inbox, name)) = usize::try_from(at).ok().and_then(|at| known.get(at)) else { return };
            let mut draft = SiteDraft { inbox: Some(*inbox), ..draft.clone() };
            // It is always one of those to choose from, where there is a choice.
            if !draft.inboxes.is_empty() {
                choice::add(&mut draft.inboxes, *inbox, name);
            }
            onchange.emit(draft);
        }
    };
    html! {
        <div class="field">
            <label for="inbox">{t("site.inbox")}</label>
            <Select class="input" id="inbox" value={chosen.to_hex()} onchange={onpick}>{for options}</Select>
            <p class="field-help">{t("site.inbox.help")}</p>
        </div>
    }
}
