//! Ends parts of a browser as the kernel does when memory runs out: by process id, and only below a browser that this
//! run has started.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// Kills every process that draws pages. Returns how many there were.
pub fn kill_renderers(browser: Pid) -> usize {
    let renderers: Vec<Pid> = below(browser).into_iter().filter(|id| is_renderer(*id)).collect();
    renderers.iter().filter(|id| kill_process(**id, Signal::KILL).is_ok()).count()
}

/// Kills the browser itself, and with it everything it has.
pub fn kill_browser(browser: Pid) {
    let _ = kill_process(browser, Signal::KILL);
}

fn is_renderer(id: Pid) -> bool {
    let line = fs::read(format!("/proc/{}/cmdline", id.as_raw_nonzero())).unwrap_or_default();
    // Processes that were forked ready-made write their line anew, with spaces between the words.
    line.split(|byte| matches!(byte, 0 | b' ')).any(|word| word == b"--type=renderer")
}

/// Children, and theirs: renderers are started by a helper process of the browser.
fn below(id: Pid) -> Vec<Pid> {
    let tasks = fs::read_dir(format!("/proc/{}/task", id.as_raw_nonzero()));
    let mut found = Vec::new();
    for task in tasks.into_iter().flatten().flatten() {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|id| id.parse().ok()).filter_map(Pid::from_raw) {
            found.push(child);
            found.extend(below(child));
        }
    }
    found
}
