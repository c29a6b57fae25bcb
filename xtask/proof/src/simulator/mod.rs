//! Whole worlds in virtual time, each from one seed: people with their devices and tabs, a network, a node, a store,
//! and everything that can go wrong with them; and after each the checker, which decides whether the promise was kept.
//!
//! Real are every client's session, the hub and its mailboxes (with presence), the desk of every inbox, and the codec on
//! every frame. Models are the store (group commit, both counts, repeats by key, leases and what desks write, mail that
//! is owed, erasure), the node around the hub (what `relay`, `application` and `mail` do, in their order), the network,
//! the mail server, and the browser's storage, locks and channels. The hub is driven without a
//! reactor: its futures are looked at once whenever something has happened, and its graces run on tokio's paused
//! clock. Rate limits, sessions of agents and real disks are not modelled.
//!
//! The same seed gives the same history to the byte. A world lives on one thread; threads share nothing.

mod command;
mod committing;
mod device;
mod director;
mod double;
mod ending;
mod faults;
mod network;
mod node;
mod person;
mod random;
mod screen;
mod store;
mod story;
mod tab;
mod tally;
mod team;
mod world;

use std::rc::Rc;

use anyhow::{Context, Result};
use deskbell_server::store::desks::Chosen;
use deskbell_shared::model::{AgentId, Availability, VisitorId};

use crate::checker::{Verdict, check};
use crate::history::Record;
pub use command::simulate;
use device::Device;
pub use double::Double;
use ending::AUDITOR;
use person::Person;
pub use tally::{Fault, Tally};
use world::{Event, World};

/// A world that has come to its end.
pub struct Played {
    /// What happened, as everybody saw it.
    pub history: Vec<Record>,
    /// What became of the promise.
    pub verdict: Verdict,
    /// Which faults struck.
    pub tally: Tally,
    /// What happened, in words; empty unless asked for.
    pub story: Vec<String>,
}

/// Plays one seed from beginning to end. With a double, one rule is broken. With `telling`, the story is kept.
pub fn play(seed: u64, double: Option<Double>, telling: bool) -> Result<Played> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = Rc::new(runtime.context("making a paused clock")?);
    let _clock = runtime.enter();
    let mut world = World::new(seed, runtime.clone(), double, telling);
    world.people_arrive();
    let until = world.director.until;
    world.run_until(until);
    world.floods();
    world.end();
    let verdict = check(&world.history);
    Ok(Played {
        verdict,
        tally: std::mem::take(&mut world.tally),
        story: world.story.take().unwrap_or_default(),
        history: std::mem::take(&mut world.history),
    })
}

impl World {
    /// A node, two inboxes, three agents of whom one works in both, up to four visitors.
    fn people_arrive(&mut self) {
        let (sales, support) = (self.inboxes[0], self.inboxes[1]);
        let agents = [AgentId(1), AgentId(2), AgentId(3)];
        let members = [(sales, 1), (sales, 2), (support, 2), (support, 3)].map(|(i, a)| (i, AgentId(a)));
        for (inbox, agent) in members.into_iter().chain([(sales, AUDITOR), (support, AUDITOR)]) {
            self.store.set_member(inbox, agent, true);
        }
        // The auditor only looks.
        let away = Chosen { availability: Availability::Away, capacity: 1 };
        self.store.set_chosen(AUDITOR, away);
        for id in agents {
            let capacity = self.random.between(1, 3) as u32;
            self.store.set_chosen(id, Chosen { availability: Availability::Available, capacity });
        }
        self.note_books();
        self.start_node();
        for id in agents {
            self.arrives_at_desk(Person::Agent { id });
        }
        for number in 0..self.random.between(1, 4) {
            let inbox = if self.random.once_in(3) { support } else { sales };
            let id = VisitorId(u128::from(100 + number));
            let device = self.arrives_at_desk(Person::Visitor { id, inbox });
            for _ in 0..self.random.below(3) {
                self.open_tab(device, Person::Visitor { id, inbox });
            }
        }
        self.later(500, Event::Directs);
    }

    fn arrives_at_desk(&mut self, person: Person) -> usize {
        self.devices.push(Device::of(person));
        let device = self.devices.len() - 1;
        self.open_tab(device, person);
        device
    }
}
