//! One request as handlers see it: where to, by whom, with which body. Bodies are read here and nowhere else, within
//! a size and a time, so that no handler can forget a bound.

use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use deskbell_shared::codec::Wire;
use deskbell_shared::model::VisitorId;
use futures_util::{Stream, StreamExt};
use hyper::upgrade::OnUpgrade;
use tokio::io::AsyncWriteExt as _;
use warp::http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, IF_NONE_MATCH,
    USER_AGENT,
};
use warp::http::{HeaderMap, Method, StatusCode};

use super::Edge;
use super::connections::Permit;
use super::problem::Problem;
use crate::application::accounts::Signed;
use crate::application::sessions::Arrival;
use crate::auth::device;
use crate::auth::principal::Principal;
use crate::auth::secret::Secret;
use crate::auth::session::cookie;
use crate::auth::throttle::Place;
use crate::language::Language;
use crate::store::accounts::SiteRecord;

/// A body arrives whole within this time.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A file arrives whole within this time; the next piece of it within `BODY_TIMEOUT`.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Carries the visitor token where the browser keeps no cookie for us.
pub const VISITOR_HEADER: &str = "x-deskbell-visitor";

/// The bytes of a request as they arrive.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send + Sync>>;

/// A request.
pub struct Call {
    /// `HEAD` counts as `GET`.
    pub method: Method,
    /// The address, undecoded.
    pub path: String,
    /// What stood in the places of the route's pattern.
    pub params: Vec<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// Where the client is, as far as a trusted proxy or the socket says.
    pub client: IpAddr,
    /// The other side of the socket.
    pub socket: IpAddr,
    /// There when the client asks for another protocol.
    pub upgrade: Option<OnUpgrade>,
    /// Behind a proxy, the right of this client to be answered; a socket keeps it.
    pub permit: Option<Permit>,
    /// Whom the route's permission found.
    pub caller: Caller,
    /// Not yet read.
    pub body: BodyStream,
}

/// Who calls, as far as the route had to know.
#[derive(Clone, Debug)]
pub enum Caller {
    /// It does not matter.
    Anyone,
    /// The widget of this site.
    Site(Arc<SiteRecord>),
    /// Somebody who is signed in.
    Agent(Signed),
}

impl Call {
    /// One header as text; `None` when it is absent or not text.
    pub fn header(&self, name: impl warp::http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Who comes to sign in.
    pub fn arrival(&self) -> Arrival {
        let device = device::name(self.header(USER_AGENT).unwrap_or_default());
        Arrival { from: self.client, device }
    }

    /// A secret in a cookie.
    pub fn cookie(&self, name: &str) -> Option<Secret> {
        // A browser sends one header; HTTP/2 proxies may split it.
        let mut found =
            self.headers.get_all(COOKIE).iter().filter_map(|value| cookie(value.to_str().ok()?, name));
        let value = found.next()?;
        if found.next().is_some() { None } else { Secret::received(value) }
    }

    /// The site of the route's key.
    pub fn site(&self) -> Result<Arc<SiteRecord>, Problem> {
        match &self.caller {
            Caller::Site(site) => Ok(Arc::clone(site)),
            _ => Err(Problem::not_found()),
        }
    }

    /// The agent who calls.
    pub fn agent(&self) -> Result<Signed, Problem> {
        match self.caller {
            Caller::Agent(signed) => Ok(signed),
            _ => Err(Problem::signed_out()),
        }
    }

    /// The token of the visitor who calls: in their cookie, else the one that the frame keeps.
    pub fn visitor_token(&self, edge: &Edge) -> Result<Secret, Problem> {
        let token = self.cookie(&edge.cookies.visitor_name());
        let token = token.or_else(|| self.header(VISITOR_HEADER).and_then(Secret::received));
        token.ok_or_else(Problem::signed_out)
    }

    /// The visitor who calls, if they may do anything here.
    pub async fn visitor(&self, edge: &Edge) -> Result<VisitorId, Problem> {
        match edge.identities.visitor(&*self.site()?, &self.visitor_token(edge)?).await? {
            Principal::Visitor { id, .. } => Ok(id),
            Principal::Agent { .. } => Err(Problem::signed_out()),
        }
    }

    /// The language to answer in where there is no script, and so nothing but the browser's own wishes is known.
    pub fn language(&self) -> Language {
        self.header(ACCEPT_LANGUAGE).map_or(Language::English, Language::of_header)
    }

    /// Where tries of passwords are counted.
    pub fn place(&self) -> Place {
        self.client.into()
    }

    /// Whether the client takes a content encoding.
    pub fn accepts(&self, encoding: &str) -> bool {
        let Some(header) = self.header(ACCEPT_ENCODING) else { return false };
        header.split(',').any(|part| {
            let mut pieces = part.split(';').map(str::trim);
            let named = pieces.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
            named && !pieces.any(|piece| piece.replace(' ', "").trim_end_matches(['0', '.']) == "q=")
        })
    }

    /// Whether the client has the version with this tag already.
    pub fn has(&self, etag: &str) -> bool {
        self.header(IF_NONE_MATCH).is_some_and(|header| {
            header
                .split(',')
                .any(|known| known.trim().trim_start_matches("W/") == etag || known.trim() == "*")
        })
    }

    /// Reads a JSON body.
    pub async fn json<T: Wire>(&mut self, bytes_max: usize) -> Result<T, Problem> {
        if !self.is_kind("application/json") {
            return Err(Problem::media("the body must be application/json"));
        }
        let bytes = self.bytes(bytes_max).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                deskbell_shared::protocol::RefusalCode::Malformed,
                "the body is not UTF-8",
            )
        })?;
        Ok(T::from_text(text)?)
    }

    /// Reads a form's fields.
    pub async fn form(&mut self, bytes_max: usize) -> Result<Vec<(String, String)>, Problem> {
        if !self.is_kind("application/x-www-form-urlencoded") {
            return Err(Problem::media("the body must be a form"));
        }
        let bytes = self.bytes(bytes_max).await?;
        Ok(url::form_urlencoded::parse(&bytes).into_owned().collect())
    }

    /// Reads a body of any kind.
    pub async fn bytes(&mut self, bytes_max: usize) -> Result<Bytes, Problem> {
        self.announced_within(bytes_max)?;
        tokio::time::timeout(BODY_TIMEOUT, collect(&mut self.body, bytes_max))
            .await
            .unwrap_or_else(|_| Err(Problem::body(StatusCode::REQUEST_TIMEOUT)))
    }

    /// Refuses a body that says of itself that it is too long, or is packed: we never unpack.
    pub fn announced_within(&self, bytes_max: usize) -> Result<(), Problem> {
        if self.headers.contains_key(CONTENT_ENCODING) {
            return Err(Problem::media("the body must not be compressed"));
        }
        let announced = self.header(CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
        match announced.is_some_and(|length| length > bytes_max as u64) {
            true => Err(Problem::too_large(bytes_max)),
            false => Ok(()),
        }
    }

    /// Writes a body to a file as it arrives, so that it never lies in memory whole.
    pub async fn save(&mut self, path: &Path, bytes_max: usize) -> Result<(), Problem> {
        self.announced_within(bytes_max)?;
        let saving = save(&mut self.body, path, bytes_max);
        let late = |_| Err(Problem::body(StatusCode::REQUEST_TIMEOUT));
        tokio::time::timeout(UPLOAD_TIMEOUT, saving).await.unwrap_or_else(late)
    }

    fn is_kind(&self, kind: &str) -> bool {
        self.header(CONTENT_TYPE)
            .and_then(|header| header.split(';').next())
            .is_some_and(|given| given.trim().eq_ignore_ascii_case(kind))
    }
}

