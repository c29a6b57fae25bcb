//! The contract about inboxes and who leaves them, in memory.

use async_trait::async_trait;
use deskbell_shared::model::{
    AgentId, ConversationId, EntryBody, Hours, InboxId, RequeueReason, Right, Role, Routing, Status,
    UnixMillis,
};
use deskbell_shared::protocol::RefusalCode;

use super::threads::{By, Line};
use super::{MemoryStore, State, refuse};
use crate::store::accounts::{AgentRecord, EndSessions};
use crate::store::conversations::Changed;
use crate::store::team::{InboxChange, InboxRecord, TeamStore};
use crate::store::{Refusal, Stored};

/// An inbox as the double keeps it.
#[derive(Clone)]
pub struct Inbox {
    pub id: InboxId,
    pub name: String,
    pub hours: Option<Hours>,
    pub routing: Routing,
}

#[async_trait]
impl TeamStore for MemoryStore {
    async fn inboxes(&self) -> Stored<Vec<InboxRecord>> {
        let state = &*self.lock();
        let mut inboxes: Vec<InboxRecord> = state.inboxes.iter().map(|inbox| state.shown(inbox)).collect();
        inboxes.sort_by_cached_key(|inbox| (inbox.name.to_lowercase(), inbox.id));
        Ok(inboxes)
    }

    async fn add_inbox(&self, id: InboxId, edit: InboxChange) -> Stored<()> {
        self.noted(|state, told| {
            if state.inboxes.iter().any(|inbox| inbox.id == id) {
                return refuse(RefusalCode::Conflict);
            }
            state.are_active(&edit.members)?;
            let routing = edit.routing.unwrap_or(Routing::DEFAULT);
            state.inboxes.push(Inbox { id, name: edit.name, hours: edit.hours, routing });
            edit.members.iter().for_each(|agent| state.sees_otherwise(*agent));
            edit.members.iter().for_each(|agent| told.word(format!("+{agent}")));
            state.members.extend(edit.members.into_iter().map(|agent| (id, agent)));
            Ok(())
        })
    }

    async fn edit_inbox(&self, id: InboxId, edit: InboxChange, at: UnixMillis) -> Stored<Vec<Changed>> {
        self.noted(|state, told| {
            if !state.inboxes.iter().any(|inbox| inbox.id == id) {
                return refuse(RefusalCode::NotFound);
            }
            state.are_active(&edit.members)?;
            for inbox in state.inboxes.iter_mut().filter(|inbox| inbox.id == id) {
                if inbox.name != edit.name {
                    told.word("name");
                }
                if inbox.hours != edit.hours {
                    told.word("hours");
                }
                let routing = edit.routing.clone().unwrap_or(inbox.routing.clone());
                if inbox.routing != routing {
                    told.word("routing");
                }
                *inbox = Inbox { id, name: edit.name.clone(), hours: edit.hours.clone(), routing };
            }
            let is_gone = |(inbox, agent): &(InboxId, AgentId)| *inbox == id && !edit.members.contains(agent);
            let mut gone: Vec<_> = state.members.iter().copied().filter(is_gone).collect();
            gone.sort_unstable();
            let mut changed = Vec::new();
            for (inbox, agent) in
                gone.into_iter().filter(|(_, agent)| state.agent(*agent).is_some()).collect::<Vec<_>>()
            {
                state.members.retain(|member| *member != (inbox, agent));
                told.word(format!("-{agent}"));
                state.sees_otherwise(agent);
                if state.agent_in(agent, id).is_none() {
                    changed.extend(state.hand_back(agent, Some(id), at));
                }
            }
            for agent in edit.members {
                if !state.members.contains(&(id, agent)) {
                    state.members.push((id, agent));
                    told.word(format!("+{agent}"));
                    state.sees_otherwise(agent);
                }
            }
            told.idle_if_silent();
            Ok(changed)
        })
    }

    async fn deactivate(&self, agent: AgentId, at: UnixMillis) -> Stored<Vec<Changed>> {
        self.noted(|state, told| {
            let Some(record) = state.agents.iter().find(|known| known.view.id == agent) else {
                return refuse(RefusalCode::NotFound);
            };
            if state.agent(agent).is_none() {
                told.idle = true;
                return Ok(Vec::new());
            }
            if record.role == Role::Owner {
                state.other_owner(agent)?;
                state.end_invitations();
            }
            state.invites.retain(|_, invite| invite.agent != Some(agent));
            state.end_sessions(agent, EndSessions::All);
            let changed = state.hand_back(agent, None, at);
            state.drafts.retain(|(writer, _, _)| *writer != agent);
            state.deactivated.push((agent, at));
            Ok(changed)
        })
    }

