//! Side effects (C13): owed in the transaction of their cause, delivered at least once, always under one id.

use std::collections::{BTreeMap, BTreeSet};

use super::Check;
use crate::history::{Id, Record, What};

/// Judges what was owed and what came. What is still owed is judged only once everything had to become well.
pub fn check(history: &[Record], found: &mut impl FnMut(Check, String)) {
    let mut owed: BTreeMap<Id, Id> = BTreeMap::new();
    let mut done: BTreeSet<Id> = BTreeSet::new();
    let mut is_healed = false;
    for record in history {
        match record.what {
            What::Owed { cause, id } => {
                let first = *owed.entry(cause).or_insert(id);
                if first != id {
                    found(Check::C13, format!("what {cause} owes has two ids, {first} and {id}"));
                }
            }
            What::Delivered { id, cause, .. } => match owed.get(&cause) {
                Some(known) if *known == id => {
                    done.insert(cause);
                }
                Some(known) => found(Check::C13, format!("{cause} is owed as {known} and came as {id}")),
                None => found(Check::C13, format!("{id} came for {cause}, which owes nothing")),
            },
            What::Needless { id, cause } if owed.get(&cause) == Some(&id) => {
                done.insert(cause);
            }
            What::Healed {} => is_healed = true,
            _ => {}
        }
    }
    for (cause, id) in owed.iter().filter(|(cause, _)| is_healed && !done.contains(cause)) {
        found(Check::C13, format!("{id} for {cause} never came and was never given up"));
    }
}
