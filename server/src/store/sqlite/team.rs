//! Inboxes with their hours and members, and agents who leave the team or have another role, in SQL.

use async_trait::async_trait;
use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{
    AgentId, Author, ConversationId, EntryBody, Hours, InboxId, RequeueReason, Right, Role, Routing, Status,
    UnixMillis,
};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::{Connection, OptionalExtension, params};

use super::held::{Change, Held, agent_in, agent_with};
use super::stop::Stop;
use super::writer::Writing;
use super::{SqliteStore, drafts, people};
use crate::store::Stored;
use crate::store::accounts::{AgentRecord, EndSessions};
use crate::store::conversations::Changed;
use crate::store::team::{InboxChange, InboxRecord, TeamStore};

#[async_trait]
impl TeamStore for SqliteStore {
    async fn inboxes(&self) -> Stored<Vec<InboxRecord>> {
        self.read(inboxes).await
    }

    async fn add_inbox(&self, id: InboxId, edit: InboxChange) -> Stored<()> {
        self.write(move |writing| add_inbox(writing, id, &edit)).await
    }

    async fn edit_inbox(&self, id: InboxId, edit: InboxChange, at: UnixMillis) -> Stored<Vec<Changed>> {
        self.write(move |writing| edit_inbox(writing, id, &edit, at)).await
    }

    async fn deactivate(&self, agent: AgentId, at: UnixMillis) -> Stored<Vec<Changed>> {
        self.write(move |writing| deactivate(writing, agent, at)).await
    }

    async fn reactivate(&self, agent: AgentId) -> Stored<()> {
        self.write(move |writing| reactivate(writing, agent)).await
    }

    async fn set_role(&self, agent: AgentId, role: Role, at: UnixMillis) -> Stored<Vec<Changed>> {
        self.write(move |writing| set_role(writing, agent, role, at)).await
    }

    async fn deactivated(&self) -> Stored<Vec<(AgentRecord, UnixMillis)>> {
        self.read(people::deactivated).await
    }
}

fn inboxes(conn: &Connection) -> Result<Vec<InboxRecord>, Stop> {
    const INBOXES: &str = "SELECT i.id, i.name, h.hours, r.routing, v.inbox IS NOT NULL, \
        EXISTS (SELECT 1 FROM outcomes o WHERE o.inbox = i.id AND o.place IS NOT NULL) FROM inboxes i \
        LEFT JOIN inbox_hours h ON h.inbox = i.id LEFT JOIN inbox_routing r ON r.inbox = i.id \
        LEFT JOIN verified_only v ON v.inbox = i.id";
    const SITES: &str = "SELECT name FROM sites WHERE inbox = ?1 \
        OR id IN (SELECT site FROM site_inboxes WHERE inbox = ?1)";
    const MEMBERS: &str = "SELECT m.agent FROM members m JOIN agents a ON a.id = m.agent AND a.deactivated_at IS NULL \
        WHERE m.inbox = ?1 ORDER BY m.agent";
    let mut statement = conn.prepare_cached(INBOXES)?;
    let mut found = statement.query([])?;
    let mut inboxes = Vec::new();
    while let Some(row) = found.next()? {
        let id: [u8; 16] = row.get(0)?;
        let hours: Option<String> = row.get(2)?;
        let hours = hours.map(|text| {
            Hours::from_text(&text).map_err(|_| Stop::Corrupt("the hours of an inbox cannot be read".into()))
        });
        let mut sites = conn.prepare_cached(SITES)?;
        let mut sites: Vec<String> = sites.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        sites.sort_by_cached_key(|name| name.to_lowercase());
        let mut members = conn.prepare_cached(MEMBERS)?;
        let members = members.query_map([id], |row| row.get(0).map(AgentId::from_bytes))?;
        inboxes.push(InboxRecord {
            id: InboxId::from_bytes(id),
            name: row.get(1)?,
            sites,
            members: members.collect::<Result<_, _>>()?,
            hours: hours.transpose()?,
            routing: read_routing(row.get(3)?)?,
            verified_only: row.get(4)?,
            asks_outcome: row.get(5)?,
        });
    }
    inboxes.sort_by_cached_key(|inbox| (inbox.name.to_lowercase(), inbox.id));
    Ok(inboxes)
}

