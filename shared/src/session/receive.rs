//! What the server says, and what follows from it here. What is to be said next is decided in `pump`.

use super::conversation::{Conversation, Place, Typist, Waiting};
use super::effect::{Answer, Changed, Effect};
use super::outbox::OutboxRow;
use super::state::Event;
use super::{Session, State};
use crate::codec::{Wire, parse, peek_tag};
use crate::model::conversation::ConversationView;
use crate::model::id::{ConversationId, Epoch};
use crate::model::message::{Entry, Side};
use crate::model::time::UnixMillis;
use crate::protocol::frame::{Frame, Me};
use crate::protocol::limits::TYPING_LIFETIME;
use crate::protocol::refusal::RefusalCode;
use crate::protocol::{VERSION, VERSION_MIN};
use core::time::Duration;

/// The wait before something refused "for now" is tried again, where the server names none.
pub const RETRY_DEFAULT: Duration = Duration::from_secs(2);
/// The wait after an answer that brought nothing new: whatever the reason, it is not asked for again at once.
pub const FRUITLESS_PAUSE: Duration = Duration::from_secs(2);

/// A refusal as the frame gives it.
pub(super) struct Refusal {
    pub code: RefusalCode,
    pub conversation: Option<ConversationId>,
    pub retry_after_ms: Option<u32>,
}

impl Session {
    pub(super) fn receive(&mut self, text: &str) {
        if !matches!(self.state, State::Greeting { .. } | State::Live { .. }) {
            return;
        }
        self.heard_at = self.now;
        let Ok(json) = parse(text) else { return self.transition(Event::Broken) };
        if !peek_tag(&json, "frame").is_some_and(|tag| Frame::TAGS.contains(&tag)) {
            // A frame for the layer above, or of a newer server: not ours to judge.
            self.effects.push_back(Effect::Unhandled(json));
            return;
        }
        match Frame::read(json) {
            Ok(frame) => self.take_frame(frame),
            Err(_) => self.transition(Event::Broken),
        }
    }

    fn take_frame(&mut self, frame: Frame) {
        let live = self.is_live();
        match frame {
            Frame::Welcome { version, epoch, now, me, conversations, last_messages, told, service }
                if !live =>
            {
                if !(VERSION_MIN..=VERSION).contains(&version) {
                    return self.transition(Event::Unspoken);
                }
                self.hear_clock(now);
                self.take_me(me);
                self.take_epoch(epoch);
                self.last_messages = last_messages.unwrap_or_default();
                self.told = told;
                self.take_list(conversations);
                self.open_for_pending();
                self.service = service;
                self.services.clear();
                self.changed(Changed::Service);
                self.transition(Event::Welcomed);
                // The tab that sends may never have heard of what waits here: its page may have loaded before this
                // was stored, by one that was gone when it was; or it came in memory, or by a restore.
                self.tell_tabs();
                self.save_next();
            }
            Frame::Goodbye { reconnect_within_ms } => {
                self.transition(Event::Goodbye { within_ms: reconnect_within_ms });
            }
            Frame::Refused { id, code, conversation, retry_after_ms, message: _ } => {
                let refusal = Refusal { code, conversation, retry_after_ms };
                match id {
                    Some(id) => self.refused_command(id, refusal),
                    None if live => self.refused_resume(refusal),
                    // The hello itself: the close frame that follows says what to do.
                    None => {}
                }
            }
            // Nothing else may come before the welcome.
            _ if !live => self.transition(Event::Broken),
            Frame::Welcome { .. } => self.transition(Event::Broken),
            Frame::Acked { id, conversation, epoch, acks, refused } => {
                if self.same_lineage(epoch) {
                    self.acked(id, conversation, epoch, acks, refused);
                }
            }
            Frame::Done { id } => self.done(id),
            Frame::Page { id, conversation, rows } => {
                if self.same_lineage(conversation.epoch) {
                    self.page(id.unwrap_or(0), conversation, rows);
                }
            }
            Frame::Entry { conversation, epoch, entry } => {
                if self.same_lineage(epoch) {
                    self.entry(conversation, epoch, entry);
                }
            }
            Frame::Cursor { conversation, epoch, marks } => {
                if self.same_lineage(epoch)
                    && let Some(c) = self.find(conversation)
                {
                    c.take_marks(&marks);
                    self.changed(Changed::Conversation(conversation));
                    self.cache(conversation);
                }
            }
            Frame::Typing { conversation, agent, on } => {
                let until = self.now.plus(TYPING_LIFETIME);
                if let Some(c) = self.find(conversation) {
                    c.typists
                        .retain(|typist| typist.agent.as_ref().map(|a| a.id) != agent.as_ref().map(|a| a.id));
                    if on {
                        c.typists.push(Typist { agent, until });
                    }
                    self.changed(Changed::Typing(conversation));
                }
            }
            Frame::Erased { conversation, epoch } => {
                if self.same_lineage(epoch)
                    && let Some(c) = self.find(conversation)
                {
                    c.reset();
                    c.founded = true;
                    self.last_messages.retain(|its| its.conversation != conversation);
                    self.effects.push_back(Effect::ForgetCache(conversation));
                    self.changed(Changed::Conversation(conversation));
                }
            }
            Frame::ServiceChanged { service, inbox } => {
                match inbox {
                    None => self.service = Some(service),
                    Some(inbox) => {
                        self.services.retain(|(its, _)| *its != inbox);
                        self.services.push((inbox, service));
                    }
                }
                self.changed(Changed::Service);
            }
            Frame::Queue { conversation, position, wait, why } => {
                let waits = |c: &&mut Conversation| c.view().is_none_or(|view| view.assignee.is_none());
                if let Some(c) = self.find(conversation).filter(waits) {
                    c.place = Some(Place { position, wait, why });
                    self.changed(Changed::Conversation(conversation));
                }
            }
            Frame::AgentPresence { conversation, agent, online } => {
                let has = |c: &&mut Conversation| c.view().is_some_and(|view| view.is_with(agent));
                if let Some(c) = self.find(conversation).filter(has) {
                    c.agent_lost = !online;
                    self.changed(Changed::Conversation(conversation));
                }
            }
            Frame::Beat { now } => {
                self.hear_clock(now);
                // A wait that is shown runs down.
                let waits = |c: &&Conversation| c.place().is_some_and(|place| place.wait.is_some());
                if let Some(id) = self.conversations.iter().find(waits).map(|c| c.id) {
                    self.changed(Changed::Conversation(id));
                }
            }
        }
    }

