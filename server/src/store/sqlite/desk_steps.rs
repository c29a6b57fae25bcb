//! What a desk decides, done only where it still fits: leases, and the deeds of one step.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::time::millis;
use deskbell_shared::model::{
    AgentId, AgentView, Author, Availability, ConversationId, Draft, EntryBody, Fit, InboxId, RequeueReason,
    Right, Status, UnixMillis,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::CAPACITY_DEFAULT;
use rusqlite::{Connection, OptionalExtension, params};

use super::desk_rows::{availability, end_name, load, outcome_name};
use super::held::{Change, Held, agent_with, open_of};
use super::stop::Stop;
use super::waits;
use super::writer::Writing;
use super::{identities, people};
use crate::store::desks::{
    Deed, EndedWait, Lease, OfferEnd, Outcome, PromiseRecord, Reason, Step, Stepped, TakeLease,
};

/// See `DeskStore::set_availability`.
pub fn set_availability(
    conn: &Connection,
    agent: AgentId,
    chosen: Availability,
    capacity: Option<u32>,
) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO availabilities (agent, availability, capacity) \
        VALUES (?1, ?2, coalesce(?3, ?4)) ON CONFLICT (agent) DO UPDATE \
        SET availability = ?2, capacity = coalesce(?3, capacity)";
    let role = people::agent(conn, agent)?.ok_or_else(Stop::not_found)?.role;
    if !role.may(Right::Serve) {
        return Err(Stop::because(RefusalCode::NotAllowed));
    }
    let values = params![agent.to_bytes(), chosen.text(), capacity, CAPACITY_DEFAULT];
    conn.prepare_cached(SQL)?.execute(values)?;
    conn.prepare_cached("DELETE FROM missed_offers WHERE agent = ?1")?.execute([agent.to_bytes()])?;
    Ok(())
}

/// See `DeskStore::take_lease`.
pub fn take_lease(conn: &Connection, take: &TakeLease) -> Result<Option<Lease>, Stop> {
    const KNOWN: &str = "SELECT 1 FROM inboxes WHERE id = ?1";
    const TAKE: &str = "INSERT INTO desk_leases (inbox, node, token, ends_at) VALUES (?1, ?2, 1, ?3) \
        ON CONFLICT (inbox) DO UPDATE SET node = ?2, token = token + 1, ends_at = ?3 \
        WHERE node = ?2 OR ends_at <= ?4 RETURNING token";
    let inbox = take.inbox.to_bytes();
    if !conn.prepare_cached(KNOWN)?.exists([inbox])? {
        return Err(Stop::not_found());
    }
    let values = params![inbox, take.node.0.to_be_bytes(), take.ends_at.0, take.at.0];
    let token = conn.prepare_cached(TAKE)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(token.map(|token| Lease { inbox: take.inbox, token }))
}

/// See `DeskStore::keep_lease`.
pub fn keep_lease(conn: &Connection, lease: Lease, ends_at: UnixMillis) -> Result<bool, Stop> {
    const SQL: &str = "UPDATE desk_leases SET ends_at = max(ends_at, ?3) WHERE inbox = ?1 AND token = ?2";
    let values = params![lease.inbox.to_bytes(), lease.token, ends_at.0];
    Ok(conn.prepare_cached(SQL)?.execute(values)? == 1)
}

/// See `DeskStore::step`.
pub fn step(writing: &Writing<'_>, step: Step) -> Result<Stepped, Stop> {
    const TOKEN: &str = "SELECT 1 FROM desk_leases WHERE inbox = ?1 AND token = ?2";
    let lease = step.lease;
    if !writing.conn.prepare_cached(TOKEN)?.exists(params![lease.inbox.to_bytes(), lease.token])? {
        return Ok(Stepped::LeaseLost);
    }
    let mut failed: Vec<ConversationId> = Vec::new();
    let mut outcomes = Vec::with_capacity(step.deeds.len());
    for deed in step.deeds {
        let conversation = deed.conversation();
        let outcome = match failed.contains(&conversation) {
            true => Outcome::Dropped,
            false => do_deed(writing, lease.inbox, step.at, deed)?,
        };
        if !matches!(outcome, Outcome::Done(_)) {
            failed.push(conversation);
        }
        outcomes.push(outcome);
    }
    Ok(Stepped::Deeds(outcomes))
}

