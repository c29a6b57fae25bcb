//! A front before the chat server that can pretend to be an older build of it: the same apps under other names. When
//! the newer one takes its place, what the older documents name is no longer there.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, UPGRADE};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// What names of the older build have in front of their hash, which is lower hex and so never begins like this.
const OLD: &str = "-old";

/// The running front. Ends with this value.
pub struct Front {
    port: u16,
    state: Arc<State>,
    task: AbortHandle,
}

#[derive(Default)]
struct State {
    upstream: std::sync::OnceLock<u16>,
    is_old: AtomicBool,
    asked_for_module: AtomicBool,
    replaced: Notify,
}

impl Front {
    /// Starts one; it passes everything on, once it knows where to.
    pub async fn open() -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port for the front");
        let port = listener.local_addr().expect("the front's port").port();
        let state = Arc::<State>::default();
        let served = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = served.clone();
                tokio::spawn(async move {
                    let service = hyper::service::service_fn(move |request| answer(request, state.clone()));
                    let connection = hyper::server::conn::http1::Builder::new();
                    // An error here is a browser that went away.
                    let _ = connection.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
                });
            }
        });
        Front { port, state, task: task.abort_handle() }
    }

    /// Where people reach it.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Tells it where the chat server is.
    pub fn leads_to(&self, port: u16) {
        self.state.upstream.set(port).expect("the front leads to one server");
    }

    /// Documents now come from the older build, and its module is a long time coming.
    pub fn becomes_old(&self) {
        self.state.is_old.store(true, Ordering::SeqCst);
    }

    /// Whether a document of the older build has asked for its module.
    pub fn was_asked_for_old_module(&self) -> bool {
        self.state.asked_for_module.load(Ordering::SeqCst)
    }

    /// The newer build takes its place, with what was asked for still unanswered.
    pub fn is_replaced(&self) {
        self.state.is_old.store(false, Ordering::SeqCst);
        self.state.replaced.notify_waiters();
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Full<Bytes>>, Infallible> {
    let nobody = || {
        let mut response = Response::new(Full::from("the chat server is not there"));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    };
    Ok(pass_on(request, &state).await.unwrap_or_else(nobody))
}

async fn pass_on(mut request: Request<Incoming>, state: &State) -> Option<Response<Full<Bytes>>> {
    let path = request.uri().path().to_owned();
    if state.is_old.load(Ordering::SeqCst) && path.contains(OLD) {
        if path.ends_with(".wasm") {
            let replaced = state.replaced.notified();
            state.asked_for_module.store(true, Ordering::SeqCst);
            replaced.await;
        } else {
            *request.uri_mut() = path.replace(OLD, "-").parse().ok()?;
        }
    }
    let is_old = state.is_old.load(Ordering::SeqCst);
    if is_old {
        request.headers_mut().remove(ACCEPT_ENCODING);
        request.headers_mut().remove(IF_NONE_MATCH);
    }
    let stream = TcpStream::connect(("127.0.0.1", *state.upstream.get()?)).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection.with_upgrades());
    let upgrades = request.headers().contains_key(UPGRADE);
    let here = upgrades.then(|| hyper::upgrade::on(&mut request));
    let mut response = sender.send_request(request).await.ok()?;
    if let (Some(here), StatusCode::SWITCHING_PROTOCOLS) = (here, response.status()) {
        let there = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            if let (Ok(here), Ok(there)) = (here.await, there.await) {
                let (mut here, mut there) = (TokioIo::new(here), TokioIo::new(there));
                let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
            }
        });
    }
    let (mut head, body) = response.into_parts();
    let mut body = body.collect().await.ok()?.to_bytes();
    let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if is_old && (kind.starts_with("text/html") || kind.contains("javascript")) {
        body = aged(&String::from_utf8_lossy(&body)).into();
        head.headers.remove(CONTENT_LENGTH);
        head.headers.remove(ETAG);
    }
    Some(Response::from_parts(head, Full::from(body)))
}

/// The text with every name of an asset as an older build would have had it.
fn aged(text: &str) -> String {
    let mut aged = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("/assets/") {
        let (before, from) = rest.split_at(at + "/assets/".len());
        let end = from.find(['"', '\'', '`', ')', '<']).unwrap_or(from.len());
        let (name, after) = from.split_at(end);
        aged.push_str(before);
        match name.rsplit_once('-') {
            Some((name, hash)) => aged.extend([name, OLD, hash]),
            None => aged.push_str(name),
        }
        rest = after;
    }
    aged + rest
}
