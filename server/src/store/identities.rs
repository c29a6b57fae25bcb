//! Who visitors are by the word of their site's server, their sessions, and the inboxes that take nothing from anybody
//! else: the contract. Tokens come in as SHA-256 digests; the secrets of sites are not here at all, only what they are
//! made of.

use std::time::Duration;

use async_trait::async_trait;
use deskbell_shared::model::{IdentityView, InboxId, SiteId, SiteSecretId, UnixMillis, VisitorId};

use super::Stored;
use super::accounts::SecretDigest;

/// Secrets of one site at a time: the one in use, and the one that comes after it or was before.
pub const SITE_SECRETS_MAX: usize = 2;
/// Sessions of one verified visitor at a time; the oldest ends when there would be more.
pub const VISITOR_SESSIONS_MAX: usize = 32;
/// How long a token that is over is remembered where nothing could be read with it any more.
pub const OVER_REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long the identity of somebody who has written nothing is kept.
pub const UNHEARD_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Identities and sessions of visitors.
#[async_trait]
pub trait IdentityStore: Send + Sync + 'static {
    /// The secrets of a site, oldest first.
    async fn site_secrets(&self, site: SiteId) -> Stored<Vec<SiteSecret>>;

    /// Adds a secret. Refused: `not_found` for an unknown site, `conflict` when there are `SITE_SECRETS_MAX`.
    async fn add_site_secret(&self, secret: SiteSecret) -> Stored<()>;

    /// Takes a secret away, and ends the sessions that were opened with it. Refused: `not_found`.
    async fn drop_site_secret(&self, site: SiteId, id: SiteSecretId) -> Stored<()>;

    /// Opens a session of the visitor whom a site calls so, and remembers what it says of them. The token that the
    /// device had is over in the same transaction, whoever it belonged to; nothing goes over from the one visitor to
    /// the other. Refused: `signed_out` when the secret has been taken away meanwhile.
    async fn identify(&self, identify: Identify) -> Stored<Identified>;

    /// What is to be known about a visitor before they are let in.
    async fn standing(&self, of: Proof, inbox: InboxId) -> Stored<Standing>;

    /// Ends a token for good: it is refused from then on. `anonymous` is who it belongs to if nobody was verified. A token
    /// that was good for nothing (no session, nothing written or sent with it) leaves no trace: anybody can make one up.
    async fn end_visit(
        &self,
        site: SiteId,
        token: SecretDigest,
        anonymous: VisitorId,
        at: UnixMillis,
    ) -> Stored<()>;

    /// Forgets what is over and leads nowhere: a turn of retention does it, never a request.
    async fn forget_identities(&self, at: UnixMillis) -> Stored<()>;

    /// Who a visitor is.
    async fn identity(&self, visitor: VisitorId) -> Stored<Option<IdentityView>>;

    /// Has an inbox take nothing from visitors who are not verified, or take it from everybody. It holds for
    /// `ConversationStore::{start, append, resolve, rate}` and `MailStore::leave_address`: refused with `not_allowed`.
    /// Refused itself: `not_found`.
    async fn set_verified_only(&self, inbox: InboxId, is_so: bool) -> Stored<()>;
}

/// What a secret of a site is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteSecret {
    /// Which; random.
    pub id: SiteSecretId,
    /// Whose.
    pub site: SiteId,
    /// When it was made.
    pub made_at: UnixMillis,
}

/// See `IdentityStore::identify`.
#[derive(Clone, Debug)]
pub struct Identify {
    /// The site whose server has signed.
    pub site: SiteId,
    /// With this.
    pub secret: SiteSecretId,
    /// What it has signed; already checked.
    pub who: IdentityView,
    /// The id of the visitor, if they have none yet.
    pub visitor: VisitorId,
    /// The token that the device had, and who it belonged to if nobody was verified.
    pub before: Option<(SecretDigest, VisitorId)>,
    /// The token of the session.
    pub token: SecretDigest,
    /// The server's clock.
    pub at: UnixMillis,
    /// When the session ends.
    pub until: UnixMillis,
}

/// See `IdentityStore::identify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Who it is.
    pub visitor: VisitorId,
    /// Who the token before belonged to, if it was good.
    pub before: Option<VisitorId>,
}

/// By what a visitor is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A token, at a site.
    Token(SiteId, SecretDigest),
    /// Something that we have signed for this visitor.
    Signed(VisitorId),
}

/// See `IdentityStore::standing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What a token says; for something signed, what there is about the visitor.
    pub visit: Visit,
    /// Whether the inbox takes nothing from visitors who are not verified.
    pub verified_only: bool,
}

/// What there is about a token, or a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Nothing: whoever has it is not verified.
    Unverified,
    /// A verified visitor. Whether the session has come to its time is judged by the caller.
    Verified {
        /// Who.
        visitor: VisitorId,
        /// When the session ends; for something signed: never by itself.
        until: Option<UnixMillis>,
    },
    /// It is over.
    Over,
}
