//! Counts the pieces of incoming messages on their way to the frame reader, which joins them without a bound on
//! their number: empty pieces of a message that never ends would keep a core busy (RUSTSEC-2023-0065 is a relative).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Pieces in which a message may come.
pub const PIECES_MAX: u32 = 16;

/// How far `has_unread` looks ahead.
const AHEAD_BYTES_MAX: usize = 512;

/// A stream whose incoming side carries WebSocket frames of a client.
pub struct Pieces<S> {
    stream: S,
    counter: Counter,
    /// What `has_unread` has taken from the stream, to be read first.
    ahead: Vec<u8>,
}

impl<S> Pieces<S> {
    /// Counts from here on; the stream stands at the beginning of a frame.
    pub fn new(stream: S, pieces_max: u32) -> Pieces<S> {
        Pieces { stream, counter: Counter::new(pieces_max), ahead: Vec::new() }
    }
}

impl<S: AsyncRead + Unpin> Pieces<S> {
    /// Whether something has come in since this was asked last and not been read. Asks and does not wait. Who has sent
    /// more ahead than is looked at counts as heard.
    pub async fn has_unread(&mut self) -> bool {
        std::future::poll_fn(|cx| {
            let mut bytes = [0; AHEAD_BYTES_MAX];
            let room = AHEAD_BYTES_MAX.saturating_sub(self.ahead.len());
            if room == 0 {
                return Poll::Ready(true);
            }
            let mut buf = ReadBuf::new(&mut bytes[..room]);
            // An end or an error comes again for whoever reads.
            let _ = Pin::new(&mut self.stream).poll_read(cx, &mut buf);
            self.ahead.extend_from_slice(buf.filled());
            Poll::Ready(!buf.filled().is_empty())
        })
        .await
    }
}

/// Whether an error of the stream means that a message came in too many pieces.
pub fn is_too_many(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooManyPieces>())
}

#[derive(Debug)]
struct TooManyPieces;

impl std::fmt::Display for TooManyPieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a message in too many pieces")
    }
}

impl std::error::Error for TooManyPieces {}

/// Follows the frame headers of RFC 6455, section 5.2, and skips what they announce.
#[derive(Debug)]
struct Counter {
    /// The pieces of the present message so far.
    pieces: u32,
    pieces_max: u32,
    at: At,
}

/// What the next byte is.
#[derive(Debug, Default)]
enum At {
    /// The first of a frame: whether it is the last piece, and of what kind.
    #[default]
    Kind,
    /// The second: masked or not, and how long.
    Length,
    /// A byte of a long length.
    LongLength { bytes_left: u8, mask_len: u64, length: u64 },
    /// Mask and payload, which say nothing here.
    Skipped { bytes_left: u64 },
}

impl At {
    fn after_header(skip: u64) -> At {
        if skip == 0 { At::Kind } else { At::Skipped { bytes_left: skip } }
    }
}

impl Counter {
    fn new(pieces_max: u32) -> Counter {
        Counter { pieces: 0, pieces_max, at: At::default() }
    }

    /// Takes what was read. False when a message has too many pieces.
    fn take(&mut self, mut bytes: &[u8]) -> bool {
        while let Some((&byte, rest)) = bytes.split_first() {
            bytes = rest;
            self.at = match self.at {
                At::Kind => {
                    match byte & 0x0f {
                        0 => self.pieces = self.pieces.saturating_add(1),
                        // Control frames may stand between the pieces of a message.
                        8.. => {}
                        _ => self.pieces = 1,
                    }
                    if self.pieces > self.pieces_max {
                        return false;
                    }
                    At::Length
                }
                At::Length => {
                    let mask_len = if byte & 0x80 != 0 { 4 } else { 0 };
                    match byte & 0x7f {
                        126 => At::LongLength { bytes_left: 2, mask_len, length: 0 },
                        127 => At::LongLength { bytes_left: 8, mask_len, length: 0 },
                        length => At::after_header(u64::from(length) + mask_len),
                    }
                }
                At::LongLength { bytes_left, mask_len, length } => {
                    let length = length << 8 | u64::from(byte);
                    match bytes_left - 1 {
                        0 => At::after_header(length.saturating_add(mask_len)),
                        bytes_left => At::LongLength { bytes_left, mask_len, length },
                    }
                }
                At::Skipped { bytes_left } => {
                    let here = u64::try_from(bytes.len()).unwrap_or(u64::MAX).min(bytes_left - 1);
                    bytes = &bytes[here as usize..];
                    At::after_header(bytes_left - 1 - here)
                }
            };
        }
        true
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Pieces<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = if self.ahead.is_empty() {
            Pin::new(&mut self.stream).poll_read(cx, buf)
        } else {
            let count = buf.remaining().min(self.ahead.len());
            buf.put_slice(&self.ahead[..count]);
            self.ahead.drain(..count);
            if self.ahead.is_empty() {
                // An idle connection keeps nothing of it.
                self.ahead = Vec::new();
            }
            Poll::Ready(Ok(()))
        };
        if matches!(read, Poll::Ready(Ok(()))) && !self.counter.take(&buf.filled()[before..]) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, TooManyPieces)));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Pieces<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: u8 = 1;
    const MORE: u8 = 0;
    const PING: u8 = 9;

    /// A masked frame.
    fn frame(kind: u8, last: bool, payload: usize) -> Vec<u8> {
        let mut bytes = vec![kind | if last { 0x80 } else { 0 }];
        match payload {
            0..126 => bytes.push(0x80 | payload as u8),
            126..65_536 => {
                bytes.push(0x80 | 126);
                bytes.extend((payload as u16).to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend((payload as u64).to_be_bytes());
            }
        }
        bytes.extend([0; 4]);
        // Payload that looks like pieces must not be taken for them.
        bytes.extend(std::iter::repeat_n(0, payload));
        bytes
    }

    fn message(pieces: usize, payload: usize) -> Vec<u8> {
        let mut bytes = frame(TEXT, pieces == 1, payload);
        for at in 1..pieces {
            bytes.extend(frame(PING, true, 3));
            bytes.extend(frame(MORE, at + 1 == pieces, payload));
        }
        bytes
    }

    #[test]
    fn pieces_are_counted_however_the_bytes_come() {
        let most = PIECES_MAX as usize;
        for payload in [0, 1, 125, 126, 65_535, 65_536] {
            for cut in [1, 2, 3, 7, 4096, usize::MAX] {
                let passes = |bytes: &[u8]| {
                    let mut counter = Counter::new(PIECES_MAX);
                    bytes.chunks(cut.min(bytes.len())).all(|chunk| counter.take(chunk))
                };
                let several: Vec<u8> = [1, most, 2, most].map(|pieces| message(pieces, payload)).concat();
                assert!(passes(&several), "{payload} {cut}");
                assert!(!passes(&message(most + 1, payload)), "{payload} {cut}");
            }
        }
    }
}
