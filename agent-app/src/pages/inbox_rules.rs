//! What the part of an inbox's form about routing is made of: switches and fields that change its draft, and lists of rules,
//! a line each, with the way to add one and to take one away.

use yew::prelude::*;

use crate::components::field::{chosen, typed};
use crate::components::icon::{Glyph, icon};
use crate::components::select::Select;
use crate::state::routing::RoutingDraft;

/// Changes the form: what, of which line, to what.
pub type Change = Callback<(Put, usize, String)>;

/// One change. It is of a line that is there: lines are drawn anew with every change.
pub type Put = fn(&mut RoutingDraft, usize, String);

/// Changes the draft of the form.
pub trait Changes: Fn(&dyn Fn(&mut RoutingDraft)) + Clone {}

impl<F: Fn(&dyn Fn(&mut RoutingDraft)) + Clone> Changes for F {}

/// Turns something on or off.
pub fn flip(change: &(impl Changes + 'static), which: fn(&mut RoutingDraft) -> &mut bool) -> Callback<Event> {
    let change = change.clone();
    Callback::from(move |_: Event| {
        change(&|draft| {
            let is_on = which(draft);
            *is_on = !*is_on;
        });
    })
}

/// Takes what is typed.
pub fn type_in(
    change: &(impl Changes + 'static),
    which: fn(&mut RoutingDraft) -> &mut String,
) -> Callback<String> {
    let change = change.clone();
    Callback::from(move |text: String| change(&|draft| which(draft).clone_from(&text)))
}

/// A line of text.
pub fn text_at(value: &str, label: String, change: &Change, at: usize, put: Put) -> Html {
    let oninput = change.reform(move |event: InputEvent| (put, at, typed(&event)));
    html! { <input class="input" value={value.to_owned()} aria-label={label.clone()} placeholder={label} {oninput} /> }
}

/// One of a few words, each with the key of its text.
pub fn chosen_at(
    value: &str,
    label: String,
    words: &[(&'static str, &'static str)],
    change: &Change,
    at: usize,
    put: Put,
) -> Html {
    let onchange = change.reform(move |event: Event| (put, at, chosen(&event)));
    let options = words.iter().map(|(word, name)| {
        html! { <option value={*word}>{crate::text::t(name)}</option> }
    });
    html! { <Select class="input hours-date" {label} value={value.to_owned()} {onchange}>{for options}</Select> }
}

/// Takes a line away.
pub fn remove_button(label: String, change: &Change, at: usize, put: Put) -> Html {
    let onclick = change.reform(move |_: MouseEvent| (put, at, String::new()));
    html! {
        <button class="button button-quiet button-icon" type="button" aria-label={label} {onclick}>{icon(Glyph::Close)}</button>
    }
}

/// Adds one.
pub fn add_button(label: String, change: &Change, put: Put) -> Html {
    let onclick = change.reform(move |_: MouseEvent| (put, 0, String::new()));
    html! { <div><button class="button" type="button" {onclick}>{icon(Glyph::Plus)}{label}</button></div> }
}
