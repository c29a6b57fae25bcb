//! A model of the server, small enough to be right by looking: one list of rows per conversation, dedup by cmid, pages
//! and live rows. It knows no sockets and no time but what it is given.

use std::collections::{BTreeMap, BTreeSet};

use deskbell_shared::codec::Wire;
use deskbell_shared::model::*;
use deskbell_shared::protocol::{
    Ack, AgentCommand, Command, Frame, Me, Position, RefusalCode, RefusedMessage, VERSION,
};

/// Rows in one page of the model: few, so that short stories have long absences.
pub const PAGE_ROWS_MAX: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Visitor(VisitorId),
    Agent(AgentId),
}

impl Who {
    pub fn side(self) -> Side {
        match self {
            Who::Visitor(_) => Side::Visitor,
            Who::Agent(_) => Side::Staff,
        }
    }

    pub fn author(self) -> Author {
        match self {
            Who::Visitor(_) => Author::Visitor {},
            Who::Agent(id) => Author::Agent { agent: agent(id) },
        }
    }
}

pub fn agent(id: AgentId) -> AgentView {
    AgentView { id, name: "Mia".into(), picture: None }
}

#[derive(Clone, Debug)]
pub struct Log {
    pub visitor: VisitorId,
    pub rows: Vec<Entry>,
    pub view: ConversationView,
}

/// One connection as the server sees it.
#[derive(Clone, Debug)]
pub struct Connection {
    pub who: Who,
    watched: BTreeSet<ConversationId>,
}

/// How the server misbehaves within what the protocol allows.
#[derive(Clone, Debug, Default)]
pub struct Moods {
    /// Messages stored before the next batches are refused for now; `None` stores all.
    pub stores: Option<usize>,
    /// Replies to batches that are swallowed, the rows being stored.
    pub swallows: usize,
    /// Acks go out after the rows rather than before.
    pub acks_last: bool,
    /// Rows that are not told live, so that only a gap shows them.
    pub forgets_live: usize,
    /// Tickets that are unknown when they are shown.
    pub forgets_tickets: usize,
}

#[derive(Clone, Debug)]
pub struct Server {
    pub epoch: Epoch,
    pub logs: BTreeMap<ConversationId, Log>,
    pub connections: BTreeMap<u32, Connection>,
    pub tickets: BTreeMap<String, Who>,
    pub moods: Moods,
    /// Frames to send, by connection.
    pub out: Vec<(u32, String)>,
    /// Commands received, for counting.
    pub heard: Vec<Command>,
    pub now: UnixMillis,
}

impl Server {
    pub fn new() -> Server {
        Server {
            epoch: Epoch(1),
            logs: BTreeMap::new(),
            connections: BTreeMap::new(),
            tickets: BTreeMap::new(),
            moods: Moods::default(),
            out: Vec::new(),
            heard: Vec::new(),
            now: UnixMillis(0),
        }
    }

    /// A text from a connection. `Err` closes it with that code.
    pub fn hear(&mut self, connection: u32, text: &str) -> Result<(), u16> {
        let json = deskbell_shared::codec::parse(text).map_err(|_| 4500u16)?;
        let tag = deskbell_shared::codec::peek_tag(&json, "command").unwrap_or_default().to_owned();
        if AgentCommand::TAGS.contains(&tag.as_str()) {
            let command = AgentCommand::read(json).map_err(|_| 4500u16)?;
            self.hear_agent(connection, command);
            return Ok(());
        }
        let command = Command::read(json).map_err(|_| 4500u16)?;
        self.heard.push(command.clone());
        if let Command::Hello { ticket, resume, .. } = command {
            let who = self.tickets.remove(&ticket).ok_or(4502u16)?;
            if self.moods.forgets_tickets > 0 {
                self.moods.forgets_tickets -= 1;
                return Err(4502);
            }
            self.admit(connection, who);
            self.welcome(connection, who, resume);
            return Ok(());
        }
        let Some(who) = self.connections.get(&connection).map(|c| c.who) else { return Err(4500) };
        self.hear_command(connection, who, command);
        Ok(())
    }

    /// A connection whose hello was good.
    pub fn admit(&mut self, connection: u32, who: Who) {
        self.connections.insert(connection, Connection { who, watched: BTreeSet::new() });
    }

