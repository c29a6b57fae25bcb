//! The end of a world: everything heals, a minute passes, another one for presence; then everybody says what they
//! show, the store says what it has, and fresh clients look at it.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{AgentId, Availability, ConversationView, Feed, Side, Status, UnixMillis};
use deskbell_shared::session::{DraftState, Input, State};

use super::device::Device;
use super::person::Person;
use super::store::noted_mail;
use super::tab::history_side;
use super::world::World;
use crate::history::{Client, Id, What, digest, window_digest};

/// How long everybody has to come to rest, and how long presence then has to become true.
const REST_MS: u64 = 60_000;
/// An agent of every inbox who comes when all is over.
pub const AUDITOR: AgentId = AgentId(99);
/// Who shows a list as it is stored.
const STORE: Client = Client(u32::MAX);
/// Seconds in which something may happen, one after the other, before all is looked at.
const PASSES_MAX: usize = 30;
/// Pages that a fresh client may need to read everything.
const PAGES_MAX: usize = 30;

impl World {
    /// Plays a world from its healing to the last record.
    pub fn end(&mut self) {
        self.heal();
        // Which client: somebody who was forgotten is another one from then on, even now.
        let mut at_rest: Vec<Option<Client>> = vec![None; self.tabs.len()];
        for _ in 0..REST_MS / 1_000 {
            self.run_until(self.now + 1_000);
            for (tab, rested) in at_rest.iter_mut().enumerate() {
                let rests = self.tabs[tab].open && self.rests(tab);
                let now = rests.then_some(self.tabs[tab].client);
                if rests && *rested != now {
                    self.note_quiet(tab);
                }
                *rested = now;
            }
        }
        for tab in self.open_tabs(None) {
            if at_rest[tab].is_none() {
                self.tell(|w| format!("{} is not at rest: {:?}", w.name(tab), w.tabs[tab].session.state()));
                self.note_quiet(tab);
            }
        }
        self.run_until(self.now + REST_MS);
        self.note_presence();
        let fresh = self.look_afresh();
        // What fresh clients have received moves marks, which everybody then shows; a visitor who is back is served.
        self.run_until(self.now + 5_000);
        // A desk goes on of itself, when somebody has waited long enough: nothing is to be under way.
        for _ in 0..PASSES_MAX {
            let before = self.store.feed_head();
            self.run_until(self.now + 1_000);
            if self.store.feed_head() == before {
                break;
            }
        }
        self.note_waits();
        self.note_lists();
        self.note_log();
        for tab in self.open_tabs(None) {
            self.note_shown(tab, fresh.contains(&tab));
        }
        // They came when all was over, and need not have come to rest by then.
        for tab in fresh {
            let client = self.tabs[tab].client;
            self.note(What::Gone { client });
        }
    }

    fn heal(&mut self) {
        self.director.aims.clear();
        self.sync_ms_max = 4;
        self.latency_ms_max = 20;
        self.store.full = false;
        self.links.values_mut().for_each(|link| link.slow_ms = 0);
        for device in 0..self.devices.len() {
            self.devices[device].denied = false;
            self.storage_recovers(device);
        }
        // Most people come back some day; some do not.
        for device in 0..self.devices.len() {
            let reads = |w: &World, tab: usize| w.tabs[tab].device == device && w.tabs[tab].open;
            let there = (0..self.tabs.len()).any(|tab| reads(self, tab) && !self.tabs[tab].alone);
            if !there && self.random.once_in(4) {
                self.stays_away(device);
            } else if !there {
                match (0..self.tabs.len())
                    .find(|tab| self.tabs[*tab].device == device && !self.tabs[*tab].open)
                {
                    Some(tab) => self.load(tab),
                    None => {
                        let person = self.devices[device].person;
                        if let Some(person) = person {
                            self.open_tab(device, person);
                        }
                    }
                }
            }
        }
        self.tell(|_| "everything heals".into());
        self.note(What::Healed {});
    }

    /// Nobody can wait for what only this device has.
    fn stays_away(&mut self, device: usize) {
        self.tell(|_| format!("device {device} stays away"));
        let tabs = (0..self.tabs.len()).filter(|tab| self.tabs[*tab].device == device);
        let written: Vec<_> = tabs
            .flat_map(|tab| {
                let t = &self.tabs[tab];
                t.written.iter().map(|cmid| (t.client, Id(cmid.0)))
            })
            .collect();
        for (client, cmid) in written {
            self.note(What::Timeout { client, cmid });
        }
    }

    fn rests(&self, tab: usize) -> bool {
        let session = &self.tabs[tab].session;
        matches!(session.state(), State::Live { .. }) && !session.catching_up() && self.waiting(tab) == 0
    }

