//! Goes the way a browser goes: to the public address, through whatever stands before the server, up to the first
//! frame of a socket. A proxy that drops the upgrade or holds frames back is found by that and by nothing else.

use std::io;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use deskbell_shared::model::UnixMillis;
use futures_util::{SinkExt as _, StreamExt as _};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Finding;
use crate::auth::origin::{PublicUrl, Scheme};

/// A connection, a handshake or an answer comes within this time, or counts as missing.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// A frame comes within this time. Less than the 5 s after which the server closes a socket that says no hello: a
/// proxy that holds frames back may let them go then.
const FRAME_MAX: Duration = Duration::from_secs(4);
/// What is read of an answer.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// How far two clocks may be apart.
const SKEW_MS_MAX: i64 = 30_000;

/// What was seen at the public address.
pub struct Seen {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The time it is there, as far as it says.
    pub date: Option<SystemTime>,
}

/// Goes to a public address.
pub async fn examine(url: &PublicUrl) -> Seen {
    let nothing = |finding| Seen { findings: vec![finding], date: None };
    let stream = match connect(url).await {
        Ok(stream) => stream,
        Err(error) => return nothing(unreachable(url, &error)),
    };
    let answer = match timeout(ANSWER_MAX, health(stream, url)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return nothing(unreachable(url, &error)),
        Err(_) => return nothing(unreachable(url, &io::ErrorKind::TimedOut.into())),
    };
    if answer.status != Some(200) || answer.body.trim() != "ok" {
        let status = answer.status.map_or("no HTTP".to_owned(), |status| status.to_string());
        return Seen { findings: vec![stranger(url, &status)], date: answer.date };
    }
    let findings = match connect(url).await {
        Ok(stream) => socket(stream, url).await.err().into_iter().collect(),
        Err(error) => vec![unreachable(url, &error)],
    };
    Seen { findings, date: answer.date }
}

/// Whether the clock there and the clock here agree.
pub fn clock(url: &PublicUrl, there: SystemTime, now: UnixMillis) -> Vec<Finding> {
    let there = there.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis() as i64;
    let ahead_ms = now.0 - there;
    if ahead_ms.abs() <= SKEW_MS_MAX {
        return Vec::new();
    }
    let word = if ahead_ms > 0 { "ahead of" } else { "behind" };
    vec![Finding::new(
        format!("the clock of this machine is {} s {word} that of {}", ahead_ms.abs() / 1000, url.origin()),
        "times on the screens, sign-ins, tickets and certificates rest on it (the order of messages does not)",
        "let both machines keep their time (`timedatectl set-ntp true`) and compare `date -u` with another clock",
    )]
}

fn unreachable(url: &PublicUrl, error: &io::Error) -> Finding {
    Finding::new(
        format!("{} cannot be reached from here: {error}", url.origin()),
        "visitors and agents come by this address; if it cannot be reached from elsewhere either, there is no chat",
        "look whether the server and the proxy run, whether the name leads to this machine, whether the certificate \
         is valid for it, and whether a firewall is in between",
    )
}

fn stranger(url: &PublicUrl, status: &str) -> Finding {
    Finding::new(
        format!("{}/healthz is not answered by this server (status {status})", url.origin()),
        "the address leads somewhere else, or the proxy does not find the server behind it",
        "look at the address the proxy passes requests to, and whether the server listens there \
         (`deskbell config` shows where)",
    )
}

