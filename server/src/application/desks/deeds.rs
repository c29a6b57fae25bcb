//! Between the words of the desk, which knows no store, and those of the store, which knows no desk.

use std::collections::BTreeMap;
use std::time::Duration;

use deskbell_shared::model::{
    AgentId, Audience, Cmid, Draft, InboxId, RequeueReason, Routing, RoutingPolicy, UnixMillis,
};
use deskbell_shared::protocol::limits::ACCEPT_SECONDS_MAX;
use deskbell_shared::protocol::{RefusalCode, WaitNews};

use crate::auth::ticket;
use crate::bus::{DeskFeed, Hub};
use crate::desk::waits::{Handled, Promised};
use crate::desk::{
    AgentRow, Arrival, ConversationRow, DECLINE_LASTS, Desk, Effect, Input, Learned, Matching, Membership,
    OfferEnd, Outcome, Overflow, Pick, Policy, Position, Presence, Promise, Reason, Refusal, Requeued,
    Settings, Snapshot, Standing, Stored, Why,
};
use crate::store::desks::{
    self, Deed, DeskAgent, DeskConversation, DeskRecord, Found, OutcomeKind, PromiseRecord,
};

/// What has to be stored of an effect; `None` for what only tells.
pub fn deed(effect: &Effect, now: UnixMillis) -> Option<Deed> {
    Some(match *effect {
        Effect::Assign { conversation, agent, version_expected, ref reason, ref fit } => {
            let (reason, note) = match *reason {
                Reason::Picked(pick) => (picked(pick), None),
                Reason::Claimed { from } => (desks::Reason::Claimed { from }, None),
                Reason::Transferred { by, ref note } => (desks::Reason::Transferred { by }, draft(note, now)),
            };
            Deed::Assign { conversation, agent, version_expected, reason, note, fit: fit.clone() }
        }
        Effect::Offer { conversation, agent, version_expected, until, pick } => {
            Deed::Offer { conversation, agent, version_expected, until, reason: picked(pick) }
        }
        Effect::EndOffer { conversation, agent, how } => {
            let how = match how {
                OfferEnd::Declined => desks::OfferEnd::Declined,
                OfferEnd::Missed => desks::OfferEnd::Missed,
                OfferEnd::Withdrawn => desks::OfferEnd::Withdrawn,
            };
            Deed::EndOffer { conversation, agent, how }
        }
        Effect::Requeue { conversation, version_expected, agent: _, reason } => {
            let reason = match reason {
                Requeued::AgentLost => RequeueReason::AgentLost,
                Requeued::MembershipEnded => RequeueReason::MembershipEnded,
            };
            Deed::Requeue { conversation, version_expected, reason }
        }
        Effect::HandOver { conversation, version_expected, inbox, by, ref note } => {
            Deed::HandOver { conversation, version_expected, inbox, by, note: draft(note, now) }
        }
        Effect::Overflow { conversation, version_expected, inbox, waited } => {
            Deed::Overflow { conversation, version_expected, inbox, waited }
        }
        Effect::ArriveAnew { conversation, version_expected, arrival } => {
            let Arrival { place, at } = arrival;
            Deed::ArriveAnew { conversation, version_expected, arrival: place, arrived_at: at }
        }
        Effect::Abandoned { conversation, version, arrived_at, waited } => {
            Deed::Abandoned { conversation, version, arrived_at, waited }
        }
        Effect::HandlingMeasured { conversation, agent, took } => Deed::Handled { conversation, agent, took },
        Effect::PromiseMade(ref promise) => Deed::Promised(promise_record(promise)),
        Effect::PromiseKept { ref promise, outcome } => {
            let (outcome, at) = match outcome {
                Outcome::Earlier { at } => (OutcomeKind::Earlier, at),
                Outcome::Inside { at } => (OutcomeKind::Inside, at),
                Outcome::Later { at } => (OutcomeKind::Later, at),
                Outcome::Censored { at } => (OutcomeKind::Censored, at),
            };
            Deed::Scored { conversation: promise.conversation, number: promise.number, outcome, at }
        }
        Effect::Refuse { .. }
        | Effect::TellPlace { .. }
        | Effect::TellAgentLost { .. }
        | Effect::TellAgentBack { .. }
        | Effect::TellStaff(_) => return None,
    })
}

