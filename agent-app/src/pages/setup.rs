//! The set-up of an empty server: the owner, the first site, and the tag, which turns green when the widget is seen. The
//! first two steps stay in this page until the second is sent; the third needs somebody signed in.

use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{MeView, SetupRequest};
use yew::prelude::*;

use super::invite::PASSWORD_CHARS_MIN;
use super::site::edit_of;
use crate::components::empty::loading;
use crate::components::field::Field;
use crate::components::link::Link;
use crate::components::site_form::{FIELDS, SiteDraft, site_fields};
use crate::components::stage::{card_head, form_error, stage, steps};
use crate::hooks::desk::use_desk;
use crate::hooks::page::use_page;
use crate::hooks::sites::use_asking_sites;
use crate::hooks::submit::{Submit, use_submit, use_text};
use crate::hooks::who::use_who;
use crate::pages::site::Tag;
use crate::route::{Route, View};
use crate::services::{address, dom, http};
use crate::text::t;
use crate::trouble::{Trouble, Wrong};

const OWNER_FIELDS: [&str; 3] = ["name", "email", "password"];

/// The first two steps.
#[function_component(Setup)]
pub fn setup() -> Html {
    let who = use_who();
    let token = use_memo((), |()| address::fragment());
    let (name, on_name) = use_text(String::new);
    let (email, on_email) = use_text(String::new);
    let (password, on_password) = use_text(String::new);
    let draft = use_state(SiteDraft::new);
    let at_site = use_state_eq(|| false);
    let submit = use_submit();
    use_page(t(if *at_site { "setup.site.title" } else { "setup.title" }));

    let forth = {
        let (name, email, password, submit, at_site) =
            (name.clone(), email.clone(), password.clone(), submit.clone(), at_site.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let wrong = check_owner(&name, &email, &password);
            at_site.set(wrong.is_empty());
            submit.show(wrong);
        })
    };
    let back = {
        let at_site = at_site.setter();
        Callback::from(move |_: MouseEvent| at_site.set(false))
    };
    let make = {
        let (name, email, password, draft, submit, at_site) =
            (name.clone(), email.clone(), password.clone(), draft.clone(), submit.clone(), at_site.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let body = SetupRequest {
                token: (*token).clone(),
                name: name.trim().to_owned(),
                email: email.trim().to_owned(),
                password: (*password).clone(),
                site: edit_of(&draft),
            };
            let (set, at_site) = (who.set.clone(), at_site.clone());
            submit.run_or(
                draft.check(),
                async move { http::post("/api/setup", &body).await },
                move |me: MeView| set.emit(Some(me)),
                move |trouble| blame(trouble, &at_site),
            );
        })
    };

    let card = if *at_site {
        let onchange = {
            let draft = draft.setter();
            Callback::from(move |value| draft.set(value))
        };
        let ongreeting = {
            let draft = draft.clone();
            Callback::from(move |greeting| draft.set(SiteDraft { greeting, ..(*draft).clone() }))
        };
        html! {
            <div class="card" key="site">
                {card_head(t("setup.site.title"), t("setup.site.line"))}
                {form_error(submit.wrong.whole.as_deref())}
                <form class="form" novalidate={true} onsubmit={make}>
                    {site_fields(&draft, &submit.wrong, &onchange)}
                    <Field id="greeting" label={t("site.greeting")} value={draft.greeting.clone()} help={t("site.greeting.help")}
                        error={submit.wrong.of("greeting")} onchange={ongreeting} />
                    <div class="card-foot">
                        <button class="button button-quiet" type="button" onclick={back}>{t("back")}</button>
                        {big_button(&submit, "setup.site.button")}
                    </div>
                </form>
            </div>
        }
    } else {
        html! {
            <div class="card" key="owner">
                {card_head(t("setup.title"), t("setup.line"))}
                {form_error(submit.wrong.whole.as_deref())}
                <form class="form" novalidate={true} onsubmit={forth}>
                    <Field id="name" label={t("name")} autocomplete="name" value={(*name).clone()} help={t("name.help")}
                        error={submit.wrong.of("name")} onchange={on_name} />
                    <Field id="email" label={t("email")} kind="email" autocomplete="username" value={(*email).clone()}
                        help={t("setup.email.help")} error={submit.wrong.of("email")} onchange={on_email} />
                    <Field id="password" label={t("password")} kind="password" autocomplete="new-password" value={(*password).clone()}
                        help={t("password.help")} error={submit.wrong.of("password")} onchange={on_password} />
                    <div class="card-foot"><span></span>{big_button(&submit, "setup.button")}</div>
                </form>
            </div>
        }
    };
    stage(true, html! { <>{steps(usize::from(*at_site))}{card}</> })
}

fn big_button(submit: &Submit, key: &str) -> Html {
    html! {
        <button class="button button-primary button-big" type="submit" aria-disabled={submit.is_busy.then_some("true")}>
            {t(if submit.is_busy { "busy" } else { key })}
        </button>
    }
}

fn check_owner(name: &str, email: &str, password: &str) -> Wrong {
    let mut wrong = Wrong::nothing().with_name(name);
    if !email.contains('@') {
        wrong = wrong.at("email", t("wrong.email.form"));
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        wrong = wrong.at("password", t("wrong.password.short"));
    }
    wrong
}

/// What is wrong with the owner is shown where the owner is asked for.
fn blame(trouble: &Trouble, at_site: &UseStateSetter<bool>) -> Wrong {
    if let Trouble::Refused(failure) = trouble {
        if failure.code == RefusalCode::NotFound || failure.field.as_deref() == Some("token") {
            return Wrong::whole(t("setup.used"));
        }
        let field = failure.field.as_deref().unwrap_or_default();
        if OWNER_FIELDS.contains(&field) {
            at_site.set(false);
            return Wrong::from_trouble(trouble, &OWNER_FIELDS);
        }
    }
    Wrong::from_trouble(trouble, &FIELDS)
}

/// The third step: the tag, and whether the widget has been seen.
#[function_component(SetupTag)]
pub fn setup_tag() -> Html {
    let desk = use_desk();
    use_page(t("setup.tag.title"));
    {
        let ask = use_asking_sites();
        use_effect_with((), move |()| {
            ask.emit(());
            dom::focus_id(crate::hooks::page::TITLE_ID);
        });
    }
    let site = desk.state.sites.as_ref().and_then(|sites| sites.first().cloned());
    let page = html! {
        <>
            {steps(2)}
            <div class="card">
                {card_head(t("setup.tag.title"), t("setup.tag.line"))}
                if let Some(site) = site { <Tag {site} /> } else { {loading()} }
                <div class="card-foot">
                    <span class="muted">{t("setup.tag.again")}</span>
                    <Link to={Route::Inbox(View::Queue, None)} class="button button-primary button-big">{t("to_inbox")}</Link>
                </div>
            </div>
        </>
    };
    stage(true, page)
}
