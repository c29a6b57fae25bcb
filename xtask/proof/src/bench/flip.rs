//! Copies of a data folder, and one changed byte in one of them: in a frame of the write-ahead log's present
//! generation, or in a page of the database that holds rows. The format is SQLite's (fileformat2.html).

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::dice::Dice;

const PAGE: usize = 4096;
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const FRAME: usize = FRAME_HEADER + PAGE;
/// What the first byte of a page says that holds rows: leaves of indexes (which tables by primary key are) and tables.
const LEAVES: [u8; 2] = [0x0a, 0x0d];

/// What was changed.
pub struct Flip {
    file: &'static str,
    at: usize,
    mask: u8,
    /// In the last transaction of the log, which looks like one that was torn.
    pub in_last_transaction: bool,
}

impl fmt::Display for Flip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {} of {} changed by {:#04x}", self.at, self.file, self.mask)
    }
}

/// Copies a folder of a server that does not run, without what belongs to the process.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir(to)?;
    for file in std::fs::read_dir(from)? {
        let file = file?;
        let name = file.file_name();
        let own = name.to_string_lossy().ends_with("-shm") || name.to_string_lossy().ends_with(".lock");
        if file.file_type()?.is_file() && !own {
            std::fs::copy(file.path(), to.join(name))?;
        }
    }
    Ok(())
}

/// Changes one byte: in the log, where there is one and it is wanted, otherwise in the database.
pub fn flip(folder: &Path, wants_log: bool, dice: &mut Dice) -> Result<Flip> {
    let log = std::fs::read(folder.join("deskbell.db-wal")).unwrap_or_default();
    let frames = present_frames(&log);
    let mask = 1 << dice.below(8);
    let flip = if wants_log && !frames.is_empty() {
        let at = dice.below(LOG_HEADER + frames.len() * FRAME);
        let commits: Vec<usize> = (0..frames.len()).filter(|frame| frames[*frame]).collect();
        let last = commits.len().checked_sub(2).map_or(0, |before| commits[before] + 1);
        let in_last_transaction = at >= LOG_HEADER + last * FRAME;
        Flip { file: "deskbell.db-wal", at, mask, in_last_transaction }
    } else {
        let bytes = std::fs::read(folder.join("deskbell.db"))?;
        let pages = bytes.chunks_exact(PAGE).enumerate().skip(1);
        let leaves: Vec<usize> =
            pages.filter(|(_, page)| LEAVES.contains(&page[0])).map(|(at, _)| at).collect();
        let at = leaves.get(dice.below(leaves.len())).context("a page with rows")? * PAGE;
        Flip { file: "deskbell.db", at: at + dice.below(PAGE), mask, in_last_transaction: false }
    };
    let path = folder.join(flip.file);
    let mut bytes = std::fs::read(&path)?;
    bytes[flip.at] ^= flip.mask;
    std::fs::write(path, bytes)?;
    Ok(flip)
}

/// Of each frame of the present generation, whether it ends a transaction.
fn present_frames(log: &[u8]) -> Vec<bool> {
    let Some((header, frames)) = log.split_at_checked(LOG_HEADER) else { return Vec::new() };
    let present = frames.chunks_exact(FRAME).take_while(|frame| frame[8..16] == header[16..24]);
    present.map(|frame| frame[4..8] != [0; 4]).collect()
}
