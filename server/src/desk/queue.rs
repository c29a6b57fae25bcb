//! Who waits, in which order, and who of them can be served. Whom they go to is not decided here.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use deskbell_shared::model::{
    AgentId, Asked, ConversationId, Feed, IdentityView, Priority, Ranked, UnixMillis, VisitorId,
};

use super::Desk;
use super::effect::{Pick, QueueState};
use super::line::Order;
use super::presence::Presence;
use super::promise::{Promise, Told};

/// An open conversation, as the desk holds it and as it is rebuilt from what is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationRow {
    /// Which.
    pub id: ConversationId,
    /// Whose.
    pub visitor: VisitorId,
    /// What comes before arrival, where no rule says so.
    pub priority: Priority,
    /// What a rule makes of it. Worked out by the desk: it need not be stored.
    pub ranked: Option<Ranked>,
    /// Who the visitor is, by the word of the site's server.
    pub identity: Option<Box<IdentityView>>,
    /// When it began to wait.
    pub arrival: Arrival,
    /// Counts assignments, taken off included.
    pub version: u32,
    /// Whether the visitor left an address, so that they need not be there.
    pub has_address: bool,
    /// The language of the visitor's browser.
    pub language: Option<String>,
    /// The address of the page they wrote from.
    pub page: Option<String>,
    /// What it asks for of whoever it is given to. Worked out by the desk: it need not be stored.
    pub asked: Asked,
    /// To whom something of the visitor's was given last in this inbox.
    pub answered_by: Option<AgentId>,
    /// Waiting or with an agent.
    pub standing: Standing,
    /// Put aside by who has it: it is no load of theirs, and nobody works on it, until it comes back.
    pub is_aside: bool,
    /// Who declined it, and until when it is not offered to them again.
    pub declined: BTreeMap<AgentId, UnixMillis>,
    /// In this wait it was to go on to another inbox already.
    pub has_overflowed: bool,
    /// What was shown about the present wait and is not yet scored; from the ledger of promises.
    pub promises: Vec<Promise>,
    /// The number of the last promise ever made about it; 0 when there is none.
    pub last_promise: u32,
    /// What the visitor was told last. It need not be stored: without it the last promise stands for it.
    pub told: Option<Told>,
}

impl ConversationRow {
    /// One that has just arrived.
    pub fn new(id: ConversationId, visitor: VisitorId, arrival: Arrival, version: u32) -> ConversationRow {
        ConversationRow {
            id,
            visitor,
            priority: Priority::Normal,
            ranked: None,
            identity: None,
            arrival,
            version,
            has_address: false,
            language: None,
            page: None,
            asked: Asked::NOTHING,
            answered_by: None,
            standing: Standing::Queued,
            is_aside: false,
            declined: BTreeMap::new(),
            has_overflowed: false,
            promises: Vec::new(),
            last_promise: 0,
            told: None,
        }
    }

    /// Who has it.
    pub fn assignee(&self) -> Option<AgentId> {
        match self.standing {
            Standing::Assigned { agent, .. } => Some(agent),
            Standing::Queued | Standing::Offered { .. } | Standing::Lapsed => None,
        }
    }

    /// Who is asked whether they take it.
    pub fn offered_to(&self) -> Option<AgentId> {
        match self.standing {
            Standing::Offered { agent, .. } => Some(agent),
            Standing::Queued | Standing::Assigned { .. } | Standing::Lapsed => None,
        }
    }

    /// Whose load it is.
    pub(super) fn holder(&self) -> Option<AgentId> {
        self.worker().or(self.offered_to())
    }

    /// Who works on it, and of whom its visitor is told.
    pub(super) fn worker(&self) -> Option<AgentId> {
        self.assignee().filter(|_| !self.is_aside)
    }

    pub(super) fn is_queued(&self) -> bool {
        self.standing == Standing::Queued
    }

    /// Its visitor waits, whether somebody is asked to take it or not.
    pub(super) fn waits(&self) -> bool {
        matches!(self.standing, Standing::Queued | Standing::Offered { .. })
    }

    /// Where it stands, or would stand, in the line.
    pub(super) fn order(&self) -> Order {
        Order { priority: Reverse(self.comes()), arrival: self.arrival, id: self.id }
    }

