//! The route of search.

use std::sync::Arc;

use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `POST /api/search`
pub async fn search(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let who = call.agent()?;
    Ok(reply::json(&edge.app.search(who, call.json(FRAME_BYTES_MAX).await?).await?))
}
