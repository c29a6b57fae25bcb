//! Deleting all about one visitor, for owners: asked for, typed, and proved by the password.

use deskbell_shared::model::Role;
use deskbell_shared::model::VisitorId;
use yew::prelude::*;

use super::field::Field;
use super::stage::form_error;
use crate::hooks::dialog::use_modal;
use crate::hooks::erase::erase;
use crate::hooks::submit::{use_submit, use_text};
use crate::hooks::who::use_who;
use crate::text::{t, tn};
use crate::trouble::Wrong;

/// Whose data.
#[derive(Clone, PartialEq, Properties)]
pub struct EraseVisitorProps {
    /// The visitor.
    pub visitor: VisitorId,
}

/// The button that leads there; nothing for those who may not.
#[function_component(EraseVisitor)]
pub fn erase_visitor(props: &EraseVisitorProps) -> Html {
    let is_open = use_state_eq(|| false);
    if use_who().me.is_none_or(|me| me.role != Role::Owner) {
        return Html::default();
    }
    let set = is_open.setter();
    let onclose = {
        let set = set.clone();
        Callback::from(move |()| set.set(false))
    };
    html! {
        <>
            <button class="button button-quiet" type="button" onclick={move |_: MouseEvent| set.set(true)}>{t("erase.open")}</button>
            if *is_open { <Asked visitor={props.visitor} {onclose} /> }
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct AskedProps {
    visitor: VisitorId,
    onclose: Callback<()>,
}

#[function_component(Asked)]
fn asked(props: &AskedProps) -> Html {
    let (node, close) = use_modal();
    let (word, onword) = use_text(String::new);
    let (password, onpassword) = use_text(String::new);
    let submit = use_submit();
    let onsubmit = {
        let (word, password, submit) = (word.clone(), password.clone(), submit.clone());
        let (visitor, onclose) = (props.visitor, props.onclose.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let mut found = Wrong::nothing();
            if word.trim().to_lowercase() != t("erase.word") {
                found = Wrong::whole(t("erase.type.wrong"));
            }
            let password = (*password).clone();
            let onclose = onclose.clone();
            submit.run(found, &["password"], async move { erase(visitor, password).await }, move |_| {
                onclose.emit(())
            });
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
                <div class="form-row">
                    <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("erase.do")}</button>
                    <button class="button button-quiet" type="button" onclick={close.reform(|_: MouseEvent| ())}>{t("close")}</button>
                </div>
            </form>
        </dialog>
    }
}
