//! Nobody is shown what they may not see: C12.

use std::collections::HashMap;

use super::Check;
use crate::history::{Client, Id, Record, What};

/// What was sent before somebody lost a right may be under way for so long, to a client that does not read or over a
/// link that is slow.
const UNDER_WAY_MS_MAX: u64 = 30_000;

pub fn check(history: &[Record], found: &mut impl FnMut(Check, String)) {
    let mut people: HashMap<Client, Id> = HashMap::new();
    // Until when somebody was allowed; `None` is for ever.
    let mut allowed: HashMap<(Id, Id), Option<u64>> = HashMap::new();
    for record in history {
        match record.what {
            What::Opened { client, person, .. } => {
                people.insert(client, person);
            }
            What::Allowed { person, conversation, may } => {
                allowed.insert((person, conversation), (!may).then_some(record.at_ms));
            }
            What::Observe { client, conversation, seq, .. } => {
                let Some(person) = people.get(&client) else { continue };
                let why = match allowed.get(&(*person, conversation)) {
                    Some(None) => continue,
                    Some(Some(until)) if record.at_ms <= until + UNDER_WAY_MS_MAX => continue,
                    Some(Some(_)) => "may not see any more",
                    None => "may not see",
                };
                let who = client.0;
                found(
                    Check::C12,
                    format!("client {who} shows {seq} of {conversation}, which {person} {why}"),
                );
            }
            _ => {}
        }
    }
}
