//! What can be found, kept beside the rows: a place for every message and every note with the words it is shown with, and
//! one for every person of whom something is known. Written in the transaction of the rows themselves, at its end:
//! the index writes a piece of its own for each savepoint it is used in, and each operation has one.

use std::cell::RefCell;

use deskbell_shared::model::{AgentId, Author, Cmid, ConversationId, UnixMillis, VisitorId};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::abouts;
use super::edits::{Hand, newest_words};
use super::identities;
use super::stop::Stop;
use crate::store::search;
use crate::store::words::indexed;

/// What is to be done to the index before the transaction is over, in order.
#[derive(Debug)]
enum Pending {
    /// These words are at this place.
    Add(i64, String),
    /// These words are not there any more.
    Drop(i64, String),
    /// What is known of somebody may have changed.
    Person(VisitorId),
}

/// What operations of a transaction have left to do.
#[derive(Default)]
pub struct Unindexed(RefCell<Vec<Pending>>);

impl Unindexed {
    /// How much there is, to come back to when an operation is undone.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// What came after that was undone.
    pub fn cut(&self, len: usize) {
        self.0.borrow_mut().truncate(len);
    }

    /// Somebody wrote a message or a note.
    pub fn written(
        &self,
        conn: &Connection,
        (conversation, seq): (ConversationId, u64),
        at: UnixMillis,
        author: &Author,
        is_note: bool,
        text: &str,
    ) -> Result<(), Stop> {
        const SQL: &str =
            "INSERT INTO search_rows (conversation, seq, at, is_note, agent) VALUES (?1, ?2, ?3, ?4, ?5)";
        let agent = match author {
            Author::Agent { agent } => Some(AgentId::to_bytes(agent.id)),
            Author::Visitor {} | Author::System {} => None,
        };
        let row = params![conversation.to_bytes(), seq, at.0, is_note, agent];
        conn.prepare_cached(SQL)?.execute(row)?;
        self.push(Pending::Add(conn.last_insert_rowid(), text.to_owned()));
        Ok(())
    }

    /// Its author put other words into it.
    pub fn reworded(
        &self,
        conn: &Connection,
        conversation: ConversationId,
        seq: u64,
        from: &str,
        to: &str,
    ) -> Result<(), Stop> {
        const SQL: &str = "SELECT place FROM search_rows WHERE conversation = ?1 AND seq = ?2";
        let row = params![conversation.to_bytes(), seq];
        if let Some(place) = conn.prepare_cached(SQL)?.query_row(row, |row| row.get(0)).optional()? {
            self.push(Pending::Drop(place, from.to_owned()));
            self.push(Pending::Add(place, to.to_owned()));
        }
        Ok(())
    }

    /// It is about to be erased; what it is shown with is still there.
    pub fn erased(&self, conn: &Connection, conversation: ConversationId, seq: u64) -> Result<(), Stop> {
        const ROW: &str = "DELETE FROM search_rows WHERE conversation = ?1 AND seq = ?2 RETURNING place";
        const WORDS: &str = "SELECT text, author, author_agent, cmid FROM entries WHERE conversation = ?1 AND seq = ?2 \
            AND kind IN ('message', 'note')";
        type Words = (String, String, Option<[u8; 16]>, [u8; 16]);
        let row = params![conversation.to_bytes(), seq];
        let Some(place) = conn.prepare_cached(ROW)?.query_row(row, |row| row.get(0)).optional()? else {
            return Ok(());
        };
        let read = |row: &SqlRow<'_>| -> rusqlite::Result<Words> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        };
        let (text, author, agent, cmid) = conn.prepare_cached(WORDS)?.query_row(row, read)?;
        let shown = newest_words(conn, conversation, Hand::read(&author, agent), Cmid::from_bytes(cmid))?;
        self.push(Pending::Drop(place, shown.unwrap_or(text)));
        Ok(())
    }

    /// What is known of somebody may have changed.
    pub fn person(&self, visitor: VisitorId) {
        self.push(Pending::Person(visitor));
    }

    fn push(&self, pending: Pending) {
        self.0.borrow_mut().push(pending);
    }

    /// Does it all, within the transaction.
    pub fn settle(&self, conn: &Connection) -> Result<(), Stop> {
        let mut people = Vec::new();
        for pending in self.0.take() {
            match pending {
                Pending::Add(place, text) => add(conn, place, &text)?,
                Pending::Drop(place, text) => drop(conn, place, &text)?,
                Pending::Person(visitor) if people.contains(&visitor) => {}
                Pending::Person(visitor) => people.push(visitor),
            }
        }
        people.into_iter().try_for_each(|visitor| know(conn, visitor))
    }
}

fn add(conn: &Connection, place: i64, text: &str) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO search_words (rowid, words) VALUES (?1, ?2)";
    let words = indexed(text);
    if !words.is_empty() {
        conn.prepare_cached(SQL)?.execute(params![place, words])?;
    }
    Ok(())
}

fn drop(conn: &Connection, place: i64, text: &str) -> Result<(), Stop> {
    // The index has no words of its own: it is told which ones go.
    const SQL: &str = "INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', ?1, ?2)";
    let words = indexed(text);
    if !words.is_empty() {
        conn.prepare_cached(SQL)?.execute(params![place, words])?;
    }
    Ok(())
}

