//! The contract about people, sessions and sites, in memory.

use std::cmp::Reverse;

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, AgentView, InboxId, Routing, SeenView, SiteId, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::SEEN_MAX;

use super::{MemoryStore, State, refuse};
use crate::store::accounts::{
    AccountStore, AgentEdit, AgentRecord, EndSessions, InviteRecord, NewAgent, NewSite, SecretDigest,
    SessionRecord, SiteChange, SiteRecord,
};
use crate::store::{Refusal, Stored};

#[async_trait]
impl AccountStore for MemoryStore {
    async fn is_set_up(&self) -> Stored<bool> {
        Ok(self.lock().owner_exists())
    }

    async fn set_up(&self, owner: NewAgent, site: NewSite) -> Stored<()> {
        self.noted(|state, _| {
            if state.owner_exists() {
                return refuse(RefusalCode::NotAllowed);
            }
            state.add_agent(owner)?;
            state.add_site(site)
        })
    }

    async fn agent_by_email(&self, email: &str) -> Stored<Option<AgentRecord>> {
        let email = email.to_lowercase();
        let state = &*self.lock();
        let found = state.agents.iter().find(|agent| agent.email == email);
        Ok(found.filter(|agent| state.agent(agent.view.id).is_some()).cloned())
    }

    async fn agent(&self, id: AgentId) -> Stored<Option<AgentRecord>> {
        Ok(self.lock().agent(id).cloned())
    }

    async fn agents(&self) -> Stored<Vec<AgentRecord>> {
        let state = &*self.lock();
        let mut agents: Vec<AgentRecord> =
            state.agents.iter().filter(|agent| state.agent(agent.view.id).is_some()).cloned().collect();
        agents.sort_by_cached_key(|agent| (agent.view.name.to_lowercase(), agent.view.id));
        Ok(agents)
    }

    async fn edit_agent(&self, id: AgentId, edit: AgentEdit) -> Stored<()> {
        self.noted(|state, _| state.edit_agent(id, edit))
    }

    async fn keep_picture(&self, hash: &str, png: &[u8]) -> Stored<()> {
        self.lock().pictures.entry(hash.to_owned()).or_insert_with(|| png.to_owned());
        Ok(())
    }

    async fn picture(&self, hash: &str) -> Stored<Option<Vec<u8>>> {
        Ok(self.lock().pictures.get(hash).cloned())
    }

    async fn open_session(&self, session: SessionRecord, device: String) -> Stored<()> {
        self.noted(|state, _| {
            if state.agent(session.agent).is_none() {
                return refuse(RefusalCode::NotFound);
            }
            state.seen(session.agent, session.used_at);
            state.sessions.push((session, device));
            Ok(())
        })
    }

    async fn session(&self, secret: SecretDigest) -> Stored<Option<SessionRecord>> {
        let state = &*self.lock();
        let Some((session, _)) = state.sessions.iter().find(|(session, _)| session.secret == secret) else {
            return Ok(None);
        };
        Ok(state.agent(session.agent).map(|agent| SessionRecord { role: agent.role, ..session.clone() }))
    }

    async fn sessions_of(&self, agent: AgentId) -> Stored<Vec<(SessionRecord, String)>> {
        let state = &*self.lock();
        let Some(role) = state.agent(agent).map(|agent| agent.role) else { return Ok(Vec::new()) };
        let own = state.sessions.iter().filter(|(session, _)| session.agent == agent);
        let mut found: Vec<_> = own
            .map(|(session, device)| (SessionRecord { role, ..session.clone() }, device.clone()))
            .collect();
        found.sort_by_key(|(session, _)| (Reverse(session.used_at), session.secret));
        Ok(found)
    }

    async fn touch_session(&self, secret: SecretDigest, at: UnixMillis) -> Stored<()> {
        let state = &mut *self.lock();
        let touched =
            state.sessions.iter_mut().find(|(session, _)| session.secret == secret).map(|(session, _)| {
                session.used_at = session.used_at.max(at);
                session.agent
            });
        if let Some(agent) = touched {
            state.seen(agent, at);
        }
        Ok(())
    }

    async fn end_sessions(&self, agent: AgentId, which: EndSessions) -> Stored<usize> {
        Ok(self.lock().end_sessions(agent, which))
    }

    async fn invite(&self, invite: InviteRecord) -> Stored<()> {
        self.noted(|state, _| {
            if invite.agent.is_some_and(|id| state.agent(id).is_none()) {
                return refuse(RefusalCode::NotFound);
            }
            let email = invite.email.to_lowercase();
            state.invites.insert(invite.secret, InviteRecord { email, ..invite });
            Ok(())
        })
    }

    async fn invitation(&self, secret: SecretDigest) -> Stored<Option<InviteRecord>> {
        Ok(self.lock().invites.get(&secret).cloned())
    }

    async fn accept_invite(&self, secret: SecretDigest, agent: NewAgent) -> Stored<AgentId> {
        self.noted(|state, _| {
            let Some(invite) = state.invites.get(&secret).cloned() else {
                return refuse(RefusalCode::NotFound);
            };
            let id = match invite.agent {
                Some(id) => {
                    let (name, password_hash) = (Some(agent.name), Some(agent.password_hash));
                    state.edit_agent(id, AgentEdit { name, password_hash, picture: None })?;
                    state.end_sessions(id, EndSessions::All);
                    id
                }
                None => {
                    let id = agent.id;
                    state.add_agent(NewAgent { email: invite.email, role: invite.role, ..agent })?;
                    id
                }
            };
            state.invites.remove(&secret);
            Ok(id)
        })
    }

