//! Addresses that visitors leave, and the mail owed to them, in SQL.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use deskbell_shared::model::time::millis;
use deskbell_shared::model::{
    AgentId, Author, Cmid, ConversationId, EntryBody, InboxId, Right, SiteId, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::SqliteStore;
use super::body::Beside;
use super::checksum::{checked_columns, verify};
use super::desk::{in_scope_of, in_scope_to_act};
use super::edits::{Hand, newest_words};
use super::erasure::note_unclean;
use super::held::{Change, Held};
use super::stop::Stop;
use super::writer::Writing;
use crate::store::conversations::Changed;
use crate::store::mail::{
    ADDRESSES_MAX, BOUND_WAIT, BOUND_WINDOW, DueMail, LeaveAddress, MailId, MailJob, MailKey, MailLease,
    MailMessage, MailStore, Outcome, whom,
};
use crate::store::{Scope, Stored, with_choices};

/// How long what agents write is gathered; nothing is owed until it is set.
pub struct Gathering(AtomicI64);

const NOTHING_OWED: i64 = -1;

impl Default for Gathering {
    fn default() -> Gathering {
        Gathering(AtomicI64::new(NOTHING_OWED))
    }
}

impl Gathering {
    /// The span, if anything is owed.
    pub fn span(&self) -> Option<Duration> {
        u64::try_from(self.0.load(Ordering::Relaxed)).ok().map(Duration::from_millis)
    }
}

#[async_trait]
impl MailStore for SqliteStore {
    fn owe_mail(&self, gather: Option<Duration>) {
        let ms = gather.map_or(NOTHING_OWED, millis);
        self.parts.gathering.0.store(ms, Ordering::Relaxed);
    }

    async fn key_addresses(&self, key: MailKey) -> Stored<()> {
        self.write(move |writing| key_addresses(writing.conn, key)).await?;
        // Whoever has set it already has set the same.
        let _ = self.parts.mail_key.set(key);
        Ok(())
    }

    async fn leave_address(&self, leave: LeaveAddress) -> Stored<Changed> {
        self.write(move |writing| leave_address(writing, leave)).await
    }

    async fn note_mailed(
        &self,
        conversation: ConversationId,
        agent: AgentId,
        at: UnixMillis,
    ) -> Stored<Changed> {
        self.write(move |writing| note_mailed(writing, conversation, agent, at)).await
    }

    async fn due_mails(&self, at: UnixMillis, count_max: usize) -> Stored<Vec<DueMail>> {
        self.read(move |conn| due_mails(conn, at, count_max)).await
    }

    async fn next_mail_at(&self) -> Stored<Option<UnixMillis>> {
        self.read(next_mail_at).await
    }

    async fn put_off_mail(&self, id: MailId, due_at: UnixMillis) -> Stored<()> {
        self.write(move |writing| put_off(writing.conn, id, due_at)).await
    }

    async fn lease_mail(&self, id: MailId, lease: MailLease) -> Stored<Option<MailJob>> {
        let key = self.parts.mail_key.get().copied();
        self.write(move |writing| lease_mail(writing.conn, key, id, lease)).await
    }

    async fn settle_mail(
        &self,
        id: MailId,
        tries: u32,
        at: UnixMillis,
        outcome: Outcome,
    ) -> Stored<Option<Changed>> {
        self.write(move |writing| settle(writing, id, tries, at, outcome)).await
    }

    async fn stop_mail(&self, id: MailId, at: UnixMillis) -> Stored<bool> {
        self.write(move |writing| stop_mail(writing.conn, id, at)).await
    }
}

fn key_addresses(conn: &Connection, key: MailKey) -> Result<(), Stop> {
    const TURN: &str = "UPDATE mail_digests SET are_keyed = 1 WHERE are_keyed = 0";
    const TABLES: [(&str, &str); 2] = [
        (
            "SELECT DISTINCT whom FROM mails WHERE whom IS NOT NULL",
            "UPDATE mails SET whom = ?2 WHERE whom = ?1",
        ),
        ("SELECT whom FROM mail_stops", "UPDATE mail_stops SET whom = ?2 WHERE whom = ?1"),
    ];
    if conn.prepare_cached(TURN)?.execute([])? == 0 {
        return Ok(());
    }
    let mut any = false;
    for (read, write) in TABLES {
        let bare: Vec<[u8; 32]> =
            conn.prepare(read)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for bare in bare {
            conn.prepare_cached(write)?.execute(params![bare, key.keyed(bare)])?;
            any = true;
        }
    }
    // What it said before goes from the disk, too.
    if any { note_unclean(conn) } else { Ok(()) }
}

/// Nothing more is owed in a conversation that is forgotten. Of what went out stays what neither says who it was nor
/// can be found by an address: the link in it goes on ending mail, and the bounds hold.
pub fn forget_mail(conn: &Connection, conversation: ConversationId) -> Result<bool, Stop> {
    const SQL: &str = "DELETE FROM mails WHERE conversation = ?1 AND state <> 'sent'";
    Ok(conn.prepare_cached(SQL)?.execute([conversation.to_bytes()])? > 0)
}

/// Owes what agents have just written, in the transaction that wrote it.
pub fn owe(writing: &Writing<'_>, changed: &Changed, gather: Option<Duration>) -> Result<(), Stop> {
    const OWE: &str = "INSERT INTO mails (id, conversation, state, first_seq, made_at, due_at, tries, leased_until) \
        SELECT ?1, id, 'owed', ?3, ?4, ?5, 0, 0 FROM conversations WHERE id = ?2 AND address IS NOT NULL \
        ON CONFLICT DO NOTHING";
    let Some(gather) = gather else { return Ok(()) };
    let is_answer = |row: &&crate::store::conversations::Row| {
        matches!((&row.author, &row.body), (Author::Agent { .. }, EntryBody::Message { .. }))
    };
    // One is enough: a mail that gathers takes what follows.
    if let Some(row) = changed.rows.iter().find(is_answer) {
        let id = MailId::of(changed.conversation, row.seq.0);
        let due_at = row.at.plus(gather);
        writing.conn.prepare_cached(OWE)?.execute(params![
            id.0,
            changed.conversation.to_bytes(),
            row.seq.0,
            row.at.0,
            due_at.0
        ])?;
    }
    Ok(())
}

fn leave_address(writing: &Writing<'_>, leave: LeaveAddress) -> Result<Changed, Stop> {
    const COUNT: &str = "SELECT count(*) FROM entries WHERE conversation = ?1 AND kind = 'address_left'";
    const KEEP: &str = "UPDATE conversations SET address = ?2 WHERE id = ?1";
    let (held, _) =
        in_scope_to_act(writing.conn, leave.conversation, Scope::Visitor(leave.visitor), Right::Answer)?;
    let id = held.id.to_bytes();
    let mut change = Change::of(writing, held);
    if address(writing.conn, leave.conversation)?.as_deref() == Some(&leave.address) {
        return change.finish();
    }
    let left: u32 = writing.conn.prepare_cached(COUNT)?.query_row([id], |row| row.get(0))?;
    if left >= ADDRESSES_MAX {
        return Err(Stop::because(RefusalCode::TooLong));
    }
    writing.conn.prepare_cached(KEEP)?.execute(params![id, leave.address])?;
    writing.unindexed.person(leave.visitor);
    change.add(leave.at, Author::Visitor {}, EntryBody::AddressLeft { address: leave.address })?;
    change.finish()
}

fn address(conn: &Connection, conversation: ConversationId) -> Result<Option<String>, Stop> {
    const SQL: &str = "SELECT address FROM conversations WHERE id = ?1";
    Ok(conn.prepare_cached(SQL)?.query_row([conversation.to_bytes()], |row| row.get(0))?)
}

fn note_mailed(
    writing: &Writing<'_>,
    conversation: ConversationId,
    agent: AgentId,
    at: UnixMillis,
) -> Result<Changed, Stop> {
    let (held, me) = in_scope_of(writing.conn, conversation, agent, Right::Answer)?;
    let address = address(writing.conn, conversation)?.ok_or(Stop::because(RefusalCode::NotAllowed))?;
    let mut change = Change::of(writing, held);
    let body = EntryBody::Mailed { address, by_hand: true, failed: None };
    change.add(at, Author::Agent { agent: me }, body)?;
    change.finish()
}

fn due_mails(conn: &Connection, at: UnixMillis, count_max: usize) -> Result<Vec<DueMail>, Stop> {
    const SQL: &str = "SELECT m.id, c.visitor, m.made_at, m.tries FROM mails m JOIN conversations c \
        ON c.id = m.conversation WHERE m.state = 'owed' AND m.due_at <= ?1 AND m.leased_until <= ?1 \
        ORDER BY m.due_at, m.id LIMIT ?2";
    let mut statement = conn.prepare_cached(SQL)?;
    let read = |row: &SqlRow<'_>| {
        Ok(DueMail {
            id: MailId(row.get(0)?),
            visitor: VisitorId::from_bytes(row.get(1)?),
            made_at: UnixMillis(row.get(2)?),
            tries: row.get(3)?,
        })
    };
    Ok(statement.query_map(params![at.0, count_max], read)?.collect::<Result<_, _>>()?)
}

