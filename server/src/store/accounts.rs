//! People who sign in, their sessions and invitations, and the sites: the contract. Secrets come in as SHA-256
//! digests and never leave. Who may call what is decided in `application`.

use async_trait::async_trait;
use deskbell_shared::model::{
    AgentId, AgentView, InboxId, Role, SeenView, SiteId, SiteInbox, SiteLooks, UnixMillis,
};

use super::Stored;

/// The SHA-256 digest of a secret with at least 128 bits of randomness.
pub type SecretDigest = [u8; 32];

/// People, sessions, sites.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Whether an owner exists.
    async fn is_set_up(&self) -> Stored<bool>;

    /// Makes the owner, the first site and its inbox in one transaction. Refused: `not_allowed` when an owner
    /// exists.
    async fn set_up(&self, owner: NewAgent, site: NewSite) -> Stored<()>;

    /// The agent who signs in with this e-mail (compared in lower case), if active.
    async fn agent_by_email(&self, email: &str) -> Stored<Option<AgentRecord>>;

    /// One agent, if active.
    async fn agent(&self, id: AgentId) -> Stored<Option<AgentRecord>>;

    /// Everybody who may sign in, by name.
    async fn agents(&self) -> Stored<Vec<AgentRecord>>;

    /// Changes what is `Some`. Refused: `not_found`, also for a picture that is not kept. Does not end sessions.
    async fn edit_agent(&self, id: AgentId, edit: AgentEdit) -> Stored<()>;

    /// Keeps a picture under its content hash; repeating it is harmless.
    async fn keep_picture(&self, hash: &str, png: &[u8]) -> Stored<()>;

    /// The bytes of a picture.
    async fn picture(&self, hash: &str) -> Stored<Option<Vec<u8>>>;

    /// Stores a session that was just signed in, and the name of what it was signed in on, if any. Refused: `not_found` for
    /// an unknown agent.
    async fn open_session(&self, session: SessionRecord, device: String) -> Stored<()>;

    /// The session of a secret whose agent is active. Expiry is judged by the caller.
    async fn session(&self, secret: SecretDigest) -> Stored<Option<SessionRecord>>;

    /// All sessions of an active agent, the one used last first, with the names of what they were signed in on.
    async fn sessions_of(&self, agent: AgentId) -> Stored<Vec<(SessionRecord, String)>>;

    /// Notes that a session was used; callers do so at most once a minute. Never back; nothing for one that ended.
    async fn touch_session(&self, secret: SecretDigest, at: UnixMillis) -> Stored<()>;

    /// Ends sessions of an agent: one, or all but one, or all. Returns how many ended.
    async fn end_sessions(&self, agent: AgentId, which: EndSessions) -> Stored<usize>;

    /// Stores an invitation, or (with an agent) a password reset link. Refused: `not_found` for an unknown agent.
    async fn invite(&self, invite: InviteRecord) -> Stored<()>;

    /// The invitation of a secret, if unused.
    async fn invitation(&self, secret: SecretDigest) -> Stored<Option<InviteRecord>>;

    /// Uses an invitation: makes the agent (a member of every inbox), or sets the name and password of the one it
    /// names and ends their sessions. E-mail and role are those of the invitation (with a reset: the agent's own),
    /// whatever `agent` says. Refused: `not_found` when used or unknown, `conflict` when the e-mail is taken; the
    /// invitation can then still be used.
    async fn accept_invite(&self, secret: SecretDigest, agent: NewAgent) -> Stored<AgentId>;

    /// All sites with what was seen, by name.
    async fn sites(&self) -> Stored<Vec<SiteRecord>>;

    /// The site of a public key.
    async fn site_by_key(&self, key: &str) -> Stored<Option<SiteRecord>>;

    /// Adds a site. An inbox that is not there is made with it, and its members are all agents. Refused: `conflict`
    /// when id or key is taken.
    async fn add_site(&self, site: NewSite) -> Stored<()>;

    /// Every inbox that visitors of a site may choose, in any order; none of a site that leads to one only.
    async fn site_inboxes(&self) -> Stored<Vec<(SiteId, InboxId)>>;

    /// Changes looks, origins and, with one, the inbox where new conversations land, with some, those among which
    /// visitors choose; conversations that are there stay. Refused: `not_found`, also for an inbox that is not there.
    async fn edit_site(&self, id: SiteId, edit: SiteChange) -> Stored<()>;

    /// Notes that the loader was asked for by a page of this origin; keeps the newest `SEEN_MAX` origins. Refused:
    /// `not_found`.
    async fn note_seen(&self, id: SiteId, origin: &str, at: UnixMillis) -> Stored<()>;
}

