//! Why a backup was not made or not restored, in words that say what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::store::sqlite::OpenError;

/// Why not.
#[derive(Debug)]
pub enum Failure {
    /// Something has the name already.
    Exists(PathBuf),
    /// The folder of the backup is not there.
    NoFolder(PathBuf),
    /// The backup would lie in the folder it is a backup of.
    Inside(PathBuf),
    /// There is no room left where it would lie.
    Full(PathBuf),
    /// The disk or the system refused.
    Io(&'static str, PathBuf, io::Error),
    /// Neither a backup nor a database.
    NotABackup(PathBuf),
    /// A backup in which something is not what was written.
    Damaged(PathBuf, String),
    /// Written by a build that knows more.
    Newer(PathBuf),
    /// The database said no.
    Store(OpenError),
}

impl Failure {
    /// What an error of the system means here.
    pub(super) fn io(tried: &'static str, path: &Path, error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Failure::Full(path.to_path_buf()),
            _ => Failure::Io(tried, path.to_path_buf(), error),
        }
    }

    /// What an error of the database means, when it writes into this folder.
    pub(super) fn store(error: OpenError, folder: &Path) -> Failure {
        if error.is_full() { Failure::Full(folder.to_path_buf()) } else { Failure::Store(error) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Exists(path) => {
                write!(f, "{} is there already and is not written over; choose another name", path.display())
            }
            Failure::NoFolder(path) => write!(f, "there is no folder {}; make it first", path.display()),
            Failure::Inside(path) => write!(
                f,
                "a backup inside the data folder {} is lost with it; choose a place on another disk",
                path.display()
            ),
            Failure::Full(path) => write!(
                f,
                "the disk is full at {}; nothing was left there. It needs room for twice the size of the database \
                 and for the files",
                path.display()
            ),
            Failure::Io(tried, path, error) => write!(f, "could not {tried} {}: {error}", path.display()),
            Failure::NotABackup(path) => write!(
                f,
                "{} is neither a backup made by `deskbell backup` nor a database; is it packed or encrypted?",
                path.display()
            ),
            Failure::Damaged(path, what) => write!(
                f,
                "the backup {} is damaged ({what}); nothing was changed. Fetch it again from where it is kept, or \
                 take an older one",
                path.display()
            ),
            Failure::Newer(path) => write!(
                f,
                "the backup {} was made by a newer deskbell; restore it with that version. Nothing was changed",
                path.display()
            ),
            Failure::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}
