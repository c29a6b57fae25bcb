//! Identities and sessions of visitors, in memory.

use std::collections::BTreeSet;

use async_trait::async_trait;
use deskbell_shared::model::{
    IdentityView, InboxId, SiteId, SiteSecretId, UnixMillis, VisitorId, VisitorName,
};
use deskbell_shared::protocol::RefusalCode;

use super::{MemoryStore, State, refuse};
use crate::store::accounts::SecretDigest;
use crate::store::identities::{
    Identified, Identify, IdentityStore, OVER_REMEMBERED, Proof, SITE_SECRETS_MAX, SiteSecret, Standing,
    UNHEARD_KEPT, VISITOR_SESSIONS_MAX, Visit,
};
use crate::store::{Refusal, Stored};

/// What is known of verified visitors.
#[derive(Default)]
pub(super) struct Identities {
    secrets: Vec<SiteSecret>,
    known: Vec<Known>,
    sessions: Vec<Session>,
    verified_only: BTreeSet<InboxId>,
}

impl Identities {
    /// Whether an inbox takes nothing from visitors who are not verified.
    pub(super) fn is_verified_only(&self, inbox: InboxId) -> bool {
        self.verified_only.contains(&inbox)
    }
}

struct Known {
    visitor: VisitorId,
    site: SiteId,
    who: IdentityView,
    said_at: UnixMillis,
}

struct Session {
    site: SiteId,
    token: SecretDigest,
    visitor: VisitorId,
    secret: Option<SiteSecretId>,
    ends_at: UnixMillis,
    is_over: bool,
}

#[async_trait]
impl IdentityStore for MemoryStore {
    async fn site_secrets(&self, site: SiteId) -> Stored<Vec<SiteSecret>> {
        Ok(self.lock().secrets_of(site))
    }

    async fn add_site_secret(&self, secret: SiteSecret) -> Stored<()> {
        self.noted(|state, _| {
            if !state.sites.iter().any(|site| site.id == secret.site) {
                return refuse(RefusalCode::NotFound);
            }
            if state.secrets_of(secret.site).len() >= SITE_SECRETS_MAX {
                return refuse(RefusalCode::Conflict);
            }
            state.identities.secrets.push(secret);
            Ok(())
        })
    }

    async fn drop_site_secret(&self, site: SiteId, id: SiteSecretId) -> Stored<()> {
        self.noted(|state, _| {
            if !state.secrets_of(site).iter().any(|known| known.id == id) {
                return refuse(RefusalCode::NotFound);
            }
            state.identities.secrets.retain(|known| known.id != id);
            let own = |session: &&mut Session| session.site == site && session.secret == Some(id);
            state.identities.sessions.iter_mut().filter(own).for_each(|session| session.is_over = true);
            Ok(())
        })
    }

    async fn identify(&self, it: Identify) -> Stored<Identified> {
        let state = &mut *self.lock();
        if !state.secrets_of(it.site).iter().any(|known| known.id == it.secret) {
            return refuse(RefusalCode::SignedOut);
        }
        let before = it.before.and_then(|(token, anonymous)| state.end(it.site, token, anonymous, it.at));
        let all = &mut state.identities;
        let same = |known: &&mut Known| known.site == it.site && known.who.sub == it.who.sub;
        let visitor = match all.known.iter_mut().find(same) {
            Some(known) => {
                (known.who, known.said_at) = (it.who, it.at);
                known.visitor
            }
            None => {
                all.known.push(Known { visitor: it.visitor, site: it.site, who: it.who, said_at: it.at });
                it.visitor
            }
        };
        let (secret, ends_at) = (Some(it.secret), it.until);
        all.sessions.push(Session {
            site: it.site,
            token: it.token,
            visitor,
            secret,
            ends_at,
            is_over: false,
        });
        // The newest are last.
        let open = all.sessions.iter_mut().rev().filter(|one| one.visitor == visitor && !one.is_over);
        open.skip(VISITOR_SESSIONS_MAX).for_each(|session| session.is_over = true);
        Ok(Identified { visitor, before })
    }

    async fn standing(&self, of: Proof, inbox: InboxId) -> Stored<Standing> {
        let state = &*self.lock();
        let all = &state.identities;
        let visit = match of {
            Proof::Token(site, token) => {
                match all.sessions.iter().find(|one| one.site == site && one.token == token) {
                    None => Visit::Unverified,
                    Some(session) if session.is_over => Visit::Over,
                    Some(session) => {
                        Visit::Verified { visitor: session.visitor, until: Some(session.ends_at) }
                    }
                }
            }
            Proof::Signed(visitor) if state.is_verified(visitor) => Visit::Verified { visitor, until: None },
            Proof::Signed(visitor) => {
                let is_over = all.sessions.iter().any(|one| one.visitor == visitor && one.secret.is_none());
                if is_over { Visit::Over } else { Visit::Unverified }
            }
        };
        Ok(Standing { visit, verified_only: all.is_verified_only(inbox) })
    }

