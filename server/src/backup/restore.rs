//! Puts a backup back. Everything is unpacked aside and compared with its hashes before anything of the folder is
//! touched; then the database begins a new lineage as `store::sqlite::restore` has it. Nothing that was there is
//! deleted: what a restored file replaces is moved to where the old database goes.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use deskbell_shared::model::UnixMillis;

use super::archive::{make_private, unpack};
use super::contents::{SETTINGS, UPLOADS};
use super::{Failure, archive};
use crate::store::sqlite::{self, DATABASE_FILE, OpenError, Restoring};

/// Where a backup is unpacked, in the data folder: what is put in place is then only renamed.
const STAGED: &str = "restoring-backup";
/// How a database begins.
const DATABASE_MARK: &[u8] = b"SQLite format 3\0";

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// Conversations.
    pub conversations: u64,
    /// Files beside the database.
    pub files: usize,
    /// Where the files lie that were in the folder before, if there were any.
    pub before: Option<PathBuf>,
    /// The settings of the backup were left out, because the folder has its own.
    pub kept_settings: bool,
}

/// Restores a backup, or a mere copy of a database.
pub fn restore(file: &Path, data: &Path, now: UnixMillis) -> Result<Restored, Failure> {
    if is_database(file)? {
        let done = sqlite::restore(file, data, now).map_err(|error| Failure::store(error, data))?;
        let (conversations, before) = (done.conversations, done.before);
        return Ok(Restored { conversations, files: 0, before, kept_settings: false });
    }
    let mut restoring = Restoring::begin(data, now).map_err(Failure::Store)?;
    let staged = Staged::new(data)?;
    let manifest = unpack(file, &staged.0)?;
    if manifest.schema > sqlite::SCHEMA_VERSION {
        let (found, known) = (manifest.schema as i64, sqlite::SCHEMA_VERSION);
        return Err(Failure::Store(OpenError::Newer { found, known }));
    }
    restoring.prepare(&staged.0.join(DATABASE_FILE)).map_err(|error| Failure::store(error, data))?;
    let (mut files, mut kept_settings) = (0, false);
    for listed in manifest.files.iter().filter(|listed| listed.name != DATABASE_FILE) {
        if listed.name == SETTINGS && data.join(SETTINGS).exists() {
            kept_settings = true;
            continue;
        }
        put(&restoring, &staged.0, data, &listed.name)
            .map_err(|error| Failure::io("restore", &data.join(&listed.name), error))?;
        files += 1;
    }
    let done = restoring.finish().map_err(|error| Failure::store(error, data))?;
    Ok(Restored { conversations: done.conversations, files, before: done.before, kept_settings })
}

/// Puts one file in place. An upload is named after its content, so whatever lies there is the same or damaged.
fn put(restoring: &Restoring, staged: &Path, data: &Path, name: &str) -> std::io::Result<()> {
    let (from, to) = (staged.join(name), data.join(name));
    if let Some(folder) = to.parent() {
        archive::make_private(folder)?;
    }
    let is_upload = name.split('/').next() == Some(UPLOADS);
    if !is_upload && to.exists() && fs::read(&from)? != fs::read(&to)? {
        restoring.move_away(name)?;
    }
    fs::rename(&from, &to)?;
    #[cfg(unix)]
    if let Some(folder) = to.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn is_database(file: &Path) -> Result<bool, Failure> {
    let mut begin = Vec::new();
    File::open(file)
        .and_then(|file| file.take(DATABASE_MARK.len() as u64).read_to_end(&mut begin))
        .map_err(|error| Failure::io("open", file, error))?;
    Ok(begin == DATABASE_MARK)
}

/// A folder that is gone when this is dropped.
struct Staged(PathBuf);

impl Staged {
    fn new(data: &Path) -> Result<Staged, Failure> {
        let path = data.join(STAGED);
        // Left by one that was broken off.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::io("empty", &path, error));
            }
            _ => {}
        }
        make_private(&path).map_err(|error| Failure::io("make", &path, error))?;
        Ok(Staged(path))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
