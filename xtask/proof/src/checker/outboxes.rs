//! What was written does not vanish: C9. An outbox that somebody still has open at the end has brought everything to
//! the store, or its author was told that it will not be.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::Check;
use super::log::Stored;
use crate::history::{Client, Id, Record, What};

pub fn check(history: &[Record], stored: &Stored, found: &mut impl FnMut(Check, String)) {
    let mut open: BTreeMap<Client, u32> = BTreeMap::new();
    let mut excused: HashSet<Id> = HashSet::new();
    let mut healed = false;
    for record in history {
        match record.what {
            What::Opened { client, lane, .. } => {
                open.insert(client, lane);
            }
            What::Gone { client } => {
                open.remove(&client);
            }
            What::Refuse { cmid, .. } | What::Timeout { cmid, .. } => {
                excused.insert(cmid);
            }
            What::Healed {} => healed = true,
            _ => {}
        }
    }
    let lanes: BTreeSet<u32> = open.into_values().collect();
    for record in history {
        if let What::Invoke { client, cmid, lane, .. } = record.what
            && healed
            && lanes.contains(&lane)
            && !excused.contains(&cmid)
            && stored.message(cmid).is_none()
        {
            let who = client.0;
            found(Check::C9, format!("message {cmid} of client {who} has vanished: not stored, not refused"));
        }
    }
}
