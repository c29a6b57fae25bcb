//! Whether mail goes out.

use super::Finding;
use crate::config::Settings;

/// What is wrong with sending mail; `None` when none is set up.
///
/// The place for that check: there are no settings of mail yet.
pub async fn examine(_: &Settings) -> Option<Vec<Finding>> {
    None
}
