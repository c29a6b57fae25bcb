//! How long a sign-in lasts, and how its cookie is written. Where sessions are kept is the store's; who may sign in
//! is `application::accounts`.

use std::time::Duration;

use deskbell_shared::model::UnixMillis;

use super::in_use::InUse;
use super::origin::{PublicUrl, Scheme};
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
///
/// WebKit keeps no `Secure` cookie of plain http, on this machine neither, and nobody could sign in there. So where people
/// reach the server in the clear, which is on their own machine only, the agent's cookie goes without that flag and the
/// prefix that asks for it: nothing of it is on a network. Over https only the full name is written and read. The
/// visitor's stays as it is: a frame of another site may have no other, and where it is not kept the frame keeps a token.
#[derive(Clone, Debug)]
pub struct Cookies {
    port: u16,
    in_the_clear: bool,
}

impl Cookies {
    /// For the address people reach the server at.
    pub fn of(public: &PublicUrl) -> Cookies {
        let in_the_clear = public.scheme == Scheme::Http && public.is_loopback();
        Cookies { port: public.port, in_the_clear }
    }

    /// The name of the agent's cookie.
    pub fn agent_name(&self) -> String {
        let prefix = if self.in_the_clear { "" } else { "__Host-" };
        format!("{prefix}deskbell_agent_{}", self.port)
    }

    /// The name of the visitor's cookie.
    pub fn visitor_name(&self) -> String {
        format!("__Host-deskbell_visitor_{}", self.port)
    }

    /// Keeps an agent signed in.
    pub fn agent(&self, secret: &str) -> String {
        self.agent_for(secret, AGE_MAX)
    }

    /// Forgets the agent.
    pub fn agent_gone(&self) -> String {
        self.agent_for("", Duration::ZERO)
    }

    fn agent_for(&self, secret: &str, age: Duration) -> String {
        let (name, age) = (self.agent_name(), age.as_secs());
        let secure = if self.in_the_clear { "" } else { " Secure;" };
        format!("{name}={secret}; Path=/; Max-Age={age};{secure} HttpOnly; SameSite=Strict")
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
        let cookies = Cookies::of(&PublicUrl::parse("https://chat.example:8443").unwrap());
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
    fn only_plain_http_on_this_machine_goes_without_secure() {
        for own in
            ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080", "http://a.localhost:8080"]
        {
            let cookies = Cookies::of(&PublicUrl::parse(own).unwrap());
            assert_eq!(
                cookies.agent("S"),
                "deskbell_agent_8080=S; Path=/; Max-Age=1209600; HttpOnly; SameSite=Strict",
                "{own}"
            );
            assert_eq!(
                cookies.agent_gone(),
                "deskbell_agent_8080=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
            );
            assert!(cookies.visitor("V").starts_with("__Host-"), "{own}");
            assert!(cookies.visitor("V").ends_with("Secure; HttpOnly; SameSite=None; Partitioned"), "{own}");
        }
        let elsewhere = [
            PublicUrl::new(Scheme::Https, "localhost", 8080),
            PublicUrl::new(Scheme::Https, "chat.example", 8080),
            // No settings lead to such a server.
            PublicUrl::new(Scheme::Http, "chat.example", 8080),
            PublicUrl::new(Scheme::Http, "192.0.2.1", 8080),
        ];
        for public in elsewhere {
            let cookies = Cookies::of(&public);
            assert_eq!(cookies.agent_name(), "__Host-deskbell_agent_8080", "{public:?}");
            assert!(cookies.agent("S").contains("; Secure; "), "{public:?}");
            assert!(cookies.agent_gone().contains("; Secure; "), "{public:?}");
        }
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
