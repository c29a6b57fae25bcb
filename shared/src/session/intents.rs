//! What people, storage and other tabs want: the inputs that are not the network's.

use super::conversation::Conversation;
use super::effect::{Changed, Effect};
use super::input::NotTaken;
use super::outbox::{ACKED_LIFETIME, OutboxRow, Stored, With};
use super::{CACHE_LIFETIME, CachedConversation, Session};
use crate::model::conversation::Status;
use crate::model::id::{Cmid, ConversationId, Seq, VisitorId};
use crate::model::message::Side;
use crate::protocol::command::Command;
use crate::protocol::frame::Me;
use crate::protocol::limits::{CACHED_ROWS_MAX, OUTBOX_MESSAGES_MAX, TEXT_BYTES_MAX, TYPING_INTERVAL};
use crate::protocol::refusal::RefusalCode;
use core::time::Duration;

/// Conversations remembered that are not followed; those with messages that wait are never dropped.
pub const REMEMBERED_MAX: usize = 100;
/// Two tabs that believe in different lineages contradict each other no more often than this.
const ANSWER_INTERVAL: Duration = Duration::from_secs(1);

impl Session {
    pub(super) fn restored(&mut self, outbox: Vec<OutboxRow>, cached: Vec<CachedConversation>, kept: bool) {
        self.kept = kept;
        let mut cached = cached;
        // Oldest first. There are few; a sort would cost the widget more bytes than this loop saves time.
        while let Some(at) = (0..cached.len()).min_by_key(|at| cached[*at].saved_at) {
            let CachedConversation { owner, saved_at, view, rows } = cached.remove(at);
            if self.now.since(saved_at) > CACHE_LIFETIME {
                self.effects.push_back(Effect::ForgetCache(view.id));
                continue;
            }
            self.me = Some(Me::Visitor { id: owner });
            let c = self.ensure(view.id);
            c.founded = true;
            c.watch = true;
            c.run.page(rows);
            c.take_view(view);
        }
        self.take_rows(outbox, Stored::Kept);
        // Stored by a page that may have gone before it could tell: no later row is to be heard of first. What was
        // acknowledged is told of when it is known which lineage there is.
        for held in &self.outbox.rows {
            if held.stored == Stored::Kept && !held.row.decided() {
                self.effects.push_back(Effect::TellTabs(held.row.clone()));
            }
        }
        // What was written before storage could be asked.
        self.asking = None;
        self.save_next();
        self.changed(Changed::Connection);
        self.changed(Changed::Conversations);
    }

    pub(super) fn elected(&mut self, outbox: Vec<OutboxRow>) {
        if self.is_live() {
            self.elected = true;
            self.take_rows(outbox, Stored::Kept);
        }
    }

    pub(super) fn row_changed(&mut self, row: OutboxRow, kept: bool) {
        let stored = if kept { Stored::Kept } else { Stored::Memory };
        let (epoch, now) = (self.epoch, self.now);
        if let Some(held) = self.outbox.find(row.cmid)
            && held.row.weight(epoch).0 > row.weight(epoch).0
            && (!row.decided() || now.since(held.told) >= ANSWER_INTERVAL)
        {
            // That tab has not heard of the answer. If it believes in another lineage, it may say the same of us.
            held.told = now;
            let answer = held.row.clone();
            self.effects.push_back(Effect::TellTabs(answer));
        }
        // Where it goes is changed by the tab that sends, so what waits here is not moved back by one that has yet to
        // hear of it.
        let stale = self.elected && !kept && !row.decided() && self.outbox.find(row.cmid).is_some();
        let waits = self.pending(&row);
        if !stale {
            self.take_rows(vec![row], stored);
        }
        if self.elected && !kept && waits {
            // Storage may be willing again, and the tab that wrote it may go.
            self.save_next();
        }
    }

