//! Load that is meant to hurt, in small: what it costs those who mean no harm, and that it leaves nothing behind. The
//! long form is the example `load`, with `hostile`.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::protocol::api::{VisitorTicket, VisitorTicketRequest};
use deskbell_shared::protocol::limits::{FILE_BYTES_MAX, TEXT_BYTES_MAX};
use deskbell_shared::protocol::{CloseCode, Command, Frame, RefusalCode, VERSION};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::http::{Answer, Request, own_page, send};
use crate::support::raw::draft;
use crate::support::server::{Program, new_token};
use crate::support::{Heard, Raw, Server, patiently};

/// The tests play the proxy.
const PROXY: [&str; 2] = ["--trusted-proxy", "127.0.0.1/32"];
const NEAR: &str = "203.0.113.7";
const FAR: &str = "198.51.100.9";

async fn behind_a_proxy(flags: &[&str]) -> Server {
    Server::start_with(Program::with(&[&PROXY[..], flags].concat())).await
}

/// A new visitor's ticket, asked for from an address.
async fn ticket_from(server: &Server, address: &str) -> Answer {
    let mut headers = own_page(server.port(), None);
    headers.push(("x-forwarded-for", address.to_owned()));
    let (path, body) = (
        format!("/w/{}/ticket", server.site_key()),
        VisitorTicketRequest { token: None, page: None }.to_text(),
    );
    send(server.port(), Request { method: "POST", path: &path, headers, body }).await
}

/// A new visitor at an address, welcomed.
async fn visitor_from(server: &Server, address: &str) -> Raw {
    let ticket = ticket_from(server, address).await.read::<VisitorTicket>().ticket;
    let mut raw = Raw::open(server.port(), &[("x-forwarded-for", address)]).await.expect("a socket");
    raw.say(&Command::Hello { version: VERSION, ticket, resume: Vec::new(), feed: None }).await;
    raw.welcome().await;
    raw
}

fn rows(server: &Server, table: &str) -> i64 {
    let conn = rusqlite::Connection::open(server.database()).expect("the database");
    conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).expect("a count")
}

