//! Blocking a visitor: for how long, and why.

use deskbell_shared::protocol::api::BlockRequest;
use yew::prelude::*;

use super::dialog::dialog_head;
use super::field::{Field, chosen};
use super::select::Select;
use super::stage::form_error;
use crate::hooks::dialog::use_modal;
use crate::hooks::submit::use_text;
use crate::text::{t, tn};
use crate::trouble::Wrong;

const DAY_SECONDS: u32 = 24 * 60 * 60;
/// For how many days one can block here. It ends by itself, so that nobody is shut out by an old mood.
const SPANS_DAYS: [(u32, &str); 3] = [(1, "block.day"), (7, "block.week"), (30, "block.month")];

/// The dialog.
#[derive(Clone, PartialEq, Properties)]
pub struct BlockDialogProps {
    /// What the visitor is called here.
    pub name: AttrValue,
    /// What was wrong with the last try.
    pub wrong: Wrong,
    /// Blocks.
    pub onblock: Callback<BlockRequest>,
    /// Called when the dialog should go.
    pub onclose: Callback<()>,
}

/// Blocking a visitor.
#[function_component(BlockDialog)]
pub fn block_dialog(props: &BlockDialogProps) -> Html {
    let (node, close) = use_modal();
    let (reason, on_reason) = use_text(String::new);
    let days = use_state_eq(|| SPANS_DAYS[1].0);
    let onsubmit = {
        let (reason, days, onblock) = (reason.clone(), days.clone(), props.onblock.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let reason = reason.trim().to_owned();
            onblock.emit(BlockRequest { reason, for_seconds: *days * DAY_SECONDS });
        }
    };
    let onchange = {
        let days = days.setter();
        move |event: Event| {
            if let Ok(chosen) = chosen(&event).parse() {
                days.set(chosen);
            }
        }
    };
    let span = |(n, key): (u32, &str)| html! { <option value={n.to_string()}>{t(key)}</option> };
    html! {
        <dialog class="dialog dialog-small" ref={node} aria-labelledby="block-title" onclose={props.onclose.reform(|_: Event| ())}>
            {dialog_head("block-title", tn("block.title", &[("who", &props.name)]), &close)}
            <form class="dialog-body form" novalidate={true} {onsubmit}>
                <p class="muted">{t("block.line")}</p>
                {form_error(props.wrong.whole.as_deref())}
                <Field id="reason" label={t("block.reason")} help={t("block.reason.help")} value={(*reason).clone()}
                    error={props.wrong.of("reason")} onchange={on_reason} />
                <div class="field">
                    <label for="block-days">{t("block.span")}</label>
                    <Select class="input" id="block-days" value={days.to_string()} {onchange}>{for SPANS_DAYS.into_iter().map(span)}</Select>
                </div>
                <div class="form-row"><button class="button button-danger" type="submit">{t("block.button")}</button></div>
            </form>
        </dialog>
    }
}
