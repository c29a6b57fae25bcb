//! Saved views, in SQL. See `ViewStore`.

use async_trait::async_trait;
use deskbell_shared::codec::Wire;
use deskbell_shared::model::{AgentId, Filter, ListName, Right, Role, Term, ViewId, ViewView};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::VIEWS_MAX;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::rows::named;
use super::stop::Stop;
use super::{SqliteStore, people};
use crate::store::Stored;
use crate::store::filing::folded;
use crate::store::views::{ViewStore, ViewWrite};

#[async_trait]
impl ViewStore for SqliteStore {
    async fn views(&self, agent: AgentId) -> Stored<Vec<ViewView>> {
        self.read(move |conn| views(conn, agent)).await
    }

    async fn write_view(&self, write: ViewWrite) -> Stored<()> {
        self.write(move |writing| write_view(writing.conn, &write)).await
    }

    async fn forget_view(&self, id: ViewId, agent: AgentId) -> Stored<()> {
        self.write(move |writing| forget_view(writing.conn, id, agent)).await
    }
}

fn views(conn: &Connection, agent: AgentId) -> Result<Vec<ViewView>, Stop> {
    const SQL: &str = "SELECT id, name, is_shared, list, terms FROM views WHERE is_shared = 1 OR author = ?1 \
        ORDER BY folded, is_shared";
    const TAG: &str = "SELECT 1 FROM tags WHERE id = ?1";
    people::agent(conn, agent)?.ok_or_else(Stop::not_found)?;
    let read = |row: &SqlRow<'_>| {
        let list = named(row, 3, ListName::from_name)?;
        Ok((ViewId::from_bytes(row.get(0)?), row.get(1)?, row.get(2)?, list, row.get(4)?))
    };
    type Found = (ViewId, String, bool, ListName, String);
    let mut statement = conn.prepare_cached(SQL)?;
    let found: Vec<Found> = statement.query_map([agent.to_bytes()], read)?.collect::<Result<_, _>>()?;
    let mut views = Vec::with_capacity(found.len());
    for (id, name, is_shared, list, terms) in found {
        let corrupt = || Stop::Corrupt(format!("the view {id} cannot be read"));
        let terms = Vec::<Term>::from_text(&terms).map_err(|_| corrupt())?;
        let filter = Filter::new(list, terms).map_err(|_| corrupt())?;
        let is_gone = match filter.wanted_tag() {
            Some(tag) => !conn.prepare_cached(TAG)?.exists([tag.to_bytes()])?,
            None => false,
        };
        let terms = filter.terms().to_vec();
        views.push(ViewView { id, name, is_shared, list, terms, is_tag_gone: is_gone.then_some(true) });
    }
    Ok(views)
}

fn write_view(conn: &Connection, write: &ViewWrite) -> Result<(), Stop> {
    const PUT: &str = "INSERT INTO views (id, author, is_shared, name, folded, list, terms, changed_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET author = ?2, is_shared = ?3, \
        name = ?4, folded = ?5, list = ?6, terms = ?7, changed_at = ?8";
    const TAKEN: &str = "SELECT 1 FROM views WHERE folded = ?1 AND is_shared = ?2 AND id <> ?3 \
        AND (is_shared = 1 OR author = ?4)";
    const COUNT: &str =
        "SELECT count(*) FROM views WHERE is_shared = ?1 AND id <> ?2 AND (is_shared = 1 OR author = ?3)";
    let role = people::agent(conn, write.agent)?.ok_or_else(Stop::not_found)?.role;
    let known = may_change(conn, write.id, write.agent, role)?;
    if write.is_new == known.is_some() {
        return Err(if write.is_new { Stop::because(RefusalCode::Conflict) } else { Stop::not_found() });
    }
    if write.is_shared && !role.may(Right::ShareSnippets) {
        return Err(Stop::because(RefusalCode::NotAllowed));
    }
    let (id, agent, folded) = (write.id.to_bytes(), write.agent.to_bytes(), folded(&write.name));
    if conn.prepare_cached(TAKEN)?.exists(params![folded, write.is_shared, id, agent])? {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    let others: usize =
        conn.prepare_cached(COUNT)?.query_row(params![write.is_shared, id, agent], |row| row.get(0))?;
    if others >= VIEWS_MAX {
        return Err(Stop::because(RefusalCode::TooLong));
    }
    // One that stays shared stays its author's.
    let author = known.filter(|_| write.is_shared).unwrap_or(write.agent).to_bytes();
    let (list, terms) = (write.filter.list().text(), write.filter.terms().to_vec().to_text());
    let values = params![id, author, write.is_shared, write.name, folded, list, terms, write.at.0];
    conn.prepare_cached(PUT)?.execute(values)?;
    Ok(())
}

fn forget_view(conn: &Connection, id: ViewId, agent: AgentId) -> Result<(), Stop> {
    let role = people::agent(conn, agent)?.ok_or_else(Stop::not_found)?.role;
    may_change(conn, id, agent, role)?.ok_or_else(Stop::not_found)?;
    conn.prepare_cached("DELETE FROM views WHERE id = ?1")?.execute([id.to_bytes()])?;
    Ok(())
}

/// The author of a view that an agent may change, if there is such a one. Somebody else's own is not there; a shared one
/// is, but not every role may change it.
fn may_change(conn: &Connection, id: ViewId, agent: AgentId, role: Role) -> Result<Option<AgentId>, Stop> {
    const SQL: &str = "SELECT author, is_shared FROM views WHERE id = ?1";
    let read = |row: &SqlRow<'_>| Ok((AgentId::from_bytes(row.get(0)?), row.get(1)?));
    match conn.prepare_cached(SQL)?.query_row([id.to_bytes()], read).optional()? {
        None => Ok(None),
        Some((_, true)) if !role.may(Right::ShareSnippets) => Err(Stop::because(RefusalCode::NotAllowed)),
        Some((author, false)) if author != agent => Err(Stop::not_found()),
        Some((author, _)) => Ok(Some(author)),
    }
}
