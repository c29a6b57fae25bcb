//! Verified visitors: whom a site calls what, their sessions, and inboxes for nobody else.

use std::time::Duration;

use deskbell_shared::model::{AttributeView, IdentityView, SiteSecretId, UnixMillis, VisitorId};
use deskbell_shared::protocol::RefusalCode::{Conflict, NotAllowed, NotFound, SignedOut};

use super::Backend;
use super::story::*;
use crate::store::conversations::Rate;
use crate::store::erasure::{Before, Erase};
use crate::store::identities::{
    Identified, Identify, OVER_REMEMBERED, Proof, SITE_SECRETS_MAX, SiteSecret, UNHEARD_KEPT,
    VISITOR_SESSIONS_MAX, Visit,
};
use crate::store::mail::LeaveAddress;
use crate::store::{Scope, Stored};

pub(super) const K1: SiteSecretId = SiteSecretId(0x71);
const K2: SiteSecretId = SiteSecretId(0x72);
const K3: SiteSecretId = SiteSecretId(0x73);
const HOUR: Duration = Duration::from_secs(3600);

fn token(n: u8) -> [u8; 32] {
    [n; 32]
}

fn who(sub: &str) -> IdentityView {
    let (name, email) = (Some(format!("The {sub}")), None);
    let attributes = vec![AttributeView { name: "plan".into(), value: "gold".into() }];
    IdentityView { sub: sub.into(), name, email, attributes }
}

impl<S: Backend> Story<S> {
    pub(super) async fn makes_secret(&self, id: SiteSecretId) -> Stored<()> {
        self.store.add_site_secret(SiteSecret { id, site: SHOP, made_at: self.now() }).await
    }

    /// The shop says who is there, for an hour; `before` is the token of the device.
    pub(super) async fn says_it_is(&self, sub: &str, before: Option<u8>, after: u8) -> Stored<Identified> {
        let at = self.now();
        self.says_at(sub, before, after, at).await
    }

    async fn says_at(&self, sub: &str, before: Option<u8>, after: u8, at: UnixMillis) -> Stored<Identified> {
        let identify = Identify {
            site: SHOP,
            secret: K1,
            who: who(sub),
            visitor: VisitorId(0xf00 + u128::from(after)),
            before: before.map(|n| (token(n), anonymous(n))),
            token: token(after),
            at,
            until: at.plus(HOUR),
        };
        self.store.identify(identify).await
    }

    async fn visit(&self, n: u8) -> Visit {
        self.store.standing(Proof::Token(SHOP, token(n)), SALES).await.unwrap().visit
    }
}

/// Who a token belongs to while nobody is verified.
fn anonymous(n: u8) -> VisitorId {
    VisitorId(0xa00 + u128::from(n))
}

pub async fn a_site_has_two_secrets_at_a_time<S: Backend>(story: Story<S>) {
    let unknown = SiteSecret { id: K1, site: BLOG, made_at: story.now() };
    assert_refused(story.store.add_site_secret(unknown).await, NotFound);
    for id in [K2, K1] {
        story.makes_secret(id).await.unwrap();
    }
    assert_refused(story.makes_secret(K3).await, Conflict);
    let ids = async || -> Vec<SiteSecretId> {
        story.store.site_secrets(SHOP).await.unwrap().iter().map(|secret| secret.id).collect()
    };
    assert_eq!((ids().await, SITE_SECRETS_MAX), (vec![K2, K1], 2));
    story.opens_a_blog().await;
    assert_refused(story.store.drop_site_secret(BLOG, K1).await, NotFound);
    story.store.drop_site_secret(SHOP, K2).await.unwrap();
    assert_refused(story.store.drop_site_secret(SHOP, K2).await, NotFound);
    story.makes_secret(K3).await.unwrap();
    assert_eq!(ids().await, [K1, K3]);
    assert!(story.store.site_secrets(BLOG).await.unwrap().is_empty());
}