async fn collect(body: &mut BodyStream, bytes_max: usize) -> Result<Bytes, Problem> {
    let mut whole = BytesMut::new();
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| Problem::body(StatusCode::BAD_REQUEST))?;
        if whole.len() + part.remaining() > bytes_max {
            return Err(Problem::too_large(bytes_max));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole.freeze())
}

async fn save(body: &mut BodyStream, path: &Path, bytes_max: usize) -> Result<(), Problem> {
    let disk = |error: std::io::Error| {
        tracing::error!(%error, "an upload cannot be written");
        Problem::unavailable("the file cannot be kept now; try again later", Duration::from_secs(60))
    };
    let mut file = tokio::fs::File::create(path).await.map_err(disk)?;
    let mut size = 0;
    loop {
        let part = tokio::time::timeout(BODY_TIMEOUT, body.next()).await;
        let Some(part) = part.map_err(|_| Problem::body(StatusCode::REQUEST_TIMEOUT))? else { break };
        let mut part = part.map_err(|_| Problem::body(StatusCode::BAD_REQUEST))?;
        size += part.remaining();
        if size > bytes_max {
            return Err(Problem::too_large(bytes_max));
        }
        file.write_all_buf(&mut part).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// A body of these pieces that never ends.
    fn slow(pieces: u64, every: Duration) -> BodyStream {
        Box::pin(futures_util::stream::unfold(0, move |at| async move {
            if at >= pieces {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(every).await;
            Some((Ok(Bytes::from_static(b"{")), at + 1))
        }))
    }

    fn call(body: BodyStream) -> Call {
        let client = std::net::Ipv4Addr::LOCALHOST.into();
        Call {
            method: Method::POST,
            path: String::new(),
            params: Vec::new(),
            headers: HeaderMap::new(),
            client,
            socket: client,
            upgrade: None,
            permit: None,
            caller: Caller::Anyone,
            body,
        }
    }

    /// S41: however steadily it trickles.
    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_not_waited_for() {
        for (pieces, every) in [(0, 1), (1, 1), (100, 1), (100, 5)] {
            let began = Instant::now();
            let problem = call(slow(pieces, Duration::from_secs(every))).bytes(1_000).await.unwrap_err();
            assert_eq!((problem.status(), began.elapsed()), (StatusCode::REQUEST_TIMEOUT, BODY_TIMEOUT));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_may_take_its_time_but_not_stop() {
        let folder = tempfile::tempdir().unwrap();
        let began = Instant::now();
        let saved = call(slow(20, Duration::from_secs(20))).save(&folder.path().join("file"), 1_000).await;
        assert_eq!(saved.unwrap_err().status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(began.elapsed(), Duration::from_secs(20 * 20) + BODY_TIMEOUT);
    }
}
