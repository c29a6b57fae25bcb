//! The one thread that writes. It takes the operations that arrived while the last commit ran, does each in a
//! savepoint of one transaction, commits once, and only then answers them all. It knows nothing of what the
//! operations do.
//!
//! What goes wrong, and what the waiters are told:
//! - an operation refuses or fails: its savepoint is rolled back, the others go on;
//! - the disk is full or read-only: all is rolled back, `Unavailable`, and the next batch is tried as usual;
//! - anything else at the commit: nobody knows what the disk holds. `Unknown`, nothing is written or flushed on this
//!   handle again, and the process is told to end (R5).

use std::cell::{Cell, RefCell};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use deskbell_shared::model::{Epoch, Feed};
use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::search_index::Unindexed;
use super::stop::Stop;
use super::trail_head::TrailHead;
use crate::meter::meter;
use crate::store::audit::Head;
use crate::store::health::Health;
use crate::store::{Fault, Stored};

/// Operations that may wait for the writer; more are refused with `Unavailable`.
pub const QUEUE_OPS_MAX: usize = 4096;
/// Operations in one transaction.
pub const BATCH_OPS_MAX: usize = 512;
/// How long operations are gathered into one transaction: what a reader behind it may wait for at worst.
pub const BATCH_GATHER_MS_MAX: u64 = 20;
/// While nothing can be written: how often that is tried without being asked.
const PROBE_INTERVAL: Duration = Duration::from_millis(500);

/// What an operation sees of the transaction it is in.
pub struct Writing<'a> {
    /// The connection inside the transaction.
    pub conn: &'a Connection,
    /// The newest row of the audit trail, with those of this transaction.
    pub trail: &'a Cell<Head>,
    /// What has to be put into the index for searching, or out of it.
    pub unindexed: &'a Unindexed,
    feed: &'a Cell<u64>,
    rows: &'a Cell<u64>,
    told: &'a Told,
    rewrite: &'a Rewrite,
}

/// What an operation tells of itself for the audit trail.
#[derive(Default)]
struct Told {
    detail: RefCell<String>,
    idle: Cell<bool>,
}

/// The wish to have the whole file written anew, which no transaction can do.
#[derive(Default)]
struct Rewrite {
    wanted: Cell<bool>,
    /// Whether the last one came to its end.
    done: Cell<bool>,
}

impl Writing<'_> {
    /// Adds a word to what the audit trail says of this operation.
    pub fn tell(&self, word: &str) {
        let mut detail = self.told.detail.borrow_mut();
        if !detail.is_empty() {
            detail.push(' ');
        }
        detail.push_str(word);
    }

    /// Everything was already as it is to be: there is nothing for the audit trail.
    pub fn found_done(&self) {
        self.told.idle.set(true);
    }

    /// Without a word that was told there was nothing to do.
    pub fn done_if_told(&self) {
        self.told.idle.set(self.told.detail.borrow().is_empty());
    }

    /// What was told since this was asked last; `None` when there was nothing to do.
    pub fn take_told(&self) -> Option<String> {
        let detail = self.told.detail.take();
        (!self.told.idle.take()).then_some(detail)
    }

    /// Has the file written anew once this transaction is durable. `rewritten` tells a later operation whether it was.
    pub fn rewrite_after(&self) {
        self.rewrite.done.set(false);
        self.rewrite.wanted.set(true);
    }

    /// Whether the file was written anew since it was last asked for.
    pub fn rewritten(&self) -> bool {
        self.rewrite.done.get()
    }

    /// Takes the next place of the list feed.
    pub fn next_feed(&self) -> Feed {
        self.feed.set(self.feed.get() + 1);
        Feed(self.feed.get())
    }

    /// Notes that a row of a conversation was added.
    pub fn note_row(&self) {
        self.rows.set(self.rows.get() + 1);
    }
}

/// The way to the writing thread.
pub struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    epoch: Epoch,
    health: Health,
}

impl Writer {
    /// Starts the thread on a connection of its own. `feed` is the newest place of the list feed.
    pub fn start(
        conn: Connection,
        epoch: Epoch,
        feed: u64,
        trail: TrailHead,
        health: Health,
    ) -> std::io::Result<Writer> {
        let (queue, jobs) = sync_channel(QUEUE_OPS_MAX);
        let desk = Desk { conn, feed, trail, health: health.clone(), rewrite: Rewrite::default() };
        let thread =
            std::thread::Builder::new().name("store-writer".into()).spawn(move || desk.run(&jobs))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread), epoch, health })
    }

    /// The lineage of the database.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Does an operation in a transaction and answers after the commit.
    pub async fn write<T, F>(&self, op: F) -> Stored<T>
    where
        T: Send + 'static,
        F: FnOnce(&Writing<'_>) -> Result<T, Stop> + Send + 'static,
    {
        if let Some(why) = self.health.failure() {
            return Err(Fault::Unavailable(why));
        }
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Waiting { op: Some(op), verdict: None, reply });
        match self.queue.as_ref().map(|queue| queue.try_send(job)) {
            Some(Ok(())) => {}
            Some(Err(TrySendError::Full(_))) => {
                return Err(Fault::Unavailable("too many writes are waiting".into()));
            }
            Some(Err(TrySendError::Disconnected(_))) | None => {
                return Err(Fault::Unavailable("the writing thread has ended".into()));
            }
        }
        answer
            .await
            .unwrap_or_else(|_| Err(Fault::Unknown("the writing thread ended during the write".into())))
    }

    /// Waits until everything accepted is done and the thread has ended.
    pub fn stop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported as a failure by itself.
            let _ = thread.join();
        }
    }
}

