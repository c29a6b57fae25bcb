//! One conversation as this session knows it: its rows, its state, and what is under way about it.

use super::run::Run;
use crate::model::agent::AgentView;
use crate::model::conversation::{ConversationView, Marks, Status};
use crate::model::id::{Cmid, ConversationId, Epoch, Seq};
use crate::model::message::{Author, Entry, EntryBody, Side};
use crate::model::time::UnixMillis;
use crate::protocol::frame::{WaitNews, WaitView};
use crate::protocol::refusal::RefusalCode;

/// A question or a batch that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// The number of the command; 0 for what was asked in the hello.
    pub id: u32,
    pub at: UnixMillis,
}

/// Somebody on the other side who types.
#[derive(Clone, Debug)]
pub(super) struct Typist {
    /// The agent; `None` is the visitor.
    pub agent: Option<AgentView>,
    pub until: UnixMillis,
}

/// Where a conversation is in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// 1 is next.
    pub position: u32,
    /// How long it will take; `None` when that is too uncertain.
    pub wait: Option<WaitView>,
    /// What changed last.
    pub why: WaitNews,
}

/// One conversation.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Which one.
    pub id: ConversationId,
    pub(super) view: Option<ConversationView>,
    pub(super) run: Run,
    /// The lineage the rows belong to.
    pub(super) epoch: Option<Epoch>,
    /// The last row that there is, as far as anything has told.
    pub(super) head: Seq,
    /// Whether the server has it. Until then messages go out as `start`.
    pub(super) founded: bool,
    /// Whether it is to be followed.
    pub(super) watch: bool,
    /// Whether it is followed on this connection, from a page on.
    pub(super) synced: bool,
    /// Why the server will not show it.
    pub(super) refused: Option<RefusalCode>,
    /// `watch`, `sync{after}` or the resume in the hello.
    pub(super) reading: Option<Waiting>,
    /// Not before this instant is the next question of that kind.
    pub(super) read_not_before: UnixMillis,
    /// `sync{before}`
    pub(super) older: Option<Waiting>,
    pub(super) older_wanted: bool,
    /// The batch in flight.
    pub(super) batch: Option<Waiting>,
    /// The messages in it.
    pub(super) sending: Vec<Cmid>,
    /// Not before this instant is the next batch.
    pub(super) send_not_before: UnixMillis,
    pub(super) resolve_wanted: bool,
    pub(super) resolve: Option<Waiting>,
    /// The last row that was on screen here.
    pub(super) read: Seq,
    /// What the server was told of received and read.
    pub(super) told: (Seq, Seq),
    pub(super) told_at: UnixMillis,
    pub(super) typing_told: Option<UnixMillis>,
    pub(super) typists: Vec<Typist>,
    pub(super) place: Option<Place>,
    pub(super) agent_lost: bool,
}

impl Conversation {
    pub(super) fn new(id: ConversationId) -> Self {
        Self {
            id,
            view: None,
            run: Run::default(),
            epoch: None,
            head: Seq(0),
            founded: false,
            watch: false,
            synced: false,
            refused: None,
            reading: None,
            read_not_before: UnixMillis(0),
            older: None,
            older_wanted: false,
            batch: None,
            sending: Vec::new(),
            send_not_before: UnixMillis(0),
            resolve_wanted: false,
            resolve: None,
            read: Seq(0),
            told: (Seq(0), Seq(0)),
            told_at: UnixMillis(0),
            typing_told: None,
            typists: Vec::new(),
            place: None,
            agent_lost: false,
        }
    }

    /// The rows there are, dense; the first is not always row 1.
    pub fn rows(&self) -> &[Entry] {
        self.run.rows()
    }

    /// Its state, as of `head` in it; `None` until the server has told.
    pub fn view(&self) -> Option<&ConversationView> {
        self.view.as_ref()
    }

    /// Whether it has not ended, as far as is known.
    pub fn is_open(&self) -> bool {
        self.view().is_none_or(|view| view.status == Status::Open)
    }

    /// Whether the server has it.
    pub fn founded(&self) -> bool {
        self.founded
    }

    /// Why the server will not show it, if so.
    pub fn refused(&self) -> Option<RefusalCode> {
        self.refused
    }

    /// Whether there are rows before the first one here (`LoadOlder` gets them).
    pub fn has_older(&self) -> bool {
        self.run.first() > Seq(1)
    }

    /// Visitors: where it is in the queue, while the server says so.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Visitors: whether the connection of the agent who has it is gone.
    pub fn agent_lost(&self) -> bool {
        self.agent_lost
    }

