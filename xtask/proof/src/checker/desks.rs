//! Who has what (C10). Everything is judged in the order in which the store did it, within one lineage: a restored
//! backup begins a new book.

use std::collections::{BTreeMap, BTreeSet};

use super::Check;
use crate::history::{Id, Lease, Record, What};

/// Judges every change of who has a conversation, and at the end whether somebody waits in vain.
pub fn check(history: &[Record], found: &mut impl FnMut(Check, String)) {
    let mut found = |how| found(Check::C10, how);
    let mut book = Book::default();
    let mut capacities: BTreeMap<Id, u32> = BTreeMap::new();
    let (mut waiting, mut idle) = (Vec::new(), BTreeMap::new());
    for record in history {
        match record.what {
            What::Capacity { agent, capacity } => {
                capacities.insert(agent, capacity);
            }
            What::Leased { lease, epoch } => {
                book.of(epoch);
                let before = book.tokens.insert(lease.inbox, lease.token);
                if before.is_some_and(|before| before >= lease.token) {
                    let (inbox, token) = (lease.inbox, lease.token);
                    found(format!("the lease of {inbox} was given away as {token}, which is none newer"));
                }
            }
            What::Decided { lease, epoch } => {
                book.of(epoch);
                let Lease { inbox, token } = lease;
                if let Some(newest) = book.tokens.get(&inbox).filter(|newest| **newest != token) {
                    found(format!(
                        "the desk of {inbox} decided under lease {token} after {newest} was given away"
                    ));
                }
            }
            What::Stands { conversation, epoch, inbox, visitor, version, open, assignee, aside, by_desk } => {
                book.of(epoch);
                let assignee = assignee.filter(|_| open);
                let now = Standing { inbox, visitor, version, open, assignee, aside };
                book.stands(conversation, now, by_desk.then_some(&capacities), &mut found);
            }
            What::Counted {} => {
                for (agent, all) in &book.held {
                    let (has, takes) = (all.len(), capacities.get(agent).copied().unwrap_or(u32::MAX));
                    if has > takes as usize && *agent != NOBODY {
                        found(format!("{agent} has {has} conversations and takes {takes}"));
                    }
                }
            }
            What::Told { conversation, position, earliest_ms, latest_ms }
                if position == 0 || earliest_ms < 0 || latest_ms < earliest_ms =>
            {
                found(format!(
                    "{conversation} was told to wait {earliest_ms} to {latest_ms} ms at place {position}"
                ));
            }
            What::Waits { conversation, inbox } => waiting.push((conversation, inbox)),
            What::Idle { agent, inbox } => {
                idle.insert(inbox, agent);
            }
            _ => {}
        }
    }
    for (conversation, inbox) in waiting {
        if let Some(agent) = idle.get(&inbox) {
            found(format!("{conversation} waits in {inbox} while {agent} is free"));
        }
    }
}

/// Stands for no agent.
const NOBODY: Id = Id(0);

/// Where a conversation stands.
#[derive(Clone, Copy)]
struct Standing {
    inbox: Id,
    visitor: Id,
    version: u32,
    open: bool,
    assignee: Option<Id>,
    aside: bool,
}

/// All that is known of one lineage.
#[derive(Default)]
struct Book {
    epoch: Option<Id>,
    tokens: BTreeMap<Id, u64>,
    conversations: BTreeMap<Id, Standing>,
    /// Who had each version of each conversation.
    given: BTreeMap<(Id, u32), Option<Id>>,
    /// By agent.
    held: BTreeMap<Id, BTreeSet<Id>>,
    /// By visitor and inbox.
    open: BTreeMap<(Id, Id), BTreeSet<Id>>,
}

impl Book {
    fn of(&mut self, epoch: Id) {
        if self.epoch != Some(epoch) {
            *self = Book { epoch: Some(epoch), ..Book::default() };
        }
    }

    fn stands(
        &mut self,
        conversation: Id,
        now: Standing,
        capacities: Option<&BTreeMap<Id, u32>>,
        found: &mut impl FnMut(String),
    ) {
        let before = self.conversations.insert(conversation, now);
        let version = now.version;
        if before.is_some_and(|before| before.version > version) {
            found(format!("{conversation} went back to version {version}"));
        }
        let first = *self.given.entry((conversation, version)).or_insert(now.assignee);
        if first != now.assignee {
            let (first, other) = (name(first), name(now.assignee));
            found(format!("version {version} of {conversation} went to {first} and to {other}"));
        }
        if let Some(before) = before {
            self.held.entry(before.assignee.unwrap_or(NOBODY)).or_default().remove(&conversation);
            self.open.entry((before.visitor, before.inbox)).or_default().remove(&conversation);
        }
        if now.open {
            let all = self.open.entry((now.visitor, now.inbox)).or_default();
            all.insert(conversation);
            if all.len() > 1 && before.is_none_or(|before| !before.open || before.inbox != now.inbox) {
                let (visitor, inbox) = (now.visitor, now.inbox);
                found(format!("{visitor} has {} open conversations in {inbox}", all.len()));
            }
        }
        let Some(agent) = now.assignee.filter(|_| !now.aside) else { return };
        let all = self.held.entry(agent).or_default();
        all.insert(conversation);
        let is_new = before.is_none_or(|before| before.assignee != Some(agent));
        if let Some(capacity) = capacities.and_then(|all| all.get(&agent))
            && is_new
            && all.len() > *capacity as usize
        {
            let has = all.len();
            found(format!("{agent} was given {conversation} and has {has}, where they take {capacity}"));
        }
    }
}

fn name(agent: Option<Id>) -> String {
    agent.map_or("nobody".into(), |agent| agent.to_string())
}
