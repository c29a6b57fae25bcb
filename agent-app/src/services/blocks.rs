//! Blocks of visitors, at the server.

use deskbell_shared::model::VisitorId;
use deskbell_shared::protocol::api::Nothing;

use super::http;
use crate::trouble::Trouble;

/// Ends a block.
pub async fn unblock(visitor: VisitorId) -> Result<Nothing, Trouble> {
    http::post(&["/api/visitors/", &visitor.to_hex(), "/unblock"].concat(), &Nothing {}).await
}
