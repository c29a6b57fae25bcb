//! Whether the audit trail is as the server has written it.

use std::path::Path;

use super::Finding;
use crate::store::sqlite;

/// The first thing in the trail that does not fit.
pub fn examine(data: &Path) -> Vec<Finding> {
    let wrong = match sqlite::check_trail(data, None) {
        Ok(Ok(_)) => return Vec::new(),
        Ok(Err(flaw)) => flaw.to_string(),
        Err(error) => error.to_string(),
    };
    vec![Finding::new(
        wrong,
        "somebody has changed the database beside the server, or put an older one in place by hand: what the trail \
         says can no longer be relied on",
        "find out who could write to the data folder; keep a copy of it, and compare with `deskbell audit show` of a \
         backup from before",
    )]
}
