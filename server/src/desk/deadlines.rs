//! The one timer of a desk, and what it is for. Time comes in with every input, so a late timer changes nothing but
//! when things are noticed.

use std::collections::BTreeSet;

use deskbell_shared::model::{AgentId, ConversationId, UnixMillis, VisitorId};

use super::Desk;
use super::effect::{Effect, Requeued};
use super::presence::{Event, OF_AGENTS, OF_VISITORS, Presence};
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
    /// What was kept for those who fit is anybody's.
    AnybodyWillDo(ConversationId),
    /// What a visitor was promised will not come true.
    PromiseBroken(ConversationId),
    /// There was more to tell to visitors than is told in one step.
    PlacesTold,
}

impl Desk {
    /// The next instant at which something is due though nothing happens.
    pub fn deadline(&self) -> Option<Deadline> {
        let lists = self.conversations.lists();
        let agents = self.agents.changes().first();
        let agents = agents.map(|(at, agent)| Deadline { at: *at, due: Due::AgentPresence(*agent) });
        let visitors = self.conversations.visitor_changes().first();
        let visitors =
            visitors.map(|(at, visitor)| Deadline { at: *at, due: Due::VisitorPresence(*visitor) });
        let lapses = lists.away_since.first().map(|(since, id)| Deadline {
            at: since.plus(self.settings.place_kept_max),
            due: Due::PlaceLapses(*id),
        });
        let offers = lists.offer_ends.first();
        let offers = offers.map(|(at, id)| Deadline { at: *at, due: Due::OfferEnds(*id) });
        let overflows = self.settings.overflow.and_then(|overflow| {
            let (arrived_at, order) = lists.may_overflow.first()?;
            Some(Deadline { at: arrived_at.plus(overflow.after), due: Due::Overflows(order.id) })
        });
        let kept =
            self.first_kept_for_who_fits().map(|(at, id)| Deadline { at, due: Due::AnybodyWillDo(id) });
        // What is broken already could not be replaced in one step, and is seen to when others are told.
        let broken =
            lists.shown_until.range((self.now, ConversationId(0))..).next().map(|(latest_at, id)| {
                let at = UnixMillis(latest_at.0.saturating_add(1));
                Deadline { at, due: Due::PromiseBroken(*id) }
            });
        let told = self.telling.goes_on_at().map(|at| Deadline { at, due: Due::PlacesTold });
        [agents, visitors, lapses, offers, overflows, kept, broken, told].into_iter().flatten().min()
    }

    /// Does what is due now. What has waited too long goes on after whoever is free was given something, and broken
    /// promises are replaced when visitors are told, at the end of every step. What is due in one step is done in the
    /// order of ids.
    pub(super) fn expire(&mut self) {
        let now = self.now;
        let due = self.agents.changes().iter().take_while(|(at, _)| *at <= now);
        for agent in due.map(|(_, agent)| *agent).collect::<BTreeSet<AgentId>>() {
            self.agent_presence(agent, Event::Elapsed);
        }
        let due = self.conversations.visitor_changes().iter().take_while(|(at, _)| *at <= now);
        for visitor in due.map(|(_, visitor)| *visitor).collect::<BTreeSet<VisitorId>>() {
            self.visitor_presence(visitor, Event::Elapsed);
        }
        let kept_for = self.settings.place_kept_max;
        let away = self.conversations.lists().away_since.iter();
        let due = away.take_while(|(since, _)| since.plus(kept_for) <= now);
        for id in due.map(|(_, id)| *id).collect::<BTreeSet<ConversationId>>() {
            self.lapse(id);
        }
        self.miss_offers();
    }

    /// Moves an agent's presence, and does what follows for the conversations they have.
    pub(super) fn agent_presence(&mut self, id: AgentId, event: Event) {
        let now = self.now;
        let Some(before) = self.agents.get(&id).map(|agent| agent.row.presence) else { return };
        let after = before.after(event, OF_AGENTS, now);
        if before != after {
            self.agents.change(id, |agent| agent.row.presence = after);
        }
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
        for held in self.conversations.held_by(agent).filter(|held| held.worker().is_some()) {
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
        let Some(before) = self.conversations.visitors().get(&visitor).copied() else {
            if event == Event::Connected {
                self.conversations.set_presence(visitor, Some(Presence::Online));
            }
            return;
        };
        let after = before.after(event, OF_VISITORS, now);
        self.conversations.set_presence(visitor, Some(after));
        if event == Event::Connected {
            self.welcome_back(visitor);
        } else if !after.is_there() {
            self.forget_visitor(visitor);
        }
    }

    fn welcome_back(&mut self, visitor: VisitorId) {
        let own = self.conversations.of_visitor(visitor);
        let own: Vec<(ConversationId, Standing)> = own.map(|own| (own.id, own.standing)).collect();
        for (id, standing) in own {
            match standing {
                Standing::Queued | Standing::Offered { .. } => {
                    self.telling.returned(id);
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
        if !self.knows_visitor(visitor) {
            self.conversations.set_presence(visitor, Some(Presence::unknown(self.now)));
        }
    }

    /// Nothing is remembered of visitors who are not there and have nothing here.
    pub(super) fn forget_visitor(&mut self, visitor: VisitorId) {
        let is_needed =
            self.presence(visitor).is_there() || self.conversations.of_visitor(visitor).next().is_some();
        if !is_needed {
            self.conversations.set_presence(visitor, None);
        }
    }
}
