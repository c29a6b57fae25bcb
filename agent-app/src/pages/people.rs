//! Who may sign in, and inviting further agents by a link that the owner hands over.

use deskbell_shared::model::{AgentId, AgentView, Role};
use deskbell_shared::protocol::ColleagueView;
use deskbell_shared::protocol::api::{InviteRequest, InviteView, PeopleView, PersonView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::proof::ProofDialog;
use super::settings::sheet;
use crate::components::availability::{dot, load};
use crate::components::copy_box::CopyBox;
use crate::components::empty::loading;
use crate::components::face::agent_face;
use crate::components::field::Field;
use crate::components::stage::form_error;
use crate::format::{Local, moment};
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::now::use_now;
use crate::hooks::page::use_page;
use crate::hooks::submit::{use_submit, use_text};
use crate::hooks::who::use_who;
use crate::services::http;
use crate::state::team;
use crate::text::{t, tn};
use crate::trouble::{Trouble, Wrong};

/// What can be done about somebody, behind the password: the key of its words, and where it is done.
type Deed = (&'static str, &'static str);
const PUT_OUT: Deed = ("people.deactivate", "/deactivate");
const LET_IN: Deed = ("people.reactivate", "/reactivate");
const ONE_STEP: Deed = ("people.second.off", "/second-step/off");

/// Who may sign in.
#[function_component(People)]
pub fn people() -> Html {
    let local = use_now(60_000);
    let people = use_state(|| None::<Result<Vec<PersonView>, Trouble>>);
    use_page(t("settings.people"));
    let asked = use_state_eq(|| None::<(AgentView, Deed)>);
    let Desk { state, .. } = use_desk();
    let me = use_who().me.map(|me| me.agent.id);
    let ask = {
        let people = people.setter();
        Callback::from(move |()| {
            let people = people.clone();
            spawn_local(async move {
                let answer: Result<PeopleView, Trouble> = http::get("/api/agents").await;
                people.set(Some(answer.map(|view| view.people)));
            });
        })
    };
    {
        let ask = ask.clone();
        use_effect_with((), move |()| ask.emit(()));
    }
    let on_ask = {
        let asked = asked.setter();
        Callback::from(move |what| asked.set(what))
    };
    let dialog = asked.as_ref().map(|(whom, (words, rest))| {
        let name = [("who", whom.name.as_str())];
        let (title, line) = (tn(&[words, ".whom"].concat(), &name), tn(&[words, ".line"].concat(), &name));
        let path = ["/api/agents/", &whom.id.to_hex(), rest].concat();
        html! {
            <ProofDialog {title} {line} {path} is_danger={(*words, *rest) != LET_IN}
                ondone={ask.reform(|_: String| ())} onclose={on_ask.reform(|()| None)} />
        }
    });
    let list = match &*people {
        None => loading(),
        Some(Err(trouble)) => form_error(Some(&trouble.say())),
        Some(Ok(people)) => {
            html! { <ul class="table">{for people.iter().map(|person| {
                line(person, team::me(&state.team, person.agent.id), local, me, &on_ask)
            })}</ul> }
        }
    };
    let body = html! { <><section class="part">{list}{dialog}</section><InviteForm {local} /></> };
    sheet(t("settings.people"), Html::default(), body)
}

fn line(
    person: &PersonView,
    now: Option<&ColleagueView>,
    local: Local,
    me: Option<AgentId>,
    on_ask: &Callback<Option<(AgentView, Deed)>>,
) -> Html {
    let is_out = person.deactivated_at.is_some();
    let name = [("who", person.agent.name.as_str())];
    let act = |deed: Deed| {
        let agent = person.agent.clone();
        html! {
            <button class="button" type="button" aria-label={tn(&[deed.0, ".whom"].concat(), &name)}
                onclick={on_ask.reform(move |_: MouseEvent| Some((agent.clone(), deed)))}>{t(deed.0)}</button>
        }
    };
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
            <span class="form-row">
                if let Some(now) = now.filter(|_| !is_out) {
                    <span class="chip" title={tn("capacity.now", &[("load", &now.load.to_string()), ("capacity", &now.capacity.to_string())])}>
                        <span class={dot(now.availability, now.online)} aria-hidden="true"></span>{load(now)}
                    </span>
                }
                if is_out { <span class="chip chip-warn">{t("people.out")}</span> }
                <span class={class}>{t(word)}</span>
                if person.second_step == Some(true) { <span class="chip chip-good">{t("people.second")}</span> }
                if Some(person.agent.id) != me {
                    if person.second_step == Some(true) { {act(ONE_STEP)} }
                    {act(if is_out { LET_IN } else { PUT_OUT })}
                }
            </span>
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
            let body = InviteRequest { email: email.trim().to_owned(), role: Role::Agent, proof: None };
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
