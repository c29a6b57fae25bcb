//! The second step of signing in at the real server: what it leaves on the disk and in the trail, and the operator's command.

use std::process::Command;
use std::time::SystemTime;

use deskbell_server::auth::totp::{KEY_BYTES, STEP_MS, code_of};
use deskbell_shared::protocol::api::{
    AuditPage, CodeRequest, LoginRequest, ProofRequest, SecondStepView, SignInView,
};

use crate::support::Server;
use crate::support::http::{Answer, get, post};
use crate::support::server::PASSWORD;

const OLGA: &str = "olga@shop.example";

/// What an app shows now, or will show `next` times later.
fn shown(secret: &str, next: u64) -> String {
    let letters = secret.bytes().map(|c| if c < b'A' { c - b'2' + 26 } else { c - b'A' });
    let bits: String = letters.map(|five| format!("{five:05b}")).collect();
    let byte = |at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).expect("bits");
    let key: [u8; KEY_BYTES] = std::array::from_fn(byte);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    code_of(&key, since.as_millis() as u64 / STEP_MS as u64 + next)
}

fn proof(code: Option<&str>) -> ProofRequest {
    ProofRequest { password: PASSWORD.into(), code: code.map(Into::into) }
}

/// Turns the owner's on.
async fn turns_on(server: &Server) -> (String, SecondStepView) {
    let cookie = Some(server.owner().cookie.as_str());
    let made: SecondStepView =
        post(server.port(), "/api/me/second-step/begin", cookie, &proof(None)).await.read();
    let made = made.app.expect("a secret");
    let code = CodeRequest { ticket: made.ticket, code: shown(&made.secret, 0) };
    let codes = post(server.port(), "/api/me/second-step/on", cookie, &code).await.read();
    (made.secret, codes)
}

async fn signs_in(server: &Server) -> Answer {
    let asked = LoginRequest { email: OLGA.into(), password: PASSWORD.into() };
    post(server.port(), "/api/login", None, &asked).await
}

async fn gives(server: &Server, ticket: &str, code: &str) -> Answer {
    let asked = CodeRequest { ticket: ticket.into(), code: code.into() };
    post(server.port(), "/api/login/code", None, &asked).await
}

async fn ticket(server: &Server) -> String {
    let answer = signs_in(server).await;
    assert_eq!(answer.cookie(), None, "no session before the code");
    answer.read::<SignInView>().ticket.expect("the wish for a code")
}

async fn newest(server: &Server, cookie: &str, count: usize) -> Vec<String> {
    let page: AuditPage = get(server.port(), "/api/audit", Some(cookie)).await.read();
    page.rows.into_iter().take(count).map(|row| row.what).collect()
}

fn second_step_off(server: &Server, email: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
    let done = command.args(["user", "second-step-off", email, "--data"]).arg(server.data()).output();
    let done = done.expect("running the binary");
    let said = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_count_once_over_restarts_and_every_deed_leaves_its_row() {
    let mut server = Server::start().await;
    let (secret, codes) = turns_on(&server).await;
    let code = shown(&secret, 1);
    let given = gives(&server, &ticket(&server).await, &code).await;
    let cookie = given.cookie().expect("a session");
    assert_eq!(newest(&server, &cookie, 2).await, ["signed_in", "second_step_on"]);
    let before = ticket(&server).await;
    server.kill();
    server.run().await;
    assert_eq!(gives(&server, &before, &codes.codes[0]).await.status, 404, "of the run before");
    let after = ticket(&server).await;
    assert_eq!(gives(&server, &after, &code).await.status, 422, "it was used in the run before");
    let given = gives(&server, &after, &codes.codes[0]).await;
    let cookie = given.cookie().expect("a session");
    assert_eq!(newest(&server, &cookie, 3).await, ["signed_in", "recovery_code_used", "code_failed"]);
    let new: SecondStepView =
        post(server.port(), "/api/me/second-step/codes", Some(&cookie), &proof(Some(&codes.codes[1])))
            .await
            .read();
    assert_eq!(
        (new.codes.len(), newest(&server, &cookie, 1).await),
        (10, vec!["recovery_codes_made".into()])
    );
    let off: SecondStepView =
        post(server.port(), "/api/me/second-step/off", Some(&cookie), &proof(Some(&new.codes[0])))
            .await
            .read();
    assert_eq!((off.since, off.codes_left), (None, 0));
    assert_eq!(newest(&server, &cookie, 1).await, ["second_step_off"]);
    assert!(signs_in(&server).await.cookie().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_turns_it_off_for_whoever_is_locked_out() {
    let mut server = Server::start().await;
    turns_on(&server).await;
    ticket(&server).await;
    assert!(!second_step_off(&server, "eve@shop.example").0);
    let (is_done, said) = second_step_off(&server, OLGA);
    assert!(is_done && said.contains("is off"), "{said}");
    let cookie = signs_in(&server).await.cookie().expect("a session");
    let page: AuditPage = get(server.port(), "/api/audit", Some(&cookie)).await.read();
    let row = &page.rows[1];
    assert_eq!((row.what.as_str(), row.actor.as_str()), ("second_step_off", "operator"));
    let (is_done, said) = second_step_off(&server, OLGA);
    assert!(!is_done && said.contains("is not on"), "{said}");

    turns_on(&server).await;
    server.kill();
    assert!(second_step_off(&server, OLGA).0, "while no server runs");
    server.run().await;
    assert!(signs_in(&server).await.cookie().is_some());
}

/// S14: neither what the app was given nor what signs in without it is on the disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_holds_no_code() {
    let server = Server::start().await;
    let (secret, codes) = turns_on(&server).await;
    let waiting = ticket(&server).await;
    let mut disk = Vec::new();
    for file in std::fs::read_dir(server.data()).expect("the data folder").flatten() {
        if file.path().is_file() {
            disk.extend(std::fs::read(file.path()).expect("a file"));
        }
    }
    let disk = String::from_utf8_lossy(&disk).to_lowercase();
    assert!(disk.contains("second_step_on"), "it is the database");
    for kept in codes.codes.iter().chain([&secret, &waiting]) {
        let kept = kept.to_lowercase();
        assert!(!disk.contains(&kept) && !disk.contains(&kept.replace('-', "")), "{kept}");
    }
}
