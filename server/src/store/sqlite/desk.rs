//! What else is done to a conversation: it is claimed, resolved, and marks move.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{
    AgentId, AgentView, Author, ConversationId, EntryBody, Marks, Right, Seq, Status, UnixMillis,
};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::{Connection, OptionalExtension, params};

use super::desk_steps::record;
use super::filing;
use super::held::{Change, Held, agent_in, agent_who_may, agent_with};
use super::identities;
use super::stop::Stop;
use super::waits;
use super::writer::Writing;
use crate::store::conversations::{BothMarks, Changed, Claim, Mark, Rate, Reopen, Resolve};
use crate::store::desks::Reason;
use crate::store::{Refusal, Scope};

/// See `ConversationStore::claim`.
pub fn claim(writing: &Writing<'_>, claim: Claim) -> Result<Changed, Stop> {
    let (held, me) = in_scope_of(writing.conn, claim.conversation, claim.agent, Right::Serve)?;
    let mut change = Change::of(writing, held);
    if change.held.assignee == Some(claim.agent) {
        return change.finish();
    }
    if change.held.status != Status::Open || change.held.version != claim.version {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    let from = change.held.assignee;
    let version = change.assign(claim.at, Status::Open, Some(claim.agent))?;
    let author = Author::Agent { agent: me.clone() };
    change.add(claim.at, author.clone(), EntryBody::Assigned { to: me, version })?;
    change.wake(claim.at, author)?;
    if from.is_none() {
        waits::served(&change, claim.at)?;
    }
    record(&change, claim.at, claim.agent, Reason::Claimed { from }, None)?;
    change.finish()
}

/// See `ConversationStore::resolve`.
pub fn resolve(writing: &Writing<'_>, resolve: Resolve) -> Result<Changed, Stop> {
    let (held, me) = in_scope_to_act(writing.conn, resolve.conversation, resolve.scope, Right::Steer)?;
    if held.status == Status::Open && me.is_some() && filing::is_required(writing.conn, held.inbox)? {
        return Err(Stop::because(RefusalCode::OutcomeNeeded));
    }
    let mut change = Change::of(writing, held);
    end(&mut change, resolve.at, me.map_or(Author::Visitor {}, |agent| Author::Agent { agent }))?;
    change.finish()
}

/// Resolves it, if it is open.
pub fn end(change: &mut Change<'_>, at: UnixMillis, author: Author) -> Result<(), Stop> {
    if change.held.status == Status::Open {
        change.put_aside(None)?;
        let version = change.assign(at, Status::Resolved, None)?;
        change.add(at, author, EntryBody::Resolved { version })?;
    }
    Ok(())
}

/// See `ConversationStore::reopen`.
pub fn reopen(writing: &Writing<'_>, reopen: Reopen) -> Result<Changed, Stop> {
    let (held, me) = in_scope_of(writing.conn, reopen.conversation, reopen.agent, Right::Serve)?;
    let mut change = Change::of(writing, held);
    if change.held.status == Status::Open {
        return match change.held.assignee == Some(me.id) {
            true => change.finish(),
            false => Err(Stop::because(RefusalCode::Conflict)),
        };
    }
    if let Some(open) = change.held.other_open(writing.conn)? {
        return Err(Stop::Refused(Refusal { code: RefusalCode::AlreadyOpen, conversation: Some(open) }));
    }
    let author = Author::Agent { agent: me.clone() };
    let version = change.assign(reopen.at, Status::Open, None)?;
    change.arrive(reopen.at)?;
    change.add(reopen.at, author.clone(), EntryBody::Reopened { version })?;
    let version = change.assign(reopen.at, Status::Open, Some(me.id))?;
    change.add(reopen.at, author, EntryBody::Assigned { to: me, version })?;
    change.finish()
}

/// See `ConversationStore::rate`.
pub fn rate(writing: &Writing<'_>, rate: Rate) -> Result<Changed, Stop> {
    const LAST: &str = "SELECT detail FROM entries WHERE conversation = ?1 AND kind = 'rated' \
        ORDER BY seq DESC LIMIT 1";
    const SCORE: &str = "UPDATE conversations SET score = ?2 WHERE id = ?1";
    let (held, _) =
        in_scope_to_act(writing.conn, rate.conversation, Scope::Visitor(rate.visitor), Right::Answer)?;
    if held.status == Status::Open {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    let id = held.id.to_bytes();
    let last: Option<String> =
        writing.conn.prepare_cached(LAST)?.query_row([id], |row| row.get(0)).optional()?;
    let mut change = Change::of(writing, held);
    let body = EntryBody::Rated { score: rate.score, comment: rate.comment };
    if last.and_then(|last| EntryBody::from_text(&last).ok()).as_ref() != Some(&body) {
        writing.conn.prepare_cached(SCORE)?.execute(params![id, rate.score])?;
        change.add(rate.at, Author::Visitor {}, body)?;
    }
    change.finish()
}

/// See `ConversationStore::mark`.
pub fn mark(writing: &Writing<'_>, mark: Mark) -> Result<Changed, Stop> {
    let (held, _) = in_scope(writing.conn, mark.conversation, mark.scope)?;
    let before = marks(writing.conn, &held)?;
    let mut after = before.clone();
    let mut newly_read = 0;
    match mark.scope {
        Scope::Visitor(_) => {
            let at = &mut after.visitor;
            forward(&mut at.visitor_received, &mut at.visitor_read, &mark, held.visitor_head);
            after.staff.visitor_received = staff_seq(writing.conn, &held, at.visitor_received)?;
            after.staff.visitor_read = staff_seq(writing.conn, &held, at.visitor_read)?;
        }
        Scope::Agent(agent) => {
            let is_onlooker = held.assignee.is_some_and(|assignee| assignee != agent);
            let mark = match agent_with(writing.conn, agent, held.inbox, Right::Answer)? {
                None => Mark { received: Seq(0), read: Seq(0), ..mark },
                Some(_) if is_onlooker => Mark { read: Seq(0), ..mark },
                Some(_) => mark,
            };
            let at = &mut after.staff;
            forward(&mut at.staff_received, &mut at.staff_read, &mark, held.head);
            after.visitor.staff_received = visitor_seq(writing.conn, &held, at.staff_received)?;
            after.visitor.staff_read = visitor_seq(writing.conn, &held, at.staff_read)?;
            newly_read = from_visitor(writing.conn, &held, before.staff.staff_read, at.staff_read)?;
        }
    }
    let mut change = Change::of(writing, held);
    if after != before {
        change.set_marks(after, newly_read)?;
    }
    change.finish()
}

/// Moves a pair of marks: never back, never past the head, nothing read that was not received.
fn forward(received: &mut Seq, read: &mut Seq, mark: &Mark, head: u64) {
    *received = (*received).max(mark.received.min(Seq(head)));
    *read = (*read).max(mark.read.min(*received));
}

/// The conversation, if the scope reaches it, and the agent who asks, if it is one.
pub fn in_scope(
    conn: &Connection,
    conversation: ConversationId,
    scope: Scope,
) -> Result<(Held, Option<AgentView>), Stop> {
    let held = Held::load(conn, conversation)?.ok_or_else(Stop::not_found)?;
    match scope {
        Scope::Visitor(visitor) if visitor == held.visitor => Ok((held, None)),
        Scope::Visitor(_) => Err(Stop::not_found()),
        Scope::Agent(agent) => {
            let me = agent_in(conn, agent, held.inbox)?.ok_or_else(Stop::not_found)?;
            Ok((held, Some(me)))
        }
    }
}

/// The same, for what is done there and others see: by the visitor, or by an agent whose role has the right.
pub fn in_scope_to_act(
    conn: &Connection,
    conversation: ConversationId,
    scope: Scope,
    right: Right,
) -> Result<(Held, Option<AgentView>), Stop> {
    let (held, me) = in_scope(conn, conversation, scope)?;
    match scope {
        Scope::Visitor(visitor) => identities::allows(conn, visitor, held.inbox)?,
        Scope::Agent(agent) => drop(agent_who_may(conn, agent, held.inbox, right)?),
    }
    Ok((held, me))
}

/// The conversation and the agent, if it is in the agent's scope and their role has the right.
pub fn in_scope_of(
    conn: &Connection,
    conversation: ConversationId,
    agent: AgentId,
    right: Right,
) -> Result<(Held, AgentView), Stop> {
    let (held, me) = in_scope_to_act(conn, conversation, Scope::Agent(agent), right)?;
    Ok((held, me.ok_or_else(Stop::not_found)?))
}

fn marks(conn: &Connection, held: &Held) -> Result<BothMarks, Stop> {
    const SQL: &str = "SELECT visitor_received, visitor_read, staff_received, staff_read, visitor_received_v, \
        visitor_read_v, staff_received_v, staff_read_v FROM conversations WHERE id = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        let marks = |first: usize| -> rusqlite::Result<Marks> {
            Ok(Marks {
                visitor_received: Seq(row.get(first)?),
                visitor_read: Seq(row.get(first + 1)?),
                staff_received: Seq(row.get(first + 2)?),
                staff_read: Seq(row.get(first + 3)?),
            })
        };
        Ok(BothMarks { staff: marks(0)?, visitor: marks(4)? })
    };
    Ok(conn.prepare_cached(SQL)?.query_row([held.id.to_bytes()], read)?)
}

