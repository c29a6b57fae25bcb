//! The audit trail: who did what to what, from where, and when. The contract, the shape of a row, and the chain that
//! ties each row to the one before. It holds ids, names of deeds and of settings, and networks of staff; never what
//! people wrote, nor an address of a visitor.
//!
//! **The chain.** The hash of a row is SHA-256 over the hash before it and all that the row says. Whoever changes,
//! removes or inserts a row has to make every later one anew, and whoever knows one later hash sees it. The last one
//! is therefore kept outside the database as well, see `sqlite::trail_head`.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, ConversationId, InboxId, SiteId, UnixMillis, VisitorId};
use sha2::{Digest, Sha256};

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

    /// Cuts off the rows at the old end that were written before `before`, leaving the number and the hash of the
    /// last of them, and adds a row that tells of it. Returns how many went; with none, nothing is added.
    async fn cut_trail(&self, before: UnixMillis, at: UnixMillis) -> Stored<u64>;

    /// Looks through the whole trail.
    async fn check_trail(&self) -> Stored<Result<Checked, Flaw>>;
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
    /// Put somebody out.
    AgentDeactivated "agent_deactivated";
    /// Let them in again.
    AgentReactivated "agent_reactivated";
    /// Opened a conversation that is not theirs; once per person, conversation and day (UTC).
    ConversationViewed "conversation_viewed";
    /// Took a conversation away as a text.
    TranscriptTaken "transcript_taken";
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
    /// Changed how long an inbox keeps things; detail: the days.
    RetentionChanged "retention_changed";
    /// Began a backup.
    BackupMade "backup_made";
    /// Put a backup in place; detail: the last row of what was there before.
    Restored "restored";
    /// Cut the old end of the trail off; detail: the last row that went.
    TrailCut "trail_cut";
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

/// A place in the trail and the hash there. Before the first row it is 0 and zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the row.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

/// `NUMBER:HASH`, as people keep it.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.number)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Head {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Head> {
        let (number, digits) = text.split_once(':')?;
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut hash = Hash::default();
        for (at, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(Head { number: number.parse().ok()?, hash })
    }
}

/// A trail in which everything fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Rows that are there.
    pub rows: u64,
    /// The last row that was cut off.
    pub anchor: Head,
    /// The newest row.
    pub head: Head,
}

/// The first thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The number of the row.
    pub number: u64,
    /// What is wrong there.
    pub why: String,
}

impl Flaw {
    /// At a row.
    pub fn at(number: u64, why: impl Into<String>) -> Flaw {
        Flaw { number, why: why.into() }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of the audit trail: {}", self.number, self.why)
    }
}

