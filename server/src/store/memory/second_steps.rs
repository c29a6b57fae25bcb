//! Second steps, in memory.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use deskbell_shared::model::AgentId;
use deskbell_shared::protocol::RefusalCode;

use super::{MemoryStore, State, refuse};
use crate::store::Stored;
use crate::store::accounts::{EndSessions, SecretDigest};
use crate::store::second_steps::{NewSecondStep, SecondStep, SecondStepStore, Seed, Spent};

/// Whose is on, with the recovery codes that are left.
pub type SecondSteps = BTreeMap<AgentId, (SecondStep, BTreeSet<SecretDigest>)>;

#[async_trait]
impl SecondStepStore for MemoryStore {
    async fn second_step(&self, agent: AgentId) -> Stored<Option<SecondStep>> {
        let state = &mut *self.lock();
        Ok(state
            .its_second_step(agent)
            .ok()
            .map(|(step, codes)| SecondStep { codes_left: codes.len() as u32, ..step.clone() }))
    }

    async fn with_second_step(&self) -> Stored<Vec<AgentId>> {
        let state = &*self.lock();
        Ok(state.second_steps.keys().copied().filter(|agent| state.agent(*agent).is_some()).collect())
    }

    async fn turn_on_second_step(&self, new: NewSecondStep) -> Stored<()> {
        self.noted(|state, _| {
            if state.agent(new.agent).is_none() {
                return refuse(RefusalCode::NotFound);
            }
            if state.second_steps.contains_key(&new.agent) {
                return refuse(RefusalCode::Conflict);
            }
            let (seed, made_at, last_step) = (new.seed, new.at, new.last_step);
            let step = SecondStep { seed, made_at, last_step, codes_left: 0 };
            state.second_steps.insert(new.agent, (step, new.codes.into_iter().collect()));
            state.end_sessions(new.agent, EndSessions::AllBut(new.session));
            Ok(())
        })
    }

    async fn turn_off_second_step(&self, agent: AgentId) -> Stored<()> {
        self.noted(|state, _| {
            state.its_second_step(agent)?;
            state.second_steps.remove(&agent);
            Ok(())
        })
    }

    async fn renew_recovery_codes(&self, agent: AgentId, codes: Vec<SecretDigest>) -> Stored<()> {
        self.noted(|state, _| {
            state.its_second_step(agent)?.1 = codes.into_iter().collect();
            Ok(())
        })
    }

    async fn spend_code(&self, agent: AgentId, seed: Seed, code: Spent) -> Stored<()> {
        self.noted(|state, _| {
            let (step, codes) = state.its_second_step(agent)?;
            let is_spent = match code {
                _ if step.seed != seed => return refuse(RefusalCode::NotFound),
                Spent::Recovery(digest) => codes.remove(&digest),
                Spent::Step(given) if given > step.last_step => {
                    step.last_step = given;
                    true
                }
                Spent::Step(_) => false,
            };
            if is_spent { Ok(()) } else { refuse(RefusalCode::Conflict) }
        })
    }
}

impl State {
    fn its_second_step(&mut self, agent: AgentId) -> Stored<&mut (SecondStep, BTreeSet<SecretDigest>)> {
        if self.agent(agent).is_none() {
            return refuse(RefusalCode::NotFound);
        }
        self.second_steps.get_mut(&agent).map_or_else(|| refuse(RefusalCode::NotFound), Ok)
    }
}
