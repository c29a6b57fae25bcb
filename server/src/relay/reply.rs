//! Replies: how what became of a command is put into a frame.

use bytes::Bytes;
use deskbell_shared::model::ConversationId;
use deskbell_shared::protocol::{CloseCode, Frame, RefusalCode};

use super::socket::End;
use crate::bus::hub::frame_bytes;
use crate::meter::meter;
use crate::store::{Fault, Refusal};

/// When somebody may try again whose command found the store unavailable.
const UNAVAILABLE_RETRY_MS: u32 = 2_000;

/// The same for one that met damage: somebody has to restore a backup first.
const CORRUPT_RETRY_MS: u32 = 60_000;

/// Nothing more to say than that it is done.
pub fn done(id: u32) -> Bytes {
    frame_bytes(&Frame::Done { id })
}

/// Not what the protocol describes; `why` names field and problem, never text from the other side.
pub fn malformed(id: u32, why: String) -> Bytes {
    refused_frame(Some(id), RefusalCode::Malformed, None, None, why)
}

/// Faster than allowed.
pub fn rate_limited(id: u32, retry_after_ms: u32) -> Bytes {
    let code = RefusalCode::RateLimited;
    refused_frame(Some(id), code, None, Some(retry_after_ms), words(code).to_owned())
}

/// Expected, and final.
pub fn refused(id: Option<u32>, code: RefusalCode, conversation: Option<ConversationId>) -> Bytes {
    refused_frame(id, code, conversation, None, words(code).to_owned())
}

/// A refusal, or the end of the connection where nothing true can be said about the command.
pub fn fault(id: Option<u32>, asked: Option<ConversationId>, fault: Fault) -> Result<Bytes, End> {
    match fault {
        Fault::Refused(Refusal { code, conversation }) => Ok(refused(id, code, conversation.or(asked))),
        Fault::Unavailable(why) => {
            tracing::warn!(why, "a command found the store unavailable");
            let code = RefusalCode::Unavailable;
            Ok(refused_frame(id, code, asked, Some(UNAVAILABLE_RETRY_MS), words(code).to_owned()))
        }
        // Neither yes nor no: the client comes back and asks again with the same ids.
        Fault::Unknown(why) => {
            tracing::error!(why, "the outcome of a command is unknown");
            Err(End::Close(CloseCode::Unavailable))
        }
        Fault::Corrupt(why) => {
            tracing::error!(why, "a command met rows that contradict each other");
            match asked {
                // The other conversations of this connection are not concerned.
                Some(_) => {
                    let (code, wait) = (RefusalCode::Unavailable, Some(CORRUPT_RETRY_MS));
                    Ok(refused_frame(id, code, asked, wait, words(code).to_owned()))
                }
                None => Err(End::Close(CloseCode::Unavailable)),
            }
        }
    }
}

fn refused_frame(
    id: Option<u32>,
    code: RefusalCode,
    conversation: Option<ConversationId>,
    retry_after_ms: Option<u32>,
    message: String,
) -> Bytes {
    meter().refused_on_socket(code);
    frame_bytes(&Frame::Refused { id, code, conversation, retry_after_ms, message })
}

fn words(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::Malformed => "not what the protocol describes",
        RefusalCode::NotFound => "no such conversation, or not yours",
        RefusalCode::NotAllowed => "you may not do this",
        RefusalCode::SignedOut => "sign in first",
        RefusalCode::Conflict => "somebody was faster; look at the conversation and decide again",
        RefusalCode::CmidReused => "this cmid stands for another text; take a new one",
        RefusalCode::AlreadyOpen => "another conversation is open; send to the one named",
        RefusalCode::Empty => "there is nothing in it",
        RefusalCode::TooLong => "longer or more than the limits allow",
        RefusalCode::RateLimited => "too fast; send it again later",
        RefusalCode::Unavailable => "it cannot be stored at the moment; send it again later",
        RefusalCode::Blocked => "no further messages are taken from this visitor for a time",
        RefusalCode::Offline => "the agent who would get it has no connection",
        RefusalCode::Away => "the agent who would get it is away",
        RefusalCode::Full => "the agent who would get it has as many as they take",
        RefusalCode::TooLate => "the time for it is over",
        RefusalCode::OutcomeNeeded => "this inbox wants to know what came of it: resolve it with wrap_up",
        RefusalCode::Invalid => "a value that cannot be accepted",
    }
}
