//! What clients say. `id` is the client's number of the command, repeated in the reply; it only has to be unique
//! among the commands in flight on one connection.

use super::frame::Position;
use crate::model::agent::Availability;
use crate::model::conversation::Priority;
use crate::model::id::{AgentId, Cmid, ConversationId, Epoch, Feed, InboxId, OutcomeId, Seq, TagId};
use crate::model::message::Draft;
use crate::model::time::UnixMillis;
use crate::model::visitor::{About, PageView};
use crate::wire;

wire! {
    /// What a visitor's and an agent's client may say.
    pub enum Command tag "command" {
        /// The first frame of a connection. Reply: `welcome`, then a `page` for each conversation resumed.
        Hello "hello" {
            /// The version of the protocol.
            version: u16,
            /// A ticket, used once.
            ticket: String,
            /// Where the client stands; conversations it may no longer see are answered with `refused`.
            resume: Vec<Position>,
            /// Agents: where the list feed stands. Reply: `feed_page`s.
            feed: Option<FeedPosition>,
        },
        /// A visitor opens a conversation with its first messages. Idempotent by conversation and cmids.
        /// The conversation is watched from then on. Reply: `acked`.
        Start "start" {
            /// The number of the command.
            id: u32,
            /// The id the client made for it.
            conversation: ConversationId,
            /// Messages in order.
            messages: Vec<Draft>,
            /// The page it was written on.
            page: Option<PageView>,
            /// The language of the browser.
            language: Option<String>,
            /// The name of the browser's time zone.
            time_zone: Option<String>,
            /// What is said of them; what it says of nothing stays as it was said before.
            about: Option<About>,
            /// Whom they want to talk to: one of the inboxes that the site offers them. Absent: the one of the ticket.
            /// Refused with `not_found` when the site does not offer it.
            inbox: Option<InboxId>,
        },
        /// Messages in order. The server stores the longest prefix it can. Reply: `acked`.
        Send "send" {
            /// The number of the command.
            id: u32,
            /// Where.
            conversation: ConversationId,
            /// Messages in order.
            messages: Vec<Draft>,
        },
        /// Reads a conversation and follows it live. Reply: `page`.
        Watch "watch" {
            /// The number of the command.
            id: u32,
            /// Where the client stands.
            position: Position,
        },
        /// Ends `watch`. Reply: `done`.
        Unwatch "unwatch" {
            /// The number of the command.
            id: u32,
            /// Where.
            conversation: ConversationId,
        },
        /// Reads rows. With `after`: the rows right after it, oldest first. With `before`: the rows right before it.
        /// Exactly one of them. Reply: `page`.
        Sync "sync" {
            /// The number of the command.
            id: u32,
            /// Where.
            conversation: ConversationId,
            /// Rows after this place.
            after: Option<Seq>,
            /// Rows before this place.
            before: Option<Seq>,
        },
        /// What this side has received and read: cumulative, in any order, never going back. No reply.
        Mark "mark" {
            /// Where.
            conversation: ConversationId,
            /// The last row stored on this device.
            received: Seq,
            /// The last row that was on screen.
            read: Seq,
        },
        /// Somebody types (or stopped). No reply.
        Typing "typing" {
            /// Where.
            conversation: ConversationId,
            /// Whether.
            on: bool,
        },
        /// A visitor ends, an agent resolves. Idempotent. Agents are refused with `outcome_needed` where the inbox wants to know
        /// what came of it: see `wrap_up`. Reply: `done`.
        Resolve "resolve" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
        },
        /// A visitor says how a conversation was that has ended. The last rating counts; repeating it adds nothing.
        /// Reply: `done`.
        Rate "rate" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
            /// From 1 (bad) to `SCORE_MAX` (good).
            score: u32,
            /// In their words, at most `COMMENT_BYTES_MAX`.
            comment: Option<String>,
        },
        /// Puts other words into a message or a note of one's own, for everybody who reads it. The last ones count; the same
        /// words again add nothing. Refused with `not_found` when there is none of one's own, with `too_late` once it is
        /// older than `EDIT_WITHIN`. Reply: `done`.
        Edit "edit" {
            /// The number of the command.
            id: u32,
            /// Where.
            conversation: ConversationId,
            /// Which: the author's own id of it.
            message: Cmid,
            /// The text from now on, as that of a message; what came with it stays.
            text: String,
        },
        /// Takes back a message or a note of one's own: its row is `erased` from then on. Idempotent. Refused as `edit` is.
        /// Reply: `done`.
        Withdraw "withdraw" {
            /// The number of the command.
            id: u32,
            /// Where.
            conversation: ConversationId,
            /// Which: the author's own id of it.
            message: Cmid,
        },
        /// A visitor leaves an e-mail address for the answer, or another one. Nothing is unlocked by it. Idempotent.
        /// Reply: `done`.
        LeaveAddress "leave_address" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
            /// The address.
            address: String,
        },
    }

    /// What only an agent's client may say.
    pub enum AgentCommand tag "command" {
        /// Takes a conversation. Refused with `conflict` when the version is no longer the newest. Reply: `done`.
        Claim "claim" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
            /// The assignment version the agent has seen.
            version: u32,
        },
        /// Says that one does not want a conversation now that one is offered: it is offered to the next. Whoever wants it
        /// claims it. Refused with `conflict` when it is offered to one no longer. Reply: `done`.
        Decline "decline" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
        },
        /// Puts an open conversation of one's own aside until an instant, or until the visitor writes. Said again, the
        /// new instant counts. Refused with `not_allowed` when somebody else has it. Reply: `done`.
        Snooze "snooze" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
            /// When it comes back by itself, by the server's clock.
            until: UnixMillis,
        },
        /// Takes a snoozed conversation back at once. Idempotent. Reply: `done`.
        Wake "wake" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
        },
        /// Opens a resolved conversation again and takes it. Idempotent for whoever has it. Refused with `conflict`
        /// when somebody else has opened it, and with `already_open` when the visitor has another one. Reply: `done`.
        Reopen "reopen" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
        },
        /// Passes on what one has, or what waits, to a colleague or into the queue of another inbox: exactly one of
        /// `agent` and `inbox`. Refused as `claim` is, by what is true of who would get it. Reply: `done`.
        Transfer "transfer" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
            /// The assignment version the agent has seen.
            version: u32,
            /// To whom.
            agent: Option<AgentId>,
            /// Where to.
            inbox: Option<InboxId>,
            /// For the next agent, never for the visitor; becomes a note.
            note: Option<String>,
        },
        /// What the agent chooses about getting conversations; it lasts. Reply: `done`.
        SetAvailability "set_availability" {
            /// The number of the command.
            id: u32,
            /// From now on.
            availability: Availability,
            /// How many conversations they take at once, over all inboxes, 1 to `CAPACITY_MAX`; absent to leave it.
            capacity: Option<u32>,
        },
        /// Puts a tag on a conversation, or takes it off. Idempotent. Refused with `not_found` when there is no such tag, with
        /// `invalid` when one that is archived is put on, with `too_long` when there are `TAGS_ON_ONE_MAX`. Reply: `done`.
        Tag "tag" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
            /// Which tag.
            tag: TagId,
            /// Whether it has it from now on.
            on: bool,
        },
        /// Says how much a conversation matters; it changes no order. Idempotent. Reply: `done`.
        SetPriority "set_priority" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
            /// From now on.
            priority: Priority,
        },
        /// Resolves a conversation and says what came of it; of a resolved one it says what came of it instead. Idempotent.
        /// Refused with `outcome_needed` without an outcome where the inbox wants one, with `invalid` for one that is none of
        /// the inbox. Reply: `done`.
        WrapUp "wrap_up" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
            /// What came of it.
            outcome: Option<OutcomeId>,
        },
        /// Resolved conversations, newest change first. Reply: `list_page`.
        List "list" {
            /// The number of the command.
            id: u32,
            /// Only those whose last change lies before this place of the feed.
            before: Option<Feed>,
            /// Only those with this tag.
            tag: Option<TagId>,
            /// Only those that matter so much.
            priority: Option<Priority>,
        },
        /// The list feed again, after a gap. Reply: `feed_page`s.
        Feed "feed" {
            /// The number of the command.
            id: u32,
            /// The place the client has.
            after: FeedPosition,
        },
        /// Says that one looks at a conversation that one follows, or writes there; of one at a time. Whoever else follows it
        /// is told, and it is over with the connection. Refused with `not_found` where one does not follow it. Reply: `done`.
        Attend "attend" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
            /// What one does there. Absent: nothing any more.
            attention: Option<Attention>,
        },
        /// Keeps what one has written somewhere and not sent, in place of what was kept there before; empty: nothing is kept any
        /// more. Only its writer is ever told of it. Refused with `not_found` outside the scope, with `not_allowed` for an answer
        /// of somebody who answers nobody, with `too_long` beyond `TEXT_BYTES_MAX` or where one has `DRAFTS_MAX`. Reply: `done`.
        KeepDraft "keep_draft" {
            /// The number of the command.
            id: u32,
            /// Where.
            conversation: ConversationId,
            /// Whether it is a note, rather than an answer.
            is_note: bool,
            /// All of it.
            text: String,
        },
        /// Wants to know what one has written and not sent, on whichever device, from now on. Reply: `done`, and `drafts`, first
        /// all there are.
        FollowDrafts "follow_drafts" {
            /// The number of the command.
            id: u32,
        },
        /// The agent has answered with a mail program of their own, to the address that was left. Reply: `done`.
        NoteMailed "note_mailed" {
            /// The number of the command.
            id: u32,
            /// Which.
            conversation: ConversationId,
        },
    }

    /// What an agent does at a conversation that is open before them.
    pub enum Attention text {
        /// They look at it.
        Looking "looking",
        /// They write an answer.
        Writing "writing",
    }

    /// A place in the list feed. `after` 0 asks for all.
    pub struct FeedPosition {
        /// The lineage the place belongs to; absent when the client has nothing yet.
        pub epoch: Option<Epoch>,
        /// The last place applied.
        pub after: Feed,
    }
}

impl Command {
    /// A conversation opened in the inbox of the ticket, with nothing said but the messages.
    pub fn start(id: u32, conversation: ConversationId, messages: Vec<Draft>) -> Command {
        let (page, language, time_zone, about, inbox) = (None, None, None, None, None);
        Command::Start { id, conversation, messages, page, language, time_zone, about, inbox }
    }
}
