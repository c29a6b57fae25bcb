//! Identities and sessions of visitors, in SQL. See `IdentityStore`.

use async_trait::async_trait;
use deskbell_shared::codec::Wire;
use deskbell_shared::model::{
    AttributeView, IdentityView, InboxId, SiteId, SiteSecretId, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::SqliteStore;
use super::stop::Stop;
use crate::store::Stored;
use crate::store::accounts::SecretDigest;
use crate::store::identities::{
    Identified, Identify, IdentityStore, OVER_REMEMBERED, Proof, SITE_SECRETS_MAX, SiteSecret, Standing,
    UNHEARD_KEPT, VISITOR_SESSIONS_MAX, Visit,
};

#[async_trait]
impl IdentityStore for SqliteStore {
    async fn site_secrets(&self, site: SiteId) -> Stored<Vec<SiteSecret>> {
        self.read(move |conn| site_secrets(conn, site)).await
    }

    async fn add_site_secret(&self, secret: SiteSecret) -> Stored<()> {
        self.write(move |writing| add_site_secret(writing.conn, secret)).await
    }

    async fn drop_site_secret(&self, site: SiteId, id: SiteSecretId) -> Stored<()> {
        self.write(move |writing| drop_site_secret(writing.conn, site, id)).await
    }

    async fn identify(&self, identify: Identify) -> Stored<Identified> {
        self.write(move |writing| {
            let done = self::identify(writing.conn, &identify)?;
            writing.unindexed.person(done.visitor);
            Ok(done)
        })
        .await
    }

    async fn standing(&self, of: Proof, inbox: InboxId) -> Stored<Standing> {
        self.read(move |conn| standing(conn, of, inbox)).await
    }

    async fn end_visit(
        &self,
        site: SiteId,
        token: SecretDigest,
        anonymous: VisitorId,
        at: UnixMillis,
    ) -> Stored<()> {
        self.write(move |writing| {
            let conn = writing.conn;
            // A token with which nothing can be read need not be remembered: anybody can make one up.
            if is_known(conn, site, token, anonymous)? {
                end(conn, site, token, anonymous, at)?;
            }
            Ok(())
        })
        .await
    }

    async fn forget_identities(&self, at: UnixMillis) -> Stored<()> {
        self.write(move |writing| forget_old(writing.conn, at)).await
    }

    async fn identity(&self, visitor: VisitorId) -> Stored<Option<IdentityView>> {
        self.read(move |conn| identity(conn, visitor)).await
    }

    async fn set_verified_only(&self, inbox: InboxId, is_so: bool) -> Stored<()> {
        self.write(move |writing| set_verified_only(writing.conn, inbox, is_so)).await
    }
}

fn site_secrets(conn: &Connection, site: SiteId) -> Result<Vec<SiteSecret>, Stop> {
    const SQL: &str = "SELECT id, made_at FROM site_secrets WHERE site = ?1 ORDER BY made_at, id";
    let read = |row: &SqlRow<'_>| {
        let (id, made_at) = (SiteSecretId::from_bytes(row.get(0)?), UnixMillis(row.get(1)?));
        Ok(SiteSecret { id, site, made_at })
    };
    let mut statement = conn.prepare_cached(SQL)?;
    Ok(statement.query_map([site.to_bytes()], read)?.collect::<Result<_, _>>()?)
}

fn add_site_secret(conn: &Connection, secret: SiteSecret) -> Result<(), Stop> {
    const SITE: &str = "SELECT 1 FROM sites WHERE id = ?1";
    const SQL: &str = "INSERT INTO site_secrets (id, site, made_at) VALUES (?1, ?2, ?3)";
    let site = secret.site.to_bytes();
    if !conn.prepare_cached(SITE)?.exists([site])? {
        return Err(Stop::not_found());
    }
    if site_secrets(conn, secret.site)?.len() >= SITE_SECRETS_MAX {
        return Err(Stop::because(RefusalCode::Conflict));
    }
    conn.prepare_cached(SQL)?.execute(params![secret.id.to_bytes(), site, secret.made_at.0])?;
    Ok(())
}

fn drop_site_secret(conn: &Connection, site: SiteId, id: SiteSecretId) -> Result<(), Stop> {
    const SQL: &str = "DELETE FROM site_secrets WHERE site = ?1 AND id = ?2";
    const OVER: &str = "UPDATE visitor_sessions SET is_over = 1 WHERE site = ?1 AND secret = ?2";
    let ids = params![site.to_bytes(), id.to_bytes()];
    if conn.prepare_cached(SQL)?.execute(ids)? == 0 {
        return Err(Stop::not_found());
    }
    conn.prepare_cached(OVER)?.execute(ids)?;
    Ok(())
}

