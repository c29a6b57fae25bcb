//! The second step of signing in (S49): what a password alone does not give, and what a code gives once.

use deskbell_shared::protocol::api::{
    AgentTicket, CodeRequest, NewAppView, PeopleView, ProofRequest, SecondStepView, SignInView,
};

use super::*;
use crate::application::sessions::Arrival;
use crate::auth::second_step::{RECOVERY_CODES, SIGN_IN_LIFETIME, TRIES_MAX, TURN_ON_LIFETIME};
use crate::auth::throttle::{ACCOUNT_FREE_TRIES, WAIT_MAX};
use crate::auth::totp::{self, KEY_BYTES};
use crate::store::audit::What;

const ADA: &str = "ada@example.com";
const BEN: &str = "ben@example.com";
/// The password that `Server::agent` chooses.
const BENS: &str = "seven small stones";
const STEP: Duration = Duration::from_millis(totp::STEP_MS as u64);

/// An app that was given a secret.
struct App([u8; KEY_BYTES], ClockInHand);

impl App {
    fn with(secret: &str, clock: &ClockInHand) -> App {
        let bits: String =
            secret.bytes().map(|c| format!("{:05b}", c - if c < b'A' { b'2' - 26 } else { b'A' })).collect();
        let key: Vec<u8> =
            (0..KEY_BYTES).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap()).collect();
        App(key.try_into().unwrap(), clock.clone())
    }

    /// What it shows now.
    fn shows(&self) -> String {
        use crate::application::Clock as _;
        totp::code_of(&self.0, totp::step_at(self.1.now()))
    }

    /// Six digits that are not right, and are compared therefore.
    fn does_not_show(&self) -> String {
        use crate::application::Clock as _;
        let step = totp::step_at(self.1.now());
        let right: Vec<String> = (step - 1..=step + 1).map(|step| totp::code_of(&self.0, step)).collect();
        (0..4).map(|n| format!("00000{n}")).find(|code| !right.contains(code)).unwrap()
    }
}

fn proof(password: &str) -> String {
    ProofRequest { password: password.into(), code: None }.to_text()
}

fn proof_with(password: &str, code: &str) -> String {
    ProofRequest { password: password.into(), code: Some(code.into()) }.to_text()
}

impl Server {
    async fn password(&self, email: &str, password: &str) -> Answer {
        let asked = LoginRequest { email: email.into(), password: password.into() };
        self.ask(post("/api/login", &asked.to_text())).await
    }

    /// The ticket for a code, after a password that is right.
    async fn ticket(&self, email: &str, password: &str) -> String {
        let answer = self.password(email, password).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.contains_key(SET_COOKIE), "no session before the code");
        let view: SignInView = answer.read();
        assert_eq!(view.me, None);
        view.ticket.unwrap()
    }

    async fn code(&self, ticket: &str, code: &str) -> Answer {
        let asked = CodeRequest { ticket: ticket.into(), code: code.into() };
        let answer = self.ask(post("/api/login/code", &asked.to_text())).await;
        assert_eq!(answer.headers.contains_key(SET_COOKIE), answer.status == 200);
        answer
    }

    async fn begins(&self, by: &str, password: &str) -> NewAppView {
        let view: SecondStepView =
            self.ask(post("/api/me/second-step/begin", &proof(password)).by(by)).await.read();
        view.app.unwrap()
    }

    async fn confirms(&self, by: &str, ticket: &str, code: &str) -> Answer {
        let asked = CodeRequest { ticket: ticket.into(), code: code.into() };
        self.ask(post("/api/me/second-step/on", &asked.to_text()).by(by)).await
    }

    /// Turns it on, and waits until the app shows another code.
    async fn turns_on(&self, by: &str, password: &str, clock: &ClockInHand) -> (App, Vec<String>) {
        let made = self.begins(by, password).await;
        let app = App::with(&made.secret, clock);
        let answer = self.confirms(by, &made.ticket, &app.shows()).await;
        let codes = answer.read::<SecondStepView>().codes;
        clock.passes(STEP);
        (app, codes)
    }

    async fn status(&self, path: &str, by: &str) -> StatusCode {
        self.ask(get(path).by(by)).await.status
    }

    async fn deeds(&self) -> Vec<String> {
        let rows = self.0.app.store.trail(u64::MAX, 100).await.unwrap();
        rows.into_iter().rev().map(|row| row.what).collect()
    }
}

