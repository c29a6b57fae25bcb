//! Picking a picture: it goes to the server as soon as it is picked, unless it is too large; what becomes of it is the
//! caller's.

use deskbell_shared::protocol::api::PictureView;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::submit::{Submit, use_submit};
use crate::services::{files, http};
use crate::text::t;
use crate::trouble::Wrong;

/// The most a picture may weigh, as the server has it.
const PICTURE_BYTES_MAX: f64 = 2_000_000.0;

/// The button with these words, and what is wrong with what was picked. `onmade` is told what the server at `path` made
/// of the picture.
#[hook]
pub fn use_picture(
    id: &'static str,
    words: &'static str,
    path: &'static str,
    onmade: Callback<PictureView>,
) -> (Submit, Html) {
    let submit = use_submit();
    let node = use_node_ref();
    let onclick = {
        let node = node.clone();
        move |_: MouseEvent| {
            if let Some(input) = node.cast::<HtmlInputElement>() {
                input.click()
            }
        }
    };
    let onchange = {
        let submit = submit.clone();
        move |event: Event| {
            let Some(file) = files::take(&event.target_unchecked_into()).into_iter().next() else { return };
            let found = match file.size() > PICTURE_BYTES_MAX {
                true => Wrong::whole(t("picture.too_big")),
                false => Wrong::nothing(),
            };
            let onmade = onmade.clone();
            let call = async move { http::post_file(path, file.raw()).await };
            submit.run(found, &[], call, move |made| onmade.emit(made));
        }
    };
    let button = html! {
        <>
            <button class="button" type="button" {onclick} aria-disabled={submit.is_busy.then_some("true")}>
                {t(if submit.is_busy { "busy" } else { words })}
            </button>
            <input ref={node} {id} type="file" accept="image/png,image/jpeg,image/webp" hidden={true} tabindex="-1"
                aria-label={t(words)} {onchange} />
        </>
    };
    (submit, button)
}
