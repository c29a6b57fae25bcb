//! The product itself, as people run it: the binary on SQLite in a folder of its own, on a port that stays the same
//! over restarts.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::certificate::Certificate;
use crate::waiting::until;

/// One chat server. Stopping it is killing it: what must not be lost then is the point of the product.
pub struct ChatServer {
    host: &'static str,
    port: u16,
    public_port: u16,
    certificate: Option<Certificate>,
    data: TempDir,
    process: Option<Child>,
    settings: Vec<String>,
    readers: Vec<JoinHandle<()>>,
    said: Arc<Mutex<String>>,
}

impl ChatServer {
    /// Starts the binary on an empty folder: over TLS with a certificate, plainly on loopback without.
    pub async fn start(host: &'static str, certificate: Option<&Certificate>) -> ChatServer {
        let port = free_port();
        ChatServer::start_at(host, port, port, certificate, Vec::new()).await
    }

    /// The same, with further settings.
    pub async fn start_with(
        host: &'static str,
        certificate: Option<&Certificate>,
        settings: Vec<String>,
    ) -> ChatServer {
        let port = free_port();
        ChatServer::start_at(host, port, port, certificate, settings).await
    }

    /// Starts the binary behind something that people reach at another port.
    pub async fn start_behind(host: &'static str, public_port: u16) -> ChatServer {
        ChatServer::start_at(host, free_port(), public_port, None, Vec::new()).await
    }

    async fn start_at(
        host: &'static str,
        port: u16,
        public_port: u16,
        certificate: Option<&Certificate>,
        settings: Vec<String>,
    ) -> ChatServer {
        let mut server = ChatServer {
            host,
            port,
            public_port,
            certificate: certificate.cloned(),
            data: tempfile::tempdir().expect("a folder for the data"),
            process: None,
            settings,
            readers: Vec::new(),
            said: Arc::default(),
        };
        server.run().await;
        server
    }

    /// The address people use.
    pub fn origin(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.public_port)
    }

    /// The name people use for the machine.
    pub fn host(&self) -> &'static str {
        self.host
    }

    /// The port it listens on, on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate, where it speaks TLS.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// A page of the agent desktop.
    pub fn desk(&self, path: &str) -> String {
        format!("{}/desk/{path}", self.origin())
    }

    /// The one-time link that an empty server prints.
    pub async fn set_up_link(&self) -> String {
        until("the server prints its set-up link", async || {
            let said = self.said();
            let start = said.find(&self.desk("setup#"))?;
            said[start..].split_whitespace().next().map(str::to_owned)
        })
        .await
    }

    /// Ends the process as a power cut would, as far as it is concerned.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("killing the server");
            process.wait().expect("waiting for the killed server");
        }
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }

    /// Starts it on the same folder and port (after `kill`).
    pub async fn run(&mut self) {
        assert!(self.process.is_none(), "the server runs already");
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command
            .arg("serve")
            .arg("--data")
            .arg(self.data.path())
            .args(["--listen", &format!("127.0.0.1:{}", self.port)])
            .args(["--public-url", &self.origin()])
            .args(&self.settings);
        if let Some(certificate) = &self.certificate {
            command.arg("--tls-cert").arg(&certificate.cert_file).arg("--tls-key").arg(&certificate.key_file);
        }
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starting the binary");
        self.readers.push(listen(process.stdout.take().expect("its output"), self.said.clone()));
        self.readers.push(listen(process.stderr.take().expect("its log"), self.said.clone()));
        self.process = Some(process);
        let port = self.port;
        until("the server takes connections", async || TcpStream::connect(("127.0.0.1", port)).await.ok())
            .await;
    }

    /// Everything it printed and logged so far.
    pub fn said(&self) -> String {
        self.said.lock().expect("the server's words").clone()
    }
}

impl Drop for ChatServer {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("what the server said:\n{}", self.said());
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port()
}

fn listen(stream: impl Read + Send + 'static, said: Arc<Mutex<String>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut said = said.lock().expect("the server's words");
            said.push_str(&line);
            said.push('\n');
        }
    })
}
