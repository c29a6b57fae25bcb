//! The routes of the audit trail, for those who may read it. Nothing writes it from outside.

use std::sync::Arc;

use bytes::Bytes;
use deskbell_shared::model::AgentId;
use deskbell_shared::model::time::civil_date;
use futures_util::stream::unfold;
use tokio::sync::mpsc;
use warp::Reply as _;
use warp::http::HeaderValue;
use warp::http::header::CONTENT_TYPE;
use warp::reply::Response;

use super::call::Call;
use super::files::put_name;
use super::problem::Problem;
use super::{Edge, reply};
use crate::application::Application;
use crate::application::audit::day_of;
use crate::store::audit::{Sought, What};

/// Stands where it does not matter.
const ALL: &str = "all";

/// `GET /api/audit`
pub async fn newest(edge: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.trail(Sought::default(), None).await?))
}

/// `GET /api/audit/NUMBER`
pub async fn before(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let number = call.params.first().and_then(|text| text.parse().ok()).ok_or_else(Problem::not_found)?;
    Ok(reply::json(&edge.app.trail(Sought::default(), Some(number)).await?))
}

/// `GET /api/audit/NUMBER/PERSON/WHAT`
pub async fn sought(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let [number, person, what] = call.params.as_slice() else { return Err(Problem::not_found()) };
    let before = named(number, |text| text.parse().ok())?;
    let sought = Sought { agent: named(person, AgentId::from_hex)?, what: named(what, What::parse)? };
    Ok(reply::json(&edge.app.trail(sought, before).await?))
}

/// `GET /api/audit/check`
pub async fn check(edge: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.check_trail().await?))
}

/// `GET /api/audit/file`: all of it, newest first, one row in JSON a line. Read as it is sent, however long it is.
pub async fn file(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    edge.app.take_trail(call.agent()?).await?;
    let (year, month, day) = civil_date(day_of(edge.app.now()));
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(read_all(Arc::clone(&edge.app), sender));
    let pieces = unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    let mut response = warp::reply::stream(pieces).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    put_name(&mut response, "attachment", &format!("deskbell-audit-{year:04}-{month:02}-{day:02}.jsonl"));
    Ok(response)
}

/// Reads piece by piece, as fast as somebody takes them; one who goes away ends it, and one that fails breaks it off.
async fn read_all(app: Arc<Application>, sender: mpsc::Sender<Result<Bytes, std::io::Error>>) {
    let mut before = u64::MAX;
    loop {
        let piece = match app.trail_lines(before).await {
            Ok(None) => return,
            Ok(Some((lines, next))) => {
                before = next;
                Ok(Bytes::from(lines))
            }
            Err(fault) => Err(std::io::Error::other(fault)),
        };
        let is_over = piece.is_err();
        if sender.send(piece).await.is_err() || is_over {
            return;
        }
    }
}

/// What stands in a place of the path; `None` for all.
fn named<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    if text == ALL { Ok(None) } else { read(text).map(Some).ok_or_else(Problem::not_found) }
}
