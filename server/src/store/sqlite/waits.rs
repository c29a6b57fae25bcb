//! The ledger of waits: how each one ended, once. See `DeskStore::ended_waits`.

use std::time::Duration;

use deskbell_shared::model::{ConversationId, InboxId, UnixMillis};
use rusqlite::{Connection, params};

use super::held::Change;
use super::stop::Stop;
use crate::store::desks::EndedWait;

/// A conversation that waited has been given to an agent. What waits again after it was taken off somebody keeps its
/// arrival, and that wait has ended already.
pub fn served(change: &Change<'_>, at: UnixMillis) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO waits (conversation, arrived_at, inbox, at, waited_ms, is_given_up) \
        SELECT id, arrived_at, inbox, ?2, max(?2 - arrived_at, 0), 0 FROM conversations WHERE id = ?1 \
        ON CONFLICT DO NOTHING";
    let id = change.held.id.to_bytes();
    change.writing.conn.prepare_cached(SQL)?.execute(params![id, at.0])?;
    Ok(())
}

/// A visitor has given up.
pub fn given_up(
    conn: &Connection,
    inbox: InboxId,
    wait: &EndedWait,
    arrived_at: UnixMillis,
) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO waits (conversation, arrived_at, inbox, at, waited_ms, is_given_up) \
        VALUES (?1, ?2, ?3, ?4, ?5, 1) ON CONFLICT DO NOTHING";
    let waited = i64::try_from(wait.waited.as_millis()).unwrap_or(i64::MAX);
    let (id, inbox) = (wait.conversation.to_bytes(), inbox.to_bytes());
    conn.prepare_cached(SQL)?.execute(params![id, arrived_at.0, inbox, wait.at.0, waited])?;
    Ok(())
}

/// See `DeskStore::ended_waits`.
pub fn ended(
    conn: &Connection,
    inbox: InboxId,
    since: UnixMillis,
    count_max: usize,
) -> Result<Vec<EndedWait>, Stop> {
    const SQL: &str = "SELECT conversation, at, waited_ms, is_given_up FROM waits WHERE inbox = ?1 AND at >= ?2 \
        ORDER BY at DESC, conversation DESC, arrived_at DESC LIMIT ?3";
    let mut statement = conn.prepare_cached(SQL)?;
    let rows = statement.query_map(params![inbox.to_bytes(), since.0, count_max], |row| {
        Ok(EndedWait {
            conversation: ConversationId::from_bytes(row.get(0)?),
            at: UnixMillis(row.get(1)?),
            waited: Duration::from_millis(row.get(2)?),
            is_given_up: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
