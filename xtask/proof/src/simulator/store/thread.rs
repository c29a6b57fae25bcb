//! One conversation in the model store: its rows with both counts, and the rules of the store's contract, written
//! anew rather than shared with the backends.

use std::collections::BTreeMap;
use std::rc::Rc;

use deskbell_server::store::Scope;
use deskbell_server::store::conversations::{BothMarks, Changed, Row};
use deskbell_shared::model::{
    AgentId, AgentView, Audience, Author, Cmid, ConversationId, ConversationView, Entry, EntryBody, Epoch,
    Feed, InboxId, Marks, Seq, Status, UnixMillis, VisitorId,
};

/// Every note begins so: no frame to a visitor may hold it.
pub const NOTE: &str = "for staff";

#[derive(Clone, Debug)]
pub struct Thread {
    pub id: ConversationId,
    pub inbox: InboxId,
    pub visitor: VisitorId,
    pub status: Status,
    pub assignee: Option<AgentId>,
    pub assigned_at: UnixMillis,
    pub version: u32,
    pub snoozed_until: Option<UnixMillis>,
    pub address: Option<String>,
    pub arrived_at: UnixMillis,
    pub arrival: u64,
    pub feed: Feed,
    /// The inboxes it has left, and the place of the feed that this took, the last time.
    pub departures: BTreeMap<InboxId, Feed>,
    pub rows: Vec<Rc<Row>>,
    /// In the count of staff.
    pub marks: Marks,
    /// Rows before this index are not looked at for repeats; above zero in a broken double only.
    pub forgotten: usize,
}

pub fn agent_view(id: AgentId) -> AgentView {
    AgentView { id, name: format!("agent {}", id.0), picture: None }
}

impl Thread {
    pub fn new(id: ConversationId, inbox: InboxId, visitor: VisitorId) -> Thread {
        let zero = Seq(0);
        Thread {
            id,
            inbox,
            visitor,
            status: Status::Open,
            assignee: None,
            assigned_at: UnixMillis(0),
            version: 0,
            snoozed_until: None,
            address: None,
            arrived_at: UnixMillis(0),
            arrival: 0,
            feed: Feed(0),
            departures: BTreeMap::new(),
            rows: Vec::new(),
            marks: Marks {
                visitor_received: zero,
                visitor_read: zero,
                staff_received: zero,
                staff_read: zero,
            },
            forgotten: 0,
        }
    }

    pub fn head(&self) -> Seq {
        self.rows.last().map_or(Seq(0), |row| row.seq)
    }

    pub fn visitor_head(&self) -> Seq {
        self.rows.iter().rev().find_map(|row| row.visitor_seq).unwrap_or_default()
    }

    /// Adds a row at the next place of both counts. `seq` is another one in a broken double only.
    pub fn add(&mut self, seq: Option<Seq>, at: UnixMillis, author: Author, body: EntryBody) -> Rc<Row> {
        let staff_only = body.audience() == Audience::Staff;
        let seq = seq.unwrap_or(self.head().next());
        let visitor_seq = (!staff_only).then(|| self.visitor_head().next());
        let row = Rc::new(Row { seq, visitor_seq, at, author, body });
        self.rows.push(row.clone());
        row
    }

    pub fn known(&self, author: &Author, cmid: Cmid) -> Option<&Rc<Row>> {
        let written = |row: &Row| match row.body {
            EntryBody::Erased { cmid, .. } => cmid,
            _ => row.cmid(),
        };
        let same = |row: &&Rc<Row>| written(row) == Some(cmid) && same_person(&row.author, author);
        self.rows[self.forgotten.min(self.rows.len())..].iter().find(same)
    }

    /// How far the visitor's count goes at a place of staff's.
    fn visitor_seq(&self, seq: Seq) -> Seq {
        let upto = self.rows.iter().rev().filter(|row| row.seq <= seq);
        upto.into_iter().find_map(|row| row.visitor_seq).unwrap_or_default()
    }

    fn staff_seq(&self, visitor_seq: Seq) -> Seq {
        self.rows.iter().find(|row| row.visitor_seq == Some(visitor_seq)).map_or(Seq(0), |row| row.seq)
    }

