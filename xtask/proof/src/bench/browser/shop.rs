//! The website that embeds the chat: a few pages on 127.0.0.1, while the chat server is `localhost` — two sites.

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// A running shop. Ends with this value.
pub struct Shop {
    /// `http://127.0.0.1:PORT`
    pub origin: String,
    task: Option<AbortHandle>,
    listener: Option<TcpListener>,
}

impl Shop {
    /// Takes a port: the chat server has to know the shop's origin before the shop knows its tag.
    pub async fn rent() -> Result<Shop> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        Ok(Shop { origin, task: None, listener: Some(listener) })
    }

    /// Opens it, with the chat's tag on every page.
    pub fn open(&mut self, tag: &str) {
        let Some(listener) = self.listener.take() else { return };
        let page = page(tag);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, page.clone()));
            }
        });
        self.task = Some(task.abort_handle());
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// One request, whatever it asks for. An error is a browser that went away.
async fn answer(mut stream: TcpStream, page: String) {
    let mut asked = Vec::new();
    let mut chunk = [0; 2048];
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(read @ 1..) if asked.len() < REQUEST_BYTES_MAX => asked.extend_from_slice(&chunk[..read]),
            _ => return,
        }
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        page.len()
    );
    let _ = stream.write_all((head + &page).as_bytes()).await;
}

fn page(tag: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Shop</title>\
         <link rel=\"icon\" href=\"data:,\">{tag}</head><body><h1>A shop</h1>\
         <p><a href=\"/cups\">Cups</a></p></body></html>"
    )
}
