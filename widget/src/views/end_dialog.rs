//! Asks whether to end. A dialog of the browser: it keeps the focus inside and gives it back.

use web_sys::HtmlDialogElement;
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_node_ref};

use crate::services::document::text;

/// What the dialog needs.
#[derive(PartialEq, Properties)]
pub struct EndDialogProps {
    /// Called with the answer.
    pub onanswer: Callback<bool>,
}

/// The dialog, open for as long as it is in the document.
#[component(EndDialog)]
pub fn end_dialog(props: &EndDialogProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                // It fails only where the dialog is open already, or no longer in the document.
                let _ = dialog.show_modal();
            }
        });
    }
    let answer = |end: bool| {
        let onanswer = props.onanswer.clone();
        move |_| onanswer.emit(end)
    };
    html! {
        <dialog ref={node} aria-labelledby="end-ask" oncancel={props.onanswer.reform(|_: yew::Event| false)}>
            <h2 id="end-ask">{ text("end_ask") }</h2>
            <p>{ text("end_more") }</p>
            <div class="actions">
                <button type="button" class="button" onclick={answer(true)}>{ text("end") }</button>
                <button type="button" class="button quiet" onclick={answer(false)}>{ text("end_keep") }</button>
            </div>
        </dialog>
    }
}
