//! Who could take a conversation: membership, availability, presence, capacity and load of each agent. Which
//! conversation, and when, is the assignment's business.

use std::cmp::Ordering;

use deskbell_shared::model::{AgentId, Availability, UnixMillis};

use super::Desk;
use super::effect::Refusal;
use super::presence::Presence;
use super::queue::ConversationRow;

/// An agent who may work in this inbox, as they are stored, with whether they are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentRow {
    /// Who.
    pub id: AgentId,
    /// In which way.
    pub membership: Membership,
    /// What they chose.
    pub availability: Availability,
    /// How many conversations they take, over all inboxes.
    pub capacity: u32,
    /// How many conversations of other inboxes they have.
    pub load_elsewhere: u32,
    /// When something was last given to them here.
    pub last_assigned_at: Option<UnixMillis>,
    /// Whether they are connected; `Presence::unknown` when that is not known yet.
    pub presence: Presence,
}

/// In which way somebody works in an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Conversations are given to them.
    Member,
    /// They may take some, and be handed some, but are given none by the desk (owners and supervisors).
    Helper,
}

/// An agent with what they have.
#[derive(Clone, Debug)]
pub(super) struct Agent {
    pub row: AgentRow,
    /// Conversations of this inbox that they have.
    pub load_here: u32,
    /// How many above their capacity they have by right: had before it was lowered, or before the desk knew better.
    /// It only shrinks as they resolve.
    pub kept_above: u32,
}

impl Agent {
    pub fn new(row: AgentRow) -> Agent {
        let mut agent = Agent { row, load_here: 0, kept_above: 0 };
        agent.keep_what_they_have();
        agent
    }

    /// How many count now, over all inboxes.
    pub fn load(&self) -> u32 {
        self.row.load_elsewhere.saturating_add(self.load_here)
    }

    pub fn free(&self) -> u32 {
        self.row.capacity.saturating_sub(self.load())
    }

    pub fn allowed(&self) -> u32 {
        self.row.capacity.saturating_add(self.kept_above)
    }

    /// Grants what is so: the capacity was changed, or what they have was told by the store rather than decided here.
    pub fn keep_what_they_have(&mut self) {
        self.kept_above = self.load().saturating_sub(self.row.capacity);
    }

    pub fn gave_up_one(&mut self) {
        debug_assert!(self.load_here > 0, "gave up what they did not have");
        self.load_here = self.load_here.saturating_sub(1);
        self.kept_above = self.kept_above.min(self.load().saturating_sub(self.row.capacity));
    }

    /// Available and online and member of the inbox.
    pub fn is_available(&self) -> bool {
        self.row.membership == Membership::Member
            && self.row.availability == Availability::Available
            && self.row.presence.is_online()
    }

    /// The same, and below capacity.
    pub fn is_eligible(&self) -> bool {
        self.is_available() && self.free() > 0
    }

    /// Whether they may still accept what they were offered: there within the grace, and within what they take.
    pub fn may_keep_an_offer(&self) -> bool {
        self.row.membership == Membership::Member
            && self.row.availability == Availability::Available
            && self.row.presence.is_there()
            && self.load() <= self.row.capacity
    }

    /// Whether they could be given this conversation now: eligible, and they have not just declined it.
    pub fn is_eligible_for(&self, conversation: &ConversationRow) -> bool {
        self.is_eligible() && !conversation.declined.contains_key(&self.row.id)
    }

    /// Whether whoever is eligible could be given this conversation: the reverse of what is asked above, of all at once.
    pub fn all_are_eligible_for(conversation: &ConversationRow) -> bool {
        conversation.declined.is_empty()
    }

    /// Whether somebody may decide that they get one: by claiming, or by a colleague's transfer. Busy means that
    /// nothing is given, not that nothing may be taken.
    pub fn may_take(&self) -> Option<Refusal> {
        if !self.row.presence.is_online() {
            Some(Refusal::Offline)
        } else if self.row.availability == Availability::Away {
            Some(Refusal::Away)
        } else if self.free() == 0 {
            Some(Refusal::Full)
        } else {
            None
        }
    }

