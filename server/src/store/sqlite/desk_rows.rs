//! Reads what the desk of an inbox is made from, and its ledgers.

use std::time::Duration;

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{
    AgentId, AgentView, Availability, ConversationId, Feed, Fit, InboxId, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::WaitNews;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::desk::in_scope;
use super::identities::identity;
use super::rights::{sees_all, serves};
use super::rows::named;
use super::stop::Stop;
use super::team::routing;
use crate::store::desks::{
    AssignmentRecord, Chosen, DeskAgent, DeskConversation, DeskRecord, Found, HANDLING_TIMES_READ_MAX,
    OfferEnd, OfferRecord, OpenOffer, OutcomeKind, OverflowRecord, PROMISES_READ_MAX, PromiseRecord, Reason,
};
use crate::store::{Refusal, Scope};

/// See `DeskStore::availability`.
pub fn availability(conn: &Connection, agent: AgentId) -> Result<Option<Chosen>, Stop> {
    const SQL: &str = "SELECT v.availability, v.capacity FROM agents a \
        LEFT JOIN availabilities v ON v.agent = a.id WHERE a.id = ?1 AND a.deactivated_at IS NULL";
    let read = |row: &SqlRow<'_>| chosen(row, 0);
    Ok(conn.prepare_cached(SQL)?.query_row([agent.to_bytes()], read).optional()?)
}

fn chosen(row: &SqlRow<'_>, first: usize) -> rusqlite::Result<Chosen> {
    match row.get::<_, Option<u32>>(first + 1)? {
        Some(capacity) => Ok(Chosen { availability: named(row, first, Availability::from_name)?, capacity }),
        None => Ok(Chosen::default()),
    }
}

/// How many open conversations an agent works on in an inbox, or in all others; and how many they are offered there.
pub fn load(conn: &Connection, agent: AgentId, inbox: InboxId, here: bool) -> Result<u32, Stop> {
    const SQL: &str = "SELECT (SELECT count(*) FROM conversations WHERE assignee = ?1 AND (inbox = ?2) = ?3 \
        AND snoozed_until IS NULL) + (SELECT count(*) FROM offers WHERE agent = ?1 AND (inbox = ?2) = ?3 \
        AND outcome IS NULL)";
    let values = params![agent.to_bytes(), inbox.to_bytes(), here];
    Ok(conn.prepare_cached(SQL)?.query_row(values, |row| row.get(0))?)
}

/// See `DeskStore::desk`.
pub fn desk(conn: &Connection, inbox: InboxId) -> Result<DeskRecord, Stop> {
    const OPEN: &str = "SELECT id FROM conversations WHERE inbox = ?1 AND status = 'open'";
    // Whoever is served at once has not waited: the desk needs a moment to find the agent.
    const HANDLED: &str = "SELECT h.took_ms, h.at - h.took_ms > c.arrived_at + 1000 FROM handling_times h \
        JOIN conversations c ON c.id = h.conversation \
        WHERE h.inbox = ?1 ORDER BY h.at DESC, h.conversation DESC LIMIT ?2";
    let mut statement = conn.prepare_cached(OPEN)?;
    let ids: Vec<[u8; 16]> =
        statement.query_map([inbox.to_bytes()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut conversations = Vec::with_capacity(ids.len());
    for id in ids {
        if let Found::Open(open) = conversation(conn, inbox, ConversationId::from_bytes(id))? {
            conversations.push(*open);
        }
    }
    let mut statement = conn.prepare_cached(HANDLED)?;
    let mut handling_times: Vec<(Duration, bool)> = statement
        .query_map(params![inbox.to_bytes(), HANDLING_TIMES_READ_MAX], |row| {
            Ok((Duration::from_millis(row.get(0)?), row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    handling_times.reverse();
    let kept = kept(conn, inbox, UnixMillis(i64::MIN), PROMISES_READ_MAX)?;
    let (agents, routing) = (agents(conn, inbox)?, routing(conn, inbox)?);
    Ok(DeskRecord { agents, conversations, handling_times, kept, routing })
}

/// See `DeskStore::desk_agents`.
pub fn agents(conn: &Connection, inbox: InboxId) -> Result<Vec<DeskAgent>, Stop> {
    const SQL: &str = concat!(
        "SELECT a.id, a.name, a.picture, m.agent IS NOT NULL, v.availability, v.capacity, \
        (SELECT count(*) FROM conversations c WHERE c.assignee = a.id AND c.inbox <> ?1 \
        AND c.snoozed_until IS NULL) \
        + (SELECT count(*) FROM offers o WHERE o.agent = a.id AND o.inbox <> ?1 AND o.outcome IS NULL), \
        (SELECT max(at) FROM (SELECT max(at) AS at FROM assignments s WHERE s.inbox = ?1 AND s.agent = a.id \
        UNION ALL SELECT max(at) FROM offers o WHERE o.inbox = ?1 AND o.agent = a.id)), \
        (SELECT at FROM missed_offers o WHERE o.agent = a.id) \
        FROM agents a LEFT JOIN members m ON m.inbox = ?1 AND m.agent = a.id \
        LEFT JOIN availabilities v ON v.agent = a.id \
        WHERE a.deactivated_at IS NULL AND ",
        serves!(),
        " AND (",
        sees_all!(),
        " OR m.agent IS NOT NULL) ORDER BY a.id"
    );
    let read = |row: &SqlRow<'_>| {
        Ok(DeskAgent {
            view: AgentView { id: AgentId::from_bytes(row.get(0)?), name: row.get(1)?, picture: row.get(2)? },
            is_member: row.get(3)?,
            chosen: chosen(row, 4)?,
            load_elsewhere: row.get(6)?,
            last_assigned_at: row.get::<_, Option<i64>>(7)?.map(UnixMillis),
            missed_at: row.get::<_, Option<i64>>(8)?.map(UnixMillis),
        })
    };
    let mut statement = conn.prepare_cached(SQL)?;
    Ok(statement.query_map([inbox.to_bytes()], read)?.collect::<Result<_, _>>()?)
}

/// See `DeskStore::desk_conversation`.
pub fn conversation(conn: &Connection, inbox: InboxId, id: ConversationId) -> Result<Found, Stop> {
    // An assigned conversation is of the version that its last assignment counted; the time it lay aside is no work.
    const SQL: &str = "SELECT visitor, arrival, arrived_at, version, address IS NOT NULL, assignee, \
        (SELECT at FROM entries e WHERE e.conversation = c.id AND e.kind IN ('assigned', 'woken') \
        ORDER BY e.seq DESC LIMIT 1), \
        EXISTS (SELECT 1 FROM abandonments b WHERE b.conversation = c.id AND b.version = c.version \
        AND b.arrived_at = c.arrived_at), \
        (SELECT coalesce(max(number), 0) FROM promises p WHERE p.conversation = c.id), snoozed_until IS NOT NULL, \
        (SELECT a.agent FROM conversations o CROSS JOIN assignments a ON a.conversation = o.id AND a.inbox = c.inbox \
        WHERE o.visitor = c.visitor ORDER BY a.at DESC, a.version DESC LIMIT 1), \
        EXISTS (SELECT 1 FROM overflows o WHERE o.conversation = c.id AND o.arrived_at = c.arrived_at), \
        (SELECT language FROM visitors v WHERE v.id = c.visitor), \
        (SELECT page_url FROM visitors v WHERE v.id = c.visitor) \
        FROM conversations c WHERE c.id = ?1 AND c.inbox = ?2 AND c.status = 'open'";
    let read = |row: &SqlRow<'_>| {
        let assignee = row.get::<_, Option<[u8; 16]>>(5)?.map(AgentId::from_bytes);
        let arrived_at = UnixMillis(row.get(2)?);
        let since = row.get::<_, Option<i64>>(6)?.map_or(arrived_at, UnixMillis);
        Ok(DeskConversation {
            id,
            visitor: VisitorId::from_bytes(row.get(0)?),
            arrival: Feed(row.get(1)?),
            arrived_at,
            version: row.get(3)?,
            has_address: row.get(4)?,
            language: row.get(12)?,
            page: row.get(13)?,
            identity: None,
            answered_by: row.get::<_, Option<[u8; 16]>>(10)?.map(AgentId::from_bytes),
            assigned: assignee.map(|agent| (agent, since)),
            is_aside: row.get(9)?,
            is_lapsed: assignee.is_none() && row.get(7)?,
            offered: None,
            declined: Vec::new(),
            has_overflowed: row.get(11)?,
            promises: Vec::new(),
            last_promise: row.get(8)?,
        })
    };
    let ids = params![id.to_bytes(), inbox.to_bytes()];
    let found = conn.prepare_cached(SQL)?.query_row(ids, read).optional()?;
    let mut promises = promises(conn, id)?;
    promises.retain(|promise| promise.outcome.is_none());
    Ok(match found {
        Some(open) => {
            let (offered, declined) = (open_offer(conn, id)?, declined(conn, id)?);
            let identity = identity(conn, open.visitor)?;
            Found::Open(Box::new(DeskConversation { promises, offered, declined, identity, ..open }))
        }
        None => Found::Gone { promises },
    })
}

/// See `DeskStore::promises`.
pub fn promises(conn: &Connection, id: ConversationId) -> Result<Vec<PromiseRecord>, Stop> {
    const SQL: &str = "SELECT conversation, number, made_at, position, earliest_at, latest_at, why, outcome, outcome_at \
        FROM promises WHERE conversation = ?1 ORDER BY number";
    let mut statement = conn.prepare_cached(SQL)?;
    Ok(statement.query_map([id.to_bytes()], promise)?.collect::<Result<_, _>>()?)
}

/// See `DeskStore::kept_promises`.
pub fn kept(
    conn: &Connection,
    inbox: InboxId,
    since: UnixMillis,
    count_max: usize,
) -> Result<Vec<PromiseRecord>, Stop> {
    const SQL: &str = "SELECT conversation, number, made_at, position, earliest_at, latest_at, why, outcome, outcome_at \
        FROM promises WHERE inbox = ?1 AND outcome_at >= ?2 \
        ORDER BY outcome_at DESC, conversation DESC, number DESC LIMIT ?3";
    let mut statement = conn.prepare_cached(SQL)?;
    let values = params![inbox.to_bytes(), since.0, count_max];
    let mut kept: Vec<PromiseRecord> = statement.query_map(values, promise)?.collect::<Result<_, _>>()?;
    kept.reverse();
    Ok(kept)
}

fn promise(row: &SqlRow<'_>) -> rusqlite::Result<PromiseRecord> {
    let outcome_at: Option<i64> = row.get(8)?;
    Ok(PromiseRecord {
        conversation: ConversationId::from_bytes(row.get(0)?),
        number: row.get(1)?,
        made_at: UnixMillis(row.get(2)?),
        position: row.get(3)?,
        earliest_at: UnixMillis(row.get(4)?),
        latest_at: UnixMillis(row.get(5)?),
        why: named(row, 6, WaitNews::from_name)?,
        outcome: match outcome_at {
            Some(at) => Some((named(row, 7, outcome_of)?, UnixMillis(at))),
            None => None,
        },
    })
}

/// How an outcome is called in its column.
pub fn outcome_name(outcome: OutcomeKind) -> &'static str {
    match outcome {
        OutcomeKind::Earlier => "earlier",
        OutcomeKind::Inside => "inside",
        OutcomeKind::Later => "later",
        OutcomeKind::Censored => "censored",
    }
}

fn outcome_of(name: &str) -> Option<OutcomeKind> {
    use OutcomeKind::{Censored, Earlier, Inside, Later};
    [Earlier, Inside, Later, Censored].into_iter().find(|outcome| outcome_name(*outcome) == name)
}

/// See `DeskStore::assignments`.
pub fn assignments(
    conn: &Connection,
    scope: Scope,
    id: ConversationId,
) -> Result<Option<Vec<AssignmentRecord>>, Stop> {
    const SQL: &str = "SELECT version, agent, at, reason, other, load, capacity, eligible, fit FROM assignments \
        WHERE conversation = ?1 ORDER BY version";
    if !may_know(conn, scope, id)? {
        return Ok(None);
    }
    let read = |row: &SqlRow<'_>| {
        let other = row.get::<_, Option<[u8; 16]>>(4)?.map(AgentId::from_bytes);
        let reason = match (row.get_ref(3)?.as_str()?, other) {
            ("least_loaded" | "in_turn" | "same_agent", _) => picked(row, 3, 5)?,
            ("transferred", Some(by)) => Reason::Transferred { by },
            (_, from) => Reason::Claimed { from },
        };
        let agent = AgentId::from_bytes(row.get(1)?);
        let fit: Option<String> = row.get(8)?;
        // Where it cannot be read the reason stands without it.
        let fit = fit.and_then(|text| Fit::from_text(&text).ok());
        Ok(AssignmentRecord { version: row.get(0)?, agent, at: UnixMillis(row.get(2)?), reason, fit })
    };
    let mut statement = conn.prepare_cached(SQL)?;
    Ok(Some(statement.query_map([id.to_bytes()], read)?.collect::<Result<_, _>>()?))
}

/// Why the desk chose somebody: the name of it in one column, its numbers from another one on.
fn picked(row: &SqlRow<'_>, name: usize, numbers: usize) -> rusqlite::Result<Reason> {
    Ok(match row.get_ref(name)?.as_str()? {
        "least_loaded" => Reason::LeastLoaded {
            load: row.get(numbers)?,
            capacity: row.get(numbers + 1)?,
            eligible: row.get(numbers + 2)?,
        },
        "in_turn" => Reason::InTurn { eligible: row.get(numbers + 2)? },
        _ => Reason::SameAgent,
    })
}

fn open_offer(conn: &Connection, id: ConversationId) -> Result<Option<OpenOffer>, Stop> {
    const SQL: &str = "SELECT agent, until, reason, load, capacity, eligible FROM offers \
        WHERE conversation = ?1 AND outcome IS NULL";
    let read = |row: &SqlRow<'_>| {
        let agent = AgentId::from_bytes(row.get(0)?);
        Ok(OpenOffer { agent, until: UnixMillis(row.get(1)?), reason: picked(row, 2, 3)? })
    };
    Ok(conn.prepare_cached(SQL)?.query_row([id.to_bytes()], read).optional()?)
}

fn declined(conn: &Connection, id: ConversationId) -> Result<Vec<(AgentId, UnixMillis)>, Stop> {
    const SQL: &str = "SELECT agent, max(outcome_at) FROM offers WHERE conversation = ?1 AND outcome = 'declined' \
        GROUP BY agent ORDER BY agent";
    let read = |row: &SqlRow<'_>| Ok((AgentId::from_bytes(row.get(0)?), UnixMillis(row.get(1)?)));
    let mut statement = conn.prepare_cached(SQL)?;
    Ok(statement.query_map([id.to_bytes()], read)?.collect::<Result<_, _>>()?)
}

/// See `DeskStore::offers`.
pub fn offers(conn: &Connection, scope: Scope, id: ConversationId) -> Result<Option<Vec<OfferRecord>>, Stop> {
    const SQL: &str =
        "SELECT agent, at, until, outcome, outcome_at FROM offers WHERE conversation = ?1 ORDER BY number";
    if !may_know(conn, scope, id)? {
        return Ok(None);
    }
    let read = |row: &SqlRow<'_>| {
        let ended_at: Option<i64> = row.get(4)?;
        let ended = match ended_at {
            Some(at) => Some((end_of(row.get_ref(3)?.as_str()?), UnixMillis(at))),
            None => None,
        };
        let agent = AgentId::from_bytes(row.get(0)?);
        Ok(OfferRecord { agent, at: UnixMillis(row.get(1)?), until: UnixMillis(row.get(2)?), ended })
    };
    let mut statement = conn.prepare_cached(SQL)?;
    Ok(Some(statement.query_map([id.to_bytes()], read)?.collect::<Result<_, _>>()?))
}

/// How the end of an offer is called in its column.
pub fn end_name(how: OfferEnd) -> &'static str {
    match how {
        OfferEnd::Declined => "declined",
        OfferEnd::Missed => "missed",
        OfferEnd::Withdrawn => "withdrawn",
    }
}

