//! What such a disk holds. Pure: no file system of the machine is touched.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// What a disk keeps or loses together.
const SECTOR_BYTES: usize = 4096;
/// The number of the root folder.
pub const ROOT: u64 = 1;

/// A file or a folder.
#[derive(Debug)]
pub enum Node {
    /// Names and their numbers.
    Folder(BTreeMap<OsString, u64>),
    /// Content.
    File(File),
}

/// The content of a file.
#[derive(Debug, Default)]
pub struct File {
    /// What programs see.
    seen: Vec<u8>,
    /// What survives.
    kept: Vec<u8>,
    /// What was written and not flushed, in order.
    dirty: Vec<Change>,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Written { from: usize, to: usize },
    Resized { len: usize },
}

/// The disk.
#[derive(Debug)]
pub struct Disk {
    nodes: BTreeMap<u64, Node>,
    last: u64,
    /// Flushes that were asked for.
    pub flushes: u64,
}

impl Default for Disk {
    fn default() -> Disk {
        Disk { nodes: BTreeMap::from([(ROOT, Node::Folder(BTreeMap::new()))]), last: ROOT, flushes: 0 }
    }
}

impl Disk {
    /// A node by its number.
    pub fn node(&self, number: u64) -> Option<&Node> {
        self.nodes.get(&number)
    }

    /// A file by its number.
    pub fn file(&mut self, number: u64) -> Option<&mut File> {
        match self.nodes.get_mut(&number) {
            Some(Node::File(file)) => Some(file),
            _ => None,
        }
    }

    /// The entries of a folder.
    pub fn folder(&self, number: u64) -> Option<&BTreeMap<OsString, u64>> {
        match self.nodes.get(&number) {
            Some(Node::Folder(entries)) => Some(entries),
            _ => None,
        }
    }

    /// The number behind a name.
    pub fn find(&self, folder: u64, name: &OsStr) -> Option<u64> {
        self.folder(folder)?.get(name).copied()
    }

    /// Puts a node into a folder. `None` when there is no such folder.
    pub fn make(&mut self, folder: u64, name: &OsStr, node: Node) -> Option<u64> {
        let number = self.last + 1;
        self.entries(folder)?.insert(name.to_owned(), number);
        self.last = number;
        self.nodes.insert(number, node);
        Some(number)
    }

    /// Takes a name away. Whoever has the file open goes on with it.
    pub fn remove(&mut self, folder: u64, name: &OsStr) -> Option<u64> {
        self.entries(folder)?.remove(name)
    }

    /// Gives a node another name, in place of whatever had it.
    pub fn rename(&mut self, folder: u64, name: &OsStr, to: u64, new_name: &OsStr) -> Option<()> {
        self.folder(to)?;
        let number = self.remove(folder, name)?;
        self.entries(to)?.insert(new_name.to_owned(), number);
        Some(())
    }

    /// The power goes. Of what was not flushed a sector survives when `survives` says so: disks write when they like,
    /// in the order they like.
    pub fn lose_power(&mut self, mut survives: impl FnMut() -> bool) {
        for node in self.nodes.values_mut() {
            if let Node::File(file) = node {
                file.lose_power(&mut survives);
            }
        }
    }

    fn entries(&mut self, folder: u64) -> Option<&mut BTreeMap<OsString, u64>> {
        match self.nodes.get_mut(&folder) {
            Some(Node::Folder(entries)) => Some(entries),
            _ => None,
        }
    }
}

impl File {
    /// Its length, as programs see it.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether programs see nothing in it.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Up to `len` bytes from a place.
    pub fn read(&self, from: usize, len: usize) -> &[u8] {
        let from = from.min(self.seen.len());
        &self.seen[from..(from + len).min(self.seen.len())]
    }

    /// Writes, past the end too.
    pub fn write(&mut self, from: usize, bytes: &[u8]) {
        let to = from + bytes.len();
        if to > self.seen.len() {
            self.seen.resize(to, 0);
        }
        self.seen[from..to].copy_from_slice(bytes);
        self.dirty.push(Change::Written { from, to });
    }

    /// Cuts or extends.
    pub fn resize(&mut self, len: usize) {
        self.seen.resize(len, 0);
        self.dirty.push(Change::Resized { len });
    }

    /// What was written so far survives from now on.
    pub fn flush(&mut self) {
        for change in std::mem::take(&mut self.dirty) {
            match change {
                Change::Written { from, to } => self.keep(from, to),
                Change::Resized { len } => self.kept.resize(len, 0),
            }
        }
        self.kept.resize(self.seen.len(), 0);
    }

    /// Keeps what stands there now: a later change of the same place is in the list too.
    fn keep(&mut self, from: usize, to: usize) {
        let (from, to) = (from.min(self.seen.len()), to.min(self.seen.len()));
        if to > self.kept.len() {
            self.kept.resize(to, 0);
        }
        self.kept[from..to].copy_from_slice(&self.seen[from..to]);
    }

    fn lose_power(&mut self, survives: &mut impl FnMut() -> bool) {
        for change in std::mem::take(&mut self.dirty) {
            let Change::Written { from, to } = change else { continue };
            for sector in (from / SECTOR_BYTES)..to.div_ceil(SECTOR_BYTES) {
                if survives() {
                    let start = sector * SECTOR_BYTES;
                    self.keep(from.max(start), to.min(start + SECTOR_BYTES));
                }
            }
        }
        self.seen.clone_from(&self.kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk() -> (Disk, u64) {
        let mut disk = Disk::default();
        let number = disk.make(ROOT, OsStr::new("file"), Node::File(File::default())).expect("a root");
        (disk, number)
    }

    fn content(disk: &mut Disk, number: u64) -> Vec<u8> {
        disk.file(number).expect("a file").read(0, usize::MAX / 2).to_vec()
    }

    #[test]
    fn what_was_not_flushed_is_lost() {
        let (mut disk, number) = disk();
        let file = disk.file(number).expect("a file");
        file.write(0, b"kept");
        file.flush();
        file.write(2, b"lost");
        file.resize(3);
        assert_eq!(content(&mut disk, number), b"kel");
        disk.lose_power(|| false);
        assert_eq!(content(&mut disk, number), b"kept");
    }

    #[test]
    fn a_flush_keeps_what_stands_there() {
        let (mut disk, number) = disk();
        let file = disk.file(number).expect("a file");
        file.write(0, b"one two three");
        file.resize(3);
        file.write(5, b"x");
        file.flush();
        disk.lose_power(|| false);
        assert_eq!(content(&mut disk, number), b"one\0\0x");
    }

    #[test]
    fn some_of_it_may_survive() {
        let (mut disk, number) = disk();
        let file = disk.file(number).expect("a file");
        file.write(0, &[1; 3 * SECTOR_BYTES]);
        let mut count = 0;
        disk.lose_power(|| {
            count += 1;
            count == 2
        });
        let found = content(&mut disk, number);
        assert_eq!(found.len(), 2 * SECTOR_BYTES, "up to the end of the sector that survived");
        assert_eq!((found[0], found[SECTOR_BYTES]), (0, 1));
    }

    #[test]
    fn names_last_at_once() {
        let (mut disk, number) = disk();
        disk.rename(ROOT, OsStr::new("file"), ROOT, OsStr::new("new")).expect("a name");
        disk.lose_power(|| false);
        assert_eq!(disk.find(ROOT, OsStr::new("new")), Some(number));
        assert_eq!(disk.find(ROOT, OsStr::new("file")), None);
    }
}
