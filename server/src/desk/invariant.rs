//! What holds after every step, as a check that stays on in production. A desk that breaks it has a bug, and it is
//! better rebuilt from the store than followed.

use std::collections::{BTreeMap, BTreeSet};

use deskbell_shared::model::{AgentId, ConversationId};

use super::Desk;
use super::effect::Effect;

/// What does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Somebody who can be served waits while an eligible agent is free.
    WaitsWhileSomebodyIsFree {
        /// Who waits.
        conversation: ConversationId,
        /// Who is free.
        agent: AgentId,
    },
    /// An agent has more than they take, beyond what they had by right.
    CapacityExceeded {
        /// Who.
        agent: AgentId,
        /// What they have.
        load: u32,
        /// What they may have.
        allowed: u32,
    },
    /// A load that is not the number of conversations the agent has.
    LoadMiscounted {
        /// Whose.
        agent: AgentId,
        /// As counted along.
        kept: u32,
        /// As there are.
        counted: u32,
    },
    /// A conversation is with somebody who will not answer, or offered to them, and nobody else was told.
    HeldByNobody {
        /// Which.
        conversation: ConversationId,
        /// Who was lost, or is no member.
        agent: AgentId,
    },
    /// One version of a conversation went to two agents in one step.
    TwoAssignees {
        /// Which.
        conversation: ConversationId,
        /// The version both expected.
        version_expected: u32,
    },
}

impl Desk {
    /// What does not hold now, if anything. `handle` asserts that nothing is returned.
    pub fn violation(&self) -> Option<Violation> {
        self.waits_in_vain()
            .or_else(|| self.wrong_load())
            .or_else(|| self.held_by_nobody())
            .or_else(|| two_assignees(self.effects.iter()))
    }

    fn waits_in_vain(&self) -> Option<Violation> {
        if !self.settings.policy.is_automatic() {
            return None;
        }
        self.eligible().next()?;
        self.conversations.values().filter(|waiting| self.can_be_served(waiting)).find_map(|waiting| {
            let agent = self.eligible_for(waiting).next()?.row.id;
            Some(Violation::WaitsWhileSomebodyIsFree { conversation: waiting.id, agent })
        })
    }

    fn wrong_load(&self) -> Option<Violation> {
        let mut counts: BTreeMap<AgentId, u32> = BTreeMap::new();
        for worker in self.conversations.values().filter_map(|held| held.holder()) {
            *counts.entry(worker).or_default() += 1;
        }
        self.agents.iter().find_map(|(agent, known)| {
            let agent = *agent;
            let counted = counts.get(&agent).copied().unwrap_or(0);
            let (kept, load, allowed) = (known.load_here, known.load(), known.allowed());
            if kept != counted {
                Some(Violation::LoadMiscounted { agent, kept, counted })
            } else if load > allowed {
                Some(Violation::CapacityExceeded { agent, load, allowed })
            } else {
                None
            }
        })
    }

    fn held_by_nobody(&self) -> Option<Violation> {
        self.conversations.values().find_map(|held| {
            let agent = held.assignee().or(held.offered_to())?;
            let holder = self.agents.get(&agent);
            let is_there = holder.is_some_and(|holder| held.is_aside || holder.row.presence.is_there());
            (!is_there).then_some(Violation::HeldByNobody { conversation: held.id, agent })
        })
    }
}

/// Whether one version of a conversation is given away twice.
fn two_assignees<'a>(effects: impl Iterator<Item = &'a Effect>) -> Option<Violation> {
    let mut given = BTreeSet::new();
    for effect in effects {
        if let Effect::Assign { conversation, version_expected, .. } = *effect
            && !given.insert((conversation, version_expected))
        {
            return Some(Violation::TwoAssignees { conversation, version_expected });
        }
    }
    None
}
