//! A minute after everything works again: C9, C11, C14.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Check;
use super::log::Stored;
use crate::history::{Client, Id, Record, Side, What, window_digest};

/// How long after healing a client may take to be at rest.
const RECOVERY_MS_MAX: u64 = 60_000;

/// Returns the longest time that a client took to be at rest, once there was healing.
pub fn check(history: &[Record], stored: &Stored, found: &mut impl FnMut(Check, String)) -> Option<u64> {
    let mut healed_at_ms = None;
    let mut living: BTreeSet<Client> = BTreeSet::new();
    let mut quiet_at_ms: BTreeMap<Client, u64> = BTreeMap::new();
    let mut states: HashMap<(Id, Side), (Client, u64)> = HashMap::new();
    for record in history {
        match record.what {
            What::Invoke { client, .. } | What::Resume { client } | What::Observe { client, .. } => {
                living.insert(client);
            }
            What::Gone { client } => {
                living.remove(&client);
            }
            What::Healed {} => healed_at_ms = Some(record.at_ms),
            What::Quiet { client, waiting } => {
                quiet_at_ms.insert(client, record.at_ms);
                if waiting > 0 {
                    found(
                        Check::C9,
                        format!("client {} came to rest with {waiting} messages unsent", client.0),
                    );
                }
            }
            What::Shown { client, conversation, side, first, last, digest, fresh } => {
                let who = if fresh { "a fresh client" } else { "client" };
                let head = stored.head(conversation, side);
                if last != head {
                    found(
                        Check::C9,
                        format!("{who} {} shows {conversation} up to {last} of {head}", client.0),
                    );
                } else if window_digest(stored.window(conversation, side, first, last)) != digest {
                    found(
                        Check::C9,
                        format!("{who} {} shows other rows of {conversation} than there are", client.0),
                    );
                }
            }
            What::State { client, conversation, side, digest } => {
                let (first, of_first) = *states.entry((conversation, side)).or_insert((client, digest));
                if of_first != digest {
                    let clients = format!("client {} and client {}", first.0, client.0);
                    found(Check::C9, format!("{clients} show {conversation} in different states"));
                }
            }
            What::Presence { person, shown, truth } if shown != truth => {
                let (shown, truth) = (presence(shown), presence(truth));
                found(Check::C11, format!("{person} is {truth} and shown as {shown}"));
            }
            What::Node { resident_bytes, resident_bytes_max, descriptors, descriptors_max } => {
                if resident_bytes > resident_bytes_max {
                    found(Check::C14, format!("{resident_bytes} bytes resident of {resident_bytes_max}"));
                }
                if descriptors > descriptors_max {
                    found(Check::C14, format!("{descriptors} descriptors of {descriptors_max}"));
                }
            }
            _ => {}
        }
    }
    let healed_at_ms = healed_at_ms?;
    let mut recovery_ms_max = 0;
    for client in living {
        match quiet_at_ms.get(&client) {
            None => found(Check::C9, format!("client {} never came to rest", client.0)),
            Some(at_ms) => {
                let recovery_ms = at_ms.saturating_sub(healed_at_ms);
                recovery_ms_max = recovery_ms_max.max(recovery_ms);
                if recovery_ms > RECOVERY_MS_MAX {
                    found(Check::C9, format!("client {} took {recovery_ms} ms to come to rest", client.0));
                }
            }
        }
    }
    Some(recovery_ms_max)
}

fn presence(there: bool) -> &'static str {
    if there { "there" } else { "away" }
}
