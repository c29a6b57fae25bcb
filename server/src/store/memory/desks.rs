//! The contract about desks, in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use deskbell_shared::model::{
    AgentId, Availability, ConversationId, Draft, EntryBody, Fit, InboxId, Right, Routing, Status,
    UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;

use super::threads::{By, Line, Thread};
use super::{MemoryStore, State, refuse};
use crate::store::conversations::ConversationStore;
use crate::store::desks::{
    AssignmentRecord, Chosen, Deed, DeskAgent, DeskConversation, DeskRecord, DeskStore, EndedWait, Found,
    HANDLING_TIMES_READ_MAX, Lease, NodeId, OfferEnd, OfferRecord, OpenOffer, Outcome, OverflowRecord,
    PROMISES_READ_MAX, PROMISES_SHOWN_MAX, PromiseRecord, Reason, Step, Stepped, TakeLease,
};
use crate::store::{Scope, Stored};

/// What desks have written beside the transcripts.
#[derive(Default)]
pub struct Ledgers {
    chosen: BTreeMap<AgentId, Chosen>,
    leases: BTreeMap<InboxId, Held>,
    assignments: Vec<(ConversationId, InboxId, AssignmentRecord)>,
    handled: Vec<(InboxId, ConversationId, u32, UnixMillis, Duration)>,
    abandoned: Vec<(ConversationId, u32, UnixMillis)>,
    promises: BTreeMap<(ConversationId, u32), (InboxId, PromiseRecord)>,
    ended: BTreeMap<(ConversationId, UnixMillis), (InboxId, EndedWait)>,
    offers: Vec<(ConversationId, InboxId, Reason, OfferRecord)>,
    /// Who is away because they missed one.
    missed: BTreeMap<AgentId, UnixMillis>,
    /// By conversation and arrival.
    overflows: BTreeMap<(ConversationId, UnixMillis), OverflowRecord>,
}

struct Held {
    node: NodeId,
    token: u64,
    ends_at: UnixMillis,
}

#[async_trait]
impl DeskStore for MemoryStore {
    fn node(&self) -> NodeId {
        NodeId(self.epoch().0)
    }

    async fn availability(&self, agent: AgentId) -> Stored<Option<Chosen>> {
        let state = &*self.lock();
        Ok(state.agent(agent).map(|agent| state.chosen(agent.view.id)))
    }

    async fn set_availability(
        &self,
        agent: AgentId,
        availability: Availability,
        capacity: Option<u32>,
    ) -> Stored<()> {
        let state = &mut *self.lock();
        if state.agent(agent).is_none() {
            return refuse(RefusalCode::NotFound);
        }
        state.may(Scope::Agent(agent), Right::Serve)?;
        let capacity = capacity.unwrap_or(state.chosen(agent).capacity);
        state.desks.chosen.insert(agent, Chosen { availability, capacity });
        state.desks.missed.remove(&agent);
        Ok(())
    }

    async fn take_lease(&self, take: TakeLease) -> Stored<Option<Lease>> {
        let state = &mut *self.lock();
        if !state.inboxes.iter().any(|inbox| inbox.id == take.inbox) {
            return refuse(RefusalCode::NotFound);
        }
        let before = state.desks.leases.get(&take.inbox);
        if before.is_some_and(|held| held.node != take.node && held.ends_at > take.at) {
            return Ok(None);
        }
        let token = before.map_or(0, |held| held.token) + 1;
        state.desks.leases.insert(take.inbox, Held { node: take.node, token, ends_at: take.ends_at });
        Ok(Some(Lease { inbox: take.inbox, token }))
    }

    async fn keep_lease(&self, lease: Lease, ends_at: UnixMillis) -> Stored<bool> {
        let state = &mut *self.lock();
        let held = state.desks.leases.get_mut(&lease.inbox).filter(|held| held.token == lease.token);
        Ok(held.map(|held| held.ends_at = held.ends_at.max(ends_at)).is_some())
    }

