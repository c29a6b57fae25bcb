//! The named baseline: a page with one field, and a socket whose lines it appends. What a browser needs for that on this
//! machine is what no chat can be faster than.

use anyhow::Result;
use futures_util::SinkExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::Message;

/// Lines on their way to the page.
const LINES_MAX: usize = 4096;
/// What a request's head may have.
const HEAD_BYTES_MAX: usize = 16 * 1024;
const PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Bare</title><link rel=icon href='data:,'>\
    <textarea id=answer rows=3></textarea><div id=lines></div><script>\
    const lines = document.getElementById('lines');\
    new WebSocket('ws://' + location.host + '/ws').onmessage = event => {\
      const line = document.createElement('p'); line.textContent = event.data; lines.append(line);\
      if (lines.children.length > 100) lines.firstChild.remove(); }</script>";

/// The page's server. Ends with this value.
pub struct Bare {
    /// `http://127.0.0.1:PORT/`
    pub address: String,
    lines: broadcast::Sender<String>,
    task: AbortHandle,
}

impl Bare {
    /// Listens.
    pub async fn open() -> Result<Bare> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}/", listener.local_addr()?);
        let (lines, _) = broadcast::channel(LINES_MAX);
        let given = lines.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, given.subscribe()));
            }
        });
        Ok(Bare { address, lines, task: task.abort_handle() })
    }

    /// Whether the page listens.
    pub fn is_heard(&self) -> bool {
        self.lines.receiver_count() > 0
    }

    /// Sends a line.
    pub fn says(&self, line: String) {
        let _ = self.lines.send(line);
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request. An error is a browser that went away.
async fn answer(mut stream: TcpStream, mut lines: broadcast::Receiver<String>) {
    let mut head = vec![0; HEAD_BYTES_MAX];
    let Ok(read) = stream.peek(&mut head).await else { return };
    if head[..read].starts_with(b"GET /ws") {
        let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
        while let Ok(line) = lines.recv().await {
            if socket.send(Message::text(line)).await.is_err() {
                return;
            }
        }
        return;
    }
    drop(lines);
    if stream.read(&mut head).await.is_ok() {
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{PAGE}",
            PAGE.len()
        );
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}
