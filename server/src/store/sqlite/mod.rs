//! The store on SQLite: one file in a data directory that one process uses at a time.
//!
//! One thread writes (`writer`), a few read (`readers`), one moves the log into the file (`checkpoint`). All of them
//! speak to SQLite through `rusqlite`: a second library for the readers of the same file would bring its own pool,
//! its own statement cache and its own copy of every query, and gain nothing. What this store means by durable is in
//! `store`; the SQL stands in the files named after their subjects, and the schema in `migrations/sqlite`.

mod abouts;
mod accounts;
mod append;
mod audit;
mod backup;
mod blocks;
mod body;
mod checkpoint;
mod checksum;
mod conversations;
mod desk;
mod desk_rows;
mod desk_steps;
mod desks;
mod drafts;
mod edits;
mod erasure;
mod files;
mod filing;
mod forgetting;
mod held;
mod identities;
mod inspect;
mod lists;
mod log_walk;
mod mail;
mod open;
mod past;
mod people;
mod readers;
mod restore;
mod rights;
mod rows;
mod schema;
mod search;
mod search_index;
mod second_steps;
mod sites;
mod snippets;
mod snooze;
mod stop;
mod team;
#[cfg(test)]
mod tests;
mod tools;
mod trail_head;
mod views;
mod waits;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rusqlite::Connection;

pub use audit::{check_trail, read_trail};
pub use backup::{Copied, copy};
pub use inspect::{Look, SiteLook, look};
pub use open::{DATABASE_FILE, LOCK_FILE, OpenError, SqliteOptions};
pub use past::{PastAsk, PastInbox, PastWork, past};
pub use restore::{Restored, Restoring, restore};
pub use schema::SCHEMA_VERSION;
pub use trail_head::HEAD_FILE;

use super::Stored;
use super::audit::Deed;
use super::health::Health;
use super::mail::MailKey;
use checkpoint::Checkpointer;
use readers::{READER_THREADS, Readers};
use stop::Stop;
use trail_head::TrailHead;
use writer::{Writer, Writing};

/// The store in a data directory. Clones share it; when the last one is dropped, what was accepted is done, the log
/// is emptied and the directory is free for another process.
#[derive(Clone)]
pub struct SqliteStore {
    parts: Arc<Parts>,
    /// What a write through this handle is, for the audit trail.
    deed: Option<Arc<Deed>>,
}

struct Parts {
    writer: Writer,
    readers: Readers,
    checkpointer: Checkpointer,
    health: Health,
    gathering: mail::Gathering,
    mail_key: OnceLock<MailKey>,
    dir: PathBuf,
    _lock: open::Lock,
}

impl SqliteStore {
    /// Opens the store of a data directory, which is made if it is not there. Waits for the disk: call it before
    /// the server serves.
    pub fn open(dir: &Path, options: &SqliteOptions) -> Result<SqliteStore, OpenError> {
        let lock = open::lock(dir)?;
        let conn = open::writing(dir, options)?;
        let (epoch, feed) =
            schema::lineage(&conn).map_err(|error| OpenError::Sqlite("read the lineage", error))?;
        let trail = TrailHead::open(dir, &conn).map_err(audit::unreadable)?;
        let reading = (0..READER_THREADS).map(|_| open::reading(dir, options)).collect::<Result<_, _>>()?;
        let further = open::further(dir)?;
        let health = Health::good();
        let parts = Arc::new(Parts {
            writer: Writer::start(conn, epoch, feed, trail, health.clone()).map_err(OpenError::Thread)?,
            readers: Readers::start(reading).map_err(OpenError::Thread)?,
            checkpointer: Checkpointer::start(further, health.clone()).map_err(OpenError::Thread)?,
            health,
            gathering: mail::Gathering::default(),
            mail_key: OnceLock::new(),
            dir: dir.to_path_buf(),
            _lock: lock,
        });
        Ok(SqliteStore { parts, deed: None })
    }

    /// How the store is doing: whether it can write now, and whether it has stopped for good.
    pub fn health(&self) -> Health {
        self.parts.health.clone()
    }

    async fn write<T: Send + 'static>(
        &self,
        op: impl FnOnce(&Writing<'_>) -> Result<T, Stop> + Send + 'static,
    ) -> Stored<T> {
        let deed = self.deed.clone();
        let noted = move |writing: &Writing<'_>| {
            writing.take_told();
            let done = op(writing)?;
            if let Some(deed) = deed {
                audit::tell(writing, &deed)?;
            }
            Ok(done)
        };
        self.parts.writer.write(noted).await
    }

    async fn read<T: Send + 'static>(
        &self,
        op: impl FnOnce(&Connection) -> Result<T, Stop> + Send + 'static,
    ) -> Stored<T> {
        self.parts.readers.read(op).await
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.writer.stop();
        self.readers.stop();
        self.checkpointer.stop();
    }
}
