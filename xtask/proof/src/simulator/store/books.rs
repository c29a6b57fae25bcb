//! What desks write beside the transcripts, and what they are rebuilt from: the contract of `DeskStore`, in the
//! model's own words.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use deskbell_server::application::desks::deeds;
use deskbell_server::desk::DECLINE_LASTS;
use deskbell_server::store::conversations::Writer;
use deskbell_server::store::desks::{
    Chosen, Deed, DeskAgent, DeskConversation, DeskRecord, Found, Lease, NodeId, OfferEnd, OpenOffer,
    Outcome, PromiseRecord, Reason, Step, Stepped, TakeLease,
};
use deskbell_server::store::mail::MailId;
use deskbell_shared::model::{
    AgentId, AttributeView, Author, Availability, ConversationId, Draft, EntryBody, Feed, FileId,
    IdentityView, InboxId, Routing, Status, UnixMillis, VisitorId,
};

use super::mail::Mail;
use super::{Double, State, Store, Thread, agent_view};
use crate::history::{self, Id, What};

/// Everything that is no transcript.
#[derive(Clone, Debug, Default)]
pub struct Books {
    leases: BTreeMap<InboxId, Held>,
    pub chosen: BTreeMap<AgentId, Chosen>,
    given: BTreeMap<(InboxId, AgentId), UnixMillis>,
    pub(super) answered: BTreeMap<(VisitorId, InboxId), AgentId>,
    abandoned: BTreeSet<(ConversationId, u32, UnixMillis)>,
    /// Who is asked now, where, until when, and why.
    offers: BTreeMap<ConversationId, (InboxId, OpenOffer)>,
    declined: BTreeMap<(ConversationId, AgentId), UnixMillis>,
    /// What was to go on to another inbox since it arrived.
    overflowed: BTreeSet<(ConversationId, UnixMillis)>,
    handled: Vec<(InboxId, ConversationId, u32, Duration)>,
    promises: BTreeMap<(ConversationId, u32), PromiseRecord>,
    /// Whose each file is, and where.
    pub files: BTreeMap<FileId, (Writer, Option<ConversationId>)>,
    pub mails: BTreeMap<MailId, Mail>,
    /// Visitors who were forgotten.
    pub forgotten: BTreeSet<VisitorId>,
}

#[derive(Clone, Debug)]
struct Held {
    node: NodeId,
    token: u64,
    ends_at: UnixMillis,
}

impl Store {
    pub(super) fn books(&mut self) -> &mut Books {
        Rc::make_mut(&mut self.working.books)
    }

    pub(super) fn take_lease(&mut self, take: TakeLease) -> Option<Lease> {
        let before = self.working.books.leases.get(&take.inbox);
        if before.is_some_and(|held| held.node != take.node && held.ends_at > take.at) {
            return None;
        }
        let token = before.map_or(0, |held| held.token) + 1;
        self.books().leases.insert(take.inbox, Held { node: take.node, token, ends_at: take.ends_at });
        let lease = Lease { inbox: take.inbox, token };
        self.notes.push(What::Leased { lease: noted(lease), epoch: Id(self.working.epoch.0) });
        Some(lease)
    }

    pub(super) fn keep_lease(&mut self, lease: Lease, ends_at: UnixMillis) -> bool {
        let held = self.books().leases.get_mut(&lease.inbox).filter(|held| held.token == lease.token);
        held.map(|held| held.ends_at = held.ends_at.max(ends_at)).is_some()
    }

    pub(super) fn choose(&mut self, agent: AgentId, chosen: Chosen) {
        self.books().chosen.insert(agent, chosen);
        self.notes.push(What::Capacity { agent: Id(agent.0), capacity: chosen.capacity });
    }

    /// A new version of a conversation ends what was offered.
    pub(super) fn settle_offer(&mut self, thread: &Thread) {
        let known = self.working.threads.get(&thread.id);
        if known.is_some_and(|known| known.version != thread.version) {
            self.books().offers.remove(&thread.id);
        }
    }

