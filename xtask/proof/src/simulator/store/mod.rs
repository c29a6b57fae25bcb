//! The model store: one writer with group commit, readers who see what is durable and nothing else, and no more left
//! after a crash than was synced. It may be told to refuse, to delay and to fail. It knows no node and no time.

mod thread;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use deskbell_server::store::conversations::{Changed, RowsRead, Span};
use deskbell_server::store::{Fault, Refusal, Scope};
use deskbell_shared::model::{
    AgentId, ConversationId, ConversationView, EntryBody, Epoch, Feed, InboxId, Side, SiteId, Status,
    Summary, VisitorId, VisitorView,
};
use deskbell_shared::protocol::RefusalCode;

use super::double::Double;
pub use thread::{NOTE, Thread, agent_view};
pub use writes::{Write, Written};

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
}

/// What is answered to a write, by its number.
pub type Reply = (u64, Result<Written, Fault>);

/// What one commit carries: who asked, and what they will be told.
pub struct Commit {
    pub replies: Vec<Reply>,
    touched: BTreeSet<ConversationId>,
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
    pub double: Option<Double>,
}

impl Store {
    pub fn new(epoch: Epoch, members: BTreeSet<(InboxId, AgentId)>, double: Option<Double>) -> Store {
        let state = State { epoch, feed: Feed(0), arrivals: 0, threads: BTreeMap::new(), members };
        Store {
            working: state.clone(),
            durable: state,
            queue: Vec::new(),
            commit: None,
            full: false,
            counted: BTreeMap::new(),
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
        let mut commit = Commit { replies: Vec::new(), touched: BTreeSet::new() };
        for (number, write) in std::mem::take(&mut self.queue) {
            let conversation = write.conversation();
            let written = if self.full { Err(self.refuse_full(&write)) } else { self.write(write) };
            if written.is_ok() {
                commit.touched.insert(conversation);
            }
            commit.replies.push((number, written));
        }
        self.commit = Some(commit);
    }

    /// The disk has it. Returns what was answered, and whether more waits.
    pub fn sync(&mut self) -> (Vec<Reply>, bool) {
        let Some(commit) = self.commit.take() else { return (Vec::new(), false) };
        for id in commit.touched {
            if let Some(thread) = self.working.threads.get(&id) {
                self.durable.threads.insert(id, thread.clone());
            }
        }
        self.durable.feed = self.working.feed;
        self.durable.arrivals = self.working.arrivals;
        (commit.replies, !self.queue.is_empty())
    }

    /// The process dies. What was not synced is gone, and so is whoever waited.
    pub fn crash(&mut self) {
        self.queue.clear();
        self.commit = None;
        self.counted.clear();
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
        Ok(RowsRead { view: thread.view(self.durable.epoch, scope), rows, visitor: thread.visitor })
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
    }
}

/// Nothing is different.
pub fn unchanged(thread: &Thread) -> Changed {
    thread.changed(thread.rows.len(), None)
}
