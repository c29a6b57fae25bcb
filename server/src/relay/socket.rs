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
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode as WireCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame, Utf8Bytes};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::pieces::{Pieces, is_too_many};

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

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The server closes it, for this reason.
    Close(CloseCode),
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
    pub async fn new(stream: S) -> Socket<S> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(2 * FRAME_BYTES_MAX)
            .max_message_size(Some(FRAME_BYTES_MAX))
            .max_frame_size(Some(FRAME_BYTES_MAX));
        Socket {
            stream: WebSocketStream::from_raw_socket(Pieces::new(stream), Role::Server, Some(config)).await,
        }
    }

    /// The next thing that comes in. May be dropped and called again.
    pub async fn next(&mut self) -> Result<Heard, End> {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => Ok(Heard::Text(text)),
            Some(Ok(Message::Ping(_))) => Ok(Heard::Ping),
            Some(Ok(Message::Pong(_))) => Ok(Heard::Pong),
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => Err(End::Close(CloseCode::Malformed)),
            Some(Ok(Message::Close(_))) | None => Err(End::Gone),
            Some(Err(error)) => Err(end_of(&error)),
        }
    }

    /// Writes a frame, which may wait in the buffer until `flush`.
    pub async fn put(&mut self, text: Bytes) -> Result<(), End> {
        if text.len() <= WRITE_BUFFER_BYTES {
            return self.put_piece(text, OpCode::Data(Data::Text), true).await;
        }
        let mut rest = text;
        let mut kind = Data::Text;
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
            if let End::Close(code) = end {
                let frame = CloseFrame {
                    code: WireCode::from(code.code()),
                    reason: Utf8Bytes::from_static(code.meaning()),
                };
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
        Error::Utf8(_) | Error::AttackAttempt => End::Close(CloseCode::Malformed),
        Error::Protocol(error) => match error {
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake => End::Gone,
            _ => End::Close(CloseCode::Malformed),
        },
        _ => End::Gone,
    }
}
