//! The routes of the websites, for owners.

use std::sync::Arc;

use deskbell_shared::model::SiteId;
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `GET /api/sites`
pub async fn all(edge: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.sites.all().await?))
}

/// `POST /api/sites`
pub async fn add(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let by = call.agent()?;
    Ok(reply::json(&edge.sites.add(by, call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `POST /api/sites/ID`
pub async fn edit(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let id = call.params.first().and_then(|text| SiteId::from_hex(text)).ok_or_else(Problem::not_found)?;
    let by = call.agent()?;
    Ok(reply::json(&edge.sites.edit(by, id, call.json(FRAME_BYTES_MAX).await?).await?))
}
