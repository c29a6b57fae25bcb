//! What agents find, in SQL; see `SearchStore`. Candidates come newest first out of the index, and each is judged here:
//! what has to be so of them is compared as values, and no part of a statement is made of what somebody typed.

use std::collections::BTreeMap;

use async_trait::async_trait;
use deskbell_shared::model::{
    AgentId, AgentView, Author, Cmid, ConversationId, InboxId, Seq, Status, UnixMillis, VisitorId,
    VisitorName,
};
use deskbell_shared::protocol::api::{FoundConversation, FoundPersonView, HitView, SearchOnly, SearchView};
use deskbell_shared::protocol::limits::{SEARCH_HITS_MAX, SEARCH_PEOPLE_MAX};
use rusqlite::{Connection, Row as SqlRow, params};

use super::SqliteStore;
use super::checksum::{checked_columns, verify};
use super::edits::{Hand, newest_words};
use super::lists::inboxes_of;
use super::people;
use super::rows::{agent, named};
use super::search_index::known_of;
use super::stop::Stop;
use crate::store::Stored;
use crate::store::search::{Filter, SearchStore, Sought, excerpt, found_of};

/// Rows that one call looks at, whatever their number: 20 ms or so.
const LOOKED_AT_MAX: usize = 5_000;
/// People that one call looks at.
const PEOPLE_LOOKED_AT_MAX: usize = 400;
/// By how much the clock may have been set while rows were written: what is asked for by time is looked for that much
/// further, and each row is compared.
const CLOCK_SET_MS_MAX: i64 = 24 * 3600 * 1000;

#[async_trait]
impl SearchStore for SqliteStore {
    async fn search(&self, agent: AgentId, sought: Sought) -> Stored<SearchView> {
        self.read(move |conn| search(conn, agent, &sought)).await
    }
}

fn search(conn: &Connection, agent: AgentId, sought: &Sought) -> Result<SearchView, Stop> {
    if people::agent(conn, agent)?.is_none() {
        return Err(Stop::not_found());
    }
    let sight = Sight { inboxes: inboxes_of(conn, agent)?, filter: &sought.filter };
    let mut view = SearchView { hits: Vec::new(), people: Vec::new(), earlier: None, back_to: None };
    if sight.inboxes.is_empty() {
        return Ok(view);
    }
    hits(conn, &sight, sought, &mut view)?;
    if sought.before.is_none() && sought.filter.is_for_people() {
        view.people = found_people(conn, &sight, sought)?;
    }
    Ok(view)
}

/// What may be found.
struct Sight<'a> {
    inboxes: Vec<InboxId>,
    filter: &'a Filter,
}

impl Sight<'_> {
    fn has(&self, inbox: InboxId, status: Status) -> bool {
        self.inboxes.contains(&inbox)
            && self.filter.inbox.is_none_or(|only| only == inbox)
            && self.filter.status.is_none_or(|only| only == status)
    }

    fn fits(&self, row: &Candidate) -> bool {
        let filter = self.filter;
        let is_theirs = |agent| row.agent == Some(agent) || row.assignee == Some(agent);
        self.has(row.inbox, row.status)
            && filter.agent.is_none_or(is_theirs)
            && filter.since.is_none_or(|since| row.at >= since)
            && filter.until.is_none_or(|until| row.at < until)
            && filter.only.is_none_or(|only| (only == SearchOnly::Notes) == row.is_note)
    }
}

/// A row that has the words.
struct Candidate {
    place: i64,
    conversation: ConversationId,
    seq: u64,
    at: UnixMillis,
    is_note: bool,
    agent: Option<AgentId>,
    inbox: InboxId,
    status: Status,
    assignee: Option<AgentId>,
}

impl Candidate {
    fn read(row: &SqlRow<'_>) -> rusqlite::Result<Candidate> {
        let agent = |at| row.get::<_, Option<[u8; 16]>>(at).map(|id| id.map(AgentId::from_bytes));
        Ok(Candidate {
            place: row.get(0)?,
            conversation: ConversationId::from_bytes(row.get(1)?),
            seq: row.get(2)?,
            at: UnixMillis(row.get(3)?),
            is_note: row.get(4)?,
            agent: agent(5)?,
            inbox: InboxId::from_bytes(row.get(6)?),
            status: named(row, 7, Status::from_name)?,
            assignee: agent(8)?,
        })
    }
}

