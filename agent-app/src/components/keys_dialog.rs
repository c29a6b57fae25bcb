//! The list of all keys, over everything else.

use yew::prelude::*;

use super::dialog::dialog_head;
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
    pub keys: Vec<(&'static [&'static str], &'static str)>,
    /// Those inside the composer.
    pub writing: KeyList,
    /// Called when it should go.
    pub onclose: Callback<()>,
}

/// All keys.
#[function_component(KeysDialog)]
pub fn keys_dialog(props: &KeysDialogProps) -> Html {
    let (node, close) = use_modal();
    let closed = props.onclose.reform(|_: Event| ());
    let line =
        |(keys, key): &(&[&'static str], &str)| html! { <div><dt>{t(key)}</dt><dd>{caps(keys)}</dd></div> };
    html! {
        <dialog class="dialog" ref={node} aria-labelledby="keys-title" onclose={closed}>
            {dialog_head("keys-title", t("keys.title"), &close)}
            <div class="dialog-body">
                <dl class="keys">{for props.keys.iter().map(line)}</dl>
                <p class="muted">{t("keys.where")}</p>
                <h3>{t("keys.writing")}</h3>
                <dl class="keys">{for props.writing.iter().map(line)}</dl>
            </div>
        </dialog>
    }
}
