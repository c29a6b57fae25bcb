//! An address that leads nowhere.

use yew::prelude::*;

use crate::components::link::Link;
use crate::components::stage::{card_head, stage};
use crate::hooks::page::use_page;
use crate::route::{Route, View};
use crate::text::t;

/// An address that leads nowhere.
#[function_component(Missing)]
pub fn missing() -> Html {
    use_page(t("missing.title"));
    let page = html! {
        <div class="card">
            {card_head(t("missing.title"), t("missing.line"))}
            <Link to={Route::Inbox(View::Queue, None)} class="button button-primary button-big">{t("to_inbox")}</Link>
        </div>
    };
    stage(false, page)
}
