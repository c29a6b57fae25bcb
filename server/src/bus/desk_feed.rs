//! What the desk of an inbox has to hear of: rows that were committed, people who come and go, and that something
//! about its agents has changed. Bounded: when more happens than is heard, the desk is told that it has missed
//! something, and is made anew from the store.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use deskbell_shared::model::{AgentId, ConversationId, EntryBody, InboxId, Side, VisitorId};
use tokio::sync::Notify;

use super::hub::Hub;
use crate::store::conversations::{Changed, Row};

/// Happenings that wait for one desk. A desk that is so far behind is sooner made anew.
pub const HAPPENINGS_QUEUED_MAX: usize = 4096;

/// What one desk hears.
pub struct DeskFeed {
    inbox: InboxId,
    waiting: Mutex<Waiting>,
    wake: Notify,
}

#[derive(Default)]
struct Waiting {
    heard: Heard,
    /// Whose coming and going is of interest.
    visitors: HashSet<VisitorId>,
    /// Whether those are all: until then nobody knows.
    knows_all: bool,
}

/// What has waited, taken out at once.
#[derive(Debug, Default)]
pub struct Heard {
    /// In the order in which it happened.
    pub happenings: VecDeque<Happening>,
    /// Who works here, what they chose or how they look has changed.
    pub people: bool,
    /// What agents have in other inboxes has changed.
    pub loads: bool,
    /// There was more than could wait.
    pub missed: bool,
}

/// One thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A row was committed.
    Turned {
        /// Where.
        conversation: ConversationId,
        /// What it means.
        turn: Turn,
    },
    /// A visitor opened a connection, or closed the last.
    Visitor(VisitorId, bool),
    /// An agent opened a connection, or closed the last.
    Agent(AgentId, bool),
}

/// What a row means for a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It begins to wait in this inbox: opened, reopened, or moved here.
    Arrived,
    /// It has another assignee from this version on, or none.
    Given(u32),
    /// It was resolved.
    Resolved {
        /// The version after it.
        version: u32,
        /// By whom.
        by: Side,
    },
    /// Its visitor left an address.
    AddressLeft,
    /// It was put aside, or has come back.
    Aside,
}

impl Turn {
    fn of(row: &Row) -> Option<Turn> {
        match row.body {
            EntryBody::Message { .. } if row.seq.0 == 1 => Some(Turn::Arrived),
            EntryBody::Reopened { .. } | EntryBody::Moved { .. } => Some(Turn::Arrived),
            EntryBody::Assigned { version, .. } | EntryBody::Requeued { version, .. } => {
                Some(Turn::Given(version))
            }
            EntryBody::Resolved { version } => Some(Turn::Resolved { version, by: row.author.side() }),
            EntryBody::AddressLeft { .. } => Some(Turn::AddressLeft),
            EntryBody::Snoozed { .. } | EntryBody::Woken {} => Some(Turn::Aside),
            _ => None,
        }
    }
}

impl DeskFeed {
    /// Resolves once something waits.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes everything that waits.
    pub fn take(&self) -> Heard {
        std::mem::take(&mut self.lock().heard)
    }

    /// From now on the coming and going of a visitor is told.
    pub fn follow(&self, visitor: VisitorId) {
        self.lock().visitors.insert(visitor);
    }

    /// Everybody who has something open in the inbox is followed now.
    pub fn follows_all(&self) {
        self.lock().knows_all = true;
    }

    /// Ends that for those who are of no interest any more.
    pub fn keep_following(&self, is_needed: impl Fn(VisitorId) -> bool) {
        self.lock().visitors.retain(|visitor| is_needed(*visitor));
    }

    fn push(&self, happening: Happening) {
        let heard = &mut self.lock().heard;
        if heard.happenings.len() < HAPPENINGS_QUEUED_MAX {
            heard.happenings.push_back(happening);
        } else {
            heard.missed = true;
        }
        self.wake.notify_one();
    }

