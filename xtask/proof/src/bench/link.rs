//! The network side of a client: tickets over HTTP, and one WebSocket from opening to close. It understands nothing
//! of what goes over it.

use deskbell_shared::model::FileView;
use deskbell_shared::protocol::api::{AgentTicket, Nothing, VisitorTicket, VisitorTicketRequest};
use deskbell_shared::session::{Input, TicketFailure};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::http::{self, Place};

/// What a browser reports where the transport gives no code.
const NO_CODE: u16 = 1006;
/// Hundreds of clients live in one process: none of them keeps large buffers.
const BUFFER_BYTES: usize = 8 * 1024;

/// How somebody gets in.
#[derive(Clone, Debug)]
pub enum Pass {
    /// A visitor with a token.
    Visitor {
        /// The key of the site.
        site_key: String,
        /// Who.
        token: String,
    },
    /// An agent with a session.
    Agent {
        /// The cookie.
        cookie: String,
    },
}

/// Gets a ticket, as the widget and the desk do, and says how that ended.
pub async fn ticket(place: Place, pass: Pass, link: u32) -> Input {
    let answer = match &pass {
        Pass::Visitor { site_key, token } => {
            let body = VisitorTicketRequest { token: Some(token.clone()), page: None };
            http::post(&place, &format!("/w/{site_key}/ticket"), None, &body).await
        }
        Pass::Agent { cookie } => http::post(&place, "/api/ticket", Some(cookie), &Nothing {}).await,
    };
    let ticket = answer.as_ref().ok().and_then(|answer| match &pass {
        Pass::Visitor { .. } => answer.read::<VisitorTicket>().ok().map(|view| view.ticket),
        Pass::Agent { .. } => answer.read::<AgentTicket>().ok().map(|view| view.ticket),
    });
    let failure = match answer.map(|answer| answer.status) {
        Ok(401) => TicketFailure::SignedOut,
        Ok(403 | 404) => TicketFailure::NotAllowed,
        _ => TicketFailure::Later { retry_after_ms: 0 },
    };
    match ticket {
        Some(ticket) => Input::Ticket { link, ticket },
        None => Input::TicketFailed { link, failure },
    }
}

/// Uploads a file, as the widget and the desk do.
pub async fn upload(place: Place, pass: &Pass, content: String) -> anyhow::Result<FileView> {
    let (path, cookie) = match pass {
        Pass::Visitor { site_key, token } => {
            let port = place.host.rsplit(':').next().unwrap_or_default();
            (format!("/w/{site_key}/upload"), format!("__Host-deskbell_visitor_{port}={token}"))
        }
        Pass::Agent { cookie } => ("/api/upload".to_owned(), cookie.clone()),
    };
    http::upload(&place, &path, &cookie, "notes.txt", &content).await?.read()
}

/// One socket. Returns the close code. While `frozen` says so it neither reads nor writes, as a stopped process.
pub async fn socket(
    place: Place,
    link: u32,
    mut outgoing: mpsc::UnboundedReceiver<String>,
    inputs: &mpsc::Sender<Input>,
    mut frozen: watch::Receiver<bool>,
) -> u16 {
    let Ok(mut request) = format!("ws://{}/ws", place.host).into_client_request() else { return NO_CODE };
    let Ok(origin) = place.origin.parse() else { return NO_CODE };
    request.headers_mut().insert("origin", origin);
    let opening = async {
        let stream = TcpStream::connect(place.address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let small = WebSocketConfig::default().read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES);
        tokio_tungstenite::client_async_with_config(request, stream, Some(small)).await.ok()
    };
    let opened = tokio::select! {
        opened = opening => opened,
        // Given up meanwhile.
        _ = outgoing.recv() => None,
    };
    let Some((mut socket, _)) = opened else { return NO_CODE };
    if inputs.send(Input::Opened { link }).await.is_err() {
        return NO_CODE;
    }
    loop {
        if frozen.wait_for(|frozen| !frozen).await.is_err() {
            return NO_CODE;
        }
        tokio::select! {
            text = outgoing.recv() => match text {
                Some(text) => {
                    if socket.feed(Message::text(text)).await.is_err() || !flushed(&mut socket, &mut outgoing).await {
                        return NO_CODE;
                    }
                }
                None => {
                    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), socket.close(None)).await;
                    return 1000;
                }
            },
            heard = socket.next() => match heard {
                Some(Ok(Message::Text(text))) => {
                    let text = text.as_str().to_owned();
                    if inputs.send(Input::Text { link, text }).await.is_err() {
                        return NO_CODE;
                    }
                }
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return NO_CODE,
                Some(Ok(_)) => {}
            },
            _ = frozen.changed() => {}
        }
    }
}

/// Sends what was said, with everything said meanwhile. A peer that does not read is given up with the session: when
/// it lets go of the link, `outgoing` ends.
async fn flushed(
    socket: &mut tokio_tungstenite::WebSocketStream<TcpStream>,
    outgoing: &mut mpsc::UnboundedReceiver<String>,
) -> bool {
    while let Ok(text) = outgoing.try_recv() {
        if socket.feed(Message::text(text)).await.is_err() {
            return false;
        }
    }
    tokio::select! {
        sent = socket.flush() => sent.is_ok(),
        () = closed(outgoing) => false,
    }
}

async fn closed(outgoing: &mpsc::UnboundedReceiver<String>) {
    while !outgoing.is_closed() {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}