    fn take_rows(&mut self, rows: Vec<OutboxRow>, stored: Stored) {
        for row in rows {
            let (cmid, epoch) = (row.cmid, self.epoch);
            let before = self.outbox.find(cmid).map(|held| held.row.conversation);
            self.outbox.put(row, stored, self.now, epoch);
            // What is known now; the copy that came may have been the older one.
            let Some(row) = self.outbox.find(cmid).map(|held| held.row.clone()) else { continue };
            let (id, unanswered) = (row.conversation, row.acked.is_none());
            let waits = unanswered || self.pending(&row);
            let moved = before.filter(|old| *old != id);
            let receipt = row.acked.map(|receipt| receipt.epoch);
            let lineage = receipt.filter(|of_row| epoch.is_none_or(|known| known == *of_row));
            let visitor = self.side == Side::Visitor;
            if waits {
                self.ensure(id).watch |= visitor;
            }
            // A row that is acknowledged is only a memory: no conversation is opened for it.
            if let Some(c) = self.find(id) {
                if let Some(epoch) = lineage {
                    c.founded = true;
                    c.epoch.get_or_insert(epoch);
                }
                self.changed(Changed::Conversation(id));
            }
            if let Some(old) = moved {
                self.abandon(old);
            }
            // Only where no tab knows of an answer: what another tab was told may be newer than the rows here.
            if unanswered {
                self.find_receipt(cmid);
            }
        }
        self.prune();
    }

    pub(super) fn prune(&mut self) {
        for cmid in self.outbox.prune(self.now) {
            self.effects.push_back(Effect::ForgetOutbox(cmid));
        }
    }

    pub(super) fn row_forgotten(&mut self, cmid: Cmid) {
        if let Some(held) = self.outbox.forget(cmid) {
            self.changed(Changed::Conversation(held.row.conversation));
        }
    }

    pub(super) fn saved(&mut self, cmid: Cmid, kept: bool) {
        if self.kept != kept {
            self.kept = kept;
            self.changed(Changed::Connection);
        }
        self.asking.take_if(|asked| *asked == cmid);
        if let Some(held) = self.outbox.find(cmid) {
            held.stored = if kept { Stored::Kept } else { Stored::Memory };
        }
        if kept {
            return self.save_next();
        }
        self.keep_in_memory();
        self.tell_tabs();
    }

    /// Asks storage for the first row that it does not have. See `outbox`.
    pub(super) fn save_next(&mut self) {
        let next = self.outbox.rows.iter().find(|held| held.stored != Stored::Kept);
        if let (Some(held), None) = (next, self.asking) {
            self.asking = Some(held.row.cmid);
            self.effects.push_back(Effect::SaveOutbox(held.row.clone()));
        }
    }

    /// Has storage take what has become of a row. One that it does not have is taken in its turn, after those before it.
    pub(super) fn save_again(&mut self, row: OutboxRow, stored: Stored) {
        if stored == Stored::Kept || self.asking == Some(row.cmid) {
            return self.effects.push_back(Effect::SaveOutbox(row));
        }
        if row.decided() {
            self.effects.push_back(Effect::TellTabs(row));
        }
        self.save_next();
    }

    /// Storage is not willing: what waits for it is not kept either, until it has taken what is before it.
    pub(super) fn keep_in_memory(&mut self) {
        self.asking = None;
        for held in &mut self.outbox.rows {
            if matches!(held.stored, Stored::Asked(_)) {
                held.stored = Stored::Memory;
            }
        }
    }

    /// Tells other tabs what waits here. All of it, in order: the one that sends may have begun just now. And with it
    /// what storage never had, though it is acknowledged: a page that has loaded since is not to offer only what was
    /// written after it to a server that was restored.
    pub(super) fn tell_tabs(&mut self) {
        // Not without a connection, when it is not known what a restore has lost. And what comes after a row that
        // storage has yet to answer for is not to overtake it.
        let mut asked = !self.is_live();
        for at in 0..self.outbox.rows.len() {
            if self.outbox.rows[at].in_memory() || self.pending(&self.outbox.rows[at].row) {
                let held = &mut self.outbox.rows[at];
                held.told = self.now;
                asked |= matches!(held.stored, Stored::Asked(_));
                if !asked {
                    let row = held.row.clone();
                    self.effects.push_back(Effect::TellTabs(row));
                }
            }
        }
    }

