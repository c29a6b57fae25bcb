//! Showing a dialog over everything else for as long as its component is there.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use crate::services::dom;

/// Opens the dialog once it is in the page.
#[hook]
pub fn use_modal(node: NodeRef) {
    use_effect_with((), move |()| {
        if let Some(dialog) = node.cast::<HtmlDialogElement>() {
            dom::show_modal(&dialog);
        }
    });
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
