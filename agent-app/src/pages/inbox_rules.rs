//! What the part of an inbox's form about routing is made of: switches and fields that change its draft, and lists of rules,
//! a line each, with the way to add one and to take one away.

use yew::prelude::*;

use crate::components::rule::{add_line, choice_line, remove_line, text_line};
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
    text_line(value, label, change.reform(move |text: String| (put, at, text)))
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
    choice_line(value, label, words, change.reform(move |word: String| (put, at, word)))
}

/// Takes a line away.
pub fn remove_button(label: String, change: &Change, at: usize, put: Put) -> Html {
    remove_line(label, change.reform(move |()| (put, at, String::new())))
}

/// Adds one.
pub fn add_button(label: String, change: &Change, put: Put) -> Html {
    html! { <div>{add_line(label, change.reform(move |()| (put, 0, String::new())))}</div> }
}