    pub(super) fn write(
        &mut self,
        conversation: Option<ConversationId>,
        text: String,
        with: With,
        random: [u8; 20],
    ) -> Result<(), NotTaken> {
        if text.trim().is_empty() && with.file.is_none() {
            return Err(NotTaken::Empty);
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(NotTaken::TooLong);
        }
        if self.outbox.rows.iter().filter(|held| held.row.acked.is_none()).count() >= OUTBOX_MESSAGES_MAX {
            return Err(NotTaken::OutboxFull);
        }
        let [a, b] = halves(random);
        let at = self.outbox.next_millis(self.now);
        let conversation = match conversation {
            Some(id) => id,
            None if self.side == Side::Visitor => ConversationId::from_parts(self.now, b),
            None => return Err(NotTaken::Unknown),
        };
        let cmid = Cmid::from_parts(at, a);
        let visitor = self.side == Side::Visitor;
        let c = self.ensure(conversation);
        c.watch |= visitor;
        c.typing_told = None;
        let is_begun = self.find(conversation).is_some_and(|c| c.founded);
        let about = self.about.clone().filter(|_| visitor && !is_begun);
        let With { audience, file, choices, inbox } = with;
        let (acked, refused) = (None, None);
        let row =
            OutboxRow { cmid, conversation, inbox, text, audience, file, choices, about, acked, refused };
        self.outbox.put(row, Stored::Asked(self.now), self.now, self.epoch);
        self.save_next();
        self.changed(Changed::Conversation(conversation));
        Ok(())
    }

    pub(super) fn retry(&mut self, cmid: Cmid, random: [u8; 20]) -> Result<(), NotTaken> {
        let held =
            self.outbox.find(cmid).filter(|held| held.row.refused.is_some()).ok_or(NotTaken::Unknown)?;
        let row = held.row.clone();
        // The server does not have it: a new id is no duplicate, and the message stands where it is sent now.
        let lost = row.refused == Some(RefusalCode::NotFound) && self.side == Side::Visitor;
        // An inbox that is offered no more would be refused again: it goes where everything goes.
        let inbox = row.inbox.filter(|its| !lost || self.services().iter().any(|(of, _)| of == its));
        let conversation = if lost {
            if let Some(c) = self.find(row.conversation) {
                c.refused = row.refused;
            }
            self.current_in(inbox)
        } else {
            Some(row.conversation)
        };
        let with = With { audience: row.audience, file: row.file, choices: row.choices, inbox };
        self.write(conversation, row.text, with, random)?;
        self.discard(cmid)
    }

    pub(super) fn discard(&mut self, cmid: Cmid) -> Result<(), NotTaken> {
        let refused = self.outbox.find(cmid).is_some_and(|held| held.row.refused.is_some());
        let held = if refused { self.outbox.forget(cmid) } else { None };
        let id = held.ok_or(NotTaken::Unknown)?.row.conversation;
        self.effects.push_back(Effect::ForgetOutbox(cmid));
        self.changed(Changed::Conversation(id));
        self.abandon(id);
        Ok(())
    }

    /// Forgets a conversation that never came to be, once nothing is written in it any more.
    pub(super) fn abandon(&mut self, id: ConversationId) {
        let used = self.outbox.rows.iter().any(|held| held.row.conversation == id);
        if let Some(at) = self.conversations.iter().position(|c| c.id == id && !c.founded)
            && !used
        {
            self.conversations.remove(at);
            self.changed(Changed::Conversations);
        }
    }

    pub(super) fn seen(&mut self, conversation: ConversationId, read: Seq) {
        let side = self.side;
        if let Some(c) = self.find(conversation)
            && read.min(c.run.last()) > c.read(side)
        {
            c.read = read.min(c.run.last());
            self.changed(Changed::Conversation(conversation));
        }
    }

