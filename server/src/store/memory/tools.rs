//! Snippets and blocks, in memory.

use async_trait::async_trait;
use deskbell_shared::model::{
    AgentId, BlockView, Right, Role, SnippetId, SnippetView, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::SNIPPETS_MAX;

use super::{MemoryStore, State, refuse};
use crate::store::tools::{Block, SnippetWrite, ToolStore};
use crate::store::{Refusal, Scope, Stored};

#[async_trait]
impl ToolStore for MemoryStore {
    async fn snippets(&self, agent: AgentId) -> Stored<Vec<SnippetView>> {
        let state = &*self.lock();
        state.role_of(agent)?;
        let mut found: Vec<&SnippetWrite> =
            state.snippets.iter().filter(|known| known.is_shared || known.agent == agent).collect();
        found.sort_by_key(|known| (&known.shortcut, known.is_shared));
        let view = |known: &SnippetWrite| SnippetView {
            id: known.id,
            shortcut: known.shortcut.clone(),
            text: known.text.clone(),
            is_shared: known.is_shared,
            situation: known.situation,
            initials: String::new(),
            used: state.used.get(&known.id).copied().unwrap_or(0),
        };
        Ok(found.into_iter().map(view).collect())
    }

    async fn write_snippet(&self, mut write: SnippetWrite) -> Stored<()> {
        let state = &mut *self.lock();
        let role = state.role_of(write.agent)?;
        let known = state.changeable(write.id, write.agent, role)?;
        match (known, write.is_new) {
            (None, true) | (Some(_), false) => {}
            (Some(_), true) => return refuse(RefusalCode::Conflict),
            (None, false) => return refuse(RefusalCode::NotFound),
        }
        if write.is_shared && !role.may(Right::ShareSnippets) {
            return refuse(RefusalCode::NotAllowed);
        }
        let others = || {
            let of_kind = |other: &&SnippetWrite| {
                other.is_shared == write.is_shared && (other.is_shared || other.agent == write.agent)
            };
            state.snippets.iter().filter(|other| other.id != write.id).filter(of_kind)
        };
        if others().any(|other| other.shortcut == write.shortcut) {
            return refuse(RefusalCode::Conflict);
        }
        if others().count() >= SNIPPETS_MAX {
            return refuse(RefusalCode::TooLong);
        }
        if let (Some(author), true) = (known, write.is_shared) {
            write.agent = author;
        }
        state.snippets.retain(|other| other.id != write.id);
        state.snippets.push(write);
        Ok(())
    }

    async fn count_snippet(&self, id: SnippetId, agent: AgentId) -> Stored<()> {
        let state = &mut *self.lock();
        state.role_of(agent)?;
        if !state.snippets.iter().any(|known| known.id == id && (known.is_shared || known.agent == agent)) {
            return refuse(RefusalCode::NotFound);
        }
        *state.used.entry(id).or_default() += 1;
        Ok(())
    }

    async fn forget_snippet(&self, id: SnippetId, agent: AgentId) -> Stored<()> {
        let state = &mut *self.lock();
        let role = state.role_of(agent)?;
        if state.changeable(id, agent, role)?.is_none() {
            return refuse(RefusalCode::NotFound);
        }
        state.snippets.retain(|known| known.id != id);
        state.used.remove(&id);
        Ok(())
    }

    async fn block(&self, block: Block) -> Stored<()> {
        self.noted(|state, _| {
            state.knows(block.agent, block.visitor)?;
            state.may(Scope::Agent(block.agent), Right::Block)?;
            state.blocks.retain(|known| known.visitor != block.visitor && known.until > block.at);
            state.blocks.push(block);
            Ok(())
        })
    }

    async fn unblock(&self, agent: AgentId, visitor: VisitorId) -> Stored<()> {
        self.noted(|state, told| {
            state.knows(agent, visitor)?;
            state.may(Scope::Agent(agent), Right::Block)?;
            told.idle = state.blocks.iter().all(|known| known.visitor != visitor);
            state.blocks.retain(|known| known.visitor != visitor);
            Ok(())
        })
    }

    async fn blocks(
        &self,
        agent: AgentId,
        of: Option<VisitorId>,
        at: UnixMillis,
        count_max: usize,
    ) -> Stored<Vec<BlockView>> {
        let state = &*self.lock();
        let mut found: Vec<&Block> = state.blocks.iter().collect();
        found.retain(|block| {
            block.until > at
                && of.is_none_or(|visitor| visitor == block.visitor)
                && state.knows(agent, block.visitor).is_ok()
        });
        found.sort_by_key(|block| (std::cmp::Reverse(block.at), block.visitor));
        found.truncate(count_max);
        let view = |block: &Block| BlockView {
            visitor: block.visitor,
            by: state.face(block.agent),
            reason: block.reason.clone(),
            at: block.at,
            until: block.until,
        };
        Ok(found.into_iter().map(view).collect())
    }
}

impl State {
    /// Whether messages of a visitor are refused at an instant.
    pub(super) fn is_blocked(&self, visitor: VisitorId, at: UnixMillis) -> bool {
        self.blocks.iter().any(|block| block.visitor == visitor && block.until > at)
    }

    /// Refuses unless the visitor has a conversation that the agent may see.
    fn knows(&self, agent: AgentId, visitor: VisitorId) -> Result<(), Refusal> {
        let is_theirs = self.visible_to(agent).iter().any(|thread| thread.visitor == visitor);
        if is_theirs { Ok(()) } else { Err(Refusal::because(RefusalCode::NotFound)) }
    }

    fn role_of(&self, agent: AgentId) -> Result<Role, Refusal> {
        self.agent(agent).map(|agent| agent.role).ok_or(Refusal::because(RefusalCode::NotFound))
    }

    /// The author of a snippet that an agent may change, if it is there.
    fn changeable(&self, id: SnippetId, agent: AgentId, role: Role) -> Result<Option<AgentId>, Refusal> {
        match self.snippets.iter().find(|known| known.id == id) {
            Some(known) if known.is_shared && !role.may(Right::ShareSnippets) => {
                Err(Refusal::because(RefusalCode::NotAllowed))
            }
            Some(known) if !known.is_shared && known.agent != agent => {
                Err(Refusal::because(RefusalCode::NotFound))
            }
            known => Ok(known.map(|known| known.agent)),
        }
    }
}
