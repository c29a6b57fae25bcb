//! The agent desktop's lists: open conversations with their last state, kept current by a feed with its own cursor.
//! The widget does not use it and does not carry it.

use std::rc::Rc;

use super::long_list::LongList;
use crate::model::conversation::{Status, Summary};
use crate::model::id::{AgentId, ConversationId, Epoch, Feed, VisitorId};
use crate::protocol::command::FeedPosition;
use crate::protocol::frame::DeskFrame;

/// What a frame did to the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedStep {
    /// The lists changed (or were confirmed): render, and give `position()` to the session as `FeedAt`.
    Applied,
    /// Something was missed: send `AgentCommand::Feed` with `position()`.
    Missed,
    /// Not about the lists.
    Other,
}

/// Open conversations, as of a place in the feed.
#[derive(Clone, Debug, Default)]
pub struct ListFeed {
    epoch: Option<Epoch>,
    cursor: Feed,
    /// By id.
    rows: LongList,
    /// The same by their visitors: who comes and goes is told of them, not of their conversations.
    by_visitor: LongList,
    /// What has left, by places of the feed that are yet to come: what is said of it before that comes late.
    gone: Vec<(ConversationId, Feed)>,
    /// Whether further pages are on their way.
    loading: bool,
    /// Whether what was missed is being asked for.
    asked: bool,
}

impl ListFeed {
    /// The place the lists stand at.
    pub fn position(&self) -> FeedPosition {
        FeedPosition { epoch: self.epoch, after: self.cursor }
    }

    /// Open conversations by their ids. Two of these lists tell what has changed between them.
    pub fn rows(&self) -> &LongList {
        &self.rows
    }

    /// Those that wait for an agent, the longest wait first. Looks at all of them.
    pub fn queue(&self) -> Vec<&Summary> {
        self.sorted(|row| row.conversation.assignee.is_none())
    }

    /// Those that an agent has, the longest since its arrival first. Looks at all of them.
    pub fn of_agent(&self, agent: AgentId) -> Vec<&Summary> {
        self.sorted(|row| row.conversation.is_with(agent))
    }

    /// One of them.
    pub fn find(&self, id: ConversationId) -> Option<&Summary> {
        self.rows.get(0, id).map(|row| &**row)
    }

    /// Whether the lists are not complete yet.
    pub fn loading(&self) -> bool {
        self.loading || self.epoch.is_none()
    }

    /// A connection was lost: what was asked for on it will not come. The next hello asks from `position()`.
    pub fn disconnected(&mut self) {
        self.asked = false;
        self.loading = false;
    }

    /// Takes a frame.
    pub fn apply(&mut self, frame: &DeskFrame) -> FeedStep {
        match frame {
            DeskFrame::ConversationChanged { prev, summary } => {
                if summary.feed <= self.cursor {
                    return FeedStep::Applied;
                }
                // What lies between `prev` and here is known: nothing was missed.
                if *prev > self.cursor {
                    let first = !self.asked && !self.loading;
                    self.asked = true;
                    return if first { FeedStep::Missed } else { FeedStep::Other };
                }
                self.put(summary);
                self.stand_at(summary.feed);
                FeedStep::Applied
            }
            DeskFrame::ConversationGone { conversation, feed } => {
                if self.find(*conversation).is_some_and(|row| row.feed <= *feed) {
                    self.take(*conversation);
                }
                if *feed > self.cursor {
                    self.gone.push((*conversation, *feed));
                }
                FeedStep::Applied
            }
            DeskFrame::FeedPage { id: _, epoch, reset, rows, upto, more } => {
                if *reset || self.epoch.is_some_and(|known| known != *epoch) {
                    self.rows = LongList::default();
                    self.by_visitor = LongList::default();
                    self.gone.clear();
                    self.cursor = Feed(0);
                }
                self.epoch = Some(*epoch);
                for row in rows {
                    self.put(row);
                }
                self.stand_at(self.cursor.max(*upto));
                self.loading = *more;
                self.asked &= *more;
                FeedStep::Applied
            }
            DeskFrame::VisitorPresence { visitor, online } => {
                self.tell_online(*visitor, *online);
                FeedStep::Applied
            }
            _ => FeedStep::Other,
        }
    }

    fn stand_at(&mut self, place: Feed) {
        self.cursor = place;
        self.gone.retain(|(_, feed)| *feed > place);
    }

    fn put(&mut self, summary: &Summary) {
        let id = summary.conversation.id;
        if self.gone.iter().any(|(gone, feed)| *gone == id && *feed > summary.feed) {
            return;
        }
        // An older state never replaces a newer one.
        if self.find(id).is_some_and(|row| row.feed > summary.feed) {
            return;
        }
        self.take(id);
        if summary.conversation.status == Status::Open {
            self.keep(Rc::new(summary.clone()));
        }
    }

    fn tell_online(&mut self, visitor: VisitorId, online: bool) {
        for row in self.by_visitor.of(visitor.0) {
            if row.visitor.online != online {
                let mut row = (*row).clone();
                row.visitor.online = online;
                self.keep(Rc::new(row));
            }
        }
    }

    /// Keeps a row in the place of the one with its id, which is of the same visitor.
    fn keep(&mut self, row: Rc<Summary>) {
        self.by_visitor.put(row.visitor.id.0, Rc::clone(&row));
        self.rows.put(0, row);
    }

    fn take(&mut self, id: ConversationId) {
        if let Some(row) = self.rows.take(0, id) {
            self.by_visitor.take(row.visitor.id.0, id);
        }
    }

    fn sorted(&self, wanted: impl Fn(&Summary) -> bool) -> Vec<&Summary> {
        let mut rows: Vec<&Summary> = self.rows.iter().map(|row| &**row).filter(|row| wanted(row)).collect();
        rows.sort_by_key(|row| (row.conversation.arrived_at, row.conversation.id));
        rows
    }
}
