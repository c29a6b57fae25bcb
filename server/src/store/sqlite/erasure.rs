//! Rows lose what was said in them and keep their places; see `ErasureStore`.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{
    Author, Cmid, ConversationId, EntryBody, FileId, InboxId, Right, Status, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::abouts;
use super::body::Beside;
use super::checksum::checksum;
use super::drafts;
use super::edits::{Hand, edits_of, newest_words};
use super::files::{drop_files, files_in};
use super::held::{Change, Held};
use super::identities;
use super::mail::forget_mail;
use super::people;
use super::search_index;
use super::stop::Stop;
use super::writer::Writing;
use crate::store::conversations::Changed;
use crate::store::erasure::{Before, Due, Erase, Retention};
use crate::store::{Scope, last_line};

/// Rows in which somebody said something.
macro_rules! said {
    () => {
        "('message', 'note', 'edited', 'address_left', 'mailed')"
    };
}
/// Conversations of an inbox that are over, and all of whose rows are older; how staff filed them says nothing of anybody.
macro_rules! over_before {
    () => {
        concat!(
            "c.inbox = ?1 AND c.status = 'resolved' AND c.last_at < ?2 \
             AND NOT EXISTS (SELECT 1 FROM entries WHERE conversation = c.id AND at >= ?2 AND kind <> 'filed') \
             AND EXISTS (SELECT 1 FROM entries WHERE conversation = c.id AND kind IN ",
            said!(),
            ")"
        )
    };
}

/// See `ErasureStore::erase_visitor`.
pub fn erase_visitor(writing: &Writing<'_>, erase: Erase) -> Result<Vec<Changed>, Stop> {
    const KNOWN: &str = "SELECT 1 FROM visitors WHERE id = ?1";
    const TALKS: &str = "SELECT id FROM conversations WHERE visitor = ?1";
    const OVER: &str = "DELETE FROM blocks WHERE visitor = ?1 AND until <= ?2";
    const REASON: &str = "UPDATE blocks SET reason = '' WHERE visitor = ?1 AND reason <> ''";
    const DONE: &str = "SELECT 1 FROM erasures WHERE visitor = ?1";
    const NOTE: &str = "INSERT OR REPLACE INTO erasures (visitor, at) VALUES (?1, ?2)";
    let (conn, id) = (writing.conn, erase.visitor.to_bytes());
    let is_known = conn.prepare_cached(KNOWN)?.exists([id])?;
    let author = match erase.scope {
        Scope::Visitor(visitor) if visitor == erase.visitor => Author::Visitor {},
        Scope::Visitor(_) => return Err(Stop::not_found()),
        Scope::Agent(agent) => match people::agent(conn, agent)? {
            Some(agent) if agent.role.may(Right::Erase) && is_known => Author::Agent { agent: agent.view },
            _ => return Err(Stop::not_found()),
        },
    };
    let mut changed = Vec::new();
    for conversation in ids(conn, TALKS, params![id])? {
        changed.push(erase_talk(writing, conversation, Some(&author), erase.at)?);
    }
    drop_files(conn, "visitor = ?1", id)?;
    // Whoever is blocked stays so until it is over; what colleagues were told about them goes.
    conn.prepare_cached(OVER)?.execute(params![id, erase.at.0])?;
    if conn.prepare_cached(REASON)?.execute([id])? > 0 {
        note_unclean(conn)?;
    }
    if identities::forget(conn, erase.visitor)? {
        note_unclean(conn)?;
    }
    writing.unindexed.person(erase.visitor);
    forget_surroundings(conn, erase.visitor)?;
    let changed: Vec<Changed> = changed.into_iter().filter(|changed| changed.feed.is_some()).collect();
    let is_again = changed.is_empty() && conn.prepare_cached(DONE)?.exists([id])?;
    // Nobody fills the trail by asking again, or without ever having written.
    if matches!(erase.scope, Scope::Visitor(_)) && (is_again || !is_known) {
        writing.found_done();
    }
    if is_known {
        conn.prepare_cached(NOTE)?.execute(params![id, erase.at.0])?;
    }
    Ok(changed)
}