    fn welcome(&mut self, connection: u32, who: Who, resume: Vec<Position>) {
        let (me, conversations) = match who {
            Who::Visitor(id) => {
                let mut own: Vec<_> =
                    self.logs.values().filter(|log| log.visitor == id).map(|log| log.view.clone()).collect();
                own.sort_by_key(|view| std::cmp::Reverse((view.arrived_at, view.id)));
                (Me::Visitor { id }, own)
            }
            Who::Agent(id) => (Me::Agent { id, role: Role::Agent }, Vec::new()),
        };
        let welcome = Frame::Welcome {
            version: VERSION,
            epoch: self.epoch,
            now: self.now,
            me,
            conversations,
            last_messages: None,
            told: None,
            service: None,
        };
        self.tell(connection, welcome);
        for position in resume {
            self.watch(connection, who, None, position);
        }
    }

    fn hear_command(&mut self, connection: u32, who: Who, command: Command) {
        match command {
            Command::Hello { .. } => {}
            Command::Start { id, conversation, messages, .. } => {
                let Who::Visitor(visitor) = who else { return };
                if !self.logs.contains_key(&conversation) {
                    let open = |log: &&Log| log.visitor == visitor && log.view.status == Status::Open;
                    if let Some(other) = self.logs.values().find(open).map(|log| log.view.id) {
                        return self.refuse(connection, Some(id), RefusalCode::AlreadyOpen, Some(other));
                    }
                    // Where its first message is not stored, there is no conversation either.
                    if let Some(refused) = messages.first().and_then(|first| self.refusal(first)) {
                        let (epoch, acks, refused) = (self.epoch, Vec::new(), Some(refused));
                        return self
                            .tell(connection, Frame::Acked { id, conversation, epoch, acks, refused });
                    }
                    self.logs.insert(conversation, self.new_log(visitor, conversation));
                }
                self.append(connection, who, id, conversation, messages);
            }
            Command::Send { id, conversation, messages } => {
                self.append(connection, who, id, conversation, messages);
            }
            Command::Watch { id, position } => self.watch(connection, who, Some(id), position),
            Command::Unwatch { id, conversation } => {
                if let Some(c) = self.connections.get_mut(&connection) {
                    c.watched.remove(&conversation);
                }
                self.tell(connection, Frame::Done { id });
            }
            Command::Sync { id, conversation, after, before } => {
                let Some(log) = self.readable(who, conversation) else {
                    return self.refuse(connection, Some(id), RefusalCode::NotFound, Some(conversation));
                };
                let rows = match (after, before) {
                    (Some(after), _) => {
                        let from = log.rows.iter().filter(|row| row.seq > after);
                        from.take(PAGE_ROWS_MAX).cloned().collect()
                    }
                    (_, before) => {
                        let before = before.unwrap_or_default();
                        let upto: Vec<_> = log.rows.iter().filter(|row| row.seq < before).cloned().collect();
                        upto[upto.len().saturating_sub(PAGE_ROWS_MAX)..].to_vec()
                    }
                };
                let view = log.view.clone();
                self.tell(connection, Frame::Page { id: Some(id), conversation: view, rows });
            }
            Command::Mark { conversation, received, read } => {
                if self.readable(who, conversation).is_none() {
                    return;
                }
                let Some(log) = self.logs.get_mut(&conversation) else { return };
                assert!(read <= received && received <= log.view.head, "a mark past what there is");
                let marks = &mut log.view.marks;
                let (old_received, old_read) = match who.side() {
                    Side::Visitor => (&mut marks.visitor_received, &mut marks.visitor_read),
                    Side::Staff => (&mut marks.staff_received, &mut marks.staff_read),
                };
                *old_received = received.max(*old_received);
                *old_read = read.max(*old_read);
                let marks = marks.clone();
                let epoch = self.epoch;
                self.tell_watchers(conversation, Frame::Cursor { conversation, epoch, marks });
            }
            Command::Typing { conversation, on } => {
                let typist = match who {
                    Who::Visitor(_) => None,
                    Who::Agent(id) => Some(agent(id)),
                };
                let others: Vec<u32> = self
                    .connections
                    .iter()
                    .filter(|(_, c)| c.watched.contains(&conversation) && c.who.side() != who.side())
                    .map(|(number, _)| *number)
                    .collect();
                for other in others {
                    self.tell(other, Frame::Typing { conversation, agent: typist.clone(), on });
                }
            }
            // Nobody in these stories rates, or sends an edit: to the session that is a row like any other.
            Command::Rate { .. } | Command::Edit { .. } => {}
            Command::Withdraw { id, conversation, message } => {
                self.withdraw(conversation, who, message);
                self.tell(connection, Frame::Done { id });
            }
            // What is left for an answer is no matter of the session.
            Command::LeaveAddress { .. } => {}
            Command::Resolve { id, conversation } => {
                let Some(log) = self.readable(who, conversation) else {
                    return self.refuse(connection, Some(id), RefusalCode::NotFound, Some(conversation));
                };
                if log.view.status == Status::Open {
                    let version = log.view.assignment_version + 1;
                    self.add(conversation, who.author(), EntryBody::Resolved { version });
                }
                self.tell(connection, Frame::Done { id });
            }
        }
    }

