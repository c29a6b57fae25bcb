//! Where one is signed in, and leaving.

use deskbell_shared::model::AgentId;
use deskbell_shared::protocol::api::{Nothing, SessionView, SessionsView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::components::empty::loading;
use crate::components::icon::{Glyph, icon};
use crate::components::stage::form_error;
use crate::format::{Local, moment};
use crate::hooks::now::use_now;
use crate::hooks::submit::use_submit;
use crate::hooks::who::use_who;
use crate::services::account::{EVERYWHERE, HERE, sign_out};
use crate::services::{dom, http};
use crate::text::{t, tn};
use crate::trouble::{Trouble, Wrong};

/// My sessions, and the end of one that is not this.
#[hook]
pub fn use_sessions() -> Html {
    let local = use_now(60_000);
    let sessions = use_state(|| None::<Result<Vec<SessionView>, Trouble>>);
    let read = {
        let sessions = sessions.setter();
        Callback::from(move |()| {
            let sessions = sessions.clone();
            spawn_local(async move {
                let answer: Result<SessionsView, Trouble> = http::get("/api/me/sessions").await;
                sessions.set(Some(answer.map(|view| view.sessions)));
            });
        })
    };
    {
        let read = read.clone();
        use_effect_with((), move |()| read.emit(()));
    }
    let failed = use_state(|| None::<Trouble>);
    let end = {
        let failed = failed.setter();
        Callback::from(move |id: String| {
            let (read, failed) = (read.clone(), failed.clone());
            spawn_local(async move {
                let path = ["/api/me/sessions/", &id, "/end"].concat();
                let answer: Result<Nothing, Trouble> = http::post(&path, &Nothing {}).await;
                failed.set(answer.err());
                read.emit(());
                // The button that was pressed is there no more.
                dom::focus_id("sessions");
            });
        })
    };
    let list = match &*sessions {
        None => loading(),
        Some(Err(trouble)) => form_error(Some(&trouble.say())),
        Some(Ok(all)) => html! { <ul class="table">{for all.iter().map(|one| line(one, local, &end))}</ul> },
    };
    html! {
        <section class="part">
            <div class="part-head"><h2 id="sessions" tabindex="-1">{t("sessions")}</h2><p>{t("sessions.line")}</p></div>
            {form_error(failed.as_ref().map(Trouble::say).as_deref())}
            {list}
        </section>
    }
}

fn line(session: &SessionView, local: Local, end: &Callback<String>) -> Html {
    let device = session.device.clone().unwrap_or_else(|| t("session.unknown"));
    let (used, opened) = (moment(session.used_at, local), moment(session.opened_at, local));
    let id = session.id.clone();
    html! {
        <li key={id.clone()}>
            {icon(Glyph::Globe)}
            <div><p class="strong">{&device}</p><p>{tn("session.times", &[("used", &used), ("opened", &opened)])}</p></div>
            <span class="form-row">
                if session.is_this {
                    <span class="chip chip-accent">{t("session.this")}</span>
                } else {
                    <button class="button" type="button" aria-label={tn("session.end.which", &[("which", &device), ("used", &used)])}
                        onclick={end.reform(move |_: MouseEvent| id.clone())}>{t("session.end")}</button>
                }
            </span>
        </li>
    }
}

/// Signing out, here or everywhere.
#[hook]
pub fn use_signing_out(me: AgentId) -> Html {
    let (who, submit) = (use_who(), use_submit());
    let out = |path: &'static str| {
        let (submit, set) = (submit.clone(), who.set.clone());
        move |_: MouseEvent| {
            let set = set.clone();
            submit.run(Wrong::nothing(), &[], sign_out(me, path), move |()| set.emit(None));
        }
    };
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("signing_out")}</h2><p>{t("signing_out.line")}</p></div>
            {form_error(submit.wrong.whole.as_deref())}
            <div class="form-row">
                <button class="button" type="button" onclick={out(HERE)}>{t("sign_out")}</button>
                <button class="button button-danger" type="button" onclick={out(EVERYWHERE)}>{t("sign_out.everywhere")}</button>
            </div>
        </section>
    }
}
