//! A text to take away, with a button that copies it.

use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::hooks::copy::use_copy;
use crate::text::t;

/// What to copy.
#[derive(Clone, PartialEq, Properties)]
pub struct CopyBoxProps {
    /// The text.
    pub value: AttrValue,
    /// What it is, for the name of the button.
    pub label: AttrValue,
    /// It has lines of its own, and many.
    #[prop_or_default]
    pub is_code: bool,
}

/// A text with a button that copies it. Where the browser keeps the clipboard to itself, a click selects the text.
#[function_component(CopyBox)]
pub fn copy_box(props: &CopyBoxProps) -> Html {
    let copy = use_copy();
    let onclick = {
        let (start, value) = (copy.start.clone(), props.value.clone());
        move |_: MouseEvent| start.emit(value.to_string())
    };
    let (glyph, word) = match copy.worked {
        None => (Glyph::Copy, "copy.button"),
        Some(true) => (Glyph::Check, "copy.done"),
        Some(false) => (Glyph::Warn, "copy.failed"),
    };
    html! {
        <div class={if props.is_code { "copy-box copy-code" } else { "copy-box" }}>
            <code tabindex={props.is_code.then_some("0")}>{props.value.clone()}</code>
            <button class="button" type="button" aria-label={copy.worked.is_none().then(|| props.label.clone())} {onclick}>{icon(glyph)}{t(word)}</button>
            <span class="unseen" role="status">{copy.worked.map(|_| t(word))}</span>
        </div>
    }
}
