//! Scrolling in a transcript: it stays at the newest line until somebody scrolls away, keeps what one reads in place
//! while older rows come in above, and holds a bounded number of rows in the page.

use web_sys::Element;
use yew::prelude::*;

use crate::services::dom;

/// Rows in the page at first, and the step by which older or newer ones are brought in.
const STEP_ROWS: u64 = 60;
/// The most rows in the page.
const ROWS_MAX: u64 = 240;
/// This near to an end, more is brought in.
const NEAR_PX: i32 = 500;
/// This near to the end counts as being there.
const AT_END_PX: i32 = 40;

/// The rows in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first one.
    pub from: u64,
    /// The last one; `None` follows the newest.
    pub to: Option<u64>,
}

/// Older pages that are fetched on the way to a row.
const PAGES_ON_THE_WAY_MAX: u32 = 30;

/// The rows there are.
#[derive(Clone, Copy)]
pub struct RowsThere {
    /// The first one.
    pub first: u64,
    /// The last one; 0 before there are any.
    pub last: u64,
    /// Whether there are others before the first one.
    pub has_older: bool,
    /// Changes with everything that changes their height.
    pub revision: u64,
}

/// The way to a row.
#[derive(Clone, Copy, Default, PartialEq)]
struct Way {
    to: Option<u64>,
    is_there: bool,
    pages: u32,
    /// The first row when older ones were asked for last.
    asked_at: Option<u64>,
}

/// What to draw, and what has to be attached.
pub struct TranscriptScroll {
    /// The rows to draw.
    pub window: Window,
    /// The element that scrolls.
    pub node: NodeRef,
    /// Belongs on the element that scrolls.
    pub onscroll: Callback<Event>,
    /// Whether the newest line is out of sight.
    pub is_away: bool,
    /// Brings older rows in.
    pub older: Callback<()>,
    /// Goes to the newest line.
    pub end: Callback<()>,
}

/// Scrolling in a transcript. `onolder` asks for rows before the first one, where there are any. With a row to go `to`, it
/// begins there; older pages are fetched until it is there, a bounded number of them: then `onfar` is called.
#[hook]
pub fn use_transcript_scroll(
    rows: RowsThere,
    onolder: Callback<()>,
    to: Option<u64>,
    onfar: Callback<()>,
) -> TranscriptScroll {
    let RowsThere { first, last, has_older, revision } = rows;
    let node = use_node_ref();
    let window = use_state_eq(|| Window { from: last.saturating_sub(STEP_ROWS).max(first), to: None });
    // Whoever goes to a row has not seen the newest one.
    let is_away = use_state_eq(|| to.is_some());
    let at_end = use_mut_ref(|| true);
    let way = use_mut_ref(Way::default);
    // The element that must not move, and how far below the top of what is in sight it is.
    let anchor = use_mut_ref(|| None::<(String, i32)>);

    let shown = clamp(*window, first, last);
    let older = {
        let (window, anchor, node, onolder) =
            (window.setter(), anchor.clone(), node.clone(), onolder.clone());
        Callback::from(move |()| {
            if shown.from > first {
                *anchor.borrow_mut() = held(&node, shown.from);
                window.set(earlier(shown, first, last));
            } else if has_older {
                *anchor.borrow_mut() = held(&node, shown.from);
                onolder.emit(());
            }
        })
    };
    let newer = {
        let (window, anchor, node) = (window.setter(), anchor.clone(), node.clone());
        move || {
            if let Some(to) = shown.to {
                *anchor.borrow_mut() = held(&node, to);
                window.set(later(shown, to, last));
            }
        }
    };
    let onscroll = {
        let (node, at_end, is_away, older) = (node.clone(), at_end.clone(), is_away.setter(), older.clone());
        Callback::from(move |_: Event| {
            let Some(element) = node.cast::<Element>() else { return };
            let (top, seen, all) = dom::scroll_of(&element);
            let below = all - top - seen;
            let here = below < AT_END_PX && shown.to.is_none();
            *at_end.borrow_mut() = here;
            is_away.set(!here);
            if top < NEAR_PX && all > seen {
                older.emit(());
            } else if below < NEAR_PX {
                newer();
            }
        })
    };
    let end = {
        let (window, at_end, is_away, node) =
            (window.setter(), at_end.clone(), is_away.setter(), node.clone());
        Callback::from(move |()| {
            *at_end.borrow_mut() = true;
            is_away.set(false);
            window.set(Window { from: last.saturating_sub(STEP_ROWS).max(first), to: None });
            if let Some(element) = node.cast::<Element>() {
                element.set_scroll_top(element.scroll_height());
            }
        })
    };
    {
        let (node, older) = (node.clone(), older.clone());
        let (window, is_away) = (window.setter(), is_away.setter());
        use_effect_with((shown, first, last, revision, to), move |_| {
            let Some(element) = node.cast::<Element>() else { return };
            let mut way = way.borrow_mut();
            if way.to != to {
                *way = Way { to, ..Way::default() };
            }
            if let Some(row) = to.filter(|_| !way.is_there && last > 0) {
                *at_end.borrow_mut() = false;
                if row < first && has_older {
                    if way.asked_at == Some(first) {
                        return;
                    }
                    if way.pages < PAGES_ON_THE_WAY_MAX {
                        (way.pages, way.asked_at) = (way.pages + 1, Some(first));
                        return onolder.emit(());
                    }
                    onfar.emit(());
                }
                let row = row.clamp(first, last);
                if row < shown.from || shown.to.is_some_and(|to| row > to) {
                    return window.set(around(row, first, last));
                }
                way.is_there = true;
                if let Some(top) = row_top(row) {
                    // A third of what is seen above it: what was said before it belongs to it.
                    element.set_scroll_top(top - element.client_height() / 3);
                }
                let (top, seen, all) = dom::scroll_of(&element);
                let here = all - top - seen < AT_END_PX && shown.to.is_none();
                *at_end.borrow_mut() = here;
                is_away.set(!here);
                return;
            }
            drop(way);
            if *at_end.borrow() {
                element.set_scroll_top(element.scroll_height());
            } else if let Some((id, offset)) = anchor.borrow_mut().take()
                && let Some(top) = dom::top_of(&id)
            {
                element.set_scroll_top(top - offset);
            }
            // Older rows that were asked for have come, and whoever asked is still waiting for them.
            if shown.from > first && element.scroll_top() < NEAR_PX && !*at_end.borrow() {
                older.emit(());
            }
        });
    }
    TranscriptScroll { window: shown, node, onscroll, is_away: *is_away, older, end }
}