    async fn desk(&self, inbox: InboxId) -> Stored<DeskRecord> {
        let state = &*self.lock();
        let here = state.threads.iter().filter(|thread| thread.inbox == inbox);
        let conversations = here.filter_map(|thread| match state.found(inbox, thread.id) {
            Found::Open(open) => Some(*open),
            Found::Gone { .. } => None,
        });
        let mut handled: Vec<_> = state.desks.handled.iter().filter(|(of, ..)| *of == inbox).collect();
        handled.sort_by_key(|(_, conversation, _, at, _)| (*at, *conversation));
        let skipped = handled.len().saturating_sub(HANDLING_TIMES_READ_MAX);
        let has_waited = |conversation: ConversationId, began: UnixMillis| {
            let thread = state.threads.iter().find(|thread| thread.id == conversation);
            thread.is_some_and(|thread| began.0 - thread.arrived_at.0 > 1000)
        };
        let handled = handled.into_iter().skip(skipped);
        let handling_times = handled
            .map(|(_, conversation, _, at, took)| (*took, has_waited(*conversation, at.minus(*took))))
            .collect();
        Ok(DeskRecord {
            agents: state.desk_agents(inbox),
            conversations: conversations.collect(),
            handling_times,
            routing: state.routing(inbox),
            kept: state.kept(inbox, UnixMillis(i64::MIN), PROMISES_READ_MAX),
        })
    }

    async fn desk_agents(&self, inbox: InboxId) -> Stored<Vec<DeskAgent>> {
        Ok(self.lock().desk_agents(inbox))
    }

    async fn desk_conversation(&self, inbox: InboxId, conversation: ConversationId) -> Stored<Found> {
        Ok(self.lock().found(inbox, conversation))
    }

    async fn step(&self, step: Step) -> Stored<Stepped> {
        let state = &mut *self.lock();
        let held = state.desks.leases.get(&step.lease.inbox);
        if held.is_none_or(|held| held.token != step.lease.token) {
            return Ok(Stepped::LeaseLost);
        }
        let mut failed = Vec::new();
        let mut outcomes = Vec::new();
        for deed in &step.deeds {
            let conversation = deed.conversation();
            let outcome = match failed.contains(&conversation) {
                true => Outcome::Dropped,
                false => state.does(step.lease.inbox, step.at, deed),
            };
            if !matches!(outcome, Outcome::Done(_)) {
                failed.push(conversation);
            }
            outcomes.push(outcome);
        }
        Ok(Stepped::Deeds(outcomes))
    }

    async fn assignments(
        &self,
        scope: Scope,
        conversation: ConversationId,
    ) -> Stored<Option<Vec<AssignmentRecord>>> {
        let state = &*self.lock();
        if matches!(scope, Scope::Visitor(_)) || state.reach(conversation, scope).is_err() {
            return Ok(None);
        }
        let about = state.desks.assignments.iter().filter(|(of, ..)| *of == conversation);
        Ok(Some(about.map(|(.., record)| record.clone()).collect()))
    }

    async fn overflows(
        &self,
        scope: Scope,
        conversation: ConversationId,
    ) -> Stored<Option<Vec<OverflowRecord>>> {
        let state = &*self.lock();
        if matches!(scope, Scope::Visitor(_)) || state.reach(conversation, scope).is_err() {
            return Ok(None);
        }
        let about = state.desks.overflows.iter().filter(|((of, _), _)| *of == conversation);
        Ok(Some(about.map(|(_, record)| record.clone()).collect()))
    }

    async fn offers(&self, scope: Scope, conversation: ConversationId) -> Stored<Option<Vec<OfferRecord>>> {
        let state = &*self.lock();
        if matches!(scope, Scope::Visitor(_)) || state.reach(conversation, scope).is_err() {
            return Ok(None);
        }
        let about = state.desks.offers.iter().filter(|(of, ..)| *of == conversation);
        Ok(Some(about.map(|(.., record)| *record).collect()))
    }

    async fn kept_promises(&self, inbox: InboxId, since: UnixMillis) -> Stored<Vec<PromiseRecord>> {
        Ok(self.lock().kept(inbox, since, PROMISES_SHOWN_MAX))
    }

