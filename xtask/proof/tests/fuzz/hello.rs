//! Bytes on a socket that nobody well-meaning sends, from the hello on, against the relay with the store's double in
//! virtual time: the connection ends, with a code of the table, and whatever is said on it can be read.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use deskbell_server::application::{Application, SystemClock};
use deskbell_server::auth::Principal;
use deskbell_server::relay::{PeerAddress, serve_stream};
use deskbell_server::store::memory::MemoryStore;
use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{InboxId, SiteId, VisitorId};
use deskbell_shared::protocol::{CloseCode, Command, DeskFrame, Frame, VERSION};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::corpus::Corpus;

/// Longer than any bound of the server on a connection that says nothing.
const END_WITHIN: Duration = Duration::from_secs(120);
/// What a connection may take in without being read.
const PIPE_BYTES: usize = 1 << 20;
const TEXT: u8 = 0x81;

pub struct Relay {
    runtime: tokio::runtime::Runtime,
    app: Arc<Application>,
}

impl Relay {
    pub fn new() -> Relay {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let app = Arc::new(Application::new(Arc::new(MemoryStore::new()), Arc::new(SystemClock)));
        Relay { runtime: runtime.expect("a runtime"), app }
    }

    pub fn attempt(&self, random: &mut Unstructured<'_>, corpus: &Corpus) -> Result<Option<(u64, String)>> {
        let mut sent = Vec::new();
        let mut texts = vec![self.hello(random, corpus)?];
        for _ in 0..random.int_in_range(0..=4)? {
            texts.push(corpus.changed(random)?);
        }
        texts.iter().for_each(|text| sent.extend(masked(TEXT, text.as_bytes())));
        if random.ratio(1, 3)? {
            for _ in 0..random.int_in_range(1..=8)? {
                let at = random.choose_index(sent.len())?;
                sent[at] = random.arbitrary()?;
            }
        }
        let hangs_up = random.arbitrary()?;
        let said = self.runtime.block_on(self.talk(sent, hangs_up));
        let mut way = DefaultHasher::new();
        for (kind, payload) in frames(&said) {
            judge(kind, &payload, &mut way);
        }
        Ok(Some((way.finish(), texts.pop().unwrap_or_default())))
    }

    /// Mostly one that opens the door, or what lies behind it would never be tried.
    fn hello(&self, random: &mut Unstructured<'_>, corpus: &Corpus) -> Result<String> {
        if random.ratio(1, 4)? {
            return corpus.changed(random);
        }
        let id = VisitorId(random.int_in_range(1..=40u8)?.into());
        let who = Principal::Visitor { id, site: SiteId(1), inbox: InboxId(1), session: None };
        let ticket = self.app.tickets.issue(who, self.app.now()).unwrap_or_default();
        Ok(Command::Hello { version: VERSION, ticket, resume: Vec::new(), feed: None }.to_text())
    }

    async fn talk(&self, sent: Vec<u8>, hangs_up: bool) -> Vec<u8> {
        let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
        let peer = PeerAddress(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let served = tokio::spawn(serve_stream(self.app.clone(), theirs, peer));
        let (mut hear, mut say) = tokio::io::split(ours);
        say.write_all(&sent).await.expect("room for it");
        if hangs_up {
            say.shutdown().await.expect("hanging up");
        }
        let mut said = Vec::new();
        let heard = tokio::time::timeout(END_WITHIN, hear.read_to_end(&mut said)).await;
        heard.expect("the connection never ends").expect("a pipe");
        served.await.expect("the connection panicked");
        said
    }
}

fn judge(kind: u8, payload: &[u8], way: &mut DefaultHasher) {
    kind.hash(way);
    match kind {
        1 => {
            let text = std::str::from_utf8(payload).expect("text is UTF-8");
            let readable = Frame::from_text(text).is_ok() || DeskFrame::from_text(text).is_ok();
            assert!(readable, "the server said {text}");
            if let Ok(frame) = Frame::from_text(text) {
                std::mem::discriminant(&frame).hash(way);
                if let Frame::Refused { code, .. } = frame {
                    code.text().hash(way);
                }
            }
        }
        8 if payload.len() >= 2 => {
            let code = u16::from_be_bytes([payload[0], payload[1]]);
            // An orderly close is answered with the code that it came with.
            let known = CloseCode::from_code(code).is_some() || code < 4000;
            assert!(known, "the server closed with {code}, which stands in no table");
            (code >= 4000).hash(way);
            code.min(4999).hash(way);
        }
        _ => {}
    }
}

/// A frame as clients send it, with a mask of zeros.
fn masked(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind];
    match payload.len() {
        len @ 0..126 => frame.push(0x80 | len as u8),
        len => {
            frame.push(0x80 | 126);
            frame.extend((len as u16).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The messages in what a server sent, pieces joined.
fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames: Vec<(u8, Vec<u8>)> = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        let (len, rest) = match (second, rest) {
            (126, [a, b, rest @ ..]) => (u16::from_be_bytes([*a, *b]).into(), rest),
            (len, rest) => (usize::from(*len), rest),
        };
        let (payload, rest) = rest.split_at(len.min(rest.len()));
        match (first & 0x0f, frames.last_mut()) {
            (0, Some((_, begun))) => begun.extend(payload),
            (kind, _) => frames.push((kind, payload.to_vec())),
        }
        bytes = rest;
    }
    frames
}
