//! The thread that moves committed pages from the write-ahead log into the database file, from a connection of its
//! own: a commit that had to do it would be the one everybody waits for.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use crate::store::health::Health;
use crate::store::{Fault, Stored};

/// How often the log is moved; what a start after a crash has to go through again.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(500);
/// Pages in the log (4 KiB each) beyond which writers wait once so that it begins anew: under load without pause it
/// would grow for ever.
const WAL_PAGES_MAX: i64 = 8192;

/// How long readers and the writer are waited for when the log is to be empty.
const EMPTY_WITHIN: Duration = Duration::from_secs(10);
/// How often that is tried.
const EMPTY_INTERVAL: Duration = Duration::from_millis(20);

/// The way to the thread.
pub struct Checkpointer {
    orders: Option<Sender<oneshot::Sender<Stored<()>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the thread.
    pub fn start(conn: Connection, health: Health) -> std::io::Result<Checkpointer> {
        let (orders, told) = channel();
        let thread = std::thread::Builder::new().name("store-checkpoint".into());
        let thread = thread.spawn(move || serve(conn, &health, &told))?;
        Ok(Checkpointer { orders: Some(orders), thread: Some(thread) })
    }

    /// Moves everything into the database file and leaves nothing in the log: what was erased is gone from both.
    pub async fn empty(&self) -> Stored<()> {
        let gone = || Fault::Unavailable("the thread that empties the log has ended".into());
        let (done, answer) = oneshot::channel();
        self.orders.as_ref().and_then(|orders| orders.send(done).ok()).ok_or_else(gone)?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Empties the log a last time and waits for the end of the thread. Writer and readers must have ended.
    pub fn stop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(conn: Connection, health: &Health, told: &Receiver<oneshot::Sender<Stored<()>>>) {
    let mut restart_beyond = WAL_PAGES_MAX;
    loop {
        let (last, order) = match told.recv_timeout(CHECKPOINT_INTERVAL) {
            Err(RecvTimeoutError::Timeout) => (false, None),
            Err(RecvTimeoutError::Disconnected) => (true, None),
            Ok(order) => (false, Some(order)),
        };
        if health.failure().is_some() {
            std::mem::forget(conn); // closing may flush; see the writer
            return;
        }
        let mut result = checkpoint(&conn, last, &mut restart_beyond);
        if let (Some(done), true) = (order, result.is_ok()) {
            result = empty(&conn).map(|is_empty| {
                let busy = || Err(Fault::Unavailable("the log is in use".into()));
                let _ = done.send(if is_empty { Ok(()) } else { busy() }); // the one who asked may have gone
            });
        }
        match result {
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

fn checkpoint(conn: &Connection, last: bool, restart_beyond: &mut i64) -> rusqlite::Result<()> {
    if last {
        return run(conn, "PRAGMA wal_checkpoint(TRUNCATE)").map(drop);
    }
    let (_, pages) = run(conn, "PRAGMA wal_checkpoint(PASSIVE)")?;
    if pages <= WAL_PAGES_MAX {
        *restart_beyond = WAL_PAGES_MAX;
    } else if pages > *restart_beyond {
        // Most is moved by now; the writer waits for the rest only.
        let (busy, _) = run(conn, "PRAGMA wal_checkpoint(RESTART)")?;
        // A reader that stays, such as a backup, keeps the log from beginning anew: writers must not wait for it each
        // time, so the next try comes when the log has grown by as much again.
        *restart_beyond = if busy { pages + WAL_PAGES_MAX } else { WAL_PAGES_MAX };
    }
    Ok(())
}

/// Empties the log, once nobody reads an older state. Says whether that came to be.
fn empty(conn: &Connection) -> rusqlite::Result<bool> {
    let until = Instant::now() + EMPTY_WITHIN;
    loop {
        let mut statement = conn.prepare_cached("PRAGMA wal_checkpoint(TRUNCATE)")?;
        let is_busy = match statement.query_row([], |row| row.get::<_, i64>(0)) {
            Ok(busy) => busy != 0,
            Err(error) if passes(&error) => true,
            Err(error) => return Err(error),
        };
        if !is_busy || Instant::now() >= until {
            return Ok(!is_busy);
        }
        std::thread::sleep(EMPTY_INTERVAL);
    }
}

/// Returns whether somebody was in the way, and the pages in the log.
fn run(conn: &Connection, pragma: &str) -> rusqlite::Result<(bool, i64)> {
    conn.prepare_cached(pragma)?.query_row([], |row| Ok((row.get::<_, i64>(0)? != 0, row.get(1)?)))
}

fn passes(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull | ErrorCode::ReadOnly)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_stays_is_not_waited_for_again_and_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let writer = Connection::open(&path).unwrap();
        let sql = "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF; \
            CREATE TABLE t (text)";
        writer.execute_batch(sql).unwrap();
        let reader = Connection::open(&path).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM t").unwrap();
        let mover = Connection::open(&path).unwrap();
        let fill = || {
            writer
                .execute("INSERT INTO t VALUES (zeroblob(?1))", [(WAL_PAGES_MAX as usize + 100) * 4096])
                .unwrap()
        };
        let mut beyond = WAL_PAGES_MAX;
        fill();
        checkpoint(&mover, false, &mut beyond).unwrap();
        let after_first = beyond;
        assert!(after_first > 2 * WAL_PAGES_MAX, "{after_first}");
        checkpoint(&mover, false, &mut beyond).unwrap();
        assert_eq!(beyond, after_first, "no second try on the same log");
        fill();
        checkpoint(&mover, false, &mut beyond).unwrap();
        assert!(beyond > after_first, "tried again when it has grown");
        reader.execute_batch("COMMIT").unwrap();
        fill();
        checkpoint(&mover, false, &mut beyond).unwrap();
        assert_eq!(beyond, WAL_PAGES_MAX, "and as before when the reader has gone");
    }
}
