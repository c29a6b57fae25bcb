//! Everything a session can ask of its driver.

use super::outbox::OutboxRow;
use crate::codec::Json;
use crate::model::id::{Cmid, ConversationId};
use crate::protocol::refusal::RefusalCode;

/// One thing to do, in the order given. None of them may call back into the session before it is done draining.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Get a ticket; answer `Ticket` or `TicketFailed`.
    FetchTicket {
        /// The attempt it is for.
        link: u32,
    },
    /// Open a socket; answer `Opened` or `Closed`. One socket at a time: an earlier one has been closed before.
    Connect {
        /// The attempt.
        link: u32,
    },
    /// Send a text frame on the open socket.
    SendText {
        /// The attempt whose socket it is for.
        link: u32,
        /// The frame.
        text: String,
    },
    /// Close the socket, if it is still there. Nothing it says from now on matters.
    CloseSocket {
        /// The attempt whose socket it is.
        link: u32,
    },
    /// Store a row under its cmid, replacing what is there; answer `Saved`. Tell other tabs after storage has it
    /// (until then nobody may send it). One that is `decided` is told at once as well, as one not known to be kept.
    SaveOutbox(OutboxRow),
    /// Tell other tabs of a row that storage may not have, so that the one that sends can send it.
    TellTabs(OutboxRow),
    /// Remove a row. Tell other tabs.
    ForgetOutbox(Cmid),
    /// Store `Session::cached` of this conversation.
    SaveCache(ConversationId),
    /// Remove what is stored of this conversation.
    ForgetCache(ConversationId),
    /// Try to become the tab that sends; answer `Elected` when it is so (at once where tabs cannot agree).
    SeekElection,
    /// No longer be, nor try to become, the tab that sends.
    Resign,
    /// Something that screens show has changed. Each thing is named once between two drains.
    Changed(Changed),
    /// The reply to an `Ask`, unless it is a frame of its own (then it comes as `Unhandled`).
    Answered {
        /// The number of the command.
        id: u32,
        /// What became of it.
        answer: Answer,
    },
    /// A frame that is not the session's business: a `DeskFrame`, or one that a newer server sends.
    Unhandled(Json),
}

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// The state of the connection, or whether anything is kept.
    Connection,
    /// Who is there.
    Service,
    /// The set of conversations, or which one is current.
    Conversations,
    /// Rows, drafts, marks or state of one conversation.
    Conversation(ConversationId),
    /// Who types in one conversation.
    Typing(ConversationId),
}

/// What became of an `Ask`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was done.
    Done,
    /// It was not.
    Refused {
        /// Why.
        code: RefusalCode,
        /// When to try again, where that makes sense.
        retry_after_ms: Option<u32>,
    },
    /// The connection went away; whether it was done is not known.
    Lost,
}
