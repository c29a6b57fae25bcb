//! Reads the lists: an agent's list feed and resolved conversations, a visitor's own conversations, who may see an
//! inbox. Bounded by the caller's `count_max`, and every list by an index: none grows slower with the history.

use deskbell_shared::model::{
    AgentId, ConversationId, ConversationView, Epoch, Feed, InboxId, LastMessage, PageView, Side, SiteId,
    Status, Summary, UnixMillis, VisitorId, VisitorName, VisitorView,
};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::filing;
use super::held::agent_in;
use super::rights::sees_all;
use super::rows::{Count, VIEW_COLUMNS, agent, named, view, view_columns};
use super::stop::Stop;
use crate::store::conversations::OutOfSight;

/// See `ConversationStore::feed_head`.
pub fn feed_head(conn: &Connection) -> Result<Feed, Stop> {
    Ok(Feed(conn.prepare_cached("SELECT feed FROM lineage")?.query_row([], |row| row.get(0))?))
}

/// See `ConversationStore::conversations_of`.
pub fn conversations_of(
    conn: &Connection,
    epoch: Epoch,
    visitor: VisitorId,
    count_max: usize,
) -> Result<Vec<ConversationView>, Stop> {
    const SQL: &str = concat!(
        "SELECT ",
        view_columns!(),
        " FROM conversations c LEFT JOIN agents a ON a.id = c.assignee WHERE c.visitor = ?1 \
         ORDER BY c.arrival DESC LIMIT ?2"
    );
    let mut statement = conn.prepare_cached(SQL)?;
    let rows = statement
        .query_map(params![visitor.to_bytes(), count_max], |row| view(row, epoch, Count::Visitor))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// See `ConversationStore::last_messages_of`.
pub fn last_messages_of(
    conn: &Connection,
    visitor: VisitorId,
    count_max: usize,
) -> Result<Vec<LastMessage>, Stop> {
    // Who answered last is seldom far from the end.
    const SQL: &str = "SELECT c.id, c.last_line, c.last_side, c.last_at, a.id, a.name, a.picture \
        FROM conversations c LEFT JOIN agents a ON a.id = (SELECT e.author_agent FROM entries e \
        WHERE e.conversation = c.id AND e.kind = 'message' AND e.author = 'agent' ORDER BY e.seq DESC LIMIT 1) \
        WHERE c.visitor = ?1 ORDER BY c.arrival DESC LIMIT ?2";
    let mut statement = conn.prepare_cached(SQL)?;
    let rows = statement.query_map(params![visitor.to_bytes(), count_max], |row| {
        Ok(LastMessage {
            conversation: ConversationId::from_bytes(row.get(0)?),
            line: row.get(1)?,
            side: named(row, 2, Side::from_name)?,
            at: UnixMillis(row.get(3)?),
            agent: agent(row, 4)?,
        })
    })?;
    let mut found: Vec<LastMessage> = rows.collect::<Result<_, _>>()?;
    // What was erased is no message any more.
    found.retain(|last| !last.line.is_empty());
    Ok(found)
}

/// See `ConversationStore::feed`.
pub fn feed(
    conn: &Connection,
    epoch: Epoch,
    agent: AgentId,
    after: Feed,
    open_only: bool,
    count_max: usize,
) -> Result<Vec<Summary>, Stop> {
    const SQL: &str = "SELECT feed, id FROM conversations WHERE inbox = ?1 AND status = ?2 AND feed > ?3 \
        ORDER BY feed LIMIT ?4";
    let kinds: &[Status] = if open_only { &[Status::Open] } else { Status::ALL };
    let mut found = Vec::new();
    for inbox in inboxes_of(conn, agent)? {
        for status in kinds {
            found.extend(places(conn, SQL, inbox, *status, after, count_max)?);
        }
    }
    found.sort_unstable();
    found.truncate(count_max);
    found.into_iter().map(|(_, id)| summary(conn, epoch, id)).collect()
}

/// See `ConversationStore::out_of_sight`.
pub fn out_of_sight(
    conn: &Connection,
    agent: AgentId,
    after: Feed,
    count_max: usize,
) -> Result<OutOfSight, Stop> {
    const ANEW: &str = "SELECT 1 FROM sights WHERE agent = ?1 AND feed > ?2";
    const LEFT: &str = "SELECT d.feed, d.conversation, c.inbox FROM departures d \
        JOIN conversations c ON c.id = d.conversation WHERE d.inbox = ?1 AND d.feed > ?2 ORDER BY d.feed LIMIT ?3";
    if conn.prepare_cached(ANEW)?.exists(params![agent.to_bytes(), after.0])? {
        return Ok(OutOfSight::Anew);
    }
    let inboxes = inboxes_of(conn, agent)?;
    let mut gone: Vec<(Feed, ConversationId)> = Vec::new();
    let mut left = conn.prepare_cached(LEFT)?;
    let mut count = 0;
    for inbox in &inboxes {
        let mut rows = left.query(params![inbox.to_bytes(), after.0, count_max + 1])?;
        while let Some(row) = rows.next()? {
            count += 1;
            if !inboxes.contains(&InboxId::from_bytes(row.get(2)?)) {
                gone.push((Feed(row.get(0)?), ConversationId::from_bytes(row.get(1)?)));
            }
        }
        if count > count_max {
            return Ok(OutOfSight::Anew);
        }
    }
    gone.sort_unstable();
    Ok(OutOfSight::Gone(gone))
}

/// See `ConversationStore::resolved`.
pub fn resolved(
    conn: &Connection,
    epoch: Epoch,
    agent: AgentId,
    before: Option<Feed>,
    count_max: usize,
) -> Result<Vec<Summary>, Stop> {
    const SQL: &str = "SELECT feed, id FROM conversations WHERE inbox = ?1 AND status = ?2 AND feed < ?3 \
        ORDER BY feed DESC LIMIT ?4";
    let before = before.unwrap_or(Feed(u64::MAX));
    let mut found = Vec::new();
    for inbox in inboxes_of(conn, agent)? {
        found.extend(places(conn, SQL, inbox, Status::Resolved, before, count_max)?);
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(count_max);
    found.into_iter().map(|(_, id)| summary(conn, epoch, id)).collect()
}

/// See `ConversationStore::summary`.
pub fn summary_for(
    conn: &Connection,
    epoch: Epoch,
    agent: AgentId,
    id: ConversationId,
) -> Result<Option<Summary>, Stop> {
    const SQL: &str = "SELECT inbox FROM conversations WHERE id = ?1";
    let inbox = conn.prepare_cached(SQL)?.query_row([id.to_bytes()], |row| row.get(0)).optional()?;
    match inbox.map(InboxId::from_bytes) {
        Some(inbox) if agent_in(conn, agent, inbox)?.is_some() => summary(conn, epoch, id).map(Some),
        _ => Ok(None),
    }
}

/// See `ConversationStore::conversations_with`.
pub fn conversations_with(
    conn: &Connection,
    epoch: Epoch,
    agent: AgentId,
    visitor: VisitorId,
    count_max: usize,
) -> Result<Vec<Summary>, Stop> {
    const SQL: &str = "SELECT id, inbox FROM conversations WHERE visitor = ?1 ORDER BY arrival DESC";
    let inboxes = inboxes_of(conn, agent)?;
    let mut statement = conn.prepare_cached(SQL)?;
    let mut rows = statement.query([visitor.to_bytes()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if found.len() == count_max {
            break;
        }
        if inboxes.contains(&InboxId::from_bytes(row.get(1)?)) {
            found.push(summary(conn, epoch, ConversationId::from_bytes(row.get(0)?))?);
        }
    }
    Ok(found)
}

/// See `ConversationStore::inbox_agents`.
pub fn inbox_agents(conn: &Connection, inbox: InboxId) -> Result<Vec<AgentId>, Stop> {
    const SQL: &str = concat!(
        "SELECT id FROM agents WHERE deactivated_at IS NULL \
         AND EXISTS (SELECT 1 FROM inboxes WHERE id = ?1) AND (",
        sees_all!(),
        " OR id IN (SELECT agent FROM members WHERE inbox = ?1)) ORDER BY id"
    );
    let mut statement = conn.prepare_cached(SQL)?;
    let rows = statement.query_map([inbox.to_bytes()], |row| row.get(0).map(AgentId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The inboxes an agent may see: those they are a member of, for some roles all.
pub(super) fn inboxes_of(conn: &Connection, agent: AgentId) -> Result<Vec<InboxId>, Stop> {
    const SQL: &str = concat!(
        "SELECT i.id FROM inboxes i JOIN agents a ON a.id = ?1 AND a.deactivated_at IS NULL WHERE ",
        sees_all!(),
        " OR EXISTS (SELECT 1 FROM members WHERE inbox = i.id AND agent = ?1)"
    );
    let mut statement = conn.prepare_cached(SQL)?;
    let rows = statement.query_map([agent.to_bytes()], |row| row.get(0).map(InboxId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn places(
    conn: &Connection,
    sql: &str,
    inbox: InboxId,
    status: Status,
    from: Feed,
    count_max: usize,
) -> Result<Vec<(u64, ConversationId)>, Stop> {
    let from = i64::try_from(from.0).unwrap_or(i64::MAX);
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![inbox.to_bytes(), status.text(), from, count_max], |row| {
        Ok((row.get(0)?, ConversationId::from_bytes(row.get(1)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The visitor's first message that nothing of staff came after. Read from the end, so that it takes as long as the
/// visitor has written in a row, and only where the last message is theirs, or is erased: it has no line then.
macro_rules! unanswered_at {
    () => {
        "CASE WHEN c.status = 'open' AND (c.last_side = 'visitor' OR c.last_line = '') THEN \
         (SELECT e.at FROM entries e WHERE e.conversation = c.id AND e.kind = 'message' AND e.author = 'visitor' \
          AND e.seq > coalesce((SELECT d.seq FROM entries d WHERE d.conversation = c.id \
          AND (d.kind = 'resolved' OR (d.kind IN ('message', 'mailed') AND d.author = 'agent')) \
          ORDER BY d.seq DESC LIMIT 1), 0) ORDER BY e.seq LIMIT 1) END"
    };
}

pub(super) fn summary(conn: &Connection, epoch: Epoch, id: ConversationId) -> Result<Summary, Stop> {
    const SQL: &str = concat!(
        "SELECT ",
        view_columns!(),
        ", c.feed, c.last_line, c.last_side, c.last_at, c.unread, s.id, s.name, v.id, v.first_seen_at, v.page_url, \
         v.page_title, v.language, w.referrer, w.time_zone, coalesce(i.name, i.sub), b.name, ",
        unanswered_at!(),
        ", f.priority, o.name",
        " FROM conversations c LEFT JOIN agents a ON a.id = c.assignee \
         JOIN sites s ON s.id = c.site JOIN visitors v ON v.id = c.visitor \
         LEFT JOIN visitor_surroundings w ON w.visitor = v.id LEFT JOIN identities i ON i.visitor = v.id \
         LEFT JOIN abouts b ON b.visitor = v.id LEFT JOIN filings f ON f.conversation = c.id \
         LEFT JOIN outcomes o ON o.id = f.outcome WHERE c.id = ?1"
    );
    let tags = filing::tags_of(conn, id)?;
    let read = |row: &SqlRow<'_>| {
        const N: usize = VIEW_COLUMNS;
        let page_url: Option<String> = row.get(N + 9)?;
        Ok(Summary {
            feed: Feed(row.get(N)?),
            conversation: view(row, epoch, Count::Staff)?,
            site: SiteId::from_bytes(row.get(N + 5)?),
            site_name: row.get(N + 6)?,
            visitor: VisitorView {
                id: VisitorId::from_bytes(row.get(N + 7)?),
                first_seen_at: UnixMillis(row.get(N + 8)?),
                page: match page_url {
                    Some(url) => Some(PageView { url, title: row.get(N + 10)?, referrer: row.get(N + 12)? }),
                    None => None,
                },
                language: row.get(N + 11)?,
                time_zone: row.get(N + 13)?,
                name: VisitorName::of(row.get(N + 14)?, row.get(N + 15)?),
                online: false,
            },
            last_line: row.get(N + 1)?,
            last_side: named(row, N + 2, Side::from_name)?,
            last_at: UnixMillis(row.get(N + 3)?),
            unread: row.get(N + 4)?,
            unanswered_at: row.get::<_, Option<i64>>(N + 16)?.map(UnixMillis),
            filed: filing::filed(row, N + 17, tags.clone())?,
        })
    };
    let found = conn.prepare_cached(SQL)?.query_row([id.to_bytes()], read).optional()?;
    found.ok_or_else(|| Stop::Corrupt(format!("conversation {id} has lost its site or visitor")))
}
