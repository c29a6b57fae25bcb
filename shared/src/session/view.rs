//! What screens read from a session. Nothing here changes anything.

use super::conversation::{Conversation, mark_of};
use super::outbox::{Held, OutboxRow, Stored};
use super::{CachedConversation, Session, State, Stop};
use crate::model::agent::AgentView;
use crate::model::conversation::Status;
use crate::model::id::{Cmid, ConversationId, Epoch, FileId, InboxId};
use crate::model::message::{Audience, Author, Edits, Entry, EntryBody, FileView, Side};
use crate::model::site::Service;
use crate::model::time::UnixMillis;
use crate::model::visitor::Told;
use crate::protocol::frame::Me;
use crate::protocol::limits::CACHED_ROWS_MAX;
use crate::protocol::refusal::RefusalCode;

/// The connection in the words of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Nobody wants to be connected.
    Off,
    /// A try is under way.
    Connecting,
    /// Connected.
    Live,
    /// The next try comes in this many seconds (rounded up).
    Waiting {
        /// Seconds.
        seconds: u32,
    },
    /// It will not try again by itself.
    Stopped {
        /// Why.
        why: Stop,
    },
}

/// A message of this device that is not yet a row of the transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftView<'a> {
    /// The message.
    pub cmid: Cmid,
    /// Its text.
    pub text: &'a str,
    /// Whether it is a note.
    pub is_note: bool,
    /// What comes with it.
    pub file: Option<&'a FileView>,
    /// Answers to press that come with it.
    pub choices: &'a [String],
    /// What has become of it.
    pub state: DraftState,
}

/// What has become of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// It waits here, to be sent by itself.
    Queued,
    /// It is on its way.
    Sending,
    /// The server has it; its row is about to arrive.
    Sent,
    /// The server will not take it. `Retry` or `Discard`.
    Refused(RefusalCode),
}

/// What was written last in a conversation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LastSaid<'a> {
    /// Its text or the beginning of it; the name of a file that came without words.
    pub line: &'a str,
    /// When it was stored.
    pub at: UnixMillis,
    /// Whose it was.
    pub side: Side,
    /// The agent who has written there last.
    pub agent: Option<&'a AgentView>,
}

/// What has become of a row that this side wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// The server has it.
    Sent,
    /// A device of the other side has it.
    Received,
    /// Somebody on the other side had it on screen.
    Read,
}

impl Session {
    /// Whether a message with this file is in the outbox, and then whether storage has answered for it. A file that was
    /// uploaded is sent once, however often its upload is gone through.
    pub fn holds_file(&self, file: FileId) -> Option<bool> {
        let its = |held: &&Held| held.row.file.as_ref().is_some_and(|its| its.id == file);
        self.outbox.rows.iter().find(its).map(|held| !matches!(held.stored, Stored::Asked(_)))
    }

    /// The state of the connection.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The connection in the words of a screen.
    pub fn connection(&self, now: UnixMillis) -> Connection {
        match self.state {
            State::Off => Connection::Off,
            State::Waiting { until, .. } => {
                Connection::Waiting { seconds: until.since(now).as_millis().div_ceil(1000) as u32 }
            }
            State::Ticketing { .. } | State::Connecting { .. } | State::Greeting { .. } => {
                Connection::Connecting
            }
            State::Live { .. } => Connection::Live,
            State::Stopped { why } => Connection::Stopped { why },
        }
    }

    /// Whether the browser says that there is no network.
    pub fn offline(&self) -> bool {
        self.offline
    }

    /// Whether storage keeps what is written. If not, unsent messages live only as long as the page, and screens
    /// have to say so.
    pub fn kept(&self) -> bool {
        self.kept
    }

    /// The side this session is on.
    pub fn side(&self) -> Side {
        self.side
    }

    /// Who the server says this is.
    pub fn me(&self) -> Option<&Me> {
        self.me.as_ref()
    }

