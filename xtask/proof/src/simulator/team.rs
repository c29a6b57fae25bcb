//! What a team and its visitors do beside writing: conversations are passed on, put aside, taken up again, noted upon;
//! agents choose; addresses are left; somebody wants to be forgotten.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{AgentId, Availability, ConversationId, Side, UnixMillis};
use deskbell_shared::protocol::{AgentCommand, Command};
use deskbell_shared::session::Input;

use super::person::Person;
use super::world::World;

impl World {
    /// One such thing.
    pub fn a_team_works(&mut self) {
        match self.random.below(11) {
            0..3 => self.an_agent_passes_on(),
            3 => self.an_agent_notes(),
            4 => self.an_agent_puts_aside(),
            5 => self.an_agent_takes_back(),
            6 => self.an_agent_chooses(),
            7 => self.an_agent_reopens(),
            8..10 => self.a_visitor_leaves_an_address(),
            _ => self.a_visitor_wants_to_be_forgotten(),
        }
    }

    /// An agent at a tab, and a conversation they know: mostly one of their own.
    fn desk_work(&mut self) -> Option<(usize, AgentId, ConversationId, u32)> {
        let tabs = self.open_tabs(Some(Side::Staff));
        let tab = self.random.pick(&tabs)?;
        let Person::Agent { id: agent } = self.tabs[tab].person else { return None };
        let others = self.random.once_in(5);
        let lists = &self.tabs[tab].lists;
        let own = lists.of_agent(agent).into_iter().map(|row| &row.conversation);
        let mut known: Vec<_> = own.map(|view| (view.id, view.assignment_version)).collect();
        if others {
            let all = lists.rows().iter().map(|row| &row.conversation);
            known = all.map(|view| (view.id, view.assignment_version)).collect();
        }
        let (conversation, version) = self.random.pick(&known)?;
        Some((tab, agent, conversation, version))
    }

    fn an_agent_passes_on(&mut self) {
        let Some((tab, me, conversation, version)) = self.desk_work() else { return };
        let colleagues: Vec<AgentId> = self.agents().into_iter().filter(|agent| *agent != me).collect();
        let (mut agent, mut inbox) = (None, None);
        if self.random.once_in(2) {
            agent = self.random.pick(&colleagues);
        } else {
            inbox = self.random.pick(&self.inboxes.clone());
        }
        let note = self.random.once_in(2).then(|| self.next_note());
        self.tell(|w| format!("{} passes {} on", w.name(tab), w.short(conversation)));
        self.asks(tab, |id| AgentCommand::Transfer { id, conversation, version, agent, inbox, note });
    }

    fn an_agent_notes(&mut self) {
        if let Some((tab, _, conversation, _)) = self.desk_work() {
            let text = self.next_note();
            self.opens_conversation(tab, conversation);
            self.writes_note(tab, conversation, text);
        }
    }

    fn an_agent_puts_aside(&mut self) {
        if let Some((tab, _, conversation, _)) = self.desk_work() {
            let until = UnixMillis(self.server_now().0 + self.random.between(500, 20_000) as i64);
            self.asks(tab, |id| AgentCommand::Snooze { id, conversation, until });
        }
    }

    fn an_agent_takes_back(&mut self) {
        if let Some((tab, _, conversation, _)) = self.desk_work() {
            self.asks(tab, |id| AgentCommand::Wake { id, conversation });
        }
    }

    fn an_agent_chooses(&mut self) {
        let tabs = self.open_tabs(Some(Side::Staff));
        let Some(tab) = self.random.pick(&tabs) else { return };
        // Mostly there for others.
        let availability = match self.random.below(4) {
            0 => Availability::Away,
            1 => Availability::Busy,
            _ => Availability::Available,
        };
        let capacity = self.random.once_in(2).then(|| self.random.between(1, 3) as u32);
        self.tell(|w| format!("{} chooses {}", w.name(tab), availability.text()));
        self.asks(tab, |id| AgentCommand::SetAvailability { id, availability, capacity });
    }

    fn an_agent_reopens(&mut self) {
        let tabs = self.open_tabs(Some(Side::Staff));
        let Some(tab) = self.random.pick(&tabs) else { return };
        let all: Vec<ConversationId> = self.tabs[tab].watched.iter().copied().collect();
        if let Some(conversation) = self.random.pick(&all) {
            self.asks(tab, |id| AgentCommand::Reopen { id, conversation });
        }
    }

    fn a_visitor_leaves_an_address(&mut self) {
        let tabs = self.open_tabs(Some(Side::Visitor));
        let Some(tab) = self.random.pick(&tabs) else { return };
        let Some(conversation) = self.tabs[tab].session.current() else { return };
        let Person::Visitor { id: visitor, .. } = self.tabs[tab].person else { return };
        let address = format!("v{}@mail.example", visitor.0);
        let id = self.tabs[tab].session.new_id();
        let text = Command::LeaveAddress { id, conversation, address }.to_text();
        self.tell(|w| format!("{} leaves an address", w.name(tab)));
        let _ = self.give(tab, Input::Ask { id, text });
    }

    fn a_visitor_wants_to_be_forgotten(&mut self) {
        let tabs = self.open_tabs(Some(Side::Visitor));
        if self.random.once_in(3)
            && let Some(tab) = self.random.pick(&tabs)
        {
            let device = self.tabs[tab].device;
            self.forgets(device);
        }
    }
}
