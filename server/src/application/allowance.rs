//! How fast somebody may write. One allowance a person, whatever number of sockets they open; kept in memory, and
//! only while it is not full again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbell_shared::model::{AgentId, UnixMillis};

use crate::auth::Principal;
use crate::config;
use crate::store::Scope;

/// People with an allowance in use at one time. When so many write at once, whoever is not among them is asked to
/// come a little later.
pub const ALLOWANCES_MAX: usize = 200_000;

/// Tickets behind one address: as many at once, for an office whose connections all come back together.
pub fn place_tickets(per_minute: u32) -> Rate {
    Rate::new(per_minute, Duration::from_secs(60) / per_minute.max(1))
}

/// Conversations begun behind one address; a sixth of them at once.
pub fn place_starts(per_hour: u32) -> Rate {
    Rate::new((per_hour / 6).max(1), Duration::from_secs(3600) / per_hour.max(1))
}

/// Messages behind one address; a quarter of them at once.
pub fn place_messages(per_minute: u32) -> Rate {
    Rate::new((per_minute / 4).max(1), Duration::from_secs(60) / per_minute.max(1))
}

/// So many at once, and then one in every `every`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// How long until one more is allowed.
    pub every: Duration,
}

impl Rate {
    /// A rate.
    pub const fn new(burst: u32, every: Duration) -> Rate {
        Rate { burst, every }
    }
}

/// The limits on what one person or one connection may do. Agents are known and do more.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Messages of one visitor.
    pub visitor_messages: Rate,
    /// Conversations started by one visitor.
    pub visitor_starts: Rate,
    /// Messages of one agent.
    pub agent_messages: Rate,
    /// Searches of one agent: as somebody types, and then on.
    pub searches: Rate,
    /// Tickets of visitors behind one address. A restart has a whole office ask for one each.
    pub place_tickets: Rate,
    /// Conversations begun behind one address.
    pub place_starts: Rate,
    /// Messages of visitors behind one address.
    pub place_messages: Rate,
    /// Frames on one connection of a visitor, of whatever kind.
    pub visitor_frames: Rate,
    /// Frames on one connection of an agent.
    pub agent_frames: Rate,
    /// Typing signs on one connection; what is more is not passed on.
    pub typing: Rate,
    /// WebSocket pings on one connection.
    pub pings: Rate,
    /// Oversteps that are answered with a refusal; the next one closes the connection.
    pub strikes: Rate,
}

impl Default for Limits {
    fn default() -> Limits {
        let (second, minute, hour) =
            (Duration::from_secs(1), Duration::from_secs(60), Duration::from_secs(3600));
        Limits {
            visitor_messages: Rate::new(10, second),
            visitor_starts: Rate::new(5, hour / 5),
            agent_messages: Rate::new(60, second / 5),
            searches: Rate::new(40, second / 4),
            place_tickets: place_tickets(config::ADDRESS_TICKETS_PER_MINUTE_DEFAULT),
            place_starts: place_starts(config::ADDRESS_STARTS_PER_HOUR_DEFAULT),
            place_messages: place_messages(config::ADDRESS_MESSAGES_PER_MINUTE_DEFAULT),
            visitor_frames: Rate::new(60, second / 10),
            agent_frames: Rate::new(400, second / 50),
            // Somebody who types and stops typing, all the time, every three seconds.
            typing: Rate::new(20, minute / 40),
            pings: Rate::new(30, minute / 30),
            strikes: Rate::new(20, Duration::from_secs(6)),
        }
    }
}

impl Limits {
    /// Nothing is too fast; for load on purpose.
    pub fn lifted() -> Limits {
        let all = Rate::new(u32::MAX, Duration::ZERO);
        Limits {
            visitor_messages: all,
            visitor_starts: all,
            agent_messages: all,
            searches: all,
            place_tickets: all,
            place_starts: all,
            place_messages: all,
            visitor_frames: all,
            agent_frames: all,
            typing: all,
            pings: all,
            strikes: all,
        }
    }
}

/// What is left of a rate: the instant at which it is full again says everything (a generic cell rate algorithm).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    full_at: UnixMillis,
}

impl Bucket {
    /// Takes up to `count`. Returns how many were there, and how long until the next one is if they were fewer.
    pub fn take(&mut self, rate: Rate, count: u32, now: UnixMillis) -> (u32, Duration) {
        let every = rate.every.as_millis() as i64;
        if every == 0 {
            return (count, Duration::ZERO);
        }
        // A clock that jumped must not lock anybody out for longer than an empty bucket does.
        let burst = every.saturating_mul(i64::from(rate.burst));
        let owed = (self.full_at.0 - now.0).clamp(0, burst);
        let there = ((burst - owed) / every) as u32;
        let taken = there.min(count);
        let owed = owed + every * i64::from(taken);
        self.full_at = UnixMillis(now.0 + owed);
        let wait = if taken < count { (owed + every - burst).max(0) as u64 } else { 0 };
        (taken, Duration::from_millis(wait))
    }

