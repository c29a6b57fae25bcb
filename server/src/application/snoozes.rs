//! Conversations that are put aside, and their coming back: by an agent, by the visitor (the store's doing), or when
//! their time has come. What has to come back when is in the store, so a restart forgets nothing; the clock is looked
//! at again and again, so a jump of it is noticed.

use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::model::{ConversationId, Right, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::SNOOZE_MAX;

use super::{Application, agent};
use crate::auth::Principal;
use crate::store::conversations::{Reopen, Snooze, Wake};
use crate::store::{Fault, Stored};

/// The clock is looked at this often, whatever is waited for.
pub const LOOK_INTERVAL: Duration = Duration::from_secs(20);
/// How many come back in one transaction.
pub const WOKEN_AT_ONCE_MAX: usize = 100;
/// How long to wait before a store that gave no answer is asked again.
const STORE_RETRY: Duration = Duration::from_secs(2);

impl Application {
    /// An agent puts a conversation of theirs aside. Refused: `not_allowed` for visitors; `invalid` unless `until` is
    /// later than now and within `SNOOZE_MAX`; and see `ConversationStore::snooze`.
    pub async fn snooze(
        &self,
        who: &Principal,
        conversation: ConversationId,
        until: UnixMillis,
    ) -> Stored<()> {
        let (agent, at) = (agent(who)?, self.now());
        // Whoever may not see it is not told what is wrong with the rest.
        self.reach_to(agent, conversation, Right::Steer).await?;
        if until <= at || until > at.plus(SNOOZE_MAX) {
            return Err(Fault::because(RefusalCode::Invalid));
        }
        self.log.snooze(Snooze { conversation, agent, until, at }).await?;
        self.snoozed.notify_one();
        Ok(())
    }

    /// An agent takes a conversation back that was put aside.
    pub async fn wake(&self, who: &Principal, conversation: ConversationId) -> Stored<()> {
        self.log.wake(Wake { conversation, agent: agent(who)?, at: self.now() }).await
    }

    /// An agent takes up a resolved conversation again.
    pub async fn reopen(&self, who: &Principal, conversation: ConversationId) -> Stored<()> {
        self.log.reopen(Reopen { conversation, agent: agent(who)?, at: self.now() }).await
    }

    /// Takes back everything whose time has come. Returns how long there is nothing to do, if nothing happens.
    pub async fn wake_due(&self) -> Stored<Duration> {
        while self.log.wake_due(self.now(), WOKEN_AT_ONCE_MAX).await? == WOKEN_AT_ONCE_MAX {}
        let next = self.store.next_wake().await?;
        Ok(next.map_or(LOOK_INTERVAL, |next| next.since(self.now()).min(LOOK_INTERVAL)))
    }
}

/// Takes conversations back when their time has come. Spawned once a node, ends never.
pub async fn keep(app: Arc<Application>) {
    loop {
        let wait = app.wake_due().await.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "could not take back what was put aside");
            STORE_RETRY
        });
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = app.snoozed.notified() => {}
        }
    }
}
