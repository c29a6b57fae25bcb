//! The steps of a commit, and of a node that goes: append, sync, answer, each a moment of its own at which something
//! else may happen.

use std::collections::BTreeSet;

use deskbell_shared::model::Cmid;
use deskbell_shared::protocol::CloseCode;

use super::double::Double;
use super::store::{Reply, Written, stands};
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
        let (replies, notes, more) = self.store.sync();
        notes.into_iter().for_each(|what| self.note(what));
        self.note_rights();
        (replies, more)
    }

    /// Who may read what is new, or is in another inbox than before.
    pub fn note_rights(&mut self) {
        let state = &self.store.durable;
        let mut changed = Vec::new();
        for (id, thread) in &state.threads {
            let before = self.placed.get(id).copied();
            if before == Some(thread.inbox) {
                continue;
            }
            let may = |inbox, agent| state.members.contains(&(inbox, agent));
            for agent in state.members.iter().map(|(_, agent)| *agent).collect::<BTreeSet<_>>() {
                let (did, does) = (before.is_some_and(|inbox| may(inbox, agent)), may(thread.inbox, agent));
                changed.extend((did != does).then_some((*id, Id(agent.0), does)));
            }
            if before.is_none() {
                changed.push((*id, Id(thread.visitor.0), true));
            }
        }
        for (id, person, may) in changed {
            self.note(What::Allowed { person, conversation: Id(id.0), may });
        }
        let placed = self.store.durable.threads.iter().map(|(id, thread)| (*id, thread.inbox));
        self.placed.extend(placed.collect::<Vec<_>>());
        let whose = self.store.durable.threads.values().map(|thread| (thread.id, Id(thread.visitor.0)));
        self.visitors.extend(whose.collect::<Vec<_>>());
    }

    /// The whole book anew: another lineage of the store begins.
    pub fn note_books(&mut self) {
        let (state, mut notes) = (&self.store.durable, Vec::new());
        for (agent, chosen) in &state.books.chosen {
            notes.push(What::Capacity { agent: Id(agent.0), capacity: chosen.capacity });
        }
        notes.extend(state.threads.values().map(|thread| stands(thread, state.epoch, false)));
        notes.into_iter().for_each(|what| self.note(what));
        self.note_lost();
        self.note_rights();
    }

    /// What the lineage lacks is nobody's of the staff any more. If it is begun again, its rights begin anew with it.
    fn note_lost(&mut self) {
        let state = &self.store.durable;
        let lost: Vec<_> = self.placed.keys().filter(|id| !state.threads.contains_key(id)).copied().collect();
        let agents: BTreeSet<_> = state.members.iter().map(|(_, agent)| Id(agent.0)).collect();
        for id in lost {
            self.placed.remove(&id);
            for person in &agents {
                self.note(What::Allowed { person: *person, conversation: Id(id.0), may: false });
            }
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