    async fn ended_waits(
        &self,
        inbox: InboxId,
        since: UnixMillis,
        count_max: usize,
    ) -> Stored<Vec<EndedWait>> {
        let state = &*self.lock();
        let here = state.desks.ended.values().filter(|(of, wait)| *of == inbox && wait.at >= since);
        let mut ended: Vec<EndedWait> = here.map(|(_, wait)| *wait).collect();
        ended.sort_by_key(|wait| std::cmp::Reverse((wait.at, wait.conversation)));
        ended.truncate(count_max);
        Ok(ended)
    }

    async fn promises(&self, conversation: ConversationId) -> Stored<Vec<PromiseRecord>> {
        Ok(self.lock().ledger(conversation))
    }
}

impl State {
    fn chosen(&self, agent: AgentId) -> Chosen {
        self.desks.chosen.get(&agent).copied().unwrap_or_default()
    }

    fn ledger(&self, conversation: ConversationId) -> Vec<PromiseRecord> {
        let all = self.desks.promises.values().map(|(_, promise)| promise);
        all.filter(|promise| promise.conversation == conversation).cloned().collect()
    }

    fn kept(&self, inbox: InboxId, since: UnixMillis, count_max: usize) -> Vec<PromiseRecord> {
        let here = self.desks.promises.values().filter(|(made_in, _)| *made_in == inbox);
        let scored = here.filter_map(|(_, promise)| Some((promise.outcome?.1, promise)));
        let mut kept: Vec<_> = scored.filter(|(at, _)| *at >= since).collect();
        kept.sort_by_key(|(at, promise)| (*at, promise.conversation, promise.number));
        let skipped = kept.len().saturating_sub(count_max);
        kept.into_iter().skip(skipped).map(|(_, promise)| promise.clone()).collect()
    }

    fn load(&self, agent: AgentId, counts: impl Fn(InboxId) -> bool) -> u32 {
        let has = |thread: &&Thread| {
            thread.assignee == Some(agent) && thread.snoozed_until.is_none() && counts(thread.inbox)
        };
        let is_asked = |(_, inbox, _, offer): &&(ConversationId, InboxId, Reason, OfferRecord)| {
            offer.agent == agent && offer.ended.is_none() && counts(*inbox)
        };
        let asked = self.desks.offers.iter().filter(is_asked).count();
        (self.threads.iter().filter(has).count() + asked) as u32
    }

    /// The offer of a conversation that is open.
    fn open_offer(&self, id: ConversationId) -> Option<(Reason, OfferRecord)> {
        let open = self.desks.offers.iter().find(|(of, .., offer)| *of == id && offer.ended.is_none());
        open.map(|(_, _, reason, offer)| (*reason, *offer))
    }

    /// Ends the open offer of a conversation; `None`: it was accepted.
    fn end_offer(&mut self, id: ConversationId, at: UnixMillis, how: Option<OfferEnd>) {
        let all = self.desks.offers.iter_mut();
        for (.., offer) in all.filter(|(of, .., offer)| *of == id && offer.ended.is_none()) {
            offer.ended = Some((how, at));
        }
    }

    /// A new version of a conversation ends what was offered.
    pub(super) fn settle_offer(&mut self, thread: &Thread) {
        let known = self.threads.iter().find(|known| known.id == thread.id);
        let is_new = known.is_some_and(|known| known.version != thread.version);
        let Some((_, offer)) = self.open_offer(thread.id).filter(|_| is_new) else { return };
        let is_accepted = thread.assignee == Some(offer.agent);
        let at = thread.lines.last().map_or(offer.at, |line| line.at);
        self.end_offer(thread.id, at, (!is_accepted).then_some(OfferEnd::Withdrawn));
    }

    /// Whether an agent has as many as they take, a place kept for this conversation not counted.
    fn is_full(&self, agent: AgentId, thread: &Thread) -> bool {
        let is_kept = self.open_offer(thread.id).is_some_and(|(_, offer)| offer.agent == agent);
        self.load(agent, |_| true) - u32::from(is_kept) >= self.chosen(agent).capacity
    }

