//! The routes of inboxes and of who is in the team, for owners.

use std::sync::Arc;

use deskbell_shared::model::{AgentId, InboxId};
use deskbell_shared::protocol::api::ActivityEdit;
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `GET /api/inboxes`
pub async fn inboxes(edge: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.inboxes().await?))
}

/// `POST /api/inboxes`
pub async fn add_inbox(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let by = call.agent()?;
    Ok(reply::json(&edge.app.add_inbox(by, call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `POST /api/inboxes/ID`
pub async fn edit_inbox(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let id = call.params.first().and_then(|text| InboxId::from_hex(text)).ok_or_else(Problem::not_found)?;
    let by = call.agent()?;
    Ok(reply::json(&edge.app.edit_inbox(by, id, call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `GET /api/inboxes/ID/waits`
pub async fn waits(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let id = call.params.first().and_then(|text| InboxId::from_hex(text)).ok_or_else(Problem::not_found)?;
    Ok(reply::json(&edge.app.waits(call.agent()?, id).await?))
}

/// `POST /api/agents/ID/activity`
pub async fn set_activity(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let signed = call.agent()?;
    let id = call.params.first().and_then(|text| AgentId::from_hex(text)).ok_or_else(Problem::not_found)?;
    let ActivityEdit { active } = call.json(FRAME_BYTES_MAX).await?;
    match active {
        true => edge.app.reactivate(signed, id).await?,
        false => edge.app.deactivate(signed, id).await?,
    }
    Ok(reply::nothing())
}
