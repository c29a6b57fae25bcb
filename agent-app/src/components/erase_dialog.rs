//! Deleting all about one visitor, for owners: asked for, typed, and proved by the password.

use deskbell_shared::model::VisitorId;
use deskbell_shared::protocol::api::ProofRequest;
use yew::prelude::*;

use super::field::Field;
use super::stage::form_error;
use crate::hooks::dialog::use_modal;
use crate::hooks::erase::erase;
use crate::hooks::submit::{use_submit, use_text};
use crate::text::{t, tn};
use crate::trouble::Wrong;

/// What it is about.
#[derive(Clone, PartialEq, Properties)]
pub struct EraseDialogProps {
    /// Whose data.
    pub visitor: VisitorId,
    /// Called when the dialog should go.
    pub onclose: Callback<()>,
}

/// Asks for the word that says it is meant, and for the password.
#[function_component(EraseDialog)]
pub fn erase_dialog(props: &EraseDialogProps) -> Html {
    let (node, close) = use_modal();
    let (word, onword) = use_text(String::new);
    let (password, onpassword) = use_text(String::new);
    let (code, oncode) = use_text(String::new);
    // Whether a code is wanted is heard from the answer: this is not asked for before on the way to the desk.
    let is_code_wanted = use_state_eq(|| false);
    let submit = use_submit();
    let onsubmit = {
        let (word, password, code, submit) = (word.clone(), password.clone(), code.clone(), submit.clone());
        let is_code_wanted = is_code_wanted.clone();
        let (visitor, onclose) = (props.visitor, props.onclose.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let mut found = Wrong::nothing();
            if word.trim().to_lowercase() != t("erase.word") {
                found = Wrong::whole(t("erase.type.wrong"));
            }
            let is_first = !*is_code_wanted;
            let code = (!is_first).then(|| (*code).clone());
            let proof = ProofRequest { password: (*password).clone(), code };
            let (onclose, want) = (onclose.clone(), is_code_wanted.setter());
            submit.run_or(
                found,
                async move { erase(visitor, proof).await },
                move |_| onclose.emit(()),
                move |trouble| {
                    let wrong = Wrong::from_trouble(trouble, &["password", "code"]);
                    if !is_first || wrong.first() != Some("code") {
                        return wrong;
                    }
                    want.set(true);
                    Wrong::nothing().at("code", t("wrong.code.empty"))
                },
            );
        })
    };
    html! {
        <dialog class="dialog" ref={node} aria-labelledby="erase-title" onclose={props.onclose.reform(|_: Event| ())}>
            <header class="dialog-head"><h2 id="erase-title">{t("erase.title")}</h2></header>
            <form class="dialog-body form" {onsubmit}>
                <p>{t("erase.line")}</p>
                {form_error(submit.wrong.whole.as_deref())}
                <Field id="erase-word" label={tn("erase.type", &[("word", &t("erase.word"))])} value={(*word).clone()} onchange={onword} />
                <Field id="password" label={t("erase.password")} kind="password" autocomplete="current-password"
                    value={(*password).clone()} onchange={onpassword} error={submit.wrong.of("password")} />
                if *is_code_wanted {
                    <Field id="code" label={t("code.app")} help={t("proof.code.help")} value={(*code).clone()} onchange={oncode}
                        error={submit.wrong.of("code")} />
                }
                <div class="form-row">
                    <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("erase.do")}</button>
                    <button class="button button-quiet" type="button" onclick={close.reform(|_: MouseEvent| ())}>{t("close")}</button>
                </div>
            </form>
        </dialog>
    }
}