    fn hear_clock(&mut self, server: UnixMillis) {
        self.clock_ahead_ms = server.0.saturating_sub(self.now.0);
    }

    /// Within one connection the lineage cannot change; if it seems to, the connection is begun anew.
    fn same_lineage(&mut self, epoch: Epoch) -> bool {
        let same = self.epoch == Some(epoch);
        if !same {
            self.transition(Event::Broken);
        }
        same
    }

    /// Who we are. Somebody else than before sees nothing of what was read before.
    fn take_me(&mut self, me: Me) {
        let same = match (&self.me, &me) {
            (None, _) => true,
            (Some(Me::Visitor { id: old }), Me::Visitor { id }) => old == id,
            (Some(Me::Agent { id: old, .. }), Me::Agent { id, .. }) => old == id,
            _ => false,
        };
        if !same {
            let staff = self.side == Side::Staff;
            for at in 0..self.conversations.len() {
                let c = &mut self.conversations[at];
                c.reset();
                c.founded = staff;
                let id = c.id;
                self.effects.push_back(Effect::ForgetCache(id));
                self.changed(Changed::Conversation(id));
            }
        }
        self.me = Some(me);
    }

    /// A visitor's own conversations, newest first.
    fn take_list(&mut self, views: Vec<ConversationView>) {
        if self.side == Side::Staff {
            return;
        }
        for view in views.into_iter().rev() {
            let id = view.id;
            self.ensure(id);
            if let Some(at) = self.conversations.iter().position(|c| c.id == id) {
                let mut c = self.conversations.remove(at);
                c.founded = true;
                c.refused = None;
                c.take_view(view);
                self.conversations.insert(0, c);
            }
            self.changed(Changed::Conversation(id));
        }
        // What the server does not know and nobody wrote in is gone (another person, another lineage).
        let mut known = core::mem::take(&mut self.conversations);
        known.retain(|c| {
            let waits = |row: &OutboxRow| row.acked.is_none() || self.pending(row);
            c.founded || self.outbox.rows.iter().any(|h| h.row.conversation == c.id && waits(&h.row))
        });
        // What waits here in a conversation the server does not have is the newest of all.
        let (founded, waiting): (Vec<_>, Vec<_>) = known.into_iter().partition(|c| c.founded);
        self.conversations = waiting;
        self.conversations.extend(founded);
        self.changed(Changed::Conversations);
    }

    /// What has to be offered again after a restore needs the conversation it was written in, unless another tab has
    /// offered it already and its row is here.
    fn open_for_pending(&mut self) {
        let visitor = self.side == Side::Visitor;
        for at in 0..self.outbox.rows.len() {
            let cmid = self.outbox.rows[at].row.cmid;
            if self.pending(&self.outbox.rows[at].row) {
                self.find_receipt(cmid);
            }
            let row = &self.outbox.rows[at].row;
            if self.pending(row) {
                let id = row.conversation;
                self.ensure(id).watch |= visitor;
            }
        }
    }

    fn done(&mut self, id: u32) {
        if let Some(at) = self.conversations.iter().position(|c| asks(c.resolve, id)) {
            let c = &mut self.conversations[at];
            c.resolve = None;
            c.resolve_wanted = false;
            let id = c.id;
            self.changed(Changed::Conversation(id));
        } else {
            self.answered(id, Answer::Done);
        }
    }

