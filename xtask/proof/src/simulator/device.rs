//! A device: what its browser stores for all tabs, in the order asked, if it does; which tab sends for all; and what
//! tabs tell each other. Storage may refuse, be slow, or not answer while it hangs.

use std::collections::{BTreeMap, VecDeque};

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{Cmid, ConversationId};
use deskbell_shared::session::{CachedConversation, Input, OutboxRow};

use super::person::Person;
use super::world::{Event, World};

#[derive(Default)]
pub struct Device {
    pub outbox: BTreeMap<Cmid, OutboxRow>,
    pub cache: BTreeMap<ConversationId, CachedConversation>,
    /// Storage refuses every write, and pages that load find none.
    pub denied: bool,
    /// Storage answers nothing.
    pub hangs: bool,
    pub slow_ms: u64,
    /// Storage has refused something, or not answered in time: what is sent may not have been stored.
    pub unwilling: bool,
    /// How often it was wiped.
    wiped: u32,
    /// What was asked while it hangs.
    stuck: VecDeque<Ask>,
    free_at: u64,
    /// Rows whose newest copy is on its way to storage.
    pub unstored: Vec<Cmid>,
    /// The tab that sends for all, and those that would.
    holder: Option<usize>,
    queue: VecDeque<usize>,
    /// Its clock minus the true one; a page that is open does not notice a jump.
    pub clock_ahead_ms: i64,
    /// Whose it is.
    pub person: Option<Person>,
}

/// A write to storage.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Of which storage: it may have been wiped since.
    storage: u32,
    pub tab: usize,
    pub life: u32,
    pub what: Put,
}

#[derive(Clone, Debug)]
pub enum Put {
    Row(Box<OutboxRow>),
    Forget(Cmid),
    Cache(Box<CachedConversation>),
    ForgetCache(ConversationId),
}

/// What one tab tells the others.
#[derive(Clone, Debug)]
pub enum Told {
    Row { row: Box<OutboxRow>, kept: bool },
    Forgotten(Cmid),
}

impl Device {
    pub fn of(person: Person) -> Device {
        Device { person: Some(person), ..Device::default() }
    }

    /// Nothing is kept, and somebody else sits here.
    pub fn forget(&mut self, person: Person) {
        self.outbox.clear();
        self.cache.clear();
        self.unstored.clear();
        self.stuck.clear();
        self.wiped += 1;
        self.person = Some(person);
    }
}

impl World {
    pub fn ask_storage(&mut self, tab: usize, what: Put) {
        let life = self.tabs[tab].life;
        let device = self.tabs[tab].device;
        let ask = Ask { storage: self.devices[device].wiped, tab, life, what };
        if let Put::Row(row) = &ask.what {
            self.devices[device].unstored.push(row.cmid);
        }
        if self.devices[device].hangs {
            self.devices[device].unwilling |= matches!(ask.what, Put::Row(_));
            self.devices[device].stuck.push_back(ask);
        } else {
            self.schedule_storage(device, ask);
        }
    }

    fn schedule_storage(&mut self, device: usize, ask: Ask) {
        let slow_ms = self.devices[device].slow_ms;
        let wait = 1 + if slow_ms > 0 { self.random.below(slow_ms) } else { 0 };
        let device = &mut self.devices[device];
        // Longer than the session's patience counts as an answer that does not come.
        device.unwilling |= slow_ms > 1_000;
        device.free_at = device.free_at.max(self.now + wait);
        let at = device.free_at;
        self.events_at(at, Event::Stored { ask: Box::new(ask) });
    }

    /// Storage answers again: what it was asked is done, unless the page that asked is gone.
    pub fn storage_recovers(&mut self, device: usize) {
        self.devices[device].hangs = false;
        self.devices[device].slow_ms = 0;
        for ask in std::mem::take(&mut self.devices[device].stuck) {
            if self.lives(ask.tab, ask.life) {
                self.schedule_storage(device, ask);
            }
        }
    }

