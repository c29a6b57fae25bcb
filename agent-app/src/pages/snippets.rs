//! Saved answers: one's own and the shared ones.

use deskbell_shared::model::{Situation, SnippetId, SnippetView};
use deskbell_shared::protocol::api::{Nothing, SnippetEdit};
use deskbell_shared::protocol::limits::SHORTCUT_CHARS_MAX;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::settings::{saved, sheet};
use crate::components::composer::word_of;
use crate::components::empty::empty;
use crate::components::field::{Field, Lines, chosen, lines};
use crate::components::select::Select;
use crate::components::stage::form_error;
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::page::use_page;
use crate::hooks::submit::{use_submit, use_text};
use crate::services::{dom, http};
use crate::text::{count, t, tn};
use crate::trouble::{Trouble, Wrong};

/// Whether what is shared is mine to change.
#[derive(Clone, PartialEq, Properties)]
pub struct SnippetsProps {
    /// Only owners share.
    pub may_share: bool,
}

/// Saved answers.
#[function_component(Snippets)]
pub fn snippets(props: &SnippetsProps) -> Html {
    use_page(t("settings.snippets"));
    let Desk { state, hands } = use_desk();
    let edited = use_state_eq(|| None::<SnippetView>);
    {
        let read = hands.snippets.clone();
        use_effect_with((), move |()| read.emit(()));
    }
    let onedit = {
        let edited = edited.setter();
        Callback::from(move |snippet: SnippetView| {
            edited.set(Some(snippet));
            dom::focus_id("shortcut");
        })
    };
    let ondone = {
        let (edited, read) = (edited.setter(), hands.snippets.clone());
        Callback::from(move |()| {
            edited.set(None);
            read.emit(());
        })
    };
    let onforget = {
        let (read, say) = (hands.snippets.clone(), hands.say.clone());
        Callback::from(move |id: SnippetId| {
            let (read, say) = (read.clone(), say.clone());
            spawn_local(async move {
                let path = ["/api/snippets/", &id.to_hex(), "/forget"].concat();
                let answer: Result<Nothing, Trouble> = http::post(&path, &Nothing {}).await;
                match answer {
                    Ok(_) => read.emit(()),
                    Err(trouble) => say.emit(trouble.say()),
                }
            });
        })
    };
    let line = |snippet: &SnippetView| {
        let (one, id) = (snippet.clone(), snippet.id);
        let is_mine = props.may_share || !snippet.is_shared;
        html! {
            <li key={id.to_hex()} class="snippet">
                <code class="chip">{"/"}{snippet.shortcut.clone()}</code>
                <p class="snippet-text">{snippet.text.clone()}</p>
                <div class="form-row">
                    if let Some(situation) = snippet.situation { <span class="chip">{word_of(situation)}</span> }
                    if snippet.used > 0 { <span class="muted">{count("snippet.used", usize::try_from(snippet.used).unwrap_or(usize::MAX))}</span> }
                    if snippet.is_shared { <span class="chip chip-accent">{t("snippet.shared")}</span> }
                    if is_mine {
                        <button class="button" type="button" aria-label={tn("snippet.edit.which", &[("which", &snippet.shortcut)])}
                            onclick={onedit.reform(move |_: MouseEvent| one.clone())}>{t("snippet.edit")}</button>
                        <button class="button button-quiet" type="button" aria-label={tn("snippet.forget.which", &[("which", &snippet.shortcut)])}
                            onclick={onforget.reform(move |_: MouseEvent| id)}>{t("snippet.forget")}</button>
                    }
                </div>
            </li>
        }
    };
    let list = if state.snippets.is_empty() {
        empty(&t("snippet.none"), &t("snippet.none.line"), false, Html::default())
    } else {
        html! { <ul class="table">{for state.snippets.iter().map(line)}</ul> }
    };
    let key = edited.as_ref().map_or_else(|| "new".to_owned(), |snippet| snippet.id.to_hex());
    let body = html! {
        <>
            <section class="part">{list}</section>
            <SnippetForm {key} edited={(*edited).clone()} may_share={props.may_share} {ondone} />
        </>
    };
    sheet(t("settings.snippets"), Html::default(), body)
}

#[derive(Clone, PartialEq, Properties)]
struct SnippetFormProps {
    /// Without one, it makes a new one.
    edited: Option<SnippetView>,
    may_share: bool,
    ondone: Callback<()>,
}

