//! HTTP/1.1 by hand, one request a connection: what a test sends is what it says, whatever a library thinks of it.

use deskbell_shared::codec::Wire;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::patiently;

/// One request.
pub struct Request<'a> {
    /// `GET`, `POST`
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Further headers. `Host`, `Connection` and `Content-Length` come by themselves.
    pub headers: Vec<(&'a str, String)>,
    /// The body.
    pub body: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// 200, 404, …
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as a value of the protocol. Panics when it is none.
    pub fn read<T: Wire>(&self) -> T {
        assert_eq!(self.status, 200, "{}", self.body);
        T::from_text(&self.body).unwrap_or_else(|bad| panic!("{bad}: {}", self.body))
    }

    /// `name=value` of the cookie that was set.
    pub fn cookie(&self) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(name, _)| name == "set-cookie")?;
        value.split(';').next().map(str::to_owned)
    }
}

/// The headers of our own pages.
pub fn own_page(port: u16, cookie: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("origin", format!("http://localhost:{port}")),
        ("x-deskbell", "1".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    headers.extend(cookie.map(|cookie| ("cookie", cookie.to_owned())));
    headers
}

/// Sends a request; `None` when the server cannot be reached or goes away over it.
pub async fn try_send(port: u16, request: Request<'_>) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let mut text = format!("{} {} HTTP/1.1\r\nhost: localhost:{port}\r\n", request.method, request.path);
    for (name, value) in &request.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("content-length: {}\r\nconnection: close\r\n\r\n{}", request.body.len(), request.body);
    // A server that refuses a body need not read it to its end: what it has answered counts, however
    // the connection ends.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { unchunked(body) } else { body.to_owned() };
    Some(Answer { status, headers, body })
}

/// Sends a request to a server that is there.
pub async fn send(port: u16, request: Request<'_>) -> Answer {
    let what = format!("{} {}", request.method, request.path);
    let answer = patiently(&what, try_send(port, request)).await;
    answer.unwrap_or_else(|| panic!("no answer to {what}"))
}

/// What our own pages do: `POST` of a value.
pub async fn post(port: u16, path: &str, cookie: Option<&str>, body: &impl Wire) -> Answer {
    let headers = own_page(port, cookie);
    send(port, Request { method: "POST", path, headers, body: body.to_text() }).await
}

/// What our own pages do: `GET`.
pub async fn get(port: u16, path: &str, cookie: Option<&str>) -> Answer {
    let headers = own_page(port, cookie);
    send(port, Request { method: "GET", path, headers, body: String::new() }).await
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 || rest.len() < size {
            break;
        }
        whole.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
    }
    whole
}
