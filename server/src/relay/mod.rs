//! One task a socket: from the upgrade to the close. What is said on it is judged in `application`; who follows what
//! is kept in `bus`. Nothing is decided here but how fast somebody may speak and when a connection is dead.

mod commands;
mod connection;
mod delivery;
mod drafts;
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
use crate::store::audit::Network;

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
        std::fmt::Display::fmt(&Network::from(self.0), f)
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
mod tests;
