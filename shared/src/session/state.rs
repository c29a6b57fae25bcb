//! The connection: which state it is in, and what moves it. The table of transitions stands in the session's doc.

use super::effect::{Answer, Changed, Effect};
use super::input::TicketFailure;
use super::{Session, message_batches_forgotten};
use crate::model::id::{Epoch, Feed};
use crate::model::message::Side;
use crate::model::time::UnixMillis;
use crate::protocol::close::CloseCode;
use crate::protocol::command::Command;
use crate::protocol::frame::Position;
use crate::protocol::limits::{BACKOFF_FIRST, BACKOFF_MAX, HELLO_TIMEOUT, RESUME_MAX, SILENCE_MAX};
use core::time::Duration;

/// How long a ticket may take to come.
pub const TICKET_PATIENCE: Duration = Duration::from_secs(20);
/// How long a socket may take to open.
pub const OPEN_PATIENCE: Duration = Duration::from_secs(20);
/// How long the answer to a hello may take: the server reads rows before it answers.
pub const WELCOME_PATIENCE: Duration = Duration::from_secs(20);
/// A connection that lived this long was a good one: the next loss begins with short waits again.
pub const STABLE_AFTER: Duration = HELLO_TIMEOUT;
/// An overloaded server is given at least the wait of this many failures.
const OVERLOADED_ATTEMPT: u32 = 4;

/// The states of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody wants to be connected.
    Off,
    /// Not connected; the next try is due.
    Waiting {
        /// When.
        until: UnixMillis,
        /// How many tries have failed in a row.
        attempt: u32,
    },
    /// A ticket is being fetched.
    Ticketing {
        /// When to give up.
        until: UnixMillis,
        /// How many tries have failed in a row.
        attempt: u32,
    },
    /// A socket is being opened.
    Connecting {
        /// When to give up.
        until: UnixMillis,
        /// How many tries have failed in a row.
        attempt: u32,
        /// For the hello.
        ticket: String,
    },
    /// The hello is sent.
    Greeting {
        /// When to give up.
        until: UnixMillis,
        /// How many tries have failed in a row.
        attempt: u32,
    },
    /// Welcomed: frames go both ways.
    Live {
        /// Since when.
        since: UnixMillis,
        /// How many tries had failed in a row.
        attempt: u32,
    },
    /// Trying again would not help; `Start` tries all the same.
    Stopped {
        /// Why.
        why: Stop,
    },
}

/// Why a session stopped for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Signed out, here or elsewhere.
    SignedOut,
    /// The two ends speak different versions: reload.
    Version,
    /// This page may not connect.
    NotAllowed,
    /// The server closed with a code that forbids to come back.
    Closed(CloseCode),
}

/// What can happen to the connection.
pub(super) enum Event {
    Start,
    Stop,
    Wake,
    Ticket(String),
    TicketFailed(TicketFailure),
    Opened,
    Closed(u16),
    Welcomed,
    /// The server says it will close.
    Goodbye {
        within_ms: u32,
    },
    /// What came cannot be, or nothing came for too long.
    Broken,
    /// The server speaks another version.
    Unspoken,
    Due,
}

