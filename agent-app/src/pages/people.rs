//! Who may sign in, and inviting further agents by a link that the owner hands over.

use deskbell_shared::model::Role;
use deskbell_shared::protocol::api::{InviteRequest, InviteView, PeopleView, PersonView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::settings::sheet;
use crate::components::copy_box::CopyBox;
use crate::components::face::agent_face;
use crate::components::field::Field;
use crate::components::stage::form_error;
use crate::format::{Local, moment};
use crate::hooks::now::use_now;
use crate::hooks::page::use_page;
use crate::hooks::submit::{use_submit, use_text};
use crate::services::http;
use crate::text::{t, tn};
use crate::trouble::{Trouble, Wrong};

/// Who may sign in.
#[function_component(People)]
pub fn people() -> Html {
    let local = use_now(60_000);
    let people = use_state(|| None::<Result<Vec<PersonView>, Trouble>>);
    use_page(t("settings.people"));
    {
        let people = people.setter();
        use_effect_with((), move |()| {
            spawn_local(async move {
                let answer: Result<PeopleView, Trouble> = http::get("/api/agents").await;
                people.set(Some(answer.map(|view| view.people)));
            });
        });
    }
    let list = match &*people {
        None => html! { <p class="muted" role="status">{t("loading")}</p> },
        Some(Err(trouble)) => form_error(Some(&trouble.say())),
        Some(Ok(people)) => {
            html! { <ul class="table">{for people.iter().map(|person| line(person, local))}</ul> }
        }
    };
    let body = html! { <><section class="part">{list}</section><InviteForm {local} /></> };
    sheet(t("settings.people"), Html::default(), body)
}

fn line(person: &PersonView, local: Local) -> Html {
    let (word, class) = match person.role {
        Role::Owner => ("role.owner", "chip chip-accent"),
        Role::Agent => ("role.agent", "chip"),
    };
    let seen = match person.seen_at {
        Some(at) => tn("people.seen", &[("when", &moment(at, local))]),
        None => t("people.never"),
    };
    html! {
        <li key={person.agent.id.to_hex()}>
            {agent_face(&person.agent, "")}
            <div><p class="strong">{person.agent.name.clone()}</p><p class="clip">{person.email.clone()}{" · "}{seen}</p></div>
            <span class={class}>{t(word)}</span>
        </li>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct InviteFormProps {
    local: Local,
}

#[function_component(InviteForm)]
fn invite_form(props: &InviteFormProps) -> Html {
    let submit = use_submit();
    let (email, on_email) = use_text(String::new);
    let made = use_state(|| None::<(String, InviteView)>);
    let onsubmit = {
        let (email, submit, made) = (email.clone(), submit.clone(), made.setter());
        move |event: SubmitEvent| {
            event.prevent_default();
            let body = InviteRequest { email: email.trim().to_owned(), role: Role::Agent };
            let found = match body.email.contains('@') {
                true => Wrong::nothing(),
                false => Wrong::nothing().at("email", t("wrong.email.form")),
            };
            let (made, email, whom) = (made.clone(), email.setter(), body.email.clone());
            submit.run(
                found,
                &["email"],
                async move { http::post("/api/invites", &body).await },
                move |invite: InviteView| {
                    made.set(Some((whom, invite)));
                    email.set(String::new());
                },
            );
        }
    };
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("invite.make")}</h2><p>{t("invite.make.line")}</p></div>
            {form_error(submit.wrong.whole.as_deref())}
            <form class="form" novalidate={true} {onsubmit}>
                <Field id="email" label={t("email")} kind="email" value={(*email).clone()} error={submit.wrong.of("email")} onchange={on_email} />
                <div class="form-row">
                    <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("invite.make.button")}</button>
                </div>
            </form>
            if let Some((whom, invite)) = &*made {
                <div class="form" role="status">
                    <p>{tn("invite.made", &[("who", whom), ("until", &moment(invite.expires_at, props.local))])}</p>
                    <CopyBox value={invite.link.clone()} label={t("invite.copy")} />
                </div>
            }
        </section>
    }
}
