//! How the operator's commands reach a server that runs: one line over loopback, with a secret from a file in the
//! data folder that only the server's user can read. Whoever can read that file can read the database too.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use subtle::ConstantTimeEq as _;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::application::audit::By;
use crate::auth::secret::Secret;
use crate::http::Edge;
use crate::secret_file;
use crate::store::audit::{Target, What};

/// The file in the data folder: the port and the secret.
pub const FILE_NAME: &str = "deskbell.control";
/// A whole line, both ways.
pub const LINE_BYTES_MAX: u64 = 2 * 1024;
/// A whole exchange.
pub const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(10);
/// Exchanges at a time.
const EXCHANGES_MAX: usize = 4;

/// The open end at the server.
pub struct Control {
    listener: TcpListener,
    secret: Secret,
    path: PathBuf,
}

impl Control {
    /// Opens a port on loopback and writes the file.
    pub async fn open(data: &Path) -> Result<Control, String> {
        let failed = |error: std::io::Error| format!("opening the control port: {error}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let secret = Secret::fresh();
        let path = data.join(FILE_NAME);
        secret_file::write(&path, format!("{port} {}\n", secret.expose()).as_bytes())
            .map_err(|error| format!("writing {}: {error}", path.display()))?;
        Ok(Control { listener, secret, path })
    }

    /// Answers commands until the process ends.
    pub async fn serve(self, edge: Arc<Edge>) {
        let turns = Arc::new(tokio::sync::Semaphore::new(EXCHANGES_MAX));
        let this = Arc::new(self);
        loop {
            let Ok((tcp, _)) = this.listener.accept().await else {
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            };
            let Ok(turn) = Arc::clone(&turns).try_acquire_owned() else { continue };
            let (this, edge) = (Arc::clone(&this), Arc::clone(&edge));
            tokio::spawn(async move {
                let _ = tokio::time::timeout(EXCHANGE_TIMEOUT, this.exchange(tcp, &edge)).await;
                drop(turn);
            });
        }
    }

    async fn exchange(&self, mut tcp: TcpStream, edge: &Edge) -> std::io::Result<()> {
        let (read, mut write) = tcp.split();
        let mut line = String::new();
        BufReader::new(read.take(LINE_BYTES_MAX)).read_line(&mut line).await?;
        let mut words = line.trim_end().splitn(3, ' ');
        let given = words.next().unwrap_or_default();
        if !bool::from(given.as_bytes().ct_eq(self.secret.expose().as_bytes())) {
            return Ok(());
        }
        let answer = match (words.next(), words.next()) {
            (Some("reset"), Some(email)) => match edge.accounts.reset(email, &edge.public.origin()).await {
                Ok(made) => format!("ok {}\n", made.link),
                Err(denial) => format!("no {}\n", denial.message),
            },
            (Some("second-step-off"), Some(email)) => {
                match edge.accounts.turn_off_second_step_by_email(email).await {
                    Ok(()) => "ok off\n".to_owned(),
                    Err(denial) => format!("no {}\n", denial.message),
                }
            }
            (Some("note"), Some("backup")) => {
                match edge.app.note(By::OPERATOR, What::BackupMade, Target::Nothing, "").await {
                    Ok(()) => "ok noted\n".to_owned(),
                    Err(fault) => format!("no {fault}\n"),
                }
            }
            _ => "no this server does not know the command\n".to_owned(),
        };
        write.write_all(answer.as_bytes()).await
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// What became of a command.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// The server's answer.
    Answer(Result<String, String>),
    /// No server runs on this folder.
    NobodyThere,
}

/// Asks the server that runs on a data folder for a reset link.
pub async fn reset(data: &Path, email: &str) -> Result<Told, String> {
    tell_of(data, "reset", email).await
}

/// Asks the server that runs on a data folder to turn somebody's second step off.
pub async fn turn_off_second_step(data: &Path, email: &str) -> Result<Told, String> {
    tell_of(data, "second-step-off", email).await
}

async fn tell_of(data: &Path, command: &str, email: &str) -> Result<Told, String> {
    if email.contains(['\r', '\n']) {
        return Err("this is no e-mail address".into());
    }
    tell(data, &format!("{command} {email}")).await
}

/// Has the server that runs on a data folder note in the audit trail that it is backed up.
pub async fn note_backup(data: &Path) -> Result<Told, String> {
    tell(data, "note backup").await
}

async fn tell(data: &Path, command: &str) -> Result<Told, String> {
    let path = data.join(FILE_NAME);
    let text = match tokio::fs::read_to_string(&path).await {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Told::NobodyThere),
        Err(error) => return Err(format!("reading {}: {error}", path.display())),
    };
    let found =
        text.trim_end().split_once(' ').and_then(|(port, secret)| Some((port.parse::<u16>().ok()?, secret)));
    let Some((port, secret)) = found else { return Ok(Told::NobodyThere) };
    // After a crash the file is still there, and its port is closed or somebody else's, who stays silent.
    let Ok(tcp) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return Ok(Told::NobodyThere) };
    let asked = ask(tcp, format!("{secret} {command}\n"));
    let line = match tokio::time::timeout(EXCHANGE_TIMEOUT, asked).await {
        Ok(Ok(line)) => line,
        _ => return Ok(Told::NobodyThere),
    };
    Ok(match line.trim_end().split_once(' ') {
        Some(("ok", link)) => Told::Answer(Ok(link.to_owned())),
        Some(("no", why)) => Told::Answer(Err(why.to_owned())),
        _ => Told::NobodyThere,
    })
}

async fn ask(mut tcp: TcpStream, line: String) -> std::io::Result<String> {
    tcp.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(tcp.take(LINE_BYTES_MAX)).read_line(&mut answer).await?;
    Ok(answer)
}
