//! What somebody is to be: chosen with what it means, for an invitation and for a colleague. Whoever is to see everything, or
//! is to be something else than before, is proved by the password.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Right, Role};
use deskbell_shared::protocol::api::{InviteRequest, InviteView};
use yew::prelude::*;

use super::proof::ProofDialog;
use crate::components::copy_box::CopyBox;
use crate::components::field::Field;
use crate::components::segments::segments;
use crate::components::stage::form_error;
use crate::format::{Local, moment};
use crate::hooks::submit::{use_submit, use_text};
use crate::services::http;
use crate::text::{t, tn};
use crate::trouble::Wrong;

/// What a role is called, and what it means.
pub fn role_keys(role: Role) -> [&'static str; 2] {
    match role {
        Role::Owner => ["role.owner", "role.owner.line"],
        Role::Supervisor => ["role.supervisor", "role.supervisor.line"],
        Role::Agent => ["role.agent", "role.agent.line"],
        Role::LightAgent => ["role.light_agent", "role.light_agent.line"],
    }
}

/// The choice, and what is chosen. `name` is the group's, unique on the page.
pub fn pick(name: &'static str, chosen: Role, onpick: &Callback<Role>) -> Html {
    let words: Vec<String> = Role::ALL.iter().map(|role| t(role_keys(*role)[0])).collect();
    let at = Role::ALL.iter().position(|role| *role == chosen).unwrap_or_default();
    html! {
        <>
            {segments(name, t("role"), &words, at, &onpick.reform(|at: usize| Role::ALL[at]))}
            <p class="field-help">{t(role_keys(chosen)[1])}</p>
        </>
    }
}

/// Makes a link for somebody new. A hook that draws: a component of its own costs a kilobyte of code.
#[hook]
pub fn use_invite(local: Local) -> Html {
    let submit = use_submit();
    let (email, on_email) = use_text(String::new);
    let role = use_state_eq(|| Role::Agent);
    let is_proving = use_state_eq(|| false);
    let made = use_state(|| None::<(String, InviteView)>);
    let chosen = *role;
    let onpick = {
        let role = role.setter();
        Callback::from(move |picked| role.set(picked))
    };
    let onmade = {
        let (made, email, whom) = (made.setter(), email.clone(), email.trim().to_owned());
        Callback::from(move |invite: InviteView| {
            made.set(Some((whom.clone(), invite)));
            email.set(String::new());
        })
    };
    let onsubmit = {
        let (email, submit, is_proving) = (email.trim().to_owned(), submit.clone(), is_proving.setter());
        let onmade = onmade.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            let body = InviteRequest { email: email.clone(), role: chosen, proof: None };
            let found = match body.email.contains('@') {
                true => Wrong::nothing(),
                false => Wrong::nothing().at("email", t("wrong.email.form")),
            };
            if chosen.may(Right::SeeAll) && found.first().is_none() {
                return is_proving.set(true);
            }
            let onmade = onmade.clone();
            submit.run(
                found,
                &["email"],
                async move { http::post("/api/invites", &body).await },
                move |invite: InviteView| onmade.emit(invite),
            );
        }
    };
    let dialog = is_proving.then(|| {
        let (email, is_proving) = (email.trim().to_owned(), is_proving.setter());
        let title = tn("invite.proof", &[("who", &email)]);
        let invite = InviteRequest { email, role: chosen, proof: None };
        let ondone = Callback::from(move |answer: String| {
            if let Ok(invite) = InviteView::from_text(&answer) {
                onmade.emit(invite);
            }
        });
        let onclose = Callback::from(move |()| is_proving.set(false));
        html! { <ProofDialog {title} line={t(role_keys(chosen)[1])} path="/api/invites" {invite} {ondone} {onclose} /> }
    });
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("invite.make")}</h2><p>{t("invite.make.line")}</p></div>
            {form_error(submit.wrong.whole.as_deref())}
            <form class="form" novalidate={true} {onsubmit}>
                <Field id="email" label={t("email")} kind="email" value={(*email).clone()} error={submit.wrong.of("email")} onchange={on_email} />
                {pick("invite-role", chosen, &onpick)}
                <div class="form-row">
                    <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("invite.make.button")}</button>
                </div>
            </form>
            if let Some((whom, invite)) = &*made {
                <div class="form" role="status">
                    <p>{tn("invite.made", &[("who", whom), ("until", &moment(invite.expires_at, local))])}</p>
                    <CopyBox value={invite.link.clone()} label={t("invite.copy")} />
                </div>
            }
            {dialog}
        </section>
    }
}