fn do_deed(writing: &Writing<'_>, inbox: InboxId, at: UnixMillis, deed: Deed) -> Result<Outcome, Stop> {
    match deed {
        Deed::Assign { conversation, agent, version_expected, reason, note, fit } => {
            match expected(writing.conn, inbox, conversation, version_expected)? {
                Some(held) => assign(writing, held, at, agent, reason, (note, fit)),
                None => Ok(Outcome::Conflict),
            }
        }
        Deed::Offer { conversation, agent, version_expected, until, reason } => {
            match expected(writing.conn, inbox, conversation, version_expected)? {
                Some(held) => offer(writing.conn, &held, at, agent, until, reason),
                None => Ok(Outcome::Conflict),
            }
        }
        Deed::EndOffer { conversation, agent, how } => end_offer(writing.conn, conversation, at, agent, how),
        Deed::Requeue { conversation, version_expected, reason } => {
            match expected(writing.conn, inbox, conversation, version_expected)? {
                Some(held) => requeue(writing, held, at, reason),
                None => Ok(Outcome::Conflict),
            }
        }
        Deed::HandOver { conversation, version_expected, inbox: to, by, note } => {
            match expected(writing.conn, inbox, conversation, version_expected)? {
                Some(held) => hand_over(writing, held, at, to, by, note),
                None => Ok(Outcome::Conflict),
            }
        }
        Deed::Overflow { conversation, version_expected, inbox: to, .. } => {
            match expected(writing.conn, inbox, conversation, version_expected)? {
                Some(held) => overflow(writing, held, at, to),
                None => Ok(Outcome::Conflict),
            }
        }
        Deed::ArriveAnew { conversation, version_expected, arrival, arrived_at } => {
            const SQL: &str = "UPDATE conversations SET arrival = ?2, arrived_at = ?3 WHERE id = ?1";
            let Some(held) = expected(writing.conn, inbox, conversation, version_expected)? else {
                return Ok(Outcome::Conflict);
            };
            let values = params![conversation.to_bytes(), arrival.0, arrived_at.0];
            writing.conn.prepare_cached(SQL)?.execute(values)?;
            let mut change = Change::of(writing, held);
            change.feed();
            done(change)
        }
        note => {
            remember(writing.conn, inbox, at, note)?;
            Ok(Outcome::Done(None))
        }
    }
}

/// The conversation, if it is open in the inbox and of this version.
fn expected(
    conn: &Connection,
    inbox: InboxId,
    conversation: ConversationId,
    version: u32,
) -> Result<Option<Held>, Stop> {
    let held = Held::load(conn, conversation)?;
    Ok(held.filter(|held| held.inbox == inbox && held.status == Status::Open && held.version == version))
}

fn assign(
    writing: &Writing<'_>,
    held: Held,
    at: UnixMillis,
    agent: AgentId,
    reason: Reason,
    (note, fit): (Option<Draft>, Option<Fit>),
) -> Result<Outcome, Stop> {
    let conn = writing.conn;
    let inbox = held.inbox;
    let Some(to) = agent_with(conn, agent, inbox, Right::Serve)? else { return Ok(Outcome::NotThere) };
    let author = match reason {
        Reason::LeastLoaded { .. } | Reason::InTurn { .. } | Reason::SameAgent => Author::System {},
        Reason::Claimed { .. } => Author::Agent { agent: to.clone() },
        Reason::Transferred { by } => match agent_with(conn, by, inbox, Right::Steer)? {
            Some(by) => Author::Agent { agent: by },
            None => return Ok(Outcome::NotThere),
        },
    };
    if let Some(full) = full(conn, agent, &held)? {
        return Ok(full);
    }
    let waited = held.assignee.is_none();
    let mut change = Change::of(writing, held);
    add_note(&mut change, at, &author, note)?;
    let version = change.assign(at, Status::Open, Some(agent))?;
    if waited {
        waits::served(&change, at)?;
    }
    change.add(at, author.clone(), EntryBody::Assigned { to, version })?;
    change.wake(at, author)?;
    record(&change, at, agent, reason, fit)?;
    done(change)
}

