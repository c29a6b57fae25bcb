//! The second step of signing in: what is between the password and the session, the secrets of apps, and recovery codes.
//! Who may do what with them is `application::second_step`'s, what lasts is the store's.
//!
//! Secrets are not stored: each is made of random bytes in the database and a key that is not there, so that neither alone
//! is worth anything. Recovery codes are stored as hashes with that key.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbell_shared::model::{AgentId, UnixMillis};

use super::seal::Sealer;
use super::secret::{Secret, random};
use super::totp::{DIGITS, KEY_BYTES, base32};
use crate::store::accounts::SecretDigest;
use crate::store::second_steps::Seed;

/// How long somebody has between the password and the code: longer than they may have to wait for a try (`throttle::WAIT_MAX`).
pub const SIGN_IN_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long somebody has to put the secret into an app: they may have to find one first.
pub const TURN_ON_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Codes that may be tried with one ticket.
pub const TRIES_MAX: u32 = 5;
/// Tickets of one agent at a time; the oldest goes. Whoever has one knew the password.
pub const TICKETS_MAX: usize = 8;
/// Recovery codes made at a time.
pub const RECOVERY_CODES: usize = 10;
/// Characters of a recovery code: 80 bits, in groups of four.
const RECOVERY_CHARS: usize = 16;

/// What a ticket is good for. Nothing else takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in, after a password.
    SignIn {
        /// The digest of the password's hash: with another password it is over.
        password: SecretDigest,
    },
    /// Turning the second step on, after a password.
    TurnOn {
        /// What the secret that was shown is made of.
        seed: Seed,
        /// In this session only.
        session: SecretDigest,
    },
}

impl Purpose {
    fn lifetime(self) -> Duration {
        match self {
            Purpose::SignIn { .. } => SIGN_IN_LIFETIME,
            Purpose::TurnOn { .. } => TURN_ON_LIFETIME,
        }
    }
}

/// A code as somebody gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Six digits of an app.
    App([u8; DIGITS]),
    /// A recovery code: letters and digits alone, in lower case.
    Recovery([u8; RECOVERY_CHARS]),
}

impl Code {
    /// Reads what was typed or pasted, with spaces, dashes and capitals as they come; digits may be those of a Chinese keyboard.
    pub fn read(text: &str) -> Option<Code> {
        let kept: Vec<char> =
            text.chars().filter(|c| !c.is_whitespace() && !is_dash(*c)).take(20).map(narrow).collect();
        let bytes: Vec<u8> = kept.iter().map(|c| u8::try_from(*c).ok()).collect::<Option<_>>()?;
        if let Ok(digits) = <[u8; DIGITS]>::try_from(&bytes[..]) {
            return digits.iter().all(u8::is_ascii_digit).then_some(Code::App(digits));
        }
        let code = <[u8; RECOVERY_CHARS]>::try_from(&bytes[..]).ok()?;
        code.iter().all(u8::is_ascii_alphanumeric).then_some(Code::Recovery(code))
    }
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')
}

fn narrow(c: char) -> char {
    match c {
        '\u{ff10}'..='\u{ff19}' => char::from_u32(u32::from(c) - 0xff10 + u32::from('0')).unwrap_or(c),
        c => c.to_ascii_lowercase(),
    }
}

/// Tickets between two steps, and what secrets are made with.
pub struct SecondSteps {
    apps: Sealer,
    recoveries: Sealer,
    /// By digest: a look-up takes the same time whatever part of a guess is right.
    waiting: Mutex<HashMap<SecretDigest, Ticket>>,
}

struct Ticket {
    agent: AgentId,
    purpose: Purpose,
    issued_at: UnixMillis,
    tries: u32,
}

impl Ticket {
    fn is_good(&self, now: UnixMillis) -> bool {
        self.tries < TRIES_MAX && now.since(self.issued_at) <= self.purpose.lifetime()
    }
}

impl SecondSteps {
    /// With a key of 32 random bytes.
    pub fn new(key: [u8; 32]) -> SecondSteps {
        SecondSteps {
            apps: Sealer::new(key, "second step"),
            recoveries: Sealer::new(key, "recovery code"),
            waiting: Mutex::default(),
        }
    }

