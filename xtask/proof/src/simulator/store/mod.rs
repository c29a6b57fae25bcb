//! The model store: one writer with group commit, readers who see what is durable and nothing else, and no more left
//! after a crash than was synced. It may be told to refuse, to delay and to fail. It knows no node and no time.

mod books;
mod mail;
mod thread;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use deskbell_server::store::conversations::{Changed, RowsRead, Span};
use deskbell_server::store::desks::Chosen;
use deskbell_server::store::{Fault, Refusal, Scope};
use deskbell_shared::model::{
    AgentId, ConversationId, ConversationView, EntryBody, Epoch, Feed, InboxId, Routing, Side, SiteId,
    Status, Summary, VisitorId, VisitorView,
};
use deskbell_shared::protocol::RefusalCode;

use super::double::Double;
use crate::history::What;
pub use books::{Books, stands};
pub use mail::{Job, noted as noted_mail};
pub use thread::{NOTE, Thread, agent_view};
pub use writes::{Write, Written, view_of};

/// Rows in one page: few, so that short stories have long absences.
pub const PAGE_ROWS_MAX: usize = 12;

/// Everything that is stored.
#[derive(Clone, Debug)]
pub struct State {
    pub epoch: Epoch,
    feed: Feed,
    arrivals: u64,
    pub threads: BTreeMap<ConversationId, Rc<Thread>>,
    pub members: BTreeSet<(InboxId, AgentId)>,
    pub books: Rc<Books>,
    /// How each inbox gives out what waits.
    routing: BTreeMap<InboxId, Routing>,
}

/// What is answered to a write, by its number.
pub type Reply = (u64, Result<Written, Fault>);

/// What one commit carries: who asked, and what they will be told.
pub struct Commit {
    pub replies: Vec<Reply>,
    /// What the history is told once it is durable, in the order done.
    notes: Vec<What>,
}

pub struct Store {
    /// What a crash leaves, and what readers see.
    pub durable: State,
    /// With what was appended and is not synced yet.
    working: State,
    queue: Vec<(u64, Write)>,
    pub commit: Option<Commit>,
    /// Everything is refused.
    pub full: bool,
    /// Places handed out outside of transactions, in a broken double.
    counted: BTreeMap<ConversationId, u64>,
    /// Conversations that the commit in hand has changed.
    touched: BTreeSet<ConversationId>,
    /// What it will say of itself.
    notes: Vec<What>,
    /// What is being written was decided by a desk.
    desk_writes: bool,
    pub double: Option<Double>,
}

impl Store {
    pub fn new(epoch: Epoch, routing: BTreeMap<InboxId, Routing>, double: Option<Double>) -> Store {
        let (threads, members) = (BTreeMap::new(), BTreeSet::new());
        let state =
            State { epoch, feed: Feed(0), arrivals: 0, threads, members, books: Rc::default(), routing };
        Store {
            working: state.clone(),
            durable: state,
            queue: Vec::new(),
            commit: None,
            full: false,
            counted: BTreeMap::new(),
            touched: BTreeSet::new(),
            notes: Vec::new(),
            desk_writes: false,
            double,
        }
    }

    /// Takes a write into the next commit. True when nobody has been asked to begin it yet.
    pub fn submit(&mut self, number: u64, write: Write) -> bool {
        self.queue.push((number, write));
        self.queue.len() == 1 && self.commit.is_none()
    }

    /// Appends everything that waits, in one transaction that is not durable yet.
    pub fn append(&mut self) {
        if self.commit.is_some() || self.queue.is_empty() {
            return;
        }
        let mut replies = Vec::new();
        for (number, write) in std::mem::take(&mut self.queue) {
            let written = if self.full { Err(self.refuse_full(&write)) } else { self.write(write) };
            replies.push((number, written));
        }
        self.commit = Some(Commit { replies, notes: std::mem::take(&mut self.notes) });
    }

    /// The disk has it. Returns what was answered, what the history is told, and whether more waits.
    pub fn sync(&mut self) -> (Vec<Reply>, Vec<What>, bool) {
        let Some(commit) = self.commit.take() else { return (Vec::new(), Vec::new(), false) };
        for id in std::mem::take(&mut self.touched) {
            if let Some(thread) = self.working.threads.get(&id) {
                self.durable.threads.insert(id, thread.clone());
            }
        }
        self.durable.feed = self.working.feed;
        self.durable.arrivals = self.working.arrivals;
        self.durable.books = self.working.books.clone();
        (commit.replies, commit.notes, !self.queue.is_empty())
    }

    /// The process dies. What was not synced is gone, and so is whoever waited.
    pub fn crash(&mut self) {
        self.queue.clear();
        self.commit = None;
        self.counted.clear();
        self.touched.clear();
        self.notes.clear();
        if self.double == Some(Double::ForgetsRepeatsAtRestart) {
            for thread in self.durable.threads.values_mut() {
                let thread = Rc::make_mut(thread);
                thread.forgotten = thread.rows.len();
            }
        }
        self.working = self.durable.clone();
    }

    /// Puts an older state in place, as another lineage. Rights are not part of what comes back.
    pub fn restore(&mut self, backup: &State, epoch: Epoch) {
        let members = std::mem::take(&mut self.durable.members);
        self.durable = State { epoch, members, ..backup.clone() };
        self.crash();
    }

