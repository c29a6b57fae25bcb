//! Opens a data directory: its lock, its database file, its schema; refuses in clear words what it must not touch.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbell_shared::model::{Epoch, UnixMillis};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::log_walk::{self, Found};
use super::schema;

/// The database in the data directory.
pub const DATABASE_FILE: &str = "deskbell.db";
/// Held as long as a process uses the data directory.
pub const LOCK_FILE: &str = "deskbell.lock";
/// How long a statement waits for a checkpoint to get out of its way.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a checkpoint waits for readers, and the writer for it.
const CHECKPOINT_BUSY_TIMEOUT: Duration = Duration::from_millis(250);
/// A database file up to this size is checked whole at each start (about a second); a larger one by
/// `PRAGMA integrity_check` when somebody asks for it.
const QUICK_CHECK_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// What the log is cut to when it begins anew.
const WAL_KEPT_BYTES_MAX: i64 = 64 * 1024 * 1024;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// The page cache of the writing connection.
    pub writer_cache_kib: u32,
    /// The page cache of each reading connection.
    pub reader_cache_kib: u32,
}

impl Default for SqliteOptions {
    fn default() -> SqliteOptions {
        SqliteOptions { writer_cache_kib: 32 * 1024, reader_cache_kib: 8 * 1024 }
    }
}

/// Why a data directory was not opened. The text says what to do.
#[derive(Debug)]
pub enum OpenError {
    /// The directory or the lock file cannot be made or used.
    Directory(PathBuf, std::io::Error),
    /// There is no database in it.
    NoData(PathBuf),
    /// Another process has it.
    InUse(PathBuf),
    /// A newer build has written it.
    Newer {
        /// The version of its schema.
        found: i64,
        /// The version this build knows.
        known: usize,
    },
    /// The file is a database, but not ours.
    NotOurs(PathBuf),
    /// The file contradicts itself.
    Damaged(PathBuf, String),
    /// The write-ahead log is damaged before transactions that were committed.
    LogDamaged(PathBuf),
    /// What SQLite refused to do.
    Sqlite(&'static str, rusqlite::Error),
    /// A thread cannot be started.
    Thread(std::io::Error),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OpenError::Directory(path, error) => {
                write!(f, "cannot use the data directory {}: {error}", path.display())
            }
            OpenError::NoData(path) => {
                write!(f, "there is no server's data in {}: name the folder with --data", path.display())
            }
            OpenError::InUse(path) => write!(
                f,
                "another process uses the data directory {}; stop it first, or choose another directory",
                path.display()
            ),
            OpenError::Newer { found, known } => write!(
                f,
                "the database was written by a newer deskbell (schema {found}, this one knows up to {known}); \
                 start that version, or restore a backup made before the upgrade"
            ),
            OpenError::NotOurs(path) => {
                write!(f, "{} is a database of another program; choose another directory", path.display())
            }
            OpenError::Damaged(path, what) => write!(
                f,
                "the database {} is damaged ({what}); keep a copy of the directory and restore a backup",
                path.display()
            ),
            OpenError::LogDamaged(path) => write!(
                f,
                "the log {} is damaged in the middle, and opening it would drop messages that were acknowledged; \
                 keep a copy of the directory, then restore a backup, or, to go on with what lies before the damage, \
                 copy the database with its log elsewhere and `deskbell restore` that copy",
                path.display()
            ),
            OpenError::Sqlite(tried, error) => write!(f, "could not {tried}: {error}"),
            OpenError::Thread(error) => write!(f, "could not start a thread for the database: {error}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl OpenError {
    /// Whether the disk has no room left.
    pub fn is_full(&self) -> bool {
        match self {
            OpenError::Directory(_, error) => error.kind() == std::io::ErrorKind::StorageFull,
            OpenError::Sqlite(_, error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            _ => false,
        }
    }
}

/// A data directory that is ours until this is dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lasts as long as the open file")] File);

/// Makes the directory if it is not there, and locks it.
pub fn lock(dir: &Path) -> Result<Lock, OpenError> {
    let refuse = |error| OpenError::Directory(dir.to_path_buf(), error);
    make_private(dir).map_err(refuse)?;
    let path = dir.join(LOCK_FILE);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(refuse)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(dir.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(refuse(error)),
    }
}

/// What people write is nobody else's on the machine.
fn make_private(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Opens the connection that writes, checks the file, and brings its schema up to date.
pub fn writing(dir: &Path, options: &SqliteOptions) -> Result<Connection, OpenError> {
    let path = dir.join(DATABASE_FILE);
    look_at_log(dir)?;
    let mut conn = Connection::open(&path).map_err(tried("open the database"))?;
    let judge = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            OpenError::Damaged(path.clone(), error.to_string())
        }
        _ => OpenError::Sqlite("read the database", error),
    };
    conn.busy_timeout(BUSY_TIMEOUT).map_err(judge)?;
    let found = ours(&conn, &path, judge)?;
    set_pragmas(&conn, options.writer_cache_kib).map_err(judge)?;
    let mode: String =
        conn.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0)).map_err(judge)?;
    if mode != "wal" {
        let why = rusqlite::Error::InvalidParameterName(format!("journal mode is {mode}"));
        return Err(OpenError::Sqlite(
            "switch the database to a write-ahead log (is it on a network share?)",
            why,
        ));
    }
    quick_check(&conn, &path, judge)?;
    if found < schema::SCHEMA_VERSION {
        let epoch = new_epoch().map_err(|error| OpenError::Directory(dir.to_path_buf(), error))?;
        if found > 0 {
            keep_copy(&conn, dir, found)?;
        }
        schema::migrate(&mut conn, found, epoch).map_err(tried("bring the schema up to date"))?;
    }
    keep_names(dir)?;
    Ok(conn)
}