    fn answered(&mut self, id: u32, answer: Answer) {
        if let Some(at) = self.asked.iter().position(|asked| *asked == id) {
            self.asked.remove(at);
            self.effects.push_back(Effect::Answered { id, answer });
        }
    }

    fn refused_command(&mut self, id: u32, refusal: Refusal) {
        let Refusal { code, retry_after_ms, .. } = refusal;
        let until = self.now.plus(retry_wait(retry_after_ms));
        let asked = self.conversations.iter().position(|c| {
            [c.batch, c.reading, c.older, c.resolve].into_iter().any(|waiting| asks(waiting, id))
        });
        let Some(at) = asked else {
            return self.answered(id, Answer::Refused { code, retry_after_ms });
        };
        let c = &mut self.conversations[at];
        let conversation = c.id;
        if asks(c.batch, id) {
            c.batch = None;
            let sent = core::mem::take(&mut c.sending);
            return self.refused_batch(conversation, sent, refusal);
        }
        if asks(c.reading, id) {
            c.reading = None;
            if code.retries() || code == RefusalCode::SignedOut {
                c.read_not_before = until;
            } else {
                c.watch = false;
                c.refused = Some(code);
            }
        } else if asks(c.older, id) {
            c.older = None;
            c.older_wanted = false;
        } else {
            c.resolve = None;
            c.resolve_wanted = code.retries();
            c.send_not_before = until;
            if code == RefusalCode::OutcomeNeeded {
                // Whoever resolves has to be asked something first: they hear of it as of a command of their own.
                self.effects
                    .push_back(Effect::Answered { id, answer: Answer::Refused { code, retry_after_ms } });
            }
        }
        self.changed(Changed::Conversation(conversation));
    }

    /// A conversation named in the hello, or one that is followed, is not ours to see (any more).
    fn refused_resume(&mut self, refusal: Refusal) {
        let Some(conversation) = refusal.conversation else { return };
        if let Some(c) = self.find(conversation)
            && (asks(c.reading, 0) || c.synced)
        {
            c.reading.take_if(|reading| reading.id == 0);
            // One that the server is yet to be told of: after a restore it does not know what it once had.
            if refusal.code.retries() || !c.founded {
                return;
            }
            c.watch = false;
            c.synced = false;
            c.refused = Some(refusal.code);
            self.effects.push_back(Effect::ForgetCache(conversation));
            self.changed(Changed::Conversation(conversation));
            self.changed(Changed::Conversations);
        }
    }

    fn page(&mut self, id: u32, view: ConversationView, rows: Vec<Entry>) {
        let (side, now, epoch, conversation) = (self.side, self.now, view.epoch, view.id);
        let Some(c) = self.find(conversation) else { return };
        let (reading, older) = (asks(c.reading, id), asks(c.older, id));
        // What was asked for before rows were erased, or before another lineage, is no answer any more.
        if !reading && !older {
            return;
        }
        let receipts = self.receipts(&rows);
        self.forget_erased(&rows);
        let Some(c) = self.find(conversation) else { return };
        c.founded = true;
        let head = view.head;
        let news = c.run.page(rows);
        c.take_view(view);
        if reading {
            c.reading = None;
            c.synced = true;
            c.told = super::conversation::mark_of(c.view(), side);
            // The snapshot says how far there is to go; what other frames had hinted at is settled by it.
            c.head = c.run.furthest().max(head);
            if !news {
                c.read_not_before = now.plus(FRUITLESS_PAUSE);
            }
        }
        if older {
            c.older = None;
            c.older_wanted = false;
        }
        for (cmid, seq) in receipts {
            self.store_receipt(cmid, conversation, epoch, seq);
        }
        self.changed(Changed::Conversation(conversation));
        self.cache(conversation);
    }

    fn entry(&mut self, conversation: ConversationId, epoch: Epoch, entry: Entry) {
        let receipts = self.receipts(core::slice::from_ref(&entry));
        let Some(c) = self.find(conversation).filter(|c| c.watch) else { return };
        c.founded = true;
        c.epoch = Some(epoch);
        c.head = c.head.max(entry.seq);
        let stopped = c.stopped_typing(&entry.author);
        let last = c.run.last();
        c.run.push(entry);
        c.fold();
        if c.run.last() == last && c.run.furthest() > last {
            // A hole: it is asked for at once.
            c.read_not_before = UnixMillis(0);
        }
        for (cmid, seq) in receipts {
            self.store_receipt(cmid, conversation, epoch, seq);
        }
        if stopped {
            self.changed(Changed::Typing(conversation));
        }
        self.changed(Changed::Conversation(conversation));
        self.cache(conversation);
    }
}

fn asks(waiting: Option<Waiting>, id: u32) -> bool {
    waiting.is_some_and(|waiting| waiting.id == id)
}

pub(super) fn retry_wait(retry_after_ms: Option<u32>) -> Duration {
    retry_after_ms.map_or(RETRY_DEFAULT, |ms| Duration::from_millis(u64::from(ms)))
}