    pub(super) fn step(&mut self, step: Step) -> Stepped {
        let newest = self.working.books.leases.get(&step.lease.inbox).map(|held| held.token);
        if newest != Some(step.lease.token) && self.double != Some(Double::LeaseUnfenced) {
            return Stepped::LeaseLost;
        }
        let (mut failed, mut outcomes) = (BTreeSet::new(), Vec::new());
        self.desk_writes = true;
        for deed in &step.deeds {
            let conversation = deed.conversation();
            let outcome = match failed.contains(&conversation) {
                true => Outcome::Dropped,
                false => self.does(step.lease.inbox, step.at, deed),
            };
            if !matches!(outcome, Outcome::Done(_)) {
                failed.insert(conversation);
            }
            outcomes.push(outcome);
        }
        self.desk_writes = false;
        if outcomes.iter().any(|outcome| matches!(outcome, Outcome::Done(_))) {
            self.notes.push(What::Decided { lease: noted(step.lease), epoch: Id(self.working.epoch.0) });
        }
        Stepped::Deeds(outcomes)
    }

    fn does(&mut self, inbox: InboxId, at: UnixMillis, deed: &Deed) -> Outcome {
        let id = deed.conversation();
        let Some(mut thread) = self.working.threads.get(&id).cloned() else { return Outcome::Conflict };
        let from = thread.rows.len();
        match deed {
            Deed::Assign { version_expected, .. }
            | Deed::Offer { version_expected, .. }
            | Deed::Requeue { version_expected, .. }
            | Deed::HandOver { version_expected, .. }
            | Deed::Overflow { version_expected, .. }
            | Deed::ArriveAnew { version_expected, .. }
                if !self.expects(&thread, inbox, *version_expected) =>
            {
                Outcome::Conflict
            }
            Deed::Assign { agent, reason, note, version_expected, .. } => {
                let author = match reason {
                    Reason::LeastLoaded { .. } | Reason::InTurn { .. } | Reason::SameAgent => {
                        Author::System {}
                    }
                    Reason::Claimed { .. } => by(*agent),
                    Reason::Transferred { by: other } => by(*other),
                };
                let may = |who: &Author| match who {
                    Author::Agent { agent } => self.working.members.contains(&(inbox, agent.id)),
                    _ => true,
                };
                if !may(&by(*agent)) || !may(&author) {
                    return Outcome::NotThere;
                }
                if let Some(full) = self.full(*agent, inbox, id) {
                    return full;
                }
                let inner = Rc::make_mut(&mut thread);
                add_note(inner, at, &author, note);
                inner.version = match self.double {
                    Some(Double::ComparesNoVersion) => version_expected + 1,
                    _ => inner.version + 1,
                };
                (inner.assignee, inner.assigned_at) = (Some(*agent), at);
                let body = EntryBody::Assigned { to: agent_view(*agent), version: inner.version };
                inner.add(None, at, author.clone(), body);
                inner.wake(at, author);
                let visitor = inner.visitor;
                self.books().given.insert((inbox, *agent), at);
                self.books().answered.insert((visitor, inbox), *agent);
                Outcome::Done(Some(Box::new(self.put(thread, from))))
            }
            Deed::Offer { agent, until, reason, .. } => {
                if thread.assignee.is_some() || self.working.books.offers.contains_key(&id) {
                    return Outcome::Conflict;
                }
                if !self.working.members.contains(&(inbox, *agent)) {
                    return Outcome::NotThere;
                }
                if let Some(full) = self.full(*agent, inbox, id) {
                    return full;
                }
                let offer = OpenOffer { agent: *agent, until: *until, reason: *reason };
                self.books().offers.insert(id, (inbox, offer));
                self.books().given.insert((inbox, *agent), at);
                Outcome::Done(None)
            }
            Deed::EndOffer { agent, how, .. } => {
                let is_open =
                    self.working.books.offers.get(&id).is_some_and(|(_, offer)| offer.agent == *agent);
                if !is_open {
                    return Outcome::Conflict;
                }
                self.books().offers.remove(&id);
                match how {
                    OfferEnd::Declined => {
                        self.books().declined.insert((id, *agent), at);
                    }
                    OfferEnd::Missed => {
                        let chosen =
                            Chosen { availability: Availability::Away, ..self.working.chosen(*agent) };
                        self.choose(*agent, chosen);
                    }
                    OfferEnd::Withdrawn => {}
                }
                Outcome::Done(None)
            }
            Deed::Requeue { reason, .. } => {
                let inner = Rc::make_mut(&mut thread);
                let Some(holder) = inner.assignee.take() else { return Outcome::Conflict };
                inner.version += 1;
                let (holder, version) = (agent_view(holder), inner.version);
                let body = EntryBody::Requeued { from: holder, reason: *reason, version };
                inner.add(None, at, Author::System {}, body);
                inner.wake(at, Author::System {});
                Outcome::Done(Some(Box::new(self.put(thread, from))))
            }
            Deed::HandOver { inbox: to, by: agent, note, .. } => {
                if !self.working.members.contains(&(inbox, *agent))
                    || self.open_of(thread.visitor, *to).is_some()
                {
                    return Outcome::NotThere;
                }
                let inner = Rc::make_mut(&mut thread);
                add_note(inner, at, &by(*agent), note);
                inner.version += 1;
                (inner.assignee, inner.inbox) = (None, *to);
                let body = EntryBody::Moved { inbox: *to, name: to.to_hex(), version: inner.version };
                inner.add(None, at, by(*agent), body);
                inner.departures.insert(inbox, Feed(self.working.feed.0 + 1));
                inner.wake(at, by(*agent));
                Outcome::Done(Some(Box::new(self.put(thread, from))))
            }
            Deed::Overflow { inbox: to, .. } => {
                let goes = self.open_of(thread.visitor, *to).is_none() && thread.assignee.is_none();
                self.books().overflowed.insert((id, thread.arrived_at));
                if !goes {
                    return Outcome::NotThere;
                }
                let inner = Rc::make_mut(&mut thread);
                inner.version += 1;
                inner.inbox = *to;
                let body = EntryBody::Moved { inbox: *to, name: to.to_hex(), version: inner.version };
                inner.add(None, at, Author::System {}, body);
                inner.departures.insert(inbox, Feed(self.working.feed.0 + 1));
                inner.wake(at, Author::System {});
                Outcome::Done(Some(Box::new(self.put(thread, from))))
            }
            Deed::ArriveAnew { arrival, arrived_at, .. } => {
                let inner = Rc::make_mut(&mut thread);
                (inner.arrival, inner.arrived_at) = (arrival.0, *arrived_at);
                Outcome::Done(Some(Box::new(self.touch(thread))))
            }
            memory => {
                self.remember(inbox, &thread, memory);
                Outcome::Done(None)
            }
        }
    }