#[function_component(SnippetForm)]
fn snippet_form(props: &SnippetFormProps) -> Html {
    let submit = use_submit();
    let first = props.edited.clone();
    let (shortcut, on_shortcut) = use_text({
        let first = first.as_ref().map(|snippet| snippet.shortcut.clone());
        move || first.unwrap_or_default()
    });
    let (text, on_text) = use_text({
        let first = first.as_ref().map(|snippet| snippet.text.clone());
        move || first.unwrap_or_default()
    });
    let is_shared = use_state_eq(|| first.as_ref().is_some_and(|snippet| snippet.is_shared));
    let situation = use_state_eq(|| first.as_ref().and_then(|snippet| snippet.situation));
    let is_saved = use_state_eq(|| false);
    let onsubmit = {
        let (shortcut, text, is_shared) = (shortcut.clone(), text.clone(), is_shared.clone());
        let situation = situation.clone();
        let (submit, is_saved, ondone) = (submit.clone(), is_saved.setter(), props.ondone.clone());
        let id = props.edited.as_ref().map(|snippet| snippet.id);
        move |event: SubmitEvent| {
            event.prevent_default();
            let (shortcut_set, text_set) = (shortcut.setter(), text.setter());
            let body = SnippetEdit {
                shortcut: shortcut.trim().to_owned(),
                text: text.trim().to_owned(),
                is_shared: *is_shared,
                situation: *situation,
            };
            let found = check(&body);
            let path = match id {
                Some(id) => ["/api/snippets/", &id.to_hex()].concat(),
                None => "/api/snippets".to_owned(),
            };
            let (is_saved, ondone) = (is_saved.clone(), ondone.clone());
            is_saved.set(false);
            submit.run(
                found,
                &["shortcut", "text"],
                async move { http::post(&path, &body).await },
                move |_: SnippetView| {
                    shortcut_set.set(String::new());
                    text_set.set(String::new());
                    is_saved.set(true);
                    ondone.emit(());
                },
            );
        }
    };
    let onshare = {
        let is_shared = is_shared.setter();
        move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            is_shared.set(input.is_some_and(|input| input.checked()));
        }
    };
    let onsituation = {
        let situation = situation.setter();
        move |event: Event| situation.set(Situation::from_name(&chosen(&event)))
    };
    let situations =
        Situation::ALL.iter().map(|one| html! { <option value={one.text()}>{word_of(*one)}</option> });
    let (title, button) = match props.edited {
        Some(_) => ("snippet.change", "save"),
        None => ("snippet.make", "snippet.make.button"),
    };
    html! {
        <section class="part">
            <div class="part-head"><h2>{t(title)}</h2><p>{t("snippet.line")}</p></div>
            {form_error(submit.wrong.whole.as_deref())}
            <form class="form" novalidate={true} {onsubmit}>
                <Field id="shortcut" label={t("snippet.shortcut")} help={t("snippet.shortcut.help")} value={(*shortcut).clone()}
                    error={submit.wrong.of("shortcut")} onchange={on_shortcut} />
                {lines(&Lines {
                    id: "text",
                    label: t("snippet.text").into(),
                    help: Some(t("snippet.text.help").into()),
                    value: (*text).clone().into(),
                    placeholder: "",
                    error: submit.wrong.of("text"),
                    onchange: on_text,
                })}
                <div class="field">
                    <label class="label" for="situation">{t("situation")}</label>
                    <Select class="input" id="situation" value={situation.map_or("", Situation::text)} onchange={onsituation}>
                        <option value="">{t("situation.any")}</option>{for situations}
                    </Select>
                </div>
                if props.may_share {
                    <div class="choice">
                        <input type="checkbox" id="is-shared" checked={*is_shared} onchange={onshare} />
                        <label for="is-shared"><span class="strong">{t("snippet.share")}</span></label>
                    </div>
                }
                <div class="form-row">
                    <button class="button button-primary" type="submit" aria-disabled={submit.is_busy.then_some("true")}>{t(button)}</button>
                    if props.edited.is_some() {
                        <button class="button" type="button" onclick={props.ondone.reform(|_: MouseEvent| ())}>{t("snippet.leave")}</button>
                    }
                    {saved(*is_saved)}
                </div>
            </form>
        </section>
    }
}

fn check(body: &SnippetEdit) -> Wrong {
    let mut wrong = Wrong::nothing();
    if body.shortcut.is_empty() {
        wrong = wrong.at("shortcut", t("wrong.shortcut.empty"));
    } else if body.shortcut.chars().count() > SHORTCUT_CHARS_MAX {
        wrong = wrong.at("shortcut", tn("wrong.shortcut.long", &[("n", &SHORTCUT_CHARS_MAX.to_string())]));
    }
    if body.text.is_empty() {
        wrong = wrong.at("text", t("wrong.text.empty"));
    }
    wrong
}