/// One operation with somebody waiting for it.
trait Job: Send {
    /// Does it; what becomes of it is known only after the commit.
    fn run(&mut self, writing: &Writing<'_>) -> Verdict;
    /// Answers. With a fault, that is what became of the whole transaction.
    fn answer(self: Box<Self>, transaction: Result<(), Fault>);
}

/// What the writer has to do after an operation.
enum Verdict {
    /// Keep what it wrote.
    Keep,
    /// Undo what it wrote; the others are not concerned.
    Undo,
    /// The whole transaction cannot go on.
    Abort(rusqlite::Error),
}

struct Waiting<T, F> {
    op: Option<F>,
    verdict: Option<Stored<T>>,
    reply: oneshot::Sender<Stored<T>>,
}

impl<T, F> Job for Waiting<T, F>
where
    T: Send,
    F: FnOnce(&Writing<'_>) -> Result<T, Stop> + Send,
{
    fn run(&mut self, writing: &Writing<'_>) -> Verdict {
        let Some(op) = self.op.take() else { return Verdict::Undo };
        match op(writing) {
            Ok(value) => {
                self.verdict = Some(Ok(value));
                Verdict::Keep
            }
            Err(Stop::Sql(error)) if weight(&error) != Weight::Operation => Verdict::Abort(error),
            Err(stop) => {
                self.verdict = Some(Err(stop.into()));
                Verdict::Undo
            }
        }
    }

    fn answer(self: Box<Self>, transaction: Result<(), Fault>) {
        let Waiting { verdict, reply, .. } = *self;
        let untried = || Err(Fault::Unavailable("the write was not tried".into()));
        let answer = transaction.and_then(|()| verdict.unwrap_or_else(untried));
        let _ = reply.send(answer); // the one who asked may have gone
    }
}

/// How much an error of SQLite concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// This operation only.
    Operation,
    /// This transaction; the next may succeed.
    Transaction,
    /// Everything from now on.
    Everything,
}

fn weight(error: &rusqlite::Error) -> Weight {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DiskFull
            | ErrorCode::ReadOnly
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::OutOfMemory
            | ErrorCode::CannotOpen
            | ErrorCode::OperationInterrupted,
        ) => Weight::Transaction,
        Some(
            ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::FileLockingProtocolFailed,
        ) => Weight::Everything,
        _ => Weight::Operation,
    }
}

