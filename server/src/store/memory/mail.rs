//! The contract about addresses and mail, in memory.

use std::time::Duration;

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, ConversationId, EntryBody, Right, UnixMillis};
use deskbell_shared::protocol::RefusalCode;

use super::threads::{By, Line, Thread};
use super::{MemoryStore, State, refuse};
use crate::store::conversations::Changed;
use crate::store::mail::{
    ADDRESSES_MAX, BOUND_WAIT, BOUND_WINDOW, DueMail, LeaveAddress, MailId, MailJob, MailKey, MailLease,
    MailMessage, MailStore, Outcome,
};
use crate::store::{Scope, Stored, with_choices};

/// A mail as the double keeps it.
#[derive(Clone)]
pub struct Mail {
    id: MailId,
    conversation: ConversationId,
    /// `None` while it is owed.
    sent: Option<(bool, UnixMillis)>,
    first_seq: u64,
    upto_seq: Option<u64>,
    address: Option<String>,
    made_at: UnixMillis,
    due_at: UnixMillis,
    tries: u32,
    leased_until: UnixMillis,
}

impl Mail {
    fn is_due(&self, at: UnixMillis) -> bool {
        self.sent.is_none() && self.due_at <= at && self.leased_until <= at
    }

    fn sent_after(&self, at: UnixMillis) -> bool {
        matches!(self.sent, Some((true, done_at)) if done_at > at)
    }
}

#[async_trait]
impl MailStore for MemoryStore {
    fn owe_mail(&self, gather: Option<Duration>) {
        self.lock().gather = gather;
    }

    async fn key_addresses(&self, _: MailKey) -> Stored<()> {
        // The double has no digests.
        Ok(())
    }

    async fn leave_address(&self, leave: LeaveAddress) -> Stored<Changed> {
        let state = &mut *self.lock();
        let mut thread = state.reach_to_act(leave.conversation, Scope::Visitor(leave.visitor))?;
        let head = thread.head();
        if thread.address.as_deref() != Some(&leave.address) {
            let left = thread.lines.iter().filter(|line| matches!(line.what, EntryBody::AddressLeft { .. }));
            if left.count() >= ADDRESSES_MAX as usize {
                return refuse(RefusalCode::TooLong);
            }
            thread.address = Some(leave.address.clone());
            let what = EntryBody::AddressLeft { address: leave.address };
            thread.lines.push(Line { at: leave.at, by: By::Visitor, what });
            state.put(&mut thread);
        }
        Ok(thread.changed(state, head, None))
    }

    async fn note_mailed(
        &self,
        conversation: ConversationId,
        agent: AgentId,
        at: UnixMillis,
    ) -> Stored<Changed> {
        let state = &mut *self.lock();
        let thread = state.reach_who_may(conversation, agent, Right::Answer)?;
        let Some(address) = thread.address.clone() else {
            return refuse(RefusalCode::NotAllowed);
        };
        let what = EntryBody::Mailed { address, by_hand: true, failed: None };
        Ok(state.note(thread, Line { at, by: By::Agent(agent), what }))
    }

    async fn due_mails(&self, at: UnixMillis, count_max: usize) -> Stored<Vec<DueMail>> {
        let state = &*self.lock();
        let mut due: Vec<&Mail> = state.mails.iter().filter(|mail| mail.is_due(at)).collect();
        due.sort_by_key(|mail| (mail.due_at, mail.id));
        let shown = |mail: &&Mail| {
            let visitor = state.threads.iter().find(|thread| thread.id == mail.conversation)?.visitor;
            Some(DueMail { id: mail.id, visitor, made_at: mail.made_at, tries: mail.tries })
        };
        Ok(due.iter().filter_map(shown).take(count_max).collect())
    }

    async fn next_mail_at(&self) -> Stored<Option<UnixMillis>> {
        let state = &*self.lock();
        let owed = state.mails.iter().filter(|mail| mail.sent.is_none());
        Ok(owed.map(|mail| mail.due_at.max(mail.leased_until)).min())
    }

    async fn put_off_mail(&self, id: MailId, due_at: UnixMillis) -> Stored<()> {
        for mail in self.lock().mails.iter_mut().filter(|mail| mail.id == id && mail.sent.is_none()) {
            if mail.tries == 0 {
                mail.due_at = due_at;
            }
        }
        Ok(())
    }

