//! What people do, and when something goes wrong: a seed's own mixture, one thing after another. What a fault does is
//! in `faults`.

use deskbell_shared::model::{ConversationId, Seq, Side, Status};
use deskbell_shared::protocol::AgentCommand;
use deskbell_shared::session::Input;

use super::committing::Moment;
use super::person::Person;
use super::random::Random;
use super::store::NOTE;
use super::tally::Fault;
use super::world::{Event, World};

/// Messages written in one world, floods aside.
const MESSAGES_MAX: u32 = 90;
/// Messages of a flood: more than a mailbox holds, in more batches than one.
const FLOOD_MESSAGES: u32 = 90;
const TABS_PER_DEVICE_MAX: usize = 3;

/// The mood of a world.
pub struct Director {
    /// When people and faults come to an end.
    pub until: u64,
    /// Faults of this world, as often as they are likely.
    faults: Vec<Fault>,
    /// One in so many things is a fault.
    calm: u64,
    pub aims: Vec<(Moment, Fault)>,
    said: u32,
    /// The last thing that happens is a flood towards somebody who does not read.
    floods_last: bool,
}

impl Director {
    pub fn new(random: &mut Random) -> Director {
        let mut faults = Vec::new();
        for fault in Fault::ALL {
            let weight = [0, 1, 1, 3][random.below(4) as usize];
            faults.extend(std::iter::repeat_n(*fault, weight));
        }
        Director {
            until: random.between(15_000, 60_000),
            faults,
            calm: random.between(2, 6),
            aims: Vec::new(),
            said: 0,
            floods_last: random.once_in(8),
        }
    }
}

impl World {
    /// The one next thing.
    pub fn direct(&mut self) {
        if self.now >= self.director.until {
            return;
        }
        if self.random.once_in(self.director.calm) {
            self.lets_go_wrong();
        } else {
            self.lets_people_act();
        }
        let wait = if self.random.once_in(5) { self.random.below(4_000) } else { self.random.below(500) };
        self.later(wait, Event::Directs);
    }

    fn lets_go_wrong(&mut self) {
        let Some(fault) = self.random.pick(&self.director.faults.clone()) else { return };
        match self.random.below(4) {
            0 => self.strike(fault, None),
            1 | 2 => self.director.aims.push((Moment::Appended, fault)),
            _ => self.director.aims.push((Moment::Synced, fault)),
        }
    }

    pub fn strike_if_aimed(&mut self, moment: Moment) {
        let Some(at) = self.director.aims.iter().position(|(at, _)| *at == moment) else { return };
        let (_, fault) = self.director.aims.remove(at);
        let devices: Vec<usize> = self.unanswered.values().copied().collect();
        let device = self.random.pick(&devices);
        self.strike(fault, device);
    }

    fn lets_people_act(&mut self) {
        match self.random.below(31) {
            0..9 => self.a_visitor_writes(),
            9..15 => self.an_agent_acts(),
            15 => self.somebody_reads(),
            16 => self.somebody_scrolls(),
            17 => self.a_visitor_opens_a_tab(),
            18 => self.an_agent_opens_any_link(),
            19 => self.somebody_ends(),
            20..31 => self.a_team_works(),
            _ => {}
        }
    }

    fn a_visitor_writes(&mut self) {
        let tabs = self.open_tabs(Some(Side::Visitor));
        let Some(tab) = self.random.pick(&tabs) else { return };
        let current = self.tabs[tab].session.current();
        // Somebody may write to a conversation that they ended, or begin another one.
        let conversation = if self.random.once_in(12) { None } else { current };
        let count =
            if self.random.once_in(8) { self.random.between(8, 20) } else { self.random.between(1, 4) };
        self.burst(tab, conversation, count);
    }

    fn burst(&mut self, tab: usize, conversation: Option<ConversationId>, count: u64) {
        let life = self.tabs[tab].life;
        let pause = if self.random.once_in(2) { 5 } else { 600 };
        let mut wait = 0;
        for at in 0..count {
            // What follows goes where the first one went.
            let anew = at == 0 && conversation.is_none();
            self.later(wait, Event::Writes { tab, life, conversation, anew });
            wait += self.random.below(pause);
        }
    }

    pub fn writes_something(&mut self, tab: usize, conversation: Option<ConversationId>, anew: bool) {
        if self.director.said >= MESSAGES_MAX {
            return;
        }
        let conversation = if anew { None } else { conversation.or(self.tabs[tab].session.current()) };
        if self.tabs[tab].person.side() == Side::Staff
            && self.random.once_in(4)
            && let Some(conversation) = conversation
        {
            let text = self.next_note();
            return self.writes_note(tab, conversation, text);
        }
        let text = self.next_text(tab);
        if self.random.once_in(8)
            && let Some(conversation) = conversation
        {
            return self.uploads(tab, conversation, text);
        }
        self.writes(tab, conversation, text);
    }

    /// Every text is another one, and says whose it is.
    fn next_text(&mut self, tab: usize) -> String {
        self.director.said += 1;
        let canary = self.tabs[tab].person.canary().unwrap_or_default();
        format!("{} {canary}", self.director.said)
    }

    pub fn next_note(&mut self) -> String {
        self.director.said += 1;
        format!("{NOTE} {}", self.director.said)
    }

