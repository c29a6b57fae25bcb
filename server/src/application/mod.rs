//! What a visitor or an agent may do: for every deed an access check, then one use of the log or the store, one file
//! a subject. It knows no socket and no route; `relay` and `http` call it.

mod abouts;
pub mod accounts;
pub mod addresses;
pub mod allowance;
pub mod audit;
pub mod blocks;
mod choices;
pub mod conversations;
pub mod denial;
pub mod desks;
mod drafts;
pub mod erasing;
pub mod feed;
pub mod files;
mod filing;
mod forms;
pub mod identities;
mod matching;
pub mod media;
pub mod names;
pub mod pauses;
pub mod pictures;
pub mod places;
pub mod reasons;
pub mod scanning;
pub mod search;
pub mod second_step;
pub mod sessions;
pub mod site_origin;
pub mod sites;
pub mod snippets;
pub mod snoozes;
pub mod team;
pub mod transcripts;
mod views;
pub mod visitors;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbell_shared::model::{AgentId, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use tokio::sync::Notify;

use crate::auth::{InUse, Principal, Tickets};
use crate::bus::Hub;
use crate::log::ConversationLog;
use crate::store::{Fault, Store, Stored};

use self::allowance::{Allowances, Limits};
use self::audit::Views;
use self::desks::Desks;
use self::pauses::Pauses;
use self::places::Places;

/// The time, as the server knows it. Stored and shown, never used for order.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> UnixMillis;
}

/// The clock of a test: it stands still until it is moved.
#[cfg(test)]
#[derive(Clone)]
pub struct ClockInHand(Arc<std::sync::atomic::AtomicI64>);

#[cfg(test)]
impl ClockInHand {
    /// Shows that instant.
    pub fn at(at: UnixMillis) -> ClockInHand {
        ClockInHand(Arc::new(at.0.into()))
    }

    /// Moves it on.
    pub fn passes(&self, span: std::time::Duration) {
        let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(ms, std::sync::atomic::Ordering::Relaxed);
    }

    /// Sets it.
    pub fn is_set(&self, at: UnixMillis) {
        self.0.store(at.0, std::sync::atomic::Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Clock for ClockInHand {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(std::sync::atomic::Ordering::Relaxed))
    }
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMillis(0).plus(since)
    }
}

/// What has come from each address, by kind.
#[derive(Default)]
pub struct FromPlaces {
    /// Tickets of visitors.
    pub tickets: Places,
    /// Conversations begun.
    pub starts: Places,
    /// Messages of visitors.
    pub messages: Places,
}

/// Everything one node does, behind one handle.
pub struct Application {
    /// What lasts. Reads may go here directly, with a `Scope`; writes to conversations go through `log`.
    pub store: Arc<dyn Store>,
    /// The only way to write to a conversation.
    pub log: ConversationLog,
    /// Who is connected and follows what.
    pub hub: Arc<Hub>,
    /// Tickets that wait for their `hello`.
    pub tickets: Tickets,
    /// Sessions of agents who are at work.
    pub in_use: InUse,
    /// How fast people may write.
    pub limits: Limits,
    /// What is left of it.
    pub allowances: Allowances,
    /// What is left of it for each address.
    pub from_places: FromPlaces,
    /// Whether this process was away lately.
    pub pauses: Pauses,
    /// Rings when something was put aside: it may come back earlier than what was waited for.
    pub snoozed: Notify,
    /// Rings when something was erased: files and pages of the database may still have it.
    pub unclean: Notify,
    /// Whether answers go out by e-mail.
    mails: AtomicBool,
    /// Held by whoever searches.
    searching: tokio::sync::Mutex<()>,
    /// Who has looked at what today.
    views: Views,
    /// The desks that run here.
    pub desks: Desks,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Application {
    /// Puts the parts together, with the default limits.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Application {
        let hub = Arc::new(Hub::new(store.epoch()));
        let log = ConversationLog::new(store.clone(), hub.clone());
        Application {
            store,
            log,
            hub,
            tickets: Tickets::new(),
            in_use: InUse::default(),
            limits: Limits::default(),
            allowances: Allowances::default(),
            from_places: FromPlaces::default(),
            pauses: Pauses::default(),
            unclean: Notify::new(),
            snoozed: Notify::new(),
            mails: AtomicBool::new(false),
            searching: tokio::sync::Mutex::default(),
            views: Views::default(),
            desks: Desks::default(),
            clock,
        }
    }

    /// The time.
    pub fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    /// Asks every connection to come back later, spread over `spread`, and closes each within it. What is in hand is
    /// finished and acknowledged. `Hub::emptied` says when all are gone.
    pub fn begin_drain(&self, spread: Duration) {
        self.hub.begin_drain(spread);
    }
}

/// Who has to be an agent. Refused: `not_allowed` for visitors.
fn agent(who: &Principal) -> Stored<AgentId> {
    match *who {
        Principal::Agent { id, .. } => Ok(id),
        Principal::Visitor { .. } => Err(Fault::because(RefusalCode::NotAllowed)),
    }
}

/// A span as the protocol tells it, saturating.
fn whole_ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
