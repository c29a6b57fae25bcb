//! Deleting all about a visitor.

use deskbell_shared::model::VisitorId;
use deskbell_shared::protocol::api::{Nothing, ProofRequest};

use crate::services::http;
use crate::trouble::Trouble;

/// Asks the server to delete it for good. The password proves who asks, and a code where one is wanted.
pub async fn erase(visitor: VisitorId, proof: ProofRequest) -> Result<Nothing, Trouble> {
    let path = ["/api/visitors/", &visitor.to_hex(), "/erase"].concat();
    http::post(&path, &proof).await
}
