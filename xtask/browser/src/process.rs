//! Programs that browsers need, for as long as somebody holds them.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context, Result};

/// A running program. Ends with this value.
pub(crate) struct Running {
    process: Child,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts a program that says nothing of interest. `help` says what to do where there is no such program.
    pub(crate) fn silent(command: &mut Command, help: &str) -> Result<Running> {
        let process = spawned(command, Stdio::null(), help)?;
        Ok(Running { process, reader: None })
    }

    /// Starts a program and waits until its output says what `found` looks for.
    pub(crate) fn start(
        command: &mut Command,
        help: &str,
        found: impl Fn(&str) -> Option<String>,
    ) -> Result<(Running, String)> {
        let mut process = spawned(command, Stdio::piped(), help)?;
        let mut lines = BufReader::new(process.stdout.take().context("its output")?).lines();
        let said = lines.by_ref().map_while(Result::ok).find_map(|line| found(&line));
        // Read on to its end: a full pipe would stop it.
        let reader = Some(std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop)));
        let running = Running { process, reader };
        Ok((running, said.context("a program ended before it was ready")?))
    }
}

fn spawned(command: &mut Command, output: Stdio, help: &str) -> Result<Child> {
    let name = command.get_program().to_string_lossy().into_owned();
    let command = command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
    command.spawn().with_context(|| format!("starting {name}; {help}"))
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Where the first of these programs lies that is installed.
pub(crate) fn installed(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
}