async fn with_clock() -> (Server, String, ClockInHand) {
    let clock = ClockInHand::at(NOW);
    let (server, owner) = Server::at(clock.clone(), tempfile::tempdir().unwrap().path()).with_owner().await;
    (server, owner, clock)
}

#[tokio::test]
async fn turning_it_on_needs_the_password_and_a_code_and_ends_other_sessions() {
    let (server, owner, clock) = with_clock().await;
    let other = server.password(ADA, PASSWORD).await.cookie();
    let wrong = server.ask(post("/api/me/second-step/begin", &proof("violet kettle 8")).by(&owner)).await;
    assert_eq!(wrong.read::<Failure>().field.as_deref(), Some("password"));

    let made = server.begins(&owner, PASSWORD).await;
    assert!(made.uri.starts_with("otpauth://totp/Deskbell%20chat.example:ada%40example.com?secret="));
    assert!(made.uri.contains(&made.secret) && made.side > 20 && made.path.starts_with("M0 0h7v1h-7z"));
    let state: SecondStepView = server.ask(get("/api/me/second-step").by(&owner)).await.read();
    assert_eq!((state.since, state.codes_left), (None, 0), "it was shown only");
    assert!(server.password(ADA, PASSWORD).await.read::<SignInView>().me.is_some());

    let app = App::with(&made.secret, &clock);
    let wrong = server.confirms(&owner, &made.ticket, &app.does_not_show()).await;
    assert_eq!(wrong.read::<Failure>().field.as_deref(), Some("code"));
    assert_eq!(server.deeds().await.last().unwrap(), What::CodeFailed.text());
    for nothing in [&made.secret, "", "12345"] {
        assert_eq!(server.confirms(&owner, &made.ticket, nothing).await.status, 422);
    }
    // The ticket is of this session, of this person, and for this alone.
    assert_eq!(server.confirms(&other, &made.ticket, &app.shows()).await.status, 404);
    assert_eq!(server.code(&made.ticket, &app.shows()).await.status, 404);
    let made = server.confirms(&owner, &made.ticket, &app.shows()).await;
    assert_eq!(made.read::<SecondStepView>().codes.len(), RECOVERY_CODES);
    assert_eq!(server.status("/api/me", &owner).await, 200);
    assert_eq!(server.status("/api/me", &other).await, 401, "others end");
    let state: SecondStepView = server.ask(get("/api/me/second-step").by(&owner)).await.read();
    assert_eq!((state.since, state.codes_left), (Some(NOW), 10));
    let again = server.ask(post("/api/me/second-step/begin", &proof(PASSWORD)).by(&owner)).await;
    assert_eq!(again.code(), RefusalCode::Conflict);
    assert_eq!(server.deeds().await.last().unwrap(), What::SecondStepOn.text());
}

#[tokio::test]
async fn the_secret_that_is_shown_is_good_for_a_quarter_of_an_hour() {
    let (server, owner, clock) = with_clock().await;
    let made = server.begins(&owner, PASSWORD).await;
    let app = App::with(&made.secret, &clock);
    clock.passes(TURN_ON_LIFETIME + Duration::from_millis(1));
    assert_eq!(server.confirms(&owner, &made.ticket, &app.shows()).await.status, 404);
}

#[tokio::test]
async fn a_password_alone_opens_no_session() {
    let (server, owner, clock) = with_clock().await;
    let (app, _) = server.turns_on(&owner, PASSWORD, &clock).await;
    let ticket = server.ticket(ADA, PASSWORD).await;
    // A ticket is no cookie, and for no socket.
    for cookie in [format!("__Host-deskbell_agent_8443={ticket}"), ticket.clone()] {
        assert_eq!(server.status("/api/me", &cookie).await, 401);
    }
    let wrong = server.code(&ticket, &app.does_not_show()).await;
    assert_eq!((wrong.status.as_u16(), wrong.read::<Failure>().field.as_deref()), (422, Some("code")));
    let right = server.code(&ticket, &format!(" {} ", app.shows())).await;
    assert_eq!(right.status, 200);
    assert_eq!(right.read::<MeView>().email, ADA);
    assert_eq!(server.status("/api/me", &right.cookie()).await, 200);
    let ticket: AgentTicket = server.ask(post("/api/ticket", "").by(&right.cookie())).await.read();
    assert!(!ticket.ticket.is_empty());
    let deeds = server.deeds().await;
    assert_eq!(deeds[deeds.len() - 2..], ["code_failed", "signed_in"]);
    // A wrong password says what it always said.
    assert_eq!(server.password(ADA, "violet kettle 8").await.code(), RefusalCode::Invalid);
}

