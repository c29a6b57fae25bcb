//! `GET /ws`: the answer 101 and nothing more. The table of routes has checked the Origin; what is said on the socket
//! is `relay`'s. No extension is ever agreed to, so there is nothing to inflate.

use std::sync::Arc;

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use warp::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use super::Edge;
use super::call::Call;
use super::problem::Problem;
use crate::relay::{PeerAddress, serve_socket};

/// `GET /ws`
pub async fn upgrade(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let accept = accept_key(&call)?;
    let upgrade = call.upgrade.take().ok_or_else(upgrade_required)?;
    if edge.is_draining() {
        return Err(Problem::unavailable("the server is going away", std::time::Duration::from_secs(5)));
    }
    let permit = call.permit.take();
    let app = Arc::clone(&edge.app);
    let peer = PeerAddress(call.client);
    tokio::spawn(async move {
        let upgraded = match upgrade.await {
            Ok(upgraded) => upgraded,
            Err(error) => return tracing::debug!(%error, "an upgrade did not happen"),
        };
        Box::pin(serve_socket(app, upgraded, peer)).await;
        drop(permit);
    });
    let mut response = Response::new("".into());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// What proves to the client that its handshake was understood (RFC 6455, section 4.2).
fn accept_key(call: &Call) -> Result<HeaderValue, Problem> {
    let lists = |name, word: &str| {
        let mut values = call.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    };
    let key = call.header(SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let (Some(key), true, true) = (key, lists(CONNECTION, "upgrade"), lists(UPGRADE, "websocket")) else {
        return Err(upgrade_required());
    };
    if call.header(SEC_WEBSOCKET_VERSION) != Some("13") {
        return Err(upgrade_required());
    }
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| upgrade_required())
}

fn upgrade_required() -> Problem {
    let words = "this address speaks WebSocket, version 13, only";
    Problem::new(StatusCode::UPGRADE_REQUIRED, deskbell_shared::protocol::RefusalCode::Malformed, words)
}
