//! Authors put other words into what they wrote, or take it back; see `ConversationStore::edit` and `withdraw`.

use deskbell_shared::model::{
    AgentId, Audience, Author, Cmid, ConversationId, EntryBody, FileView, Right, UnixMillis,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::EDIT_WITHIN;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::blocks;
use super::body::Beside;
use super::checksum::{checked_columns, verify};
use super::erasure::{erase_file, erase_row, note_unclean, retell};
use super::held::{Change, Held, agent_in, agent_who_may};
use super::identities;
use super::rows::named;
use super::stop::Stop;
use super::writer::Writing;
use crate::store::conversations::{Changed, Edit, Withdraw, Writer};

/// See `ConversationStore::edit`.
pub fn edit(writing: &Writing<'_>, edit: Edit) -> Result<Changed, Stop> {
    let conn = writing.conn;
    let (held, author) = in_scope(conn, edit.conversation, &edit.writer, edit.at)?;
    let (id, by) = (held.id, Hand::of(&author));
    let own = own(conn, id, by, edit.message)?.ok_or_else(Stop::not_found)?;
    may_reword(conn, &held, &author, own.audience)?;
    // What is erased has no words any more.
    let first = own.text.as_ref().ok_or_else(Stop::not_found)?;
    let mut change = Change::of(writing, held);
    let now = newest_words(conn, id, by, edit.message)?;
    let now = now.as_ref().unwrap_or(first);
    if now == &edit.text {
        return change.finish();
    }
    in_time(&own, edit.at)?;
    if edit.text.trim().is_empty() && own.file().is_none() {
        return Err(Stop::because(RefusalCode::Empty));
    }
    writing.unindexed.reworded(conn, id, own.seq, now, &edit.text)?;
    let audience = Some(own.audience).filter(|audience| *audience == Audience::Staff);
    change.add(edit.at, author, EntryBody::Edited { of: edit.message, text: edit.text, audience })?;
    retell(conn, id)?;
    change.finish()
}

/// See `ConversationStore::withdraw`.
pub fn withdraw(writing: &Writing<'_>, withdraw: Withdraw) -> Result<Changed, Stop> {
    let conn = writing.conn;
    let (held, author) = in_scope(conn, withdraw.conversation, &withdraw.writer, withdraw.at)?;
    let (id, by) = (held.id, Hand::of(&author));
    let own = own(conn, id, by, withdraw.message)?.ok_or_else(Stop::not_found)?;
    may_reword(conn, &held, &author, own.audience)?;
    let mut change = Change::of(writing, held);
    if own.text.is_none() {
        writing.found_done();
        return change.finish();
    }
    in_time(&own, withdraw.at)?;
    erase_row(writing, id, own.seq, Some(true))?;
    for seq in edits_of(conn, id, by, withdraw.message)? {
        erase_row(writing, id, seq, Some(true))?;
    }
    // Whoever sent a file twice and takes one message back has the other one still.
    if let Some(file) = own.file()
        && !is_brought(conn, id, &file)?
    {
        erase_file(writing, id, file.id)?;
    }
    note_unclean(conn)?;
    change.feed();
    retell(conn, id)?;
    change.finish()
}

/// Whose hand a row is in, as its columns say.
#[derive(Clone, Copy, Debug)]
pub struct Hand<'a> {
    author: &'a str,
    agent: Option<[u8; 16]>,
}

impl Hand<'_> {
    /// An agent's.
    pub const fn agent(id: [u8; 16]) -> Hand<'static> {
        Hand { author: "agent", agent: Some(id) }
    }

    fn of(author: &Author) -> Hand<'static> {
        match author {
            Author::Agent { agent } => Hand::agent(AgentId::to_bytes(agent.id)),
            other => Hand { author: other.tag(), agent: None },
        }
    }

    /// That of a row: its `author` and `author_agent`.
    pub fn read(author: &str, agent: Option<[u8; 16]>) -> Hand<'_> {
        Hand { author, agent }
    }
}

/// What an author has put into a message or a note last, if they have edited it.
pub fn newest_words(
    conn: &Connection,
    conversation: ConversationId,
    by: Hand<'_>,
    of: Cmid,
) -> Result<Option<String>, Stop> {
    const SQL: &str = concat!(
        "SELECT e.text, ",
        checked_columns!(),
        " FROM entries e WHERE e.conversation = ?1 AND e.cmid = ?2 AND e.kind = 'edited' AND e.author = ?3 \
         AND e.author_agent IS ?4 ORDER BY e.seq DESC LIMIT 1"
    );
    let whose = params![conversation.to_bytes(), of.to_bytes(), by.author, by.agent];
    let read = |row: &SqlRow<'_>| Ok(verify(row, 1, conversation).and_then(|()| Ok(row.get(0)?)));
    conn.prepare_cached(SQL)?.query_row(whose, read).optional()?.transpose()
}