#[tokio::test]
async fn a_code_counts_once_and_so_does_a_ticket() {
    let (server, owner, clock) = with_clock().await;
    let (app, _) = server.turns_on(&owner, PASSWORD, &clock).await;
    let code = app.shows();
    let first = server.ticket(ADA, PASSWORD).await;
    assert_eq!(server.code(&first, &code).await.status, 200);
    assert_eq!(server.code(&first, &code).await.status, 404, "the ticket is used");
    let second = server.ticket(ADA, PASSWORD).await;
    assert_eq!(server.code(&second, &code).await.status, 422, "somebody looked over the shoulder");
    clock.passes(STEP);
    assert_eq!(server.code(&second, &code).await.status, 422, "in its window still, and used");
    assert_eq!(server.code(&second, &app.shows()).await.status, 200);
}

#[tokio::test]
async fn the_ticket_of_one_person_is_no_ticket_of_another() {
    let (server, owner, clock) = with_clock().await;
    let ben = server.agent(&owner).await;
    let (adas, _) = server.turns_on(&owner, PASSWORD, &clock).await;
    let (bens, codes) = server.turns_on(&ben, BENS, &clock).await;
    let ticket = server.ticket(ADA, PASSWORD).await;
    assert_eq!(server.code(&ticket, &bens.shows()).await.status, 422);
    assert_eq!(server.code(&ticket, &codes[0]).await.status, 422, "nor with a recovery code");
    assert_eq!(server.code(&ticket, &adas.shows()).await.read::<MeView>().email, ADA);
    // What was shown to one turns nothing on for another.
    let off = "/api/me/second-step/off";
    assert_eq!(server.ask(post(off, &proof_with(BENS, &codes[1])).by(&ben)).await.status, 200);
    clock.passes(STEP);
    let asked = proof_with(PASSWORD, &adas.shows());
    assert_eq!(server.ask(post(off, &asked).by(&owner)).await.status, 200);
    let made = server.begins(&owner, PASSWORD).await;
    let app = App::with(&made.secret, &clock);
    assert_eq!(server.confirms(&ben, &made.ticket, &app.shows()).await.status, 404);
}

#[tokio::test]
async fn a_ticket_dies_of_time_of_tries_and_of_another_password() {
    let (server, owner, clock) = with_clock().await;
    let (app, _) = server.turns_on(&owner, PASSWORD, &clock).await;
    let late = server.ticket(ADA, PASSWORD).await;
    clock.passes(SIGN_IN_LIFETIME + Duration::from_millis(1));
    assert_eq!(server.code(&late, &app.shows()).await.status, 404);

    let changed = server.ticket(ADA, PASSWORD).await;
    let asked = PasswordEdit { current: PASSWORD.into(), new: "seven small stones".into() };
    assert_eq!(server.ask(post("/api/me/password", &asked.to_text()).by(&owner)).await.status, 200);
    assert_eq!(server.code(&changed, &app.shows()).await.status, 404, "it was of the password before");

    let tried = server.ticket(ADA, "seven small stones").await;
    for _ in 0..TRIES_MAX {
        assert_eq!(server.code(&tried, &app.does_not_show()).await.status, 422);
    }
    assert_eq!(server.code(&tried, &app.shows()).await.status, 404);
    for nothing in ["", "%", &"A".repeat(43), &"A".repeat(10_000)] {
        assert_eq!(server.code(nothing, &app.shows()).await.status, 404);
    }
}

#[tokio::test]
async fn codes_are_throttled_whatever_the_password_does() {
    let (server, owner, clock) = with_clock().await;
    let (app, _) = server.turns_on(&owner, PASSWORD, &clock).await;
    let mut codes = Vec::new();
    for _ in 0..4 {
        // Each password that is right gives a new ticket, and no new tries.
        let ticket = server.ticket(ADA, PASSWORD).await;
        for _ in 0..2 {
            codes.push(server.code(&ticket, &app.does_not_show()).await.code());
        }
    }
    assert_eq!(codes[4..6], [RefusalCode::Invalid, RefusalCode::RateLimited]);
    let ticket = server.ticket(ADA, PASSWORD).await;
    assert_eq!(server.code(&ticket, &app.shows()).await.code(), RefusalCode::RateLimited);
    clock.passes(STEP);
    assert_eq!(server.code(&ticket, &app.shows()).await.status, 200);
    let locked = server.deeds().await.into_iter().filter(|deed| deed == "sign_in_locked").count();
    assert_eq!(locked, 1, "one for each wait");
}

