//! The one timer of a desk, and what it is for. Time comes in with every input, so a late timer changes nothing but
//! when things are noticed.

use deskbell_shared::model::{AgentId, ConversationId, UnixMillis, VisitorId};

use super::Desk;
use super::effect::{Effect, Requeued};
use super::presence::{Event, OF_AGENTS, OF_VISITORS, Presence};
use super::promise::Wait;
use super::queue::Standing;

/// When the desk wants to be woken, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// When.
    pub at: UnixMillis,
    /// What will be due.
    pub due: Due,
}

/// What a timer is for. A closing hour will be a further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// An agent's absence has to be said or acted upon.
    AgentPresence(AgentId),
    /// A visitor's grace ends.
    VisitorPresence(VisitorId),
    /// A place is no longer kept.
    PlaceLapses(ConversationId),
    /// An offer is missed, or somebody who declined one may be asked again.
    OfferEnds(ConversationId),
    /// A conversation has waited long enough to go on to another inbox.
    Overflows(ConversationId),
    /// What a visitor was promised will not come true.
    PromiseBroken(ConversationId),
}

impl Desk {
    /// The next instant at which something is due though nothing happens.
    pub fn deadline(&self) -> Option<Deadline> {
        let agents = self.agents.values().filter_map(|agent| {
            let at = agent.row.presence.changes_at(OF_AGENTS)?;
            Some(Deadline { at, due: Due::AgentPresence(agent.row.id) })
        });
        let visitors = self.visitors.iter().filter_map(|(visitor, presence)| {
            Some(Deadline { at: presence.changes_at(OF_VISITORS)?, due: Due::VisitorPresence(*visitor) })
        });
        let lapses = self.conversations.values().filter_map(|conversation| {
            let at = self.place_kept_until(conversation)?;
            Some(Deadline { at, due: Due::PlaceLapses(conversation.id) })
        });
        let offers = self.conversations.values().filter_map(|conversation| {
            let at = Desk::offer_ends_at(conversation)?;
            Some(Deadline { at, due: Due::OfferEnds(conversation.id) })
        });
        let overflows = self.conversations.values().filter_map(|conversation| {
            let at = self.overflows_at(conversation)?;
            Some(Deadline { at, due: Due::Overflows(conversation.id) })
        });
        let broken = self.conversations.values().filter_map(|conversation| {
            let Wait::Between { latest_at, .. } = conversation.told?.wait else { return None };
            let is_shown = self.presence(conversation.visitor).is_online() && conversation.waits();
            let at = UnixMillis(latest_at.0.saturating_add(1));
            is_shown.then_some(Deadline { at, due: Due::PromiseBroken(conversation.id) })
        });
        agents.chain(visitors).chain(lapses).chain(offers).chain(overflows).chain(broken).min()
    }

    /// Does what is due now. What has waited too long goes on after whoever is free was given something, and broken
    /// promises are replaced when visitors are told, at the end of every step.
    pub(super) fn expire(&mut self) {
        let now = self.now;
        let is_over = |at: Option<UnixMillis>| at.is_some_and(|at| at <= now);
        let agents = self.agents.values().map(|agent| &agent.row);
        let agents = agents.filter(|agent| is_over(agent.presence.changes_at(OF_AGENTS)));
        let agents: Vec<AgentId> = agents.map(|agent| agent.id).collect();
        for agent in agents {
            self.agent_presence(agent, Event::Elapsed);
        }
        let visitors = self.visitors.iter();
        let visitors = visitors.filter(|(_, presence)| is_over(presence.changes_at(OF_VISITORS)));
        let visitors: Vec<VisitorId> = visitors.map(|(visitor, _)| *visitor).collect();
        for visitor in visitors {
            self.visitor_presence(visitor, Event::Elapsed);
        }
        let lapsed = self.conversations.values().filter(|c| is_over(self.place_kept_until(c)));
        let lapsed: Vec<ConversationId> = lapsed.map(|conversation| conversation.id).collect();
        for id in lapsed {
            self.lapse(id);
        }
        self.miss_offers();
    }

    /// Moves an agent's presence, and does what follows for the conversations they have.
    pub(super) fn agent_presence(&mut self, id: AgentId, event: Event) {
        let now = self.now;
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let before = agent.row.presence;
        let after = before.after(event, OF_AGENTS, now);
        agent.row.presence = after;
        let was_told = matches!(before, Presence::Missed { .. });
        match after {
            Presence::Online if was_told => self.tell_visitors_of(id, true),
            Presence::Missed { .. } if !was_told => self.tell_visitors_of(id, false),
            Presence::Offline { .. } if before != after => {
                // After a long sleep the grace may be over before anybody was told.
                if !was_told {
                    self.tell_visitors_of(id, false);
                }
                self.requeue_all_of(id, Requeued::AgentLost);
            }
            _ => {}
        }
    }

    fn tell_visitors_of(&mut self, agent: AgentId, is_back: bool) {
        for held in self.conversations.values().filter(|held| held.worker() == Some(agent)) {
            let (conversation, visitor) = (held.id, held.visitor);
            self.effects.push_back(match is_back {
                true => Effect::TellAgentBack { conversation, visitor, agent },
                false => Effect::TellAgentLost { conversation, visitor, agent },
            });
        }
    }

    /// Moves a visitor's presence, and does what follows for the conversations they have.
    pub(super) fn visitor_presence(&mut self, visitor: VisitorId, event: Event) {
        let now = self.now;
        let Some(before) = self.visitors.get(&visitor).copied() else {
            if event == Event::Connected {
                self.visitors.insert(visitor, Presence::Online);
            }
            return;
        };
        let after = before.after(event, OF_VISITORS, now);
        self.visitors.insert(visitor, after);
        if event == Event::Connected {
            self.welcome_back(visitor);
        } else if !after.is_there() {
            self.forget_visitor(visitor);
        }
    }

    fn welcome_back(&mut self, visitor: VisitorId) {
        let own = self.conversations.values().filter(|conversation| conversation.visitor == visitor);
        let own: Vec<(ConversationId, Standing)> = own.map(|own| (own.id, own.standing)).collect();
        for (id, standing) in own {
            match standing {
                Standing::Queued | Standing::Offered { .. } => {
                    self.returned.insert(id);
                }
                Standing::Lapsed => self.arrive_anew(id),
                Standing::Assigned { .. } => self.tell_if_missed(id),
            }
        }
    }

    /// Says that who works on a conversation is gone for a while, if it is so.
    pub(super) fn tell_if_missed(&mut self, id: ConversationId) {
        let Some(held) = self.conversations.get(&id) else { return };
        let (visitor, worker) = (held.visitor, held.worker());
        let Some(worker) = worker.and_then(|worker| self.agents.get(&worker)) else { return };
        if let Presence::Missed { .. } = worker.row.presence {
            let agent = worker.row.id;
            self.effects.push_back(Effect::TellAgentLost { conversation: id, visitor, agent });
        }
    }

    /// Makes sure that something is known of a visitor who has a conversation.
    pub(super) fn meet(&mut self, visitor: VisitorId) {
        self.visitors.entry(visitor).or_insert(Presence::unknown(self.now));
    }

    /// Nothing is remembered of visitors who are not there and have nothing here.
    pub(super) fn forget_visitor(&mut self, visitor: VisitorId) {
        let is_needed = self.presence(visitor).is_there()
            || self.conversations.values().any(|conversation| conversation.visitor == visitor);
        if !is_needed {
            self.visitors.remove(&visitor);
        }
    }
}