/// That an agent has as many as they take, if it is so. A place that is kept for this conversation is no other's.
fn full(conn: &Connection, agent: AgentId, held: &Held) -> Result<Option<Outcome>, Stop> {
    const KEPT: &str = "SELECT 1 FROM offers WHERE conversation = ?1 AND agent = ?2 AND outcome IS NULL";
    let is_kept = conn.prepare_cached(KEPT)?.exists(params![held.id.to_bytes(), agent.to_bytes()])?;
    let capacity = availability(conn, agent)?.unwrap_or_default().capacity;
    let here = load(conn, agent, held.inbox, true)?.saturating_sub(is_kept.into());
    let load_elsewhere = load(conn, agent, held.inbox, false)?;
    Ok((here.saturating_add(load_elsewhere) >= capacity).then_some(Outcome::Full { load_elsewhere }))
}

fn offer(
    conn: &Connection,
    held: &Held,
    at: UnixMillis,
    agent: AgentId,
    until: UnixMillis,
    reason: Reason,
) -> Result<Outcome, Stop> {
    const ASKED: &str = "SELECT 1 FROM offers WHERE conversation = ?1 AND outcome IS NULL";
    const SQL: &str = "INSERT INTO offers (conversation, number, inbox, agent, at, until, reason, load, capacity, eligible) \
        VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM offers WHERE conversation = ?1), ?2, ?3, ?4, ?5, ?6, ?7, \
        ?8, ?9)";
    let id = held.id.to_bytes();
    if held.assignee.is_some() || conn.prepare_cached(ASKED)?.exists([id])? {
        return Ok(Outcome::Conflict);
    }
    if agent_with(conn, agent, held.inbox, Right::Serve)?.is_none() {
        return Ok(Outcome::NotThere);
    }
    if let Some(full) = full(conn, agent, held)? {
        return Ok(full);
    }
    let Noted { name, loads, eligible, .. } = noted(reason);
    conn.prepare_cached(SQL)?.execute(params![
        id,
        held.inbox.to_bytes(),
        agent.to_bytes(),
        at.0,
        until.0,
        name,
        loads.map(|(load, _)| load),
        loads.map(|(_, capacity)| capacity),
        eligible
    ])?;
    Ok(Outcome::Done(None))
}

fn end_offer(
    conn: &Connection,
    conversation: ConversationId,
    at: UnixMillis,
    agent: AgentId,
    how: OfferEnd,
) -> Result<Outcome, Stop> {
    const SQL: &str = "UPDATE offers SET outcome = ?3, outcome_at = ?4 \
        WHERE conversation = ?1 AND agent = ?2 AND outcome IS NULL";
    const MISSED: &str = "INSERT OR REPLACE INTO missed_offers (agent, at) VALUES (?1, ?2)";
    let values = params![conversation.to_bytes(), agent.to_bytes(), end_name(how), at.0];
    if conn.prepare_cached(SQL)?.execute(values)? == 0 {
        return Ok(Outcome::Conflict);
    }
    let serves = people::agent(conn, agent)?.is_some_and(|agent| agent.role.may(Right::Serve));
    if how == OfferEnd::Missed && serves {
        set_availability(conn, agent, Availability::Away, None)?;
        conn.prepare_cached(MISSED)?.execute(params![agent.to_bytes(), at.0])?;
    }
    Ok(Outcome::Done(None))
}

fn requeue(
    writing: &Writing<'_>,
    held: Held,
    at: UnixMillis,
    reason: RequeueReason,
) -> Result<Outcome, Stop> {
    let Some(from) = held.assignee else { return Ok(Outcome::Conflict) };
    let from = face(writing.conn, from)?;
    let mut change = Change::of(writing, held);
    let version = change.assign(at, Status::Open, None)?;
    change.add(at, Author::System {}, EntryBody::Requeued { from, reason, version })?;
    change.wake(at, Author::System {})?;
    done(change)
}