/// The rows there are, of those wanted.
fn clamp(window: Window, first: u64, last: u64) -> Window {
    let from = match window.to {
        None if last.saturating_sub(window.from) > ROWS_MAX => last - STEP_ROWS,
        _ => window.from.clamp(first.min(last), last.max(first)),
    };
    Window { from: from.max(first), to: window.to.filter(|to| *to < last) }
}

fn earlier(window: Window, first: u64, last: u64) -> Window {
    let from = window.from.saturating_sub(STEP_ROWS).max(first);
    let to = window.to.unwrap_or(last).min(from + ROWS_MAX);
    Window { from, to: (to < last).then_some(to) }
}

fn later(window: Window, to: u64, last: u64) -> Window {
    let to = (to + STEP_ROWS).min(last);
    Window { from: window.from.max(to.saturating_sub(ROWS_MAX)), to: (to < last).then_some(to) }
}

fn around(row: u64, first: u64, last: u64) -> Window {
    let to = (row + STEP_ROWS / 2).min(last);
    Window { from: row.saturating_sub(STEP_ROWS / 2).max(first), to: (to < last).then_some(to) }
}

fn row_id(seq: u64) -> String {
    let mut id = "row-".to_owned();
    id.push_str(&seq.to_string());
    id
}

fn row_top(seq: u64) -> Option<i32> {
    dom::top_of(&row_id(seq))
}

fn held(node: &NodeRef, seq: u64) -> Option<(String, i32)> {
    let element = node.cast::<Element>()?;
    let id = row_id(seq);
    let top = dom::top_of(&id)?;
    Some((id, top - element.scroll_top()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_was_looked_for_has_others_on_both_sides() {
        assert_eq!(around(500, 1, 1000), Window { from: 470, to: Some(530) });
        assert_eq!(around(2, 1, 1000), Window { from: 1, to: Some(32) });
        assert_eq!(around(990, 401, 1000), Window { from: 960, to: None });
        assert_eq!(around(405, 401, 1000), Window { from: 401, to: Some(435) });
    }

    #[test]
    fn the_window_is_bounded_whichever_way_one_goes() {
        let mut window = Window { from: 940, to: None };
        for _ in 0..10 {
            window = earlier(window, 1, 1000);
            assert!(window.to.unwrap_or(1000) - window.from <= ROWS_MAX);
        }
        assert_eq!(window, Window { from: 340, to: Some(580) });
        while let Some(to) = window.to {
            window = later(window, to, 1000);
            assert!(window.to.unwrap_or(1000) - window.from <= ROWS_MAX);
        }
        assert_eq!(window, Window { from: 760, to: None });
        assert_eq!(clamp(window, 1, 5000), Window { from: 4940, to: None });
        assert_eq!(clamp(Window { from: 5, to: None }, 0, 0), Window { from: 0, to: None });
    }
}