    /// That an agent has as many as they take, a place kept for this conversation not counted.
    fn full(&self, agent: AgentId, inbox: InboxId, id: ConversationId) -> Option<Outcome> {
        let load = |counts: &dyn Fn(InboxId) -> bool| self.working.load(agent, counts);
        let kept = self.working.books.offers.get(&id).is_some_and(|(_, offer)| offer.agent == agent);
        let is_full = load(&|_| true) - u32::from(kept) >= self.working.chosen(agent).capacity;
        let is_full = is_full && self.double != Some(Double::CountsNoLoad);
        is_full.then(|| Outcome::Full { load_elsewhere: load(&|other| other != inbox) })
    }

    fn expects(&self, thread: &Thread, inbox: InboxId, version: u32) -> bool {
        let same = thread.version == version || self.double == Some(Double::ComparesNoVersion);
        thread.inbox == inbox && thread.status == Status::Open && same
    }

    fn remember(&mut self, inbox: InboxId, thread: &Thread, memory: &Deed) {
        let (id, version) = (thread.id, thread.version);
        let books = self.books();
        match memory {
            Deed::Abandoned { version, arrived_at, .. } => {
                books.abandoned.insert((id, *version, *arrived_at));
            }
            Deed::Handled { took, .. }
                if !books.handled.iter().any(|(_, of, at, _)| (*of, *at) == (id, version)) =>
            {
                books.handled.push((inbox, id, version, *took));
            }
            Deed::Promised(promise) => {
                books.promises.entry((id, promise.number)).or_insert_with(|| promise.clone());
            }
            Deed::Scored { number, outcome, at, .. } => {
                if let Some(promise) = books.promises.get_mut(&(id, *number)) {
                    promise.outcome.get_or_insert((*outcome, *at));
                }
            }
            _ => {}
        }
    }
}

