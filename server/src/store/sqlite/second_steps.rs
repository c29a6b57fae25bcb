//! Second steps, in SQL. See `SecondStepStore`.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::stop::Stop;
use super::{SqliteStore, people};
use crate::store::Stored;
use crate::store::accounts::{EndSessions, SecretDigest};
use crate::store::second_steps::{NewSecondStep, SecondStep, SecondStepStore, Seed, Spent};

#[async_trait]
impl SecondStepStore for SqliteStore {
    async fn second_step(&self, agent: AgentId) -> Stored<Option<SecondStep>> {
        self.read(move |conn| second_step(conn, agent)).await
    }

    async fn with_second_step(&self) -> Stored<Vec<AgentId>> {
        self.read(with_second_step).await
    }

    async fn turn_on_second_step(&self, new: NewSecondStep) -> Stored<()> {
        self.write(move |writing| turn_on(writing.conn, &new)).await
    }

    async fn turn_off_second_step(&self, agent: AgentId) -> Stored<()> {
        self.write(move |writing| turn_off(writing.conn, agent)).await
    }

    async fn renew_recovery_codes(&self, agent: AgentId, codes: Vec<SecretDigest>) -> Stored<()> {
        self.write(move |writing| renew(writing.conn, agent, &codes)).await
    }

    async fn spend_code(&self, agent: AgentId, seed: Seed, code: Spent) -> Stored<()> {
        self.write(move |writing| spend(writing.conn, agent, seed, code)).await
    }
}

fn second_step(conn: &Connection, agent: AgentId) -> Result<Option<SecondStep>, Stop> {
    const SQL: &str = "SELECT s.seed, s.made_at, s.last_step, \
        (SELECT count(*) FROM recovery_codes c WHERE c.agent = s.agent) FROM second_steps s \
        JOIN agents a ON a.id = s.agent AND a.deactivated_at IS NULL WHERE s.agent = ?1";
    let read = |row: &SqlRow<'_>| {
        Ok(SecondStep {
            seed: row.get(0)?,
            made_at: UnixMillis(row.get(1)?),
            last_step: row.get(2)?,
            codes_left: row.get(3)?,
        })
    };
    Ok(conn.prepare_cached(SQL)?.query_row([agent.to_bytes()], read).optional()?)
}

fn with_second_step(conn: &Connection) -> Result<Vec<AgentId>, Stop> {
    const SQL: &str = "SELECT s.agent FROM second_steps s \
        JOIN agents a ON a.id = s.agent AND a.deactivated_at IS NULL ORDER BY s.agent";
    let mut statement = conn.prepare_cached(SQL)?;
    let found = statement.query_map([], |row| row.get(0).map(AgentId::from_bytes))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn turn_on(conn: &Connection, new: &NewSecondStep) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO second_steps (agent, seed, made_at, last_step) VALUES (?1, ?2, ?3, ?4)";
    if people::agent(conn, new.agent)?.is_none() {
        return Err(Stop::not_found());
    }
    if second_step(conn, new.agent)?.is_some() {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    conn.prepare_cached(SQL)?.execute(params![new.agent.to_bytes(), new.seed, new.at.0, new.last_step])?;
    add_codes(conn, new.agent, &new.codes)?;
    people::end_sessions(conn, new.agent, EndSessions::AllBut(new.session))?;
    Ok(())
}

fn turn_off(conn: &Connection, agent: AgentId) -> Result<(), Stop> {
    is_on(conn, agent)?;
    drop_codes(conn, agent)?;
    conn.prepare_cached("DELETE FROM second_steps WHERE agent = ?1")?.execute([agent.to_bytes()])?;
    Ok(())
}

fn renew(conn: &Connection, agent: AgentId, codes: &[SecretDigest]) -> Result<(), Stop> {
    is_on(conn, agent)?;
    drop_codes(conn, agent)?;
    add_codes(conn, agent, codes)
}

fn spend(conn: &Connection, agent: AgentId, seed: Seed, code: Spent) -> Result<(), Stop> {
    const STEP: &str = "UPDATE second_steps SET last_step = ?2 WHERE agent = ?1 AND last_step < ?2";
    const RECOVERY: &str = "DELETE FROM recovery_codes WHERE agent = ?1 AND digest = ?2";
    if is_on(conn, agent)?.seed != seed {
        return Err(Stop::not_found());
    }
    let agent = agent.to_bytes();
    let spent = match code {
        Spent::Step(step) => conn.prepare_cached(STEP)?.execute(params![agent, step])?,
        Spent::Recovery(digest) => conn.prepare_cached(RECOVERY)?.execute(params![agent, digest])?,
    };
    if spent == 1 { Ok(()) } else { Err(Stop::because(RefusalCode::Conflict)) }
}

fn is_on(conn: &Connection, agent: AgentId) -> Result<SecondStep, Stop> {
    second_step(conn, agent)?.ok_or_else(Stop::not_found)
}

fn drop_codes(conn: &Connection, agent: AgentId) -> Result<(), Stop> {
    conn.prepare_cached("DELETE FROM recovery_codes WHERE agent = ?1")?.execute([agent.to_bytes()])?;
    Ok(())
}

fn add_codes(conn: &Connection, agent: AgentId, codes: &[SecretDigest]) -> Result<(), Stop> {
    let mut add = conn.prepare_cached("INSERT INTO recovery_codes (agent, digest) VALUES (?1, ?2)")?;
    for code in codes {
        add.execute(params![agent.to_bytes(), code])?;
    }
    Ok(())
}
