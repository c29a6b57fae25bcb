//! The routes of the live board: what has happened today in the inboxes of whoever asks. What is so now comes over the
//! socket, in `desk`.

use std::sync::Arc;

use deskbell_shared::model::{InboxId, UnixMillis};
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};

/// `GET /api/board/SINCE`
pub async fn sums(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    Ok(reply::json(&edge.app.board(call.agent()?, instant(&call, 0)?).await?))
}

/// `GET /api/inboxes/ID/ended/SINCE`
pub async fn ended(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let id = call.params.first().and_then(|text| InboxId::from_hex(text)).ok_or_else(Problem::not_found)?;
    Ok(reply::json(&edge.app.ended(call.agent()?, id, instant(&call, 1)?).await?))
}

/// Milliseconds since 1970, in the path.
fn instant(call: &Call, place: usize) -> Result<UnixMillis, Problem> {
    let ms = call.params.get(place).and_then(|text| text.parse().ok());
    ms.map(UnixMillis).ok_or_else(Problem::not_found)
}
