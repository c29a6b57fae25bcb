//! Deleting all about a visitor.

use deskbell_shared::model::VisitorId;
use deskbell_shared::protocol::api::{Nothing, ProofRequest};

use crate::services::http;
use crate::trouble::Trouble;

/// Asks the server to delete it for good. The password proves who asks.
pub async fn erase(visitor: VisitorId, password: String) -> Result<Nothing, Trouble> {
    let path = ["/api/visitors/", &visitor.to_hex(), "/erase"].concat();
    http::post(&path, &ProofRequest { password }).await
}
