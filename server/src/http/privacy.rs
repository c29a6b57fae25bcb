//! The routes of forgetting: by a visitor, by an owner, and how long things are kept.

use std::sync::Arc;

use deskbell_shared::model::VisitorId;
use deskbell_shared::protocol::api::{ProofRequest, RetentionEdit};
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};
use crate::application::audit::By;
use crate::store::Scope;

/// `POST /w/KEY/forget`
pub async fn forget(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    // Whoever may do nothing else any more may be forgotten.
    let visitor = edge.identities.anybody(&*call.site()?, &call.visitor_token(&edge)?).await?;
    edge.erasing.forget(visitor, Scope::Visitor(visitor), By::visitor(visitor)).await?;
    let mut response = reply::nothing();
    reply::set_cookie(&mut response, &edge.cookies.visitor_gone());
    Ok(response)
}

/// `POST /api/visitors/ID/erase`
pub async fn erase(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let owner = call.agent()?;
    let asked: ProofRequest = call.json(FRAME_BYTES_MAX).await?;
    let visitor = call.params.first().and_then(|text| VisitorId::from_hex(text));
    let visitor = visitor.ok_or_else(Problem::not_found)?;
    edge.accounts.prove(owner, asked, call.place()).await?;
    edge.erasing.forget(visitor, Scope::Agent(owner.id), owner.into()).await?;
    Ok(reply::nothing())
}

/// `GET /api/retention`
pub async fn retentions(edge: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.erasing.retentions().await?))
}

/// `POST /api/retention`
pub async fn edit_retention(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let by = call.agent()?;
    Ok(reply::json(&edge.erasing.edit(by.into(), call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `POST /api/retention/due`
pub async fn due(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let asked: RetentionEdit = call.json(FRAME_BYTES_MAX).await?;
    Ok(reply::json(&edge.erasing.would_go(&asked).await?))
}
