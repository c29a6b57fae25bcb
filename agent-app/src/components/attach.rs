//! Sending files from the desk: picked while a conversation is open.

use deskbell_shared::model::ConversationId;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::hooks::uploads::{Going, Uploads, use_uploads};
use crate::text::t;

/// Where files go.
#[derive(Clone, PartialEq, Properties)]
pub struct AttachProps {
    /// The conversation.
    pub id: ConversationId,
    /// Called when one was sent.
    pub onsent: Callback<()>,
}

/// The button, and what is under way.
#[function_component(Attach)]
pub fn attach(props: &AttachProps) -> Html {
    let Uploads { going, begin, again, drop } = use_uploads(props.id, props.onsent.clone());
    let input = use_node_ref();
    let onchange =
        Callback::from(move |event: Event| begin.emit(event.target_unchecked_into::<HtmlInputElement>()));
    let onclick = {
        let input = input.clone();
        move |_: MouseEvent| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.click();
            }
        }
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
                    <button class="link" type="button" onclick={drop}>{t("file.drop")}</button>
                } else {
                    <span class="muted" role="status">{t("file.going")}</span><progress aria-label={going.name()} />
                }
            </li>
        }
    };
    html! {
        <div class="attach">
            <ul class="uploads">{for going.iter().map(row)}</ul>
            <button class="button button-quiet" type="button" {onclick}>{t("file.attach")}</button>
            <input ref={input} type="file" multiple=true hidden=true aria-hidden="true" {onchange} />
        </div>
    }
}
