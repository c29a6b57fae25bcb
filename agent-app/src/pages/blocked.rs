//! Visitors who are blocked, and ending that.

use deskbell_shared::model::{BlockView, VisitorId};
use deskbell_shared::protocol::api::BlocksView;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::settings::sheet;
use crate::components::empty::{empty, loading};
use crate::components::face::visitor_face;
use crate::components::stage::form_error;
use crate::format::{Local, moment, visitor_name};
use crate::hooks::now::use_now;
use crate::hooks::page::use_page;
use crate::services::{blocks, http};
use crate::text::{t, tn};
use crate::trouble::Trouble;

/// Visitors who are blocked.
#[function_component(Blocked)]
pub fn blocked() -> Html {
    use_page(t("settings.blocked"));
    let local = use_now(60_000);
    let blocks = use_state(|| None::<Result<Vec<BlockView>, Trouble>>);
    let read = {
        let blocks = blocks.setter();
        Callback::from(move |()| {
            let blocks = blocks.clone();
            spawn_local(async move {
                let answer: Result<BlocksView, Trouble> = http::get("/api/blocks").await;
                blocks.set(Some(answer.map(|view| view.blocks)));
            });
        })
    };
    {
        let read = read.clone();
        use_effect_with((), move |()| read.emit(()));
    }
    let lift = {
        let blocks = blocks.setter();
        Callback::from(move |visitor: VisitorId| {
            let (read, blocks) = (read.clone(), blocks.clone());
            spawn_local(async move {
                match blocks::unblock(visitor).await {
                    Ok(_) => read.emit(()),
                    Err(trouble) => blocks.set(Some(Err(trouble))),
                }
            });
        })
    };
    let list = match &*blocks {
        None => loading(),
        Some(Err(trouble)) => form_error(Some(&trouble.say())),
        Some(Ok(blocks)) if blocks.is_empty() => {
            empty(&t("block.none"), &t("block.none.line"), false, Html::default())
        }
        Some(Ok(blocks)) => {
            html! { <ul class="table">{for blocks.iter().map(|block| line(block, local, &lift))}</ul> }
        }
    };
    sheet(t("settings.blocked"), Html::default(), html! { <section class="part">{list}</section> })
}

fn line(block: &BlockView, local: Local, lift: &Callback<VisitorId>) -> Html {
    let visitor = block.visitor;
    let until = tn("block.until", &[("who", &block.by.name), ("until", &moment(block.until, local))]);
    html! {
        <li key={visitor.to_hex()}>
            {visitor_face(visitor, "")}
            <div><p class="strong">{visitor_name(visitor)}</p><p>{block.reason.clone()}{" · "}{until}</p></div>
            <button class="button" type="button" onclick={lift.reform(move |_: MouseEvent| visitor)}>{t("block.lift")}</button>
        </li>
    }
}