/// Does the handshake and asks for one frame.
async fn socket(stream: Box<dyn Stream>, url: &PublicUrl) -> Result<(), Finding> {
    const WHY: &str = "without it nobody can chat: the widget and the agent desktop say that they are connecting, \
        for ever";
    const REMEDY: &str = "let the proxy pass upgrades on /ws: HTTP/1.1 to the server, with the headers Upgrade and \
        Connection (nginx: proxy_http_version 1.1 and two proxy_set_header lines; Caddy does it by itself); \
        examples lie in packaging/ of what was shipped";
    let failed = |wrong: String| Err(Finding::new(wrong, WHY, REMEDY));
    let origin = url.origin();
    let address = format!("{}/ws", origin.replacen("http", "ws", 1));
    let Ok(mut request) = address.into_client_request() else {
        return failed(format!("{origin} is no address for a socket"));
    };
    if let Ok(value) = origin.parse() {
        request.headers_mut().insert("origin", value);
    }
    let mut socket = match timeout(ANSWER_MAX, tokio_tungstenite::client_async(request, stream)).await {
        Ok(Ok((socket, _))) => socket,
        Ok(Err(Error::Http(answer))) if answer.status().as_u16() == 403 => {
            return Err(Finding::new(
                format!("{origin}/ws is refused: the server does not know itself by this address"),
                WHY,
                format!(
                    "start the server with --public-url {origin}, the address that stands in the address bar"
                ),
            ));
        }
        Ok(Err(Error::Http(answer))) => {
            let status = answer.status().as_u16();
            return failed(format!(
                "the upgrade to a WebSocket does not get through: {origin}/ws answers {status}"
            ));
        }
        Ok(Err(error)) => {
            return failed(format!("the upgrade to a WebSocket at {origin}/ws fails: {error}"));
        }
        Err(_) => return failed(format!("the upgrade to a WebSocket at {origin}/ws is not answered")),
    };
    let asked = async {
        socket.send(Message::Ping("doctor".into())).await.ok()?;
        loop {
            match socket.next().await {
                Some(Ok(Message::Pong(_))) => return Some(()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    };
    match timeout(FRAME_MAX, asked).await {
        Ok(Some(())) => Ok(()),
        Ok(None) => failed(format!("a socket at {origin}/ws is closed before a frame has come through")),
        Err(_) => Err(Finding::new(
            format!("frames on a socket at {origin}/ws are held back: none came within {FRAME_MAX:?}"),
            "messages arrive late or not at all, and connections are taken for dead",
            "have the proxy pass what it gets at once (nginx: proxy_buffering off and proxy_read_timeout 75s on /ws); \
             a content network in between must allow WebSockets",
        )),
    }
}

struct Answer {
    status: Option<u16>,
    date: Option<SystemTime>,
    body: String,
}

/// Asks whether the server lives.
async fn health(mut stream: Box<dyn Stream>, url: &PublicUrl) -> io::Result<Answer> {
    let origin = url.origin();
    let host = origin.split("://").nth(1).unwrap_or_default();
    let request = format!(
        "GET /healthz HTTP/1.1\r\nhost: {host}\r\nuser-agent: deskbell-doctor\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut bytes = Vec::new();
    let read = (&mut stream).take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).await;
    // Some end TLS without saying so; what came before counts.
    if let (Err(error), true) = (read, bytes.is_empty()) {
        return Err(error);
    }
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    // A proxy may send the one line in a chunk of its own.
    let body = match header("transfer-encoding") {
        Some(_) => body.lines().nth(1).unwrap_or_default(),
        None => body,
    };
    let status = head.strip_prefix("HTTP/").and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
    let date = header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    Ok(Answer { status, date, body: body.to_owned() })
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn connect(url: &PublicUrl) -> io::Result<Box<dyn Stream>> {
    let bare = url.host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    let tcp = timeout(ANSWER_MAX, TcpStream::connect((bare.as_str(), url.port))).await.map_err(late)??;
    if url.scheme == Scheme::Http {
        return Ok(Box::new(tcp));
    }
    let name = match bare.parse::<Ipv6Addr>() {
        Ok(address) => ServerName::from(std::net::IpAddr::from(address)),
        Err(_) => ServerName::try_from(bare).map_err(io::Error::other)?,
    };
    let stream = timeout(ANSWER_MAX, tls()?.connect(name, tcp)).await.map_err(late)??;
    Ok(Box::new(stream))
}

/// Trusts whom the machine trusts.
fn tls() -> io::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(io::Error::other(
            "this machine has no list of certificate authorities (on Debian: apt-get install ca-certificates)",
        ));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
