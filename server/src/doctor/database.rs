//! Whether this build can use the database, and what it tells about sites and the clock.

use std::path::Path;

use deskbell_shared::model::UnixMillis;

use super::Finding;
use crate::store::sqlite::{self, Look, OpenError};

/// How far a row may lie in the future before it is the clock.
const AHEAD_MS_MAX: i64 = 60_000;
/// Origins that are named.
const NAMED_MAX: usize = 5;

/// What is wrong with the database, and what is in it when it can be read.
pub fn examine(data: &Path) -> (Vec<Finding>, Option<Look>) {
    let error = match sqlite::look(data) {
        Ok(look) => return (Vec::new(), Some(look)),
        Err(error) => error,
    };
    let (why, remedy) = match &error {
        OpenError::NoData(_) => (
            "everything else about the server's data was looked for in the wrong place, or it has none yet",
            "name the folder the server uses with --data; a new server makes it at its first start",
        ),
        OpenError::Newer { .. } => (
            "this binary will not start on it: it would not understand what is there",
            "put the newer binary back (`deskbell --version`), or restore a backup made before the upgrade",
        ),
        OpenError::Damaged(..) => (
            "the server will not start on it",
            "stop the server, keep a copy of the folder, and `deskbell restore` the newest backup",
        ),
        _ => (
            "the server may not be able to use it either",
            "run this as the user the server runs as; look for the same words in the server's log",
        ),
    };
    (vec![Finding::new(error.to_string(), why, remedy)], None)
}

/// Sites that are asked for only where they are not allowed.
pub fn origins(look: &Look) -> Vec<Finding> {
    let is_lost = |site: &&sqlite::SiteLook| {
        !site.seen.is_empty() && !site.seen.iter().any(|seen| site.allowed.contains(seen))
    };
    let found = look.sites.iter().filter(is_lost).map(|site| {
        let seen = site.seen.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
        let allowed = if site.allowed.is_empty() { "no address".to_owned() } else { site.allowed.join(", ") };
        Finding::new(
            format!(
                "the loader of the site {} was asked for by {seen} only, and {allowed} is allowed",
                site.key
            ),
            "browsers show no chat on a page whose address is not allowed, and visitors see nothing at all",
            "add the address under Sites in the agent desktop, exactly as it stands in the address bar (https or \
             http, with or without www.)",
        )
    });
    found.collect()
}

/// Rows from the future.
pub fn clock(look: &Look, now: UnixMillis) -> Vec<Finding> {
    let Some(ahead_ms) = look.newest_at.map(|at| at.0 - now.0).filter(|ahead| *ahead > AHEAD_MS_MAX) else {
        return Vec::new();
    };
    vec![Finding::new(
        format!("the newest message in the database was stored {} s in the future", ahead_ms / 1000),
        "the clock was wrong then or is wrong now; times on the screens, waits, sign-ins and rate limits rest on it \
         (the order of messages does not)",
        "let the machine keep its time (`timedatectl set-ntp true`) and compare `date -u` with another clock",
    )]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::SiteLook;

    fn site(allowed: &[&str], seen: &[&str]) -> Look {
        let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        let site = SiteLook { key: "KEY".to_owned(), allowed: owned(allowed), seen: owned(seen) };
        Look { schema: sqlite::SCHEMA_VERSION, newest_at: Some(UnixMillis(100_000)), sites: vec![site] }
    }

    #[test]
    fn a_site_is_lost_only_when_no_page_of_it_is_allowed() {
        let (shop, www) = ("https://shop.example", "https://www.shop.example");
        assert!(origins(&site(&[shop], &[])).is_empty(), "not asked for yet");
        assert!(origins(&site(&[shop], &[www, shop])).is_empty());
        let found = origins(&site(&[shop], &[www]));
        assert!(found[0].wrong.contains(www) && found[0].wrong.contains(shop), "{found:?}");
        assert_eq!(origins(&site(&[], &[www])).len(), 1);
    }

    #[test]
    fn a_row_from_the_future_is_the_clock() {
        assert!(clock(&site(&[], &[]), UnixMillis(100_000 - AHEAD_MS_MAX)).is_empty());
        assert_eq!(clock(&site(&[], &[]), UnixMillis(100_000 - AHEAD_MS_MAX - 1)).len(), 1);
    }
}
