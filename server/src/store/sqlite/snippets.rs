//! Saved answers.

use deskbell_shared::model::{AgentId, Right, Role, Situation, SnippetId, SnippetView};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::SNIPPETS_MAX;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::people;
use super::rows::named;
use super::stop::Stop;
use crate::store::tools::SnippetWrite;

/// See `ToolStore::snippets`.
pub fn snippets(conn: &Connection, agent: AgentId) -> Result<Vec<SnippetView>, Stop> {
    const SQL: &str = "SELECT id, shortcut, text, is_shared, situation, coalesce(used, 0) FROM snippets \
        LEFT JOIN snippet_marks ON snippet = id WHERE is_shared = 1 OR author = ?1 ORDER BY shortcut, is_shared";
    people::agent(conn, agent)?.ok_or_else(Stop::not_found)?;
    let read = |row: &SqlRow<'_>| {
        let id = SnippetId::from_bytes(row.get(0)?);
        let situation = match row.get::<_, Option<String>>(4)? {
            Some(_) => Some(named(row, 4, Situation::from_name)?),
            None => None,
        };
        Ok(SnippetView {
            id,
            shortcut: row.get(1)?,
            text: row.get(2)?,
            is_shared: row.get(3)?,
            situation,
            initials: String::new(),
            used: row.get(5)?,
        })
    };
    Ok(conn.prepare_cached(SQL)?.query_map([agent.to_bytes()], read)?.collect::<Result<_, _>>()?)
}

/// See `ToolStore::write_snippet`.
pub fn write_snippet(conn: &Connection, write: &SnippetWrite) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO snippets (id, author, is_shared, shortcut, text, changed_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET author = ?2, is_shared = ?3, shortcut = ?4, \
        text = ?5, changed_at = ?6";
    const MARK: &str = "INSERT INTO snippet_marks (snippet, situation) VALUES (?1, ?2) \
        ON CONFLICT (snippet) DO UPDATE SET situation = ?2";
    const TAKEN: &str = "SELECT 1 FROM snippets WHERE shortcut = ?1 AND is_shared = ?2 AND id <> ?3 \
        AND (is_shared = 1 OR author = ?4)";
    const COUNT: &str =
        "SELECT count(*) FROM snippets WHERE is_shared = ?1 AND id <> ?2 AND (is_shared = 1 OR author = ?3)";
    let role = people::agent(conn, write.agent)?.ok_or_else(Stop::not_found)?.role;
    let known = may_change(conn, write.id, write.agent, role)?;
    if write.is_new == known.is_some() {
        return Err(if write.is_new { Stop::because(RefusalCode::Conflict) } else { Stop::not_found() });
    }
    if write.is_shared && !role.may(Right::ShareSnippets) {
        return Err(Stop::because(RefusalCode::NotAllowed));
    }
    let (id, agent) = (write.id.to_bytes(), write.agent.to_bytes());
    if conn.prepare_cached(TAKEN)?.exists(params![write.shortcut, write.is_shared, id, agent])? {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    let others: usize =
        conn.prepare_cached(COUNT)?.query_row(params![write.is_shared, id, agent], |row| row.get(0))?;
    if others >= SNIPPETS_MAX {
        return Err(Stop::because(RefusalCode::TooLong));
    }
    // One that stays shared stays its author's.
    let author = known.filter(|_| write.is_shared).unwrap_or(write.agent).to_bytes();
    let situation = write.situation.map(Situation::text);
    let values = params![id, author, write.is_shared, write.shortcut, write.text, write.at.0];
    conn.prepare_cached(SQL)?.execute(values)?;
    conn.prepare_cached(MARK)?.execute(params![id, situation])?;
    Ok(())
}

/// See `ToolStore::count_snippet`.
pub fn count_snippet(conn: &Connection, id: SnippetId, agent: AgentId) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO snippet_marks (snippet, used) \
        SELECT id, 1 FROM snippets WHERE id = ?1 AND (is_shared = 1 OR author = ?2) \
        ON CONFLICT (snippet) DO UPDATE SET used = min(used + 1, 4294967295)";
    people::agent(conn, agent)?.ok_or_else(Stop::not_found)?;
    match conn.prepare_cached(SQL)?.execute(params![id.to_bytes(), agent.to_bytes()])? {
        0 => Err(Stop::not_found()),
        _ => Ok(()),
    }
}

/// See `ToolStore::forget_snippet`.
pub fn forget_snippet(conn: &Connection, id: SnippetId, agent: AgentId) -> Result<(), Stop> {
    let role = people::agent(conn, agent)?.ok_or_else(Stop::not_found)?.role;
    may_change(conn, id, agent, role)?.ok_or_else(Stop::not_found)?;
    conn.prepare_cached("DELETE FROM snippet_marks WHERE snippet = ?1")?.execute([id.to_bytes()])?;
    conn.prepare_cached("DELETE FROM snippets WHERE id = ?1")?.execute([id.to_bytes()])?;
    Ok(())
}

/// The author of a snippet that an agent may change, if there is such a one. Somebody else's own is not there;
/// a shared one is, but not every role may change it.
fn may_change(conn: &Connection, id: SnippetId, agent: AgentId, role: Role) -> Result<Option<AgentId>, Stop> {
    const SQL: &str = "SELECT author, is_shared FROM snippets WHERE id = ?1";
    let read = |row: &SqlRow<'_>| Ok((AgentId::from_bytes(row.get(0)?), row.get(1)?));
    match conn.prepare_cached(SQL)?.query_row([id.to_bytes()], read).optional()? {
        None => Ok(None),
        Some((_, true)) if !role.may(Right::ShareSnippets) => Err(Stop::because(RefusalCode::NotAllowed)),
        Some((author, false)) if author != agent => Err(Stop::not_found()),
        Some((author, _)) => Ok(Some(author)),
    }
}
