//! Offers: an agent is asked before they have a conversation. It takes a place of theirs meanwhile, so that nobody is asked
//! for more than they take, and it ends when they claim it, decline it or miss it, or when it makes no sense any more.
//! Who misses one is set away: they are not there, whatever their screen says. Whom to ask is decided in `assignment`.

use std::time::Duration;

use deskbell_shared::model::{AgentId, Availability, ConversationId, UnixMillis};

use super::Desk;
use super::capacity::Agent;
use super::effect::{Effect, OfferEnd, Pick, Refusal};
use super::queue::{ConversationRow, DECLINE_LASTS, Standing};

/// What is offered to somebody now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which conversation.
    pub conversation: ConversationId,
    /// To whom.
    pub agent: AgentId,
    /// When it is missed.
    pub until: UnixMillis,
}

impl Desk {
    /// Everything that is offered now.
    pub fn offers(&self) -> impl Iterator<Item = Offer> {
        self.conversations.values().filter_map(|row| match row.standing {
            Standing::Offered { agent, until, .. } => Some(Offer { conversation: row.id, agent, until }),
            Standing::Queued | Standing::Assigned { .. } | Standing::Lapsed => None,
        })
    }

    /// When the next offer is missed, or somebody who declined may be asked again.
    pub(super) fn offer_ends_at(row: &ConversationRow) -> Option<UnixMillis> {
        match row.standing {
            Standing::Offered { until, .. } => Some(until),
            Standing::Queued => row.declined.values().min().copied(),
            Standing::Assigned { .. } | Standing::Lapsed => None,
        }
    }

    pub(super) fn offer(&mut self, id: ConversationId, agent: AgentId, pick: Pick, within: Duration) {
        let until = self.now.plus(within);
        let Some(row) = self.conversations.get_mut(&id) else { return };
        row.standing = Standing::Offered { agent, until, pick };
        let version_expected = row.version;
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.load_here += 1;
            agent.row.last_assigned_at = Some(self.now);
        }
        self.effects.push_back(Effect::Offer { conversation: id, agent, version_expected, until, pick });
    }

    /// An agent does not want what they were offered.
    pub(super) fn decline(&mut self, agent: AgentId, id: ConversationId) {
        match self.conversations.get(&id).map(ConversationRow::offered_to) {
            None => self.refuse(Refusal::NotFound),
            Some(Some(asked)) if asked == agent => self.end_offer(id, agent, OfferEnd::Declined),
            Some(_) => self.refuse(Refusal::Conflict),
        }
    }

    /// Ends what was missed, and forgets who declined long ago.
    pub(super) fn miss_offers(&mut self) {
        let now = self.now;
        let is_missed = |offer: &Offer| offer.until <= now;
        let missed: Vec<Offer> = self.offers().filter(is_missed).collect();
        for Offer { conversation, agent, .. } in missed {
            self.end_offer(conversation, agent, OfferEnd::Missed);
            if let Some(agent) = self.agents.get_mut(&agent) {
                agent.row.availability = Availability::Away;
            }
        }
        for row in self.conversations.values_mut() {
            row.declined.retain(|_, until| *until > now);
        }
    }

    /// Takes back what nobody can accept any more.
    pub(super) fn withdraw_offers(&mut self) {
        let all: Vec<Offer> = self.offers().collect();
        for Offer { conversation, agent, .. } in all {
            let can = self.agents.get(&agent).is_some_and(Agent::may_keep_an_offer);
            let is_reached =
                self.conversations.get(&conversation).is_some_and(|row| self.can_be_reached(row));
            if !can || !is_reached {
                self.end_offer(conversation, agent, OfferEnd::Withdrawn);
            }
        }
    }

    fn end_offer(&mut self, id: ConversationId, agent: AgentId, how: OfferEnd) {
        let declined_until = self.now.plus(DECLINE_LASTS);
        let Some(row) = self.conversations.get_mut(&id) else { return };
        row.standing = Standing::Queued;
        if how == OfferEnd::Declined {
            row.declined.insert(agent, declined_until);
        }
        self.give_up(Some(agent));
        self.effects.push_back(Effect::EndOffer { conversation: id, agent, how });
    }
}
