//! The steps of a commit, and of a node that goes: append, sync, answer, each a moment of its own at which something
//! else may happen.

use std::collections::BTreeSet;

use deskbell_shared::model::{Cmid, ConversationId};
use deskbell_shared::protocol::CloseCode;

use super::double::Double;
use super::store::{Reply, Written};
use super::world::{Event, World};
use crate::history::{Id, What};

/// Where in the life of a message a fault can be aimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It is appended and not durable.
    Appended,
    /// It is durable and its author does not know.
    Synced,
}

impl World {
    pub fn appends(&mut self, life: u32) {
        self.store.append();
        let Some(commit) = &self.store.commit else { return };
        let replies = commit.replies.clone();
        let mut any = false;
        for (_, written) in &replies {
            if let Ok(Written::Messages(appended)) = written {
                for ack in &appended.acks {
                    let device = self.authors.get(&ack.cmid).map(|(device, _)| *device);
                    self.unanswered.extend(device.map(|device| (ack.cmid, device)));
                    any = true;
                }
            }
        }
        if self.double == Some(Double::AnnouncesUncommitted) {
            replies.iter().filter_map(|(_, written)| written.as_ref().ok()).for_each(|w| self.announce(w));
            self.later(0, Event::Poke);
        }
        if self.double == Some(Double::AcksBeforeCommit) {
            for (number, written) in replies {
                self.later(0, Event::Written { life, number, written: Box::new(written) });
            }
        }
        let wait = self.random.between(1, self.sync_ms_max);
        self.later(wait, Event::Synced { life });
        if any {
            self.strike_if_aimed(Moment::Appended);
        }
    }

    pub fn syncs(&mut self, life: u32) {
        let (replies, more) = self.sync_store();
        if more {
            self.later(0, Event::Append { life });
        }
        let messages = replies.iter().any(|(_, written)| {
            matches!(written, Ok(Written::Messages(appended)) if !appended.changed.rows.is_empty())
        });
        for (number, written) in replies {
            if self.double != Some(Double::AcksBeforeCommit) {
                let wait = self.random.below(3);
                self.later(wait, Event::Written { life, number, written: Box::new(written) });
            }
        }
        if messages {
            if self.backup.is_none() || self.random.once_in(30) {
                self.backup = Some(self.store.durable.clone());
            }
            self.strike_if_aimed(Moment::Synced);
        }
    }

    /// What was appended becomes durable, and with it who may read it.
    pub fn sync_store(&mut self) -> (Vec<Reply>, bool) {
        let known: BTreeSet<ConversationId> = self.store.durable.threads.keys().copied().collect();
        let synced = self.store.sync();
        self.note_rights_of_new(&known);
        synced
    }

    fn note_rights_of_new(&mut self, known: &BTreeSet<ConversationId>) {
        let state = &self.store.durable;
        let mut new = Vec::new();
        for (id, thread) in state.threads.iter().filter(|(id, _)| !known.contains(id)) {
            let members = state.members.iter().filter(|(inbox, _)| *inbox == thread.inbox);
            let people = members.map(|(_, agent)| Id(agent.0)).chain([Id(thread.visitor.0)]);
            new.extend(people.map(|person| (person, *id, Id(thread.visitor.0))));
        }
        for (person, id, visitor) in new {
            self.visitors.insert(id, visitor);
            self.note(What::Allowed { person, conversation: Id(id.0), may: true });
        }
    }

    /// What a crash has taken with it was never stored.
    pub fn forget_unsynced(&mut self) {
        let threads = self.store.durable.threads.values();
        let stored: BTreeSet<Cmid> =
            threads.flat_map(|t| t.rows.iter().filter_map(|row| row.cmid())).collect();
        self.unanswered.retain(|cmid, _| stored.contains(cmid));
    }

    /// A connection is closed by a node that drains, once what it has in hand is done.
    pub fn goes_away(&mut self, life: u32, link: u32) {
        if self.is_busy(link) {
            return self.later(5, Event::GoesAway { life, link });
        }
        self.close(link, CloseCode::GoingAway);
    }

    /// A drained node ends when everybody has left, or when its time is over.
    pub fn exit_node(&mut self) {
        if self.store.commit.is_some() {
            let life = self.node_lives;
            return self.later(1, Event::NodeExits { life });
        }
        self.tell(|_| "the drained node exits".into());
        self.kill_node();
        let wait = self.random.between(50, 1_500);
        self.later(wait, Event::NodeStarts);
    }
}
