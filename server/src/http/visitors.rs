//! `POST /w/KEY/ticket`: a ticket for a visitor, who is known by a cookie, else by the token the frame kept, else is
//! new. Nothing is stored for a ticket.

use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::protocol::api::{VisitorTicket, VisitorTicketRequest};
use deskbell_shared::protocol::limits::FRAME_BYTES_MAX;
use warp::http::StatusCode;
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};
use crate::application::accounts;
use crate::application::denial::Denial;
use crate::auth::principal::Principal;
use crate::auth::secret::Secret;
use crate::auth::visitor::visitor_id;

/// `POST /w/KEY/ticket`
pub async fn ticket(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let site = call.site()?;
    let asked: VisitorTicketRequest = call.json(FRAME_BYTES_MAX).await?;
    let (limits, tickets) = (&edge.app.limits, &edge.app.from_places.tickets);
    tickets.take(limits.place_tickets, call.place(), 1, edge.app.now()).map_err(|wait| {
        Denial::wait(wait, "too many visitors come from one address; try again in a moment")
    })?;
    if !edge.connections.has_room_for_visitors() {
        return Err(Problem::unavailable("too many chats are open right now", Duration::from_secs(10)));
    }
    let cookie = call.cookie(&edge.cookies.visitor_name());
    let had_cookie = cookie.is_some();
    let token = match (cookie, asked.token) {
        (Some(cookie), _) => cookie,
        (None, Some(given)) => Secret::received(&given).ok_or_else(|| {
            let code = deskbell_shared::protocol::RefusalCode::Malformed;
            Problem::new(StatusCode::BAD_REQUEST, code, "this is no visitor token")
        })?,
        (None, None) => Secret::fresh(),
    };
    let visitor = Principal::Visitor { id: visitor_id(site.id, &token), site: site.id, inbox: site.inbox };
    let ticket = accounts::ticket(&edge.app, visitor)?;
    let kept = (!had_cookie).then(|| token.expose().to_owned());
    let mut response = reply::json(&VisitorTicket { ticket, token: kept });
    reply::set_cookie(&mut response, &edge.cookies.visitor(token.expose()));
    Ok(response)
}