/// A place that is known from elsewhere, and from where.
pub type Known = (Head, &'static str);

/// Looks through a trail row by row.
pub struct Check {
    anchor: Head,
    last: Head,
    /// What the newest row about a cut says of it.
    cut: Option<String>,
    known: Vec<Known>,
}

impl Check {
    /// From the last row that was cut off.
    pub fn begin(anchor: Head, known: Vec<Known>) -> Result<Check, Flaw> {
        for (head, whence) in &known {
            if head.number < anchor.number {
                let why = format!("cut off meanwhile, so that {whence} cannot be compared");
                return Err(Flaw::at(head.number, why));
            }
        }
        let check = Check { anchor, last: anchor, cut: None, known };
        check.compare(anchor)?;
        Ok(check)
    }

    /// The next row in order.
    pub fn row(&mut self, row: &AuditRow) -> Result<(), Flaw> {
        let number = self.last.number + 1;
        if row.number != number {
            return Err(Flaw::at(number, "it is missing"));
        }
        if row.hash != row.hash_after(&self.last.hash) {
            return Err(Flaw::at(number, "it, or one before it, is not as it was written"));
        }
        if row.what == What::TrailBroken.text() {
            return Err(Flaw::at(
                number,
                format!("here the server found the trail changed ({})", row.detail),
            ));
        }
        if row.what == What::TrailCut.text() {
            self.cut = Some(row.detail.clone());
        }
        self.last = row.head();
        self.compare(self.last)
    }

    fn compare(&self, here: Head) -> Result<(), Flaw> {
        for (head, whence) in &self.known {
            if head.number == here.number && head.hash != here.hash {
                return Err(Flaw::at(here.number, format!("{whence} knows another one in its place")));
            }
        }
        Ok(())
    }

    /// After the last row.
    pub fn end(self) -> Result<Checked, Flaw> {
        for (head, whence) in &self.known {
            if head.number > self.last.number {
                let why = format!("it is missing: {whence} knows of {}", head.number);
                return Err(Flaw::at(self.last.number + 1, why));
            }
        }
        let told = self.cut.unwrap_or_else(|| Head::default().to_string());
        if told != self.anchor.to_string() {
            let why = "no row tells that the ones before it were cut off";
            return Err(Flaw::at(self.anchor.number + 1, why));
        }
        let rows = self.last.number - self.anchor.number;
        Ok(Checked { rows, anchor: self.anchor, head: self.last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed(what: What, detail: &str) -> Deed {
        let (actor, target) = (Actor::Agent(AgentId(1)), Target::Nothing);
        Deed { at: UnixMillis(7), actor, what, target, from: None, detail: detail.into() }
    }

    fn chain(deeds: &[Deed]) -> Vec<AuditRow> {
        let mut last = Head::default();
        let next = |deed: &Deed| {
            let row = AuditRow::after(last, deed);
            last = row.head();
            row
        };
        deeds.iter().map(next).collect()
    }

    fn checked(anchor: Head, rows: &[AuditRow], known: Vec<Known>) -> Result<Checked, Flaw> {
        let mut check = Check::begin(anchor, known)?;
        rows.iter().try_for_each(|row| check.row(row))?;
        check.end()
    }

    #[test]
    fn every_part_of_a_row_is_in_its_hash() {
        let [row] = &chain(&[deed(What::Invited, "agent")])[..] else { panic!("one row") };
        let before = Hash::default();
        let changes: [fn(&mut AuditRow); 9] = [
            |row| row.number += 1,
            |row| row.at = UnixMillis(8),
            |row| row.actor = "nobody".into(),
            |row| row.actor_id = None,
            |row| row.what = "joined".into(),
            |row| row.target = "agent".into(),
            |row| row.target_id = Some([0; 16]),
            |row| row.network = "203.0.113.0/24".into(),
            |row| row.detail = "owner".into(),
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut changed = row.clone();
            change(&mut changed);
            assert_ne!(changed.hash_after(&before), row.hash, "the change {at} is not in the hash");
        }
        assert_ne!(row.hash_after(&[1; 32]), row.hash);
        // What moves from one text to the next is another row.
        let split = AuditRow { network: "a".into(), detail: "gent".into(), ..row.clone() };
        assert_ne!(split.hash_after(&before), row.hash);
    }

    #[test]
    fn a_cut_needs_the_row_that_tells_of_it() {
        let rows = chain(&[deed(What::Invited, ""), deed(What::Joined, "")]);
        let anchor = rows[0].head();
        let why = checked(anchor, &rows[1..], vec![]).unwrap_err();
        assert_eq!(why.number, 2);
        let told = AuditRow::after(rows[1].head(), &deed(What::TrailCut, &anchor.to_string()));
        let rest = [rows[1].clone(), told];
        assert_eq!(checked(anchor, &rest, vec![]).unwrap().rows, 2);
        assert_eq!(checked(rows[1].head(), &rest[1..], vec![]).unwrap_err().number, 3, "cut further by hand");
    }

    #[test]
    fn what_is_known_from_elsewhere_is_compared() {
        let rows = chain(&[deed(What::Invited, ""), deed(What::Joined, "")]);
        let known = |head| vec![(head, "a note")];
        let begin = Head::default();
        assert!(checked(begin, &rows, known(rows[0].head())).is_ok());
        assert_eq!(checked(begin, &rows[..1], known(rows[1].head())).unwrap_err().number, 2);
        let other = Head { number: 1, hash: [9; 32] };
        assert_eq!(checked(begin, &rows, known(other)).unwrap_err().number, 1);
        assert_eq!(checked(rows[1].head(), &[], known(rows[0].head())).unwrap_err().number, 1);
    }

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let head = Head { number: 12, hash: [0xab; 32] };
        assert_eq!(Head::parse(&head.to_string()), Some(head));
        for wrong in
            ["", "12", "12:", "x:00", &format!("1:{}", "g".repeat(64)), &format!("1:{}", "0".repeat(63))]
        {
            assert_eq!(Head::parse(wrong), None, "{wrong}");
        }
    }
}
