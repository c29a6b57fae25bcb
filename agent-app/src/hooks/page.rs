//! What every page does when one comes to it: it names itself in the tab and takes the focus, so that a screen reader says
//! where one is.

use yew::prelude::*;

use super::desk::Desk;
use crate::services::dom;
use crate::text::{t, tn};

/// The id of the heading of a page.
pub const TITLE_ID: &str = "page-title";

/// Names the page in the tab, with how much wants attention, and moves the focus to its heading whenever `page` changes
/// after the first time.
#[hook]
pub fn use_page(title: String) {
    let desk = use_context::<Desk>();
    let waiting = desk.map_or(0, |desk| desk.state.lists.attention().total());
    let product = t("product");
    let full = match waiting {
        0 => tn("title", &[("page", &title), ("product", &product)]),
        n => tn("title.waiting", &[("n", &n.to_string()), ("page", &title), ("product", &product)]),
    };
    use_effect_with(full, |full| dom::set_title(full));
    use_effect_with(title, |_| {
        // At the very first page the document itself is announced.
        if WAS_HERE.with(|was_here| was_here.replace(true)) && !dom::is_writing() {
            dom::focus_id(TITLE_ID);
        }
    });
}

thread_local! {
    static WAS_HERE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}
