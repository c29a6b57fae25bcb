//! The log as the store has it at the end: C2, C3, C4.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Check;
use crate::history::{Id, Record, Row, Side, What, erased};

/// One row of the log.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub conversation: Id,
    pub epoch: Id,
    pub seq: u64,
    pub visitor_seq: Option<u64>,
    pub row: Row,
}

impl Entry {
    /// Its place in the count of a side.
    pub fn seq_for(&self, side: Side) -> Option<u64> {
        match side {
            Side::Staff => Some(self.seq),
            Side::Visitor => self.visitor_seq,
        }
    }
}

/// The whole log, by what the other checks ask for.
pub struct Stored {
    conversations: BTreeMap<Id, Vec<Entry>>,
    by_cmid: HashMap<Id, Vec<Entry>>,
    /// By conversation, side and place.
    by_place: HashMap<(Id, Side, u64), Entry>,
    /// Conversations of which what was said may be erased.
    forgotten: HashSet<Id>,
}

impl Stored {
    pub fn of(history: &[Record]) -> Stored {
        let mut stored = Stored {
            conversations: BTreeMap::new(),
            by_cmid: HashMap::new(),
            by_place: HashMap::new(),
            forgotten: HashSet::new(),
        };
        for record in history {
            if let What::Forgotten { conversation } = record.what {
                stored.forgotten.insert(conversation);
            }
            if let What::Log { conversation, epoch, seq, visitor_seq, row } = record.what {
                let entry = Entry { conversation, epoch, seq, visitor_seq, row };
                stored.conversations.entry(conversation).or_default().push(entry);
                stored.by_place.insert((conversation, Side::Staff, seq), entry);
                if let Some(seq) = visitor_seq {
                    stored.by_place.insert((conversation, Side::Visitor, seq), entry);
                }
                if let Some(cmid) = row.cmid {
                    stored.by_cmid.entry(cmid).or_default().push(entry);
                }
            }
        }
        for entries in stored.conversations.values_mut() {
            entries.sort_by_key(|entry| entry.seq);
        }
        stored
    }

    /// Whether two readers may have a row so and so: the same, or one of them before and the other after it was erased.
    pub fn agree(&self, conversation: Id, one: &Row, other: &Row) -> bool {
        one == other
            || (one.cmid, one.author) == (other.cmid, other.author)
                && self.agree_on_body(conversation, one.digest, other.digest)
    }

    /// The same of bodies alone.
    pub fn agree_on_body(&self, conversation: Id, one: u64, other: u64) -> bool {
        let erased = one == erased() || other == erased();
        one == other || erased && self.forgotten.contains(&conversation)
    }

    pub fn message(&self, cmid: Id) -> Option<&Entry> {
        self.copies(cmid).first()
    }

    /// Everywhere it stands: once, unless something is wrong.
    pub fn copies(&self, cmid: Id) -> &[Entry] {
        self.by_cmid.get(&cmid).map_or(&[], Vec::as_slice)
    }

    pub fn at(&self, conversation: Id, side: Side, seq: u64) -> Option<&Entry> {
        self.by_place.get(&(conversation, side, seq))
    }

    /// The last place of a side; 0 where there is nothing.
    pub fn head(&self, conversation: Id, side: Side) -> u64 {
        let entries = self.conversations.get(&conversation);
        entries.and_then(|entries| entries.iter().rev().find_map(|entry| entry.seq_for(side))).unwrap_or(0)
    }

    /// The rows of a side from one place to another, in order.
    pub fn window(&self, conversation: Id, side: Side, first: u64, last: u64) -> impl Iterator<Item = &Row> {
        (first..=last).filter_map(move |seq| self.at(conversation, side, seq)).map(|entry| &entry.row)
    }

    pub fn check(&self, history: &[Record], found: &mut impl FnMut(Check, String)) {
        self.check_once(history, found);
        self.check_invoked(history, found);
        for (conversation, entries) in &self.conversations {
            dense(*conversation, "seq", entries.iter().map(|entry| entry.seq), found);
            let for_visitor = entries.iter().filter_map(|entry| entry.visitor_seq);
            dense(*conversation, "visitor_seq", for_visitor, found);
        }
    }

