//! The routes about the second step of signing in, once one is in; the way in is `accounts`'. All that changes something asks
//! for the password again (S55).

use std::sync::Arc;

use deskbell_shared::model::AgentId;
use deskbell_shared::protocol::api::{CodeRequest, ProofRequest};
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `GET /api/me/second-step`
pub async fn mine(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.accounts.second_step(call.agent()?).await?))
}

/// `POST /api/me/second-step/begin`
pub async fn begin(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let signed = call.agent()?;
    let asked: ProofRequest = call.json(FRAME_BYTES_MAX).await?;
    let made = edge.accounts.begin_second_step(signed, asked, call.place(), &edge.public.host).await?;
    Ok(reply::json(&made))
}

/// `POST /api/me/second-step/on`
pub async fn turn_on(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let signed = call.agent()?;
    let asked: CodeRequest = call.json(FRAME_BYTES_MAX).await?;
    Ok(reply::json(&edge.accounts.turn_on_second_step(signed, asked, call.place()).await?))
}

/// `POST /api/me/second-step/off`
pub async fn turn_off(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let signed = call.agent()?;
    let asked: ProofRequest = call.json(FRAME_BYTES_MAX).await?;
    Ok(reply::json(&edge.accounts.turn_off_second_step(signed, asked, call.place()).await?))
}

/// `POST /api/me/second-step/codes`
pub async fn renew_codes(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let signed = call.agent()?;
    let asked: ProofRequest = call.json(FRAME_BYTES_MAX).await?;
    Ok(reply::json(&edge.accounts.renew_recovery_codes(signed, asked, call.place()).await?))
}

/// `POST /api/agents/ID/second-step/off`
pub async fn turn_off_of(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let owner = call.agent()?;
    let id = call.params.first().and_then(|text| AgentId::from_hex(text)).ok_or_else(Problem::not_found)?;
    let asked: ProofRequest = call.json(FRAME_BYTES_MAX).await?;
    edge.accounts.turn_off_second_step_of(owner, id, asked, call.place()).await?;
    Ok(reply::nothing())
}