fn identify(conn: &Connection, it: &Identify) -> Result<Identified, Stop> {
    const OPEN: &str = "INSERT INTO visitor_sessions (site, token, visitor, secret, opened_at, ends_at, is_over) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)";
    const TOO_MANY: &str = "UPDATE visitor_sessions SET is_over = 1 WHERE visitor = ?1 AND is_over = 0 \
        AND token NOT IN (SELECT token FROM visitor_sessions WHERE visitor = ?1 AND is_over = 0 \
        ORDER BY opened_at DESC, token = ?2 DESC LIMIT ?3)";
    if !site_secrets(conn, it.site)?.iter().any(|known| known.id == it.secret) {
        return Err(Stop::because(RefusalCode::SignedOut));
    }
    let before = match it.before {
        Some((token, anonymous)) => end(conn, it.site, token, anonymous, it.at)?,
        None => None,
    };
    let visitor = said(conn, it)?;
    let (site, id) = (it.site.to_bytes(), visitor.to_bytes());
    let session = params![site, it.token, id, it.secret.to_bytes(), it.at.0, it.until.0];
    conn.prepare_cached(OPEN)?.execute(session)?;
    conn.prepare_cached(TOO_MANY)?.execute(params![id, it.token, VISITOR_SESSIONS_MAX])?;
    Ok(Identified { visitor, before })
}

/// Remembers what a site says, and returns whom it is about.
fn said(conn: &Connection, it: &Identify) -> Result<VisitorId, Stop> {
    const SQL: &str = "INSERT INTO identities (visitor, site, sub, name, email, attributes, said_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (site, sub) DO UPDATE SET name = excluded.name, \
        email = excluded.email, attributes = excluded.attributes, said_at = excluded.said_at RETURNING visitor";
    let (visitor, site) = (it.visitor.to_bytes(), it.site.to_bytes());
    let IdentityView { sub, name, email, attributes } = &it.who;
    let values = params![visitor, site, sub, name, email, attributes.to_text(), it.at.0];
    Ok(conn.prepare_cached(SQL)?.query_row(values, |row| row.get(0).map(VisitorId::from_bytes))?)
}

/// Has a token be over. Returns whose it was until now, if anybody's.
fn end(
    conn: &Connection,
    site: SiteId,
    token: SecretDigest,
    anonymous: VisitorId,
    at: UnixMillis,
) -> Result<Option<VisitorId>, Stop> {
    const KNOWN: &str = "UPDATE visitor_sessions SET is_over = 1 WHERE site = ?1 AND token = ?2 AND is_over = 0 \
        RETURNING visitor, ends_at";
    const NEW: &str = "INSERT INTO visitor_sessions (site, token, visitor, opened_at, ends_at, is_over) \
        VALUES (?1, ?2, ?3, ?4, ?4, 1) ON CONFLICT (site, token) DO NOTHING";
    let read = |row: &SqlRow<'_>| Ok((VisitorId::from_bytes(row.get(0)?), UnixMillis(row.get(1)?)));
    let ended = conn.prepare_cached(KNOWN)?.query_row(params![site.to_bytes(), token], read).optional()?;
    if let Some((visitor, ends_at)) = ended {
        return Ok((at < ends_at).then_some(visitor));
    }
    let row = params![site.to_bytes(), token, anonymous.to_bytes(), at.0];
    Ok((conn.prepare_cached(NEW)?.execute(row)? == 1).then_some(anonymous))
}

/// Whether there is anything that a token could be good for: a session, or something written or sent with it.
fn is_known(
    conn: &Connection,
    site: SiteId,
    token: SecretDigest,
    anonymous: VisitorId,
) -> Result<bool, Stop> {
    const SQL: &str = "SELECT 1 WHERE EXISTS (SELECT 1 FROM visitor_sessions WHERE site = ?1 AND token = ?2) \
        OR EXISTS (SELECT 1 FROM visitors WHERE id = ?3) OR EXISTS (SELECT 1 FROM files WHERE visitor = ?3)";
    let values = params![site.to_bytes(), token, anonymous.to_bytes()];
    Ok(conn.prepare_cached(SQL)?.exists(values)?)
}

/// Forgets tokens with which nothing can be read, and who somebody is that never wrote.
fn forget_old(conn: &Connection, at: UnixMillis) -> Result<(), Stop> {
    const OVER: &str = "DELETE FROM visitor_sessions WHERE ends_at < ?1 AND (secret IS NOT NULL \
        OR NOT EXISTS (SELECT 1 FROM visitors WHERE id = visitor_sessions.visitor))";
    const UNHEARD: &str = "DELETE FROM identities WHERE said_at < ?1 \
        AND NOT EXISTS (SELECT 1 FROM visitors WHERE id = identities.visitor) \
        AND NOT EXISTS (SELECT 1 FROM visitor_sessions s WHERE s.visitor = identities.visitor AND s.is_over = 0 \
        AND s.ends_at > ?2)";
    conn.prepare_cached(OVER)?.execute([at.minus(OVER_REMEMBERED).0])?;
    conn.prepare_cached(UNHEARD)?.execute([at.minus(UNHEARD_KEPT).0, at.0])?;
    Ok(())
}

