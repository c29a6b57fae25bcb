//! What the server uses, read from `/proc` while it runs, against a budget that follows from the number of clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::Pid;

use super::world::World;
use crate::history::What;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(500);
/// What the server may hold without clients: code, caches of the database, a log that was just written.
const RESIDENT_BYTES_BASE: u64 = 160 << 20;
/// What one client more may cost at worst: its sockets' buffers, its queue of rows, its share of what was just read.
const RESIDENT_BYTES_A_CLIENT: u64 = 512 << 10;
/// Files, threads' wake-ups, listeners.
const DESCRIPTORS_BASE: u64 = 128;
/// The socket, and one more for the ticket or for a socket that is not yet known to be dead.
const DESCRIPTORS_A_CLIENT: u64 = 3;

/// What of memory the server had in use, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// When everybody had come and nothing had happened yet.
    pub begin: u64,
    /// When everybody was at rest again.
    pub end: u64,
    /// At any time in between.
    pub max: u64,
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [begin, end, max] = [self.begin, self.end, self.max].map(|bytes| bytes / 1_000_000);
        write!(f, "{begin} → {end} MB, at most {max}")
    }
}

/// Samples a process that changes over restarts.
pub struct Meter {
    process: Arc<AtomicI32>,
    begin_bytes: AtomicU64,
    bytes_max: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Meter {
    /// Begins; `clients` is how many there will be at most.
    pub fn start(world: &Arc<World>, clients: usize) -> Meter {
        let process = Arc::new(AtomicI32::new(0));
        let clients = clients as u64;
        let (resident_bytes_max, descriptors_max) = (
            RESIDENT_BYTES_BASE + clients * RESIDENT_BYTES_A_CLIENT,
            DESCRIPTORS_BASE + clients * DESCRIPTORS_A_CLIENT,
        );
        let bytes_max = Arc::new(AtomicU64::new(0));
        let (world, seen, most) = (world.clone(), process.clone(), bytes_max.clone());
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                let id = seen.load(Ordering::Relaxed);
                if let Some((resident_bytes, descriptors)) = (id > 0).then(|| used(id)).flatten() {
                    most.fetch_max(resident_bytes, Ordering::Relaxed);
                    world.note(What::Node {
                        resident_bytes,
                        resident_bytes_max,
                        descriptors,
                        descriptors_max,
                    });
                }
            }
        });
        Meter { process, begin_bytes: AtomicU64::new(0), bytes_max, task }
    }

    /// Everybody has come: from here on memory is compared.
    pub fn begin(&self) {
        self.begin_bytes.store(self.resident_bytes().unwrap_or(0), Ordering::Relaxed);
    }

    /// From the beginning until now, while the server runs.
    pub fn memory(&self) -> Option<Memory> {
        let (begin, end) = (self.begin_bytes.load(Ordering::Relaxed), self.resident_bytes()?);
        let max = self.bytes_max.load(Ordering::Relaxed).max(begin).max(end);
        (begin > 0).then_some(Memory { begin, end, max })
    }

    /// What is resident now, while the server runs.
    pub fn resident_bytes(&self) -> Option<u64> {
        let id = self.process.load(Ordering::Relaxed);
        (id > 0).then(|| used(id)).flatten().map(|(bytes, _)| bytes)
    }

    /// The server has this process now.
    pub fn watch(&self, process: Option<Pid>) {
        self.process.store(process.map_or(0, |id| id.as_raw_nonzero().get()), Ordering::Relaxed);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Resident bytes and open descriptors; nothing when the process has gone.
fn used(process: i32) -> Option<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    let descriptors = std::fs::read_dir(format!("/proc/{process}/fd")).ok()?.count() as u64;
    Some((kib * 1024, descriptors))
}
