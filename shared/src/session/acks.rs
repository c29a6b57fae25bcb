//! What becomes of messages that were sent: acknowledged, refused, or moved to another conversation.

use super::Session;
use super::effect::{Changed, Effect};
use super::outbox::{Held, Receipt, Stored};
use super::receive::{FRUITLESS_PAUSE, Refusal, retry_wait};
use crate::model::id::{Cmid, ConversationId, Epoch, Seq};
use crate::model::message::{Entry, EntryBody, Side};
use crate::protocol::frame::{Ack, RefusedMessage};
use crate::protocol::refusal::RefusalCode;

impl Session {
    pub(super) fn acked(
        &mut self,
        id: u32,
        conversation: ConversationId,
        epoch: Epoch,
        acks: Vec<Ack>,
        refused: Option<RefusedMessage>,
    ) {
        let fruitless = acks.is_empty() && refused.is_none();
        // A start of which nothing was stored has made no conversation: it is said again.
        let is_there = !acks.is_empty();
        let mut last = Seq(0);
        // A page that has loaded since these were told of hears of them before it hears what became of later ones.
        if self.outbox.rows.iter().any(Held::in_memory) {
            self.tell_tabs();
        }
        for ack in acks {
            last = last.max(ack.seq);
            self.store_receipt(ack.cmid, conversation, epoch, ack.seq);
        }
        let pause = self.now.plus(FRUITLESS_PAUSE);
        let visitor = self.side == Side::Visitor;
        let c = self.ensure(conversation);
        c.founded |= is_there;
        // What was not ours to read is again: what it showed is not the newest.
        c.watch |= c.founded && (visitor || c.refused.is_some());
        c.refused = None;
        c.epoch = Some(epoch);
        if c.batch.is_some_and(|batch| batch.id == id) {
            c.batch = None;
            c.sending.clear();
            if fruitless {
                c.send_not_before = pause;
            }
        }
        if last > c.head.max(c.run.last()) {
            // Its row is on its way. Only if it does not come is it asked for.
            c.head = last;
            c.read_not_before = pause;
        }
        if let Some(RefusedMessage { cmid, code, retry_after_ms }) = refused {
            self.refused_message(cmid, code, retry_after_ms);
        }
        self.changed(Changed::Conversation(conversation));
        self.prune();
    }

    /// A message of this device is durable: by an ack, or because its row came first.
    pub(super) fn store_receipt(&mut self, cmid: Cmid, conversation: ConversationId, epoch: Epoch, seq: Seq) {
        let at = self.now;
        let Some(held) = self.outbox.find(cmid) else { return };
        if held.row.acked.as_ref().is_some_and(|receipt| receipt.epoch == epoch) {
            return;
        }
        held.row.acked = Some(Receipt { epoch, seq, at });
        held.row.refused = None;
        // Another tab may have been told to send it elsewhere.
        let written_in = core::mem::replace(&mut held.row.conversation, conversation);
        let (row, stored) = (held.row.clone(), held.stored);
        self.save_again(row, stored);
        if written_in != conversation {
            self.abandon(written_in);
        }
    }

    pub(super) fn refused_message(&mut self, cmid: Cmid, code: RefusalCode, retry_after_ms: Option<u32>) {
        let (wait, epoch) = (retry_wait(retry_after_ms), self.epoch);
        let (until, Some(held)) = (self.now.plus(wait), self.outbox.find(cmid)) else { return };
        let conversation = held.row.conversation;
        // Signed out is about the connection; the message goes with the next one.
        if code.retries() || code == RefusalCode::SignedOut {
            // How fast is about the person, whatever the conversation.
            let all = code == RefusalCode::RateLimited;
            for c in self.conversations.iter_mut().filter(|c| all || c.id == conversation) {
                c.send_not_before = until;
            }
            return;
        }
        if held.row.acked.as_ref().is_some_and(|receipt| Some(receipt.epoch) == epoch) {
            // A repeat was refused, after an answer that was late: it is stored all the same.
            return;
        }
        held.row.refused = Some(code);
        held.row.acked = None;
        let row = held.row.clone();
        self.effects.push_back(Effect::SaveOutbox(row));
        self.changed(Changed::Conversation(conversation));
    }

    pub(super) fn refused_batch(&mut self, conversation: ConversationId, sent: Vec<Cmid>, refusal: Refusal) {
        match (refusal.code, refusal.conversation) {
            (RefusalCode::AlreadyOpen, Some(other)) => self.move_messages(conversation, other),
            // About the conversation, so about every message for it.
            (code @ (RefusalCode::NotFound | RefusalCode::NotAllowed), _) => {
                for cmid in sent {
                    self.refused_message(cmid, code, None);
                }
            }
            // About one of them, and the first is the one that was looked at.
            (code, _) => {
                if let Some(cmid) = sent.first() {
                    self.refused_message(*cmid, code, refusal.retry_after_ms);
                }
            }
        }
    }

    /// The visitor has another open conversation (another tab or device was faster): the same messages go there.
    pub(super) fn move_messages(&mut self, from: ConversationId, to: ConversationId) {
        let c = self.ensure(to);
        c.founded = true;
        c.watch = true;
        c.refused = None;
        for at in 0..self.outbox.rows.len() {
            let row = &self.outbox.rows[at].row;
            if row.conversation == from && self.pending(row) && from != to {
                let held = &mut self.outbox.rows[at];
                held.row.conversation = to;
                let (row, stored) = (held.row.clone(), held.stored);
                if !matches!(stored, Stored::Asked(_)) {
                    // Before storage has it: the tab that sends next is not to send it elsewhere.
                    self.effects.push_back(Effect::TellTabs(row.clone()));
                }
                self.save_again(row, stored);
            }
        }
        self.changed(Changed::Conversation(to));
        self.abandon(from);
    }

    /// A row of the outbox whose message is among the rows already: its ack got lost with a tab.
    pub(super) fn find_receipt(&mut self, cmid: Cmid) {
        let found = self.conversations.iter().find_map(|c| {
            let row = c.rows().iter().rev().find(|row| self.is_mine(row, cmid))?;
            Some((c.id, c.epoch?, row.seq))
        });
        if let Some((conversation, epoch, seq)) = found {
            self.store_receipt(cmid, conversation, epoch, seq);
        }
    }

    /// A message of this device that was erased is offered to no server any more, whatever is restored there.
    pub(super) fn forget_erased(&mut self, rows: &[Entry]) {
        for row in rows {
            if let EntryBody::Erased { cmid: Some(cmid), .. } = row.body
                && self.wrote(row)
                && self.outbox.forget(cmid).is_some()
            {
                self.effects.push_back(Effect::ForgetOutbox(cmid));
            }
        }
    }

    /// Which of these rows are messages that this device still holds as not acknowledged.
    pub(super) fn receipts(&self, rows: &[Entry]) -> Vec<(Cmid, Seq)> {
        let mut receipts = Vec::new();
        for row in rows {
            if let Some((cmid, _)) = row.body.written()
                && self.wrote(row)
                && self.outbox.rows.iter().any(|held| held.row.cmid == cmid)
            {
                receipts.push((cmid, row.seq));
            }
        }
        receipts
    }
}
