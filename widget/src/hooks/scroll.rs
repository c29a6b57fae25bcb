//! Scrolling of the transcript. The style sheet turns the scroller around (`column-reverse`): its zero is the newest
//! row and what is further up is negative, so that the browser itself keeps the newest row in sight when rows come or
//! the composer grows, and the place of the reader when older rows come.

use web_sys::Element;
use yew::{Callback, Event, NodeRef, TargetCast, hook, use_effect_with, use_node_ref};

/// So close to an end counts as there.
const NEAR_PX_MAX: i32 = 48;
/// Older rows are fetched this long before the reader runs into the end.
const AHEAD_PX_MAX: i32 = 400;

/// Where the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// At the newest row.
    pub at_end: bool,
    /// Close to the oldest.
    pub near_start: bool,
}

/// The scroller's node and the handler of its scroll events. It jumps to the newest row whenever `jumps` changes.
#[hook]
pub fn use_scroll(jumps: u32, onplace: Callback<Place>) -> (NodeRef, Callback<Event>) {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(jumps, move |_| {
            if let Some(scroller) = node.cast::<Element>() {
                scroller.set_scroll_top(0);
            }
        });
    }
    let onscroll = Callback::from(move |event: Event| {
        let scroller: Element = event.target_unchecked_into();
        let from_end = -scroller.scroll_top();
        let from_start = scroller.scroll_height() - scroller.client_height() - from_end;
        onplace.emit(Place { at_end: from_end < NEAR_PX_MAX, near_start: from_start < AHEAD_PX_MAX });
    });
    (node, onscroll)
}
