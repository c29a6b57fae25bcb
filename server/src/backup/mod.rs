//! A backup: everything of a data folder that matters, of one moment, in one tar file with a list of its contents.
//!
//! The database is copied first, as one moment of it, then the files beside it: what a row names was there before the
//! row. Nothing is put at the place of the backup before it is whole and on the disk, and nothing is written over.
//! Not here: encryption, and sending it elsewhere; a file can be handed to what does that well.

mod archive;
mod contents;
mod failure;
mod manifest;
mod restore;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};

use deskbell_shared::model::UnixMillis;

use crate::store::sqlite::{self, DATABASE_FILE};
use archive::Writer;
pub use failure::Failure;
use manifest::Manifest;
pub use restore::{Restored, restore};

/// What was backed up.
#[derive(Debug)]
pub struct Made {
    /// Conversations in it.
    pub conversations: u64,
    /// Rows of conversations.
    pub rows: u64,
    /// Files beside the database.
    pub files: usize,
    /// The size of the backup.
    pub bytes: u64,
    /// What is damaged in the database, if something is: the backup is made all the same, with the damage in it.
    pub damaged: Option<String>,
}

/// Backs up a data folder, whether a server uses it or not.
pub fn make(data: &Path, file: &Path, now: UnixMillis) -> Result<Made, Failure> {
    let place = Place::of(data, file)?;
    let copied = sqlite::copy(data, &place.database).map_err(|error| Failure::store(error, &place.folder))?;
    let mut writer = Writer::create(&place.partial, now)?;
    writer.add(DATABASE_FILE, &place.database)?;
    // Twice the room of the database for as short as can be.
    place.remove(&place.database);
    let found = contents::of(data)?;
    let mut files = 0;
    for (name, path) in &found {
        files += usize::from(writer.add_if_there(name, path)?);
    }
    let manifest = Manifest::new(copied.schema, copied.epoch, now, writer.files());
    let bytes = writer.finish(&manifest)?;
    place.put(bytes)?;
    let damaged = copied.damaged.map(|(count, first)| {
        format!("{count} of {} conversations are damaged, the first: {first}", copied.conversations)
    });
    Ok(Made { conversations: copied.conversations, rows: copied.rows, files, bytes, damaged })
}

/// Where a backup is made. What is not finished is removed when this is dropped.
struct Place {
    file: PathBuf,
    folder: PathBuf,
    partial: PathBuf,
    database: PathBuf,
}

impl Place {
    fn of(data: &Path, file: &Path) -> Result<Place, Failure> {
        if file.symlink_metadata().is_ok() {
            return Err(Failure::Exists(file.to_path_buf()));
        }
        let folder = match file.parent() {
            Some(folder) if folder != Path::new("") => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let Some(name) = file.file_name().map(|name| name.to_string_lossy().into_owned()) else {
            return Err(Failure::NoFolder(file.to_path_buf()));
        };
        let Ok(whole) = folder.canonicalize() else { return Err(Failure::NoFolder(folder)) };
        if data.canonicalize().is_ok_and(|data| whole.starts_with(data)) {
            return Err(Failure::Inside(data.to_path_buf()));
        }
        // Two at a time do not meet: each has names of its own.
        let own = std::process::id();
        let partial = folder.join(format!(".{name}.{own}.partial"));
        let database = folder.join(format!(".{name}.{own}.database"));
        Ok(Place { file: file.to_path_buf(), folder, partial, database })
    }

    /// Gives the finished file its name, unless somebody has taken it meanwhile.
    fn put(&self, bytes: u64) -> Result<(), Failure> {
        let failed = |error| Failure::io("put the backup in place", &self.file, error);
        match std::fs::hard_link(&self.partial, &self.file) {
            Ok(()) => self.remove(&self.partial),
            Err(_) if self.file.symlink_metadata().is_ok() => return Err(Failure::Exists(self.file.clone())),
            // Not every file system has links.
            Err(_) => std::fs::rename(&self.partial, &self.file).map_err(failed)?,
        }
        #[cfg(unix)]
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        let there = std::fs::metadata(&self.file).map_err(failed)?.len();
        if there == bytes { Ok(()) } else { Err(failed(std::io::ErrorKind::UnexpectedEof.into())) }
    }

    fn remove(&self, path: &Path) {
        let _ = std::fs::remove_file(path);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.remove(&self.partial);
        self.remove(&self.database);
        // What SQLite may have begun beside it.
        self.remove(&self.database.with_extension("database-journal"));
    }
}
