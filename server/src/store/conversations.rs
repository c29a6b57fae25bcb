//! Conversations, their rows, and the list feed over them: the contract.

use async_trait::async_trait;
use deskbell_shared::model::{
    AboutView, AgentId, Author, Cmid, ConversationId, ConversationView, Draft, Entry, EntryBody, Epoch, Feed,
    InboxId, LastMessage, Marks, PageView, Seq, SiteId, Summary, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::frame::{Ack, RefusedMessage};

use super::{Scope, Stored};

/// The part of the store that the promise about messages rests on.
///
/// What an agent does needs their role to have the right, looked up in the transaction: `Right::Serve` for claiming and
/// reopening, `Steer` for resolving, `snooze` and `wake`, `Answer` for messages and other words in them. Refused without it:
/// `not_allowed`, where it is in their scope, and `not_found` elsewhere, as for everybody.
///
/// Two dense counters are taken per conversation in the transaction that adds a row: `seq` for staff, and
/// `visitor_seq` for rows a visitor may read. Every change to a conversation (rows, marks, assignment) takes one new
/// place of the database-wide list feed in the same transaction. In one database these places are handed out in
/// commit order, so that whoever reads "after F" misses nothing.
#[async_trait]
pub trait ConversationStore: Send + Sync + 'static {
    /// The lineage of this database.
    fn epoch(&self) -> Epoch;

    /// The newest place of the list feed.
    async fn feed_head(&self) -> Stored<Feed>;

    /// Opens a conversation with its first messages and stores the visitor at first sight. Repeating it is harmless:
    /// messages already there are acknowledged again, missing ones are appended. Refused: `not_found` when the id
    /// belongs to another visitor; `already_open` (naming it) when the visitor has another open conversation in the
    /// inbox, which two concurrent starts cannot get around; `not_found` when the inbox is not the site's, or the
    /// visitor is known from another site; `empty` without messages; the rules of `append` for the messages. Nothing
    /// is made when the first message is refused. Page, language and time zone are kept when a message was added. `blocked` as in `append`.
    async fn start(&self, start: Start) -> Stored<Appended>;

    /// Appends messages, the longest prefix that may be. For each message: same cmid and same text by the same
    /// author is acknowledged with its first seq and time and adds nothing; same cmid and other text is refused with
    /// `cmid_reused`. Dedup holds for the life of the conversation. A file that is not the author's, or is in another
    /// conversation, is refused with `invalid`. A visitor's message to a resolved conversation
    /// reopens it (a `reopened` row by the visitor before the message, a new arrival, nobody assigned), unless another
    /// of theirs is open in the inbox: then the message is refused with `already_open` and the whole call is
    /// `Fault::Refused` naming it. The same for a visitor's message that is, cmid and text, in another conversation of
    /// theirs, in whichever inbox and open or not: what was under way for long, or comes from a page that has not
    /// heard, is not stored twice. Outside the scope: `not_found`. An agent writes only where they are the assignee:
    /// otherwise the whole call is `Fault::Refused` with `not_allowed`.
    /// A visitor who is blocked at `at` adds nothing: `blocked`, in the same way.
    ///
    /// Repeats are acknowledged whatever has become of the conversation since, to whoever may still see it. When
    /// repeats precede a message that is `not_allowed`, they are acknowledged and it is named in `refused`. When they
    /// precede one that is `already_open`, they are acknowledged, nothing is named, and the next try with the rest is
    /// refused as a whole: the caller would otherwise offer the repeats to the other conversation too.
    async fn append(&self, append: Append) -> Stored<Appended>;

    /// Gives the conversation to an agent by compare-and-set on the assignment version, with its `assigned` row in
    /// the same transaction. Refused: `not_found`; `conflict` when the version is not the newest, when it is not
    /// open. Claiming what one already has is a success that adds nothing. Who has seen the newest version may claim
    /// what a colleague has. Claiming, resolving and reopening each count one version, so that no claim made before
    /// one of them succeeds after it.
    async fn claim(&self, claim: Claim) -> Stored<Changed>;

    /// Resolves with its `resolved` row; the assignee is taken off. On a resolved one: success that adds nothing.
    /// A visitor may end their own; an agent any in their scope, whoever is the assignee. Refused: `outcome_needed` for
    /// agents where the inbox wants to know what came of it, see `FilingStore::wrap_up`.
    async fn resolve(&self, resolve: Resolve) -> Stored<Changed>;

    /// Puts an open conversation of the agent's own aside with its `snoozed` row, until an instant that the caller has
    /// checked. To the same instant again: success that adds nothing. Refused: `not_found`; `not_allowed` unless the
    /// agent is the assignee. A new message of the visitor wakes it (a `woken` row by the visitor before the message),
    /// and so does a claim.
    async fn snooze(&self, snooze: Snooze) -> Stored<Changed>;

    /// Takes a snoozed conversation back with its `woken` row; any agent in whose scope it is may. On one that is not
    /// snoozed: success that adds nothing.
    async fn wake(&self, wake: Wake) -> Stored<Changed>;

    /// Wakes, with rows by the system, conversations whose time has come at `at`: those longest due first, at most
    /// `count_max`.
    async fn wake_due(&self, at: UnixMillis, count_max: usize) -> Stored<Vec<Changed>>;

    /// When the next snoozed conversation comes back; `None` when there is none.
    async fn next_wake(&self) -> Stored<Option<UnixMillis>>;

    /// Opens a resolved conversation again and gives it to the agent: a `reopened` and an `assigned` row, each counting
    /// one version, and a new arrival. On an open one that the agent has: success that adds nothing. Refused:
    /// `not_found`; `conflict` on an open one that they do not have; `already_open` (naming it) when the visitor has
    /// another open conversation in the inbox.
    async fn reopen(&self, reopen: Reopen) -> Stored<Changed>;

    /// Adds a visitor's rating of a conversation that has ended; the last one counts. Saying the same again adds
    /// nothing. Refused: `not_found`; `conflict` while it is open.
    async fn rate(&self, rate: Rate) -> Stored<Changed>;

    /// Puts other words into a message or a note of the writer's own, with an `edited` row that has its audience. No mark
    /// moves, nothing is opened or woken, and whom it is with does not matter: only who wrote it. What is in it already is
    /// a success that adds nothing. Refused: `not_found` outside the scope, when the writer has no message of that id or it
    /// is erased; `blocked` and `not_allowed` for visitors as in `append`; `too_late` when it was stored longer than
    /// `EDIT_WITHIN` before `at`; `empty` without words, unless a file came with it.
    async fn edit(&self, edit: Edit) -> Stored<Changed>;

    /// Takes a message or a note of the writer's own back: its row and those of its edits become `erased` in their places,
    /// and its file goes, as in `ErasureStore::erase_visitor`. No row is added. One that is erased already is a success
    /// that changes nothing. Refused as `edit` is.
    async fn withdraw(&self, withdraw: Withdraw) -> Stored<Changed>;

    /// Moves marks forward; never back, never past the head. Given and returned in the seq of the scope. What an agent
    /// reads of a conversation that somebody else has is not read by staff: who looks on leaves no mark. Of whose role
    /// does not have `Right::Answer`, nothing is marked: a success that changes nothing.
    async fn mark(&self, mark: Mark) -> Stored<Changed>;

    /// The state of one conversation and rows of it, read in one snapshot, in the seq of the scope. Rows are dense.
    /// `None` outside the scope.
    async fn rows(&self, scope: Scope, conversation: ConversationId, span: Span) -> Stored<Option<RowsRead>>;

    /// A visitor's own conversations, newest arrival first.
    async fn conversations_of(&self, visitor: VisitorId, count_max: usize) -> Stored<Vec<ConversationView>>;

    /// The last message of each of those, where there is one.
    async fn last_messages_of(&self, visitor: VisitorId, count_max: usize) -> Stored<Vec<LastMessage>>;

    /// What a visitor, or the page around, has said of them. `None`: nothing. The caller knows that it may be asked.
    async fn about(&self, visitor: VisitorId) -> Stored<Option<AboutView>>;

    /// Conversations in the agent's scope that changed after a place of the feed, oldest change first, with the
    /// newest state of each. With `open_only`, resolved ones are left out (for a client that starts empty). A client
    /// that pages with it must also hear of those resolved while it pages: either it follows live from before the
    /// first page, or it notes `feed_head` before the first page and reads on from there without `open_only`.
    /// `VisitorView::online` is false in what the store returns: presence is not stored.
    async fn feed(
        &self,
        agent: AgentId,
        after: Feed,
        open_only: bool,
        count_max: usize,
    ) -> Stored<Vec<Summary>>;

    /// What lists that an agent read up to a place of the feed show though it is out of their sight now.
    async fn out_of_sight(&self, agent: AgentId, after: Feed, count_max: usize) -> Stored<OutOfSight>;

    /// Resolved conversations in the agent's scope, newest change first, below a place of the feed.
    async fn resolved(&self, agent: AgentId, before: Option<Feed>, count_max: usize) -> Stored<Vec<Summary>>;

    /// One line as lists show it; `None` outside the agent's scope.
    async fn summary(&self, agent: AgentId, conversation: ConversationId) -> Stored<Option<Summary>>;

    /// Conversations of a visitor in the agent's scope, newest arrival first.
    async fn conversations_with(
        &self,
        agent: AgentId,
        visitor: VisitorId,
        count_max: usize,
    ) -> Stored<Vec<Summary>>;

    /// The agents who may see an inbox (its members, and whose role sees all); empty for an unknown inbox.
    async fn inbox_agents(&self, inbox: InboxId) -> Stored<Vec<AgentId>>;
}

