//! Why a command or a request was not done.

use crate::wire;

wire! {
    /// A refusal is expected and final for what was asked, except where `retries` says otherwise.
    pub enum RefusalCode text {
        /// Not what the protocol describes.
        Malformed "malformed",
        /// No such thing, or not for you: the two are not told apart.
        NotFound "not_found",
        /// You may see it but not do this.
        NotAllowed "not_allowed",
        /// Not signed in, or signed out meanwhile.
        SignedOut "signed_out",
        /// Somebody was faster: the state is no longer the one the command names.
        Conflict "conflict",
        /// This cmid was used for another text.
        CmidReused "cmid_reused",
        /// The visitor has another open conversation in this inbox, or has written the message in another one; the refusal
        /// names it.
        AlreadyOpen "already_open",
        /// Empty, or only white space.
        Empty "empty",
        /// Longer or more than the limits allow.
        TooLong "too_long",
        /// Faster than the limits allow; try again after `retry_after_ms`.
        RateLimited "rate_limited",
        /// The server cannot store now (disk full, read-only, shutting down); try again later.
        Unavailable "unavailable",
        /// An agent has refused further messages of this visitor for a time.
        Blocked "blocked",
        /// The agent who would get it has no connection.
        Offline "offline",
        /// The agent who would get it is away.
        Away "away",
        /// The agent who would get it has as many as they take.
        Full "full",
        /// It can no longer be done: the time for it is over.
        TooLate "too_late",
        /// The inbox wants to know what came of a conversation before it is resolved.
        OutcomeNeeded "outcome_needed",
        /// A value that cannot be accepted; the message says which and why.
        Invalid "invalid",
    }
}

impl RefusalCode {
    /// Whether the same thing may succeed later without being changed.
    pub fn retries(self) -> bool {
        matches!(self, RefusalCode::RateLimited | RefusalCode::Unavailable)
    }
}
