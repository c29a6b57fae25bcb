//! Leaving: the sessions of whoever is signed in end at the server, and what this browser kept for them goes.

use deskbell_shared::model::AgentId;
use deskbell_shared::protocol::api::Nothing;

use super::{drafts, http, wire};
use crate::trouble::Trouble;

/// Ends the session of this browser.
pub const HERE: &str = "/api/logout";
/// Ends all sessions of mine.
pub const EVERYWHERE: &str = "/api/logout-everywhere";

/// Signs out. Whoever is signed out already is.
pub async fn sign_out(me: AgentId, path: &'static str) -> Result<(), Trouble> {
    let answer: Result<Nothing, Trouble> = http::post(path, &Nothing {}).await;
    match answer {
        Err(trouble) if !trouble.is_signed_out() => Err(trouble),
        _ => {
            drafts::forget_all();
            wire::forget(me).await;
            Ok(())
        }
    }
}
