//! What the visitor does with the panel itself: open and close it, scroll back and forth.

use std::ops::Range;

use deskbell_shared::model::id::Seq;

/// Rows on screen at first, and how many more a scroll to the top brings.
pub const WINDOW_STEP_ROWS: usize = 60;
/// Rows on screen at most: a long transcript does not make a long document.
pub const WINDOW_ROWS_MAX: usize = 240;

/// The panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Whether the panel is open on the host page and its tab is in front.
    pub seen: bool,
    /// The line "new" stands before the first message of the staff after this row.
    pub new_after: Option<Seq>,
    /// Whether the newest row is in sight.
    pub at_end: bool,
    /// Rows left out at the newer end.
    skipped: usize,
    /// Rows shown before those.
    shown: usize,
}

impl Default for Panel {
    fn default() -> Panel {
        Panel { seen: false, new_after: None, at_end: true, skipped: 0, shown: WINDOW_STEP_ROWS }
    }
}

impl Panel {
    /// Which of so many rows are on screen.
    pub fn window(&self, rows: usize) -> Range<usize> {
        let end = rows.saturating_sub(self.skipped);
        end.saturating_sub(self.shown)..end
    }

    /// It came into sight, or went. The line stays where it was while one looks, and moves when one looks again.
    pub fn turn(&mut self, seen: bool, read: Option<Seq>) {
        if seen && !self.seen {
            self.new_after = read;
        }
        self.seen = seen;
    }

    /// The visitor wants to be at the newest row.
    pub fn show_latest(&mut self) {
        *self = Panel { seen: self.seen, new_after: self.new_after, ..Panel::default() };
    }

    /// A scroll came to a place. Says whether rows that are not here are wanted.
    pub fn scroll(&mut self, at_end: bool, near_start: bool, rows: usize) -> bool {
        self.at_end = at_end && self.skipped == 0;
        if at_end {
            self.skipped = self.skipped.saturating_sub(WINDOW_STEP_ROWS);
        }
        let hidden = self.window(rows).start;
        if near_start && hidden > 0 {
            let wanted = self.shown + WINDOW_STEP_ROWS.min(hidden);
            self.shown = wanted.min(WINDOW_ROWS_MAX);
            self.skipped += wanted - self.shown;
        }
        near_start && hidden == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrolled_up(times: usize, rows: usize) -> Panel {
        let mut panel = Panel::default();
        for _ in 0..times {
            panel.scroll(false, true, rows);
        }
        panel
    }

    #[test]
    fn the_window_is_bounded_and_comes_back() {
        let mut panel = scrolled_up(10, 1_000);
        assert_eq!(panel.window(1_000), 340..580);
        panel.scroll(true, false, 1_000);
        assert_eq!(panel.window(1_000), 400..640);
        assert!(!panel.at_end, "rows are hidden below");
        panel.show_latest();
        assert_eq!(panel.window(1_000), 940..1_000);
    }

    #[test]
    fn older_rows_are_asked_for_at_the_first_one_here() {
        let mut panel = scrolled_up(1, 70);
        assert_eq!(panel.window(70), 0..70);
        assert!(panel.scroll(false, true, 70));
        assert!(!panel.scroll(false, false, 70));
        assert_eq!(Panel::default().window(0), 0..0);
    }

    #[test]
    fn the_new_line_stays_while_one_looks() {
        let mut panel = Panel::default();
        panel.turn(true, Some(Seq(3)));
        panel.turn(true, Some(Seq(5)));
        assert_eq!(panel.new_after, Some(Seq(3)));
        panel.turn(false, None);
        panel.turn(true, Some(Seq(5)));
        assert_eq!(panel.new_after, Some(Seq(5)));
    }
}
