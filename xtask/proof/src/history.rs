//! What happened, as everybody saw it: one list of records, in the order of one monotonic clock. Every driver (the
//! simulator, native clients, browsers) appends to it; the checker reads nothing else.
//!
//! A history is kept as JSON lines. It holds no text that anybody wrote, only digests.

use std::fmt;
use std::io::{BufRead, Write};
use std::str::FromStr;

use anyhow::{Context, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Any of the product's 128-bit ids (conversation, message, visitor, agent, epoch), written as hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub u128);

/// One page or program that holds a session. A reload is another client of the same lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Client(pub u32);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Milliseconds of one monotonic clock, real or virtual, from the beginning of the history. The order of records
    /// is the order of the list; equal times are allowed.
    pub at_ms: u64,
    /// What it was.
    #[serde(flatten)]
    pub what: What,
}

/// The two sides of a conversation, which count rows differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The visitor; counts the rows that a visitor may read.
    Visitor,
    /// Agents; count all rows.
    Staff,
}

/// What a row says, as far as two readers can disagree about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Row {
    /// The message's id; none for events.
    pub cmid: Option<Id>,
    /// Who; none for the system itself.
    pub author: Option<Id>,
    /// Of the body: `digest(text)` of a message, of kind and version of an event.
    pub digest: u64,
}

/// The right to decide for an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Which.
    pub inbox: Id,
    /// Grows with every holder.
    pub token: u64,
}

/// Everything that can be recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Somebody wrote a message: the session took it, nothing was sent yet.
    Invoke {
        /// In which client.
        client: Client,
        /// Where, as far as the client knew.
        conversation: Id,
        /// The message's id.
        cmid: Id,
        /// Who wrote.
        author: Id,
        /// The outbox within which order is promised: one device, or one tab where tabs write at the same time.
        lane: u32,
        /// `digest(text)`.
        digest: u64,
        /// It is a note: for staff only, whatever becomes of it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        note: bool,
    },
    /// Somebody passed a conversation on with a note, to which the server gives an id of its own.
    Enclosed {
        /// Who wrote.
        author: Id,
        /// `digest(text)`.
        digest: u64,
    },
    /// A client was told that a message is durable.
    Ack {
        /// Who was told.
        client: Client,
        /// Where it is.
        conversation: Id,
        /// The message's id.
        cmid: Id,
        /// The lineage of the store.
        epoch: Id,
        /// Whose count `seq` is.
        side: Side,
        /// Its place.
        seq: u64,
    },
    /// A client was told that a message will not be taken.
    Refuse {
        /// Who was told.
        client: Client,
        /// The message's id.
        cmid: Id,
        /// The code.
        code: String,
    },
    /// The client went without an answer about this message and without keeping it (storage denied or wiped before
    /// the first ack): it may be in the log or not.
    Timeout {
        /// Which client.
        client: Client,
        /// The message's id.
        cmid: Id,
    },
    /// A client put a row on its screen.
    Observe {
        /// Which client.
        client: Client,
        /// Where.
        conversation: Id,
        /// The lineage it believed in.
        epoch: Id,
        /// Whose count `seq` is.
        side: Side,
        /// The place.
        seq: u64,
        /// What it showed.
        row: Row,
    },
    /// A page was opened: from now on this client is there.
    Opened {
        /// Which client.
        client: Client,
        /// Who sits in front of it.
        person: Id,
        /// The outbox it writes to.
        lane: u32,
    },
    /// From now on somebody may, or may not, read a conversation.
    Allowed {
        /// Who.
        person: Id,
        /// Which.
        conversation: Id,
        /// Whether.
        may: bool,
    },
    /// A client is connected (again).
    Resume {
        /// Which client.
        client: Client,
    },
    /// A client dropped what it showed of a conversation to show a newer window (after a long absence) or another
    /// lineage. The next observation begins a new window.
    Reset {
        /// Which client.
        client: Client,
        /// Where.
        conversation: Id,
    },
    /// A client is gone for good (closed, crashed): it does not have to come to the head.
    Gone {
        /// Which client.
        client: Client,
    },
    /// Every fault has ended; from now on everything has to become well.
    Healed {},
    /// A client came to rest after `Healed`.
    Quiet {
        /// Which client.
        client: Client,
        /// Messages that still wait in its outbox (refused ones wait for people and do not count).
        waiting: u32,
    },
    /// What a client shows of a conversation at the end.
    Shown {
        /// Which client.
        client: Client,
        /// Where.
        conversation: Id,
        /// Whose count.
        side: Side,
        /// The first place shown; older rows are fetched on demand.
        first: u64,
        /// The last place shown.
        last: u64,
        /// `window_digest` of the rows shown.
        digest: u64,
        /// A client that was opened for this, from nothing, after the rest had come to rest.
        fresh: bool,
    },
    /// What a client shows of the state of a conversation at the end (who has it, who has read how far).
    State {
        /// Which client.
        client: Client,
        /// Where.
        conversation: Id,
        /// Whose count.
        side: Side,
        /// Of the state.
        digest: u64,
    },
    /// A row of the store at the end. Rows of a conversation come in any order.
    Log {
        /// Where.
        conversation: Id,
        /// The lineage of the store.
        epoch: Id,
        /// Its place among all rows.
        seq: u64,
        /// Its place among those that a visitor may read.
        visitor_seq: Option<u64>,
        /// What it says.
        row: Row,
    },
    /// Whether somebody was shown as present, and whether they were, a minute after all was quiet.
    Presence {
        /// Who.
        person: Id,
        /// What others were shown.
        shown: bool,
        /// What is true.
        truth: bool,
    },
    /// The store owes a side effect (an e-mail) for a row: from now on it has this id.
    Owed {
        /// What it is owed for.
        cause: Id,
        /// The id under which it goes out.
        id: Id,
    },
    /// The other side got a side effect, or was told for good that none comes.
    Delivered {
        /// The id it came under.
        id: Id,
        /// What it was for.
        cause: Id,
        /// It was given up in sight instead.
        given_up: bool,
    },
    /// A side effect that is owed came to be of no use (the visitor read the answer in the chat, or is there to read
    /// it; the row it was owed for is gone with its lineage).
    Needless {
        /// The id under which it was owed.
        id: Id,
        /// What it was for.
        cause: Id,
    },
    /// Somebody asked for what is said in a conversation to be erased. Rows may be shown as erased from now on.
    Forgotten {
        /// Where.
        conversation: Id,
    },
    /// A string that belongs to some people was found where others can read it.
    Leaked {
        /// What.
        canary: String,
        /// Where it was found.
        place: String,
    },
    /// An agent takes so many conversations at once from now on.
    Capacity {
        /// Who.
        agent: Id,
        /// How many, over all inboxes.
        capacity: u32,
    },
    /// The right to decide for an inbox was given to somebody new.
    Leased {
        /// The right, which is greater than every one before it.
        lease: Lease,
        /// The lineage of the store.
        epoch: Id,
    },
    /// What a desk has decided was stored.
    Decided {
        /// Under which right.
        lease: Lease,
        /// The lineage of the store.
        epoch: Id,
    },
    /// Where a conversation stands from now on, in the order in which the store did it.
    Stands {
        /// Which.
        conversation: Id,
        /// The lineage of the store.
        epoch: Id,
        /// Where it is.
        inbox: Id,
        /// Whose it is.
        visitor: Id,
        /// Its assignment version.
        version: u32,
        /// It is not resolved.
        open: bool,
        /// Who has it.
        assignee: Option<Id>,
        /// They have put it aside, and it does not count among what they have.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        aside: bool,
        /// A desk decided it: whoever got it had room for it. By hand nobody counts.
        by_desk: bool,
    },
    /// What was said of where conversations stand is all of one moment: nobody has more than they take.
    Counted {},
    /// Somebody who waits was told how long it will take.
    Told {
        /// Which conversation.
        conversation: Id,
        /// The place in the queue.
        position: u32,
        /// From now until the early end of the interval.
        earliest_ms: i64,
        /// From now until the late end.
        latest_ms: i64,
    },
    /// When all is quiet: a conversation waits, and its visitor is there or has left an address.
    Waits {
        /// Which.
        conversation: Id,
        /// Where.
        inbox: Id,
    },
    /// When all is quiet: an agent is there, wants conversations and has room for one.
    Idle {
        /// Who.
        agent: Id,
        /// Where they work.
        inbox: Id,
    },
    /// What a node used, and what it may use.
    Node {
        /// Resident memory, bytes.
        resident_bytes: u64,
        /// Its budget.
        resident_bytes_max: u64,
        /// Open descriptors.
        descriptors: u64,
        /// Their budget.
        descriptors_max: u64,
    },
}