/// Makes durable that there is a log in the folder. SQLite does it with its first flush and does not look at the
/// outcome; a log without a name would be lost with all that was acknowledged from it.
fn keep_names(dir: &Path) -> Result<(), OpenError> {
    let flush = || File::open(dir)?.sync_all();
    flush().map_err(|error| OpenError::Directory(dir.to_path_buf(), error))
}

/// Before SQLite reads the log, which drops without a word what follows a damage.
pub(super) fn look_at_log(dir: &Path) -> Result<(), OpenError> {
    let path = dir.join(format!("{DATABASE_FILE}-wal"));
    match log_walk::look(&path) {
        Ok(Found::Whole) => Ok(()),
        Ok(Found::TornEnd) => {
            tracing::warn!(
                "the log ends in a transaction that is not whole, as after a power cut; it is dropped"
            );
            Ok(())
        }
        Ok(Found::Damaged) => Err(OpenError::LogDamaged(path)),
        Err(error) => Err(OpenError::Directory(path, error)),
    }
}

/// Keeps a copy of a database whose schema is about to change.
fn keep_copy(conn: &Connection, dir: &Path, version: usize) -> Result<(), OpenError> {
    let failed = |error| OpenError::Directory(dir.to_path_buf(), error);
    let (kept, new) =
        (dir.join(format!("{DATABASE_FILE}.schema-{version}")), dir.join("deskbell.db.copying"));
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let copied = conn.execute("VACUUM INTO ?1", [new.to_string_lossy()]);
    copied.map_err(tried("copy the database before its schema changes (is the disk full?)"))?;
    std::fs::rename(new, &kept).map_err(failed)?;
    tracing::info!(copy = %kept.display(), "the schema changes; a copy of the database is kept");
    Ok(())
}

/// Opens a further connection that does not write rows (the one that checkpoints).
pub fn further(dir: &Path) -> Result<Connection, OpenError> {
    let open = || {
        let conn = Connection::open(dir.join(DATABASE_FILE))?;
        conn.busy_timeout(CHECKPOINT_BUSY_TIMEOUT)?;
        set_pragmas(&conn, 1024)?;
        Ok(conn)
    };
    open().map_err(tried("open the database again"))
}