/// Keeps what is known of somebody as it is now.
fn know(conn: &Connection, visitor: VisitorId) -> Result<(), Stop> {
    const BEFORE: &str = "SELECT place, words FROM search_contacts WHERE visitor = ?1";
    const GONE: &str = "DELETE FROM search_contacts WHERE place = ?1";
    const NEW: &str = "INSERT INTO search_contacts (visitor, words) VALUES (?1, ?2)";
    const UNSAY: &str =
        "INSERT INTO search_contact_words (search_contact_words, rowid, words) VALUES ('delete', ?1, ?2)";
    const SAY: &str = "INSERT INTO search_contact_words (rowid, words) VALUES (?1, ?2)";
    const ADDRESSES: &str =
        "SELECT DISTINCT address FROM conversations WHERE visitor = ?1 AND address IS NOT NULL";
    const WROTE: &str = "SELECT 1 FROM visitors WHERE id = ?1";
    let id = visitor.to_bytes();
    let mut words = Vec::new();
    // Who never wrote is in no conversation that could be opened.
    if conn.prepare_cached(WROTE)?.exists([id])? {
        let mut addresses = conn.prepare_cached(ADDRESSES)?;
        let addresses = addresses.query_map([id], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        let known = match known_of(conn, visitor) {
            // What cannot be read is not found either, and keeps nobody from writing.
            Err(Stop::Corrupt(_)) => Vec::new(),
            known => known?,
        };
        let known = known.into_iter().chain(addresses);
        words.extend(known.map(|text| indexed(&text)).filter(|words| !words.is_empty()));
    }
    let words = words.join(" ");
    let read = |row: &SqlRow<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    let before = conn.prepare_cached(BEFORE)?.query_row([id], read).optional()?;
    if before.as_ref().map_or("", |(_, before)| before) == words {
        return Ok(());
    }
    if let Some((place, before)) = before {
        conn.prepare_cached(UNSAY)?.execute(params![place, before])?;
        conn.prepare_cached(GONE)?.execute([place])?;
    }
    if !words.is_empty() {
        conn.prepare_cached(NEW)?.execute(params![id, words])?;
        conn.prepare_cached(SAY)?.execute(params![conn.last_insert_rowid(), words])?;
    }
    Ok(())
}

/// See `search::known_of`.
pub fn known_of(conn: &Connection, visitor: VisitorId) -> Result<Vec<String>, Stop> {
    Ok(search::known_of(identities::identity(conn, visitor)?, abouts::about(conn, visitor)?))
}

/// Fills the index with what was there before it.
pub fn fill(conn: &Connection) -> Result<(), Stop> {
    const ROWS: &str = "INSERT INTO search_rows (conversation, seq, at, is_note, agent) \
        SELECT conversation, seq, at, kind = 'note', author_agent FROM entries WHERE kind IN ('message', 'note') \
        ORDER BY at, conversation, seq";
    const WORDS: &str = "SELECT r.place, coalesce((SELECT d.text FROM entries d WHERE d.conversation = e.conversation \
        AND d.cmid = e.cmid AND d.kind = 'edited' AND d.author = e.author AND d.author_agent IS e.author_agent \
        ORDER BY d.seq DESC LIMIT 1), e.text) FROM search_rows r \
        JOIN entries e ON e.conversation = r.conversation AND e.seq = r.seq ORDER BY r.place";
    const PEOPLE: &str = "SELECT visitor FROM identities UNION SELECT visitor FROM abouts \
         UNION SELECT visitor FROM conversations WHERE address IS NOT NULL";
    conn.execute(ROWS, [])?;
    let mut words = conn.prepare(WORDS)?;
    let mut rows = words.query([])?;
    while let Some(row) = rows.next()? {
        add(conn, row.get(0)?, row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
    }
    let mut people = conn.prepare(PEOPLE)?;
    let people: Vec<[u8; 16]> = people.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    people.into_iter().try_for_each(|visitor| know(conn, VisitorId::from_bytes(visitor)))
}

/// Writes both indexes anew. What is deleted is overwritten, but where a page of an index begins is noted by the beginning of
/// the word that was first on it, and that note may outlive the word.
pub fn rewrite(conn: &Connection) -> Result<(), Stop> {
    // An index in one piece counts as written well: a second piece, which is gone again at once, makes it two.
    const WORDS: &str = "INSERT INTO search_words (rowid, words) VALUES (0, 'anew'); \
        INSERT INTO search_words (search_words) VALUES ('optimize'); \
        INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', 0, 'anew')";
    const CONTACTS: &str = "INSERT INTO search_contact_words (rowid, words) VALUES (0, 'anew'); \
        INSERT INTO search_contact_words (search_contact_words) VALUES ('optimize'); \
        INSERT INTO search_contact_words (search_contact_words, rowid, words) VALUES ('delete', 0, 'anew')";
    conn.execute_batch(WORDS)?;
    conn.execute_batch(CONTACTS)?;
    Ok(())
}
