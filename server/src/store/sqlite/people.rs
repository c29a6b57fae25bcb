//! People who sign in, their sessions and invitations, in SQL. E-mails are kept and compared in lower case.

use deskbell_shared::model::{AgentId, AgentView, Role, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::rows::named;
use super::stop::Stop;
use crate::store::accounts::{
    AgentEdit, AgentRecord, EndSessions, InviteRecord, NewAgent, SecretDigest, SessionRecord,
};

macro_rules! agent_sql {
    ($where:literal) => {
        concat!(
            "SELECT id, name, picture, email, password_hash, role, seen_at FROM agents ",
            "WHERE deactivated_at IS NULL",
            $where
        )
    };
}

/// Whether an owner exists.
pub fn is_set_up(conn: &Connection) -> Result<bool, Stop> {
    Ok(conn.prepare_cached("SELECT 1 FROM agents WHERE role = 'owner' LIMIT 1")?.exists([])?)
}

/// Adds an agent as a member of every inbox there is. Refused: `conflict` when the e-mail is taken.
pub fn add_agent(conn: &Connection, new: &NewAgent) -> Result<(), Stop> {
    const TAKEN: &str = "SELECT 1 FROM agents WHERE email = ?1";
    const ADD: &str =
        "INSERT INTO agents (id, name, email, password_hash, role, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    const JOIN: &str = "INSERT INTO members (inbox, agent) SELECT id, ?1 FROM inboxes";
    let email = new.email.to_lowercase();
    if conn.prepare_cached(TAKEN)?.exists([&email])? {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    let id = new.id.to_bytes();
    conn.prepare_cached(ADD)?.execute(params![
        id,
        new.name,
        email,
        new.password_hash,
        new.role.text(),
        new.at.0
    ])?;
    conn.prepare_cached(JOIN)?.execute([id])?;
    Ok(())
}

/// See `AccountStore::agent_by_email`.
pub fn agent_by_email(conn: &Connection, email: &str) -> Result<Option<AgentRecord>, Stop> {
    const SQL: &str = agent_sql!(" AND email = ?1");
    Ok(conn.prepare_cached(SQL)?.query_row([email.to_lowercase()], record).optional()?)
}

/// See `AccountStore::agent`.
pub fn agent(conn: &Connection, id: AgentId) -> Result<Option<AgentRecord>, Stop> {
    const SQL: &str = agent_sql!(" AND id = ?1");
    Ok(conn.prepare_cached(SQL)?.query_row([id.to_bytes()], record).optional()?)
}

/// See `AccountStore::agents`.
pub fn agents(conn: &Connection) -> Result<Vec<AgentRecord>, Stop> {
    const SQL: &str = agent_sql!("");
    let mut statement = conn.prepare_cached(SQL)?;
    let mut agents: Vec<AgentRecord> = statement.query_map([], record)?.collect::<Result<_, _>>()?;
    agents.sort_by_cached_key(|agent| (agent.view.name.to_lowercase(), agent.view.id));
    Ok(agents)
}

/// See `TeamStore::deactivated`.
pub fn deactivated(conn: &Connection) -> Result<Vec<(AgentRecord, UnixMillis)>, Stop> {
    const SQL: &str = "SELECT id, name, picture, email, password_hash, role, seen_at, deactivated_at FROM agents \
        WHERE deactivated_at IS NOT NULL";
    let mut statement = conn.prepare_cached(SQL)?;
    let read = |row: &SqlRow<'_>| Ok((record(row)?, UnixMillis(row.get(7)?)));
    let mut agents: Vec<_> = statement.query_map([], read)?.collect::<Result<_, _>>()?;
    agents.sort_by_cached_key(|(agent, _)| (agent.view.name.to_lowercase(), agent.view.id));
    Ok(agents)
}

fn record(row: &SqlRow<'_>) -> rusqlite::Result<AgentRecord> {
    Ok(AgentRecord {
        view: AgentView { id: AgentId::from_bytes(row.get(0)?), name: row.get(1)?, picture: row.get(2)? },
        email: row.get(3)?,
        password_hash: row.get(4)?,
        role: named(row, 5, Role::from_name)?,
        seen_at: row.get::<_, Option<i64>>(6)?.map(UnixMillis),
    })
}

/// See `AccountStore::edit_agent`.
pub fn edit_agent(conn: &Connection, id: AgentId, edit: &AgentEdit) -> Result<(), Stop> {
    const SQL: &str = "UPDATE agents SET name = coalesce(?2, name), picture = coalesce(?3, picture), \
        password_hash = coalesce(?4, password_hash) WHERE id = ?1 AND deactivated_at IS NULL";
    if let Some(hash) = &edit.picture
        && picture(conn, hash)?.is_none()
    {
        return Err(Stop::not_found());
    }
    let values = params![id.to_bytes(), edit.name, edit.picture, edit.password_hash];
    let found = conn.prepare_cached(SQL)?.execute(values)?;
    if found == 1 { Ok(()) } else { Err(Stop::not_found()) }
}

/// See `AccountStore::keep_picture`.
pub fn keep_picture(conn: &Connection, hash: &str, png: &[u8]) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO pictures (hash, png) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING";
    conn.prepare_cached(SQL)?.execute(params![hash, png])?;
    Ok(())
}

/// See `AccountStore::picture`.
pub fn picture(conn: &Connection, hash: &str) -> Result<Option<Vec<u8>>, Stop> {
    const SQL: &str = "SELECT png FROM pictures WHERE hash = ?1";
    Ok(conn.prepare_cached(SQL)?.query_row([hash], |row| row.get(0)).optional()?)
}

/// See `AccountStore::open_session`.
pub fn open_session(conn: &Connection, session: &SessionRecord, device: &str) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO sessions (secret, agent, opened_at, used_at) VALUES (?1, ?2, ?3, ?4)";
    if agent(conn, session.agent)?.is_none() {
        return Err(Stop::not_found());
    }
    let (opened, used) = (session.opened_at.0, session.used_at.0);
    conn.prepare_cached(SQL)?.execute(params![session.secret, session.agent.to_bytes(), opened, used])?;
    if !device.is_empty() {
        const DEVICE: &str = "INSERT INTO session_devices (session, device) VALUES (?1, ?2)";
        conn.prepare_cached(DEVICE)?.execute(params![session.secret, device])?;
    }
    seen(conn, session.agent, session.used_at)
}

