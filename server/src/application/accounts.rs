//! People who sign in: setting up, signing in and out, invitations, passwords, profiles. Every method that changes
//! something is given who asks; which routes an agent or an owner may call stands in `http::routes`. Pictures are
//! `pictures`'.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deskbell_shared::model::{AgentId, Right, Role, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{
    InviteAccept, InviteRequest, InviteView, LoginRequest, MeView, PasswordEdit, PeopleView, PersonView,
    ProfileEdit, ProofRequest, SetupRequest, SiteEdit,
};

use super::allowance::{Bucket, Rate};
use super::audit::By;
use super::denial::Denial;
use super::second_step::Entered;
use super::sessions::Arrival;
use super::sites::new_site;
use super::{Application, names};
use crate::auth::password::{Passwords, Verdict, objection};
use crate::auth::principal::Principal;
use crate::auth::second_step::SecondSteps;
use crate::auth::secret::{Secret, random};
use crate::auth::session;
use crate::auth::throttle::{Locked, Place, Throttle};
use crate::auth::ticket::TicketError;
use crate::store::accounts::{
    AgentEdit, AgentRecord, EndSessions, InviteRecord, NewAgent, SecretDigest, SessionRecord,
};
use crate::store::audit::{Network, Target, What};
use crate::store::{Fault, Refusal, Store};

/// Sign-ins that fail are noted in the audit trail at this rate at most: whoever is nobody must not fill the disk. The
/// next one that is noted says how many were left out.
pub const FAILED_ROWS: Rate = Rate::new(1_000, Duration::from_secs(6));

/// What can be done with accounts.
pub struct Accounts {
    pub(super) app: Arc<Application>,
    passwords: Passwords,
    pub(super) throttle: Throttle,
    pub(super) second: SecondSteps,
    /// The digest of the set-up link of this run. In memory: each start prints a new one until it is used.
    set_up_link: Mutex<Option<SecretDigest>>,
    failures: Mutex<Failures>,
}

/// What is left of `FAILED_ROWS`, and how many were not noted since.
#[derive(Default)]
struct Failures {
    bucket: Bucket,
    left_out: u32,
}

/// Somebody who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who.
    pub id: AgentId,
    /// What they may do now.
    pub role: Role,
    /// The digest of their session.
    pub session: SecretDigest,
    /// Where this request comes from.
    pub from: Network,
}

impl Signed {
    /// The same, for what is asked on a connection.
    pub fn principal(&self) -> Principal {
        Principal::Agent { id: self.id, role: self.role, session: self.session, from: Some(self.from) }
    }
}

/// A session that was just opened.
pub struct Opened {
    /// For the cookie.
    pub secret: Secret,
    /// For the answer.
    pub me: MeView,
}

impl Accounts {
    /// With nobody throttled yet, and a key of 32 random bytes, of which the secrets of second steps are made.
    pub fn new(app: Arc<Application>, key: [u8; 32]) -> Accounts {
        Accounts {
            app,
            passwords: Passwords::new(),
            throttle: Throttle::default(),
            second: SecondSteps::new(key),
            set_up_link: Mutex::default(),
            failures: Mutex::default(),
        }
    }

