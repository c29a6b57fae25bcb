//! Acknowledged is kept: C1.

use std::collections::{HashMap, HashSet};

use super::Check;
use super::log::Stored;
use crate::history::{Id, Record, What};

pub fn check(history: &[Record], stored: &Stored, found: &mut impl FnMut(Check, String)) {
    let mut digests: HashMap<Id, u64> = HashMap::new();
    let mut unkept: HashSet<Id> = HashSet::new();
    let mut refused: HashMap<Id, usize> = HashMap::new();
    for (index, record) in history.iter().enumerate() {
        match record.what {
            What::Invoke { cmid, digest, .. } => {
                digests.insert(cmid, digest);
            }
            What::Timeout { cmid, .. } => {
                unkept.insert(cmid);
            }
            What::Refuse { cmid, .. } => {
                refused.insert(cmid, index);
            }
            _ => {}
        }
    }
    // A message is lost once, however often it was acknowledged.
    let mut lost: HashSet<Id> = HashSet::new();
    for (index, record) in history.iter().enumerate() {
        let What::Ack { conversation, cmid, epoch, side, seq, .. } = record.what else { continue };
        let Some(entry) = stored.message(cmid) else {
            // Whoever cannot offer a message again after a restore, or may not, has lost it with the old lineage, and was
            // told after it had been acknowledged there.
            let excused = unkept.contains(&cmid) || refused.get(&cmid).is_some_and(|at| *at > index);
            let had_to_be_offered = !excused || stored_in(stored, conversation) == Some(epoch);
            if had_to_be_offered && lost.insert(cmid) {
                found(Check::C1, format!("message {cmid}, acknowledged at {seq} of {conversation}, is lost"));
            }
            continue;
        };
        let same_lineage = entry.epoch == epoch;
        let wrong = if same_lineage
            && !stored
                .copies(cmid)
                .iter()
                .any(|copy| copy.conversation == conversation && copy.seq_for(side) == Some(seq))
        {
            Some("stands at another place")
        } else if digests
            .get(&cmid)
            .is_some_and(|digest| !stored.agree_on_body(entry.conversation, *digest, entry.row.digest))
        {
            Some("has another body")
        } else {
            None
        };
        if let Some(wrong) = wrong
            && lost.insert(cmid)
        {
            found(Check::C1, format!("message {cmid}, acknowledged at {seq} of {conversation}, {wrong}"));
        }
    }
}

fn stored_in(stored: &Stored, conversation: Id) -> Option<Id> {
    stored.at(conversation, crate::history::Side::Staff, 1).map(|entry| entry.epoch)
}