    async fn lease_mail(&self, id: MailId, lease: MailLease) -> Stored<Option<MailJob>> {
        let state = &mut *self.lock();
        let Some(at) = state.mails.iter().position(|mail| mail.id == id && mail.is_due(lease.at)) else {
            return Ok(None);
        };
        let mut mail = state.mails[at].clone();
        let Some(thread) = state.threads.iter().find(|thread| thread.id == mail.conversation) else {
            return Ok(None);
        };
        let upto = mail.upto_seq.unwrap_or(thread.head().0);
        let messages = state.answers(thread, mail.first_seq, upto);
        let address = mail.address.clone().or(thread.address.clone());
        let is_unread = messages.last().is_some_and(|(seq, _)| *seq > thread.marks.visitor_read.0);
        let wanted =
            address.filter(|address| is_unread && !state.mail_stops.contains(&address.to_lowercase()));
        let Some(address) = wanted else {
            mail.sent = Some((false, lease.at));
            state.mails[at] = mail;
            return Ok(None);
        };
        let since = lease.at.minus(BOUND_WINDOW);
        let count = |of: &dyn Fn(&Mail, &Thread) -> bool| {
            let own = |mail: &&Mail| {
                let thread = state.threads.iter().find(|thread| thread.id == mail.conversation);
                mail.sent_after(since) && thread.is_some_and(|thread| of(mail, thread))
            };
            state.mails.iter().filter(own).count() as u32
        };
        let to = count(&|mail, _| {
            mail.address.as_ref().is_some_and(|to| to.to_lowercase() == address.to_lowercase())
        });
        let of = count(&|_, other| other.visitor == thread.visitor);
        let from = count(&|_, other| other.inbox == thread.inbox);
        if to >= lease.bounds.address || of >= lease.bounds.visitor || from >= lease.bounds.inbox {
            mail.due_at = lease.at.plus(BOUND_WAIT);
            state.mails[at] = mail;
            return Ok(None);
        }
        mail.tries += 1;
        mail.upto_seq = Some(upto);
        mail.address = Some(address.clone());
        mail.leased_until = lease.until;
        let site = state.sites.iter().find(|site| site.id == thread.site);
        let visitor = state.visitors.iter().find(|(_, visitor)| visitor.id == thread.visitor);
        let job = MailJob {
            id,
            tries: mail.tries,
            made_at: mail.made_at,
            conversation: thread.id,
            inbox: thread.inbox,
            site: thread.site,
            site_name: site.map_or_else(String::new, |site| site.looks.name.clone()),
            origins: site.map_or_else(Vec::new, |site| site.origins.clone()),
            language: visitor.and_then(|(_, visitor)| visitor.language.clone()),
            address,
            messages: messages.into_iter().map(|(_, message)| message).collect(),
        };
        state.mails[at] = mail;
        Ok(Some(job))
    }

    async fn settle_mail(
        &self,
        id: MailId,
        tries: u32,
        at: UnixMillis,
        outcome: Outcome,
    ) -> Stored<Option<Changed>> {
        let state = &mut *self.lock();
        let own = |mail: &&mut Mail| mail.id == id && mail.sent.is_none() && mail.tries == tries;
        let Some(mail) = state.mails.iter_mut().find(own) else { return Ok(None) };
        mail.leased_until = UnixMillis(0);
        let (conversation, address) = (mail.conversation, mail.address.clone());
        let failed = match outcome {
            Outcome::Later { due_at, .. } => {
                mail.due_at = due_at;
                let thread = state.threads.iter().find(|thread| thread.id == conversation);
                return Ok(thread.map(|thread| thread.changed(state, thread.head(), None)));
            }
            Outcome::Sent => None,
            Outcome::GivenUp { .. } => Some(true),
        };
        mail.sent = Some((failed.is_none(), at));
        let Some(address) = address else { return Ok(None) };
        let Some(thread) = state.threads.iter().find(|thread| thread.id == conversation).cloned() else {
            return Ok(None);
        };
        let what = EntryBody::Mailed { address, by_hand: false, failed };
        Ok(Some(state.note(thread, Line { at, by: By::System, what })))
    }

    async fn stop_mail(&self, id: MailId, _: UnixMillis) -> Stored<bool> {
        let state = &mut *self.lock();
        let address = state.mails.iter().find(|mail| mail.id == id).and_then(|mail| mail.address.clone());
        state.mail_stops.extend(address.as_deref().map(str::to_lowercase));
        Ok(address.is_some())
    }
}

impl State {
    /// Nothing more is owed there. Says whether anything was.
    pub(super) fn forget_mail(&mut self, conversation: ConversationId) -> bool {
        let before = self.mails.len();
        self.mails.retain(|mail| mail.conversation != conversation || matches!(mail.sent, Some((true, _))));
        before != self.mails.len()
    }

    /// Owes what agents have just written.
    pub(super) fn owe(&mut self, changed: &Changed) {
        use deskbell_shared::model::Author;
        let Some(gather) = self.gather else { return };
        let conversation = changed.conversation;
        let answer = changed.rows.iter().find(|row| {
            matches!((&row.author, &row.body), (Author::Agent { .. }, EntryBody::Message { .. }))
        });
        let has_address =
            self.threads.iter().any(|thread| thread.id == conversation && thread.address.is_some());
        let gathers =
            |mail: &Mail| mail.conversation == conversation && mail.sent.is_none() && mail.upto_seq.is_none();
        if let (Some(row), true, false) = (answer, has_address, self.mails.iter().any(gathers)) {
            self.mails.push(Mail {
                id: MailId::of(conversation, row.seq.0),
                conversation,
                sent: None,
                first_seq: row.seq.0,
                upto_seq: None,
                address: None,
                made_at: row.at,
                due_at: row.at.plus(gather),
                tries: 0,
                leased_until: UnixMillis(0),
            });
        }
    }

    fn answers(&self, thread: &Thread, first: u64, upto: u64) -> Vec<(u64, MailMessage)> {
        let answer = |(seq, line): (u64, &Line)| match (&line.by, &line.what) {
            (By::Agent(agent), EntryBody::Message { cmid, file, choices, .. })
                if !thread.erased.contains(&(seq as usize - 1)) =>
            {
                let name = file.as_ref().map_or("", |file| &file.name);
                let text = [thread.words(line.by, *cmid), name].join(" ").trim().to_owned();
                let text = with_choices(text, choices.as_deref().unwrap_or_default());
                Some((seq, MailMessage { agent: self.face(*agent).name, text }))
            }
            _ => None,
        };
        let lines = (1..).zip(&thread.lines).filter(|(seq, _)| (first..=upto).contains(seq));
        lines.filter_map(answer).collect()
    }

    fn note(&mut self, mut thread: Thread, line: Line) -> Changed {
        let head = thread.head();
        thread.lines.push(line);
        self.put(&mut thread);
        thread.changed(self, head, None)
    }
}
