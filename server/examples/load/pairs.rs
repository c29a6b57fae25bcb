//! Pairs of a visitor who writes and an agent who reads, each message acknowledged to the one and delivered to the
//! other. Every visitor has a few messages on their way at a time (a closed loop), so the rate is what the server
//! can do, and the times say what it costs at that rate.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Cmid, ConversationId, Draft, Feed, Seq};
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::{Command, Position, VERSION};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::child::Served;

/// Conversations one agent reads along; as many as one connection may watch.
pub const CONVERSATIONS_PER_AGENT: usize = 10;
/// Messages of one visitor on their way at a time.
const WINDOW: usize = 8;
/// The target, in durable messages a second.
const TARGET: f64 = 10_000.0;

type Socket = WebSocketStream<TcpStream>;

#[derive(Default)]
struct Counted {
    acked: AtomicU64,
    delivered: AtomicU64,
}

pub async fn compare(pairs: usize, seconds: usize) -> Result<()> {
    let span = Duration::from_secs(seconds as u64);
    println!(
        "{pairs} pairs, {WINDOW} messages on their way each, 128 bytes, {seconds} s; server and load on one machine"
    );
    let bare = baseline(pairs, span).await?;
    println!("  bare relay and SQLite   {}", bare.text());
    let own = deskbell(pairs, span).await?;
    println!("  deskbell                {}", own.text());
    println!(
        "  ratio to bare: rate {:.2}, CPU a message {:.2}; target {TARGET:.0}/s: {:.2}",
        own.rate / bare.rate,
        own.cpu_seconds / bare.cpu_seconds,
        own.rate / TARGET
    );
    Ok(())
}

struct Measured {
    rate: f64,
    delivered: f64,
    cpu_seconds: f64,
}

impl Measured {
    fn text(&self) -> String {
        format!(
            "{:8.0} acknowledged/s, {:8.0} delivered/s, {:5.2} CPU s of the server per 100,000",
            self.rate, self.delivered, self.cpu_seconds
        )
    }
}

/// Another run of this program, as a server, and its port.
fn server(what: &str, pairs: usize) -> Result<(Served, u16)> {
    let mut served =
        Served::start(std::process::Command::new(std::env::current_exe()?).args([what, &pairs.to_string()]))?;
    let port = served.line()?.parse()?;
    Ok((served, port))
}

async fn open(port: u16) -> Result<Socket> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let small = WebSocketConfig::default().read_buffer_size(16 * 1024).write_buffer_size(4096);
    let url = format!("ws://localhost:{port}/ws");
    Ok(tokio_tungstenite::client_async_with_config(url, stream, Some(small)).await?.0)
}

async fn text(socket: &mut Socket) -> Result<String> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => bail!("closed: {other:?}"),
        }
    }
}

async fn baseline(pairs: usize, span: Duration) -> Result<Measured> {
    let (mut served, port) = server("serve-baseline", pairs)?;
    served.line()?;
    let counted = Arc::new(Counted::default());
    let mut visitors = Vec::new();
    for pair in 0..pairs {
        let (mut visitor, mut agent) = (open(port).await?, open(port).await?);
        for (socket, side) in [(&mut visitor, "v"), (&mut agent, "a")] {
            socket.send(Message::text(format!("{side} {pair}"))).await?;
            text(socket).await?;
        }
        let count = counted.clone();
        tokio::spawn(async move {
            while text(&mut agent).await.is_ok() {
                count.delivered.fetch_add(1, Ordering::Relaxed);
            }
        });
        visitors.push(visitor);
    }
    for (pair, mut visitor) in visitors.into_iter().enumerate() {
        let count = counted.clone();
        tokio::spawn(async move {
            let mut n = 0u64;
            let mut message = move || {
                n += 1;
                Message::text(format!("{:032x}{:096}", (pair as u128) << 64 | u128::from(n), n))
            };
            for _ in 0..WINDOW {
                visitor.feed(message()).await?;
            }
            visitor.flush().await?;
            loop {
                text(&mut visitor).await?;
                count.acked.fetch_add(1, Ordering::Relaxed);
                visitor.send(message()).await?;
            }
            #[allow(unreachable_code)]
            Ok::<_, anyhow::Error>(())
        });
    }
    measure(served.id(), &counted, span).await
}

