//! Which requests are let in, and who the caller is: what the table of routes demands, checked in one place before
//! any handler runs.

use warp::http::header::ORIGIN;

use super::Edge;
use super::call::{Call, Caller};
use super::problem::Problem;
use super::routes::{From, Permission, Route};
use crate::application::accounts::Signed;
use crate::application::denial::Denial;

/// The header that only our own pages can send across origins (a foreign one would have to ask first).
pub const OWN_HEADER: &str = "x-deskbell";

/// Lets a request in or says why not, and finds out who sent it.
pub async fn admit(edge: &Edge, route: &Route, call: &mut Call) -> Result<(), Problem> {
    if !is_from(edge, route.from, call) {
        return Err(Problem::foreign());
    }
    call.caller = match route.permission {
        Permission::Open => Caller::Anyone,
        Permission::SiteKey => {
            let key = call.params.first().map(String::as_str).unwrap_or_default();
            Caller::Site(edge.sites.by_key(key).await?.ok_or_else(Problem::not_found)?)
        }
        Permission::SignedIn => Caller::Agent(signed(edge, call).await?),
        wanted => match signed(edge, call).await? {
            agent if wanted.is_given_to(agent.role) => Caller::Agent(agent),
            _ => return Err(Denial::not_allowed().into()),
        },
    };
    Ok(())
}

fn is_from(edge: &Edge, from: From, call: &Call) -> bool {
    // A value that is no text is nobody's origin, but it is there.
    let origins = || call.headers.get_all(ORIGIN).iter().map(|value| value.to_str().unwrap_or("?"));
    match from {
        From::Anywhere => true,
        From::OwnSocket => edge.own.admits(origins()),
        From::OwnPage => edge.own.admits(origins()) && call.header(OWN_HEADER) == Some("1"),
        // Without scripts a frame may be sandboxed (`null`), and old browsers send no origin with forms: the token
        // in the form decides.
        From::OwnForm => origins().all(|origin| origin == "null") || edge.own.admits(origins()),
    }
}

async fn signed(edge: &Edge, call: &Call) -> Result<Signed, Problem> {
    let secret = call.cookie(&edge.cookies.agent_name()).ok_or_else(Problem::signed_out)?;
    edge.accounts.signed(&secret, call.client).await?.ok_or_else(Problem::signed_out)
}
