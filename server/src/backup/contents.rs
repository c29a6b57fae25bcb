//! What of a data folder belongs into a backup beside the database: keys, settings and uploads. Not the log of the
//! database (the copy holds what is in it), nor what this process or a move through a schema has put beside.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::config::layers;
use crate::store::sqlite::DATABASE_FILE;

/// The folder of uploaded files, named after their content.
pub const UPLOADS: &str = "uploads";
/// The settings.
pub const SETTINGS: &str = layers::FILE_NAME;
/// How the names of keys end.
pub const KEY_ENDING: &str = ".key";

/// Names in the archive and where they lie, in order.
pub fn of(data: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let failed = |error| Failure::io("read the folder", data, error);
    let mut found = Vec::new();
    for (name, path) in listed(data).map_err(failed)? {
        if path.is_file() && is_kept(&name) {
            found.push((name, path));
        }
    }
    let uploads = data.join(UPLOADS);
    for (outer, folder) in listed(&uploads).map_err(failed)? {
        for (inner, path) in listed(&folder).map_err(failed)? {
            if path.is_file() && is_upload(&outer, &inner) {
                found.push((format!("{UPLOADS}/{outer}/{inner}"), path));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a name may stand in a backup; what else an archive holds is never written anywhere.
pub fn belongs(name: &str) -> bool {
    match name.split('/').collect::<Vec<_>>()[..] {
        [name] => name == DATABASE_FILE || is_kept(name),
        [UPLOADS, outer, inner] => is_upload(outer, inner),
        _ => false,
    }
}

fn is_kept(name: &str) -> bool {
    is_plain(name) && (name == SETTINGS || name.ends_with(KEY_ENDING))
}

/// Two digits, then a name without an ending; what is still being uploaded has one.
fn is_upload(outer: &str, inner: &str) -> bool {
    outer.len() == 2 && is_plain(outer) && is_plain(inner) && !inner.contains('.')
}

fn is_plain(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(allowed)
}

/// What is in a folder; nothing when it is not there, or no folder.
fn listed(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let named = |entry: fs::DirEntry| Some((entry.file_name().into_string().ok()?, entry.path()));
    entries.filter_map(|entry| entry.map(named).transpose()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_belongs() {
        for name in ["deskbell.db", "form.key", "deskbell.toml", "uploads/ab/abcdef0123", "uploads/ab/cdef"] {
            assert!(belongs(name), "{name}");
        }
        for name in [
            "",
            "/etc/passwd",
            "../form.key",
            "uploads/../form.key",
            "uploads/ab/../x",
            "uploads/ab/.part",
            "uploads/ab/abc.part",
            "uploads/ab",
            "deskbell.lock",
            "deskbell.db-wal",
            "deskbell.control",
            "a\\b.key",
            "a/b.key",
            ".key",
        ] {
            assert!(!belongs(name), "{name}");
        }
    }
}