fn next_mail_at(conn: &Connection) -> Result<Option<UnixMillis>, Stop> {
    const SQL: &str = "SELECT min(max(due_at, leased_until)) FROM mails WHERE state = 'owed'";
    let at: Option<i64> = conn.prepare_cached(SQL)?.query_row([], |row| row.get(0))?;
    Ok(at.map(UnixMillis))
}

fn put_off(conn: &Connection, id: MailId, due_at: UnixMillis) -> Result<(), Stop> {
    const SQL: &str = "UPDATE mails SET due_at = ?2 WHERE id = ?1 AND state = 'owed' AND tries = 0";
    conn.prepare_cached(SQL)?.execute(params![id.0, due_at.0])?;
    Ok(())
}

/// An owed mail, as far as a lease asks.
struct Owed {
    conversation: ConversationId,
    inbox: InboxId,
    first_seq: u64,
    upto_seq: Option<u64>,
    head: u64,
    read: u64,
    address: Option<String>,
    made_at: UnixMillis,
    tries: u32,
}

fn lease_mail(
    conn: &Connection,
    key: Option<MailKey>,
    id: MailId,
    lease: MailLease,
) -> Result<Option<MailJob>, Stop> {
    const OWED: &str = "SELECT c.id, c.inbox, m.first_seq, m.upto_seq, c.head, c.visitor_read, \
        coalesce(m.address, c.address), m.made_at, m.tries FROM mails m JOIN conversations c \
        ON c.id = m.conversation WHERE m.id = ?1 AND m.state = 'owed' AND m.due_at <= ?2 AND m.leased_until <= ?2";
    const LEASE: &str = "UPDATE mails SET upto_seq = ?2, address = ?3, whom = ?4, tries = ?5, leased_until = ?6 \
        WHERE id = ?1";
    let read = |row: &SqlRow<'_>| {
        Ok(Owed {
            conversation: ConversationId::from_bytes(row.get(0)?),
            inbox: InboxId::from_bytes(row.get(1)?),
            first_seq: row.get(2)?,
            upto_seq: row.get(3)?,
            head: row.get(4)?,
            read: row.get(5)?,
            address: row.get(6)?,
            made_at: UnixMillis(row.get(7)?),
            tries: row.get(8)?,
        })
    };
    let found = conn.prepare_cached(OWED)?.query_row(params![id.0, lease.at.0], read).optional()?;
    let Some(owed) = found else { return Ok(None) };
    let upto = owed.upto_seq.unwrap_or(owed.head);
    let messages = messages(conn, owed.conversation, owed.first_seq, upto)?;
    let last = messages.iter().map(|(seq, _)| *seq).max();
    let whom_digest = owed.address.as_deref().map(|address| whom(key.as_ref(), address));
    let wanted = match (whom_digest, last) {
        (Some(whom), Some(last)) => last > owed.read && !is_stopped(conn, &whom)?,
        _ => false,
    };
    let (Some(address), Some(digest), true) = (owed.address.clone(), whom_digest, wanted) else {
        done(conn, id, "needless", lease.at, None)?;
        return Ok(None);
    };
    if is_bounded(conn, &owed, &digest, &lease)? {
        const WAIT: &str = "UPDATE mails SET due_at = ?2, why = 'too many mails' WHERE id = ?1";
        conn.prepare_cached(WAIT)?.execute(params![id.0, lease.at.plus(BOUND_WAIT).0])?;
        return Ok(None);
    }
    let tries = owed.tries + 1;
    conn.prepare_cached(LEASE)?.execute(params![id.0, upto, address, digest, tries, lease.until.0])?;
    job(conn, id, &owed, tries, address, messages).map(Some)
}

