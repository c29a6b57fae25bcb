//! How long a sign-in lasts, and how its cookie is written. Where sessions are kept is the store's; who may sign in
//! is `application::accounts`.

use std::time::Duration;

use deskbell_shared::model::UnixMillis;

use super::in_use::InUse;
use crate::store::accounts::SessionRecord;

/// Without use for this long a session is over.
pub const IDLE_MAX: Duration = Duration::from_secs(12 * 3600);
/// After this long a session is over in any case.
pub const AGE_MAX: Duration = Duration::from_secs(14 * 24 * 3600);
/// A use is noted no sooner than this after the last.
pub const TOUCH_INTERVAL: Duration = Duration::from_secs(60);
/// How long an invitation or a reset link works.
pub const INVITE_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a visitor's browser keeps the cookie without coming back.
pub const VISITOR_COOKIE_AGE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Whether a session may still be used. It is idle only when the wall clock and this process's own both say so.
pub fn is_live(session: &SessionRecord, now: UnixMillis, in_use: &InUse) -> bool {
    let idle = now.since(session.used_at) >= IDLE_MAX && !in_use.lately(session.secret);
    !idle && now.since(session.opened_at) < AGE_MAX
}

/// Whether this use is worth a write.
pub fn wants_touch(session: &SessionRecord, now: UnixMillis) -> bool {
    now.since(session.used_at) >= TOUCH_INTERVAL
}

/// Names and writes the cookies of one server. Names carry the port, because browsers send cookies to every port of
/// a host; the prefix `__Host-` binds them to it otherwise.
#[derive(Clone, Debug)]
pub struct Cookies {
    port: u16,
}

impl Cookies {
    /// For the port people reach the server at.
    pub fn for_port(port: u16) -> Cookies {
        Cookies { port }
    }

    /// The name of the agent's cookie.
    pub fn agent_name(&self) -> String {
        format!("__Host-deskbell_agent_{}", self.port)
    }

    /// The name of the visitor's cookie.
    pub fn visitor_name(&self) -> String {
        format!("__Host-deskbell_visitor_{}", self.port)
    }

    /// Keeps an agent signed in.
    pub fn agent(&self, secret: &str) -> String {
        let age = AGE_MAX.as_secs();
        format!("{}={secret}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Strict", self.agent_name())
    }

    /// Forgets the agent.
    pub fn agent_gone(&self) -> String {
        format!("{}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict", self.agent_name())
    }

    /// Keeps a visitor, in the partition of the site that shows the widget.
    pub fn visitor(&self, token: &str) -> String {
        let (name, age) = (self.visitor_name(), VISITOR_COOKIE_AGE.as_secs());
        format!("{name}={token}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=None; Partitioned")
    }

    /// Forgets a visitor.
    pub fn visitor_gone(&self) -> String {
        let name = self.visitor_name();
        format!("{name}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None; Partitioned")
    }
}

/// The value of one cookie in a `Cookie` header. Given twice it is none: somebody is playing.
pub fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut values = header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::{AgentId, Role};

    use super::*;

    #[test]
    fn cookies_have_every_flag() {
        let cookies = Cookies::for_port(8443);
        assert_eq!(
            cookies.agent("S"),
            "__Host-deskbell_agent_8443=S; Path=/; Max-Age=1209600; Secure; HttpOnly; SameSite=Strict"
        );
        assert_eq!(
            cookies.visitor("V"),
            "__Host-deskbell_visitor_8443=V; Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=None; Partitioned"
        );
        assert!(cookies.agent_gone().contains("Max-Age=0; Secure; HttpOnly; SameSite=Strict"));
    }

    #[test]
    fn only_the_exact_name_counts_and_only_once() {
        let header = "x__Host-a=0; __Host-a=1; b=2";
        assert_eq!(cookie(header, "__Host-a"), Some("1"));
        assert_eq!(cookie(header, "__Host-b"), None);
        assert_eq!(cookie("a=1; a=2", "a"), None);
    }

    #[test]
    fn a_session_ends_idle_and_in_any_case() {
        let hours = |n: u64| UnixMillis(0).plus(Duration::from_secs(n * 3600));
        let session = |used| SessionRecord {
            secret: [0; 32],
            agent: AgentId(1),
            role: Role::Agent,
            opened_at: hours(0),
            used_at: used,
        };
        let live = |session: &SessionRecord, at| is_live(session, hours(at), &InUse::default());
        assert!(live(&session(hours(0)), 11));
        assert!(!live(&session(hours(0)), 12));
        assert!(live(&session(hours(330)), 335));
        assert!(!live(&session(hours(330)), 336));
        assert!(wants_touch(&session(hours(0)), hours(1)));
    }
}
