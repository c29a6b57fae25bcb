//! HTTP: one table of routes over warp's filters, one file a subject, one error boundary, one place for headers.
//! It decides who may call a route; what a call may do is `application`'s. The sockets it upgrades go to `relay`.

pub mod accounts;
pub mod admission;
pub mod assets;
pub mod audit;
mod board;
pub mod call;
pub mod cards;
pub mod connections;
pub mod documents;
pub mod files;
mod filing;
pub mod headers;
pub mod health;
pub mod identities;
pub mod listen;
pub mod loader;
pub mod looks;
pub mod mail_stop;
pub mod peer;
pub mod plain;
pub mod plain_page;
mod plain_questions;
pub mod plain_token;
pub mod policy_reports;
pub mod previews;
pub mod privacy;
pub mod problem;
pub mod reply;
pub mod routes;
mod search;
pub mod second_steps;
pub mod sites;
pub mod snippets;
pub mod socket;
pub mod team;
pub mod tls;
pub mod views;
pub mod visitors;
pub mod words;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Buf;
use futures_util::StreamExt;
use hyper::upgrade::OnUpgrade;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, Method};
use warp::path::FullPath;
use warp::reply::Response;
use warp::{Filter, Rejection};

use crate::application::Application;
use crate::application::accounts::Accounts;
use crate::application::erasing::Erasing;
use crate::application::files::Files;
use crate::application::identities::Identities;
use crate::application::pictures::Pictures;
use crate::application::places::Places;
use crate::application::sites::Sites;
use crate::auth::origin::{OwnOrigins, PublicUrl};
use crate::auth::session::Cookies;
use crate::config::Cidr;
use crate::mail::MailStops;
use crate::meter::meter;
use crate::store::health::Health;
use call::{Call, Caller};
use connections::Connections;
use loader::Loaders;
use plain_token::PlainTokens;
use previews::Previews;
use problem::Problem;

/// Everything that answers requests.
pub struct Edge {
    /// What is done.
    pub app: Arc<Application>,
    /// People.
    pub accounts: Accounts,
    /// Websites.
    pub sites: Sites,
    /// Pictures.
    pub pictures: Pictures,
    /// Files.
    pub files: Arc<Files>,
    /// Who visitors are.
    pub identities: Identities,
    /// What is to be forgotten.
    pub erasing: Arc<Erasing>,
    /// Where people reach the server.
    pub public: PublicUrl,
    /// Which origins are ours.
    pub own: OwnOrigins,
    /// How cookies are called.
    pub cookies: Cookies,
    /// Whose word about addresses counts.
    pub proxies: Vec<Cidr>,
    /// The loaders written so far.
    pub loaders: Loaders,
    /// What owners look at before they save it.
    pub previews: Previews,
    /// The tokens of plain forms.
    pub plain: PlainTokens,
    /// Reads the links that stop mail.
    pub mail_stops: MailStops,
    /// How often broken policies were reported.
    pub reports: Places,
    /// How often plain forms were sent.
    pub forms: Places,
    /// Who is connected to the port.
    pub connections: Arc<Connections>,
    /// How the store is doing.
    pub health: Health,
    /// Set once the server is going away.
    pub draining: AtomicBool,
}

/// The other end of a socket; put into every request by the accept loop.
#[derive(Clone, Copy, Debug)]
pub struct SocketAddress(pub IpAddr);

impl Edge {
    /// Whether the server is going away.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Answers one request.
    pub async fn answer(self: Arc<Self>, mut call: Call) -> Response {
        let is_head = call.method == Method::HEAD;
        if is_head {
            call.method = Method::GET;
        }
        call.client = peer::client(call.socket, &call.headers, &self.proxies);
        let (route, params) = match routes::find(&call.method, &call.path) {
            Ok(found) => found,
            Err(problem) => {
                meter().refused_by_http(problem.code());
                return self.dressed(problem.into_json(), headers::Surface::Api);
            }
        };
        call.params = params;
        // Behind a proxy all requests come from one address: there the client's own is counted while one is answered.
        let place = (call.client != call.socket.to_canonical()).then_some(call.client);
        call.permit = match self.connections.admit_client(place) {
            Ok(permit) => Some(permit),
            Err(busy) => return self.dressed(busy.problem().into_json(), route.surface),
        };
        let had_session = call.cookie(&self.cookies.agent_name()).is_some();
        let answered = match admission::admit(&self, route, &mut call).await {
            Ok(()) => (route.run)(Arc::clone(&self), call).await,
            Err(problem) => Err(problem),
        };
        let response = answered.unwrap_or_else(|problem| {
            tracing::debug!(route = route.path, status = problem.status().as_u16(), "refused");
            meter().refused_by_http(problem.code());
            let stale = problem.is_signed_out() && had_session;
            let mut response = if route.is_page() { problem.into_page() } else { problem.into_json() };
            if stale {
                reply::set_cookie(&mut response, &self.cookies.agent_gone());
            }
            response
        });
        self.dressed(response, route.surface)
    }

    fn dressed(&self, mut response: Response, surface: headers::Surface) -> Response {
        headers::dress(response.headers_mut(), surface, &self.public);
        response
    }
}

/// All routes as one warp filter.
pub fn filter(edge: Arc<Edge>) -> BoxedFilter<(Response,)> {
    warp::method()
        .and(warp::path::full())
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<SocketAddress>())
        .and(warp::ext::optional::<OnUpgrade>())
        .and(warp::body::stream())
        .then(move |method, path: FullPath, headers: HeaderMap, socket: SocketAddress, upgrade, body| {
            let body = StreamExt::map(body, |part: Result<_, warp::Error>| part.map(whole));
            let call = Call {
                method,
                path: path.as_str().to_owned(),
                params: Vec::new(),
                headers,
                client: socket.0,
                socket: socket.0,
                upgrade,
                permit: None,
                caller: Caller::Anyone,
                body: Box::pin(body),
            };
            // Boxed: the largest handler decides the size of this future, and a socket must not carry it.
            Box::pin(Arc::clone(&edge).answer(call))
        })
        .recover(rejected)
        .unify()
        .boxed()
}

fn whole(mut part: impl Buf) -> bytes::Bytes {
    part.copy_to_bytes(part.remaining())
}

/// Warp itself rejects nothing that a client can cause; what it would is a mistake of ours.
async fn rejected(rejection: Rejection) -> Result<Response, Infallible> {
    tracing::error!(?rejection, "a request was rejected before it was read");
    let words = "the server could not read this request";
    let status = warp::http::StatusCode::INTERNAL_SERVER_ERROR;
    Ok(Problem::new(status, deskbell_shared::protocol::RefusalCode::Unavailable, words).into_json())
}

#[cfg(test)]
mod tests;
