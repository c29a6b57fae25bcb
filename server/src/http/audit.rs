//! The routes of the audit trail, for those who may read it. Nothing writes it from outside.

use std::sync::Arc;

use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `GET /api/audit`
pub async fn newest(edge: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.trail(None).await?))
}

/// `GET /api/audit/NUMBER`
pub async fn before(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let number = call.params.first().and_then(|text| text.parse().ok()).ok_or_else(Problem::not_found)?;
    Ok(reply::json(&edge.app.trail(Some(number)).await?))
}
