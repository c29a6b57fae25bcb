//! What agents have written and not sent, in SQL. See `DraftStore`.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, ConversationId, InboxId, Right, Status, UnixMillis};
use deskbell_shared::protocol::limits::DRAFTS_MAX;
use deskbell_shared::protocol::{DraftView, RefusalCode};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::SqliteStore;
use super::desk::in_scope_of;
use super::erasure::{is_silent, note_unclean};
use super::lists::inboxes_of;
use super::stop::Stop;
use super::writer::Writing;
use crate::store::Stored;
use crate::store::drafts::{DraftStore, KeepDraft, has_become};

#[async_trait]
impl DraftStore for SqliteStore {
    async fn keep_draft(&self, keep: KeepDraft) -> Stored<bool> {
        self.write(move |writing| keep_draft(writing, &keep)).await
    }

    async fn drafts(&self, agent: AgentId) -> Stored<Vec<DraftView>> {
        self.read(move |conn| drafts(conn, agent)).await
    }
}

fn keep_draft(writing: &Writing<'_>, keep: &KeepDraft) -> Result<bool, Stop> {
    const COUNT: &str =
        "SELECT count(*) FROM drafts WHERE agent = ?1 AND NOT (conversation = ?2 AND is_note = ?3)";
    const NEXT: &str = "INSERT INTO draft_revisions (agent, last) VALUES (?1, 1) \
        ON CONFLICT (agent) DO UPDATE SET last = last + 1 RETURNING last";
    const PUT: &str = "INSERT INTO drafts (agent, conversation, is_note, text, revision, at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
        ON CONFLICT (agent, conversation, is_note) DO UPDATE SET text = ?4, revision = ?5, at = ?6";
    let conn = writing.conn;
    let right = if keep.is_note { Right::Note } else { Right::Answer };
    let (held, _) = in_scope_of(conn, keep.conversation, keep.agent, right)?;
    // Of what was erased nothing is written down anew by a device that had it.
    if !keep.text.is_empty() && held.status == Status::Resolved && is_silent(conn, keep.conversation)? {
        return Err(Stop::not_found());
    }
    let now = kept(conn, keep.agent, keep.conversation, keep.is_note)?;
    if now.as_deref().unwrap_or_default() == keep.text {
        return Ok(false);
    }
    if keep.text.is_empty() {
        forget(conn, keep.agent, keep.conversation, keep.is_note)?;
        return Ok(true);
    }
    let (agent, conversation) = (keep.agent.to_bytes(), keep.conversation.to_bytes());
    let others: usize = conn
        .prepare_cached(COUNT)?
        .query_row(params![agent, conversation, keep.is_note], |row| row.get(0))?;
    if others >= DRAFTS_MAX {
        return Err(Stop::because(RefusalCode::TooLong));
    }
    let revision: u64 = conn.prepare_cached(NEXT)?.query_row([agent], |row| row.get(0))?;
    let values = params![agent, conversation, keep.is_note, keep.text, revision, keep.at.0];
    conn.prepare_cached(PUT)?.execute(values)?;
    Ok(true)
}

fn kept(
    conn: &Connection,
    agent: AgentId,
    conversation: ConversationId,
    is_note: bool,
) -> Result<Option<String>, Stop> {
    const SQL: &str = "SELECT text FROM drafts WHERE agent = ?1 AND conversation = ?2 AND is_note = ?3";
    let slot = params![agent.to_bytes(), conversation.to_bytes(), is_note];
    Ok(conn.prepare_cached(SQL)?.query_row(slot, |row| row.get(0)).optional()?)
}

fn forget(
    conn: &Connection,
    agent: AgentId,
    conversation: ConversationId,
    is_note: bool,
) -> Result<(), Stop> {
    const SQL: &str = "DELETE FROM drafts WHERE agent = ?1 AND conversation = ?2 AND is_note = ?3";
    conn.prepare_cached(SQL)?.execute(params![agent.to_bytes(), conversation.to_bytes(), is_note])?;
    Ok(())
}

/// An agent has sent something: the draft it was is over.
pub fn sent(
    conn: &Connection,
    agent: AgentId,
    conversation: ConversationId,
    is_note: bool,
    message: &str,
) -> Result<(), Stop> {
    match kept(conn, agent, conversation, is_note)? {
        Some(draft) if has_become(&draft, message) => forget(conn, agent, conversation, is_note),
        _ => Ok(()),
    }
}

fn drafts(conn: &Connection, agent: AgentId) -> Result<Vec<DraftView>, Stop> {
    const SQL: &str = "SELECT d.conversation, d.is_note, d.text, d.revision, c.inbox FROM drafts d \
        JOIN conversations c ON c.id = d.conversation WHERE d.agent = ?1 ORDER BY d.revision";
    let inboxes = inboxes_of(conn, agent)?;
    let read = |row: &SqlRow<'_>| {
        let draft = DraftView {
            conversation: ConversationId::from_bytes(row.get(0)?),
            is_note: row.get(1)?,
            text: row.get(2)?,
            revision: row.get(3)?,
        };
        Ok((draft, InboxId::from_bytes(row.get(4)?)))
    };
    let mut statement = conn.prepare_cached(SQL)?;
    let all: Vec<(DraftView, InboxId)> =
        statement.query_map([agent.to_bytes()], read)?.collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|(_, inbox)| inboxes.contains(inbox)).map(|(draft, _)| draft).collect())
}

/// What was written about a conversation and not sent goes with what was said in it.
pub fn forget_of(conn: &Connection, conversation: ConversationId) -> Result<bool, Stop> {
    const SQL: &str = "DELETE FROM drafts WHERE conversation = ?1";
    Ok(conn.prepare_cached(SQL)?.execute([conversation.to_bytes()])? > 0)
}

/// What an agent has written and not sent goes with them.
pub fn forget_by(conn: &Connection, agent: AgentId) -> Result<(), Stop> {
    const SQL: &str = "DELETE FROM drafts WHERE agent = ?1";
    if conn.prepare_cached(SQL)?.execute([agent.to_bytes()])? > 0 {
        note_unclean(conn)?;
    }
    Ok(())
}

/// What nobody has sent for longer than an inbox keeps messages goes, whatever has become of its conversation.
pub fn forget_before(conn: &Connection, inbox: InboxId, before: UnixMillis) -> Result<(), Stop> {
    // From the drafts, which are few, to their conversations: an inbox may have a million of them.
    const SQL: &str = "DELETE FROM drafts WHERE at < ?2 \
        AND (SELECT c.inbox FROM conversations c WHERE c.id = drafts.conversation) = ?1";
    if conn.prepare_cached(SQL)?.execute(params![inbox.to_bytes(), before.0])? > 0 {
        note_unclean(conn)?;
    }
    Ok(())
}
