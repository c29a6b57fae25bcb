//! Lists that somebody writes line by line: what stands in a line, and how one is added and taken away.

use yew::prelude::*;

use super::field::{chosen, typed};
use super::icon::{Glyph, icon};
use super::select::Select;
use crate::text::t;

/// A line of text.
pub fn text_line(value: &str, label: String, onchange: Callback<String>) -> Html {
    named_line(value, label.clone(), label, onchange)
}

/// The same, where what stands there while it is empty is not its name.
pub fn named_line(value: &str, label: String, empty: String, onchange: Callback<String>) -> Html {
    let oninput = onchange.reform(|event: InputEvent| typed(&event));
    html! { <input class="input" value={value.to_owned()} dir="auto" aria-label={label} placeholder={empty} {oninput} /> }
}

/// Several lines of text, as many as there are.
pub fn lines_of_text(value: &str, label: String, onchange: Callback<String>) -> Html {
    let oninput = onchange.reform(|event: InputEvent| typed(&event));
    let rows = value.lines().count().clamp(2, 8).to_string();
    html! {
        <textarea class="input" value={value.to_owned()} dir="auto" {rows} aria-label={label.clone()} placeholder={label} {oninput} />
    }
}

/// One of a few words, each with the key of its text.
pub fn choice_line(
    value: &str,
    label: String,
    words: &[(&'static str, &'static str)],
    onchange: Callback<String>,
) -> Html {
    let onchange = onchange.reform(|event: Event| chosen(&event));
    let options = words.iter().map(|(word, name)| html! { <option value={*word}>{t(name)}</option> });
    html! { <Select class="input hours-date" {label} value={value.to_owned()} {onchange}>{for options}</Select> }
}

/// Takes a line away.
pub fn remove_line(label: String, onremove: Callback<()>) -> Html {
    let onclick = onremove.reform(|_: MouseEvent| ());
    html! {
        <button class="button button-quiet button-icon" type="button" aria-label={label} {onclick}>{icon(Glyph::Close)}</button>
    }
}

/// Adds one.
pub fn add_line(label: String, onadd: Callback<()>) -> Html {
    let onclick = onadd.reform(|_: MouseEvent| ());
    html! { <button class="button" type="button" {onclick}>{icon(Glyph::Plus)}{label}</button> }
}
