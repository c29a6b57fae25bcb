//! The bytes of uploaded files: each content once, under its hash, in `uploads/<first two digits>/<hash>` of the data
//! directory. What is written is durable before `place` returns. Who may read what is not decided here.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The folder of the data directory that holds them.
pub const UPLOADS_FOLDER: &str = "uploads";
/// Where uploads lie until they are whole; emptied at each start. Not in a backup.
pub const INCOMING_FOLDER: &str = "incoming";

/// The folder of uploads.
#[derive(Clone, Debug)]
pub struct Blobs {
    uploads: PathBuf,
    incoming: PathBuf,
}

impl Blobs {
    /// Opens the folders of a data directory, makes them when missing, and drops what never became whole.
    pub fn open(data: &Path) -> io::Result<Blobs> {
        let blobs = Blobs { uploads: data.join(UPLOADS_FOLDER), incoming: data.join(INCOMING_FOLDER) };
        fs::create_dir_all(&blobs.uploads)?;
        if blobs.incoming.exists() {
            fs::remove_dir_all(&blobs.incoming)?;
        }
        fs::create_dir_all(&blobs.incoming)?;
        sync_dir(data)?;
        Ok(blobs)
    }

    /// A place for an upload that is on its way.
    pub fn incoming(&self, number: u128) -> PathBuf {
        self.incoming.join(format!("{number:032x}"))
    }

    /// Where a content lies.
    pub fn path(&self, hash: &str) -> PathBuf {
        let folder = hash.get(..2).unwrap_or("00");
        self.uploads.join(folder).join(hash)
    }

    /// Puts a whole file from `incoming` in its place, durably. One that is there already is the same.
    pub fn place(&self, incoming: &Path, hash: &str) -> io::Result<()> {
        let path = self.path(hash);
        if path.exists() {
            return fs::remove_file(incoming);
        }
        File::open(incoming)?.sync_all()?;
        if let Some(folder) = path.parent() {
            if !folder.exists() {
                fs::create_dir_all(folder)?;
                sync_dir(&self.uploads)?;
            }
            fs::rename(incoming, &path)?;
            sync_dir(folder)?;
        }
        Ok(())
    }

    /// Removes a content, if it is there.
    pub fn remove(&self, hash: &str) -> io::Result<()> {
        match fs::remove_file(self.path(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn sync_dir(path: &Path) -> io::Result<()> {
    // Where directories cannot be opened, their entries are durable without.
    match File::open(path) {
        Ok(dir) => dir.sync_all(),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_lies_under_its_hash_once() {
        let data = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(data.path()).unwrap();
        let hash = "ab".repeat(32);
        for number in 0..2 {
            let incoming = blobs.incoming(number);
            fs::write(&incoming, b"bytes").unwrap();
            blobs.place(&incoming, &hash).unwrap();
            assert!(!incoming.exists());
        }
        let place = data.path().join("uploads").join("ab").join(&hash);
        assert_eq!(fs::read(&place).unwrap(), b"bytes");
        blobs.remove(&hash).unwrap();
        blobs.remove(&hash).unwrap();
        assert!(!place.exists());
    }

    #[test]
    fn what_never_became_whole_is_dropped_at_the_next_start() {
        let data = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(data.path()).unwrap();
        fs::write(blobs.incoming(7), b"half").unwrap();
        let blobs = Blobs::open(data.path()).unwrap();
        assert!(!blobs.incoming(7).exists());
    }
}