    pub(super) fn typing(&mut self, conversation: ConversationId, on: bool) {
        let (now, live) = (self.now, self.is_live());
        let Some(c) = self.find(conversation) else { return };
        let due = match c.typing_told {
            Some(told) => !on || now.since(told) >= TYPING_INTERVAL,
            None => on,
        };
        if live && c.synced && due {
            c.typing_told = on.then_some(now);
            self.say(&Command::Typing { conversation, on });
        }
    }

    pub(super) fn resolve(&mut self, conversation: ConversationId) -> Result<(), NotTaken> {
        let c = self.find(conversation).ok_or(NotTaken::Unknown)?;
        c.resolve_wanted = true;
        self.changed(Changed::Conversation(conversation));
        Ok(())
    }

    pub(super) fn load_older(&mut self, conversation: ConversationId) {
        if let Some(c) = self.find(conversation)
            && c.has_older()
            && !c.older_wanted
        {
            c.older_wanted = true;
            self.changed(Changed::Conversation(conversation));
        }
    }

    pub(super) fn watch(&mut self, conversation: ConversationId) {
        let c = self.ensure(conversation);
        if !c.watch {
            c.watch = true;
            c.refused = None;
            self.changed(Changed::Conversation(conversation));
        }
    }

    pub(super) fn unwatch(&mut self, conversation: ConversationId) {
        let live = self.is_live();
        let Some(c) = self.find(conversation).filter(|c| c.watch) else { return };
        let told = live && (c.synced || c.reading.is_some());
        c.watch = false;
        c.synced = false;
        c.reading = None;
        c.older = None;
        c.older_wanted = false;
        c.typists.clear();
        c.run.keep_last(CACHED_ROWS_MAX);
        if told {
            let id = self.new_id();
            self.say(&Command::Unwatch { id, conversation });
        }
        self.forget_oldest();
    }

    /// Keeps the memory of conversations that are not followed within bounds.
    fn forget_oldest(&mut self) {
        let idle = |c: &Conversation| !c.watch && !c.resolve_wanted;
        while self.conversations.iter().filter(|c| idle(c)).count() > REMEMBERED_MAX {
            let used = |c: &Conversation| {
                self.outbox.rows.iter().any(|h| h.row.conversation == c.id && h.row.acked.is_none())
            };
            match self.conversations.iter().rposition(|c| idle(c) && !used(c)) {
                Some(at) => self.conversations.remove(at),
                None => break,
            };
        }
    }

    pub(super) fn ask(&mut self, id: u32, text: String) -> Result<(), NotTaken> {
        if !self.is_live() {
            return Err(NotTaken::NotLive);
        }
        self.asked.push(id);
        self.effects.push_back(Effect::SendText { link: self.link, text });
        Ok(())
    }

    /// Whether a row has yet to be acknowledged by the database the server has now.
    pub(super) fn pending(&self, row: &OutboxRow) -> bool {
        row.refused.is_none()
            && match (&row.acked, self.epoch) {
                (None, _) => true,
                (Some(receipt), Some(epoch)) => {
                    receipt.epoch != epoch && self.now.since(receipt.at) <= ACKED_LIFETIME
                }
                (Some(_), None) => false,
            }
    }

    /// The visitor this session belongs to, once known.
    pub(super) fn visitor(&self) -> Option<VisitorId> {
        match self.me {
            Some(Me::Visitor { id }) => Some(id),
            _ => None,
        }
    }

    /// Has the end of a transcript stored, or removed when the conversation is over.
    pub(super) fn cache(&mut self, id: ConversationId) {
        if self.visitor().is_none() {
            return;
        }
        let Some(view) = self.conversation(id).and_then(Conversation::view) else { return };
        self.once(match view.status {
            Status::Open => Effect::SaveCache(id),
            Status::Resolved => Effect::ForgetCache(id),
        });
    }
}

fn halves(random: [u8; 20]) -> [[u8; 10]; 2] {
    let mut halves = [[0; 10]; 2];
    for (at, byte) in random.into_iter().enumerate() {
        halves[at / 10][at % 10] = byte;
    }
    halves
}
