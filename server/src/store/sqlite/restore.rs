//! Puts a copy of a database in place of what a data directory holds, as a new lineage: clients see by it that what
//! they knew may be gone, read everything anew, and offer again what they had sent since the copy was made. Nothing
//! that was there is deleted.

use std::fs::File;
use std::path::{Path, PathBuf};

use deskbell_shared::model::UnixMillis;
use rusqlite::{Connection, OpenFlags, params};

use super::open::{self, DATABASE_FILE, OpenError, new_epoch, tried};

/// What became of a restore.
#[derive(Debug)]
pub struct Restored {
    /// Conversations in the copy.
    pub conversations: u64,
    /// Where the files lie that were in the directory before, if there were any.
    pub before: Option<PathBuf>,
}

/// Restores. The copy may be a file that was copied with its log beside it while no server ran, or one that SQLite
/// made; it is only read. Refused while a process uses the directory, and for a copy that is no whole database of
/// ours.
pub fn restore(copy: &Path, dir: &Path, now: UnixMillis) -> Result<Restored, OpenError> {
    let _lock = open::lock(dir)?;
    let failed = |error| OpenError::Directory(dir.to_path_buf(), error);
    let aside = dir.join("deskbell.db.restoring");
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    open::whole(copy)?;
    let conn = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(tried("open the copy"))?;
    // One consistent state with what is in its log, whatever lies beside the copy.
    conn.execute("VACUUM INTO ?1", [aside.to_string_lossy()]).map_err(tried("read the copy"))?;
    let made = Connection::open(&aside).map_err(tried("open what was restored"))?;
    let epoch = new_epoch().map_err(failed)?;
    made.execute("UPDATE lineage SET epoch = ?1", params![epoch.to_bytes()])
        .map_err(tried("begin a new lineage"))?;
    let count = made.query_row("SELECT count(*) FROM conversations", [], |row| row.get(0));
    let conversations = count.map_err(tried("read what was restored"))?;
    drop(made);
    let put_in_place = || {
        File::open(&aside)?.sync_all()?;
        let before = move_away(dir, now)?;
        std::fs::rename(&aside, dir.join(DATABASE_FILE))?;
        #[cfg(unix)]
        File::open(dir)?.sync_all()?;
        Ok(before)
    };
    Ok(Restored { conversations, before: put_in_place().map_err(failed)? })
}

/// Moves the database and its log into a folder of their own.
fn move_away(dir: &Path, now: UnixMillis) -> std::io::Result<Option<PathBuf>> {
    if !dir.join(DATABASE_FILE).exists() {
        return Ok(None);
    }
    let before = dir.join(format!("before-restore-{}", now.0));
    std::fs::create_dir(&before)?;
    // The log first: a database without its log is an older one, a log without its database is nothing.
    for end in ["-wal", "-shm", ""] {
        let name = format!("{DATABASE_FILE}{end}");
        match std::fs::rename(dir.join(&name), before.join(&name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(Some(before))
}
