//! The last row of the audit trail, kept in a file beside the database: whoever removes rows from the end of the trail
//! in the database, or puts an older database in place, leaves a trail that ends too early. Written after the commit
//! and in place, so that it may be behind, after a crash, but never ahead.
//!
//! Whoever can write all of the folder can make both anew; against them only a head helps that was noted elsewhere.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::audit;
use super::stop::Stop;
use crate::store::audit::{Hash, Head};

/// The file in the data directory.
pub const HEAD_FILE: &str = "audit.head";
/// Each time as many bytes, so that what is there is written over and the file is never empty.
const NUMBER_DIGITS: usize = 20;

/// The writing side.
pub struct TrailHead {
    path: PathBuf,
    file: Option<File>,
    known: Head,
}

impl TrailHead {
    /// For a database that was just opened. When the trail in it does not go on from what the file says, the file is
    /// what is known: the next row finds that out.
    pub fn open(dir: &Path, conn: &Connection) -> Result<TrailHead, Stop> {
        let last = audit::last(conn)?;
        let known = match read(dir) {
            None if last == Head::default() => last,
            None => Head { number: last.number, hash: Hash::default() },
            Some(head) if audit::holds(conn, head)? => last,
            Some(head) => head,
        };
        let mut head = TrailHead { path: dir.join(HEAD_FILE), file: None, known };
        if known == Head::default() {
            // There before the first row: a crash right after that one leaves a file that is behind, not none.
            head.keep(known);
        }
        Ok(head)
    }

    /// The newest row, as far as this server knows.
    pub fn known(&self) -> Head {
        self.known
    }

    /// Notes the newest row, once it is durable. A file that cannot be written is behind.
    pub fn keep(&mut self, head: Head) {
        self.known = head;
        if let Err(error) = self.put(head) {
            self.file = None;
            tracing::error!(%error, "the file with the head of the audit trail cannot be written");
        }
    }

    fn put(&mut self, head: Head) -> std::io::Result<()> {
        match &mut self.file {
            Some(file) => {
                file.seek(SeekFrom::Start(0))?;
                file.write_all(line(head).as_bytes())
            }
            None => {
                self.file = Some(begin(&self.path, head)?);
                Ok(())
            }
        }
    }
}

/// Puts the file in place, for a database that is put in place itself.
pub fn replace(dir: &Path, head: Head) -> std::io::Result<()> {
    begin(&dir.join(HEAD_FILE), head).map(drop)
}

/// What the file says; `None` when it is not there or says nothing.
pub fn read(dir: &Path) -> Option<Head> {
    let text = std::fs::read_to_string(dir.join(HEAD_FILE)).ok()?;
    Head::parse(text.trim())
}

/// The first time the name has to last, too.
fn begin(path: &Path, head: Head) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(line(head).as_bytes())?;
    file.sync_all()?;
    #[cfg(unix)]
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(file)
}

fn line(head: Head) -> String {
    let text = head.to_string();
    let width = NUMBER_DIGITS + 1 + 64;
    format!("{text:0>width$}\n")
}