fn is_stopped(conn: &Connection, whom: &[u8; 32]) -> Result<bool, Stop> {
    Ok(conn.prepare_cached("SELECT 1 FROM mail_stops WHERE whom = ?1")?.exists([whom])?)
}

fn is_bounded(conn: &Connection, owed: &Owed, whom: &[u8; 32], lease: &MailLease) -> Result<bool, Stop> {
    const TO: &str = "SELECT count(*) FROM mails WHERE state = 'sent' AND whom = ?1 AND done_at > ?2";
    const OF: &str = "SELECT count(*) FROM mails m JOIN conversations c ON c.id = m.conversation \
        JOIN conversations own ON own.visitor = c.visitor AND own.id = ?1 WHERE m.state = 'sent' AND m.done_at > ?2";
    const FROM: &str = "SELECT count(*) FROM mails m JOIN conversations c ON c.id = m.conversation \
        WHERE m.state = 'sent' AND c.inbox = ?1 AND m.done_at > ?2";
    let since = lease.at.minus(BOUND_WINDOW).0;
    let count = |sql: &str, of: &[u8]| -> Result<u32, Stop> {
        Ok(conn.prepare_cached(sql)?.query_row(params![of, since], |row| row.get(0))?)
    };
    Ok(count(TO, whom)? >= lease.bounds.address
        || count(OF, &owed.conversation.to_bytes())? >= lease.bounds.visitor
        || count(FROM, &owed.inbox.to_bytes())? >= lease.bounds.inbox)
}

