//! One WebSocket and its listeners.

use super::Listener;
use wasm_bindgen::JsCast;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// What a socket reports.
pub(super) enum SocketEvent {
    Opened,
    Text(String),
    Closed(u16),
}

/// The code that a transport without a close frame counts as (RFC 6455, section 7.1.5).
pub(super) const ABNORMAL: u16 = 1006;

/// A socket that is closed when this value goes.
pub(super) struct Socket {
    pub link: u32,
    socket: WebSocket,
    _listener: Listener,
}

impl Socket {
    pub fn open(link: u32, url: &str, report: impl Fn(SocketEvent) + 'static) -> Option<Socket> {
        let socket = WebSocket::new(url).ok()?;
        // A close always follows an error.
        let listener = Listener::on(&socket, &["open", "message", "close"], move |event| {
            if let Some(message) = event.dyn_ref::<MessageEvent>() {
                // Only text is spoken; anything else is a frame that cannot be read.
                report(SocketEvent::Text(message.data().as_string().unwrap_or_default()));
            } else if let Some(close) = event.dyn_ref::<CloseEvent>() {
                report(SocketEvent::Closed(close.code()));
            } else {
                report(SocketEvent::Opened);
            }
        });
        Some(Socket { link, socket, _listener: listener })
    }

    pub fn send(&self, text: &str) {
        // A socket that is closing says so itself.
        let _ = self.socket.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.socket.close();
    }
}
