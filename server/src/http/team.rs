//! The routes of inboxes and of who is in the team, for owners.

use std::sync::Arc;

use deskbell_shared::model::{AgentId, InboxId, Role};
use deskbell_shared::protocol::api::ProofRequest;
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};
use crate::application::accounts::Signed;

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

/// `POST /api/agents/ID/deactivate`
pub async fn deactivate(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let (owner, agent) = proven(&edge, &mut call).await?;
    edge.app.deactivate(owner, agent).await?;
    Ok(reply::nothing())
}

/// `POST /api/agents/ID/reactivate`
pub async fn reactivate(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let (owner, agent) = proven(&edge, &mut call).await?;
    edge.app.reactivate(owner, agent).await?;
    Ok(reply::nothing())
}

/// `POST /api/agents/ID/role/ROLE`
pub async fn set_role(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let role = call.params.get(1).and_then(|text| Role::from_name(text)).ok_or_else(Problem::not_found)?;
    let (owner, agent) = proven(&edge, &mut call).await?;
    edge.app.set_role(owner, agent, role).await?;
    Ok(reply::nothing())
}

/// Who asks, having given their password again (S55), and whom it is about.
async fn proven(edge: &Edge, call: &mut Call) -> Result<(Signed, AgentId), Problem> {
    let owner = call.agent()?;
    let id = call.params.first().and_then(|text| AgentId::from_hex(text)).ok_or_else(Problem::not_found)?;
    let asked: ProofRequest = call.json(FRAME_BYTES_MAX).await?;
    edge.accounts.prove(owner, asked, call.place()).await?;
    Ok((owner, id))
}
