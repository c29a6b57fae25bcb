//! Search over HTTP: who finds what, what is refused, and that nothing anybody types is more than words to look for.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Role, Seq};
use deskbell_shared::protocol::api::{AuditPage, Failure, SearchRequest, SearchView};
use deskbell_shared::protocol::{AgentCommand, Command, Position, RefusalCode};

use crate::support::http::{Answer, Request, get, own_page, post, send};
use crate::support::server::{Account, new_token};
use crate::support::{Raw, Server};

fn words(text: &str) -> SearchRequest {
    SearchRequest {
        text: text.to_owned(),
        inbox: None,
        agent: None,
        status: None,
        since: None,
        until: None,
        only: None,
        before: None,
    }
}

async fn asks(server: &Server, by: Option<&Account>, text: &str) -> Answer {
    post(server.port(), "/api/search", by.map(|by| by.cookie.as_str()), &words(text)).await
}

async fn finds(server: &Server, by: &Account, text: &str) -> SearchView {
    let answer = asks(server, Some(by), text).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.read()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_see_a_conversation_finds_it_and_nobody_else() {
    let server = Server::start().await;
    let (mia, ben) = (server.agent("Mia").await, server.agent("Ben").await);
    let otto = server.person("Otto", Role::Owner).await;
    let token = new_token();
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["hello", "请问退款什么时候到账？"]).await;
    // It is Mia's, whether she was given it or takes it: whoever else reads it looks on.
    let mut desk = Raw::agent(&server, &mia).await;
    let id = desk.id();
    desk.say(&AgentCommand::Claim { id, conversation, version: 0 }).await;
    desk.reply(id).await;
    let found = finds(&server, &mia, "退款").await;
    let hit = &found.hits[0];
    assert_eq!((found.hits.len(), hit.conversation, hit.seq), (1, conversation, Seq(2)));
    let marked: Vec<_> =
        hit.text.iter().filter(|piece| piece.is_hit).map(|piece| piece.text.as_str()).collect();
    assert_eq!(marked, ["退款"]);
    assert_eq!((found.earlier, found.people.len()), (None, 0));
    // From the next request on, and whatever Ben had found before.
    assert_eq!(finds(&server, &ben, "退款").await.hits.len(), 1);
    server.exclude(&ben);
    let nothing = finds(&server, &ben, "退款").await;
    assert_eq!(nothing, finds(&server, &ben, "never said").await, "as if it had not been written");
    assert_eq!(finds(&server, &otto, "到账").await.hits.len(), 1);
    assert_eq!(asks(&server, None, "退款").await.status, 401);
    // What was found is read like any conversation: looking on leaves its row.
    let mut owner = Raw::agent(&server, &otto).await;
    let (id, position) = (owner.id(), Position { conversation, epoch: None, after: Seq(0) });
    owner.say(&Command::Watch { id, position }).await;
    owner.reply(id).await;
    let trail: AuditPage = get(server.port(), "/api/audit", Some(&otto.cookie)).await.read();
    assert_eq!(trail.rows[0].what, "conversation_viewed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_typed_is_words() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    Raw::visitor(&server, &new_token()).await.starts(&["a plain message"]).await;
    let hostile = [
        "' OR 1=1 --",
        "\"; DROP TABLE search_rows; --",
        "message\" OR words:* \"",
        "NEAR(a b, 5) AND {words} : x ^y *",
        "%' UNION SELECT password_hash FROM agents --",
        "\u{0}\u{202e}message\u{0}x",
        "(((((((((",
        "-message",
    ];
    for text in hostile {
        let answer = asks(&server, Some(&mia), text).await;
        assert!(matches!(answer.status, 200 | 422), "{text:?}: {} {}", answer.status, answer.body);
        assert!(!answer.body.contains("argon2"), "{text:?}");
    }
    assert_eq!(finds(&server, &mia, "message").await.hits.len(), 1);
    // A field that is not asked for, and a filter that is none.
    for body in [
        r#"{"text":"message","scope":"all"}"#,
        r#"{"text":"message","only":"' OR 1=1"}"#,
        r#"{"text":"message","inbox":{"$ne":null}}"#,
        r#"{"text":["message"]}"#,
    ] {
        let headers = own_page(server.port(), Some(&mia.cookie));
        let request = Request { method: "POST", path: "/api/search", headers, body: body.to_owned() };
        assert_eq!(send(server.port(), request).await.status, 400, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_looked_for_is_said() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let refused = async |text: &str| {
        let answer = asks(&server, Some(&mia), text).await;
        let failure = Failure::from_text(&answer.body).expect("a failure");
        (answer.status, failure.code, failure.field)
    };
    let field = Some("text".to_owned());
    assert_eq!(refused(" …?! ").await, (422, RefusalCode::Invalid, field.clone()));
    assert_eq!(refused(&"字".repeat(201)).await, (422, RefusalCode::TooLong, field));
    // A colleague's searches take nothing from mine; too many of mine have to wait.
    let ben = server.agent("Ben").await;
    let mut statuses = Vec::new();
    for _ in 0..120 {
        statuses.push(asks(&server, Some(&ben), "hello").await.status);
    }
    assert_eq!(statuses[..40], [200; 40]);
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(asks(&server, Some(&mia), "hello").await.status, 200);
}
