//! One task a socket: from the upgrade to the close. What is said on it is judged in `application`; who follows what
//! is kept in `bus`. Nothing is decided here but how fast somebody may speak and when a connection is dead.

mod commands;
mod connection;
mod delivery;
mod handshake;
mod pieces;
mod reply;
pub mod socket;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::application::Application;

pub use connection::{FEED_LINE_INTERVAL, FEED_READ_INTERVAL, RECHECK_BEATS};
pub use pieces::PIECES_MAX;
pub use socket::{LATE_WRITE_TIMEOUT, LINGER, READ_BUFFER_BYTES, WRITE_BUFFER_BYTES, WRITE_TIMEOUT};

/// How long the keeper of presence waits before it asks a store again that gave no answer.
const PRESENCE_RETRY: Duration = Duration::from_secs(2);

/// Where a connection comes from, as far as the server can know (behind a trusted proxy: what that proxy says).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

/// For the log: the network only (privacy, rule 4). A whole address stands nowhere but in memory.
impl std::fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.to_canonical() {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                write!(f, "{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(ip) => {
                let [a, b, c, ..] = ip.segments();
                write!(f, "{a:x}:{b:x}:{c:x}::/48")
            }
        }
    }
}

impl std::fmt::Debug for PeerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Serves one socket from the upgrade to the close. Whoever calls it has checked the Origin and its caps and spawns
/// it as a task of its own; the future is small, its state is boxed inside. It ends with the connection.
pub async fn serve_socket(app: Arc<Application>, upgraded: Upgraded, peer: PeerAddress) {
    serve_stream(app, TokioIo::new(upgraded), peer).await;
}

/// The same for any stream on which the WebSocket handshake is over.
pub async fn serve_stream<S>(app: Arc<Application>, stream: S, peer: PeerAddress)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    Box::pin(connection::serve(app, stream, peer)).await;
}

/// What the relay does beside the sockets: finds out who answers where whenever that may have changed, and ends
/// graces. Spawned once a node, ends never.
pub async fn keep_presence(app: Arc<Application>) {
    loop {
        match app.settle_presence().await {
            Ok(next) => loop {
                tokio::select! {
                    is_unsettled = app.hub.stir() => if is_unsettled { break },
                    () = app.reached(next) => break,
                }
            },
            Err(fault) => {
                tracing::warn!(%fault, "could not find out who answers");
                tokio::time::sleep(PRESENCE_RETRY).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use deskbell_shared::codec::Wire as _;
    use deskbell_shared::model::{
        AgentId, Closed, Hours, InboxId, Role, Service, SiteId, SiteLooks, UnixMillis, VisitorId, WeekSpan,
    };
    use deskbell_shared::protocol::Frame;

    use super::*;
    use crate::application::ClockInHand;
    use crate::auth::Principal;
    use crate::bus::Mailbox;
    use crate::store::accounts::{NewAgent, NewSite};
    use crate::store::memory::MemoryStore;
    use crate::store::team::InboxChange;
    use crate::store::{AccountStore as _, TeamStore as _};

    #[test]
    fn an_address_is_cut_before_it_is_logged() {
        let told = |text: &str| PeerAddress(text.parse().unwrap()).to_string();
        assert_eq!(told("203.0.113.77"), "203.0.113.0/24");
        assert_eq!(told("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(told("2001:db8:7:1234:5678::9"), "2001:db8:7::/48");
        assert_eq!(format!("{:?}", PeerAddress("203.0.113.77".parse().unwrap())), "203.0.113.0/24");
    }

    const INBOX: InboxId = InboxId(2);
    const MINUTE: i64 = 60_000;

    /// What was said last, if anything was said since.
    fn told(mailbox: &Mailbox) -> Option<Service> {
        let frame = mailbox.take().signs.service?;
        match Frame::from_text(std::str::from_utf8(&frame).unwrap()).unwrap() {
            Frame::ServiceChanged { service } => Some(service),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn visitors_are_told_at_the_minute_an_inbox_opens_and_closes() {
        // 2026-11-23, a Monday, one minute before nine.
        let nine = 1_795_424_400_000;
        let (five, next_nine) = (nine + 8 * 60 * MINUTE, nine + 24 * 60 * MINUTE);
        let clock = ClockInHand::at(UnixMillis(nine - MINUTE));
        let store = MemoryStore::new();
        let at = UnixMillis(0);
        let (name, email, hash) = ("Olga".to_owned(), "o@shop.example".to_owned(), String::new());
        let owner = NewAgent { id: AgentId(1), name, email, password_hash: hash, role: Role::Owner, at };
        let looks = SiteLooks { name: "Shop".into(), colour: String::new(), greeting: String::new() };
        let site = NewSite { id: SiteId(3), inbox: INBOX, key: "k".into(), looks, origins: Vec::new(), at };
        store.set_up(owner, site).await.unwrap();
        let week = (0..7).map(|day| WeekSpan { day, from: 9 * 60, to: 17 * 60 }).collect();
        let hours = Some(Hours { zone: "UTC".into(), week, holidays: Vec::new() });
        let change = InboxChange { name: "Sales".into(), members: vec![AgentId(1)], hours };
        store.edit_inbox(INBOX, change, at).await.unwrap();
        let app = Arc::new(Application::new(Arc::new(store), Arc::new(clock.clone())));
        let visitor = Principal::Visitor { id: VisitorId(9), site: SiteId(3), inbox: INBOX };
        let joined = app.hub.join(visitor).ok().unwrap();
        tokio::spawn(keep_presence(app.clone()));
        // Longer than the clock is not looked at.
        let look = || tokio::time::sleep(Duration::from_secs(60));
        look().await;
        let until = |at: i64| Some(Closed { until: Some(UnixMillis(at)) });
        assert_eq!(told(&joined.mailbox).expect("the first word").closed, until(nine));
        clock.is_set(UnixMillis(nine - 1));
        look().await;
        assert_eq!(told(&joined.mailbox), None, "not a moment early");
        clock.is_set(UnixMillis(nine));
        look().await;
        assert_eq!(told(&joined.mailbox).expect("it opens").closed, None);
        clock.is_set(UnixMillis(five - 1));
        look().await;
        assert_eq!(told(&joined.mailbox), None);
        clock.is_set(UnixMillis(five));
        look().await;
        assert_eq!(told(&joined.mailbox).expect("it closes").closed, until(next_nine));
        // A clock that jumps over a whole day ends where it should.
        clock.is_set(UnixMillis(next_nine + MINUTE));
        look().await;
        assert_eq!(told(&joined.mailbox).expect("it is open").closed, None);
    }
}
