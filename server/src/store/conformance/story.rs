//! The people of the stories and what they do, in few words. A shop with an owner, two agents and some visitors.

use std::sync::atomic::{AtomicI64, Ordering};

use deskbell_shared::model::{
    AgentId, Audience, Author, Cmid, ConversationId, Draft, Entry, EntryBody, Feed, Filing, InboxId,
    PageView, Role, Seq, SiteId, SiteLooks, Summary, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;

use super::Backend;
use crate::store::accounts::{AgentRecord, InviteRecord, NewAgent, NewSite};
use crate::store::conversations::{
    Append, Appended, Changed, Claim, Edit, Mark, Reopen, Resolve, RowsRead, Snooze, Span, Start, Wake,
    Withdraw, Writer,
};
use crate::store::{Fault, Refusal, Scope, Stored};

pub const OLGA: AgentId = AgentId(0x01); // the owner
pub const AMY: AgentId = AgentId(0x02);
pub const BEN: AgentId = AgentId(0x03);
pub const ANN: VisitorId = VisitorId(0xa1);
pub const BOB: VisitorId = VisitorId(0xa2);
pub const ANN_AT_BLOG: VisitorId = VisitorId(0xa3); // a visitor belongs to one site
pub const SHOP: SiteId = SiteId(0x51);
pub const SALES: InboxId = InboxId(0x61);
pub const BLOG: SiteId = SiteId(0x52); // added by `opens_a_blog`
pub const PRESS: InboxId = InboxId(0x62);
pub const C1: ConversationId = ConversationId(0xc1);
pub const C2: ConversationId = ConversationId(0xc2);
pub const C3: ConversationId = ConversationId(0xc3);

/// A store with people in it, and a clock that moves one second with everything that happens.
pub struct Story<S> {
    pub store: S,
    clock: AtomicI64,
}

impl<S: Backend> Story<S> {
    pub async fn begin(store: S) -> Story<S> {
        let story = Story { store, clock: AtomicI64::new(1_700_000_000_000) };
        let owner = story.newcomer(OLGA, "Olga", "olga@shop.example", Role::Owner);
        story.store.set_up(owner, site(SHOP, SALES, "shop-key", "Shop")).await.unwrap();
        for (agent, name, email) in [(AMY, "Amy", "amy@shop.example"), (BEN, "Ben", "ben@shop.example")] {
            story.joins(agent, name, email).await.unwrap();
        }
        story
    }

    /// Goes on with a store that has people in it.
    pub fn again(store: S) -> Story<S> {
        Story { store, clock: AtomicI64::new(1_800_000_000_000) }
    }

    pub fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.fetch_add(1000, Ordering::Relaxed))
    }

    pub fn newcomer(&self, id: AgentId, name: &str, email: &str, role: Role) -> NewAgent {
        let password_hash = format!("$argon2id${name}");
        NewAgent { id, name: name.into(), email: email.into(), password_hash, role, at: self.now() }
    }

    pub async fn joins(&self, agent: AgentId, name: &str, email: &str) -> Stored<AgentId> {
        let secret = [agent.0 as u8; 32];
        let expires_at = self.now();
        let invite = InviteRecord { secret, email: email.into(), role: Role::Agent, agent: None, expires_at };
        self.store.invite(invite).await?;
        let newcomer = self.newcomer(agent, name, "ignored@x.example", Role::Owner);
        self.store.accept_invite(secret, newcomer).await
    }

    pub async fn opens_a_blog(&self) {
        self.store.add_site(site(BLOG, PRESS, "blog-key", "Blog")).await.unwrap();
    }

    pub async fn starts(&self, who: VisitorId, c: ConversationId, says: &[(u128, &str)]) -> Stored<Appended> {
        self.starts_on(SHOP, SALES, who, c, says).await
    }

    pub async fn starts_on(
        &self,
        site: SiteId,
        inbox: InboxId,
        visitor: VisitorId,
        conversation: ConversationId,
        says: &[(u128, &str)],
    ) -> Stored<Appended> {
        let page =
            Some(PageView { url: "https://shop.example/tea".into(), title: "Tea".into(), referrer: None });
        let (messages, at, language, time_zone) = (drafts(says), self.now(), Some("en".into()), None);
        let start = Start {
            conversation,
            visitor,
            site,
            inbox,
            page,
            language,
            time_zone,
            about: None,
            messages,
            at,
        };
        self.store.start(start).await
    }

    pub async fn says(&self, who: VisitorId, c: ConversationId, says: &[(u128, &str)]) -> Stored<Appended> {
        let (writer, messages, at) = (Writer::Visitor(who), drafts(says), self.now());
        self.store.append(Append { conversation: c, writer, messages, at }).await
    }

    pub async fn answers(&self, who: AgentId, c: ConversationId, says: &[(u128, &str)]) -> Stored<Appended> {
        let (writer, messages, at) = (Writer::Agent(who), drafts(says), self.now());
        self.store.append(Append { conversation: c, writer, messages, at }).await
    }

    pub async fn claims(
        &self,
        agent: AgentId,
        conversation: ConversationId,
        version: u32,
    ) -> Stored<Changed> {
        self.store.claim(Claim { conversation, agent, version, at: self.now() }).await
    }

    pub async fn resolves(&self, scope: Scope, conversation: ConversationId) -> Stored<Changed> {
        self.store.resolve(Resolve { conversation, scope, at: self.now() }).await
    }

    /// Puts it aside for so many milliseconds from now.
    pub async fn snoozes(&self, agent: AgentId, conversation: ConversationId, ms: i64) -> Stored<Changed> {
        let at = self.now();
        self.store.snooze(Snooze { conversation, agent, until: UnixMillis(at.0 + ms), at }).await
    }

    pub async fn takes_back(&self, agent: AgentId, conversation: ConversationId) -> Stored<Changed> {
        self.store.wake(Wake { conversation, agent, at: self.now() }).await
    }

    pub async fn takes_up_again(&self, agent: AgentId, conversation: ConversationId) -> Stored<Changed> {
        self.store.reopen(Reopen { conversation, agent, at: self.now() }).await
    }

    pub async fn marks(&self, scope: Scope, c: ConversationId, received: u64, read: u64) -> Stored<Changed> {
        let (received, read) = (Seq(received), Seq(read));
        self.store.mark(Mark { conversation: c, scope, received, read }).await
    }

    pub async fn edits(&self, writer: Writer, c: ConversationId, cmid: u128, text: &str) -> Stored<Changed> {
        let edit = Edit { conversation: c, writer, message: Cmid(cmid), text: text.into(), at: self.now() };
        self.store.edit(edit).await
    }

    pub async fn withdraws(&self, writer: Writer, c: ConversationId, cmid: u128) -> Stored<Changed> {
        let withdraw = Withdraw { conversation: c, writer, message: Cmid(cmid), at: self.now() };
        self.store.withdraw(withdraw).await
    }

    /// Nothing happens for so long.
    pub fn time_passes(&self, span: std::time::Duration) {
        let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    /// An agent writes for staff; the id of the note is its time.
    pub async fn notes(&self, agent: AgentId, c: ConversationId, text: &str) -> Stored<Appended> {
        let at = self.now();
        let cmid = Cmid(u128::from(at.0.unsigned_abs()) << 64);
        let note = Draft { audience: Some(Audience::Staff), ..Draft::new(cmid, text) };
        self.store
            .append(Append { conversation: c, writer: Writer::Agent(agent), messages: vec![note], at })
            .await
    }

    pub async fn reads(&self, scope: Scope, c: ConversationId, span: Span) -> Option<RowsRead> {
        self.store.rows(scope, c, span).await.unwrap()
    }

    pub async fn sees(&self, scope: Scope, c: ConversationId) -> RowsRead {
        self.reads(scope, c, Span::After(Seq(0))).await.expect("within the scope")
    }

    /// The transcript as a scope sees it, a line a row.
    pub async fn transcript(&self, scope: Scope, c: ConversationId) -> Vec<String> {
        self.sees(scope, c).await.rows.iter().map(line).collect()
    }

    pub async fn summary(&self, c: ConversationId) -> Summary {
        let all = self.store.feed(OLGA, Feed(0), false, 1000).await.unwrap();
        all.into_iter().find(|summary| summary.conversation.id == c).expect("in the feed")
    }

    pub async fn agent(&self, id: AgentId) -> AgentRecord {
        self.store.agent(id).await.unwrap().expect("an agent")
    }
}

