//! Between the words of the desk, which knows no store, and those of the store, which knows no desk.

use std::time::Duration;

use deskbell_shared::model::{
    AgentId, Audience, Cmid, Draft, InboxId, RequeueReason, Routing, RoutingPolicy, UnixMillis,
};
use deskbell_shared::protocol::{RefusalCode, WaitNews};

use crate::auth::ticket;
use crate::bus::{DeskFeed, Hub};
use crate::desk::waits::{Handled, Promised};
use crate::desk::{
    AgentRow, Arrival, ConversationRow, DECLINE_LASTS, Desk, Effect, Input, Learned, Membership, OfferEnd,
    Outcome, Overflow, Pick, Policy, Position, Presence, Promise, Reason, Refusal, Requeued, Settings,
    Snapshot, Standing, Stored, Why,
};
use crate::store::desks::{
    self, Deed, DeskAgent, DeskConversation, DeskRecord, Found, OutcomeKind, PromiseRecord,
};

/// What has to be stored of an effect; `None` for what only tells.
pub fn deed(effect: &Effect, now: UnixMillis) -> Option<Deed> {
    Some(match *effect {
        Effect::Assign { conversation, agent, version_expected, ref reason } => {
            let (reason, note) = match *reason {
                Reason::Picked(pick) => (picked(pick), None),
                Reason::Claimed { from } => (desks::Reason::Claimed { from }, None),
                Reason::Transferred { by, ref note } => (desks::Reason::Transferred { by }, draft(note, now)),
            };
            Deed::Assign { conversation, agent, version_expected, reason, note }
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
    Settings { policy, same_agent, accept_within, overflow, waiting_max, ..Settings::default() }
}

/// An agent as they are stored, and whether they are there; who is not has been gone since `now`.
pub fn member(hub: &Hub, agent: &DeskAgent, now: UnixMillis) -> Input {
    let presence = match hub.agent_connected(agent.view.id) {
        true => Presence::Online,
        false => Presence::Offline { since: now },
    };
    Input::MemberSet(agent_row(agent, presence))
}

/// What an agent has by the store that the desk has not heard of yet: why it counts them as free when they are not.
/// From then on it hears whether the visitors are there.
pub fn unheard_of(
    hub: &Hub,
    feed: &DeskFeed,
    desk: &Desk,
    agent: AgentId,
    stored: Vec<DeskConversation>,
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
        inputs.push(Input::Corrected { conversation, stored: Stored::Open(row(open)) });
    }
    inputs
}

/// Whether a desk knows a conversation as it is stored.
pub fn is_as_stored(desk: &Desk, stored: &DeskConversation) -> bool {
    let known = desk.conversation(stored.id);
    known.is_some_and(|known| {
        let offered_to = stored.offered.as_ref().map(|offer| offer.agent);
        (known.version, known.is_aside, known.offered_to()) == (stored.version, stored.is_aside, offered_to)
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

/// A stored conversation as the desk holds it.
pub fn row(open: DeskConversation) -> ConversationRow {
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
        standing,
        is_aside: open.is_aside,
        declined: open.declined.iter().map(|(agent, at)| (*agent, at.plus(DECLINE_LASTS))).collect(),
        has_overflowed: open.has_overflowed,
        promises: open.promises.into_iter().map(promise).collect(),
        last_promise: open.last_promise,
        ..ConversationRow::new(open.id, open.visitor, arrival, open.version)
    }
}

/// What was found, as the desk is told of it.
pub fn stored(found: Found) -> Stored {
    match found {
        Found::Open(open) => Stored::Open(row(*open)),
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
    let presence = |agent: AgentId| match hub.agent_connected(agent) {
        true => Presence::Online,
        false => Presence::unknown(now),
    };
    // Nobody could answer while there was no desk: whoever is asked has all of the time again.
    let settings = settings(&record.routing);
    let asked_until = now.plus(settings.accept_within.unwrap_or_default());
    let conversations = record.conversations.into_iter().map(row).map(|mut row| {
        if let Standing::Offered { until, .. } = &mut row.standing {
            *until = asked_until.max(*until);
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
