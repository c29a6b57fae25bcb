//! The chat server as people run it: the real binary on SQLite in a folder of its own, on a port that stays the same
//! over restarts. Stops only what it started.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::http::Place;
use super::world::lock;

/// How long a start may take: tens of thousands of rows are checked on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);
/// How much of what it said is kept to be shown when something goes wrong.
const SAID_BYTES_MAX: usize = 256 * 1024;
/// How often a wait looks again.
const LOOK: Duration = Duration::from_millis(5);

/// The load comes from one address and from people who never tire. With the messages of visitors the server raises the
/// frames that visitors and agents may send.
pub const RAISED: &str = "--visitor-messages-burst 1000000 --visitor-messages-per-minute 1000000 \
    --address-tickets-per-minute 1000000 --address-starts-per-hour 1000000 --address-messages-per-minute 1000000 \
    --connections-per-address-max 16000";

/// How the binary is run.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Programs in front of it, such as a tracer.
    pub before: Vec<String>,
    /// Further settings.
    pub flags: Vec<String>,
}

impl Program {
    /// Under another program.
    pub fn under(before: impl IntoIterator<Item = impl Into<String>>) -> Program {
        Program { before: before.into_iter().map(Into::into).collect(), flags: Vec::new() }
    }
}

/// One chat server. Dropping it kills it.
pub struct Node {
    binary: PathBuf,
    program: Program,
    data: PathBuf,
    port: u16,
    process: Option<Child>,
    said: Arc<Mutex<String>>,
    /// Where it is reached when that is not loopback.
    public: Option<Place>,
}

impl Node {
    /// A server that does not run yet.
    pub fn new(binary: &Path, data: &Path, program: Program) -> Node {
        Node {
            binary: binary.to_owned(),
            program,
            data: data.to_owned(),
            port: 0,
            process: None,
            said: Arc::default(),
            public: None,
        }
    }

    /// The port it listens on, once it was started.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where clients reach it.
    pub fn place(&self) -> Place {
        self.public.clone().unwrap_or_else(|| {
            let host = format!("localhost:{}", self.port);
            let address = ([127, 0, 0, 1], self.port).into();
            Place { address, origin: format!("http://{host}"), host }
        })
    }

    /// It listens off loopback, behind a proxy with TLS (which is the bench): reached at `place`, trusting `proxy`.
    pub fn set_public(&mut self, place: Place, proxy: &str) {
        self.port = place.address.port();
        self.program.flags.extend(
            ["--public-url", &place.origin, "--trusted-proxy", &format!("{proxy}/32")].map(str::to_owned),
        );
        self.public = Some(place);
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.data.join("deskbell.db")
    }

    /// Runs it under another program from the next start on.
    pub fn set_program(&mut self, program: Program) {
        self.program.before = program.before;
    }

    /// Starts it and waits until it listens.
    pub async fn start(&mut self) -> Result<()> {
        self.launch()?;
        let began = Instant::now();
        loop {
            let said = self.said();
            if let Some((address, _)) =
                said.split_once("listens on ").and_then(|(_, rest)| rest.split_once('\n'))
            {
                if self.public.is_none() {
                    let port = address.rsplit(':').next().unwrap_or_default();
                    self.port = port.trim().parse().context("reading the port")?;
                }
                return Ok(());
            }
            if let Some(status) = self.ended()? {
                bail!("the server ended at the start ({status}):\n{}", self.said());
            }
            if began.elapsed() > START_MAX {
                bail!("the server does not listen after {START_MAX:?}:\n{}", self.said());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Starts it and does not wait.
    pub fn launch(&mut self) -> Result<()> {
        if self.process.is_some() {
            bail!("the server runs already");
        }
        let binary = self.binary.to_string_lossy().into_owned();
        let words: Vec<String> = self.program.before.iter().cloned().chain([binary]).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg("serve").arg("--data").arg(&self.data);
        let ip = self.public.as_ref().map_or([127, 0, 0, 1].into(), |place| place.address.ip());
        command.args(["--listen", &format!("{ip}:{}", self.port)]);
        command.args(RAISED.split(' ')).args(&self.program.flags);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: an interrupt at the terminal is the bench's business.
        command.process_group(0);
        self.said = Arc::default();
        let mut process = command.spawn().with_context(|| format!("starting {}", words[0]))?;
        listen(process.stdout.take().context("its output")?, self.said.clone());
        listen(process.stderr.take().context("its log")?, self.said.clone());
        self.process = Some(process);
        Ok(())
    }

    /// The process of the server itself, also under another program.
    pub fn server_id(&self) -> Option<Pid> {
        let own = self.process.as_ref()?.id();
        let mut id = own;
        // Down to the last child: tracers and the like stand in front.
        for _ in 0..self.program.before.len() {
            match children_of(id).first() {
                Some(child) => id = *child,
                None => break,
            }
        }
        i32::try_from(id).ok().and_then(Pid::from_raw)
    }

    /// Sends a signal to the server itself.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let id = self.server_id().context("the server does not run")?;
        kill_process(id, signal).with_context(|| format!("sending {signal:?}"))
    }

    /// Ends the process at once, as the kernel does when memory runs out.
    pub fn kill(&mut self) {
        if let Some(id) = self.server_id() {
            let _ = kill_process(id, Signal::KILL);
        }
        if let Some(mut process) = self.process.take() {
            // Whatever stands in front ends with what it runs; where it does not, it is ended, too.
            let began = Instant::now();
            while began.elapsed() < Duration::from_secs(2) {
                if matches!(process.try_wait(), Ok(Some(_))) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        match self.process.as_mut().map(Child::try_wait).transpose()?.flatten() {
            Some(status) => {
                self.process = None;
                Ok(Some(status))
            }
            None => Ok(None),
        }
    }

    /// Whether it runs.
    pub fn runs(&mut self) -> bool {
        self.ended().is_ok_and(|ended| ended.is_none()) && self.process.is_some()
    }

    /// Waits until it has ended by itself.
    pub async fn gone(&mut self, patience: Duration) -> Result<ExitStatus> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if self.process.is_none() {
                bail!("the server does not run");
            }
            if began.elapsed() > patience {
                bail!("the server did not end within {patience:?}:\n{}", self.said());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What it printed and logged since it was started.
    pub fn said(&self) -> String {
        lock(&self.said).clone()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(id) = self.server_id() {
            let _ = kill_process(id, Signal::CONT);
        }
        self.kill();
    }
}

fn children_of(process: u32) -> Vec<u32> {
    let list =
        std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

fn listen(stream: impl Read + Send + 'static, said: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut text = lock(&said);
            if text.len() < SAID_BYTES_MAX {
                text.push_str(&line);
                text.push('\n');
            }
        }
    });
}