    /// The lineage of the database, once welcomed.
    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// Visitors: who is there.
    pub fn service(&self) -> Option<&Service> {
        self.service.as_ref()
    }

    /// Visitors: the inboxes that they may choose, and who is there. All are told of when that of their ticket is among them;
    /// none where there is no choice.
    pub fn services(&self) -> &[(InboxId, Service)] {
        &self.services
    }

    /// Visitors: in which inbox a conversation is, or is to be; `None` where there was no choice and nothing is known yet.
    pub fn inbox_of(&self, c: &Conversation) -> Option<InboxId> {
        let written = || self.outbox.rows.iter().find(|held| held.row.conversation == c.id);
        c.view().map(|view| view.inbox).or_else(|| written()?.row.inbox)
    }

    /// The server's clock, to say how long ago something was.
    pub fn server_now(&self, now: UnixMillis) -> UnixMillis {
        UnixMillis(now.0.saturating_add(self.clock_ahead_ms))
    }

    /// All conversations known here, newest first.
    pub fn conversations(&self) -> &[Conversation] {
        &self.conversations
    }

    /// One of them.
    pub fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations.iter().find(|c| c.id == id)
    }

    /// Visitors: what they need not be asked any more, as the server knew it when it was connected to last.
    pub fn told(&self) -> Option<&Told> {
        self.told.as_ref()
    }

    /// Visitors: the conversation a new message belongs to, if there is one: an open one, else the newest.
    pub fn current(&self) -> Option<ConversationId> {
        self.current_in(None)
    }

    /// The same among those of one inbox, where there is a choice.
    pub fn current_in(&self, inbox: Option<InboxId>) -> Option<ConversationId> {
        let is_there = |c: &Conversation| inbox.is_none() || self.inbox_of(c) == inbox;
        let usable = || self.conversations.iter().filter(|c| c.refused.is_none() && is_there(c));
        let open = usable().find(|c| c.is_open());
        open.or(usable().next()).map(|c| c.id)
    }

    /// What was written last in a conversation, and the agent who has written there last.
    pub fn last_message<'a>(&'a self, c: &'a Conversation) -> Option<LastSaid<'a>> {
        let (rows, edits) = (|| c.rows().iter().rev(), Edits::among(c.rows()));
        let told = self.last_messages.iter().find(|told| told.conversation == c.id);
        let agent = rows().filter_map(agent_of).next().or(told.and_then(|told| told.agent.as_ref()));
        let here = rows().find_map(|row| match &row.body {
            EntryBody::Message { text, file, .. } => {
                let name = file.as_ref().map_or("", |file| &file.name);
                let text = edits.of(row).unwrap_or(text);
                let line = if text.is_empty() { name } else { text };
                Some(LastSaid { line, at: row.at, side: row.author.side(), agent })
            }
            _ => None,
        });
        here.or(told.map(|told| LastSaid { line: &told.line, at: told.at, side: told.side, agent }))
    }

    /// What was written here in a conversation and is not yet among its rows, in the order written.
    pub fn drafts(&self, id: ConversationId) -> Vec<DraftView<'_>> {
        let Some(c) = self.conversation(id) else { return Vec::new() };
        let mut drafts = Vec::new();
        let mut in_flight = c.batch.is_some();
        for held in self.outbox.rows.iter().filter(|held| held.row.conversation == id) {
            let row = &held.row;
            let state = if let Some(code) = row.refused {
                DraftState::Refused(code)
            } else if self.pending(row) {
                in_flight &= c.sending.contains(&row.cmid);
                if in_flight { DraftState::Sending } else { DraftState::Queued }
            } else if held.fresh && row.acked.as_ref().is_some_and(|receipt| receipt.seq > c.run.last()) {
                DraftState::Sent
            } else {
                continue;
            };
            // Between a row and its ack there is a moment; a message is never shown twice.
            if !self.has_row(c, row) {
                let is_note = row.audience == Some(Audience::Staff);
                let (text, file) = (row.text.as_str(), row.file.as_ref());
                let choices = row.choices.as_deref().unwrap_or_default();
                drafts.push(DraftView { cmid: row.cmid, text, is_note, file, choices, state });
            }
        }
        drafts
    }

    /// How many messages written here are not yet acknowledged, refused ones included.
    pub fn unsent(&self) -> usize {
        let waits = |row: &OutboxRow| row.refused.is_some() || self.pending(row);
        self.outbox.rows.iter().filter(|held| waits(&held.row)).count()
    }

    /// Whether unsent messages would be gone with the page.
    pub fn unsent_in_memory(&self) -> bool {
        self.outbox.rows.iter().any(|held| held.in_memory() && self.pending(&held.row))
    }

    /// What has become of a row; `None` for rows of the other side.
    pub fn mark(&self, c: &Conversation, row: &Entry) -> Option<Mark> {
        if row.author.side() != self.side || !matches!(row.body, EntryBody::Message { .. }) {
            return None;
        }
        let other = if self.side == Side::Visitor { Side::Staff } else { Side::Visitor };
        let (received, read) = mark_of(c.view(), other);
        Some(match row.seq {
            seq if seq <= read => Mark::Read,
            seq if seq <= received => Mark::Received,
            _ => Mark::Sent,
        })
    }

    /// How many messages of the other side nobody on this side has read, as far as the rows here go.
    pub fn unread(&self, c: &Conversation) -> u32 {
        let read = c.read(self.side);
        let new = |row: &&Entry| {
            row.seq > read && row.author.side() != self.side && matches!(row.body, EntryBody::Message { .. })
        };
        c.rows().iter().rev().take_while(|row| row.seq > read).filter(new).count() as u32
    }

    /// Who types on the other side; `None` in it is the visitor.
    pub fn typists<'a>(&self, c: &'a Conversation) -> impl Iterator<Item = Option<&'a AgentView>> {
        c.typists.iter().map(|typist| typist.agent.as_ref())
    }

    /// Whether rows are missing that are being fetched.
    pub fn catching_up(&self) -> bool {
        self.is_live() && self.conversations.iter().any(Conversation::catching_up)
    }

    /// What `SaveCache` stores; `None` when there is nothing that may be stored.
    pub fn cached(&self, id: ConversationId) -> Option<CachedConversation> {
        let c = self.conversation(id)?;
        let rows = c.rows();
        let view = c.view().filter(|view| view.status == Status::Open)?;
        Some(CachedConversation {
            owner: self.visitor()?,
            saved_at: self.now,
            view: view.clone(),
            rows: rows[rows.len().saturating_sub(CACHED_ROWS_MAX)..].to_vec(),
        })
    }

    /// Whether a message of this device is among the rows of a conversation.
    fn has_row(&self, c: &Conversation, row: &OutboxRow) -> bool {
        c.rows().iter().rev().any(|entry| self.is_mine(entry, row.cmid))
    }

    /// Whether a row is the message of this device with that cmid.
    pub(super) fn is_mine(&self, entry: &Entry, id: Cmid) -> bool {
        entry.body.written().is_some_and(|(cmid, _)| cmid == id) && self.wrote(entry)
    }

    /// Whether this person wrote a row. Cmids of others are not ours, whatever they are.
    pub(super) fn wrote(&self, entry: &Entry) -> bool {
        match (&entry.author, &self.me) {
            (Author::Visitor {}, _) => self.side == Side::Visitor,
            (Author::Agent { agent }, Some(Me::Agent { id, .. })) => agent.id == *id,
            _ => false,
        }
    }
}

/// The agent who wrote a message.
fn agent_of(row: &Entry) -> Option<&AgentView> {
    match (&row.author, &row.body) {
        (Author::Agent { agent }, EntryBody::Message { .. }) => Some(agent),
        _ => None,
    }
}
