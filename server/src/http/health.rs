//! Whether the process lives, and whether it can do its work.

use std::sync::Arc;
use std::time::Duration;

use warp::reply::Response;

use super::Edge;
use super::call::Call;
use super::problem::Problem;
use super::reply;

/// How long the store may take to answer before the server is not ready.
pub const STORE_ANSWER_MAX: Duration = Duration::from_secs(5);

/// The process lives.
pub async fn healthz(_: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    Ok(reply::typed("ok\n", "text/plain; charset=utf-8"))
}

/// The store answers, and the server is not going away.
pub async fn readyz(edge: Arc<Edge>, _: Call) -> Result<Response, Problem> {
    let later = Duration::from_secs(5);
    if edge.is_draining() {
        return Err(Problem::unavailable("the server is going away", later));
    }
    if edge.health.degraded() || edge.health.failure().is_some() {
        return Err(Problem::unavailable("the store cannot write now", later));
    }
    let slow = || Problem::unavailable("the store does not answer", later);
    tokio::time::timeout(STORE_ANSWER_MAX, edge.app.store.is_set_up()).await.map_err(|_| slow())??;
    Ok(reply::typed("ready\n", "text/plain; charset=utf-8"))
}