    /// How many of the conversations they have will, when resolved, let the queue move. Somebody who is away for a
    /// moment still counts: a flap moves nothing.
    pub fn serving(&self) -> u32 {
        let counts = self.row.membership == Membership::Member
            && self.row.availability == Availability::Available
            && self.row.presence.is_there();
        if counts { self.load().min(self.row.capacity) } else { 0 }
    }

    pub fn by_load(&self) -> ByLoad {
        let AgentRow { id, capacity, last_assigned_at, .. } = self.row;
        ByLoad { load: self.load(), capacity, last_assigned_at, id }
    }

    pub fn by_turn(&self) -> (Option<UnixMillis>, AgentId) {
        (self.row.last_assigned_at, self.row.id)
    }
}

/// Who is less loaded comes first: by share of capacity, then by count, then who was given something longest ago, then
/// by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ByLoad {
    load: u32,
    capacity: u32,
    last_assigned_at: Option<UnixMillis>,
    pub id: AgentId,
}

impl Ord for ByLoad {
    fn cmp(&self, other: &ByLoad) -> Ordering {
        let share = |one: &ByLoad, another: &ByLoad| u64::from(one.load) * u64::from(another.capacity);
        share(self, other)
            .cmp(&share(other, self))
            .then(self.load.cmp(&other.load))
            .then(self.last_assigned_at.cmp(&other.last_assigned_at))
            .then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for ByLoad {
    fn partial_cmp(&self, other: &ByLoad) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Desk {
    /// Whether the desk gives, and there is somebody to give to.
    pub(super) fn gives_now(&self) -> bool {
        self.settings.policy.is_automatic() && self.agents.eligible().len() > 0
    }

    /// Who could be given this conversation now.
    pub(super) fn eligible_for<'a>(&'a self, row: &'a ConversationRow) -> impl Iterator<Item = &'a Agent> {
        self.agents.eligible().filter(|agent| self.could_be_given(agent, row))
    }

    /// Whether one could: eligible for it, and fit for what is kept for those who fit.
    pub(super) fn could_be_given(&self, agent: &Agent, row: &ConversationRow) -> bool {
        agent.is_eligible_for(row) && (!self.is_choosy(row) || self.fits(agent.row.id, row))
    }

    /// How many could.
    pub(super) fn eligible_count(&self, row: &ConversationRow) -> u32 {
        let plainly = || self.eligible_for(row).count();
        let is_all = Agent::all_are_eligible_for(row) && !self.is_choosy(row);
        let count = if is_all { self.agents.eligible().len() } else { plainly() };
        assert!(!cfg!(test) || count == plainly(), "somebody is not eligible for what all are");
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Conversations under way whose end will let the queue move.
    pub(super) fn serving(&self) -> u32 {
        self.agents.serving()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(id: u128, load: u32, capacity: u32) -> Agent {
        let row = AgentRow {
            id: AgentId(id),
            membership: Membership::Member,
            availability: Availability::Available,
            capacity,
            load_elsewhere: load,
            last_assigned_at: None,
            presence: Presence::Online,
        };
        Agent::new(row)
    }

    #[test]
    fn load_is_a_share_of_capacity() {
        let compared = |one: &Agent, other: &Agent| one.by_load().cmp(&other.by_load());
        assert_eq!(compared(&agent(1, 1, 2), &agent(2, 2, 8)), Ordering::Greater);
        assert_eq!(compared(&agent(1, 1, 4), &agent(2, 2, 8)), Ordering::Less, "the same share: fewer first");
        let mut rested = agent(2, 1, 4);
        let mut served = agent(1, 1, 4);
        rested.row.last_assigned_at = Some(UnixMillis(1));
        served.row.last_assigned_at = Some(UnixMillis(2));
        assert_eq!(compared(&rested, &served), Ordering::Less);
    }

    #[test]
    fn only_what_was_had_before_may_be_above_capacity() {
        let mut mia = agent(1, 0, 3);
        mia.load_here = 3;
        mia.row.capacity = 1;
        mia.keep_what_they_have();
        assert_eq!((mia.allowed(), mia.may_take()), (3, Some(Refusal::Full)));
        mia.gave_up_one();
        assert_eq!(mia.allowed(), 2);
        mia.gave_up_one();
        mia.gave_up_one();
        assert_eq!((mia.allowed(), mia.free()), (1, 1));
    }
}
