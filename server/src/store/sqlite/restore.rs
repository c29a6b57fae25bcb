//! Puts a copy of a database in place of what a data directory holds, as a new lineage: clients see by it that what
//! they knew may be gone, read everything anew, and offer again what they had sent since the copy was made. Nothing
//! that was there is deleted. What else lies in the directory is not this file's: whoever restores more than the
//! database does it between `prepare` and `finish`.

use std::fs::File;
use std::path::{Path, PathBuf};

use deskbell_shared::model::UnixMillis;
use rusqlite::{Connection, OpenFlags, params};

use super::audit;
use super::open::{self, DATABASE_FILE, Lock, OpenError, new_epoch, tried};
use super::schema;
use super::stop::Stop;
use super::trail_head::{self, HEAD_FILE};
use crate::store::audit::{Actor, Deed, Head, Target, What};

/// The database to be, until it is put in place.
const ASIDE: &str = "deskbell.db.restoring";

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
    let mut restoring = Restoring::begin(dir, now)?;
    restoring.prepare(copy)?;
    restoring.finish()
}

/// A restore under way. The directory is ours until it is dropped.
#[derive(Debug)]
pub struct Restoring {
    dir: PathBuf,
    before: PathBuf,
    conversations: u64,
    /// The newest row of the audit trail of the database to be.
    head: Head,
    now: UnixMillis,
    _lock: Lock,
}

impl Restoring {
    /// Takes the directory; it is made when it is not there.
    pub fn begin(dir: &Path, now: UnixMillis) -> Result<Restoring, OpenError> {
        let lock = open::lock(dir)?;
        let before = dir.join(format!("before-restore-{}", now.0));
        Ok(Restoring {
            dir: dir.to_path_buf(),
            before,
            conversations: 0,
            head: Head::default(),
            now,
            _lock: lock,
        })
    }

    /// Checks the copy and makes the database to be from it, beside the one that is there.
    pub fn prepare(&mut self, copy: &Path) -> Result<(), OpenError> {
        let aside = self.dir.join(ASIDE);
        match std::fs::remove_file(&aside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(self.failed(error)),
            _ => {}
        }
        open::whole(copy)?;
        let conn = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(tried("open the copy"))?;
        // One consistent state with what is in its log, whatever lies beside the copy.
        conn.execute("VACUUM INTO ?1", [aside.to_string_lossy()]).map_err(tried("read the copy"))?;
        let mut made = Connection::open(&aside).map_err(tried("open what was restored"))?;
        let epoch = new_epoch().map_err(|error| self.failed(error))?;
        // An older schema has no place for the row that tells of it.
        let found = open::version(&made, &aside)?;
        schema::migrate(&mut made, found, epoch).map_err(tried("bring the schema up to date"))?;
        made.execute("UPDATE lineage SET epoch = ?1", params![epoch.to_bytes()])
            .map_err(tried("begin a new lineage"))?;
        // Whoever had a desk when the copy was made has it no more: the first to ask gets it.
        made.execute("UPDATE desk_leases SET ends_at = 0", []).map_err(tried("free the desks"))?;
        self.head = note(&made, &self.dir, self.now).map_err(audit::unreadable)?;
        let count = made.query_row("SELECT count(*) FROM conversations", [], |row| row.get(0));
        self.conversations = count.map_err(tried("read what was restored"))?;
        Ok(())
    }

    /// Moves a file of the directory to where everything goes that was there before.
    pub fn move_away(&self, name: &str) -> std::io::Result<()> {
        let (from, to) = (self.dir.join(name), self.before.join(name));
        if from.exists() {
            std::fs::create_dir_all(&self.before)?;
            std::fs::rename(from, to)?;
        }
        Ok(())
    }

    /// Puts what was prepared in place of the database that is there.
    pub fn finish(self) -> Result<Restored, OpenError> {
        let put_in_place = || {
            let aside = self.dir.join(ASIDE);
            File::open(&aside)?.sync_all()?;
            // The log first: a database without its log is an older one, a log without its database is nothing.
            for end in ["-wal", "-shm", ""] {
                self.move_away(&format!("{DATABASE_FILE}{end}"))?;
            }
            self.move_away(HEAD_FILE)?;
            trail_head::replace(&self.dir, self.head)?;
            std::fs::rename(&aside, self.dir.join(DATABASE_FILE))?;
            #[cfg(unix)]
            File::open(&self.dir)?.sync_all()
        };
        put_in_place().map_err(|error| self.failed(error))?;
        let before = self.before.exists().then_some(self.before);
        Ok(Restored { conversations: self.conversations, before })
    }

    fn failed(&self, error: std::io::Error) -> OpenError {
        OpenError::Directory(self.dir.clone(), error)
    }
}

/// Tells in the audit trail of what was restored that it was, and which row was the newest in what it replaces.
fn note(made: &Connection, dir: &Path, at: UnixMillis) -> Result<Head, Stop> {
    let before = trail_head::read(dir).map_or_else(|| "none".to_owned(), |head| head.to_string());
    let (actor, what, target) = (Actor::Operator, What::Restored, Target::Nothing);
    let deed = Deed { at, actor, what, target, from: None, detail: format!("before={before}") };
    audit::add(made, audit::last(made)?, &deed)
}