/// The seq of the row at a visitor_seq.
fn staff_seq(conn: &Connection, held: &Held, seq: Seq) -> Result<Seq, Stop> {
    const SQL: &str = "SELECT seq FROM entries WHERE conversation = ?1 AND visitor_seq = ?2";
    if seq.0 == 0 || held.head == held.visitor_head {
        return Ok(seq); // no row is hidden: the two counts are one
    }
    Ok(Seq(conn.prepare_cached(SQL)?.query_row(params![held.id.to_bytes(), seq.0], |row| row.get(0))?))
}

/// The visitor_seq of the last row up to a seq that the visitor may read.
fn visitor_seq(conn: &Connection, held: &Held, seq: Seq) -> Result<Seq, Stop> {
    const SQL: &str = "SELECT visitor_seq FROM entries WHERE conversation = ?1 AND seq <= ?2 \
        AND visitor_seq IS NOT NULL ORDER BY seq DESC LIMIT 1";
    if held.head == held.visitor_head {
        return Ok(seq);
    }
    let found = conn
        .prepare_cached(SQL)?
        .query_row(params![held.id.to_bytes(), seq.0], |row| row.get(0))
        .optional()?;
    Ok(Seq(found.unwrap_or(0)))
}

/// How many messages of the visitor lie after one seq and up to another. Each is counted once in its life.
fn from_visitor(conn: &Connection, held: &Held, after: Seq, upto: Seq) -> Result<u32, Stop> {
    const SQL: &str = "SELECT count(*) FROM entries WHERE conversation = ?1 AND seq > ?2 AND seq <= ?3 \
        AND author = 'visitor' AND kind = 'message'";
    if after == upto {
        return Ok(0);
    }
    let bounds = params![held.id.to_bytes(), after.0, upto.0];
    Ok(conn.prepare_cached(SQL)?.query_row(bounds, |row| row.get(0))?)
}
