//! Load that is meant to hurt, with the limits as they come: hellos by the ten thousand, what is meant to burst, a flood
//! from one address, and 2,000 sockets that never finish what they began; beside them one visitor writes as people do. Prints how long that
//! one waited for an acknowledgement, and ends with an error when it was a second or more at the 99th percentile.
//!
//! Every address of 127.0.0.0/8 is this machine, so the visitor and those who mean harm have addresses of their own.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Cmid, ConversationId, Draft, UnixMillis};
use deskbell_shared::protocol::{Command, Frame};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;

use crate::bombs;
use crate::idle::{HOME, Socket, connect, resident, run, visitor_from};

/// Sockets that trickle, from two addresses: one may not have as many.
const SLOW: usize = 2_000;
/// Who says a byte every five seconds is told to go after ten.
const TRICKLE: Duration = Duration::from_secs(5);
/// Sockets of the flood, each of a visitor of its own.
const FLOODERS: usize = 64;
/// Hellos on their way at one time.
const HELLOS_AT_ONCE: usize = 64;
/// How often the one who means no harm writes: a little slower than one visitor may.
const WRITE_EVERY: Duration = Duration::from_millis(1_100);
/// What the issue promises.
const P99_MAX: Duration = Duration::from_secs(1);
/// What the server may grow by between the first tenth of the hellos and the last: nothing is kept of any.
const GROWTH_BYTES_MAX: u64 = 16 * 1024 * 1024;

#[derive(Default)]
struct Tally {
    welcomed: AtomicU64,
    refused: AtomicU64,
    cut: AtomicU64,
    flooded: AtomicU64,
    over: AtomicBool,
}

pub async fn measure(hellos: usize, seconds: usize) -> Result<()> {
    let data = tempfile::tempdir()?;
    println!("limits: as they come");
    let (server, port, key) = run(data.path(), &[]).await?;
    let key = Arc::new(key);
    let tally = Arc::new(Tally::default());

    // What is allocated once comes with the first.
    say_hello(0..hellos / 10, port, &key, &tally).await;
    let first = resident(server.id())?;
    say_hello(hellos / 10..hellos, port, &key, &tally).await;
    let last = resident(server.id())?;
    let (welcomed, refused) = (tally.welcomed.load(Ordering::Relaxed), tally.refused.load(Ordering::Relaxed));
    println!("{hellos} hellos without a message: {welcomed} welcomed, {refused} refused by a limit");
    let (visitors, conversations) = rows(data.path())?;
    println!("  rows they left: {visitors} visitors, {conversations} conversations");
    if visitors + conversations > 0 {
        bail!("whoever only looks must leave nothing");
    }
    println!("  resident after a tenth of them {} MB, after all {} MB", first / 1_000_000, last / 1_000_000);
    if last > first + GROWTH_BYTES_MAX {
        bail!("whoever only looks must leave nothing in memory either");
    }

    println!("what is meant to burst:");
    bombs::throw(port, &key, server.id()).await?;

    let mut hurting = Vec::new();
    for n in 0..SLOW {
        let from = Ipv4Addr::new(127, 0, 66, 1 + (n % 2) as u8);
        hurting.push(tokio::spawn(trickle(from, port, Arc::clone(&tally))));
    }
    for _ in 0..FLOODERS {
        let (key, tally) = (Arc::clone(&key), Arc::clone(&tally));
        hurting.push(tokio::spawn(flood(Ipv4Addr::new(127, 0, 77, 1), port, key, tally)));
    }
    let mut waits = write(port, &key, Duration::from_secs(seconds as u64)).await?;
    tally.over.store(true, Ordering::Relaxed);
    hurting.iter().for_each(tokio::task::JoinHandle::abort);

    waits.sort_unstable();
    let at = |part: usize| waits[(waits.len() * part / 100).min(waits.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "{SLOW} slow sockets ({} hung up on and come again) and a flood from one address ({} frames said)",
        tally.cut.load(Ordering::Relaxed),
        tally.flooded.load(Ordering::Relaxed)
    );
    println!("  an ordinary visitor's {} messages were acknowledged after", waits.len());
    println!("  p50 {:.1} ms   p99 {:.1} ms   at most {:.1} ms", at(50), at(99), at(100));
    if at(99) >= P99_MAX.as_secs_f64() * 1e3 {
        bail!("p99 is not under {P99_MAX:?}");
    }
    Ok(())
}

/// Hellos from as many addresses as the limit of one address makes necessary.
async fn say_hello(hellos: std::ops::Range<usize>, port: u16, key: &Arc<String>, tally: &Arc<Tally>) {
    let turns = Arc::new(tokio::sync::Semaphore::new(HELLOS_AT_ONCE));
    let mut all = Vec::with_capacity(hellos.len());
    for n in hellos {
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { break };
        let (key, tally) = (Arc::clone(key), Arc::clone(tally));
        all.push(tokio::spawn(async move {
            let from = Ipv4Addr::new(127, 1, (n / 1_000 % 256) as u8, 1);
            let count = match visitor_from(from, port, &key, "{}").await {
                Ok(_) => &tally.welcomed,
                Err(_) => &tally.refused,
            };
            count.fetch_add(1, Ordering::Relaxed);
            drop(turn);
        }));
    }
    for each in all {
        let _ = each.await;
    }
}

fn rows(data: &std::path::Path) -> Result<(i64, i64)> {
    let conn = rusqlite::Connection::open(data.join("deskbell.db"))?;
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get(0));
    Ok((count("SELECT count(*) FROM visitors")?, count("SELECT count(*) FROM conversations")?))
}

