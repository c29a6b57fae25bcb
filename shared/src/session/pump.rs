//! What is to be said next, decided from what is true now. Nothing here waits for an event: after every input the
//! whole is looked at, so nothing can be forgotten.

use super::Session;
use super::conversation::{Conversation, Waiting};
use super::effect::Changed;
use super::outbox::{Held, Stored};
use crate::codec::Wire;
use crate::model::id::{Cmid, ConversationId, Seq};
use crate::model::message::{Draft, Side};
use crate::model::time::UnixMillis;
use crate::protocol::command::Command;
use crate::protocol::frame::Position;
use crate::protocol::limits::{ANSWER_TIMEOUT, BATCH_MESSAGES_MAX, FRAME_BYTES_MAX};
use core::time::Duration;

/// Received and read marks of one conversation are told no more often than this, the newest of them; and more seldom
/// the more conversations are followed, so that all together stay far below what a server takes for abuse.
pub const MARK_INTERVAL: Duration = Duration::from_secs(1);
/// Conversations whose marks are told in one interval.
const MARKED_MAX: usize = 20;
/// A storage that has not answered by then is not waited for.
pub const STORAGE_PATIENCE: Duration = Duration::from_secs(4);
/// A tab that does not send tells the others this often of what it knows to be unanswered.
pub const TELL_INTERVAL: Duration = Duration::from_secs(20);
/// What of a frame is left for all but its messages.
const FRAME_ROOM_BYTES: usize = 4 * 1024;

impl Session {
    /// When `Timer` is to be given next; `None` when nothing is due by time alone.
    pub fn deadline(&self) -> Option<UnixMillis> {
        let mut next: Option<UnixMillis> = self.state_until();
        // The moment after: an instant "until" which something holds is still part of it.
        if self.is_live() {
            next = next.map(|at| UnixMillis(at.0 + 1));
        }
        let mut at = |instant: UnixMillis| next = Some(next.map_or(instant, |known| known.min(instant)));
        for held in &self.outbox.rows {
            match held.stored {
                Stored::Asked(since) => at(since.plus(STORAGE_PATIENCE)),
                _ if self.tells(held) => at(held.told.plus(TELL_INTERVAL)),
                _ => {}
            }
        }
        if self.is_live() {
            let mark_interval = self.mark_interval();
            for c in &self.conversations {
                for waiting in [c.reading, c.older, c.batch, c.resolve].into_iter().flatten() {
                    at(waiting.at.plus(ANSWER_TIMEOUT));
                }
                for typist in &c.typists {
                    at(typist.until);
                }
                for instant in [c.read_not_before, c.send_not_before] {
                    if instant > self.now {
                        at(instant);
                    }
                }
                if self.mark_wanted(c).is_some() {
                    at(c.told_at.plus(mark_interval));
                }
            }
        }
        next
    }

    /// What time alone has ended.
    pub(super) fn expire(&mut self) {
        let now = self.now;
        let over = |held: &Held| matches!(held.stored, Stored::Asked(at) if at.plus(STORAGE_PATIENCE) <= now);
        let mut tell = self.outbox.rows.iter().any(over);
        if tell {
            self.kept = false;
            self.keep_in_memory();
        }
        // The tab that sends may be another one by now, or what it answered may have got lost with a tab.
        let due = |held: &Held| self.tells(held) && held.told.plus(TELL_INTERVAL) <= now;
        tell |= self.outbox.rows.iter().any(due);
        if tell {
            self.tell_tabs();
        }
        let mut silent = Vec::new();
        for c in &mut self.conversations {
            for waiting in [&mut c.reading, &mut c.older, &mut c.batch, &mut c.resolve] {
                waiting.take_if(|waiting| waiting.at.plus(ANSWER_TIMEOUT) <= now);
            }
            let before = c.typists.len();
            c.typists.retain(|typist| typist.until > now);
            if c.typists.len() != before {
                silent.push(c.id);
            }
        }
        for id in silent {
            self.changed(Changed::Typing(id));
        }
    }

    /// Whether another tab has yet to send or to answer for this row.
    fn tells(&self, held: &Held) -> bool {
        self.is_live() && !self.elected && self.pending(&held.row) && !matches!(held.stored, Stored::Asked(_))
    }

    /// Says what can be said now.
    pub(super) fn pump(&mut self) {
        if !self.is_live() {
            return;
        }
        if self.side == Side::Visitor {
            let current = self.current();
            // One in each inbox may be open, and an answer in any of them is news.
            for c in self.conversations.iter_mut().filter(|c| c.refused.is_none()) {
                c.watch |= Some(c.id) == current || c.founded && c.is_open();
            }
        }
        let mark_interval = self.mark_interval();
        for at in 0..self.conversations.len() {
            self.pump_reads(at);
            self.pump_batch(at);
            self.pump_resolve(at);
            self.pump_marks(at, mark_interval);
        }
    }

