//! A network of its own for the server, joined to the clients' by one virtual cable: what is done to it, in it or on
//! the cable, concerns nobody else on the machine. Gone when dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, bail};

use super::http::Place;
use super::node::{Node, Program};
use super::plan::Plan;
use super::stage::Stage;

/// The server's port: nobody else is in its namespace.
pub const PORT: u16 = 8080;

/// A namespace with a cable.
pub struct Namespace {
    name: String,
    cable: String,
    /// The clients' end.
    near: Ipv4Addr,
    /// The server's end.
    far: Ipv4Addr,
}

impl Namespace {
    /// Makes one with a name and addresses of its own.
    pub fn new(seed: u64) -> Result<Namespace> {
        // Several may be up at a time.
        static MADE: AtomicU64 = AtomicU64::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let tag = (u64::from(std::process::id()) * 31 + seed + made * 7919) % 0xffff;
        // From the block for tests between networks (RFC 2544), which nobody has at home.
        let [a, b] = [(tag >> 8) as u8, (tag & 0xff) as u8];
        let near = Ipv4Addr::new(198, 18 | (a & 1), b, 1 + (a & 0xfc));
        let far = Ipv4Addr::from(u32::from(near) + 1);
        let namespace =
            Namespace { name: format!("deskbell-{tag:x}"), cable: format!("dkb{tag:x}"), near, far };
        let Namespace { name, cable, .. } = &namespace;
        let peer = format!("{cable}p");
        run(&format!("ip netns add {name}"))?;
        run(&format!("ip link add {cable} type veth peer name {peer} netns {name}"))?;
        run(&format!("ip addr add {near}/30 dev {cable}"))?;
        run(&format!("ip link set {cable} up"))?;
        namespace.inside(&format!("ip addr add {far}/30 dev {peer}"))?;
        namespace.inside(&format!("ip link set {peer} up"))?;
        namespace.inside("ip link set lo up")?;
        Ok(namespace)
    }

    /// A server in it and a crowd outside.
    pub async fn stage(&self, plan: &Plan) -> Result<Stage> {
        let folder = tempfile::Builder::new().prefix("deskbell-faults-").tempdir()?;
        let before = ["ip", "netns", "exec", &self.name];
        let mut node = Node::new(&plan.binary, &folder.path().join("data"), Program::under(before));
        let host = "chat.example".to_owned();
        // Off loopback the product wants TLS in front of it; the bench stands there.
        let place = Place { address: (self.far, PORT).into(), origin: format!("https://{host}"), host };
        node.set_public(place, &self.near.to_string());
        Stage::open_on(plan, folder, node).await
    }

    /// Runs a command inside.
    pub fn inside(&self, command: &str) -> Result<()> {
        run(&format!("ip netns exec {} {command}", self.name))
    }

    /// Runs a command about the clients' end of the cable, in which `CABLE` stands for its name.
    pub fn outside(&self, command: &str) -> Result<()> {
        run(&command.replace("CABLE", &self.cable))
    }

    /// The name of the cable's end inside.
    pub fn far_cable(&self) -> String {
        format!("{}p", self.cable)
    }

    /// The clients' address.
    pub fn near(&self) -> Ipv4Addr {
        self.near
    }

    /// Connections from these ports that the server's kernel holds as open.
    pub fn connections_from(&self, ports: &[u16]) -> Result<usize> {
        let words = ["netns", "exec", &self.name, "ss", "-Htn", "state", "established"];
        let output = Command::new("ip").args(words).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let from = |line: &str| {
            let peer = line.split_whitespace().last().and_then(|peer| peer.rsplit(':').next()?.parse().ok());
            peer.is_some_and(|port: u16| ports.contains(&port))
        };
        Ok(text.lines().filter(|line| from(line)).count())
    }

    /// What waits in the server's sockets for clients with these ports, in bytes.
    pub fn unsent_to(&self, ports: &BTreeSet<u16>) -> Result<BTreeMap<u16, u64>> {
        let words = ["netns", "exec", &self.name, "ss", "-Htn", "state", "established"];
        let output = Command::new("ip").args(words).output()?;
        let of_line = |line: &str| {
            // Received and not read, sent and not taken, here, there.
            let mut words = line.split_whitespace().skip(1);
            let unsent = words.next()?.parse().ok()?;
            let port = words.nth(1)?.rsplit(':').next()?.parse().ok()?;
            ports.contains(&port).then_some((port, unsent))
        };
        Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(of_line).collect())
    }

    /// Takes all rules away.
    pub fn flush(&self) -> Result<()> {
        self.inside("iptables -F")
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = run(&format!("ip link del {}", self.cable));
        let _ = run(&format!("ip netns del {}", self.name));
    }
}

fn run(command: &str) -> Result<()> {
    let mut words = command.split_whitespace();
    let output = Command::new(words.next().unwrap_or_default()).args(words).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("`{command}`: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
