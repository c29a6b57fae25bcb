//! Saved views, in memory.

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, Right, ViewId, ViewView};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::VIEWS_MAX;

use super::{MemoryStore, State, refuse};
use crate::store::filing::folded;
use crate::store::views::{ViewStore, ViewWrite};
use crate::store::{Refusal, Stored};

#[async_trait]
impl ViewStore for MemoryStore {
    async fn views(&self, agent: AgentId) -> Stored<Vec<ViewView>> {
        let state = &*self.lock();
        if state.agent(agent).is_none() {
            return refuse(RefusalCode::NotFound);
        }
        let mut found: Vec<&ViewWrite> =
            state.views.iter().filter(|view| view.is_shared || view.agent == agent).collect();
        found.sort_by_key(|view| (folded(&view.name), view.is_shared));
        let view = |view: &ViewWrite| ViewView {
            id: view.id,
            name: view.name.clone(),
            is_shared: view.is_shared,
            list: view.filter.list(),
            terms: view.filter.terms().to_vec(),
            is_tag_gone: view.filter.wanted_tag().filter(|tag| !state.has_tag(*tag)).map(|_| true),
        };
        Ok(found.into_iter().map(view).collect())
    }

    async fn write_view(&self, mut write: ViewWrite) -> Stored<()> {
        let state = &mut *self.lock();
        let known = state.changeable_view(write.id, write.agent)?;
        match (known, write.is_new) {
            (None, true) | (Some(_), false) => {}
            (Some(_), true) => return refuse(RefusalCode::Conflict),
            (None, false) => return refuse(RefusalCode::NotFound),
        }
        if write.is_shared && !state.may_share(write.agent) {
            return refuse(RefusalCode::NotAllowed);
        }
        let is_of_kind = |other: &&ViewWrite| {
            other.id != write.id
                && other.is_shared == write.is_shared
                && (other.is_shared || other.agent == write.agent)
        };
        let others: Vec<&ViewWrite> = state.views.iter().filter(is_of_kind).collect();
        if others.iter().any(|other| folded(&other.name) == folded(&write.name)) {
            return refuse(RefusalCode::Conflict);
        }
        if others.len() >= VIEWS_MAX {
            return refuse(RefusalCode::TooLong);
        }
        if let (Some(author), true) = (known, write.is_shared) {
            write.agent = author;
        }
        state.views.retain(|other| other.id != write.id);
        state.views.push(write);
        Ok(())
    }

    async fn forget_view(&self, id: ViewId, agent: AgentId) -> Stored<()> {
        let state = &mut *self.lock();
        if state.changeable_view(id, agent)?.is_none() {
            return refuse(RefusalCode::NotFound);
        }
        state.views.retain(|known| known.id != id);
        Ok(())
    }
}

impl State {
    fn may_share(&self, agent: AgentId) -> bool {
        self.agent(agent).is_some_and(|agent| agent.role.may(Right::ShareSnippets))
    }

    /// The author of a view that an agent may change, if it is there.
    fn changeable_view(&self, id: ViewId, agent: AgentId) -> Result<Option<AgentId>, Refusal> {
        if self.agent(agent).is_none() {
            return Err(Refusal::because(RefusalCode::NotFound));
        }
        match self.views.iter().find(|known| known.id == id) {
            Some(known) if known.is_shared && !self.may_share(agent) => {
                Err(Refusal::because(RefusalCode::NotAllowed))
            }
            Some(known) if !known.is_shared && known.agent != agent => {
                Err(Refusal::because(RefusalCode::NotFound))
            }
            known => Ok(known.map(|known| known.agent)),
        }
    }
}