    fn pump_reads(&mut self, at: usize) {
        let now = self.now;
        let id = self.last_id.wrapping_add(1).max(1);
        let waiting = Some(Waiting { id, at: now });
        let c = &mut self.conversations[at];
        let (conversation, last, first) = (c.id, c.run.last(), c.run.first());
        if !c.watch || !c.founded {
            return;
        }
        if c.reading.is_none() && now >= c.read_not_before {
            if !c.synced {
                c.reading = waiting;
                let position = Position { conversation, epoch: c.epoch, after: last };
                self.last_id = id;
                return self.say(&Command::Watch { id, position });
            }
            if last < c.head {
                c.reading = waiting;
                self.last_id = id;
                return self.say(&Command::Sync { id, conversation, after: Some(last), before: None });
            }
        }
        if c.older_wanted && c.older.is_none() && c.synced {
            c.older = waiting;
            self.last_id = id;
            self.say(&Command::Sync { id, conversation, after: None, before: Some(first) });
        }
    }

    fn pump_batch(&mut self, at: usize) {
        // One batch after another, of all conversations: how fast messages may be is a person's, and whoever is told again
        // and again that they were too fast, without having waited, is put out.
        let is_under_way = self.conversations.iter().any(|c| c.batch.is_some());
        let c = &self.conversations[at];
        if !self.elected || is_under_way || self.now < c.send_not_before {
            return;
        }
        let messages = self.next_batch(c.id);
        if messages.is_empty() {
            return;
        }
        let id = self.new_id();
        let at_now = self.now;
        let c = &mut self.conversations[at];
        let (conversation, founded) = (c.id, c.founded);
        c.batch = Some(Waiting { id, at: at_now });
        c.sending = messages.iter().map(|draft| draft.cmid).collect();
        let command = if founded {
            Command::Send { id, conversation, messages }
        } else {
            let (page, language) = (self.page.clone(), self.language.clone());
            let time_zone = self.time_zone.clone();
            let first = messages.first().map(|draft| draft.cmid);
            let held = self.outbox.rows.iter().find(|held| Some(held.row.cmid) == first);
            let about = held.and_then(|held| held.row.about.clone());
            let inbox = held.and_then(|held| held.row.inbox);
            Command::Start { id, conversation, messages, page, language, time_zone, about, inbox }
        };
        self.say(&command);
        self.changed(Changed::Conversation(conversation));
    }

    /// The messages of a conversation that may be sent now: in the order written, none of them before storage has
    /// answered, as many as fit a frame.
    fn next_batch(&self, conversation: ConversationId) -> Vec<Draft> {
        let mut messages: Vec<Draft> = Vec::new();
        let mut bytes = 0;
        for held in &self.outbox.rows {
            if !self.pending(&held.row) {
                continue;
            }
            if held.row.conversation != conversation {
                // The server may answer a visitor with another conversation, the one that is open: what was written
                // before goes first there, and so it is sent first everywhere.
                if self.side == Side::Visitor {
                    break;
                }
                continue;
            }
            if matches!(held.stored, Stored::Asked(_)) && held.row.acked.is_none() {
                break;
            }
            let row = &held.row;
            let (audience, file) = (row.audience, row.file.as_ref().map(|file| file.id));
            let (text, choices) = (row.text.clone(), row.choices.clone());
            let draft = Draft { cmid: row.cmid, text, audience, file, choices };
            bytes += draft.to_text().len();
            if messages.len() == BATCH_MESSAGES_MAX
                || bytes > FRAME_BYTES_MAX - FRAME_ROOM_BYTES && !messages.is_empty()
            {
                break;
            }
            messages.push(draft);
        }
        messages
    }

    fn pump_resolve(&mut self, at: usize) {
        let c = &self.conversations[at];
        let conversation = c.id;
        if !c.resolve_wanted || c.resolve.is_some() || !c.founded || self.now < c.send_not_before {
            return;
        }
        // A message that came after it would open the conversation again.
        let waits = |cmid: &Cmid| c.sending.contains(cmid);
        let unsent = self.outbox.rows.iter().any(|held| {
            held.row.conversation == conversation && (self.pending(&held.row) || waits(&held.row.cmid))
        });
        if !unsent {
            let id = self.new_id();
            self.conversations[at].resolve = Some(Waiting { id, at: self.now });
            self.say(&Command::Resolve { id, conversation });
        }
    }

    fn mark_interval(&self) -> Duration {
        let followed = self.conversations.iter().filter(|c| c.watch).count();
        MARK_INTERVAL.saturating_mul(1 + (followed / MARKED_MAX) as u32)
    }

    fn pump_marks(&mut self, at: usize, interval: Duration) {
        let c = &self.conversations[at];
        if let Some((received, read)) = self.mark_wanted(c)
            && self.now >= c.told_at.plus(interval)
        {
            let conversation = c.id;
            let now = self.now;
            let c = &mut self.conversations[at];
            c.told = (received, read);
            c.told_at = now;
            self.say(&Command::Mark { conversation, received, read });
        }
    }

    /// What the server has yet to be told of received and read.
    fn mark_wanted(&self, c: &Conversation) -> Option<(Seq, Seq)> {
        if !c.synced || !c.watch {
            return None;
        }
        let read = c.read.max(c.told.1);
        let received = c.last_from_others(self.side).max(c.told.0).max(read);
        ((received, read) != c.told).then_some((received, read))
    }
}
