//! Showing a dialog over everything else for as long as its component is there.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use crate::services::dom;

/// A dialog that opens once it is in the page: its node, and what closes it.
#[hook]
pub fn use_modal() -> (NodeRef, Callback<()>) {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                dom::show_modal(&dialog);
            }
        });
    }
    let close = {
        let node = node.clone();
        Callback::from(move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                dialog.close()
            }
        })
    };
    (node, close)
}

/// Whether an element holds another.
pub fn holds(outer: Option<web_sys::EventTarget>, inner: Option<web_sys::EventTarget>) -> bool {
    use wasm_bindgen::JsCast;
    let as_node = |target: Option<web_sys::EventTarget>| {
        target.and_then(|target| target.dyn_into::<web_sys::Node>().ok())
    };
    match (as_node(outer), as_node(inner)) {
        (Some(outer), Some(inner)) => outer.contains(Some(&inner)),
        _ => false,
    }
}