    async fn sites(&self) -> Stored<Vec<SiteRecord>> {
        let mut sites = self.lock().sites.clone();
        sites.sort_by_cached_key(|site| (site.looks.name.to_lowercase(), site.id));
        Ok(sites)
    }

    async fn site_by_key(&self, key: &str) -> Stored<Option<SiteRecord>> {
        Ok(self.lock().sites.iter().find(|site| site.key == key).cloned())
    }

    async fn add_site(&self, site: NewSite) -> Stored<()> {
        self.noted(|state, _| state.add_site(site))
    }

    async fn site_inboxes(&self) -> Stored<Vec<(SiteId, InboxId)>> {
        let state = self.lock();
        let inboxes = state.sites.iter().flat_map(|site| site.inboxes.iter().map(|its| (site.id, its.inbox)));
        Ok(inboxes.collect())
    }

    async fn edit_site(&self, id: SiteId, edit: SiteChange) -> Stored<()> {
        self.noted(|state, told| {
            let is_there = |id| state.inboxes.iter().any(|inbox| inbox.id == id);
            let offered = edit.inboxes.iter().flatten().map(|its| its.inbox);
            if !edit.inbox.into_iter().chain(offered).all(is_there) {
                return refuse(RefusalCode::NotFound);
            }
            let site = state.site(id)?;
            edit.parts_changed(site).into_iter().for_each(|part| told.word(part));
            told.idle_if_silent();
            site.looks = edit.looks;
            site.origins = edit.origins;
            site.inbox = edit.inbox.unwrap_or(site.inbox);
            site.inboxes = edit.inboxes.unwrap_or_else(|| std::mem::take(&mut site.inboxes));
            Ok(())
        })
    }

    async fn note_seen(&self, id: SiteId, origin: &str, at: UnixMillis) -> Stored<()> {
        let state = &mut *self.lock();
        let site = state.site(id)?;
        match site.seen.iter_mut().find(|seen| seen.origin == origin) {
            Some(seen) => seen.at = seen.at.max(at),
            None => {
                site.seen.push(SeenView { origin: origin.to_owned(), at, allowed: false, nearest: None });
            }
        }
        site.seen.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.origin.cmp(&b.origin)));
        site.seen.truncate(SEEN_MAX);
        Ok(())
    }
}

impl State {
    fn add_agent(&mut self, new: NewAgent) -> Stored<()> {
        let email = new.email.to_lowercase();
        if self.agents.iter().any(|agent| agent.email == email) {
            return refuse(RefusalCode::Conflict);
        }
        self.members.extend(self.inboxes.iter().map(|inbox| (inbox.id, new.id)));
        self.agents.push(AgentRecord {
            view: AgentView { id: new.id, name: new.name, picture: None },
            email,
            password_hash: new.password_hash,
            role: new.role,
            seen_at: None,
        });
        Ok(())
    }

    fn add_site(&mut self, new: NewSite) -> Stored<()> {
        if self.sites.iter().any(|site| site.key == new.key || site.id == new.id) {
            return refuse(RefusalCode::Conflict);
        }
        if !self.inboxes.iter().any(|inbox| inbox.id == new.inbox) {
            self.members.extend(self.agents.iter().map(|agent| (new.inbox, agent.view.id)));
            let (id, name) = (new.inbox, new.looks.name.clone());
            self.inboxes.push(super::team::Inbox { id, name, hours: None, routing: Routing::DEFAULT });
        }
        let NewSite { id, inbox, key, looks, origins, at: _ } = new;
        self.sites.push(SiteRecord { id, inbox, inboxes: Vec::new(), key, looks, origins, seen: Vec::new() });
        Ok(())
    }

    fn edit_agent(&mut self, id: AgentId, edit: AgentEdit) -> Stored<()> {
        let known = edit.picture.as_ref().is_none_or(|hash| self.pictures.contains_key(hash));
        let Some(agent) = self.agents.iter_mut().find(|agent| agent.view.id == id && known) else {
            return refuse(RefusalCode::NotFound);
        };
        if let Some(name) = edit.name {
            agent.view.name = name;
        }
        if edit.picture.is_some() {
            agent.view.picture = edit.picture;
        }
        if let Some(hash) = edit.password_hash {
            agent.password_hash = hash;
        }
        Ok(())
    }

    pub(super) fn end_sessions(&mut self, agent: AgentId, which: EndSessions) -> usize {
        let before = self.sessions.len();
        self.sessions.retain(|(session, _)| {
            let ends = match which {
                EndSessions::One(secret) => session.secret == secret,
                EndSessions::AllBut(secret) => session.secret != secret,
                EndSessions::All => true,
            };
            session.agent != agent || !ends
        });
        before - self.sessions.len()
    }

    fn seen(&mut self, agent: AgentId, at: UnixMillis) {
        for known in self.agents.iter_mut().filter(|known| known.view.id == agent) {
            known.seen_at = known.seen_at.max(Some(at));
        }
    }

    fn site(&mut self, id: SiteId) -> Result<&mut SiteRecord, Refusal> {
        self.sites.iter_mut().find(|site| site.id == id).ok_or(Refusal::because(RefusalCode::NotFound))
    }
}