async fn deskbell(pairs: usize, span: Duration) -> Result<Measured> {
    let (mut served, port) = server("serve-deskbell", pairs)?;
    let mut tickets = Vec::new();
    loop {
        match served.line()? {
            line if line == "ready" => break,
            line => tickets.push(line),
        }
    }
    let agents = tickets.split_off(pairs);
    let counted = Arc::new(Counted::default());
    let mut visitors = Vec::new();
    let mut conversations = Vec::new();
    for (n, ticket) in tickets.into_iter().enumerate() {
        let mut socket = hello(port, ticket, Vec::new(), None).await?;
        let conversation = ConversationId(1 + n as u128);
        let messages = vec![draft(conversation, 0)];
        socket.send(Message::text(Command::start(1, conversation, messages).to_text())).await?;
        while !text(&mut socket).await?.starts_with("{\"frame\":\"acked\"") {}
        visitors.push((conversation, socket));
        conversations.push(conversation);
    }
    for (ticket, theirs) in agents.into_iter().zip(conversations.chunks(CONVERSATIONS_PER_AGENT)) {
        let position = |conversation| Position { conversation, epoch: None, after: Seq(0) };
        let resume = theirs.iter().copied().map(position).collect();
        let feed = Some(FeedPosition { epoch: None, after: Feed(0) });
        let mut agent = hello(port, ticket, resume, feed).await?;
        let count = counted.clone();
        tokio::spawn(async move {
            while let Ok(text) = text(&mut agent).await {
                if text.starts_with("{\"frame\":\"entry\"") {
                    count.delivered.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    for (conversation, mut visitor) in visitors {
        let count = counted.clone();
        tokio::spawn(async move {
            let mut n = 0u32;
            let mut send = move || {
                n += 1;
                let messages = vec![draft(conversation, n)];
                Message::text(Command::Send { id: n, conversation, messages }.to_text())
            };
            for _ in 0..WINDOW {
                visitor.feed(send()).await?;
            }
            visitor.flush().await?;
            loop {
                let text = text(&mut visitor).await?;
                if text.starts_with("{\"frame\":\"acked\"") {
                    count.acked.fetch_add(1, Ordering::Relaxed);
                    visitor.send(send()).await?;
                } else if text.starts_with("{\"frame\":\"refused\"") {
                    bail!("{text}");
                }
            }
            #[allow(unreachable_code)]
            Ok::<_, anyhow::Error>(())
        });
    }
    measure(served.id(), &counted, span).await
}

async fn hello(
    port: u16,
    ticket: String,
    resume: Vec<Position>,
    feed: Option<FeedPosition>,
) -> Result<Socket> {
    let mut socket = open(port).await?;
    socket.send(Message::text(Command::Hello { version: VERSION, ticket, resume, feed }.to_text())).await?;
    let welcome = text(&mut socket).await?;
    if !welcome.starts_with("{\"frame\":\"welcome\"") {
        bail!("not welcome: {welcome}");
    }
    Ok(socket)
}

fn draft(conversation: ConversationId, n: u32) -> Draft {
    Draft::new(Cmid(conversation.0 << 64 | u128::from(n)), format!("{n:0128}"))
}

async fn measure(process: u32, counted: &Counted, span: Duration) -> Result<Measured> {
    // What happens while everybody begins is not counted.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let take = || (counted.acked.load(Ordering::Relaxed), counted.delivered.load(Ordering::Relaxed));
    let ((acked, delivered), cpu, began) = (take(), cpu_seconds(process)?, Instant::now());
    tokio::time::sleep(span).await;
    let ((acked_after, delivered_after), seconds) = (take(), began.elapsed().as_secs_f64());
    let messages = (acked_after - acked) as f64;
    Ok(Measured {
        rate: messages / seconds,
        delivered: (delivered_after - delivered) as f64 / seconds,
        cpu_seconds: (cpu_seconds(process)? - cpu) / messages * 100_000.0,
    })
}

/// What a process has used, from `/proc`; the clock tick there is a hundredth of a second on every Linux there is.
fn cpu_seconds(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))
        .context("CPU is read from /proc, on Linux")?;
    let fields: HashMap<usize, f64> = stat
        .rsplit(") ")
        .next()
        .unwrap_or_default()
        .split(' ')
        .enumerate()
        .filter_map(|(at, field)| Some((at, field.parse().ok()?)))
        .collect();
    Ok((fields.get(&11).unwrap_or(&0.0) + fields.get(&12).unwrap_or(&0.0)) / 100.0)
}
