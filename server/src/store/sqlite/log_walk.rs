//! Looks through the write-ahead log before SQLite does. SQLite reads it up to the first frame that is not whole and
//! takes the rest for a write that a power cut has torn: right at the end of the log, silent loss in its middle. Here
//! the two are told apart. Only reads.
//!
//! The format: sqlite.org/fileformat2.html, section 4. Each frame carries a checksum over itself and all before it, and
//! the two salts of the log's present generation; after a checkpoint frames of older ones lie behind. A commit is
//! flushed before the next transaction writes, so a frame that follows a commit proves that commit whole once.
//! A change inside the very last transaction cannot be told from a torn one.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// What the first four bytes are, but for the last bit: the byte order of checksums.
const MAGIC: u32 = 0x377f_0682;
/// What SQLite makes of a file that names no other.
const PAGE_BYTES: u32 = 4096;

/// What a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing in it, or whole to its end.
    Whole,
    /// It ends in a transaction that is not whole, as after a power cut.
    TornEnd,
    /// Something is wrong before transactions that were committed: SQLite would drop them.
    Damaged,
}

/// Looks through a log. One that is not there is whole.
pub fn look(log: &Path) -> io::Result<Found> {
    let file = match File::open(log) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Whole),
        Err(error) => return Err(error),
    };
    let mut file = BufReader::with_capacity(1 << 18, file);
    let mut header = [0; HEADER_BYTES];
    if !fill(&mut file, &mut header)? {
        return Ok(Found::Whole);
    }
    let mut walk = Walk::of(&header);
    let mut frame = vec![0; FRAME_HEADER_BYTES + walk.page_bytes as usize];
    while fill(&mut file, &mut frame)? {
        walk.take(&frame);
    }
    Ok(walk.found())
}

/// Reads as much as fits, or says that there is not so much left.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The two running words of a checksum.
type Sum = (u32, u32);

/// How far a log has been looked through.
struct Walk {
    page_bytes: u32,
    big_endian: bool,
    /// Of the present generation; a header that is not whole leaves it to the first frame to name them.
    salts: Option<[u8; 8]>,
    /// What the frame before carries as its checksum.
    before: Sum,
    /// Something was not whole.
    broken: bool,
    /// Commits at or after that, of the present generation.
    commits_after: usize,
    /// The frame before was one of those.
    after_commit: bool,
    /// A frame continues what such a commit ended.
    continued: bool,
    header_whole: bool,
}

impl Walk {
    fn of(header: &[u8; HEADER_BYTES]) -> Walk {
        let magic = word(header, 0);
        let page_bytes = word(header, 8);
        let big_endian = magic & 1 == 1;
        let sum = sum((0, 0), &header[..24], big_endian);
        let whole = magic & !1 == MAGIC && sum == (word(header, 24), word(header, 28));
        Walk {
            // The pages of this store, where the header cannot say.
            page_bytes: if whole { page_bytes } else { PAGE_BYTES },
            big_endian,
            salts: whole.then(|| salts(header, 16)),
            before: sum,
            broken: !whole,
            commits_after: 0,
            after_commit: false,
            continued: false,
            header_whole: whole,
        }
    }

    fn take(&mut self, frame: &[u8]) {
        let current = *self.salts.get_or_insert_with(|| salts(frame, 8)) == salts(frame, 8);
        let head = sum(self.before, &frame[..8], self.big_endian);
        let expected = sum(head, &frame[FRAME_HEADER_BYTES..], self.big_endian);
        let carried = (word(frame, 16), word(frame, 20));
        let chained = current && carried == expected;
        self.continued |= self.after_commit && chained;
        self.broken |= !chained;
        let commit = self.broken && word(frame, 4) != 0;
        self.commits_after += usize::from(commit && current);
        // Whatever its salts have become: what continues it was written after it, from its checksum.
        self.after_commit = commit;
        self.before = carried;
    }

