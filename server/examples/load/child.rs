//! Another process of this run: started, read from, and ended with its handle.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result};

/// A process and the lines it prints.
pub struct Served {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Served {
    /// Starts it.
    pub fn start(command: &mut Command) -> Result<Served> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        Ok(Served { child, lines })
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line. Waits for it; nothing else goes on while servers start.
    pub fn line(&mut self) -> Result<String> {
        Ok(self.lines.next().context("the server ended at once")??)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
