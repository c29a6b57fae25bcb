//! Which operation of the contract is done by which function, and on which thread.

use async_trait::async_trait;
use deskbell_shared::model::{
    AboutView, AgentId, ConversationId, ConversationView, Epoch, Feed, InboxId, LastMessage, Summary,
    UnixMillis, VisitorId,
};

use super::{SqliteStore, abouts, append, desk, edits, lists, mail, rows, snooze};
use crate::store::conversations::{
    Append, Appended, Changed, Claim, ConversationStore, Edit, Mark, OutOfSight, Rate, Reopen, Resolve,
    RowsRead, Snooze, Span, Start, Wake, Withdraw,
};
use crate::store::{Scope, Stored};

#[async_trait]
impl ConversationStore for SqliteStore {
    fn epoch(&self) -> Epoch {
        self.parts.writer.epoch()
    }

    async fn feed_head(&self) -> Stored<Feed> {
        self.read(lists::feed_head).await
    }

    async fn start(&self, start: Start) -> Stored<Appended> {
        self.write(move |writing| append::start(writing, start)).await
    }

    async fn append(&self, append: Append) -> Stored<Appended> {
        let gather = self.parts.gathering.span();
        self.write(move |writing| {
            let appended = append::append(writing, append)?;
            mail::owe(writing, &appended.changed, gather)?;
            Ok(appended)
        })
        .await
    }

    async fn claim(&self, claim: Claim) -> Stored<Changed> {
        self.write(move |writing| desk::claim(writing, claim)).await
    }

    async fn resolve(&self, resolve: Resolve) -> Stored<Changed> {
        self.write(move |writing| desk::resolve(writing, resolve)).await
    }

    async fn snooze(&self, snooze: Snooze) -> Stored<Changed> {
        self.write(move |writing| snooze::snooze(writing, snooze)).await
    }

    async fn wake(&self, wake: Wake) -> Stored<Changed> {
        self.write(move |writing| snooze::wake(writing, wake)).await
    }

    async fn wake_due(&self, at: UnixMillis, count_max: usize) -> Stored<Vec<Changed>> {
        self.write(move |writing| snooze::wake_due(writing, at, count_max)).await
    }

    async fn next_wake(&self) -> Stored<Option<UnixMillis>> {
        self.read(snooze::next_wake).await
    }

    async fn reopen(&self, reopen: Reopen) -> Stored<Changed> {
        self.write(move |writing| desk::reopen(writing, reopen)).await
    }

    async fn rate(&self, rate: Rate) -> Stored<Changed> {
        self.write(move |writing| desk::rate(writing, rate)).await
    }

    async fn edit(&self, edit: Edit) -> Stored<Changed> {
        self.write(move |writing| edits::edit(writing, edit)).await
    }

    async fn withdraw(&self, withdraw: Withdraw) -> Stored<Changed> {
        self.write(move |writing| edits::withdraw(writing, withdraw)).await
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

    async fn last_messages_of(&self, visitor: VisitorId, count_max: usize) -> Stored<Vec<LastMessage>> {
        self.read(move |conn| lists::last_messages_of(conn, visitor, count_max)).await
    }

    async fn about(&self, visitor: VisitorId) -> Stored<Option<AboutView>> {
        self.read(move |conn| abouts::about(conn, visitor)).await
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

    async fn out_of_sight(&self, agent: AgentId, after: Feed, count_max: usize) -> Stored<OutOfSight> {
        self.read(move |conn| lists::out_of_sight(conn, agent, after, count_max)).await
    }

    async fn resolved(&self, agent: AgentId, before: Option<Feed>, count_max: usize) -> Stored<Vec<Summary>> {
        let epoch = self.epoch();
        self.read(move |conn| lists::resolved(conn, epoch, agent, before, count_max)).await
    }

    async fn summary(&self, agent: AgentId, conversation: ConversationId) -> Stored<Option<Summary>> {
        let epoch = self.epoch();
        self.read(move |conn| lists::summary_for(conn, epoch, agent, conversation)).await
    }

    async fn conversations_with(
        &self,
        agent: AgentId,
        visitor: VisitorId,
        count_max: usize,
    ) -> Stored<Vec<Summary>> {
        let epoch = self.epoch();
        self.read(move |conn| lists::conversations_with(conn, epoch, agent, visitor, count_max)).await
    }

    async fn inbox_agents(&self, inbox: InboxId) -> Stored<Vec<AgentId>> {
        self.read(move |conn| lists::inbox_agents(conn, inbox)).await
    }
}