    fn an_agent_acts(&mut self) {
        let tabs = self.open_tabs(Some(Side::Staff));
        let Some(tab) = self.random.pick(&tabs) else { return };
        let Person::Agent { id } = self.tabs[tab].person else { return };
        let lists = &self.tabs[tab].lists;
        let queue: Vec<_> = lists.queue().iter().map(|row| row.conversation.clone()).collect();
        let own: Vec<_> = lists.of_agent(id).iter().map(|row| row.conversation.id).collect();
        let takes = own.is_empty() || self.random.once_in(3);
        // The first that waits; or, behind a colleague's back, what they were just given.
        let others = lists.rows().iter().map(|row| &row.conversation);
        let newest = others.max_by_key(|view| view.arrived_at).cloned();
        let wanted = if takes { queue.first().cloned().or(newest) } else { None };
        if let Some(view) = wanted {
            let (conversation, version) = (view.id, view.assignment_version);
            self.opens_conversation(tab, conversation);
            // Where it is offered to them: mostly they accept.
            if self.random.once_in(6) {
                self.asks(tab, |id| AgentCommand::Decline { id, conversation });
            } else {
                self.asks(tab, |id| AgentCommand::Claim { id, conversation, version });
            }
        } else if let Some(conversation) = self.random.pick(&own) {
            self.opens_conversation(tab, conversation);
            let count = self.random.between(1, 4);
            self.burst(tab, Some(conversation), count);
        }
    }

    pub fn opens_conversation(&mut self, tab: usize, conversation: ConversationId) {
        self.tabs[tab].watched.insert(conversation);
        let _ = self.give(tab, Input::Watch { conversation });
    }

    /// A link to a conversation is passed around, to somebody who may see it or not.
    fn an_agent_opens_any_link(&mut self) {
        let tabs = self.open_tabs(Some(Side::Staff));
        let all: Vec<ConversationId> = self.store.durable.threads.keys().copied().collect();
        if let (Some(tab), Some(conversation)) = (self.random.pick(&tabs), self.random.pick(&all)) {
            self.opens_conversation(tab, conversation);
        }
    }

    fn somebody_reads(&mut self) {
        if let Some((tab, conversation)) = self.somewhere() {
            let c = self.tabs[tab].session.conversation(conversation);
            let read = c.and_then(|c| c.rows().last()).map_or(Seq(0), |row| row.seq);
            let _ = self.give(tab, Input::Seen { conversation, read });
            let _ = self.give(tab, Input::Typing { conversation, on: true });
        }
    }

    fn somebody_scrolls(&mut self) {
        if let Some((tab, conversation)) = self.somewhere() {
            let _ = self.give(tab, Input::LoadOlder { conversation });
        }
    }

    fn somebody_ends(&mut self) {
        if let Some((tab, conversation)) = self.somewhere()
            && self.random.once_in(2)
        {
            self.tell(|w| format!("{} ends {}", w.name(tab), w.short(conversation)));
            let _ = self.give(tab, Input::Resolve { conversation });
        }
    }

    pub fn somewhere(&mut self) -> Option<(usize, ConversationId)> {
        let tabs = self.open_tabs(None);
        let tab = self.random.pick(&tabs)?;
        let known: Vec<_> = self.tabs[tab].session.conversations().iter().map(|c| c.id).collect();
        Some((tab, self.random.pick(&known)?))
    }

    fn a_visitor_opens_a_tab(&mut self) {
        let tabs = self.open_tabs(Some(Side::Visitor));
        let Some(tab) = self.random.pick(&tabs) else { return };
        let (device, person) = (self.tabs[tab].device, self.tabs[tab].person);
        if self.tabs.iter().filter(|tab| tab.device == device).count() < TABS_PER_DEVICE_MAX {
            let new = self.open_tab(device, person);
            self.tell(|w| format!("{} opens", w.name(new)));
        }
    }

    /// Everybody writes to somebody who does not read, and then it is quiet.
    pub fn floods(&mut self) {
        if !self.director.floods_last || self.node.is_none() {
            return;
        }
        let open = |w: &World, id| w.store.durable.threads.get(&id).is_some_and(|t| t.status == Status::Open);
        let visitors = self.open_tabs(Some(Side::Visitor));
        let found = visitors.into_iter().find_map(|tab| {
            let id = self.tabs[tab].session.current().filter(|id| open(self, *id))?;
            Some((tab, id))
        });
        let agents = self.open_tabs(Some(Side::Staff));
        let Some((tab, conversation)) = found else { return };
        for agent in agents {
            self.opens_conversation(agent, conversation);
        }
        self.run_until(self.now + 2_000);
        let agents = self.open_tabs(Some(Side::Staff));
        for agent in agents {
            if let Some(link) = self.tabs[agent].link.and_then(|number| self.links.get_mut(&number)) {
                link.stalled_until = self.now + 9_000;
            }
        }
        self.later(9_001, Event::Poke);
        for number in 0..FLOOD_MESSAGES {
            if self.tabs[tab].open {
                let canary = self.tabs[tab].person.canary().unwrap_or_default();
                self.writes(tab, Some(conversation), format!("flood {number} {canary}"));
            }
        }
        self.run_until(self.now + 9_500);
    }
}