    /// The secret of an app.
    pub fn key(&self, agent: AgentId, seed: Seed) -> [u8; KEY_BYTES] {
        let mut key = [0; KEY_BYTES];
        key.copy_from_slice(&self.apps.key(&agent.to_bytes(), &seed)[..KEY_BYTES]);
        key
    }

    /// Recovery codes to show once, and what is stored of them.
    pub fn recovery_codes(&self, agent: AgentId) -> (Vec<String>, Vec<SecretDigest>) {
        let fresh = |_| {
            let code = base32(&random::<{ RECOVERY_CHARS * 5 / 8 }>()).to_lowercase();
            let mut bytes = [0; RECOVERY_CHARS];
            bytes.copy_from_slice(code.as_bytes());
            let shown = [&code[..4], &code[4..8], &code[8..12], &code[12..]].join("-");
            (shown, self.recovery_digest(agent, &bytes))
        };
        (0..RECOVERY_CODES).map(fresh).unzip()
    }

    /// What is stored of a recovery code.
    pub fn recovery_digest(&self, agent: AgentId, code: &[u8; RECOVERY_CHARS]) -> SecretDigest {
        self.recoveries.key(&agent.to_bytes(), code)
    }

    /// A ticket for somebody whose password was right.
    pub fn issue(&self, agent: AgentId, purpose: Purpose, now: UnixMillis) -> Secret {
        let ticket = Secret::fresh();
        let mut waiting = self.lock();
        waiting.retain(|_, ticket| now.since(ticket.issued_at) <= ticket.purpose.lifetime());
        let own: Vec<_> = waiting.iter().filter(|(_, ticket)| ticket.agent == agent).collect();
        if own.len() >= TICKETS_MAX
            && let Some(oldest) = own.iter().min_by_key(|(digest, ticket)| (ticket.issued_at, *digest))
        {
            let oldest = *oldest.0;
            waiting.remove(&oldest);
        }
        waiting.insert(ticket.digest(), Ticket { agent, purpose, issued_at: now, tries: 0 });
        ticket
    }

    /// Whose a ticket is and what for. Costs it nothing.
    pub fn read(&self, ticket: &Secret, now: UnixMillis) -> Option<(AgentId, Purpose)> {
        self.lock().get(&ticket.digest()).filter(|found| found.is_good(now)).map(|it| (it.agent, it.purpose))
    }

    /// Whose a ticket is and what for. Each call is a try; the one after the last ends the ticket, before anything is looked
    /// at, so that many at once are no more than that.
    pub fn take_try(&self, ticket: &Secret, now: UnixMillis) -> Option<(AgentId, Purpose)> {
        let digest = ticket.digest();
        let mut waiting = self.lock();
        let found = waiting.get_mut(&digest)?;
        if !found.is_good(now) {
            waiting.remove(&digest);
            return None;
        }
        found.tries += 1;
        Some((found.agent, found.purpose))
    }

    /// Ends a ticket that was used. `false`: somebody else was faster with it.
    pub fn redeem(&self, ticket: &Secret) -> bool {
        self.lock().remove(&ticket.digest()).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SecretDigest, Ticket>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);
    const ADA: AgentId = AgentId(1);
    const BEN: AgentId = AgentId(2);
    const SIGN_IN: Purpose = Purpose::SignIn { password: [3; 32] };
    const TURN_ON: Purpose = Purpose::TurnOn { seed: [4; 16], session: [5; 32] };

    fn steps() -> SecondSteps {
        SecondSteps::new([9; 32])
    }

    #[test]
    fn a_ticket_says_whose_it_is_and_what_for_and_is_used_once() {
        let steps = steps();
        let (ada, ben) = (steps.issue(ADA, SIGN_IN, NOW), steps.issue(BEN, TURN_ON, NOW));
        assert_eq!(steps.take_try(&ada, NOW), Some((ADA, SIGN_IN)));
        assert_eq!(steps.take_try(&ben, NOW), Some((BEN, TURN_ON)));
        assert!(steps.redeem(&ada) && !steps.redeem(&ada));
        assert_eq!(steps.take_try(&ada, NOW), None);
        assert_eq!(steps.take_try(&Secret::fresh(), NOW), None);
    }

