//! Who may sign in and as what, and inviting further people by a link that the owner hands over.

use deskbell_shared::model::{AgentId, AgentView, Role};
use deskbell_shared::protocol::ColleagueView;
use deskbell_shared::protocol::api::{PeopleView, PersonView};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::people_role::{pick, role_keys, use_invite};
use super::proof::ProofDialog;
use super::settings::sheet;
use crate::components::availability::{dot, load};
use crate::components::empty::loading;
use crate::components::face::agent_face;
use crate::components::stage::form_error;
use crate::format::{Local, moment};
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::now::use_now;
use crate::hooks::page::use_page;
use crate::hooks::who::use_who;
use crate::services::http;
use crate::state::team;
use crate::text::{t, tn};
use crate::trouble::Trouble;

/// What can be done about somebody, behind the password: the key of its words, and where it is done.
type Deed = (&'static str, &'static str);
const PUT_OUT: Deed = ("people.deactivate", "/deactivate");
const LET_IN: Deed = ("people.reactivate", "/reactivate");
const ROLE: Deed = ("people.role", "/role/");
const ONE_STEP: Deed = ("people.second.off", "/second-step/off");

/// Whom it is about, and what they are.
type Asked = (AgentView, Role, Deed);

/// Who may sign in.
#[function_component(People)]
pub fn people() -> Html {
    let local = use_now(60_000);
    let people = use_state(|| None::<Result<Vec<PersonView>, Trouble>>);
    use_page(t("settings.people"));
    let asked = use_state_eq(|| None::<Asked>);
    let role = use_state_eq(|| Role::Agent);
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
        let (asked, role) = (asked.setter(), role.setter());
        Callback::from(move |what: Option<Asked>| {
            if let Some((_, is, _)) = &what {
                role.set(*is);
            }
            asked.set(what);
        })
    };
    let onpick = {
        let role = role.setter();
        Callback::from(move |picked| role.set(picked))
    };
    let dialog = asked.as_ref().map(|(whom, _, (words, rest))| {
        let name = [("who", whom.name.as_str())];
        let (title, line) = (tn(&[words, ".whom"].concat(), &name), tn(&[words, ".line"].concat(), &name));
        let is_role = (*words, *rest) == ROLE;
        let path = ["/api/agents/", &whom.id.to_hex(), rest, if is_role { role.text() } else { "" }].concat();
        html! {
            <ProofDialog {title} {line} {path} is_danger={(*words, *rest) != LET_IN && !is_role}
                ondone={ask.reform(|_: String| ())} onclose={on_ask.reform(|()| None)}>
                if is_role { {pick("role", *role, &onpick)} }
            </ProofDialog>
        }
    });
    let invite = use_invite(local);
    let list = match &*people {
        None => loading(),
        Some(Err(trouble)) => form_error(Some(&trouble.say())),
        Some(Ok(people)) => {
            html! { <ul class="table">{for people.iter().map(|person| {
                line(person, team::me(&state.team, person.agent.id), local, me, &on_ask)
            })}</ul> }
        }
    };
    let body = html! { <><section class="part">{list}{dialog}</section>{invite}</> };
    sheet(t("settings.people"), Html::default(), body)
}

fn line(
    person: &PersonView,
    now: Option<&ColleagueView>,
    local: Local,
    me: Option<AgentId>,
    on_ask: &Callback<Option<Asked>>,
) -> Html {
    let is_out = person.deactivated_at.is_some();
    let name = [("who", person.agent.name.as_str())];
    let act = |deed: Deed| {
        let (agent, role) = (person.agent.clone(), person.role);
        html! {
            <button class="button" type="button" aria-label={tn(&[deed.0, ".whom"].concat(), &name)}
                onclick={on_ask.reform(move |_: MouseEvent| Some((agent.clone(), role, deed)))}>{t(deed.0)}</button>
        }
    };
    let [word, _] = role_keys(person.role);
    let class = if person.role == Role::Owner { "chip chip-accent" } else { "chip" };
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
                    if !is_out { {act(ROLE)} }
                    if person.second_step == Some(true) { {act(ONE_STEP)} }
                    {act(if is_out { LET_IN } else { PUT_OUT })}
                }
            </span>
        </li>
    }
}
