//! What a list is narrowed to: a tag, a priority.

use deskbell_shared::model::{Priority, TagId, TagView};
use deskbell_shared::protocol::api::FilingView;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::save_view::SaveView;
use crate::components::field::chosen;
use crate::components::select::Select;
use crate::route::{Narrow, View};
use crate::services::{dom, http};
use crate::shown::filed::{PRIORITIES, priority_word};
use crate::text::t;

/// The id of the first field.
pub const NARROW_ID: &str = "narrow-tag";

/// The bar.
#[derive(Clone, PartialEq, Properties)]
pub struct NarrowBarProps {
    /// The list.
    pub view: View,
    /// What it is narrowed to.
    pub narrow: Narrow,
    /// Narrows it to something else.
    pub onnarrow: Callback<Narrow>,
    /// Whether somebody has asked for it, and the keys go there.
    pub is_first: bool,
}

/// The bar. The browser draws the choices, so that they are used with the keys everybody knows.
#[function_component(NarrowBar)]
pub fn narrow_bar(props: &NarrowBarProps) -> Html {
    let tags = use_state(Vec::<TagView>::new);
    {
        let tags = tags.setter();
        use_effect_with((), move |()| {
            spawn_local(async move {
                // Without an answer one can still see all.
                if let Ok(view) = http::get::<FilingView>("/api/filing").await {
                    tags.set(view.tags);
                }
            });
        });
    }
    use_effect_with(props.is_first, |is_first| {
        if *is_first {
            dom::focus_id(NARROW_ID);
        }
    });
    let narrow = props.narrow;
    let ontag =
        props.onnarrow.reform(move |event: Event| Narrow { tag: TagId::from_hex(&chosen(&event)), ..narrow });
    let onpriority = props
        .onnarrow
        .reform(move |event: Event| Narrow { priority: Priority::from_name(&chosen(&event)), ..narrow });
    let tag = narrow.tag.map(TagId::to_hex).unwrap_or_default();
    let is_known = tags.iter().any(|one| Some(one.id) == narrow.tag);
    let onclear = props.onnarrow.reform(|_: MouseEvent| {
        // The button goes, and the focus with it.
        dom::focus_id(NARROW_ID);
        Narrow::default()
    });
    let class = |is_on: bool| classes!("search-filter", is_on.then_some("search-filter-on"));
    let option = |one: &TagView| {
        html! { <option key={one.id.to_hex()} value={one.id.to_hex()}>{one.name.clone()}</option> }
    };
    html! {
        <div class="narrow" role="group" aria-label={t("narrow.title")}>
            <Select class={class(narrow.tag.is_some())} id={NARROW_ID} label={t("tags.title")} value={tag.clone()} onchange={ontag}>
                <option value="">{t("narrow.any_tag")}</option>
                // Until the names are there, and where there is no such tag.
                if !tag.is_empty() && !is_known { <option value={tag}>{"…"}</option> }
                {for tags.iter().map(option)}
            </Select>
            <Select class={class(narrow.priority.is_some())} label={t("priority.title")}
                value={narrow.priority.map_or("", Priority::text)} onchange={onpriority}>
                <option value="">{t("narrow.any_priority")}</option>
                {for PRIORITIES.iter().map(|one| html! { <option value={one.text()}>{priority_word(*one)}</option> })}
            </Select>
            if !narrow.is_none() {
                <button class="link" type="button" onclick={onclear}>{t("narrow.clear")}</button>
            }
            <SaveView view={props.view} {narrow} />
        </div>
    }
}