/// See `AccountStore::session`.
pub fn session(conn: &Connection, secret: SecretDigest) -> Result<Option<SessionRecord>, Stop> {
    const SQL: &str = "SELECT s.agent, a.role, s.opened_at, s.used_at FROM sessions s \
        JOIN agents a ON a.id = s.agent AND a.deactivated_at IS NULL WHERE s.secret = ?1";
    Ok(conn.prepare_cached(SQL)?.query_row([secret], |row| session_in(row, secret)).optional()?)
}

/// See `AccountStore::sessions_of`.
pub fn sessions_of(conn: &Connection, agent: AgentId) -> Result<Vec<(SessionRecord, String)>, Stop> {
    const SQL: &str = "SELECT s.agent, a.role, s.opened_at, s.used_at, s.secret, coalesce(d.device, '') FROM sessions s \
        JOIN agents a ON a.id = s.agent AND a.deactivated_at IS NULL \
        LEFT JOIN session_devices d ON d.session = s.secret WHERE s.agent = ?1 ORDER BY s.used_at DESC, s.secret";
    let mut rows = conn.prepare_cached(SQL)?;
    let read = |row: &SqlRow<'_>| Ok((session_in(row, row.get(4)?)?, row.get(5)?));
    Ok(rows.query_map([agent.to_bytes()], read)?.collect::<Result<_, _>>()?)
}

fn session_in(row: &SqlRow<'_>, secret: SecretDigest) -> rusqlite::Result<SessionRecord> {
    Ok(SessionRecord {
        secret,
        agent: AgentId::from_bytes(row.get(0)?),
        role: named(row, 1, Role::from_name)?,
        opened_at: UnixMillis(row.get(2)?),
        used_at: UnixMillis(row.get(3)?),
    })
}