/// Opens a connection that can only read.
pub fn reading(dir: &Path, options: &SqliteOptions) -> Result<Connection, OpenError> {
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(dir.join(DATABASE_FILE), flags)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.pragma_update(None, "cache_size", -i64::from(options.reader_cache_kib))?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(conn)
    };
    open().map_err(judged(&dir.join(DATABASE_FILE), "open the database for reading"))
}

fn set_pragmas(conn: &Connection, cache_kib: u32) -> rusqlite::Result<()> {
    // Each commit is flushed before it counts.
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten, so that an erasure erases.
    conn.pragma_update(None, "secure_delete", true)?;
    // The thread in `checkpoint` does it.
    conn.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    conn.pragma_update_and_check(None, "journal_size_limit", WAL_KEPT_BYTES_MAX, |_| Ok(()))?;
    conn.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    // No temporary files: they need descriptors, which sockets may have used up.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    // Closing must not do by the way what `checkpoint` does with care.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

/// The version of the schema, if the file is empty or ours.
fn ours(
    conn: &Connection,
    path: &Path,
    judge: impl Fn(rusqlite::Error) -> OpenError + Copy,
) -> Result<usize, OpenError> {
    let number = |pragma| conn.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map_err(judge);
    let (found, id) = (number("user_version")?, number("application_id")?);
    let tables: i64 =
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(judge)?;
    if tables > 0 && id != i64::from(schema::APPLICATION_ID) {
        return Err(OpenError::NotOurs(path.to_path_buf()));
    }
    match usize::try_from(found) {
        Ok(found) if found <= schema::SCHEMA_VERSION => Ok(found),
        _ => Err(OpenError::Newer { found, known: schema::SCHEMA_VERSION }),
    }
}

fn quick_check(
    conn: &Connection,
    path: &Path,
    judge: impl Fn(rusqlite::Error) -> OpenError + Copy,
) -> Result<(), OpenError> {
    let bytes = std::fs::metadata(path).map(|file| file.len()).unwrap_or(0);
    if bytes > QUICK_CHECK_BYTES_MAX {
        return Ok(());
    }
    let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(judge)?;
    if verdict == "ok" { Ok(()) } else { Err(OpenError::Damaged(path.to_path_buf(), verdict)) }
}

/// The version of the schema of a database that is ours and not newer than this build. Only reads.
pub(super) fn version(conn: &Connection, path: &Path) -> Result<usize, OpenError> {
    match ours(conn, path, judged(path, "read the database"))? {
        0 => Err(OpenError::NotOurs(path.to_path_buf())),
        found => Ok(found),
    }
}

/// Refuses a file that is no whole database of ours. Only reads.
pub(super) fn whole(path: &Path) -> Result<(), OpenError> {
    let judge = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            OpenError::Damaged(path.to_path_buf(), error.to_string())
        }
        _ => OpenError::Sqlite("read the copy", error),
    };
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(judge)?;
    if ours(&conn, path, judge)? == 0 {
        return Err(OpenError::NotOurs(path.to_path_buf()));
    }
    let verdict: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(judge)?;
    if verdict == "ok" { Ok(()) } else { Err(OpenError::Damaged(path.to_path_buf(), verdict)) }
}

/// A lineage that nobody has seen yet.
pub(super) fn new_epoch() -> std::io::Result<Epoch> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(std::io::Error::other)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Epoch::from_parts(UnixMillis(0).plus(now), random))
}

/// Names a database that contradicts itself as such, and anything else by what was tried.
fn judged(path: &Path, what: &'static str) -> impl Fn(rusqlite::Error) -> OpenError + Copy {
    move |error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            OpenError::Damaged(path.to_path_buf(), error.to_string())
        }
        _ => OpenError::Sqlite(what, error),
    }
}

pub(super) fn tried(what: &'static str) -> impl Fn(rusqlite::Error) -> OpenError {
    move |error| OpenError::Sqlite(what, error)
}
