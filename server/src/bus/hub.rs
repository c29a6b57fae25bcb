//! Who is connected, and who follows which conversation. Every call returns at once: telling somebody means putting
//! a note into their mailbox.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use deskbell_shared::codec::Wire;
use deskbell_shared::model::{
    AgentId, ConversationId, Entry, EntryBody, Epoch, Feed, InboxId, Right, Service, SiteId, SiteView,
    VisitorId,
};
use deskbell_shared::protocol::{CloseCode, Frame};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::desk_feed::DeskFeed;
use super::mailbox::{ConnectionId, Drain, Mailbox, Typing};
use super::presence::Presence;
use crate::auth::Principal;
use crate::store::accounts::{EndSessions, SecretDigest};
use crate::store::conversations::{Changed, Row};

/// Connections of one visitor at a time: tabs, and the sockets they have not noticed to be dead.
pub const CONNECTIONS_PER_VISITOR_MAX: usize = 16;
/// Connections of one agent at a time.
pub const CONNECTIONS_PER_AGENT_MAX: usize = 32;

/// Parts of the map of followers, so that writers to different conversations seldom meet.
const SHARDS: usize = 16;

/// The connections of this process.
pub struct Hub {
    epoch: Epoch,
    hasher: RandomState,
    followers: [Mutex<HashMap<ConversationId, Vec<Arc<Mailbox>>>>; SHARDS],
    /// Agents who follow the list feed.
    feed: RwLock<Vec<Arc<Mailbox>>>,
    feed_head: AtomicU64,
    last_id: AtomicU64,
    present: Mutex<Presence>,
    /// Presence has changed, or may have.
    pub(super) stirred: Notify,
    pub(super) desks: RwLock<Vec<Arc<DeskFeed>>>,
    /// There may be another inbox, or other people in one.
    pub(super) peopled: Notify,
    left: Notify,
    drain: Mutex<Option<Duration>>,
}

/// A connection that has joined. It leaves when this is dropped.
pub struct Joined {
    hub: Arc<Hub>,
    /// Its mailbox.
    pub mailbox: Arc<Mailbox>,
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.hub.leave(&self.mailbox);
    }
}

impl Hub {
    /// Nobody yet. The epoch is that of the store whose commits will be announced.
    pub fn new(epoch: Epoch) -> Hub {
        Hub {
            epoch,
            hasher: RandomState::new(),
            followers: Default::default(),
            feed: RwLock::default(),
            feed_head: AtomicU64::new(0),
            last_id: AtomicU64::new(0),
            present: Mutex::default(),
            stirred: Notify::new(),
            desks: RwLock::default(),
            peopled: Notify::new(),
            left: Notify::new(),
            drain: Mutex::default(),
        }
    }

    /// Lets a connection in. Refused when its owner has too many.
    pub fn join(self: &Arc<Self>, principal: Principal) -> Result<Joined, CloseCode> {
        let id = ConnectionId(self.last_id.fetch_add(1, Ordering::Relaxed) + 1);
        let mailbox = Arc::new(Mailbox::new(id, principal));
        self.arrive(&mailbox)?;
        if let Some(spread) = *lock(&self.drain) {
            mailbox.drain(drain_of(spread));
        }
        Ok(Joined { hub: self.clone(), mailbox })
    }

    /// Has a connection follow a conversation it has been authorised for. Rows that are committed from now on move
    /// the head it knows; it gets them after `Mailbox::caught_up`. False when it follows too many already.
    pub fn follow(&self, conversation: ConversationId, mailbox: &Arc<Mailbox>) -> bool {
        if !mailbox.watch(conversation) {
            return false;
        }
        let mut shard = self.shard(conversation);
        let followers = shard.entry(conversation).or_default();
        if !followers.iter().any(|other| other.id == mailbox.id) {
            followers.push(mailbox.clone());
        }
        true
    }

    /// Ends `follow`.
    pub fn unfollow(&self, conversation: ConversationId, mailbox: &Mailbox) {
        mailbox.unwatch(conversation);
        let mut shard = self.shard(conversation);
        if let Some(followers) = shard.get_mut(&conversation) {
            followers.retain(|other| other.id != mailbox.id);
            if followers.is_empty() {
                shard.remove(&conversation);
            }
        }
        drop(shard);
        if mailbox.attending(conversation).is_some() {
            self.attend(conversation, mailbox, None);
        }
    }

