//! A conversation as the writer holds it inside a transaction, and the one way rows are added to it: both counters,
//! the head, the last line and the place of the list feed move together here. Who may do so is checked before.

use deskbell_shared::model::{
    AgentId, AgentView, Audience, Author, Cmid, ConversationId, EntryBody, Feed, InboxId, Right, Role, Seq,
    Side, Status, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params, params_from_iter};

use super::body;
use super::checksum::checksum;
use super::rights::sees_all;
use super::rows::named;
use super::stop::Stop;
use super::writer::Writing;
use crate::store::conversations::{BothMarks, Changed, Row, Start};
use crate::store::last_line;

/// The columns of a conversation that decide about writes.
#[derive(Clone, Debug)]
pub struct Held {
    pub id: ConversationId,
    pub inbox: InboxId,
    pub visitor: VisitorId,
    pub status: Status,
    pub assignee: Option<AgentId>,
    pub version: u32,
    pub head: u64,
    pub visitor_head: u64,
    pub snoozed_until: Option<UnixMillis>,
    unread: u32,
}

impl Held {
    /// Reads a conversation; `None` when there is none of this id.
    pub fn load(conn: &Connection, id: ConversationId) -> Result<Option<Held>, Stop> {
        const SQL: &str = "SELECT inbox, visitor, status, assignee, version, head, visitor_head, unread, \
            snoozed_until FROM conversations WHERE id = ?1";
        let read = |row: &SqlRow<'_>| {
            Ok((
                Held {
                    id,
                    inbox: InboxId::from_bytes(row.get(0)?),
                    visitor: VisitorId::from_bytes(row.get(1)?),
                    status: Status::Open,
                    assignee: row.get::<_, Option<[u8; 16]>>(3)?.map(AgentId::from_bytes),
                    version: row.get(4)?,
                    head: row.get(5)?,
                    visitor_head: row.get(6)?,
                    unread: row.get(7)?,
                    snoozed_until: row.get::<_, Option<i64>>(8)?.map(UnixMillis),
                },
                row.get_ref(2)?.as_str().map(Status::from_name)?,
            ))
        };
        match conn.prepare_cached(SQL)?.query_row([id.to_bytes()], read).optional()? {
            None => Ok(None),
            Some((held, Some(status))) => Ok(Some(Held { status, ..held })),
            Some((_, None)) => Err(Stop::Corrupt(format!("conversation {id} has an unknown status"))),
        }
    }

    /// The visitor's other conversation that is open in this inbox.
    pub fn other_open(&self, conn: &Connection) -> Result<Option<ConversationId>, Stop> {
        Ok(open_of(conn, self.visitor, self.inbox)?.filter(|open| *open != self.id))
    }
}

/// The conversation a visitor has open in an inbox.
pub fn open_of(
    conn: &Connection,
    visitor: VisitorId,
    inbox: InboxId,
) -> Result<Option<ConversationId>, Stop> {
    const SQL: &str = "SELECT id FROM conversations WHERE visitor = ?1 AND inbox = ?2 AND status = 'open'";
    let ids = params![visitor.to_bytes(), inbox.to_bytes()];
    let open = conn.prepare_cached(SQL)?.query_row(ids, |row| row.get(0)).optional()?;
    Ok(open.map(ConversationId::from_bytes))
}

/// A change to one conversation in the making. Nothing of it is lost as long as `finish` is called.
pub struct Change<'a> {
    /// The transaction.
    pub writing: &'a Writing<'a>,
    /// The conversation, as it will be.
    pub held: Held,
    rows: Vec<Row>,
    marks: Option<BothMarks>,
    feed: Option<Feed>,
    last: Option<(Side, UnixMillis, String)>,
}