    /// Never twice in a conversation. And in one conversation only, unless its author's device has lost sight of where
    /// it went, before anybody saw it in the second: the store knows repeats within a conversation.
    fn check_once(&self, history: &[Record], found: &mut impl FnMut(Check, String)) {
        let unkept = self.lost_sight_of(history);
        for entries in self.conversations.values() {
            let mut here: HashSet<Id> = HashSet::new();
            for entry in entries {
                let Some(cmid) = entry.row.cmid else { continue };
                let copies = self.copies(cmid);
                let again = !here.insert(cmid);
                let elsewhere = copies[0].conversation != entry.conversation && !unkept.contains(&cmid);
                if again || elsewhere {
                    found(
                        Check::C2,
                        format!("message {cmid} is in the log more than once, also at {}", entry.seq),
                    );
                }
            }
        }
    }

    /// Messages with a `Timeout` while nobody had been shown, or told of, more than one of their copies.
    fn lost_sight_of(&self, history: &[Record]) -> HashSet<Id> {
        let mut seen: HashMap<Id, Id> = HashMap::new();
        let mut twice: HashSet<Id> = HashSet::new();
        let mut unkept: HashSet<Id> = HashSet::new();
        for record in history {
            let (cmid, conversation, epoch) = match record.what {
                What::Timeout { cmid, .. } => {
                    if !twice.contains(&cmid) {
                        unkept.insert(cmid);
                    }
                    continue;
                }
                What::Ack { cmid, conversation, epoch, .. } => (cmid, conversation, epoch),
                What::Observe { conversation, epoch, row: Row { cmid: Some(cmid), .. }, .. } => {
                    (cmid, conversation, epoch)
                }
                _ => continue,
            };
            let copies = self.copies(cmid);
            if copies.len() > 1
                && copies.iter().any(|copy| copy.conversation == conversation && copy.epoch == epoch)
                && *seen.entry(cmid).or_insert(conversation) != conversation
            {
                twice.insert(cmid);
            }
        }
        unkept
    }

    fn check_invoked(&self, history: &[Record], found: &mut impl FnMut(Check, String)) {
        let invoked: HashMap<Id, (Id, u64)> = history
            .iter()
            .filter_map(|record| match record.what {
                What::Invoke { cmid, author, digest, .. } => Some((cmid, (author, digest))),
                _ => None,
            })
            .collect();
        let mut enclosed: HashMap<(Id, u64), u32> = HashMap::new();
        for record in history {
            if let What::Enclosed { author, digest } = record.what {
                *enclosed.entry((author, digest)).or_default() += 1;
            }
        }
        for entry in self.conversations.values().flatten() {
            let Some(cmid) = entry.row.cmid else { continue };
            if !invoked.contains_key(&cmid) && self.is_enclosed(entry, &mut enclosed) {
                continue;
            }
            let place = format!("message {cmid} at {} of {}", entry.seq, entry.conversation);
            match invoked.get(&cmid) {
                None => found(Check::C3, format!("{place} was never written")),
                Some((author, _)) if entry.row.author != Some(*author) => {
                    found(Check::C3, format!("{place} stands under another author than {author}"));
                }
                Some((_, digest)) if !self.agree_on_body(entry.conversation, entry.row.digest, *digest) => {
                    found(Check::C3, format!("{place} has another body than was written"));
                }
                Some(_) => {}
            }
        }
    }

    /// Whether it is a note that went along when the conversation was passed on: each once.
    fn is_enclosed(&self, entry: &Entry, enclosed: &mut HashMap<(Id, u64), u32>) -> bool {
        let Some(author) = entry.row.author else { return false };
        if entry.row.digest == erased() {
            return self.forgotten.contains(&entry.conversation);
        }
        match enclosed.get_mut(&(author, entry.row.digest)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}

fn dense(
    conversation: Id,
    count: &str,
    seqs: impl Iterator<Item = u64>,
    found: &mut impl FnMut(Check, String),
) {
    for (expected, seq) in (1..).zip(seqs) {
        if seq != expected {
            found(Check::C4, format!("{count} {seq} of {conversation} stands where {expected} should"));
            return;
        }
    }
}