fn hand_over(
    writing: &Writing<'_>,
    held: Held,
    at: UnixMillis,
    to: InboxId,
    by: AgentId,
    note: Option<Draft>,
) -> Result<Outcome, Stop> {
    let conn = writing.conn;
    let (Some(name), Some(by)) = (name_of(conn, to)?, agent_with(conn, by, held.inbox, Right::Steer)?) else {
        return Ok(Outcome::NotThere);
    };
    if open_of(conn, held.visitor, to)?.is_some() {
        return Ok(Outcome::NotThere);
    }
    if !identities::may_act(conn, held.visitor, to)? {
        return Ok(Outcome::NotVerified);
    }
    let author = Author::Agent { agent: by };
    let mut change = Change::of(writing, held);
    add_note(&mut change, at, &author, note)?;
    move_on(&mut change, at, author, to, name)?;
    done(change)
}

fn overflow(writing: &Writing<'_>, held: Held, at: UnixMillis, to: InboxId) -> Result<Outcome, Stop> {
    const NOTE: &str = "INSERT INTO overflows (conversation, arrived_at, at, inbox, next, went) \
        SELECT id, arrived_at, ?2, inbox, ?3, ?4 FROM conversations WHERE id = ?1 ON CONFLICT DO NOTHING";
    let conn = writing.conn;
    let is_free = open_of(conn, held.visitor, to)?.is_none() && identities::may_act(conn, held.visitor, to)?;
    let name = name_of(conn, to)?.filter(|_| is_free && held.assignee.is_none());
    conn.prepare_cached(NOTE)?.execute(params![held.id.to_bytes(), at.0, to.to_bytes(), name.is_some()])?;
    let Some(name) = name else { return Ok(Outcome::NotThere) };
    let mut change = Change::of(writing, held);
    move_on(&mut change, at, Author::System {}, to, name)?;
    done(change)
}

fn name_of(conn: &Connection, inbox: InboxId) -> Result<Option<String>, Stop> {
    const SQL: &str = "SELECT name FROM inboxes WHERE id = ?1";
    Ok(conn.prepare_cached(SQL)?.query_row([inbox.to_bytes()], |row| row.get(0)).optional()?)
}

/// Into the queue of another inbox, with its arrival.
fn move_on(
    change: &mut Change<'_>,
    at: UnixMillis,
    author: Author,
    to: InboxId,
    name: String,
) -> Result<(), Stop> {
    const MOVE: &str = "UPDATE conversations SET inbox = ?2 WHERE id = ?1";
    const LEFT: &str = "INSERT OR REPLACE INTO departures (inbox, conversation, feed) VALUES (?1, ?2, ?3)";
    let conn = change.writing.conn;
    let version = change.assign(at, Status::Open, None)?;
    let (id, feed) = (change.held.id.to_bytes(), change.feed());
    conn.prepare_cached(LEFT)?.execute(params![change.held.inbox.to_bytes(), id, feed.0])?;
    conn.prepare_cached(MOVE)?.execute(params![id, to.to_bytes()])?;
    change.held.inbox = to;
    change.add(at, author.clone(), EntryBody::Moved { inbox: to, name, version })?;
    change.wake(at, author)
}

fn add_note(
    change: &mut Change<'_>,
    at: UnixMillis,
    author: &Author,
    note: Option<Draft>,
) -> Result<(), Stop> {
    if let Some(Draft { cmid, text, .. }) = note {
        change.add(at, author.clone(), EntryBody::Note { cmid, text })?;
    }
    Ok(())
}

fn done(change: Change<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Done(Some(Box::new(change.finish()?))))
}

/// Notes why the agent who has it now has it.
pub fn record(
    change: &Change<'_>,
    at: UnixMillis,
    agent: AgentId,
    reason: Reason,
    fit: Option<Fit>,
) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO assignments (conversation, version, inbox, agent, at, reason, other, load, \
        capacity, eligible, fit) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let Noted { name, other, loads, eligible } = noted(reason);
    let held = &change.held;
    change.writing.conn.prepare_cached(SQL)?.execute(params![
        held.id.to_bytes(),
        held.version,
        held.inbox.to_bytes(),
        agent.to_bytes(),
        at.0,
        name,
        other.map(AgentId::to_bytes),
        loads.map(|(load, _)| load),
        loads.map(|(_, capacity)| capacity),
        eligible,
        fit.map(|fit| fit.to_text())
    ])?;
    Ok(())
}

