//! The desks of this node: which inbox has one running here, and how an agent's wish reaches it. Where none runs,
//! agents still claim, by compare-and-set.

mod board;
pub mod deeds;
mod driver;
mod kept;
mod ledger;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbell_shared::model::{Availability, ConversationId, InboxId, Right, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::{CAPACITY_MAX, TEXT_BYTES_MAX};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::{Application, agent};
use crate::auth::Principal;
use crate::desk::{Input, Target};
use crate::store::conversations::Claim;
use crate::store::{Fault, Stored};

/// Wishes that wait for one desk; further ones are refused with `Unavailable`.
pub const WISHES_QUEUED_MAX: usize = 64;
/// When the list of inboxes is asked for again after it could not be read.
const INBOXES_RETRY: Duration = Duration::from_secs(2);

/// What an agent wants a desk to decide, with the way back.
pub(super) struct Wish {
    input: Input,
    reply: oneshot::Sender<Stored<()>>,
}

/// The desks that run on this node.
#[derive(Default)]
pub struct Desks {
    open: Mutex<HashMap<InboxId, mpsc::Sender<Wish>>>,
    figures: Mutex<BTreeMap<InboxId, Figures>>,
}

/// How a desk stood when it told last, within a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Conversations that wait and can be served.
    pub waiting: u32,
    /// Since when the one waits that has waited longest.
    pub oldest_at: Option<UnixMillis>,
    /// Conversations that are open.
    pub open: usize,
    /// Members who are connected and want conversations.
    pub available: usize,
}

impl Desks {
    /// Has the desk of an inbox decide. `None` when there is none here.
    async fn ask(&self, inbox: InboxId, input: Input) -> Option<Stored<()>> {
        let desk = self.lock().get(&inbox).cloned()?;
        let (reply, answer) = oneshot::channel();
        match desk.try_send(Wish { input, reply }) {
            Ok(()) => answer.await.ok(),
            Err(mpsc::error::TrySendError::Full(_)) => {
                Some(Err(Fault::Unavailable("too many wait for the desk".to_owned())))
            }
            Err(mpsc::error::TrySendError::Closed(_)) => None,
        }
    }

    fn open(&self, inbox: InboxId) -> mpsc::Receiver<Wish> {
        let (sender, wishes) = mpsc::channel(WISHES_QUEUED_MAX);
        self.lock().insert(inbox, sender);
        wishes
    }

    fn close(&self, inbox: InboxId) {
        self.lock().remove(&inbox);
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).remove(&inbox);
    }

    fn stands(&self, inbox: InboxId, figures: Figures) {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).insert(inbox, figures);
    }

    /// How the desks stand that run here.
    pub fn figures(&self) -> Vec<(InboxId, Figures)> {
        let figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.iter().map(|(inbox, figures)| (*inbox, *figures)).collect()
    }

    /// Whether the desk of an inbox runs here.
    pub fn is_open(&self, inbox: InboxId) -> bool {
        self.lock().contains_key(&inbox)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<InboxId, mpsc::Sender<Wish>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a desk for every inbox there is, and for each that is added. Spawned once a node, ends never.
pub async fn keep_desks(app: Arc<Application>) {
    let mut running: HashMap<InboxId, JoinHandle<()>> = HashMap::new();
    loop {
        match app.store.inboxes().await {
            Ok(inboxes) => {
                for inbox in inboxes {
                    running
                        .entry(inbox.id)
                        .or_insert_with(|| tokio::spawn(kept::keep(app.clone(), inbox.id)));
                }
                app.hub.inboxes_changed().await;
            }
            Err(fault) => {
                tracing::warn!(%fault, "could not read which inboxes there are");
                tokio::time::sleep(INBOXES_RETRY).await;
            }
        }
    }
}

impl Application {
    /// An agent takes a conversation. Refused: `not_allowed` for visitors and for whose role
    /// may not; `not_found`; `conflict` when the version is
    /// not the newest or it is not open; `away`, `full` by what is true of the agent.
    pub async fn claim(&self, who: &Principal, conversation: ConversationId, version: u32) -> Stored<()> {
        let agent = agent(who)?;
        let inbox = self.reach_to(agent, conversation, Right::Serve).await?.inbox;
        let wish = Input::Claim { agent, conversation, version };
        match self.desks.ask(inbox, wish).await {
            // It is in the agent's scope, so it is there: the desk has it no longer.
            Some(Err(fault)) if fault.is(RefusalCode::NotFound) => Err(Fault::because(RefusalCode::Conflict)),
            Some(answer) => answer,
            None => self.log.claim(Claim { conversation, agent, version, at: self.now() }).await,
        }
    }

    /// An agent does not want what they are offered. Refused: as `claim`; `conflict` when
    /// it is offered to them no longer; `unavailable` while no desk runs.
    pub async fn decline(&self, who: &Principal, conversation: ConversationId) -> Stored<()> {
        let agent = agent(who)?;
        let inbox = self.reach_to(agent, conversation, Right::Serve).await?.inbox;
        match self.desks.ask(inbox, Input::Decline { agent, conversation }).await {
            Some(Err(fault)) if fault.is(RefusalCode::NotFound) => Err(Fault::because(RefusalCode::Conflict)),
            Some(answer) => answer,
            None => Err(Fault::Unavailable("the desk of this inbox does not run here now".to_owned())),
        }
    }

    /// An agent passes a conversation on. Refused: as `claim`, of the agent who would get it, and `offline`;
    /// `too_long` for the note; `not_found` for an inbox outside the agent's scope;
    /// `not_allowed` for one that takes only verified visitors, of another one; `unavailable` while no desk runs.
    pub async fn transfer(
        &self,
        who: &Principal,
        conversation: ConversationId,
        version: u32,
        to: Target,
        note: Option<String>,
    ) -> Stored<()> {
        let by = agent(who)?;
        let note = note.map(|note| note.trim().to_owned()).unwrap_or_default();
        if note.len() > TEXT_BYTES_MAX {
            return Err(Fault::because(RefusalCode::TooLong));
        }
        let inbox = self.reach_to(by, conversation, Right::Steer).await?.inbox;
        if let Target::Inbox(to) = to
            && !self.store.inbox_agents(to).await?.contains(&by)
        {
            return Err(Fault::because(RefusalCode::NotFound));
        }
        let wish = Input::Transfer { by, conversation, version, to, note };
        match self.desks.ask(inbox, wish).await {
            Some(Err(fault)) if fault.is(RefusalCode::NotFound) => Err(Fault::because(RefusalCode::Conflict)),
            Some(answer) => answer,
            None => Err(Fault::Unavailable("the desk of this inbox does not run here now".to_owned())),
        }
    }

    /// What an agent chooses about getting conversations. Refused: `invalid` for a capacity outside the limits.
    pub async fn set_availability(
        &self,
        who: &Principal,
        availability: Availability,
        capacity: Option<u32>,
    ) -> Stored<()> {
        let agent = agent(who)?;
        if capacity.is_some_and(|capacity| !(1..=CAPACITY_MAX).contains(&capacity)) {
            return Err(Fault::because(RefusalCode::Invalid));
        }
        self.store.set_availability(agent, availability, capacity).await?;
        self.hub.people_changed();
        Ok(())
    }
}