fn hits(conn: &Connection, sight: &Sight<'_>, sought: &Sought, view: &mut SearchView) -> Result<(), Stop> {
    // In this order: the index gives places from the newest on, and only as many as are asked for.
    const SQL: &str = "SELECT r.place, r.conversation, r.seq, r.at, r.is_note, r.agent, c.inbox, c.status, c.assignee \
        FROM search_words w CROSS JOIN search_rows r ON r.place = w.rowid \
        CROSS JOIN conversations c ON c.id = r.conversation \
        WHERE w.search_words MATCH ?1 AND w.rowid >= ?2 AND w.rowid < ?3 ORDER BY w.rowid DESC";
    let filter = sight.filter;
    let from = filter.since.map(|at| place_at(conn, at.0.saturating_sub(CLOCK_SET_MS_MAX))).transpose()?;
    let to = filter.until.map(|at| place_at(conn, at.0.saturating_add(CLOCK_SET_MS_MAX))).transpose()?;
    let before = sought.before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
    let before = to.unwrap_or(i64::MAX).min(before);
    let mut statement = conn.prepare_cached(SQL)?;
    let mut rows = statement.query(params![sought.query.for_index(), from.unwrap_or(0), before])?;
    let mut looked_at = 0;
    let mut last = None;
    while let Some(row) = rows.next()? {
        if looked_at == LOOKED_AT_MAX || view.hits.len() == SEARCH_HITS_MAX {
            (view.earlier, view.back_to) = last.unzip();
            break;
        }
        looked_at += 1;
        let row = Candidate::read(row)?;
        last = Some((row.place.unsigned_abs(), row.at));
        if sight.fits(&row) {
            view.hits.push(hit(conn, sought, &row)?);
        }
    }
    Ok(())
}

/// The first place of a row that was written then or later: places and times grow together, but where the clock was set.
fn place_at(conn: &Connection, at: i64) -> Result<i64, Stop> {
    const ENDS: &str = "SELECT coalesce(min(place), 1), coalesce(max(place), 0) FROM search_rows";
    const NEXT: &str = "SELECT place, at FROM search_rows WHERE place >= ?1 ORDER BY place LIMIT 1";
    let (mut low, last): (i64, i64) =
        conn.prepare_cached(ENDS)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut high = last + 1;
    let mut next = conn.prepare_cached(NEXT)?;
    while low < high {
        let middle = low + (high - low) / 2;
        let (place, written): (i64, i64) = next.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if written < at { low = place + 1 } else { high = middle }
    }
    Ok(low)
}

fn hit(conn: &Connection, sought: &Sought, row: &Candidate) -> Result<HitView, Stop> {
    const SQL: &str = concat!(
        "SELECT e.author, e.cmid, e.text, a.id, a.name, a.picture, e.author_agent, ",
        checked_columns!(),
        " FROM entries e LEFT JOIN agents a ON a.id = e.author_agent WHERE e.conversation = ?1 AND e.seq = ?2"
    );
    let mut statement = conn.prepare_cached(SQL)?;
    let mut found = statement.query(params![row.conversation.to_bytes(), row.seq])?;
    let lost =
        || Stop::Corrupt(format!("conversation {} has lost a row that can be found", row.conversation));
    let entry = found.next()?.ok_or_else(lost)?;
    verify(entry, 7, row.conversation)?;
    let by: String = entry.get(0)?;
    let text: Option<String> = entry.get(2)?;
    let author = match agent(entry, 3)? {
        Some(agent) => Author::Agent { agent },
        None => Author::Visitor {},
    };
    let hand = Hand::read(&by, entry.get(6)?);
    let shown = newest_words(conn, row.conversation, hand, Cmid::from_bytes(entry.get(1)?))?;
    let text = shown.or(text).ok_or_else(lost)?;
    Ok(HitView {
        conversation: row.conversation,
        seq: Seq(row.seq),
        at: row.at,
        author,
        is_note: row.is_note,
        text: excerpt(&sought.query, &text),
        about: about(conn, row.conversation)?.0,
    })
}

