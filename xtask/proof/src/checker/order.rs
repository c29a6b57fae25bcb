//! The order in which people wrote: C6, C7.
//!
//! A message that its author was told is refused, and that stands there all the same, was offered once more by a page
//! that could not know of the refusal: storage had the message and did not take the answer (`Timeout` says so), and the
//! page that heard it is gone. It comes after what had been written before it, like any other; only that what was
//! written after it comes later still is not asked for.

use std::collections::{HashMap, HashSet};

use super::Check;
use super::log::Stored;
use crate::history::{Client, Id, Record, What};

pub fn check(history: &[Record], stored: &Stored, found: &mut impl FnMut(Check, String)) {
    // C6: where the last acknowledged message of each conversation stands, as time goes on. An ack of another lineage
    // says nothing about places in this one.
    let mut acked: HashMap<Id, u64> = HashMap::new();
    // C7: where the last message of each outbox stands in each conversation. A message is written once.
    let mut written: HashMap<(u32, Id), u64> = HashMap::new();
    let mut invoked: HashSet<Id> = HashSet::new();
    let late = refusals_forgotten(history);
    for record in history {
        match record.what {
            What::Ack { cmid, epoch, .. } => {
                if let Some(entry) = stored.message(cmid).filter(|entry| entry.epoch == epoch) {
                    let last = acked.entry(entry.conversation).or_default();
                    *last = entry.seq.max(*last);
                }
            }
            What::Invoke { cmid, lane, .. } if invoked.insert(cmid) => {
                let Some(entry) = stored.message(cmid) else { continue };
                let place = format!("message {cmid} at {} of {}", entry.seq, entry.conversation);
                if let Some(last) = acked.get(&entry.conversation).filter(|last| **last > entry.seq) {
                    found(Check::C6, format!("{place} was written after {last} had been acknowledged"));
                }
                let last = written.entry((lane, entry.conversation)).or_default();
                if *last > entry.seq {
                    found(Check::C7, format!("{place} was written after {last} by the same outbox"));
                }
                if !late.contains(&cmid) {
                    *last = entry.seq.max(*last);
                }
            }
            _ => {}
        }
    }
}

/// Messages that were refused before their author's device lost sight of what had become of them.
fn refusals_forgotten(history: &[Record]) -> HashSet<Id> {
    let mut told: HashMap<Id, Client> = HashMap::new();
    let mut gone: HashSet<Client> = HashSet::new();
    let mut forgotten: HashSet<Id> = HashSet::new();
    for record in history {
        match record.what {
            What::Refuse { client, cmid, .. } => {
                told.insert(cmid, client);
            }
            What::Gone { client } => {
                gone.insert(client);
            }
            What::Timeout { cmid, .. } if told.get(&cmid).is_some_and(|client| gone.contains(client)) => {
                forgotten.insert(cmid);
            }
            _ => {}
        }
    }
    forgotten
}