#[tokio::test]
async fn a_recovery_code_signs_in_once() {
    let (server, owner, clock) = with_clock().await;
    let (app, codes) = server.turns_on(&owner, PASSWORD, &clock).await;
    let ticket = server.ticket(ADA, PASSWORD).await;
    assert_eq!(server.code(&ticket, &codes[0].to_uppercase().replace('-', " ")).await.status, 200);
    let deeds = server.deeds().await;
    assert_eq!(deeds[deeds.len() - 2..], ["recovery_code_used", "signed_in"]);
    let ticket = server.ticket(ADA, PASSWORD).await;
    assert_eq!(server.code(&ticket, &codes[0]).await.status, 422, "it is used");
    let state: SecondStepView = server.ask(get("/api/me/second-step").by(&owner)).await.read();
    assert_eq!(state.codes_left, 9);

    let renew = async |asked: String| server.ask(post("/api/me/second-step/codes", &asked).by(&owner)).await;
    assert_eq!(renew(proof_with("violet kettle 8", &app.shows())).await.status, 422);
    assert_eq!(renew(proof(PASSWORD)).await.read::<Failure>().field.as_deref(), Some("code"));
    let new: SecondStepView = renew(proof_with(PASSWORD, &app.shows())).await.read();
    assert_eq!(server.code(&ticket, &codes[1]).await.status, 422, "those before are gone");
    assert_eq!(server.code(&ticket, &new.codes[9]).await.status, 200);
}

#[tokio::test]
async fn it_is_turned_off_with_the_password_by_oneself_or_an_owner() {
    let (server, owner, clock) = with_clock().await;
    let ben = server.agent(&owner).await;
    let (app, _) = server.turns_on(&ben, BENS, &clock).await;
    let people: PeopleView = server.ask(get("/api/agents").by(&owner)).await.read();
    let has = |email: &str| people.people.iter().find(|one| one.email == email).unwrap().second_step;
    assert_eq!((has(ADA), has(BEN)), (None, Some(true)));
    let seen: PeopleView = server.ask(get("/api/agents").by(&ben)).await.read();
    assert!(seen.people.iter().all(|one| one.second_step.is_none()), "only owners are told");

    let off = "/api/me/second-step/off";
    let wrong = proof_with("violet kettle 8", &app.shows());
    assert_eq!(server.ask(post(off, &wrong).by(&ben)).await.status, 422);
    assert_eq!(server.ask(post(off, &proof_with(BENS, &app.shows())).by(&ben)).await.status, 200);
    assert_eq!(server.ask(post(off, &proof(BENS)).by(&ben)).await.status, 404, "it is off");
    assert!(server.password(BEN, BENS).await.read::<SignInView>().me.is_some());

    server.turns_on(&ben, BENS, &clock).await;
    let waiting = server.ticket(BEN, BENS).await;
    let id = people.people.iter().find(|one| one.email == BEN).unwrap().agent.id;
    let off = format!("/api/agents/{id}/second-step/off");
    assert_eq!(server.ask(post(&off, &proof(BENS)).by(&ben)).await.status, 403, "no owner");
    assert_eq!(server.ask(post(&off, &proof(BENS)).by(&owner)).await.status, 422, "the owner's own password");
    assert_eq!(server.ask(post(&off, &proof(PASSWORD)).by(&owner)).await.status, 200);
    assert_eq!(server.ask(post(&off, &proof(PASSWORD)).by(&owner)).await.status, 404);
    assert_eq!(server.code(&waiting, "12345").await.status, 404, "nothing waits for a code any more");
    assert!(server.password(BEN, BENS).await.read::<SignInView>().me.is_some());
    let row = server.0.app.store.trail(u64::MAX, 2).await.unwrap().remove(1);
    assert_eq!((row.what.as_str(), row.target_id), ("second_step_off", Some(id.to_bytes())));
}

