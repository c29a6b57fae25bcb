//! The order in which people wrote: C6, C7.

use std::collections::{HashMap, HashSet};

use super::Check;
use super::log::Stored;
use crate::history::{Id, Record, What};

pub fn check(history: &[Record], stored: &Stored, found: &mut impl FnMut(Check, String)) {
    // C6: where the last acknowledged message of each conversation stands, as time goes on. An ack of another lineage
    // says nothing about places in this one.
    let mut acked: HashMap<Id, u64> = HashMap::new();
    // C7: where the last message of each outbox stands in each conversation. A message is written once.
    let mut written: HashMap<(u32, Id), u64> = HashMap::new();
    let mut invoked: HashSet<Id> = HashSet::new();
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
                *last = entry.seq.max(*last);
            }
            _ => {}
        }
    }
}
