//! Nobody is shown what they may not see: C12. Notes are for staff, whatever a store makes of them.

use std::collections::{HashMap, HashSet};

use super::Check;
use crate::history::{Client, Id, Record, Row, Side, What};

/// What was sent before somebody lost a right may be under way for so long, to a client that does not read or over a
/// link that is slow.
const UNDER_WAY_MS_MAX: u64 = 30_000;

pub fn check(history: &[Record], found: &mut impl FnMut(Check, String)) {
    let notes = Notes::of(history);
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
            What::Log { conversation, seq, visitor_seq: Some(_), ref row, .. } if notes.has(row) => {
                found(
                    Check::C12,
                    format!("the note at {seq} of {conversation} is stored for the visitor too"),
                );
            }
            What::Leaked { ref canary, ref place } => {
                found(Check::C12, format!("{canary:?} was found in {place}"));
            }
            What::Observe { client, conversation, seq, side, ref row, .. } => {
                if side == Side::Visitor && notes.has(row) {
                    let who = client.0;
                    found(
                        Check::C12,
                        format!("client {who} of a visitor shows a note at {seq} of {conversation}"),
                    );
                }
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

/// What was written for staff only: by its id, or by author and text where the server gave it one.
#[derive(Default)]
struct Notes {
    written: HashSet<Id>,
    enclosed: HashSet<(Id, u64)>,
}

impl Notes {
    fn of(history: &[Record]) -> Notes {
        let mut notes = Notes::default();
        for record in history {
            match record.what {
                What::Invoke { cmid, note: true, .. } => {
                    notes.written.insert(cmid);
                }
                What::Enclosed { author, digest } => {
                    notes.enclosed.insert((author, digest));
                }
                _ => {}
            }
        }
        notes
    }

    fn has(&self, row: &Row) -> bool {
        row.cmid.is_some_and(|cmid| self.written.contains(&cmid))
            || row.author.is_some_and(|author| self.enclosed.contains(&(author, row.digest)))
    }
}