/// What to know of a conversation, and when something was written in it last.
fn about(conn: &Connection, id: ConversationId) -> Result<(FoundConversation, UnixMillis), Stop> {
    const SQL: &str = "SELECT c.visitor, i.name, c.status, a.id, a.name, a.picture, c.last_at, coalesce(k.name, k.sub), b.name \
        FROM conversations c JOIN inboxes i ON i.id = c.inbox LEFT JOIN agents a ON a.id = c.assignee \
        LEFT JOIN identities k ON k.visitor = c.visitor LEFT JOIN abouts b ON b.visitor = c.visitor WHERE c.id = ?1";
    let read = |row: &SqlRow<'_>| {
        let visitor = VisitorId::from_bytes(row.get(0)?);
        let (status, assignee): (_, Option<AgentView>) = (named(row, 2, Status::from_name)?, agent(row, 3)?);
        let (name, inbox) = (VisitorName::of(row.get(7)?, row.get(8)?), row.get(1)?);
        Ok((FoundConversation { visitor, name, inbox, status, assignee }, UnixMillis(row.get(6)?)))
    };
    Ok(conn.prepare_cached(SQL)?.query_row([id.to_bytes()], read)?)
}

/// A conversation of a person, and the address that was left in it.
struct Talk {
    id: ConversationId,
    inbox: InboxId,
    status: Status,
    address: Option<String>,
}

fn found_people(conn: &Connection, sight: &Sight<'_>, sought: &Sought) -> Result<Vec<FoundPersonView>, Stop> {
    const SQL: &str = "SELECT p.visitor FROM search_contact_words w CROSS JOIN search_contacts p ON p.place = w.rowid \
        WHERE w.search_contact_words MATCH ?1 ORDER BY w.rowid DESC LIMIT ?2";
    const TALKS: &str =
        "SELECT id, inbox, status, address FROM conversations WHERE visitor = ?1 ORDER BY arrival DESC";
    let mut statement = conn.prepare_cached(SQL)?;
    let asked = params![sought.query.for_index(), PEOPLE_LOOKED_AT_MAX];
    let visitors: Vec<VisitorId> =
        statement.query_map(asked, |row| row.get(0).map(VisitorId::from_bytes))?.collect::<Result<_, _>>()?;
    let mut found: BTreeMap<_, FoundPersonView> = BTreeMap::new();
    for visitor in visitors {
        let read = |row: &SqlRow<'_>| {
            Ok(Talk {
                id: ConversationId::from_bytes(row.get(0)?),
                inbox: InboxId::from_bytes(row.get(1)?),
                status: named(row, 2, Status::from_name)?,
                address: row.get(3)?,
            })
        };
        let mut talks = conn.prepare_cached(TALKS)?;
        let talks: Vec<Talk> = talks.query_map([visitor.to_bytes()], read)?.collect::<Result<_, _>>()?;
        let Some(shown) = talks.iter().find(|talk| sight.has(talk.inbox, talk.status)) else { continue };
        // The address of a conversation is for those who see it.
        let seen = talks.iter().filter(|talk| sight.inboxes.contains(&talk.inbox));
        let mut known = known_of(conn, visitor)?;
        known.extend(seen.filter_map(|talk| talk.address.clone()));
        known.dedup();
        if !sought.query.is_in(&known.iter().map(String::as_str).collect::<Vec<_>>()) {
            continue;
        }
        let (about, at) = about(conn, shown.id)?;
        let text = found_of(&sought.query, &known);
        let person = FoundPersonView { text, conversation: shown.id, at, about };
        found.insert((std::cmp::Reverse(at), visitor), person);
    }
    Ok(found.into_values().take(SEARCH_PEOPLE_MAX).collect())
}
