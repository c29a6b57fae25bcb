//! The audit trail in SQL. Rows are added by the operations whose deeds they tell, inside their savepoints.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use deskbell_shared::model::UnixMillis;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::open::{self, DATABASE_FILE, OpenError, SqliteOptions, tried};
use super::stop::Stop;
use super::writer::Writing;
use super::{SqliteStore, trail_head};
use crate::store::audit::{
    Actor, AuditRow, AuditStore, Check, Checked, Deed, Flaw, Found, Head, Known, LOOKED_THROUGH_MAX, Sought,
    Target, What,
};
use crate::store::{Store, Stored};

/// Rows that go in one cut: what the writer is held for.
const CUT_ROWS_MAX: u64 = 20_000;

macro_rules! row_sql {
    ($rest:literal) => {
        concat!(
            "SELECT number, at, actor, actor_id, what, target, target_id, network, detail, hash FROM audit ",
            $rest
        )
    };
}

#[async_trait]
impl AuditStore for SqliteStore {
    fn noting(&self, deed: Deed) -> Arc<dyn Store> {
        Arc::new(SqliteStore { parts: Arc::clone(&self.parts), deed: Some(Arc::new(deed)) })
    }

    async fn note(&self, deed: Deed) -> Stored<()> {
        self.write(move |writing| append(writing, &deed)).await
    }

    async fn note_once(&self, deed: Deed, since: UnixMillis) -> Stored<bool> {
        self.write(move |writing| {
            let is_new = !is_noted(writing.conn, &deed, since)?;
            if is_new {
                append(writing, &deed)?;
            }
            Ok(is_new)
        })
        .await
    }

