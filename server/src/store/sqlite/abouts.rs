//! What visitors have said of themselves before a first message.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{AboutView, AttributeView, ConsentView, UnixMillis, VisitorId};
use rusqlite::{Connection, OptionalExtension, params};

use super::stop::Stop;

/// See `ConversationStore::about`.
pub fn about(conn: &Connection, visitor: VisitorId) -> Result<Option<AboutView>, Stop> {
    const SQL: &str =
        "SELECT answers, consent_version, consent_text, consent_at FROM abouts WHERE visitor = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        let answers: String = row.get(0)?;
        let consent = match row.get(1)? {
            Some(version) => Some(ConsentView { version, text: row.get(2)?, at: UnixMillis(row.get(3)?) }),
            None => None,
        };
        Ok((answers, consent))
    };
    let found = conn.prepare_cached(SQL)?.query_row([visitor.to_bytes()], read).optional()?;
    found
        .map(|(answers, consent)| match Vec::<AttributeView>::from_text(&answers) {
            Ok(answers) => Ok(AboutView { answers, consent }),
            Err(why) => Err(Stop::Corrupt(format!("what {visitor} said of themselves: {why}"))),
        })
        .transpose()
}

/// Keeps what is new of what somebody says.
pub fn keep(conn: &Connection, visitor: VisitorId, said: &AboutView) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO abouts (visitor, answers, name, consent_version, consent_text, consent_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (visitor) DO UPDATE SET answers = excluded.answers, name = excluded.name, \
        consent_version = excluded.consent_version, consent_text = excluded.consent_text, \
        consent_at = excluded.consent_at";
    let mut kept = about(conn, visitor)?.unwrap_or(AboutView::NOTHING);
    kept.learn(said);
    let name = kept.name().map(str::to_owned);
    let AboutView { answers, consent } = kept;
    let consent = consent.map(|it| (it.version, it.text, it.at.0));
    let (version, text, at) = match consent {
        Some((version, text, at)) => (Some(version), Some(text), Some(at)),
        None => (None, None, None),
    };
    conn.prepare_cached(SQL)?.execute(params![
        visitor.to_bytes(),
        answers.to_text(),
        name,
        version,
        text,
        at
    ])?;
    Ok(())
}

/// Forgets all of it.
pub fn forget(conn: &Connection, visitor: VisitorId) -> Result<(), Stop> {
    conn.prepare_cached("DELETE FROM abouts WHERE visitor = ?1")?.execute([visitor.to_bytes()])?;
    Ok(())
}
