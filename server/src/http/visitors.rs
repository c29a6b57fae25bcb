//! The doors of visitors: a ticket for whoever has a token or none, a session for whoever their site's server says they
//! are, and the way out. Nothing is stored for a ticket.

use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{
    IdentifyRequest, LogoutRequest, VisitView, VisitorTicket, VisitorTicketRequest,
};
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::http::StatusCode;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};
use crate::application::accounts;
use crate::application::denial::Denial;
use crate::auth::secret::Secret;
use crate::store::accounts::SiteRecord;

/// `POST /w/KEY/ticket`
pub async fn ticket(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let site = call.site()?;
    let asked: VisitorTicketRequest = call.json(FRAME_BYTES_MAX).await?;
    not_too_often(&edge, &call)?;
    shown_where_allowed(&edge, &site, asked.page.as_deref())?;
    if !edge.connections.has_room_for_visitors() {
        return Err(Problem::unavailable("too many chats are open right now", Duration::from_secs(10)));
    }
    let (token, had_cookie) = token_of(&edge, &call, asked.token)?;
    let token = token.unwrap_or_else(Secret::fresh);
    let visitor = match edge.identities.visitor(&site, &token).await {
        Ok(visitor) => visitor,
        // What is over is of no more use to the browser, and would be sent again.
        Err(denial) if denial.code == RefusalCode::SignedOut => {
            let mut response = Problem::from(denial).into_json();
            reply::set_cookie(&mut response, &edge.cookies.visitor_gone());
            return Ok(response);
        }
        Err(denial) => return Err(denial.into()),
    };
    let ticket = accounts::ticket(&edge.app, visitor)?;
    let kept = (!had_cookie).then(|| token.expose().to_owned());
    let mut response = reply::json(&VisitorTicket { ticket, token: kept });
    reply::set_cookie(&mut response, &edge.cookies.visitor(token.expose()));
    Ok(response)
}

/// `POST /w/KEY/identify`
pub async fn identify(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let site = call.site()?;
    let asked: IdentifyRequest = call.json(FRAME_BYTES_MAX).await?;
    not_too_often(&edge, &call)?;
    shown_where_allowed(&edge, &site, asked.page.as_deref())?;
    let (before, had_cookie) = token_of(&edge, &call, asked.token)?;
    let opened = edge.identities.identify(&site, &asked.identity, before.as_ref()).await?;
    let token = (!had_cookie).then(|| opened.token.expose().to_owned());
    let mut response = reply::json(&VisitView { token, changed: opened.changed });
    reply::set_cookie(&mut response, &edge.cookies.visitor(opened.token.expose()));
    Ok(response)
}

/// `POST /w/KEY/logout`
pub async fn log_out(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let site = call.site()?;
    let asked: LogoutRequest = call.json(FRAME_BYTES_MAX).await?;
    not_too_often(&edge, &call)?;
    let (token, _) = token_of(&edge, &call, asked.token)?;
    if let Some(token) = &token {
        edge.identities.log_out(&site, token).await?;
    }
    let mut response = reply::json(&VisitView { token: None, changed: token.is_some() });
    reply::set_cookie(&mut response, &edge.cookies.visitor_gone());
    Ok(response)
}

/// The token of a visitor, and whether it came as a cookie.
fn token_of(edge: &Edge, call: &Call, given: Option<String>) -> Result<(Option<Secret>, bool), Problem> {
    if let Some(cookie) = call.cookie(&edge.cookies.visitor_name()) {
        return Ok((Some(cookie), true));
    }
    let malformed =
        || Problem::new(StatusCode::BAD_REQUEST, RefusalCode::Malformed, "this is no visitor token");
    let token = given.map(|given| Secret::received(&given).ok_or_else(malformed)).transpose()?;
    Ok((token, false))
}

fn not_too_often(edge: &Edge, call: &Call) -> Result<(), Denial> {
    let (limits, tickets) = (&edge.app.limits, &edge.app.from_places.tickets);
    tickets
        .take(limits.place_tickets, call.place(), 1, edge.app.now())
        .map_err(|wait| Denial::wait(wait, "too many visitors come from one address; try again in a moment"))
}

/// Refuses a frame that says that it is shown by a page which is not the site's (S18). The frame says so where the
/// browser has told it, see `static/boot.js`; a program can say what it likes, and shows itself to nobody.
fn shown_where_allowed(edge: &Edge, site: &SiteRecord, page: Option<&str>) -> Result<(), Problem> {
    let is_ours =
        |page: &str| site.origins.iter().any(|origin| origin == page) || edge.own.admits([page].into_iter());
    if page.is_none_or(is_ours) {
        return Ok(());
    }
    let words = "this page may not show the chat: the owner of the chat has to allow its address first";
    Err(Problem::new(StatusCode::FORBIDDEN, RefusalCode::NotAllowed, words))
}