    fn hear_agent(&mut self, connection: u32, command: AgentCommand) {
        let Some(Who::Agent(me)) = self.connections.get(&connection).map(|c| c.who) else { return };
        if let AgentCommand::Claim { id, conversation, version } = command {
            match self.logs.get(&conversation).map(|log| log.view.assignment_version) {
                Some(newest) if newest == version => {
                    let body = EntryBody::Assigned { to: agent(me), version: version + 1 };
                    self.add(conversation, Author::System {}, body);
                    self.tell(connection, Frame::Done { id });
                }
                _ => self.refuse(connection, Some(id), RefusalCode::Conflict, Some(conversation)),
            }
        }
    }

    /// Why a message that is not there yet is not stored now, if it is not.
    fn refusal(&self, Draft { cmid, text, .. }: &Draft) -> Option<RefusedMessage> {
        let (code, retry_after_ms) = match self.moods.stores {
            _ if text.contains("forbidden") => (RefusalCode::Invalid, None),
            Some(0) => (RefusalCode::RateLimited, Some(1_500)),
            _ => return None,
        };
        Some(RefusedMessage { cmid: *cmid, code, retry_after_ms })
    }

    fn append(
        &mut self,
        connection: u32,
        who: Who,
        id: u32,
        conversation: ConversationId,
        messages: Vec<Draft>,
    ) {
        if self.readable(who, conversation).is_none() {
            return self.refuse(connection, Some(id), RefusalCode::NotFound, Some(conversation));
        }
        // Watching begins before reading or writing: nothing can fall between.
        if let Some(c) = self.connections.get_mut(&connection).filter(|c| c.who.side() == Side::Visitor) {
            c.watched.insert(conversation);
        }
        let before = self.out.len();
        let mut acks = Vec::new();
        let mut refused = None;
        for draft in messages {
            let Draft { cmid, ref text, .. } = draft;
            let log = &self.logs[&conversation];
            let known = log.rows.iter().find(|row| {
                row.author == who.author()
                    && matches!(&row.body, EntryBody::Message { cmid: known, .. } if *known == cmid)
            });
            if let Some(row) = known {
                let same = matches!(&row.body, EntryBody::Message { text: known, .. } if known == text);
                if same {
                    acks.push(Ack { cmid, seq: row.seq, at: row.at });
                    continue;
                }
                refused = Some(RefusedMessage { cmid, code: RefusalCode::CmidReused, retry_after_ms: None });
                break;
            }
            refused = self.refusal(&draft);
            if refused.is_some() {
                break;
            }
            self.moods.stores = self.moods.stores.map(|left| left - 1);
            if self.logs[&conversation].view.status == Status::Resolved {
                let version = self.logs[&conversation].view.assignment_version + 1;
                self.add(conversation, Author::System {}, EntryBody::Reopened { version });
            }
            let seq = self.add(conversation, who.author(), EntryBody::message(cmid, text));
            acks.push(Ack { cmid, seq, at: self.now });
        }
        if self.moods.swallows > 0 {
            self.moods.swallows -= 1;
            return;
        }
        let epoch = self.epoch;
        let frame = Frame::Acked { id, conversation, epoch, acks, refused };
        let at = if self.moods.acks_last { self.out.len() } else { before };
        self.out.insert(at, (connection, frame.to_text()));
    }