    fn desk_agents(&self, inbox: InboxId) -> Vec<DeskAgent> {
        let mut agents: Vec<DeskAgent> = Vec::new();
        for agent in &self.agents {
            let id = agent.view.id;
            let is_member = self.members.contains(&(inbox, id));
            if self.agent_with(id, inbox, Right::Serve).is_none() {
                continue;
            }
            let given = self.desks.assignments.iter();
            let given = given.filter(|(_, of, record)| *of == inbox && record.agent == id);
            let offered = self.desks.offers.iter();
            let offered = offered.filter(|(_, of, _, record)| *of == inbox && record.agent == id);
            agents.push(DeskAgent {
                view: agent.view.clone(),
                is_member,
                chosen: self.chosen(id),
                load_elsewhere: self.load(id, |other| other != inbox),
                last_assigned_at: given
                    .map(|(.., record)| record.at)
                    .chain(offered.map(|(.., record)| record.at))
                    .max(),
                missed_at: self.desks.missed.get(&id).copied(),
            });
        }
        agents.sort_by_key(|agent| agent.view.id);
        agents
    }

    fn routing(&self, inbox: InboxId) -> Routing {
        let known = self.inboxes.iter().find(|known| known.id == inbox);
        known.map_or(Routing::DEFAULT, |known| known.routing.clone())
    }

    fn answered_by(&self, visitor: VisitorId, inbox: InboxId) -> Option<AgentId> {
        let own = |id: ConversationId| self.threads.iter().any(|t| t.id == id && t.visitor == visitor);
        let given = self.desks.assignments.iter();
        let given = given.filter(|(id, of, _)| *of == inbox && own(*id)).map(|(.., record)| record);
        given.max_by_key(|record| (record.at, record.version)).map(|record| record.agent)
    }

    fn found(&self, inbox: InboxId, id: ConversationId) -> Found {
        let all = self.ledger(id);
        let last_promise = all.iter().map(|promise| promise.number).max().unwrap_or(0);
        let promises: Vec<_> = all.into_iter().filter(|promise| promise.outcome.is_none()).collect();
        let open =
            |thread: &&Thread| thread.id == id && thread.inbox == inbox && thread.status == Status::Open;
        let Some(thread) = self.threads.iter().find(open) else { return Found::Gone { promises } };
        let began = |line: &&Line| matches!(line.what, EntryBody::Assigned { .. } | EntryBody::Woken {});
        let since = thread.lines.iter().rev().find(began).map_or(thread.arrived_at, |line| line.at);
        let given_up = (thread.id, thread.version, thread.arrived_at);
        let visitor = self.visitors.iter().map(|(_, visitor)| visitor).find(|v| v.id == thread.visitor);
        Found::Open(Box::new(DeskConversation {
            id,
            visitor: thread.visitor,
            arrival: deskbell_shared::model::Feed(thread.arrival),
            arrived_at: thread.arrived_at,
            version: thread.version,
            has_address: thread.address.is_some(),
            language: visitor.and_then(|visitor| visitor.language.clone()),
            identity: self.identity_of(thread.visitor),
            page: visitor.and_then(|visitor| visitor.page.as_ref()).map(|page| page.url.clone()),
            answered_by: self.answered_by(thread.visitor, inbox),
            assigned: thread.assignee.map(|agent| (agent, since)),
            is_aside: thread.snoozed_until.is_some(),
            is_lapsed: thread.assignee.is_none() && self.desks.abandoned.contains(&given_up),
            offered: self.open_offer(id).map(|(reason, OfferRecord { agent, until, .. })| OpenOffer {
                agent,
                until,
                reason,
            }),
            declined: self.declined(id),
            has_overflowed: self.desks.overflows.contains_key(&(id, thread.arrived_at)),
            promises,
            last_promise,
        }))
    }

    fn declined(&self, id: ConversationId) -> Vec<(AgentId, UnixMillis)> {
        let mut last = BTreeMap::new();
        for (.., offer) in self.desks.offers.iter().filter(|(of, ..)| *of == id) {
            if let Some((Some(OfferEnd::Declined), at)) = offer.ended {
                last.insert(offer.agent, at);
            }
        }
        last.into_iter().collect()
    }

    /// Notes why an agent has a conversation.
    pub(super) fn record(
        &mut self,
        thread: &Thread,
        at: UnixMillis,
        agent: AgentId,
        reason: Reason,
        fit: Option<Fit>,
    ) {
        let record = AssignmentRecord { version: thread.version, agent, at, reason, fit };
        self.desks.assignments.push((thread.id, thread.inbox, record));
    }

