//! The audit trail: who did what to what, from where, and when. The contract, the shape of a row, and the chain that
//! ties each row to the one before. It holds ids, names of deeds and of settings, and networks of staff; never what
//! people wrote, nor an address of a visitor.
//!
//! **The chain.** The hash of a row is SHA-256 over the hash before it and all that the row says. Whoever changes,
//! removes or inserts a row has to make every later one anew, and whoever knows one later hash sees it. The last one
//! is therefore kept outside the database as well, see `sqlite::trail_head`.

mod check;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, ConversationId, InboxId, SiteId, UnixMillis, VisitorId};
use sha2::{Digest, Sha256};

pub use check::{Check, Checked, Flaw, Head, Known};

use super::{Store, Stored};

/// SHA-256.
pub type Hash = [u8; 32];

/// The trail.
#[async_trait]
pub trait AuditStore: Send + Sync + 'static {
    /// The same store for one deed: a write through it that does something adds the row of the deed in its own
    /// transaction; one that is refused, or finds everything as it is to be, adds none.
    fn noting(&self, deed: Deed) -> Arc<dyn Store>;

    /// Adds the row of a deed that writes nothing else.
    async fn note(&self, deed: Deed) -> Stored<()>;

    /// The same, unless there is a row since `since` of the same person doing the same to the same. Says whether it
    /// was added.
    async fn note_once(&self, deed: Deed, since: UnixMillis) -> Stored<bool>;

    /// Rows with a number below `before`, newest first.
    async fn trail(&self, before: u64, count_max: usize) -> Stored<Vec<AuditRow>>;

    /// The same of some only. It looks through `LOOKED_THROUGH_MAX` rows at a time: a page may be empty though there are
    /// earlier ones.
    async fn sought(&self, sought: Sought, before: u64, count_max: usize) -> Stored<Found>;

    /// Cuts off the rows at the old end that were written before `before`, leaving the number and the hash of the
    /// last of them, and adds a row that tells of it. Returns how many went; with none, nothing is added.
    async fn cut_trail(&self, before: UnixMillis, at: UnixMillis) -> Stored<u64>;

    /// Looks through the whole trail.
    async fn check_trail(&self) -> Stored<Result<Checked, Flaw>>;
}

/// Rows that one search looks through: what a reader is held for.
pub const LOOKED_THROUGH_MAX: u64 = 50_000;

/// Which rows are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Of what this agent did.
    pub agent: Option<AgentId>,
    /// Of this kind.
    pub what: Option<What>,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Newest first.
    pub rows: Vec<AuditRow>,
    /// Where it goes on; `None` when it came to the end.
    pub earlier: Option<u64>,
}

impl Found {
    /// Of a search that wanted `count_max` rows, looked down to the row `from`, and would have ended at `end`.
    pub fn of(rows: Vec<AuditRow>, count_max: usize, from: u64, end: u64) -> Found {
        let reached = if rows.len() < count_max { from } else { rows.last().map_or(from, |row| row.number) };
        Found { rows, earlier: (reached > end).then_some(reached) }
    }
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who has not proved who they are.
    Nobody,
    /// Somebody who signs in.
    Agent(AgentId),
    /// A visitor.
    Visitor(VisitorId),
    /// Whoever has a shell on the machine.
    Operator,
    /// The server by itself.
    Server,
}

/// To what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing that has an id.
    Nothing,
    /// Somebody who signs in.
    Agent(AgentId),
    /// A visitor.
    Visitor(VisitorId),
    /// A conversation.
    Conversation(ConversationId),
    /// A site.
    Site(SiteId),
    /// An inbox.
    Inbox(InboxId),
}

