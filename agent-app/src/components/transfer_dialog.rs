//! Passing a conversation on: to a colleague, or into the queue of another inbox, with a note that only staff read.

use deskbell_shared::model::InboxId;
use deskbell_shared::protocol::ColleagueView;
use yew::prelude::*;

use super::availability::{dot, load, word};
use super::dialog::dialog_head;
use super::face::agent_face;
use super::field::typed;
use super::icon::{Glyph, icon};
use crate::hooks::dialog::use_modal;
use crate::shown::transfer::To;
use crate::text::t;

/// The dialog.
#[derive(Clone, PartialEq, Properties)]
pub struct TransferDialogProps {
    /// Who could get it, and whether they may now.
    pub colleagues: Vec<(ColleagueView, bool)>,
    /// The other inboxes.
    pub inboxes: Vec<(InboxId, String)>,
    /// There are others, which take nothing from this visitor.
    pub leaves_out: bool,
    /// Passes it on.
    pub ongive: Callback<(To, String)>,
    /// Called when it should go.
    pub onclose: Callback<()>,
}

/// The dialog. Arrow keys choose, as in any group of radio buttons.
#[function_component(TransferDialog)]
pub fn transfer_dialog(props: &TransferDialogProps) -> Html {
    let (node, close) = use_modal();
    let first = props.colleagues.iter().find(|(_, may)| *may).map(|(one, _)| To::Agent(one.agent.id));
    let chosen = use_state_eq(|| first.or(props.inboxes.first().map(|(id, _)| To::Inbox(*id))));
    let note = use_state_eq(String::new);
    let onsubmit = {
        let (chosen, note, give, close) = (chosen.clone(), note.clone(), props.ongive.clone(), close.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(to) = *chosen {
                give.emit((to, (*note).clone()));
                close.emit(());
            }
        }
    };
    let oninput = {
        let note = note.setter();
        move |event: InputEvent| note.set(typed(&event))
    };
    let radio = |to: To, may: bool| {
        let set = chosen.setter();
        html! {
            <input type="radio" name="transfer-to" checked={*chosen == Some(to)} disabled={!may}
                onchange={move |_: Event| set.set(Some(to))} />
        }
    };
    let colleague = |(one, may): &(ColleagueView, bool)| {
        let state = if one.online { word(one.availability) } else { t("availability.offline") };
        html! {
            <label class={classes!("choice", (!may).then_some("choice-off"))}>
                {radio(To::Agent(one.agent.id), *may)}
                {agent_face(&one.agent, "face-small")}
                <span class="clip">{one.agent.name.clone()}</span>
                <span class="choice-state"><span class={dot(one.availability, one.online)} aria-hidden="true"></span>{state}</span>
                <span class="count">{load(one)}</span>
            </label>
        }
    };
    let inbox = |(id, name): &(InboxId, String)| {
        html! {
            <label class="choice">
                {radio(To::Inbox(*id), true)}{icon(Glyph::Queue)}<span class="clip">{name.clone()}</span>
            </label>
        }
    };
    let closed = props.onclose.reform(|_: Event| ());
    html! {
        <dialog class="dialog" ref={node} aria-labelledby="transfer-title" onclose={closed}>
            {dialog_head("transfer-title", t("transfer.title"), &close)}
            <form class="dialog-body" {onsubmit}>
                if chosen.is_none() { <p>{t("transfer.nobody")}</p> }
                if !props.colleagues.is_empty() {
                    <fieldset class="choices">
                        <legend class="label">{t("transfer.to")}</legend>
                        {for props.colleagues.iter().map(colleague)}
                    </fieldset>
                }
                if !props.inboxes.is_empty() {
                    <fieldset class="choices">
                        <legend class="label">{t("transfer.inboxes")}</legend>
                        {for props.inboxes.iter().map(inbox)}
                    </fieldset>
                }
                if props.leaves_out { <p class="muted">{t("transfer.leaves_out")}</p> }
                <div class="field">
                    <label class="label" for="transfer-note">{t("transfer.note")}</label>
                    <textarea class="input" id="transfer-note" rows="3" dir="auto" aria-describedby="transfer-note-help" value={(*note).clone()} {oninput} />
                    <p class="muted" id="transfer-note-help">{t("transfer.note.help")}</p>
                </div>
                <button class="button button-primary" type="submit" disabled={chosen.is_none()}>{t("transfer.give")}</button>
            </form>
        </dialog>
    }
}
