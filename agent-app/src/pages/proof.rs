//! Asking for the password again, before something that a session left open must not be enough for.

use deskbell_shared::codec::Wire;
use deskbell_shared::protocol::api::ProofRequest;
use yew::prelude::*;

use crate::components::dialog::dialog_head;
use crate::components::field::Field;
use crate::components::stage::form_error;
use crate::hooks::dialog::use_modal;
use crate::hooks::submit::{use_submit, use_text};
use crate::services::http;
use crate::text::t;
use crate::trouble::Wrong;

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
    let submit = use_submit();
    let onsubmit = {
        let (password, submit, props) = (password.clone(), submit.clone(), props.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let (props, body) = (props.clone(), ProofRequest { password: (*password).clone() }.to_text());
            let path = props.path.clone();
            submit.run(
                Wrong::nothing(),
                &["password"],
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
                <Field id="password" label={t("erase.password")} kind="password" autocomplete="current-password"
                    value={(*password).clone()} onchange={onpassword} error={submit.wrong.of("password")} />
                <div class="form-row">
                    <button {class} type="submit" aria-disabled={submit.is_busy.then_some("true")}>{&props.title}</button>
                </div>
            </form>
        </dialog>
    }
}
