//! Which rows of a long list of equal rows are drawn: those in sight and some around them. What is left out above and below
//! is kept as padding, so that the scroll bar tells the truth. What one reads stays where it is while rows come and go above
//! it, and a list that one comes back to stands where one has left it.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use deskbell_shared::model::ConversationId;
use wasm_bindgen::JsCast;
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
    /// Belongs there, too: the focus came to something.
    pub onfocusin: Callback<FocusEvent>,
    /// The focus left something.
    pub onfocusout: Callback<FocusEvent>,
}

thread_local! {
    /// How far each list was scrolled when it was left.
    static TOPS: RefCell<Map<View, i32>> = const { RefCell::new(Map::new()) };
}

/// What was drawn last, and what had the focus.
#[derive(Default)]
struct Last {
    rows: Option<Listed>,
    cursor: Option<ConversationId>,
    focus: Option<String>,
}

/// Which rows to draw. When `cursor` moves, its row is brought into sight. Where Tab stops (`stop`, and the id of that row) a
/// row is always there, in sight or not (`.row-apart`): else the focus on it would be lost, and whoever has scrolled on could
/// not come back by keys.
#[hook]
pub fn use_row_window(
    view: View,
    rows: &Listed,
    height_px: u32,
    cursor: Option<(ConversationId, usize)>,
    stop: (usize, Option<String>),
) -> RowWindow {
    let (outer, inner) = (use_node_ref(), use_node_ref());
    let sight = use_state_eq(|| (0usize, FIRST_ROWS));
    let last = use_mut_ref(Last::default);
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
    let apart = Some(stop.0).filter(|stop| *stop < len && !range.contains(stop));
    {
        let (outer, inner, last, stop) = (outer.clone(), inner.clone(), Rc::clone(&last), stop.1);
        use_effect_with((rows.clone(), range.clone(), apart, cursor), move |(rows, range, apart, cursor)| {
            let (Some(outer), Some(inner)) = (outer.cast::<Element>(), inner.cast::<HtmlElement>()) else {
                return;
            };
            stands_apart(&inner, range, rows.len(), *apart, height_px);
            let mut last = last.borrow_mut();
            scroll(&outer, view, rows, &last, *cursor, height_px);
            (last.rows, last.cursor) = (Some(rows.clone()), cursor.map(|(id, _)| id));
            // A browser drops the focus with the element that had it, also where that one only changed its place.
            let had = last.focus.clone().filter(|_| dom::is_focus_nowhere());
            drop(last);
            if let Some(had) = had
                && !dom::refocus_id(&had)
                && let Some(stop) = stop
            {
                dom::refocus_id(&stop);
            }
        });
    }
    {
        let measure = measure.clone();
        use_effect_with((), move |()| {
            measure();
            let listening = events::on_window("resize", move |_| measure());
            move || drop(listening)
        });
    }
    let onfocusin = {
        let last = Rc::clone(&last);
        Callback::from(move |event: FocusEvent| {
            let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            last.borrow_mut().focus = element.map(|element| element.id()).filter(|id| !id.is_empty());
        })
    };
    let onfocusout = Callback::from(move |event: FocusEvent| {
        // To nothing else: that is how it goes when the element is taken away.
        if event.related_target().is_some()
            && let Ok(mut last) = last.try_borrow_mut()
        {
            last.focus = None;
        }
    });
    let onscroll = Callback::from(move |_| measure());
    RowWindow { range, apart, outer, inner, onscroll, onfocusin, onfocusout }
}

/// Puts padding in the place of what is not drawn, and the row that stands apart to its place. That is told in a
/// property of its own, which says nothing any more once the row is one of the others.
fn stands_apart(inner: &HtmlElement, range: &Range<usize>, len: usize, apart: Option<usize>, height_px: u32) {
    dom::set_px(inner, "padding-top", range.start as u32 * height_px);
    dom::set_px(inner, "padding-bottom", (len - range.end) as u32 * height_px);
    if let (Some(apart), Some(row)) = (apart, dom::inside(inner, ".row-apart")) {
        dom::set_px(&row, "--top", apart as u32 * height_px);
    }
}

/// Scrolls to where the list was left, or so far that what one reads stays where it is; and where the keys have moved, to
/// where they are.
fn scroll(
    outer: &Element,
    view: View,
    rows: &Listed,
    last: &Last,
    cursor: Option<(ConversationId, usize)>,
    height_px: u32,
) {
    let row_px = height_px.max(1) as i32;
    let (mut top, seen, _) = dom::scroll_of(outer);
    let to = match &last.rows {
        None => TOPS.with_borrow(|tops| tops.get(&view).copied()).unwrap_or(0),
        Some(before) => top + shift(before, rows, (top.max(0) / row_px) as usize) as i32 * row_px,
    };
    if to != top {
        outer.set_scroll_top(to);
        top = to;
    }
    if let Some((_, at)) = cursor.filter(|(id, _)| last.cursor != Some(*id)) {
        let (begin, end) = (at as i32 * row_px, (at as i32 + 1) * row_px);
        if begin < top {
            outer.set_scroll_top(begin);
        } else if end > top + seen {
            outer.set_scroll_top(end - seen + 8);
        }
    }
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
