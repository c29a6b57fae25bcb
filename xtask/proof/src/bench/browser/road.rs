//! The road between the browsers and the chat server. The developer tools make a browser believe that it is offline and
//! fail its new requests, but an open socket they leave alone; so the road itself is closed, too.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

const CHUNK_BYTES: usize = 16 * 1024;

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It arrives.
    Open,
    /// Nothing arrives and nobody is told, as behind a dead radio; what was sent arrives when the way is open again.
    Silent,
    /// Connections end, and new ones do, too.
    Cut,
}

/// A running road. Ends with this value.
pub struct Road {
    address: SocketAddr,
    way: watch::Sender<Way>,
    to: watch::Sender<u16>,
    task: AbortHandle,
}

impl Road {
    /// Builds one that leads nowhere yet.
    pub async fn build() -> Result<Road> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (way, ways) = watch::channel(Way::Open);
        let (to, goals) = watch::channel(0);
        let task = tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                let goal: u16 = *goals.borrow();
                tokio::spawn(lead(here, goal, ways.clone()));
            }
        });
        Ok(Road { address, way, to, task: task.abort_handle() })
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads to this port from now on.
    pub fn leads_to(&self, port: u16) {
        self.to.send_replace(port);
    }

    /// Opens or closes it.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

impl Drop for Road {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn lead(here: TcpStream, goal: u16, mut way: watch::Receiver<Way>) {
    // A silent road lets nobody know whether there is somebody at its end.
    if !opens(&mut way).await {
        return;
    }
    let Ok(there) = TcpStream::connect(("127.0.0.1", goal)).await else { return };
    let (from_here, to_here) = here.into_split();
    let (from_there, to_there) = there.into_split();
    // Whichever side ends, both do.
    tokio::select! {
        () = carry(from_here, to_there, way.clone()) => {}
        () = carry(from_there, to_here, way.clone()) => {}
        _ = way.wait_for(|way| *way == Way::Cut) => {}
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: watch::Receiver<Way>) {
    let mut chunk = [0; CHUNK_BYTES];
    while let Ok(read @ 1..) = from.read(&mut chunk).await {
        if !opens(&mut way).await || to.write_all(&chunk[..read]).await.is_err() {
            return;
        }
    }
}

/// Waits while it is silent. Whether it is open then.
async fn opens(way: &mut watch::Receiver<Way>) -> bool {
    way.wait_for(|way| *way != Way::Silent).await.is_ok_and(|way| *way == Way::Open)
}
