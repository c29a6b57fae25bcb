//! The rows of the outbox: what this device wrote, from the first moment until it is certain that the server keeps it.
//!
//! # One after another
//! Storage is asked for one row at a time, in the order written, and other tabs hear of a row once storage has it. So
//! whichever tab sends can never know of a row and not of those before it: a storage that refuses one row and takes the
//! next would otherwise turn them round. What is behind a row that storage will not take stays in memory as well; all
//! of that is told to other tabs in order, whenever storage refuses, even what is acknowledged. With the next row
//! written, storage is offered the first of them again.

use crate::model::id::{Cmid, ConversationId, Epoch, InboxId, Seq};
use crate::model::message::{Audience, FileView};
use crate::model::time::UnixMillis;
use crate::model::visitor::About;
use crate::protocol::refusal::RefusalCode;
use crate::wire;
use core::time::Duration;

/// How long an acknowledged message is kept to be offered again to a server that was restored from a backup.
pub const ACKED_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How many acknowledged messages are kept for that.
pub const ACKED_MESSAGES_MAX: usize = 500;

wire! {
    /// A message as its author's device stores it, under its cmid.
    pub struct OutboxRow {
        /// The message. Cmids sort in the order written.
        pub cmid: Cmid,
        /// Where it goes. Changes when the server names another open conversation.
        pub conversation: ConversationId,
        /// For which inbox it was written, where there was a choice: a conversation that begins with it lands there.
        pub inbox: Option<InboxId>,
        /// The text.
        pub text: String,
        /// Who may read it; absent for both sides.
        pub audience: Option<Audience>,
        /// A file uploaded before.
        pub file: Option<FileView>,
        /// Answers to press that come with it.
        pub choices: Option<Vec<String>>,
        /// What is said of the visitor, where a conversation begins with it.
        pub about: Option<About>,
        /// Set once the server has it.
        pub acked: Option<Receipt>,
        /// Set when the server will not take it; it is shown as not sent until somebody decides.
        pub refused: Option<RefusalCode>,
    }

    /// What the server answered.
    pub struct Receipt {
        /// The lineage in which it is stored. In another one it has to be offered again.
        pub epoch: Epoch,
        /// Its place.
        pub seq: Seq,
        /// When the answer came, by the client's clock.
        pub at: UnixMillis,
    }
}

impl OutboxRow {
    /// Whether the server has answered about it.
    pub fn decided(&self) -> bool {
        self.acked.is_some() || self.refused.is_some()
    }

    /// How much a copy of a row knows, seen from a lineage: of two copies the heavier one counts. The time of an ack
    /// only decides between two of the same kind: the clocks of two tabs may be hours apart.
    pub(super) fn weight(&self, epoch: Option<Epoch>) -> (u8, Option<UnixMillis>) {
        let at = self.acked.as_ref().map(|receipt| receipt.at);
        let kind = match &self.acked {
            Some(receipt) if Some(receipt.epoch) == epoch => 3,
            _ if self.refused.is_some() => 2,
            Some(_) => 1,
            None => 0,
        };
        (kind, at)
    }
}

/// What is written beside words.
#[derive(Clone, Debug, Default)]
pub(super) struct With {
    pub audience: Option<Audience>,
    pub file: Option<FileView>,
    pub choices: Option<Vec<String>>,
    pub inbox: Option<InboxId>,
}

/// Whether storage has a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// Asked for, not yet answered. Nothing is sent before the answer, or before the patience ends.
    Asked(UnixMillis),
    /// It has.
    Kept,
    /// It has not and will not: the row lives as long as the page.
    Memory,
}

/// A row and what this session knows of it.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub row: OutboxRow,
    pub stored: Stored,
    /// Whether this session has known it before it was acknowledged, so that screens have shown it.
    pub fresh: bool,
    /// When other tabs heard of it last, or it was taken in here.
    pub told: UnixMillis,
}

/// The time inside an id in the layout of UUIDv7.
pub(super) fn cmid_millis(cmid: Cmid) -> i64 {
    (cmid.0 >> 80) as i64
}

/// The rows in the order written.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    pub rows: Vec<Held>,
    /// The time inside the last cmid made or seen: the next one is later, even when the clock went back.
    last_millis: i64,
}

impl Held {
    pub fn in_memory(&self) -> bool {
        self.stored == Stored::Memory
    }
}

impl Outbox {
    pub fn find(&mut self, cmid: Cmid) -> Option<&mut Held> {
        self.rows.iter_mut().find(|held| held.row.cmid == cmid)
    }

    /// A time for the next cmid, later than all before.
    pub fn next_millis(&mut self, now: UnixMillis) -> UnixMillis {
        self.last_millis = now.0.max(self.last_millis + 1);
        UnixMillis(self.last_millis)
    }

    /// Puts a row in its place, or replaces what is known of it by what another tab has stored.
    pub fn put(&mut self, row: OutboxRow, stored: Stored, now: UnixMillis, epoch: Option<Epoch>) {
        self.last_millis = self.last_millis.max(cmid_millis(row.cmid));
        match self.rows.binary_search_by(|held| held.row.cmid.cmp(&row.cmid)) {
            Ok(at) => {
                let held = &mut self.rows[at];
                // What is decided is not undecided by an older copy. Of two that know the same, the stored one is the
                // older: where a message goes is told before it is stored.
                let (new, old) = (row.weight(epoch), held.row.weight(epoch));
                if new > old || new == old && stored != Stored::Kept {
                    held.row = row;
                }
                if held.stored != Stored::Kept {
                    held.stored = stored;
                }
            }
            Err(at) => {
                let fresh = row.acked.is_none();
                self.rows.insert(at, Held { row, stored, fresh, told: now });
            }
        }
    }

    pub fn forget(&mut self, cmid: Cmid) -> Option<Held> {
        let at = self.rows.iter().position(|held| held.row.cmid == cmid)?;
        Some(self.rows.remove(at))
    }

    /// Acknowledged rows that need not be kept any longer, removed.
    pub fn prune(&mut self, now: UnixMillis) -> Vec<Cmid> {
        let acked = self.rows.iter().filter(|held| held.row.acked.is_some()).count();
        let mut over = acked.saturating_sub(ACKED_MESSAGES_MAX);
        let mut gone = Vec::new();
        self.rows.retain(|held| {
            let Some(receipt) = &held.row.acked else { return true };
            let drop = over > 0 || now.since(receipt.at) > ACKED_LIFETIME;
            over = over.saturating_sub(1);
            if drop {
                gone.push(held.row.cmid);
            }
            !drop
        });
        gone
    }
}
