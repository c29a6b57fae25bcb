//! The tags of the organisation, for owners.

use deskbell_shared::model::{TagColour, TagId, TagView};
use deskbell_shared::protocol::api::{FilingView, TagEdit};
use deskbell_shared::protocol::limits::TAG_CHARS_MAX;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::settings::{saved, sheet};
use crate::components::field::Field;
use crate::components::filed::tag_chip;
use crate::components::segments::segments;
use crate::components::stage::form_error;
use crate::hooks::page::use_page;
use crate::hooks::submit::use_submit;
use crate::services::{dom, http};
use crate::text::{t, tn};
use crate::trouble::Wrong;

/// A tag in the making, or being changed.
#[derive(Clone, Default, PartialEq)]
struct Draft {
    id: Option<TagId>,
    name: String,
    colour: usize,
    is_archived: bool,
}

impl Draft {
    fn of(tag: &TagView) -> Draft {
        let colour = TagColour::ALL.iter().position(|one| *one == tag.colour).unwrap_or(0);
        Draft { id: Some(tag.id), name: tag.name.clone(), colour, is_archived: tag.is_archived }
    }
}

/// The tags.
#[function_component(Tags)]
pub fn tags() -> Html {
    use_page(t("settings.tags"));
    let submit = use_submit();
    let known = use_state(|| None::<Result<Vec<TagView>, String>>);
    let draft = use_state(Draft::default);
    let is_saved = use_state_eq(|| false);
    // Each change is read back: names are in the order of the server.
    let turn = use_state_eq(|| 0u32);
    {
        let known = known.setter();
        use_effect_with(*turn, move |_| {
            spawn_local(async move {
                let answer = http::get::<FilingView>("/api/filing").await;
                known.set(Some(answer.map(|view| view.tags).map_err(|trouble| trouble.say())));
            });
        });
    }
    let save = {
        let (submit, draft, turn, is_saved) =
            (submit.clone(), draft.clone(), turn.clone(), is_saved.setter());
        Callback::from(move |put: Draft| {
            let mut found = Wrong::nothing();
            let name = put.name.trim().to_owned();
            if name.is_empty() {
                found = found.at("name", t("wrong.name.empty"));
            } else if name.chars().count() > TAG_CHARS_MAX {
                found = found.at("name", tn("wrong.shortcut.long", &[("n", &TAG_CHARS_MAX.to_string())]));
            }
            let path = match put.id {
                Some(id) => ["/api/tags/", &id.to_hex()].concat(),
                None => "/api/tags".to_owned(),
            };
            let body = TagEdit { name, colour: TagColour::ALL[put.colour], is_archived: put.is_archived };
            let (draft, turn, is_saved) = (draft.setter(), turn.clone(), is_saved.clone());
            is_saved.set(false);
            submit.run(found, &["name"], async move { http::post(&path, &body).await }, move |_: TagView| {
                draft.set(Draft::default());
                is_saved.set(true);
                turn.set(*turn + 1);
            });
        })
    };
    let line = |tag: &TagView| {
        let button = |word: &str, onclick: Callback<MouseEvent>| {
            html! {
                <button class="button button-quiet" type="button" aria-label={[&t(word), " ", &tag.name].concat()} {onclick}>{t(word)}</button>
            }
        };
        let onedit = {
            let (draft, now) = (draft.setter(), Draft::of(tag));
            Callback::from(move |_: MouseEvent| {
                draft.set(now.clone());
                dom::focus_id("name");
            })
        };
        let away = Draft { is_archived: !tag.is_archived, ..Draft::of(tag) };
        let word = if tag.is_archived { "tags.bring_back" } else { "tags.archive" };
        html! {
            <li key={tag.id.to_hex()}>
                {tag_chip(tag)}<span></span>
                <div class="form-row">{button("snippet.edit", onedit)}{button(word, save.reform(move |_: MouseEvent| away.clone()))}</div>
            </li>
        }
    };
    let list = match &*known {
        None => html! { <p role="status">{t("loading")}</p> },
        Some(Err(said)) => html! { <p role="alert">{said.clone()}</p> },
        Some(Ok(tags)) => {
            // Those put away stand last.
            let (live, away): (Vec<_>, Vec<_>) = tags.iter().partition(|tag| !tag.is_archived);
            html! { if !tags.is_empty() { <ul class="table">{for live.into_iter().chain(away).map(line)}</ul> } }
        }
    };
    let on_name = {
        let draft = draft.clone();
        Callback::from(move |name: String| draft.set(Draft { name, ..(*draft).clone() }))
    };
    let on_colour = {
        let draft = draft.clone();
        Callback::from(move |colour: usize| draft.set(Draft { colour, ..(*draft).clone() }))
    };
    let onsubmit = {
        let draft = draft.clone();
        save.reform(move |event: SubmitEvent| {
            event.prevent_default();
            (*draft).clone()
        })
    };
    let onleave = {
        let draft = draft.setter();
        move |_: MouseEvent| draft.set(Draft::default())
    };
    let colours = ["hue.7", "hue.0", "hue.2", "tags.yellow", "hue.4"].map(t);
    let is_new = draft.id.is_none();
    let body = html! {
        <>
            <section class="part">{list}</section>
            <section class="part">
                <div class="part-head"><h2>{t(if is_new { "tags.make" } else { "snippet.edit" })}</h2><p>{t("tags.line")}</p></div>
                {form_error(submit.wrong.whole.as_deref())}
                <form class="form" novalidate={true} {onsubmit}>
                    <Field id="name" label={t("tags.name")} value={draft.name.clone()} error={submit.wrong.of("name")} onchange={on_name} />
                    {segments("tag-colour", t("site.colour"), &colours, draft.colour, &on_colour)}
                    <div class="form-row">
                        <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t("save")}</button>
                        if !is_new { <button class="button" type="button" onclick={onleave}>{t("snippet.leave")}</button> }
                        {saved(*is_saved)}
                    </div>
                </form>
            </section>
        </>
    };
    sheet(t("settings.tags"), Html::default(), body)
}
