//! What is meant to burst: frames that are too large, in too many pieces, too deep or no text at all; uploads without
//! end, broken ones, and pictures that would be gigabytes once they are unpacked. Each is refused with the code or the
//! status that says so, and the server is as large afterwards as it was before.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::idle::{Socket, connect, resident, visitor_from};

/// How often each is tried, by somebody else each time.
const ROUNDS: usize = 50;
/// What the server may have grown by in the end: what it keeps of buffers, and nothing of any one of these.
const GROWTH_BYTES_MAX: u64 = 48 * 1024 * 1024;
/// A refusal comes within this time.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// More pieces than a message may have.
const PIECES: usize = 10_000;

pub async fn throw(port: u16, key: &str, process: u32) -> Result<()> {
    let before = resident(process)?;
    for (name, frames) in frames() {
        let mut codes = Vec::new();
        for n in 0..ROUNDS {
            let mut socket = visitor_from(place(n), port, key, "{}").await?;
            for frame in &frames {
                // It may be hung up on before the last one.
                if socket.send(frame.clone()).await.is_err() {
                    break;
                }
            }
            codes.push(closed(&mut socket).await.with_context(|| format!("{name} was taken"))?);
        }
        codes.sort_unstable();
        codes.dedup();
        println!("  {name}: {ROUNDS} closed, with {codes:?}");
    }
    for (name, head, body) in uploads() {
        let (mut statuses, mut slowest) = (Vec::new(), Duration::ZERO);
        for n in 0..ROUNDS {
            let began = Instant::now();
            statuses.push(upload(place(n), port, key, &head, &body).await?);
            slowest = slowest.max(began.elapsed());
        }
        statuses.sort_unstable();
        statuses.dedup();
        println!("  {name}: {statuses:?}, at most {:.0} ms", slowest.as_secs_f64() * 1e3);
        if statuses.iter().any(|status| !matches!(status, 400..=499 | 503)) {
            bail!("{name} was not refused");
        }
    }
    let after = resident(process)?;
    println!("  resident before {} MB, after {} MB", before / 1_000_000, after / 1_000_000);
    if after > before + GROWTH_BYTES_MAX {
        bail!("what was refused has stayed in memory");
    }
    Ok(())
}

/// Somebody else each time: the limits of one address are not what is measured here.
fn place(n: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 2, (n % 250) as u8, 1)
}

fn frames() -> Vec<(&'static str, Vec<Message>)> {
    let piece = |opcode, last| Message::Frame(Frame::message("a", OpCode::Data(opcode), last));
    let pieces = std::iter::once(piece(Data::Text, false))
        .chain((0..PIECES).map(|_| piece(Data::Continue, false)))
        .collect();
    let broken = Frame::message(vec![0xff, 0xfe, 0xfd], OpCode::Data(Data::Text), true);
    vec![
        ("a frame of 64 KiB and more", vec![Message::text("x".repeat(65 * 1024))]),
        ("a frame of 16 MiB", vec![Message::text("x".repeat(16 * 1024 * 1024))]),
        ("a message in 10,000 pieces", pieces),
        ("60,000 brackets", vec![Message::text("[".repeat(60_000))]),
        ("10,000 maps in each other", vec![Message::text("{\"a\":".repeat(10_000))]),
        ("bytes that are no UTF-8", vec![Message::Frame(broken)]),
        ("bytes instead of text", vec![Message::binary(vec![0; 1_000])]),
        ("a flood of pings", vec![Message::Ping(Vec::new().into()); 1_000]),
    ]
}

/// The code it is closed with; 1006 when it is only hung up on.
async fn closed(socket: &mut Socket) -> Result<u16> {
    let end = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map_or(1005, |frame| frame.code.into()),
                Some(Ok(_)) => {}
                _ => return 1006,
            }
        }
    };
    tokio::time::timeout(ANSWER_MAX, end).await.context("it stays open")
}

/// Name, headers about the length, and body.
fn uploads() -> Vec<(&'static str, String, Vec<u8>)> {
    let sized = |body: &[u8]| format!("content-length: {}\r\n", body.len());
    let whole = |name, body: Vec<u8>| (name, sized(&body), body);
    let mut endless = Vec::new();
    for _ in 0..400 {
        endless.extend_from_slice(b"10000\r\n");
        endless.resize(endless.len() + 0x1_0000, b'a');
        endless.extend_from_slice(b"\r\n");
    }
    let mut cut = png(64, 64);
    cut.truncate(40);
    let mut broken = b"\xff\xd8\xff\xe0\x00\x10JFIF\0".to_vec();
    broken.resize(4_096, 0x5a);
    vec![
        ("an upload that says it is a gigabyte", "content-length: 1073741824\r\n".to_owned(), Vec::new()),
        ("an upload in chunks without end", "transfer-encoding: chunked\r\n".to_owned(), endless),
        (
            "an upload that is packed",
            "content-encoding: gzip\r\ncontent-length: 3\r\n".to_owned(),
            vec![1, 2, 3],
        ),
        whole("a picture of 65,000 by 65,000", png(65_000, 65_000)),
        whole("a picture of 2,000,000,000 by 1", png(2_000_000_000, 1)),
        whole("a picture that is cut off", cut),
        whole("a picture of nothing but noise", broken),
    ]
}

/// The beginning of a PNG picture of this size, and a little of its pixels.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::from(*b"IHDR");
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut picture = Vec::from(*b"\x89PNG\r\n\x1a\n");
    for chunk in [header, b"IDAT\x78\x9c\x63\x00\x00".to_vec(), b"IEND".to_vec()] {
        picture.extend_from_slice(&(chunk.len() as u32 - 4).to_be_bytes());
        picture.extend_from_slice(&chunk);
        picture.extend_from_slice(&crc(&chunk).to_be_bytes());
    }
    picture
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// The status an upload is answered with.
async fn upload(from: Ipv4Addr, port: u16, key: &str, head: &str, body: &[u8]) -> Result<u16> {
    let stream = connect(from, port).await?;
    let token = "A".repeat(43);
    let head = format!(
        "POST /w/{key}/upload HTTP/1.1\r\nhost: localhost:{port}\r\norigin: http://localhost:{port}\r\nx-deskbell: 1\r\n\
         x-deskbell-name: a.png\r\nx-deskbell-visitor: {token}\r\nconnection: close\r\n{head}\r\n"
    );
    let (mut read, mut write) = stream.into_split();
    let saying = async {
        // The answer may come before all of it was said.
        let _ = write.write_all(head.as_bytes()).await;
        let _ = write.write_all(body).await;
    };
    let mut status = [0; 12];
    let both = async { tokio::join!(saying, read.read_exact(&mut status)).1 };
    tokio::time::timeout(ANSWER_MAX, both).await.context("no answer to an upload")??;
    let text = std::str::from_utf8(&status)?;
    text.strip_prefix("HTTP/1.1 ")
        .and_then(|code| code.parse().ok())
        .with_context(|| format!("no status: {text}"))
}