macro_rules! deeds {
    ($( $(#[$doc:meta])* $name:ident $text:literal; )*) => {
        /// What is done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum What { $( $(#[$doc])* $name ),* }

        impl What {
            /// All there are.
            pub const ALL: &'static [What] = &[$( What::$name ),*];

            /// The one that stands so in the trail.
            pub fn parse(text: &str) -> Option<What> {
                What::ALL.iter().copied().find(|what| what.text() == text)
            }

            /// As it stands in the trail.
            pub fn text(self) -> &'static str {
                match self { $( What::$name => $text ),* }
            }
        }
    };
}

deeds! {
    /// The first owner and site were made.
    SetUp "set_up";
    /// Signed in; by a password, the link of an invitation or a reset, or the set-up.
    SignedIn "signed_in";
    /// A wrong password or an unknown e-mail.
    SignInFailed "sign_in_failed";
    /// Asked to wait after too many wrong passwords.
    SignInLocked "sign_in_locked";
    /// Somebody signed in gave a wrong password where it is asked for again.
    ProofFailed "proof_failed";
    /// A wrong code after a password that was right.
    CodeFailed "code_failed";
    /// Turned two-step sign-in on.
    SecondStepOn "second_step_on";
    /// Turned it off, one's own or that of a colleague.
    SecondStepOff "second_step_off";
    /// Made new recovery codes in place of those before.
    RecoveryCodesMade "recovery_codes_made";
    /// Used a recovery code in place of the code of an app.
    RecoveryCodeUsed "recovery_code_used";
    /// Changed their own password.
    PasswordChanged "password_changed";
    /// Made a link with which somebody sets a new password.
    ResetLinkMade "reset_link_made";
    /// Set a new password by such a link.
    PasswordReset "password_reset";
    /// Invited somebody; detail: their role.
    Invited "invited";
    /// Became an agent by an invitation; detail: the role.
    Joined "joined";
    /// Changed their own name or picture.
    ProfileChanged "profile_changed";
    /// Gave somebody another role; detail: which.
    RoleChanged "role_changed";
    /// Put somebody out.
    AgentDeactivated "agent_deactivated";
    /// Let them in again.
    AgentReactivated "agent_reactivated";
    /// Opened a conversation that is not theirs; once per person, conversation and day (UTC).
    ConversationViewed "conversation_viewed";
    /// Took a conversation away as a text.
    TranscriptTaken "transcript_taken";
    /// Took back a message or a note of their own; what it said is gone.
    MessageWithdrawn "message_withdrawn";
    /// A visitor was forgotten.
    VisitorErased "visitor_erased";
    /// Blocked a visitor.
    VisitorBlocked "visitor_blocked";
    /// Ended a block.
    VisitorUnblocked "visitor_unblocked";
    /// Made an inbox; detail: its members.
    InboxAdded "inbox_added";
    /// Changed an inbox; detail: which parts, and who came and went.
    InboxChanged "inbox_changed";
    /// Made a site.
    SiteAdded "site_added";
    /// Changed a site; detail: which parts.
    SiteChanged "site_changed";
    /// Made a secret with which a site says who its visitors are; detail: its number, never itself.
    SiteSecretMade "site_secret_made";
    /// Dropped one; detail: its number.
    SiteSecretDropped "site_secret_dropped";
    /// Changed who may write to an inbox; detail: everybody, or verified visitors only.
    InboxAdmissionChanged "inbox_admission_changed";
    /// Changed how long an inbox keeps things; detail: the days.
    RetentionChanged "retention_changed";
    /// Made a tag; detail: its id.
    TagAdded "tag_added";
    /// Changed a tag, or put it away; detail: its id.
    TagChanged "tag_changed";
    /// Changed what an inbox asks when a conversation is resolved; detail: how many outcomes, and whether one has to be chosen.
    OutcomesChanged "outcomes_changed";
    /// Began a backup.
    BackupMade "backup_made";
    /// Put a backup in place; detail: the last row of what was there before.
    Restored "restored";
    /// Cut the old end of the trail off; detail: the last row that went.
    TrailCut "trail_cut";
    /// Took the whole trail away as a file.
    TrailTaken "trail_taken";
    /// The trail was not as this server left it; detail: the last row it knew, and the one it found.
    TrailBroken "trail_broken";
}

/// The network around an address: all of an address that is ever written down (privacy, rule 4).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(ip: IpAddr) -> Network {
        Network(match ip.to_canonical() {
            IpAddr::V4(ip) => IpAddr::V4((ip.to_bits() & (u32::MAX << 8)).into()),
            IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() & (u128::MAX << 80)).into()),
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(ip) => write!(f, "{ip}/24"),
            IpAddr::V6(ip) => {
                let [a, b, c, ..] = ip.segments();
                write!(f, "{a:x}:{b:x}:{c:x}::/48")
            }
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is to be noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// When, by the server's clock.
    pub at: UnixMillis,
    /// Who.
    pub actor: Actor,
    /// What.
    pub what: What,
    /// To what.
    pub target: Target,
    /// From where; none for visitors and for the machine itself.
    pub from: Option<Network>,
    /// What else there is to say, in names of ours and ids.
    pub detail: String,
}