/// S13: the token before is over, whoever it belonged to.
pub async fn the_token_before_is_over<S: Backend>(story: Story<S>) {
    story.makes_secret(K1).await.unwrap();
    assert_eq!(story.visit(1).await, Visit::Unverified);
    let first = story.says_it_is("ann", Some(1), 2).await.unwrap();
    assert_eq!(first.before, Some(anonymous(1)));
    assert_eq!(story.visit(1).await, Visit::Over);
    let signed = async |visitor| story.store.standing(Proof::Signed(visitor), SALES).await.unwrap().visit;
    assert_eq!(signed(anonymous(1)).await, Visit::Over);
    assert_eq!(signed(first.visitor).await, Visit::Verified { visitor: first.visitor, until: None });
    assert_eq!(signed(ANN).await, Visit::Unverified);
    let Visit::Verified { visitor, until: Some(_) } = story.visit(2).await else { panic!("not verified") };
    assert_eq!(visitor, first.visitor);
    // The same person again: another token, the same visitor, whom the shop may call by another name.
    let second = story.says_it_is("ann", Some(2), 3).await.unwrap();
    assert_eq!(second, Identified { visitor: first.visitor, before: Some(first.visitor) });
    assert_eq!(story.visit(2).await, Visit::Over);
    // Somebody else at the same device, and the first at another one.
    let other = story.says_it_is("bob", Some(3), 4).await.unwrap();
    assert_ne!(other.visitor, first.visitor);
    assert_eq!(other.before, Some(first.visitor));
    let elsewhere = story.says_it_is("ann", None, 5).await.unwrap();
    assert_eq!(elsewhere, Identified { visitor: first.visitor, before: None });
    assert!(matches!(story.visit(4).await, Visit::Verified { .. }), "another device is not asked");
    // What is over belongs to nobody any more.
    assert_eq!(story.says_it_is("ann", Some(2), 6).await.unwrap().before, None);
    assert_eq!(story.says_it_is("ann", Some(1), 7).await.unwrap().before, None);
    // A token means what it means at its own site.
    let at_blog = story.store.standing(Proof::Token(BLOG, token(5)), PRESS).await.unwrap();
    assert_eq!(at_blog.visit, Visit::Unverified);
}

pub async fn a_visit_ends_for_good<S: Backend>(story: Story<S>) {
    story.makes_secret(K1).await.unwrap();
    story.says_it_is("ann", None, 1).await.unwrap();
    story.starts(anonymous(2), C1, &[(1, "hi")]).await.unwrap();
    for n in [1, 2] {
        story.store.end_visit(SHOP, token(n), anonymous(n), story.now()).await.unwrap();
        story.store.end_visit(SHOP, token(n), anonymous(n), story.now()).await.unwrap();
        assert_eq!(story.visit(n).await, Visit::Over);
    }
    assert_eq!(story.visit(3).await, Visit::Unverified);
}

/// Whoever makes up tokens and leaves with them fills nothing.
pub async fn a_token_that_was_good_for_nothing_leaves_no_trace<S: Backend>(story: Story<S>) {
    story.store.end_visit(SHOP, token(3), anonymous(3), story.now()).await.unwrap();
    assert_eq!(story.visit(3).await, Visit::Unverified);
    let signed = story.store.standing(Proof::Signed(anonymous(3)), SALES).await.unwrap().visit;
    assert_eq!(signed, Visit::Unverified);
}

pub async fn without_its_secret_a_session_is_over<S: Backend>(story: Story<S>) {
    assert_refused(story.says_it_is("ann", None, 1).await, SignedOut);
    story.makes_secret(K1).await.unwrap();
    story.makes_secret(K2).await.unwrap();
    story.says_it_is("ann", None, 1).await.unwrap();
    story.store.drop_site_secret(SHOP, K2).await.unwrap();
    assert!(matches!(story.visit(1).await, Visit::Verified { .. }));
    story.store.drop_site_secret(SHOP, K1).await.unwrap();
    assert_eq!(story.visit(1).await, Visit::Over);
    assert_refused(story.says_it_is("ann", None, 2).await, SignedOut);
    assert_eq!(story.visit(2).await, Visit::Unverified, "a refusal leaves no trace");
}

