//! The second step of signing in: codes of an app, and recovery codes. The password comes first and gives a ticket; what
//! opens the session is the code. Turning anything of it on or off asks for the password again (S55).

use deskbell_shared::model::{AgentId, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{CodeRequest, NewAppView, ProofRequest, SecondStepView, SignInView};
use qrcodegen::{QrCode, QrCodeEcc};
use sha2::{Digest as _, Sha256};

use super::accounts::{Accounts, Opened, Signed, too_many};
use super::audit::By;
use super::denial::Denial;
use super::sessions::Arrival;
use crate::auth::second_step::{Code, Purpose};
use crate::auth::secret::{Secret, random};
use crate::auth::throttle::{Locked, Place};
use crate::auth::totp::{self, base32};
use crate::store::accounts::{EndSessions, SecretDigest};
use crate::store::audit::{Target, What};
use crate::store::second_steps::{NewSecondStep, SecondStep, Seed, Spent};
use crate::store::{Fault, Stored};

/// What a password, or the link of a reset, leads to.
pub enum Entered {
    /// A session.
    Open(Opened),
    /// A code is wanted, with this ticket.
    CodeWanted(Secret),
}

impl Entered {
    /// For the answer.
    pub fn view(&self) -> SignInView {
        match self {
            Entered::Open(opened) => SignInView { me: Some(opened.me.clone()), ticket: None },
            Entered::CodeWanted(ticket) => SignInView { me: None, ticket: Some(ticket.expose().to_owned()) },
        }
    }
}

impl Accounts {
    /// Goes on after a password that was right: with a session, or with the wish for a code.
    /// `verified` is the hash it was compared with: one that was changed since does not count.
    pub(crate) async fn enter(
        &self,
        agent: AgentId,
        verified: &str,
        now: UnixMillis,
        arrival: Arrival,
        old: Option<Secret>,
    ) -> Result<Entered, Denial> {
        if self.record(agent).await?.password_hash != verified {
            return Err(changed());
        }
        if self.app.store.second_step(agent).await?.is_some() {
            let password = digest_of(verified);
            return Ok(Entered::CodeWanted(self.second.issue(agent, Purpose::SignIn { password }, now)));
        }
        if let Some(old) = old {
            self.end_by_secret(&old).await?;
        }
        self.open(agent, now, arrival).await.map(Entered::Open)
    }

    /// The second step of signing in.
    pub async fn sign_in_with_code(
        &self,
        asked: CodeRequest,
        arrival: Arrival,
        old: Option<Secret>,
    ) -> Result<Opened, Denial> {
        let now = self.app.now();
        let ticket = Secret::received(&asked.ticket).ok_or_else(begin_again)?;
        let (agent, purpose) = self.second.read(&ticket, now).ok_or_else(begin_again)?;
        let record = self.record(agent).await.map_err(|_| begin_again())?;
        if purpose != (Purpose::SignIn { password: digest_of(&record.password_hash) }) {
            return Err(begin_again());
        }
        // Turned off meanwhile: then the password would do, and is asked for again.
        let step = self.app.store.second_step(agent).await?.ok_or_else(begin_again)?;
        // What is no code at all is a slip, and what has to wait was not looked at: neither is a try.
        let code = Code::read(&asked.code).ok_or_else(no_code)?;
        let place = Place::from(arrival.from);
        if let Err(locked) = self.take_code_try(agent, place, code, now) {
            if locked.is_first {
                self.failed(What::SignInLocked, Some(agent), arrival.from).await;
            }
            return Err(too_many(locked));
        }
        self.second.take_try(&ticket, now).ok_or_else(begin_again)?;
        let by = By::agent(agent, arrival.from.into());
        if !self.spend(agent, &step, code, now, by).await? {
            self.code_failed(By::nobody(arrival.from.into()), agent).await;
            return Err(wrong_code());
        }
        // Of two at once, with two codes that are good, one is let in.
        if !self.second.redeem(&ticket) {
            return Err(begin_again());
        }
        self.throttle.right_code(agent, place);
        if let Some(old) = old {
            self.end_by_secret(&old).await?;
        }
        self.open(agent, now, arrival).await
    }

    /// The code behind a password that was given again, where one's own second step is on (S55).
    pub(super) async fn prove_code(
        &self,
        signed: Signed,
        code: Option<&str>,
        from: Place,
    ) -> Result<(), Denial> {
        let now = self.app.now();
        let Some(step) = self.app.store.second_step(signed.id).await? else { return Ok(()) };
        let code = code.and_then(Code::read).ok_or_else(no_code)?;
        self.take_code_try(signed.id, from, code, now).map_err(too_many)?;
        if !self.spend(signed.id, &step, code, now, signed.into()).await? {
            self.code_failed(signed, signed.id).await;
            return Err(wrong_code());
        }
        self.throttle.right_code(signed.id, from);
        Ok(())
    }

    /// Notes a wrong code. Whoever gave it knew the password, and may not do so often: none is left out.
    async fn code_failed(&self, by: impl Into<By>, agent: AgentId) {
        tracing::info!(%agent, "a code was refused");
        if let Err(fault) = self.app.note(by, What::CodeFailed, Target::Agent(agent), "").await {
            tracing::warn!(%fault, "noting a wrong code");
        }
    }

    /// What one's own second step is.
    pub async fn second_step(&self, signed: Signed) -> Result<SecondStepView, Denial> {
        let step = self.app.store.second_step(signed.id).await?;
        Ok(SecondStepView {
            since: step.as_ref().map(|step| step.made_at),
            codes_left: step.map_or(0, |step| step.codes_left),
            app: None,
            codes: Vec::new(),
        })
    }

    /// Makes a secret for an app. It is shown here and never again, and is good for nothing until `turn_on`.
    pub async fn begin_second_step(
        &self,
        signed: Signed,
        asked: ProofRequest,
        from: Place,
        host: &str,
    ) -> Result<SecondStepView, Denial> {
        if self.app.store.second_step(signed.id).await?.is_some() {
            return Err(is_on());
        }
        self.prove(signed, asked, from).await?;
        let seed: Seed = random();
        let secret = base32(&self.second.key(signed.id, seed));
        let uri = address_for_apps(host, &self.record(signed.id).await?.email, &secret);
        let purpose = Purpose::TurnOn { seed, session: signed.session };
        let ticket = self.second.issue(signed.id, purpose, self.app.now()).expose().to_owned();
        let (side, path) = drawn(&uri);
        let app = Some(NewAppView { ticket, secret, uri, side, path });
        Ok(SecondStepView { app, ..self.second_step(signed).await? })
    }

    /// Turns one's own second step on, by a code of the app that has the secret. Other sessions end.
    pub async fn turn_on_second_step(
        &self,
        signed: Signed,
        asked: CodeRequest,
        from: Place,
    ) -> Result<SecondStepView, Denial> {
        let now = self.app.now();
        let ticket = Secret::received(&asked.ticket).ok_or_else(show_again)?;
        let seed = match self.second.read(&ticket, now) {
            Some((agent, Purpose::TurnOn { seed, session }))
                if (agent, session) == (signed.id, signed.session) =>
            {
                seed
            }
            _ => return Err(show_again()),
        };
        let Some(code @ Code::App(digits)) = Code::read(&asked.code) else { return Err(no_code()) };
        self.take_code_try(signed.id, from, code, now).map_err(too_many)?;
        self.second.take_try(&ticket, now).ok_or_else(show_again)?;
        let Some(last_step) = self.step_of(signed.id, seed, digits, now) else {
            self.code_failed(signed, signed.id).await;
            return Err(wrong_code());
        };
        if !self.second.redeem(&ticket) {
            return Err(show_again());
        }
        self.throttle.right_code(signed.id, from);
        let (shown, codes) = self.second.recovery_codes(signed.id);
        let (agent, session) = (signed.id, signed.session);
        self.app
            .noting(signed, What::SecondStepOn, Target::Agent(agent), "")
            .turn_on_second_step(NewSecondStep { agent, seed, last_step, codes, session, at: now })
            .await
            .map_err(|fault| if fault.is(RefusalCode::Conflict) { is_on() } else { fault.into() })?;
        self.app.hub.end_sessions(agent, EndSessions::AllBut(session));
        tracing::info!(%agent, "the second step was turned on");
        Ok(SecondStepView { codes: shown, ..self.second_step(signed).await? })
    }

    /// Turns one's own off.
    pub async fn turn_off_second_step(
        &self,
        signed: Signed,
        asked: ProofRequest,
        from: Place,
    ) -> Result<SecondStepView, Denial> {
        self.prove(signed, asked, from).await?;
        self.turned_off(signed, signed.id).await?;
        self.second_step(signed).await
    }

    /// Turns that of a colleague off, who has lost their phone.
    pub async fn turn_off_second_step_of(
        &self,
        owner: Signed,
        agent: AgentId,
        asked: ProofRequest,
        from: Place,
    ) -> Result<(), Denial> {
        self.prove(owner, asked, from).await?;
        self.turned_off(owner, agent).await
    }

    /// Turns that of somebody off by their e-mail. For the operator only; no route leads here.
    pub async fn turn_off_second_step_by_email(&self, email: &str) -> Result<(), Denial> {
        let found = self.app.store.agent_by_email(email.trim()).await?;
        let agent = found
            .ok_or_else(|| Denial::because(RefusalCode::NotFound, "nobody signs in with this e-mail"))?;
        self.turned_off(By::OPERATOR, agent.view.id).await
    }

    async fn turned_off(&self, by: impl Into<By>, agent: AgentId) -> Result<(), Denial> {
        let store = self.app.noting(by, What::SecondStepOff, Target::Agent(agent), "");
        store.turn_off_second_step(agent).await.map_err(or_off)?;
        tracing::info!(%agent, "the second step was turned off");
        Ok(())
    }

    /// Makes new recovery codes; those before are good for nothing from then on.
    pub async fn renew_recovery_codes(
        &self,
        signed: Signed,
        asked: ProofRequest,
        from: Place,
    ) -> Result<SecondStepView, Denial> {
        self.prove(signed, asked, from).await?;
        let (shown, codes) = self.second.recovery_codes(signed.id);
        let store = self.app.noting(signed, What::RecoveryCodesMade, Target::Agent(signed.id), "");
        store.renew_recovery_codes(signed.id, codes).await.map_err(or_off)?;
        Ok(SecondStepView { codes: shown, ..self.second_step(signed).await? })
    }

    /// Uses a code, if it is right and was not used before.
    async fn spend(
        &self,
        agent: AgentId,
        known: &SecondStep,
        code: Code,
        now: UnixMillis,
        by: By,
    ) -> Result<bool, Denial> {
        let done: Stored<()> = match code {
            Code::App(digits) => match self.step_of(agent, known.seed, digits, now) {
                Some(step) => self.app.store.spend_code(agent, known.seed, Spent::Step(step)).await,
                None => return Ok(false),
            },
            Code::Recovery(code) => {
                let digest: SecretDigest = self.second.recovery_digest(agent, &code);
                let store = self.app.noting(by, What::RecoveryCodeUsed, Target::Agent(agent), "");
                store.spend_code(agent, known.seed, Spent::Recovery(digest)).await
            }
        };
        match done {
            Ok(()) => Ok(true),
            Err(Fault::Refused(_)) => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }

    fn step_of(
        &self,
        agent: AgentId,
        seed: Seed,
        digits: [u8; totp::DIGITS],
        now: UnixMillis,
    ) -> Option<u64> {
        let digits = std::str::from_utf8(&digits).ok()?;
        totp::step_of(&self.second.key(agent, seed), digits, now)
    }

    fn take_code_try(&self, agent: AgentId, place: Place, code: Code, now: UnixMillis) -> Result<(), Locked> {
        self.throttle.take_code(agent, place, matches!(code, Code::App(_)), now)
    }
}

fn digest_of(password_hash: &str) -> SecretDigest {
    Sha256::digest(password_hash.as_bytes()).into()
}

/// What an app reads: `otpauth://totp/ISSUER:ACCOUNT?secret=…&issuer=ISSUER`. What is not said is as apps assume: SHA-1,
/// six digits, 30 seconds.
fn address_for_apps(host: &str, email: &str, secret: &str) -> String {
    let escaped = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let issuer = escaped(&format!("Deskbell {host}")).replace('+', "%20");
    format!("otpauth://totp/{issuer}:{}?secret={secret}&issuer={issuer}", escaped(email).replace('+', "%20"))
}

/// As a path of squares, for whoever draws it; nothing where it would not fit, which no e-mail is long enough for.
fn drawn(text: &str) -> (u32, String) {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else {
        return (0, String::new());
    };
    let side = code.size();
    let mut path = String::new();
    for y in 0..side {
        let mut x = 0;
        while x < side {
            let run = (x..side).take_while(|x| code.get_module(*x, y)).count() as i32;
            if run > 0 {
                path.push_str(&format!("M{x} {y}h{run}v1h-{run}z"));
            }
            x += run + 1;
        }
    }
    (side.unsigned_abs(), path)
}

fn wrong_code() -> Denial {
    Denial::invalid("code", "this code is not right, or it was used already")
}

fn no_code() -> Denial {
    Denial::invalid("code", "a code of the app, or a recovery code, is wanted")
}

fn changed() -> Denial {
    Denial::because(RefusalCode::Conflict, "this was changed meanwhile; sign in again")
}

fn begin_again() -> Denial {
    Denial::because(
        RefusalCode::NotFound,
        "this took too long or too many tries; begin again with the password",
    )
}

fn show_again() -> Denial {
    Denial::because(RefusalCode::NotFound, "this took too long or too many tries; begin again")
}

fn is_on() -> Denial {
    Denial::because(RefusalCode::Conflict, "two-step sign-in is on already")
}

fn or_off(fault: Fault) -> Denial {
    match fault.is(RefusalCode::NotFound) {
        true => Denial::because(RefusalCode::NotFound, "two-step sign-in is not on"),
        false => fault.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_get_an_address_that_names_server_and_person() {
        let uri = address_for_apps("chat.example", "ada+desk@example.com", "GEZDGNBV");
        let whole = "otpauth://totp/Deskbell%20chat.example:ada%2Bdesk%40example.com\
            ?secret=GEZDGNBV&issuer=Deskbell%20chat.example";
        assert_eq!(uri, whole);
    }

    #[test]
    fn what_is_drawn_is_the_code() {
        let text = "otpauth://totp/Deskbell:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let (side, path) = drawn(text);
        let side = side as usize;
        assert_eq!(side, code.size() as usize);
        let mut dark = vec![vec![false; side]; side];
        for square in path.split('M').skip(1) {
            let (at, rest) = square.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let run: usize = rest.split_once('v').unwrap().0.parse().unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            dark[y][x..x + run].fill(true);
        }
        for (y, row) in dark.iter().enumerate() {
            for (x, is_dark) in row.iter().enumerate() {
                assert_eq!(*is_dark, code.get_module(x as i32, y as i32), "{x} {y}");
            }
        }
    }

    #[test]
    fn the_longest_address_still_fits() {
        let uri = address_for_apps(
            &"h".repeat(253),
            &"é".repeat(crate::application::names::EMAIL_BYTES_MAX / 2),
            &"A".repeat(32),
        );
        assert!(drawn(&uri).0 > 0);
    }
}
