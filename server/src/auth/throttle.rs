//! How often a password may be tried: per account and place together, so that nobody can lock somebody else out,
//! and per place alone, so that one place cannot walk through all accounts. In memory and bounded.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbell_shared::model::{AgentId, UnixMillis};
use sha2::{Digest, Sha256};

/// Wrong tries at one account from one place before waits begin.
pub const ACCOUNT_FREE_TRIES: u32 = 5;
/// Wrong tries from one place, whichever the account, before waits begin.
pub const PLACE_FREE_TRIES: u32 = 30;
/// Wrong codes of one agent, from wherever, before waits begin. Whoever gets there knew the password, so this locks out nobody
/// whose password is their own; without it, a million codes would be few for many places at once.
pub const CODE_FREE_TRIES: u32 = 10;
/// The longest wait.
pub const WAIT_MAX: Duration = Duration::from_secs(300);
/// After this long without a wrong try everything is forgotten.
pub const MEMORY: Duration = Duration::from_secs(900);
/// The same for an agent's wrong codes: whoever tries a few, and comes back when they are forgotten, could do so for ever.
pub const CODE_MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// Entries kept; beyond it the oldest go.
pub const ENTRIES_MAX: usize = 8_192;

/// Counts wrong tries and tells how long to wait.
#[derive(Default)]
pub struct Throttle {
    tries: Mutex<HashMap<Key, Tries>>,
    /// Wrong codes of apps, by agent. Apart from what strangers can fill, so that nobody pushes them out; there are no more
    /// than there are agents.
    codes: Mutex<HashMap<AgentId, Tries>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Place(Place),
    Account(Place, [u8; 16]),
    Code(Place, AgentId),
}

/// Where a try comes from: an IPv4 address, or the /64 an IPv6 address lies in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place(u64);

#[derive(Clone, Copy)]
struct Tries {
    wrong: u32,
    last: UnixMillis,
    /// Somebody was told to wait since.
    is_told: bool,
}

/// Why a try is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Locked {
    /// How long to wait.
    pub wait: Duration,
    /// Whether it is the first refusal of this wait.
    pub is_first: bool,
}

impl From<IpAddr> for Place {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(v4) => Place(u64::from(v4.to_bits())),
            IpAddr::V6(v6) => Place((v6.to_bits() >> 64) as u64 | 1 << 63),
        }
    }
}

impl Place {
    /// The network around it: the /24 of an IPv4 address, the /48 of an IPv6 one. No address is ever equal to a network.
    pub fn network(self) -> Place {
        match self.0 >> 63 {
            0 => Place(self.0 >> 8 | 1 << 48),
            _ => Place(self.0 >> 16 | 1 << 62),
        }
    }
}

impl Throttle {
    /// Takes one try. `Err`: then the password must not even be looked at. A try counts as
    /// wrong until `right` is called, so that many at once cannot slip through before the first is judged.
    pub fn take(&self, account: &str, place: Place, now: UnixMillis) -> Result<(), Locked> {
        let own = (Key::Account(place, short(account)), ACCOUNT_FREE_TRIES);
        self.take_all(&[own, (Key::Place(place), PLACE_FREE_TRIES)], now)
    }

    /// The same for a code after a password. It is counted by itself: a password that is right frees no codes. Recovery codes
    /// are too long to be guessed, so that they are counted by place alone: they let in whoever others keep from their app.
    pub fn take_code(
        &self,
        agent: AgentId,
        place: Place,
        is_of_app: bool,
        now: UnixMillis,
    ) -> Result<(), Locked> {
        let keys = [(Key::Code(place, agent), ACCOUNT_FREE_TRIES), (Key::Place(place), PLACE_FREE_TRIES)];
        if !is_of_app {
            return self.take_all(&keys, now);
        }
        let mut codes = lock(&self.codes);
        if let Some(entry) = codes.get_mut(&agent) {
            entry.admits(CODE_FREE_TRIES, now)?;
        }
        self.take_all(&keys, now)?;
        codes.entry(agent).or_insert(Tries::none(now)).count(CODE_MEMORY, now);
        Ok(())
    }