pub fn site(id: SiteId, inbox: InboxId, key: &str, name: &str) -> NewSite {
    let looks =
        SiteLooks { name: name.into(), colour: "#336699".into(), greeting: "Hello".into(), style: None };
    let origins = vec!["https://b.example".into(), "https://a.example".into()];
    NewSite { id, inbox, key: key.into(), looks, origins, at: UnixMillis(1) }
}

pub fn drafts(says: &[(u128, &str)]) -> Vec<Draft> {
    says.iter().map(|(cmid, text)| Draft::new(Cmid(*cmid), *text)).collect()
}

pub fn line(entry: &Entry) -> String {
    let who = match &entry.author {
        Author::Visitor {} => "visitor".to_owned(),
        Author::Agent { agent } => agent.name.clone(),
        Author::System {} => "system".to_owned(),
    };
    let what = match &entry.body {
        EntryBody::Message { text, .. } => format!(": {text}"),
        EntryBody::Assigned { to, version } => format!(" gives it to {} ({version})", to.name),
        EntryBody::Resolved { version } => format!(" resolves ({version})"),
        EntryBody::Reopened { version } => format!(" reopens ({version})"),
        EntryBody::Note { text, .. } => format!(" notes: {text}"),
        EntryBody::Edited { of, text, audience } => {
            format!(" edits {}{}: {text}", of.0, if audience.is_some() { " for staff" } else { "" })
        }
        EntryBody::Erased { withdrawn: Some(true), .. } => " withdrawn".to_owned(),
        EntryBody::Erased { .. } => " erased".to_owned(),
        EntryBody::Requeued { from, version, .. } => format!(" takes it from {} ({version})", from.name),
        EntryBody::Moved { name, version, .. } => format!(" moves it to {name} ({version})"),
        EntryBody::Snoozed { until } => format!(" snoozes until {}", until.0),
        EntryBody::Woken {} => " wakes".to_owned(),
        EntryBody::Filed { what, which } => {
            let word = match what {
                Filing::Tagged => "tags",
                Filing::Untagged => "untags",
                Filing::Prioritised => "says",
                Filing::Concluded => "concludes",
            };
            format!(" {word} {}", which.as_deref().unwrap_or("nothing"))
        }
        EntryBody::Rated { score, .. } => format!(" rates {score}"),
        EntryBody::AddressLeft { address } => format!(" leaves {address}"),
        EntryBody::Mailed { address, .. } => format!(" mails {address}"),
    };
    format!("{} {who}{what}", entry.seq.0)
}

/// The acks as (cmid, seq).
pub fn acks(appended: &Appended) -> Vec<(u128, u64)> {
    appended.acks.iter().map(|ack| (ack.cmid.0, ack.seq.0)).collect()
}

/// What was refused among the messages, as (cmid, code).
pub fn refused(appended: &Appended) -> Option<(u128, RefusalCode)> {
    appended.refused.as_ref().map(|refused| (refused.cmid.0, refused.code))
}

#[track_caller]
pub fn assert_refused<T: std::fmt::Debug>(result: Stored<T>, code: RefusalCode) {
    assert_eq!(result.expect_err("should be refused"), Fault::Refused(Refusal::because(code)));
}

#[track_caller]
pub fn assert_nothing_changed(changed: &Changed) {
    assert_eq!((&changed.rows[..], &changed.marks, changed.feed), (&[][..], &None, None));
}

pub const BY_ANN: Scope = Scope::Visitor(ANN);
pub const BY_AMY: Scope = Scope::Agent(AMY);
