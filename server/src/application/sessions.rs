//! Where somebody is signed in, and the end of one of those sessions from another.

use std::net::IpAddr;

use deskbell_shared::protocol::api::{SessionView, SessionsView};

use super::accounts::{Accounts, Signed};
use super::denial::Denial;
use crate::auth::session;
use crate::store::accounts::{EndSessions, SecretDigest, SessionRecord};

/// Who comes to sign in: from where, and on what.
pub struct Arrival {
    /// The address.
    pub from: IpAddr,
    /// Browser and system (`auth::device`), or nothing.
    pub device: String,
}

impl Accounts {
    /// One's own sessions that may still be used: the one that asks, then the others, the one used last first.
    pub async fn sessions(&self, signed: Signed) -> Result<SessionsView, Denial> {
        let mut sessions = self.live_sessions(signed).await?;
        sessions.sort_by_key(|(session, _)| session.secret != signed.session);
        let view = |(session, device): (SessionRecord, String)| SessionView {
            id: handle(session.secret),
            device: Some(device).filter(|device| !device.is_empty()),
            opened_at: session.opened_at,
            used_at: session.used_at,
            is_this: session.secret == signed.session,
        };
        Ok(SessionsView { sessions: sessions.into_iter().map(view).collect() })
    }

    /// Ends one of one's own sessions: its connections close. Refused: `not_found` when there is none of that name any more.
    pub async fn end_session(&self, signed: Signed, id: &str) -> Result<(), Denial> {
        let sessions = self.live_sessions(signed).await?;
        let (found, _) = sessions
            .into_iter()
            .find(|(session, _)| handle(session.secret) == id)
            .ok_or_else(Denial::not_found)?;
        self.end(signed.id, EndSessions::One(found.secret)).await
    }

    async fn live_sessions(&self, signed: Signed) -> Result<Vec<(SessionRecord, String)>, Denial> {
        let mut sessions = self.app.store.sessions_of(signed.id).await?;
        let now = self.app.now();
        sessions.retain(|(record, _)| session::is_live(record, now, &self.app.in_use));
        Ok(sessions)
    }
}

/// What a session is called outside: the beginning of its digest. The cookie cannot be had from it.
fn handle(digest: SecretDigest) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
