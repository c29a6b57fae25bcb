//! A WebSocket as the relay uses it: text in and out, small buffers, a bound on how long anybody is waited for, and
//! an end that the other side gets to see.

use std::time::Duration;

use bytes::Bytes;
use deskbell_shared::protocol::CloseCode;
use deskbell_shared::protocol::limits::{BEAT_INTERVAL, FRAME_BYTES_MAX, SILENCE_MAX};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout, timeout_at};
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
/// A write that begins to wait shortly before a client has been silent for too long, or after it, still gets this
/// much: with it and the linger a dead connection is gone within 30 seconds.
pub const LATE_WRITE_TIMEOUT: Duration = Duration::from_secs(3);
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
    heard_at: Instant,
    pinged_at: Instant,
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
        let stream = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
        let now = Instant::now();
        Socket { stream, heard_at: now, pinged_at: now }
    }

    /// When the other side will have been silent for too long.
    pub fn silent_at(&self) -> Instant {
        self.heard_at + SILENCE_MAX
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
            Some(Ok(message)) => {
                self.heard_at = Instant::now();
                Ok(message)
            }
            Some(Err(error)) => Err(end_of(&error)),
            None => Err(End::Gone),
        }
    }

    /// Writes a frame of the protocol, which may wait in the buffer until `flush`.
    pub async fn put(&mut self, text: Bytes) -> Result<(), End> {
        // While much is told nothing is read and no beat falls due: who is not asked cannot be heard.
        if self.pinged_at.elapsed() > BEAT_INTERVAL {
            self.ping().await?;
        }
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
        self.pinged_at = Instant::now();
        self.write(Some(Message::Ping(Bytes::new()))).await
    }

    /// Sends what waits in the buffer.
    pub async fn flush(&mut self) -> Result<(), End> {
        self.write(None).await
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
        self.write(Some(Message::Frame(Frame::message(piece, kind, last)))).await
    }

    /// Writes a message, or flushes. While it waits nobody reads, so it is this that finds out when the other side
    /// has fallen silent.
    async fn write(&mut self, message: Option<Message>) -> Result<(), End> {
        let began = Instant::now();
        let slow_at = began + WRITE_TIMEOUT;
        loop {
            let look_at = slow_at.min(self.silent_at().max(began + LATE_WRITE_TIMEOUT));
            // A write that is dropped while it waits has taken nothing: the message is only handed over when there
            // is room. A copy shares its bytes.
            let written = match message.clone() {
                Some(message) => timeout_at(look_at, self.stream.feed(message)).await,
                None => timeout_at(look_at, self.stream.flush()).await,
            };
            match written {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => return Err(end_of(&error)),
                Err(_) if look_at == slow_at => return Err(End::Close(CloseCode::TooSlow)),
                Err(_) if !self.stream.get_mut().has_unread().await => {
                    return Err(End::Close(CloseCode::Silent));
                }
                Err(_) => self.heard_at = Instant::now(),
            }
        }
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

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};

    use super::*;

    /// A socket whose other side takes nothing beyond what the line holds.
    async fn stuck() -> (Socket<DuplexStream>, DuplexStream) {
        let (near, far) = duplex(64);
        (Socket::new(near, Limits::default()).await, far)
    }

    /// Writes until it ends; by then so much time has passed since `from`.
    async fn write_on(socket: &mut Socket<DuplexStream>, from: Instant) -> (End, Duration) {
        loop {
            if let Err(end) = socket.put(Bytes::from(vec![b'x'; 10_000])).await {
                return (end, from.elapsed());
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_waits_does_not_put_off_the_end_of_a_silent_connection() {
        for begins in [16, 20, 22, 24, 25] {
            let (mut socket, _far) = stuck().await;
            let from = Instant::now();
            tokio::time::sleep(Duration::from_secs(begins)).await;
            let (end, took) = write_on(&mut socket, from).await;
            assert_eq!(end, End::Close(CloseCode::Silent), "{begins}");
            assert!(took >= SILENCE_MAX, "{begins}: {took:?}");
            assert!(took + LINGER < Duration::from_secs(30), "{begins}: {took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_but_was_heard_is_slow() {
        for (begins, speaks) in [(0, None), (20, Some(()))] {
            let (mut socket, mut far) = stuck().await;
            tokio::time::sleep(Duration::from_secs(begins)).await;
            if speaks.is_some() {
                far.write_all(&[0x8a, 0x80, 0, 0, 0, 0]).await.unwrap();
            }
            let (end, took) = write_on(&mut socket, Instant::now()).await;
            assert_eq!((end, took), (End::Close(CloseCode::TooSlow), WRITE_TIMEOUT));
            // What was looked at on the way is still there to be read.
            if speaks.is_some() {
                assert!(matches!(socket.next().await, Ok(Heard::Pong)));
            }
        }
    }
}
