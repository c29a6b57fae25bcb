//! Conversations begin and messages are added: each once, in order, as far as they may.

use deskbell_shared::model::{
    AgentId, Author, Cmid, ConversationId, Draft, EntryBody, Right, Seq, SiteId, Status, UnixMillis,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::frame::{Ack, RefusedMessage};
use rusqlite::{OptionalExtension, params};

use super::abouts;
use super::blocks;
use super::body::Beside;
use super::checksum::{checked_columns, verify};
use super::drafts;
use super::files;
use super::held::{Change, Held, agent_in, agent_with, open_of};
use super::identities;
use super::stop::Stop;
use super::writer::Writing;
use crate::store::Refusal;
use crate::store::conversations::{Append, Appended, Start, Writer};

/// See `ConversationStore::start`.
pub fn start(writing: &Writing<'_>, mut start: Start) -> Result<Appended, Stop> {
    let change = match Held::load(writing.conn, start.conversation)? {
        Some(held) if held.visitor != start.visitor => return Err(Stop::not_found()),
        Some(held) => Change::of(writing, held),
        None => {
            if start.messages.is_empty() {
                return Err(Stop::because(RefusalCode::Empty));
            }
            blocks::allows(writing.conn, start.visitor, start.at)?;
            // First: where the site does not lead, there is nothing that could allow or forbid anything.
            site_leads_to_inbox(writing, &start)?;
            identities::allows(writing.conn, start.visitor, start.inbox)?;
            visitor_at_first_sight(writing, &start)?;
            if let Some(other) = open_of(writing.conn, start.visitor, start.inbox)? {
                return Err(already_open(other));
            }
            Change::new(writing, &start)?
        }
    };
    let said = std::mem::take(&mut start.messages);
    let appended = messages(change, &Author::Visitor {}, said, start.at)?;
    if !appended.changed.rows.is_empty() {
        visitor_writes_from(writing, &start)?;
    }
    Ok(appended)
}

/// See `ConversationStore::append`.
pub fn append(writing: &Writing<'_>, append: Append) -> Result<Appended, Stop> {
    let held = Held::load(writing.conn, append.conversation)?.ok_or_else(Stop::not_found)?;
    let author = match append.writer {
        Writer::Visitor(visitor) if visitor == held.visitor => Author::Visitor {},
        Writer::Visitor(_) => return Err(Stop::not_found()),
        Writer::Agent(agent) => {
            Author::Agent { agent: agent_in(writing.conn, agent, held.inbox)?.ok_or_else(Stop::not_found)? }
        }
    };
    messages(Change::of(writing, held), &author, append.messages, append.at)
}

/// Adds the longest prefix that may be. Repeats are acknowledged whatever has become of the conversation since.
fn messages(
    mut change: Change<'_>,
    author: &Author,
    messages: Vec<Draft>,
    at: UnixMillis,
) -> Result<Appended, Stop> {
    let mut acks = Vec::with_capacity(messages.len());
    let mut refused = None;
    let mut admitted = false;
    let mut elsewhere = Elsewhere::default();
    for draft in messages {
        let cmid = draft.cmid;
        if let Some(known) = known(&change, author, cmid)? {
            if !known.is(&draft) {
                refused = Some(RefusedMessage { cmid, code: RefusalCode::CmidReused, retry_after_ms: None });
                break;
            }
            acks.push(Ack { cmid, seq: known.seq, at: known.at });
            continue;
        }
        if *author == (Author::Visitor {})
            && let Some(other) = elsewhere.written(&change, &draft)?
        {
            if acks.is_empty() {
                return Err(already_open(other));
            }
            break; // it has to come alone
        }
        if draft.is_note() {
            if let Author::Agent { agent } = author {
                drafts::sent(change.writing.conn, agent.id, change.held.id, true, &draft.text)?;
                let row = change.add(at, author.clone(), EntryBody::Note { cmid, text: draft.text })?;
                acks.push(Ack { cmid, seq: row.seq, at });
                continue;
            }
            let code = RefusalCode::NotAllowed;
            if acks.is_empty() {
                return Err(Stop::because(code));
            }
            refused = Some(RefusedMessage { cmid, code, retry_after_ms: None });
            break;
        }
        if !admitted {
            match admit(&mut change, author, at)? {
                None => admitted = true,
                Some(refusal) if acks.is_empty() => return Err(Stop::Refused(refusal)),
                // The repeats before it stand. Where the refusal names a conversation, it has to come alone.
                Some(Refusal { conversation: Some(_), .. }) => break,
                Some(Refusal { code, .. }) => {
                    refused = Some(RefusedMessage { cmid, code, retry_after_ms: None });
                    break;
                }
            }
        }
        let file = match draft.file {
            None => None,
            Some(id) => {
                let Some(file) = files::bring(change.writing.conn, author, &change.held, id)? else {
                    let code = RefusalCode::Invalid;
                    if change.held.head == 0 {
                        return Err(Stop::because(code)); // nothing is begun with it
                    }
                    refused = Some(RefusedMessage { cmid, code, retry_after_ms: None });
                    break;
                };
                Some(file)
            }
        };
        if let Author::Agent { agent } = author {
            drafts::sent(change.writing.conn, agent.id, change.held.id, false, &draft.text)?;
        }
        let body = EntryBody::Message { cmid, text: draft.text, file, choices: draft.choices };
        let row = change.add(at, author.clone(), body)?;
        let seq = match author {
            Author::Visitor {} => row.visitor_seq.unwrap_or(row.seq),
            Author::Agent { .. } | Author::System {} => row.seq,
        };
        acks.push(Ack { cmid, seq, at });
    }
    Ok(Appended { acks, refused, changed: change.finish()? })
}

/// Whether the author may add a new message, and what has to happen before it.
fn admit(change: &mut Change<'_>, author: &Author, at: UnixMillis) -> Result<Option<Refusal>, Stop> {
    match author {
        Author::Visitor {} if blocks::is_blocked(change.writing.conn, change.held.visitor, at)? => {
            Ok(Some(Refusal::because(RefusalCode::Blocked)))
        }
        Author::Visitor {}
            if !identities::may_act(change.writing.conn, change.held.visitor, change.held.inbox)? =>
        {
            Ok(Some(Refusal::because(RefusalCode::NotAllowed)))
        }
        Author::Visitor {} if change.held.status == Status::Resolved => {
            if let Some(open) = change.held.other_open(change.writing.conn)? {
                return Ok(Some(Refusal { code: RefusalCode::AlreadyOpen, conversation: Some(open) }));
            }
            let version = change.assign(at, Status::Open, None)?;
            change.arrive(at)?;
            change.add(at, Author::Visitor {}, EntryBody::Reopened { version })?;
            Ok(None)
        }
        Author::Visitor {} => {
            change.wake(at, Author::Visitor {})?;
            Ok(None)
        }
        Author::System {} => Ok(None),
        Author::Agent { agent } => {
            let conn = change.writing.conn;
            let may = change.held.assignee == Some(agent.id)
                && agent_with(conn, agent.id, change.held.inbox, Right::Answer)?.is_some();
            Ok((!may).then(|| Refusal::because(RefusalCode::NotAllowed)))
        }
    }
}

/// A message or note that its author has stored before, placed in the author's count.
struct Known {
    seq: Seq,
    at: UnixMillis,
    kind: String,
    /// Absent once it was erased.
    text: Option<String>,
    detail: Option<String>,
}

impl Known {
    /// Whether what is written now is the same. What was erased is whatever it is said to have been.
    fn is(&self, draft: &Draft) -> bool {
        let Some(text) = &self.text else { return true };
        let Ok(Beside { file, choices }) = Beside::read(self.detail.as_deref()) else { return false };
        *text == draft.text
            && (self.kind == "note") == draft.is_note()
            && file.map(|file| file.id) == draft.file
            && choices == draft.choices
    }
}

fn known(change: &Change<'_>, author: &Author, cmid: Cmid) -> Result<Option<Known>, Stop> {
    const VISITOR: &str = concat!(
        "SELECT e.visitor_seq, e.at, e.kind, e.text, e.detail, ",
        checked_columns!(),
        " FROM entries e WHERE conversation = ?1 AND cmid = ?2 AND author = 'visitor' AND cmid IS NOT NULL \
         AND kind <> 'edited'"
    );
    const AGENT: &str = concat!(
        "SELECT e.seq, e.at, e.kind, e.text, e.detail, ",
        checked_columns!(),
        " FROM entries e WHERE conversation = ?1 AND cmid = ?2 AND author_agent = ?3 AND author = 'agent' \
         AND cmid IS NOT NULL AND kind <> 'edited'"
    );
    let conn = change.writing.conn;
    let (conversation, cmid) = (change.held.id.to_bytes(), cmid.to_bytes());
    let read = |row: &rusqlite::Row<'_>| {
        let known = || {
            let (seq, at) = (Seq(row.get(0)?), UnixMillis(row.get(1)?));
            Ok(Known { seq, at, kind: row.get(2)?, text: row.get(3)?, detail: row.get(4)? })
        };
        Ok(verify(row, 5, change.held.id).and_then(|()| known()))
    };
    let known = match author {
        Author::Visitor {} => conn.prepare_cached(VISITOR)?.query_row(params![conversation, cmid], read),
        Author::Agent { agent } => {
            let agent = AgentId::to_bytes(agent.id);
            conn.prepare_cached(AGENT)?.query_row(params![conversation, cmid, agent], read)
        }
        Author::System {} => return Ok(None),
    };
    known.optional()?.transpose()
}