    fn watch(&mut self, connection: u32, who: Who, id: Option<u32>, position: Position) {
        let Position { conversation, epoch, after } = position;
        let Some(log) = self.readable(who, conversation) else {
            return self.refuse(connection, id, RefusalCode::NotFound, Some(conversation));
        };
        let after = if epoch == Some(self.epoch) { after } else { Seq(0) };
        let missed: Vec<_> = log.rows.iter().filter(|row| row.seq > after).cloned().collect();
        let rows = missed[missed.len().saturating_sub(PAGE_ROWS_MAX)..].to_vec();
        let view = log.view.clone();
        if let Some(c) = self.connections.get_mut(&connection) {
            c.watched.insert(conversation);
        }
        self.tell(connection, Frame::Page { id, conversation: view, rows });
    }

    fn readable(&self, who: Who, conversation: ConversationId) -> Option<&Log> {
        let log = self.logs.get(&conversation)?;
        match who {
            Who::Visitor(id) if log.visitor != id => None,
            _ => Some(log),
        }
    }

    /// Adds a row and keeps the state, by its own rules rather than by the client's.
    fn add(&mut self, conversation: ConversationId, author: Author, body: EntryBody) -> Seq {
        let (now, epoch) = (self.now, self.epoch);
        let log = self.logs.get_mut(&conversation).expect("a conversation that exists");
        let seq = Seq(log.rows.len() as u64 + 1);
        log.view.head = seq;
        if let EntryBody::Assigned { version, .. }
        | EntryBody::Resolved { version }
        | EntryBody::Reopened { version } = &body
        {
            log.view.assignment_version = *version;
            log.view.assignee = None;
        }
        match &body {
            EntryBody::Assigned { to, .. } => log.view.assignee = Some(to.clone()),
            EntryBody::Resolved { .. } => log.view.status = Status::Resolved,
            EntryBody::Reopened { .. } => {
                log.view.status = Status::Open;
                log.view.arrived_at = now;
            }
            _ => {}
        }
        let entry = Entry { seq, at: now, author, body };
        log.rows.push(entry.clone());
        if self.moods.forgets_live > 0 {
            self.moods.forgets_live -= 1;
        } else {
            self.tell_watchers(conversation, Frame::Entry { conversation, epoch, entry });
        }
        seq
    }

    /// What somebody has written under an id is gone, and whoever follows reads anew.
    pub fn withdraw(&mut self, conversation: ConversationId, who: Who, message: Cmid) {
        let epoch = self.epoch;
        let log = self.logs.get_mut(&conversation).expect("a conversation that exists");
        let own = |row: &&mut Entry| {
            row.author.is(&who.author()) && row.body.written().is_some_and(|(cmid, _)| cmid == message)
        };
        for row in log.rows.iter_mut().filter(own) {
            row.body = EntryBody::Erased { cmid: Some(message), withdrawn: Some(true) };
        }
        self.tell_watchers(conversation, Frame::Erased { conversation, epoch });
    }

    fn new_log(&self, visitor: VisitorId, id: ConversationId) -> Log {
        let none = Seq(0);
        let marks =
            Marks { visitor_received: none, visitor_read: none, staff_received: none, staff_read: none };
        let view = ConversationView {
            id,
            inbox: InboxId(1),
            epoch: self.epoch,
            status: Status::Open,
            head: none,
            assignee: None,
            assignment_version: 0,
            arrived_at: self.now,
            marks,
            snoozed_until: None,
            address: None,
            score: None,
        };
        Log { visitor, rows: Vec::new(), view }
    }

    /// Puts an older state in place, as a restored backup does.
    pub fn restore(&mut self, backup: BTreeMap<ConversationId, Log>) {
        self.epoch = Epoch(self.epoch.0 + 1);
        self.logs = backup;
        for log in self.logs.values_mut() {
            log.view.epoch = self.epoch;
        }
        self.connections.clear();
        self.out.clear();
    }

    fn refuse(&mut self, to: u32, id: Option<u32>, code: RefusalCode, about: Option<ConversationId>) {
        let message = String::new();
        self.tell(to, Frame::Refused { id, code, conversation: about, retry_after_ms: None, message });
    }

    fn tell_watchers(&mut self, conversation: ConversationId, frame: Frame) {
        let watchers: Vec<u32> = self
            .connections
            .iter()
            .filter(|(_, c)| c.watched.contains(&conversation))
            .map(|(number, _)| *number)
            .collect();
        for watcher in watchers {
            self.tell(watcher, frame.clone());
        }
    }

    pub fn tell(&mut self, connection: u32, frame: Frame) {
        self.out.push((connection, frame.to_text()));
    }
}
