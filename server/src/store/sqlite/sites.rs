//! Sites and their inboxes, in SQL.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{
    InboxId, SeenView, SiteId, SiteInbox, SiteLooks, SiteStyle, UnixMillis, Worded,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::SEEN_MAX;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::people;
use super::stop::Stop;
use super::writer::Writing;
use crate::store::accounts::{NewAgent, NewSite, SiteChange, SiteRecord};

macro_rules! site_sql {
    ($rest:literal) => {
        concat!("SELECT id, inbox, key, name, colour, greeting FROM sites", $rest)
    };
}

/// See `AccountStore::set_up`.
pub fn set_up(conn: &Connection, owner: &NewAgent, site: &NewSite) -> Result<(), Stop> {
    if people::is_set_up(conn)? {
        return Err(Stop::because(RefusalCode::NotAllowed));
    }
    people::add_agent(conn, owner)?;
    add_site(conn, site)
}

/// See `AccountStore::sites`.
pub fn sites(conn: &Connection) -> Result<Vec<SiteRecord>, Stop> {
    let mut statement = conn.prepare_cached(site_sql!(""))?;
    let mut sites: Vec<SiteRecord> = statement.query_map([], record)?.collect::<Result<_, _>>()?;
    sites.sort_by_cached_key(|site| (site.looks.name.to_lowercase(), site.id));
    sites.into_iter().map(|site| complete(conn, site)).collect()
}

/// See `AccountStore::site_by_key`.
pub fn site_by_key(conn: &Connection, key: &str) -> Result<Option<SiteRecord>, Stop> {
    let site = conn.prepare_cached(site_sql!(" WHERE key = ?1"))?.query_row([key], record).optional()?;
    site.map(|site| complete(conn, site)).transpose()
}

fn record(row: &SqlRow<'_>) -> rusqlite::Result<SiteRecord> {
    Ok(SiteRecord {
        id: SiteId::from_bytes(row.get(0)?),
        inbox: InboxId::from_bytes(row.get(1)?),
        inboxes: Vec::new(),
        key: row.get(2)?,
        looks: SiteLooks { name: row.get(3)?, colour: row.get(4)?, greeting: row.get(5)?, style: None },
        origins: Vec::new(),
        seen: Vec::new(),
    })
}

fn complete(conn: &Connection, mut site: SiteRecord) -> Result<SiteRecord, Stop> {
    const ORIGINS: &str = "SELECT origin FROM site_origins WHERE site = ?1 ORDER BY place";
    const SEEN: &str = "SELECT origin, at FROM site_seen WHERE site = ?1 ORDER BY at DESC, origin";
    const STYLE: &str = "SELECT style FROM site_styles WHERE site = ?1";
    let id = site.id.to_bytes();
    let style: Option<String> = conn.prepare_cached(STYLE)?.query_row([id], |row| row.get(0)).optional()?;
    let broken = |_| Stop::Corrupt("the looks of a site cannot be read".into());
    site.looks.style = style.map(|text| SiteStyle::from_text(&text).map_err(broken)).transpose()?;
    let mut origins = conn.prepare_cached(ORIGINS)?;
    site.origins = origins.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut seen = conn.prepare_cached(SEEN)?;
    let read = |row: &SqlRow<'_>| {
        Ok(SeenView { origin: row.get(0)?, at: UnixMillis(row.get(1)?), allowed: false, nearest: None })
    };
    site.seen = seen.query_map([id], read)?.collect::<Result<_, _>>()?;
    site.inboxes = inboxes(conn, site.id)?;
    Ok(site)
}

fn inboxes(conn: &Connection, site: SiteId) -> Result<Vec<SiteInbox>, Stop> {
    const SQL: &str = "SELECT inbox, key, label FROM site_inboxes WHERE site = ?1 ORDER BY place";
    let mut statement = conn.prepare_cached(SQL)?;
    let mut found = statement.query([site.to_bytes()])?;
    let mut inboxes = Vec::new();
    while let Some(row) = found.next()? {
        let label: String = row.get(2)?;
        let broken = |_| Stop::Corrupt("what visitors read of an inbox cannot be read".into());
        let label = Worded::from_text(&label).map_err(broken)?;
        inboxes.push(SiteInbox { inbox: InboxId::from_bytes(row.get(0)?), key: row.get(1)?, label });
    }
    Ok(inboxes)
}

