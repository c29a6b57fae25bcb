//! Asking for the password again, and for a code where one's own second step is on, before something that a session left open must
//! not be enough for.

use deskbell_shared::codec::Wire;
use deskbell_shared::protocol::api::{InviteRequest, ProofRequest, SecondStepView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::components::dialog::dialog_head;
use crate::components::field::Field;
use crate::components::stage::form_error;
use crate::hooks::dialog::use_modal;
use crate::hooks::submit::{use_submit, use_text};
use crate::services::http;
use crate::text::t;
use crate::trouble::{Trouble, Wrong};

/// What is to be done.
#[derive(Clone, PartialEq, Properties)]
pub struct ProofDialogProps {
    /// Its title, which its button repeats.
    pub title: String,
    /// What it means.
    pub line: String,
    /// Where the password goes.
    pub path: String,
    /// Whether something is lost by it.
    #[prop_or_default]
    pub is_danger: bool,
    /// The invitation that is proved by it; absent: nothing else goes there.
    #[prop_or_default]
    pub invite: Option<InviteRequest>,
    /// What is asked beside it.
    #[prop_or_default]
    pub children: Html,
    /// It is done, with what was answered: whoever asked can read it.
    pub ondone: Callback<String>,
    /// Called when the dialog should go.
    pub onclose: Callback<()>,
}

/// Asks for the password again.
#[function_component(ProofDialog)]
pub fn proof_dialog(props: &ProofDialogProps) -> Html {
    let (node, close) = use_modal();
    let (password, onpassword) = use_text(String::new);
    let (code, oncode) = use_text(String::new);
    let is_code_wanted = use_state_eq(|| false);
    {
        let is_code_wanted = is_code_wanted.setter();
        use_effect_with((), move |()| {
            spawn_local(async move {
                let step: Result<SecondStepView, Trouble> = http::get("/api/me/second-step").await;
                is_code_wanted.set(step.is_ok_and(|step| step.since.is_some()));
            });
        });
    }
    let submit = use_submit();
    let onsubmit = {
        let (password, submit, props) = (password.clone(), submit.clone(), props.clone());
        let code = is_code_wanted.then(|| (*code).clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let proof = ProofRequest { password: (*password).clone(), code: code.clone() };
            let body = match props.invite.clone() {
                Some(invite) => InviteRequest { proof: Some(proof), ..invite }.to_text(),
                None => proof.to_text(),
            };
            let props = props.clone();
            let path = props.path.clone();
            submit.run(
                Wrong::nothing(),
                &["password", "code"],
                async move { http::post_text(&path, &body).await },
                move |answer: String| {
                    props.onclose.emit(());
                    props.ondone.emit(answer);
                },
            );
        }
    };
    let class = if props.is_danger { "button button-danger" } else { "button button-primary" };
    html! {
        <dialog class="dialog dialog-small" ref={node} aria-labelledby="proof-title" onclose={props.onclose.reform(|_: Event| ())}>
            {dialog_head("proof-title", props.title.clone(), &close)}
            <form class="dialog-body form" novalidate={true} {onsubmit}>
                <p>{&props.line}</p>
                {form_error(submit.wrong.whole.as_deref())}
                {props.children.clone()}
                <Field id="password" label={t("erase.password")} kind="password" autocomplete="current-password"
                    value={(*password).clone()} onchange={onpassword} error={submit.wrong.of("password")} />
                if *is_code_wanted {
                    <Field id="code" label={t("code.app")} help={t("proof.code.help")} value={(*code).clone()} onchange={oncode}
                        error={submit.wrong.of("code")} />
                }
                <div class="form-row">
                    <button {class} type="submit" aria-disabled={submit.is_busy.then_some("true")}>{&props.title}</button>
                </div>
            </form>
        </dialog>
    }
}