    /// Whether older rows are on their way.
    pub fn loading_older(&self) -> bool {
        self.older_wanted
    }

    /// Whether the end was asked for and not yet confirmed.
    pub fn resolving(&self) -> bool {
        self.resolve_wanted
    }

    /// Whether this side's place is behind what there is, on a connection that could fill it.
    pub fn catching_up(&self) -> bool {
        self.watch && self.founded && (!self.synced || self.run.last() < self.head)
    }

    /// The last row that was on screen, here or on another device of this side.
    pub fn read(&self, side: Side) -> Seq {
        self.read.max(mark_of(self.view.as_ref(), side).1)
    }

    /// Another lineage, or another person: nothing known of it counts.
    pub(super) fn reset(&mut self) {
        let Conversation { id, watch, resolve_wanted, .. } = *self;
        *self = Conversation { watch, resolve_wanted, ..Conversation::new(id) };
    }

    /// Another connection: nothing is under way.
    pub(super) fn disconnected(&mut self) {
        self.synced = false;
        self.reading = None;
        self.older = None;
        self.batch = None;
        self.sending.clear();
        self.resolve = None;
        self.told = (Seq(0), Seq(0));
        self.told_at = UnixMillis(0);
        self.typing_told = None;
        self.typists.clear();
        // What nobody keeps up to date is not shown; the server says it again.
        self.place = None;
        self.agent_lost = false;
        self.send_not_before = UnixMillis(0);
        self.read_not_before = UnixMillis(0);
    }

    /// Takes the state that a snapshot gave. It may be older than the rows here, or newer; the later of the two wins,
    /// carried forward over the rows behind it. Marks only grow.
    pub(super) fn take_view(&mut self, mut view: ConversationView) {
        self.epoch = Some(view.epoch);
        if let Some(old) = &self.view {
            view.marks = later_marks(&old.marks, &view.marks);
            if old.head > view.head {
                self.view = Some(ConversationView { marks: view.marks, ..old.clone() });
                return;
            }
        }
        self.view = Some(view);
        self.fold();
    }

    /// Carries the state forward over the rows that it does not contain yet.
    pub(super) fn fold(&mut self) {
        if let Some(view) = &mut self.view {
            let rows = self.run.rows();
            for row in &rows[rows.partition_point(|row| row.seq <= view.head)..] {
                if row.seq == view.head.next() {
                    view.apply(row);
                    self.agent_lost &= row.body.version().is_none();
                }
            }
            self.head = self.head.max(view.head);
            if view.assignee.is_some() || view.status == Status::Resolved {
                self.place = None;
            }
        }
        self.head = self.head.max(self.run.furthest());
    }

    pub(super) fn take_marks(&mut self, marks: &Marks) {
        if let Some(view) = &mut self.view {
            view.marks = later_marks(&view.marks, marks);
        }
    }

    /// The last row here that the other side made: what a received mark is about.
    pub(super) fn last_from_others(&self, side: Side) -> Seq {
        let theirs = self.run.rows().iter().rev().find(|row| row.author.side() != side);
        theirs.map_or(Seq(0), |row| row.seq)
    }

    /// The author of a new row does not type any more.
    pub(super) fn stopped_typing(&mut self, author: &Author) -> bool {
        let before = self.typists.len();
        self.typists.retain(|typist| match (author, &typist.agent) {
            (Author::Agent { agent }, Some(typing)) => agent.id != typing.id,
            (Author::Visitor {}, None) => false,
            _ => true,
        });
        self.typists.len() != before
    }
}

/// Received and read of one side; zero while nothing is known.
pub(super) fn mark_of(view: Option<&ConversationView>, side: Side) -> (Seq, Seq) {
    let Some(view) = view else { return (Seq(0), Seq(0)) };
    let marks = &view.marks;
    match side {
        Side::Visitor => (marks.visitor_received, marks.visitor_read),
        Side::Staff => (marks.staff_received, marks.staff_read),
    }
}

/// The text of a row that is a message.
pub fn message_text(row: &Entry) -> Option<&str> {
    match &row.body {
        EntryBody::Message { text, .. } => Some(text),
        _ => None,
    }
}

fn later_marks(a: &Marks, b: &Marks) -> Marks {
    Marks {
        visitor_received: a.visitor_received.max(b.visitor_received),
        visitor_read: a.visitor_read.max(b.visitor_read),
        staff_received: a.staff_received.max(b.staff_received),
        staff_read: a.staff_read.max(b.staff_read),
    }
}
