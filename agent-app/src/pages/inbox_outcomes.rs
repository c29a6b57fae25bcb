//! What an inbox asks when a conversation is resolved: outcomes to choose from. Saved by itself.

use deskbell_shared::model::{InboxId, InboxOutcomes, OutcomeId};
use deskbell_shared::protocol::api::{FilingView, OutcomeEdit, OutcomesEdit};
use deskbell_shared::protocol::limits::OUTCOMES_MAX;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::settings::saved;
use crate::components::rule::{add_line, remove_line, text_line};
use crate::components::stage::form_error;
use crate::hooks::submit::use_submit;
use crate::services::http;
use crate::text::{t, tn};
use crate::trouble::Wrong;

#[derive(Clone, Default, PartialEq)]
struct Draft {
    lines: Vec<(Option<OutcomeId>, String)>,
    is_required: bool,
}

impl Draft {
    fn of(asked: InboxOutcomes) -> Draft {
        let lines = asked.outcomes.into_iter().map(|outcome| (Some(outcome.id), outcome.name)).collect();
        Draft { lines, is_required: asked.is_required }
    }
}

/// The form; nothing for an inbox that is not there yet.
#[hook]
pub fn use_outcomes(inbox: Option<InboxId>) -> Html {
    let submit = use_submit();
    let draft = use_state_eq(Draft::default);
    // What is there is never written over by what could not be read.
    let known = use_state_eq(|| None::<Result<(), String>>);
    let is_saved = use_state_eq(|| false);
    {
        let (draft, known) = (draft.setter(), known.setter());
        use_effect_with(inbox, move |inbox| {
            let Some(inbox) = *inbox else { return };
            spawn_local(async move {
                let answer = http::get::<FilingView>("/api/filing").await;
                known.set(Some(answer.map_err(|trouble| trouble.say()).map(|view| {
                    let asked = view.inboxes.into_iter().find(|asked| asked.inbox == inbox);
                    if let Some(asked) = asked {
                        draft.set(Draft::of(asked));
                    }
                })));
            });
        });
    }
    let Some(id) = inbox else { return Html::default() };
    match &*known {
        None => return html! { <p class="muted" role="status">{t("loading")}</p> },
        Some(Err(said)) => return form_error(Some(said)),
        Some(Ok(())) => {}
    }
    let change = {
        let (draft, is_saved) = (draft.clone(), is_saved.setter());
        Callback::from(move |next: Draft| {
            is_saved.set(false);
            draft.set(next);
        })
    };
    let with = |how: &dyn Fn(&mut Draft)| {
        let mut next = (*draft).clone();
        how(&mut next);
        next
    };
    let onsubmit = {
        let (submit, draft, is_saved) = (submit.clone(), draft.clone(), is_saved.setter());
        move |event: SubmitEvent| {
            event.prevent_default();
            let edit = |(id, name): &(Option<OutcomeId>, String)| OutcomeEdit { id: *id, name: name.clone() };
            let outcomes: Vec<OutcomeEdit> =
                draft.lines.iter().filter(|(_, name)| !name.trim().is_empty()).map(edit).collect();
            let is_required = draft.is_required && !outcomes.is_empty();
            let body = OutcomesEdit { outcomes, is_required };
            let path = ["/api/inboxes/", &id.to_hex(), "/outcomes"].concat();
            let (draft, is_saved) = (draft.setter(), is_saved.clone());
            let call = async move { http::post(&path, &body).await };
            submit.run(Wrong::nothing(), &[], call, move |now: InboxOutcomes| {
                draft.set(Draft::of(now));
                is_saved.set(true);
            });
        }
    };
    let line = |(at, (_, name)): (usize, &(Option<OutcomeId>, String))| {
        let label = [&t("outcome.title"), " ", &(at + 1).to_string()].concat();
        let draft = &draft;
        let typed = {
            let (change, draft) = (change.clone(), (**draft).clone());
            Callback::from(move |text: String| {
                let mut next = draft.clone();
                next.lines[at].1 = text;
                change.emit(next);
            })
        };
        let gone = with(&|draft| {
            draft.lines.remove(at);
        });
        let onremove = change.reform(move |()| gone.clone());
        html! {
            <li class="form-row" key={at}>
                {text_line(name, label, typed)}
                {remove_line(tn("choices.remove", &[("text", name)]), onremove)}
            </li>
        }
    };
    let more = with(&|draft| draft.lines.push((None, String::new())));
    let flipped = with(&|draft| draft.is_required = !draft.is_required);
    html! {
        <section class="part">
            <div class="part-head"><h2>{t("outcomes.title")}</h2><p>{t("outcomes.line")}</p></div>
            {form_error(submit.wrong.whole.as_deref())}
            <form class="form" novalidate={true} {onsubmit}>
                <ul class="outcomes">{for draft.lines.iter().enumerate().map(line)}</ul>
                if draft.lines.len() < OUTCOMES_MAX {
                    <div>{add_line(t("outcomes.add"), change.reform(move |()| more.clone()))}</div>
                }
                <div class="choice">
                    <input type="checkbox" id="outcome-required" checked={draft.is_required}
                        onchange={change.reform(move |_: Event| flipped.clone())} />
                    <label for="outcome-required">
                        <span class="strong">{t("outcomes.required")}</span>
                    </label>
                </div>
                <div class="form-row">
                    <button class="button" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("save")}</button>
                    {saved(*is_saved)}
                </div>
            </form>
        </section>
    }
}
