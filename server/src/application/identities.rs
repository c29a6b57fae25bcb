//! Who visitors are: by the token of their device, or by what the server of their site has signed (S10 to S13). Here
//! is decided who is let in; that nobody else writes to an inbox for verified visitors is held by the store too.
//!
//! A verified visitor has an id of their own, remembered for what the site calls them by: the same on every device. Nothing
//! of what was said before on this device goes over to it. Who wrote that cannot be known (a family's tablet, a
//! library), and a conversation that somebody else reads is worse than one that begins anew.

use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::model::{AttributeView, IdentityView, InboxId, SiteId, SiteSecretId, VisitorId};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{NewSiteSecret, SiteIdentityView, SiteSecretView};
use deskbell_shared::protocol::limits::NAME_CHARS_MAX;

use super::accounts::Signed;
use super::denial::Denial;
use super::{Application, names};
use crate::auth::identity::{Wrong, verified};
use crate::auth::principal::{Principal, VisitorSession};
use crate::auth::seal::Sealer;
use crate::auth::secret::{Secret, random};
use crate::auth::visitor::visitor_id;
use crate::store::accounts::SiteRecord;
use crate::store::audit::{Target, What};
use crate::store::identities::{Identify, Proof, SITE_SECRETS_MAX, SiteSecret, Standing, Visit};

/// How long somebody is verified by one signature. A site that says so on each page never comes to it; where a site
/// has not said `logout`, nobody reads along the day after.
pub const VERIFIED_MAX: Duration = Duration::from_secs(24 * 3600);
/// Sockets of the token before are closed after this: at once they would come back with it, before the device has the new
/// one, and be sent away.
pub const COME_BACK_AFTER: Duration = Duration::from_secs(1);
/// Characters of the name of an attribute.
pub const ATTRIBUTE_NAME_CHARS_MAX: usize = 40;
/// Characters of what it is.
pub const ATTRIBUTE_CHARS_MAX: usize = 200;

/// Lets visitors in.
pub struct Identities {
    app: Arc<Application>,
    sealer: Sealer,
}

/// A session that was just opened.
pub struct Opened {
    /// Its token.
    pub token: Secret,
    /// Whether it is somebody else's than the one before.
    pub changed: bool,
}

impl Identities {
    /// With a key of 32 random bytes, of which the secrets of sites are made.
    pub fn new(app: Arc<Application>, key: [u8; 32]) -> Identities {
        Identities { app, sealer: Sealer::new(key, "site secret") }
    }

    /// Whose a token is. Refused: `signed_out` when it is over, `not_allowed` where only verified visitors may come.
    pub async fn visitor(&self, site: &SiteRecord, token: &Secret) -> Result<Principal, Denial> {
        let (who, standing) = self.holder(site, token).await?;
        admitted(&who, &standing)?;
        Ok(who)
    }

    /// Whose a token is, wherever they may come: to be forgotten, and to leave. Refused: `signed_out`.
    pub async fn anybody(&self, site: &SiteRecord, token: &Secret) -> Result<VisitorId, Denial> {
        match self.holder(site, token).await? {
            (Principal::Visitor { id, .. }, _) => Ok(id),
            _ => Err(Denial::signed_out()),
        }
    }

    async fn holder(&self, site: &SiteRecord, token: &Secret) -> Result<(Principal, Standing), Denial> {
        let digest = token.digest();
        let standing = self.app.store.standing(Proof::Token(site.id, digest), site.inbox).await?;
        let (id, is_verified) = match standing.visit {
            Visit::Unverified => (visitor_id(site.id, token), false),
            Visit::Verified { visitor, until } if until.is_none_or(|until| self.app.now() < until) => {
                (visitor, true)
            }
            Visit::Verified { .. } | Visit::Over => return Err(over()),
        };
        let session = Some(VisitorSession { token: digest, is_verified });
        Ok((Principal::Visitor { id, site: site.id, inbox: site.inbox, session }, standing))
    }

    /// Whether something that we have signed for a visitor may still be used: `came_as` is who their device says they
    /// are. Refused as in `visitor`.
    pub async fn signed(
        &self,
        site: &SiteRecord,
        visitor: VisitorId,
        came_as: Option<&Secret>,
    ) -> Result<Principal, Denial> {
        let standing = self.app.store.standing(Proof::Signed(visitor), site.inbox).await?;
        match (standing.visit, came_as) {
            (Visit::Unverified, _) => {
                let who = Principal::Visitor { id: visitor, site: site.id, inbox: site.inbox, session: None };
                admitted(&who, &standing)?;
                Ok(who)
            }
            (Visit::Verified { .. }, Some(token)) => match self.visitor(site, token).await? {
                who @ Principal::Visitor { id, .. } if id == visitor => Ok(who),
                _ => Err(over()),
            },
            (Visit::Verified { .. } | Visit::Over, _) => Err(over()),
        }
    }

    /// Opens a session for whoever the site's server says this is. The token before is over, whoever it belonged to.
    /// Refused: `signed_out`, with the reason.
    pub async fn identify(
        &self,
        site: &SiteRecord,
        identity: &str,
        before: Option<&Secret>,
    ) -> Result<Opened, Denial> {
        let at = self.app.now();
        let known = self.app.store.site_secrets(site.id).await?;
        let keys: Vec<String> = known.iter().map(|secret| self.text_of(secret)).collect();
        let read = verified(identity, &keys, &site.key, at);
        let (signed_with, who) = read.map_err(|wrong: Wrong| {
            tracing::info!(site = %site.id, why = ?wrong, "an identity was not accepted");
            Denial::because(RefusalCode::SignedOut, wrong.words())
        })?;
        let token = Secret::fresh();
        let opened = self
            .app
            .store
            .identify(Identify {
                site: site.id,
                secret: known[signed_with].id,
                who: tidied(who),
                visitor: VisitorId::from_parts(at, random()),
                before: before.map(|token| (token.digest(), visitor_id(site.id, token))),
                token: token.digest(),
                at,
                until: at.plus(VERIFIED_MAX),
            })
            .await?;
        if let Some(before) = before {
            let (app, site, before) = (Arc::clone(&self.app), site.id, before.digest());
            tokio::spawn(async move {
                tokio::time::sleep(COME_BACK_AFTER).await;
                app.hub.end_visit(site, before);
            });
        }
        Ok(Opened { token, changed: opened.before != Some(opened.visitor) })
    }

