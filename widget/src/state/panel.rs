//! What the visitor does with the panel itself: open and close it, ask to end, begin anew, scroll back.

use std::rc::Rc;

use deskbell_shared::model::id::Seq;
use yew::Reducible;

/// Rows on screen at first, and how many more a scroll to the top brings.
pub const WINDOW_STEP_ROWS: usize = 60;
/// Rows on screen at most: a long transcript does not make a long document.
pub const WINDOW_ROWS_MAX: usize = 240;

/// The panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Whether the panel is open on the host page and its tab is in front.
    pub seen: bool,
    /// Whether the visitor is asked to confirm the end.
    pub asks_end: bool,
    /// The line "new" stands before the first row of the staff after this one.
    pub new_after: Option<Seq>,
    /// Whether the newest row is in sight.
    pub at_end: bool,
    /// Rows left out at the newer end.
    pub window_skip: usize,
    /// Rows shown before those.
    pub window_rows: usize,
    /// Counts the jumps to the newest row that the visitor has asked for.
    pub jumps: u32,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PanelInput {
    /// It came into sight, or went; with how far the visitor has read.
    Seen(bool, Option<Seq>),
    /// Something was written.
    Wrote,
    /// The visitor wants to end, or thought better of it.
    AskEnd(bool),
    /// A scroll came near the oldest row shown; with how many rows there are.
    NearStart(usize),
    /// A scroll came to the newest row shown, or left it.
    AtEnd(bool),
    /// The visitor wants to see the newest rows.
    Latest,
}

impl Default for Panel {
    fn default() -> Panel {
        Panel {
            seen: false,
            asks_end: false,
            new_after: None,
            at_end: true,
            window_skip: 0,
            window_rows: WINDOW_STEP_ROWS,
            jumps: 0,
        }
    }
}

impl Panel {
    /// Which of so many rows are on screen.
    pub fn window(&self, rows: usize) -> std::ops::Range<usize> {
        let end = rows.saturating_sub(self.window_skip);
        end.saturating_sub(self.window_rows)..end
    }
}

impl Reducible for Panel {
    type Action = PanelInput;

    fn reduce(self: Rc<Self>, input: PanelInput) -> Rc<Self> {
        let mut next = (*self).clone();
        match input {
            PanelInput::Seen(seen, read) => {
                // The line stays where it was while one looks, and moves when one looks again.
                if seen && !next.seen {
                    next.new_after = read;
                }
                next.seen = seen;
            }
            PanelInput::Wrote => {
                next.new_after = None;
                next.to_latest();
            }
            PanelInput::AskEnd(asks) => next.asks_end = asks,
            PanelInput::NearStart(rows) => {
                let wanted = next.window_rows + WINDOW_STEP_ROWS;
                let hidden = rows.saturating_sub(next.window_skip + next.window_rows);
                if hidden > 0 {
                    next.window_rows = wanted.min(WINDOW_ROWS_MAX);
                    next.window_skip += (wanted - next.window_rows).min(hidden);
                }
            }
            PanelInput::AtEnd(at_end) => {
                next.at_end = at_end && next.window_skip == 0;
                if at_end {
                    next.window_skip = next.window_skip.saturating_sub(WINDOW_STEP_ROWS);
                }
            }
            PanelInput::Latest => next.to_latest(),
        }
        if next == *self { self } else { Rc::new(next) }
    }
}

impl Panel {
    fn to_latest(&mut self) {
        self.at_end = true;
        self.window_skip = 0;
        self.window_rows = WINDOW_STEP_ROWS;
        self.jumps += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(inputs: &[PanelInput]) -> Panel {
        let panel = inputs.iter().fold(Rc::new(Panel::default()), |panel, input| panel.reduce(*input));
        (*panel).clone()
    }

    #[test]
    fn the_window_is_bounded_and_comes_back() {
        let up = [PanelInput::NearStart(1_000); 10];
        let panel = after(&up);
        assert_eq!(panel.window(1_000).len(), WINDOW_ROWS_MAX);
        assert!(panel.window(1_000).end < 1_000);
        let mut inputs = up.to_vec();
        inputs.push(PanelInput::Latest);
        assert_eq!(after(&inputs).window(1_000), 940..1_000);
    }

    #[test]
    fn the_window_stops_at_the_first_row() {
        assert_eq!(after(&[PanelInput::NearStart(70); 5]).window(70), 0..70);
        assert_eq!(after(&[PanelInput::NearStart(0)]).window(0), 0..0);
    }

    #[test]
    fn the_new_line_stays_while_one_looks() {
        let opened = [PanelInput::Seen(true, Some(Seq(3))), PanelInput::Seen(true, Some(Seq(5)))];
        assert_eq!(after(&opened).new_after, Some(Seq(3)));
        let again = [opened[0], PanelInput::Seen(false, None), PanelInput::Seen(true, Some(Seq(5)))];
        assert_eq!(after(&again).new_after, Some(Seq(5)));
    }
}