/// What agents wrote to the visitor, as they edited it last, with its place. Erased rows have no message any more.
fn messages(
    conn: &Connection,
    conversation: ConversationId,
    first: u64,
    upto: u64,
) -> Result<Vec<(u64, MailMessage)>, Stop> {
    const SQL: &str = concat!(
        "SELECT e.seq, a.name, e.text, e.detail, e.author_agent, e.cmid, ",
        checked_columns!(),
        " FROM entries e JOIN agents a ON a.id = e.author_agent WHERE e.conversation = ?1 AND e.seq BETWEEN ?2 AND ?3 \
         AND e.author = 'agent' AND e.kind = 'message' ORDER BY e.seq"
    );
    let mut statement = conn.prepare_cached(SQL)?;
    let mut found = statement.query(params![conversation.to_bytes(), first, upto])?;
    let mut messages = Vec::new();
    while let Some(row) = found.next()? {
        verify(row, 6, conversation)?;
        let edited =
            newest_words(conn, conversation, Hand::agent(row.get(4)?), Cmid::from_bytes(row.get(5)?))?;
        let mut text: String = edited.map_or_else(|| row.get(2), Ok)?;
        let detail: Option<String> = row.get(3)?;
        let Beside { file, choices } = Beside::read(detail.as_deref())?;
        if let Some(file) = file {
            text = [text, file.name].join(" ").trim().to_owned();
        }
        let text = with_choices(text, &choices.unwrap_or_default());
        messages.push((row.get(0)?, MailMessage { agent: row.get(1)?, text }));
    }
    Ok(messages)
}