    fn found(&self) -> Found {
        match (self.header_whole, self.commits_after) {
            _ if self.continued => Found::Damaged,
            // A header is flushed before the first frame is written.
            (false, 1..) | (_, 2..) => Found::Damaged,
            (true, 1) => Found::TornEnd,
            (_, 0) => Found::Whole,
        }
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(word)
}

fn salts(bytes: &[u8], at: usize) -> [u8; 8] {
    let mut salts = [0; 8];
    salts.copy_from_slice(&bytes[at..at + 8]);
    salts
}

/// Continues a checksum over bytes whose number is a multiple of eight.
fn sum((mut a, mut b): Sum, bytes: &[u8], big_endian: bool) -> Sum {
    for pair in bytes.chunks_exact(8) {
        let (mut x, mut y) = (word(pair, 0), word(pair, 4));
        if !big_endian {
            (x, y) = (x.swap_bytes(), y.swap_bytes());
        }
        a = a.wrapping_add(x).wrapping_add(b);
        b = b.wrapping_add(y).wrapping_add(a);
    }
    (a, b)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    const FRAME: usize = FRAME_HEADER_BYTES + 4096;

    /// A log of five transactions of several frames each, and behind them what is left of an older generation.
    fn log() -> (tempfile::TempDir, Vec<u8>, Vec<usize>) {
        let dir = tempfile::tempdir().unwrap();
        let conn = Connection::open(dir.path().join("a.db")).unwrap();
        let sql = "PRAGMA page_size = 4096; PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; \
            CREATE TABLE t (text)";
        conn.execute_batch(sql).unwrap();
        let write = || {
            conn.execute("INSERT INTO t VALUES (hex(randomblob(5000)))", []).unwrap();
        };
        (0..20).for_each(|_| write());
        conn.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
        (0..5).for_each(|_| write());
        let bytes = std::fs::read(dir.path().join("a.db-wal")).unwrap();
        let generation = salts(&bytes, 16);
        let frames = bytes[HEADER_BYTES..].chunks_exact(FRAME).enumerate();
        let frames = frames.filter(|(_, frame)| salts(frame, 8) == generation && word(frame, 4) != 0);
        let commits: Vec<usize> = frames.map(|(at, _)| at).collect();
        drop(conn);
        (dir, bytes, commits)
    }

    fn judged(dir: &Path, bytes: &[u8]) -> Found {
        let path = dir.join("changed-wal");
        std::fs::write(&path, bytes).unwrap();
        look(&path).unwrap()
    }

    #[test]
    fn a_whole_log_is_whole_also_cut_between_frames_or_within() {
        let (dir, bytes, commits) = log();
        assert_eq!(commits.len(), 5);
        assert_eq!(look(&dir.path().join("nothing")).unwrap(), Found::Whole);
        for length in
            [0, 7, HEADER_BYTES, HEADER_BYTES + 100, HEADER_BYTES + FRAME, bytes.len() / 2, bytes.len()]
        {
            assert_eq!(judged(dir.path(), &bytes[..length]), Found::Whole, "{length}");
        }
    }

    #[test]
    fn a_flip_before_the_last_transaction_is_damage_and_in_it_a_torn_end() {
        let (dir, bytes, commits) = log();
        for at in 0..=commits[4] {
            // The page number, the salts, the checksum, the page.
            for within in [3, 9, 17, 2000] {
                let mut changed = bytes.clone();
                changed[HEADER_BYTES + at * FRAME + within] ^= 0x40;
                let found = judged(dir.path(), &changed);
                if at <= commits[3] {
                    assert_eq!(found, Found::Damaged, "frame {at}, byte {within}");
                } else {
                    assert_ne!(found, Found::Damaged, "frame {at}, byte {within}");
                }
            }
        }
    }

    #[test]
    fn a_flip_in_the_header_is_damage() {
        let (dir, bytes, _) = log();
        for at in 0..HEADER_BYTES {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            assert_eq!(judged(dir.path(), &changed), Found::Damaged, "byte {at}");
        }
    }

    #[test]
    fn a_transaction_whose_first_frames_never_reached_the_disk_is_a_torn_end() {
        let (dir, mut bytes, commits) = log();
        let from = HEADER_BYTES + (commits[3] + 1) * FRAME;
        bytes[from..from + FRAME].fill(0);
        assert_eq!(judged(dir.path(), &bytes), Found::TornEnd);
    }
}
