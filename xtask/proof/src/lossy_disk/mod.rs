//! A disk that forgets, at the loss of power, what was written and not flushed: `kill -9` proves nothing about
//! fsync, because the kernel keeps what a dead process wrote. `Disk` is the memory of it; `Mounted` shows it to real
//! programs through FUSE.
//!
//! Names (create, rename, remove) last at once, as on a journalling file system; only data has to be flushed.

mod disk;
mod mounted;

pub use disk::Disk;
pub use mounted::Mounted;