impl Session {
    /// The one transition function of the connection.
    pub(super) fn transition(&mut self, event: Event) {
        use {Event as E, State as S};
        let now = self.now;
        let attempt = self.attempt();
        match (&mut self.state, event) {
            (S::Off | S::Stopped { .. }, E::Start) => self.fetch_ticket(0),
            (S::Off | S::Stopped { .. }, _) => {}
            (_, E::Start) => {}
            (_, E::Stop) => self.leave(State::Off),

            // A hint cuts a wait short, but not one that the server asked for.
            (S::Waiting { until, .. }, E::Wake) if now < self.not_before => {
                *until = self.not_before.min(*until);
            }
            (S::Waiting { .. }, E::Wake) => self.fetch_ticket(attempt),
            (S::Waiting { until, .. }, E::Due) if *until <= now => self.fetch_ticket(attempt),
            (_, E::Wake) => {}
            (
                S::Ticketing { until, .. } | S::Connecting { until, .. } | S::Greeting { until, .. },
                E::Due,
            ) if *until <= now => self.wait(attempt + 1, 0),
            (_, E::Due) => {}

            (S::Ticketing { .. }, E::Ticket(ticket)) => {
                self.enter(State::Connecting { until: now.plus(OPEN_PATIENCE), attempt, ticket });
                self.effects.push_back(Effect::Connect { link: self.link });
            }
            (S::Ticketing { .. }, E::TicketFailed(failure)) => match failure {
                TicketFailure::SignedOut => self.leave(State::Stopped { why: Stop::SignedOut }),
                TicketFailure::NotAllowed => self.leave(State::Stopped { why: Stop::NotAllowed }),
                TicketFailure::Later { retry_after_ms } => self.wait(attempt + 1, retry_after_ms),
            },
            (S::Connecting { ticket, .. }, E::Opened) => {
                let ticket = core::mem::take(ticket);
                self.heard_at = now;
                self.enter(State::Greeting { until: now.plus(WELCOME_PATIENCE), attempt });
                self.greet(ticket);
            }
            (S::Greeting { .. }, E::Welcomed) => {
                self.enter(State::Live { since: now, attempt });
                self.effects.push_back(Effect::SeekElection);
            }
            (S::Connecting { .. } | S::Greeting { .. } | S::Live { .. }, E::Closed(code)) => {
                self.closed(code, attempt);
            }
            // The server finishes and acknowledges what it has in hand, then it closes.
            (S::Greeting { .. } | S::Live { .. }, E::Goodbye { within_ms }) => {
                self.goodbye_ms = Some(within_ms);
            }
            (S::Greeting { .. } | S::Live { .. }, E::Broken) => self.wait(attempt + 1, 0),
            (S::Greeting { .. }, E::Unspoken) => self.leave(State::Stopped { why: Stop::Version }),
            // What belongs to another state came late or twice.
            (
                _,
                E::Ticket(_)
                | E::TicketFailed(_)
                | E::Opened
                | E::Closed(_)
                | E::Welcomed
                | E::Goodbye { .. }
                | E::Broken
                | E::Unspoken,
            ) => {}
        }
    }

    fn closed(&mut self, code: u16, attempt: u32) {
        match CloseCode::from_code(code) {
            _ if let Some(within_ms) = self.goodbye_ms
                && CloseCode::reconnects(code) =>
            {
                let spread = self.below(u64::from(within_ms) + 1);
                let until = self.now.plus(Duration::from_millis(spread));
                self.not_before = until;
                self.leave(State::Waiting { until, attempt: 0 });
            }
            Some(CloseCode::TicketExpired) => self.wait(attempt, 0),
            // A server forgets its tickets when it restarts, and may restart again; something between may have used one
            // up. Who may not come in is told so where tickets are given out.
            Some(CloseCode::Ticket) => self.wait(attempt + 1, 0),
            Some(CloseCode::SignedOut) => self.leave(State::Stopped { why: Stop::SignedOut }),
            Some(CloseCode::Version) => self.leave(State::Stopped { why: Stop::Version }),
            Some(CloseCode::Overloaded | CloseCode::Unavailable) => {
                self.wait(OVERLOADED_ATTEMPT.max(attempt + 1), BACKOFF_FIRST.as_millis() as u32);
            }
            Some(other) if !CloseCode::reconnects(code) => {
                self.leave(State::Stopped { why: Stop::Closed(other) })
            }
            None if !CloseCode::reconnects(code) => self.leave(State::Stopped { why: Stop::NotAllowed }),
            _ => self.wait(attempt + 1, 0),
        }
    }

