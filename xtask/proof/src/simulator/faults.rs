//! What each fault does to the world. Faults that last end by themselves, at the latest when everything heals.

use std::time::Duration;

use deskbell_shared::model::{AgentId, Epoch, InboxId};

use super::store::{State, noted_mail};
use super::tally::Fault;
use super::world::{Event, Lasting, World};
use crate::history::{Id, What};

/// The furthest that a clock jumps: within the day for which a device offers again what it has sent.
const JUMP_MS_MAX: u64 = 6 * 60 * 60 * 1_000;

impl World {
    /// One fault strikes: somewhere, or on a certain device. Counted where there was something to strike.
    pub fn strike(&mut self, fault: Fault, device: Option<usize>) {
        use Fault as F;
        let device = device.or_else(|| {
            let tabs = self.open_tabs(None);
            let tab = self.random.pick(&tabs)?;
            Some(self.tabs[tab].device)
        });
        let Some(device) = device else { return };
        let between = match fault {
            F::NodeCrashes
            | F::CommitFails
            | F::NodeDrains
            | F::NodeHangs
            | F::StoreDelays
            | F::StoreRefuses
            | F::BackupRestored
            | F::DeskStalls
            | F::RightsChange => !self.unanswered.is_empty(),
            _ => self.unanswered.values().any(|author| *author == device),
        };
        let struck = match fault {
            F::NodeCrashes
            | F::CommitFails
            | F::NodeDrains
            | F::NodeHangs
            | F::StoreDelays
            | F::StoreRefuses
            | F::BackupRestored
            | F::DeskStalls => self.strike_node(fault),
            F::RightsChange => self.strike_rights(),
            F::StorageDenied | F::StorageSlow | F::StorageHangs | F::ClockJumps => {
                self.strike_device(fault, device)
            }
            F::TabReloads | F::TabCrashes | F::AgentVanishes => self.strike_tab(fault, device),
            _ => self.strike_link(fault, device),
        };
        if struck {
            self.tally.note(fault, between);
        }
    }

    fn strike_node(&mut self, fault: Fault) -> bool {
        let left = self.director.until.saturating_sub(self.now);
        if self.node.is_none() {
            return false;
        }
        self.tell(|_| format!("FAULT: {}", fault.words()));
        match fault {
            Fault::NodeCrashes => self.crash_node(),
            Fault::CommitFails => {
                // Nobody knows whether the disk has it.
                if self.random.once_in(2) {
                    self.sync_store();
                    self.tell(|_| "(what was appended is durable all the same)".into());
                }
                self.crash_node();
            }
            Fault::NodeDrains => self.drain_node(),
            Fault::NodeHangs => {
                let until = self.now + self.random.below(40_000).min(left);
                if let Some(node) = &mut self.node {
                    node.hung_until = until;
                }
                self.events_at(until, Event::Poke);
            }
            Fault::StoreDelays => {
                self.sync_ms_max = self.random.between(50, 3_000);
                let wait = self.random.below(10_000);
                self.later(wait, Event::Ends { what: Lasting::SlowCommits });
            }
            Fault::DeskStalls => {
                if let Some(node) = &mut self.node {
                    node.desks.stalls_next = true;
                }
                self.stir_desks();
            }
            Fault::StoreRefuses => {
                self.store.full = true;
                let wait = self.random.below(10_000);
                self.later(wait, Event::Ends { what: Lasting::FullDisk });
            }
            _ => {
                let Some(backup) = self.backup.clone() else { return false };
                let epoch = Epoch(u128::from(self.random.any()));
                self.kill_node();
                self.lose_mail(&backup);
                self.store.restore(&backup, epoch);
                self.note_books();
                self.unanswered.clear();
                let wait = self.random.between(100, 3_000);
                self.later(wait, Event::NodeStarts);
            }
        }
        true
    }

    /// What is owed in the lineage that ends, and not in the one that begins, is owed no more.
    fn lose_mail(&mut self, backup: &State) {
        let mut lost = Vec::new();
        for (id, mail) in &self.store.durable.books.mails {
            let kept = backup.books.mails.get(id).is_some_and(|kept| kept.cause == mail.cause);
            lost.extend((!kept).then_some(What::Needless { id: noted_mail(*id), cause: mail.cause }));
        }
        lost.into_iter().for_each(|what| self.note(what));
    }

    fn crash_node(&mut self) {
        self.kill_node();
        let wait = self.random.between(50, 3_000);
        self.later(wait, Event::NodeStarts);
    }

    fn drain_node(&mut self) {
        let spread_ms = self.random.between(200, 4_000);
        let Some(node) = &mut self.node else { return };
        node.draining = true;
        node.hub.begin_drain(Duration::from_millis(spread_ms));
        let life = node.life;
        self.later(0, Event::Poke);
        self.later(spread_ms + 1_000, Event::NodeExits { life });
    }

    fn strike_device(&mut self, fault: Fault, device: usize) -> bool {
        let wait = self.random.below(12_000);
        let ahead = self.random.below(2 * JUMP_MS_MAX) as i64 - JUMP_MS_MAX as i64;
        let d = &mut self.devices[device];
        match fault {
            Fault::StorageDenied => {
                d.denied = true;
                self.later(wait, Event::Ends { what: Lasting::Denial(device) });
            }
            Fault::StorageSlow => {
                d.slow_ms = 6_000;
                self.later(wait, Event::Ends { what: Lasting::Storage(device) });
            }
            Fault::StorageHangs => {
                d.hangs = true;
                self.later(wait, Event::Ends { what: Lasting::Storage(device) });
            }
            _ if self.random.once_in(3) => self.server_clock_ahead_ms = ahead,
            _ => d.clock_ahead_ms = ahead,
        }
        self.tell(|_| format!("FAULT: {} (device {device})", fault.words()));
        true
    }

