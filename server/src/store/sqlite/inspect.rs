//! Looks into a database without opening it for use: what `deskbell doctor` judges. Only reads.

use std::path::Path;

use deskbell_shared::model::UnixMillis;

use super::open::{self, DATABASE_FILE, OpenError, SqliteOptions, tried};

/// What is in a database.
#[derive(Debug)]
pub struct Look {
    /// The version of its schema.
    pub schema: usize,
    /// When the newest row was stored, by the clock of then.
    pub newest_at: Option<UnixMillis>,
    /// Its sites.
    pub sites: Vec<SiteLook>,
}

/// One site.
#[derive(Debug)]
pub struct SiteLook {
    /// Its public key.
    pub key: String,
    /// The origins on which its widget may be.
    pub allowed: Vec<String>,
    /// The origins whose pages have asked for its loader, the latest first.
    pub seen: Vec<String>,
}

/// Looks into the database of a directory, whether a process uses it or not.
pub fn look(dir: &Path) -> Result<Look, OpenError> {
    let path = dir.join(DATABASE_FILE);
    if !path.is_file() {
        return Err(OpenError::NoData(dir.to_path_buf()));
    }
    let conn = open::reading(dir, &SqliteOptions::default())?;
    let schema = open::version(&conn, &path)?;
    let read = || {
        const NEWEST: &str = "SELECT max(last_at) FROM conversations";
        let newest: Option<i64> = conn.query_row(NEWEST, [], |row| row.get(0))?;
        let mut sites = conn.prepare("SELECT id, key FROM sites ORDER BY made_at, id")?;
        let mut allowed = conn.prepare("SELECT origin FROM site_origins WHERE site = ?1 ORDER BY place")?;
        let mut seen = conn.prepare("SELECT origin FROM site_seen WHERE site = ?1 ORDER BY at DESC")?;
        let ids = sites.query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?)))?;
        let mut found = Vec::new();
        for id in ids {
            let (id, key) = id?;
            found.push(SiteLook {
                key,
                allowed: allowed.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?,
                seen: seen.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?,
            });
        }
        Ok(Look { schema, newest_at: newest.map(UnixMillis), sites: found })
    };
    read().map_err(tried("look into the database"))
}
