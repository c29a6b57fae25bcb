//! What the server does not say: in its log no secret and no word of anybody, whatever they write into it; and what
//! looks like a command to something else is a text.

use deskbell_shared::model::{Role, Seq};
use deskbell_shared::protocol::api::{
    InviteAccept, InviteRequest, InviteView, LoginRequest, ProfileEdit, SignInView,
};
use deskbell_shared::protocol::{Command, Frame};

use crate::support::http::{self, Request, own_page, send};
use crate::support::raw::draft;
use crate::support::server::{PASSWORD, Program, agent_ticket, new_token, visitor_ticket};
use crate::support::{Heard, Raw, Server};

const CANARY: &str = "canary-93d0";
/// What turns lines, colours and titles of a terminal.
const HOSTILE: &str = "x\r\n{\"level\":\"ERROR\",\"message\":\"forged\"}\u{1b}[31m\u{1b}]0;owned\u{7}";

/// S52, S59: everything is logged that can be, and everybody says the worst they can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_holds_no_secret_and_nothing_that_was_said() {
    let flags = ["--log", "json", "--log-filter", "deskbell_server=trace,deskbell=trace,info"];
    let server = Server::start_with(Program::with(&flags)).await;
    let port = server.port();
    let mut secrets: Vec<String> = vec![CANARY.to_owned(), PASSWORD.to_owned()];

    let invite = InviteRequest { email: format!("{CANARY}@shop.example"), role: Role::Agent, proof: None };
    let view: InviteView =
        http::post(port, "/api/invites", Some(&server.owner().cookie), &invite).await.read();
    let token = view.link.split('#').nth(1).expect("a secret in the link").to_owned();
    secrets.push(token.clone());
    let accept =
        InviteAccept { token, name: format!("{CANARY} Mia"), password: format!("{CANARY} password") };
    let answer = http::post(port, "/api/invites/accept", None, &accept).await;
    let cookie = answer.cookie().expect("a session");
    assert!(answer.read::<SignInView>().me.is_some());
    secrets.push(cookie.split('=').nth(1).expect("a value").to_owned());
    secrets.push(agent_ticket(port, &cookie).await.expect("a ticket"));
    let wrong = LoginRequest { email: format!("{HOSTILE}{CANARY}"), password: format!("{HOSTILE}{CANARY}") };
    assert_eq!(http::post(port, "/api/login", None, &wrong).await.status, 422);
    let name = ProfileEdit { name: HOSTILE.to_owned() };
    assert_eq!(http::post(port, "/api/me", Some(&cookie), &name).await.status, 422);

    let token = new_token();
    secrets.push(token.clone());
    secrets
        .push(visitor_ticket(port, server.site_key(), Some(token.clone())).await.expect("a ticket").ticket);
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&[&format!("{CANARY} {HOSTILE}")]).await;
    visitor.say(&Command::Send { id: 70, conversation, messages: vec![draft(CANARY)] }).await;
    visitor.reply(70).await;
    visitor
        .say(&Command::LeaveAddress { id: 71, conversation, address: format!("{CANARY}@example.com") })
        .await;
    visitor.reply(71).await;
    visitor.say_text(&format!("{{\"command\":\"{CANARY}\"}}")).await;
    visitor.closed().await;
    for (name, value) in
        [("x-forwarded-for", CANARY), ("origin", CANARY), ("user-agent", CANARY), ("cookie", CANARY)]
    {
        let mut headers = own_page(port, None);
        headers.retain(|(own, _)| *own != name);
        headers.push((name, value.to_owned()));
        let path = format!("/api/{CANARY}?{CANARY}");
        send(port, Request { method: "POST", path: &path, headers, body: CANARY.to_owned() }).await;
    }
    let report =
        format!("{{\"csp-report\":{{\"blocked-uri\":\"{CANARY}\",\"effective-directive\":\"{CANARY}\"}}}}");
    send(port, Request { method: "POST", path: "/csp-report", headers: Vec::new(), body: report }).await;

    // What is said at the start stands on standard output: the link of the set-up is meant to be seen.
    let said = server.said();
    let log: Vec<&str> = said.lines().filter(|line| line.starts_with('{')).collect();
    assert!(log.len() > 5, "{said}");
    for line in &log {
        for secret in &secrets {
            assert!(!line.contains(secret.as_str()), "{secret} in {line}");
        }
        let json: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|bad| panic!("{bad}: {line}"));
        assert_ne!(json["message"], "forged", "{line}");
    }
    assert!(!said.contains('\u{1b}'), "{said}");
    assert!(!said.contains("127.0.0.1:") && !said.contains(CANARY), "{said}");
}

/// S14: what lets somebody in is kept as its digest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_holds_no_secret() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let token = new_token();
    Raw::visitor(&server, &token).await.starts(&["canary-kept"]).await;
    let invite = InviteRequest { email: "nora@shop.example".to_owned(), role: Role::Agent, proof: None };
    let view: InviteView =
        http::post(server.port(), "/api/invites", Some(&server.owner().cookie), &invite).await.read();
    let secrets = [
        mia.cookie.split('=').nth(1).expect("a value"),
        view.link.split('#').nth(1).expect("a secret"),
        token.as_str(),
        PASSWORD,
    ];
    let mut disk = Vec::new();
    for file in std::fs::read_dir(server.data()).expect("the data folder").flatten() {
        if file.file_name().to_string_lossy().starts_with("deskbell.db") {
            disk.extend(std::fs::read(file.path()).expect("a file of the database"));
        }
    }
    let holds = |text: &[u8]| disk.windows(text.len()).any(|part| part == text);
    assert!(holds(b"canary-kept") && holds(b"nora@shop.example"), "it is the database");
    for secret in secrets {
        // A part of one is as bad.
        assert!(!holds(&secret.as_bytes()[..20.min(secret.len())]), "{secret}");
    }
}

/// S8: what would be a command to a database is stored and handed back as it was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_looks_like_sql_is_a_text() {
    let server = Server::start().await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let hostile = [
        "'; DROP TABLE entries; --",
        "\" OR 1=1 --",
        "1); DELETE FROM visitors; SELECT (1",
        "' UNION SELECT password_hash FROM agents --",
        "%' OR text LIKE '%",
        "\u{0}'; PRAGMA writable_schema=1; --",
        "?1 :name @name $1",
    ];
    let conversation = visitor.starts(&hostile).await;
    let texts: Vec<String> = visitor
        .transcript(conversation)
        .await
        .into_iter()
        .filter_map(|row| match row.body {
            deskbell_shared::model::EntryBody::Message { text, .. } => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(texts, hostile);
    // In the place of ids, too: the codec takes hexadecimal digits and nothing else.
    for id in ["' OR 1=1 --", "0' UNION SELECT 1 --"] {
        visitor.say_text(&format!(r#"{{"command":"sync","id":90,"conversation":"{id}","after":0}}"#)).await;
        assert!(matches!(visitor.reply(90).await, Heard::Frame(Frame::Refused { .. })));
        let path = format!("/api/conversations/{}", id.replace(' ', "%20"));
        assert_eq!(http::get(server.port(), &path, Some(&server.owner().cookie)).await.status, 404);
    }
    visitor.say(&Command::Sync { id: 91, conversation, after: Some(Seq(0)), before: None }).await;
    assert!(matches!(visitor.reply(91).await, Heard::Frame(Frame::Page { .. })));
}