pub async fn sessions_of_one_visitor_are_bounded<S: Backend>(story: Story<S>) {
    story.makes_secret(K1).await.unwrap();
    let last = VISITOR_SESSIONS_MAX as u8 + 1;
    for n in 1..=last {
        story.says_it_is("ann", None, n).await.unwrap();
    }
    assert_eq!(story.visit(1).await, Visit::Over);
    for n in 2..=last {
        assert!(matches!(story.visit(n).await, Visit::Verified { .. }), "{n}");
    }
}

/// S10: every act that others see, and not only the first.
pub async fn an_inbox_for_verified_visitors_takes_nothing_from_others<S: Backend>(story: Story<S>) {
    story.makes_secret(K1).await.unwrap();
    let ann = story.says_it_is("ann", None, 1).await.unwrap().visitor;
    story.starts(BOB, C1, &[(1, "before")]).await.unwrap();
    assert_refused(story.store.set_verified_only(PRESS, true).await, NotFound);
    let told = async || {
        let inboxes = story.store.inboxes().await.unwrap();
        inboxes.iter().find(|inbox| inbox.id == SALES).is_some_and(|inbox| inbox.verified_only)
    };
    assert!(!told().await);
    story.store.set_verified_only(SALES, true).await.unwrap();
    story.store.set_verified_only(SALES, true).await.unwrap();
    assert!(told().await);
    assert!(story.store.standing(Proof::Signed(BOB), SALES).await.unwrap().verified_only);
    let by_bob = Scope::Visitor(BOB);
    assert_refused(story.starts(ANN_AT_BLOG, C2, &[(2, "hello")]).await, NotAllowed);
    assert_refused(story.says(BOB, C1, &[(3, "more")]).await, NotAllowed);
    assert_refused(story.starts(BOB, C1, &[(3, "more")]).await, NotAllowed);
    assert_refused(story.resolves(by_bob, C1).await, NotAllowed);
    let leave =
        LeaveAddress { conversation: C1, visitor: BOB, address: "b@b.example".into(), at: story.now() };
    assert_refused(story.store.leave_address(leave).await, NotAllowed);
    story.resolves(BY_AMY, C1).await.unwrap();
    let rate = Rate { conversation: C1, visitor: BOB, score: 1, comment: None, at: story.now() };
    assert_refused(story.store.rate(rate).await, NotAllowed);
    // What was acknowledged stays so, and what they have written they may read.
    assert_eq!(acks(&story.says(BOB, C1, &[(1, "before")]).await.unwrap()), [(1, 1)]);
    let seen = story.says(BOB, C1, &[(1, "before"), (4, "after")]).await.unwrap();
    assert_eq!((acks(&seen), refused(&seen)), (vec![(1, 1)], Some((4, NotAllowed))));
    assert_eq!(story.sees(by_bob, C1).await.rows.len(), 2);
    assert_nothing_changed(&story.marks(by_bob, C1, 0, 0).await.unwrap());
    // Verified visitors and agents do as ever.
    story.starts(ann, C3, &[(5, "hello")]).await.unwrap();
    story.says(ann, C3, &[(6, "more")]).await.unwrap();
    story.claims(AMY, C3, 0).await.unwrap();
    story.answers(AMY, C3, &[(7, "yes")]).await.unwrap();
    story.resolves(Scope::Visitor(ann), C3).await.unwrap();
    story.store.set_verified_only(SALES, false).await.unwrap();
    story.says(BOB, C1, &[(8, "again")]).await.unwrap();
}

