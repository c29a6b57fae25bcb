//! What only this backend promises: one process, one disk, and what happens when the disk says no.

mod damage;
mod forgotten;
mod opening;
mod schema;
mod searching;
mod trail;
mod writing;

use deskbell_shared::model::{AgentId, InboxId};
use rusqlite::params;

use super::SqliteStore;
use crate::store::Stored;

impl SqliteStore {
    /// Ends a membership, for tests of what that means.
    pub(in crate::store) async fn take_out(&self, inbox: InboxId, agent: AgentId) -> Stored<()> {
        self.write(move |writing| {
            let ids = params![inbox.to_bytes(), agent.to_bytes()];
            writing.conn.execute("DELETE FROM members WHERE inbox = ?1 AND agent = ?2", ids)?;
            Ok(())
        })
        .await
    }
}