    /// Before whom it comes, whatever their arrival: by rule, or as somebody decided.
    pub(super) fn comes(&self) -> Priority {
        self.ranked.as_ref().map_or(self.priority, |ranked| ranked.priority)
    }
}

/// How long what somebody declined is not offered to them again: others are asked first, and then nobody waits in vain.
pub const DECLINE_LASTS: Duration = Duration::from_secs(120);

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It waits.
    Queued,
    /// It waits, and an agent is asked whether they take it.
    Offered {
        /// Who.
        agent: AgentId,
        /// When they have missed it.
        until: UnixMillis,
        /// Why they.
        pick: Pick,
    },
    /// It waited, and its visitor was away for longer than a place is kept. Open still; an agent may claim it.
    Lapsed,
    /// An agent has it.
    Assigned {
        /// Who.
        agent: AgentId,
        /// When it was given to them.
        since: UnixMillis,
    },
}

/// When a conversation began to wait. The order is by the place in the database-wide feed, which no clock can change;
/// the instant decides only between those that share a place (see `Desk::arrive_anew`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival {
    /// The place of the list feed it took.
    pub place: Feed,
    /// What waits are measured from.
    pub at: UnixMillis,
}

/// A place in the queue, counted from 1: one more than the conversations that will be served before, under today's
/// rules. Later arrivals with a higher priority count only once they exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u32);

impl Position {
    /// Of a place in the line, counted from 0.
    pub(super) fn of_place(place: usize) -> Position {
        Position(u32::try_from(place.saturating_add(1)).unwrap_or(u32::MAX))
    }
}

impl Desk {
    /// The conversations that wait and can be served, in the order in which they will be: the first has position 1. What
    /// is offered to somebody is among them: nobody has taken it yet.
    pub fn queue(&self) -> Vec<ConversationId> {
        self.conversations.line().iter().map(|order| order.id).collect()
    }

    /// How many of those who wait are told a place.
    pub(super) fn places_max(&self) -> u32 {
        self.settings.waiting_max.unwrap_or(u32::MAX)
    }

    /// Whose conversation waits beyond the cap, in the order in which they will have a place: instead of one they are
    /// asked for an address.
    pub fn beyond(&self) -> Vec<VisitorId> {
        if self.settings.waiting_max.is_none() {
            return Vec::new();
        }
        let beyond = self.conversations.line().from(self.places_max() as usize);
        beyond.filter_map(|order| Some(self.conversations.get(&order.id)?.visitor)).collect()
    }

    /// It waits for an agent, nobody is asked, and the visitor is there or has left an address.
    pub(super) fn can_be_served(&self, conversation: &ConversationRow) -> bool {
        conversation.is_queued() && self.can_be_reached(conversation)
    }

    /// Its visitor is there or has left an address.
    pub(super) fn can_be_reached(&self, conversation: &ConversationRow) -> bool {
        conversation.has_address || self.presence(conversation.visitor).is_there()
    }

    /// A visitor of whom nothing was ever said is not there.
    pub(super) fn presence(&self, visitor: VisitorId) -> Presence {
        self.conversations.presence(visitor)
    }

    /// How long a conversation has waited since it arrived.
    pub(super) fn waited(&self, conversation: &ConversationRow) -> Duration {
        self.now.since(conversation.arrival.at)
    }

    /// The queue as staff see it.
    pub fn queue_state(&self) -> QueueState {
        let lists = self.conversations.lists();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let waiting = count(lists.line.len());
        QueueState {
            waiting,
            passed_over: count(lists.passed_over),
            oldest_arrived_at: lists.waiting_since.first().map(|(at, _)| *at),
            eligible: count(self.agents.eligible().len()),
            beyond: waiting.saturating_sub(self.places_max()),
        }
    }

    /// An arrival behind all there are. It shares the greatest place known, because only the store hands out new
    /// ones, and is later there; whatever arrives from now on has a greater place.
    pub(super) fn last_arrival(&self) -> Arrival {
        let last = self.conversations.values().map(|conversation| conversation.arrival).max();
        let at = last.map_or(self.now, |last| self.now.max(last.at));
        Arrival { place: last.map_or(Feed(0), |last| last.place), at }
    }
}