#[tokio::test]
async fn a_new_password_by_a_link_leaves_it_on() {
    let (server, owner, clock) = with_clock().await;
    let (app, _) = server.turns_on(&owner, PASSWORD, &clock).await;
    let link = server.0.accounts.reset(ADA, OWN).await.unwrap().link;
    let token = link.split('#').nth(1).unwrap().to_owned();
    let accept = InviteAccept { token, name: String::new(), password: "seven small stones".into() };
    let answer = server.ask(post("/api/invites/accept", &accept.to_text())).await;
    assert!(!answer.headers.contains_key(SET_COOKIE));
    let view: SignInView = answer.read();
    assert_eq!(view.me, None);
    assert_eq!(server.status("/api/me", &owner).await, 401);
    let right = server.code(&view.ticket.unwrap(), &app.shows()).await;
    assert_eq!(server.status("/api/me", &right.cookie()).await, 200);

    // The operator helps whoever has neither phone nor codes.
    server.0.accounts.turn_off_second_step_by_email(&ADA.to_uppercase()).await.unwrap();
    assert!(server.0.accounts.turn_off_second_step_by_email("eve@example.com").await.is_err());
    assert!(server.password(ADA, "seven small stones").await.read::<SignInView>().me.is_some());
}

#[tokio::test]
async fn whoever_was_put_out_meanwhile_is_not_let_in() {
    let (server, owner, clock) = with_clock().await;
    let ben = server.agent(&owner).await;
    let (app, _) = server.turns_on(&ben, BENS, &clock).await;
    let ticket = server.ticket(BEN, BENS).await;
    let people: PeopleView = server.ask(get("/api/agents").by(&owner)).await.read();
    let id = people.people.iter().find(|one| one.email == BEN).unwrap().agent.id;
    let out = async |password: &str| {
        server.ask(post(&format!("/api/agents/{id}/deactivate"), &proof(password)).by(&owner)).await.status
    };
    assert_eq!(out(BENS).await, 422, "the owner's own password is asked for");
    assert_eq!(server.status("/api/me", &ben).await, 200);
    assert_eq!(out(PASSWORD).await, 200);
    assert_eq!(server.code(&ticket, &app.shows()).await.status, 404);
}

#[tokio::test]
async fn a_password_alone_takes_nothing_of_a_second_step_that_is_on_away() {
    let (server, owner, clock) = with_clock().await;
    let ben = server.agent(&owner).await;
    let (_, bens) = server.turns_on(&ben, BENS, &clock).await;
    let (app, codes) = server.turns_on(&owner, PASSWORD, &clock).await;
    let people: PeopleView = server.ask(get("/api/agents").by(&owner)).await.read();
    let id = people.people.iter().find(|one| one.email == BEN).unwrap().agent.id;
    let paths = [
        format!("/api/agents/{id}/second-step/off"),
        "/api/me/second-step/codes".into(),
        "/api/me/second-step/off".into(),
    ];
    for (path, right) in paths.iter().zip([app.shows(), codes[0].clone(), codes[1].clone()]) {
        let ask = async |asked: String| server.ask(post(path, &asked).by(&owner)).await;
        for asked in [proof(PASSWORD), proof_with(PASSWORD, ""), proof_with(PASSWORD, &bens[0])] {
            let refused = ask(asked).await;
            assert_eq!(
                (refused.status.as_u16(), refused.read::<Failure>().field.as_deref()),
                (422, Some("code"))
            );
        }
        assert_eq!(server.deeds().await.last().unwrap(), What::CodeFailed.text());
        if path.ends_with("/codes") {
            let new: SecondStepView = ask(proof_with(PASSWORD, &right)).await.read();
            assert_eq!(new.codes.len(), RECOVERY_CODES);
            // For the last of them those before are gone.
            assert_eq!(ask(proof_with(PASSWORD, &codes[1])).await.status, 422);
            continue;
        }
        let right = if path.starts_with("/api/me") {
            clock.passes(STEP);
            app.shows()
        } else {
            right
        };
        assert!(ask(proof_with(PASSWORD, &right)).await.status.is_success());
    }
    assert!(server.password(ADA, PASSWORD).await.read::<SignInView>().me.is_some());
    assert!(server.password(BEN, BENS).await.read::<SignInView>().me.is_some());
}

