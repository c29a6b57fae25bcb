//! The agents of an inbox, and what is looked up about them: who is free, how many conversations they serve, whose
//! presence time changes. Kept here on every change, as `conversations` does for theirs. It decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use deskbell_shared::model::{AgentId, UnixMillis};

use super::capacity::{Agent, AgentRow, ByLoad};
use super::presence::OF_AGENTS;

/// All who may work in the inbox.
#[derive(Clone, Debug, Default)]
pub(super) struct Staff {
    agents: BTreeMap<AgentId, Agent>,
    /// Who could be given something, in either order in which they may be.
    by_load: BTreeSet<ByLoad>,
    by_turn: BTreeSet<(Option<UnixMillis>, AgentId)>,
    serving: u64,
    /// When time alone changes an agent's presence.
    changes: BTreeSet<(UnixMillis, AgentId)>,
    /// Who has changed, in whatever way, since somebody took note of it.
    touched: BTreeSet<AgentId>,
}

impl Staff {
    pub fn of(rows: Vec<AgentRow>) -> Staff {
        let mut staff = Staff::default();
        rows.into_iter().for_each(|row| staff.insert(row));
        staff
    }

    pub fn get(&self, id: &AgentId) -> Option<&Agent> {
        self.agents.get(id)
    }

    /// By id.
    pub fn values(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values()
    }

    /// Who could be given something, the least loaded first.
    pub fn eligible(&self) -> impl ExactSizeIterator<Item = &Agent> {
        self.by_load.iter().map(|by_load| &self.agents[&by_load.id])
    }

    /// The same, whoever was given nothing for longest first.
    pub fn in_turn(&self) -> impl Iterator<Item = &Agent> {
        self.by_turn.iter().map(|(_, id)| &self.agents[id])
    }

    /// Conversations under way whose end will let the queue move.
    pub fn serving(&self) -> u32 {
        u32::try_from(self.serving).unwrap_or(u32::MAX)
    }

    pub fn changes(&self) -> &BTreeSet<(UnixMillis, AgentId)> {
        &self.changes
    }

    pub fn touched(&self) -> &BTreeSet<AgentId> {
        &self.touched
    }

    /// Something about what they hold is to be looked at, though they may not be known.
    pub fn touch(&mut self, id: AgentId) {
        self.touched.insert(id);
    }

    pub fn take_note(&mut self) {
        self.touched.clear();
    }

    /// Somebody new, with nothing.
    pub fn insert(&mut self, row: AgentRow) {
        self.remove(row.id);
        let agent = Agent::new(row);
        self.count(&agent, true);
        self.touched.insert(row.id);
        self.agents.insert(row.id, agent);
    }

    pub fn remove(&mut self, id: AgentId) {
        if let Some(agent) = self.agents.remove(&id) {
            self.count(&agent, false);
            self.touched.insert(id);
        }
    }

    /// The only way to change one.
    pub fn change<T>(&mut self, id: AgentId, change: impl FnOnce(&mut Agent) -> T) -> Option<T> {
        let mut agent = self.agents.get(&id)?.clone();
        self.count(&agent, false);
        let answer = change(&mut agent);
        self.count(&agent, true);
        self.touched.insert(id);
        self.agents.insert(id, agent);
        Some(answer)
    }

    fn count(&mut self, agent: &Agent, is_in: bool) {
        let id = agent.row.id;
        let change = agent.row.presence.changes_at(OF_AGENTS).map(|at| (at, id));
        if is_in {
            self.serving += u64::from(agent.serving());
            self.changes.extend(change);
            self.by_load.extend(agent.is_eligible().then(|| agent.by_load()));
            self.by_turn.extend(agent.is_eligible().then(|| agent.by_turn()));
        } else {
            self.serving -= u64::from(agent.serving());
            change.inspect(|change| assert!(self.changes.remove(change), "was counted"));
            self.by_load.remove(&agent.by_load());
            self.by_turn.remove(&agent.by_turn());
        }
    }

    /// Whether everything is as it would be counted anew.
    pub fn is_counted(&self) -> bool {
        let mut anew = Staff::default();
        self.agents.values().for_each(|agent| anew.count(agent, true));
        (anew.serving, &anew.changes, &anew.by_load, &anew.by_turn)
            == (self.serving, &self.changes, &self.by_load, &self.by_turn)
    }
}
