//! How staff files conversations, in SQL. See `FilingStore`.

use async_trait::async_trait;
use deskbell_shared::model::{
    AgentId, Author, ConversationId, EntryBody, Epoch, Feed, Filed, Filing, InboxId, InboxOutcomes,
    OutcomeId, OutcomeView, Priority, Right, Status, Summary, TagColour, TagId, TagView,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::{TAGS_MAX, TAGS_ON_ONE_MAX};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::SqliteStore;
use super::desk::{end, in_scope_of};
use super::held::Change;
use super::lists::{inboxes_of, summary};
use super::rows::named;
use super::stop::Stop;
use super::writer::Writing;
use crate::store::Stored;
use crate::store::conversations::{Changed, ConversationStore as _};
use crate::store::filing::{FiledSo, FilingStore, Prioritise, TagWrite, Tagging, WrapUp, folded, words_of};

#[async_trait]
impl FilingStore for SqliteStore {
    async fn tags(&self) -> Stored<Vec<TagView>> {
        self.read(tags).await
    }

    async fn write_tag(&self, write: TagWrite) -> Stored<()> {
        self.write(move |writing| write_tag(writing, &write)).await
    }

    async fn outcomes(&self) -> Stored<Vec<InboxOutcomes>> {
        self.read(outcomes).await
    }

    async fn set_outcomes(&self, asked: InboxOutcomes) -> Stored<()> {
        self.write(move |writing| set_outcomes(writing, &asked)).await
    }

    async fn tag(&self, tagging: Tagging) -> Stored<Changed> {
        self.write(move |writing| tag(writing, tagging)).await
    }

    async fn prioritise(&self, prioritise: Prioritise) -> Stored<Changed> {
        self.write(move |writing| prioritised(writing, prioritise)).await
    }

    async fn wrap_up(&self, asked: WrapUp) -> Stored<Changed> {
        self.write(move |writing| wrap_up(writing, asked)).await
    }

    async fn resolved_so(
        &self,
        agent: AgentId,
        so: FiledSo,
        before: Option<Feed>,
        count_max: usize,
    ) -> Stored<Vec<Summary>> {
        let epoch = self.epoch();
        self.read(move |conn| resolved_so(conn, epoch, agent, so, before, count_max)).await
    }
}

fn tags(conn: &Connection) -> Result<Vec<TagView>, Stop> {
    const SQL: &str = "SELECT id, name, colour, is_archived FROM tags ORDER BY folded";
    Ok(conn.prepare_cached(SQL)?.query_map([], tag_view)?.collect::<Result<_, _>>()?)
}

/// The tags of a conversation, by name.
pub fn tags_of(conn: &Connection, id: ConversationId) -> Result<Vec<TagView>, Stop> {
    const SQL: &str = "SELECT t.id, t.name, t.colour, t.is_archived FROM conversation_tags c \
        JOIN tags t ON t.id = c.tag WHERE c.conversation = ?1 ORDER BY t.folded";
    Ok(conn.prepare_cached(SQL)?.query_map([id.to_bytes()], tag_view)?.collect::<Result<_, _>>()?)
}

fn tag_view(row: &SqlRow<'_>) -> rusqlite::Result<TagView> {
    Ok(TagView {
        id: TagId::from_bytes(row.get(0)?),
        name: row.get(1)?,
        colour: named(row, 2, TagColour::from_name)?,
        is_archived: row.get(3)?,
    })
}

/// How a conversation is filed, from its priority and the name of its outcome in two columns that may be empty.
pub fn filed(row: &SqlRow<'_>, first: usize, tags: Vec<TagView>) -> rusqlite::Result<Option<Filed>> {
    let priority = match row.get::<_, Option<String>>(first)? {
        Some(_) => named(row, first, Priority::from_name)?,
        None => Priority::Normal,
    };
    let filed = Filed { tags, priority, outcome: row.get(first + 1)? };
    Ok((filed != Filed::NOTHING).then_some(filed))
}

fn write_tag(writing: &Writing<'_>, write: &TagWrite) -> Result<(), Stop> {
    const NOW: &str = "SELECT id, name, colour, is_archived FROM tags WHERE id = ?1";
    const TAKEN: &str = "SELECT 1 FROM tags WHERE folded = ?1 AND id <> ?2";
    const COUNT: &str = "SELECT count(*) FROM tags";
    const PUT: &str = "INSERT INTO tags (id, name, folded, colour, is_archived) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (id) DO UPDATE SET name = ?2, folded = ?3, colour = ?4, is_archived = ?5";
    let (conn, tag) = (writing.conn, &write.tag);
    let (id, folded) = (tag.id.to_bytes(), folded(&tag.name));
    let now = conn.prepare_cached(NOW)?.query_row([id], tag_view).optional()?;
    match (&now, write.is_new) {
        (None, false) => return Err(Stop::not_found()),
        (Some(_), true) => return Err(Stop::because(RefusalCode::Conflict)),
        _ => {}
    }
    if conn.prepare_cached(TAKEN)?.exists(params![folded, id])? {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    let count: usize = conn.prepare_cached(COUNT)?.query_row([], |row| row.get(0))?;
    if write.is_new && count >= TAGS_MAX {
        return Err(Stop::because(RefusalCode::TooLong));
    }
    if now.as_ref() == Some(tag) {
        writing.found_done();
    }
    conn.prepare_cached(PUT)?.execute(params![id, tag.name, folded, tag.colour.text(), tag.is_archived])?;
    Ok(())
}

fn outcomes(conn: &Connection) -> Result<Vec<InboxOutcomes>, Stop> {
    const SQL: &str = "SELECT o.inbox, o.id, o.name, r.inbox IS NOT NULL FROM outcomes o \
        LEFT JOIN outcomes_required r ON r.inbox = o.inbox WHERE o.place IS NOT NULL ORDER BY o.inbox, o.place";
    let mut statement = conn.prepare_cached(SQL)?;
    let mut rows = statement.query([])?;
    let mut found: Vec<InboxOutcomes> = Vec::new();
    while let Some(row) = rows.next()? {
        let inbox = InboxId::from_bytes(row.get(0)?);
        let outcome = OutcomeView { id: OutcomeId::from_bytes(row.get(1)?), name: row.get(2)? };
        match found.last_mut().filter(|last| last.inbox == inbox) {
            Some(last) => last.outcomes.push(outcome),
            None => found.push(InboxOutcomes { inbox, outcomes: vec![outcome], is_required: row.get(3)? }),
        }
    }
    Ok(found)
}

/// Whether an agent who resolves in an inbox has to say what came of it.
pub fn is_required(conn: &Connection, inbox: InboxId) -> Result<bool, Stop> {
    const SQL: &str = "SELECT 1 FROM outcomes_required WHERE inbox = ?1";
    Ok(conn.prepare_cached(SQL)?.exists([inbox.to_bytes()])?)
}

fn set_outcomes(writing: &Writing<'_>, asked: &InboxOutcomes) -> Result<(), Stop> {
    const INBOX: &str = "SELECT 1 FROM inboxes WHERE id = ?1";
    const OTHERS: &str = "SELECT 1 FROM outcomes WHERE id = ?1 AND inbox <> ?2";
    const AWAY: &str = "UPDATE outcomes SET place = NULL WHERE inbox = ?1";
    const PUT: &str = "INSERT INTO outcomes (id, inbox, place, name) VALUES (?1, ?2, ?3, ?4) \
        ON CONFLICT (id) DO UPDATE SET place = ?3, name = ?4";
    const REQUIRED: &str = "INSERT INTO outcomes_required (inbox) VALUES (?1) ON CONFLICT DO NOTHING";
    const FREE: &str = "DELETE FROM outcomes_required WHERE inbox = ?1";
    let (conn, inbox) = (writing.conn, asked.inbox.to_bytes());
    if !conn.prepare_cached(INBOX)?.exists([inbox])? {
        return Err(Stop::not_found());
    }
    let now = outcomes(conn)?.into_iter().find(|now| now.inbox == asked.inbox);
    if now.as_ref() == Some(asked) || (now.is_none() && asked.outcomes.is_empty()) {
        writing.found_done();
        return Ok(());
    }
    writing.tell(&words_of(asked));
    conn.prepare_cached(AWAY)?.execute([inbox])?;
    for (place, outcome) in asked.outcomes.iter().enumerate() {
        let id = outcome.id.to_bytes();
        if conn.prepare_cached(OTHERS)?.exists(params![id, inbox])? {
            return Err(Stop::not_found());
        }
        conn.prepare_cached(PUT)?.execute(params![id, inbox, place, outcome.name])?;
    }
    conn.prepare_cached(if asked.is_required { REQUIRED } else { FREE })?.execute([inbox])?;
    Ok(())
}

fn tag(writing: &Writing<'_>, asked: Tagging) -> Result<Changed, Stop> {
    const TAG: &str = "SELECT id, name, colour, is_archived FROM tags WHERE id = ?1";
    const ON: &str = "INSERT INTO conversation_tags (conversation, tag) VALUES (?1, ?2)";
    const OFF: &str = "DELETE FROM conversation_tags WHERE conversation = ?1 AND tag = ?2";
    let (held, me) = in_scope_of(writing.conn, asked.conversation, asked.agent, Right::Steer)?;
    let conn = writing.conn;
    let tag = conn.prepare_cached(TAG)?.query_row([asked.tag.to_bytes()], tag_view).optional()?;
    let tag = tag.ok_or_else(Stop::not_found)?;
    let has = tags_of(conn, held.id)?;
    let mut change = Change::of(writing, held);
    if has.iter().any(|known| known.id == tag.id) != asked.on {
        if asked.on && tag.is_archived {
            return Err(Stop::because(RefusalCode::Invalid));
        }
        if asked.on && has.len() >= TAGS_ON_ONE_MAX {
            return Err(Stop::because(RefusalCode::TooLong));
        }
        let ids = params![change.held.id.to_bytes(), tag.id.to_bytes()];
        conn.prepare_cached(if asked.on { ON } else { OFF })?.execute(ids)?;
        let what = if asked.on { Filing::Tagged } else { Filing::Untagged };
        let body = EntryBody::Filed { what, which: Some(tag.name) };
        change.add(asked.at, Author::Agent { agent: me }, body)?;
    }
    change.finish()
}

/// The priority of a conversation, and what came of it.
fn filing(conn: &Connection, id: ConversationId) -> Result<(Priority, Option<OutcomeId>), Stop> {
    const SQL: &str = "SELECT priority, outcome FROM filings WHERE conversation = ?1";
    let read = |row: &SqlRow<'_>| {
        let outcome = row.get::<_, Option<[u8; 16]>>(1)?.map(OutcomeId::from_bytes);
        Ok((named(row, 0, Priority::from_name)?, outcome))
    };
    let found = conn.prepare_cached(SQL)?.query_row([id.to_bytes()], read).optional()?;
    Ok(found.unwrap_or((Priority::Normal, None)))
}

fn prioritised(writing: &Writing<'_>, asked: Prioritise) -> Result<Changed, Stop> {
    const PUT: &str = "INSERT INTO filings (conversation, priority) VALUES (?1, ?2) \
        ON CONFLICT (conversation) DO UPDATE SET priority = ?2";
    let (held, me) = in_scope_of(writing.conn, asked.conversation, asked.agent, Right::Steer)?;
    let (now, _) = filing(writing.conn, held.id)?;
    let mut change = Change::of(writing, held);
    if now != asked.priority {
        let values = params![change.held.id.to_bytes(), asked.priority.text()];
        writing.conn.prepare_cached(PUT)?.execute(values)?;
        let (what, which) = (Filing::Prioritised, Some(asked.priority.text().to_owned()));
        change.add(asked.at, Author::Agent { agent: me }, EntryBody::Filed { what, which })?;
    }
    change.finish()
}

fn wrap_up(writing: &Writing<'_>, asked: WrapUp) -> Result<Changed, Stop> {
    const NAME: &str = "SELECT name FROM outcomes WHERE id = ?1 AND inbox = ?2 AND place IS NOT NULL";
    const PUT: &str = "INSERT INTO filings (conversation, priority, outcome) VALUES (?1, 'normal', ?2) \
        ON CONFLICT (conversation) DO UPDATE SET outcome = ?2";
    let (held, me) = in_scope_of(writing.conn, asked.conversation, asked.agent, Right::Steer)?;
    let conn = writing.conn;
    let (_, now) = filing(conn, held.id)?;
    let is_said = held.status == Status::Resolved && now == asked.outcome;
    if !is_said && asked.outcome.is_none() && is_required(conn, held.inbox)? {
        return Err(Stop::because(RefusalCode::OutcomeNeeded));
    }
    let name = match asked.outcome.filter(|_| !is_said) {
        Some(outcome) => {
            let ids = params![outcome.to_bytes(), held.inbox.to_bytes()];
            let name: Option<String> =
                conn.prepare_cached(NAME)?.query_row(ids, |row| row.get(0)).optional()?;
            Some(name.ok_or_else(|| Stop::because(RefusalCode::Invalid))?)
        }
        None => None,
    };
    let author = Author::Agent { agent: me };
    let mut change = Change::of(writing, held);
    end(&mut change, asked.at, author.clone())?;
    if now != asked.outcome {
        let outcome = asked.outcome.map(OutcomeId::to_bytes);
        conn.prepare_cached(PUT)?.execute(params![change.held.id.to_bytes(), outcome])?;
        change.add(asked.at, author, EntryBody::Filed { what: Filing::Concluded, which: name })?;
    }
    change.finish()
}

/// Goes from what is filed so, by its index: as long as there is of it, not as the history is. `CROSS JOIN` keeps SQLite to that
/// order; by itself it walks through all that is resolved.
fn resolved_so(
    conn: &Connection,
    epoch: Epoch,
    agent: AgentId,
    so: FiledSo,
    before: Option<Feed>,
    count_max: usize,
) -> Result<Vec<Summary>, Stop> {
    const REST: &str = "c.inbox = ?1 AND c.status = 'resolved' AND c.feed < ?2 AND (?4 IS NULL OR \
        coalesce((SELECT priority FROM filings WHERE conversation = c.id), 'normal') = ?4) ORDER BY c.feed DESC LIMIT ?3";
    let by = match (so.tag, so.priority) {
        (Some(_), _) => {
            "conversation_tags t CROSS JOIN conversations c ON c.id = t.conversation WHERE t.tag = ?5 AND"
        }
        (None, None | Some(Priority::Normal)) => "conversations c WHERE ?5 IS NULL AND",
        (None, Some(_)) => {
            "filings f CROSS JOIN conversations c ON c.id = f.conversation WHERE f.priority = ?4 AND \
             f.priority <> 'normal' AND ?5 IS NULL AND"
        }
    };
    let sql = ["SELECT c.feed, c.id FROM ", by, " ", REST].concat();
    let before = before.and_then(|before| i64::try_from(before.0).ok()).unwrap_or(i64::MAX);
    let (tag, priority) = (so.tag.map(TagId::to_bytes), so.priority.map(Priority::text));
    let mut statement = conn.prepare_cached(&sql)?;
    let mut found: Vec<(u64, ConversationId)> = Vec::new();
    for inbox in inboxes_of(conn, agent)? {
        let values = params![inbox.to_bytes(), before, count_max, priority, tag];
        let read = |row: &SqlRow<'_>| Ok((row.get(0)?, ConversationId::from_bytes(row.get(1)?)));
        for row in statement.query_map(values, read)? {
            found.push(row?);
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(count_max);
    found.into_iter().map(|(_, id)| summary(conn, epoch, id)).collect()
}
