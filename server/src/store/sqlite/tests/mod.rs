//! What only this backend promises: one process, one disk, and what happens when the disk says no.

mod damage;
mod opening;
mod schema;
mod writing;

use deskbell_shared::model::{AgentId, Author, Cmid, ConversationId, EntryBody, InboxId, UnixMillis};
use rusqlite::params;

use super::held::{Audience, Change};
use super::{SqliteStore, desk};
use crate::store::{Scope, Stored};

impl SqliteStore {
    /// Adds a message for staff only, for tests of what notes will be.
    pub(in crate::store) async fn add_for_staff(
        &self,
        conversation: ConversationId,
        by: AgentId,
        text: String,
        at: UnixMillis,
    ) -> Stored<()> {
        self.write(move |writing| {
            let (held, me) = desk::in_scope(writing.conn, conversation, Scope::Agent(by))?;
            let cmid = Cmid(u128::MAX - u128::from(held.head));
            let mut change = Change::of(writing, held);
            let author = Author::Agent { agent: me.expect("an agent") };
            change.add(Audience::Staff, at, author, EntryBody::Message { cmid, text })?;
            change.finish().map(drop)
        })
        .await
    }

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
