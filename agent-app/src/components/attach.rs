//! Sending files from the desk: picked, pasted, or dropped onto the composer, which stands inside.

use deskbell_shared::model::ConversationId;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::hooks::uploads::{Going, Uploads, is_bringing, use_uploads};
use crate::text::t;

/// Where files go.
#[derive(Clone, PartialEq, Properties)]
pub struct AttachProps {
    /// The conversation.
    pub id: ConversationId,
    /// Called when one was sent.
    pub onsent: Callback<()>,
    /// Takes none now; those under way go on.
    pub is_off: bool,
    /// What else may be added to a message, beside the button.
    #[prop_or_default]
    pub tools: Html,
    /// The composer.
    pub children: Html,
}

/// What is under way, the composer, and the button.
#[function_component(Attach)]
pub fn attach(props: &AttachProps) -> Html {
    let Uploads { going, pick, bring, again, drop } = use_uploads(props.id, props.onsent.clone());
    let input = use_node_ref();
    let is_over = use_state_eq(|| false);
    let onclick = {
        let input = input.clone();
        move |_: MouseEvent| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.click();
            }
        }
    };
    let onbring = {
        let (is_over, is_off) = (is_over.setter(), props.is_off);
        Callback::from(move |event: Event| {
            is_over.set(false);
            if !is_off {
                bring.emit(event);
            }
        })
    };
    // That a page is left for a file that was dropped beside it is prevented in `static/boot.js`.
    let over = |is: bool| {
        let (is_over, is_off) = (is_over.setter(), props.is_off);
        move |event: DragEvent| is_over.set(is && !is_off && is_bringing(&event))
    };
    let row = |going: &Going| {
        let again = {
            let (again, going) = (again.clone(), going.clone());
            move |_: MouseEvent| again.emit(going.clone())
        };
        let drop = {
            let (drop, number) = (drop.clone(), going.number);
            move |_: MouseEvent| drop.emit(number)
        };
        html! {
            <li key={going.number}>
                <bdi>{going.name()}</bdi>
                if let Some(why) = going.failed {
                    <span class="field-error" role="alert">{t(why)}</span>
                    <button class="link" type="button" onclick={again}>{t("progress.retry")}</button>
                } else {
                    <span class="muted" role="status">{t("file.going")}</span>
                    <progress aria-label={going.name()} value={going.gone.to_string()} max="100" />
                }
                <button class="link" type="button" onclick={drop}>{t(if going.failed.is_some() { "file.drop" } else { "file.cancel" })}</button>
            </li>
        }
    };
    html! {
        <div class={classes!("attach", is_over.then_some("attach-over"))} onpaste={onbring.clone()}
            ondragover={over(true)} ondragleave={over(false)} ondrop={onbring.reform(Event::from)}>
            if *is_over { <p class="attach-here" aria-hidden="true">{t("file.drop_here")}</p> }
            if !going.is_empty() { <ul class="uploads">{for going.iter().map(row)}</ul> }
            {props.children.clone()}
            <div class="attach-foot" hidden={props.is_off}>
                <button class="button button-quiet" type="button" {onclick}>{t("file.attach")}</button>
                {props.tools.clone()}
                <input ref={input} type="file" multiple=true hidden=true aria-hidden="true" onchange={pick} />
            </div>
        </div>
    }
}