/// See `ConversationStore::out_of_sight`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutOfSight {
    /// These went to inboxes the agent may not see, each at its place of the feed; in that order.
    Gone(Vec<(Feed, ConversationId)>),
    /// The agent sees other inboxes than then, or more has left their inboxes than was asked for: their lists begin
    /// with nothing.
    Anew,
}

/// Who writes messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writer {
    /// The visitor.
    Visitor(VisitorId),
    /// An agent.
    Agent(AgentId),
}

/// See `ConversationStore::start`.
#[derive(Clone, Debug)]
pub struct Start {
    /// The id made by the client.
    pub conversation: ConversationId,
    /// Whose it is.
    pub visitor: VisitorId,
    /// The site the visitor is on.
    pub site: SiteId,
    /// Where it lands.
    pub inbox: InboxId,
    /// The page it was written on.
    pub page: Option<PageView>,
    /// The language of the browser.
    pub language: Option<String>,
    /// The name of the browser's time zone.
    pub time_zone: Option<String>,
    /// What is said of the visitor, within its limits; what it says of nothing stays as it was.
    pub about: Option<AboutView>,
    /// Already checked against the limits.
    pub messages: Vec<Draft>,
    /// The server's clock when it arrived.
    pub at: UnixMillis,
}

/// See `ConversationStore::append`.
#[derive(Clone, Debug)]
pub struct Append {
    /// Where.
    pub conversation: ConversationId,
    /// By whom.
    pub writer: Writer,
    /// Already checked against the limits.
    pub messages: Vec<Draft>,
    /// The server's clock when they arrived.
    pub at: UnixMillis,
}

