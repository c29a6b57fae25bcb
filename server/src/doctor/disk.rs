//! Whether the disk has room and takes writes: both are asked, and both are tried.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use super::Finding;

/// Less room than this is found: the log of the database may take 64 MiB, and a change of schema copies all of it.
pub const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;
/// What is written to try.
const PROBE_BYTES: usize = 64 * 1024;

/// What is wrong with the disk under a folder.
pub fn examine(data: &Path) -> Vec<Finding> {
    if !data.is_dir() {
        return Vec::new(); // the check of the database says so
    }
    if let Err(error) = probe(data) {
        return vec![refused(data, &error)];
    }
    let Some(free) = free_bytes(data) else { return Vec::new() };
    let needed = FREE_BYTES_MIN.max(database_bytes(data));
    if free >= needed {
        return Vec::new();
    }
    vec![Finding::new(
        format!(
            "the disk under {} is nearly full: {} MB are free, {} MB should be",
            data.display(),
            free / 1_000_000,
            needed / 1_000_000
        ),
        "on a full disk messages are refused until there is room; an upgrade copies the database first",
        "make room or give it a larger disk; old copies beside the database (deskbell.db.schema-…, before-restore-…) \
         may be deleted when they are not needed any more",
    )]
}

fn refused(data: &Path, error: &io::Error) -> Finding {
    let place = data.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Finding::new(
            format!("the disk under {place} is full"),
            "messages are refused with \"later\" until there is room; visitors and agents keep theirs meanwhile",
            "make room; the server goes on by itself",
        ),
        ErrorKind::ReadOnlyFilesystem => Finding::new(
            format!("the disk under {place} is read-only"),
            "nothing can be stored; Linux turns a disk read-only when it finds errors on it",
            "look into `dmesg` for errors of the disk; when it is healthy, mount it for writing again",
        ),
        ErrorKind::PermissionDenied => Finding::new(
            format!("this user may not write into {place}"),
            "if it is the user the server runs as, nothing can be stored",
            "run this as the server's user (`sudo -u deskbell deskbell doctor …`); if that fails too, give the folder \
             to it with `chown -R`",
        ),
        _ => Finding::new(
            format!("writing into {place} fails: {error}"),
            "nothing can be stored",
            "look into `dmesg` for errors of the disk",
        ),
    }
}

/// Writes a file, has it flushed, and removes it.
fn probe(data: &Path) -> io::Result<()> {
    let path = data.join(format!(".doctor-{}", std::process::id()));
    let tried = || {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.write_all(&vec![0; PROBE_BYTES])?;
        file.sync_all()
    };
    let outcome = tried();
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => outcome.and(Err(error)),
        _ => outcome,
    }
}

fn database_bytes(data: &Path) -> u64 {
    fs::metadata(data.join(crate::store::sqlite::DATABASE_FILE)).map_or(0, |file| file.len())
}

#[cfg(unix)]
fn free_bytes(data: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(data).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}
