//! Keeps the desk of one inbox running: takes its lease, has it driven, and begins anew after whatever ended it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::model::InboxId;
use tokio::time::{Instant, sleep};

use super::driver::{self, End};
use crate::application::Application;

/// How long before a desk is begun again that could not go on: the store was away, or another node has the lease.
const RETRY: Duration = Duration::from_secs(2);
/// A desk that panics again within this has not recovered.
const SOUND_AFTER: Duration = Duration::from_secs(60);

/// Ends only after the second panic in a row: the inbox is then left to claims by hand until somebody looks.
pub async fn keep(app: Arc<Application>, inbox: InboxId) {
    let mut has_panicked = false;
    loop {
        let begun_at = Instant::now();
        let task = tokio::spawn(driver::drive(app.clone(), inbox));
        let end = task.await;
        app.desks.close(inbox);
        app.hub.close_desk(inbox);
        app.hub.set_busy(inbox, false);
        app.hub.turn_away(inbox, HashSet::new());
        match end {
            Ok(End::Behind) => tracing::warn!(%inbox, "a desk missed something and is made anew"),
            Ok(End::LeaseLost) => {
                tracing::warn!(%inbox, "a desk has lost its lease");
                sleep(RETRY).await;
            }
            Ok(End::StoreGone(fault)) => {
                tracing::warn!(%inbox, %fault, "a desk waits for the store");
                sleep(RETRY).await;
            }
            Err(error) if error.is_panic() => {
                let again = has_panicked && begun_at.elapsed() < SOUND_AFTER;
                if again {
                    tracing::error!(%inbox, "a desk panicked twice in a row: agents have to claim by hand");
                    return;
                }
                has_panicked = true;
                tracing::error!(%inbox, "a desk panicked and is made anew");
            }
            // The runtime goes.
            Err(_) => return,
        }
    }
}
