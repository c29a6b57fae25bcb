//! What agents do all day, over the real sockets and routes: putting aside, snippets, blocks, what they see of a visitor.

use std::time::Duration;

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{
    Author, ConversationId, Entry, EntryBody, PageView, Role, Seq, Situation, SnippetView,
};
use deskbell_shared::protocol::api::{
    BlockRequest, BlocksView, ConversationCard, SnippetEdit, SnippetsView, VisitorCard,
};
use deskbell_shared::protocol::limits::{SNOOZE_MAX, TEXT_BYTES_MAX};
use deskbell_shared::protocol::{AgentCommand, Command, Frame, Position, RefusalCode};

use crate::support::http::{Request, get, own_page, post, send};
use crate::support::raw::draft;
use crate::support::server::{Account, new_token};
use crate::support::{Heard, Raw, Server, now, random};

async fn done(raw: &mut Raw, id: u32) {
    let reply = raw.reply(id).await;
    assert!(matches!(reply, Heard::Frame(Frame::Done { .. })), "{reply:?}");
}

async fn is_followed(raw: &mut Raw, conversation: ConversationId) -> Vec<Entry> {
    let id = raw.id();
    let position = Position { conversation, epoch: None, after: Seq(0) };
    raw.say(&Command::Watch { id, position }).await;
    match raw.reply(id).await {
        Heard::Frame(Frame::Page { rows, .. }) => rows,
        other => panic!("no page: {other:?}"),
    }
}

/// Who took it back.
async fn woken_by(raw: &mut Raw) -> Author {
    raw.until("the row of its coming back", |heard| match heard {
        Heard::Frame(Frame::Entry { entry: Entry { body: EntryBody::Woken {}, author, .. }, .. }) => {
            Some(author)
        }
        _ => None,
    })
    .await
}

