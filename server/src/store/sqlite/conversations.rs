//! Which operation of the contract is done by which function, and on which thread.

use async_trait::async_trait;
use deskbell_shared::model::{
    AgentId, ConversationId, ConversationView, Epoch, Feed, InboxId, Summary, VisitorId,
};

use super::{SqliteStore, append, desk, lists, rows};
use crate::store::conversations::{
    Append, Appended, Changed, Claim, ConversationStore, Mark, Resolve, RowsRead, Span, Start,
};
use crate::store::{Scope, Stored};

#[async_trait]
impl ConversationStore for SqliteStore {
    fn epoch(&self) -> Epoch {
        self.0.writer.epoch()
    }

    async fn feed_head(&self) -> Stored<Feed> {
        self.read(lists::feed_head).await
    }

    async fn start(&self, start: Start) -> Stored<Appended> {
        self.write(move |writing| append::start(writing, start)).await
    }

    async fn append(&self, append: Append) -> Stored<Appended> {
        self.write(move |writing| append::append(writing, append)).await
    }

    async fn claim(&self, claim: Claim) -> Stored<Changed> {
        self.write(move |writing| desk::claim(writing, claim)).await
    }

    async fn resolve(&self, resolve: Resolve) -> Stored<Changed> {
        self.write(move |writing| desk::resolve(writing, resolve)).await
    }

    async fn mark(&self, mark: Mark) -> Stored<Changed> {
        self.write(move |writing| desk::mark(writing, mark)).await
    }

    async fn rows(&self, scope: Scope, conversation: ConversationId, span: Span) -> Stored<Option<RowsRead>> {
        let epoch = self.epoch();
        self.read(move |conn| rows::rows(conn, epoch, scope, conversation, span)).await
    }

    async fn conversations_of(&self, visitor: VisitorId, count_max: usize) -> Stored<Vec<ConversationView>> {
        let epoch = self.epoch();
        self.read(move |conn| lists::conversations_of(conn, epoch, visitor, count_max)).await
    }

    async fn feed(
        &self,
        agent: AgentId,
        after: Feed,
        open_only: bool,
        count_max: usize,
    ) -> Stored<Vec<Summary>> {
        let epoch = self.epoch();
        self.read(move |conn| lists::feed(conn, epoch, agent, after, open_only, count_max)).await
    }

    async fn resolved(&self, agent: AgentId, before: Option<Feed>, count_max: usize) -> Stored<Vec<Summary>> {
        let epoch = self.epoch();
        self.read(move |conn| lists::resolved(conn, epoch, agent, before, count_max)).await
    }

    async fn inbox_agents(&self, inbox: InboxId) -> Stored<Vec<AgentId>> {
        self.read(move |conn| lists::inbox_agents(conn, inbox)).await
    }
}
