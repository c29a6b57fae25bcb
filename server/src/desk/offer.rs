//! Offers: an agent is asked before they have a conversation. It takes a place of theirs meanwhile, so that nobody is asked
//! for more than they take, and it ends when they claim it, decline it or miss it, or when it makes no sense any more.
//! Who misses one is set away: they are not there, whatever their screen says. Whom to ask is decided in `assignment`.

use std::collections::BTreeSet;
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

impl ConversationRow {
    /// When its offer is missed, or somebody who declined it may be asked again.
    pub(super) fn offer_ends_at(&self) -> Option<UnixMillis> {
        match self.standing {
            Standing::Offered { until, .. } => Some(until),
            Standing::Queued => self.declined.values().min().copied(),
            Standing::Assigned { .. } | Standing::Lapsed => None,
        }
    }
}

impl Desk {
    /// Everything that is offered now.
    pub fn offers(&self) -> impl Iterator<Item = Offer> {
        let offered = self.conversations.lists().offered.iter();
        offered.filter_map(|id| self.conversations.get(id)).filter_map(|row| match row.standing {
            Standing::Offered { agent, until, .. } => Some(Offer { conversation: row.id, agent, until }),
            Standing::Queued | Standing::Assigned { .. } | Standing::Lapsed => None,
        })
    }

    pub(super) fn offer(&mut self, id: ConversationId, agent: AgentId, pick: Pick, within: Duration) {
        let until = self.now.plus(within);
        let version = self.conversations.change(id, |row| {
            row.standing = Standing::Offered { agent, until, pick };
            row.version
        });
        let Some(version_expected) = version else { return };
        self.agents.change(agent, |agent| {
            agent.load_here += 1;
            agent.row.last_assigned_at = Some(self.now);
        });
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
        let due = self.conversations.lists().offer_ends.iter().take_while(|(at, _)| *at <= now);
        let due: BTreeSet<ConversationId> = due.map(|(_, id)| *id).collect();
        for id in due {
            if let Some(agent) = self.conversations.get(&id).and_then(ConversationRow::offered_to) {
                self.end_offer(id, agent, OfferEnd::Missed);
                self.agents.change(agent, |agent| agent.row.availability = Availability::Away);
            }
            self.conversations.change(id, |row| row.declined.retain(|_, until| *until > now));
        }
    }

    /// Takes back what nobody can accept any more.
    pub(super) fn withdraw_offers(&mut self) {
        // Whoever has not changed since the last step can still accept what they could accept then.
        let touched = self.agents.touched().iter().flat_map(|agent| self.conversations.held_by(*agent));
        let in_doubt = touched.filter(|row| row.offered_to().is_some()).map(|row| row.id);
        let in_vain = self.conversations.lists().offered_in_vain.iter().copied();
        let in_doubt: BTreeSet<ConversationId> = in_doubt.chain(in_vain).collect();
        for id in in_doubt {
            let Some(row) = self.conversations.get(&id) else { continue };
            let Some(agent) = row.offered_to() else { continue };
            let can = self.agents.get(&agent).is_some_and(Agent::may_keep_an_offer);
            if !can || !self.can_be_reached(row) {
                self.end_offer(id, agent, OfferEnd::Withdrawn);
            }
        }
    }

    fn end_offer(&mut self, id: ConversationId, agent: AgentId, how: OfferEnd) {
        let declined_until = self.now.plus(DECLINE_LASTS);
        let ended = self.conversations.change(id, |row| {
            row.standing = Standing::Queued;
            if how == OfferEnd::Declined {
                row.declined.insert(agent, declined_until);
            }
        });
        if ended.is_none() {
            return;
        }
        self.give_up(Some(agent));
        self.effects.push_back(Effect::EndOffer { conversation: id, agent, how });
    }
}