    fn take_all(&self, keys: &[(Key, u32)], now: UnixMillis) -> Result<(), Locked> {
        let mut tries = lock(&self.tries);
        for (key, free) in keys {
            if let Some(entry) = tries.get_mut(key) {
                entry.admits(*free, now)?;
            }
        }
        if tries.len() + keys.len() > ENTRIES_MAX {
            shrink(&mut tries, now);
        }
        for (key, _) in keys {
            tries.entry(*key).or_insert(Tries::none(now)).count(MEMORY, now);
        }
        Ok(())
    }

    /// The password was right: this account is free again from this place, and the place gets its try back.
    pub fn right(&self, account: &str, place: Place) {
        self.give_back(&[Key::Account(place, short(account))], place);
    }

    /// The code was right.
    pub fn right_code(&self, agent: AgentId, place: Place) {
        lock(&self.codes).remove(&agent);
        self.give_back(&[Key::Code(place, agent)], place);
    }

    fn give_back(&self, keys: &[Key], place: Place) {
        let mut tries = lock(&self.tries);
        for key in keys {
            tries.remove(key);
        }
        if let Some(entry) = tries.get_mut(&Key::Place(place)) {
            entry.wrong = entry.wrong.saturating_sub(1);
        }
    }
}

impl Tries {
    fn none(now: UnixMillis) -> Tries {
        Tries { wrong: 0, last: now, is_told: false }
    }

    fn admits(&mut self, free: u32, now: UnixMillis) -> Result<(), Locked> {
        let wait = wait(self.wrong, free).saturating_sub(now.since(self.last));
        if !wait.is_zero() {
            let is_first = !std::mem::replace(&mut self.is_told, true);
            return Err(Locked { wait, is_first });
        }
        Ok(())
    }

    fn count(&mut self, memory: Duration, now: UnixMillis) {
        let wrong = if now.since(self.last) > memory { 0 } else { self.wrong };
        *self = Tries { wrong: wrong + 1, last: now, is_told: false };
    }
}

fn lock<T>(map: &Mutex<T>) -> MutexGuard<'_, T> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait(wrong: u32, free: u32) -> Duration {
    match wrong.checked_sub(free) {
        None => Duration::ZERO,
        Some(over) => Duration::from_secs(1u64 << over.min(16)).min(WAIT_MAX),
    }
}

fn shrink(tries: &mut HashMap<Key, Tries>, now: UnixMillis) {
    tries.retain(|_, entry| now.since(entry.last) <= MEMORY);
    if tries.len() * 2 > ENTRIES_MAX {
        let mut lasts: Vec<_> = tries.values().map(|entry| entry.last).collect();
        lasts.sort_unstable();
        let middle = lasts[lasts.len() / 2];
        tries.retain(|_, entry| entry.last > middle);
    }
}