    /// Has a connection of an agent hear of the list feed.
    pub fn follow_feed(&self, mailbox: &Arc<Mailbox>) {
        let mut feed = self.feed.write().unwrap_or_else(PoisonError::into_inner);
        if !feed.iter().any(|other| other.id == mailbox.id) {
            feed.push(mailbox.clone());
        }
    }

    /// The newest place of the list feed that was announced here.
    pub fn feed_head(&self) -> Feed {
        Feed(self.feed_head.load(Ordering::Acquire))
    }

    /// Tells followers what a transaction has changed. Called after it is durable, with what it committed.
    pub fn committed(&self, changed: &Changed) {
        if !changed.rows.is_empty() || changed.marks.is_some() {
            let shard = self.shard(changed.conversation);
            if let Some(followers) = shard.get(&changed.conversation) {
                if changed.rows.iter().any(|row| matches!(row.body, EntryBody::Moved { .. })) {
                    // Some who could read it may not read it where it is now: each asks the store.
                    let agents = followers.iter().filter(|follower| !follower.principal.is_visitor());
                    agents.for_each(|follower| follower.doubt(changed.conversation));
                }
                for row in &changed.rows {
                    self.tell_row(changed.conversation, row, followers);
                }
                for follower in followers {
                    let marks = changed.marks.as_ref();
                    let visitor = follower.principal.is_visitor();
                    if let Some(marks) = marks.map(|both| if visitor { &both.visitor } else { &both.staff }) {
                        follower.marks(changed.conversation, marks);
                    }
                }
            }
        }
        self.tell_desks_of_rows(changed);
        if let Some(place) = changed.feed {
            self.feed_head.fetch_max(place.0, Ordering::AcqRel);
            for follower in self.feed.read().unwrap_or_else(PoisonError::into_inner).iter() {
                follower.feed_moved();
            }
        }
    }

    /// Each side's frame is written once, however many read it.
    fn tell_row(&self, conversation: ConversationId, row: &Row, followers: &[Arc<Mailbox>]) {
        let frame = |entry: Entry| {
            let seq = entry.seq;
            (seq, frame_bytes(&Frame::Entry { conversation, epoch: self.epoch, entry }))
        };
        let (mut staff, mut visitor) = (None, None);
        for follower in followers {
            if !follower.principal.is_visitor() {
                let (seq, bytes) = staff.get_or_insert_with(|| frame(row.for_staff()));
                follower.entry(conversation, *seq, bytes);
            } else if let Some(entry) = row.for_visitor() {
                let (seq, bytes) = visitor.get_or_insert_with(|| frame(entry));
                follower.entry(conversation, *seq, bytes);
            }
        }
    }

    /// Tells followers that rows of a conversation were erased. Called after that is durable.
    pub fn erased(&self, conversation: ConversationId) {
        for follower in self.shard(conversation).get(&conversation).into_iter().flatten() {
            follower.erased(conversation);
            // What was written about it and not sent is gone with it.
            follower.drafts_moved();
        }
    }

    /// Has the connections of an agent look at what they have written and not sent.
    pub fn drafts_moved(&self, agent: AgentId) {
        for mailbox in self.present().agents_mailboxes() {
            if mailbox.agent() == Some(agent) {
                mailbox.drafts_moved();
            }
        }
    }

    /// Shows the other side that somebody types.
    pub fn typing(&self, typing: &Typing) {
        let to_visitor = typing.agent.is_some();
        let shard = self.shard(typing.conversation);
        for follower in shard.get(&typing.conversation).into_iter().flatten() {
            if follower.principal.is_visitor() == to_visitor {
                follower.typing(typing);
            }
        }
    }

    /// Shows owners who are connected that a site is different now, or that its loader was seen.
    pub fn site_changed(&self, site: &SiteView) {
        for mailbox in self.present().agents_mailboxes() {
            if matches!(mailbox.principal, Principal::Agent { role, .. } if role.may(Right::Manage)) {
                mailbox.site(site);
            }
        }
    }

    /// Has the visitors of a site come back with new tickets: new conversations land elsewhere now.
    pub fn end_visits(&self, of: SiteId) {
        self.end_visits_where(|who| matches!(who, Principal::Visitor { site, .. } if *site == of));
    }

    /// Has the connections of a visitor's token come back with what the device has now: the token is over.
    pub fn end_visit(&self, of: SiteId, token: SecretDigest) {
        self.end_visits_where(|who| {
            matches!(who, Principal::Visitor { site, session: Some(session), .. }
                if *site == of && session.token == token)
        });
    }