impl<'a> Change<'a> {
    /// Nothing changed yet.
    pub fn of(writing: &'a Writing<'a>, held: Held) -> Change<'a> {
        Change { writing, held, rows: Vec::new(), marks: None, feed: None, last: None }
    }

    /// A new one, open and waiting, with no rows yet. Its visitor is stored.
    pub fn new(writing: &'a Writing<'a>, of: &Start) -> Result<Change<'a>, Stop> {
        const SQL: &str = "INSERT INTO conversations (id, inbox, visitor, site, status, version, arrived_at, arrival, \
            feed, head, visitor_head, visitor_received, visitor_read, staff_received, staff_read, \
            visitor_received_v, visitor_read_v, staff_received_v, staff_read_v, last_line, last_side, last_at, unread) \
            VALUES (?1, ?2, ?3, ?4, 'open', 0, ?5, ?6, ?6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 'visitor', ?5, 0)";
        let feed = writing.next_feed();
        writing.conn.prepare_cached(SQL)?.execute(params![
            of.conversation.to_bytes(),
            of.inbox.to_bytes(),
            of.visitor.to_bytes(),
            of.site.to_bytes(),
            of.at.0,
            feed.0
        ])?;
        let held = Held {
            id: of.conversation,
            inbox: of.inbox,
            visitor: of.visitor,
            status: Status::Open,
            assignee: None,
            version: 0,
            head: 0,
            visitor_head: 0,
            snoozed_until: None,
            unread: 0,
        };
        writing.unindexed.person(of.visitor);
        Ok(Change { feed: Some(feed), ..Change::of(writing, held) })
    }

    /// The place of the list feed that this change takes.
    pub fn feed(&mut self) -> Feed {
        *self.feed.get_or_insert_with(|| self.writing.next_feed())
    }

    /// Adds a row. Takes the next seq, and the next visitor_seq if the visitor may read it.
    pub fn add(&mut self, at: UnixMillis, author: Author, body: EntryBody) -> Result<&Row, Stop> {
        let audience = body.audience();
        const SQL: &str = "INSERT INTO entries (conversation, seq, visitor_seq, audience, at, author, author_agent, \
            kind, cmid, text, assignee, version, detail, checksum) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        self.feed();
        self.writing.note_row();
        self.held.head += 1;
        let visitor_seq = match audience {
            Audience::All => {
                self.held.visitor_head += 1;
                Some(Seq(self.held.visitor_head))
            }
            Audience::Staff => None,
        };
        let author_agent = match &author {
            Author::Agent { agent } => Some(agent.id.to_bytes()),
            Author::Visitor {} | Author::System {} => None,
        };
        let said = body::columns(&body);
        let of_bytes = |id: Option<[u8; 16]>| id.map_or(Value::Null, |id| Value::Blob(id.to_vec()));
        let of_number = |number: u64| {
            i64::try_from(number).map(Value::Integer).map_err(|_| {
                Stop::Corrupt(format!("conversation {} counts further than there are numbers", self.held.id))
            })
        };
        let words = |word: &str| Value::Text(word.to_owned());
        let values = [
            of_bytes(Some(self.held.id.to_bytes())),
            of_number(self.held.head)?,
            visitor_seq.map_or(Ok(Value::Null), |seq| of_number(seq.0))?,
            words(audience.text()),
            Value::Integer(at.0),
            words(author.tag()),
            of_bytes(author_agent),
            words(body.tag()),
            of_bytes(said.cmid.map(Cmid::to_bytes)),
            said.text.map_or(Value::Null, words),
            of_bytes(said.agent.map(|agent| agent.id.to_bytes())),
            said.version.map_or(Value::Null, |version| Value::Integer(version.into())),
            said.detail.map_or(Value::Null, Value::Text),
        ];
        let sum = checksum(values.iter().map(ValueRef::from));
        let all = values.into_iter().chain([Value::Integer(sum.into())]);
        self.writing.conn.prepare_cached(SQL)?.execute(params_from_iter(all))?;
        if let Some((_, text)) = body.written() {
            // Answers to press are not looked for: what was pressed is a message of the visitor, and is found as one.
            let is_note = audience == Audience::Staff;
            let Held { id, head, .. } = self.held;
            let unindexed = self.writing.unindexed;
            unindexed.written(self.writing.conn, (id, head), at, &author, is_note, text)?;
        }
        if let EntryBody::Message { text, file, .. } = &body {
            let name = file.as_ref().map_or("", |file| &file.name);
            self.last = Some((author.side(), at, last_line(if text.is_empty() { name } else { text })));
            self.held.unread += u32::from(author.side() == Side::Visitor);
        }
        let at_row = self.rows.len();
        self.rows.push(Row { seq: Seq(self.held.head), visitor_seq, at, author, body });
        Ok(&self.rows[at_row])
    }

    /// Puts status and assignee in place, and counts the assignment; an offer is over with it. Returns the version after it.
    pub fn assign(&mut self, at: UnixMillis, status: Status, assignee: Option<AgentId>) -> Result<u32, Stop> {
        const SQL: &str = "UPDATE conversations SET status = ?2, assignee = ?3, version = ?4 WHERE id = ?1";
        // Who was asked has it now, or need not answer any more.
        const ASKED: &str = "UPDATE offers SET outcome = CASE WHEN agent = ?2 THEN 'accepted' ELSE 'withdrawn' END, \
            outcome_at = ?3 WHERE conversation = ?1 AND outcome IS NULL";
        // What came of it is over once it is open again.
        const OPEN_AGAIN: &str = "UPDATE filings SET outcome = NULL WHERE conversation = ?1";
        self.feed();
        if self.held.status == Status::Resolved && status == Status::Open {
            self.writing.conn.prepare_cached(OPEN_AGAIN)?.execute([self.held.id.to_bytes()])?;
        }
        self.held.version += 1;
        self.held.status = status;
        self.held.assignee = assignee;
        self.writing.conn.prepare_cached(SQL)?.execute(params![
            self.held.id.to_bytes(),
            status.text(),
            assignee.map(AgentId::to_bytes),
            self.held.version
        ])?;
        let id = self.held.id.to_bytes();
        self.writing.conn.prepare_cached(ASKED)?.execute(params![
            id,
            assignee.map(AgentId::to_bytes),
            at.0
        ])?;
        Ok(self.held.version)
    }

    /// Says until when nothing is to be done. The row about it is the caller's.
    pub fn put_aside(&mut self, until: Option<UnixMillis>) -> Result<(), Stop> {
        const SQL: &str = "UPDATE conversations SET snoozed_until = ?2 WHERE id = ?1";
        if self.held.snoozed_until != until {
            self.feed();
            self.held.snoozed_until = until;
            let until = until.map(|until| until.0);
            self.writing.conn.prepare_cached(SQL)?.execute(params![self.held.id.to_bytes(), until])?;
        }
        Ok(())
    }

    /// Takes it back, if it was put aside, with the row that says so.
    pub fn wake(&mut self, at: UnixMillis, author: Author) -> Result<(), Stop> {
        if self.held.snoozed_until.is_some() {
            self.put_aside(None)?;
            self.add(at, author, EntryBody::Woken {})?;
        }
        Ok(())
    }

    /// Puts it at the end of the queue.
    pub fn arrive(&mut self, at: UnixMillis) -> Result<(), Stop> {
        const SQL: &str = "UPDATE conversations SET arrived_at = ?2, arrival = ?3 WHERE id = ?1";
        let feed = self.feed();
        self.writing.conn.prepare_cached(SQL)?.execute(params![self.held.id.to_bytes(), at.0, feed.0])?;
        Ok(())
    }

    /// Puts marks in place; `newly_read` of the visitor's messages are no longer unread.
    pub fn set_marks(&mut self, marks: BothMarks, newly_read: u32) -> Result<(), Stop> {
        const SQL: &str = "UPDATE conversations SET visitor_received = ?2, visitor_read = ?3, staff_received = ?4, \
            staff_read = ?5, visitor_received_v = ?6, visitor_read_v = ?7, staff_received_v = ?8, staff_read_v = ?9, \
            unread = ?10 WHERE id = ?1";
        self.feed();
        self.held.unread =
            self.held.unread.checked_sub(newly_read).ok_or_else(|| {
                Stop::Corrupt(format!("conversation {} counts its unread wrong", self.held.id))
            })?;
        let (s, v) = (&marks.staff, &marks.visitor);
        self.writing.conn.prepare_cached(SQL)?.execute(params![
            self.held.id.to_bytes(),
            s.visitor_received.0,
            s.visitor_read.0,
            s.staff_received.0,
            s.staff_read.0,
            v.visitor_received.0,
            v.visitor_read.0,
            v.staff_received.0,
            v.staff_read.0,
            self.held.unread
        ])?;
        self.marks = Some(marks);
        Ok(())
    }

    /// Writes what the list shows, and says what others must know.
    pub fn finish(self) -> Result<Changed, Stop> {
        const WITH_MESSAGE: &str = "UPDATE conversations SET feed = ?2, head = ?3, visitor_head = ?4, last_side = ?5, \
            last_at = ?6, last_line = ?7, unread = ?8 WHERE id = ?1";
        const WITHOUT: &str =
            "UPDATE conversations SET feed = ?2, head = ?3, visitor_head = ?4 WHERE id = ?1";
        let held = self.held;
        if let Some(feed) = self.feed {
            let id = held.id.to_bytes();
            let conn = self.writing.conn;
            match &self.last {
                Some((side, at, line)) => conn.prepare_cached(WITH_MESSAGE)?.execute(params![
                    id,
                    feed.0,
                    held.head,
                    held.visitor_head,
                    side.text(),
                    at.0,
                    line,
                    held.unread
                ])?,
                None => conn.prepare_cached(WITHOUT)?.execute(params![
                    id,
                    feed.0,
                    held.head,
                    held.visitor_head
                ])?,
            };
        }
        Ok(Changed {
            conversation: held.id,
            inbox: held.inbox,
            visitor: held.visitor,
            rows: self.rows,
            marks: self.marks,
            feed: self.feed,
        })
    }
}