/// What became of messages. The acks are durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The longest prefix, in the order given, in the seq of the writer.
    pub acks: Vec<Ack>,
    /// The first that was refused.
    pub refused: Option<RefusedMessage>,
    /// What changed for others; nothing when all were repeats.
    pub changed: Changed,
}

/// See `ConversationStore::claim`.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Which.
    pub conversation: ConversationId,
    /// Who takes it.
    pub agent: AgentId,
    /// The assignment version they have seen.
    pub version: u32,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `ConversationStore::resolve`.
#[derive(Clone, Copy, Debug)]
pub struct Resolve {
    /// Which.
    pub conversation: ConversationId,
    /// Who ends it.
    pub scope: Scope,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `ConversationStore::snooze`.
#[derive(Clone, Copy, Debug)]
pub struct Snooze {
    /// Which.
    pub conversation: ConversationId,
    /// Who puts it aside.
    pub agent: AgentId,
    /// When it comes back.
    pub until: UnixMillis,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `ConversationStore::wake`.
#[derive(Clone, Copy, Debug)]
pub struct Wake {
    /// Which.
    pub conversation: ConversationId,
    /// Who wants it back.
    pub agent: AgentId,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `ConversationStore::reopen`.
#[derive(Clone, Copy, Debug)]
pub struct Reopen {
    /// Which.
    pub conversation: ConversationId,
    /// Who takes it up again.
    pub agent: AgentId,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `ConversationStore::rate`.
#[derive(Clone, Debug)]
pub struct Rate {
    /// Which.
    pub conversation: ConversationId,
    /// By whom.
    pub visitor: VisitorId,
    /// Already checked.
    pub score: u32,
    /// Already checked.
    pub comment: Option<String>,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `ConversationStore::edit`.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Where.
    pub conversation: ConversationId,
    /// Whose message it is.
    pub writer: Writer,
    /// Their own id of it.
    pub message: Cmid,
    /// Checked against the limits, but for being empty.
    pub text: String,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `ConversationStore::withdraw`.
#[derive(Clone, Debug)]
pub struct Withdraw {
    /// Where.
    pub conversation: ConversationId,
    /// Whose message it is.
    pub writer: Writer,
    /// Their own id of it.
    pub message: Cmid,
    /// The server's clock.
    pub at: UnixMillis,
}

/// See `ConversationStore::mark`.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Which.
    pub conversation: ConversationId,
    /// Whose marks.
    pub scope: Scope,
    /// The last row stored on a device.
    pub received: Seq,
    /// The last row that was on screen; never beyond `received` in effect.
    pub read: Seq,
}

/// What a committed transaction changed, for those who follow live. Made from committed rows only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Its inbox.
    pub inbox: InboxId,
    /// Its visitor.
    pub visitor: VisitorId,
    /// Rows added, in order; often none.
    pub rows: Vec<Row>,
    /// The marks after it, where they moved.
    pub marks: Option<BothMarks>,
    /// The place of the list feed it took; `None` when nothing changed.
    pub feed: Option<Feed>,
}

/// Marks in both counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BothMarks {
    /// In the seq of staff.
    pub staff: Marks,
    /// In the seq of the visitor.
    pub visitor: Marks,
}

/// A stored row, with its place for each side. Names and pictures of agents are those at the time of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The place for staff.
    pub seq: Seq,
    /// The place for the visitor; `None` when the visitor must not see it.
    pub visitor_seq: Option<Seq>,
    /// When the server received it.
    pub at: UnixMillis,
    /// Who did it.
    pub author: Author,
    /// What was done.
    pub body: EntryBody,
}

impl Row {
    /// The row as staff read it.
    pub fn for_staff(&self) -> Entry {
        Entry { seq: self.seq, at: self.at, author: self.author.clone(), body: self.body.clone() }
    }

    /// The row as the visitor reads it, if they may.
    pub fn for_visitor(&self) -> Option<Entry> {
        let seq = self.visitor_seq?;
        Some(Entry { seq, at: self.at, author: self.author.clone(), body: self.body.clone() })
    }

    /// The author's id of the message, if it is one.
    pub fn cmid(&self) -> Option<Cmid> {
        self.body.written().map(|(cmid, _)| cmid)
    }
}

/// Which rows to read. Bounded by `PAGE_ROWS_MAX` and `PAGE_BYTES_MAX` of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// The rows right after a place, oldest first.
    After(Seq),
    /// The rows right before a place.
    Before(Seq),
    /// Those after a place if one page holds them all, else the newest page.
    Newest(Seq),
}

/// See `ConversationStore::rows`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsRead {
    /// The state as of the same snapshot.
    pub view: ConversationView,
    /// Rows in ascending order, dense.
    pub rows: Vec<Entry>,
    /// Whose conversation it is.
    pub visitor: VisitorId,
    /// For rows after a place: something up to that place was erased, so whoever has it may have it as it was.
    pub erased: bool,
}