/// S40: whoever only looks leaves nothing, however many they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hellos_without_a_message_leave_no_row() {
    let server = Server::start().await;
    for _ in 0..300 {
        drop(Raw::visitor(&server, &new_token()).await);
    }
    for table in ["visitors", "conversations", "entries"] {
        assert_eq!(rows(&server, table), 0, "{table}");
    }
    Raw::visitor(&server, &new_token()).await.starts(&["hi"]).await;
    assert_eq!((rows(&server, "visitors"), rows(&server, "conversations")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_counted_by_the_address_of_the_visitor() {
    let server = behind_a_proxy(&["--address-tickets-per-minute", "3"]).await;
    for _ in 0..3 {
        assert_eq!(ticket_from(&server, NEAR).await.status, 200);
    }
    let refused = ticket_from(&server, NEAR).await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers.iter().any(|(name, _)| name == "retry-after"), "{refused:?}");
    // What a client writes in front of what the proxy has seen is not believed.
    assert_eq!(ticket_from(&server, &format!("{FAR}, {NEAR}")).await.status, 429);
    assert_eq!(ticket_from(&server, FAR).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_trusted_proxy_a_forged_address_changes_nothing() {
    let server = Server::start_with(Program::with(&["--address-tickets-per-minute", "3"])).await;
    let addresses = [NEAR, FAR, "192.0.2.1", "192.0.2.2"];
    let mut answers = Vec::new();
    for address in addresses {
        answers.push(ticket_from(&server, address).await.status);
    }
    assert_eq!(answers, [200, 200, 200, 429]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_are_counted_by_the_address_of_the_visitor() {
    let server = behind_a_proxy(&["--connections-per-address-max", "3"]).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(Raw::open(server.port(), &[("x-forwarded-for", NEAR)]).await.expect("room"));
    }
    assert_eq!(Raw::open(server.port(), &[("x-forwarded-for", NEAR)]).await.err(), Some(503));
    assert_eq!(ticket_from(&server, NEAR).await.status, 503, "requests count, too");
    visitor_from(&server, FAR).await.starts(&["I am somebody else"]).await;
    drop(open);
    patiently("the room is given back", async {
        while Raw::open(server.port(), &[("x-forwarded-for", NEAR)]).await.is_err() {}
    })
    .await;
}

/// Many visitors, each as slow as one may be, at one address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_at_one_address_is_slowed_together() {
    let server =
        behind_a_proxy(&["--address-messages-per-minute", "20", "--address-starts-per-hour", "60"]).await;
    // A quarter of the messages at once, a sixth of the conversations.
    let mut taken = 0;
    for _ in 0..8 {
        let mut visitor = visitor_from(&server, NEAR).await;
        let conversation = deskbell_shared::model::ConversationId::from_parts(
            crate::support::now(),
            crate::support::random(),
        );
        let messages = vec![draft("one of many")];
        let start = Command::start(1, conversation, messages);
        visitor.say(&start).await;
        match visitor.reply(1).await {
            Heard::Frame(Frame::Acked { refused: None, .. }) => taken += 1,
            Heard::Frame(Frame::Refused { code, retry_after_ms, .. }) => {
                assert_eq!(code, RefusalCode::RateLimited);
                assert!(retry_after_ms.is_some_and(|ms| ms > 0));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(taken, 5);
    assert_eq!(rows(&server, "conversations"), 5, "what was refused left nothing");
    visitor_from(&server, FAR).await.starts(&["I am somebody else"]).await;
}

/// S41, S42: sockets that never finish what they began, beside somebody who wants to write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_sockets_hold_up_nobody() {
    let server = Server::start().await;
    let mut slow = Vec::new();
    for n in 0..200 {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.expect("a connection");
        let begun: &[u8] = match n % 3 {
            0 => b"",
            1 => b"GET /desk/ HTTP/1.1\r\nhost: lo",
            _ => b"POST /api/login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{",
        };
        stream.write_all(begun).await.expect("a beginning");
        slow.push(stream);
    }
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    for n in 0..5 {
        visitor.say(&Command::Send { id: 50 + n, conversation, messages: vec![draft("and")] }).await;
        assert!(matches!(visitor.reply(50 + n).await, Heard::Frame(Frame::Acked { refused: None, .. })));
    }
}

/// S39: one visitor on many sockets writes as fast as they can; the disk gets no more than the rate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_on_many_sockets_is_one_visitor() {
    let server = Server::start().await;
    let token = new_token();
    let mut first = Raw::visitor(&server, &token).await;
    let conversation = first.starts(&["hi"]).await;
    let text = "x".repeat(TEXT_BYTES_MAX);
    let mut sockets = vec![first];
    for _ in 0..9 {
        sockets.push(Raw::visitor(&server, &token).await);
    }
    for round in 0..10 {
        for socket in &mut sockets {
            let id = 1_000 + round;
            socket.say(&Command::Send { id, conversation, messages: vec![draft(&text)] }).await;
        }
    }
    let mut quiet = Raw::visitor(&server, &new_token()).await;
    let other = quiet.starts(&["May I?"]).await;
    assert_eq!(quiet.transcript(other).await.len(), 1);
    for socket in &mut sockets {
        socket.reply(1_009).await;
    }
    // Of a hundred, the burst and what time gives; a slow machine gives more time.
    assert!(rows(&server, "entries") < 100, "{}", rows(&server, "entries"));
}

/// S34: a body that does not say how long it is, and does not end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_without_end_is_cut_at_the_limit() {
    let server = Server::start().await;
    let (port, token) = (server.port(), new_token());
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
    let head = format!(
        "POST /w/{}/upload HTTP/1.1\r\nhost: localhost:{port}\r\norigin: http://localhost:{port}\r\nx-deskbell: 1\r\n\
         x-deskbell-name: a.txt\r\ncookie: __Host-deskbell_visitor_{port}={token}\r\ntransfer-encoding: chunked\r\n\r\n",
        server.site_key()
    );
    stream.write_all(head.as_bytes()).await.expect("a head");
    let (mut read, mut write) = stream.into_split();
    let chunk =
        [format!("{:x}\r\n", 64 * 1024).into_bytes(), vec![b'a'; 64 * 1024], b"\r\n".to_vec()].concat();
    let sending = tokio::spawn(async move {
        let mut sent = 0;
        while sent < 4 * FILE_BYTES_MAX && write.write_all(&chunk).await.is_ok() {
            sent += 64 * 1024;
        }
    });
    let mut status = [0; 12];
    patiently("an answer", read.read_exact(&mut status)).await.expect("an answer");
    assert_eq!(&status, b"HTTP/1.1 413");
    drop(read);
    patiently("the stream ends", sending).await.expect("a task");
    let left = std::fs::read_dir(server.data().join("incoming")).expect("the folder").count();
    assert_eq!(left, 0, "what was cut is not kept");
    assert_eq!(rows(&server, "files"), 0);
}

/// S9: a token is one text of one length; whatever else stands in its place is nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_another_type_is_nobodys() {
    let server = Server::start().await;
    let path = format!("/w/{}/ticket", server.site_key());
    let huge = format!("{{\"token\":\"{}\"}}", "a".repeat(1_000_000));
    for (body, status) in [
        (r#"{"token":{"$regex":"^a"}}"#, 400),
        (r#"{"token":{"$gt":""}}"#, 400),
        (r#"{"token":["a"]}"#, 400),
        (r#"{"token":0}"#, 400),
        (r#"{"token":true}"#, 400),
        (r#"{"token":"%"}"#, 400),
        (r#"{"token":"%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25"}"#, 400),
        (r#"{"token":""}"#, 400),
        (r#"{"token":"a","token":"b"}"#, 400),
        (huge.as_str(), 413),
    ] {
        let headers = own_page(server.port(), None);
        let answer =
            send(server.port(), Request { method: "POST", path: &path, headers, body: body.to_owned() })
                .await;
        assert_eq!(answer.status, status, "{}: {}", &body[..body.len().min(60)], answer.body);
    }
}

/// S44: nesting and sizes, before and after the hello.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nesting_has_an_end_on_both_ways() {
    let server = Server::start().await;
    for deep in ["[".repeat(60_000), "{\"a\":".repeat(10_000)] {
        let mut raw = Raw::silent(server.port()).await;
        raw.say_text(&deep).await;
        assert_eq!(raw.closed().await, CloseCode::Malformed.code());
        let headers = own_page(server.port(), None);
        let login = Request { method: "POST", path: "/api/login", headers, body: deep };
        assert_eq!(send(server.port(), login).await.status, 400);
    }
    Raw::visitor(&server, &new_token()).await.starts(&["still here"]).await;
}