    pub fn stored(&mut self, ask: Ask) {
        let device = self.tabs[ask.tab].device;
        if ask.storage != self.devices[device].wiped {
            return;
        }
        if self.devices[device].hangs {
            return self.devices[device].stuck.push_back(ask);
        }
        let Ask { tab, life, what, .. } = ask;
        let denied = self.devices[device].denied || self.tabs[tab].alone;
        match what {
            Put::Row(row) => self.stored_row(tab, life, *row, !denied),
            _ if denied => {}
            Put::Forget(cmid) => {
                self.devices[device].outbox.remove(&cmid);
            }
            Put::Cache(cached) => {
                self.devices[device].cache.insert(cached.view.id, *cached);
            }
            Put::ForgetCache(id) => {
                self.devices[device].cache.remove(&id);
            }
        }
    }

    fn stored_row(&mut self, tab: usize, life: u32, row: OutboxRow, kept: bool) {
        let device = self.tabs[tab].device;
        let cmid = row.cmid;
        self.devices[device].unwilling |= !kept;
        self.tell(|w| {
            let kept = if kept { "has" } else { "refuses" };
            format!("storage {kept} {} of {}", w.row_in_words(&row), w.name(tab))
        });
        if kept {
            let unstored = &mut self.devices[device].unstored;
            if let Some(at) = unstored.iter().position(|waiting| *waiting == cmid) {
                unstored.swap_remove(at);
            }
            let lives = self.lives(tab, life);
            self.devices[device].outbox.insert(cmid, row.clone());
            if lives {
                self.tell_tabs(tab, Told::Row { row: Box::new(row), kept: true });
            }
        }
        if self.lives(tab, life) {
            let _ = self.give(tab, Input::Saved { cmid, kept });
        }
    }

    pub fn tell_tabs(&mut self, from: usize, told: Told) {
        let device = self.tabs[from].device;
        if self.tabs[from].alone {
            return;
        }
        self.tell(|w| format!("{} tells its tabs: {}", w.name(from), w.told_in_words(&told)));
        for tab in 0..self.tabs.len() {
            let other = &self.tabs[tab];
            if tab != from && other.device == device && other.open && !other.alone {
                let life = other.life;
                self.later(1, Event::Told { tab, life, told: Box::new(told.clone()) });
            }
        }
    }

    pub fn told(&mut self, tab: usize, told: Told) {
        let input = match told {
            Told::Row { row, kept } => Input::RowChanged { row: *row, kept },
            Told::Forgotten(cmid) => Input::RowForgotten(cmid),
        };
        let _ = self.give(tab, input);
    }

    // Election

    pub fn seek_election(&mut self, tab: usize) {
        let life = self.tabs[tab].life;
        let device = &mut self.devices[self.tabs[tab].device];
        if self.tabs[tab].alone {
            self.later(1, Event::Elected { tab, life });
        } else if device.holder.is_none() {
            device.holder = Some(tab);
            self.later(1, Event::Elected { tab, life });
        } else if device.holder != Some(tab) && !device.queue.contains(&tab) {
            device.queue.push_back(tab);
        }
    }

    pub fn resign(&mut self, tab: usize) {
        let device = &mut self.devices[self.tabs[tab].device];
        device.queue.retain(|waiting| *waiting != tab);
        if device.holder == Some(tab) {
            device.holder = device.queue.pop_front();
            if let Some(next) = device.holder {
                let life = self.tabs[next].life;
                self.later(1, Event::Elected { tab: next, life });
            }
        }
    }

    /// The lock is granted; the new holder reads the stored rows, which takes as long as storage takes.
    pub fn elected(&mut self, tab: usize, life: u32) {
        let alone = self.tabs[tab].alone;
        let device = &self.devices[self.tabs[tab].device];
        if device.holder != Some(tab) && !alone {
            return;
        }
        if device.hangs && !alone {
            return self.later(500, Event::Elected { tab, life });
        }
        let denied = device.denied;
        self.tell(|w| format!("{} sends for all", w.name(tab)));
        let outbox = if alone || denied { Vec::new() } else { self.rows_of(tab) };
        let _ = self.give(tab, Input::Elected { outbox });
    }

    /// The stored rows, as text and back: what is stored has to be readable.
    pub fn rows_of(&self, tab: usize) -> Vec<OutboxRow> {
        let device = &self.devices[self.tabs[tab].device];
        device.outbox.values().filter_map(|row| OutboxRow::from_text(&row.to_text()).ok()).collect()
    }
}
