//! The double of the store for tests: everything in lists behind one mutex, written to be obviously right rather
//! than fast. It shares no logic with `sqlite`, so that the conformance suite compares two opinions.
//! Nothing in it survives the process, and no server runs on it.

mod accounts;
mod append;
mod audit;
mod conversations;
mod desks;
mod drafts;
mod edits;
mod filing;
mod forgetting;
mod identities;
mod mail;
mod search;
mod second_steps;
mod team;
mod threads;
mod tools;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbell_shared::model::{
    AboutView, AgentId, AgentView, ConversationId, EntryBody, Epoch, InboxId, Right, UnixMillis, VisitorId,
    VisitorView,
};
use deskbell_shared::protocol::RefusalCode;

use super::accounts::{AgentRecord, InviteRecord, SecretDigest, SessionRecord, SiteRecord};
use super::audit::Deed;
use super::tools::{Block, SnippetWrite};
use super::{Fault, Refusal, Scope, Stored};
use threads::Thread;

/// The store in memory; clones share it.
#[derive(Clone)]
pub struct MemoryStore {
    epoch: Epoch,
    state: Arc<Mutex<State>>,
    /// What a write through this handle is, for the audit trail.
    deed: Option<Deed>,
}

impl MemoryStore {
    /// Empty, with an epoch of its own.
    pub fn new() -> MemoryStore {
        let mut random = [0; 10];
        // Without randomness two doubles would look like one lineage, which only a test of epochs would notice.
        let _ = getrandom::fill(&mut random);
        MemoryStore {
            epoch: Epoch::from_parts(Default::default(), random),
            state: Arc::default(),
            deed: None,
        }
    }

    /// From now on marks cannot be stored, or can again.
    pub fn goes_away(&self, is_away: bool) {
        self.lock().is_away = is_away;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> MemoryStore {
        MemoryStore::new()
    }
}

fn refuse<T>(code: RefusalCode) -> Stored<T> {
    Err(Fault::because(code))
}

/// Everything there is.
#[derive(Default)]
struct State {
    /// Nothing can be stored: marks are refused so, for the one test that asks for it.
    is_away: bool,
    feed: u64,
    /// What left which inbox, and the place of the feed that took.
    departures: BTreeMap<(InboxId, ConversationId), u64>,
    /// From which place of the feed on an agent sees what they see now.
    sights: BTreeMap<AgentId, u64>,
    agents: Vec<AgentRecord>,
    pictures: BTreeMap<String, Vec<u8>>,
    /// With the names of what they were signed in on.
    sessions: Vec<(SessionRecord, String)>,
    invites: BTreeMap<SecretDigest, InviteRecord>,
    members: Vec<(InboxId, AgentId)>,
    sites: Vec<SiteRecord>,
    visitors: Vec<(deskbell_shared::model::SiteId, VisitorView)>,
    abouts: BTreeMap<VisitorId, AboutView>,
    threads: Vec<Thread>,
    snippets: Vec<SnippetWrite>,
    used: BTreeMap<deskbell_shared::model::SnippetId, u32>,
    blocks: Vec<Block>,
    files: Vec<forgetting::Kept>,
    gone: BTreeSet<String>,
    retention: BTreeMap<InboxId, (Option<u32>, Option<u32>)>,
    turn: u64,
    erasures: BTreeMap<VisitorId, UnixMillis>,
    inboxes: Vec<team::Inbox>,
    deactivated: Vec<(AgentId, UnixMillis)>,
    gather: Option<Duration>,
    mails: Vec<mail::Mail>,
    /// Addresses in lower case.
    mail_stops: Vec<String>,
    desks: desks::Ledgers,
    trail: audit::Trail,
    identities: identities::Identities,
    second_steps: second_steps::SecondSteps,
    cabinet: filing::Cabinet,
    views: Vec<super::views::ViewWrite>,
    drafts: Vec<drafts::Kept>,
    /// The last revision of a draft that was given to each.
    draft_revisions: BTreeMap<AgentId, u64>,
}

impl State {
    fn agent(&self, id: AgentId) -> Option<&AgentRecord> {
        let is_active = self.deactivated.iter().all(|(gone, _)| *gone != id);
        self.agents.iter().find(|agent| is_active && agent.view.id == id)
    }

    /// The agent as they look now; rows name people by their present name.
    fn face(&self, id: AgentId) -> AgentView {
        match self.agents.iter().find(|agent| agent.view.id == id) {
            Some(agent) => agent.view.clone(),
            None => AgentView { id, name: String::new(), picture: None },
        }
    }

    /// What was done, with agents as they look now.
    fn with_faces(&self, what: &EntryBody) -> EntryBody {
        let mut what = what.clone();
        if let EntryBody::Assigned { to: agent, .. } | EntryBody::Requeued { from: agent, .. } = &mut what {
            *agent = self.face(agent.id);
        }
        what
    }

    /// The agent, if they may see the inbox.
    fn agent_in(&self, id: AgentId, inbox: InboxId) -> Option<&AgentRecord> {
        let sees =
            |agent: &&AgentRecord| agent.role.may(Right::SeeAll) || self.members.contains(&(inbox, id));
        self.agent(id).filter(sees)
    }

    /// The same, if their role has the right.
    fn agent_with(&self, id: AgentId, inbox: InboxId, right: Right) -> Option<&AgentRecord> {
        self.agent_in(id, inbox).filter(|agent| agent.role.may(right))
    }

    /// Refuses an agent whose role does not have the right; visitors have theirs by other rules.
    fn may(&self, scope: Scope, right: Right) -> Result<(), Refusal> {
        let may = match scope {
            Scope::Visitor(_) => true,
            Scope::Agent(id) => self.agent(id).is_some_and(|agent| agent.role.may(right)),
        };
        if may { Ok(()) } else { Err(Refusal::because(RefusalCode::NotAllowed)) }
    }
}