fn surely_not_committed(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// The thread's own side.
struct Desk {
    conn: Connection,
    feed: u64,
    trail: TrailHead,
    health: Health,
    rewrite: Rewrite,
}

impl Desk {
    fn run(mut self, jobs: &Receiver<Box<dyn Job>>) {
        let _alarm = Alarm(self.health.clone());
        self.conn.set_prepared_statement_cache_capacity(128);
        loop {
            let first = if self.health.degraded() {
                match jobs.recv_timeout(PROBE_INTERVAL) {
                    Ok(job) => Some(job),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            } else {
                match jobs.recv() {
                    Ok(job) => Some(job),
                    Err(_) => break,
                }
            };
            self.batch(first, jobs);
        }
        if self.health.failure().is_some() {
            // Closing may flush and copy what a failed flush has left behind: a new process reads the disk instead.
            std::mem::forget(self.conn);
        }
    }

    /// One transaction. Without a first job it only tries whether the disk takes one.
    fn batch(&mut self, first: Option<Box<dyn Job>>, jobs: &Receiver<Box<dyn Job>>) {
        let mut done: Vec<Box<dyn Job>> = Vec::new();
        let outcome = self.transaction(first, jobs, &mut done);
        let answer = match outcome {
            Ok(()) => {
                if self.health.set_degraded(false) {
                    tracing::info!("the store takes writes again");
                }
                Ok(())
            }
            Err(fault) => Err(fault),
        };
        for job in done {
            job.answer(answer.clone());
        }
        if self.rewrite.wanted.take() && answer.is_ok() {
            self.rewrite();
        }
    }

    /// Writes the file anew, without what lies between the rows: pages that were split keep old bytes there, and
    /// `secure_delete` does not reach them. Writers wait meanwhile.
    fn rewrite(&self) {
        match self.conn.execute_batch("VACUUM") {
            Ok(()) => self.rewrite.done.set(true),
            Err(error) if weight(&error) == Weight::Everything => {
                tracing::error!(%error, "the store stops for good");
                self.health.fail(format!("writing the database anew failed ({error})"));
            }
            Err(error) => tracing::warn!(%error, "the database cannot be written anew now"),
        }
    }

    fn transaction(
        &mut self,
        first: Option<Box<dyn Job>>,
        jobs: &Receiver<Box<dyn Job>>,
        done: &mut Vec<Box<dyn Job>>,
    ) -> Result<(), Fault> {
        let probe = first.is_none();
        done.extend(first);
        if let Some(why) = self.health.failure() {
            return Err(Fault::Unavailable(why));
        }
        let feed = Cell::new(self.feed);
        let trail = Cell::new(self.trail.known());
        let result = self.fill(&feed, &trail, probe, jobs, done);
        match result {
            Ok(()) => {
                self.feed = feed.get();
                if trail.get() != self.trail.known() {
                    self.trail.keep(trail.get());
                }
                Ok(())
            }
            Err((place, error)) => Err(self.give_up(place, &error)),
        }
    }

    fn fill(
        &self,
        feed: &Cell<u64>,
        trail: &Cell<Head>,
        probe: bool,
        jobs: &Receiver<Box<dyn Job>>,
        done: &mut Vec<Box<dyn Job>>,
    ) -> Result<(), (Place, rusqlite::Error)> {
        let sql = |text: &str| self.conn.prepare_cached(text)?.execute([]).map(drop);
        sql("BEGIN IMMEDIATE").map_err(|error| (Place::Begin, error))?;
        let during = |error| (Place::During, error);
        let gather_until = Instant::now() + Duration::from_millis(BATCH_GATHER_MS_MAX);
        let rows = Cell::new(0);
        let (told, unindexed) = (Told::default(), Unindexed::default());
        let (conn, rewrite) = (&self.conn, &self.rewrite);
        let writing = Writing { conn, trail, unindexed: &unindexed, feed, rows: &rows, told: &told, rewrite };
        let mut at = 0;
        loop {
            if at == done.len() {
                if probe || done.len() >= BATCH_OPS_MAX || Instant::now() >= gather_until {
                    break;
                }
                match jobs.try_recv() {
                    Ok(job) => done.push(job),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            let (feed_before, rows_before, trail_before) = (feed.get(), rows.get(), trail.get());
            let unindexed_before = unindexed.len();
            sql("SAVEPOINT op").map_err(during)?;
            match done[at].run(&writing) {
                Verdict::Keep => sql("RELEASE op").map_err(during)?,
                Verdict::Undo => {
                    sql("ROLLBACK TO op").and_then(|()| sql("RELEASE op")).map_err(during)?;
                    feed.set(feed_before);
                    rows.set(rows_before);
                    trail.set(trail_before);
                    unindexed.cut(unindexed_before);
                }
                Verdict::Abort(error) => return Err(during(error)),
            }
            at += 1;
        }
        unindexed.settle(&self.conn).map_err(|stop| during(stop.into_sql()))?;
        if probe || feed.get() != self.feed {
            let mut statement = self.conn.prepare_cached("UPDATE lineage SET feed = ?1").map_err(during)?;
            statement.execute([feed.get()]).map_err(during)?;
        }
        let began = Instant::now();
        sql("COMMIT").map_err(|error| (Place::Commit, error))?;
        let meter = meter();
        meter.commit_seconds.observe(began.elapsed().as_secs_f64());
        meter.batch_operations.observe(done.len() as f64);
        meter.commits.inc();
        meter.rows.inc_by(rows.get());
        Ok(())
    }

    /// Leaves a transaction that went wrong, and says what to tell those in it.
    fn give_up(&self, place: Place, error: &rusqlite::Error) -> Fault {
        let weight = match (place, weight(error)) {
            // Only these say of a commit that it is not done; after all others nobody knows.
            (Place::Commit, _) if !surely_not_committed(error) => Weight::Everything,
            (_, Weight::Operation) => Weight::Transaction,
            (_, weight) => weight,
        };
        let back = self.conn.is_autocommit() || self.conn.execute_batch("ROLLBACK").is_ok();
        if weight == Weight::Everything || !back {
            let why =
                format!("writing to the database failed ({error}); start again to learn what the disk holds");
            tracing::error!(%error, "the store stops for good");
            self.health.fail(why.clone());
            return Fault::Unknown(why);
        }
        if self.health.set_degraded(true) {
            tracing::error!(%error, "the store cannot write now; it goes on trying");
        }
        Fault::Unavailable(format!("the database cannot write now ({error})"))
    }
}

/// Where in a transaction an error came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Begin,
    During,
    Commit,
}

/// Reports the thread's own panic: those who wait would otherwise be the only ones to notice.
struct Alarm(Health);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail("the writing thread of the store panicked".into());
        }
    }
}
