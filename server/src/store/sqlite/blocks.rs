//! Visitors whose messages are refused for a time.

use deskbell_shared::model::{AgentId, AgentView, BlockView, InboxId, Right, UnixMillis, VisitorId};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::{Connection, Row as SqlRow, params};

use super::held::agent_in;
use super::people;
use super::stop::Stop;
use super::writer::Writing;
use crate::store::tools::Block;

/// Whether messages of a visitor are refused at an instant.
pub fn is_blocked(conn: &Connection, visitor: VisitorId, at: UnixMillis) -> Result<bool, Stop> {
    const SQL: &str = "SELECT 1 FROM blocks WHERE visitor = ?1 AND until > ?2";
    Ok(conn.prepare_cached(SQL)?.exists(params![visitor.to_bytes(), at.0])?)
}

/// Refuses where `is_blocked`.
pub fn allows(conn: &Connection, visitor: VisitorId, at: UnixMillis) -> Result<(), Stop> {
    if is_blocked(conn, visitor, at)? { Err(Stop::because(RefusalCode::Blocked)) } else { Ok(()) }
}

/// See `ToolStore::block`.
pub fn block(conn: &Connection, block: &Block) -> Result<(), Stop> {
    const OVER: &str = "DELETE FROM blocks WHERE until <= ?1";
    const SQL: &str = "INSERT INTO blocks (visitor, agent, reason, at, until) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (visitor) DO UPDATE SET agent = ?2, reason = ?3, at = ?4, until = ?5";
    may_block(conn, block.agent, block.visitor)?;
    conn.prepare_cached(OVER)?.execute([block.at.0])?;
    let (visitor, agent) = (block.visitor.to_bytes(), block.agent.to_bytes());
    let values = params![visitor, agent, block.reason, block.at.0, block.until.0];
    conn.prepare_cached(SQL)?.execute(values)?;
    Ok(())
}

/// See `ToolStore::unblock`.
pub fn unblock(writing: &Writing<'_>, agent: AgentId, visitor: VisitorId) -> Result<(), Stop> {
    let conn = writing.conn;
    may_block(conn, agent, visitor)?;
    if conn.prepare_cached("DELETE FROM blocks WHERE visitor = ?1")?.execute([visitor.to_bytes()])? == 0 {
        writing.found_done();
    }
    Ok(())
}

/// See `ToolStore::blocks`.
pub fn blocks(
    conn: &Connection,
    agent: AgentId,
    of: Option<VisitorId>,
    at: UnixMillis,
    count_max: usize,
) -> Result<Vec<BlockView>, Stop> {
    const SQL: &str = "SELECT b.visitor, b.reason, b.at, b.until, a.id, a.name, a.picture FROM blocks b \
        JOIN agents a ON a.id = b.agent WHERE b.until > ?1 AND (?2 IS NULL OR b.visitor = ?2) \
        ORDER BY b.at DESC, b.visitor";
    let mut statement = conn.prepare_cached(SQL)?;
    let mut rows = statement.query(params![at.0, of.map(VisitorId::to_bytes)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let block = view(row)?;
        if found.len() < count_max && may_see(conn, agent, block.visitor)? {
            found.push(block);
        }
    }
    Ok(found)
}

fn view(row: &SqlRow<'_>) -> rusqlite::Result<BlockView> {
    Ok(BlockView {
        visitor: VisitorId::from_bytes(row.get(0)?),
        by: AgentView { id: AgentId::from_bytes(row.get(4)?), name: row.get(5)?, picture: row.get(6)? },
        reason: row.get(1)?,
        at: UnixMillis(row.get(2)?),
        until: UnixMillis(row.get(3)?),
    })
}

/// Refused: `not_found` unless the agent may see the visitor, `not_allowed` unless their role has the right.
fn may_block(conn: &Connection, agent: AgentId, visitor: VisitorId) -> Result<(), Stop> {
    if !may_see(conn, agent, visitor)? {
        return Err(Stop::not_found());
    }
    match people::agent(conn, agent)?.is_some_and(|agent| agent.role.may(Right::Block)) {
        true => Ok(()),
        false => Err(Stop::because(RefusalCode::NotAllowed)),
    }
}

/// Whether a visitor has a conversation that the agent may see.
fn may_see(conn: &Connection, agent: AgentId, visitor: VisitorId) -> Result<bool, Stop> {
    const SQL: &str = "SELECT DISTINCT inbox FROM conversations WHERE visitor = ?1";
    let mut statement = conn.prepare_cached(SQL)?;
    let inboxes: Vec<InboxId> = statement
        .query_map([visitor.to_bytes()], |row| row.get(0).map(InboxId::from_bytes))?
        .collect::<Result<_, _>>()?;
    for inbox in inboxes {
        if agent_in(conn, agent, inbox)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
