//! Tickets: what a client that has proved itself over HTTP shows in its `hello`, once, within `TICKET_LIFETIME`.
//! They keep cookies out of the socket's handshake and secrets out of addresses. Kept in memory: a ticket of an
//! earlier run of the server counts as too old, and its client fetches another.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_shared::model::UnixMillis;
use deskbell_shared::protocol::limits::TICKET_LIFETIME;
use sha2::{Digest as _, Sha256};

use super::Principal;

/// Tickets that may wait to be used at one time; about 200 bytes each.
pub const TICKETS_MAX: usize = 65_536;

/// How long an unused ticket is remembered after it ran out, so that its owner is told to fetch another one instead
/// of being sent away for good.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The bytes that name this run of the server at the beginning of a ticket.
const RUN_BYTES: usize = 8;
/// The random bytes after them.
const SECRET_BYTES: usize = 24;

/// Why a ticket was not issued or not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketError {
    /// Never issued, or used before.
    Unknown,
    /// Too old, or of an earlier run of the server; another one will do.
    Expired,
    /// `TICKETS_MAX` are waiting to be used.
    Full,
}

/// The tickets that wait to be used.
pub struct Tickets {
    run: [u8; RUN_BYTES],
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// By digest: a look-up takes the same time whatever part of a guess is right.
    by_digest: HashMap<[u8; 32], Ticket>,
    /// In the order issued, for forgetting; may name tickets already used.
    issued: VecDeque<([u8; 32], UnixMillis)>,
}

struct Ticket {
    principal: Principal,
    issued_at: UnixMillis,
}

impl Default for Tickets {
    fn default() -> Self {
        Self::new()
    }
}

impl Tickets {
    /// No tickets yet.
    pub fn new() -> Tickets {
        Tickets { run: random(), waiting: Mutex::default() }
    }

    /// A new ticket for somebody who has just proved who they are. Refused with `Full` only.
    pub fn issue(&self, principal: Principal, now: UnixMillis) -> Result<String, TicketError> {
        let mut bytes = [0; RUN_BYTES + SECRET_BYTES];
        bytes[..RUN_BYTES].copy_from_slice(&self.run);
        bytes[RUN_BYTES..].copy_from_slice(&random::<SECRET_BYTES>());
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let mut waiting = self.lock();
        waiting.forget(now);
        if waiting.issued.len() >= TICKETS_MAX {
            return Err(TicketError::Full);
        }
        waiting.by_digest.insert(digest, Ticket { principal, issued_at: now });
        waiting.issued.push_back((digest, now));
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Takes a ticket. The same one is never taken twice.
    pub fn redeem(&self, ticket: &str, now: UnixMillis) -> Result<Principal, TicketError> {
        let bytes = URL_SAFE_NO_PAD.decode(ticket).map_err(|_| TicketError::Unknown)?;
        if bytes.len() != RUN_BYTES + SECRET_BYTES {
            return Err(TicketError::Unknown);
        }
        if bytes[..RUN_BYTES] != self.run {
            return Err(TicketError::Expired);
        }
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let ticket = self.lock().by_digest.remove(&digest).ok_or(TicketError::Unknown)?;
        if now.since(ticket.issued_at) > TICKET_LIFETIME {
            return Err(TicketError::Expired);
        }
        Ok(ticket.principal)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn forget(&mut self, now: UnixMillis) {
        let keep = TICKET_LIFETIME + REMEMBERED;
        // Used tickets at the front go as well, so that a busy server's list stays short.
        while let Some((digest, issued_at)) = self.issued.front() {
            if now.since(*issued_at) <= keep && self.by_digest.contains_key(digest) {
                break;
            }
            self.by_digest.remove(digest);
            self.issued.pop_front();
        }
    }
}

/// Random bytes from the operating system. Without them no secret can be made, and nothing may go on.
#[expect(clippy::expect_used, reason = "a server without randomness must stop")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives no random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_shared::model::{InboxId, SiteId, VisitorId};

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn visitor() -> Principal {
        Principal::Visitor { id: VisitorId(1), site: SiteId(2), inbox: InboxId(3), session: None }
    }

    #[test]
    fn a_ticket_is_taken_once() {
        let tickets = Tickets::new();
        let ticket = tickets.issue(visitor(), NOW).unwrap();
        assert_eq!(tickets.redeem(&ticket, NOW), Ok(visitor()));
        assert_eq!(tickets.redeem(&ticket, NOW), Err(TicketError::Unknown));
    }

    #[test]
    fn a_ticket_runs_out() {
        let tickets = Tickets::new();
        let ticket = tickets.issue(visitor(), NOW).unwrap();
        let later = NOW.plus(TICKET_LIFETIME).plus(Duration::from_millis(1));
        assert_eq!(tickets.redeem(&ticket, later), Err(TicketError::Expired));
    }

    #[test]
    fn a_ticket_of_an_earlier_run_sends_for_another() {
        let ticket = Tickets::new().issue(visitor(), NOW).unwrap();
        assert_eq!(Tickets::new().redeem(&ticket, NOW), Err(TicketError::Expired));
    }

    #[test]
    fn nonsense_is_unknown() {
        let tickets = Tickets::new();
        for nonsense in ["", "%", "AAAA", &"A".repeat(100_000)] {
            assert_eq!(tickets.redeem(nonsense, NOW), Err(TicketError::Unknown));
        }
    }

    #[test]
    fn no_more_than_the_bound_wait() {
        let tickets = Tickets::new();
        for _ in 0..TICKETS_MAX {
            tickets.issue(visitor(), NOW).unwrap();
        }
        assert_eq!(tickets.issue(visitor(), NOW), Err(TicketError::Full));
        let later = NOW.plus(TICKET_LIFETIME).plus(REMEMBERED).plus(Duration::from_millis(1));
        assert!(tickets.issue(visitor(), later).is_ok());
    }
}