/// `None`: it was accepted.
fn end_of(name: &str) -> Option<OfferEnd> {
    use OfferEnd::{Declined, Missed, Withdrawn};
    [Declined, Missed, Withdrawn].into_iter().find(|how| end_name(*how) == name)
}

/// See `DeskStore::overflows`.
pub fn overflows(
    conn: &Connection,
    scope: Scope,
    id: ConversationId,
) -> Result<Option<Vec<OverflowRecord>>, Stop> {
    const SQL: &str = "SELECT o.at, f.name, coalesce(t.name, ''), o.at - o.arrived_at, o.went FROM overflows o \
        JOIN inboxes f ON f.id = o.inbox LEFT JOIN inboxes t ON t.id = o.next \
        WHERE o.conversation = ?1 ORDER BY o.arrived_at";
    if !may_know(conn, scope, id)? {
        return Ok(None);
    }
    let read = |row: &SqlRow<'_>| {
        Ok(OverflowRecord {
            at: UnixMillis(row.get(0)?),
            from: row.get(1)?,
            to: row.get(2)?,
            waited: Duration::from_millis(row.get::<_, i64>(3)?.max(0).unsigned_abs()),
            went: row.get(4)?,
        })
    };
    let mut statement = conn.prepare_cached(SQL)?;
    Ok(Some(statement.query_map([id.to_bytes()], read)?.collect::<Result<_, _>>()?))
}

/// Whether what a desk noted about a conversation is theirs to read: of staff in its scope.
fn may_know(conn: &Connection, scope: Scope, id: ConversationId) -> Result<bool, Stop> {
    match (scope, in_scope(conn, id, scope)) {
        (Scope::Visitor(_), _) | (_, Err(Stop::Refused(Refusal { .. }))) => Ok(false),
        (_, Ok(_)) => Ok(true),
        (_, Err(stop)) => Err(stop),
    }
}