    #[test]
    fn a_ticket_runs_out_and_dies_after_a_handful_of_tries() {
        let steps = steps();
        for (purpose, lifetime) in [(SIGN_IN, SIGN_IN_LIFETIME), (TURN_ON, TURN_ON_LIFETIME)] {
            let late = NOW.plus(lifetime).plus(Duration::from_millis(1));
            let (one, other) = (steps.issue(ADA, purpose, NOW), steps.issue(ADA, purpose, NOW));
            assert!(steps.take_try(&one, NOW.plus(lifetime)).is_some());
            assert_eq!(steps.take_try(&other, late), None);
            assert!(!steps.redeem(&other), "it is gone");
        }
        let ticket = steps.issue(ADA, SIGN_IN, NOW);
        let taken = (0..100).filter(|_| steps.take_try(&ticket, NOW).is_some()).count();
        assert_eq!(taken, TRIES_MAX as usize);
        assert!(!steps.redeem(&ticket));
    }

    #[test]
    fn tickets_are_bounded_and_nobody_pushes_out_those_of_others() {
        let steps = steps();
        let ben = steps.issue(BEN, SIGN_IN, NOW);
        let at = |n: usize| NOW.plus(Duration::from_millis(n as u64));
        let ada: Vec<Secret> = (0..3 * TICKETS_MAX).map(|n| steps.issue(ADA, SIGN_IN, at(n))).collect();
        let alive = ada.iter().filter(|ticket| steps.take_try(ticket, NOW).is_some()).count();
        assert_eq!(alive, TICKETS_MAX);
        assert!(ada.last().is_some_and(|newest| steps.redeem(newest)));
        assert!(steps.redeem(&ben));
        steps.issue(ADA, SIGN_IN, NOW.plus(SIGN_IN_LIFETIME * 2));
        assert_eq!(steps.lock().len(), 1, "old ones are forgotten");
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        for typed in ["012345", " 012 345 ", "012-345", "０１２３４５"] {
            assert_eq!(Code::read(typed), Some(Code::App(*b"012345")), "{typed}");
        }
        for typed in ["abcd-efgh-ijkl-2345", "ABCDEFGHIJKL2345", "abcd efgh\u{2013}ijkl 2345\n"] {
            assert_eq!(Code::read(typed), Some(Code::Recovery(*b"abcdefghijkl2345")), "{typed}");
        }
        for nothing in [
            "",
            "12345",
            "1234567",
            "abcdef",
            "äbcdefghijkl2345",
            "abcd-efgh-ijkl-234!",
            &"1".repeat(100_000),
        ] {
            assert_eq!(Code::read(nothing), None);
        }
    }

    #[test]
    fn recovery_codes_are_all_different_and_each_its_agents() {
        let steps = steps();
        let (codes, digests) = steps.recovery_codes(ADA);
        assert_eq!((codes.len(), digests.len()), (RECOVERY_CODES, RECOVERY_CODES));
        for (code, digest) in codes.iter().zip(&digests) {
            assert_eq!((code.len(), code.matches('-').count()), (19, 3));
            let Some(Code::Recovery(read)) = Code::read(code) else { panic!("{code}") };
            assert_eq!(steps.recovery_digest(ADA, &read), *digest);
            assert_ne!(steps.recovery_digest(BEN, &read), *digest);
            assert_ne!(SecondSteps::new([8; 32]).recovery_digest(ADA, &read), *digest, "with another key");
            assert_eq!(digests.iter().filter(|other| *other == digest).count(), 1);
        }
    }

    #[test]
    fn a_secret_is_of_its_agent_its_seed_and_the_key() {
        let key = steps().key(ADA, [1; 16]);
        assert_eq!(steps().key(ADA, [1; 16]), key);
        assert_ne!(steps().key(BEN, [1; 16]), key);
        assert_ne!(steps().key(ADA, [2; 16]), key);
        assert_ne!(SecondSteps::new([8; 32]).key(ADA, [1; 16]), key);
    }
}