async fn snoozes(raw: &mut Raw, conversation: ConversationId, span: Duration) -> u32 {
    let id = raw.id();
    raw.say(&AgentCommand::Snooze { id, conversation, until: now().plus(span) }).await;
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_put_aside_comes_back_by_time_by_the_visitor_and_after_a_restart() {
    let mut server = Server::start().await;
    let (mia, token) = (server.agent("Mia").await, new_token());
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["hello"]).await;
    let mut desk = Raw::agent(&server, &mia).await;
    desk.claims(conversation).await;
    is_followed(&mut desk, conversation).await;

    // Neither in the past nor for ever.
    for wrong in [Duration::ZERO, SNOOZE_MAX + Duration::from_secs(60)] {
        let id = snoozes(&mut desk, conversation, wrong).await;
        assert_eq!(desk.refusal(id).await, RefusalCode::Invalid);
    }
    let id = snoozes(&mut desk, conversation, Duration::from_secs(3600)).await;
    done(&mut desk, id).await;
    let id = visitor.id();
    visitor.say(&Command::Send { id, conversation, messages: vec![draft("are you there?")] }).await;
    assert!(matches!(woken_by(&mut desk).await, Author::Visitor {}));

    let id = snoozes(&mut desk, conversation, Duration::from_millis(300)).await;
    done(&mut desk, id).await;
    assert!(matches!(woken_by(&mut desk).await, Author::System {}), "its time has come");

    // Its time comes while no server runs.
    let id = snoozes(&mut desk, conversation, Duration::from_millis(50)).await;
    done(&mut desk, id).await;
    server.kill();
    server.run().await;
    let mut desk = Raw::agent(&server, &mia).await;
    let is_woken = |row: &Entry| matches!(row.body, EntryBody::Woken {});
    let there = is_followed(&mut desk, conversation).await;
    if there.iter().filter(|row| is_woken(row)).count() < 3 {
        assert!(matches!(woken_by(&mut desk).await, Author::System {}));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snippets_are_managed_over_the_api() {
    let server = Server::start().await;
    let (mia, ben) = (server.agent("Mia").await, server.agent("Ben").await);
    let edit = |shortcut: &str, text: &str, is_shared| SnippetEdit {
        shortcut: shortcut.to_owned(),
        text: text.to_owned(),
        is_shared,
        situation: Some(Situation::Happy),
    };
    let (port, owner) = (server.port(), server.owner().cookie.clone());
    let write =
        async |cookie: &str, path: &str, body: SnippetEdit| post(port, path, Some(cookie), &body).await;
    // What looks like a template is a text like any other.
    let text = "{{7*7}} ${1+1} {visitor} {unknown}";
    let made: SnippetView = write(&mia.cookie, "/api/snippets", edit("/Hi", text, false)).await.read();
    assert_eq!((made.shortcut.as_str(), made.text.as_str()), ("hi", text));
    let shared: SnippetView = write(&owner, "/api/snippets", edit("hours", "9 to 5", true)).await.read();
    let list = async |account: &Account| -> Vec<String> {
        let view: SnippetsView = get(port, "/api/snippets", Some(&account.cookie)).await.read();
        view.snippets.into_iter().map(|snippet| snippet.shortcut).collect()
    };
    assert_eq!(
        (list(&mia).await, list(&ben).await),
        (vec!["hi".into(), "hours".into()], vec!["hours".into()])
    );

    // Who has it counts its uses, and nobody else does.
    let nothing = deskbell_shared::protocol::api::Nothing {};
    for (account, id, status) in
        [(&mia, made.id, 200), (&ben, made.id, 404), (&ben, shared.id, 200), (&mia, shared.id, 200)]
    {
        let path = format!("/api/snippets/{id}/used");
        assert_eq!(post(port, &path, Some(&account.cookie), &nothing).await.status, status);
    }
    let view: SnippetsView = get(port, "/api/snippets", Some(&mia.cookie)).await.read();
    let counted: Vec<_> = view.snippets.iter().map(|one| (one.used, one.situation)).collect();
    assert_eq!(counted, [(1, Some(Situation::Happy)), (2, Some(Situation::Happy))]);

    let long = "x".repeat(TEXT_BYTES_MAX + 1);
    for (cookie, path, body, status) in [
        (&mia.cookie, "/api/snippets".to_owned(), edit("all", "x", true), 403),
        (&mia.cookie, format!("/api/snippets/{}", shared.id), edit("hours", "never", true), 403),
        (&ben.cookie, format!("/api/snippets/{}", made.id), edit("hi", "x", false), 404),
        (&ben.cookie, "/api/snippets/1".to_owned(), edit("hi", "x", false), 404),
        (&mia.cookie, "/api/snippets".to_owned(), edit("hi", "again", false), 409),
        (&mia.cookie, "/api/snippets".to_owned(), edit("two words", "x", false), 422),
        (&mia.cookie, "/api/snippets".to_owned(), edit("", "x", false), 422),
        (&mia.cookie, "/api/snippets".to_owned(), edit("long", &long, false), 422),
        (&mia.cookie, "/api/snippets".to_owned(), edit("nothing", " \n", false), 422),
    ] {
        let answer = write(cookie, &path, body).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
    }
    // Nothing of a snippet that is the server's to say can be written.
    let headers = own_page(port, Some(&mia.cookie));
    let body = format!("{{\"shortcut\":\"x\",\"text\":\"x\",\"is_shared\":false,\"author\":\"{}\"}}", ben.id);
    let answer = send(port, Request { method: "POST", path: "/api/snippets", headers, body }).await;
    assert_eq!(answer.status, 400, "{}", answer.body);

    let path = format!("/api/snippets/{}", made.id);
    let changed: SnippetView = write(&mia.cookie, &path, edit("hey", "Hey", false)).await.read();
    assert_eq!((changed.id, changed.shortcut.as_str()), (made.id, "hey"));
    let forget = format!("/api/snippets/{}/forget", made.id);
    assert_eq!(post(port, &forget, Some(&ben.cookie), &nothing).await.status, 404);
    assert_eq!(post(port, &forget, Some(&mia.cookie), &nothing).await.status, 200);
    assert_eq!(list(&mia).await, ["hours"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_visitor_is_refused_everywhere_until_it_ends() {
    let server = Server::start().await;
    let (mia, noah) = (server.agent("Mia").await, server.agent("Noah").await);
    server.exclude(&noah);
    let (port, token) = (server.port(), new_token());
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["buy this"]).await;
    let card: ConversationCard =
        get(port, &format!("/api/conversations/{conversation}"), Some(&mia.cookie)).await.read();
    let who = card.summary.visitor.id;
    let path = |end: &str| format!("/api/visitors/{who}{end}");
    let request = BlockRequest { reason: "sells things".to_owned(), for_seconds: 3600 };

    // Who may not see them cannot do it, nor learn that they are there.
    assert_eq!(post(port, &path("/block"), Some(&noah.cookie), &request).await.status, 404);
    for (path, status) in [(path(""), 404), (format!("/api/conversations/{conversation}"), 404)] {
        assert_eq!(get(port, &path, Some(&noah.cookie)).await.status, status, "{path}");
    }
    for wrong in [
        BlockRequest { for_seconds: 0, ..request.clone() },
        BlockRequest { for_seconds: u32::MAX, ..request.clone() },
        BlockRequest { reason: " ".to_owned(), ..request.clone() },
    ] {
        assert_eq!(post(port, &path("/block"), Some(&mia.cookie), &wrong).await.status, 422);
    }
    assert_eq!(post(port, &path("/block"), Some(&mia.cookie), &request).await.status, 200);

    let id = visitor.id();
    visitor.say(&Command::Send { id, conversation, messages: vec![draft("buy that")] }).await;
    assert_eq!(visitor.refusal(id).await, RefusalCode::Blocked);
    let other = ConversationId::from_parts(now(), random());
    let id = visitor.id();
    let messages = vec![draft("buy it all")];
    let start = Command::start(id, other, messages);
    visitor.say(&start).await;
    // They have one open: that is found out first, or that they are blocked; neither stores anything.
    assert!(matches!(visitor.refusal(id).await, RefusalCode::Blocked | RefusalCode::AlreadyOpen));
    assert_eq!(visitor.transcript(conversation).await.len(), 1);

    let list = async |account: &Account| -> BlocksView {
        get(port, "/api/blocks", Some(&account.cookie)).await.read()
    };
    let blocks = list(&mia).await.blocks;
    assert_eq!(
        (blocks[0].visitor, blocks[0].by.id, blocks[0].reason.as_str()),
        (who, mia.id, "sells things")
    );
    assert!(list(&noah).await.blocks.is_empty());
    let card: VisitorCard = get(port, &path(""), Some(&mia.cookie)).await.read();
    assert_eq!((card.conversations.len(), card.block.map(|block| block.visitor)), (1, Some(who)));

    let nothing = deskbell_shared::protocol::api::Nothing {};
    assert_eq!(post(port, &path("/unblock"), Some(&noah.cookie), &nothing).await.status, 404);
    assert_eq!(post(port, &path("/unblock"), Some(&mia.cookie), &nothing).await.status, 200);
    let id = visitor.id();
    visitor.say(&Command::Send { id, conversation, messages: vec![draft("sorry")] }).await;
    assert!(matches!(visitor.reply(id).await, Heard::Frame(Frame::Acked { refused: None, .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_see_where_a_visitor_is_without_secrets_of_addresses() {
    let server = Server::start().await;
    let olga = server.person("Otto", Role::Owner).await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let (id, conversation) = (visitor.id(), ConversationId::from_parts(now(), random()));
    let page = PageView {
        url: "https://shop.example/tea?token=1#x".to_owned(),
        title: "Tea".to_owned(),
        referrer: Some("https://me:pw@find.example/s?q=my+illness".to_owned()),
    };
    let time_zone = Some("Asia/Shanghai".to_owned());
    let messages = vec![draft("hello")];
    let start = Command::Start {
        id,
        conversation,
        messages,
        page: Some(page),
        language: Some("zh".to_owned()),
        time_zone,
        about: None,
        inbox: None,
    };
    visitor.say(&start).await;
    visitor.reply(id).await;
    let path = format!("/api/conversations/{conversation}");
    let card: ConversationCard = get(server.port(), &path, Some(&olga.cookie)).await.read();
    let who = card.summary.visitor.clone();
    let page = who.page.expect("a page");
    assert_eq!(page.url, "https://shop.example/tea");
    assert_eq!(page.referrer.as_deref(), Some("https://find.example/s"));
    assert_eq!(who.time_zone.as_deref(), Some("Asia/Shanghai"));
    assert!(who.online && !card.to_text().contains("token"));
}
