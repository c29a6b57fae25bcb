//! Which sessions were used lately, by the monotonic clock of this process. The wall clock may jump (somebody sets it,
//! a virtual machine wakes up): by it alone everybody who is at work would be signed out at once, for not having used
//! their session for days. Kept in memory: over a restart only the wall clock is left.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::session::IDLE_MAX;
use crate::store::accounts::SecretDigest;

/// Sessions that are remembered; what does not fit goes by the wall clock.
const SESSIONS_MAX: usize = 10_000;

/// When sessions were used last.
#[derive(Debug, Default)]
pub struct InUse(Mutex<HashMap<SecretDigest, Instant>>);

impl InUse {
    /// A session is used.
    pub fn note(&self, session: SecretDigest) {
        let now = Instant::now();
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= SESSIONS_MAX && !used.contains_key(&session) {
            used.retain(|_, at| now.duration_since(*at) < IDLE_MAX);
            if used.len() >= SESSIONS_MAX {
                return;
            }
        }
        used.insert(session, now);
    }

    /// Whether it was used within the time after which one that is not used ends.
    pub fn lately(&self, session: SecretDigest) -> bool {
        let used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.get(&session).is_some_and(|at| at.elapsed() < IDLE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use deskbell_shared::model::{AgentId, Role, UnixMillis};

    use super::*;
    use crate::auth::session::is_live;
    use crate::store::accounts::SessionRecord;

    #[tokio::test(start_paused = true)]
    async fn a_jump_of_the_wall_clock_signs_nobody_out_who_is_at_work() {
        let in_use = InUse::default();
        let days = |n: u64| UnixMillis(0).plus(Duration::from_secs(n * 24 * 3600));
        let secret = [1; 32];
        let session = SessionRecord {
            secret,
            agent: AgentId(1),
            role: Role::Agent,
            opened_at: days(0),
            used_at: days(0),
        };
        assert!(!is_live(&session, days(3), &in_use), "nobody has seen it used");
        in_use.note(secret);
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert!(is_live(&session, days(3), &in_use), "used an hour ago, whatever the wall clock says");
        assert!(!is_live(&session, days(14), &in_use), "its age still ends it");
        tokio::time::advance(Duration::from_secs(11 * 3600)).await;
        assert!(!is_live(&session, days(3), &in_use), "idle by both clocks");
        assert!(is_live(&session, days(0), &in_use), "the wall clock alone ends nothing either");
    }
}
