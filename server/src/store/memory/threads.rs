//! One conversation of the double: a list of rows, from which everything else is counted anew each time.

use std::collections::BTreeSet;

use deskbell_shared::model::{
    AgentId, Audience, Author, Cmid, ConversationId, ConversationView, Entry, EntryBody, Epoch, Feed,
    InboxId, LastMessage, Marks, OutcomeId, Priority, Seq, Side, SiteId, Status, Summary, TagId, UnixMillis,
    VisitorId, VisitorView,
};

use super::State;
use crate::store::Scope;
use crate::store::conversations::{BothMarks, Changed, Row};
use crate::store::last_line;

/// Who did something, without what they look like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    Visitor,
    Agent(AgentId),
    System,
}

#[derive(Clone)]
pub struct Line {
    pub at: UnixMillis,
    pub by: By,
    /// What was done; agents in it look as they did then.
    pub what: EntryBody,
}

impl Line {
    /// Whether the visitor may see it.
    pub fn for_visitor(&self) -> bool {
        self.what.audience() == Audience::All
    }
}

#[derive(Clone)]
pub struct Thread {
    pub id: ConversationId,
    pub inbox: InboxId,
    pub site: SiteId,
    pub visitor: VisitorId,
    pub status: Status,
    pub assignee: Option<AgentId>,
    pub version: u32,
    pub arrived_at: UnixMillis,
    pub arrival: u64,
    pub feed: u64,
    pub lines: Vec<Line>,
    /// In the count of staff.
    pub marks: Marks,
    pub snoozed_until: Option<UnixMillis>,
    pub address: Option<String>,
    pub score: Option<u32>,
    pub tags: Vec<TagId>,
    pub priority: Priority,
    pub outcome: Option<OutcomeId>,
    /// The rows that were erased, counted from 0. What they said is gone from `lines`, what they were is not.
    pub erased: BTreeSet<usize>,
    /// Those of them that their authors took back.
    pub withdrawn: BTreeSet<usize>,
}

impl Thread {
    /// How many of the first `seq` rows the visitor may see.
    pub fn visitor_seq(&self, seq: Seq) -> Seq {
        Seq(self.lines.iter().take(seq.0 as usize).filter(|line| line.for_visitor()).count() as u64)
    }

    /// The place for staff of the visitor's row number `seq`.
    pub fn staff_seq(&self, seq: Seq) -> Seq {
        let mut seen = 0;
        for (at, line) in self.lines.iter().enumerate() {
            seen += u64::from(line.for_visitor());
            if seen == seq.0 && seq.0 > 0 {
                return Seq(at as u64 + 1);
            }
        }
        Seq(0)
    }

