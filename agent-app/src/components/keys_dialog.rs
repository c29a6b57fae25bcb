//! The list of all keys, over everything else.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::hooks::dialog::use_modal;
use crate::text::t;

/// Key caps in a row.
pub fn caps(keys: &[&'static str]) -> Html {
    html! { {for keys.iter().map(|key| html! { <kbd class="key">{*key}</kbd> })} }
}

/// Keys in the order shown: what is on their caps, and the key of the text.
pub type KeyList = &'static [(&'static [&'static str], &'static str)];

/// The dialog.
#[derive(Clone, PartialEq, Properties)]
pub struct KeysDialogProps {
    /// Those that work everywhere.
    pub keys: KeyList,
    /// Those inside the composer.
    pub writing: KeyList,
    /// Called when it should go.
    pub onclose: Callback<()>,
}

/// All keys.
#[function_component(KeysDialog)]
pub fn keys_dialog(props: &KeysDialogProps) -> Html {
    let node = use_node_ref();
    use_modal(node.clone());
    let closed = props.onclose.reform(|_: Event| ());
    let onclick = {
        let node = node.clone();
        move |_: MouseEvent| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                dialog.close()
            }
        }
    };
    let line =
        |(keys, key): &(&[&'static str], &str)| html! { <div><dt>{t(key)}</dt><dd>{caps(keys)}</dd></div> };
    html! {
        <dialog class="dialog" ref={node} aria-labelledby="keys-title" onclose={closed}>
            <header class="dialog-head">
                <h2 id="keys-title">{t("keys.title")}</h2>
                <button class="button button-quiet button-icon" type="button" aria-label={t("close")} {onclick}>{icon(Glyph::Close)}</button>
            </header>
            <div class="dialog-body">
                <dl class="keys">{for props.keys.iter().map(line)}</dl>
                <p class="muted">{t("keys.where")}</p>
                <h3>{t("keys.writing")}</h3>
                <dl class="keys">{for props.writing.iter().map(line)}</dl>
            </div>
        </dialog>
    }
}
