//! The routes of what staff files conversations with.

use std::sync::Arc;

use deskbell_shared::model::{InboxId, TagId};
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `GET /api/filing`
pub async fn all(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.filing(call.agent()?).await?))
}

/// `POST /api/tags`
pub async fn add_tag(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let by = call.agent()?;
    Ok(reply::json(&edge.app.write_tag(by, None, call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `POST /api/tags/ID`
pub async fn edit_tag(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let id = call.params.first().and_then(|text| TagId::from_hex(text)).ok_or_else(Problem::not_found)?;
    let by = call.agent()?;
    Ok(reply::json(&edge.app.write_tag(by, Some(id), call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `POST /api/inboxes/ID/outcomes`
pub async fn edit_outcomes(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let id = call.params.first().and_then(|text| InboxId::from_hex(text)).ok_or_else(Problem::not_found)?;
    let by = call.agent()?;
    Ok(reply::json(&edge.app.set_outcomes(by, id, call.json(FRAME_BYTES_MAX).await?).await?))
}
