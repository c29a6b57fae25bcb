//! Reads the state of a conversation and rows of it, in the count of whoever asks. Which rows a visitor may read is
//! decided here, in SQL, and nowhere later.

use deskbell_shared::model::{
    AgentId, AgentView, Audience, Author, ConversationId, ConversationView, Entry, Epoch, InboxId, Marks,
    Seq, Status, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::limits::{PAGE_BYTES_MAX, PAGE_ROWS_MAX};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::body::{Found, body};
use super::checksum::{checked_columns, verify};
use super::held::agent_in;
use super::stop::Stop;
use crate::store::Scope;
use crate::store::conversations::{RowsRead, Span};

/// The columns that `view` reads, from `conversations c LEFT JOIN agents a ON a.id = c.assignee`.
macro_rules! view_columns {
    () => {
        "c.id, c.inbox, c.status, c.version, c.arrived_at, a.id, a.name, a.picture, \
         c.snoozed_until, c.address, c.score, \
         c.head, c.visitor_received, c.visitor_read, c.staff_received, c.staff_read, \
         c.visitor_head, c.visitor_received_v, c.visitor_read_v, c.staff_received_v, c.staff_read_v"
    };
}
pub(super) use view_columns;

/// How many columns that is.
pub(super) const VIEW_COLUMNS: usize = 21;

/// Whose count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Staff,
    Visitor,
}

/// The state of a conversation from `view_columns!`.
pub fn view(row: &SqlRow<'_>, epoch: Epoch, count: Count) -> rusqlite::Result<ConversationView> {
    let first = match count {
        Count::Staff => 11,
        Count::Visitor => 16,
    };
    let seq = |at: usize| row.get(first + at).map(Seq);
    Ok(ConversationView {
        id: ConversationId::from_bytes(row.get(0)?),
        inbox: InboxId::from_bytes(row.get(1)?),
        epoch,
        status: named(row, 2, Status::from_name)?,
        head: seq(0)?,
        assignee: agent(row, 5)?,
        assignment_version: row.get(3)?,
        arrived_at: UnixMillis(row.get(4)?),
        marks: Marks {
            visitor_received: seq(1)?,
            visitor_read: seq(2)?,
            staff_received: seq(3)?,
            staff_read: seq(4)?,
        },
        snoozed_until: match count {
            Count::Staff => row.get::<_, Option<i64>>(8)?.map(UnixMillis),
            Count::Visitor => None,
        },
        address: row.get(9)?,
        score: row.get(10)?,
    })
}

/// See `ConversationStore::rows`.
pub fn rows(
    conn: &Connection,
    epoch: Epoch,
    scope: Scope,
    conversation: ConversationId,
    span: Span,
) -> Result<Option<RowsRead>, Stop> {
    const SQL: &str = concat!(
        "SELECT ",
        view_columns!(),
        ", c.visitor FROM conversations c LEFT JOIN agents a ON a.id = c.assignee WHERE c.id = ?1"
    );
    let count = match scope {
        Scope::Visitor(_) => Count::Visitor,
        Scope::Agent(_) => Count::Staff,
    };
    let read =
        |row: &SqlRow<'_>| Ok((view(row, epoch, count)?, VisitorId::from_bytes(row.get(VIEW_COLUMNS)?)));
    let Some((view, visitor)) =
        conn.prepare_cached(SQL)?.query_row([conversation.to_bytes()], read).optional()?
    else {
        return Ok(None);
    };
    let may = match scope {
        Scope::Visitor(me) => me == visitor,
        Scope::Agent(me) => agent_in(conn, me, view.inbox)?.is_some(),
    };
    if !may {
        return Ok(None);
    }
    let (way, rows, all) = match span {
        Span::After(seq) => read_page(conn, count, conversation, Way::After(seq))?,
        Span::Before(seq) => read_page(conn, count, conversation, Way::Before(seq))?,
        Span::Newest(seq) => match read_page(conn, count, conversation, Way::After(seq))? {
            (way, rows, true) => (way, rows, true),
            _ => read_page(conn, count, conversation, Way::Before(view.head.next()))?,
        },
    };
    if !is_dense(&rows, way, all, view.head) {
        return Err(Stop::Corrupt(format!(
            "conversation {conversation} lacks rows that were stored: stop the server, keep a copy of the data \
             directory and restore a backup"
        )));
    }
    let erased = match span {
        Span::After(seq) | Span::Newest(seq) => any_erased(conn, count, conversation, seq.min(view.head))?,
        Span::Before(_) => false,
    };
    Ok(Some(RowsRead { view, rows, visitor, erased }))
}

/// Whether something up to a place was erased.
fn any_erased(
    conn: &Connection,
    count: Count,
    conversation: ConversationId,
    upto: Seq,
) -> Result<bool, Stop> {
    const STAFF: &str = "SELECT 1 FROM entries WHERE conversation = ?1 AND seq <= ?2 AND kind = 'erased'";
    const VISITOR: &str =
        "SELECT 1 FROM entries WHERE conversation = ?1 AND visitor_seq <= ?2 AND kind = 'erased'";
    let sql = match count {
        Count::Staff => STAFF,
        Count::Visitor => VISITOR,
    };
    Ok(upto > Seq(0) && conn.prepare_cached(sql)?.exists(params![conversation.to_bytes(), upto.0])?)
}