/// See `AccountStore::touch_session`.
pub fn touch_session(conn: &Connection, secret: SecretDigest, at: UnixMillis) -> Result<(), Stop> {
    const SQL: &str = "UPDATE sessions SET used_at = max(used_at, ?2) WHERE secret = ?1 RETURNING agent";
    let agent = conn.prepare_cached(SQL)?.query_row(params![secret, at.0], |row| row.get(0)).optional()?;
    match agent {
        Some(agent) => seen(conn, AgentId::from_bytes(agent), at),
        None => Ok(()), // it ended meanwhile
    }
}

fn seen(conn: &Connection, agent: AgentId, at: UnixMillis) -> Result<(), Stop> {
    const SQL: &str = "UPDATE agents SET seen_at = max(coalesce(seen_at, ?2), ?2) WHERE id = ?1";
    conn.prepare_cached(SQL)?.execute(params![agent.to_bytes(), at.0])?;
    Ok(())
}

/// See `AccountStore::end_sessions`.
pub fn end_sessions(conn: &Connection, agent: AgentId, which: EndSessions) -> Result<usize, Stop> {
    let agent = agent.to_bytes();
    Ok(match which {
        EndSessions::One(secret) => conn
            .prepare_cached("DELETE FROM sessions WHERE agent = ?1 AND secret = ?2")?
            .execute(params![agent, secret])?,
        EndSessions::AllBut(secret) => conn
            .prepare_cached("DELETE FROM sessions WHERE agent = ?1 AND secret <> ?2")?
            .execute(params![agent, secret])?,
        EndSessions::All => conn.prepare_cached("DELETE FROM sessions WHERE agent = ?1")?.execute([agent])?,
    })
}

/// See `AccountStore::invite`.
pub fn invite(conn: &Connection, invite: &InviteRecord) -> Result<(), Stop> {
    const SQL: &str =
        "INSERT INTO invites (secret, email, role, agent, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    if let Some(id) = invite.agent
        && agent(conn, id)?.is_none()
    {
        return Err(Stop::not_found());
    }
    conn.prepare_cached(SQL)?.execute(params![
        invite.secret,
        invite.email.to_lowercase(),
        invite.role.text(),
        invite.agent.map(AgentId::to_bytes),
        invite.expires_at.0
    ])?;
    Ok(())
}

/// See `AccountStore::invitation`.
pub fn invitation(conn: &Connection, secret: SecretDigest) -> Result<Option<InviteRecord>, Stop> {
    const SQL: &str = "SELECT email, role, agent, expires_at FROM invites WHERE secret = ?1";
    let read = |row: &SqlRow<'_>| {
        Ok(InviteRecord {
            secret,
            email: row.get(0)?,
            role: named(row, 1, Role::from_name)?,
            agent: row.get::<_, Option<[u8; 16]>>(2)?.map(AgentId::from_bytes),
            expires_at: UnixMillis(row.get(3)?),
        })
    };
    Ok(conn.prepare_cached(SQL)?.query_row([secret], read).optional()?)
}

/// See `AccountStore::accept_invite`.
pub fn accept_invite(conn: &Connection, secret: SecretDigest, new: NewAgent) -> Result<AgentId, Stop> {
    let invite = invitation(conn, secret)?.ok_or_else(Stop::not_found)?;
    let agent = match invite.agent {
        Some(id) => {
            let (name, password_hash) = (Some(new.name), Some(new.password_hash));
            edit_agent(conn, id, &AgentEdit { name, password_hash, picture: None })?;
            end_sessions(conn, id, EndSessions::All)?;
            id
        }
        None => {
            let id = new.id;
            add_agent(conn, &NewAgent { email: invite.email, role: invite.role, ..new })?;
            id
        }
    };
    conn.prepare_cached("DELETE FROM invites WHERE secret = ?1")?.execute([secret])?;
    Ok(agent)
}
