//! Less memory than the server would take: a control group of its own, of the first kind or the second, whichever
//! this machine has. The kernel ends what does not fit into it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, bail};

use super::node::Program;

/// Where the kernel shows the groups of the second kind, or the controllers of the first.
const ROOT: &str = "/sys/fs/cgroup";

/// A group with a limit on memory. Dropping it removes it; what ran in it must have ended.
pub struct Cgroup {
    folder: PathBuf,
    limit: &'static str,
    events: &'static str,
}

impl Cgroup {
    /// Makes one, or says why that cannot be done here.
    pub fn new() -> Result<Cgroup> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("deskbell-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let root = Path::new(ROOT);
        let first = root.join("memory/memory.limit_in_bytes").is_file();
        let (folder, limit, events) = match first {
            true => (root.join("memory").join(name), "memory.limit_in_bytes", "memory.oom_control"),
            false => (root.join(name), "memory.max", "memory.events"),
        };
        fs::create_dir(&folder).context("making a control group")?;
        let group = Cgroup { folder, limit, events };
        if !group.folder.join(limit).is_file() {
            // The second kind has to be told to limit memory in its groups.
            let _ = fs::write(root.join("cgroup.subtree_control"), "+memory");
        }
        if !group.folder.join(limit).is_file() {
            bail!("control groups do not limit memory here");
        }
        Ok(group)
    }

    /// From now on so many bytes; pages of files count as well.
    pub fn limit(&self, bytes: u64) -> Result<()> {
        fs::write(self.folder.join(self.limit), bytes.to_string()).context("limiting the memory of a group")
    }

    /// What puts a program into the group before it begins.
    pub fn program(&self) -> Program {
        let script = format!("echo $$ > {}/cgroup.procs && exec \"$0\" \"$@\"", self.folder.display());
        Program::under(["sh".to_owned(), "-c".to_owned(), script])
    }

    /// How many processes the kernel has ended for want of memory.
    pub fn ended(&self) -> u64 {
        let events = fs::read_to_string(self.folder.join(self.events)).unwrap_or_default();
        let count = events.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok());
        count.unwrap_or(0)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // The kernel may need a moment after the end of the last process.
        for _ in 0..100 {
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}