    fn visitor(&self, visitor: VisitorId, online: bool) {
        if self.lock().visitors.contains(&visitor) {
            self.push(Happening::Visitor(visitor, online));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What agents were told last about a desk.
pub(super) struct DeskTold {
    readers: Vec<AgentId>,
    frame: Bytes,
}

/// By inbox.
pub(super) type DesksTold = HashMap<InboxId, DeskTold>;

impl DeskTold {
    pub(super) fn frame_for(&self, agent: AgentId) -> Option<&Bytes> {
        self.readers.contains(&agent).then_some(&self.frame)
    }
}

impl Hub {
    /// The desk of an inbox begins to listen, in the place of any before it.
    pub fn open_desk(&self, inbox: InboxId) -> Arc<DeskFeed> {
        let feed = Arc::new(DeskFeed { inbox, waiting: Mutex::default(), wake: Notify::new() });
        let mut desks = self.desks.write().unwrap_or_else(PoisonError::into_inner);
        desks.retain(|other| other.inbox != inbox);
        desks.push(feed.clone());
        feed
    }

    /// It listens no more, and what it said of itself is not repeated.
    pub fn close_desk(&self, inbox: InboxId) {
        self.desks.write().unwrap_or_else(PoisonError::into_inner).retain(|other| other.inbox != inbox);
        self.present().desks.remove(&inbox);
    }

    /// Says that agents chose something else about getting conversations: desks read it, and who answers where is found
    /// out anew.
    pub fn people_changed(&self) {
        self.present().unsettle();
        self.stirred.notify_one();
        self.each_desk(|desk| {
            desk.lock().heard.people = true;
            desk.wake.notify_one();
        });
        self.peopled.notify_one();
    }

    /// Tells all desks that what agents have has changed, where no row of a conversation says so.
    pub fn loads_changed(&self) {
        self.each_desk(|desk| {
            desk.lock().heard.loads = true;
            desk.wake.notify_one();
        });
    }

    /// Waits for `people_changed`, or for anything that may have made a new inbox. For one caller at a time.
    pub async fn inboxes_changed(&self) {
        self.peopled.notified().await;
    }

    /// Tells a visitor's connections where a conversation is in the queue, or that its agent is gone or back.
    pub fn tell_visitor(
        &self,
        visitor: VisitorId,
        conversation: ConversationId,
        about: About,
        frame: &Bytes,
    ) {
        for mailbox in self.present().mailboxes_of(visitor) {
            mailbox.wait_sign(conversation, about, frame);
        }
    }

    /// Tells those who may see an inbox how its desk stands; who connects later is told it too.
    pub fn tell_desk(&self, inbox: InboxId, readers: Vec<AgentId>, frame: Bytes) {
        let mut present = self.present();
        for mailbox in present.agents_mailboxes() {
            if mailbox.agent().is_some_and(|agent| readers.contains(&agent)) {
                mailbox.desk(inbox, &frame);
            }
        }
        present.desks.insert(inbox, DeskTold { readers, frame });
    }

    /// Whether a visitor has a connection now.
    pub fn visitor_connected(&self, visitor: VisitorId) -> bool {
        self.present().mailboxes_of(visitor).next().is_some()
    }

    /// Whether an agent has a connection now.
    pub fn agent_connected(&self, agent: AgentId) -> bool {
        self.present().agent_connected(agent)
    }

    pub(super) fn tell_desks_of_rows(&self, changed: &Changed) {
        let turns: Vec<Turn> = changed.rows.iter().filter_map(Turn::of).collect();
        if turns.is_empty() {
            return;
        }
        let conversation = changed.conversation;
        let is_load = turns.iter().any(|turn| !matches!(turn, Turn::AddressLeft));
        self.each_desk(|desk| {
            if desk.inbox == changed.inbox {
                turns.iter().for_each(|turn| desk.push(Happening::Turned { conversation, turn: *turn }));
            } else if is_load {
                desk.lock().heard.loads = true;
                desk.wake.notify_one();
            }
        });
    }

    /// Where a visitor did not come in, and has nothing: its desk says so. Conversations are moved, and where no desk
    /// runs nobody knows.
    pub(super) fn inboxes_without(&self, visitor: VisitorId, inbox: InboxId) -> Vec<InboxId> {
        let desks = self.desks.read().unwrap_or_else(PoisonError::into_inner);
        let without = desks.iter().filter(|desk| {
            let waiting = desk.lock();
            desk.inbox != inbox && waiting.knows_all && !waiting.visitors.contains(&visitor)
        });
        without.map(|desk| desk.inbox).collect()
    }

    pub(super) fn tell_desks_of_visitor(&self, visitor: VisitorId, online: bool) {
        self.each_desk(|desk| desk.visitor(visitor, online));
    }

    pub(super) fn tell_desks_of_agent(&self, agent: AgentId, online: bool) {
        self.each_desk(|desk| desk.push(Happening::Agent(agent, online)));
    }

    fn each_desk(&self, tell: impl Fn(&DeskFeed)) {
        for desk in self.desks.read().unwrap_or_else(PoisonError::into_inner).iter() {
            tell(desk);
        }
    }
}

/// What a visitor is told about a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The place in the queue.
    Place,
    /// The agent's connection.
    Agent,
}
