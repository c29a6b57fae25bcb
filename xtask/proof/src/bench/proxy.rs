//! A bad network between clients and server, as a proxy on loopback: delays, stalls, trickles, cuts in the middle of a
//! frame, and replays of what a client said on a second connection. From a seed; it knows nothing of the protocol.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::dice::Dice;
use super::world::lock;

/// What is read at a time.
const CHUNK_BYTES: usize = 4 * 1024;
/// Chunks under way in one direction; more are not read.
const CHUNKS_MAX: usize = 64;

/// What the network is like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// What every chunk takes.
    pub latency_ms: u64,
    /// What it takes on top, at most.
    pub jitter_ms: u64,
    /// How often a chunk stops everything behind it, and for how long at most.
    pub stall: f64,
    pub stall_ms_max: u64,
    /// How often a chunk goes byte by byte.
    pub trickle: f64,
    /// How often a connection is cut inside a chunk.
    pub cut: f64,
    /// How often a connection is said a second time, word by word, to the server.
    pub replay: f64,
}

/// The proxy. Dropping it closes what goes through it.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
    _open: watch::Sender<()>,
}

struct Shared {
    weather: Mutex<Weather>,
    dice: Mutex<Dice>,
    cuts: AtomicU64,
    replays: AtomicU64,
}

impl Proxy {
    /// Listens on a port of its own and passes everything on to `server`.
    pub async fn start(server: SocketAddr, dice: Dice) -> Result<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            weather: Mutex::default(),
            dice: Mutex::new(dice),
            cuts: AtomicU64::new(0),
            replays: AtomicU64::new(0),
        });
        let (open, closes) = watch::channel(());
        let passing = shared.clone();
        let task = tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else { return };
                let (shared, mut closes) = (passing.clone(), closes.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        _ = pass(client, server, shared) => {}
                        _ = closes.changed() => {}
                    }
                });
            }
        });
        Ok(Proxy { address, shared, task, _open: open })
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather, also for what is open.
    pub fn set(&self, weather: Weather) {
        *lock(&self.shared.weather) = weather;
    }

    /// Connections cut and replayed so far.
    pub fn struck(&self) -> (u64, u64) {
        (self.shared.cuts.load(Ordering::Relaxed), self.shared.replays.load(Ordering::Relaxed))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn now<T>(&self, decide: impl FnOnce(&Weather, &mut Dice) -> T) -> T {
        decide(&lock(&self.weather), &mut lock(&self.dice))
    }
}

/// One connection, until one end closes or it is cut.
async fn pass(client: TcpStream, server: SocketAddr, shared: Arc<Shared>) -> std::io::Result<()> {
    let upstream = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    let echo = if shared.now(|weather, dice| dice.chance(weather.replay)) {
        shared.replays.fetch_add(1, Ordering::Relaxed);
        Some(TcpStream::connect(server).await?)
    } else {
        None
    };
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = upstream.into_split();
    let (echo_read, echo_write) = echo.map(TcpStream::into_split).unzip();
    let ignored = async {
        match echo_read {
            Some(read) => swallow(read).await,
            None => std::future::pending().await,
        }
    };
    // Whichever direction ends first ends both: a cut is a cut.
    tokio::select! {
        ended = one_way(client_read, server_write, echo_write, &shared) => ended,
        ended = one_way(server_read, client_write, None, &shared) => ended,
        () = ignored => Ok(()),
    }
}

/// Reads what nobody wants to hear.
async fn swallow(mut read: OwnedReadHalf) {
    let mut bytes = vec![0; CHUNK_BYTES];
    while matches!(read.read(&mut bytes).await, Ok(1..)) {}
    std::future::pending().await
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut echo: Option<OwnedWriteHalf>,
    shared: &Shared,
) -> std::io::Result<()> {
    let (chunks, mut due) = mpsc::channel::<(Instant, Vec<u8>)>(CHUNKS_MAX);
    let reading = async move {
        let mut bytes = vec![0; CHUNK_BYTES];
        loop {
            let count = from.read(&mut bytes).await?;
            let delay = shared.now(|weather, dice| {
                dice.span_ms(weather.latency_ms, weather.latency_ms + weather.jitter_ms)
            });
            if count == 0 || chunks.send((Instant::now() + delay, bytes[..count].to_vec())).await.is_err() {
                return std::io::Result::Ok(());
            }
        }
    };
    let writing = async move {
        while let Some((at, chunk)) = due.recv().await {
            tokio::time::sleep_until(at).await;
            let fate = shared.now(|weather, dice| Fate {
                cut: dice.chance(weather.cut).then(|| dice.below(chunk.len())),
                stall: dice.chance(weather.stall).then(|| dice.span_ms(1, weather.stall_ms_max)),
                trickles: dice.chance(weather.trickle),
            });
            if let Some(stall) = fate.stall {
                tokio::time::sleep(stall).await;
            }
            if let Some(at) = fate.cut {
                shared.cuts.fetch_add(1, Ordering::Relaxed);
                to.write_all(&chunk[..at]).await?;
                return Ok(());
            }
            if fate.trickles {
                for byte in chunk.chunks(1) {
                    to.write_all(byte).await?;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            } else {
                to.write_all(&chunk).await?;
            }
            if let Some(echo) = &mut echo {
                // The server may have sent the second one away.
                let _ = echo.write_all(&chunk).await;
            }
        }
        Ok(())
    };
    tokio::pin!(reading);
    tokio::pin!(writing);
    // What was read before the end still arrives; after a cut nothing is read any more.
    tokio::select! {
        ended = &mut reading => ended.and(writing.await),
        ended = &mut writing => ended,
    }
}

/// What becomes of a chunk.
struct Fate {
    cut: Option<usize>,
    stall: Option<Duration>,
    trickles: bool,
}