/// Says a header byte by byte, and comes again when it is hung up on.
async fn trickle(from: Ipv4Addr, port: u16, tally: Arc<Tally>) {
    while !tally.over.load(Ordering::Relaxed) {
        let Ok(mut stream) = connect(from, port).await else {
            tokio::time::sleep(TRICKLE).await;
            continue;
        };
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nx: ").await;
        let mut answer = [0; 64];
        loop {
            tokio::select! {
                _ = stream.read(&mut answer) => break,
                () = tokio::time::sleep(TRICKLE) => {
                    if stream.write_all(b"a").await.is_err() {
                        break;
                    }
                }
            }
        }
        tally.cut.fetch_add(1, Ordering::Relaxed);
    }
}

/// Writes as fast as the socket takes it, and comes again as somebody new when it is put out.
async fn flood(from: Ipv4Addr, port: u16, key: Arc<String>, tally: Arc<Tally>) {
    while !tally.over.load(Ordering::Relaxed) {
        let Ok(mut socket) = visitor_from(from, port, &key, "{}").await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let conversation = ConversationId::from_parts(now(), random());
        let text = "x".repeat(4_000);
        for id in 0.. {
            let messages = vec![Draft::new(Cmid::from_parts(now(), random()), text.as_str())];
            let said = start(id, conversation, messages);
            if socket.send(Message::text(said)).await.is_err() {
                break;
            }
            tally.flooded.fetch_add(1, Ordering::Relaxed);
            // One thread plays everybody: the others must get their turn.
            tokio::task::yield_now().await;
        }
    }
}

fn start(id: u32, conversation: ConversationId, messages: Vec<Draft>) -> String {
    Command::start(id, conversation, messages).to_text()
}

/// Writes for so long, and returns how long each message waited.
async fn write(port: u16, key: &str, span: Duration) -> Result<Vec<Duration>> {
    let mut socket = visitor_from(HOME, port, key, "{}").await?;
    let conversation = ConversationId::from_parts(now(), random());
    let mut waits = Vec::new();
    let began = Instant::now();
    for id in 0.. {
        let due = began + WRITE_EVERY * id;
        if due > began + span {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let messages = vec![Draft::new(Cmid::from_parts(now(), random()), "Is my kettle on its way?")];
        let said = match id {
            0 => start(id, conversation, messages),
            _ => Command::Send { id, conversation, messages }.to_text(),
        };
        socket.send(Message::text(said)).await?;
        acked(&mut socket, id).await?;
        // From when it was due: a load that is late itself must not hide that somebody waited.
        waits.push(due.elapsed());
    }
    Ok(waits)
}

async fn acked(socket: &mut Socket, wanted: u32) -> Result<()> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => match Frame::from_text(&text) {
                Ok(Frame::Acked { id, refused: None, .. }) if id == wanted => return Ok(()),
                Ok(frame @ (Frame::Refused { .. } | Frame::Acked { .. })) => bail!("refused: {frame:?}"),
                _ => {}
            },
            Some(Ok(_)) => {}
            other => bail!("the visitor was put out: {other:?}"),
        }
    }
}

fn now() -> UnixMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixMillis(since.as_millis() as i64)
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = getrandom::fill(&mut bytes);
    bytes
}