    /// Ends a token for good, whoever it belongs to.
    pub async fn log_out(&self, site: &SiteRecord, token: &Secret) -> Result<(), Denial> {
        let anonymous = visitor_id(site.id, token);
        self.app.store.end_visit(site.id, token.digest(), anonymous, self.app.now()).await?;
        self.app.hub.end_visit(site.id, token.digest());
        Ok(())
    }

    /// What the owner of a site sees of this.
    pub async fn of_site(&self, site: SiteId) -> Result<SiteIdentityView, Denial> {
        let site = self.site(site).await?;
        let secrets = self.app.store.site_secrets(site.id).await?;
        let standing = self.app.store.standing(Proof::Signed(VisitorId(0)), site.inbox).await?;
        let view = |secret: SiteSecret| SiteSecretView { id: secret.id, made_at: secret.made_at };
        Ok(SiteIdentityView {
            secrets: secrets.into_iter().map(view).collect(),
            inbox: site.inbox,
            verified_only: standing.verified_only,
        })
    }

    /// Makes another secret for a site. It is shown here and never again. Refused: `conflict` when there are two.
    pub async fn make_secret(&self, by: Signed, site: SiteId) -> Result<NewSiteSecret, Denial> {
        let made_at = self.app.now();
        let secret = SiteSecret { id: SiteSecretId::from_bytes(random()), site, made_at };
        let detail = secret.id.to_string();
        let store = self.app.noting(by, What::SiteSecretMade, Target::Site(site), detail);
        store.add_site_secret(secret).await.map_err(|fault| match fault.is(RefusalCode::Conflict) {
            true => {
                let words = format!("a site has at most {SITE_SECRETS_MAX} secrets: drop one first");
                Denial::because(RefusalCode::Conflict, words)
            }
            false => fault.into(),
        })?;
        tracing::info!(%site, secret = %secret.id, "a secret of a site was made");
        Ok(NewSiteSecret { id: secret.id, secret: self.text_of(&secret) })
    }

    /// Takes a secret away. Whoever was verified with it is not any more.
    pub async fn drop_secret(&self, by: Signed, site: SiteId, id: SiteSecretId) -> Result<(), Denial> {
        let store = self.app.noting(by, What::SiteSecretDropped, Target::Site(site), id.to_string());
        store.drop_site_secret(site, id).await?;
        tracing::info!(%site, secret = %id, "a secret of a site was dropped");
        // Those whose session goes on come back at once.
        self.app.hub.end_visits_where(|who| {
            matches!(who, Principal::Visitor { site: of, .. } if *of == site) && who.is_verified()
        });
        Ok(())
    }

    /// Has an inbox take nothing from visitors who are not verified, or take it from everybody.
    pub async fn set_verified_only(&self, by: Signed, inbox: InboxId, is_so: bool) -> Result<(), Denial> {
        let detail = if is_so { "verified" } else { "everybody" };
        let store = self.app.noting(by, What::InboxAdmissionChanged, Target::Inbox(inbox), detail);
        store.set_verified_only(inbox, is_so).await?;
        tracing::info!(%inbox, verified_only = is_so, "who may write to an inbox was changed");
        self.app.hub.end_visits_where(|who| {
            is_so && matches!(who, Principal::Visitor { inbox: to, .. } if *to == inbox) && !who.is_verified()
        });
        // Where it is one of several that a site offers.
        self.app.hub.people_changed();
        Ok(())
    }

    async fn site(&self, id: SiteId) -> Result<SiteRecord, Denial> {
        let found = self.app.store.sites().await?.into_iter().find(|site| site.id == id);
        found.ok_or_else(Denial::not_found)
    }

    /// The secret itself, which is nowhere but here.
    fn text_of(&self, secret: &SiteSecret) -> String {
        self.sealer.derived(&secret.site.to_bytes(), &secret.id.to_bytes())
    }
}

fn over() -> Denial {
    Denial::because(RefusalCode::SignedOut, "this session is over")
}

fn admitted(who: &Principal, standing: &Standing) -> Result<(), Denial> {
    if standing.verified_only && !who.is_verified() {
        let words = "this chat is for people who are signed in on the website";
        return Err(Denial::because(RefusalCode::NotAllowed, words));
    }
    Ok(())
}

/// Names that people may have chosen themselves, as lines of bounded length.
fn tidied(who: IdentityView) -> IdentityView {
    let filled = |text: String| (!text.is_empty()).then_some(text);
    let attribute = |one: AttributeView| AttributeView {
        name: names::shown(&one.name, ATTRIBUTE_NAME_CHARS_MAX),
        value: names::shown(&one.value, ATTRIBUTE_CHARS_MAX),
    };
    IdentityView {
        sub: who.sub,
        name: who.name.map(|name| names::shown(&name, NAME_CHARS_MAX)).and_then(filled),
        email: who.email.and_then(|email| names::email(&email).ok()),
        attributes: who.attributes.into_iter().map(attribute).collect(),
    }
}