fn picked(pick: Pick) -> desks::Reason {
    match pick {
        Pick::LeastLoaded { load, capacity, eligible } => {
            desks::Reason::LeastLoaded { load, capacity, eligible }
        }
        Pick::InTurn { eligible } => desks::Reason::InTurn { eligible },
        Pick::SameAgent => desks::Reason::SameAgent,
    }
}

/// Why an agent was asked. What is stored of an offer is always the desk's own choice.
fn pick(reason: desks::Reason) -> Pick {
    match reason {
        desks::Reason::LeastLoaded { load, capacity, eligible } => {
            Pick::LeastLoaded { load, capacity, eligible }
        }
        desks::Reason::InTurn { eligible } => Pick::InTurn { eligible },
        desks::Reason::SameAgent | desks::Reason::Claimed { .. } | desks::Reason::Transferred { .. } => {
            Pick::SameAgent
        }
    }
}

fn draft(note: &str, now: UnixMillis) -> Option<Draft> {
    let cmid = || Cmid::from_parts(now, ticket::random());
    (!note.is_empty()).then(|| Draft { audience: Some(Audience::Staff), ..Draft::new(cmid(), note) })
}

fn promise_record(promise: &Promise) -> PromiseRecord {
    PromiseRecord {
        conversation: promise.conversation,
        number: promise.number,
        made_at: promise.made_at,
        position: promise.position.0,
        earliest_at: promise.earliest_at,
        latest_at: promise.latest_at,
        why: news(promise.why),
        outcome: None,
    }
}

fn promise(record: PromiseRecord) -> Promise {
    Promise {
        conversation: record.conversation,
        number: record.number,
        made_at: record.made_at,
        position: Position(record.position),
        earliest_at: record.earliest_at,
        latest_at: record.latest_at,
        why: why(record.why),
    }
}

/// What the owner has chosen, as the desk holds it.
pub fn settings(routing: &Routing) -> Settings {
    let policy = match routing.policy {
        RoutingPolicy::LeastLoaded => Policy::LeastLoaded,
        RoutingPolicy::RoundRobin => Policy::RoundRobin,
        RoutingPolicy::AgentsClaim => Policy::AgentsClaim,
    };
    let overflow =
        routing.overflow.as_ref().map(|overflow| Overflow { after: overflow.after(), to: overflow.to });
    let Routing { same_agent, waiting_max, .. } = *routing;
    let accept_within = routing.accept_seconds.map(|seconds| Duration::from_secs(seconds.into()));
    let ranks = routing.ranks.clone().unwrap_or_default();
    let able = routing.able.iter().flatten().map(|able| (able.agent, able.clone()));
    let matching =
        routing.matching.as_ref().map(|rules| Matching { rules: rules.clone(), able: able.collect() });
    Settings {
        policy,
        same_agent,
        accept_within,
        overflow,
        waiting_max,
        matching,
        ranks,
        ..Settings::default()
    }
}

/// An agent as they are stored, and whether they are there; who is not has been gone since `now`.
pub fn member(hub: &Hub, agent: &DeskAgent, now: UnixMillis) -> Input {
    let presence = match hub.agent_connected(agent.view.id) {
        true => Presence::Online,
        false => Presence::Offline { since: now },
    };
    Input::MemberSet(agent_row(agent, presence))
}

/// What a desk has to be told so that it takes everybody to be what is stored. It is asked itself, and not what was
/// read before: it has set whoever missed an offer away, and they may have chosen again since.
pub fn people(hub: &Hub, desk: &Desk, stored: &BTreeMap<AgentId, DeskAgent>, now: UnixMillis) -> Vec<Input> {
    let told = |row: &AgentRow| (row.membership, row.availability, row.capacity, row.load_elsewhere);
    let known: BTreeMap<AgentId, &AgentRow> = desk.agents().map(|row| (row.id, row)).collect();
    let is_same = |agent: &DeskAgent| {
        known.get(&agent.view.id).is_some_and(|row| told(row) == told(&agent_row(agent, row.presence)))
    };
    let differ = stored.values().filter(|agent| !is_same(agent)).map(|agent| member(hub, agent, now));
    let gone = known.keys().filter(|id| !stored.contains_key(id)).map(|id| Input::MemberRemoved(*id));
    differ.chain(gone).collect()
}

