//! What a node does by itself: mail that is owed is tried, and what was put aside comes back when its time has come.
//! As `mail` and `application::snoozes` do it, with shorter times.

use deskbell_server::store::Fault;
use deskbell_server::store::mail::{MailId, Outcome};
use deskbell_shared::model::UnixMillis;

use super::super::double::Double;
use super::super::store::{Job, Write, Written, noted_mail};
use super::super::world::{Event, World};
use crate::history::{Id, What};

/// While the visitor is there, the mail is looked at again after this.
const PRESENT_WAIT_MS: i64 = 2_000;
/// Tries until a mail is given up.
const TRIES_MAX: u32 = 4;
/// The wait after the first try in vain; it doubles.
const RETRY_FIRST_MS: i64 = 1_000;

/// The worker of a node: one mail at a time.
#[derive(Default)]
pub struct Post {
    /// The number of the write it waits for.
    asked: Option<u64>,
    carries: bool,
}

impl World {
    pub(super) fn do_chores(&mut self) {
        let at = self.server_now();
        let due = |until: Option<UnixMillis>| until.is_some_and(|until| until <= at);
        if self.store.durable.threads.values().any(|thread| due(thread.snoozed_until)) {
            self.asked += 1;
            let number = self.asked;
            self.submit(number, Write::WakeDue(at));
        }
        self.look_for_mail(at);
    }

    fn look_for_mail(&mut self, at: UnixMillis) {
        let Some(node) = &self.node else { return };
        if node.post.carries || node.post.asked.is_some() {
            return;
        }
        let mails = self.store.durable.books.mails.iter().filter(|(_, mail)| mail.is_due(at));
        let Some((id, mail)) = mails.min_by_key(|(id, mail)| (mail.due_at, **id)) else { return };
        let id = *id;
        let write = match mail.tries == 0 && node.hub.visitor_online(mail.visitor) {
            true => Write::PutOffMail(id, UnixMillis(at.0 + PRESENT_WAIT_MS)),
            false => Write::LeaseMail(id, at),
        };
        self.ask_for_mail(write);
    }

    fn ask_for_mail(&mut self, write: Write) {
        self.asked += 1;
        let number = self.asked;
        if let Some(node) = &mut self.node {
            node.post.asked = Some(number);
        }
        self.submit(number, write);
    }

    /// Whether a write was the worker's; then its answer is.
    pub(super) fn mail_answered(&mut self, number: u64, written: &Result<Written, Fault>) -> bool {
        let Some(node) = &mut self.node else { return false };
        if node.post.asked != Some(number) {
            return false;
        }
        node.post.asked = None;
        if let Ok(Written::Mail(Some(job))) = written {
            node.post.carries = true;
            let life = node.life;
            let wait = self.random.between(20, 2_500);
            self.later(wait, Event::Carried { life, job: job.clone() });
        }
        true
    }

    /// The mail server has answered, or has not.
    pub fn carried(&mut self, job: Job) {
        let at = self.server_now();
        let Some(node) = &mut self.node else { return };
        node.post.carries = false;
        let Job { id, tries, cause } = job;
        let later = || {
            let wait = RETRY_FIRST_MS << tries.min(8);
            Outcome::Later { due_at: UnixMillis(at.0 + wait), why: "not now".into() }
        };
        let (taken, mut outcome) = match self.random.below(20) {
            0..10 => (true, Outcome::Sent),
            10..13 => (true, later()),
            13..18 => (false, later()),
            _ => (false, Outcome::GivenUp { why: "no such box".into() }),
        };
        if tries >= TRIES_MAX && matches!(outcome, Outcome::Later { .. }) {
            outcome = Outcome::GivenUp { why: "tried often enough".into() };
        }
        if taken {
            self.note(What::Delivered { id: self.came_as(id, tries), cause, given_up: false });
        }
        self.ask_for_mail(Write::SettleMail { id, tries, at, outcome });
    }

    fn came_as(&self, id: MailId, tries: u32) -> Id {
        let id = noted_mail(id);
        match self.double {
            Some(Double::NamesMailAnew) => Id(id.0.wrapping_add(u128::from(tries))),
            _ => id,
        }
    }
}