/// A row as it is kept. What it says are texts, so that a row that was tampered with can still be read and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place, dense from 1 on.
    pub number: u64,
    /// When.
    pub at: UnixMillis,
    /// The kind of who.
    pub actor: String,
    /// Who.
    pub actor_id: Option<[u8; 16]>,
    /// What.
    pub what: String,
    /// The kind of what it was done to; empty for nothing.
    pub target: String,
    /// To what.
    pub target_id: Option<[u8; 16]>,
    /// From where; empty for nowhere.
    pub network: String,
    /// What else there is to say.
    pub detail: String,
    /// Ties it to the row before.
    pub hash: Hash,
}

impl AuditRow {
    /// The row of a deed that comes after another one.
    pub fn after(last: Head, deed: &Deed) -> AuditRow {
        let (actor, actor_id) = match deed.actor {
            Actor::Nobody => ("nobody", None),
            Actor::Agent(id) => ("agent", Some(id.to_bytes())),
            Actor::Visitor(id) => ("visitor", Some(id.to_bytes())),
            Actor::Operator => ("operator", None),
            Actor::Server => ("server", None),
        };
        let (target, target_id) = match deed.target {
            Target::Nothing => ("", None),
            Target::Agent(id) => ("agent", Some(id.to_bytes())),
            Target::Visitor(id) => ("visitor", Some(id.to_bytes())),
            Target::Conversation(id) => ("conversation", Some(id.to_bytes())),
            Target::Site(id) => ("site", Some(id.to_bytes())),
            Target::Inbox(id) => ("inbox", Some(id.to_bytes())),
        };
        let mut row = AuditRow {
            number: last.number + 1,
            at: deed.at,
            actor: actor.to_owned(),
            actor_id,
            what: deed.what.text().to_owned(),
            target: target.to_owned(),
            target_id,
            network: deed.from.map_or_else(String::new, |network| network.to_string()),
            detail: deed.detail.clone(),
            hash: Hash::default(),
        };
        row.hash = row.hash_after(&last.hash);
        row
    }

    /// Its place and its hash.
    pub fn head(&self) -> Head {
        Head { number: self.number, hash: self.hash }
    }

    /// SHA-256 of the hash before, the number and the time (8 bytes each, most significant first), then each text in
    /// order behind its length in bytes (4 bytes), an id being a text of 16 bytes or none.
    fn hash_after(&self, before: &Hash) -> Hash {
        let mut digest = Sha256::new();
        digest.update(before);
        digest.update(self.number.to_be_bytes());
        digest.update(self.at.0.to_be_bytes());
        let id = |id: &Option<[u8; 16]>| id.map_or_else(Vec::new, |id| id.to_vec());
        let (actor_id, target_id) = (id(&self.actor_id), id(&self.target_id));
        let texts: [&[u8]; 7] = [
            self.actor.as_bytes(),
            &actor_id,
            self.what.as_bytes(),
            self.target.as_bytes(),
            &target_id,
            self.network.as_bytes(),
            self.detail.as_bytes(),
        ];
        for text in texts {
            digest.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            digest.update(text);
        }
        digest.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A search that looked through all it may goes on where it came to, whatever it found.
    #[test]
    fn a_search_goes_on_where_it_came_to() {
        let row = |number| {
            let (actor, what, target) = (Actor::Server, What::SetUp, Target::Nothing);
            let deed = Deed { at: UnixMillis(0), actor, what, target, from: None, detail: String::new() };
            AuditRow { number, ..AuditRow::after(Head::default(), &deed) }
        };
        let earlier = |rows: &[u64], from| {
            Found::of(rows.iter().map(|number| row(*number)).collect(), 2, from, 10).earlier
        };
        assert_eq!(earlier(&[], 60), Some(60), "nothing yet");
        assert_eq!(earlier(&[80], 60), Some(60));
        assert_eq!(earlier(&[80, 70], 60), Some(70), "a full page");
        assert_eq!(earlier(&[80, 10], 10), None, "a full page that ends with the last");
        assert_eq!(earlier(&[80], 10), None);
    }

    /// The page in the desk names every kind.
    #[test]
    fn every_kind_has_its_words() {
        let page = include_str!("../../../agent-app/src/pages/audit_words.rs");
        let words = include_str!("../../../agent-app/locales/en.json");
        for what in What::ALL {
            let key = format!("\"deed.{}\"", what.text());
            assert!(page.contains(&key), "agent-app/src/pages/audit_words.rs does not know {key}");
            assert!(words.contains(&key), "agent-app/locales/en.json has no {key}");
        }
    }
}