    /// The same for those of whom this is true.
    pub fn end_visits_where(&self, ends: impl Fn(&Principal) -> bool) {
        for mailbox in self.present().mailboxes() {
            if mailbox.principal.is_visitor() && ends(&mailbox.principal) {
                mailbox.close(CloseCode::TicketExpired);
            }
        }
    }

    /// Has the connections of an agent come back with new tickets: what they may do is another than it was.
    pub fn come_back(&self, agent: AgentId) {
        for mailbox in self.present().agents_mailboxes() {
            if mailbox.agent() == Some(agent) {
                mailbox.close(CloseCode::TicketExpired);
            }
        }
    }

    /// Closes the connections of sessions that have ended, with `signed_out`.
    pub fn end_sessions(&self, agent: AgentId, which: EndSessions) {
        for mailbox in self.present().agents_mailboxes() {
            let Principal::Agent { id, session, .. } = mailbox.principal else { continue };
            let ends = match which {
                EndSessions::One(secret) => session == secret,
                EndSessions::AllBut(secret) => session != secret,
                EndSessions::All => true,
            };
            if id == agent && ends {
                mailbox.close(CloseCode::SignedOut);
            }
        }
    }

    /// Says that somebody may see more or less than before, or looks different (membership, role, a new inbox or
    /// site, a name or picture): every agent's connection asks the store again before it is sent another row or line, and
    /// who answers where is found out anew.
    pub fn permissions_changed(&self) {
        self.present().agents_mailboxes().for_each(|mailbox| mailbox.recheck());
        for follower in self.feed.read().unwrap_or_else(PoisonError::into_inner).iter() {
            follower.feed_moved();
        }
        self.people_changed();
    }

    /// Who answers in an inbox now.
    pub fn service(&self, inbox: InboxId) -> Service {
        self.present().service(inbox)
    }

    /// The same, as a visitor is told of it.
    pub fn service_for(&self, who: &Principal, inbox: InboxId) -> Service {
        self.present().service_for(who, inbox)
    }

    /// The inboxes among which a visitor may choose, that of their ticket last; none where there is no choice.
    pub fn choices_of(&self, who: &Principal) -> Vec<InboxId> {
        self.present().choices_of(who)
    }

    /// Whether a connection of this visitor is open, or was a moment ago.
    pub fn visitor_online(&self, visitor: VisitorId) -> bool {
        self.present().visitor_online(visitor)
    }

    /// See `Application::begin_drain`.
    pub fn begin_drain(&self, spread: Duration) {
        *lock(&self.drain) = Some(spread);
        for mailbox in self.present().mailboxes() {
            mailbox.drain(drain_of(spread));
        }
    }

    /// How many connections have said hello.
    pub fn connection_count(&self) -> usize {
        self.present().connection_count()
    }

    /// The same of visitors, and of agents.
    pub fn connection_counts(&self) -> (usize, usize) {
        self.present().connection_counts()
    }

    /// Waits until there is no connection.
    pub async fn emptied(&self) {
        loop {
            let left = self.left.notified();
            if self.connection_count() == 0 {
                return;
            }
            left.await;
        }
    }

    fn leave(&self, mailbox: &Mailbox) {
        for conversation in mailbox.watched() {
            self.unfollow(conversation, mailbox);
        }
        if !mailbox.principal.is_visitor() {
            let mut feed = self.feed.write().unwrap_or_else(PoisonError::into_inner);
            feed.retain(|other| other.id != mailbox.id);
        }
        self.depart(mailbox);
        self.left.notify_waiters();
    }

    pub(super) fn present(&self) -> MutexGuard<'_, Presence> {
        lock(&self.present)
    }

    pub(super) fn shard(
        &self,
        conversation: ConversationId,
    ) -> MutexGuard<'_, HashMap<ConversationId, Vec<Arc<Mailbox>>>> {
        lock(&self.followers[self.hasher.hash_one(conversation) as usize % SHARDS])
    }
}

/// A frame as it goes out.
pub fn frame_bytes(frame: &impl Wire) -> Bytes {
    frame.to_text().into_bytes().into()
}

fn drain_of(spread: Duration) -> Drain {
    let spread_ms = u32::try_from(spread.as_millis()).unwrap_or(u32::MAX);
    let random = u32::from_le_bytes(crate::auth::ticket::random());
    let part = spread.mul_f64(f64::from(random) / f64::from(u32::MAX));
    Drain { spread_ms, close_at: Instant::now() + part }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
