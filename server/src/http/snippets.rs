//! The routes of saved answers.

use std::sync::Arc;

use deskbell_shared::model::SnippetId;
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `GET /api/snippets`
pub async fn all(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.snippets(call.agent()?).await?))
}

/// `POST /api/snippets`
pub async fn add(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let who = call.agent()?;
    Ok(reply::json(&edge.app.write_snippet(who, None, call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `POST /api/snippets/ID`
pub async fn edit(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let (who, id) = (call.agent()?, snippet(&call)?);
    Ok(reply::json(&edge.app.write_snippet(who, Some(id), call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `POST /api/snippets/ID/used`
pub async fn used(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    edge.app.count_snippet(call.agent()?, snippet(&call)?).await?;
    Ok(reply::nothing())
}

/// `POST /api/snippets/ID/forget`
pub async fn forget(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    edge.app.forget_snippet(call.agent()?, snippet(&call)?).await?;
    Ok(reply::nothing())
}

fn snippet(call: &Call) -> Result<SnippetId, Problem> {
    call.params.first().and_then(|text| SnippetId::from_hex(text)).ok_or_else(Problem::not_found)
}
