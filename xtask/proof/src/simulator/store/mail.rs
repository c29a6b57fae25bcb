//! Mail that is owed: rows of the transaction of the message they are owed for, leased, tried, settled. The contract
//! of `MailStore`, in the model's own words and with shorter times.

use std::rc::Rc;

use deskbell_server::store::conversations::{Changed, Row};
use deskbell_server::store::mail::{LeaveAddress, MailId, Outcome};
use deskbell_server::store::{Fault, Refusal, Scope};
use deskbell_shared::model::{Author, ConversationId, EntryBody, UnixMillis, VisitorId};
use deskbell_shared::protocol::RefusalCode;

use super::{Double, Store, Thread, unchanged};
use crate::history::{Id, What, digest};

/// How long a mail gathers what an agent writes.
const GATHER_MS: i64 = 3_000;
/// How long a worker has a mail.
pub const LEASE_MS: i64 = 8_000;

#[derive(Clone, Debug)]
pub struct Mail {
    pub conversation: ConversationId,
    pub visitor: VisitorId,
    first_seq: u64,
    upto_seq: Option<u64>,
    pub due_at: UnixMillis,
    leased_until: UnixMillis,
    pub tries: u32,
    pub done: bool,
    /// What it is owed for, in the words of the history.
    pub cause: Id,
}

/// A mail that may be tried.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: MailId,
    pub tries: u32,
    pub cause: Id,
}

impl Mail {
    pub fn is_due(&self, at: UnixMillis) -> bool {
        !self.done && self.due_at <= at && self.leased_until <= at
    }
}

/// The id of a mail in the history.
pub fn noted(id: MailId) -> Id {
    Id(u128::from_be_bytes(id.0))
}

impl Store {
    pub(super) fn leave_address(&mut self, leave: LeaveAddress) -> Result<Changed, Fault> {
        let mut thread = self.reach(leave.conversation, Scope::Visitor(leave.visitor))?;
        if thread.address.as_deref() == Some(&leave.address) {
            return Ok(unchanged(&thread));
        }
        let from = thread.rows.len();
        let inner = Rc::make_mut(&mut thread);
        inner.address = Some(leave.address.clone());
        inner.add(None, leave.at, Author::Visitor {}, EntryBody::AddressLeft { address: leave.address });
        Ok(self.put(thread, from))
    }

    /// Owes what agents have just written.
    pub(super) fn owe(&mut self, changed: &Changed) {
        let answers = |row: &&Row| {
            matches!((&row.author, &row.body), (Author::Agent { .. }, EntryBody::Message { .. }))
        };
        let Some(row) = changed.rows.iter().find(answers) else { return };
        let conversation = changed.conversation;
        let has_address = self.working.threads.get(&conversation).is_some_and(|t| t.address.is_some());
        let gathers =
            |mail: &Mail| mail.conversation == conversation && !mail.done && mail.upto_seq.is_none();
        if !has_address || self.working.books.mails.values().any(gathers) {
            return;
        }
        let id = MailId::of(conversation, row.seq.0);
        // The same place of another lineage is owed something else.
        let cause = format!("{} {conversation} {}", self.working.epoch, row.seq.0);
        let mail = Mail {
            conversation,
            visitor: changed.visitor,
            first_seq: row.seq.0,
            upto_seq: None,
            due_at: UnixMillis(row.at.0 + GATHER_MS),
            leased_until: UnixMillis(0),
            tries: 0,
            done: false,
            cause: Id(u128::from(digest(&cause))),
        };
        self.notes.push(What::Owed { cause: mail.cause, id: noted(id) });
        self.books().mails.insert(id, mail);
    }

    pub(super) fn put_off_mail(&mut self, id: MailId, due_at: UnixMillis) {
        if let Some(mail) = self.books().mails.get_mut(&id).filter(|mail| !mail.done && mail.tries == 0) {
            mail.due_at = due_at;
        }
    }

    pub(super) fn lease_mail(&mut self, id: MailId, at: UnixMillis) -> Option<Job> {
        let mail = self.working.books.mails.get(&id).filter(|mail| mail.is_due(at))?.clone();
        let thread = self.working.threads.get(&mail.conversation)?.clone();
        let upto = mail.upto_seq.unwrap_or(thread.head().0);
        let answer = |row: &&Rc<Row>| {
            let says = matches!((&row.author, &row.body), (Author::Agent { .. }, EntryBody::Message { .. }));
            says && (mail.first_seq..=upto).contains(&row.seq.0)
        };
        let last = thread.rows.iter().rev().find(answer);
        let wanted = last.is_some_and(|row| row.seq > thread.marks.visitor_read) && thread.address.is_some();
        // The broken worker has it done before it has begun.
        let done = !wanted || self.double == Some(Double::SettlesMailFirst);
        let cause = mail.cause;
        if !wanted {
            self.notes.push(What::Needless { id: noted(id), cause });
        }
        let mail = self.books().mails.get_mut(&id)?;
        mail.done = done;
        if !wanted {
            return None;
        }
        mail.tries += 1;
        mail.upto_seq = Some(upto);
        mail.leased_until = UnixMillis(at.0 + LEASE_MS);
        Some(Job { id, tries: mail.tries, cause })
    }

    pub(super) fn settle_mail(
        &mut self,
        id: MailId,
        tries: u32,
        at: UnixMillis,
        outcome: Outcome,
    ) -> Option<Changed> {
        let mail = self.books().mails.get_mut(&id).filter(|mail| !mail.done && mail.tries == tries)?;
        mail.leased_until = UnixMillis(0);
        let failed = match outcome {
            Outcome::Later { due_at, .. } => {
                mail.due_at = due_at;
                return None;
            }
            Outcome::Sent => None,
            Outcome::GivenUp { .. } => Some(true),
        };
        mail.done = true;
        let (conversation, cause) = (mail.conversation, mail.cause);
        if failed.is_some() {
            self.notes.push(What::Delivered { id: noted(id), cause, given_up: true });
        }
        let mut thread = self.working.threads.get(&conversation)?.clone();
        let from = thread.rows.len();
        let address = thread.address.clone().unwrap_or_default();
        let body = EntryBody::Mailed { address, by_hand: false, failed };
        Rc::make_mut(&mut thread).add(None, at, Author::System {}, body);
        Some(self.put(thread, from))
    }

    /// Erases what was said to, by and about a visitor.
    pub(super) fn erase(&mut self, visitor: VisitorId, at: UnixMillis) -> Vec<Changed> {
        let own = self.working.threads.values().filter(|thread| thread.visitor == visitor);
        let own: Vec<Rc<Thread>> = own.cloned().collect();
        let mut changed = Vec::new();
        for mut thread in own {
            self.notes.push(What::Forgotten { conversation: Id(thread.id.0) });
            let from = thread.rows.len();
            Rc::make_mut(&mut thread).erase(at);
            changed.push(self.put_all(thread, from));
        }
        let books = self.books();
        books.forgotten.insert(visitor);
        books.files.retain(|_, (owner, _)| {
            *owner != deskbell_server::store::conversations::Writer::Visitor(visitor)
        });
        changed
    }
}

/// Nothing is to be done in a conversation that is not theirs.
pub fn no(code: RefusalCode) -> Fault {
    Fault::Refused(Refusal::because(code))
}