    /// What an agent chose before anything else happened.
    pub fn set_chosen(&mut self, agent: AgentId, chosen: Chosen) {
        self.books().chosen.insert(agent, chosen);
        self.durable.books = self.working.books.clone();
    }

    /// Somebody becomes a member of an inbox, or is one no longer.
    pub fn set_member(&mut self, inbox: InboxId, agent: AgentId, may: bool) {
        for state in [&mut self.durable, &mut self.working] {
            if may {
                state.members.insert((inbox, agent));
            } else {
                state.members.remove(&(inbox, agent));
            }
        }
    }

    /// See `ConversationStore::rows`.
    pub fn rows(&self, scope: Scope, conversation: ConversationId, span: Span) -> Result<RowsRead, Fault> {
        let open_to_all = self.double == Some(Double::ResumesUnauthorised);
        let found = self.durable.threads.get(&conversation);
        let thread = found.filter(|thread| open_to_all || self.durable.reaches(thread, scope));
        let thread = thread.ok_or(Fault::Refused(Refusal::because(RefusalCode::NotFound)))?;
        let entries = thread.entries(scope);
        let rows = match span {
            Span::After(seq) => entries.filter(|row| row.seq > seq).take(PAGE_ROWS_MAX).collect(),
            Span::Before(seq) => last_page(entries.filter(|row| row.seq < seq).collect()),
            Span::Newest(seq) => last_page(entries.filter(|row| row.seq > seq).collect()),
        };
        let erased = match span {
            Span::After(seq) | Span::Newest(seq) => {
                let mut known = thread.entries(scope).filter(|row| row.seq <= seq);
                known.any(|row| matches!(row.body, EntryBody::Erased { .. }))
            }
            Span::Before(_) => false,
        };
        let view = thread.view(self.durable.epoch, scope);
        Ok(RowsRead { view, rows, visitor: thread.visitor, erased })
    }

    /// A visitor's own conversations, newest arrival first.
    pub fn conversations_of(&self, visitor: VisitorId) -> Vec<ConversationView> {
        let mut own: Vec<_> = self.durable.threads.values().filter(|t| t.visitor == visitor).collect();
        own.sort_by_key(|thread| std::cmp::Reverse(thread.arrival));
        own.iter().map(|thread| thread.view(self.durable.epoch, Scope::Visitor(visitor))).collect()
    }

    pub fn feed_head(&self) -> Feed {
        self.durable.feed
    }

    /// What has left the agent's sight since a place of the feed. See `ConversationStore::out_of_sight`.
    pub fn out_of_sight(&self, agent: AgentId, after: Feed) -> Vec<(Feed, ConversationId)> {
        let state = &self.durable;
        let scope = Scope::Agent(agent);
        let mut gone = Vec::new();
        for thread in state.threads.values().filter(|thread| !state.reaches(thread, scope)) {
            let left = thread.departures.iter();
            let left = left.filter(|(inbox, _)| state.members.contains(&(**inbox, agent)));
            gone.extend(left.filter(|(_, feed)| **feed > after).map(|(_, feed)| (*feed, thread.id)));
        }
        gone.sort_unstable();
        gone
    }

    /// See `ConversationStore::feed`.
    pub fn feed(&self, agent: AgentId, after: Feed, open_only: bool) -> Vec<Summary> {
        let scope = Scope::Agent(agent);
        let mut found: Vec<_> = self
            .durable
            .threads
            .values()
            .filter(|thread| thread.feed > after && self.durable.reaches(thread, scope))
            .filter(|thread| !open_only || thread.status == Status::Open)
            .collect();
        found.sort_by_key(|thread| thread.feed);
        found.iter().map(|thread| summary(thread, self.durable.epoch, agent)).collect()
    }
}

impl State {
    pub fn reaches(&self, thread: &Thread, scope: Scope) -> bool {
        match scope {
            Scope::Visitor(visitor) => thread.visitor == visitor,
            Scope::Agent(agent) => self.members.contains(&(thread.inbox, agent)),
        }
    }
}

fn last_page<T>(mut rows: Vec<T>) -> Vec<T> {
    rows.split_off(rows.len().saturating_sub(PAGE_ROWS_MAX))
}

fn summary(thread: &Thread, epoch: Epoch, agent: AgentId) -> Summary {
    let last = thread.rows.iter().rev().find(|row| matches!(row.body, EntryBody::Message { .. }));
    let visitor = VisitorView {
        id: thread.visitor,
        first_seen_at: thread.arrived_at,
        page: None,
        language: None,
        time_zone: None,
        name: None,
        online: false,
    };
    Summary {
        feed: thread.feed,
        conversation: thread.view(epoch, Scope::Agent(agent)),
        site: SiteId(thread.inbox.0),
        site_name: String::new(),
        visitor,
        last_line: String::new(),
        last_side: last.map_or(Side::Visitor, |row| row.author.side()),
        last_at: last.map_or(thread.arrived_at, |row| row.at),
        unread: 0,
        unanswered_at: None,
        filed: None,
    }
}

/// Nothing is different.
pub fn unchanged(thread: &Thread) -> Changed {
    thread.changed(thread.rows.len(), None)
}
