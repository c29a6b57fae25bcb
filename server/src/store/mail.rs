//! Addresses that visitors leave, and the mail owed to them: the contract.
//!
//! A mail is a row like any other, made in the transaction of the message it owes (R21). A worker leases it, tries, and
//! says what became of it; a worker that was too slow finds its lease gone. So each mail is tried until it is done, is
//! sent at least once, and always carries one id.

use std::time::Duration;

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, ConversationId, InboxId, SiteId, UnixMillis, VisitorId};
use sha2::{Digest as _, Sha256};

use super::Stored;
use super::conversations::Changed;

/// Mail, and the addresses it goes to.
#[async_trait]
pub trait MailStore: Send + Sync + 'static {
    /// From now on each message of an agent in a conversation with an address is owed to it, and what follows within
    /// so long goes with it. `None`: nothing is owed, which is how a store begins. Not kept.
    fn owe_mail(&self, gather: Option<Duration>);

    /// Digests of addresses are made with this key from now on, and those that were made without one are made anew.
    /// Called before any mail is leased.
    async fn key_addresses(&self, key: MailKey) -> Stored<()>;

    /// The visitor leaves an address, or another one, with its `address_left` row. The one left last: success that
    /// adds nothing. Refused: `not_found` for a conversation that is not theirs; `too_long` after `ADDRESSES_MAX`.
    async fn leave_address(&self, leave: LeaveAddress) -> Stored<Changed>;

    /// Adds a `mailed` row by an agent who sent it with a mail program of their own. Refused: `not_found` outside
    /// their scope; `not_allowed` where no address was left.
    async fn note_mailed(
        &self,
        conversation: ConversationId,
        agent: AgentId,
        at: UnixMillis,
    ) -> Stored<Changed>;

    /// Mails that are due and not leased, the longest due first.
    async fn due_mails(&self, at: UnixMillis, count_max: usize) -> Stored<Vec<DueMail>>;

    /// When the next mail is due or its lease ends; `None` when none is owed.
    async fn next_mail_at(&self) -> Stored<Option<UnixMillis>>;

    /// Not before then; nothing for one that is leased, was tried or is done.
    async fn put_off_mail(&self, id: MailId, due_at: UnixMillis) -> Stored<()>;

    /// Leases a mail that is due. The first lease fixes its rows and its address. `None`, and the mail is
    /// - still owed and due in an hour, when the bounds are reached;
    /// - `needless`, when the visitor has read it all, nothing of it is left, no address is left, or who has that
    ///   address wants no mail;
    /// - as it was, when it is leased, not due or done.
    async fn lease_mail(&self, id: MailId, lease: MailLease) -> Stored<Option<MailJob>>;

    /// What became of a leased mail. `Sent` and `GivenUp` add their `mailed` row by the system in the same transaction.
    /// `None` when another has leased it since, or it is done: then nothing happens.
    async fn settle_mail(
        &self,
        id: MailId,
        tries: u32,
        at: UnixMillis,
        outcome: Outcome,
    ) -> Stored<Option<Changed>>;

    /// Whoever got this mail wants no more. Returns whether there was such a mail; repeating it is harmless.
    async fn stop_mail(&self, id: MailId, at: UnixMillis) -> Stored<bool>;
}

/// Addresses one conversation takes.
pub const ADDRESSES_MAX: u32 = 10;
/// How long a mail waits that the bounds do not let go.
pub const BOUND_WAIT: Duration = Duration::from_secs(3600);

/// A mail. Made of the place it owes from, so that it is the same however often that row is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailId(pub [u8; 16]);

impl MailId {
    /// The mail that owes a conversation's rows from `first_seq` on.
    pub fn of(conversation: ConversationId, first_seq: u64) -> MailId {
        let digest = Sha256::new()
            .chain_update(b"deskbell mail")
            .chain_update(conversation.to_bytes())
            .chain_update(first_seq.to_be_bytes())
            .finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        MailId(id)
    }

    /// As it stands in a Message-ID: in the same digits as every other id.
    pub fn hex(&self) -> String {
        ConversationId::from_bytes(self.0).to_hex()
    }

    /// Reads `hex`.
    pub fn from_hex(text: &str) -> Option<MailId> {
        ConversationId::from_hex(text).map(|id| MailId(id.to_bytes()))
    }
}

/// What digests of addresses are made with, so that nobody finds an address by trying those there are. It does not lie
/// in the database.
#[derive(Clone, Copy)]
pub struct MailKey([u8; 32]);

impl MailKey {
    /// From the key of this server's mail.
    pub fn of(key: [u8; 32]) -> MailKey {
        MailKey(key)
    }

    /// A digest that was made without a key, with it. Both parts have a fixed length.
    pub fn keyed(&self, bare: [u8; 32]) -> [u8; 32] {
        Sha256::new().chain_update(self.0).chain_update(b"mail to").chain_update(bare).finalize().into()
    }
}

/// Who has an address, without saying it; without a key as long as none was given.
pub fn whom(key: Option<&MailKey>, address: &str) -> [u8; 32] {
    let bare = Sha256::digest(address.to_lowercase().as_bytes()).into();
    key.map_or(bare, |key| key.keyed(bare))
}

/// See `MailStore::leave_address`.
#[derive(Clone, Debug)]
pub struct LeaveAddress {
    /// Where.
    pub conversation: ConversationId,
    /// Whose it must be.
    pub visitor: VisitorId,
    /// Already checked.
    pub address: String,
    /// The server's clock.
    pub at: UnixMillis,
}

/// A mail that may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueMail {
    /// Which.
    pub id: MailId,
    /// Who is to get it.
    pub visitor: VisitorId,
    /// When its first message was written.
    pub made_at: UnixMillis,
    /// How often it was tried.
    pub tries: u32,
}

/// See `MailStore::lease_mail`.
#[derive(Clone, Copy, Debug)]
pub struct MailLease {
    /// The server's clock.
    pub at: UnixMillis,
    /// Until when no other may try.
    pub until: UnixMillis,
    /// Bounds on what was sent within `BOUND_WINDOW` before.
    pub bounds: MailBounds,
}

/// Mails within a day.
#[derive(Clone, Copy, Debug)]
pub struct MailBounds {
    /// To one address.
    pub address: u32,
    /// To the visitor of one conversation, whatever addresses they leave.
    pub visitor: u32,
    /// From one inbox.
    pub inbox: u32,
}

/// How far back the bounds look.
pub const BOUND_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailJob {
    /// Its id.
    pub id: MailId,
    /// Which lease this is.
    pub tries: u32,
    /// When its first message was written.
    pub made_at: UnixMillis,
    /// About which conversation.
    pub conversation: ConversationId,
    /// Its inbox.
    pub inbox: InboxId,
    /// The site the visitor wrote from.
    pub site: SiteId,
    /// Its name.
    pub site_name: String,
    /// Where the site is, in the owner's order.
    pub origins: Vec<String>,
    /// The language of the visitor's browser.
    pub language: Option<String>,
    /// Where it goes.
    pub address: String,
    /// What agents wrote, in order. Nothing that the visitor wrote.
    pub messages: Vec<MailMessage>,
}

/// What an agent wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailMessage {
    /// Their name.
    pub agent: String,
    /// The text, or the name of the file.
    pub text: String,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server has taken it.
    Sent,
    /// Once more, not before then.
    Later {
        /// When.
        due_at: UnixMillis,
        /// What went wrong.
        why: String,
    },
    /// Never.
    GivenUp {
        /// What went wrong.
        why: String,
    },
}