fn site_leads_to_inbox(writing: &Writing<'_>, start: &Start) -> Result<(), Stop> {
    const SQL: &str = "SELECT 1 FROM sites WHERE id = ?1 AND inbox = ?2 \
        UNION ALL SELECT 1 FROM site_inboxes WHERE site = ?1 AND inbox = ?2";
    let ids = params![start.site.to_bytes(), start.inbox.to_bytes()];
    let found = writing.conn.prepare_cached(SQL)?.exists(ids)?;
    if found { Ok(()) } else { Err(Stop::not_found()) }
}

fn visitor_at_first_sight(writing: &Writing<'_>, start: &Start) -> Result<(), Stop> {
    const KNOWN: &str = "SELECT site FROM visitors WHERE id = ?1";
    const NEW: &str = "INSERT INTO visitors (id, site, first_seen_at) VALUES (?1, ?2, ?3)";
    let id = start.visitor.to_bytes();
    let site = writing.conn.prepare_cached(KNOWN)?.query_row([id], |row| row.get(0)).optional()?;
    match site.map(SiteId::from_bytes) {
        Some(site) if site == start.site => {}
        Some(_) => return Err(Stop::not_found()), // a visitor belongs to one site
        None => {
            writing.conn.prepare_cached(NEW)?.execute(params![id, start.site.to_bytes(), start.at.0])?;
        }
    }
    Ok(())
}