/// The rows that edit a message, by their place for staff.
pub fn edits_of(
    conn: &Connection,
    conversation: ConversationId,
    by: Hand<'_>,
    of: Cmid,
) -> Result<Vec<u64>, Stop> {
    const SQL: &str = "SELECT seq FROM entries WHERE conversation = ?1 AND cmid = ?2 AND kind = 'edited' \
        AND author = ?3 AND author_agent IS ?4";
    let mut statement = conn.prepare_cached(SQL)?;
    let whose = params![conversation.to_bytes(), of.to_bytes(), by.author, by.agent];
    Ok(statement.query_map(whose, |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// A message or a note, or what is left of it.
struct Own {
    seq: u64,
    at: UnixMillis,
    audience: Audience,
    /// Absent once it was erased.
    text: Option<String>,
    detail: Option<String>,
}

impl Own {
    fn file(&self) -> Option<FileView> {
        Beside::read(self.detail.as_deref()).ok()?.file
    }
}

fn own(
    conn: &Connection,
    conversation: ConversationId,
    by: Hand<'_>,
    cmid: Cmid,
) -> Result<Option<Own>, Stop> {
    const SQL: &str = concat!(
        "SELECT e.seq, e.at, e.audience, e.text, e.detail, ",
        checked_columns!(),
        " FROM entries e WHERE e.conversation = ?1 AND e.cmid = ?2 AND e.kind <> 'edited' AND e.author = ?3 \
         AND e.author_agent IS ?4"
    );
    let whose = params![conversation.to_bytes(), cmid.to_bytes(), by.author, by.agent];
    let read = |row: &SqlRow<'_>| {
        let own = || {
            let audience = named(row, 2, Audience::from_name)?;
            Ok(Own {
                seq: row.get(0)?,
                at: UnixMillis(row.get(1)?),
                audience,
                text: row.get(3)?,
                detail: row.get(4)?,
            })
        };
        Ok(verify(row, 5, conversation).and_then(|()| own()))
    };
    conn.prepare_cached(SQL)?.query_row(whose, read).optional()?.transpose()
}

fn in_time(own: &Own, at: UnixMillis) -> Result<(), Stop> {
    match at.since(own.at) <= EDIT_WITHIN {
        true => Ok(()),
        false => Err(Stop::because(RefusalCode::TooLate)),
    }
}

/// Whether they may still say something else there: who writes to visitors no more leaves what they wrote before as it is.
fn may_reword(conn: &Connection, held: &Held, author: &Author, audience: Audience) -> Result<(), Stop> {
    match (author, audience) {
        (Author::Agent { agent }, Audience::All) => {
            agent_who_may(conn, agent.id, held.inbox, Right::Answer).map(drop)
        }
        _ => Ok(()),
    }
}

/// Whether a message still brings a file.
fn is_brought(conn: &Connection, conversation: ConversationId, file: &FileView) -> Result<bool, Stop> {
    const SQL: &str = "SELECT detail FROM entries WHERE conversation = ?1 AND kind = 'message' \
        AND detail IS NOT NULL";
    let mut statement = conn.prepare_cached(SQL)?;
    let mut found = statement.query([conversation.to_bytes()])?;
    while let Some(row) = found.next()? {
        if Beside::read(Some(&row.get::<_, String>(0)?))?.file.as_ref() == Some(file) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The conversation, and who writes in it, if they may.
fn in_scope(
    conn: &Connection,
    conversation: ConversationId,
    writer: &Writer,
    at: UnixMillis,
) -> Result<(Held, Author), Stop> {
    let held = Held::load(conn, conversation)?.ok_or_else(Stop::not_found)?;
    let author = match *writer {
        Writer::Visitor(visitor) if visitor != held.visitor => return Err(Stop::not_found()),
        Writer::Visitor(visitor) => {
            if blocks::is_blocked(conn, visitor, at)? {
                return Err(Stop::because(RefusalCode::Blocked));
            }
            if !identities::may_act(conn, visitor, held.inbox)? {
                return Err(Stop::because(RefusalCode::NotAllowed));
            }
            Author::Visitor {}
        }
        Writer::Agent(agent) => {
            Author::Agent { agent: agent_in(conn, agent, held.inbox)?.ok_or_else(Stop::not_found)? }
        }
    };
    Ok((held, author))
}
