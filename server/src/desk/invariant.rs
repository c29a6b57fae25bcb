//! What holds after every step, as a check that stays on in production. A desk that breaks it has a bug, and it is
//! better rebuilt from the store than followed.
//!
//! `violation` works everything out anew, from the rows. That is done after every step in tests, and elsewhere while no
//! more than `CHECKED_WHOLE_MAX` conversations are open. In a larger house each step checks
//!
//! - that nobody in the line waits in vain: of all, as the lists of `conversations` and `staff` have them;
//! - of every agent whom the step touched: load, capacity, and that what they hold is held by somebody who is there;
//! - that the step gave no version to two;
//! - of the next `AUDITED_IN_A_STEP` conversations, in turn: that they are held by somebody who is there, and are in the
//!   lists they belong to. So a list that misses somebody is found within as many steps as there are conversations
//!   divided by that; one that has somebody too many, when it is asked for them.

use std::collections::{BTreeMap, BTreeSet};

use deskbell_shared::model::{AgentId, ConversationId};

use super::Desk;
use super::effect::Effect;
use super::queue::ConversationRow;

/// With so many open conversations a step still checks all of them.
const CHECKED_WHOLE_MAX: usize = 256;
/// In larger houses a step checks so many that it had nothing to do with.
const AUDITED_IN_A_STEP: usize = 32;

/// Whose turn it is to be checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Audit {
    /// All up to this one have been.
    upto: ConversationId,
}

impl Default for Audit {
    fn default() -> Audit {
        Audit { upto: ConversationId(0) }
    }
}

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
    /// What is looked up about a conversation is not what is so.
    Mislisted {
        /// Which; `None` when it is about all or about the agents.
        conversation: Option<ConversationId>,
    },
}

impl Desk {
    /// What does not hold now, if anything: of a step that is over, before the next.
    pub(super) fn violation_of_step(&mut self) -> Option<Violation> {
        let is_checked_whole = cfg!(test) || self.conversations.len() <= CHECKED_WHOLE_MAX;
        let found = if is_checked_whole { self.violation() } else { None };
        // What is checked in large houses is checked in tests as well.
        let found = found.or_else(|| self.violation_of_touched());
        self.agents.take_note();
        found
    }

    /// What is checked of a large house.
    pub(super) fn violation_of_touched(&mut self) -> Option<Violation> {
        let touched = self.agents.touched().iter().find_map(|agent| self.violation_of(*agent));
        let audited: Vec<&ConversationRow> =
            self.conversations.after(self.audit.upto).take(AUDITED_IN_A_STEP).collect();
        let upto = audited.last().map(|row| row.id).unwrap_or(ConversationId(0));
        let in_turn = audited.into_iter().find_map(|row| match self.conversations.is_listed(row) {
            true => self.holder_is_gone(row),
            false => Some(Violation::Mislisted { conversation: Some(row.id) }),
        });
        self.audit = Audit { upto };
        let in_vain = || self.waits_in_vain_in_a_crowd();
        touched.or(in_turn).or_else(in_vain).or_else(|| two_assignees(self.effects.iter()))
    }

    fn violation_of(&self, agent: AgentId) -> Option<Violation> {
        let held = self.conversations.held_by(agent).filter(|held| held.holder().is_some());
        let counted = u32::try_from(held.count()).unwrap_or(u32::MAX);
        let held_by_nobody = || self.conversations.held_by(agent).find_map(|held| self.holder_is_gone(held));
        self.wrong_load_of(agent, counted).or_else(held_by_nobody)
    }

    /// What does not hold now, if anything: everything is looked at.
    pub fn violation(&self) -> Option<Violation> {
        if !self.conversations.are_listed() || !self.agents.is_counted() {
            return Some(Violation::Mislisted { conversation: None });
        }
        self.waits_in_vain()
            .or_else(|| self.wrong_load())
            .or_else(|| self.held_by_nobody())
            .or_else(|| two_assignees(self.effects.iter()))
    }

    fn waits_in_vain(&self) -> Option<Violation> {
        let line = self.conversations.line().iter().filter(|_| self.gives_now());
        let waiting = line.filter_map(|order| self.conversations.get(&order.id));
        waiting
            .filter(|waiting| self.can_be_served(waiting))
            .find_map(|waiting| self.is_for_somebody(waiting))
    }

    /// The same where thousands may wait: who asks for the same in vain is looked at once.
    fn waits_in_vain_in_a_crowd(&self) -> Option<Violation> {
        let found = || self.first_served(0, &mut Vec::new(), |waiting| self.is_for_somebody(waiting));
        self.gives_now().then(found).flatten().map(|(_, violation)| violation)
    }

    /// Somebody who is free could be given it.
    fn is_for_somebody(&self, waiting: &ConversationRow) -> Option<Violation> {
        let agent = self.eligible_for(waiting).next()?.row.id;
        Some(Violation::WaitsWhileSomebodyIsFree { conversation: waiting.id, agent })
    }

    fn wrong_load(&self) -> Option<Violation> {
        let mut counts: BTreeMap<AgentId, u32> = BTreeMap::new();
        for worker in self.conversations.values().filter_map(|held| held.holder()) {
            *counts.entry(worker).or_default() += 1;
        }
        let agents = self.agents.values().map(|agent| agent.row.id);
        agents
            .map(|agent| (agent, counts.get(&agent).copied().unwrap_or(0)))
            .find_map(|(agent, counted)| self.wrong_load_of(agent, counted))
    }

    fn wrong_load_of(&self, agent: AgentId, counted: u32) -> Option<Violation> {
        let known = self.agents.get(&agent)?;
        let (kept, load, allowed) = (known.load_here, known.load(), known.allowed());
        if kept != counted {
            Some(Violation::LoadMiscounted { agent, kept, counted })
        } else if load > allowed {
            Some(Violation::CapacityExceeded { agent, load, allowed })
        } else {
            None
        }
    }

    fn held_by_nobody(&self) -> Option<Violation> {
        self.conversations.values().find_map(|held| self.holder_is_gone(held))
    }

    fn holder_is_gone(&self, held: &ConversationRow) -> Option<Violation> {
        let agent = held.assignee().or(held.offered_to())?;
        let holder = self.agents.get(&agent);
        let is_there = holder.is_some_and(|holder| held.is_aside || holder.row.presence.is_there());
        (!is_there).then_some(Violation::HeldByNobody { conversation: held.id, agent })
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
