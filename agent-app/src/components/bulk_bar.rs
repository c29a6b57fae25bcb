//! What can be done to all conversations that are chosen, in the place of the head of their list.

use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::text::{count, t, tn};

/// What is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// They are to be resolved.
    Resolve,
    /// They are to be put aside.
    Snooze,
    /// I take them.
    Claim,
    /// They are to be passed on.
    Transfer,
    /// All of the list are chosen.
    All,
    /// None is chosen any more.
    None,
}

/// The bar.
pub struct BulkBarProps<'a> {
    /// How many are chosen.
    pub chosen: usize,
    /// How many could be.
    pub all: usize,
    /// A deed for many is under way already.
    pub is_busy: bool,
    /// Called with what is pressed.
    pub onpress: &'a Callback<Pressed>,
}

/// The bar.
pub fn bulk_bar(props: &BulkBarProps) -> Html {
    let press = |what: Pressed| {
        let onpress = props.onpress.clone();
        Callback::from(move |_: MouseEvent| onpress.emit(what))
    };
    let act = |(glyph, key, what): (Glyph, &'static str, Pressed)| {
        let name = t(key);
        html! {
            <button class="button button-quiet button-icon" type="button" aria-label={name.clone()} title={name}
                disabled={props.is_busy && what != Pressed::None} onclick={press(what)}>{icon(glyph)}</button>
        }
    };
    let acts = [
        (Glyph::Check, "talk.resolve", Pressed::Resolve),
        (Glyph::Clock, "talk.snooze", Pressed::Snooze),
        (Glyph::Mine, "bulk.claim", Pressed::Claim),
        (Glyph::People, "talk.transfer", Pressed::Transfer),
    ];
    html! {
        <div class="bulk" role="group" aria-label={t("bulk.title")}>
            {act((Glyph::Close, "bulk.none", Pressed::None))}
            <span class="strong clip">{count("bulk.chosen", props.chosen)}</span>
            if props.chosen < props.all {
                <button class="link" type="button" onclick={press(Pressed::All)}>{tn("bulk.all", &[("n", &props.all.to_string())])}</button>
            }
            <span class="push"></span>
            {for acts.into_iter().map(act)}
        </div>
    }
}
