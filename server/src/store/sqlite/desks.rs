//! Which operation of the contract is done by which function, and on which thread.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, Availability, ConversationId, InboxId, UnixMillis};

use super::{SqliteStore, desk_rows, desk_steps, waits};
use crate::store::conversations::ConversationStore;
use crate::store::desks::{
    AssignmentRecord, Chosen, DeskAgent, DeskRecord, DeskStore, EndedWait, Found, Lease, NodeId, OfferRecord,
    OverflowRecord, PROMISES_SHOWN_MAX, PromiseRecord, Step, Stepped, TakeLease,
};
use crate::store::{Scope, Stored};

#[async_trait]
impl DeskStore for SqliteStore {
    /// One process at a time uses the folder (it is locked), so the database names it.
    fn node(&self) -> NodeId {
        NodeId(self.epoch().0)
    }

    async fn availability(&self, agent: AgentId) -> Stored<Option<Chosen>> {
        self.read(move |conn| desk_rows::availability(conn, agent)).await
    }

    async fn set_availability(
        &self,
        agent: AgentId,
        availability: Availability,
        capacity: Option<u32>,
    ) -> Stored<()> {
        self.write(move |writing| desk_steps::set_availability(writing.conn, agent, availability, capacity))
            .await
    }

    async fn take_lease(&self, take: TakeLease) -> Stored<Option<Lease>> {
        self.write(move |writing| desk_steps::take_lease(writing.conn, &take)).await
    }

    async fn keep_lease(&self, lease: Lease, ends_at: UnixMillis) -> Stored<bool> {
        self.write(move |writing| desk_steps::keep_lease(writing.conn, lease, ends_at)).await
    }

    async fn desk(&self, inbox: InboxId) -> Stored<DeskRecord> {
        self.read(move |conn| desk_rows::desk(conn, inbox)).await
    }

    async fn desk_agents(&self, inbox: InboxId) -> Stored<Vec<DeskAgent>> {
        self.read(move |conn| desk_rows::agents(conn, inbox)).await
    }

    async fn desk_conversation(&self, inbox: InboxId, conversation: ConversationId) -> Stored<Found> {
        self.read(move |conn| desk_rows::conversation(conn, inbox, conversation)).await
    }

    async fn step(&self, step: Step) -> Stored<Stepped> {
        self.write(move |writing| desk_steps::step(writing, step)).await
    }

    async fn assignments(
        &self,
        scope: Scope,
        conversation: ConversationId,
    ) -> Stored<Option<Vec<AssignmentRecord>>> {
        self.read(move |conn| desk_rows::assignments(conn, scope, conversation)).await
    }

    async fn overflows(
        &self,
        scope: Scope,
        conversation: ConversationId,
    ) -> Stored<Option<Vec<OverflowRecord>>> {
        self.read(move |conn| desk_rows::overflows(conn, scope, conversation)).await
    }

    async fn offers(&self, scope: Scope, conversation: ConversationId) -> Stored<Option<Vec<OfferRecord>>> {
        self.read(move |conn| desk_rows::offers(conn, scope, conversation)).await
    }

    async fn kept_promises(&self, inbox: InboxId, since: UnixMillis) -> Stored<Vec<PromiseRecord>> {
        self.read(move |conn| desk_rows::kept(conn, inbox, since, PROMISES_SHOWN_MAX)).await
    }

    async fn ended_waits(
        &self,
        inbox: InboxId,
        since: UnixMillis,
        count_max: usize,
    ) -> Stored<Vec<EndedWait>> {
        self.read(move |conn| waits::ended(conn, inbox, since, count_max)).await
    }

    async fn promises(&self, conversation: ConversationId) -> Stored<Vec<PromiseRecord>> {
        self.read(move |conn| desk_rows::promises(conn, conversation)).await
    }
}
