//! The routes about one conversation or one visitor that the desk asks for by itself, and blocking.

use std::sync::Arc;

use deskbell_shared::model::{ConversationId, VisitorId};
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `GET /api/conversations/ID`
pub async fn conversation(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let id = call.params.first().and_then(|text| ConversationId::from_hex(text));
    let id = id.ok_or_else(Problem::not_found)?;
    Ok(reply::json(&edge.app.conversation_card(call.agent()?, id).await?))
}

/// `GET /api/conversations/ID/reasons`
pub async fn reasons(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let id = call.params.first().and_then(|text| ConversationId::from_hex(text));
    let id = id.ok_or_else(Problem::not_found)?;
    Ok(reply::json(&edge.app.reasons(call.agent()?, id).await?))
}

/// `GET /api/visitors/ID`
pub async fn visitor(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.visitor_card(call.agent()?, visitor_of(&call)?).await?))
}

/// `POST /api/visitors/ID/block`
pub async fn block(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let (who, visitor) = (call.agent()?, visitor_of(&call)?);
    edge.app.block(who, visitor, call.json(FRAME_BYTES_MAX).await?).await?;
    Ok(reply::nothing())
}

/// `POST /api/visitors/ID/unblock`
pub async fn unblock(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    edge.app.unblock(call.agent()?, visitor_of(&call)?).await?;
    Ok(reply::nothing())
}

/// `GET /api/blocks`
pub async fn all(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.blocks(call.agent()?).await?))
}

fn visitor_of(call: &Call) -> Result<VisitorId, Problem> {
    call.params.first().and_then(|text| VisitorId::from_hex(text)).ok_or_else(Problem::not_found)
}
