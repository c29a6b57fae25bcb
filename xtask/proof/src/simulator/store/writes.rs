//! What may be written, and what comes of it: the contract of `ConversationStore`, in the model's own words.

use std::rc::Rc;

use deskbell_server::store::conversations::{
    Append, Appended, Changed, Claim, Mark, Reopen, Resolve, Row, Snooze, Start, Wake, Writer,
};
use deskbell_server::store::desks::{Chosen, Lease, Outcome as DeedOutcome, Step, Stepped, TakeLease};
use deskbell_server::store::mail::{LeaveAddress, MailId, Outcome};
use deskbell_server::store::{Fault, Refusal, Scope};
use deskbell_shared::model::{
    AgentId, Audience, Author, ConversationId, Draft, EntryBody, Feed, FileId, FileView, InboxId, Seq, Side,
    Status, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::frame::{Ack, RefusedMessage};

use super::mail::{Job, no};
use super::{Double, Store, Thread, agent_view, stands, unchanged};

/// One write.
#[derive(Clone, Debug)]
pub enum Write {
    Start(Box<Start>),
    Append(Append),
    Claim(Claim),
    Resolve(Resolve),
    Mark(Mark),
    Snooze(Snooze),
    Wake(Wake),
    WakeDue(UnixMillis),
    Reopen(Reopen),
    Choose(AgentId, Chosen),
    KeepFile(FileId, Writer),
    LeaveAddress(LeaveAddress),
    Erase(VisitorId, UnixMillis),
    TakeLease(TakeLease),
    KeepLease(Lease, UnixMillis),
    Step(Step),
    PutOffMail(MailId, UnixMillis),
    LeaseMail(MailId, UnixMillis),
    SettleMail { id: MailId, tries: u32, at: UnixMillis, outcome: Outcome },
}

/// What a commit did.
#[derive(Clone, Debug)]
pub enum Written {
    Messages(Appended),
    Other(Changed),
    Several(Vec<Changed>),
    Erased(Vec<Changed>),
    Lease(Option<Lease>),
    Kept(bool),
    Stepped(Stepped),
    Mail(Option<Job>),
    Nothing,
}

impl Written {
    /// What others have to know, in order.
    pub fn changes(&self) -> Vec<&Changed> {
        match self {
            Written::Messages(appended) => vec![&appended.changed],
            Written::Other(changed) => vec![changed],
            Written::Several(changed) | Written::Erased(changed) => changed.iter().collect(),
            Written::Stepped(Stepped::Deeds(outcomes)) => {
                let mut done = Vec::new();
                for outcome in outcomes {
                    if let DeedOutcome::Done(changed) = outcome {
                        done.extend(changed.as_deref());
                    }
                }
                done
            }
            _ => Vec::new(),
        }
    }
}

impl Store {
    pub(super) fn write(&mut self, write: Write) -> Result<Written, Fault> {
        Ok(match write {
            Write::Start(start) => Written::Messages(self.start(*start)?),
            Write::Append(append) => {
                let appended = self.append_messages(append)?;
                self.owe(&appended.changed);
                Written::Messages(appended)
            }
            Write::Claim(claim) => Written::Other(self.claim(claim)?),
            Write::Resolve(resolve) => Written::Other(self.resolve(resolve)?),
            Write::Mark(mark) => Written::Other(self.mark(mark)?),
            Write::Snooze(snooze) => Written::Other(self.snooze(snooze)?),
            Write::Wake(wake) => {
                let thread = self.reach(wake.conversation, Scope::Agent(wake.agent))?;
                let by = Author::Agent { agent: agent_view(wake.agent) };
                Written::Other(self.take_back(thread, wake.at, by))
            }
            Write::WakeDue(at) => Written::Several(self.wake_due(at)),
            Write::Reopen(reopen) => Written::Other(self.reopen(reopen)?),
            Write::Choose(agent, chosen) => {
                self.choose(agent, chosen);
                Written::Nothing
            }
            Write::KeepFile(file, owner) => {
                self.books().files.insert(file, (owner, None));
                Written::Nothing
            }
            Write::LeaveAddress(leave) => Written::Other(self.leave_address(leave)?),
            Write::Erase(visitor, at) => Written::Erased(self.erase(visitor, at)),
            Write::TakeLease(take) => Written::Lease(self.take_lease(take)),
            Write::KeepLease(lease, ends_at) => Written::Kept(self.keep_lease(lease, ends_at)),
            Write::Step(step) => Written::Stepped(self.step(step)),
            Write::PutOffMail(id, due_at) => {
                self.put_off_mail(id, due_at);
                Written::Nothing
            }
            Write::LeaseMail(id, at) => Written::Mail(self.lease_mail(id, at)),
            Write::SettleMail { id, tries, at, outcome } => {
                Written::Several(self.settle_mail(id, tries, at, outcome).into_iter().collect())
            }
        })
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
                let open = self.open_of(start.visitor, start.inbox);
                let open = open.filter(|_| self.double != Some(Double::OpensTwice));
                if let Some(other) = open {
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
        for draft in messages {
            let cmid = draft.cmid;
            if let Some(known) = thread.known(author, cmid) {
                if !is_same(&known.body, &draft) {
                    let code = RefusalCode::CmidReused;
                    refused = Some(RefusedMessage { cmid, code, retry_after_ms: None });
                    break;
                }
                acks.push(Ack { cmid, seq: seq_for(author, known.seq, known.visitor_seq), at: known.at });
                continue;
            }
            match self.admit(&thread, author, &draft) {
                Ok(()) => {}
                Err(refusal) if acks.is_empty() => return Err(Fault::Refused(refusal)),
                Err(Refusal { conversation: Some(_), .. }) => break,
                Err(Refusal { code, .. }) => {
                    refused = Some(RefusedMessage { cmid, code, retry_after_ms: None });
                    break;
                }
            }
            let inner = Rc::make_mut(&mut thread);
            if inner.status == Status::Resolved && !draft.is_note() {
                self.open_again(inner, at, author.clone());
            }
            if author.side() == Side::Visitor {
                inner.wake(at, author.clone());
            }
            let seq = self.counted(inner);
            let body = self.body(inner.id, draft);
            let row = inner.add(seq, at, author.clone(), body);
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
        (inner.assignee, inner.assigned_at) = (Some(claim.agent), claim.at);
        let by = agent_view(claim.agent);
        let body = EntryBody::Assigned { to: by.clone(), version: inner.version };
        let seq = self.counted(inner);
        inner.add(seq, claim.at, Author::Agent { agent: by.clone() }, body);
        inner.wake(claim.at, Author::Agent { agent: by });
        let of = (inner.visitor, inner.inbox);
        self.books().answered.insert(of, claim.agent);
        Ok(self.put(thread, from))
    }

    fn resolve(&mut self, resolve: Resolve) -> Result<Changed, Fault> {
        let mut thread = self.reach(resolve.conversation, resolve.scope)?;
        if thread.status == Status::Resolved {
            return Ok(unchanged(&thread));
        }
        let from = thread.rows.len();
        let inner = Rc::make_mut(&mut thread);
        (inner.status, inner.assignee, inner.snoozed_until) = (Status::Resolved, None, None);
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

    fn snooze(&mut self, snooze: Snooze) -> Result<Changed, Fault> {
        let mut thread = self.reach(snooze.conversation, Scope::Agent(snooze.agent))?;
        if thread.status != Status::Open || thread.assignee != Some(snooze.agent) {
            return Err(no(RefusalCode::NotAllowed));
        }
        if thread.snoozed_until == Some(snooze.until) {
            return Ok(unchanged(&thread));
        }
        let from = thread.rows.len();
        let inner = Rc::make_mut(&mut thread);
        inner.snoozed_until = Some(snooze.until);
        let by = Author::Agent { agent: agent_view(snooze.agent) };
        inner.add(None, snooze.at, by, EntryBody::Snoozed { until: snooze.until });
        Ok(self.put(thread, from))
    }

    fn take_back(&mut self, mut thread: Rc<Thread>, at: UnixMillis, by: Author) -> Changed {
        if thread.snoozed_until.is_none() {
            return unchanged(&thread);
        }
        let from = thread.rows.len();
        Rc::make_mut(&mut thread).wake(at, by);
        self.put(thread, from)
    }

    fn wake_due(&mut self, at: UnixMillis) -> Vec<Changed> {
        let due = |thread: &&Rc<Thread>| thread.snoozed_until.is_some_and(|until| until <= at);
        let due: Vec<Rc<Thread>> = self.working.threads.values().filter(due).cloned().collect();
        due.into_iter().map(|thread| self.take_back(thread, at, Author::System {})).collect()
    }

    fn reopen(&mut self, reopen: Reopen) -> Result<Changed, Fault> {
        let mut thread = self.reach(reopen.conversation, Scope::Agent(reopen.agent))?;
        if thread.status == Status::Open {
            let own = thread.assignee == Some(reopen.agent);
            return if own { Ok(unchanged(&thread)) } else { Err(no(RefusalCode::Conflict)) };
        }
        if let Some(open) = self.open_of(thread.visitor, thread.inbox) {
            return Err(already_open(open));
        }
        let from = thread.rows.len();
        let by = Author::Agent { agent: agent_view(reopen.agent) };
        let inner = Rc::make_mut(&mut thread);
        self.open_again(inner, reopen.at, by.clone());
        inner.version += 1;
        (inner.assignee, inner.assigned_at) = (Some(reopen.agent), reopen.at);
        let body = EntryBody::Assigned { to: agent_view(reopen.agent), version: inner.version };
        let seq = self.counted(inner);
        inner.add(seq, reopen.at, by, body);
        Ok(self.put(thread, from))
    }

    /// It waits from now on.
    fn open_again(&mut self, thread: &mut Thread, at: UnixMillis, by: Author) {
        (thread.status, thread.assignee, thread.arrived_at) = (Status::Open, None, at);
        thread.version += 1;
        self.working.arrivals += 1;
        thread.arrival = self.working.arrivals;
        let body = EntryBody::Reopened { version: thread.version };
        let seq = self.counted(thread);
        thread.add(seq, at, by, body);
    }

    /// What a draft becomes. The broken store shows notes to everybody.
    fn body(&mut self, conversation: ConversationId, draft: Draft) -> EntryBody {
        let Draft { cmid, text, choices, .. } = draft;
        if draft.audience == Some(Audience::Staff) && self.double != Some(Double::ShowsNotes) {
            return EntryBody::Note { cmid, text };
        }
        let file = draft.file.and_then(|file| {
            self.books().files.get_mut(&file)?.1 = Some(conversation);
            Some(view_of(file))
        });
        EntryBody::Message { cmid, text, file, choices }
    }

    fn mark(&mut self, mark: Mark) -> Result<Changed, Fault> {
        let mut thread = self.reach(mark.conversation, mark.scope)?;
        let Some(marks) = Rc::make_mut(&mut thread).mark(mark.scope, mark.received, mark.read) else {
            return Ok(unchanged(&thread));
        };
        self.working.feed = Feed(self.working.feed.0 + 1);
        Rc::make_mut(&mut thread).feed = self.working.feed;
        let changed = thread.changed(thread.rows.len(), Some(marks));
        self.touched.insert(thread.id);
        self.working.threads.insert(thread.id, thread);
        Ok(changed)
    }

    /// Whether the author may add a new message.
    fn admit(&self, thread: &Thread, author: &Author, draft: &Draft) -> Result<(), Refusal> {
        let writer = match author {
            Author::Agent { agent } => Writer::Agent(agent.id),
            _ => Writer::Visitor(thread.visitor),
        };
        if *author == (Author::Visitor {})
            && let Some(elsewhere) = self.written_in(thread.visitor, draft)
        {
            return Err(Refusal { code: RefusalCode::AlreadyOpen, conversation: Some(elsewhere) });
        }
        match author {
            Author::Agent { .. } if draft.is_note() => {}
            Author::Agent { agent } if thread.assignee != Some(agent.id) => {
                return Err(Refusal::because(RefusalCode::NotAllowed));
            }
            Author::Visitor {} if thread.status == Status::Resolved => {
                let other = self.open_of(thread.visitor, thread.inbox).filter(|open| *open != thread.id);
                if let Some(open) = other {
                    return Err(Refusal { code: RefusalCode::AlreadyOpen, conversation: Some(open) });
                }
            }
            _ => {}
        }
        match draft.file.map(|file| self.working.books.files.get(&file)) {
            Some(Some((owner, place))) if *owner == writer && place.is_none_or(|at| at == thread.id) => {
                Ok(())
            }
            Some(_) => Err(Refusal::because(RefusalCode::Invalid)),
            None => Ok(()),
        }
    }

    /// The thread as it is now, with its rows from an index on as what is new.
    pub(super) fn put(&mut self, thread: Rc<Thread>, from: usize) -> Changed {
        if thread.rows.len() > from { self.put_all(thread, from) } else { thread.changed(from, None) }
    }

    /// The same where no row was added and something is different all the same.
    pub(super) fn touch(&mut self, thread: Rc<Thread>) -> Changed {
        let from = thread.rows.len();
        self.put_all(thread, from)
    }

    pub(super) fn put_all(&mut self, mut thread: Rc<Thread>, from: usize) -> Changed {
        self.settle_offer(&thread);
        self.working.feed = Feed(self.working.feed.0 + 1);
        Rc::make_mut(&mut thread).feed = self.working.feed;
        let changed = Changed { feed: Some(thread.feed), ..thread.changed(from, None) };
        self.notes.push(stands(&thread, self.working.epoch, self.desk_writes));
        self.touched.insert(thread.id);
        self.working.threads.insert(thread.id, thread);
        changed
    }

    pub(super) fn reach(&self, id: ConversationId, scope: Scope) -> Result<Rc<Thread>, Fault> {
        let thread = self.thread(id)?;
        if self.working.reaches(&thread, scope) { Ok(thread) } else { Err(no(RefusalCode::NotFound)) }
    }

    fn thread(&self, id: ConversationId) -> Result<Rc<Thread>, Fault> {
        self.working.threads.get(&id).cloned().ok_or(no(RefusalCode::NotFound))
    }

    fn written_in(&self, visitor: VisitorId, draft: &Draft) -> Option<ConversationId> {
        let Draft { cmid, text, .. } = draft;
        let same =
            |row: &Rc<Row>| matches!(&row.body, EntryBody::Message { text: known, .. } if known == text);
        let mut theirs = self.working.threads.values().filter(|thread| thread.visitor == visitor);
        theirs
            .find(|thread| thread.known(&Author::Visitor {}, *cmid).is_some_and(same))
            .map(|thread| thread.id)
    }

    pub(super) fn open_of(&self, visitor: VisitorId, inbox: InboxId) -> Option<ConversationId> {
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

/// What readers see of an uploaded file.
pub fn view_of(id: FileId) -> FileView {
    let (name, media) = ("plan.txt".into(), "text/plain".into());
    FileView { id, name, media, size: 1, width: None, height: None }
}

fn is_same(known: &EntryBody, draft: &Draft) -> bool {
    match known {
        EntryBody::Message { text, file, choices, .. } => {
            let brings = file.as_ref().map(|file| file.id);
            *text == draft.text && brings == draft.file && *choices == draft.choices
        }
        EntryBody::Note { text, .. } => *text == draft.text,
        EntryBody::Erased { .. } => true,
        _ => false,
    }
}

fn already_open(open: ConversationId) -> Fault {
    Fault::Refused(Refusal { code: RefusalCode::AlreadyOpen, conversation: Some(open) })
}