/// A reason as its columns have it.
struct Noted {
    name: &'static str,
    other: Option<AgentId>,
    loads: Option<(u32, u32)>,
    eligible: Option<u32>,
}

fn noted(reason: Reason) -> Noted {
    let plain = Noted { name: "same_agent", other: None, loads: None, eligible: None };
    match reason {
        Reason::LeastLoaded { load, capacity, eligible } => {
            Noted { name: "least_loaded", loads: Some((load, capacity)), eligible: Some(eligible), ..plain }
        }
        Reason::InTurn { eligible } => Noted { name: "in_turn", eligible: Some(eligible), ..plain },
        Reason::SameAgent => plain,
        Reason::Claimed { from } => Noted { name: "claimed", other: from, ..plain },
        Reason::Transferred { by } => Noted { name: "transferred", other: Some(by), ..plain },
    }
}

fn remember(conn: &Connection, inbox: InboxId, at: UnixMillis, note: Deed) -> Result<(), Stop> {
    // What is repeated is known already.
    const ABANDONED: &str = "INSERT INTO abandonments (conversation, version, arrived_at, at, waited_ms) \
        VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    const HANDLED: &str = "INSERT INTO handling_times (conversation, version, inbox, agent, at, took_ms) \
        SELECT id, version, ?2, ?3, ?4, ?5 FROM conversations WHERE id = ?1 ON CONFLICT DO NOTHING";
    const PROMISED: &str = "INSERT INTO promises (conversation, number, made_at, position, earliest_at, \
        latest_at, why, inbox) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
    const SCORED: &str = "UPDATE promises SET outcome = ?3, outcome_at = ?4 \
        WHERE conversation = ?1 AND number = ?2 AND outcome IS NULL";
    match note {
        Deed::Abandoned { conversation, version, arrived_at, waited } => {
            let values = params![conversation.to_bytes(), version, arrived_at.0, at.0, millis(waited)];
            conn.prepare_cached(ABANDONED)?.execute(values)?;
            let wait = EndedWait { conversation, at, waited, is_given_up: true };
            waits::given_up(conn, inbox, &wait, arrived_at)?;
        }
        Deed::Handled { conversation, agent, took } => {
            let (inbox, agent) = (inbox.to_bytes(), agent.to_bytes());
            let values = params![conversation.to_bytes(), inbox, agent, at.0, millis(took)];
            conn.prepare_cached(HANDLED)?.execute(values)?;
        }
        Deed::Promised(PromiseRecord {
            conversation,
            number,
            made_at,
            position,
            earliest_at,
            latest_at,
            why,
            ..
        }) => {
            let (id, inbox, why) = (conversation.to_bytes(), inbox.to_bytes(), why.text());
            let values = params![id, number, made_at.0, position, earliest_at.0, latest_at.0, why, inbox];
            conn.prepare_cached(PROMISED)?.execute(values)?;
        }
        Deed::Scored { conversation, number, outcome, at } => {
            let values = params![conversation.to_bytes(), number, outcome_name(outcome), at.0];
            conn.prepare_cached(SCORED)?.execute(values)?;
        }
        Deed::Assign { .. }
        | Deed::Offer { .. }
        | Deed::EndOffer { .. }
        | Deed::Requeue { .. }
        | Deed::HandOver { .. }
        | Deed::Overflow { .. }
        | Deed::ArriveAnew { .. } => {}
    }
    Ok(())
}

/// An agent as others see them, active or not.
fn face(conn: &Connection, id: AgentId) -> Result<AgentView, Stop> {
    const SQL: &str = "SELECT name, picture FROM agents WHERE id = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok(AgentView { id, name: row.get(0)?, picture: row.get(1)? });
    Ok(conn.prepare_cached(SQL)?.query_row([id.to_bytes()], read)?)
}