/// The agent as others see them, if they are active and may see the inbox (a member, or by their role).
pub fn agent_in(conn: &Connection, agent: AgentId, inbox: InboxId) -> Result<Option<AgentView>, Stop> {
    Ok(agent_with_role_in(conn, agent, inbox)?.map(|(view, _)| view))
}

/// The same, of those whose role has a right.
pub fn agent_with(
    conn: &Connection,
    agent: AgentId,
    inbox: InboxId,
    right: Right,
) -> Result<Option<AgentView>, Stop> {
    let found = agent_with_role_in(conn, agent, inbox)?;
    Ok(found.filter(|(_, role)| role.may(right)).map(|(view, _)| view))
}

/// The same. Refused: `not_found` for who may not see the inbox, `not_allowed` for who may not do that in it.
pub fn agent_who_may(
    conn: &Connection,
    agent: AgentId,
    inbox: InboxId,
    right: Right,
) -> Result<AgentView, Stop> {
    let (view, role) = agent_with_role_in(conn, agent, inbox)?.ok_or_else(Stop::not_found)?;
    if role.may(right) { Ok(view) } else { Err(Stop::because(RefusalCode::NotAllowed)) }
}

fn agent_with_role_in(
    conn: &Connection,
    agent: AgentId,
    inbox: InboxId,
) -> Result<Option<(AgentView, Role)>, Stop> {
    const SQL: &str = concat!(
        "SELECT name, picture, role FROM agents WHERE id = ?1 AND deactivated_at IS NULL AND (",
        sees_all!(),
        " OR EXISTS (SELECT 1 FROM members WHERE inbox = ?2 AND agent = ?1))"
    );
    let ids = params![agent.to_bytes(), inbox.to_bytes()];
    let read = |row: &SqlRow<'_>| {
        let view = AgentView { id: agent, name: row.get(0)?, picture: row.get(1)? };
        Ok((view, named(row, 2, Role::from_name)?))
    };
    Ok(conn.prepare_cached(SQL)?.query_row(ids, read).optional()?)
}
