//! What is to become of a message that was sent: it is edited, or taken back.

use yew::prelude::*;

use super::dialog::dialog_head;
use super::icon::{Glyph, icon};
use crate::hooks::dialog::use_modal;
use crate::text::t;

/// What can be chosen.
#[derive(Clone, PartialEq, Properties)]
pub struct ChangeDialogProps {
    /// It is to be edited.
    pub onedit: Callback<()>,
    /// It is to be taken back.
    pub onwithdraw: Callback<()>,
    /// Called when the dialog should go.
    pub onclose: Callback<()>,
}

/// What is to become of it.
#[function_component(ChangeDialog)]
pub fn change_dialog(props: &ChangeDialogProps) -> Html {
    let (node, close) = use_modal();
    let chosen = |what: &Callback<()>| {
        let (what, close) = (what.clone(), close.clone());
        move |_: MouseEvent| {
            what.emit(());
            close.emit(());
        }
    };
    html! {
        <dialog class="dialog dialog-small" ref={node} aria-labelledby="change-title" onclose={props.onclose.reform(|_: Event| ())}>
            {dialog_head("change-title", t("say.change"), &close)}
            <div class="dialog-body">
                <button class="menu-item" type="button" autofocus=true onclick={chosen(&props.onedit)}>
                    {icon(Glyph::Note)}<span>{t("say.edit")}</span>
                </button>
                <button class="menu-item" type="button" onclick={chosen(&props.onwithdraw)}>
                    {icon(Glyph::Again)}<span>{t("say.withdraw")}</span>
                </button>
                <p class="muted">{t("say.withdraw.line")}</p>
            </div>
        </dialog>
    }
}
