//! What the server uses, read from `/proc` while it runs, against a budget that follows from the number of clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
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

/// Samples a process that changes over restarts.
pub struct Meter {
    process: Arc<AtomicI32>,
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
        let (world, seen) = (world.clone(), process.clone());
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                let id = seen.load(Ordering::Relaxed);
                if let Some((resident_bytes, descriptors)) = (id > 0).then(|| used(id)).flatten() {
                    world.note(What::Node {
                        resident_bytes,
                        resident_bytes_max,
                        descriptors,
                        descriptors_max,
                    });
                }
            }
        });
        Meter { process, task }
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
