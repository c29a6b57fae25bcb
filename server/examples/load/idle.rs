//! Idle visitors: the resident memory of the real binary, before and after they came.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::SiteLooks;
use deskbell_shared::protocol::api::{SetupRequest, SiteEdit, SitesView, VisitorTicket};
use deskbell_shared::protocol::{Command, VERSION};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::child::Served;

/// Where everybody is who means no harm.
pub const HOME: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// What an idle visitor may cost, in bytes.
const TARGET_BYTES: f64 = 8_000.0;
/// Visitors who come first, so that what is allocated once is not counted.
const FIRST: usize = 200;

pub async fn measure(visitors: usize) -> Result<()> {
    let data = tempfile::tempdir()?;
    // A part of the connections is kept free for agents.
    let many = (2 * visitors + 4 * FIRST).to_string();
    let raised = [
        ["--connections-max", &many],
        ["--connections-per-address-max", &many],
        ["--address-tickets-per-minute", &many],
    ];
    println!("limits raised: {}", raised.concat().join(" "));
    let (server, port, key) = run(data.path(), &raised.concat()).await?;
    let process = server.id();
    let mut sockets = Vec::with_capacity(visitors + FIRST);
    for _ in 0..FIRST {
        sockets.push(visitor(port, &key).await?);
    }
    let before = resident(process)?;
    for _ in 0..visitors {
        sockets.push(visitor(port, &key).await?);
    }
    let welcomed = resident(process)?;
    // A beat each: what a beat leaves behind belongs to the price.
    for socket in &mut sockets {
        next(socket).await?;
    }
    let after = resident(process)?;
    let each = |bytes: u64| bytes.saturating_sub(before) as f64 / visitors as f64;
    println!(
        "{visitors} idle visitors on {} (resident set, binary with everything in it)",
        std::env::consts::OS
    );
    println!("  after the welcome   {:7.0} bytes each", each(welcomed));
    println!("  after a beat        {:7.0} bytes each", each(after));
    println!("  target              {TARGET_BYTES:7.0} bytes, ratio {:.2}", each(after) / TARGET_BYTES);
    Ok(())
}

/// Runs the binary and sets it up: the process, its port and the key of a site.
pub async fn run(data: &Path, flags: &[&str]) -> Result<(Served, u16, String)> {
    let binary =
        std::env::current_exe()?.parent().and_then(|dir| dir.parent()).map(|dir| dir.join("deskbell"));
    let binary = binary
        .filter(|path| path.exists())
        .context("build the binary first: cargo build --release -p deskbell-server")?;
    let mut command = std::process::Command::new(binary);
    command.args(["serve", "--listen", "127.0.0.1:0", "--log-filter", "warn"]).arg("--data").arg(data);
    let mut server = Served::start(command.args(flags))?;
    let mut port = 0;
    let token = loop {
        let line = server.line()?;
        if let Some((_, rest)) = line.split_once("listens on http://localhost:") {
            port = rest.trim().parse()?;
        }
        if let Some((_, token)) = line.split_once("/desk/setup#") {
            break token.trim().to_owned();
        }
    };
    let key = set_up(port, token).await?;
    Ok((server, port, key))
}

pub type Socket = WebSocketStream<TcpStream>;

async fn visitor(port: u16, key: &str) -> Result<Socket> {
    visitor_from(HOME, port, key, "{}").await
}

/// A visitor at an address of this machine, welcomed. `asked` is what the ticket is asked for with.
pub async fn visitor_from(from: Ipv4Addr, port: u16, key: &str, asked: &str) -> Result<Socket> {
    let answer = ask(from, port, "POST", &format!("/w/{key}/ticket"), None, asked).await?;
    let ticket = VisitorTicket::from_text(&answer.1).map_err(|bad| anyhow!("{bad}: {}", answer.1))?.ticket;
    let mut request = format!("ws://localhost:{port}/ws").into_client_request()?;
    request.headers_mut().insert("origin", format!("http://localhost:{port}").parse()?);
    let stream = connect(from, port).await?;
    let small = WebSocketConfig::default().read_buffer_size(512).write_buffer_size(512);
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(small)).await?;
    let hello = Command::Hello { version: VERSION, ticket, resume: Vec::new(), feed: None };
    socket.send(Message::text(hello.to_text())).await?;
    next(&mut socket).await?;
    Ok(socket)
}

async fn next(socket: &mut Socket) -> Result<()> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(_))) => return Ok(()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => bail!("a visitor was closed: {other:?}"),
        }
    }
}

async fn set_up(port: u16, token: String) -> Result<String> {
    let request = SetupRequest {
        token,
        name: "Olga".to_owned(),
        email: "olga@shop.example".to_owned(),
        password: "correct horse battery".to_owned(),
        site: SiteEdit {
            looks: SiteLooks {
                name: "Shop".to_owned(),
                colour: "#3355aa".to_owned(),
                greeting: "Hello".to_owned(),
                style: None,
            },
            origins: vec!["https://shop.example".to_owned()],
            inbox: None,
            inboxes: None,
        },
    };
    let (head, _) = post(port, "/api/setup", None, &request.to_text()).await?;
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).context("no session")?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let (_, sites) = ask(HOME, port, "GET", "/api/sites", Some(&cookie), "").await?;
    let sites = SitesView::from_text(&sites).map_err(|bad| anyhow!("{bad}: {sites}"))?;
    Ok(sites.sites.first().context("no site")?.key.clone())
}

async fn post(port: u16, path: &str, cookie: Option<&str>, body: &str) -> Result<(String, String)> {
    ask(HOME, port, "POST", path, cookie, body).await
}

/// A connection from an address of this machine: every one of 127.0.0.0/8 is.
pub async fn connect(from: Ipv4Addr, port: u16) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    Ok(socket.connect((HOME, port).into()).await?)
}

/// One request on a connection of its own: head in lower case, and body.
async fn ask(
    from: Ipv4Addr,
    port: u16,
    method: &str,
    path: &str,
    cookie: Option<&str>,
    body: &str,
) -> Result<(String, String)> {
    let mut stream = connect(from, port).await?;
    let cookie = cookie.map(|cookie| format!("cookie: {cookie}\r\n")).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost:{port}\r\norigin: http://localhost:{port}\r\nx-deskbell: 1\r\n\
         content-type: application/json\r\nconnection: close\r\n{cookie}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    Ok((head.to_owned(), body.to_owned()))
}

/// What a process holds in memory, in bytes.
pub fn resident(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))
        .context("memory is read from /proc, which Linux has")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}