/// What an agent has by the store that the desk has not heard of yet: why it counts them as free when they are not.
/// From then on it hears whether the visitors are there.
pub fn unheard_of(
    hub: &Hub,
    feed: &DeskFeed,
    desk: &Desk,
    agent: AgentId,
    stored: Vec<DeskConversation>,
    clocks: Clocks,
) -> Vec<Input> {
    let has = |open: &DeskConversation| {
        let asked = open.offered.as_ref().map(|offer| offer.agent);
        [open.assigned.map(|(assignee, _)| assignee), asked].contains(&Some(agent))
    };
    let mut inputs = Vec::new();
    for open in stored.into_iter().filter(|open| has(open) && !is_as_stored(desk, open)) {
        feed.follow(open.visitor);
        if hub.visitor_connected(open.visitor) {
            inputs.push(Input::VisitorConnected(open.visitor));
        }
        let conversation = open.id;
        inputs.push(Input::Corrected { conversation, stored: Stored::Open(Box::new(row(open, clocks))) });
    }
    inputs
}

/// Whether a desk knows a conversation as it is stored.
pub fn is_as_stored(desk: &Desk, stored: &DeskConversation) -> bool {
    let known = desk.conversation(stored.id);
    known.is_some_and(|known| {
        let offered_to = stored.offered.as_ref().map(|offer| offer.agent);
        // Two may have given it away at once: the version is the same then.
        let assignee = stored.assigned.map(|(agent, _)| agent);
        (known.version, known.is_aside, known.offered_to(), known.assignee())
            == (stored.version, stored.is_aside, offered_to, assignee)
    })
}

/// A scored promise, to be learned from; `None` for one whose wait is not over.
pub fn ended(record: PromiseRecord) -> Option<Promised> {
    let (kind, at) = record.outcome?;
    let outcome = match kind {
        OutcomeKind::Earlier => Outcome::Earlier { at },
        OutcomeKind::Inside => Outcome::Inside { at },
        OutcomeKind::Later => Outcome::Later { at },
        OutcomeKind::Censored => Outcome::Censored { at },
    };
    Some(promise(record).ended(outcome))
}

/// In the words of the wire.
pub fn news(why: Why) -> WaitNews {
    match why {
        Why::Joined => WaitNews::Joined,
        Why::Returned => WaitNews::Returned,
        Why::MovedUp => WaitNews::MovedUp,
        Why::MovedBack => WaitNews::MovedBack,
        Why::MoreHands => WaitNews::MoreHands,
        Why::FewerHands => WaitNews::FewerHands,
        Why::LongerThanSaid => WaitNews::LongerThanSaid,
        Why::RulesChanged => WaitNews::RulesChanged,
    }
}

fn why(news: WaitNews) -> Why {
    match news {
        WaitNews::Joined => Why::Joined,
        WaitNews::Returned => Why::Returned,
        WaitNews::MovedUp => Why::MovedUp,
        WaitNews::MovedBack => Why::MovedBack,
        WaitNews::MoreHands => Why::MoreHands,
        WaitNews::FewerHands => Why::FewerHands,
        WaitNews::LongerThanSaid => Why::LongerThanSaid,
        WaitNews::RulesChanged => Why::RulesChanged,
    }
}

/// Two clocks at one moment: that of the machine, by which things are stored, and the desk's, which never jumps.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// What the machine's says.
    pub machine: UnixMillis,
    /// What the desk's says.
    pub desk: UnixMillis,
}

impl Clocks {
    /// Both say the same when a desk begins.
    pub fn alike(now: UnixMillis) -> Clocks {
        Clocks { machine: now, desk: now }
    }

    /// When what was stored at an instant, and lasts for so long, ends by the desk's clock: what is left of it counts.
    fn ends_at(self, at: UnixMillis, lasts: Duration) -> UnixMillis {
        self.desk.plus(at.plus(lasts).since(self.machine).min(lasts))
    }
}

/// A stored conversation as the desk holds it.
pub fn row(open: DeskConversation, clocks: Clocks) -> ConversationRow {
    let arrival = Arrival { place: open.arrival, at: open.arrived_at };
    let standing = match open.assigned {
        Some((agent, since)) => Standing::Assigned { agent, since },
        None if let Some(offer) = open.offered => {
            Standing::Offered { agent: offer.agent, until: offer.until, pick: pick(offer.reason) }
        }
        None if open.is_lapsed => Standing::Lapsed,
        None => Standing::Queued,
    };
    ConversationRow {
        answered_by: open.answered_by,
        has_address: open.has_address,
        language: open.language,
        page: open.page,
        identity: open.identity.map(Box::new),
        standing,
        is_aside: open.is_aside,
        declined: open
            .declined
            .iter()
            .map(|(agent, at)| (*agent, clocks.ends_at(*at, DECLINE_LASTS)))
            .collect(),
        has_overflowed: open.has_overflowed,
        promises: open.promises.into_iter().map(promise).collect(),
        last_promise: open.last_promise,
        ..ConversationRow::new(open.id, open.visitor, arrival, open.version)
    }
}