    async fn end_visit(
        &self,
        site: SiteId,
        token: SecretDigest,
        anonymous: VisitorId,
        at: UnixMillis,
    ) -> Stored<()> {
        let state = &mut *self.lock();
        let sessions = &state.identities.sessions;
        let is_known = sessions.iter().any(|one| one.site == site && one.token == token)
            || state.visitors.iter().any(|(_, visitor)| visitor.id == anonymous)
            || state.has_files_of(anonymous);
        if is_known {
            state.end(site, token, anonymous, at);
        }
        Ok(())
    }

    async fn forget_identities(&self, at: UnixMillis) -> Stored<()> {
        self.lock().forget_old(at);
        Ok(())
    }

    async fn identity(&self, visitor: VisitorId) -> Stored<Option<IdentityView>> {
        Ok(self.lock().identity_of(visitor))
    }

    async fn set_verified_only(&self, inbox: InboxId, is_so: bool) -> Stored<()> {
        self.noted(|state, _| {
            let is_there = state.inboxes.iter().any(|known| known.id == inbox)
                || state.sites.iter().any(|site| site.inbox == inbox);
            if !is_there {
                return refuse(RefusalCode::NotFound);
            }
            match is_so {
                true => state.identities.verified_only.insert(inbox),
                false => state.identities.verified_only.remove(&inbox),
            };
            Ok(())
        })
    }
}

impl State {
    fn secrets_of(&self, site: SiteId) -> Vec<SiteSecret> {
        self.identities.secrets.iter().filter(|known| known.site == site).copied().collect()
    }

    fn end(
        &mut self,
        site: SiteId,
        token: SecretDigest,
        anonymous: VisitorId,
        at: UnixMillis,
    ) -> Option<VisitorId> {
        let sessions = &mut self.identities.sessions;
        match sessions.iter_mut().find(|one| one.site == site && one.token == token) {
            Some(known) => {
                let was_good = !known.is_over && at < known.ends_at;
                known.is_over = true;
                was_good.then_some(known.visitor)
            }
            None => {
                let (secret, visitor) = (None, anonymous);
                sessions.push(Session { site, token, visitor, secret, ends_at: at, is_over: true });
                Some(anonymous)
            }
        }
    }

    fn forget_old(&mut self, at: UnixMillis) {
        let written: Vec<VisitorId> = self.visitors.iter().map(|(_, visitor)| visitor.id).collect();
        let Identities { sessions, known, .. } = &mut self.identities;
        sessions.retain(|one| {
            one.ends_at >= at.minus(OVER_REMEMBERED)
                || (one.secret.is_none() && written.contains(&one.visitor))
        });
        known.retain(|one| {
            let is_here = |session: &Session| {
                session.visitor == one.visitor && !session.is_over && session.ends_at > at
            };
            one.said_at >= at.minus(UNHEARD_KEPT)
                || written.contains(&one.visitor)
                || sessions.iter().any(is_here)
        });
    }

    pub(super) fn identity_of(&self, visitor: VisitorId) -> Option<IdentityView> {
        let known = self.identities.known.iter().find(|known| known.visitor == visitor);
        known.map(|known| known.who.clone())
    }

    pub(super) fn is_verified(&self, visitor: VisitorId) -> bool {
        self.identities.known.iter().any(|known| known.visitor == visitor)
    }

    /// Refuses a visitor who is not verified where nobody else may do anything.
    pub(super) fn may_act(&self, visitor: VisitorId, inbox: InboxId) -> Result<(), Refusal> {
        match self.identities.is_verified_only(inbox) && !self.is_verified(visitor) {
            true => Err(Refusal::because(RefusalCode::NotAllowed)),
            false => Ok(()),
        }
    }

    pub(super) fn forget_identity(&mut self, visitor: VisitorId) {
        let Identities { sessions, known, .. } = &mut self.identities;
        known.retain(|known| known.visitor != visitor);
        sessions.iter_mut().filter(|one| one.visitor == visitor).for_each(|one| one.is_over = true);
    }
}

impl State {
    /// What a visitor is called.
    pub fn called(&self, visitor: VisitorId) -> Option<VisitorName> {
        let signed = self.identity_of(visitor).map(|who| who.called().to_owned());
        let said = self.abouts.get(&visitor).and_then(|about| about.name()).map(str::to_owned);
        VisitorName::of(signed, said)
    }
}
