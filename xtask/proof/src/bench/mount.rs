//! A small disk of its own for a data folder: a tmpfs of a fixed size, which can be filled and emptied.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// A mounted disk. Dropping it unmounts it.
pub struct Disk {
    path: PathBuf,
}

impl Disk {
    /// Mounts one.
    pub fn mount(path: &Path, megabytes: usize) -> Result<Disk> {
        std::fs::create_dir_all(path)?;
        let size = format!("size={megabytes}m,mode=0700");
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path).status()?;
        if !status.success() {
            bail!("mounting a small disk failed ({status}); the bench has to be root");
        }
        Ok(Disk { path: path.to_owned() })
    }

    /// Fills it to the last byte.
    pub fn fill(&self) -> Result<()> {
        let mut ballast = File::create(self.ballast()).context("the ballast")?;
        for chunk in [&[0u8; 1 << 20][..], &[0u8; 1 << 12][..], &[0u8; 1][..]] {
            while ballast.write_all(chunk).is_ok() {}
        }
        Ok(())
    }

    /// Makes room again.
    pub fn empty(&self) -> Result<()> {
        std::fs::remove_file(self.ballast()).context("removing the ballast")
    }

    fn ballast(&self) -> PathBuf {
        self.path.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whoever still looks at it is about to end.
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}