fn short(account: &str) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(account.to_lowercase().as_bytes()).into();
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn place(text: &str) -> Place {
        text.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn a_thousand_tries_are_slowed_and_nobody_else_is_locked_out() {
        let throttle = Throttle::default();
        let (attacker, owner) = (place("203.0.113.5"), place("198.51.100.7"));
        let through = (0..1000).filter(|_| throttle.take("a@b.c", attacker, NOW).is_ok()).count();
        assert_eq!(through, ACCOUNT_FREE_TRIES as usize);
        assert!(throttle.take("a@b.c", owner, NOW).is_ok(), "the owner at another place still gets in");
    }

    #[test]
    fn the_wait_doubles_and_is_served() {
        let throttle = Throttle::default();
        let from = place("203.0.113.5");
        let mut now = NOW;
        for _ in 0..ACCOUNT_FREE_TRIES {
            throttle.take("a@b.c", from, now).unwrap();
        }
        for seconds in [1, 2, 4, 8] {
            let wait = throttle.take("A@B.c", from, now).unwrap_err().wait;
            assert_eq!(wait, Duration::from_secs(seconds));
            now = now.plus(wait);
            throttle.take("a@b.c", from, now).unwrap();
        }
        throttle.right("a@b.c", from);
        throttle.take("a@b.c", from, now).unwrap();
    }

    #[test]
    fn one_place_cannot_walk_through_all_accounts() {
        let throttle = Throttle::default();
        let from = place("2001:db8::1");
        let through = (0..100).filter(|n| throttle.take(&format!("{n}@b.c"), from, NOW).is_ok()).count();
        assert_eq!(through, PLACE_FREE_TRIES as usize);
        assert!(throttle.take("x@b.c", place("2001:db8::2"), NOW).is_err(), "the same /64 is the same place");
    }

    #[test]
    fn codes_are_counted_by_agent_wherever_they_come_from() {
        let throttle = Throttle::default();
        let (ada, from) = (AgentId(1), place("203.0.113.5"));
        let many = |n: u32| IpAddr::from(n.to_be_bytes()).into();
        for _ in 0..ACCOUNT_FREE_TRIES {
            throttle.take_code(ada, from, true, NOW).unwrap();
            // A password that is right frees no codes.
            throttle.right("a@b.c", from);
        }
        assert!(throttle.take_code(ada, from, true, NOW).is_err());
        let through = (0..1000).filter(|n| throttle.take_code(ada, many(*n), true, NOW).is_ok()).count();
        assert_eq!(through as u32, CODE_FREE_TRIES - ACCOUNT_FREE_TRIES);
        assert!(throttle.take_code(AgentId(2), many(1), true, NOW).is_ok(), "nobody else waits");
        throttle.right_code(ada, from);
        assert!(throttle.take_code(ada, from, true, NOW).is_ok());
    }

    #[test]
    fn wrong_codes_are_remembered_whatever_strangers_try() {
        let throttle = Throttle::default();
        let (ada, many) = (AgentId(1), |n: u32| IpAddr::from(n.to_be_bytes()).into());
        for n in 0..CODE_FREE_TRIES {
            throttle.take_code(ada, many(n), true, NOW).unwrap();
        }
        for n in 0..3 * ENTRIES_MAX as u32 {
            throttle.take("a@b.c", many(1_000 + n), NOW).unwrap();
        }
        assert!(throttle.take_code(ada, many(500), true, NOW).is_err(), "nobody pushed them out");
        assert!(
            throttle.take_code(ada, many(500), false, NOW).is_ok(),
            "a recovery code lets in all the same"
        );
    }

    #[test]
    fn wrong_codes_are_remembered_for_a_day() {
        let throttle = Throttle::default();
        let (ada, many) = (AgentId(1), |n: u32| IpAddr::from(n.to_be_bytes()).into());
        let mut now = NOW;
        for n in 0..2 * CODE_FREE_TRIES {
            now = now.plus(WAIT_MAX);
            throttle.take_code(ada, many(n), true, now).unwrap();
        }
        now = now.plus(MEMORY * 2);
        throttle.take_code(ada, many(100), true, now).unwrap();
        let again = throttle.take_code(ada, many(101), true, now);
        assert_eq!(again.unwrap_err().wait, WAIT_MAX, "they were not forgotten with the rest");
        now = now.plus(CODE_MEMORY * 2);
        for n in 0..CODE_FREE_TRIES {
            throttle.take_code(ada, many(n), true, now).unwrap();
        }
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..3 * ENTRIES_MAX as u32 {
            let at = NOW.plus(Duration::from_millis(u64::from(n)));
            let _ = throttle.take("a@b.c", IpAddr::from(n.to_be_bytes()).into(), at);
        }
        assert!(throttle.tries.lock().unwrap().len() <= ENTRIES_MAX);
    }
}
