//! The conversation log: checks what is written against the limits, has the store commit it, and then, from the
//! committed rows only, tells those who follow. An answer from here means durable. Whether the writer may is decided
//! by the `Scope` that the store takes.

mod checks;

use std::sync::Arc;

use deskbell_shared::model::{AgentId, ConversationId, InboxId, Role, Side, UnixMillis};
use deskbell_shared::protocol::frame::{Ack, RefusedMessage};

use crate::bus::Hub;
use crate::store::conversations::{
    Append, Appended, Changed, Claim, Edit, Mark, Rate, Reopen, Resolve, Snooze, Start, Wake, Withdraw,
    Writer,
};
use crate::store::filing::{Prioritise, Tagging, WrapUp};
use crate::store::mail::{LeaveAddress, MailId, Outcome};
use crate::store::team::InboxChange;
use crate::store::{Store, Stored};

use checks::check_length;
pub use checks::{check_batch, check_messages};

/// The only way to write to a conversation.
#[derive(Clone)]
pub struct ConversationLog {
    store: Arc<dyn Store>,
    hub: Arc<Hub>,
}

/// What became of messages. The acks are durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The longest prefix that could be stored, in the order given, in the seq of the writer.
    pub acks: Vec<Ack>,
    /// The first that was not.
    pub refused: Option<RefusedMessage>,
}

impl ConversationLog {
    /// A log over a store, whose followers are in `hub`.
    pub fn new(store: Arc<dyn Store>, hub: Arc<Hub>) -> ConversationLog {
        ConversationLog { store, hub }
    }

    /// Opens a conversation with its first messages, see `ConversationStore::start`.
    pub async fn start(&self, mut start: Start) -> Stored<Written> {
        let refused = check_messages(&mut start.messages, Side::Visitor)?;
        if start.messages.is_empty() {
            return Ok(Written { acks: Vec::new(), refused });
        }
        let appended = self.store.start(start).await?;
        Ok(self.written(appended, refused))
    }

    /// Appends messages, see `ConversationStore::append`.
    pub async fn append(&self, mut append: Append) -> Stored<Written> {
        let side = match append.writer {
            Writer::Visitor(_) => Side::Visitor,
            Writer::Agent(_) => Side::Staff,
        };
        let refused = check_messages(&mut append.messages, side)?;
        if append.messages.is_empty() {
            return Ok(Written { acks: Vec::new(), refused });
        }
        let appended = self.store.append(append).await?;
        Ok(self.written(appended, refused))
    }

    /// Gives a conversation to an agent, see `ConversationStore::claim`.
    pub async fn claim(&self, claim: Claim) -> Stored<()> {
        self.store.claim(claim).await.map(|changed| self.announce(&changed))
    }

    /// Resolves, see `ConversationStore::resolve`.
    pub async fn resolve(&self, resolve: Resolve) -> Stored<()> {
        self.store.resolve(resolve).await.map(|changed| self.announce(&changed))
    }

    /// Tags, see `FilingStore::tag`.
    pub async fn tag(&self, tagging: Tagging) -> Stored<()> {
        self.store.tag(tagging).await.map(|changed| self.announce(&changed))
    }

    /// Says how much it matters, see `FilingStore::prioritise`.
    pub async fn prioritise(&self, prioritise: Prioritise) -> Stored<()> {
        self.store.prioritise(prioritise).await.map(|changed| self.announce(&changed))
    }

    /// Resolves and says what came of it, see `FilingStore::wrap_up`.
    pub async fn wrap_up(&self, wrap_up: WrapUp) -> Stored<()> {
        self.store.wrap_up(wrap_up).await.map(|changed| self.announce(&changed))
    }

    /// Puts aside, see `ConversationStore::snooze`.
    pub async fn snooze(&self, snooze: Snooze) -> Stored<()> {
        self.store.snooze(snooze).await.map(|changed| self.announce(&changed))
    }

    /// Rates, see `ConversationStore::rate`.
    pub async fn rate(&self, rate: Rate) -> Stored<()> {
        self.store.rate(rate).await.map(|changed| self.announce(&changed))
    }

    /// Puts other words into a message, see `ConversationStore::edit`. Refused: `too_long`.
    pub async fn edit(&self, edit: Edit) -> Stored<()> {
        check_length(&edit.text)?;
        self.store.edit(edit).await.map(|changed| self.announce(&changed))
    }