pub async fn what_a_site_says_last_counts<S: Backend>(story: Story<S>) {
    story.makes_secret(K1).await.unwrap();
    let ann = story.says_it_is("ann", None, 1).await.unwrap().visitor;
    assert_eq!(story.store.identity(ann).await.unwrap(), Some(who("ann")));
    let at = story.now();
    let renamed =
        IdentityView { name: None, email: Some("a@a.example".into()), attributes: Vec::new(), ..who("ann") };
    let again = Identify {
        site: SHOP,
        secret: K1,
        who: renamed.clone(),
        visitor: VisitorId(0xfff),
        before: None,
        token: token(2),
        at,
        until: at.plus(HOUR),
    };
    assert_eq!(story.store.identify(again).await.unwrap().visitor, ann);
    assert_eq!(story.store.identity(ann).await.unwrap(), Some(renamed));
    assert_eq!(story.store.identity(ANN).await.unwrap(), None);
}

/// Whoever was forgotten and comes again is somebody new, whatever the site calls them by.
pub async fn a_forgotten_visitor_is_nobody_any_more<S: Backend>(story: Story<S>) {
    story.makes_secret(K1).await.unwrap();
    let ann = story.says_it_is("ann", None, 1).await.unwrap().visitor;
    story.starts(ann, C1, &[(1, "hello")]).await.unwrap();
    let (scope, at) = (Scope::Visitor(ann), story.now());
    story.store.erase_visitor(Erase { visitor: ann, scope, at }).await.unwrap();
    assert_eq!(story.store.identity(ann).await.unwrap(), None);
    assert_eq!(story.visit(1).await, Visit::Over);
    let anew = story.says_it_is("ann", Some(1), 2).await.unwrap();
    assert_eq!(anew.before, None);
    assert_ne!(anew.visitor, ann);
    assert!(story.store.conversations_of(anew.visitor, 10).await.unwrap().is_empty());
}

/// As long as the inbox keeps anything they said, and no longer.
pub async fn who_somebody_is_goes_with_the_last_they_said<S: Backend>(story: Story<S>) {
    story.makes_secret(K1).await.unwrap();
    let ann = story.says_it_is("ann", None, 1).await.unwrap().visitor;
    let me = Scope::Visitor(ann);
    for (conversation, cmid) in [(C1, 1), (C2, 2)] {
        story.starts(ann, conversation, &[(cmid, "hi")]).await.unwrap();
        story.resolves(me, conversation).await.unwrap();
    }
    let old = |at| Before { messages: Some(at), files: None };
    let first = story.summary(C2).await.last_at;
    let turn = story.store.begin_retention().await.unwrap();
    assert_eq!(story.store.retain(turn, SALES, old(first), 9).await.unwrap().len(), 1);
    assert_eq!(story.store.identity(ann).await.unwrap(), Some(who("ann")), "something is there still");
    assert_eq!(story.store.retain(turn, SALES, old(story.now()), 9).await.unwrap().len(), 1);
    assert_eq!(story.store.identity(ann).await.unwrap(), None);
    assert_eq!(story.visit(1).await, Visit::Over);
}

pub async fn what_is_over_and_leads_nowhere_is_forgotten<S: Backend>(story: Story<S>) {
    story.makes_secret(K1).await.unwrap();
    let silent = story.says_it_is("ann", None, 1).await.unwrap().visitor;
    let heard = story.says_it_is("bob", Some(4), 2).await.unwrap().visitor;
    story.starts(heard, C1, &[(1, "hello")]).await.unwrap();
    story.starts(anonymous(3), C2, &[(2, "hello")]).await.unwrap();
    story.says_it_is("eve", Some(3), 5).await.unwrap();
    let day = story.now().plus(UNHEARD_KEPT).plus(HOUR);
    story.says_at("eve", None, 6, day).await.unwrap();
    story.store.forget_identities(day).await.unwrap();
    assert_eq!(story.store.identity(silent).await.unwrap(), None);
    assert!(story.store.identity(heard).await.unwrap().is_some());
    let later = story.now().plus(OVER_REMEMBERED).plus(HOUR + HOUR);
    story.says_at("eve", None, 7, later).await.unwrap();
    story.store.forget_identities(later).await.unwrap();
    assert_eq!(story.visit(4).await, Visit::Unverified, "nobody ever wrote with it");
    assert_eq!(story.visit(3).await, Visit::Over, "a conversation would be read with it");
}
