//! One thread from first message to resolved, as its readers see it.

use super::agent::AgentView;
use super::filing::Filed;
use super::id::{AgentId, ConversationId, Epoch, Feed, InboxId, Seq, SiteId};
use super::message::{Entry, EntryBody, Side};
use super::time::UnixMillis;
use super::visitor::VisitorView;
use crate::wire;

wire! {
    /// Where a conversation stands.
    pub enum Status text {
        /// Waiting for an agent or with one.
        Open "open",
        /// Done, until somebody writes again.
        Resolved "resolved",
    }

    /// What comes before arrival in the queue, where rules say so: later ones are served first. What staff says of a
    /// conversation (`Filed`) are the same words, and changes no order.
    pub enum Priority text {
        /// After all that are normal.
        Low "low",
        /// As most.
        Normal "normal",
        /// Before all that are normal.
        High "high",
        /// Before everything.
        Urgent "urgent",
    }

    /// How far each side has received and read, in the seq of whoever is told. Each only grows.
    pub struct Marks {
        /// The last row a device of the visitor has stored.
        pub visitor_received: Seq,
        /// The last row the visitor has had on screen.
        pub visitor_read: Seq,
        /// The last row an agent's desktop has stored.
        pub staff_received: Seq,
        /// The last row an agent has had on screen.
        pub staff_read: Seq,
    }

    /// The state of a conversation that its reader needs beside the rows. It is a function of the rows and the marks.
    pub struct ConversationView {
        /// Which conversation.
        pub id: ConversationId,
        /// The inbox it landed in.
        pub inbox: InboxId,
        /// The lineage in which its seqs count.
        pub epoch: Epoch,
        /// Open or resolved.
        pub status: Status,
        /// The last seq there is for this reader.
        pub head: Seq,
        /// Who has it; absent while it waits in the queue and after it was resolved.
        pub assignee: Option<AgentView>,
        /// Counts assignments; a claim names the version it has seen.
        pub assignment_version: u32,
        /// When it began to wait: its arrival in the queue, kept over restarts.
        pub arrived_at: UnixMillis,
        /// Received and read.
        pub marks: Marks,
        /// Staff: until when nothing is to be done, unless the visitor writes.
        pub snoozed_until: Option<UnixMillis>,
        /// Where to answer when the visitor has gone: the last address they left. Unproved.
        pub address: Option<String>,
        /// What the visitor said of it last, from 1 (bad) to 5 (good).
        pub score: Option<u32>,
    }

    /// What a list of a visitor's own conversations says of one, beside its state: the last message in it.
    pub struct LastMessage {
        /// Of which conversation.
        pub conversation: ConversationId,
        /// Its beginning, at most `LAST_LINE_CHARS_MAX` characters.
        pub line: String,
        /// Whose it was.
        pub side: Side,
        /// When it was stored.
        pub at: UnixMillis,
        /// The agent who has written there last, if one has.
        pub agent: Option<AgentView>,
    }

    /// A line of the agent desktop's lists.
    pub struct Summary {
        /// The place of this state in the list feed.
        pub feed: Feed,
        /// The conversation, in the seq of staff.
        pub conversation: ConversationView,
        /// The site it came from.
        pub site: SiteId,
        /// That site's name.
        pub site_name: String,
        /// Who wrote.
        pub visitor: VisitorView,
        /// The beginning of the last message, at most `LAST_LINE_CHARS_MAX` characters.
        pub last_line: String,
        /// Whose it was.
        pub last_side: Side,
        /// When it was stored.
        pub last_at: UnixMillis,
        /// How many of the visitor's messages no agent has read.
        pub unread: u32,
        /// Since when the visitor waits for an answer: their first message that nothing of staff came after, neither a
        /// message nor a note that they were answered by e-mail. Absent when they were answered, or it is resolved.
        pub unanswered_at: Option<UnixMillis>,
        /// How staff has filed it; absent: not at all.
        pub filed: Option<Filed>,
    }
}

impl Summary {
    /// Whether a conversation of the queue is passed over: its visitor is away, and nothing can be sent after them.
    pub fn is_passed_over(&self) -> bool {
        !self.visitor.online && self.conversation.address.is_none()
    }
}

impl ConversationView {
    /// Whether this agent has it.
    pub fn is_with(&self, agent: AgentId) -> bool {
        self.assignee.as_ref().is_some_and(|assignee| assignee.id == agent)
    }

    /// The state after one more row. The row has to be the one right after `head`; whoever applies all rows of a
    /// conversation in order ends with the state that a snapshot would have given (marks move by themselves).
    pub fn apply(&mut self, row: &Entry) {
        self.head = row.seq;
        if let Some(version) = row.body.version() {
            self.assignment_version = version;
        }
        match &row.body {
            EntryBody::Message { .. }
            | EntryBody::Note { .. }
            | EntryBody::Edited { .. }
            | EntryBody::Erased { .. }
            | EntryBody::Filed { .. }
            | EntryBody::Mailed { .. } => {}
            EntryBody::Assigned { to, .. } => self.assignee = Some(to.clone()),
            EntryBody::Requeued { .. } => self.assignee = None,
            EntryBody::Moved { inbox, .. } => {
                self.inbox = *inbox;
                self.assignee = None;
            }
            EntryBody::Resolved { .. } => {
                self.status = Status::Resolved;
                self.assignee = None;
                self.snoozed_until = None;
            }
            EntryBody::Reopened { .. } => {
                self.status = Status::Open;
                self.assignee = None;
                self.arrived_at = row.at;
            }
            EntryBody::Snoozed { until } => self.snoozed_until = Some(*until),
            EntryBody::Woken {} => self.snoozed_until = None,
            EntryBody::Rated { score, .. } => self.score = Some(*score),
            EntryBody::AddressLeft { address } => self.address = Some(address.clone()),
        }
    }
}
