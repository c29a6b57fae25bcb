//! Which rows of a long list of equal rows are drawn: those in sight and some around them. What is left out above and below
//! is kept as padding, so that the scroll bar tells the truth. What one reads stays where it is while rows come and go above
//! it, and a list that one comes back to stands where one has left it.

use std::cell::RefCell;
use std::ops::Range;

use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::route::View;
use crate::services::{dom, events};
use crate::shown::listed::Listed;
use crate::state::map::Map;

/// Rows drawn beyond what is in sight, on either side.
const MARGIN_ROWS: usize = 10;
/// Rows drawn before the height is known.
const FIRST_ROWS: usize = 40;

/// What to draw, and what has to be attached.
pub struct RowWindow {
    /// The rows to draw.
    pub range: Range<usize>,
    /// The row that is drawn though it is none of them.
    pub apart: Option<usize>,
    /// The element that scrolls.
    pub outer: NodeRef,
    /// The element that holds the rows.
    pub inner: NodeRef,
    /// Belongs on the element that scrolls.
    pub onscroll: Callback<Event>,
}

thread_local! {
    /// How far each list was scrolled when it was left.
    static TOPS: RefCell<Map<View, i32>> = const { RefCell::new(Map::new()) };
}

/// Which rows to draw. When `cursor` moves, its row is brought into sight. Where Tab stops a row is always there, in sight or
/// not (`.row-apart`): else the focus on it would be lost, and whoever has scrolled on could not come back by keys.
#[hook]
pub fn use_row_window(
    view: View,
    rows: &Listed,
    height_px: u32,
    cursor: Option<usize>,
    stop: usize,
) -> RowWindow {
    let (outer, inner) = (use_node_ref(), use_node_ref());
    let sight = use_state_eq(|| (0usize, FIRST_ROWS));
    let len = rows.len();
    let measure = {
        let (outer, sight) = (outer.clone(), sight.setter());
        move || {
            if let Some(element) = outer.cast::<Element>() {
                let (top, seen, _) = dom::scroll_of(&element);
                let row = height_px.max(1) as usize;
                // In steps of five rows, so that most scrolling draws nothing anew.
                let first = (top.max(0) as usize / row) / 5 * 5;
                sight.set((first, seen.max(0) as usize / row + 6));
                // What is hidden (on a phone, behind what is open) has no height and stands nowhere.
                if seen > 0 {
                    TOPS.with_borrow_mut(|tops| tops.insert(view, top));
                }
            }
        }
    };
    let range = window(len, sight.0, sight.1);
    let apart = Some(stop).filter(|stop| *stop < len && !range.contains(stop));
    {
        let inner = inner.clone();
        use_effect_with((range.clone(), len, apart), move |(range, len, apart)| {
            if let Some(element) = inner.cast::<HtmlElement>() {
                dom::set_px(&element, "padding-top", range.start as u32 * height_px);
                dom::set_px(&element, "padding-bottom", (len - range.end) as u32 * height_px);
                if let (Some(apart), Some(row)) = (apart, dom::inside(&element, ".row-apart")) {
                    dom::set_px(&row, "top", *apart as u32 * height_px);
                }
            }
        });
    }
    {
        let (measure, outer) = (measure.clone(), outer.clone());
        use_effect_with((), move |()| {
            let top = TOPS.with_borrow(|tops| tops.get(&view).copied());
            if let (Some(top), Some(element)) = (top, outer.cast::<Element>()) {
                element.set_scroll_top(top);
            }
            measure();
            let listening = events::on_window("resize", move |_| measure());
            move || drop(listening)
        });
    }
    {
        let (before, outer) = (use_mut_ref(|| None::<Listed>), outer.clone());
        use_effect_with(rows.clone(), move |rows| {
            let last = before.replace(Some(rows.clone()));
            if let (Some(last), Some(element)) = (last, outer.cast::<Element>()) {
                let (top, _, _) = dom::scroll_of(&element);
                let shift = shift(&last, rows, top.max(0) as usize / height_px.max(1) as usize);
                if shift != 0 {
                    element.set_scroll_top(top + shift as i32 * height_px as i32);
                }
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
    RowWindow { range, apart, outer, inner, onscroll: Callback::from(move |_| measure()) }
}

fn window(len: usize, first: usize, seen: usize) -> Range<usize> {
    let end = (first + seen + MARGIN_ROWS).min(len);
    first.saturating_sub(MARGIN_ROWS).min(end)..end
}

/// By how many rows what stood at the top of the sight has moved. Who is at the very top wants to see what comes. A row that
/// has gone, or moved by itself, says nothing of the others: of three the one that moved least does.
fn shift(before: &Listed, after: &Listed, top: usize) -> isize {
    if top == 0 {
        return 0;
    }
    let moved = |place: usize| Some(after.place(before.at(place)?)? as isize - place as isize);
    (top..top + 3).filter_map(moved).min_by_key(|by| by.abs()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::desk::tests::{listed, summary};
    use crate::state::lists::Lists;
    use deskbell_shared::model::{AgentId, ConversationId};
    use std::rc::Rc;

    #[test]
    fn a_window_stays_inside_the_list() {
        assert_eq!(window(3, 0, 40), 0..3);
        assert_eq!(window(300, 100, 12), 90..122);
        assert_eq!(window(5, 100, 12), 5..5);
        assert_eq!(window(0, 0, 0), 0..0);
    }

    #[test]
    fn what_is_read_stays_where_it_is() {
        let mut lists = Lists::new(AgentId(1));
        lists.renew(listed((1..=20).map(|id| summary(id, None, 0))));
        let before = lists.view(View::All);
        // The newest stands first: 20 at place 0. Two come above, and the one at the top of the sight is among them.
        let risen = |id: u128, at: i64| {
            let mut row = (*summary(id, None, 0)).clone();
            row.last_at.0 = at;
            Rc::new(row)
        };
        let rows = (1..=20).filter(|id| *id != 10).map(|id| summary(id, None, 0));
        lists.renew(listed(rows.chain([risen(10, 50), risen(21, 51)])));
        let after = lists.view(View::All);
        assert_eq!(before.at(10), Some(ConversationId(10)));
        assert_eq!(shift(&before, &after, 10), 1, "what stood below it has moved by one");
        assert_eq!(shift(&before, &after, 4), 2);
        assert_eq!(shift(&before, &after, 0), 0, "at the top one sees what comes");
        assert_eq!(shift(&after, &after, 7), 0);
    }
}
