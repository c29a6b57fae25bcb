//! The routes of people: in and out, oneself, colleagues, invitations, pictures. Bodies in, cookies out; the rest is
//! `application::accounts`.

use std::sync::Arc;

use deskbell_shared::protocol::api::{AgentTicket, PictureView};
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::http::HeaderValue;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, assets, reply};
use crate::application::accounts::Opened;
use crate::application::pictures::{UPLOAD_BYTES_MAX, is_hash};
use crate::application::second_step::Entered;

/// `POST /api/setup`
pub async fn set_up(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let asked = call.json(FRAME_BYTES_MAX).await?;
    let opened = edge.accounts.set_up(asked, call.arrival()).await?;
    Ok(signed_in(&edge, &opened))
}

/// `POST /api/login`
pub async fn sign_in(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let asked = call.json(FRAME_BYTES_MAX).await?;
    let old = call.cookie(&edge.cookies.agent_name());
    Ok(entered(&edge, &edge.accounts.sign_in(asked, call.arrival(), old).await?))
}

/// `POST /api/login/code`
pub async fn sign_in_with_code(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let asked = call.json(FRAME_BYTES_MAX).await?;
    let old = call.cookie(&edge.cookies.agent_name());
    let opened = edge.accounts.sign_in_with_code(asked, call.arrival(), old).await?;
    Ok(signed_in(&edge, &opened))
}

/// `POST /api/invites/accept`
pub async fn accept(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let asked = call.json(FRAME_BYTES_MAX).await?;
    Ok(entered(&edge, &edge.accounts.accept(asked, call.arrival()).await?))
}

/// `POST /api/logout`
pub async fn sign_out(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    edge.accounts.sign_out(call.agent()?).await?;
    Ok(signed_out(&edge))
}

/// `POST /api/logout-everywhere`
pub async fn sign_out_everywhere(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    edge.accounts.sign_out_everywhere(call.agent()?).await?;
    Ok(signed_out(&edge))
}

/// `GET /api/me/sessions`
pub async fn sessions(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.accounts.sessions(call.agent()?).await?))
}

/// `POST /api/me/sessions/ID/end`
pub async fn end_session(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let id = call.params.first().map(String::as_str).unwrap_or_default();
    edge.accounts.end_session(call.agent()?, id).await?;
    Ok(reply::nothing())
}

/// `POST /api/ticket`
pub async fn ticket(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&AgentTicket { ticket: edge.accounts.ticket(call.agent()?)? }))
}

/// `GET /api/me`
pub async fn me(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.accounts.me(call.agent()?).await?))
}

/// `POST /api/me`
pub async fn edit_profile(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let signed = call.agent()?;
    Ok(reply::json(&edge.accounts.edit_profile(signed, call.json(FRAME_BYTES_MAX).await?).await?))
}

/// `POST /api/me/password`
pub async fn change_password(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let signed = call.agent()?;
    let asked = call.json(FRAME_BYTES_MAX).await?;
    edge.accounts.change_password(signed, asked, call.place()).await?;
    Ok(reply::nothing())
}

/// `POST /api/me/picture`
pub async fn set_picture(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let signed = call.agent()?;
    let upload = call.bytes(UPLOAD_BYTES_MAX).await?;
    let picture = edge.pictures.make(upload.into()).await?;
    edge.accounts.set_picture(signed, &picture.hash, &picture.png).await?;
    Ok(reply::json(&PictureView { picture: picture.hash }))
}

/// `POST /api/pictures`: a picture that something else will name.
pub async fn keep_picture(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let upload = call.bytes(UPLOAD_BYTES_MAX).await?;
    let picture = edge.pictures.make(upload.into()).await?;
    edge.app.store.keep_picture(&picture.hash, &picture.png).await?;
    Ok(reply::json(&PictureView { picture: picture.hash }))
}

/// `GET /picture/HASH`
pub async fn picture(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let hash = call.params.first().filter(|hash| is_hash(hash)).ok_or_else(Problem::not_found)?;
    let png = edge.app.store.picture(hash).await?.ok_or_else(Problem::not_found)?;
    let mut response = Response::new(png.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(assets::FOR_EVER));
    Ok(response)
}

/// `GET /api/agents`
pub async fn people(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.accounts.people(call.agent()?).await?))
}

/// `POST /api/invites`
pub async fn invite(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let by = call.agent()?;
    let asked = call.json(FRAME_BYTES_MAX).await?;
    Ok(reply::json(&edge.accounts.invite(by, asked, call.place(), &edge.public.origin()).await?))
}

/// No cookie where a code is wanted.
fn entered(edge: &Edge, entered: &Entered) -> Response {
    let mut response = reply::json(&entered.view());
    if let Entered::Open(opened) = entered {
        reply::set_cookie(&mut response, &edge.cookies.agent(opened.secret.expose()));
    }
    response
}

fn signed_in(edge: &Edge, opened: &Opened) -> Response {
    let mut response = reply::json(&opened.me);
    reply::set_cookie(&mut response, &edge.cookies.agent(opened.secret.expose()));
    response
}

fn signed_out(edge: &Edge) -> Response {
    let mut response = reply::nothing();
    reply::set_cookie(&mut response, &edge.cookies.agent_gone());
    response
}
