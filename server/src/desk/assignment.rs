//! Who gets what: by the policy, by claim, by transfer; and how it is taken off again. Every change of who has a
//! conversation goes through `stand`, so that versions and loads cannot drift from it.

use deskbell_shared::model::{AgentId, ConversationId, Side};

use super::Desk;
use super::capacity::Agent;
use super::effect::{Effect, Pick, Reason, Refusal, Requeued};
use super::input::{Stored, Target};
use super::line::Order;
use super::promise::End;
use super::queue::{ConversationRow, DECLINE_LASTS, Standing};
use super::settings::Policy;
use super::waits::{Handled, SERVED_AT_ONCE};

/// So many are sent on in one step: after an outage thousands may be due, and a step is one transaction.
const OVERFLOWS_IN_A_STEP_MAX: usize = 32;

impl Desk {
    /// The invariant in action: while somebody can be served and somebody is free, the first goes to whom the policy
    /// picks.
    pub(super) fn assign_waiting(&mut self) {
        let (mut place, mut in_vain) = (0, Vec::new());
        while self.gives_now() {
            let first = self.first_served(place, &mut in_vain, |row| Some((row.id, self.pick(row)?)));
            let Some((found, (id, (agent, pick)))) = first else { return };
            place = match self.settings.accept_within {
                Some(within) => {
                    self.offer(id, agent, pick, within);
                    found + 1
                }
                // They leave the line.
                None => {
                    self.assign(id, agent, Reason::Picked(pick));
                    found
                }
            };
        }
    }

    /// Sends on what nobody here could take in time, the first in the queue first.
    pub(super) fn overflow(&mut self) {
        let Some(overflow) = self.settings.overflow else { return };
        let due = self.conversations.lists().may_overflow.iter();
        let due = due.take_while(|(arrived_at, _)| arrived_at.plus(overflow.after) <= self.now);
        let mut due: Vec<Order> = due.map(|(_, order)| *order).collect();
        if due.len() > OVERFLOWS_IN_A_STEP_MAX {
            // The rest is due at once.
            due.select_nth_unstable(OVERFLOWS_IN_A_STEP_MAX);
            due.truncate(OVERFLOWS_IN_A_STEP_MAX);
        }
        due.sort_unstable();
        for Order { id, .. } in due {
            let Some(row) = self.conversations.get(&id) else { continue };
            let (version_expected, waited) = (row.version, self.waited(row));
            let inbox = overflow.to;
            self.effects.push_back(Effect::Overflow { conversation: id, version_expected, inbox, waited });
            self.forget(id);
        }
    }

    /// Which of those who are free gets a conversation, and why.
    fn pick(&self, row: &ConversationRow) -> Option<(AgentId, Pick)> {
        if self.settings.same_agent
            && let Some(before) = row.answered_by
            && self.agents.get(&before).is_some_and(|agent| self.could_be_given(agent, row))
        {
            return Some((before, Pick::SameAgent));
        }
        // Who fits is not looked for where anybody is asked for, as most are.
        let rather = self.is_for_who_fits(row);
        let may =
            |agent: &&Agent| self.could_be_given(agent, row) && (!rather || self.fits(agent.row.id, row));
        let eligible = match rather {
            true => u32::try_from(self.agents.eligible().filter(may).count()).unwrap_or(u32::MAX),
            false => self.eligible_count(row),
        };
        match self.settings.policy {
            Policy::LeastLoaded => {
                let agent = self.agents.eligible().find(may)?;
                let (load, capacity) = (agent.load(), agent.row.capacity);
                Some((agent.row.id, Pick::LeastLoaded { load, capacity, eligible }))
            }
            // Who was given nothing for longest.
            Policy::RoundRobin => Some((self.agents.in_turn().find(may)?.row.id, Pick::InTurn { eligible })),
            Policy::AgentsClaim => None,
        }
    }

    pub(super) fn claim(&mut self, agent: AgentId, id: ConversationId, version: u32) {
        let Some(conversation) = self.conversations.get(&id) else { return self.refuse(Refusal::NotFound) };
        let Some(taker) = self.agents.get(&agent) else { return self.refuse(Refusal::NotAllowed) };
        let from = conversation.assignee();
        if from == Some(agent) {
            return;
        }
        if conversation.version != version {
            return self.refuse(Refusal::Conflict);
        }
        if let Standing::Offered { agent: asked, pick, .. } = conversation.standing
            && asked == agent
        {
            // They accept. The place is theirs already.
            return self.assign(id, agent, Reason::Picked(pick));
        }
        match taker.may_take() {
            Some(code) => self.refuse(code),
            None => self.assign(id, agent, Reason::Claimed { from }),
        }
    }