fn add_inbox(writing: &Writing<'_>, id: InboxId, edit: &InboxChange) -> Result<(), Stop> {
    let conn = writing.conn;
    const TAKEN: &str = "SELECT 1 FROM inboxes WHERE id = ?1";
    const ADD: &str = "INSERT INTO inboxes (id, name) VALUES (?1, ?2)";
    if conn.prepare_cached(TAKEN)?.exists([id.to_bytes()])? {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    conn.prepare_cached(ADD)?.execute(params![id.to_bytes(), edit.name])?;
    put_hours(conn, id, edit)?;
    put_routing(conn, id, edit)?;
    put_members(writing, id, edit).map(drop)
}

fn edit_inbox(
    writing: &Writing<'_>,
    id: InboxId,
    edit: &InboxChange,
    at: UnixMillis,
) -> Result<Vec<Changed>, Stop> {
    const NOW: &str = "SELECT i.name, h.hours FROM inboxes i LEFT JOIN inbox_hours h ON h.inbox = i.id \
        WHERE i.id = ?1";
    const NAME: &str = "UPDATE inboxes SET name = ?2 WHERE id = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
    let now = writing.conn.prepare_cached(NOW)?.query_row([id.to_bytes()], read).optional()?;
    let (name, hours) = now.ok_or_else(Stop::not_found)?;
    if name != edit.name {
        writing.tell("name");
    }
    if hours != edit.hours.as_ref().map(Hours::to_text) {
        writing.tell("hours");
    }
    if let Some(wanted) = &edit.routing
        && *wanted != routing(writing.conn, id)?
    {
        writing.tell("routing");
    }
    writing.conn.prepare_cached(NAME)?.execute(params![id.to_bytes(), edit.name])?;
    put_hours(writing.conn, id, edit)?;
    put_routing(writing.conn, id, edit)?;
    let mut changed = Vec::new();
    for gone in put_members(writing, id, edit)? {
        // Some see every inbox, a member or not.
        if agent_in(writing.conn, gone, id)?.is_none() {
            changed.extend(hand_back(writing, gone, Some(id), at)?);
        }
    }
    writing.done_if_told();
    Ok(changed)
}

fn put_hours(conn: &Connection, id: InboxId, edit: &InboxChange) -> Result<(), Stop> {
    const PUT: &str = "INSERT INTO inbox_hours (inbox, hours) VALUES (?1, ?2) \
        ON CONFLICT (inbox) DO UPDATE SET hours = excluded.hours";
    match &edit.hours {
        Some(hours) => conn.prepare_cached(PUT)?.execute(params![id.to_bytes(), hours.to_text()])?,
        None => conn.prepare_cached("DELETE FROM inbox_hours WHERE inbox = ?1")?.execute([id.to_bytes()])?,
    };
    Ok(())
}

fn put_routing(conn: &Connection, id: InboxId, edit: &InboxChange) -> Result<(), Stop> {
    const PUT: &str = "INSERT INTO inbox_routing (inbox, routing) VALUES (?1, ?2) \
        ON CONFLICT (inbox) DO UPDATE SET routing = excluded.routing";
    if let Some(routing) = &edit.routing {
        conn.prepare_cached(PUT)?.execute(params![id.to_bytes(), routing.to_text()])?;
    }
    Ok(())
}

/// How an inbox gives conversations out.
pub fn routing(conn: &Connection, id: InboxId) -> Result<Routing, Stop> {
    const SQL: &str = "SELECT routing FROM inbox_routing WHERE inbox = ?1";
    read_routing(conn.prepare_cached(SQL)?.query_row([id.to_bytes()], |row| row.get(0)).optional()?)
}

fn read_routing(text: Option<String>) -> Result<Routing, Stop> {
    let Some(text) = text else { return Ok(Routing::DEFAULT) };
    Routing::from_text(&text).map_err(|_| Stop::Corrupt("the routing of an inbox cannot be read".into()))
}

/// Returns who is no member any more.
fn put_members(writing: &Writing<'_>, id: InboxId, edit: &InboxChange) -> Result<Vec<AgentId>, Stop> {
    const NOW: &str = "SELECT m.agent FROM members m JOIN agents a ON a.id = m.agent AND a.deactivated_at IS NULL \
        WHERE m.inbox = ?1 ORDER BY m.agent";
    const OUT: &str = "DELETE FROM members WHERE inbox = ?1 AND agent = ?2";
    const IN: &str = "INSERT INTO members (inbox, agent) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let conn = writing.conn;
    let mut now = conn.prepare_cached(NOW)?;
    let now: Vec<AgentId> = now
        .query_map([id.to_bytes()], |row| row.get(0).map(AgentId::from_bytes))?
        .collect::<Result<_, _>>()?;
    let gone: Vec<AgentId> = now.into_iter().filter(|agent| !edit.members.contains(agent)).collect();
    for agent in &gone {
        conn.prepare_cached(OUT)?.execute(params![id.to_bytes(), agent.to_bytes()])?;
        writing.tell(&format!("-{agent}"));
        sees_otherwise(writing, *agent)?;
    }
    for agent in &edit.members {
        people::agent(conn, *agent)?.ok_or_else(Stop::not_found)?;
        if conn.prepare_cached(IN)?.execute(params![id.to_bytes(), agent.to_bytes()])? > 0 {
            writing.tell(&format!("+{agent}"));
            sees_otherwise(writing, *agent)?;
        }
    }
    Ok(gone)
}

/// From here on an agent sees other inboxes than before: lists they have read tell too much or too little.
fn sees_otherwise(writing: &Writing<'_>, agent: AgentId) -> Result<(), Stop> {
    const SQL: &str = "INSERT OR REPLACE INTO sights (agent, feed) VALUES (?1, ?2)";
    writing.conn.prepare_cached(SQL)?.execute(params![agent.to_bytes(), writing.next_feed().0])?;
    Ok(())
}

fn deactivate(writing: &Writing<'_>, agent: AgentId, at: UnixMillis) -> Result<Vec<Changed>, Stop> {
    const STATE: &str = "SELECT role = 'owner', deactivated_at IS NOT NULL FROM agents WHERE id = ?1";
    const OUT: &str = "UPDATE agents SET deactivated_at = ?2 WHERE id = ?1";
    const INVITES: &str = "DELETE FROM invites WHERE agent = ?1";
    let (conn, id) = (writing.conn, agent.to_bytes());
    let state =
        conn.prepare_cached(STATE)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    match state {
        None => return Err(Stop::not_found()),
        Some((_, true)) => {
            writing.found_done();
            return Ok(Vec::new());
        }
        Some((true, false)) => {
            other_owner(conn, agent)?;
            end_invitations(conn)?;
        }
        Some(_) => {}
    }
    // A link to a new password would be a way back in.
    conn.prepare_cached(INVITES)?.execute([id])?;
    people::end_sessions(conn, agent, EndSessions::All)?;
    let changed = hand_back(writing, agent, None, at)?;
    drafts::forget_by(conn, agent)?;
    conn.prepare_cached(OUT)?.execute(params![id, at.0])?;
    Ok(changed)
}

/// Refuses unless somebody else is an owner who may sign in.
fn other_owner(conn: &Connection, agent: AgentId) -> Result<(), Stop> {
    const OTHERS: &str =
        "SELECT 1 FROM agents WHERE role = 'owner' AND deactivated_at IS NULL AND id <> ?1 LIMIT 1";
    match conn.prepare_cached(OTHERS)?.exists([agent.to_bytes()])? {
        true => Ok(()),
        false => Err(Stop::because(RefusalCode::NotAllowed)),
    }
}

/// Ends the invitations that give more than an agent has: nobody knows any more which of them an owner made for themselves.
fn end_invitations(conn: &Connection) -> Result<(), Stop> {
    const SQL: &str = "DELETE FROM invites WHERE agent IS NULL AND role IN ('owner', 'supervisor')";
    conn.prepare_cached(SQL)?.execute([])?;
    Ok(())
}

fn set_role(writing: &Writing<'_>, agent: AgentId, role: Role, at: UnixMillis) -> Result<Vec<Changed>, Stop> {
    const SQL: &str = "UPDATE agents SET role = ?2 WHERE id = ?1";
    const HAS_IN: &str = "SELECT DISTINCT inbox FROM conversations WHERE assignee = ?1 AND status = 'open' \
        ORDER BY inbox";
    let conn = writing.conn;
    let before = people::agent(conn, agent)?.ok_or_else(Stop::not_found)?.role;
    if before == role {
        writing.found_done();
        return Ok(Vec::new());
    }
    if before == Role::Owner {
        other_owner(conn, agent)?;
        end_invitations(conn)?;
    }
    conn.prepare_cached(SQL)?.execute(params![agent.to_bytes(), role.text()])?;
    sees_otherwise(writing, agent)?;
    let mut has_in = conn.prepare_cached(HAS_IN)?;
    let has_in: Vec<InboxId> = has_in
        .query_map([agent.to_bytes()], |row| row.get(0).map(InboxId::from_bytes))?
        .collect::<Result<_, _>>()?;
    let mut changed = Vec::new();
    for inbox in has_in {
        if agent_with(conn, agent, inbox, Right::Serve)?.is_none() {
            changed.extend(hand_back(writing, agent, Some(inbox), at)?);
        }
    }
    Ok(changed)
}

fn reactivate(writing: &Writing<'_>, agent: AgentId) -> Result<(), Stop> {
    const KNOWN: &str = "SELECT deactivated_at IS NOT NULL FROM agents WHERE id = ?1";
    const SQL: &str = "UPDATE agents SET deactivated_at = NULL WHERE id = ?1";
    let id = agent.to_bytes();
    let was_out = writing.conn.prepare_cached(KNOWN)?.query_row([id], |row| row.get(0)).optional()?;
    if !was_out.ok_or_else(Stop::not_found)? {
        writing.found_done();
    }
    writing.conn.prepare_cached(SQL)?.execute([id])?;
    sees_otherwise(writing, agent)
}

/// What somebody has, in one inbox or in all, waits again.
fn hand_back(
    writing: &Writing<'_>,
    agent: AgentId,
    inbox: Option<InboxId>,
    at: UnixMillis,
) -> Result<Vec<Changed>, Stop> {
    const SQL: &str = "SELECT id FROM conversations WHERE assignee = ?1 AND status = 'open' \
        AND inbox = coalesce(?2, inbox) ORDER BY arrival";
    let from = people::agent(writing.conn, agent)?.ok_or_else(Stop::not_found)?.view;
    let mut statement = writing.conn.prepare_cached(SQL)?;
    let ids = params![agent.to_bytes(), inbox.map(InboxId::to_bytes)];
    let ids: Vec<ConversationId> = statement
        .query_map(ids, |row| row.get(0).map(ConversationId::from_bytes))?
        .collect::<Result<_, _>>()?;
    let mut changed = Vec::with_capacity(ids.len());
    for id in ids {
        let held = Held::load(writing.conn, id)?.ok_or_else(Stop::not_found)?;
        let mut change = Change::of(writing, held);
        let version = change.assign(at, Status::Open, None)?;
        let reason = RequeueReason::MembershipEnded;
        change.add(at, Author::System {}, EntryBody::Requeued { from: from.clone(), reason, version })?;
        change.wake(at, Author::System {})?;
        changed.push(change.finish()?);
    }
    Ok(changed)
}
