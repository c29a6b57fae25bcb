//! What is known of uploaded files, in SQL. See `FileStore`.

use deskbell_shared::model::{
    AgentId, Author, ConversationId, FileId, FileView, InboxId, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::held::{Held, agent_in};
use super::stop::Stop;
use crate::store::Scope;
use crate::store::conversations::Writer;
use crate::store::files::{FileRecord, NewFile, Quota};

/// See `FileStore::keep_file`.
pub fn keep_file(conn: &Connection, file: &NewFile, quota: &Quota) -> Result<(), Stop> {
    const NEW: &str = "INSERT INTO files (id, hash, name, media, size, width, height, visitor, agent, at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    const BACK: &str = "DELETE FROM uploads_gone WHERE hash = ?1";
    within(conn, file, quota)?;
    let (visitor, agent) = match file.owner {
        Writer::Visitor(id) => (Some(id.to_bytes()), None),
        Writer::Agent(id) => (None, Some(id.to_bytes())),
    };
    let FileView { id, name, media, size, width, height } = &file.view;
    conn.prepare_cached(NEW)?.execute(params![
        id.to_bytes(),
        file.hash,
        name,
        media,
        size,
        width,
        height,
        visitor,
        agent,
        file.at.0
    ])?;
    conn.prepare_cached(BACK)?.execute([&file.hash])?;
    Ok(())
}

fn within(conn: &Connection, file: &NewFile, quota: &Quota) -> Result<(), Stop> {
    const OF_VISITOR: &str =
        "SELECT count(*), coalesce(sum(size), 0) FROM files WHERE visitor = ?1 AND at > ?2";
    const OF_AGENT: &str = "SELECT count(*), coalesce(sum(size), 0) FROM files WHERE agent = ?1 AND at > ?2";
    const UNUSED: &str =
        "SELECT coalesce(sum(size), 0) FROM files WHERE conversation IS NULL AND visitor IS NOT NULL";
    let (sql, id) = match file.owner {
        Writer::Visitor(id) => (OF_VISITOR, id.to_bytes()),
        Writer::Agent(id) => (OF_AGENT, id.to_bytes()),
    };
    let read = |row: &SqlRow<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, u64>(1)?));
    let (files, bytes) = conn.prepare_cached(sql)?.query_row(params![id, quota.since.0], read)?;
    let mut over = files >= quota.files_max || bytes + file.view.size > quota.bytes_max;
    if matches!(file.owner, Writer::Visitor(_)) {
        let unused: u64 = conn.prepare_cached(UNUSED)?.query_row([], |row| row.get(0))?;
        over |= unused + file.view.size > quota.unused_bytes_max;
    }
    if over { Err(Stop::because(RefusalCode::RateLimited)) } else { Ok(()) }
}

/// See `FileStore::file`.
pub fn file(conn: &Connection, scope: Scope, id: FileId) -> Result<Option<FileRecord>, Stop> {
    const SQL: &str = "SELECT f.id, f.name, f.media, f.size, f.width, f.height, f.hash, f.visitor, f.agent, \
        c.visitor, c.inbox FROM files f LEFT JOIN conversations c ON c.id = f.conversation WHERE f.id = ?1";
    let id_at = |row: &SqlRow<'_>, at: usize| row.get::<_, Option<[u8; 16]>>(at);
    let read = |row: &SqlRow<'_>| {
        let record = FileRecord { view: view(row)?, hash: row.get(6)? };
        Ok((record, [id_at(row, 7)?, id_at(row, 8)?, id_at(row, 9)?], id_at(row, 10)?))
    };
    let found = conn.prepare_cached(SQL)?.query_row([id.to_bytes()], read).optional()?;
    let Some((record, [by_visitor, by_agent, visitor], inbox)) = found else { return Ok(None) };
    let may = match scope {
        Scope::Visitor(me) => [by_visitor, visitor].contains(&Some(me.to_bytes())),
        Scope::Agent(me) => match inbox.map(InboxId::from_bytes) {
            Some(inbox) => agent_in(conn, me, inbox)?.is_some(),
            None => by_agent == Some(me.to_bytes()),
        },
    };
    Ok(may.then_some(record))
}

