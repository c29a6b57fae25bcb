//! Inboxes with their hours and members, and agents who leave the team: the contract. Who may call what is decided in
//! `application`.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, Hours, InboxId, Role, Routing, UnixMillis};

use super::Stored;
use super::accounts::AgentRecord;
use super::conversations::Changed;

/// The team and its inboxes.
///
/// Whoever loses an inbox loses what they have in it in the same transaction: each of their open conversations gets a
/// `requeued` row with `membership_ended`, counts one assignment version, and waits again with its first arrival. What
/// changed is returned, oldest first, for those who follow live and for whoever gives conversations out.
#[async_trait]
pub trait TeamStore: Send + Sync + 'static {
    /// All inboxes, by name.
    async fn inboxes(&self) -> Stored<Vec<InboxRecord>>;

    /// Makes an inbox. Refused: `conflict` when the id is taken; `not_found` for a member who is not an active agent.
    async fn add_inbox(&self, id: InboxId, edit: InboxChange) -> Stored<()>;

    /// Changes name, members and hours. Refused: `not_found`, also for a member who is not an active agent; members
    /// who were deactivated stay members and come back with reactivation.
    async fn edit_inbox(&self, id: InboxId, edit: InboxChange, at: UnixMillis) -> Stored<Vec<Changed>>;

    /// From now on they may not sign in, see nothing, and have no session. On a deactivated one: success that changes
    /// nothing. Refused: `not_found`; `not_allowed` for the last owner who may sign in.
    async fn deactivate(&self, agent: AgentId, at: UnixMillis) -> Stored<Vec<Changed>>;

    /// They may sign in again, with the password and the inboxes they had. On an active one: nothing. Refused:
    /// `not_found`.
    async fn reactivate(&self, agent: AgentId) -> Stored<()>;

    /// Gives an active agent another role. What they may do from now on is decided by it in whatever is done next; what
    /// they have and may have no longer waits again, oldest first in each inbox. To the role they have: success that changes
    /// nothing. Refused: `not_found`, also for a deactivated one; `not_allowed` for the last owner who may sign in.
    async fn set_role(&self, agent: AgentId, role: Role, at: UnixMillis) -> Stored<Vec<Changed>>;

    /// Those who may not sign in, and since when, by name.
    async fn deactivated(&self) -> Stored<Vec<(AgentRecord, UnixMillis)>>;
}

/// An inbox as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRecord {
    /// Which.
    pub id: InboxId,
    /// Its name.
    pub name: String,
    /// The names of the sites that lead to it, by name.
    pub sites: Vec<String>,
    /// Active agents who work in it, by id.
    pub members: Vec<AgentId>,
    /// `None`: always open.
    pub hours: Option<Hours>,
    /// How conversations are given out.
    pub routing: Routing,
    /// Whether it takes nothing from visitors who are not verified, see `IdentityStore::set_verified_only`.
    pub verified_only: bool,
    /// Whether it asks what came of conversations, see `FilingStore::set_outcomes`.
    pub asks_outcome: bool,
}

/// What an inbox is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxChange {
    /// Its name.
    pub name: String,
    /// The active agents who work in it.
    pub members: Vec<AgentId>,
    /// `None`: always open.
    pub hours: Option<Hours>,
    /// How conversations are given out; `None`: as it is.
    pub routing: Option<Routing>,
}
