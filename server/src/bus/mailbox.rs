//! What waits to be told to one connection. Bounded whatever happens to the one who reads it: rows that find the
//! queue full leave only "the head is N" behind, and the reader fetches them from the store at its own pace; signs
//! that replace each other (typing, presence, marks) keep their newest value; the writer never waits.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use deskbell_shared::model::site::SITE_INBOXES_MAX;
use deskbell_shared::model::{AgentId, AgentView, ConversationId, InboxId, Marks, Seq, SiteView, VisitorId};
use deskbell_shared::protocol::limits::WATCHED_MAX;
use deskbell_shared::protocol::{AttendantView, CloseCode};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::desk_feed::About;
use crate::auth::Principal;
use crate::meter::meter;

/// Rows that wait for one connection before it has to read them from the store.
pub const ENTRIES_QUEUED_MAX: usize = 64;
/// Typing signs that wait for one connection; further ones are dropped.
pub const TYPING_QUEUED_MAX: usize = 32;
/// Visitors whose coming and going waits for one agent. Beyond it the agent has not read for so long that a fresh
/// connection is cheaper than keeping count.
pub const PRESENCE_QUEUED_MAX: usize = 4096;
/// Changed sites that wait for one owner; further ones are dropped (the page reads them anew when it is opened).
pub const SITES_QUEUED_MAX: usize = 16;
/// Inboxes of which a visitor is told who is there: all that a site offers.
pub const SERVICES_QUEUED_MAX: usize = SITE_INBOXES_MAX;
/// Signs about waits that queue for one visitor: two for each of their open conversations, one in an inbox.
pub const WAITS_QUEUED_MAX: usize = 32;
/// Desks whose state waits for one agent; further ones are told when they change again.
pub const DESKS_QUEUED_MAX: usize = 64;

/// The number of a connection, never used twice in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// One connection, as the hub sees it.
pub struct Mailbox {
    /// Which connection.
    pub id: ConnectionId,
    /// Whose.
    pub principal: Principal,
    waiting: Mutex<Waiting>,
    /// The list feed has moved since the connection last took note.
    feed_moved: AtomicBool,
    /// What the agent has written and not sent is another than when the connection last took note.
    drafts_moved: AtomicBool,
    wake: Notify,
}

/// A conversation that the connection follows.
#[derive(Clone, Copy, Debug)]
struct Watch {
    conversation: ConversationId,
    /// The last row sent or in the queue.
    queued: Seq,
    /// The last row known to exist.
    head: Seq,
    /// Rows are to be read from the store: those after `queued`.
    behind: bool,
}

#[derive(Default)]
struct Waiting {
    watches: Vec<Watch>,
    /// What the agent at the other end does, and where.
    attending: Option<(ConversationId, AttendantView)>,
    entries: VecDeque<Bytes>,
    signs: Signs,
    drain: Option<Drain>,
    close: Option<CloseCode>,
}

/// Signs of which only the newest counts.
#[derive(Default)]
pub struct Signs {
    /// Marks that moved.
    pub marks: Vec<(ConversationId, Marks)>,
    /// Conversations in which rows were erased; of those that are followed only, so bounded with them.
    pub erased: Vec<ConversationId>,
    /// Who types where.
    pub typing: Vec<Typing>,
    /// Who is at conversations that are followed, as frames; bounded with them.
    pub attended: Vec<(ConversationId, Bytes)>,
    /// Visitors who came or went.
    pub presence: Vec<(VisitorId, bool)>,
    /// Who answers, as frames: in the inbox of the ticket, and in others that the visitor knows of.
    pub services: Vec<(Option<InboxId>, Bytes)>,
    /// Sites that are different now.
    pub sites: Vec<SiteView>,
    /// What a visitor is told about waits, as frames.
    pub waits: Vec<(ConversationId, About, Bytes)>,
    /// How desks stand, as frames.
    pub desks: Vec<(InboxId, Bytes)>,
}

/// Somebody on the other side types, or stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typing {
    /// Where.
    pub conversation: ConversationId,
    /// The agent; `None` when it is the visitor.
    pub agent: Option<AgentView>,
    /// Whether.
    pub on: bool,
}

/// The server goes away.
#[derive(Clone, Copy, Debug)]
pub struct Drain {
    /// The time over which all connections leave.
    pub spread_ms: u32,
    /// When this one is closed.
    pub close_at: Instant,
}

/// What has waited, taken out at once.
#[derive(Default)]
pub struct Taken {
    /// Rows as frames, in order.
    pub entries: VecDeque<Bytes>,
    /// Signs.
    pub signs: Signs,
    /// Conversations of which rows are to be read from the store, and after which place.
    pub behind: Vec<(ConversationId, Seq)>,
    /// The server goes away.
    pub drain: Option<Drain>,
    /// The connection is to be closed.
    pub close: Option<CloseCode>,
}

impl Mailbox {
    /// An empty one.
    pub fn new(id: ConnectionId, principal: Principal) -> Mailbox {
        Mailbox {
            id,
            principal,
            waiting: Mutex::default(),
            feed_moved: AtomicBool::new(false),
            drafts_moved: AtomicBool::new(false),
            wake: Notify::new(),
        }
    }