    pub(super) fn transfer(
        &mut self,
        by: AgentId,
        id: ConversationId,
        version: u32,
        to: Target,
        note: String,
    ) {
        let Some(conversation) = self.conversations.get(&id) else { return self.refuse(Refusal::NotFound) };
        let assignee = conversation.assignee();
        if self.agents.get(&by).is_none() || assignee.is_some_and(|assignee| assignee != by) {
            return self.refuse(Refusal::NotAllowed);
        }
        if conversation.version != version {
            return self.refuse(Refusal::Conflict);
        }
        match to {
            Target::Agent(agent) if assignee == Some(agent) => self.refuse(Refusal::Invalid),
            Target::Inbox(inbox) if inbox == self.inbox => self.refuse(Refusal::Invalid),
            Target::Agent(agent) => match self.agents.get(&agent).map(|taker| taker.may_take()) {
                None => self.refuse(Refusal::NotAllowed),
                // Whoever is asked to take it has a place for it.
                Some(Some(code)) if conversation.offered_to() != Some(agent) || code != Refusal::Full => {
                    self.refuse(code)
                }
                Some(_) => self.assign(id, agent, Reason::Transferred { by, note }),
            },
            Target::Inbox(inbox) => {
                let version_expected = version;
                self.effects.push_back(Effect::HandOver {
                    conversation: id,
                    version_expected,
                    inbox,
                    by,
                    note,
                });
                self.forget(id);
            }
        }
    }

    pub(super) fn resolved(&mut self, id: ConversationId, version: u32, by: Side) {
        let Some(conversation) = self.conversations.get(&id) else { return };
        // Told late: it has been reopened, or given to somebody, since.
        if version <= conversation.version {
            return;
        }
        match conversation.standing {
            // When it was done with is not known: nobody worked on it.
            Standing::Assigned { .. } if conversation.is_aside => {}
            Standing::Assigned { agent, since } => {
                let took = self.now.since(since);
                let has_waited = since > conversation.arrival.at.plus(SERVED_AT_ONCE);
                self.learned.handling.learn(Handled { took, has_waited });
                self.effects.push_back(Effect::HandlingMeasured { conversation: id, agent, took });
            }
            Standing::Queued | Standing::Offered { .. } if by == Side::Visitor => {
                self.effects.push_back(self.abandoned(conversation));
            }
            Standing::Queued | Standing::Offered { .. } | Standing::Lapsed => {}
        }
        self.forget(id);
    }

    /// Takes everything off an agent; it waits again with its first arrival. What they put aside stays with somebody
    /// who is merely gone: nothing is to be done about it before it comes back.
    pub(super) fn requeue_all_of(&mut self, agent: AgentId, reason: Requeued) {
        let keeps_aside = reason == Requeued::AgentLost;
        let held = self.conversations.held_by(agent).filter(|conversation| {
            conversation.assignee() == Some(agent) && !(keeps_aside && conversation.is_aside)
        });
        let held: Vec<ConversationId> = held.map(|conversation| conversation.id).collect();
        for id in held {
            self.requeue(id, agent, reason);
        }
    }

    pub(super) fn requeue(&mut self, id: ConversationId, agent: AgentId, reason: Requeued) {
        let version_expected = self.stand(id, Standing::Queued);
        self.effects.push_back(Effect::Requeue { conversation: id, version_expected, agent, reason });
    }

    /// The visitor of a conversation that has lost its place is back.
    pub(super) fn arrive_anew(&mut self, id: ConversationId) {
        let arrival = self.last_arrival();
        let version = self.conversations.change(id, |conversation| {
            conversation.standing = Standing::Queued;
            conversation.arrival = arrival;
            conversation.has_overflowed = false;
            conversation.version
        });
        let Some(version_expected) = version else { return };
        self.effects.push_back(Effect::ArriveAnew { conversation: id, version_expected, arrival });
    }

    /// The place of a visitor who is away is no longer kept.
    pub(super) fn lapse(&mut self, id: ConversationId) {
        let Some(conversation) = self.conversations.get(&id) else { return };
        self.effects.push_back(self.abandoned(conversation));
        self.conversations.change(id, |conversation| conversation.standing = Standing::Lapsed);
        self.score(id, End::Unserved);
    }

    fn abandoned(&self, conversation: &ConversationRow) -> Effect {
        let ConversationRow { id, version, arrival, .. } = *conversation;
        let waited = self.waited(conversation);
        Effect::Abandoned { conversation: id, version, arrived_at: arrival.at, waited }
    }

