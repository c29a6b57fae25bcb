//! What a conversation is made of.

use super::agent::AgentView;
use super::id::{Cmid, Seq};
use super::time::UnixMillis;
use crate::wire;

wire! {
    /// A message that its author has written and the server has not yet acknowledged.
    pub struct Draft {
        /// The client's id of the message, the same on every retry.
        pub cmid: Cmid,
        /// The text, at most `TEXT_BYTES_MAX` bytes of UTF-8, not only white space.
        pub text: String,
    }

    /// One row of a transcript. Rows never change.
    pub struct Entry {
        /// The place in the order that this reader sees.
        pub seq: Seq,
        /// When the server received it. Shown, never used for order.
        pub at: UnixMillis,
        /// Who did it.
        pub author: Author,
        /// What was done.
        pub body: EntryBody,
    }

    /// Who did something.
    pub enum Author tag "by" {
        /// The visitor of the conversation.
        Visitor "visitor" {},
        /// An agent.
        Agent "agent" {
            /// Which one.
            agent: AgentView,
        },
        /// The server itself.
        System "system" {},
    }

    /// What was done.
    pub enum EntryBody tag "kind" {
        /// Somebody wrote.
        Message "message" {
            /// The author's own id of the message.
            cmid: Cmid,
            /// The text.
            text: String,
        },
        /// The conversation was given to an agent.
        Assigned "assigned" {
            /// Who has it now.
            to: AgentView,
            /// Counts the assignments of this conversation from 1.
            version: u32,
        },
        /// The conversation was resolved, by the author of the entry.
        Resolved "resolved" {
            /// The assignment version after it.
            version: u32,
        },
        /// A new message came after it had been resolved; it is back in the queue.
        Reopened "reopened" {
            /// The assignment version after it.
            version: u32,
        },
    }

    /// The two sides of a conversation.
    pub enum Side text {
        /// The visitor.
        Visitor "visitor",
        /// The agents, together.
        Staff "staff",
    }
}

impl Author {
    /// The side the author is on; the system speaks for the staff.
    pub fn side(&self) -> Side {
        match self {
            Author::Visitor {} => Side::Visitor,
            Author::Agent { .. } | Author::System {} => Side::Staff,
        }
    }
}
