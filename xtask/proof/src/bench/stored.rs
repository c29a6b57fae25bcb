//! What the store holds, read from its file past the server: every row with both places, author and a digest of the
//! body. Read-only, in one transaction, whether the server runs or not.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::FileView;
use rusqlite::{Connection, OpenFlags, Row as SqlRow};

use super::rows::event;
use crate::history::{Id, Row, Side, What, digest, digest_with};

/// How long a checkpoint of the server is waited for.
const BUSY_MAX: Duration = Duration::from_secs(10);

/// The last places of every conversation.
pub type Heads = HashMap<Id, (u64, u64)>;

pub fn open(database: &Path) -> Result<Connection> {
    let conn = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("opening {}", database.display()))?;
    conn.busy_timeout(BUSY_MAX)?;
    Ok(conn)
}

/// Makes a copy, as a backup does: one consistent state, while the server runs.
pub fn copy(database: &Path, to: &Path) -> Result<()> {
    open(database)?.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    Ok(())
}

/// The last places of every conversation.
pub fn heads(database: &Path) -> Result<Heads> {
    let conn = open(database)?;
    let mut statement = conn.prepare("SELECT id, head, visitor_head FROM conversations")?;
    let read = |row: &SqlRow<'_>| Ok((id(row.get(0)?), (row.get(1)?, row.get(2)?)));
    let heads = statement.query_map([], read)?.collect::<rusqlite::Result<Heads>>()?;
    Ok(heads)
}

/// The last place of one side.
pub fn head_of(heads: &Heads, conversation: Id, side: Side) -> Option<u64> {
    let (staff, visitor) = heads.get(&conversation)?;
    Some(match side {
        Side::Staff => *staff,
        Side::Visitor => *visitor,
    })
}

/// Every row there is.
pub fn log(database: &Path) -> Result<Vec<What>> {
    let conn = open(database)?;
    let transaction = conn.unchecked_transaction()?;
    let verdict: String = transaction.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        bail!("the database contradicts itself: {verdict}");
    }
    let epoch: [u8; 16] = transaction.query_row("SELECT epoch FROM lineage", [], |row| row.get(0))?;
    const SQL: &str = "SELECT e.conversation, e.seq, e.visitor_seq, e.author, e.author_agent, c.visitor, e.kind, \
        e.cmid, e.text, e.assignee, e.version, e.detail FROM entries e JOIN conversations c ON c.id = e.conversation";
    let mut statement = transaction.prepare(SQL)?;
    let rows = statement.query_map([], |row| {
        let conversation = id(row.get(0)?);
        let (seq, visitor_seq) = (row.get(1)?, row.get(2)?);
        Ok(What::Log { conversation, epoch: id(epoch), seq, visitor_seq, row: said(row)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<Vec<What>>>()?)
}

fn said(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    let author = match row.get_ref(3)?.as_str()? {
        "visitor" => Some(id(row.get(5)?)),
        "agent" => Some(id(row.get(4)?)),
        _ => None,
    };
    let kind = row.get_ref(6)?.as_str()?;
    let digest = match kind {
        "message" => digest_with(row.get_ref(8)?.as_str()?, file(row)?),
        "note" => digest(row.get_ref(8)?.as_str()?),
        kind => {
            let version: Option<u32> = row.get(10)?;
            event(kind, version.unwrap_or(0), row.get::<_, Option<[u8; 16]>>(9)?.map(id))
        }
    };
    Ok(Row { cmid: row.get::<_, Option<[u8; 16]>>(7)?.map(id), author, digest })
}

/// The file that comes with a message.
fn file(row: &SqlRow<'_>) -> rusqlite::Result<Option<Id>> {
    let detail: Option<String> = row.get(11)?;
    Ok(detail.and_then(|detail| FileView::from_text(&detail).ok()).map(|file| Id(file.id.0)))
}

pub fn id(bytes: [u8; 16]) -> Id {
    Id(u128::from_be_bytes(bytes))
}
