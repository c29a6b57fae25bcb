//! What dialogs have in common.

use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::text::t;

/// The head of a dialog: its title, under the id that names the dialog, and the button that closes it.
pub fn dialog_head(id: &'static str, title: String, close: &Callback<()>) -> Html {
    html! {
        <header class="dialog-head">
            <h2 {id}>{title}</h2>
            <button class="button button-quiet button-icon" type="button" aria-label={t("close")}
                onclick={close.reform(|_: MouseEvent| ())}>{icon(Glyph::Close)}</button>
        </header>
    }
}
