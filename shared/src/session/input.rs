//! Everything that can happen to a session. What a driver cannot express here, a session cannot be told.

use super::cache::CachedConversation;
use super::outbox::OutboxRow;
use crate::model::id::{Cmid, ConversationId, InboxId, Seq};
use crate::model::message::FileView;
use crate::model::visitor::{About, PageView};
use crate::protocol::command::FeedPosition;

/// One thing that happened. `link` is the number that the session gave to an attempt to connect; what arrives late
/// from an earlier attempt is recognised by it and ignored.
#[derive(Clone, Debug)]
pub enum Input {
    /// The driver has read its storage. Given once, before `Start`.
    Restored {
        /// All stored rows of the outbox, in any order.
        outbox: Vec<OutboxRow>,
        /// The stored ends of transcripts; empty for agents.
        cached: Vec<CachedConversation>,
        /// Whether rows can be stored at all. Without, everything lives as long as the page.
        kept: bool,
    },
    /// Somebody wants to be connected: the first time, after `Stop`, or again after the session stopped for good.
    Start,
    /// The page is put aside (hidden for good, frozen, signed out): close the socket and be quiet until `Start`.
    Stop,
    /// Something hints that the network is worth a try now: the page became visible, the computer woke.
    Wake,
    /// The browser's own hint about the network. `true` is also a `Wake`.
    Online(bool),
    /// The answer to `FetchTicket`.
    Ticket {
        /// The attempt it was fetched for.
        link: u32,
        /// The ticket.
        ticket: String,
    },
    /// The answer to `FetchTicket` when there is no ticket.
    TicketFailed {
        /// The attempt it was to be fetched for.
        link: u32,
        /// What is known of the reason.
        failure: TicketFailure,
    },
    /// The socket is open.
    Opened {
        /// Its attempt.
        link: u32,
    },
    /// The socket is closed or never opened.
    Closed {
        /// Its attempt.
        link: u32,
        /// The close code, 1006 where the transport gives none.
        code: u16,
    },
    /// A text frame arrived.
    Text {
        /// The attempt whose socket it came from.
        link: u32,
        /// The frame.
        text: String,
    },
    /// The time of `deadline()` has come. Early or late timers do no harm.
    Timer,
    /// The answer to `SaveOutbox`.
    Saved {
        /// The row.
        cmid: Cmid,
        /// Whether storage has it. If not, it is sent all the same and the session says `kept() == false`.
        kept: bool,
    },
    /// This tab sends for all tabs that share the storage.
    Elected {
        /// The rows stored now, by whatever tab.
        outbox: Vec<OutboxRow>,
    },
    /// Another tab sends now.
    Deposed,
    /// Another tab wrote this row, or changed it.
    RowChanged {
        /// The row.
        row: OutboxRow,
        /// Whether storage is known to have it; `false` for what came by `TellTabs`.
        kept: bool,
    },
    /// Another tab removed this row.
    RowForgotten(Cmid),
    /// The page the visitor is on, for the next conversation that is started.
    Surroundings {
        /// Origin, path and title of the host page.
        page: Option<PageView>,
        /// The language the browser asks for.
        language: Option<String>,
        /// The name of the browser's time zone.
        time_zone: Option<String>,
        /// What the visitor has answered, and what the page says of them.
        about: Option<About>,
    },
    /// For which of the inboxes that a site offers what the visitor writes from now on is; `None` where there is no choice.
    Choose(Option<InboxId>),
    /// Somebody wrote a message. On `Err` nothing was taken and the text stays with the caller.
    Write {
        /// Where; `None` starts a new conversation (visitors only).
        conversation: Option<ConversationId>,
        /// The text.
        text: String,
        /// From a cryptographic source; new for every message.
        random: [u8; 20],
    },
    /// An agent wrote a message with answers to press. On `Err` nothing was taken, and all of it stays with the caller.
    WriteChoices {
        /// Where.
        conversation: ConversationId,
        /// The text.
        text: String,
        /// The answers, in their order; they have to be what the server takes.
        choices: Vec<String>,
        /// From a cryptographic source; new for every message.
        random: [u8; 20],
    },
    /// An agent wrote for staff only. On `Err` nothing was taken and the text stays with the caller.
    WriteNote {
        /// About which.
        conversation: ConversationId,
        /// The text.
        text: String,
        /// From a cryptographic source; new for every note.
        random: [u8; 20],
    },
    /// Somebody sends a file that the server has. On `Err` nothing was taken.
    SendFile {
        /// Where; `None` starts a new conversation (visitors only).
        conversation: Option<ConversationId>,
        /// What the server answered to the upload.
        file: FileView,
        /// What is said with it; may be empty.
        text: String,
        /// From a cryptographic source; new for every message.
        random: [u8; 20],
    },
    /// A refused message is to be sent again, as a new message.
    Retry {
        /// The refused message.
        cmid: Cmid,
        /// From a cryptographic source.
        random: [u8; 20],
    },
    /// A refused message is to be forgotten; the caller has put its text somewhere else or does not want it.
    Discard {
        /// The refused message.
        cmid: Cmid,
    },
    /// Rows were on screen while somebody looked. What was received is known without being told.
    Seen {
        /// Where.
        conversation: ConversationId,
        /// The last row seen.
        read: Seq,
    },
    /// Somebody types here, or stopped. May be said at every key; the session sends what is needed.
    Typing {
        /// Where.
        conversation: ConversationId,
        /// Whether.
        on: bool,
    },
    /// The visitor ends, or the agent resolves. Sent when the messages written before it are stored.
    Resolve {
        /// Which.
        conversation: ConversationId,
    },
    /// The reader came near the top: rows before the first one are wanted.
    LoadOlder {
        /// Where.
        conversation: ConversationId,
    },
    /// Follow a conversation from now on. A visitor's current one is followed without being asked for.
    Watch {
        /// Which.
        conversation: ConversationId,
    },
    /// No longer follow it.
    Unwatch {
        /// Which.
        conversation: ConversationId,
    },
    /// A command of the layer above (an `AgentCommand`), answered by `Answered` or `Unhandled`. `Err` when not live.
    Ask {
        /// A number from `Session::new_id`, which is also in the text.
        id: u32,
        /// The frame.
        text: String,
    },
    /// Where the agent's list feed stands, for the next hello. Visitors never say it.
    FeedAt(FeedPosition),
}

/// Why there is no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketFailure {
    /// Signed out: sign in, then `Start`.
    SignedOut,
    /// This page may not connect, and trying again will not help (origin not allowed, site gone).
    NotAllowed,
    /// The server could not be reached or asked to come later.
    Later {
        /// How much later; 0 when nothing is known.
        retry_after_ms: u32,
    },
}

/// Why an intent was not taken. Nothing has changed; a text stays with the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// `OUTBOX_MESSAGES_MAX` messages wait already.
    OutboxFull,
    /// Nothing but white space.
    Empty,
    /// Longer than `TEXT_BYTES_MAX`.
    TooLong,
    /// Not connected, and this is not kept for later.
    NotLive,
    /// No such conversation or message here.
    Unknown,
}