    /// A new secret for the set-up link, while there is no owner; an earlier one ends.
    pub async fn offer_set_up(&self) -> Result<Option<Secret>, Denial> {
        if self.app.store.is_set_up().await? {
            return Ok(None);
        }
        let secret = Secret::fresh();
        *self.set_up_link.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret.digest());
        Ok(Some(secret))
    }

    /// Makes the owner and the first site, and signs the owner in.
    pub async fn set_up(&self, asked: SetupRequest, arrival: Arrival) -> Result<Opened, Denial> {
        let link = || {
            Denial::because(
                RefusalCode::NotFound,
                "this set-up link is not valid any more; see the server's output",
            )
        };
        let offered = *self.set_up_link.lock().unwrap_or_else(PoisonError::into_inner);
        let given = Secret::received(&asked.token).map(|secret| secret.digest());
        if given.is_none() || given != offered {
            return Err(link());
        }
        let now = self.app.now();
        let site = new_site(SiteEdit { inbox: None, ..asked.site }, now)?;
        let owner = self.new_agent(&asked.name, &asked.email, asked.password, Role::Owner, now).await?;
        let id = owner.id;
        let by = By::agent(id, arrival.from.into());
        let store = self.app.noting(by, What::SetUp, Target::Site(site.id), "");
        store.set_up(owner, site).await.map_err(|fault| match fault {
            Fault::Refused(_) => link(),
            fault => fault.into(),
        })?;
        *self.set_up_link.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // There is an inbox now, which wants a desk.
        self.app.hub.permissions_changed();
        tracing::info!(agent = %id, "the owner was made");
        self.open(id, now, arrival).await
    }

    /// Signs in, or asks for a code. An unknown e-mail takes as long and reads the same as a wrong password.
    pub async fn sign_in(
        &self,
        asked: LoginRequest,
        arrival: Arrival,
        old: Option<Secret>,
    ) -> Result<Entered, Denial> {
        let wrong = || Denial::because(RefusalCode::Invalid, "the e-mail or the password is not right");
        let now = self.app.now();
        let email = asked.email.trim().to_lowercase();
        if email.len() > names::EMAIL_BYTES_MAX
            || asked.password.len() > crate::auth::password::PASSWORD_BYTES_MAX
        {
            return Err(wrong());
        }
        let from = arrival.from;
        let place = Place::from(from);
        if let Err(locked) = self.throttle.take(&email, place, now) {
            if locked.is_first {
                let agent = self.app.store.agent_by_email(&email).await?;
                self.failed(What::SignInLocked, agent.map(|agent| agent.view.id), from).await;
            }
            return Err(too_many(locked));
        }
        let agent = self.app.store.agent_by_email(&email).await?;
        let known = agent.as_ref().map(|agent| agent.view.id);
        let kept = agent.as_ref().map(|agent| agent.password_hash.clone());
        let verdict = self.passwords.verify(asked.password, kept).await?;
        let (Verdict::Right, Some(agent)) = (verdict, agent) else {
            tracing::info!("a sign-in was refused");
            self.failed(What::SignInFailed, known, from).await;
            return Err(wrong());
        };
        self.throttle.right(&email, place);
        self.enter(agent.view.id, &agent.password_hash, now, arrival, old).await
    }

    /// Notes a sign-in that came to nothing. It is refused all the same when that cannot be noted.
    pub(super) async fn failed(&self, what: What, agent: Option<AgentId>, from: IpAddr) {
        let left_out = {
            let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            if failures.bucket.take_one(FAILED_ROWS, self.app.now()).is_err() {
                failures.left_out += 1;
                return;
            }
            std::mem::take(&mut failures.left_out)
        };
        let target = agent.map_or(Target::Nothing, Target::Agent);
        let detail = if left_out == 0 { String::new() } else { format!("left_out={left_out}") };
        if let Err(fault) = self.app.note(By::nobody(from.into()), what, target, &detail).await {
            tracing::warn!(%fault, "noting a sign-in that failed");
        }
    }

    /// A wrong password of somebody who is signed in.
    async fn unproven(&self, signed: Signed) {
        if let Err(fault) = self.app.note(signed, What::ProofFailed, Target::Agent(signed.id), "").await {
            tracing::warn!(%fault, "noting a wrong password");
        }
    }

    /// Who a cookie belongs to, if its session is still good.
    pub async fn signed(&self, secret: &Secret, from: IpAddr) -> Result<Option<Signed>, Denial> {
        let now = self.app.now();
        let Some(found) = self.app.store.session(secret.digest()).await? else { return Ok(None) };
        if !session::is_live(&found, now, &self.app.in_use) {
            self.end(found.agent, EndSessions::One(found.secret)).await?;
            return Ok(None);
        }
        self.app.in_use.note(found.secret);
        if session::wants_touch(&found, now)
            && let Err(fault) = self.app.store.touch_session(found.secret, now).await
        {
            // A full disk must not sign everybody out: the use is noted next time.
            tracing::warn!(%fault, "noting the use of a session");
        }
        let (id, role, session) = (found.agent, found.role, found.secret);
        Ok(Some(Signed { id, role, session, from: from.into() }))
    }

    /// Oneself.
    pub async fn me(&self, signed: Signed) -> Result<MeView, Denial> {
        Ok(me(&self.app, self.record(signed.id).await?))
    }

    /// Changes one's own name.
    pub async fn edit_profile(&self, signed: Signed, asked: ProfileEdit) -> Result<MeView, Denial> {
        let name = names::name("name", &asked.name)?;
        let store = self.app.noting(signed, What::ProfileChanged, Target::Agent(signed.id), "name");
        store.edit_agent(signed.id, AgentEdit { name: Some(name), ..AgentEdit::default() }).await?;
        self.me(signed).await
    }

    /// Changes one's own password and ends one's other sessions.
    pub async fn change_password(
        &self,
        signed: Signed,
        asked: PasswordEdit,
        from: Place,
    ) -> Result<(), Denial> {
        let agent = self.record(signed.id).await?;
        self.throttle.take(&agent.email, from, self.app.now()).map_err(too_many)?;
        if asked.current.len() > crate::auth::password::PASSWORD_BYTES_MAX
            || self.passwords.verify(asked.current, Some(agent.password_hash)).await? == Verdict::Wrong
        {
            self.unproven(signed).await;
            return Err(Denial::invalid("current", "this is not your present password"));
        }
        self.throttle.right(&agent.email, from);
        if let Some(why) = objection(&asked.new, &agent.email) {
            return Err(Denial::invalid("new", why));
        }
        let hash = self.passwords.hash(asked.new).await?;
        self.app
            .noting(signed, What::PasswordChanged, Target::Agent(signed.id), "")
            .edit_agent(signed.id, AgentEdit { password_hash: Some(hash), ..AgentEdit::default() })
            .await?;
        self.end(signed.id, EndSessions::AllBut(signed.session)).await
    }

    /// Asks for the password again, and for a code where one's second step is on, before what cannot be undone (S55).
    pub async fn prove(&self, signed: Signed, asked: ProofRequest, from: Place) -> Result<(), Denial> {
        let ProofRequest { password, code } = asked;
        let agent = self.record(signed.id).await?;
        // Their role may have changed since the request began.
        if agent.role != signed.role {
            return Err(Denial::not_allowed());
        }
        self.throttle.take(&agent.email, from, self.app.now()).map_err(too_many)?;
        if password.len() > crate::auth::password::PASSWORD_BYTES_MAX
            || self.passwords.verify(password, Some(agent.password_hash)).await? == Verdict::Wrong
        {
            self.unproven(signed).await;
            return Err(Denial::invalid("password", "this is not your password"));
        }
        self.throttle.right(&agent.email, from);
        self.prove_code(signed, code.as_deref(), from).await
    }

    /// Gives oneself a picture that was kept before.
    pub async fn set_picture(&self, signed: Signed, hash: &str, png: &[u8]) -> Result<(), Denial> {
        self.app.store.keep_picture(hash, png).await?;
        let edit = AgentEdit { picture: Some(hash.to_owned()), ..AgentEdit::default() };
        let store = self.app.noting(signed, What::ProfileChanged, Target::Agent(signed.id), "picture");
        Ok(store.edit_agent(signed.id, edit).await?)
    }

    /// Signs out here.
    pub async fn sign_out(&self, signed: Signed) -> Result<(), Denial> {
        self.end(signed.id, EndSessions::One(signed.session)).await
    }

    /// Signs out everywhere.
    pub async fn sign_out_everywhere(&self, signed: Signed) -> Result<(), Denial> {
        self.end(signed.id, EndSessions::All).await
    }

    /// A ticket for one's desk.
    pub fn ticket(&self, signed: Signed) -> Result<String, Denial> {
        ticket(&self.app, signed.principal())
    }

    /// Everybody who may sign in. Agents see their colleagues' names, owners their e-mails too.
    pub async fn people(&self, signed: Signed) -> Result<PeopleView, Denial> {
        let is_owner = signed.role.may(Right::Manage);
        let with_second_step = self.app.store.with_second_step().await?;
        let people = self.app.store.agents().await?.into_iter().map(|agent| PersonView {
            email: if is_owner || agent.view.id == signed.id { agent.email } else { String::new() },
            role: agent.role,
            seen_at: agent.seen_at.filter(|_| is_owner),
            second_step: (is_owner && with_second_step.contains(&agent.view.id)).then_some(true),
            agent: agent.view,
            deactivated_at: None,
        });
        let mut people: Vec<PersonView> = people.collect();
        if is_owner {
            people.extend(self.app.store.deactivated().await?.into_iter().map(|(agent, at)| PersonView {
                email: agent.email,
                role: agent.role,
                seen_at: agent.seen_at,
                second_step: None,
                agent: agent.view,
                deactivated_at: Some(at),
            }));
        }
        Ok(PeopleView { people })
    }

    /// Makes an invitation; the link is shown once. `base` is the address of the desk. Another owner can do what cannot be
    /// undone, and a supervisor sees everything, so that inviting one is proved like that (S55).
    pub async fn invite(
        &self,
        by: Signed,
        asked: InviteRequest,
        from: Place,
        base: &str,
    ) -> Result<InviteView, Denial> {
        if asked.role.may(Right::SeeAll) {
            let wanted = || Denial::invalid("password", "this is not your password");
            self.prove(by, asked.proof.ok_or_else(wanted)?, from).await?;
        }
        let email = names::email(&asked.email)?;
        if self.app.store.agent_by_email(&email).await?.is_some() {
            return Err(Denial {
                field: Some("email"),
                ..Denial::because(RefusalCode::Conflict, "somebody signs in with this e-mail already")
            });
        }
        let store = self.app.noting(by, What::Invited, Target::Nothing, asked.role.text());
        self.link(&*store, email, asked.role, None, &format!("{base}/desk/invite")).await
    }

    /// Makes a link with which somebody sets a new password. For the operator only; no route leads here.
    pub async fn reset(&self, email: &str, base: &str) -> Result<InviteView, Denial> {
        let found = self.app.store.agent_by_email(email.trim()).await?;
        let agent = found
            .ok_or_else(|| Denial::because(RefusalCode::NotFound, "nobody signs in with this e-mail"))?;
        tracing::info!(agent = %agent.view.id, "a reset link was made");
        let id = agent.view.id;
        let store = self.app.noting(By::OPERATOR, What::ResetLinkMade, Target::Agent(id), "");
        self.link(&*store, agent.email, agent.role, Some(id), &format!("{base}/desk/reset")).await
    }

    /// Uses the link of an invitation or a reset, and signs in. A reset leaves the second step as it is.
    pub async fn accept(&self, asked: InviteAccept, arrival: Arrival) -> Result<Entered, Denial> {
        let gone = || {
            Denial::because(
                RefusalCode::NotFound,
                "this link was used already or is too old; ask for a new one",
            )
        };
        let now = self.app.now();
        let secret = Secret::received(&asked.token).ok_or_else(gone)?.digest();
        let invitation = self.app.store.invitation(secret).await?.ok_or_else(gone)?;
        if now > invitation.expires_at {
            return Err(gone());
        }
        // A reset may leave the name as it is.
        let name = match invitation.agent {
            Some(agent) if asked.name.trim().is_empty() => self.record(agent).await?.view.name,
            _ => asked.name,
        };
        let agent = self.new_agent(&name, &invitation.email, asked.password, invitation.role, now).await?;
        let (id, what, detail) = match invitation.agent {
            Some(known) => (known, What::PasswordReset, ""),
            None => (agent.id, What::Joined, invitation.role.text()),
        };
        let verified = agent.password_hash.clone();
        let store = self.app.noting(By::agent(id, arrival.from.into()), what, Target::Agent(id), detail);
        let id = store.accept_invite(secret, agent).await.map_err(|fault| match fault {
            Fault::Refused(Refusal { code: RefusalCode::NotFound, .. }) => gone(),
            fault => fault.into(),
        })?;
        if invitation.agent.is_some() {
            self.app.hub.end_sessions(id, EndSessions::All);
        }
        self.app.hub.permissions_changed();
        self.enter(id, &verified, now, arrival, None).await
    }

    async fn link(
        &self,
        store: &dyn Store,
        email: String,
        role: Role,
        agent: Option<AgentId>,
        page: &str,
    ) -> Result<InviteView, Denial> {
        let secret = Secret::fresh();
        let expires_at = self.app.now().plus(session::INVITE_LIFETIME);
        store.invite(InviteRecord { secret: secret.digest(), email, role, agent, expires_at }).await?;
        Ok(InviteView { link: format!("{page}#{}", secret.expose()), expires_at })
    }

    async fn new_agent(
        &self,
        name: &str,
        email: &str,
        password: String,
        role: Role,
        at: UnixMillis,
    ) -> Result<NewAgent, Denial> {
        let name = names::name("name", name)?;
        let email = names::email(email)?;
        if let Some(why) = objection(&password, &email) {
            return Err(Denial::invalid("password", why));
        }
        let password_hash = self.passwords.hash(password).await?;
        Ok(NewAgent { id: AgentId::from_parts(at, random()), name, email, password_hash, role, at })
    }

    pub(super) async fn open(
        &self,
        agent: AgentId,
        now: UnixMillis,
        arrival: Arrival,
    ) -> Result<Opened, Denial> {
        let secret = Secret::fresh();
        let record = self.record(agent).await?;
        let session =
            SessionRecord { secret: secret.digest(), agent, role: record.role, opened_at: now, used_at: now };
        self.app.in_use.note(session.secret);
        let store =
            self.app.noting(By::agent(agent, arrival.from.into()), What::SignedIn, Target::Nothing, "");
        store.open_session(session, arrival.device).await?;
        tracing::info!(%agent, "signed in");
        Ok(Opened { secret, me: me(&self.app, record) })
    }

    pub(super) async fn end_by_secret(&self, secret: &Secret) -> Result<(), Denial> {
        match self.app.store.session(secret.digest()).await? {
            Some(old) => self.end(old.agent, EndSessions::One(old.secret)).await,
            None => Ok(()),
        }
    }

    pub(super) async fn end(&self, agent: AgentId, which: EndSessions) -> Result<(), Denial> {
        let ended = self.app.store.end_sessions(agent, which).await?;
        self.app.hub.end_sessions(agent, which);
        tracing::info!(%agent, ended, "sessions ended");
        Ok(())
    }

    pub(super) async fn record(&self, id: AgentId) -> Result<AgentRecord, Denial> {
        self.app.store.agent(id).await?.ok_or_else(Denial::signed_out)
    }
}

/// Issues a ticket, or says when to come back.
pub fn ticket(app: &Application, principal: Principal) -> Result<String, Denial> {
    app.tickets.issue(principal, app.now()).map_err(|error| {
        debug_assert_eq!(error, TicketError::Full);
        let wait = std::time::Duration::from_secs(30);
        Denial::wait(wait, "too many people open a chat right now; try again in a moment")
    })
}

pub(super) fn too_many(locked: Locked) -> Denial {
    Denial::wait(locked.wait, "too many wrong tries; wait before the next one")
}

fn me(app: &Application, record: AgentRecord) -> MeView {
    let mail = app.sends_mail().then_some(true);
    MeView { agent: record.view, email: record.email, role: record.role, mail }
}