/// What was found, as the desk is told of it.
pub fn stored(found: Found, clocks: Clocks) -> Stored {
    match found {
        Found::Open(open) => Stored::Open(Box::new(row(*open, clocks))),
        Found::Gone { promises } => Stored::Gone { promises: promises.into_iter().map(promise).collect() },
    }
}

/// Somebody who may work here, as the desk holds them.
pub fn agent_row(agent: &DeskAgent, presence: Presence) -> AgentRow {
    AgentRow {
        id: agent.view.id,
        membership: if agent.is_member { Membership::Member } else { Membership::Helper },
        availability: agent.chosen.availability,
        capacity: agent.chosen.capacity,
        load_elsewhere: agent.load_elsewhere,
        last_assigned_at: agent.last_assigned_at,
        presence,
    }
}

/// What a desk is restored from: what is stored, and who is connected now. Everybody who is waited for is followed.
pub fn snapshot(hub: &Hub, feed: &DeskFeed, inbox: InboxId, record: DeskRecord, now: UnixMillis) -> Snapshot {
    let mut visitors = Vec::new();
    for open in &record.conversations {
        feed.follow(open.visitor);
        if hub.visitor_connected(open.visitor) {
            visitors.push((open.visitor, Presence::Online));
        }
    }
    feed.follows_all();
    let presence = |agent: AgentId| match hub.agent_connected(agent) {
        true => Presence::Online,
        false => Presence::unknown(now),
    };
    // Nobody could answer while there was no desk: whoever is asked has all of the time again.
    let settings = settings(&record.routing);
    let longest = Duration::from_secs(ACCEPT_SECONDS_MAX.into());
    let asked_until = now.plus(settings.accept_within.unwrap_or(longest));
    let conversations =
        record.conversations.into_iter().map(|open| row(open, Clocks::alike(now))).map(|mut row| {
            if let Standing::Offered { until, .. } = &mut row.standing {
                *until = asked_until;
            }
            row
        });
    let conversations = conversations.collect();
    let handled = record.handling_times.into_iter().map(|(took, has_waited)| Handled { took, has_waited });
    Snapshot {
        inbox,
        settings,
        agents: record.agents.iter().map(|agent| agent_row(agent, presence(agent.view.id))).collect(),
        visitors,
        conversations,
        learned: Learned::from_stored(handled, record.kept.into_iter().filter_map(ended)),
    }
}

/// In the words of the wire.
pub fn code(refusal: Refusal) -> RefusalCode {
    match refusal {
        Refusal::NotFound => RefusalCode::NotFound,
        Refusal::NotAllowed => RefusalCode::NotAllowed,
        Refusal::Conflict => RefusalCode::Conflict,
        Refusal::Offline => RefusalCode::Offline,
        Refusal::Away => RefusalCode::Away,
        Refusal::Full => RefusalCode::Full,
        Refusal::Invalid => RefusalCode::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_what_was_stored_counts_whatever_the_clocks_say() {
        let lasts = Duration::from_secs(120);
        let (stored_at, hours) = (UnixMillis(1_000_000), Duration::from_secs(5 * 3_600));
        // The machine's clock was put five hours ahead since the desk began.
        let machine = stored_at.plus(Duration::from_secs(100));
        let desk = UnixMillis(machine.0 - hours.as_millis() as i64);
        let clocks = Clocks { machine, desk };
        assert_eq!(clocks.ends_at(stored_at, lasts), desk.plus(Duration::from_secs(20)));
        assert_eq!(clocks.ends_at(UnixMillis(0), lasts), desk, "over");
        // It was put back after that was stored.
        assert_eq!(clocks.ends_at(stored_at.plus(hours), lasts), desk.plus(lasts));
        assert_eq!(Clocks::alike(stored_at).ends_at(stored_at, lasts), stored_at.plus(lasts));
    }
}
