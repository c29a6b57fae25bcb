//! A store in memory, with compare-and-set and a ledger of promises. It panics where a write that is done breaks a
//! promise of the store, so that a desk cannot be wrong unnoticed.

use std::collections::{BTreeMap, BTreeSet};

use deskbell_shared::model::{AgentId, ConversationId, IdentityView, InboxId, UnixMillis, VisitorId};

use super::super::{ConversationRow, DECLINE_LASTS, Effect, OfferEnd, Outcome, Promise, Standing, Stored};

#[derive(Clone, Default)]
pub struct Books {
    /// Open and in this inbox.
    pub open: BTreeMap<ConversationId, ConversationRow>,
    /// Who was given which version.
    given: BTreeMap<(ConversationId, u32), AgentId>,
    pub ledger: BTreeMap<(ConversationId, u32), (Promise, Option<Outcome>)>,
    pub handed_over: Vec<(ConversationId, InboxId)>,
    pub last_assigned_at: BTreeMap<AgentId, UnixMillis>,
    pub answered: BTreeMap<VisitorId, AgentId>,
    /// What visitors' browsers ask for, and from which page they write.
    pub languages: BTreeMap<VisitorId, String>,
    pub pages: BTreeMap<VisitorId, String>,
    /// What is signed of them.
    pub identities: BTreeMap<VisitorId, IdentityView>,
    /// Who has ever missed an offer.
    pub set_away: BTreeSet<AgentId>,
}

impl Books {
    /// Does one effect, as of `now`. `false`: a write whose version is not the one expected any more.
    pub fn store(&mut self, now: UnixMillis, effect: &Effect) -> bool {
        match effect {
            Effect::Assign { conversation, agent, version_expected, .. } => {
                let standing = Standing::Assigned { agent: *agent, since: now };
                let Some(version) = self.stand(*conversation, *version_expected, standing) else {
                    return false;
                };
                let earlier = self.given.insert((*conversation, version), *agent);
                assert_eq!(earlier, None, "version {version} went to two agents");
                self.last_assigned_at.insert(*agent, now);
                if let Some(row) = self.open.get_mut(conversation) {
                    row.answered_by = Some(*agent);
                    self.answered.insert(row.visitor, *agent);
                }
            }
            Effect::Offer { conversation, agent, version_expected, until, pick } => {
                let Some(row) = self.open.get_mut(conversation) else { return false };
                if row.version != *version_expected {
                    return false;
                }
                assert_eq!(row.standing, Standing::Queued, "offered while somebody has it, or is asked");
                row.standing = Standing::Offered { agent: *agent, until: *until, pick: *pick };
                self.last_assigned_at.insert(*agent, now);
            }
            Effect::EndOffer { conversation, agent, how } => {
                let Some(row) = self.open.get_mut(conversation) else { return false };
                if row.offered_to() != Some(*agent) {
                    return false;
                }
                row.standing = Standing::Queued;
                match how {
                    OfferEnd::Declined => {
                        row.declined.insert(*agent, now.plus(DECLINE_LASTS));
                    }
                    OfferEnd::Missed => {
                        self.set_away.insert(*agent);
                    }
                    OfferEnd::Withdrawn => {}
                }
            }
            Effect::Requeue { conversation, version_expected, .. } => {
                return self.stand(*conversation, *version_expected, Standing::Queued).is_some();
            }
            Effect::HandOver { conversation, version_expected, inbox, .. } => {
                if self.stand(*conversation, *version_expected, Standing::Queued).is_none() {
                    return false;
                }
                self.open.remove(conversation);
                self.handed_over.push((*conversation, *inbox));
            }
            Effect::Overflow { conversation, version_expected, inbox, .. } => {
                let Some(row) = self.open.get_mut(conversation) else { return false };
                if row.version != *version_expected {
                    return false;
                }
                assert!(!std::mem::replace(&mut row.has_overflowed, true), "sent on twice in one wait");
                // Some have another one open there.
                if row.arrival.place.0 % 3 == 0 {
                    return false;
                }
                self.open.remove(conversation);
                self.handed_over.push((*conversation, *inbox));
            }
            Effect::ArriveAnew { conversation, version_expected, arrival } => {
                let Some(row) = self.open.get_mut(conversation) else { return false };
                if row.version != *version_expected {
                    return false;
                }
                assert!(*arrival > row.arrival, "arrived anew before its first arrival");
                row.arrival = *arrival;
                row.has_overflowed = false;
                row.standing = Standing::Queued;
            }
            Effect::Abandoned { conversation, .. } => {
                if let Some(row) = self.open.get_mut(conversation) {
                    row.standing = Standing::Lapsed;
                }
            }
            Effect::PromiseMade(promise) => {
                assert!(promise.made_at <= promise.earliest_at && promise.earliest_at <= promise.latest_at);
                let key = (promise.conversation, promise.number);
                assert!(self.ledger.insert(key, (*promise, None)).is_none(), "{key:?} was made twice");
            }
            Effect::PromiseKept { promise, outcome } => {
                let entry = self.ledger.get_mut(&(promise.conversation, promise.number));
                let entry = entry.expect("only what was made is scored");
                assert_eq!(entry, &mut (*promise, None), "scored twice, or changed");
                entry.1 = Some(*outcome);
            }
            Effect::Refuse { .. }
            | Effect::TellPlace { .. }
            | Effect::TellAgentLost { .. }
            | Effect::TellAgentBack { .. }
            | Effect::TellStaff(_)
            | Effect::HandlingMeasured { .. } => {}
        }
        true
    }

