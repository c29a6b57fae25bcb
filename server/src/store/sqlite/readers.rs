//! A few threads that read, each with a read-only connection. Every operation runs in one read transaction, so that
//! all it reads is of one moment, and that moment is after every commit acknowledged before it was asked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::stop::Stop;
use crate::store::{Fault, Stored};

/// Threads that read: reads are short and mostly from memory, so a few keep the writer's core free.
pub const READER_THREADS: usize = 2;
/// Reads that may wait; more are refused with `Unavailable`.
pub const QUEUE_READS_MAX: usize = 4096;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the reading threads.
pub struct Readers {
    queue: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts a thread on each connection.
    pub fn start(conns: Vec<Connection>) -> std::io::Result<Readers> {
        let (queue, jobs) = sync_channel(QUEUE_READS_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        let mut threads = Vec::with_capacity(conns.len());
        for conn in conns {
            let jobs = Arc::clone(&jobs);
            let thread = std::thread::Builder::new().name("store-reader".into());
            threads.push(thread.spawn(move || serve(&conn, &jobs))?);
        }
        Ok(Readers { queue: Some(queue), threads })
    }

    /// Does an operation in one read transaction.
    pub async fn read<T, F>(&self, op: F) -> Stored<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Stop> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |conn| {
            let _ = reply.send(in_snapshot(conn, op)); // the one who asked may have gone
        });
        match self.queue.as_ref().map(|queue| queue.try_send(job)) {
            Some(Ok(())) => {}
            Some(Err(TrySendError::Full(_))) => {
                return Err(Fault::Unavailable("too many reads are waiting".into()));
            }
            Some(Err(TrySendError::Disconnected(_))) | None => {
                return Err(Fault::Unavailable("the reading threads have ended".into()));
            }
        }
        answer.await.unwrap_or_else(|_| Err(Fault::Unavailable("the read was broken off".into())))
    }

    /// Waits until everything accepted is done and the threads have ended.
    pub fn stop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn serve(conn: &Connection, jobs: &Mutex<Receiver<Job>>) {
    conn.set_prepared_statement_cache_capacity(64);
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A read changes nothing, so a bug in one need not take the others along.
        if catch_unwind(AssertUnwindSafe(|| job(conn))).is_err() {
            tracing::error!("a read of the store panicked");
            let _ = conn.execute_batch("ROLLBACK");
        }
    }
}

fn in_snapshot<T>(conn: &Connection, op: impl FnOnce(&Connection) -> Result<T, Stop>) -> Stored<T> {
    let run = |text: &str| conn.prepare_cached(text)?.execute([]).map(drop);
    run("BEGIN DEFERRED").map_err(Stop::Sql)?;
    let result = op(conn);
    // Nothing was written: ending the snapshot cannot lose anything, but it must end.
    if run("COMMIT").is_err() {
        let _ = conn.execute_batch("ROLLBACK");
    }
    Ok(result?)
}
