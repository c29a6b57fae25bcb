//! Sign in.

use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{LoginRequest, MeView, SignInView};
use yew::prelude::*;

use super::code::CodeFormProps;
use super::later::{Later, Page};
use crate::components::field::Field;
use crate::components::stage::{card_head, form_error, stage};
use crate::hooks::page::use_page;
use crate::hooks::submit::{use_submit, use_text};
use crate::hooks::who::use_who;
use crate::services::http;
use crate::text::t;
use crate::trouble::{Trouble, Wrong};

/// Sign in.
#[function_component(Login)]
pub fn login() -> Html {
    let who = use_who();
    let (email, on_email) = use_text(String::new);
    let (password, on_password) = use_text(String::new);
    let submit = use_submit();
    let ticket = use_state_eq(|| None::<AttrValue>);
    use_page(t(if ticket.is_some() { "code.title" } else { "login.title" }));

    let onsubmit = {
        let (email, password, submit) = (email.clone(), password.clone(), submit.clone());
        let (set, ticket) = (who.set.clone(), ticket.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let body = LoginRequest { email: email.trim().to_owned(), password: (*password).clone() };
            let (set, ticket, found) = (set.clone(), ticket.setter(), check(&body));
            submit.run_or(
                found,
                async move { http::post("/api/login", &body).await },
                move |view: SignInView| match view.me {
                    Some(me) => set.emit(Some(me)),
                    None => ticket.set(view.ticket.map(AttrValue::from)),
                },
                |trouble| match trouble {
                    Trouble::Refused(failure)
                        if failure.code == RefusalCode::Invalid && failure.field.is_none() =>
                    {
                        Wrong::nothing().at("password", t("login.no_match"))
                    }
                    other => Wrong::from_trouble(other, &["email", "password"]),
                },
            );
        }
    };
    if let Some(known) = &*ticket {
        let onback = {
            let (ticket, password, submit) = (ticket.setter(), password.setter(), submit.clone());
            Callback::from(move |is_over: bool| {
                ticket.set(None);
                password.set(String::new());
                submit.show(if is_over { Wrong::whole(t("code.over")) } else { Wrong::nothing() });
            })
        };
        let onin = who.set.reform(|me: MeView| Some(me));
        let code = CodeFormProps { ticket: known.clone(), onin, onback };
        return html! { <Later page={Page::Code(code)} /> };
    }
    let page = html! {
        <div class="card">
            {card_head(t("login.title"), t("login.line"))}
            if who.was_ended { <p class="note note-warn" role="status">{t("login.ended")}</p> }
            {form_error(submit.wrong.whole.as_deref())}
            <form class="form" novalidate={true} {onsubmit}>
                <Field id="email" label={t("email")} kind="email" autocomplete="username" value={(*email).clone()}
                    error={submit.wrong.of("email")} onchange={on_email} />
                <Field id="password" label={t("password")} kind="password" autocomplete="current-password"
                    value={(*password).clone()} error={submit.wrong.of("password")} onchange={on_password} />
                <button class="button button-primary button-big button-wide" type="submit"
                    aria-disabled={submit.is_busy.then_some("true")}>
                    {t(if submit.is_busy { "login.busy" } else { "login.button" })}
                </button>
            </form>
            <p class="field-help">{t("login.forgotten")}</p>
        </div>
    };
    stage(false, page)
}

fn check(body: &LoginRequest) -> Wrong {
    let mut wrong = Wrong::nothing();
    if !body.email.contains('@') {
        wrong = wrong.at("email", t("wrong.email.form"));
    }
    if body.password.is_empty() {
        wrong = wrong.at("password", t("wrong.password.empty"));
    }
    wrong
}