    /// Messages that wait to be sent by themselves.
    fn waiting(&self, tab: usize) -> usize {
        let session = &self.tabs[tab].session;
        let refused = |state| matches!(state, DraftState::Refused(_));
        let of = |c: &deskbell_shared::session::Conversation| {
            session.drafts(c.id).iter().filter(|draft| refused(draft.state)).count()
        };
        session.unsent().saturating_sub(session.conversations().iter().map(of).sum())
    }

    fn note_quiet(&mut self, tab: usize) {
        let client = self.tabs[tab].client;
        let busy = usize::from(!self.rests(tab));
        let waiting = self.waiting(tab).max(busy) as u32;
        self.note(What::Quiet { client, waiting });
    }

    /// Who is shown as being there, beside who is.
    fn note_presence(&mut self) {
        let live = |w: &World, tab: usize| matches!(w.tabs[tab].session.state(), State::Live { .. });
        let open: Vec<usize> = self.open_tabs(None).into_iter().filter(|tab| live(self, *tab)).collect();
        let there = |w: &World, person: Id| open.iter().any(|tab| w.tabs[*tab].person.id() == person);
        let mut notes = Vec::new();
        for tab in &open {
            let t = &self.tabs[*tab];
            match t.person {
                // Lists of somebody whose rights have changed are another matter.
                Person::Agent { id } if self.moved.contains(&id) => {}
                Person::Agent { .. } => {
                    for row in t.lists.rows().iter() {
                        let person = Id(row.visitor.id.0);
                        notes.push((*tab, person, row.visitor.online, there(self, person)));
                    }
                }
                Person::Visitor { inbox, .. } => {
                    let shown = t.session.service().map(|service| service.agents.clone()).unwrap_or_default();
                    for (_, agent) in self.store.durable.members.iter().filter(|(of, _)| *of == inbox) {
                        let is_shown = shown.iter().any(|view| view.id == *agent);
                        notes.push((*tab, Id(agent.0), is_shown, there(self, Id(agent.0))));
                    }
                }
            }
        }
        for (tab, person, shown, truth) in notes {
            if shown != truth {
                self.tell(|w| format!("{} shows wrongly whether {person} is there", w.name(tab)));
            }
            self.note(What::Presence { person, shown, truth });
        }
    }

    /// Who waits though they can be served, who is free; and which mail waits because its reader is there.
    fn note_waits(&mut self) {
        let live = |w: &World, person: Id| {
            let here = w.open_tabs(None).into_iter().filter(|tab| w.tabs[*tab].person.id() == person);
            here.into_iter().any(|tab| matches!(w.tabs[tab].session.state(), State::Live { .. }))
        };
        let (state, now, mut notes) = (&self.store.durable, self.server_now(), Vec::new());
        for thread in state.threads.values() {
            let waits = thread.status == Status::Open && thread.assignee.is_none();
            if waits
                && !state.is_asked(thread.id, now)
                && (thread.address.is_some() || live(self, Id(thread.visitor.0)))
            {
                let (conversation, inbox) = (Id(thread.id.0), Id(thread.inbox.0));
                let here = state.members.iter().filter(|(of, _)| *of == thread.inbox);
                let mut free = here.filter(|(_, agent)| {
                    let chosen = state.chosen(*agent);
                    chosen.availability == Availability::Available
                        && state.load(*agent, &|_| true) < chosen.capacity
                        && live(self, Id(agent.0))
                });
                if free.any(|(_, agent)| state.fits(thread, *agent)) {
                    notes.push(What::Waits { conversation, inbox });
                }
            }
        }
        for (inbox, agent) in &state.members {
            let chosen = state.chosen(*agent);
            let free = state.load(*agent, &|_| true) < chosen.capacity;
            if chosen.availability == Availability::Available && free && live(self, Id(agent.0)) {
                notes.push(What::Idle { agent: Id(agent.0), inbox: Id(inbox.0) });
            }
        }
        for (id, mail) in state.books.mails.iter().filter(|(_, mail)| !mail.done) {
            // Its reader is there; or its time has not come, by a clock that has jumped.
            if mail.tries == 0 && live(self, Id(mail.visitor.0)) || !mail.is_due(now) {
                notes.push(What::Needless { id: noted_mail(*id), cause: mail.cause });
            }
        }
        notes.into_iter().for_each(|what| self.note(what));
    }

