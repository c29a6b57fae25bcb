//! A WebSocket as the relay uses it: text in and out, small buffers, a bound on how long anybody is waited for, and
//! an end that the other side gets to see.

use std::time::Duration;

use bytes::Bytes;
use deskbell_shared::protocol::CloseCode;
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode as WireCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame, Utf8Bytes};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::pieces::{PIECES_MAX, Pieces, is_too_many};

/// Read at once. The buffer is zeroed before every read and kept by every idle socket, so it is small.
pub const READ_BUFFER_BYTES: usize = 1024;
/// Written at once, and the size of the pieces in which long frames go out: what the write buffer has once held it
/// keeps, so a long page must not pass through it whole.
pub const WRITE_BUFFER_BYTES: usize = 2048;
/// A client that takes nothing for this long is closed with `too_slow`.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a closed socket waits for the other side to go as well, so that it sees why.
pub const LINGER: Duration = Duration::from_secs(1);
/// What is read and thrown away meanwhile.
const LINGER_BYTES_MAX: u64 = 1024 * 1024;

/// How much may come in at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest message, also as it goes out.
    pub message_bytes_max: usize,
    /// The most pieces in which one may come.
    pub pieces_max: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { message_bytes_max: FRAME_BYTES_MAX, pieces_max: PIECES_MAX }
    }
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The server closes it, for this reason.
    Close(CloseCode),
    /// The other side broke the rules of WebSocket itself, and is told so by the standard's code.
    Violation(WireCode),
    /// The other side has closed it, or the line is broken.
    Gone,
}

/// What came in.
#[derive(Debug)]
pub enum Heard {
    /// A frame of the protocol.
    Text(Utf8Bytes),
    /// A ping, which is answered by itself.
    Ping,
    /// A sign of life.
    Pong,
}

/// One socket after its handshake.
pub struct Socket<S> {
    stream: WebSocketStream<Pieces<S>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Takes a stream on which the handshake is over.
    pub async fn new(stream: S, limits: Limits) -> Socket<S> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(2 * limits.message_bytes_max)
            .max_message_size(Some(limits.message_bytes_max))
            .max_frame_size(Some(limits.message_bytes_max));
        let stream = Pieces::new(stream, limits.pieces_max);
        Socket { stream: WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await }
    }

    /// The next thing that comes in. May be dropped and called again.
    pub async fn next(&mut self) -> Result<Heard, End> {
        match self.message().await? {
            Message::Text(text) => Ok(Heard::Text(text)),
            Message::Ping(_) => Ok(Heard::Ping),
            Message::Pong(_) => Ok(Heard::Pong),
            Message::Binary(_) | Message::Frame(_) => Err(End::Close(CloseCode::Malformed)),
            Message::Close(_) => Err(End::Gone),
        }
    }

    /// The same before anything is made of it: the protocol has no binary messages, WebSocket has.
    pub async fn message(&mut self) -> Result<Message, End> {
        match self.stream.next().await {
            Some(Ok(message)) => Ok(message),
            Some(Err(error)) => Err(end_of(&error)),
            None => Err(End::Gone),
        }
    }

    /// Writes a frame of the protocol, which may wait in the buffer until `flush`.
    pub async fn put(&mut self, text: Bytes) -> Result<(), End> {
        self.put_as(Data::Text, text).await
    }

    /// Writes a message of either kind.
    pub async fn put_as(&mut self, mut kind: Data, message: Bytes) -> Result<(), End> {
        let mut rest = message;
        while rest.len() > WRITE_BUFFER_BYTES {
            let piece = rest.split_to(WRITE_BUFFER_BYTES);
            self.put_piece(piece, OpCode::Data(kind), false).await?;
            kind = Data::Continue;
        }
        self.put_piece(rest, OpCode::Data(kind), true).await
    }

    /// Writes a ping.
    pub async fn ping(&mut self) -> Result<(), End> {
        patiently(self.stream.feed(Message::Ping(Bytes::new()))).await
    }

    /// Sends what waits in the buffer.
    pub async fn flush(&mut self) -> Result<(), End> {
        patiently(self.stream.flush()).await
    }

    /// Ends the connection so that the other side sees why.
    pub async fn finish(mut self, end: End) {
        let closing = async {
            let said = match end {
                End::Close(code) => Some((WireCode::from(code.code()), code.meaning())),
                End::Violation(code) => Some((code, "this is not WebSocket as RFC 6455 has it")),
                End::Gone => None,
            };
            if let Some((code, reason)) = said {
                let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
                let _ = self.stream.send(Message::Close(Some(frame))).await;
            } else {
                let _ = self.stream.flush().await;
            }
            let raw = self.stream.get_mut();
            let _ = raw.shutdown().await;
            // Closing a socket with unread bytes in it resets the connection, and the close frame may be lost.
            let _ = tokio::io::copy(&mut raw.take(LINGER_BYTES_MAX), &mut tokio::io::sink()).await;
        };
        let _ = timeout(LINGER, Box::pin(closing)).await;
    }

    async fn put_piece(&mut self, piece: Bytes, kind: OpCode, last: bool) -> Result<(), End> {
        patiently(self.stream.feed(Message::Frame(Frame::message(piece, kind, last)))).await
    }
}

async fn patiently(write: impl Future<Output = Result<(), Error>>) -> Result<(), End> {
    match timeout(WRITE_TIMEOUT, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(end_of(&error)),
        Err(_) => Err(End::Close(CloseCode::TooSlow)),
    }
}

fn end_of(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::Close(CloseCode::TooBig),
        Error::Io(error) if is_too_many(error) => End::Close(CloseCode::TooBig),
        Error::Utf8(_) => End::Violation(WireCode::Invalid),
        Error::AttackAttempt => End::Violation(WireCode::Protocol),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        Error::Protocol(_) => End::Violation(WireCode::Protocol),
        _ => End::Gone,
    }
}
