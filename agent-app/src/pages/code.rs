//! The second step of signing in: the code of an app, or one that was kept for the day without it.

use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{CodeRequest, MeView};
use yew::prelude::*;

use crate::components::field::Field;
use crate::components::stage::{card_head, form_error};
use crate::hooks::submit::{use_submit, use_text};
use crate::services::{dom, http};
use crate::text::t;
use crate::trouble::{Trouble, Wrong};

/// What the password gave.
#[derive(Clone, PartialEq, Properties)]
pub struct CodeFormProps {
    /// The ticket.
    pub ticket: AttrValue,
    /// Somebody is signed in.
    pub onin: Callback<MeView>,
    /// The password is asked for again: because somebody wants to, or (`true`) because the ticket is over.
    pub onback: Callback<bool>,
}

/// Asks for a code. One field takes both kinds; which of them is meant decides about the keyboard of a phone.
#[function_component(CodeForm)]
pub fn code_form(props: &CodeFormProps) -> Html {
    let (code, on_code) = use_text(String::new);
    let is_recovery = use_state_eq(|| false);
    let submit = use_submit();
    use_effect_with(*is_recovery, |_| {
        dom::focus_id("code");
    });
    let onsubmit = {
        let (code, submit, props) = (code.clone(), submit.clone(), props.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let body = CodeRequest { ticket: props.ticket.to_string(), code: (*code).clone() };
            let found = match code.trim().is_empty() {
                true => Wrong::nothing().at("code", t("wrong.code.empty")),
                false => Wrong::nothing(),
            };
            let (onin, onback) = (props.onin.clone(), props.onback.clone());
            submit.run_or(
                found,
                async move { http::post("/api/login/code", &body).await },
                move |me: MeView| onin.emit(me),
                move |trouble| {
                    if is_over(trouble) {
                        onback.emit(true);
                    }
                    blame(trouble)
                },
            );
        }
    };
    let onturn = {
        let is_recovery = is_recovery.clone();
        move |_: MouseEvent| is_recovery.set(!*is_recovery)
    };
    let (label, help, turn, fill) = match *is_recovery {
        false => ("code.app", "code.app.help", "code.to_recovery", "one-time-code"),
        true => ("code.recovery", "code.recovery.help", "code.to_app", "off"),
    };
    html! {
        <div class="card">
            {card_head(t("code.title"), t("code.line"))}
            {form_error(submit.wrong.whole.as_deref())}
            <form class="form" novalidate={true} {onsubmit}>
                <Field id="code" label={t(label)} help={t(help)} autocomplete={fill} value={(*code).clone()}
                    error={submit.wrong.of("code")} onchange={on_code} />
                <button class="button button-primary button-big button-wide" type="submit"
                    aria-disabled={submit.is_busy.then_some("true")}>
                    {t(if submit.is_busy { "login.busy" } else { "login.button" })}
                </button>
            </form>
            <div class="card-foot">
                <button class="button button-quiet" type="button" onclick={onturn}>{t(turn)}</button>
                <button class="button button-quiet" type="button" onclick={props.onback.reform(|_: MouseEvent| false)}>{t("code.back")}</button>
            </div>
        </div>
    }
}

/// What is wrong with a code.
pub fn blame(trouble: &Trouble) -> Wrong {
    match is_over(trouble) {
        true => Wrong::whole(t("code.over")),
        false => Wrong::from_trouble(trouble, &["code"]),
    }
}

/// The ticket is too old, or was tried too often.
fn is_over(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(failure) if failure.code == RefusalCode::NotFound)
}