    /// Takes one, or says how long until there is one.
    pub fn take_one(&mut self, rate: Rate, now: UnixMillis) -> Result<(), Duration> {
        match self.take(rate, 1, now) {
            (1, _) => Ok(()),
            (_, wait) => Err(wait),
        }
    }

    /// Whether nothing of it is used.
    pub fn is_full(&self, now: UnixMillis) -> bool {
        self.full_at <= now
    }
}

impl Allowance {
    fn is_full(&self, now: UnixMillis) -> bool {
        [self.messages, self.starts, self.searches].iter().all(|bucket| bucket.is_full(now))
    }
}

/// The allowances in use.
#[derive(Default)]
pub struct Allowances(Mutex<HashMap<u128, Allowance>>);

#[derive(Clone, Copy, Default)]
struct Allowance {
    messages: Bucket,
    starts: Bucket,
    searches: Bucket,
}

impl Allowances {
    /// Takes up to `count` messages; see `Bucket::take`.
    pub fn messages(&self, who: &Principal, limits: &Limits, count: u32, now: UnixMillis) -> (u32, Duration) {
        let rate = if who.is_visitor() { limits.visitor_messages } else { limits.agent_messages };
        self.of(who, now, |allowance| allowance.messages.take(rate, count, now)).unwrap_or((0, rate.every))
    }

    /// Takes one start, or says how long until there is one.
    pub fn start(&self, who: &Principal, limits: &Limits, now: UnixMillis) -> Result<(), Duration> {
        let rate = limits.visitor_starts;
        self.of(who, now, |allowance| allowance.starts.take_one(rate, now)).unwrap_or(Err(rate.every))
    }

    /// Takes one search, or says how long until there is one.
    pub fn search(&self, who: AgentId, limits: &Limits, now: UnixMillis) -> Result<(), Duration> {
        let rate = limits.searches;
        self.of_key(who.0, now, |allowance| allowance.searches.take_one(rate, now)).unwrap_or(Err(rate.every))
    }

    fn of<T>(&self, who: &Principal, now: UnixMillis, take: impl FnOnce(&mut Allowance) -> T) -> Option<T> {
        let key = match who.scope() {
            Scope::Visitor(id) => id.0,
            Scope::Agent(id) => id.0,
        };
        self.of_key(key, now, take)
    }

    fn of_key<T>(&self, key: u128, now: UnixMillis, take: impl FnOnce(&mut Allowance) -> T) -> Option<T> {
        let mut allowances = self.lock();
        if allowances.len() >= ALLOWANCES_MAX && !allowances.contains_key(&key) {
            allowances.retain(|_, held| !held.is_full(now));
            if allowances.len() >= ALLOWANCES_MAX {
                return None;
            }
        }
        Some(take(allowances.entry(key).or_default()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u128, Allowance>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(3, Duration::from_secs(1));

    #[test]
    fn a_burst_and_then_one_at_a_time() {
        let mut bucket = Bucket::default();
        let at = |ms: i64| UnixMillis(1_000_000 + ms);
        assert_eq!(bucket.take(RATE, 2, at(0)), (2, Duration::ZERO));
        assert_eq!(bucket.take(RATE, 2, at(0)), (1, Duration::from_secs(1)));
        assert_eq!(bucket.take_one(RATE, at(400)), Err(Duration::from_millis(600)));
        assert_eq!(bucket.take_one(RATE, at(1000)), Ok(()));
        assert_eq!(bucket.take(RATE, 9, at(100_000)), (3, Duration::from_secs(1)));
    }

    #[test]
    fn a_clock_that_jumps_back_locks_nobody_out() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.take(RATE, 3, UnixMillis(86_400_000)), (3, Duration::ZERO));
        assert_eq!(bucket.take_one(RATE, UnixMillis(0)), Err(Duration::from_secs(1)));
        assert_eq!(bucket.take_one(RATE, UnixMillis(1000)), Ok(()));
    }

    #[test]
    fn one_allowance_a_person() {
        use deskbell_shared::model::{InboxId, SiteId, VisitorId};
        let who =
            |id| Principal::Visitor { id: VisitorId(id), site: SiteId(1), inbox: InboxId(1), session: None };
        let (all, limits, now) = (Allowances::default(), Limits::default(), UnixMillis(5));
        assert_eq!(all.messages(&who(1), &limits, 12, now), (10, Duration::from_secs(1)));
        assert_eq!(all.messages(&who(2), &limits, 1, now), (1, Duration::ZERO));
        for _ in 0..5 {
            assert_eq!(all.start(&who(1), &limits, now), Ok(()));
        }
        assert!(all.start(&who(1), &limits, now).is_err());
    }
}