fn job(
    conn: &Connection,
    id: MailId,
    owed: &Owed,
    tries: u32,
    address: String,
    messages: Vec<(u64, MailMessage)>,
) -> Result<MailJob, Stop> {
    const SITE: &str = "SELECT s.id, s.name, v.language FROM conversations c JOIN sites s ON s.id = c.site \
        JOIN visitors v ON v.id = c.visitor WHERE c.id = ?1";
    const ORIGINS: &str = "SELECT origin FROM site_origins WHERE site = ?1 ORDER BY place";
    let read = |row: &SqlRow<'_>| Ok((row.get::<_, [u8; 16]>(0)?, row.get(1)?, row.get(2)?));
    let (site, site_name, language) =
        conn.prepare_cached(SITE)?.query_row([owed.conversation.to_bytes()], read)?;
    let mut origins = conn.prepare_cached(ORIGINS)?;
    let origins = origins.query_map([site], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(MailJob {
        id,
        tries,
        made_at: owed.made_at,
        conversation: owed.conversation,
        inbox: owed.inbox,
        site: SiteId::from_bytes(site),
        site_name,
        origins,
        language,
        address,
        messages: messages.into_iter().map(|(_, message)| message).collect(),
    })
}

fn settle(
    writing: &Writing<'_>,
    id: MailId,
    tries: u32,
    at: UnixMillis,
    outcome: Outcome,
) -> Result<Option<Changed>, Stop> {
    const OWN: &str =
        "SELECT conversation, address FROM mails WHERE id = ?1 AND state = 'owed' AND tries = ?2";
    const LATER: &str = "UPDATE mails SET due_at = ?2, why = ?3, leased_until = 0 WHERE id = ?1";
    let conn = writing.conn;
    let read =
        |row: &SqlRow<'_>| Ok((ConversationId::from_bytes(row.get(0)?), row.get::<_, Option<String>>(1)?));
    let found = conn.prepare_cached(OWN)?.query_row(params![id.0, tries], read).optional()?;
    let Some((conversation, Some(address))) = found else { return Ok(None) };
    let failed = match outcome {
        Outcome::Sent => {
            done(conn, id, "sent", at, None)?;
            None
        }
        Outcome::GivenUp { why } => {
            done(conn, id, "given_up", at, Some(&why))?;
            Some(true)
        }
        Outcome::Later { due_at, why } => {
            conn.prepare_cached(LATER)?.execute(params![id.0, due_at.0, why])?;
            let held = Held::load(conn, conversation)?.ok_or_else(Stop::not_found)?;
            return Change::of(writing, held).finish().map(Some);
        }
    };
    let held = Held::load(conn, conversation)?.ok_or_else(Stop::not_found)?;
    let mut change = Change::of(writing, held);
    change.add(at, Author::System {}, EntryBody::Mailed { address, by_hand: false, failed })?;
    change.finish().map(Some)
}

/// The address goes; who it was stays as a digest.
fn done(conn: &Connection, id: MailId, state: &str, at: UnixMillis, why: Option<&str>) -> Result<(), Stop> {
    const SQL: &str =
        "UPDATE mails SET state = ?2, done_at = ?3, why = ?4, address = NULL, leased_until = 0 WHERE id = ?1";
    conn.prepare_cached(SQL)?.execute(params![id.0, state, at.0, why])?;
    Ok(())
}

fn stop_mail(conn: &Connection, id: MailId, at: UnixMillis) -> Result<bool, Stop> {
    const WHOM: &str = "SELECT whom FROM mails WHERE id = ?1 AND whom IS NOT NULL";
    const STOP: &str = "INSERT INTO mail_stops (whom, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let whom: Option<[u8; 32]> = conn.prepare_cached(WHOM)?.query_row([id.0], |row| row.get(0)).optional()?;
    if let Some(whom) = whom {
        conn.prepare_cached(STOP)?.execute(params![whom, at.0])?;
    }
    Ok(whom.is_some())
}
