//! The server under `strace`, which does to its system calls what is asked for. It runs slower for that; no speed is
//! judged here. (`--seccomp-bpf` would make it faster, and loses count of calls in strace 6.1.)

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
    let Inject { call, what, when } = inject;
    let when = when.map(|when| format!(":when={when}")).unwrap_or_default();
    let words = ["strace", "-f", "-qqq", "-o", "/dev/null", "-e"];
    let rest = [format!("trace={call}"), "-e".to_owned(), format!("inject={call}:{what}{when}")];
    Program::under(words.iter().map(|word| (*word).to_owned()).chain(rest))
}