/// A digest of what somebody wrote (FNV-1a, 64 bits): equal texts are equal, and a history can be shared.
pub fn digest(text: &str) -> u64 {
    text.bytes().fold(FNV_BASIS, |digest, byte| (digest ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

/// What a message says together with the answers to press that come with it.
pub fn offering(text: &str, choices: &[String]) -> String {
    [core::slice::from_ref(&text.to_owned()), choices].concat().join("\n")
}

/// The digest of a message: of its text, and of the file that comes with it.
pub fn digest_with(text: &str, file: Option<Id>) -> u64 {
    match file {
        None => digest(text),
        Some(file) => digest(&format!("{text}\n{file}")),
    }
}

/// The digest of a row in which something was said that is erased.
pub fn erased() -> u64 {
    digest("erased\n")
}

/// A digest of rows in order.
pub fn window_digest<'a>(rows: impl IntoIterator<Item = &'a Row>) -> u64 {
    rows.into_iter().fold(FNV_BASIS, |digest, row| {
        let cmid = row.cmid.map_or(0, |id| id.0);
        let author = row.author.map_or(0, |id| id.0);
        let words = [cmid as u64, (cmid >> 64) as u64, author as u64, (author >> 64) as u64, row.digest];
        words.iter().fold(digest, |digest, word| (digest ^ word).wrapping_mul(FNV_PRIME).rotate_left(23))
    })
}

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// Writes records as JSON lines.
pub fn write(records: &[Record], mut to: impl Write) -> Result<()> {
    for record in records {
        serde_json::to_writer(&mut to, record).context("writing a record")?;
        to.write_all(b"\n").context("writing a history")?;
    }
    to.flush().context("writing a history")
}

/// Reads what `write` wrote. A line that cannot be read is an error that names it.
pub fn read(from: impl BufRead) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for (index, line) in from.lines().enumerate() {
        let line = line.with_context(|| format!("reading line {}", index + 1))?;
        if !line.trim().is_empty() {
            let record = serde_json::from_str(&line);
            records.push(record.with_context(|| format!("line {} is no record", index + 1))?);
        }
    }
    Ok(records)
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Id {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Id, Self::Err> {
        u128::from_str_radix(text, 16).map(Id)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Id, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_| serde::de::Error::custom(format!("{text:?} is no id")))
    }
}