    /// Something begins to wait here.
    pub(super) fn arrived(&mut self, row: ConversationRow) {
        let known = self.conversations.get(&row.id);
        if known.is_some_and(|known| known.version >= row.version) {
            return;
        }
        // Reopened before anybody said that it was resolved: what was promised belongs to the wait before.
        self.forget(row.id);
        self.accept(ConversationRow { promises: Vec::new(), told: None, ..row });
    }

    /// The desk was wrong about a conversation: what is stored counts, promises included.
    pub(super) fn corrected(&mut self, id: ConversationId, stored: Stored) {
        match stored {
            Stored::Open(row) => {
                let was_aside = self.conversations.get(&id).is_some_and(|known| known.is_aside);
                let row = self.looked_at(*row);
                self.accept(row);
                if was_aside {
                    self.tell_if_missed(id);
                }
            }
            Stored::Gone { promises } => {
                if self.conversations.get(&id).is_some() {
                    self.conversations.change(id, |known| known.promises = promises);
                } else {
                    // It was to go elsewhere, and what was said of that was dropped.
                    self.score_each(promises, End::Unserved);
                }
                self.forget(id);
            }
        }
    }

    /// Takes a row as it is stored and `looked_at`, in place of what is known of it.
    pub(super) fn accept(&mut self, mut row: ConversationRow) {
        let id = row.id;
        // Declined by another clock, perhaps in what is to come: it lasts no longer than it would by this one.
        let declined_until = self.now.plus(DECLINE_LASTS);
        row.declined.values_mut().for_each(|until| *until = declined_until.min(*until));
        if let Some(before) = self.conversations.remove(id) {
            self.give_up(before.holder());
        }
        let (assignee, is_aside, offered_to) = (row.assignee(), row.is_aside, row.offered_to());
        self.meet(row.visitor);
        self.telling.took_a_row(&row);
        self.conversations.insert(row);
        let has_one_more = |agent: &mut Agent| {
            agent.load_here += 1;
            agent.keep_what_they_have();
            agent.row.presence.is_there()
        };
        if let Some(agent) = offered_to {
            // It is taken back from who is not known here.
            self.agents.touch(agent);
            self.agents.change(agent, has_one_more);
        }
        let Some(assignee) = assignee else { return };
        if self.agents.get(&assignee).is_none() {
            self.requeue(id, assignee, Requeued::MembershipEnded);
        } else if !is_aside && self.agents.change(assignee, has_one_more) == Some(false) {
            self.requeue(id, assignee, Requeued::AgentLost);
        }
    }

    /// It is no longer this desk's: resolved, handed over, or never was.
    pub(super) fn forget(&mut self, id: ConversationId) {
        let Some(conversation) = self.conversations.remove(id) else { return };
        self.give_up(conversation.holder());
        self.score_each(conversation.promises, End::Unserved);
        self.forget_visitor(conversation.visitor);
    }

    fn assign(&mut self, id: ConversationId, agent: AgentId, reason: Reason) {
        let is_picked = matches!(reason, Reason::Picked(_));
        let fit = self.conversations.get(&id).filter(|_| is_picked).and_then(|row| self.fit(agent, row));
        let version_expected = self.stand(id, Standing::Assigned { agent, since: self.now });
        self.effects.push_back(Effect::Assign { conversation: id, agent, version_expected, reason, fit });
        self.score(id, End::Assigned);
    }

    /// Moves a conversation to a new standing, one version on; returns the version it had.
    fn stand(&mut self, id: ConversationId, standing: Standing) -> u32 {
        let agents = &self.agents;
        let changed = self.conversations.change(id, |conversation| {
            let before = (conversation.version, conversation.holder());
            conversation.version += 1;
            conversation.standing = standing;
            conversation.is_aside = false;
            if let Some(agent) = conversation.assignee().filter(|agent| agents.get(agent).is_some()) {
                conversation.answered_by = Some(agent);
            }
            before
        });
        let Some((version_expected, before)) = changed else { return 0 };
        self.give_up(before);
        if let Standing::Assigned { agent, since } = standing {
            self.agents.change(agent, |agent| {
                agent.load_here += 1;
                agent.row.last_assigned_at = Some(since);
            });
        }
        version_expected
    }

    pub(super) fn give_up(&mut self, agent: Option<AgentId>) {
        if let Some(agent) = agent {
            self.agents.change(agent, Agent::gave_up_one);
        }
    }

    pub(super) fn refuse(&mut self, code: Refusal) {
        self.effects.push_back(Effect::Refuse { code });
    }
}