/// Whether rows follow each other from where they were asked for to where they have to end: one that is missing must
/// not look like the end.
fn is_dense(rows: &[Entry], way: Way, all: bool, head: Seq) -> bool {
    let (before_first, end) = match way {
        Way::After(seq) => (Some(seq), all.then_some(head.max(seq))),
        Way::Before(seq) => (all.then_some(Seq(0)), Some(head.min(Seq(seq.0.saturating_sub(1))))),
    };
    let last = rows.last().map(|row| row.seq).or(before_first);
    rows.windows(2).all(|pair| pair[1].seq == pair[0].seq.next())
        && rows.first().zip(before_first).is_none_or(|(row, before)| row.seq == before.next())
        && end.is_none_or(|end| last == Some(end))
}

#[derive(Clone, Copy)]
enum Way {
    After(Seq),
    Before(Seq),
}

macro_rules! page_sql {
    ($seq:literal, $from:literal, $order:literal) => {
        concat!(
            "SELECT ",
            $seq,
            ", e.at, e.author, e.kind, e.cmid, e.text, e.version, e.detail, a.id, a.name, a.picture, ",
            "t.id, t.name, t.picture, ",
            checked_columns!(),
            " FROM entries e LEFT JOIN agents a ON a.id = e.author_agent ",
            "LEFT JOIN agents t ON t.id = e.assignee WHERE e.conversation = ?1 AND ",
            $seq,
            $from,
            "ORDER BY ",
            $seq,
            $order,
            "LIMIT ?3"
        )
    };
}

/// Where the columns of `checked_columns!` begin in those of `page_sql!`.
const CHECKED_FROM: usize = 14;
/// Where who may read it stands in them.
const AUDIENCE: usize = CHECKED_FROM + 2;

/// One page of rows in ascending order, and whether it holds all there are that way.
fn read_page(
    conn: &Connection,
    count: Count,
    conversation: ConversationId,
    way: Way,
) -> Result<(Way, Vec<Entry>, bool), Stop> {
    let (sql, from) = match (count, way) {
        (Count::Staff, Way::After(seq)) => (page_sql!("e.seq", " > ?2 ", " ASC "), seq),
        (Count::Staff, Way::Before(seq)) => (page_sql!("e.seq", " < ?2 ", " DESC "), seq),
        (Count::Visitor, Way::After(seq)) => (page_sql!("e.visitor_seq", " > ?2 ", " ASC "), seq),
        (Count::Visitor, Way::Before(seq)) => (page_sql!("e.visitor_seq", " < ?2 ", " DESC "), seq),
    };
    // A number beyond what SQLite counts to is beyond every row as well.
    let from = i64::try_from(from.0).unwrap_or(i64::MAX);
    let mut statement = conn.prepare_cached(sql)?;
    let mut found = statement.query(params![conversation.to_bytes(), from, PAGE_ROWS_MAX + 1])?;
    let mut rows: Vec<Entry> = Vec::new();
    let mut bytes = 0;
    let mut all = true;
    while let Some(row) = found.next()? {
        verify(row, CHECKED_FROM, conversation)?;
        let entry = entry(row)?;
        // Each answer to press stands in quotes, with a comma.
        let pressed: usize = entry.body.choices().iter().map(|choice| choice.len() + 3).sum();
        bytes += entry.body.words().len() + pressed;
        if rows.len() == PAGE_ROWS_MAX || (bytes > PAGE_BYTES_MAX && !rows.is_empty()) {
            all = false;
            break;
        }
        rows.push(entry);
    }
    if matches!(way, Way::Before(_)) {
        rows.reverse();
    }
    Ok((way, rows, all))
}

fn entry(row: &SqlRow<'_>) -> Result<Entry, Stop> {
    let missing = |what: &str| Stop::Corrupt(format!("a row has no {what}"));
    let author = match row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)? {
        "visitor" => Author::Visitor {},
        "agent" => Author::Agent { agent: agent(row, 8)?.ok_or_else(|| missing("author"))? },
        _ => Author::System {},
    };
    let found = Found {
        audience: named(row, AUDIENCE, Audience::from_name)?,
        cmid: row.get(4)?,
        text: row.get(5)?,
        agent: agent(row, 11)?,
        version: row.get(6)?,
        detail: row.get(7)?,
    };
    let body = body(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?, found)?;
    Ok(Entry { seq: Seq(row.get(0)?), at: UnixMillis(row.get(1)?), author, body })
}

/// An agent from three columns that may be empty.
pub fn agent(row: &SqlRow<'_>, first: usize) -> rusqlite::Result<Option<AgentView>> {
    let Some(id) = row.get::<_, Option<[u8; 16]>>(first)? else { return Ok(None) };
    Ok(Some(AgentView {
        id: AgentId::from_bytes(id),
        name: row.get(first + 1)?,
        picture: row.get(first + 2)?,
    }))
}

/// A word of a closed set.
pub fn named<T>(row: &SqlRow<'_>, at: usize, read: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get_ref(at)?.as_str()?;
    read(text).ok_or_else(|| rusqlite::types::FromSqlError::InvalidType.into())
}
