//! The agent desktop's lists: open conversations with their last state, kept current by a feed with its own cursor.
//! The widget does not use it and does not carry it.

use crate::model::conversation::{Status, Summary};
use crate::model::id::{AgentId, ConversationId, Epoch, Feed};
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
    rows: Vec<Summary>,
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

    /// Open conversations in no particular order.
    pub fn rows(&self) -> &[Summary] {
        &self.rows
    }

    /// Those that wait for an agent, the longest wait first.
    pub fn queue(&self) -> Vec<&Summary> {
        self.sorted(|row| row.conversation.assignee.is_none())
    }

    /// Those that an agent has, the longest since its arrival first.
    pub fn of_agent(&self, agent: AgentId) -> Vec<&Summary> {
        self.sorted(|row| row.conversation.is_with(agent))
    }

    /// One of them.
    pub fn find(&self, id: ConversationId) -> Option<&Summary> {
        self.rows.iter().find(|row| row.conversation.id == id)
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
                self.rows.retain(|row| row.conversation.id != *conversation || row.feed > *feed);
                if *feed > self.cursor {
                    self.gone.push((*conversation, *feed));
                }
                FeedStep::Applied
            }
            DeskFrame::FeedPage { id: _, epoch, reset, rows, upto, more } => {
                if *reset || self.epoch.is_some_and(|known| known != *epoch) {
                    self.rows.clear();
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
                for row in self.rows.iter_mut().filter(|row| row.visitor.id == *visitor) {
                    row.visitor.online = *online;
                }
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
        let open = summary.conversation.status == Status::Open;
        match self.rows.iter().position(|row| row.conversation.id == id) {
            // An older state never replaces a newer one.
            Some(at) if self.rows[at].feed > summary.feed => {}
            Some(at) if open => self.rows[at] = summary.clone(),
            Some(at) => {
                self.rows.swap_remove(at);
            }
            None if open => self.rows.push(summary.clone()),
            None => {}
        }
    }

    fn sorted(&self, wanted: impl Fn(&Summary) -> bool) -> Vec<&Summary> {
        let mut rows: Vec<&Summary> = self.rows.iter().filter(|row| wanted(row)).collect();
        rows.sort_by_key(|row| (row.conversation.arrived_at, row.conversation.id));
        rows
    }
}