    /// Takes a message back, see `ConversationStore::withdraw`; `store` is the one that notes who does it. Says whether
    /// anything was erased.
    pub async fn withdraw(&self, store: &dyn Store, withdraw: Withdraw) -> Stored<bool> {
        let changed = store.withdraw(withdraw).await?;
        let is_erased = changed.feed.is_some();
        if is_erased {
            self.erased(&[changed]);
        }
        Ok(is_erased)
    }

    /// Takes back, see `ConversationStore::wake`.
    pub async fn wake(&self, wake: Wake) -> Stored<()> {
        self.store.wake(wake).await.map(|changed| self.announce(&changed))
    }

    /// Takes back what is due, see `ConversationStore::wake_due`. Returns how many that were.
    pub async fn wake_due(&self, at: UnixMillis, count_max: usize) -> Stored<usize> {
        let woken = self.store.wake_due(at, count_max).await?;
        self.announce_all(&woken);
        Ok(woken.len())
    }

    /// Takes up again, see `ConversationStore::reopen`.
    pub async fn reopen(&self, reopen: Reopen) -> Stored<()> {
        self.store.reopen(reopen).await.map(|changed| self.announce(&changed))
    }

    /// Tells those who follow that rows were erased: each reads anew.
    pub fn erased(&self, changed: &[Changed]) {
        for changed in changed {
            self.announce(changed);
            self.hub.erased(changed.conversation);
        }
    }

    /// Moves marks, see `ConversationStore::mark`.
    pub async fn mark(&self, mark: Mark) -> Stored<()> {
        self.store.mark(mark).await.map(|changed| self.announce(&changed))
    }

    /// See `MailStore::leave_address`.
    pub async fn leave_address(&self, leave: LeaveAddress) -> Stored<()> {
        self.store.leave_address(leave).await.map(|changed| self.announce(&changed))
    }

    /// See `MailStore::note_mailed`.
    pub async fn note_mailed(
        &self,
        conversation: ConversationId,
        agent: AgentId,
        at: UnixMillis,
    ) -> Stored<()> {
        self.store.note_mailed(conversation, agent, at).await.map(|changed| self.announce(&changed))
    }

    /// See `MailStore::settle_mail`.
    pub async fn settle_mail(&self, id: MailId, tries: u32, at: UnixMillis, outcome: Outcome) -> Stored<()> {
        if let Some(changed) = self.store.settle_mail(id, tries, at, outcome).await? {
            self.announce(&changed);
        }
        Ok(())
    }

    /// See `TeamStore::deactivate`; `store` is the one that notes who does it. Returns the conversations that wait
    /// again.
    pub async fn deactivate(
        &self,
        store: &dyn Store,
        agent: AgentId,
        at: UnixMillis,
    ) -> Stored<Vec<Changed>> {
        let changed = store.deactivate(agent, at).await?;
        self.announce_all(&changed);
        Ok(changed)
    }

    /// See `TeamStore::set_role`; `store` as above. Returns the conversations that wait again.
    pub async fn set_role(
        &self,
        store: &dyn Store,
        agent: AgentId,
        role: Role,
        at: UnixMillis,
    ) -> Stored<Vec<Changed>> {
        let changed = store.set_role(agent, role, at).await?;
        self.announce_all(&changed);
        Ok(changed)
    }

    /// See `TeamStore::edit_inbox`; `store` as above. Returns the conversations that wait again.
    pub async fn edit_inbox(
        &self,
        store: &dyn Store,
        id: InboxId,
        edit: InboxChange,
        at: UnixMillis,
    ) -> Stored<Vec<Changed>> {
        let changed = store.edit_inbox(id, edit, at).await?;
        self.announce_all(&changed);
        Ok(changed)
    }

    fn written(&self, appended: Appended, refused: Option<RefusedMessage>) -> Written {
        self.announce(&appended.changed);
        // What the store refused comes before what was not even shown to it.
        Written { acks: appended.acks, refused: appended.refused.or(refused) }
    }

    /// Tells those who follow what a step of a desk has changed, once it is durable.
    pub fn stepped(&self, changed: &Changed) {
        self.announce(changed);
    }

    fn announce_all(&self, changed: &[Changed]) {
        changed.iter().for_each(|changed| self.announce(changed));
    }

    fn announce(&self, changed: &Changed) {
        if changed.feed.is_some() || !changed.rows.is_empty() {
            self.hub.committed(changed);
        }
    }
}