    pub fn both_marks(&self) -> BothMarks {
        let staff = self.marks.clone();
        let visitor = Marks {
            visitor_received: self.visitor_seq(staff.visitor_received),
            visitor_read: self.visitor_seq(staff.visitor_read),
            staff_received: self.visitor_seq(staff.staff_received),
            staff_read: self.visitor_seq(staff.staff_read),
        };
        BothMarks { staff, visitor }
    }

    pub fn mark(&mut self, scope: Scope, received: Seq, read: Seq) -> Option<BothMarks> {
        let before = self.marks.clone();
        let head = self.head();
        match scope {
            Scope::Visitor(_) => {
                let last = self.visitor_head();
                let (given, seen) = (self.staff_seq(received.min(last)), self.staff_seq(read.min(last)));
                let marks = &mut self.marks;
                marks.visitor_received = marks.visitor_received.max(given);
                marks.visitor_read = marks.visitor_read.max(seen.min(marks.visitor_received));
            }
            Scope::Agent(_) => {
                let marks = &mut self.marks;
                marks.staff_received = marks.staff_received.max(received.min(head));
                marks.staff_read = marks.staff_read.max(read.min(marks.staff_received));
            }
        }
        (self.marks != before).then(|| self.both_marks())
    }

    pub fn view(&self, epoch: Epoch, scope: Scope) -> ConversationView {
        let BothMarks { staff, visitor } = self.both_marks();
        let (head, marks) = match scope {
            Scope::Visitor(_) => (self.visitor_head(), visitor),
            Scope::Agent(_) => (self.head(), staff),
        };
        ConversationView {
            id: self.id,
            inbox: self.inbox,
            epoch,
            status: self.status,
            head,
            assignee: self.assignee.map(agent_view),
            assignment_version: self.version,
            arrived_at: self.arrived_at,
            marks,
            snoozed_until: match scope {
                Scope::Visitor(_) => None,
                Scope::Agent(_) => self.snoozed_until,
            },
            address: self.address.clone(),
            score: None,
        }
    }

    /// Takes it back, if it was put aside.
    pub fn wake(&mut self, at: UnixMillis, author: Author) {
        if self.snoozed_until.take().is_some() {
            self.assigned_at = at;
            self.add(None, at, author, EntryBody::Woken {});
        }
    }

    /// Nothing that was said is left; the conversation is over.
    pub fn erase(&mut self, at: UnixMillis) {
        self.address = None;
        for row in &mut self.rows {
            let cmid = row.body.written().map(|(cmid, _)| cmid).or(row.cmid());
            let says = matches!(
                row.body,
                EntryBody::Message { .. }
                    | EntryBody::Note { .. }
                    | EntryBody::AddressLeft { .. }
                    | EntryBody::Mailed { .. }
            );
            if says {
                let body = EntryBody::Erased { cmid, withdrawn: None };
                *row = Rc::new(Row { body, ..(**row).clone() });
            }
        }
        if self.status == Status::Open {
            (self.status, self.assignee, self.snoozed_until) = (Status::Resolved, None, None);
            self.version += 1;
            let body = EntryBody::Resolved { version: self.version };
            self.add(None, at, Author::Visitor {}, body);
        }
    }

    /// All rows in the count of a scope.
    pub fn entries(&self, scope: Scope) -> impl DoubleEndedIterator<Item = Entry> {
        self.rows.iter().filter_map(move |row| match scope {
            Scope::Visitor(_) => row.for_visitor(),
            Scope::Agent(_) => Some(row.for_staff()),
        })
    }

    /// What is different from before: the rows from an index on, and the marks if they moved.
    pub fn changed(&self, from: usize, marks: Option<BothMarks>) -> Changed {
        let rows: Vec<Row> = self.rows[from..].iter().map(|row| (**row).clone()).collect();
        let feed = (!rows.is_empty() || marks.is_some()).then_some(self.feed);
        Changed { conversation: self.id, inbox: self.inbox, visitor: self.visitor, rows, marks, feed }
    }
}

fn same_person(a: &Author, b: &Author) -> bool {
    match (a, b) {
        (Author::Agent { agent: a }, Author::Agent { agent: b }) => a.id == b.id,
        (Author::Visitor {}, Author::Visitor {}) => true,
        _ => false,
    }
}
