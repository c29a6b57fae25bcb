//! The server under `strace`, which does to its system calls what is asked for. It runs slower for that; no speed is
//! judged here. (`--seccomp-bpf` would make it faster, and loses count of calls in strace 6.1.)

use std::path::Path;

use super::node::Program;

/// How SQLite flushes: by which of the two is decided when it is compiled.
pub const FLUSH: &str = "fsync,fdatasync";

/// How an acknowledgement leaves.
pub const SEND: &str = "sendto,writev";

/// One thing done to one system call.
#[derive(Clone, Copy, Debug)]
pub struct Inject {
    /// `pwrite64`, or several with commas.
    pub call: &'static str,
    /// In strace's words: `signal=KILL`, `error=EIO`, `delay_enter=20000`.
    pub what: &'static str,
    /// From which of a thread's calls on it is done, from 1; only that one.
    pub when: Option<u32>,
}

/// The program in front of the server.
pub fn program(inject: Inject) -> Program {
    noting(inject, Path::new("/dev/null"))
}

/// The same; every call is noted in a file, and [`struck`] says whether it was done to one.
pub fn noting(inject: Inject, notes: &Path) -> Program {
    let Inject { call, what, when } = inject;
    let when = when.map(|when| format!(":when={when}")).unwrap_or_default();
    let words = ["strace", "-f", "-qqq", "-o"];
    let notes = notes.to_string_lossy().into_owned();
    let rest = [
        notes,
        "-e".to_owned(),
        format!("trace={call}"),
        "-e".to_owned(),
        format!("inject={call}:{what}{when}"),
    ];
    Program::under(words.iter().map(|word| (*word).to_owned()).chain(rest))
}

/// Whether a call was struck.
pub fn struck(notes: &Path) -> bool {
    std::fs::read_to_string(notes).is_ok_and(|notes| notes.contains("(INJECTED)"))
}
