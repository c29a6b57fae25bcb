//! What servers say. Replies carry the `id` of the command; everything else comes by itself.

use super::command::Attention;
use super::refusal::RefusalCode;
use crate::model::agent::{AgentView, Availability};
use crate::model::conversation::{ConversationView, LastMessage, Marks, Summary};
use crate::model::id::{AgentId, Cmid, ConversationId, Epoch, Feed, InboxId, Seq, VisitorId};
use crate::model::message::Entry;
use crate::model::role::Role;
use crate::model::site::{Service, SiteView};
use crate::model::time::UnixMillis;
use crate::model::visitor::Told;
use crate::wire;

wire! {
    /// What a server says to visitors and agents.
    pub enum Frame tag "frame" {
        /// Reply to `hello`.
        Welcome "welcome" {
            /// The version both will speak.
            version: u16,
            /// The lineage of the database.
            epoch: Epoch,
            /// The server's clock.
            now: UnixMillis,
            /// Who the client is.
            me: Me,
            /// A visitor's own conversations, newest first, at most `RESUME_MAX`; empty for agents.
            conversations: Vec<ConversationView>,
            /// Visitors: the last message of each of those in which there is one.
            last_messages: Option<Vec<LastMessage>>,
            /// Visitors: what they need not be asked any more. Absent: nothing was ever asked.
            told: Option<Told>,
            /// Visitors: who is there.
            service: Option<Service>,
        },
        /// Reply to `start` and `send`. The messages named in `acks` are durable.
        Acked "acked" {
            /// The number of the command.
            id: u32,
            /// Where.
            conversation: ConversationId,
            /// The lineage the seqs count in.
            epoch: Epoch,
            /// The longest prefix that was stored, in the order sent.
            acks: Vec<Ack>,
            /// The first message that was not, and why; those behind it were not tried.
            refused: Option<RefusedMessage>,
        },
        /// Reply to a command that has no other.
        Done "done" {
            /// The number of the command.
            id: u32,
        },
        /// Reply to a command that was not done.
        Refused "refused" {
            /// The number of the command; absent when it had none (`mark`, `typing`, a resume in `hello`).
            id: Option<u32>,
            /// Why.
            code: RefusalCode,
            /// The conversation it is about: the one asked for, or with `already_open` the one to use instead.
            conversation: Option<ConversationId>,
            /// When to try again, for codes that may succeed later.
            retry_after_ms: Option<u32>,
            /// In words, for the developer of a client.
            message: String,
        },
        /// A snapshot: the state of a conversation and rows without a gap between them. Reply to `watch`, `sync`,
        /// and to each resume in `hello`. After a long absence the rows are the newest ones and begin past
        /// `after`: the hole before them is filled by `sync` when somebody scrolls there.
        Page "page" {
            /// The number of the command; absent for a resume in `hello`.
            id: Option<u32>,
            /// The state as of `head`.
            conversation: ConversationView,
            /// Rows in order, dense.
            rows: Vec<Entry>,
        },
        /// A new row of a watched conversation.
        Entry "entry" {
            /// Where.
            conversation: ConversationId,
            /// The lineage its seq counts in.
            epoch: Epoch,
            /// The row.
            entry: Entry,
        },
        /// The marks of a watched conversation moved.
        Cursor "cursor" {
            /// Where.
            conversation: ConversationId,
            /// The lineage the seqs count in.
            epoch: Epoch,
            /// How far each side is.
            marks: Marks,
        },
        /// Somebody on the other side types (or stopped) in a watched conversation.
        Typing "typing" {
            /// Where.
            conversation: ConversationId,
            /// The agent; absent when it is the visitor.
            agent: Option<AgentView>,
            /// Whether.
            on: bool,
        },
        /// Rows of a watched conversation were erased: forget what you have of it and `watch` it anew.
        Erased "erased" {
            /// Where.
            conversation: ConversationId,
            /// The lineage its seqs count in.
            epoch: Epoch,
        },
        /// Visitors: who is there has changed.
        ServiceChanged "service" {
            /// In which of those that they may choose; of each it is said after the welcome, of that of the ticket last. Absent:
            /// in that of the ticket, where there is no choice.
            inbox: Option<InboxId>,
            /// Who is there.
            service: Service,
        },
        /// Visitors: where a conversation is in the queue. What was said last stands until an agent has it, and runs
        /// down by itself; it is said again on every connection.
        Queue "queue" {
            /// Which conversation.
            conversation: ConversationId,
            /// 1 is next.
            position: u32,
            /// How long it will take; absent when that is too uncertain to be said.
            wait: Option<WaitView>,
            /// What has changed since it was said last.
            why: WaitNews,
        },
        /// Visitors: the connection of the agent who has a conversation is gone, or there again.
        AgentPresence "agent_presence" {
            /// Which conversation.
            conversation: ConversationId,
            /// Who has it.
            agent: AgentId,
            /// Whether they are there.
            online: bool,
        },
        /// The server is alive; every `BEAT_INTERVAL`.
        Beat "beat" {
            /// The server's clock.
            now: UnixMillis,
        },
        /// The server will close this connection; come back after a random part of the time.
        Goodbye "goodbye" {
            /// The time over which clients spread.
            reconnect_within_ms: u32,
        },
    }

    /// What a server says to agents only.
    pub enum DeskFrame tag "frame" {
        /// The state of a conversation in the agent's lists. To be applied when `prev` is the place the client has;
        /// otherwise something was missed, and `feed` asks for it.
        ConversationChanged "conversation_changed" {
            /// The place this connection was told before.
            prev: Feed,
            /// The new state; its `feed` is the new place.
            summary: Summary,
        },
        /// A conversation is out of the agent's sight: it went to an inbox that they may not see.
        ConversationGone "conversation_gone" {
            /// Which conversation.
            conversation: ConversationId,
            /// The place that this took. A state of a greater place, if there is one, stands.
            feed: Feed,
        },
        /// Reply to `feed`, and to `feed` in `hello`: conversations changed after the place asked for, oldest
        /// change first. Open ones, and resolved ones only if the client may know them as open.
        FeedPage "feed_page" {
            /// The number of the command; absent after `hello`.
            id: Option<u32>,
            /// The lineage the places belong to.
            epoch: Epoch,
            /// Whether the client must forget what it has first.
            reset: bool,
            /// States to put in place of the old ones.
            rows: Vec<Summary>,
            /// The place the client has after this page.
            upto: Feed,
            /// Whether further pages follow by themselves.
            more: bool,
        },
        /// Reply to `list`.
        ListPage "list_page" {
            /// The number of the command.
            id: u32,
            /// States, newest change first.
            rows: Vec<Summary>,
            /// Whether there are older ones.
            more: bool,
        },
        /// A visitor came online or went.
        VisitorPresence "visitor_presence" {
            /// Who.
            visitor: VisitorId,
            /// Whether a connection is open.
            online: bool,
        },
        /// Who is at a conversation that one follows, oneself included; the newest counts.
        Attended "attended" {
            /// Which conversation.
            conversation: ConversationId,
            /// Each agent once.
            agents: Vec<AttendantView>,
        },
        /// The desk of an inbox: its queue, and who works in it. The newest counts; states between may be left out.
        Desk "desk" {
            /// Which inbox.
            inbox: InboxId,
            /// Its name.
            name: String,
            /// Who waits.
            queue: QueueView,
            /// Who may work in it, by name, at most `COLLEAGUES_MAX`.
            colleagues: Vec<ColleagueView>,
            /// What is offered to whom now, at most `OFFERS_TOLD_MAX`. Absent: nothing.
            offers: Option<Vec<OfferView>>,
            /// Whoever waits for an answer should have it within so many minutes. Absent: nothing is aimed at.
            answer_minutes: Option<u32>,
            /// Whether it wants to know what came of conversations. Absent: it does not.
            outcomes: Option<bool>,
        },
        /// What the agent has written and not sent, after `follow_drafts`: first all there are, then what is another.
        Drafts "drafts" {
            /// Whether what is not named here, nor in the pages that follow it, is kept no longer.
            reset: bool,
            /// As they are kept now; an empty text: nothing is kept there any more.
            drafts: Vec<DraftView>,
            /// Whether further pages follow by themselves.
            more: bool,
        },
        /// Owners: a site changed, or its loader was seen.
        SiteChanged "site_changed" {
            /// The site now.
            site: SiteView,
        },
    }

    /// An agent who is at a conversation.
    pub struct AttendantView {
        /// Who.
        pub agent: AgentView,
        /// What they do there.
        pub attention: Attention,
    }

    /// What an agent has written somewhere and not sent.
    pub struct DraftView {
        /// Where.
        pub conversation: ConversationId,
        /// Whether it is a note, rather than an answer.
        pub is_note: bool,
        /// All of it.
        pub text: String,
        /// Grows with everything that is kept for this agent: the greatest is the newest.
        pub revision: u64,
    }

    /// How long a wait will last: one in ten ends before the one instant, one in ten after the other.
    pub struct WaitView {
        /// The early end.
        pub earliest_at: UnixMillis,
        /// The late end.
        pub latest_at: UnixMillis,
    }

    /// What has changed about a wait since its visitor was told last.
    pub enum WaitNews text {
        /// It is the first time in this wait.
        Joined "joined",
        /// The visitor connected again; nothing need have changed.
        Returned "returned",
        /// Somebody before them was served or left.
        MovedUp "moved_up",
        /// Somebody came before them, by a higher priority or back to a place that was kept.
        MovedBack "moved_back",
        /// More conversations are answered at once than before.
        MoreHands "more_hands",
        /// Fewer are.
        FewerHands "fewer_hands",
        /// It takes longer than was said.
        LongerThanSaid "longer_than_said",
        /// The inbox works in another way than before.
        RulesChanged "rules_changed",
    }

    /// The queue of an inbox as staff see it.
    pub struct QueueView {
        /// Conversations that wait and can be served.
        pub waiting: u32,
        /// Conversations that are passed over until their visitor is back.
        pub passed_over: u32,
        /// Since when the one waits that has waited longest, of those that can be served.
        pub oldest_at: Option<UnixMillis>,
        /// Agents who could take one now.
        pub eligible: u32,
        /// What the one who waits last was told; absent when nobody waits, or nothing was told in numbers.
        pub last_wait: Option<WaitView>,
        /// What would be told to somebody who came now; absent when that is too uncertain.
        pub newcomer: Option<SpanView>,
        /// Of those that wait, how many are beyond what the inbox gives a place: their visitors were asked for an
        /// address. Absent: none.
        pub beyond: Option<u32>,
    }

    /// How long something would take, from now.
    pub struct SpanView {
        /// One in ten takes less.
        pub low_ms: u64,
        /// One in ten takes longer.
        pub high_ms: u64,
    }

    /// Somebody who may work in an inbox, as colleagues see them.
    pub struct ColleagueView {
        /// Who.
        pub agent: AgentView,
        /// What they chose.
        pub availability: Availability,
        /// Whether they are connected.
        pub online: bool,
        /// How many conversations they have, over all inboxes.
        pub load: u32,
        /// How many they take.
        pub capacity: u32,
        /// Whether conversations of this inbox are given to them; else they only may take some.
        pub member: bool,
        /// Since when they are away because they missed an offer, and have not chosen since.
        pub missed_at: Option<UnixMillis>,
    }

    /// A conversation that somebody is asked to take.
    pub struct OfferView {
        /// Which.
        pub conversation: ConversationId,
        /// Who is asked.
        pub agent: AgentId,
        /// When they have missed it, by the server's clock.
        pub until: UnixMillis,
    }

    /// Where a client stands in a conversation.
    pub struct Position {
        /// Which conversation.
        pub conversation: ConversationId,
        /// The lineage `after` counts in; absent when the client has nothing yet.
        pub epoch: Option<Epoch>,
        /// The last row applied; 0 for none.
        pub after: Seq,
    }

    /// A message is durable.
    pub struct Ack {
        /// The message.
        pub cmid: Cmid,
        /// Its place, in the seq of whoever sent it.
        pub seq: Seq,
        /// When the server received it first.
        pub at: UnixMillis,
    }

    /// A message was not stored.
    pub struct RefusedMessage {
        /// The message.
        pub cmid: Cmid,
        /// Why.
        pub code: RefusalCode,
        /// When to try again, for codes that may succeed later.
        pub retry_after_ms: Option<u32>,
    }

    /// Who a connection belongs to.
    pub enum Me tag "is" {
        /// A visitor.
        Visitor "visitor" {
            /// Which one.
            id: VisitorId,
        },
        /// An agent.
        Agent "agent" {
            /// Which one.
            id: AgentId,
            /// What they may do.
            role: Role,
        },
    }
}