fn visitor_writes_from(writing: &Writing<'_>, start: &Start) -> Result<(), Stop> {
    const PAGE: &str = "UPDATE visitors SET page_url = ?2, page_title = ?3 WHERE id = ?1";
    const LANGUAGE: &str = "UPDATE visitors SET language = ?2 WHERE id = ?1";
    const AROUND: &str = "INSERT INTO visitor_surroundings (visitor, referrer, time_zone) VALUES (?1, ?2, ?3) \
        ON CONFLICT (visitor) DO UPDATE SET referrer = coalesce(?2, referrer), time_zone = coalesce(?3, time_zone)";
    let id = start.visitor.to_bytes();
    if let Some(page) = &start.page {
        writing.conn.prepare_cached(PAGE)?.execute(params![id, page.url, page.title])?;
    }
    if let Some(language) = &start.language {
        writing.conn.prepare_cached(LANGUAGE)?.execute(params![id, language])?;
    }
    let referrer = start.page.as_ref().and_then(|page| page.referrer.as_ref());
    if referrer.is_some() || start.time_zone.is_some() {
        writing.conn.prepare_cached(AROUND)?.execute(params![id, referrer, start.time_zone])?;
    }
    if let Some(about) = &start.about {
        abouts::keep(writing.conn, start.visitor, about)?;
        writing.unindexed.person(start.visitor);
    }
    Ok(())
}

/// What the visitor has written in other conversations, in whichever inbox those are by now. A command that comes late,
/// from a connection that is no more, or from a page that has not heard, would put it into this one once more.
#[derive(Default)]
struct Elsewhere {
    /// Whether there are any, once somebody has looked.
    any: Option<bool>,
}

impl Elsewhere {
    /// Where a message is written already. What was erased is whatever it is said to have been.
    fn written(&mut self, change: &Change<'_>, draft: &Draft) -> Result<Option<ConversationId>, Stop> {
        const ANY: &str = "SELECT 1 FROM conversations WHERE visitor = ?1 AND id <> ?2";
        const WRITTEN: &str = "SELECT conversation FROM conversations JOIN entries ON conversation = id \
            WHERE visitor = ?1 AND author = 'visitor' AND cmid = ?2 AND cmid IS NOT NULL AND kind <> 'edited' \
            AND (text IS NULL OR text = ?3)";
        let (conn, visitor) = (change.writing.conn, change.held.visitor.to_bytes());
        let any = match self.any {
            Some(any) => any,
            None => conn.prepare_cached(ANY)?.exists(params![visitor, change.held.id.to_bytes()])?,
        };
        self.any = Some(any);
        if !any {
            return Ok(None);
        }
        let said = params![visitor, draft.cmid.to_bytes(), draft.text];
        let found = conn.prepare_cached(WRITTEN)?.query_row(said, |row| row.get(0)).optional()?;
        Ok(found.map(ConversationId::from_bytes))
    }
}

fn already_open(open: ConversationId) -> Stop {
    Stop::Refused(Refusal { code: RefusalCode::AlreadyOpen, conversation: Some(open) })
}
