//! What may be written, and what comes of it: the contract of `ConversationStore`, in the model's own words.

use std::rc::Rc;

use deskbell_server::store::conversations::{Append, Appended, Changed, Claim, Mark, Resolve, Start, Writer};
use deskbell_server::store::{Fault, Refusal, Scope};
use deskbell_shared::model::{
    Author, ConversationId, Draft, EntryBody, Feed, InboxId, Seq, Status, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::frame::{Ack, RefusedMessage};

use super::{Double, Store, Thread, agent_view, unchanged};

/// One write.
#[derive(Clone, Debug)]
pub enum Write {
    Start(Start),
    Append(Append),
    Claim(Claim),
    Resolve(Resolve),
    Mark(Mark),
}

/// What a commit did.
#[derive(Clone, Debug)]
pub enum Written {
    Messages(Appended),
    Other(Changed),
}

impl Write {
    pub fn conversation(&self) -> ConversationId {
        match self {
            Write::Start(start) => start.conversation,
            Write::Append(append) => append.conversation,
            Write::Claim(claim) => claim.conversation,
            Write::Resolve(resolve) => resolve.conversation,
            Write::Mark(mark) => mark.conversation,
        }
    }
}

impl Written {
    pub fn changed(&self) -> &Changed {
        match self {
            Written::Messages(appended) => &appended.changed,
            Written::Other(changed) => changed,
        }
    }
}

impl Store {
    pub(super) fn write(&mut self, write: Write) -> Result<Written, Fault> {
        match write {
            Write::Start(start) => self.start(start).map(Written::Messages),
            Write::Append(append) => self.append_messages(append).map(Written::Messages),
            Write::Claim(claim) => self.claim(claim).map(Written::Other),
            Write::Resolve(resolve) => self.resolve(resolve).map(Written::Other),
            Write::Mark(mark) => self.mark(mark).map(Written::Other),
        }
    }

    /// Nothing is written. The double that counts outside of transactions has counted all the same.
    pub(super) fn refuse_full(&mut self, write: &Write) -> Fault {
        if self.double == Some(Double::CountsOutsideTransaction)
            && let Write::Append(append) = write
            && let Some(thread) = self.working.threads.get(&append.conversation)
        {
            let counted = self.counted.entry(append.conversation).or_insert(thread.head().0);
            *counted += append.messages.len() as u64;
        }
        Fault::Unavailable("the disk is full".into())
    }

    fn start(&mut self, start: Start) -> Result<Appended, Fault> {
        let id = start.conversation;
        match self.working.threads.get(&id) {
            Some(known) if known.visitor != start.visitor => return Err(no(RefusalCode::NotFound)),
            Some(_) => {}
            None => {
                if start.messages.is_empty() {
                    return Err(no(RefusalCode::Empty));
                }
                if let Some(other) =
                    self.open_of(start.visitor, start.inbox).or_else(|| self.written_in(&start))
                {
                    return Err(already_open(other));
                }
                let mut thread = Thread::new(id, start.inbox, start.visitor);
                thread.arrived_at = start.at;
                self.working.arrivals += 1;
                thread.arrival = self.working.arrivals;
                self.working.threads.insert(id, Rc::new(thread));
            }
        }
        self.messages(id, &Author::Visitor {}, start.messages, start.at)
    }

    fn append_messages(&mut self, append: Append) -> Result<Appended, Fault> {
        let (scope, author) = match append.writer {
            Writer::Visitor(visitor) => (Scope::Visitor(visitor), Author::Visitor {}),
            Writer::Agent(agent) => (Scope::Agent(agent), Author::Agent { agent: agent_view(agent) }),
        };
        self.reach(append.conversation, scope)?;
        self.messages(append.conversation, &author, append.messages, append.at)
    }

    fn messages(
        &mut self,
        id: ConversationId,
        author: &Author,
        messages: Vec<Draft>,
        at: UnixMillis,
    ) -> Result<Appended, Fault> {
        let mut thread = self.thread(id)?;
        let from = thread.rows.len();
        let (mut acks, mut refused) = (Vec::new(), None);
        for Draft { cmid, text, .. } in messages {
            if let Some(known) = thread.known(author, cmid) {
                if !matches!(&known.body, EntryBody::Message { text: known, .. } if *known == text) {
                    let code = RefusalCode::CmidReused;
                    refused = Some(RefusedMessage { cmid, code, retry_after_ms: None });
                    break;
                }
                acks.push(Ack { cmid, seq: seq_for(author, known.seq, known.visitor_seq), at: known.at });
                continue;
            }
            match self.admit(&thread, author) {
                Ok(()) => {}
                Err(refusal) if acks.is_empty() => return Err(Fault::Refused(refusal)),
                Err(Refusal { conversation: Some(_), .. }) => break,
                Err(Refusal { code, .. }) => {
                    refused = Some(RefusedMessage { cmid, code, retry_after_ms: None });
                    break;
                }
            }
            let inner = Rc::make_mut(&mut thread);
            if inner.status == Status::Resolved {
                (inner.status, inner.assignee, inner.arrived_at) = (Status::Open, None, at);
                inner.version += 1;
                self.working.arrivals += 1;
                inner.arrival = self.working.arrivals;
                let body = EntryBody::Reopened { version: inner.version };
                let seq = self.counted(inner);
                inner.add(seq, at, author.clone(), body);
            }
            let seq = self.counted(inner);
            let row = inner.add(seq, at, author.clone(), EntryBody::message(cmid, text));
            acks.push(Ack { cmid, seq: seq_for(author, row.seq, row.visitor_seq), at });
        }
        let changed = self.put(thread, from);
        Ok(Appended { acks, refused, changed })
    }

    fn claim(&mut self, claim: Claim) -> Result<Changed, Fault> {
        let mut thread = self.reach(claim.conversation, Scope::Agent(claim.agent))?;
        if thread.assignee == Some(claim.agent) {
            return Ok(unchanged(&thread));
        }
        if thread.status != Status::Open || thread.version != claim.version {
            return Err(no(RefusalCode::Conflict));
        }
        let from = thread.rows.len();
        let inner = Rc::make_mut(&mut thread);
        inner.version += 1;
        inner.assignee = Some(claim.agent);
        let by = agent_view(claim.agent);
        let body = EntryBody::Assigned { to: by.clone(), version: inner.version };
        let seq = self.counted(inner);
        inner.add(seq, claim.at, Author::Agent { agent: by }, body);
        Ok(self.put(thread, from))
    }

    fn resolve(&mut self, resolve: Resolve) -> Result<Changed, Fault> {
        let mut thread = self.reach(resolve.conversation, resolve.scope)?;
        if thread.status == Status::Resolved {
            return Ok(unchanged(&thread));
        }
        let from = thread.rows.len();
        let inner = Rc::make_mut(&mut thread);
        (inner.status, inner.assignee) = (Status::Resolved, None);
        inner.version += 1;
        let by = match resolve.scope {
            Scope::Visitor(_) => Author::Visitor {},
            Scope::Agent(agent) => Author::Agent { agent: agent_view(agent) },
        };
        let body = EntryBody::Resolved { version: inner.version };
        let seq = self.counted(inner);
        inner.add(seq, resolve.at, by, body);
        Ok(self.put(thread, from))
    }

    fn mark(&mut self, mark: Mark) -> Result<Changed, Fault> {
        let mut thread = self.reach(mark.conversation, mark.scope)?;
        let Some(marks) = Rc::make_mut(&mut thread).mark(mark.scope, mark.received, mark.read) else {
            return Ok(unchanged(&thread));
        };
        self.working.feed = Feed(self.working.feed.0 + 1);
        Rc::make_mut(&mut thread).feed = self.working.feed;
        let changed = thread.changed(thread.rows.len(), Some(marks));
        self.working.threads.insert(thread.id, thread);
        Ok(changed)
    }

    /// Whether the author may add a new message.
    fn admit(&self, thread: &Thread, author: &Author) -> Result<(), Refusal> {
        match author {
            Author::Agent { agent } if thread.assignee != Some(agent.id) => {
                Err(Refusal::because(RefusalCode::NotAllowed))
            }
            Author::Visitor {} if thread.status == Status::Resolved => {
                match self.open_of(thread.visitor, thread.inbox).filter(|open| *open != thread.id) {
                    Some(open) => Err(Refusal { code: RefusalCode::AlreadyOpen, conversation: Some(open) }),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn put(&mut self, mut thread: Rc<Thread>, from: usize) -> Changed {
        if thread.rows.len() > from {
            self.working.feed = Feed(self.working.feed.0 + 1);
            Rc::make_mut(&mut thread).feed = self.working.feed;
        }
        let changed = thread.changed(from, None);
        self.working.threads.insert(thread.id, thread);
        changed
    }

    fn reach(&self, id: ConversationId, scope: Scope) -> Result<Rc<Thread>, Fault> {
        let thread = self.thread(id)?;
        if self.working.reaches(&thread, scope) { Ok(thread) } else { Err(no(RefusalCode::NotFound)) }
    }

    fn thread(&self, id: ConversationId) -> Result<Rc<Thread>, Fault> {
        self.working.threads.get(&id).cloned().ok_or(no(RefusalCode::NotFound))
    }

    fn written_in(&self, start: &Start) -> Option<ConversationId> {
        let Draft { cmid, text, .. } = start.messages.first()?;
        let same =
            |row: &Rc<Row>| matches!(&row.body, EntryBody::Message { text: known, .. } if known == text);
        let theirs = |t: &&Rc<Thread>| t.visitor == start.visitor && t.inbox == start.inbox;
        let mut theirs = self.working.threads.values().filter(theirs);
        theirs
            .find(|thread| thread.known(&Author::Visitor {}, *cmid).is_some_and(same))
            .map(|thread| thread.id)
    }

    fn open_of(&self, visitor: VisitorId, inbox: InboxId) -> Option<ConversationId> {
        let open = |t: &&Rc<Thread>| t.visitor == visitor && t.inbox == inbox && t.status == Status::Open;
        self.working.threads.values().find(open).map(|thread| thread.id)
    }

    /// The place that the broken double has counted for a new row.
    fn counted(&mut self, thread: &Thread) -> Option<Seq> {
        if self.double != Some(Double::CountsOutsideTransaction) {
            return None;
        }
        let counted = self.counted.entry(thread.id).or_insert(thread.head().0);
        *counted += 1;
        Some(Seq(*counted))
    }
}

fn seq_for(author: &Author, seq: Seq, visitor_seq: Option<Seq>) -> Seq {
    match author {
        Author::Visitor {} => visitor_seq.unwrap_or(seq),
        Author::Agent { .. } | Author::System {} => seq,
    }
}

fn no(code: RefusalCode) -> Fault {
    Fault::Refused(Refusal::because(code))
}

fn already_open(open: ConversationId) -> Fault {
    Fault::Refused(Refusal { code: RefusalCode::AlreadyOpen, conversation: Some(open) })
}