/// See `AccountStore::site_inboxes`.
pub fn site_inboxes(conn: &Connection) -> Result<Vec<(SiteId, InboxId)>, Stop> {
    let mut statement = conn.prepare_cached("SELECT site, inbox FROM site_inboxes")?;
    let read = |row: &SqlRow<'_>| Ok((SiteId::from_bytes(row.get(0)?), InboxId::from_bytes(row.get(1)?)));
    Ok(statement.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// See `AccountStore::add_site`.
pub fn add_site(conn: &Connection, new: &NewSite) -> Result<(), Stop> {
    const TAKEN: &str = "SELECT 1 FROM sites WHERE key = ?1 OR id = ?2";
    const INBOX: &str = "INSERT INTO inboxes (id, name) VALUES (?1, ?2)";
    const MEMBERS: &str = "INSERT INTO members (inbox, agent) SELECT ?1, id FROM agents";
    const SITE: &str = "INSERT INTO sites (id, inbox, key, name, colour, greeting, made_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (id, inbox) = (new.id.to_bytes(), new.inbox.to_bytes());
    if conn.prepare_cached(TAKEN)?.exists(params![new.key, id])? {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    let looks = &new.looks;
    if !conn.prepare_cached("SELECT 1 FROM inboxes WHERE id = ?1")?.exists([inbox])? {
        conn.prepare_cached(INBOX)?.execute(params![inbox, looks.name])?;
        conn.prepare_cached(MEMBERS)?.execute([inbox])?;
    }
    conn.prepare_cached(SITE)?.execute(params![
        id,
        inbox,
        new.key,
        looks.name,
        looks.colour,
        looks.greeting,
        new.at.0
    ])?;
    put_style(conn, new.id, looks)?;
    put_origins(conn, new.id, &new.origins)
}

/// See `AccountStore::edit_site`.
pub fn edit_site(writing: &Writing<'_>, id: SiteId, edit: &SiteChange) -> Result<(), Stop> {
    let conn = writing.conn;
    const NOW: &str = site_sql!(" WHERE id = ?1");
    let now = conn.prepare_cached(NOW)?.query_row([id.to_bytes()], record).optional()?;
    let now = complete(conn, now.ok_or_else(Stop::not_found)?)?;
    edit.parts_changed(&now).into_iter().for_each(|part| writing.tell(part));
    writing.done_if_told();

    const SQL: &str = "UPDATE sites SET name = ?2, colour = ?3, greeting = ?4, inbox = coalesce(?5, inbox) \
        WHERE id = ?1";
    let (looks, inbox) = (&edit.looks, edit.inbox.map(InboxId::to_bytes));
    let offered = edit.inboxes.iter().flatten().map(|its| its.inbox.to_bytes());
    for inbox in inbox.into_iter().chain(offered) {
        if !conn.prepare_cached("SELECT 1 FROM inboxes WHERE id = ?1")?.exists([inbox])? {
            return Err(Stop::not_found());
        }
    }
    let values = params![id.to_bytes(), looks.name, looks.colour, looks.greeting, inbox];
    conn.prepare_cached(SQL)?.execute(values)?;
    put_style(conn, id, looks)?;
    conn.prepare_cached("DELETE FROM site_origins WHERE site = ?1")?.execute([id.to_bytes()])?;
    put_origins(conn, id, &edit.origins)?;
    edit.inboxes.as_ref().map_or(Ok(()), |inboxes| put_inboxes(conn, id, inboxes))
}

fn put_inboxes(conn: &Connection, site: SiteId, inboxes: &[SiteInbox]) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO site_inboxes (site, place, inbox, key, label) VALUES (?1, ?2, ?3, ?4, ?5)";
    conn.prepare_cached("DELETE FROM site_inboxes WHERE site = ?1")?.execute([site.to_bytes()])?;
    for (place, SiteInbox { inbox, key, label }) in inboxes.iter().enumerate() {
        let values = params![site.to_bytes(), place, inbox.to_bytes(), key, label.to_text()];
        conn.prepare_cached(SQL)?.execute(values)?;
    }
    Ok(())
}

fn put_style(conn: &Connection, site: SiteId, looks: &SiteLooks) -> Result<(), Stop> {
    const PUT: &str = "INSERT INTO site_styles (site, style) VALUES (?1, ?2) \
        ON CONFLICT (site) DO UPDATE SET style = excluded.style";
    match &looks.style {
        Some(style) => conn.prepare_cached(PUT)?.execute(params![site.to_bytes(), style.to_text()])?,
        None => conn.prepare_cached("DELETE FROM site_styles WHERE site = ?1")?.execute([site.to_bytes()])?,
    };
    Ok(())
}

fn put_origins(conn: &Connection, site: SiteId, origins: &[String]) -> Result<(), Stop> {
    const SQL: &str = "INSERT INTO site_origins (site, place, origin) VALUES (?1, ?2, ?3)";
    for (place, origin) in origins.iter().enumerate() {
        conn.prepare_cached(SQL)?.execute(params![site.to_bytes(), place, origin])?;
    }
    Ok(())
}

/// See `AccountStore::note_seen`.
pub fn note_seen(conn: &Connection, id: SiteId, origin: &str, at: UnixMillis) -> Result<(), Stop> {
    const KNOWN: &str = "SELECT 1 FROM sites WHERE id = ?1";
    const NOTE: &str = "INSERT INTO site_seen (site, origin, at) VALUES (?1, ?2, ?3) \
        ON CONFLICT (site, origin) DO UPDATE SET at = max(at, excluded.at)";
    const PRUNE: &str = "DELETE FROM site_seen WHERE site = ?1 AND origin NOT IN \
        (SELECT origin FROM site_seen WHERE site = ?1 ORDER BY at DESC, origin LIMIT ?2)";
    let site = id.to_bytes();
    if !conn.prepare_cached(KNOWN)?.exists([site])? {
        return Err(Stop::not_found());
    }
    conn.prepare_cached(NOTE)?.execute(params![site, origin, at.0])?;
    conn.prepare_cached(PRUNE)?.execute(params![site, SEEN_MAX])?;
    Ok(())
}