    pub fn head(&self) -> Seq {
        Seq(self.lines.len() as u64)
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

    /// The message an author has stored under an id before: its place for staff, and the row.
    pub fn known(&self, by: By, cmid: Cmid) -> Option<(Seq, &Line)> {
        let same = |line: &Line| line.by == by && line.what.written().is_some_and(|(known, _)| known == cmid);
        let at = self.lines.iter().position(same)?;
        Some((Seq(at as u64 + 1), &self.lines[at]))
    }

    /// The rows that say what an author's message says: its own, and those of its edits.
    pub fn worded(&self, by: By, of: Cmid) -> impl Iterator<Item = usize> {
        let its = move |line: &Line| match line.what {
            EntryBody::Message { cmid, .. } | EntryBody::Note { cmid, .. } => cmid == of,
            EntryBody::Edited { of: cmid, .. } => cmid == of,
            _ => false,
        };
        self.lines.iter().enumerate().filter(move |(_, line)| line.by == by && its(line)).map(|(at, _)| at)
    }

    /// What an author's message says now; nothing once it is erased.
    pub fn words(&self, by: By, of: Cmid) -> &str {
        self.worded(by, of).last().map_or("", |at| self.lines[at].what.words())
    }

    pub fn row(&self, state: &State, seq: Seq) -> Row {
        let line = &self.lines[seq.0 as usize - 1];
        Row {
            seq,
            visitor_seq: (line.for_visitor()).then(|| self.visitor_seq(seq)),
            at: line.at,
            author: match line.by {
                By::Visitor => Author::Visitor {},
                By::Agent(agent) => Author::Agent { agent: state.face(agent) },
                By::System => Author::System {},
            },
            body: match self.erased.contains(&(seq.0 as usize - 1)) {
                true => EntryBody::Erased {
                    cmid: line.what.written().map(|(cmid, _)| cmid),
                    withdrawn: self.withdrawn.contains(&(seq.0 as usize - 1)).then_some(true),
                },
                false => state.with_faces(&line.what),
            },
        }
    }

    /// All rows in the count of a scope.
    pub fn entries(&self, state: &State, scope: Scope) -> Vec<Entry> {
        let rows = (1..=self.head().0).map(|seq| self.row(state, Seq(seq)));
        match scope {
            Scope::Visitor(_) => rows.filter_map(|row| row.for_visitor()).collect(),
            Scope::Agent(_) => rows.map(|row| row.for_staff()).collect(),
        }
    }

    pub fn view(&self, state: &State, epoch: Epoch, scope: Scope) -> ConversationView {
        let marks = self.both_marks();
        let (head, marks) = match scope {
            Scope::Visitor(_) => (self.visitor_seq(self.head()), marks.visitor),
            Scope::Agent(_) => (self.head(), marks.staff),
        };
        ConversationView {
            id: self.id,
            inbox: self.inbox,
            epoch,
            status: self.status,
            head,
            assignee: self.assignee.map(|agent| state.face(agent)),
            assignment_version: self.version,
            arrived_at: self.arrived_at,
            marks,
            snoozed_until: match scope {
                Scope::Visitor(_) => None,
                Scope::Agent(_) => self.snoozed_until,
            },
            address: self.address.clone(),
            score: self.score,
        }
    }

    pub fn summary(&self, state: &State, epoch: Epoch, reader: AgentId) -> Option<Summary> {
        let site = state.sites.iter().find(|site| site.id == self.site)?;
        let (_, visitor) = state.visitors.iter().find(|(_, visitor)| visitor.id == self.visitor)?;
        let (last_side, last_at, last_line) = self.messages().next()?;
        let beyond = self.lines.iter().enumerate().skip(self.marks.staff_read.0 as usize);
        let unread = beyond.filter(|(at, line)| {
            let is_message = matches!(line.what, EntryBody::Message { .. });
            line.by == By::Visitor && is_message && !self.erased.contains(at)
        });
        Some(Summary {
            feed: Feed(self.feed),
            conversation: self.view(state, epoch, Scope::Agent(reader)),
            site: self.site,
            site_name: site.looks.name.clone(),
            visitor: VisitorView { name: state.called(visitor.id), ..visitor.clone() },
            last_line,
            last_side,
            last_at,
            unread: unread.count() as u32,
            unanswered_at: self.unanswered_at(),
            filed: state.filed(self),
        })
    }

    /// Of each message, the newest first: whose it is, when it was stored, and how it begins.
    fn messages(&self) -> impl Iterator<Item = (Side, UnixMillis, String)> {
        self.lines.iter().rev().filter_map(|line| {
            let EntryBody::Message { cmid, file, .. } = &line.what else { return None };
            let name = file.as_ref().map_or("", |file| &file.name);
            let text = self.words(line.by, *cmid);
            let side = if line.by == By::Visitor { Side::Visitor } else { Side::Staff };
            Some((side, line.at, last_line(if text.is_empty() { name } else { text })))
        })
    }

    /// See `ConversationStore::last_messages_of`.
    pub fn last_message(&self, state: &State) -> Option<LastMessage> {
        let (side, at, line) = self.messages().next().filter(|last| !last.2.is_empty())?;
        let mut answers =
            self.lines.iter().enumerate().rev().filter_map(|(at, line)| match (line.by, &line.what) {
                (By::Agent(agent), EntryBody::Message { .. }) if !self.erased.contains(&at) => Some(agent),
                _ => None,
            });
        let agent = answers.next().map(|agent| state.face(agent));
        Some(LastMessage { conversation: self.id, line, side, at, agent })
    }

    /// Since when the visitor waits for an answer.
    fn unanswered_at(&self) -> Option<UnixMillis> {
        let lines = || self.lines.iter().enumerate().filter(|(at, _)| !self.erased.contains(at));
        let answers = |line: &Line| match line.what {
            EntryBody::Resolved { .. } => true,
            EntryBody::Message { .. } | EntryBody::Mailed { .. } => matches!(line.by, By::Agent(_)),
            _ => false,
        };
        let answered = lines().rfind(|(_, line)| answers(line)).map(|(at, _)| at);
        let asks = |line: &Line| line.by == By::Visitor && matches!(line.what, EntryBody::Message { .. });
        let asked = lines().find(|(at, line)| answered.is_none_or(|answered| *at > answered) && asks(line));
        asked.filter(|_| self.status == Status::Open).map(|(_, line)| line.at)
    }

    /// Opens it again; it waits from now on.
    pub fn reopen(&mut self, at: UnixMillis, arrival: u64, by: By) {
        self.status = Status::Open;
        self.outcome = None;
        self.version += 1;
        self.arrived_at = at;
        self.arrival = arrival;
        self.lines.push(Line { at, by, what: EntryBody::Reopened { version: self.version } });
    }

    /// Resolves it, if it is open.
    pub fn end(&mut self, at: UnixMillis, by: By) {
        if self.status == Status::Open {
            self.version += 1;
            self.assignee = None;
            self.snoozed_until = None;
            self.status = Status::Resolved;
            self.lines.push(Line { at, by, what: EntryBody::Resolved { version: self.version } });
        }
    }

    /// Takes it back, if it was put aside.
    pub fn wake(&mut self, at: UnixMillis, by: By) {
        if self.snoozed_until.take().is_some() {
            self.lines.push(Line { at, by, what: EntryBody::Woken {} });
        }
    }

    /// Nothing but the rows after `old_head`, and the marks if they moved.
    pub fn changed(&self, state: &State, old_head: Seq, marks: Option<BothMarks>) -> Changed {
        let rows: Vec<Row> = (old_head.0 + 1..=self.head().0).map(|seq| self.row(state, Seq(seq))).collect();
        let feed = (!rows.is_empty() || marks.is_some()).then_some(Feed(self.feed));
        Changed { conversation: self.id, inbox: self.inbox, visitor: self.visitor, rows, marks, feed }
    }
}
