//! A desk from what is stored, so that any node can take an inbox over. Nothing a desk needs to decide lives in its
//! memory only; a test holds a restored desk against the one that lived.

use std::collections::VecDeque;

use deskbell_shared::model::{InboxId, UnixMillis, VisitorId};

use super::Desk;
use super::capacity::AgentRow;
use super::conversations::Conversations;
use super::invariant::Audit;
use super::presence::Presence;
use super::queue::ConversationRow;
use super::settings::Settings;
use super::staff::Staff;
use super::telling::Telling;
use super::waits::Learned;

/// Everything a desk is made from. Where each part is stored is in the module `desk`.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The inbox.
    pub inbox: InboxId,
    /// How it works.
    pub settings: Settings,
    /// All who may work in it.
    pub agents: Vec<AgentRow>,
    /// The visitors known to be connected, or of whom is known since when they are not. All others who have a
    /// conversation get the full grace: a restart changes nobody's place.
    pub visitors: Vec<(VisitorId, Presence)>,
    /// All open conversations of the inbox.
    pub conversations: Vec<ConversationRow>,
    /// What is known of handling times, of patience, and of how earlier promises ended.
    pub learned: Learned,
}

impl Desk {
    /// Rebuilds the desk; drain its effects before the first input. There may be writes among them, when time has
    /// passed or somebody is gone.
    pub fn restore(now: UnixMillis, snapshot: Snapshot) -> Desk {
        let mut desk = Desk {
            inbox: snapshot.inbox,
            now,
            settings: snapshot.settings,
            agents: Staff::of(snapshot.agents),
            conversations: Conversations::default(),
            learned: snapshot.learned,
            telling: Telling::default(),
            audit: Audit::default(),
            staff_told: None,
            effects: VecDeque::new(),
        };
        for (visitor, presence) in snapshot.visitors {
            desk.conversations.set_presence(visitor, Some(presence));
        }
        for row in snapshot.conversations {
            let row = desk.looked_at(row);
            desk.accept(row);
        }
        desk.settle();
        desk
    }

    /// What `restore` would need to make this desk again.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            inbox: self.inbox,
            settings: self.settings.clone(),
            agents: self.agents.values().map(|agent| agent.row).collect(),
            visitors: self
                .conversations
                .visitors()
                .iter()
                .map(|(visitor, presence)| (*visitor, *presence))
                .collect(),
            conversations: self.conversations.values().cloned().collect(),
            learned: self.learned.clone(),
        }
    }
}
