//! The tar file: written with the hash of each entry on the way, read so that nothing is believed before its hash was
//! compared.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use deskbell_shared::model::UnixMillis;
use sha2::{Digest as _, Sha256};

use super::Failure;
use super::contents::belongs;
use super::manifest::{FORMAT, Listed, MANIFEST, MANIFEST_SUM, Manifest, hex};

/// The longest list of contents that is read: some millions of files.
const MANIFEST_BYTES_MAX: u64 = 512 * 1024 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;

/// An archive being written.
pub struct Writer {
    path: PathBuf,
    tar: tar::Builder<BufWriter<File>>,
    files: Vec<Listed>,
    at: u64,
}

impl Writer {
    /// Begins a file that must not be there yet, for its owner only.
    pub fn create(path: &Path, now: UnixMillis) -> Result<Writer, Failure> {
        let file = new_private(path).map_err(|error| Failure::io("write", path, error))?;
        let tar = tar::Builder::new(BufWriter::with_capacity(BUFFER_BYTES, file));
        let at = u64::try_from(now.0 / 1000).unwrap_or(0);
        Ok(Writer { path: path.to_path_buf(), tar, files: Vec::new(), at })
    }

    /// Adds a file that must be there.
    pub fn add(&mut self, name: &str, from: &Path) -> Result<(), Failure> {
        match self.add_if_there(name, from)? {
            true => Ok(()),
            false => Err(Failure::io("read", from, io::ErrorKind::NotFound.into())),
        }
    }

    /// Adds a file. False when it has gone meanwhile, as when somebody's data were erased.
    pub fn add_if_there(&mut self, name: &str, from: &Path) -> Result<bool, Failure> {
        let unread = |error| Failure::io("read", from, error);
        let file = match File::open(from) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(unread(error)),
        };
        let bytes = file.metadata().map_err(unread)?.len();
        let mut reader = Hashing::new(BufReader::with_capacity(BUFFER_BYTES, file).take(bytes));
        let mut header = self.header(bytes);
        self.tar
            .append_data(&mut header, name, &mut reader)
            .map_err(|error| Failure::io("write", &self.path, error))?;
        if reader.bytes != bytes {
            // Never of a file that is named after its content, nor of a key.
            return Err(unread(io::Error::other("it became shorter while it was read; try again")));
        }
        self.files.push(Listed { name: name.to_owned(), bytes, sha256: reader.hex() });
        Ok(true)
    }

    /// What has been added.
    pub fn files(&self) -> &[Listed] {
        &self.files
    }

    /// Adds the list of contents and waits until all is on the disk. Returns the size of the whole.
    pub fn finish(mut self, manifest: &Manifest) -> Result<u64, Failure> {
        let path = self.path.clone();
        let mut end = || {
            let text = manifest.text()?;
            for (name, bytes) in [(MANIFEST, &text[..]), (MANIFEST_SUM, Manifest::sum_line(&text).as_bytes())]
            {
                let mut header = self.header(bytes.len() as u64);
                self.tar.append_data(&mut header, name, bytes)?;
            }
            self.tar.finish()
        };
        end().map_err(|error| Failure::io("write", &path, error))?;
        let flush = || {
            let file = self.tar.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            Ok(file.metadata()?.len())
        };
        flush().map_err(|error| Failure::io("write", &path, error))
    }

    fn header(&self, bytes: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(self.at);
        header
    }
}