    /// Notes that a conversation that waited has been given to an agent.
    pub(super) fn served(&mut self, thread: &Thread, at: UnixMillis) {
        let (conversation, arrived_at) = (thread.id, thread.arrived_at);
        let wait = EndedWait { conversation, at, waited: at.since(arrived_at), is_given_up: false };
        self.desks.ended.entry((conversation, arrived_at)).or_insert((thread.inbox, wait));
    }

    fn does(&mut self, inbox: InboxId, at: UnixMillis, deed: &Deed) -> Outcome {
        let id = deed.conversation();
        let Some(mut thread) = self.threads.iter().find(|thread| thread.id == id).cloned() else {
            return Outcome::Conflict;
        };
        let head = thread.head();
        let is_expected = |version: u32| {
            thread.inbox == inbox && thread.status == Status::Open && thread.version == version
        };
        match deed {
            Deed::Assign { version_expected, .. }
            | Deed::Offer { version_expected, .. }
            | Deed::Requeue { version_expected, .. }
            | Deed::HandOver { version_expected, .. }
            | Deed::Overflow { version_expected, .. }
            | Deed::ArriveAnew { version_expected, .. }
                if !is_expected(*version_expected) =>
            {
                return Outcome::Conflict;
            }
            Deed::Assign { agent, reason, note, fit, .. } => {
                let by = match reason {
                    Reason::LeastLoaded { .. } | Reason::InTurn { .. } | Reason::SameAgent => By::System,
                    Reason::Claimed { .. } => By::Agent(*agent),
                    Reason::Transferred { by } => By::Agent(*by),
                };
                let may = match by {
                    By::Agent(by) => self.agent_with(by, inbox, Right::Steer).is_some(),
                    By::Visitor | By::System => true,
                };
                if self.agent_with(*agent, inbox, Right::Serve).is_none() || !may {
                    return Outcome::NotThere;
                }
                if self.is_full(*agent, &thread) {
                    return Outcome::Full { load_elsewhere: self.load(*agent, |other| other != inbox) };
                }
                add_note(&mut thread, at, by, note);
                if thread.assignee.is_none() {
                    self.served(&thread, at);
                }
                thread.version += 1;
                thread.assignee = Some(*agent);
                let what = EntryBody::Assigned { to: self.face(*agent), version: thread.version };
                thread.lines.push(Line { at, by, what });
                thread.wake(at, by);
                self.record(&thread, at, *agent, *reason, fit.clone());
            }
            Deed::Offer { agent, until, reason, .. } => {
                if thread.assignee.is_some() || self.open_offer(id).is_some() {
                    return Outcome::Conflict;
                }
                if self.agent_with(*agent, inbox, Right::Serve).is_none() {
                    return Outcome::NotThere;
                }
                if self.is_full(*agent, &thread) {
                    return Outcome::Full { load_elsewhere: self.load(*agent, |other| other != inbox) };
                }
                let offer = OfferRecord { agent: *agent, at, until: *until, ended: None };
                self.desks.offers.push((id, inbox, *reason, offer));
                return Outcome::Done(None);
            }
            Deed::EndOffer { agent, how, .. } => {
                if self.open_offer(id).is_none_or(|(_, offer)| offer.agent != *agent) {
                    return Outcome::Conflict;
                }
                self.end_offer(id, at, Some(*how));
                if *how == OfferEnd::Missed && self.agent_with(*agent, inbox, Right::Serve).is_some() {
                    let away = Chosen { availability: Availability::Away, ..self.chosen(*agent) };
                    self.desks.chosen.insert(*agent, away);
                    self.desks.missed.insert(*agent, at);
                }
                return Outcome::Done(None);
            }
            Deed::Requeue { reason, .. } => {
                let Some(from) = thread.assignee.take() else { return Outcome::Conflict };
                thread.version += 1;
                let (from, version) = (self.face(from), thread.version);
                let what = EntryBody::Requeued { from, reason: *reason, version };
                thread.lines.push(Line { at, by: By::System, what });
                thread.wake(at, By::System);
            }
            Deed::HandOver { inbox: to, by, note, .. } => {
                let Some(there) = self.inboxes.iter().find(|inbox| inbox.id == *to) else {
                    return Outcome::NotThere;
                };
                if self.agent_with(*by, inbox, Right::Steer).is_none()
                    || self.open_of(thread.visitor, *to).is_some()
                {
                    return Outcome::NotThere;
                }
                if self.may_act(thread.visitor, *to).is_err() {
                    return Outcome::NotVerified;
                }
                let name = there.name.clone();
                add_note(&mut thread, at, By::Agent(*by), note);
                thread.version += 1;
                thread.assignee = None;
                thread.inbox = *to;
                self.departures.insert((inbox, id), self.feed + 1);
                let what = EntryBody::Moved { inbox: *to, name, version: thread.version };
                thread.lines.push(Line { at, by: By::Agent(*by), what });
                thread.wake(at, By::Agent(*by));
            }
            Deed::Overflow { inbox: to, .. } => {
                let name = |id| self.inboxes.iter().find(|inbox| inbox.id == id).map(|inbox| &inbox.name);
                let is_free = self.open_of(thread.visitor, *to).is_none()
                    && self.may_act(thread.visitor, *to).is_ok()
                    && thread.assignee.is_none();
                let there = name(*to).filter(|_| is_free).cloned();
                let noted = OverflowRecord {
                    at,
                    from: name(inbox).cloned().unwrap_or_default(),
                    to: name(*to).cloned().unwrap_or_default(),
                    waited: at.since(thread.arrived_at),
                    went: there.is_some(),
                };
                self.desks.overflows.entry((id, thread.arrived_at)).or_insert(noted);
                let Some(name) = there else { return Outcome::NotThere };
                thread.version += 1;
                thread.inbox = *to;
                self.departures.insert((inbox, id), self.feed + 1);
                let what = EntryBody::Moved { inbox: *to, name, version: thread.version };
                thread.lines.push(Line { at, by: By::System, what });
                thread.wake(at, By::System);
            }
            Deed::ArriveAnew { arrival, arrived_at, .. } => {
                thread.arrival = arrival.0;
                thread.arrived_at = *arrived_at;
                self.put(&mut thread);
                let feed = Some(deskbell_shared::model::Feed(thread.feed));
                let changed = thread.changed(self, head, None);
                return Outcome::Done(Some(Box::new(crate::store::conversations::Changed {
                    feed,
                    ..changed
                })));
            }
            note => {
                self.remember(inbox, &thread, at, note);
                return Outcome::Done(None);
            }
        }
        self.put(&mut thread);
        Outcome::Done(Some(Box::new(thread.changed(self, head, None))))
    }

