//! The rows of a view as a screen draws them: some at a time, by their places. Pure.

use std::ops::Range;
use std::rc::Rc;

use deskbell_shared::model::{ConversationId, Summary};
use deskbell_shared::session::LongList;
use deskbell_shared::session::long_list::signed;

use crate::route::View;

/// The rows of a view, as they are now.
#[derive(Clone, Debug)]
pub struct Listed {
    view: View,
    first: LongList,
    /// What stands below: resolved ones.
    then: LongList,
    by_id: [LongList; 2],
}

/// The same as long as its rows are.
impl PartialEq for Listed {
    fn eq(&self, other: &Listed) -> bool {
        self.view == other.view && self.first == other.first && self.then == other.then
    }
}

/// What a view is ordered by.
pub fn number(row: &Summary, view: View) -> u128 {
    signed(match view {
        View::Queue => row.conversation.arrived_at.0,
        View::Snoozed => row.conversation.snoozed_until.map_or(0, |until| until.0),
        View::Mine | View::All => -row.last_at.0,
        View::Resolved => -(row.feed.0 as i64),
    })
}

impl Listed {
    /// Rows, those that stand below them, and where each is found by its id: the open ones and the resolved ones.
    pub fn new(view: View, first: LongList, then: LongList, by_id: [LongList; 2]) -> Listed {
        Listed { view, first, then, by_id }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.first.len() + self.then.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows at some places.
    pub fn range(&self, range: Range<usize>) -> impl Iterator<Item = &Rc<Summary>> {
        let first = self.first.len();
        let then = range.start.saturating_sub(first)..range.end.saturating_sub(first);
        self.first.range(range.start.min(first)..range.end.min(first)).chain(self.then.range(then))
    }

    /// The conversation at a place.
    pub fn at(&self, place: usize) -> Option<ConversationId> {
        self.range(place..place + 1).next().map(|row| row.conversation.id)
    }

    /// Where a conversation stands.
    pub fn place(&self, id: ConversationId) -> Option<usize> {
        let [open, done] = &self.by_id;
        if let Some(row) = open.get(0, id) {
            return self.first.place(number(row, self.view), id);
        }
        let number = number(done.get(0, id)?, View::Resolved);
        match self.view {
            View::Resolved => self.first.place(number, id),
            _ => self.then.place(number, id).map(|place| self.first.len() + place),
        }
    }
}
