//! A `deskbell demo` of our own for the pictures: a fresh folder, free ports, made-up conversations.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{run_command, workspace};

/// How long the demo may take to say its logins.
const START_MS_MAX: u64 = 30_000;

/// The running demo. Ends with this value, and its folder with it.
pub struct Demo {
    program: PathBuf,
    /// The server's port and the shop's: the same after every start.
    ports: (u16, u16),
    server: Option<Child>,
    folder: PathBuf,
    conversations: u32,
    /// Address of the shop's first page.
    pub shop: String,
    /// Address of the agent desktop.
    pub desk: String,
    /// Who can sign in.
    pub email: String,
    /// With which password.
    pub password: String,
}

impl Demo {
    /// Builds the server when stale, starts it and waits until it says who can sign in.
    pub fn start(conversations: u32) -> Result<Demo> {
        let mut demo = Demo {
            program: run_command::server()?,
            ports: free_ports()?,
            server: None,
            folder: workspace::notes().join(format!("demo-{}", std::process::id())),
            conversations,
            shop: String::new(),
            desk: String::new(),
            email: String::new(),
            password: String::new(),
        };
        let _ = std::fs::remove_dir_all(&demo.folder);
        demo.go_on()?;
        Ok(demo)
    }

    /// Ends the process and keeps the folder.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Starts it on its folder and waits until it says who can sign in.
    pub fn go_on(&mut self) -> Result<()> {
        let (port, shop_port) = self.ports;
        let mut server = Command::new(&self.program)
            .args(["demo", "--conversations", &self.conversations.to_string()])
            .args(["--port", &port.to_string(), "--shop-port", &shop_port.to_string(), "--data"])
            .arg(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting deskbell demo")?;
        let stdout = server.stdout.take().context("reading what the demo says")?;
        self.server = Some(server);
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            // Read to the end, so that the demo never waits for a reader.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        for said in [&mut self.shop, &mut self.desk, &mut self.email, &mut self.password] {
            said.clear();
        }
        while self.email.is_empty() || self.desk.is_empty() || self.shop.is_empty() {
            match lines.recv_timeout(Duration::from_millis(START_MS_MAX)) {
                Ok(line) => self.hear(&line, port, shop_port),
                Err(_) => bail!("the demo did not say its addresses and a login"),
            }
        }
        Ok(())
    }

    /// Takes addresses and the first login out of what the demo tells people.
    fn hear(&mut self, line: &str, port: u16, shop_port: u16) {
        let words: Vec<&str> = line.split_whitespace().collect();
        for (index, word) in words.iter().enumerate() {
            if word.starts_with("http") && word.contains(&format!(":{shop_port}")) && self.shop.is_empty() {
                self.shop = (*word).to_owned();
            } else if word.starts_with("http") && word.contains(&format!(":{port}")) && self.desk.is_empty() {
                let origin = word.split('/').take(3).collect::<Vec<_>>().join("/");
                self.desk = format!("{origin}/desk/");
            } else if word.contains('@') && self.email.is_empty() {
                // The password is the last word of the login's line.
                if let Some(password) = words[index + 1..].last() {
                    self.email = word.trim_matches(',').to_owned();
                    self.password = (*password).to_owned();
                }
            }
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn free_ports() -> Result<(u16, u16)> {
    // Both are held until both are known, so that they differ.
    let (one, other) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok((one.local_addr()?.port(), other.local_addr()?.port()))
}