/// An agent to be made.
#[derive(Clone, Debug)]
pub struct NewAgent {
    /// Whoever makes it chooses the id.
    pub id: AgentId,
    /// The name shown.
    pub name: String,
    /// Signs in; kept in lower case, and unique so.
    pub email: String,
    /// A PHC string (argon2id).
    pub password_hash: String,
    /// What they may do.
    pub role: Role,
    /// When.
    pub at: UnixMillis,
}

/// An agent as stored.
#[derive(Clone, Debug)]
pub struct AgentRecord {
    /// As others see them.
    pub view: AgentView,
    /// Signs in.
    pub email: String,
    /// A PHC string (argon2id). Never leaves the server.
    pub password_hash: String,
    /// What they may do.
    pub role: Role,
    /// When a session of theirs was last used.
    pub seen_at: Option<UnixMillis>,
}

/// A change to an agent; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct AgentEdit {
    /// The name shown.
    pub name: Option<String>,
    /// The content hash of the picture.
    pub picture: Option<String>,
    /// A PHC string (argon2id).
    pub password_hash: Option<String>,
}

/// A signed-in session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The digest of the cookie.
    pub secret: SecretDigest,
    /// Whose.
    pub agent: AgentId,
    /// What they may do now (read from the agent, not kept with the session).
    pub role: Role,
    /// When it was opened.
    pub opened_at: UnixMillis,
    /// When it was last used.
    pub used_at: UnixMillis,
}

/// Which sessions to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSessions {
    /// The one of this secret.
    One(SecretDigest),
    /// All but the one of this secret.
    AllBut(SecretDigest),
    /// All.
    All,
}

/// An invitation, or a password reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRecord {
    /// The digest of the secret in the link.
    pub secret: SecretDigest,
    /// Whom it is for.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// With a password reset: whose.
    pub agent: Option<AgentId>,
    /// Until when. Judged by the caller.
    pub expires_at: UnixMillis,
}

/// A site to be made.
#[derive(Clone, Debug)]
pub struct NewSite {
    /// Whoever makes it chooses the ids.
    pub id: SiteId,
    /// The id of its inbox.
    pub inbox: InboxId,
    /// The public key in the tag: 22 characters of base64url.
    pub key: String,
    /// Name, colour, greeting.
    pub looks: SiteLooks,
    /// Origins, normalised.
    pub origins: Vec<String>,
    /// When.
    pub at: UnixMillis,
}

/// What a site is to be.
#[derive(Clone, Debug)]
pub struct SiteChange {
    /// Name, colour, greeting.
    pub looks: SiteLooks,
    /// Origins, normalised.
    pub origins: Vec<String>,
    /// Another inbox.
    pub inbox: Option<InboxId>,
    /// Others to choose among, each inbox and each key once; `None` leaves them as they are.
    pub inboxes: Option<Vec<SiteInbox>>,
}

impl SiteChange {
    /// The names of what differs from what is stored.
    pub fn parts_changed(&self, now: &SiteRecord) -> Vec<&'static str> {
        let (looks, before) = (&self.looks, &now.looks);
        let parts = [
            ("name", looks.name != before.name),
            ("colour", looks.colour != before.colour),
            ("greeting", looks.greeting != before.greeting),
            ("looks", looks.style != before.style),
            ("origins", self.origins != now.origins),
            ("inbox", self.inbox.is_some_and(|inbox| inbox != now.inbox)),
            ("inboxes", self.inboxes.as_ref().is_some_and(|inboxes| *inboxes != now.inboxes)),
        ];
        parts.into_iter().filter(|(_, is_changed)| *is_changed).map(|(name, _)| name).collect()
    }
}

/// A site as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteRecord {
    /// Which.
    pub id: SiteId,
    /// Its inbox.
    pub inbox: InboxId,
    /// The inboxes among which its visitors choose, in order; empty: there is no choice.
    pub inboxes: Vec<SiteInbox>,
    /// The public key in the tag.
    pub key: String,
    /// Name, colour, greeting.
    pub looks: SiteLooks,
    /// Origins, normalised.
    pub origins: Vec<String>,
    /// Where the loader was asked for, newest first. `allowed` and `nearest` are left to the caller.
    pub seen: Vec<SeenView>,
}

impl SiteRecord {
    /// Whether a visitor of the site may begin a conversation in this inbox, as far as the site goes.
    pub fn leads_to(&self, inbox: InboxId) -> bool {
        self.inbox == inbox || self.inboxes.iter().any(|its| its.inbox == inbox)
    }
}
