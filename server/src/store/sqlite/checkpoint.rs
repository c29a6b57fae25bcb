//! The thread that moves committed pages from the write-ahead log into the database file, from a connection of its
//! own: a commit that had to do it would be the one everybody waits for.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use crate::store::health::Health;

/// How often the log is moved; what a start after a crash has to go through again.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(500);
/// Pages in the log (4 KiB each) beyond which writers wait once so that it begins anew: under load without pause it
/// would grow for ever.
const WAL_PAGES_MAX: i64 = 8192;

/// The way to the thread.
pub struct Checkpointer {
    quit: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the thread.
    pub fn start(conn: Connection, health: Health) -> std::io::Result<Checkpointer> {
        let (quit, told) = channel();
        let thread = std::thread::Builder::new().name("store-checkpoint".into());
        let thread = thread.spawn(move || serve(conn, &health, &told))?;
        Ok(Checkpointer { quit: Some(quit), thread: Some(thread) })
    }

    /// Empties the log a last time and waits for the end of the thread. Writer and readers must have ended.
    pub fn stop(&mut self) {
        self.quit = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(conn: Connection, health: &Health, told: &Receiver<()>) {
    loop {
        let last = match told.recv_timeout(CHECKPOINT_INTERVAL) {
            Err(RecvTimeoutError::Timeout) => false,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
        };
        if health.failure().is_some() {
            std::mem::forget(conn); // closing may flush; see the writer
            return;
        }
        match checkpoint(&conn, last) {
            Ok(()) => {}
            // The log keeps everything; the next round tries again.
            Err(error) if passes(&error) => {
                tracing::warn!(%error, "cannot move the log into the database now")
            }
            Err(error) => {
                // The log may be overwritten only after the database file was flushed, and a flush that failed once
                // may claim success the next time (R5).
                tracing::error!(%error, "the store stops for good");
                health.fail(format!("moving the log into the database failed ({error})"));
            }
        }
        if last {
            return;
        }
    }
}

fn checkpoint(conn: &Connection, last: bool) -> rusqlite::Result<()> {
    if last {
        return run(conn, "PRAGMA wal_checkpoint(TRUNCATE)").map(drop);
    }
    let pages = run(conn, "PRAGMA wal_checkpoint(PASSIVE)")?;
    if pages > WAL_PAGES_MAX {
        // Most is moved by now; the writer waits for the rest only.
        run(conn, "PRAGMA wal_checkpoint(RESTART)")?;
    }
    Ok(())
}

/// Returns the pages in the log.
fn run(conn: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    conn.prepare_cached(pragma)?.query_row([], |row| row.get(1))
}

fn passes(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull | ErrorCode::ReadOnly)
    )
}