    /// Full jitter: a random part of a wait that doubles up to a cap, after whatever the server asked for. Never nothing
    /// at all: a timer that is due again at once is a loop.
    fn wait(&mut self, attempt: u32, retry_after_ms: u32) {
        let cap = BACKOFF_FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(BACKOFF_MAX);
        let jitter = 1 + self.below(cap.as_millis() as u64);
        self.not_before = self.now.plus(Duration::from_millis(u64::from(retry_after_ms)));
        let until = self.not_before.plus(Duration::from_millis(jitter));
        self.leave(State::Waiting { until, attempt });
    }

    fn fetch_ticket(&mut self, attempt: u32) {
        self.link += 1;
        self.enter(State::Ticketing { until: self.now.plus(TICKET_PATIENCE), attempt });
        self.effects.push_back(Effect::FetchTicket { link: self.link });
    }

    fn greet(&mut self, ticket: String) {
        let mut resume = Vec::new();
        let at = self.now;
        for c in self.conversations.iter_mut().filter(|c| c.watch && c.founded) {
            if resume.len() == RESUME_MAX {
                break;
            }
            c.reading = Some(super::conversation::Waiting { id: 0, at });
            resume.push(Position { conversation: c.id, epoch: c.epoch, after: c.run.last() });
        }
        let feed = self.feed.clone();
        self.say(&Command::Hello { version: crate::protocol::VERSION, ticket, resume, feed });
    }

    /// Goes to a state without a socket: whatever is under way on the old one is given up.
    fn leave(&mut self, state: State) {
        if matches!(self.state, State::Connecting { .. } | State::Greeting { .. } | State::Live { .. }) {
            self.effects.push_back(Effect::CloseSocket { link: self.link });
        }
        if matches!(self.state, State::Live { .. }) {
            self.elected = false;
            self.effects.push_back(Effect::Resign);
            // Who is there is not part of the feed: what was not heard meanwhile comes with the lists as a whole.
            if let Some(position) = &mut self.feed {
                position.after = Feed(0);
            }
        }
        self.goodbye_ms = None;
        // Whatever the old attempt still says is from another time.
        self.link += 1;
        for id in core::mem::take(&mut self.asked) {
            self.effects.push_back(Effect::Answered { id, answer: Answer::Lost });
        }
        message_batches_forgotten(&mut self.conversations);
        self.enter(state);
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.changed(Changed::Connection);
    }

    /// How many tries have failed in a row. A connection that lived for a while ends the row.
    fn attempt(&self) -> u32 {
        match self.state {
            State::Waiting { attempt, .. }
            | State::Ticketing { attempt, .. }
            | State::Connecting { attempt, .. }
            | State::Greeting { attempt, .. } => attempt,
            State::Live { since, attempt } if self.now.since(since) < STABLE_AFTER => attempt,
            _ => 0,
        }
    }

    /// Whether nothing was heard for too long on an open socket.
    pub(super) fn silent_at(&self) -> Option<UnixMillis> {
        match self.state {
            State::Live { .. } => Some(self.heard_at.plus(SILENCE_MAX)),
            _ => None,
        }
    }

    /// When the present state ends by itself.
    pub(super) fn state_until(&self) -> Option<UnixMillis> {
        match self.state {
            State::Waiting { until, .. }
            | State::Ticketing { until, .. }
            | State::Connecting { until, .. }
            | State::Greeting { until, .. } => Some(until),
            State::Live { .. } => self.silent_at(),
            _ => None,
        }
    }

    /// The lineage of the database changed, or this is the first time it is known. What was read in another one does
    /// not count any more; what was written is offered again (see `pending`).
    pub(super) fn take_epoch(&mut self, epoch: Epoch) {
        self.epoch = Some(epoch);
        let staff = self.side == Side::Staff;
        for at in 0..self.conversations.len() {
            let c = &mut self.conversations[at];
            if c.epoch.is_some_and(|known| known != epoch) {
                let id = c.id;
                let reading = c.reading;
                c.reset();
                c.reading = reading;
                c.founded = staff;
                self.effects.push_back(Effect::ForgetCache(id));
                self.changed(Changed::Conversation(id));
            }
        }
    }
}
