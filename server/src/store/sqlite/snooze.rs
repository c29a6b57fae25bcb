//! Conversations are put aside and come back.

use deskbell_shared::model::{Author, ConversationId, EntryBody, Right, Status, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::{Connection, params};

use super::desk::in_scope_of;
use super::held::{Change, Held};
use super::stop::Stop;
use super::writer::Writing;
use crate::store::conversations::{Changed, Snooze, Wake};

/// See `ConversationStore::snooze`.
pub fn snooze(writing: &Writing<'_>, snooze: Snooze) -> Result<Changed, Stop> {
    let (held, me) = in_scope_of(writing.conn, snooze.conversation, snooze.agent, Right::Steer)?;
    if held.status != Status::Open || held.assignee != Some(me.id) {
        return Err(Stop::because(RefusalCode::NotAllowed));
    }
    let mut change = Change::of(writing, held);
    if change.held.snoozed_until != Some(snooze.until) {
        change.put_aside(Some(snooze.until))?;
        change.add(snooze.at, Author::Agent { agent: me }, EntryBody::Snoozed { until: snooze.until })?;
    }
    change.finish()
}

/// See `ConversationStore::wake`.
pub fn wake(writing: &Writing<'_>, wake: Wake) -> Result<Changed, Stop> {
    let (held, me) = in_scope_of(writing.conn, wake.conversation, wake.agent, Right::Steer)?;
    let mut change = Change::of(writing, held);
    change.wake(wake.at, Author::Agent { agent: me })?;
    change.finish()
}

/// See `ConversationStore::wake_due`.
pub fn wake_due(writing: &Writing<'_>, at: UnixMillis, count_max: usize) -> Result<Vec<Changed>, Stop> {
    const DUE: &str = "SELECT id FROM conversations WHERE snoozed_until IS NOT NULL AND snoozed_until <= ?1 \
        ORDER BY snoozed_until, id LIMIT ?2";
    let due: Vec<ConversationId> = writing
        .conn
        .prepare_cached(DUE)?
        .query_map(params![at.0, count_max], |row| row.get(0).map(ConversationId::from_bytes))?
        .collect::<Result<_, _>>()?;
    let mut woken = Vec::with_capacity(due.len());
    for id in due {
        if let Some(held) = Held::load(writing.conn, id)? {
            let mut change = Change::of(writing, held);
            change.wake(at, Author::System {})?;
            woken.push(change.finish()?);
        }
    }
    Ok(woken)
}

/// See `ConversationStore::next_wake`.
pub fn next_wake(conn: &Connection) -> Result<Option<UnixMillis>, Stop> {
    const SQL: &str = "SELECT min(snoozed_until) FROM conversations WHERE snoozed_until IS NOT NULL";
    let next: Option<i64> = conn.prepare_cached(SQL)?.query_row([], |row| row.get(0))?;
    Ok(next.map(UnixMillis))
}