    /// The agent it belongs to, if it is one's.
    pub fn agent(&self) -> Option<AgentId> {
        match self.principal {
            Principal::Agent { id, .. } => Some(id),
            Principal::Visitor { .. } => None,
        }
    }

    /// Resolves once something waits.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Makes `woken` resolve.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Takes everything that waits.
    pub fn take(&self) -> Taken {
        let mut waiting = self.lock();
        Taken {
            entries: std::mem::take(&mut waiting.entries),
            signs: std::mem::take(&mut waiting.signs),
            behind: waiting
                .watches
                .iter()
                .filter(|watch| watch.behind)
                .map(|watch| (watch.conversation, watch.queued))
                .collect(),
            drain: waiting.drain,
            close: waiting.close,
        }
    }

    /// Whether the list feed has moved since the last call.
    pub fn take_feed_moved(&self) -> bool {
        self.feed_moved.swap(false, Ordering::AcqRel)
    }

    /// Notes that the list feed has moved. Wakes only when that is news.
    pub fn feed_moved(&self) {
        if !self.feed_moved.swap(true, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Whether drafts of the agent have moved since the last call.
    pub fn take_drafts_moved(&self) -> bool {
        self.drafts_moved.swap(false, Ordering::AcqRel)
    }

    /// Notes that drafts of the agent have moved. Wakes only when that is news.
    pub fn drafts_moved(&self) {
        if !self.drafts_moved.swap(true, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Whether the conversation is followed.
    pub fn watches(&self, conversation: ConversationId) -> bool {
        self.lock().watches.iter().any(|watch| watch.conversation == conversation)
    }

    /// Everything that is followed.
    pub fn watched(&self) -> Vec<ConversationId> {
        self.lock().watches.iter().map(|watch| watch.conversation).collect()
    }

    /// Begins to follow, as far as the mailbox goes; rows that come meanwhile only move the head, until
    /// `caught_up` says where the reader stands. False when `WATCHED_MAX` are followed already.
    pub(super) fn watch(&self, conversation: ConversationId) -> bool {
        let mut waiting = self.lock();
        if let Some(watch) = waiting.watch(conversation) {
            watch.behind = true;
            return true;
        }
        if waiting.watches.len() >= WATCHED_MAX {
            return false;
        }
        waiting.watches.push(Watch { conversation, queued: Seq(0), head: Seq(0), behind: true });
        true
    }

    /// Ends following.
    pub(super) fn unwatch(&self, conversation: ConversationId) {
        let mut waiting = self.lock();
        waiting.watches.retain(|watch| watch.conversation != conversation);
        waiting.signs.marks.retain(|(marked, _)| *marked != conversation);
        waiting.signs.attended.retain(|(attended, _)| *attended != conversation);
    }

    /// Notes what the agent does at a conversation that is followed, or with `None` nothing any more. Returns where they were
    /// before.
    pub(super) fn attend(
        &self,
        conversation: ConversationId,
        what: Option<AttendantView>,
    ) -> Option<ConversationId> {
        let mut waiting = self.lock();
        let next = what.filter(|_| waiting.watch(conversation).is_some()).map(|what| (conversation, what));
        let before = std::mem::replace(&mut waiting.attending, next);
        before.map(|(conversation, _)| conversation)
    }

    /// What the agent does at a conversation.
    pub(super) fn attending(&self, at: ConversationId) -> Option<AttendantView> {
        let waiting = self.lock();
        waiting
            .attending
            .as_ref()
            .filter(|(conversation, _)| *conversation == at)
            .map(|(_, what)| what.clone())
    }

    /// The reader has sent every row up to `upto`. It goes live, unless further rows have come meanwhile. True when
    /// it is live.
    pub fn caught_up(&self, conversation: ConversationId, upto: Seq) -> bool {
        let mut waiting = self.lock();
        let Some(watch) = waiting.watch(conversation) else { return true };
        watch.queued = upto;
        watch.behind = watch.head > upto;
        !watch.behind
    }

    /// Has the reader look at the store for every conversation it follows: something may have been missed, or may
    /// no longer be theirs to read.
    pub fn recheck(&self) {
        if self.agent().is_some() {
            self.drafts_moved();
        }
        let mut waiting = self.lock();
        if !waiting.watches.is_empty() {
            waiting.watches.iter_mut().for_each(|watch| watch.behind = true);
            self.wake();
        }
    }

    /// The same for one conversation.
    pub(super) fn doubt(&self, conversation: ConversationId) {
        if let Some(watch) = self.lock().watch(conversation) {
            watch.behind = true;
        }
        self.wake();
    }

    pub(super) fn entry(&self, conversation: ConversationId, seq: Seq, frame: &Bytes) {
        let mut waiting = self.lock();
        let room = waiting.entries.len() < ENTRIES_QUEUED_MAX;
        let Some(watch) = waiting.watch(conversation) else { return };
        if seq <= watch.queued {
            return;
        }
        watch.head = watch.head.max(seq);
        if watch.behind {
            return;
        }
        if seq == watch.queued.next() && room {
            watch.queued = seq;
            waiting.entries.push_back(frame.clone());
        } else {
            // Two commits were announced out of order, or the reader is slow: the store has the rows in order.
            watch.behind = true;
            meter().resyncs.inc();
        }
        drop(waiting);
        self.wake();
    }

    pub(super) fn marks(&self, conversation: ConversationId, marks: &Marks) {
        let mut waiting = self.lock();
        if waiting.watch(conversation).is_none() {
            return;
        }
        match waiting.signs.marks.iter_mut().find(|(marked, _)| *marked == conversation) {
            Some((_, waits)) => join(waits, marks),
            None => waiting.signs.marks.push((conversation, marks.clone())),
        }
        drop(waiting);
        self.wake();
    }

    pub(super) fn erased(&self, conversation: ConversationId) {
        let mut waiting = self.lock();
        if waiting.watch(conversation).is_none() {
            return;
        }
        replace(&mut waiting.signs.erased, conversation, WATCHED_MAX, |other| *other == conversation);
        drop(waiting);
        self.wake();
    }

    pub(super) fn typing(&self, typing: &Typing) {
        let mut waiting = self.lock();
        if waiting.watch(typing.conversation).is_none() {
            return;
        }
        let same = |other: &Typing| {
            other.conversation == typing.conversation
                && other.agent.as_ref().map(|agent| agent.id) == typing.agent.as_ref().map(|agent| agent.id)
        };
        replace(&mut waiting.signs.typing, typing.clone(), TYPING_QUEUED_MAX, same);
        drop(waiting);
        self.wake();
    }

    pub(super) fn attended(&self, conversation: ConversationId, frame: &Bytes) {
        let mut waiting = self.lock();
        if waiting.watch(conversation).is_none() {
            return;
        }
        let same = |(other, _): &(ConversationId, Bytes)| *other == conversation;
        replace(&mut waiting.signs.attended, (conversation, frame.clone()), WATCHED_MAX, same);
        drop(waiting);
        self.wake();
    }

    pub(super) fn presence(&self, visitor: VisitorId, online: bool) {
        let mut waiting = self.lock();
        let same = |(other, _): &(VisitorId, bool)| *other == visitor;
        if !replace(&mut waiting.signs.presence, (visitor, online), PRESENCE_QUEUED_MAX, same) {
            waiting.close = Some(CloseCode::TooSlow);
        }
        drop(waiting);
        self.wake();
    }

    pub(super) fn service(&self, inbox: Option<InboxId>, frame: &Bytes) {
        let mut waiting = self.lock();
        let same = |(other, _): &(Option<InboxId>, Bytes)| *other == inbox;
        replace(&mut waiting.signs.services, (inbox, frame.clone()), SERVICES_QUEUED_MAX, same);
        drop(waiting);
        self.wake();
    }

    pub(super) fn site(&self, site: &SiteView) {
        let mut waiting = self.lock();
        replace(&mut waiting.signs.sites, site.clone(), SITES_QUEUED_MAX, |other| other.id == site.id);
        drop(waiting);
        self.wake();
    }

    pub(super) fn wait_sign(&self, conversation: ConversationId, about: About, frame: &Bytes) {
        let same = |(other, of, _): &(ConversationId, About, Bytes)| (*other, *of) == (conversation, about);
        let sign = (conversation, about, frame.clone());
        replace(&mut self.lock().signs.waits, sign, WAITS_QUEUED_MAX, same);
        self.wake();
    }

    pub(super) fn desk(&self, inbox: InboxId, frame: &Bytes) {
        let same = |(other, _): &(InboxId, Bytes)| *other == inbox;
        replace(&mut self.lock().signs.desks, (inbox, frame.clone()), DESKS_QUEUED_MAX, same);
        self.wake();
    }

    pub(super) fn drain(&self, drain: Drain) {
        self.lock().drain = Some(drain);
        self.wake();
    }

    /// Has the connection closed.
    pub fn close(&self, code: CloseCode) {
        self.lock().close.get_or_insert(code);
        self.wake();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn watch(&mut self, conversation: ConversationId) -> Option<&mut Watch> {
        self.watches.iter_mut().find(|watch| watch.conversation == conversation)
    }
}

/// Puts a sign in the place of an older one about the same thing. False when there is none and no room.
fn replace<T>(signs: &mut Vec<T>, sign: T, count_max: usize, same: impl Fn(&T) -> bool) -> bool {
    match signs.iter().position(same) {
        Some(at) => signs[at] = sign,
        None if signs.len() < count_max => signs.push(sign),
        None => return false,
    }
    true
}

/// Marks only grow, whatever the order in which they are announced.
fn join(marks: &mut Marks, other: &Marks) {
    marks.visitor_received = marks.visitor_received.max(other.visitor_received);
    marks.visitor_read = marks.visitor_read.max(other.visitor_read);
    marks.staff_received = marks.staff_received.max(other.staff_received);
    marks.staff_read = marks.staff_read.max(other.staff_read);
}