impl State {
    pub fn chosen(&self, agent: AgentId) -> Chosen {
        self.books.chosen.get(&agent).copied().unwrap_or_default()
    }

    /// Whether somebody is asked to take a conversation, or has just declined: then it is not for who is free.
    pub fn is_asked(&self, id: ConversationId, now: UnixMillis) -> bool {
        let mut declined = self.books.declined.range((id, AgentId(0))..=(id, AgentId(u128::MAX)));
        self.books.offers.contains_key(&id) || declined.any(|(_, at)| at.plus(DECLINE_LASTS) > now)
    }

    /// Whether an agent can what a conversation of their inbox asks for. Who cannot may be idle while it waits; until when,
    /// is by the desk's own clock, and its invariant is about that.
    pub fn fits(&self, thread: &Thread, agent: AgentId) -> bool {
        let routing = self.routing.get(&thread.inbox).cloned().unwrap_or(Routing::DEFAULT);
        let Some(matching) = deeds::settings(&routing).matching else { return true };
        let members = self.members.iter().filter(|(of, _)| *of == thread.inbox).map(|(_, agent)| *agent);
        let asked = matching.asked(members, Some(language_of(thread.visitor)), None);
        matching.fits(agent, &asked)
    }

    /// Open conversations of an agent in inboxes that count, without what is put aside.
    pub fn load(&self, agent: AgentId, counts: &dyn Fn(InboxId) -> bool) -> u32 {
        let has = |thread: &&Rc<Thread>| {
            thread.assignee == Some(agent) && thread.snoozed_until.is_none() && counts(thread.inbox)
        };
        let asked =
            self.books.offers.values().filter(|(inbox, offer)| offer.agent == agent && counts(*inbox));
        (self.threads.values().filter(has).count() + asked.count()) as u32
    }

    /// See `DeskStore::desk`.
    pub fn desk(&self, inbox: InboxId) -> DeskRecord {
        let found = self.threads.keys().map(|id| self.found(inbox, *id));
        let conversations = found.filter_map(|found| match found {
            Found::Open(open) => Some(*open),
            Found::Gone { .. } => None,
        });
        let handled = self.books.handled.iter().filter(|(of, ..)| *of == inbox);
        DeskRecord {
            agents: self.desk_agents(inbox),
            conversations: conversations.collect(),
            handling_times: handled.map(|(_, id, _, took)| (*took, self.had_waited(*id))).collect(),
            kept: self.kept(inbox),
            routing: self.routing.get(&inbox).cloned().unwrap_or(Routing::DEFAULT),
        }
    }

    /// Whether a conversation was in the queue before it was given to somebody.
    fn had_waited(&self, id: ConversationId) -> bool {
        self.threads.get(&id).is_some_and(|thread| thread.assigned_at.0 - thread.arrived_at.0 > 1_000)
    }

    fn kept(&self, inbox: InboxId) -> Vec<PromiseRecord> {
        let here = |promise: &&PromiseRecord| {
            let thread = self.threads.get(&promise.conversation);
            promise.outcome.is_some() && thread.is_some_and(|thread| thread.inbox == inbox)
        };
        let mut kept: Vec<PromiseRecord> = self.books.promises.values().filter(here).cloned().collect();
        kept.sort_by_key(|promise| promise.outcome.map(|(_, at)| at));
        kept
    }