    fn remember(&mut self, inbox: InboxId, thread: &Thread, at: UnixMillis, note: &Deed) {
        let (id, version) = (thread.id, thread.version);
        match note {
            Deed::Abandoned { version, arrived_at, waited, .. } => {
                self.desks.abandoned.push((id, *version, *arrived_at));
                let wait = EndedWait { conversation: id, at, waited: *waited, is_given_up: true };
                self.desks.ended.entry((id, *arrived_at)).or_insert((inbox, wait));
            }
            Deed::Handled { took, .. } => {
                let known =
                    |(_, of, measured, ..): &&(InboxId, ConversationId, u32, UnixMillis, Duration)| {
                        (*of, *measured) == (id, version)
                    };
                if !self.desks.handled.iter().any(|line| known(&line)) {
                    self.desks.handled.push((inbox, id, version, at, *took));
                }
            }
            Deed::Promised(promise) => {
                self.desks.promises.entry((id, promise.number)).or_insert_with(|| (inbox, promise.clone()));
            }
            Deed::Scored { number, outcome, at, .. } => {
                if let Some((_, promise)) = self.desks.promises.get_mut(&(id, *number)) {
                    promise.outcome.get_or_insert((*outcome, *at));
                }
            }
            _ => {}
        }
    }
}

fn add_note(thread: &mut Thread, at: UnixMillis, by: By, note: &Option<Draft>) {
    if let Some(Draft { cmid, text, .. }) = note {
        thread.lines.push(Line { at, by, what: EntryBody::Note { cmid: *cmid, text: text.clone() } });
    }
}