    fn strike_tab(&mut self, fault: Fault, device: usize) -> bool {
        let staff = |w: &World, tab: usize| w.tabs[tab].person.side() == deskbell_shared::model::Side::Staff;
        let mut tabs = self.open_tabs(None);
        match fault {
            Fault::AgentVanishes => {
                let here: Vec<_> =
                    tabs.iter().copied().filter(|tab| self.tabs[*tab].device == device).collect();
                tabs = if here.iter().any(|tab| staff(self, *tab)) { here } else { tabs };
                tabs.retain(|tab| staff(self, *tab));
            }
            _ => tabs.retain(|tab| self.tabs[*tab].device == device),
        }
        let Some(tab) = self.random.pick(&tabs) else { return false };
        self.tell(|w| format!("FAULT: {}: {}", fault.words(), w.name(tab)));
        self.close_tab(tab);
        let wait = match fault {
            Fault::TabReloads => self.random.between(30, 1_500),
            Fault::TabCrashes => self.random.between(500, 20_000),
            _ => self.random.between(1_000, 40_000),
        };
        let life = self.tabs[tab].life;
        if fault != Fault::TabCrashes || !self.random.once_in(4) {
            self.later(wait, Event::Loads { tab, life });
        }
        true
    }

    fn strike_link(&mut self, fault: Fault, device: usize) -> bool {
        let connected = |w: &World, tab: usize| w.tabs[tab].link.filter(|link| w.links.contains_key(link));
        let tabs: Vec<usize> = self
            .open_tabs(None)
            .into_iter()
            .filter(|tab| self.tabs[*tab].device == device && connected(self, *tab).is_some())
            .collect();
        let Some(tab) = self.random.pick(&tabs) else { return false };
        let Some(number) = connected(self, tab) else { return false };
        let (few, wait) = (self.random.between(1, 4) as u32, self.random.between(300, 8_000));
        let upwards = self.random.once_in(2);
        self.tell(|w| format!("FAULT: {}: {}", fault.words(), w.name(tab)));
        match fault {
            Fault::LinkCut => self.cut(number, false),
            Fault::LinkCutMidBatch => self.cut(number, true),
            Fault::LinkHalfOpen => self.half_open(number),
            Fault::LinkDelays => self.later(wait, Event::Ends { what: Lasting::SlowLink(number) }),
            Fault::LinkDrops => self.later(wait, Event::Breaks { link: number }),
            Fault::LinkStalls => self.later(wait + 1, Event::Poke),
            _ => {}
        }
        let now = self.now;
        let Some(link) = self.links.get_mut(&number) else { return false };
        let way = if upwards { &mut link.up } else { &mut link.down };
        match fault {
            Fault::LinkDrops => way.swallows = few,
            Fault::LinkDuplicates => way.repeats = few,
            Fault::LinkReorders => way.reorders = few,
            Fault::LinkDelays => link.slow_ms = 1_500,
            Fault::LinkStalls => link.stalled_until = now + wait,
            _ => {}
        }
        true
    }

    /// Somebody is taken out of an inbox for a while.
    fn strike_rights(&mut self) -> bool {
        let members: Vec<_> = self.store.durable.members.iter().copied().collect();
        let present = self.agents();
        let members: Vec<_> = members.into_iter().filter(|(_, agent)| present.contains(agent)).collect();
        let Some((inbox, agent)) = self.random.pick(&members) else { return false };
        self.tell(|_| format!("FAULT: agent {} is taken out of inbox {}", agent.0, inbox.0));
        self.set_member(inbox, agent, false);
        let wait = self.random.between(1_000, 90_000);
        self.later(wait, Event::Ends { what: Lasting::Absence(inbox, agent) });
        true
    }

    pub fn set_member(&mut self, inbox: InboxId, agent: AgentId, may: bool) {
        self.store.set_member(inbox, agent, may);
        self.moved.insert(agent);
        let threads = self.store.durable.threads.values().filter(|thread| thread.inbox == inbox);
        let conversations: Vec<Id> = threads.map(|thread| Id(thread.id.0)).collect();
        for conversation in conversations {
            self.note(What::Allowed { person: Id(agent.0), conversation, may });
        }
        if let Some(node) = &self.node {
            node.hub.permissions_changed();
            self.stir_desks();
            self.later(0, Event::Poke);
        }
    }

    pub fn ends(&mut self, what: Lasting) {
        match what {
            Lasting::SlowCommits => self.sync_ms_max = 4,
            Lasting::FullDisk => self.store.full = false,
            Lasting::SlowLink(link) => {
                if let Some(link) = self.links.get_mut(&link) {
                    link.slow_ms = 0;
                }
            }
            Lasting::Storage(device) => self.storage_recovers(device),
            Lasting::Denial(device) => self.devices[device].denied = false,
            Lasting::Absence(inbox, agent) => self.set_member(inbox, agent, true),
        }
    }
}
