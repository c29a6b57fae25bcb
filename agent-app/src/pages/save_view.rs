//! What a list is narrowed to, saved under a name; and the name changed, or forgotten.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use deskbell_shared::model::{Right, ViewView};
use deskbell_shared::protocol::api::{Nothing, ViewEdit, ViewsView};
use deskbell_shared::protocol::limits::VIEW_NAME_CHARS_MAX;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::narrow::NARROW_ID;
use crate::hooks::desk::{Desk, use_desk};
use crate::hooks::who::use_role;
use crate::route::{Narrow, View};
use crate::services::{dom, http};
use crate::shown::views::{here, list_of, terms_of};
use crate::text::t;
use crate::trouble::Trouble;

/// The id of the field.
const NAME_ID: &str = "view-name";

/// What is to be saved.
#[derive(Clone, PartialEq, Properties)]
pub struct SaveViewProps {
    /// The list.
    pub view: View,
    /// What it is narrowed to.
    pub narrow: Narrow,
}

/// What is being done about it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Doing {
    Nothing,
    /// It gets a name.
    Naming,
    /// It goes, if that is meant.
    Forgetting,
}

/// Saves what is shown under a name. Where that is a saved view already, its name can be changed, or it is forgotten.
#[function_component(SaveView)]
pub fn save_view(props: &SaveViewProps) -> Html {
    let Desk { state, hands } = use_desk();
    let may_share = use_role().may(Right::ShareSnippets);
    let (doing, is_shared) = (use_state_eq(|| Doing::Nothing), use_state_eq(|| false));
    let problem = use_state_eq(|| None::<String>);
    let field = use_node_ref();
    // What is shown now, and whether something is on its way: an answer may come when another list is.
    let shown = use_mut_ref(|| (props.view, props.narrow));
    *shown.borrow_mut() = (props.view, props.narrow);
    let is_busy = use_mut_ref(|| false);
    let saved = here(&state.views, props.view, props.narrow).cloned();
    let is_mine = saved.as_ref().is_none_or(|view| may_share || !view.is_shared);
    // Another list begins anew.
    {
        let (doing, problem) = (doing.setter(), problem.setter());
        use_effect_with((props.view, props.narrow), move |_| {
            doing.set(Doing::Nothing);
            problem.set(None);
        });
    }
    use_effect_with(*doing, |doing| {
        if *doing == Doing::Naming {
            dom::focus_id(NAME_ID);
        }
    });
    let ask = {
        let (doing, problem, views) = (doing.setter(), problem.setter(), hands.views.clone());
        let here = (props.view, props.narrow);
        move |answer: Pin<Box<dyn Future<Output = Result<ViewsView, Trouble>>>>| {
            if is_busy.replace(true) {
                return;
            }
            let (doing, problem, views) = (doing.clone(), problem.clone(), views.clone());
            let (shown, is_busy) = (Rc::clone(&shown), Rc::clone(&is_busy));
            spawn_local(async move {
                let answer = answer.await;
                is_busy.replace(false);
                let is_here = *shown.borrow() == here;
                match answer {
                    Ok(all) => {
                        views.emit(all.views);
                        if is_here {
                            problem.set(None);
                            doing.set(Doing::Nothing);
                            // What had the focus has gone.
                            dom::focus_id(NARROW_ID);
                        }
                    }
                    Err(trouble) if is_here => problem.set(Some(trouble.say())),
                    Err(_) => (),
                }
            });
        }
    };
    let path = |view: &ViewView| ["/api/views/", &view.id.to_hex()].concat();
    let onsubmit = {
        let (field, is_shared, ask) = (field.clone(), *is_shared, ask.clone());
        let (list, terms) = (list_of(props.view), terms_of(props.narrow));
        let path = saved.as_ref().map_or_else(|| "/api/views".to_owned(), path);
        // What it is narrowed to stays as it was saved, with a tag that is gone.
        let terms = saved.as_ref().map_or(terms, |view| view.terms.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let name = field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
            let body = ViewEdit { name: name.trim().to_owned(), is_shared, list, terms: terms.clone() };
            let path = path.clone();
            if !body.name.is_empty() {
                ask(Box::pin(async move { http::post(&path, &body).await }));
            }
        }
    };
    let onforget = {
        let path = saved.as_ref().map(|view| [&path(view), "/forget"].concat());
        let doing = doing.clone();
        move |_: MouseEvent| match (&path, *doing) {
            (Some(path), Doing::Forgetting) => {
                let path = path.clone();
                ask(Box::pin(async move { http::post(&path, &Nothing {}).await }));
            }
            _ => doing.set(Doing::Forgetting),
        }
    };
    let onname = {
        let (doing, is_shared) = (doing.setter(), is_shared.setter());
        let was_shared = saved.as_ref().is_some_and(|view| view.is_shared);
        move |_: MouseEvent| {
            is_shared.set(was_shared);
            doing.set(Doing::Naming);
        }
    };
    let onkeydown = {
        let (doing, problem) = (doing.setter(), problem.setter());
        move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                problem.set(None);
                doing.set(Doing::Nothing);
                dom::focus_id(NARROW_ID);
            }
        }
    };
    let onshare = {
        let is_shared = is_shared.clone();
        move |_: Event| is_shared.set(!*is_shared)
    };
    let said = problem.as_ref().map(|problem| {
        html! { <p class="field-error" role="alert">{problem.clone()}</p> }
    });
    if *doing == Doing::Naming {
        let name = saved.as_ref().map(|view| view.name.clone()).unwrap_or_default();
        return html! {
            <form class="narrow-save" {onsubmit} {onkeydown}>
                <input class="input" id={NAME_ID} ref={field} type="text" dir="auto" autocomplete="off" required=true
                    maxlength={VIEW_NAME_CHARS_MAX.to_string()} aria-label={t("views.name")} placeholder={t("views.name")} value={name} />
                if may_share {
                    <label class="check"><input type="checkbox" checked={*is_shared} onchange={onshare} />{t("views.shared")}</label>
                }
                <button class="button button-primary" type="submit">{t("save")}</button>
                {said}
            </form>
        };
    }
    match saved {
        // Everything of a list has a name already.
        None if props.narrow.is_none() => Html::default(),
        None => html! { <button class="link" type="button" onclick={onname}>{t("views.save")}</button> },
        Some(view) => html! {
            <div class="narrow-save">
                <span class="muted clip" dir="auto">{view.name}</span>
                if is_mine {
                    <button class="link" type="button" onclick={onname}>{t("views.rename")}</button>
                    <button class="link" type="button" onclick={onforget}>
                        {t(if *doing == Doing::Forgetting { "views.forget.sure" } else { "views.forget" })}
                    </button>
                }
                {said}
            </div>
        },
    }
}
