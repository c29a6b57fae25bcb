//! Which rows of a long list of equal rows are drawn: those in sight and some around them. What is left out above and below
//! is kept as padding, so that the scroll bar tells the truth.

use std::ops::Range;

use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::services::{dom, events};

/// Rows drawn beyond what is in sight, on either side.
const MARGIN_ROWS: usize = 10;
/// Rows drawn before the height is known.
const FIRST_ROWS: usize = 40;

/// What to draw, and what has to be attached.
pub struct RowWindow {
    /// The rows to draw.
    pub range: Range<usize>,
    /// The element that scrolls.
    pub outer: NodeRef,
    /// The element that holds the rows.
    pub inner: NodeRef,
    /// Belongs on the element that scrolls.
    pub onscroll: Callback<Event>,
}

/// Which rows to draw. When `cursor` moves, its row is brought into sight.
#[hook]
pub fn use_row_window(len: usize, height_px: u32, cursor: Option<usize>) -> RowWindow {
    let (outer, inner) = (use_node_ref(), use_node_ref());
    let sight = use_state_eq(|| (0usize, FIRST_ROWS));
    let measure = {
        let (outer, sight) = (outer.clone(), sight.setter());
        move || {
            if let Some(element) = outer.cast::<Element>() {
                let (top, seen, _) = dom::scroll_of(&element);
                let row = height_px.max(1) as usize;
                // In steps of five rows, so that most scrolling draws nothing anew.
                let first = (top.max(0) as usize / row) / 5 * 5;
                sight.set((first, seen.max(0) as usize / row + 6));
            }
        }
    };
    {
        let measure = measure.clone();
        use_effect_with((), move |()| {
            measure();
            let listening = events::on_window("resize", move |_| measure());
            move || drop(listening)
        });
    }
    let range = window(len, sight.0, sight.1);
    {
        let (inner, range) = (inner.clone(), range.clone());
        use_effect_with((range, len), move |(range, len)| {
            if let Some(element) = inner.cast::<HtmlElement>() {
                dom::set_px(&element, "padding-top", range.start as u32 * height_px);
                dom::set_px(&element, "padding-bottom", (len - range.end) as u32 * height_px);
            }
        });
    }
    {
        let outer = outer.clone();
        use_effect_with(cursor, move |cursor| {
            if let (Some(at), Some(element)) = (*cursor, outer.cast::<Element>()) {
                let (top, seen, _) = dom::scroll_of(&element);
                let (begin, end) = ((at as u32 * height_px) as i32, ((at as u32 + 1) * height_px) as i32);
                if begin < top {
                    element.set_scroll_top(begin);
                } else if end > top + seen {
                    element.set_scroll_top(end - seen + 8);
                }
            }
        });
    }
    RowWindow { range, outer, inner, onscroll: Callback::from(move |_| measure()) }
}

fn window(len: usize, first: usize, seen: usize) -> Range<usize> {
    let end = (first + seen + MARGIN_ROWS).min(len);
    first.saturating_sub(MARGIN_ROWS).min(end)..end
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn a_window_stays_inside_the_list() {
        assert_eq!(window(3, 0, 40), 0..3);
        assert_eq!(window(300, 100, 12), 90..122);
        assert_eq!(window(5, 100, 12), 5..5);
        assert_eq!(window(0, 0, 0), 0..0);
    }
}