    async fn trail(&self, before: u64, count_max: usize) -> Stored<Vec<AuditRow>> {
        const SQL: &str = row_sql!("WHERE number < ?1 ORDER BY number DESC LIMIT ?2");
        self.read(move |conn| {
            let before = i64::try_from(before).unwrap_or(i64::MAX);
            let mut statement = conn.prepare_cached(SQL)?;
            Ok(statement.query_map(params![before, count_max], row)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn sought(&self, sought: Sought, before: u64, count_max: usize) -> Stored<Found> {
        self.read(move |conn| self::sought(conn, sought, before, count_max)).await
    }

    async fn cut_trail(&self, before: UnixMillis, at: UnixMillis) -> Stored<u64> {
        self.write(move |writing| cut(writing, before, at)).await
    }

    async fn check_trail(&self) -> Stored<Result<Checked, Flaw>> {
        let dir = self.parts.dir.clone();
        self.read(move |conn| check_with_head(conn, &dir, None)).await
    }
}

/// Adds the row of an operation that was just done, if there was anything to do.
pub fn tell(writing: &Writing<'_>, deed: &Deed) -> Result<(), Stop> {
    match writing.take_told() {
        None => Ok(()),
        Some(told) if told.is_empty() => append(writing, deed),
        Some(told) => append(writing, &Deed { detail: told, ..deed.clone() }),
    }
}

/// Adds the row of a deed. A trail that does not end as it was left gets a row that says so before it.
pub fn append(writing: &Writing<'_>, deed: &Deed) -> Result<(), Stop> {
    let found = last(writing.conn)?;
    let known = writing.trail.get();
    if found == known {
        writing.trail.set(add(writing.conn, found, deed)?);
        return Ok(());
    }
    tracing::error!(%known, %found, "the audit trail was changed by somebody else");
    let detail = format!("known={known} found={found}");
    let (actor, what, target) = (Actor::Server, What::TrailBroken, Target::Nothing);
    let broken = Deed { at: deed.at, actor, what, target, from: None, detail };
    let told = add(writing.conn, found, &broken)?;
    writing.trail.set(add(writing.conn, told, deed)?);
    Ok(())
}

/// Adds a row, returns its place.
pub fn add(conn: &Connection, after: Head, deed: &Deed) -> Result<Head, Stop> {
    const SQL: &str = "INSERT INTO audit (number, at, actor, actor_id, what, target, target_id, network, detail, hash) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let row = AuditRow::after(after, deed);
    conn.prepare_cached(SQL)?.execute(params![
        row.number,
        row.at.0,
        row.actor,
        row.actor_id,
        row.what,
        row.target,
        row.target_id,
        row.network,
        row.detail,
        row.hash
    ])?;
    Ok(row.head())
}

/// The newest row; the anchor when there is none.
pub fn last(conn: &Connection) -> Result<Head, Stop> {
    const SQL: &str = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1";
    match conn.prepare_cached(SQL)?.query_row([], head).optional()? {
        Some(last) => Ok(last),
        None => anchor(conn),
    }
}

/// Whether this is a place of the trail, with this hash.
pub fn holds(conn: &Connection, known: Head) -> Result<bool, Stop> {
    const SQL: &str = "SELECT 1 FROM audit WHERE number = ?1 AND hash = ?2";
    let Ok(number) = i64::try_from(known.number) else { return Ok(false) };
    Ok(anchor(conn)? == known || conn.prepare_cached(SQL)?.exists(params![number, known.hash])?)
}

fn anchor(conn: &Connection) -> Result<Head, Stop> {
    Ok(conn.prepare_cached("SELECT number, hash FROM audit_anchor")?.query_row([], head)?)
}

fn head(row: &SqlRow<'_>) -> rusqlite::Result<Head> {
    Ok(Head { number: row.get(0)?, hash: row.get(1)? })
}

fn row(row: &SqlRow<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        number: row.get(0)?,
        at: UnixMillis(row.get(1)?),
        actor: row.get(2)?,
        actor_id: row.get(3)?,
        what: row.get(4)?,
        target: row.get(5)?,
        target_id: row.get(6)?,
        network: row.get(7)?,
        detail: row.get(8)?,
        hash: row.get(9)?,
    })
}

fn is_noted(conn: &Connection, deed: &Deed, since: UnixMillis) -> Result<bool, Stop> {
    const SQL: &str =
        "SELECT 1 FROM audit WHERE target_id IS ?1 AND actor_id IS ?2 AND at >= ?3 AND what = ?4";
    let row = AuditRow::after(Head::default(), deed);
    Ok(conn.prepare_cached(SQL)?.exists(params![row.target_id, row.actor_id, since.0, row.what])?)
}

fn cut(writing: &Writing<'_>, before: UnixMillis, at: UnixMillis) -> Result<u64, Stop> {
    // Up to the first row that is young enough, whatever the clock said behind it.
    const KEPT: &str = "SELECT number FROM audit WHERE at >= ?1 ORDER BY number LIMIT 1";
    const HASH: &str = "SELECT number, hash FROM audit WHERE number = ?1";
    const MOVE: &str = "UPDATE audit_anchor SET number = ?1, hash = ?2";
    const DROP: &str = "DELETE FROM audit WHERE number <= ?1";
    let conn = writing.conn;
    let (anchor, newest) = (anchor(conn)?, last(conn)?);
    let kept: Option<u64> = conn.prepare_cached(KEPT)?.query_row([before.0], |row| row.get(0)).optional()?;
    let upto = kept.map_or(newest.number, |kept| kept - 1).min(anchor.number + CUT_ROWS_MAX);
    if upto <= anchor.number {
        return Ok(0);
    }
    let upto = conn.prepare_cached(HASH)?.query_row([upto], head)?;
    let (actor, what, target) = (Actor::Server, What::TrailCut, Target::Nothing);
    append(writing, &Deed { at, actor, what, target, from: None, detail: upto.to_string() })?;
    conn.prepare_cached(MOVE)?.execute(params![upto.number, upto.hash])?;
    conn.prepare_cached(DROP)?.execute([upto.number])?;
    Ok(upto.number - anchor.number)
}

fn check(conn: &Connection, known: Vec<Known>) -> Result<Result<Checked, Flaw>, Stop> {
    const SQL: &str = row_sql!("ORDER BY number");
    let anchor = anchor(conn)?;
    let mut check = match Check::begin(anchor, known) {
        Ok(check) => check,
        Err(flaw) => return Ok(Err(flaw)),
    };
    let mut statement = conn.prepare_cached(SQL)?;
    for found in statement.query_map([], row)? {
        if let Err(flaw) = check.row(&found?) {
            return Ok(Err(flaw));
        }
    }
    Ok(check.end())
}

/// What became of looking through a trail.
pub type Looked = Result<Result<Checked, Flaw>, OpenError>;

/// Looks through the trail of a directory, whether a process uses it or not: by itself, by the file beside the
/// database, and by a head that somebody noted. Only reads.
pub fn check_trail(dir: &Path, noted: Option<Head>) -> Looked {
    let conn = of(dir)?;
    check_with_head(&conn, dir, noted).map_err(unreadable)
}

/// Looks through the trail of a connection that has read nothing yet, by itself, by the file beside the database, and by a
/// head that somebody noted.
fn check_with_head(
    conn: &Connection,
    dir: &Path,
    noted: Option<Head>,
) -> Result<Result<Checked, Flaw>, Stop> {
    let noted = noted.map(|head| (head, "what was noted"));
    // Before the database: the file is never ahead of it.
    match trail_head::read(dir) {
        Some(kept) => check(conn, [(kept, trail_head::HEAD_FILE)].into_iter().chain(noted).collect()),
        None => match last(conn)? {
            last if last.number > 0 => {
                Ok(Err(Flaw::at(last.number, format!("{} is gone, which knows it", trail_head::HEAD_FILE))))
            }
            _ => check(conn, noted.into_iter().collect()),
        },
    }
}

fn sought(conn: &Connection, sought: Sought, before: u64, count_max: usize) -> Result<Found, Stop> {
    const SQL: &str = row_sql!(
        "WHERE number < ?1 AND number >= ?2 AND (?3 IS NULL OR actor_id = ?3) AND (?4 IS NULL OR what = ?4) \
        ORDER BY number DESC LIMIT ?5"
    );
    let before = before.min(last(conn)?.number + 1);
    let end = anchor(conn)?.number + 1;
    let from = before.saturating_sub(LOOKED_THROUGH_MAX).max(end);
    let (agent, what) = (sought.agent.map(|agent| agent.to_bytes()), sought.what.map(What::text));
    let mut statement = conn.prepare_cached(SQL)?;
    let found = statement.query_map(params![before, from, agent, what, count_max], row)?;
    let rows: Vec<AuditRow> = found.collect::<Result<_, _>>()?;
    Ok(Found::of(rows, count_max, from, end))
}

/// Tells the rows of the trail of a directory after a number, oldest first, until `tell` wants no more.
pub fn read_trail(
    dir: &Path,
    after: u64,
    mut tell: impl FnMut(&AuditRow) -> std::io::Result<()>,
) -> Result<(), OpenError> {
    const SQL: &str = row_sql!("WHERE number > ?1 ORDER BY number");
    let conn = of(dir)?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let mut statement = conn.prepare(SQL).map_err(tried("read the audit trail"))?;
    let rows = statement.query_map([after], row).map_err(tried("read the audit trail"))?;
    for found in rows {
        let told = tell(&found.map_err(tried("read the audit trail"))?);
        told.map_err(|error| OpenError::Directory(dir.to_path_buf(), error))?;
    }
    Ok(())
}

fn of(dir: &Path) -> Result<Connection, OpenError> {
    let path = dir.join(DATABASE_FILE);
    if !path.is_file() {
        return Err(OpenError::NoData(dir.to_path_buf()));
    }
    let conn = open::reading(dir, &SqliteOptions::default())?;
    open::version(&conn, &path)?;
    // One moment of it, from the first row that is read on.
    conn.execute_batch("BEGIN DEFERRED").map_err(tried("read the audit trail"))?;
    Ok(conn)
}

pub(super) fn unreadable(stop: Stop) -> OpenError {
    let error = match stop {
        Stop::Sql(error) => error,
        other => rusqlite::Error::InvalidParameterName(format!("{other:?}")),
    };
    OpenError::Sqlite("read the audit trail", error)
}