/// `id`, `name`, `media`, `size`, `width`, `height` from the first column on.
fn view(row: &SqlRow<'_>) -> rusqlite::Result<FileView> {
    Ok(FileView {
        id: FileId::from_bytes(row.get(0)?),
        name: row.get(1)?,
        media: row.get(2)?,
        size: row.get(3)?,
        width: row.get(4)?,
        height: row.get(5)?,
    })
}

/// Brings a file into a conversation, if it belongs to the author and is in no other one.
pub fn bring(conn: &Connection, author: &Author, held: &Held, id: FileId) -> Result<Option<FileView>, Stop> {
    const SQL: &str = "SELECT id, name, media, size, width, height FROM files \
        WHERE id = ?1 AND (visitor = ?2 OR agent = ?2) AND (conversation IS NULL OR conversation = ?3)";
    const USED: &str = "UPDATE files SET conversation = ?2 WHERE id = ?1";
    let owner = match author {
        Author::Visitor {} => VisitorId::to_bytes(held.visitor),
        Author::Agent { agent } => AgentId::to_bytes(agent.id),
        Author::System {} => return Ok(None),
    };
    let ids = params![id.to_bytes(), owner, held.id.to_bytes()];
    let found = conn.prepare_cached(SQL)?.query_row(ids, view).optional()?;
    if found.is_some() {
        conn.prepare_cached(USED)?.execute(params![id.to_bytes(), held.id.to_bytes()])?;
    }
    Ok(found)
}

/// See `FileStore::drop_unused_files`.
pub fn drop_unused_files(conn: &Connection, before: UnixMillis) -> Result<(), Stop> {
    drop_files(conn, "conversation IS NULL AND at < ?1", before.0)
}

/// Drops files, and notes the contents that no other file has.
pub fn drop_files(
    conn: &Connection,
    which: &'static str,
    with: impl rusqlite::ToSql + Copy,
) -> Result<(), Stop> {
    // The condition is one of ours, written where it is used; what comes from outside is bound.
    let gone = ["INSERT OR IGNORE INTO uploads_gone (hash) SELECT hash FROM files WHERE ", which].concat();
    let drop = ["DELETE FROM files WHERE ", which].concat();
    const STILL: &str =
        "DELETE FROM uploads_gone WHERE EXISTS (SELECT 1 FROM files WHERE hash = uploads_gone.hash)";
    conn.prepare_cached(&gone)?.execute([with])?;
    conn.prepare_cached(&drop)?.execute([with])?;
    conn.prepare_cached(STILL)?.execute([])?;
    Ok(())
}

/// See `FileStore::has_content`.
pub fn has_content(conn: &Connection, hash: &str) -> Result<bool, Stop> {
    Ok(conn.prepare_cached("SELECT 1 FROM files WHERE hash = ?1")?.exists([hash])?)
}

/// See `FileStore::gone_contents`.
pub fn gone_contents(conn: &Connection, count_max: usize) -> Result<Vec<String>, Stop> {
    const SQL: &str = "SELECT hash FROM uploads_gone WHERE NOT EXISTS (SELECT 1 FROM files WHERE hash = \
        uploads_gone.hash) LIMIT ?1";
    let mut statement = conn.prepare_cached(SQL)?;
    let rows = statement.query_map([count_max], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// See `FileStore::contents_removed`.
pub fn contents_removed(conn: &Connection, hashes: &[String]) -> Result<(), Stop> {
    for hash in hashes {
        conn.prepare_cached("DELETE FROM uploads_gone WHERE hash = ?1")?.execute([hash])?;
    }
    Ok(())
}

/// The files in a conversation that were uploaded before an instant.
pub fn files_in(
    conn: &Connection,
    conversation: ConversationId,
    before: UnixMillis,
) -> Result<Vec<FileId>, Stop> {
    const SQL: &str = "SELECT id FROM files WHERE conversation = ?1 AND at < ?2";
    let mut statement = conn.prepare_cached(SQL)?;
    let rows = statement
        .query_map(params![conversation.to_bytes(), before.0], |row| row.get(0).map(FileId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