#[tokio::test]
async fn a_code_given_again_counts_as_one_that_signs_in() {
    let (server, owner, clock) = with_clock().await;
    let (app, _) = server.turns_on(&owner, PASSWORD, &clock).await;
    let off = async |code: &str| {
        server.ask(post("/api/me/second-step/off", &proof_with(PASSWORD, code)).by(&owner)).await
    };
    let used = app.shows();
    assert_eq!(server.code(&server.ticket(ADA, PASSWORD).await, &used).await.status, 200);
    assert_eq!(off(&used).await.status, 422, "it signed in already");
    for _ in 1..ACCOUNT_FREE_TRIES {
        assert_eq!(off(&app.does_not_show()).await.status, 422);
    }
    clock.passes(Duration::from_millis(1));
    assert_eq!(off(&app.shows()).await.code(), RefusalCode::RateLimited);
    let ticket = server.ticket(ADA, PASSWORD).await;
    assert_eq!(server.code(&ticket, &app.shows()).await.code(), RefusalCode::RateLimited);
    clock.passes(STEP);
    assert_eq!(off(&app.shows()).await.status, 200);
}

#[tokio::test]
async fn whoever_invites_an_owner_proves_who_they_are() {
    let (server, owner, clock) = with_clock().await;
    let (app, _) = server.turns_on(&owner, PASSWORD, &clock).await;
    let invite = async |role: Role, proof: Option<(&str, Option<String>)>| {
        let proof = proof.map(|(password, code)| ProofRequest { password: password.into(), code });
        let asked = InviteRequest { email: "eve@example.com".into(), role, proof };
        server.ask(post("/api/invites", &asked.to_text()).by(&owner)).await
    };
    let blamed = async |proof| invite(Role::Owner, proof).await.read::<Failure>().field;
    assert_eq!(blamed(None).await.as_deref(), Some("password"));
    assert_eq!(blamed(Some((BENS, Some(app.shows())))).await.as_deref(), Some("password"));
    assert_eq!(blamed(Some((PASSWORD, None))).await.as_deref(), Some("code"));
    assert_eq!(blamed(Some((PASSWORD, Some(app.does_not_show())))).await.as_deref(), Some("code"));
    assert!(!server.deeds().await.contains(&"invited".to_owned()));
    assert_eq!(invite(Role::Agent, None).await.status, 200);
    assert_eq!(invite(Role::Owner, Some((PASSWORD, Some(app.shows())))).await.status, 200);
}

#[tokio::test]
async fn neither_slips_nor_waits_cost_a_ticket_its_tries() {
    let (server, owner, clock) = with_clock().await;
    let (app, _) = server.turns_on(&owner, PASSWORD, &clock).await;
    let ticket = server.ticket(ADA, PASSWORD).await;
    for _ in 0..3 * TRIES_MAX {
        let slip = server.code(&ticket, "12345").await;
        assert_eq!((slip.status.as_u16(), slip.read::<Failure>().field.as_deref()), (422, Some("code")));
    }
    // Wrong ones until the wait is the longest there is.
    let ticket = loop {
        let next = server.ticket(ADA, PASSWORD).await;
        let answer = server.code(&next, &app.does_not_show()).await.read::<Failure>();
        let Some(wait) = answer.retry_after_ms else { continue };
        if Duration::from_millis(wait.into()) == WAIT_MAX {
            break next;
        }
        clock.passes(Duration::from_millis(wait.into()));
    };
    for _ in 0..3 * TRIES_MAX {
        assert_eq!(server.code(&ticket, &app.shows()).await.code(), RefusalCode::RateLimited);
    }
    clock.passes(WAIT_MAX + Duration::from_secs(1));
    assert_eq!(server.code(&ticket, &app.shows()).await.status, 200, "it outlives the wait");
}

#[tokio::test]
async fn a_password_that_was_changed_while_it_was_compared_does_not_count() {
    let (server, owner, clock) = with_clock().await;
    let me: MeView = server.ask(get("/api/me").by(&owner)).await.read();
    let old = server.0.app.store.agent(me.agent.id).await.unwrap().unwrap().password_hash;
    let asked = PasswordEdit { current: PASSWORD.into(), new: "seven small stones".into() };
    assert_eq!(server.ask(post("/api/me/password", &asked.to_text()).by(&owner)).await.status, 200);
    let enters = async || {
        let arrival = Arrival { from: "203.0.113.5".parse().unwrap(), device: String::new() };
        server.0.accounts.enter(me.agent.id, &old, NOW, arrival, None).await.is_ok()
    };
    assert!(!enters().await, "with a session");
    server.turns_on(&owner, "seven small stones", &clock).await;
    assert!(!enters().await, "with the wish for a code");
}
