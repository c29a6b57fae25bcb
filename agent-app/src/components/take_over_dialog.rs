//! Taking over a conversation in which a colleague writes at this moment.

use yew::prelude::*;

use super::dialog::dialog_head;
use crate::hooks::dialog::use_modal;
use crate::text::{t, tn};

/// The dialog.
#[derive(Clone, PartialEq, Properties)]
pub struct TakeOverDialogProps {
    /// The name of who has it and writes.
    pub who: String,
    /// Takes it all the same.
    pub ontake: Callback<()>,
    /// Called when the dialog should go.
    pub onclose: Callback<()>,
}

/// Asks first. What is safe has the focus.
#[function_component(TakeOverDialog)]
pub fn take_over_dialog(props: &TakeOverDialogProps) -> Html {
    let (node, close) = use_modal();
    let take = {
        let (ontake, close) = (props.ontake.clone(), close.clone());
        move |_: MouseEvent| {
            ontake.emit(());
            close.emit(());
        }
    };
    html! {
        <dialog class="dialog dialog-small" ref={node} aria-labelledby="take-over-title" onclose={props.onclose.reform(|_: Event| ())}>
            {dialog_head("take-over-title", tn("take_over.title", &[("who", &props.who)]), &close)}
            <div class="dialog-body">
                <p>{tn("take_over.line", &[("who", &props.who)])}</p>
                <div class="form-row">
                    <button class="button" type="button" autofocus=true onclick={close.reform(|_: MouseEvent| ())}>{t("take_over.leave")}</button>
                    <button class="button button-primary" type="button" onclick={take}>{t("take_over.take")}</button>
                </div>
            </div>
        </dialog>
    }
}
