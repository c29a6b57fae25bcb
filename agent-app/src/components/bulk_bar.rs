//! What can be done to all conversations that are chosen, in the place of the head of their list.

use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::text::{count, t};

/// The bar.
pub struct BulkBarProps {
    /// How many are chosen.
    pub chosen: usize,
    /// How many could be.
    pub all: usize,
    /// A deed for many is under way already.
    pub is_busy: bool,
    /// Resolves them.
    pub onresolve: Callback<()>,
    /// Asks until when they are put aside.
    pub onsnooze: Callback<()>,
    /// Takes them.
    pub onclaim: Callback<()>,
    /// Asks to whom they are passed on.
    pub ontransfer: Callback<()>,
    /// Chooses all of the list.
    pub onall: Callback<()>,
    /// Chooses none.
    pub onnone: Callback<()>,
}

/// The bar.
pub fn bulk_bar(props: &BulkBarProps) -> Html {
    let act = |glyph: Glyph, key: &str, call: &Callback<()>| {
        let name = t(key);
        html! {
            <button class="button button-quiet button-icon" type="button" aria-label={name.clone()} title={name}
                disabled={props.is_busy} onclick={call.reform(|_: MouseEvent| ())}>{icon(glyph)}</button>
        }
    };
    html! {
        <div class="bulk" role="toolbar" aria-label={t("bulk.title")}>
            <button class="button button-quiet button-icon" type="button" aria-label={t("bulk.none")} title={t("bulk.none")}
                onclick={props.onnone.reform(|_: MouseEvent| ())}>{icon(Glyph::Close)}</button>
            <span class="strong clip" role="status">{count("bulk.chosen", props.chosen)}</span>
            if props.chosen < props.all {
                <button class="link" type="button" onclick={props.onall.reform(|_: MouseEvent| ())}>{t("bulk.all")}</button>
            }
            <span class="push"></span>
            {act(Glyph::Check, "talk.resolve", &props.onresolve)}
            {act(Glyph::Clock, "talk.snooze", &props.onsnooze)}
            {act(Glyph::Mine, "bulk.claim", &props.onclaim)}
            {act(Glyph::People, "talk.transfer", &props.ontransfer)}
        </div>
    }
}
