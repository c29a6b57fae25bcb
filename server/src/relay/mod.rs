//! One task a socket: from the upgrade to the close. What is said on it is judged in `application`; who follows what
//! is kept in `bus`.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::upgrade::Upgraded;

use crate::application::Application;

/// Where a connection comes from, as far as the server can know (behind a trusted proxy: what that proxy says).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

/// Serves one socket from the upgrade to the close. Whoever calls it has checked the Origin and its caps and spawns
/// it as a task of its own; the future is small, its state is boxed inside. It ends with the connection.
pub async fn serve_socket(app: Arc<Application>, upgraded: Upgraded, peer: PeerAddress) {
    let _ = (app, upgraded, peer);
}

/// What the relay does beside the sockets: presence and who answers, with their graces. Spawned once a node, ends
/// never.
pub async fn keep_presence(app: Arc<Application>) {
    let _ = app;
}