    /// See `DeskStore::desk_agents`.
    pub fn desk_agents(&self, inbox: InboxId) -> Vec<DeskAgent> {
        let members = self.members.iter().filter(|(of, _)| *of == inbox);
        let agent = |id: AgentId| DeskAgent {
            view: agent_view(id),
            is_member: true,
            chosen: self.chosen(id),
            load_elsewhere: self.load(id, &|other| other != inbox),
            last_assigned_at: self.books.given.get(&(inbox, id)).copied(),
            missed_at: None,
        };
        members.map(|(_, id)| agent(*id)).collect()
    }

    /// See `DeskStore::desk_conversation`.
    pub fn found(&self, inbox: InboxId, id: ConversationId) -> Found {
        let about = self.books.promises.range((id, 0)..=(id, u32::MAX));
        let all: Vec<&PromiseRecord> = about.map(|(_, promise)| promise).collect();
        let last_promise = all.last().map_or(0, |promise| promise.number);
        let promises = all.into_iter().filter(|promise| promise.outcome.is_none()).cloned().collect();
        let open = |thread: &&Rc<Thread>| thread.inbox == inbox && thread.status == Status::Open;
        let Some(thread) = self.threads.get(&id).filter(open) else { return Found::Gone { promises } };
        let lapsed = (id, thread.version, thread.arrived_at);
        Found::Open(Box::new(DeskConversation {
            id,
            visitor: thread.visitor,
            arrival: Feed(thread.arrival),
            arrived_at: thread.arrived_at,
            version: thread.version,
            has_address: thread.address.is_some(),
            language: Some(language_of(thread.visitor).to_owned()),
            page: None,
            identity: identity_of(thread.visitor),
            answered_by: self.books.answered.get(&(thread.visitor, inbox)).copied(),
            assigned: thread.assignee.map(|agent| (agent, thread.assigned_at)),
            is_aside: thread.snoozed_until.is_some(),
            is_lapsed: thread.assignee.is_none() && self.books.abandoned.contains(&lapsed),
            offered: self.books.offers.get(&id).map(|(_, offer)| *offer),
            declined: self
                .books
                .declined
                .range((id, AgentId(0))..=(id, AgentId(u128::MAX)))
                .map(|((_, agent), at)| (*agent, *at))
                .collect(),
            has_overflowed: self.books.overflowed.contains(&(id, thread.arrived_at)),
            promises,
            last_promise,
        }))
    }
}

/// What a visitor's browser asks for.
fn language_of(visitor: VisitorId) -> &'static str {
    ["en", "zh-Hans", "fi"][(visitor.0 % 3) as usize]
}

/// What the site's server says of a visitor, of some.
fn identity_of(visitor: VisitorId) -> Option<IdentityView> {
    let (name, value) = ("plan".to_owned(), ["gold", "free"][(visitor.0 % 2) as usize].to_owned());
    let attributes = vec![AttributeView { name, value }];
    let who = IdentityView { sub: visitor.to_hex(), name: None, email: None, attributes };
    (!visitor.0.is_multiple_of(3)).then_some(who)
}

/// Where a conversation stands, for the history.
pub fn stands(thread: &Thread, epoch: deskbell_shared::model::Epoch, by_desk: bool) -> What {
    What::Stands {
        conversation: Id(thread.id.0),
        epoch: Id(epoch.0),
        inbox: Id(thread.inbox.0),
        visitor: Id(thread.visitor.0),
        version: thread.version,
        open: thread.status == Status::Open,
        assignee: thread.assignee.map(|agent| Id(agent.0)),
        aside: thread.snoozed_until.is_some(),
        by_desk,
    }
}

fn noted(lease: Lease) -> history::Lease {
    history::Lease { inbox: Id(lease.inbox.0), token: lease.token }
}

fn by(agent: AgentId) -> Author {
    Author::Agent { agent: agent_view(agent) }
}

fn add_note(thread: &mut Thread, at: UnixMillis, author: &Author, note: &Option<Draft>) {
    if let Some(Draft { cmid, text, .. }) = note {
        thread.add(None, at, author.clone(), EntryBody::Note { cmid: *cmid, text: text.clone() });
    }
}