fn standing(conn: &Connection, of: Proof, inbox: InboxId) -> Result<Standing, Stop> {
    const TOKEN: &str =
        "SELECT visitor, ends_at, is_over FROM visitor_sessions WHERE site = ?1 AND token = ?2";
    const ENDED: &str = "SELECT 1 FROM visitor_sessions WHERE visitor = ?1 AND secret IS NULL";
    let visit = match of {
        Proof::Token(site, token) => {
            let read = |row: &SqlRow<'_>| {
                let until = Some(UnixMillis(row.get(1)?));
                let visitor = VisitorId::from_bytes(row.get(0)?);
                Ok(if row.get(2)? { Visit::Over } else { Visit::Verified { visitor, until } })
            };
            let found = conn.prepare_cached(TOKEN)?.query_row(params![site.to_bytes(), token], read);
            found.optional()?.unwrap_or(Visit::Unverified)
        }
        Proof::Signed(visitor) if is_verified(conn, visitor)? => Visit::Verified { visitor, until: None },
        Proof::Signed(visitor) if conn.prepare_cached(ENDED)?.exists([visitor.to_bytes()])? => Visit::Over,
        Proof::Signed(_) => Visit::Unverified,
    };
    Ok(Standing { visit, verified_only: is_verified_only(conn, inbox)? })
}

/// Refuses a visitor who is not verified where nobody else may do anything (S10).
pub fn may_act(conn: &Connection, visitor: VisitorId, inbox: InboxId) -> Result<bool, Stop> {
    Ok(!is_verified_only(conn, inbox)? || is_verified(conn, visitor)?)
}

/// The same, for those who can do nothing else.
pub fn allows(conn: &Connection, visitor: VisitorId, inbox: InboxId) -> Result<(), Stop> {
    if may_act(conn, visitor, inbox)? { Ok(()) } else { Err(Stop::because(RefusalCode::NotAllowed)) }
}

fn is_verified_only(conn: &Connection, inbox: InboxId) -> Result<bool, Stop> {
    const SQL: &str = "SELECT 1 FROM verified_only WHERE inbox = ?1";
    Ok(conn.prepare_cached(SQL)?.exists([inbox.to_bytes()])?)
}

/// Whether a site has said who this is.
pub fn is_verified(conn: &Connection, visitor: VisitorId) -> Result<bool, Stop> {
    const SQL: &str = "SELECT 1 FROM identities WHERE visitor = ?1";
    Ok(conn.prepare_cached(SQL)?.exists([visitor.to_bytes()])?)
}

/// See `IdentityStore::identity`.
pub fn identity(conn: &Connection, visitor: VisitorId) -> Result<Option<IdentityView>, Stop> {
    const SQL: &str = "SELECT sub, name, email, attributes FROM identities WHERE visitor = ?1";
    let read = |row: &SqlRow<'_>| {
        let known =
            IdentityView { sub: row.get(0)?, name: row.get(1)?, email: row.get(2)?, attributes: Vec::new() };
        Ok((known, row.get::<_, String>(3)?))
    };
    let Some((known, attributes)) =
        conn.prepare_cached(SQL)?.query_row([visitor.to_bytes()], read).optional()?
    else {
        return Ok(None);
    };
    let broken = |_| Stop::Corrupt("what a site says of a visitor cannot be read".into());
    let attributes = Vec::<AttributeView>::from_text(&attributes).map_err(broken)?;
    Ok(Some(IdentityView { attributes, ..known }))
}

fn set_verified_only(conn: &Connection, inbox: InboxId, is_so: bool) -> Result<(), Stop> {
    const INBOX: &str = "SELECT 1 FROM inboxes WHERE id = ?1";
    let id = inbox.to_bytes();
    if !conn.prepare_cached(INBOX)?.exists([id])? {
        return Err(Stop::not_found());
    }
    let change = match is_so {
        true => "INSERT INTO verified_only (inbox) VALUES (?1) ON CONFLICT (inbox) DO NOTHING",
        false => "DELETE FROM verified_only WHERE inbox = ?1",
    };
    conn.prepare_cached(change)?.execute([id])?;
    Ok(())
}

/// Forgets who a visitor is and ends their sessions: whoever comes as they did is somebody new.
pub fn forget(conn: &Connection, visitor: VisitorId) -> Result<bool, Stop> {
    const WHO: &str = "DELETE FROM identities WHERE visitor = ?1";
    const OVER: &str = "UPDATE visitor_sessions SET is_over = 1 WHERE visitor = ?1";
    conn.prepare_cached(OVER)?.execute([visitor.to_bytes()])?;
    Ok(conn.prepare_cached(WHO)?.execute([visitor.to_bytes()])? > 0)
}
