//! Copies a database that may be in use: one moment of it, with everything committed before the copy was asked for.
//! A reader among others: it never makes the writer wait, and while it runs the log only grows. What is copied is
//! looked through row by row, because a backup that nobody has read is a hope.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

use deskbell_shared::model::{ConversationId, Epoch};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::checksum::{checked_columns, verify};
use super::open::{self, DATABASE_FILE, LOCK_FILE, OpenError, tried};
use super::schema;
use super::stop::Stop;

/// How long the copy waits for a lock that somebody else holds, such as a server that starts.
const LOCKED_MAX: Duration = Duration::from_secs(10);

/// What was copied.
#[derive(Debug)]
pub struct Copied {
    /// The version of its schema.
    pub schema: usize,
    /// Its lineage.
    pub epoch: Epoch,
    /// Conversations in it.
    pub conversations: u64,
    /// Rows of conversations.
    pub rows: u64,
    /// Conversations with rows that are damaged or missing, and what is wrong with the first. The copy has them as
    /// they are.
    pub damaged: Option<(u64, String)>,
}

/// Copies the database of a directory, whether a process uses it or not, into a file that must not be there yet.
pub fn copy(dir: &Path, to: &Path) -> Result<Copied, OpenError> {
    let path = dir.join(DATABASE_FILE);
    if !path.is_file() {
        return Err(OpenError::NoData(dir.to_path_buf()));
    }
    look_at_log_of_nobody(dir)?;
    let source = open::reading(dir, &open::SqliteOptions::default())?;
    open::version(&source, &path)?;
    new_private(to).map_err(|error| OpenError::Directory(to.to_path_buf(), error))?;
    copy_pages(&source, to)?;
    drop(source);
    open::whole(to).map_err(|error| match error {
        OpenError::Damaged(_, what) => OpenError::Damaged(path.clone(), what),
        other => other,
    })?;
    let copied = look_through(to)?;
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| OpenError::Directory(to.to_path_buf(), error))?;
    Ok(copied)
}

/// A log that is damaged in the middle loses what follows as soon as SQLite reads it. While a server runs it has looked
/// itself, and the log is in motion.
fn look_at_log_of_nobody(dir: &Path) -> Result<(), OpenError> {
    let Ok(lock) = OpenOptions::new().write(true).open(dir.join(LOCK_FILE)) else {
        return open::look_at_log(dir);
    };
    if lock.try_lock().is_ok() { open::look_at_log(dir) } else { Ok(()) }
}

fn new_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn copy_pages(source: &Connection, to: &Path) -> Result<(), OpenError> {
    let mut copy = Connection::open(to).map_err(tried("open the copy"))?;
    // A copy that breaks off is thrown away, and a whole one is flushed at the end.
    copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        .map_err(tried("prepare the copy"))?;
    let pages = Backup::new(source, &mut copy).map_err(tried("begin the copy"))?;
    let give_up_at = Instant::now() + LOCKED_MAX;
    loop {
        // All pages in one step: between two steps a writer would make it begin again, for ever.
        match pages.step(-1).map_err(tried("copy the database (is the disk full?)"))? {
            StepResult::Done => break,
            StepResult::More => {}
            _ if Instant::now() < give_up_at => std::thread::sleep(Duration::from_millis(50)),
            _ => {
                let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                return Err(OpenError::Sqlite(
                    "copy the database",
                    rusqlite::Error::SqliteFailure(busy, None),
                ));
            }
        }
    }
    drop(pages);
    // One file, without a log beside it.
    copy.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(())).map_err(tried("close the copy"))
}

fn look_through(path: &Path) -> Result<Copied, OpenError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(tried("open the copy"))?;
    let schema = open::version(&conn, path)?;
    let read = || {
        let (epoch, _) = schema::lineage(&conn)?;
        let count = |sql| conn.query_row(sql, [], |row| row.get::<_, u64>(0));
        let conversations = count("SELECT count(*) FROM conversations")?;
        let rows = count("SELECT count(*) FROM entries")?;
        Ok(Copied { schema, epoch, conversations, rows, damaged: None })
    };
    let mut copied = read().map_err(tried("read the copy"))?;
    // Of an older schema nobody here knows what a checksum covers.
    if schema == schema::SCHEMA_VERSION {
        copied.damaged = damaged(&conn).map_err(tried("look through the copy"))?;
    }
    Ok(copied)
}

/// Looks for rows that are not what was stored, and for missing ones.
fn damaged(conn: &Connection) -> rusqlite::Result<Option<(u64, String)>> {
    let (mut count, mut first) = (0, None);
    let mut conversations = conn.prepare("SELECT id, head FROM conversations ORDER BY id")?;
    let mut found = conversations.query([])?;
    while let Some(row) = found.next()? {
        let (id, head) = (ConversationId::from_bytes(row.get(0)?), row.get(1)?);
        match whole_conversation(conn, id, head) {
            Ok(()) => {}
            Err(Stop::Sql(error)) => return Err(error),
            Err(Stop::Corrupt(what)) => {
                count += 1;
                first.get_or_insert(what);
            }
            Err(Stop::Refused(_)) => {} // nothing here refuses
        }
    }
    Ok(first.map(|what| (count, what)))
}

fn whole_conversation(conn: &Connection, id: ConversationId, head: u64) -> Result<(), Stop> {
    const SQL: &str =
        concat!("SELECT ", checked_columns!(), " FROM entries e WHERE e.conversation = ?1 ORDER BY e.seq");
    let mut statement = conn.prepare_cached(SQL)?;
    let mut rows = statement.query([id.to_bytes()])?;
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        verify(row, 0, id)?;
        seen += 1;
        if row.get::<_, u64>(0)? != seen {
            break;
        }
    }
    if seen == head {
        return Ok(());
    }
    Err(Stop::Corrupt(format!("conversation {id} lacks rows that were stored")))
}
