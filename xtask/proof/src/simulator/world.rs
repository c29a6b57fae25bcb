//! The world: one queue of events in virtual time, and everything that events can touch. One thing happens at a time,
//! and everything that is left to chance comes from the seed.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use deskbell_server::store::Fault as StoreFault;
use deskbell_server::store::conversations::RowsRead;
use deskbell_shared::model::{
    Able, AgentId, Cmid, ConversationId, Epoch, InboxId, Matching, Overflow, Priority, RankRule, Routing,
    RoutingPolicy, Side, SkillRule, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::AgentCommand;
use deskbell_shared::session::Input;
use tokio::runtime::Runtime;

use super::device::{Ask, Device, Told};
use super::director::Director;
use super::double::Double;
use super::network::{Direction, Link};
use super::node::Node;
use super::person::Person;
use super::random::Random;
use super::store::{Job, State, Store, Written};
use super::tab::Tab;
use super::tally::Tally;
use crate::history::{Id, Record, What};

/// Where clocks begin: not at zero, where differences hide.
pub const BEGIN_MS: i64 = 1_800_000_000_000;
/// Events after which a world that is still busy is taken to be going round in circles.
const EVENTS_MAX: u64 = 400_000;

/// Everything that can happen by itself.
#[derive(Debug)]
pub enum Event {
    // On a device.
    Loads {
        tab: usize,
        life: u32,
    },
    Ticket {
        tab: usize,
        life: u32,
        link: u32,
    },
    Stored {
        ask: Box<Ask>,
    },
    Told {
        tab: usize,
        life: u32,
        told: Box<Told>,
    },
    Elected {
        tab: usize,
        life: u32,
    },
    Given {
        tab: usize,
        life: u32,
        input: Box<Input>,
    },
    AsksForFeed {
        tab: usize,
        life: u32,
    },
    Writes {
        tab: usize,
        life: u32,
        conversation: Option<ConversationId>,
        anew: bool,
    },
    // On the network.
    Opens {
        link: u32,
    },
    Arrives {
        link: u32,
        direction: Direction,
        index: u64,
        text: String,
    },
    NodeSeesClose {
        link: u32,
    },
    TabSeesClose {
        link: u32,
        code: u16,
    },
    Breaks {
        link: u32,
    },
    // On the node.
    NodeStarts,
    NodeExits {
        life: u32,
    },
    GoesAway {
        life: u32,
        link: u32,
    },
    HalfBeat {
        life: u32,
        link: u32,
    },
    Presence {
        life: u32,
    },
    Append {
        life: u32,
    },
    Synced {
        life: u32,
    },
    Written {
        life: u32,
        number: u64,
        written: Box<Result<Written, StoreFault>>,
    },
    Read {
        life: u32,
        number: u64,
        read: Box<Result<RowsRead, StoreFault>>,
    },
    /// Desks look what they can do.
    Desks {
        life: u32,
    },
    /// A mail server has answered.
    Carried {
        life: u32,
        job: Job,
    },
    /// Connections look what they can do.
    Poke,
    // By the director.
    Directs,
    Ends {
        what: Lasting,
    },
}

/// Faults that last for a while.
#[derive(Clone, Copy, Debug)]
pub enum Lasting {
    SlowCommits,
    FullDisk,
    SlowLink(u32),
    Storage(usize),
    Denial(usize),
    Absence(InboxId, AgentId),
}

pub struct World {
    /// Milliseconds since the beginning.
    pub now: u64,
    /// Where the clock stands that the hub reads.
    pub clock_at: u64,
    pub runtime: Rc<Runtime>,
    pub random: Random,
    events: BTreeMap<(u64, u64), Event>,
    events_made: u64,
    events_done: u64,
    pub double: Option<Double>,
    pub store: Store,
    pub backup: Option<State>,
    pub sync_ms_max: u64,
    pub node: Option<Node>,
    pub node_lives: u32,
    pub asked: u64,
    pub server_clock_ahead_ms: i64,
    pub links: BTreeMap<u32, Link>,
    pub links_made: u32,
    pub latency_ms_max: u64,
    pub inboxes: Vec<InboxId>,
    pub devices: Vec<Device>,
    pub tabs: Vec<Tab>,
    pub clients: u32,
    pub lanes: u32,
    /// Whose device each message was written on, and its text.
    pub authors: BTreeMap<Cmid, (usize, String)>,
    /// Messages between their append and the ack that their author has.
    pub unanswered: BTreeMap<Cmid, usize>,
    /// Whose each conversation is.
    pub visitors: BTreeMap<ConversationId, Id>,
    /// In which inbox each was when it was last noted who may read it.
    pub placed: BTreeMap<ConversationId, InboxId>,
    /// Agents whose rights have changed.
    pub moved: BTreeSet<AgentId>,
    /// Visitors who asked to be forgotten: the list that no backup holds.
    pub erasures: BTreeSet<VisitorId>,
    pub director: Director,
    pub tally: Tally,
    pub history: Vec<Record>,
    /// What happened, in words, if anybody listens.
    pub story: Option<Vec<String>>,
}

impl World {
    pub fn new(seed: u64, runtime: Rc<Runtime>, double: Option<Double>, telling: bool) -> World {
        let mut random = Random::new(seed);
        let inboxes = vec![InboxId(0x11), InboxId(0x22)];
        let epoch = Epoch(u128::from(random.any()));
        let director = Director::new(&mut random);
        World {
            now: 0,
            clock_at: 0,
            runtime,
            events: BTreeMap::new(),
            events_made: 0,
            events_done: 0,
            double,
            store: Store::new(epoch, routings(seed, &inboxes), double),
            backup: None,
            sync_ms_max: 4,
            node: None,
            node_lives: 0,
            asked: 0,
            server_clock_ahead_ms: 0,
            links: BTreeMap::new(),
            links_made: 0,
            latency_ms_max: random.between(5, 120),
            inboxes,
            devices: Vec::new(),
            tabs: Vec::new(),
            clients: 0,
            lanes: 0,
            authors: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            visitors: BTreeMap::new(),
            placed: BTreeMap::new(),
            moved: BTreeSet::new(),
            erasures: BTreeSet::new(),
            director,
            tally: Tally::default(),
            history: Vec::new(),
            story: telling.then(Vec::new),
            random,
        }
    }

    // Time

    pub fn later(&mut self, wait: u64, event: Event) {
        self.events_at(self.now + wait, event);
    }

    pub fn events_at(&mut self, at: u64, event: Event) {
        self.events_made += 1;
        self.events.insert((at.max(self.now), self.events_made), event);
    }

    /// Lets time pass up to an instant.
    pub fn run_until(&mut self, end: u64) {
        loop {
            let event = self.events.keys().next().copied();
            let timer = self
                .tabs
                .iter()
                .enumerate()
                .filter_map(|(at, tab)| tab.deadline.map(|due| (due.max(self.now), at)))
                .min();
            match (event, timer) {
                (event, Some((at, tab))) if at <= end && event.is_none_or(|event| at < event.0) => {
                    self.now = at;
                    let _ = self.give(tab, Input::Timer);
                }
                (Some(key), _) if key.0 <= end => {
                    self.now = key.0;
                    if let Some(event) = self.events.remove(&key) {
                        self.happen(event);
                    }
                }
                _ => break,
            }
            self.events_done += 1;
            assert!(self.events_done < EVENTS_MAX, "the world goes round in circles");
        }
        self.now = end;
    }

    fn happen(&mut self, event: Event) {
        // A process that hangs does nothing; what comes to it waits.
        if let Some(node) = &self.node
            && node.hung_until > self.now
            && event.is_for_node()
        {
            let at = node.hung_until;
            return self.events_at(at, event);
        }
        let lives = |life: u32, world: &World| world.node.as_ref().is_some_and(|node| node.life == life);
        match event {
            Event::Loads { tab, life } if self.tabs[tab].life == life => self.load(tab),
            Event::Stored { ask } => self.stored(*ask),
            Event::Ticket { tab, life, link } if self.lives(tab, life) => self.ticket(tab, link),
            Event::Told { tab, life, told } if self.lives(tab, life) => self.told(tab, *told),
            Event::Elected { tab, life } if self.lives(tab, life) => self.elected(tab, life),
            Event::Given { tab, life, input } if self.lives(tab, life) => {
                let _ = self.give(tab, *input);
            }
            Event::AsksForFeed { tab, life } if self.lives(tab, life) => {
                let after = self.tabs[tab].lists.position();
                self.asks(tab, |id| AgentCommand::Feed { id, after });
            }
            Event::Writes { tab, life, conversation, anew } if self.lives(tab, life) => {
                self.writes_something(tab, conversation, anew);
            }
            Event::Opens { link } => self.opens(link),
            Event::Arrives { link, direction, index, text } => match direction {
                _ if !self.arrives(link, direction, index) => {}
                Direction::Up => self.node_hears(link, text),
                Direction::Down => self.tab_reads(link, text),
            },
            Event::NodeSeesClose { link } => self.node_sees_close(link),
            Event::TabSeesClose { link, code } => self.tab_hears(link, |link| Input::Closed { link, code }),
            Event::Breaks { link } => self.cut(link, false),
            Event::NodeStarts if self.node.is_none() => self.start_node(),
            Event::Poke => self.step_all(),
            Event::Directs => self.direct(),
            Event::Ends { what } => self.ends(what),
            Event::NodeExits { life } if lives(life, self) => self.exit_node(),
            Event::GoesAway { life, link } if lives(life, self) => self.goes_away(life, link),
            Event::HalfBeat { life, link } if lives(life, self) => self.half_beat(link),
            Event::Presence { life } if lives(life, self) => self.look_at_presence(life),
            Event::Desks { life } if lives(life, self) => self.step_desks(),
            Event::Carried { life, job } if lives(life, self) => self.carried(job),
            Event::Append { life } if lives(life, self) => self.appends(life),
            Event::Synced { life } if lives(life, self) => self.syncs(life),
            Event::Written { life, number, written } if lives(life, self) => self.written(number, *written),
            Event::Read { life, number, read } if lives(life, self) => self.read(number, *read),
            // For somebody who is not there any more.
            _ => {}
        }
    }

    pub fn server_now(&self) -> UnixMillis {
        UnixMillis(BEGIN_MS + self.now as i64 + self.server_clock_ahead_ms)
    }

    // Looking

    pub fn agents(&self) -> Vec<AgentId> {
        let agents: BTreeSet<AgentId> = self
            .tabs
            .iter()
            .filter_map(|tab| match tab.person {
                Person::Agent { id } => Some(id),
                Person::Visitor { .. } => None,
            })
            .collect();
        agents.into_iter().collect()
    }

    pub fn visitor_of(&self, conversation: ConversationId) -> Option<Id> {
        self.visitors.get(&conversation).copied()
    }

    /// Tabs that are open, of one side or of both.
    pub fn open_tabs(&self, side: Option<Side>) -> Vec<usize> {
        let wanted = |tab: &Tab| tab.open && side.is_none_or(|side| tab.person.side() == side);
        (0..self.tabs.len()).filter(|at| wanted(&self.tabs[*at])).collect()
    }

    pub fn note(&mut self, what: What) {
        self.history.push(Record { at_ms: self.now, what });
    }
}

impl Event {
    /// Whether the node has to run for it.
    fn is_for_node(&self) -> bool {
        match self {
            Event::Arrives { direction, .. } => *direction == Direction::Up,
            Event::NodeSeesClose { .. }
            | Event::Opens { .. }
            | Event::Ticket { .. }
            | Event::NodeExits { .. }
            | Event::GoesAway { .. }
            | Event::HalfBeat { .. }
            | Event::Presence { .. }
            | Event::Append { .. }
            | Event::Synced { .. }
            | Event::Written { .. }
            | Event::Read { .. }
            | Event::Desks { .. }
            | Event::Carried { .. }
            | Event::Poke => true,
            _ => false,
        }
    }
}

/// Every world has its own way of giving conversations out. Inboxes send each other what waits too long.
fn routings(seed: u64, inboxes: &[InboxId]) -> BTreeMap<InboxId, Routing> {
    let others = inboxes.iter().cycle().skip(1);
    inboxes.iter().zip(others).map(|(inbox, other)| (*inbox, routing(seed, *other))).collect()
}

fn routing(seed: u64, other: InboxId) -> Routing {
    let policy = if seed % 4 < 2 { RoutingPolicy::LeastLoaded } else { RoutingPolicy::RoundRobin };
    let after_minutes = (seed / 4 % 3) as u32;
    let overflow = (after_minutes > 0).then_some(Overflow { after_minutes, to: other });
    let waiting_max = (seed / 12).is_multiple_of(2).then_some((seed / 24 % 3) as u32 + 1);
    let accept_seconds = (seed % 5 < 2).then_some(10 + (seed / 5 % 4) as u32 * 10);
    let same_agent = seed % 2 == 1;
    let rule = SkillRule { page: String::new(), skill: "billing".to_owned() };
    let matching = (seed % 7 < 3).then(|| Matching {
        language: (seed % 7 < 2).then(|| "en".to_owned()),
        skills: if seed % 7 == 1 { Vec::new() } else { vec![rule] },
        prefer_seconds: (seed % 7 < 2).then_some(10 + (seed / 7 % 5) as u32 * 30),
    });
    let rank = |value: &str, priority| RankRule {
        key: "plan".to_owned(),
        contains: false,
        value: value.to_owned(),
        priority,
    };
    let ranks = (seed % 3 == 1).then(|| vec![rank("gold", Priority::Urgent), rank("free", Priority::Low)]);
    let able = |agent: u128, languages: &[&str], skills: &[&str]| {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Able { agent: AgentId(agent), languages: words(languages), skills: words(skills) }
    };
    let able = matching.is_some().then(|| vec![able(1, &["zh"], &[]), able(2, &["en", "zh"], &["billing"])]);
    Routing {
        policy,
        same_agent,
        accept_seconds,
        overflow,
        waiting_max,
        matching,
        able,
        answer_minutes: None,
        ranks,
    }
}
