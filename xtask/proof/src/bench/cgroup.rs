//! Control groups, of the first kind or the second, whichever this machine has: one with less memory than the server
//! would take, where the kernel ends what does not fit into it; and one in which everything can be made to stand still.

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
        remove(&self.folder);
    }
}

/// A group whose processes can be frozen, all at once and without a signal that they could notice. Dropping it thaws and
/// removes it.
pub struct Freezer {
    folder: PathBuf,
    switch: &'static str,
    words: [&'static str; 2],
}

impl Freezer {
    /// Makes one and puts a process into it, or says why that cannot be done here.
    pub fn of(process: i32) -> Result<Freezer> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("deskbell-ice-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let root = Path::new(ROOT);
        let first = root.join("freezer").is_dir();
        let (folder, switch, words) = match first {
            true => (root.join("freezer").join(name), "freezer.state", ["THAWED", "FROZEN"]),
            false => (root.join(name), "cgroup.freeze", ["0", "1"]),
        };
        fs::create_dir(&folder).context("making a control group")?;
        let freezer = Freezer { folder, switch, words };
        if !freezer.folder.join(switch).is_file() {
            bail!("control groups do not freeze here");
        }
        let procs = freezer.folder.join("cgroup.procs");
        fs::write(procs, process.to_string()).context("moving a process into a control group")?;
        Ok(freezer)
    }

    /// From now on nothing in it runs, or everything does.
    pub fn freeze(&self, frozen: bool) -> Result<()> {
        let word = self.words[usize::from(frozen)];
        fs::write(self.folder.join(self.switch), word).context("switching a freezer")
    }
}

impl Drop for Freezer {
    fn drop(&mut self) {
        let _ = self.freeze(false);
        let root = if self.words[0] == "0" { PathBuf::from(ROOT) } else { Path::new(ROOT).join("freezer") };
        let procs = fs::read_to_string(self.folder.join("cgroup.procs")).unwrap_or_default();
        for process in procs.lines() {
            let _ = fs::write(root.join("cgroup.procs"), process);
        }
        remove(&self.folder);
    }
}

/// The kernel may need a moment after the end of the last process.
fn remove(folder: &Path) {
    for _ in 0..100 {
        if fs::remove_dir(folder).is_ok() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}