    /// Resolves whatever the version, as the log does on any node; returns the version after it.
    pub fn resolve(&mut self, conversation: ConversationId) -> Option<u32> {
        let row = self.open.remove(&conversation)?;
        Some(row.version + 1)
    }

    /// The row as a node would read it, with the promises that are not scored.
    pub fn row(&self, conversation: ConversationId) -> Option<ConversationRow> {
        let mut row = self.open.get(&conversation)?.clone();
        let made = self.ledger.values().filter(|(promise, _)| promise.conversation == conversation);
        row.last_promise = made.clone().map(|(promise, _)| promise.number).max().unwrap_or(0);
        row.promises = made.filter(|(_, outcome)| outcome.is_none()).map(|(promise, _)| *promise).collect();
        Some(row)
    }

    /// What is read when a write was not done.
    pub fn stored(&self, conversation: ConversationId) -> Stored {
        let about = self.ledger.values().filter(|(promise, _)| promise.conversation == conversation);
        let unscored = about.filter(|(_, outcome)| outcome.is_none()).map(|(promise, _)| *promise);
        let row = self.row(conversation).map(Box::new);
        row.map_or_else(|| Stored::Gone { promises: unscored.collect() }, Stored::Open)
    }

    fn stand(&mut self, conversation: ConversationId, expected: u32, standing: Standing) -> Option<u32> {
        let row = self.open.get_mut(&conversation).filter(|row| row.version == expected)?;
        row.version += 1;
        row.standing = standing;
        row.is_aside = false;
        Some(row.version)
    }
}

/// The conversation that a write or a note is about.
pub fn subject(effect: &Effect) -> Option<ConversationId> {
    match effect {
        Effect::Assign { conversation, .. }
        | Effect::Offer { conversation, .. }
        | Effect::EndOffer { conversation, .. }
        | Effect::Requeue { conversation, .. }
        | Effect::HandOver { conversation, .. }
        | Effect::Overflow { conversation, .. }
        | Effect::ArriveAnew { conversation, .. }
        | Effect::TellPlace { conversation, .. }
        | Effect::TellAgentLost { conversation, .. }
        | Effect::TellAgentBack { conversation, .. }
        | Effect::Abandoned { conversation, .. }
        | Effect::HandlingMeasured { conversation, .. }
        | Effect::PromiseMade(Promise { conversation, .. })
        | Effect::PromiseKept { promise: Promise { conversation, .. }, .. } => Some(*conversation),
        Effect::Refuse { .. } | Effect::TellStaff(_) => None,
    }
}
