//! HTTP/1.1 by hand, one request a connection: tickets and setting up. A server that is away is an answer, too.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use deskbell_shared::codec::Wire;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long a request may take; the session gives up on a ticket at about the same time.
const PATIENCE: Duration = Duration::from_secs(20);
/// An answer that is longer is none of ours.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// Where requests go: the address to connect to, and the host as the chat server calls itself.
#[derive(Clone, Debug)]
pub struct Place {
    /// Connected to.
    pub address: SocketAddr,
    /// `localhost:PORT`
    pub host: String,
    /// `http://localhost:PORT`
    pub origin: String,
}

/// What came back.
pub struct Answer {
    /// 200, 404, …
    pub status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as a value of the protocol.
    pub fn read<T: Wire>(&self) -> Result<T> {
        if self.status != 200 {
            bail!("answered {}: {}", self.status, self.body);
        }
        T::from_text(&self.body).map_err(|bad| anyhow::anyhow!("{bad}: {}", self.body))
    }

    /// `name=value` of the cookie that was set.
    pub fn cookie(&self) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(name, _)| name == "set-cookie")?;
        value.split(';').next().map(str::to_owned)
    }
}

/// What our own pages do: `POST` of a value.
pub async fn post(place: &Place, path: &str, cookie: Option<&str>, body: &impl Wire) -> Result<Answer> {
    request(place, "POST", path, cookie, None, &body.to_text()).await
}

/// A file, which is the whole body.
pub async fn upload(place: &Place, path: &str, cookie: &str, name: &str, body: &str) -> Result<Answer> {
    request(place, "POST", path, Some(cookie), Some(name), body).await
}

/// What our own pages do: `GET`.
pub async fn get(place: &Place, path: &str, cookie: Option<&str>) -> Result<Answer> {
    request(place, "GET", path, cookie, None, "").await
}

async fn request(
    place: &Place,
    method: &str,
    path: &str,
    cookie: Option<&str>,
    file_name: Option<&str>,
    body: &str,
) -> Result<Answer> {
    let Place { host, origin, .. } = place;
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\n");
    text += "x-deskbell: 1\r\nconnection: close\r\n";
    text += &match file_name {
        Some(name) => format!("x-deskbell-name: {name}\r\ncontent-type: application/octet-stream\r\n"),
        None => "content-type: application/json\r\n".to_owned(),
    };
    if let Some(cookie) = cookie {
        text += &format!("cookie: {cookie}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let exchange = async {
        let mut stream = TcpStream::connect(place.address).await?;
        stream.write_all(text.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).await?;
        std::io::Result::Ok(bytes)
    };
    let bytes = tokio::time::timeout(PATIENCE, exchange)
        .await
        .with_context(|| format!("{method} {path} took too long"))?
        .with_context(|| format!("{method} {path}"))?;
    parse(&String::from_utf8_lossy(&bytes)).with_context(|| format!("no answer to {method} {path}"))
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let declared = headers.iter().find(|(name, _)| name == "content-length");
    let whole =
        declared.and_then(|(_, bytes)| bytes.parse().ok()).is_none_or(|bytes: usize| body.len() >= bytes);
    // Half an answer is none: the connection was cut in the middle.
    whole.then(|| Answer { status, headers, body: body.to_owned() })
}
