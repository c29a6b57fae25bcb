//! The routes of owners about signed identity: the secrets of a site, and who may write to an inbox.

use std::sync::Arc;

use deskbell_shared::model::{InboxId, SiteId};
use deskbell_shared::protocol::api::{InboxIdentityEdit, ProofRequest, SiteSecretDrop};
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `GET /api/sites/ID/identity`
pub async fn of_site(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.identities.of_site(site_of(&call)?).await?))
}

/// `POST /api/sites/ID/identity/secrets`
pub async fn make_secret(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let owner = call.agent()?;
    let asked: ProofRequest = call.json(FRAME_BYTES_MAX).await?;
    let site = site_of(&call)?;
    // Whoever has it can be every visitor of the site: a session that was left open is not enough.
    edge.accounts.prove(owner, asked, call.place()).await?;
    Ok(reply::json(&edge.identities.make_secret(owner, site).await?))
}

/// `POST /api/sites/ID/identity/drop`
pub async fn drop_secret(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let owner = call.agent()?;
    let asked: SiteSecretDrop = call.json(FRAME_BYTES_MAX).await?;
    edge.identities.drop_secret(owner, site_of(&call)?, asked.id).await?;
    Ok(reply::nothing())
}

/// `POST /api/inboxes/ID/identity`
pub async fn edit_inbox(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let owner = call.agent()?;
    let asked: InboxIdentityEdit = call.json(FRAME_BYTES_MAX).await?;
    let inbox =
        call.params.first().and_then(|text| InboxId::from_hex(text)).ok_or_else(Problem::not_found)?;
    edge.identities.set_verified_only(owner, inbox, asked.verified_only).await?;
    Ok(reply::nothing())
}

fn site_of(call: &Call) -> Result<SiteId, Problem> {
    call.params.first().and_then(|text| SiteId::from_hex(text)).ok_or_else(Problem::not_found)
}