    async fn set_role(&self, agent: AgentId, role: Role, at: UnixMillis) -> Stored<Vec<Changed>> {
        self.noted(|state, told| {
            let Some(before) = state.agent(agent).map(|known| known.role) else {
                return refuse(RefusalCode::NotFound);
            };
            if before == role {
                told.idle = true;
                return Ok(Vec::new());
            }
            if before == Role::Owner {
                state.other_owner(agent)?;
                state.end_invitations();
            }
            state
                .agents
                .iter_mut()
                .filter(|known| known.view.id == agent)
                .for_each(|known| known.role = role);
            state.sees_otherwise(agent);
            let mut inboxes: Vec<InboxId> = state.inboxes.iter().map(|inbox| inbox.id).collect();
            inboxes.sort_unstable();
            let mut changed = Vec::new();
            for inbox in inboxes {
                if state.agent_with(agent, inbox, Right::Serve).is_none() {
                    changed.extend(state.hand_back(agent, Some(inbox), at));
                }
            }
            Ok(changed)
        })
    }

    async fn reactivate(&self, agent: AgentId) -> Stored<()> {
        self.noted(|state, told| {
            if !state.agents.iter().any(|known| known.view.id == agent) {
                return refuse(RefusalCode::NotFound);
            }
            told.idle = state.agent(agent).is_some();
            state.deactivated.retain(|(gone, _)| *gone != agent);
            state.sees_otherwise(agent);
            Ok(())
        })
    }

    async fn deactivated(&self) -> Stored<Vec<(AgentRecord, UnixMillis)>> {
        let state = &*self.lock();
        let since = |agent: &AgentRecord| {
            let since = state.deactivated.iter().find(|(gone, _)| *gone == agent.view.id);
            since.map(|(_, at)| (agent.clone(), *at))
        };
        let mut gone: Vec<_> = state.agents.iter().filter_map(since).collect();
        gone.sort_by_cached_key(|(agent, _)| (agent.view.name.to_lowercase(), agent.view.id));
        Ok(gone)
    }
}

impl State {
    /// From here on an agent sees other inboxes than before.
    fn sees_otherwise(&mut self, agent: AgentId) {
        self.feed += 1;
        self.sights.insert(agent, self.feed);
    }

    /// Ends the invitations that give more than an agent has.
    fn end_invitations(&mut self) {
        let gives_more = |role| matches!(role, Role::Owner | Role::Supervisor);
        self.invites.retain(|_, invite| invite.agent.is_some() || !gives_more(invite.role));
    }

    /// Refuses unless somebody else is an owner who may sign in.
    fn other_owner(&self, agent: AgentId) -> Result<(), Refusal> {
        let is_one = |known: &AgentRecord| {
            known.role == Role::Owner && known.view.id != agent && self.agent(known.view.id).is_some()
        };
        if self.agents.iter().any(is_one) { Ok(()) } else { Err(Refusal::because(RefusalCode::NotAllowed)) }
    }

    fn shown(&self, inbox: &Inbox) -> InboxRecord {
        let of_inbox = |site: &&crate::store::accounts::SiteRecord| site.leads_to(inbox.id);
        let mut sites: Vec<String> =
            self.sites.iter().filter(of_inbox).map(|site| site.looks.name.clone()).collect();
        sites.sort_by_cached_key(|name| name.to_lowercase());
        let is_member = |(of, agent): &&(InboxId, AgentId)| *of == inbox.id && self.agent(*agent).is_some();
        let mut members: Vec<AgentId> =
            self.members.iter().filter(is_member).map(|(_, agent)| *agent).collect();
        members.sort_unstable();
        let (name, hours) = (inbox.name.clone(), inbox.hours.clone());
        let (routing, verified_only) = (inbox.routing.clone(), self.identities.is_verified_only(inbox.id));
        let asks_outcome = self.asks_outcome(inbox.id);
        InboxRecord { id: inbox.id, name, sites, members, hours, routing, verified_only, asks_outcome }
    }

    fn are_active(&self, agents: &[AgentId]) -> Result<(), Refusal> {
        match agents.iter().all(|agent| self.agent(*agent).is_some()) {
            true => Ok(()),
            false => Err(Refusal::because(RefusalCode::NotFound)),
        }
    }

    fn hand_back(&mut self, agent: AgentId, inbox: Option<InboxId>, at: UnixMillis) -> Vec<Changed> {
        let mut theirs: Vec<(u64, ConversationId)> = self
            .threads
            .iter()
            .filter(|thread| thread.assignee == Some(agent) && thread.status == Status::Open)
            .filter(|thread| inbox.is_none_or(|inbox| thread.inbox == inbox))
            .map(|thread| (thread.arrival, thread.id))
            .collect();
        theirs.sort_unstable();
        let mut changed = Vec::new();
        for (_, id) in theirs {
            let Some(mut thread) = self.threads.iter().find(|thread| thread.id == id).cloned() else {
                continue;
            };
            let head = thread.head();
            thread.version += 1;
            thread.assignee = None;
            let (from, version) = (self.face(agent), thread.version);
            let what = EntryBody::Requeued { from, reason: RequeueReason::MembershipEnded, version };
            thread.lines.push(Line { at, by: By::System, what });
            thread.wake(at, By::System);
            self.put(&mut thread);
            changed.push(thread.changed(self, head, None));
        }
        changed
    }
}
