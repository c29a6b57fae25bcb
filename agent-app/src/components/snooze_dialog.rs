//! Until when a conversation is put aside: three times, or one of one's own.

use deskbell_shared::model::UnixMillis;
use yew::prelude::*;

use super::dialog::dialog_head;
use super::field::typed;
use super::icon::{Glyph, icon};
use crate::format::{Local, moment};
use crate::hooks::dialog::use_modal;
use crate::hooks::local_time::use_local_time;
use crate::shown::snooze::{Until, offers};
use crate::text::t;

/// The dialog.
#[derive(Clone, PartialEq, Properties)]
pub struct SnoozeDialogProps {
    /// The present.
    pub local: Local,
    /// Until when it is put aside already.
    pub until: Option<UnixMillis>,
    /// Called with the time chosen; with none, it is taken back.
    pub onchoose: Callback<Option<UnixMillis>>,
    /// Called when the dialog should go.
    pub onclose: Callback<()>,
}

/// Until when.
#[function_component(SnoozeDialog)]
pub fn snooze_dialog(props: &SnoozeDialogProps) -> Html {
    let (node, close) = use_modal();
    let instant_of = use_local_time();
    let own = use_state(String::new);
    let choose = {
        let (close, onchoose) = (close.clone(), props.onchoose.clone());
        Callback::from(move |until: Option<UnixMillis>| {
            onchoose.emit(until);
            close.emit(());
        })
    };
    let offer = |(key, until): (&'static str, Until)| {
        let at = match until {
            Until::At(at) => at,
            Until::Local(text) => instant_of.emit(text)?,
        };
        let onclick = choose.reform(move |_: MouseEvent| Some(at));
        Some(html! {
            <button class="menu-item" type="button" autofocus={key == "snooze.later"} {onclick}>
                {icon(Glyph::Clock)}<span>{t(key)}</span><span class="muted push">{moment(at, props.local)}</span>
            </button>
        })
    };
    let oninput = {
        let own = own.setter();
        move |event: InputEvent| own.set(typed(&event))
    };
    let at = instant_of.emit((*own).clone()).filter(|at| *at > props.local.now);
    let onsubmit = {
        let choose = choose.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            if at.is_some() {
                choose.emit(at);
            }
        }
    };
    let wake = props.until.map(|_| {
        html! {
            <button class="menu-item" type="button" onclick={choose.reform(|_: MouseEvent| None)}>
                {icon(Glyph::Again)}<span>{t("snooze.wake")}</span>
            </button>
        }
    });
    html! {
        <dialog class="dialog dialog-small" ref={node} aria-labelledby="snooze-title" onclose={props.onclose.reform(|_: Event| ())}>
            {dialog_head("snooze-title", t("snooze.title"), &close)}
            <div class="dialog-body">
                <p class="muted">{t("snooze.line")}</p>
                <div>{wake}{for offers(props.local).into_iter().filter_map(offer)}</div>
                <form class="form-row" {onsubmit}>
                    <label class="unseen" for="snooze-own">{t("snooze.own")}</label>
                    <input class="input snooze-own" id="snooze-own" type="datetime-local" value={(*own).clone()} {oninput} />
                    <button class="button" type="submit" aria-disabled={at.is_none().then_some("true")}>{t("snooze.choose")}</button>
                </form>
            </div>
        </dialog>
    }
}