/// See `ErasureStore::not_erased`.
pub fn not_erased(
    conn: &Connection,
    asked: Vec<(VisitorId, UnixMillis)>,
) -> Result<Vec<(VisitorId, UnixMillis)>, Stop> {
    const SQL: &str = "SELECT 1 FROM erasures WHERE visitor = ?1 AND at >= ?2";
    let mut missing = Vec::new();
    for (visitor, at) in asked {
        if !conn.prepare_cached(SQL)?.exists(params![visitor.to_bytes(), at.0])? {
            missing.push((visitor, at));
        }
    }
    Ok(missing)
}

/// See `ErasureStore::retentions`.
pub fn retentions(conn: &Connection) -> Result<Vec<Retention>, Stop> {
    const SQL: &str = "SELECT i.id, i.name, r.messages_days, r.files_days FROM inboxes i \
        LEFT JOIN retention r ON r.inbox = i.id ORDER BY i.name, i.id";
    let mut statement = conn.prepare_cached(SQL)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Retention {
            inbox: InboxId::from_bytes(row.get(0)?),
            name: row.get(1)?,
            messages_days: row.get(2)?,
            files_days: row.get(3)?,
        })
    };
    Ok(statement.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// See `ErasureStore::set_retention`.
pub fn set_retention(
    writing: &Writing<'_>,
    inbox: InboxId,
    messages_days: Option<u32>,
    files_days: Option<u32>,
) -> Result<(), Stop> {
    const SQL: &str = "INSERT OR REPLACE INTO retention (inbox, messages_days, files_days) \
        SELECT id, ?2, ?3 FROM inboxes WHERE id = ?1";
    const NOW: &str = "SELECT messages_days, files_days FROM retention WHERE inbox = ?1";
    let (conn, id) = (writing.conn, inbox.to_bytes());
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let now: Option<(Option<u32>, Option<u32>)> =
        conn.prepare_cached(NOW)?.query_row([id], read).optional()?;
    if now.unwrap_or_default() == (messages_days, files_days) {
        writing.found_done();
    }
    let changed = conn.prepare_cached(SQL)?.execute(params![id, messages_days, files_days])?;
    if changed == 0 { Err(Stop::not_found()) } else { Ok(()) }
}

/// See `ErasureStore::begin_retention`.
pub fn begin_retention(conn: &Connection) -> Result<u64, Stop> {
    const SQL: &str = "UPDATE retention_turn SET turn = turn + 1 RETURNING turn";
    Ok(conn.prepare_cached(SQL)?.query_row([], |row| row.get(0))?)
}

/// Whether nothing that somebody said is left in a conversation.
pub fn is_silent(conn: &Connection, conversation: ConversationId) -> Result<bool, Stop> {
    const SQL: &str = concat!("SELECT 1 FROM entries WHERE conversation = ?1 AND kind IN ", said!());
    Ok(!conn.prepare_cached(SQL)?.exists([conversation.to_bytes()])?)
}

/// See `ErasureStore::due`.
pub fn due(conn: &Connection, inbox: InboxId, before: Before) -> Result<Due, Stop> {
    const MESSAGES: &str = concat!(
        "SELECT count(*) FROM entries e JOIN conversations c ON c.id = e.conversation \
         WHERE e.kind IN ('message', 'note') AND ",
        over_before!()
    );
    const FILES: &str = "SELECT count(*) FROM files f JOIN conversations c ON c.id = f.conversation \
        WHERE c.inbox = ?1 AND f.at < ?2";
    let count = |sql: &str, before: Option<UnixMillis>| match before {
        None => Ok(0),
        Some(at) => conn.prepare_cached(sql)?.query_row(params![inbox.to_bytes(), at.0], |row| row.get(0)),
    };
    Ok(Due { messages: count(MESSAGES, before.messages)?, files: count(FILES, before.files)? })
}

/// See `ErasureStore::retain`.
pub fn retain(
    writing: &Writing<'_>,
    turn: u64,
    inbox: InboxId,
    before: Before,
    conversations_max: usize,
) -> Result<Vec<Changed>, Stop> {
    const TURN: &str = "SELECT turn FROM retention_turn";
    const OLD_TALKS: &str = concat!("SELECT c.id FROM conversations c WHERE ", over_before!(), " LIMIT ?3");
    const OLD_FILES: &str = "SELECT DISTINCT c.id FROM files f JOIN conversations c ON c.id = f.conversation \
        WHERE c.inbox = ?1 AND f.at < ?2 LIMIT ?3";
    const PAGE: &str = "UPDATE visitors SET page_url = NULL, page_title = NULL WHERE id = ?1 AND NOT EXISTS \
        (SELECT 1 FROM conversations WHERE visitor = ?1 AND (status = 'open' OR last_at >= ?2))";
    const SAID_NOTHING: &str = concat!(
        "SELECT NOT EXISTS (SELECT 1 FROM conversations c WHERE c.visitor = ?1 AND (c.status = 'open' OR EXISTS \
         (SELECT 1 FROM entries WHERE conversation = c.id AND kind IN ",
        said!(),
        ")))"
    );
    let conn = writing.conn;
    let newest: u64 = conn.prepare_cached(TURN)?.query_row([], |row| row.get(0))?;
    if newest != turn {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    let mut changed = Vec::new();
    if let Some(at) = before.messages {
        for id in ids(conn, OLD_TALKS, params![inbox.to_bytes(), at.0, conversations_max])? {
            let gone = erase_talk(writing, id, None, at)?;
            conn.prepare_cached(PAGE)?.execute(params![gone.visitor.to_bytes(), at.0])?;
            let said_nothing: bool =
                conn.prepare_cached(SAID_NOTHING)?.query_row([gone.visitor.to_bytes()], |row| row.get(0))?;
            if said_nothing {
                forget_surroundings(conn, gone.visitor)?;
                // Who is not verified has no name to forget, and may keep their session.
                if identities::is_verified(conn, gone.visitor)? {
                    identities::forget(conn, gone.visitor)?;
                }
            }
            changed.push(gone);
        }
    }
    if let Some(at) = before.messages {
        drafts::forget_before(conn, inbox, at)?;
    }
    if let Some(at) = before.files {
        for id in ids(conn, OLD_FILES, params![inbox.to_bytes(), at.0, conversations_max])? {
            let held = Held::load(conn, id)?.ok_or_else(Stop::not_found)?;
            for file in files_in(conn, id, at)? {
                erase_file(writing, id, file)?;
            }
            let mut change = Change::of(writing, held);
            change.feed();
            retell(conn, id)?;
            note_unclean(conn)?;
            changed.push(change.finish()?);
        }
    }
    Ok(changed)
}

/// Forgets where a visitor was and came from, which language they speak, and what they have said of themselves.
fn forget_surroundings(conn: &Connection, visitor: VisitorId) -> Result<(), Stop> {
    const PAGE: &str =
        "UPDATE visitors SET page_url = NULL, page_title = NULL, language = NULL WHERE id = ?1";
    const CAME_FROM: &str = "DELETE FROM visitor_surroundings WHERE visitor = ?1";
    conn.prepare_cached(PAGE)?.execute([visitor.to_bytes()])?;
    conn.prepare_cached(CAME_FROM)?.execute([visitor.to_bytes()])?;
    abouts::forget(conn, visitor)
}

/// Something was erased that pages may still show.
pub fn note_unclean(conn: &Connection) -> Result<(), Stop> {
    conn.prepare_cached("UPDATE retention_turn SET unclean = unclean + 1")?.execute([])?;
    Ok(())
}

/// See `ErasureStore::is_unclean`.
pub fn is_unclean(conn: &Connection) -> Result<bool, Stop> {
    Ok(unclean(conn)? > 0)
}

fn unclean(conn: &Connection) -> Result<u64, Stop> {
    const SQL: &str = "SELECT unclean FROM retention_turn";
    Ok(conn.prepare_cached(SQL)?.query_row([], |row| row.get(0))?)
}

/// Has the file written anew. Returns how much there is to clean, for `end_scrub`.
pub fn begin_scrub(writing: &Writing<'_>) -> Result<u64, Stop> {
    search_index::rewrite(writing.conn)?;
    writing.rewrite_after();
    unclean(writing.conn)
}

/// Notes that it was, unless more was erased meanwhile.
pub fn end_scrub(writing: &Writing<'_>, cleaned: u64) -> Result<(), Stop> {
    const SQL: &str = "UPDATE retention_turn SET unclean = 0 WHERE unclean = ?1";
    if !writing.rewritten() {
        return Err(Stop::because(RefusalCode::Unavailable));
    }
    writing.conn.prepare_cached(SQL)?.execute([cleaned])?;
    Ok(())
}

/// Erases what was said in a conversation. With an author, it is resolved by them if it is open.
fn erase_talk(
    writing: &Writing<'_>,
    id: ConversationId,
    ends: Option<&Author>,
    at: UnixMillis,
) -> Result<Changed, Stop> {
    // A message before what edits it.
    const SAID: &str =
        concat!("SELECT seq FROM entries WHERE conversation = ?1 AND kind IN ", said!(), " ORDER BY seq");
    const RATED: &str = "SELECT seq, detail FROM entries WHERE conversation = ?1 AND kind = 'rated'";
    const ADDRESS: &str = "UPDATE conversations SET address = NULL WHERE id = ?1 AND address IS NOT NULL";
    const AWAKE: &str = "UPDATE conversations SET snoozed_until = NULL WHERE id = ?1";
    let conn = writing.conn;
    let held = Held::load(conn, id)?.ok_or_else(Stop::not_found)?;
    let seqs: Vec<u64> = {
        let mut statement = conn.prepare_cached(SAID)?;
        statement.query_map([id.to_bytes()], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    for seq in &seqs {
        erase_row(writing, id, *seq, None)?;
    }
    let rated: Vec<(u64, String)> = {
        let mut statement = conn.prepare_cached(RATED)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        statement.query_map([id.to_bytes()], read)?.collect::<Result<_, _>>()?
    };
    let mut is_changed = !seqs.is_empty();
    for (seq, detail) in rated {
        if let Ok(EntryBody::Rated { score, comment: Some(_) }) = EntryBody::from_text(&detail) {
            let silent = EntryBody::Rated { score, comment: None }.to_text();
            rewrite(conn, id, seq, "rated", None, Some(silent))?;
            is_changed = true;
        }
    }
    drop_files(conn, "conversation = ?1", id.to_bytes())?;
    is_changed |= conn.prepare_cached(ADDRESS)?.execute([id.to_bytes()])? > 0;
    is_changed |= forget_mail(conn, id)?;
    if drafts::forget_of(conn, id)? {
        note_unclean(conn)?;
    }
    writing.unindexed.person(held.visitor);
    let mut change = Change::of(writing, held);
    if let Some(author) = ends
        && change.held.status == Status::Open
    {
        conn.prepare_cached(AWAKE)?.execute([id.to_bytes()])?;
        let version = change.assign(at, Status::Resolved, None)?;
        change.add(at, author.clone(), EntryBody::Resolved { version })?;
    }
    if is_changed {
        note_unclean(conn)?;
        change.feed();
        retell(conn, id)?;
    }
    change.finish()
}

/// Takes a file out of the message that brought it, and drops it. A message that says nothing without it goes too.
pub(super) fn erase_file(
    writing: &Writing<'_>,
    conversation: ConversationId,
    file: FileId,
) -> Result<(), Stop> {
    const WITH_FILES: &str = "SELECT seq, text, detail, author, author_agent, cmid FROM entries \
        WHERE conversation = ?1 AND kind = 'message' AND detail IS NOT NULL";
    let conn = writing.conn;
    type Found = (u64, String, String, String, Option<[u8; 16]>, [u8; 16]);
    let found: Vec<Found> = {
        let mut statement = conn.prepare_cached(WITH_FILES)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        };
        statement.query_map([conversation.to_bytes()], read)?.collect::<Result<_, _>>()?
    };
    for (seq, text, detail, author, agent, cmid) in found {
        let beside = Beside::read(Some(&detail))?;
        if beside.file.as_ref().is_some_and(|view| view.id == file) {
            let (by, cmid) = (Hand::read(&author, agent), Cmid::from_bytes(cmid));
            let shown = newest_words(conn, conversation, by, cmid)?;
            if !shown.as_ref().unwrap_or(&text).is_empty() {
                let left = Beside { file: None, ..beside }.detail();
                rewrite(conn, conversation, seq, "message", Some(text), left)?;
                continue;
            }
            erase_row(writing, conversation, seq, None)?;
            for edit in edits_of(conn, conversation, by, cmid)? {
                erase_row(writing, conversation, edit, None)?;
            }
        }
    }
    drop_files(conn, "id = ?1", file.to_bytes())
}

/// Has a row say nothing any more, but that its author took it back, if they did.
pub(super) fn erase_row(
    writing: &Writing<'_>,
    conversation: ConversationId,
    seq: u64,
    withdrawn: Option<bool>,
) -> Result<(), Stop> {
    writing.unindexed.erased(writing.conn, conversation, seq)?;
    rewrite(writing.conn, conversation, seq, "erased", None, withdrawn.map(|withdrawn| withdrawn.to_text()))
}

/// Puts other words into a row, with the checksum of what it says then.
fn rewrite(
    conn: &Connection,
    conversation: ConversationId,
    seq: u64,
    kind: &str,
    text: Option<String>,
    detail: Option<String>,
) -> Result<(), Stop> {
    const READ: &str = "SELECT conversation, seq, visitor_seq, audience, at, author, author_agent, kind, cmid, \
        text, assignee, version, detail FROM entries WHERE conversation = ?1 AND seq = ?2";
    const WRITE: &str = "UPDATE entries SET kind = ?3, cmid = ?4, text = ?5, detail = ?6, checksum = ?7 \
        WHERE conversation = ?1 AND seq = ?2";
    // Where they stand among the columns a checksum covers.
    const KIND: usize = 7;
    const CMID: usize = 8;
    const TEXT: usize = 9;
    const DETAIL: usize = 12;
    let place = params![conversation.to_bytes(), seq];
    let mut values: Vec<Value> = conn
        .prepare_cached(READ)?
        .query_row(place, |row| (0..=DETAIL).map(|at| row.get::<_, Value>(at)).collect::<Result<_, _>>())?;
    let said = |text: Option<String>| text.map_or(Value::Null, Value::Text);
    // The id is that of the message; what is left of an edit of it is no second one.
    if values[KIND] == Value::Text("edited".to_owned()) {
        values[CMID] = Value::Null;
    }
    values[KIND] = Value::Text(kind.to_owned());
    values[TEXT] = said(text);
    values[DETAIL] = said(detail);
    let sum = checksum(values.iter().map(ValueRef::from));
    let [kind, cmid, text, detail] = [KIND, CMID, TEXT, DETAIL].map(|at| values[at].clone());
    let (id, seq) = (Value::Blob(conversation.to_bytes().to_vec()), values[1].clone());
    let all = [id, seq, kind, cmid, text, detail, Value::Integer(sum.into())];
    conn.prepare_cached(WRITE)?.execute(params_from_iter(all))?;
    Ok(())
}

/// Has the lists show what is left.
pub(super) fn retell(conn: &Connection, id: ConversationId) -> Result<(), Stop> {
    const LAST: &str = "SELECT text, detail, author, author_agent, cmid FROM entries WHERE conversation = ?1 AND \
        (kind = 'message' OR (kind = 'erased' AND audience = 'all' AND cmid IS NOT NULL)) ORDER BY seq DESC LIMIT 1";
    const TELL: &str = "UPDATE conversations SET last_line = ?2, unread = (SELECT count(*) FROM entries e \
        WHERE e.conversation = ?1 AND e.seq > conversations.staff_read AND e.author = 'visitor' \
        AND e.kind = 'message') WHERE id = ?1";
    type Last = (Option<String>, Option<String>, String, Option<[u8; 16]>, [u8; 16]);
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Last> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
    };
    let last = conn.prepare_cached(LAST)?.query_row([id.to_bytes()], read).optional()?;
    let (text, detail) = match last {
        Some((text, detail, author, agent, cmid)) => {
            let shown = newest_words(conn, id, Hand::read(&author, agent), Cmid::from_bytes(cmid))?;
            (shown.or(text).unwrap_or_default(), detail)
        }
        None => Default::default(),
    };
    // What is left of a withdrawn one says no more than that.
    let file = Beside::read(detail.as_deref()).ok().and_then(|beside| beside.file);
    let name = file.map_or_else(String::new, |file| file.name);
    let line = last_line(if text.is_empty() { &name } else { &text });
    conn.prepare_cached(TELL)?.execute(params![id.to_bytes(), line])?;
    Ok(())
}

fn ids(conn: &Connection, sql: &str, with: impl rusqlite::Params) -> Result<Vec<ConversationId>, Stop> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(with, |row| row.get(0).map(ConversationId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