/// Unpacks an archive into a folder and compares everything with its list. Whatever the outcome, what lies in the
/// folder then is to be believed only after `Ok`.
pub fn unpack(path: &Path, into: &Path) -> Result<Manifest, Failure> {
    let damaged = |what: String| Failure::Damaged(path.to_path_buf(), what);
    let file = File::open(path).map_err(|error| Failure::io("open", path, error))?;
    let mut tar = tar::Archive::new(BufReader::with_capacity(BUFFER_BYTES, file));
    let mut found: Vec<Listed> = Vec::new();
    let (mut list, mut sum) = (None, None);
    for entry in tar.entries().map_err(|error| Failure::io("read", path, error))? {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(_) if found.is_empty() => return Err(Failure::NotABackup(path.to_path_buf())),
            Err(error) => return Err(damaged(format!("it cannot be read on: {error}"))),
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let bytes = entry.size();
        if !entry.header().entry_type().is_file() {
            return Err(damaged(format!("{} is no file", shown(&name))));
        }
        let mut whole = || {
            let mut text = Vec::new();
            entry.by_ref().take(MANIFEST_BYTES_MAX).read_to_end(&mut text).map(|_| text)
        };
        match name.as_str() {
            MANIFEST => list = Some(whole().map_err(|error| damaged(format!("{name}: {error}")))?),
            MANIFEST_SUM => sum = Some(whole().map_err(|error| damaged(format!("{name}: {error}")))?),
            _ if !belongs(&name) && found.is_empty() => {
                return Err(Failure::NotABackup(path.to_path_buf()));
            }
            _ if !belongs(&name) => return Err(damaged(format!("{} does not belong", shown(&name)))),
            _ => {
                let mut reader = Hashing::new(&mut entry);
                let to = into.join(&name);
                match write_out(&mut reader, &to) {
                    Ok(()) => {}
                    Err(Side::Reading(error)) => return Err(damaged(format!("{name}: {error}"))),
                    Err(Side::Writing(error)) => return Err(Failure::io("write", &to, error)),
                }
                if reader.bytes != bytes {
                    return Err(damaged(format!("it ends in the middle of {name}")));
                }
                let sha256 = reader.hex();
                found.push(Listed { name, bytes, sha256 });
            }
        }
    }
    let (Some(list), Some(sum)) = (list, sum) else {
        return Err(if found.is_empty() {
            Failure::NotABackup(path.to_path_buf())
        } else {
            damaged("it ends before its list of contents: it was cut off".to_owned())
        });
    };
    compared(path, found, &list, &sum)
}

fn compared(path: &Path, mut found: Vec<Listed>, list: &[u8], sum: &[u8]) -> Result<Manifest, Failure> {
    let damaged = |what: String| Failure::Damaged(path.to_path_buf(), what);
    if sum != Manifest::sum_line(list).as_bytes() {
        return Err(damaged("its list of contents is not what was written".to_owned()));
    }
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let unread = |error: serde_json::Error| damaged(format!("its list of contents: {error}"));
    if serde_json::from_slice::<Format>(list).map_err(unread)?.format > FORMAT {
        return Err(Failure::Newer(path.to_path_buf()));
    }
    let mut manifest: Manifest = serde_json::from_slice(list).map_err(unread)?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    manifest.files.sort_by(|a, b| a.name.cmp(&b.name));
    for listed in &manifest.files {
        match found.iter().position(|found| found.name == listed.name).map(|at| &found[at]) {
            None => return Err(damaged(format!("{} is missing", shown(&listed.name)))),
            Some(there) if there != listed => {
                return Err(damaged(format!("{} is not what was written", shown(&listed.name))));
            }
            Some(_) => {}
        }
    }
    if found.len() != manifest.files.len() {
        return Err(damaged("it holds more than its list of contents".to_owned()));
    }
    Ok(manifest)
}

/// On which side a copy failed.
enum Side {
    Reading(io::Error),
    Writing(io::Error),
}

fn write_out(reader: &mut impl Read, to: &Path) -> Result<(), Side> {
    if let Some(folder) = to.parent() {
        make_private(folder).map_err(Side::Writing)?;
    }
    let mut file = new_private(to).map_err(Side::Writing)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => file.write_all(&buffer[..read]).map_err(Side::Writing)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Side::Reading(error)),
        }
    }
    file.sync_all().map_err(Side::Writing)
}

fn new_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder and those above it, for their owner only.
pub fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A name from a file that may hold anything, for a terminal.
fn shown(name: &str) -> String {
    name.chars().take(100).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

/// Reads on, and counts and hashes what it has read.
struct Hashing<R> {
    from: R,
    hasher: Sha256,
    bytes: u64,
}

impl<R: Read> Hashing<R> {
    fn new(from: R) -> Hashing<R> {
        Hashing { from, hasher: Sha256::new(), bytes: 0 }
    }

    fn hex(self) -> String {
        hex(&self.hasher.finalize())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