    /// What agents see in their lists, beside what is stored: the same, for whoever's rights are what they were.
    fn note_lists(&mut self) {
        let mut notes = Vec::new();
        for tab in self.open_tabs(Some(Side::Staff)) {
            let Person::Agent { id } = self.tabs[tab].person else { continue };
            if self.moved.contains(&id) {
                continue;
            }
            let line = |view: &ConversationView| {
                let whose = view.assignee.as_ref().map(|agent| agent.id.0);
                let (arrived, version) = (view.arrived_at.0, view.assignment_version);
                format!("{} {} {version} {arrived} {whose:?}", view.id, view.inbox)
            };
            let list_of = |mut lines: Vec<String>| {
                lines.sort();
                lines.join("\n")
            };
            let shown = self.tabs[tab].lists.rows().iter().map(|row| line(&row.conversation));
            let stored = self.store.feed(id, Feed(0), true);
            let stored = stored.iter().map(|row| line(&row.conversation));
            let (shown, stored) = (list_of(shown.collect()), list_of(stored.collect()));
            if shown != stored {
                self.tell(|w| format!("{} shows in its list\n{shown}\nand stored is\n{stored}", w.name(tab)));
            }
            for (client, list) in [(self.tabs[tab].client, shown), (STORE, stored)] {
                let (conversation, side) = (Id(id.0), history_side(Side::Staff));
                notes.push(What::State { client, conversation, side, digest: digest(&list) });
            }
        }
        notes.into_iter().for_each(|what| self.note(what));
    }

    fn note_log(&mut self) {
        let mut notes = Vec::new();
        for thread in self.store.durable.threads.values() {
            for row in &thread.rows {
                notes.push(What::Log {
                    conversation: Id(thread.id.0),
                    epoch: Id(self.store.durable.epoch.0),
                    seq: row.seq.0,
                    visitor_seq: row.visitor_seq.map(|seq| seq.0),
                    row: self.row(thread.id, &row.for_staff()),
                });
            }
        }
        notes.into_iter().for_each(|what| self.note(what));
    }

    fn note_shown(&mut self, tab: usize, fresh: bool) {
        self.tell(|w| {
            let all = w.tabs[tab].session.conversations().iter().filter_map(|c| c.view());
            let all: Vec<String> = all.map(Wire::to_text).collect();
            format!("{} holds {}", w.name(tab), all.join(" "))
        });
        let mut notes = Vec::new();
        let t = &self.tabs[tab];
        let (client, side) = (t.client, history_side(t.person.side()));
        let current = t.session.current();
        for c in t.session.conversations() {
            let followed = match t.person.side() {
                Side::Visitor => fresh || current == Some(c.id),
                Side::Staff => t.watched.contains(&c.id),
            };
            let (Some(first), Some(last)) = (c.rows().first(), c.rows().last()) else { continue };
            if !followed || c.refused().is_some() || !c.founded() {
                continue;
            }
            let rows: Vec<_> = c.rows().iter().map(|entry| self.row(c.id, entry)).collect();
            let (conversation, first, last) = (Id(c.id.0), first.seq.0, last.seq.0);
            let digest_of_rows = window_digest(&rows);
            notes.push(What::Shown {
                client,
                conversation,
                side,
                first,
                last,
                digest: digest_of_rows,
                fresh,
            });
            if let Some(view) = c.view() {
                // When it began to wait is told by the lists: a visitor who comes back too late for their place
                // arrives anew, without a row.
                let view = ConversationView { arrived_at: UnixMillis(0), ..view.clone() };
                notes.push(What::State { client, conversation, side, digest: digest(&view.to_text()) });
            }
        }
        notes.into_iter().for_each(|what| self.note(what));
    }

    /// One fresh client for staff, and one for each visitor, who read everything from the beginning.
    fn look_afresh(&mut self) -> Vec<usize> {
        let mut people: Vec<Person> = self.devices.iter().filter_map(|device| device.person).collect();
        people.retain(|person| person.side() == Side::Visitor);
        people.push(Person::Agent { id: AUDITOR });
        let mut fresh = Vec::new();
        for person in people {
            self.devices.push(Device::of(person));
            fresh.push(self.open_tab(self.devices.len() - 1, person));
        }
        self.run_until(self.now + 1_000);
        let all: Vec<_> = self.store.durable.threads.keys().copied().collect();
        for tab in &fresh {
            for conversation in all.iter().copied() {
                let own = self.tabs[*tab].session.conversation(conversation).is_some();
                if own || self.tabs[*tab].person.side() == Side::Staff {
                    self.tabs[*tab].watched.insert(conversation);
                    let _ = self.give(*tab, Input::Watch { conversation });
                }
            }
        }
        for _ in 0..PAGES_MAX {
            self.run_until(self.now + 200);
            let mut any = false;
            for tab in fresh.iter().copied() {
                let older = self.tabs[tab].session.conversations().iter().filter(|c| c.has_older());
                for conversation in older.map(|c| c.id).collect::<Vec<_>>() {
                    any = true;
                    let _ = self.give(tab, Input::LoadOlder { conversation });
                }
            }
            if !any {
                break;
            }
        }
        fresh
    }
}
