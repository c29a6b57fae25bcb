//! What was on screens: C5, C8.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use super::Check;
use super::log::Stored;
use crate::history::{Client, Id, Record, Row, Side, What};

/// What a client shows of a conversation.
#[derive(Clone, Copy)]
struct Window {
    epoch: Id,
    first: u64,
    last: u64,
    /// Dropped; the next row begins anew.
    reset: bool,
    /// The last row shown before the window was dropped, in the same lineage: a new one has to come so far again.
    floor: u64,
}

pub fn check(history: &[Record], stored: &Stored, found: &mut impl FnMut(Check, String)) {
    let mut windows: HashMap<(Client, Id), Window> = HashMap::new();
    // What anybody showed at a place of a lineage: also where that lineage is gone.
    let mut seen: HashMap<(Id, Id, Side, u64), Row> = HashMap::new();
    for record in history {
        match record.what {
            What::Reset { client, conversation } => {
                if let Some(window) = windows.get_mut(&(client, conversation)) {
                    window.drop_rows(client, conversation, found);
                }
            }
            What::Observe { client, conversation, epoch, side, seq, row } => {
                let place = || format!("client {} at {seq} of {conversation}", client.0);
                match windows.entry((client, conversation)) {
                    Slot::Vacant(slot) => {
                        slot.insert(Window { epoch, first: seq, last: seq, reset: false, floor: 0 });
                    }
                    Slot::Occupied(mut slot) => {
                        if let Err((check, how)) = slot.get_mut().show(epoch, seq) {
                            found(check, format!("{}: {how}", place()));
                        }
                    }
                }
                let first = seen.entry((conversation, epoch, side, seq)).or_insert(row);
                if !stored.agree(conversation, first, &row) {
                    found(Check::C5, format!("{}: shows another row than others did", place()));
                }
                match stored.at(conversation, side, seq) {
                    Some(entry) if entry.epoch == epoch && !stored.agree(conversation, &entry.row, &row) => {
                        found(Check::C5, format!("{}: shows another row than the log has", place()));
                    }
                    None if stored.at(conversation, side, 1).is_some_and(|first| first.epoch == epoch) => {
                        found(Check::C5, format!("{}: shows a row that the log does not have", place()));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    for ((client, conversation), window) in &mut windows {
        window.drop_rows(*client, *conversation, found);
    }
}

impl Window {
    fn show(&mut self, epoch: Id, seq: u64) -> Result<(), (Check, String)> {
        if self.epoch != epoch {
            let was_reset = self.reset;
            *self = Window { epoch, first: seq, last: seq, reset: false, floor: 0 };
            // Another lineage may only be shown from scratch.
            return if was_reset { Ok(()) } else { Err((Check::C5, "rows of two lineages".into())) };
        }
        if self.reset {
            (self.first, self.last, self.reset) = (seq, seq, false);
        } else if seq == self.last + 1 {
            self.last = seq;
        } else if seq + 1 == self.first {
            self.first = seq;
        } else if seq <= self.last {
            return Err((Check::C8, format!("went back from {}", self.last)));
        } else {
            let last = std::mem::replace(&mut self.last, seq);
            return Err((Check::C5, format!("a hole after {last}")));
        }
        Ok(())
    }

    fn drop_rows(&mut self, client: Client, conversation: Id, found: &mut impl FnMut(Check, String)) {
        if self.reset {
            return;
        }
        if self.last < self.floor {
            let (last, floor) = (self.last, self.floor);
            found(
                Check::C8,
                format!("client {} of {conversation} went back from {floor} to {last}", client.0),
            );
        }
        self.floor = self.floor.max(self.last);
        self.reset = true;
    }
}
