//! The routes of saved views.

use std::sync::Arc;

use deskbell_shared::model::ViewId;
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `GET /api/views`
pub async fn all(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.views(call.agent()?).await?))
}

/// `POST /api/views`
pub async fn add(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let who = call.agent()?;
    Ok(reply::json(&edge.app.write_view(who, None, call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `POST /api/views/ID`
pub async fn edit(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let (who, id) = (call.agent()?, view(&call)?);
    Ok(reply::json(&edge.app.write_view(who, Some(id), call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `POST /api/views/ID/forget`
pub async fn forget(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.forget_view(call.agent()?, view(&call)?).await?))
}

fn view(call: &Call) -> Result<ViewId, Problem> {
    call.params.first().and_then(|text| ViewId::from_hex(text)).ok_or_else(Problem::not_found)
}
