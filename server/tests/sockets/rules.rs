//! What a connection must keep to, and how it ends when it does not.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Cmid, ConversationId, Draft, Seq};
use deskbell_shared::protocol::limits::{BATCH_MESSAGES_MAX, FRAME_BYTES_MAX, TEXT_BYTES_MAX};
use deskbell_shared::protocol::{CloseCode, Command, Frame, RefusalCode, VERSION};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WireFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode as WireCode, Data, OpCode};

use crate::support::raw::draft;
use crate::support::server::{agent_ticket, new_token, visitor_ticket};
use crate::support::{Heard, Raw, Server, http};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_says_nothing_is_closed() {
    let server = Server::start().await;
    let mut silent = Raw::silent(server.port()).await;
    assert_eq!(silent.closed().await, CloseCode::HelloTimeout.code());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_fresh_ticket_opens() {
    let mut server = Server::start().await;
    let ticket = || visitor_ticket(server.port(), server.site_key(), None);
    let hello = |ticket: &str, version| Command::Hello {
        version,
        ticket: ticket.to_owned(),
        resume: Vec::new(),
        feed: None,
    };
    let used = ticket().await.expect("a ticket").ticket;
    let mut first = Raw::silent(server.port()).await;
    first.say(&hello(&used, VERSION)).await;
    assert!(matches!(first.next().await, Ok(Heard::Frame(Frame::Welcome { .. }))));
    let fresh = ticket().await.expect("a ticket").ticket;
    let made_up = new_token();
    for (ticket, version, code) in [
        (used.as_str(), VERSION, CloseCode::Ticket),
        ("", VERSION, CloseCode::Ticket),
        (&fresh[..fresh.len() - 1], VERSION, CloseCode::Ticket),
        // One that another run of the server may have given sends for another.
        (&made_up, VERSION, CloseCode::TicketExpired),
        (&fresh, VERSION + 1, CloseCode::Version),
        (&fresh, 0, CloseCode::Version),
    ] {
        let mut raw = Raw::silent(server.port()).await;
        raw.say(&hello(ticket, version)).await;
        assert_eq!(raw.closed().await, code.code(), "{ticket:?} {version}");
    }
    // Of a later version nothing is judged but the version.
    let mut later = Raw::silent(server.port()).await;
    later.say_text(r#"{"command":"hello","version":9,"passport":{"x":1}}"#).await;
    assert_eq!(later.closed().await, CloseCode::Version.code());
    // A ticket that was fetched before a restart sends for another one, not away.
    server.kill();
    server.run().await;
    let mut back = Raw::silent(server.port()).await;
    back.say(&hello(&fresh, VERSION)).await;
    assert_eq!(back.closed().await, CloseCode::TicketExpired.code());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_protocol_does_not_know_ends_the_connection() {
    let server = Server::start().await;
    let deep = "[".repeat(20);
    for text in [
        "",
        "hi",
        "{}",
        r#"{"command":"publish","id":1}"#,
        r#"{"frame":"entry","conversation":"0"}"#,
        r#"{"command":"typing","conversation":"x","on":true}"#,
        r#"{"command":"hello","version":1,"ticket":"x","resume":[]}"#,
        r#"{"command":"unwatch","id":1.5,"conversation":"x"}"#,
        deep.as_str(),
    ] {
        let mut raw = Raw::visitor(&server, &new_token()).await;
        raw.say_text(text).await;
        assert_eq!(raw.closed().await, CloseCode::Malformed.code(), "{text:?}");
        let mut before_hello = Raw::silent(server.port()).await;
        before_hello.say_text(&text.replace("hello", "hallo")).await;
        assert_eq!(before_hello.closed().await, CloseCode::Malformed.code(), "{text:?}");
    }
    let mut binary = Raw::visitor(&server, &new_token()).await;
    binary.send(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(binary.closed().await, CloseCode::Malformed.code());
    let mut no_text = Raw::visitor(&server, &new_token()).await;
    let broken = WireFrame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    no_text.send(Message::Frame(broken)).await;
    // What breaks WebSocket itself is closed as its standard has it.
    assert_eq!(no_text.closed().await, u16::from(WireCode::Invalid));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_says_who_they_are_in_a_frame() {
    let server = Server::start().await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    let cmid = Cmid(7).to_hex();
    let id = conversation.to_hex();
    for (n, extra) in [
        r#""author":{"by":"agent"}"#,
        r#""role":"agent""#,
        r#""type":"assigned""#,
        r#""seq":1"#,
        r#""at":0"#,
        r#""visitor":"0""#,
    ]
    .iter()
    .enumerate()
    {
        let n = n as u32 + 100;
        let inside = format!(
            r#"{{"command":"send","id":{n},"conversation":"{id}","messages":[{{"cmid":"{cmid}","text":"x",{extra}}}]}}"#
        );
        visitor.say_text(&inside).await;
        assert_eq!(visitor.refusal(n).await, RefusalCode::Malformed, "{inside}");
        let outside = format!(
            r#"{{"command":"send","id":{n},"conversation":"{id}","messages":[{{"cmid":"{cmid}","text":"x"}}],{extra}}}"#
        );
        visitor.say_text(&outside).await;
        assert_eq!(visitor.refusal(n).await, RefusalCode::Malformed, "{outside}");
    }
    assert_eq!(visitor.transcript(conversation).await.len(), 1, "nothing of it was stored");
}

/// A command that comes twice is done once: after the end of the open conversation the repeat of a `start` that was
/// referred to it would begin another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_command_is_ignored() {
    let server = Server::start().await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let open = visitor.starts(&["hi"]).await;
    let other = ConversationId(open.0 ^ 1);
    let messages = vec![draft("and this")];
    let start = Command::start(10, other, messages);
    visitor.say(&start).await;
    assert_eq!(visitor.refusal(10).await, RefusalCode::AlreadyOpen);
    visitor.say(&Command::Resolve { id: 11, conversation: open }).await;
    visitor.reply(11).await;
    visitor.say(&start).await;
    // Another command under the same number is another command, and the first thing that is answered.
    visitor.say(&Command::Unwatch { id: 10, conversation: open }).await;
    visitor
        .until("the answer", |heard| match heard {
            Heard::Frame(Frame::Acked { .. } | Frame::Refused { .. }) => panic!("obeyed again: {heard:?}"),
            Heard::Frame(Frame::Done { id: 10 }) => Some(()),
            _ => None,
        })
        .await;
    let id = 12;
    visitor.say(&Command::Sync { id, conversation: other, after: Some(Seq(0)), before: None }).await;
    assert_eq!(visitor.refusal(id).await, RefusalCode::NotFound, "nothing was begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_have_bounds() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let mut visitor = Raw::visitor(&server, &new_token()).await;
    let conversation = visitor.starts(&["hi"]).await;
    let longest = "é".repeat(TEXT_BYTES_MAX / 2);
    let too_long = format!("{longest}x");
    for (texts, stored, code) in [
        (vec!["ok", " \n "], 1, RefusalCode::Empty),
        (vec![&longest, &too_long, "never"], 1, RefusalCode::TooLong),
    ] {
        let id = visitor.id();
        let messages = texts.iter().map(|text| draft(text)).collect();
        visitor.say(&Command::Send { id, conversation, messages }).await;
        match visitor.reply(id).await {
            Heard::Frame(Frame::Acked { acks, refused: Some(refused), .. }) => {
                assert_eq!((acks.len(), refused.code), (stored, code));
            }
            other => panic!("{other:?}"),
        }
    }
    for (count, code) in [(0, RefusalCode::Empty), (BATCH_MESSAGES_MAX + 1, RefusalCode::TooLong)] {
        // Agents write as fast as this.
        let mut agent = Raw::agent(&server, &mia).await;
        let messages: Vec<Draft> = (0..count).map(|_| draft("x")).collect();
        agent.say(&Command::Send { id: 1, conversation, messages }).await;
        assert_eq!(agent.refusal(1).await, code, "{count}");
    }
    for (after, before) in [(None, None), (Some(Seq(0)), Some(Seq(2)))] {
        let id = visitor.id();
        visitor.say(&Command::Sync { id, conversation, after, before }).await;
        assert_eq!(visitor.refusal(id).await, RefusalCode::Malformed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_writes_in_bursts_and_then_slowly() {
    let server = Server::start().await;
    let token = new_token();
    let mut visitor = Raw::visitor(&server, &token).await;
    let conversation = visitor.starts(&["1", "2"]).await;
    let messages: Vec<Draft> = (0..BATCH_MESSAGES_MAX).map(|n| draft(&n.to_string())).collect();
    // Another socket of theirs makes no difference.
    let mut other = Raw::visitor(&server, &token).await;
    other.say(&Command::Send { id: 1, conversation, messages: messages.clone() }).await;
    match other.reply(1).await {
        Heard::Frame(Frame::Acked { acks, refused: Some(refused), .. }) => {
            assert!((8..BATCH_MESSAGES_MAX).contains(&acks.len()), "{}", acks.len());
            assert_eq!(refused.code, RefusalCode::RateLimited);
            assert_eq!(refused.cmid, messages[acks.len()].cmid);
            assert!(refused.retry_after_ms.is_some_and(|ms| (1..=1000).contains(&ms)));
        }
        other => panic!("{other:?}"),
    }
    // Others are not held back by it.
    Raw::visitor(&server, &new_token()).await.starts(&["1", "2", "3"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_floods_is_closed() {
    let server = Server::start().await;
    let mut flood = Raw::visitor(&server, &new_token()).await;
    let conversation = flood.starts(&["hi"]).await;
    for id in 0..400 {
        flood.say(&Command::Unwatch { id, conversation }).await;
    }
    assert_eq!(flood.closed().await, CloseCode::Abuse.code());
    let mut pings = Raw::visitor(&server, &new_token()).await;
    for _ in 0..60 {
        pings.send(Message::Ping(Vec::new().into())).await;
    }
    assert_eq!(pings.closed().await, CloseCode::Abuse.code());
    let mut pokes = Raw::visitor(&server, &new_token()).await;
    for id in 0..60 {
        pokes.say_text(&format!(r#"{{"command":"claim","id":{id}}}"#)).await;
    }
    assert_eq!(pokes.closed().await, CloseCode::Abuse.code());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_have_a_size_and_a_number_of_pieces() {
    let server = Server::start().await;
    let mut big = Raw::visitor(&server, &new_token()).await;
    big.say_text(&"x".repeat(FRAME_BYTES_MAX + 1)).await;
    assert_eq!(big.closed().await, CloseCode::TooBig.code());

    let piece = |bytes: &[u8], kind, last| {
        Message::Frame(WireFrame::message(bytes.to_vec(), OpCode::Data(kind), last))
    };
    let mut crumbs = Raw::visitor(&server, &new_token()).await;
    crumbs.send(piece(b"", Data::Text, false)).await;
    for _ in 0..16 {
        crumbs.send(piece(b"", Data::Continue, false)).await;
    }
    assert_eq!(crumbs.closed().await, CloseCode::TooBig.code());

    // Sixteen are fine.
    let mut pieces = Raw::visitor(&server, &new_token()).await;
    let conversation = pieces.starts(&["hi"]).await;
    let text = Command::Unwatch { id: 77, conversation }.to_text().into_bytes();
    let (first, rest) = text.split_at(text.len() - 15);
    pieces.send(piece(first, Data::Text, false)).await;
    for (at, byte) in rest.iter().enumerate() {
        pieces.send(piece(&[*byte], Data::Continue, at == 14)).await;
    }
    assert!(matches!(pieces.reply(77).await, Heard::Frame(Frame::Done { id: 77 })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_extension_is_agreed_to() {
    use tokio::io::AsyncReadExt as _;
    let server = Server::start().await;
    let port = server.port();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("a server");
    let request = format!(
        "GET /ws HTTP/1.1\r\nhost: localhost:{port}\r\norigin: http://localhost:{port}\r\nconnection: Upgrade\r\n\
         upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-extensions: permessage-deflate\r\nsec-websocket-protocol: chat\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("an answer"));
    }
    let head = String::from_utf8(head).expect("text").to_lowercase();
    assert!(head.starts_with("http/1.1 101"), "{head}");
    assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    assert!(!head.contains("sec-websocket-extensions") && !head.contains("sec-websocket-protocol"), "{head}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_closes_the_socket_and_what_follows() {
    let server = Server::start().await;
    let mia = server.agent("Mia").await;
    let mut agent = Raw::agent(&server, &mia).await;
    let unused = agent_ticket(server.port(), &mia.cookie).await.expect("a ticket");
    let answer = http::post(
        server.port(),
        "/api/logout",
        Some(&mia.cookie),
        &deskbell_shared::protocol::api::Nothing {},
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(agent.closed().await, CloseCode::SignedOut.code());
    // A ticket fetched before is worth nothing after.
    let mut late = Raw::with_ticket(server.port(), unused, Vec::new()).await;
    assert_eq!(late.closed().await, CloseCode::SignedOut.code());
}
