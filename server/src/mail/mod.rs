//! Answers by e-mail: takes the mails that the store owes, one lease at a time, and gives them to a mail server. What is
//! owed and how often is the store's (`store::mail`); here is when to try, what to say, and what a refusal means.
//!
//! | state of a mail | means | goes on |
//! |---|---|---|
//! | gathering | an agent wrote, nothing was tried | due: leased; while the visitor is there: put off |
//! | leased | one worker tries, under one id | sent, later, given up; the lease ends: due again |
//! | sent | the mail server took it | the end, with a `mailed` row |
//! | needless | read in the chat, or nobody to send to | the end |
//! | given up | refused for good, or tried long enough | the end, with a `mailed` row that says so |

#[cfg(test)]
pub mod desk_of_mail;
mod letter;
mod smtp;
mod stop;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lettre::Message;

pub use smtp::Smtp;
pub use stop::MailStops;

use crate::application::Application;
use crate::store::mail::{DueMail, MailBounds, MailJob, MailLease, Outcome};
use crate::store::{Fault, Stored};
use letter::{Sender, letter};

/// Mails to one address within a day: more is no conversation.
pub const PER_ADDRESS_A_DAY_MAX: u32 = 20;
/// Mails to one visitor within a day, whatever addresses they leave.
pub const PER_VISITOR_A_DAY_MAX: u32 = 20;
/// Mails from one inbox within a day.
pub const PER_INBOX_A_DAY_MAX: u32 = 2_000;
/// How long one try may take: several round trips to a slow mail server.
pub const TRY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a worker has a mail; longer than a try.
pub const LEASE: Duration = Duration::from_secs(120);
/// The first wait after a try in vain; it doubles.
pub const RETRY_FIRST: Duration = Duration::from_secs(60);
/// The longest wait between two tries.
pub const RETRY_MAX: Duration = Duration::from_secs(4 * 3600);
/// Tries until a mail is given up: about two days.
pub const TRIES_MAX: u32 = 18;
/// While the visitor is there, the mail is looked at again after this.
pub const PRESENT_WAIT: Duration = Duration::from_secs(5);
/// How often the store is asked for owed mail: one look into an index.
pub const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// Mails taken in one look.
pub const LOOK_MAILS_MAX: usize = 50;

/// Why a mail server did not take a mail. Says nothing of what was in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It may another time.
    Later(String),
    /// It never will.
    Never(String),
}

/// Whoever takes a mail out of our hands.
#[async_trait]
pub trait Carrier: Send + Sync + 'static {
    /// Returns once the other side has taken responsibility for it.
    async fn carry(&self, letter: Message) -> Result<(), Trouble>;
}

/// The worker. There is one a node.
pub struct Post {
    /// Where what is owed is kept, and who is there.
    pub app: Arc<Application>,
    /// Whom mails are given to.
    pub carrier: Box<dyn Carrier>,
    /// The address they come from.
    pub from: String,
    /// The origin of the server, for links.
    pub base: String,
    /// Its host, for Message-IDs.
    pub host: String,
    /// Signs the links that stop mail.
    pub stops: MailStops,
}

impl Post {
    /// Works until the process ends.
    pub async fn work(self) {
        loop {
            if let Err(fault) = self.round().await {
                tracing::warn!(%fault, "could not see to the mail that is owed");
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    /// Tries everything that is due, one after the other.
    pub async fn round(&self) -> Stored<()> {
        for due in self.app.store.due_mails(self.app.now(), LOOK_MAILS_MAX).await? {
            self.see_to(due).await?;
        }
        Ok(())
    }

    async fn see_to(&self, due: DueMail) -> Stored<()> {
        let at = self.app.now();
        if due.tries == 0 && self.app.hub.visitor_online(due.visitor) {
            return self.app.store.put_off_mail(due.id, at.plus(PRESENT_WAIT)).await;
        }
        let bounds = MailBounds {
            address: PER_ADDRESS_A_DAY_MAX,
            visitor: PER_VISITOR_A_DAY_MAX,
            inbox: PER_INBOX_A_DAY_MAX,
        };
        let lease = MailLease { at, until: at.plus(LEASE), bounds };
        let Some(job) = self.app.store.lease_mail(due.id, lease).await? else { return Ok(()) };
        let outcome = self.outcome(&job).await;
        tracing::info!(mail = job.id.hex(), conversation = %job.conversation, try_no = job.tries, ?outcome, "mail");
        match self.app.log.settle_mail(job.id, job.tries, self.app.now(), outcome).await {
            // Sent and not noted: it is sent again under the same id, which receivers know.
            Err(fault @ Fault::Unavailable(_)) => {
                tracing::warn!(%fault, "what became of a mail could not be noted");
                Ok(())
            }
            done => done,
        }
    }

    async fn outcome(&self, job: &MailJob) -> Outcome {
        let stop = format!("{}/mail/stop/{}", self.base, self.stops.sealed(job.id));
        let sender = Sender { from: &self.from, host: &self.host, stop: &stop };
        let tried = match letter(job, &sender) {
            Ok(letter) => match tokio::time::timeout(TRY_TIMEOUT, self.carrier.carry(letter)).await {
                Ok(tried) => tried,
                Err(_) => Err(Trouble::Later("no answer in time".to_owned())),
            },
            Err(why) => Err(Trouble::Never(why)),
        };
        match tried {
            Ok(()) => Outcome::Sent,
            Err(Trouble::Later(why)) if job.tries < TRIES_MAX => {
                Outcome::Later { due_at: self.app.now().plus(wait_after(job.tries)), why }
            }
            Err(Trouble::Later(why) | Trouble::Never(why)) => Outcome::GivenUp { why },
        }
    }
}

fn wait_after(tries: u32) -> Duration {
    RETRY_FIRST.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(RETRY_MAX)
}

#[cfg(test)]
mod tests;
