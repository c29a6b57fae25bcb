//! What inboxes had to do in the past, for `deskbell waits backtest`. Only reads, whether a process uses the database
//! or not; nothing of what people wrote.

use std::path::Path;
use std::time::Duration;

use deskbell_shared::model::{AgentId, InboxId, UnixMillis};
use rusqlite::Connection;

use super::open::{self, DATABASE_FILE, OpenError, SqliteOptions, tried};

/// One inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastInbox {
    /// Which.
    pub id: InboxId,
    /// Its name.
    pub name: String,
    /// Who asked, by when.
    pub asks: Vec<PastAsk>,
    /// Who worked, by when it was given to them.
    pub work: Vec<PastWork>,
}

/// A visitor who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastAsk {
    /// When they began to wait.
    pub at: UnixMillis,
    /// How long an agent was busy with it; `None` for who was not served.
    pub handling: Option<Duration>,
    /// After how long they gave up; `None` for who was served.
    pub gave_up_after: Option<Duration>,
}

/// A conversation that an agent had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastWork {
    /// Who.
    pub agent: AgentId,
    /// From when.
    pub from: UnixMillis,
    /// Until when.
    pub until: UnixMillis,
    /// How many they took at once then, where that was noted.
    pub capacity: Option<u32>,
}

/// Reads all inboxes of the database of a directory. What was reopened counts from when it was given.
pub fn past(dir: &Path) -> Result<Vec<PastInbox>, OpenError> {
    let path = dir.join(DATABASE_FILE);
    if !path.is_file() {
        return Err(OpenError::NoData(dir.to_path_buf()));
    }
    let conn = open::reading(dir, &SqliteOptions::default())?;
    open::version(&conn, &path)?;
    inboxes(&conn).map_err(tried("read past days"))
}

fn inboxes(conn: &Connection) -> rusqlite::Result<Vec<PastInbox>> {
    let mut statement = conn.prepare("SELECT id, name FROM inboxes ORDER BY name, id")?;
    let ids = statement.query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?)))?;
    let mut found = Vec::new();
    for id in ids {
        let (id, name) = id?;
        let mut asks = served(conn, id)?;
        asks.extend(given_up(conn, id)?);
        asks.sort_by_key(|ask| ask.at);
        found.push(PastInbox { id: InboxId::from_bytes(id), name, asks, work: work(conn, id)? });
    }
    Ok(found)
}

fn served(conn: &Connection, inbox: [u8; 16]) -> rusqlite::Result<Vec<PastAsk>> {
    const SQL: &str = "SELECT min(h.at - h.took_ms, c.arrived_at), h.took_ms FROM handling_times h \
        JOIN conversations c ON c.id = h.conversation WHERE h.inbox = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        let handling = Some(Duration::from_millis(row.get(1)?));
        Ok(PastAsk { at: UnixMillis(row.get(0)?), handling, gave_up_after: None })
    };
    conn.prepare(SQL)?.query_map([inbox], read)?.collect()
}

fn given_up(conn: &Connection, inbox: [u8; 16]) -> rusqlite::Result<Vec<PastAsk>> {
    const SQL: &str = "SELECT a.arrived_at, a.waited_ms FROM abandonments a \
        JOIN conversations c ON c.id = a.conversation WHERE c.inbox = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        let gave_up_after = Some(Duration::from_millis(row.get(1)?));
        Ok(PastAsk { at: UnixMillis(row.get(0)?), handling: None, gave_up_after })
    };
    conn.prepare(SQL)?.query_map([inbox], read)?.collect()
}

fn work(conn: &Connection, inbox: [u8; 16]) -> rusqlite::Result<Vec<PastWork>> {
    const SQL: &str = "SELECT h.agent, h.at - h.took_ms, h.at, \
        (SELECT s.capacity FROM assignments s WHERE s.inbox = h.inbox AND s.agent = h.agent \
        AND s.capacity IS NOT NULL AND s.at <= h.at ORDER BY s.at DESC LIMIT 1) \
        FROM handling_times h WHERE h.inbox = ?1 ORDER BY 2, 1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(PastWork {
            agent: AgentId::from_bytes(row.get(0)?),
            from: UnixMillis(row.get(1)?),
            until: UnixMillis(row.get(2)?),
            capacity: row.get(3)?,
        })
    };
    conn.prepare(SQL)?.query_map([inbox], read)?.collect()
}
