//! Files on their way: who may send, read and erase them, and what becomes of what is dangerous (S32 to S38).

use std::time::Duration;

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Cmid, ConversationId, Draft, EntryBody, FileView, VisitorId};
use deskbell_shared::protocol::api::{BlockRequest, FileLink, ProofRequest, TranscriptRequest};
use deskbell_shared::protocol::limits::FILE_BYTES_MAX;
use deskbell_shared::protocol::{AgentCommand, Command, Frame, RefusalCode};
use deskbell_shared::session::{Input, State};

use crate::support::http::{Answer, Request, own_page, post, send};
use crate::support::raw::draft;
use crate::support::server::{PASSWORD, Program, new_token};
use crate::support::{Heard, Person, Raw, Server, now, patiently, random};

struct Shop {
    server: Server,
    token: String,
    conversation: ConversationId,
}

impl Shop {
    async fn open() -> Shop {
        Shop::open_on(Server::start().await).await
    }

    async fn open_on(server: Server) -> Shop {
        let token = new_token();
        let mut visitor = Raw::visitor(&server, &token).await;
        let conversation = visitor.starts(&["canary-hello"]).await;
        Shop { server, token, conversation }
    }

    fn cookie(&self, token: &str) -> String {
        format!("__Host-deskbell_visitor_{}={token}", self.server.port())
    }

    fn visitor(&self) -> VisitorId {
        visitor_of(&self.server)
    }

    async fn upload(&self, token: &str, name: &str, body: &str) -> Answer {
        let path = format!("/w/{}/upload", self.server.site_key());
        let cookie = self.cookie(token);
        let mut headers = own_page(self.server.port(), Some(&cookie));
        headers.push(("x-deskbell-name", name.to_owned()));
        send(self.server.port(), Request { method: "POST", path: &path, headers, body: body.to_owned() })
            .await
    }

    async fn post(&self, token: &str, path: &str, body: &str) -> Answer {
        let path = format!("/w/{}/{path}", self.server.site_key());
        let cookie = self.cookie(token);
        let headers = own_page(self.server.port(), Some(&cookie));
        send(self.server.port(), Request { method: "POST", path: &path, headers, body: body.to_owned() })
            .await
    }

    async fn get(&self, path: &str, cookie: Option<&str>) -> Answer {
        let headers = cookie.map(|cookie| ("cookie", cookie.to_owned())).into_iter().collect();
        send(self.server.port(), Request { method: "GET", path, headers, body: String::new() }).await
    }

    /// The visitor sends a file; what the server made of it.
    async fn sends(&self, name: &str, body: &str) -> FileView {
        let file: FileView = self.upload(&self.token, name, body).await.read();
        let mut visitor = Raw::visitor(&self.server, &self.token).await;
        let message = Draft { file: Some(file.id), ..draft("") };
        let (id, conversation) = (7, self.conversation);
        visitor.say(&Command::Send { id, conversation, messages: vec![message] }).await;
        match visitor.reply(id).await {
            Heard::Frame(Frame::Acked { refused: None, .. }) => file,
            heard => panic!("{heard:?}"),
        }
    }
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.iter().find(|(its, _)| its == name).map_or("", |(_, value)| value.as_str())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_read_by_those_of_the_conversation_only() {
    let shop = Shop::open().await;
    let (agent, outsider) = (shop.server.agent("Mia").await, shop.server.agent("Noah").await);
    shop.server.exclude(&outsider);
    let file = shop.sends("bill%20%E8%8C%B6.txt", "what is owed").await;
    assert_eq!((file.name.as_str(), file.media.as_str(), file.size), ("bill 茶.txt", "text/plain", 12));
    let path = format!("/file/{}", file.id);
    let seen = shop.get(&path, Some(&agent.cookie)).await;
    assert_eq!((seen.status, seen.body.as_str()), (200, "what is owed"));
    assert!(header(&seen, "content-disposition").starts_with("attachment; "), "{seen:?}");
    assert_eq!(header(&seen, "x-content-type-options"), "nosniff");
    assert!(header(&seen, "content-security-policy").starts_with("sandbox; default-src 'none'"));
    assert_eq!(header(&seen, "cache-control"), "no-store");
    assert_eq!(shop.get(&path, Some(&outsider.cookie)).await.status, 404);
    assert_eq!(shop.get(&path, None).await.status, 401);
    // A visitor gets an address for some minutes, somebody else's visitor does not.
    let ask = format!("file/{}", file.id);
    assert_eq!(shop.post(&new_token(), &ask, "").await.status, 404);
    let link: FileLink = shop.post(&shop.token, &ask, "").await.read();
    assert_eq!(shop.get(&link.url, None).await.body, "what is owed");
    let mut forged = link.url.clone();
    let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
    forged.push(last);
    assert_eq!(shop.get(&forged, None).await.status, 404);
    let other = link.url.replace(&file.id.to_hex(), &"0".repeat(32));
    assert_eq!(shop.get(&other, None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_somebody_else_is_sent_by_nobody() {
    let shop = Shop::open().await;
    let theirs: FileView = shop.upload(&new_token(), "theirs.txt", "theirs").await.read();
    let mut visitor = Raw::visitor(&shop.server, &shop.token).await;
    let message = Draft { file: Some(theirs.id), ..draft("mine?") };
    let (id, conversation) = (7, shop.conversation);
    visitor.say(&Command::Send { id, conversation, messages: vec![message] }).await;
    let Heard::Frame(Frame::Acked { acks, refused: Some(refused), .. }) = visitor.reply(id).await else {
        panic!("it should be refused");
    };
    assert_eq!((acks.len(), refused.code), (0, RefusalCode::Invalid));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_dangerous_is_refused_or_cannot_run() {
    let shop = Shop::open().await;
    for (name, body) in [("a.exe", "MZ...."), ("run.sh", "#!/bin/sh"), ("x.bat", "words"), ("empty.txt", "")]
    {
        assert_eq!(shop.upload(&shop.token, name, body).await.status, 415, "{name}");
    }
    // A picture that claims more pixels than there is memory for; a picture that is none.
    for body in ["\u{7f}ELF", "GIF"] {
        let status = shop.upload(&shop.token, "a.png", body).await.status;
        assert_eq!(status, if body == "GIF" { 200 } else { 415 });
    }
    for (name, body) in [
        ("page.html", "<!doctype html><script>alert(1)</script>"),
        ("drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("page.xhtml", "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>"),
        ("..%2f..%2fetc%2fpasswd", "GIF89a/*<script>alert(1)</script>*/"),
    ] {
        let file: FileView = shop.upload(&shop.token, name, body).await.read();
        let link: FileLink = shop.post(&shop.token, &format!("file/{}", file.id), "").await.read();
        let answer = shop.get(&link.url, None).await;
        let kind = header(&answer, "content-type");
        assert!(["application/octet-stream", "image/gif"].contains(&kind), "{kind}");
        assert!(header(&answer, "content-disposition").starts_with("attachment; "));
        assert!(!file.name.contains('/'), "{}", file.name);
    }
    for name in ["%", "a%zz", "%ff"] {
        assert_eq!(shop.upload(&shop.token, name, "words").await.status, 400, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_says_it_is_too_large_is_not_read() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let shop = Shop::open().await;
    let port = shop.server.port();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let head = format!(
        "POST /w/{}/upload HTTP/1.1\r\nhost: localhost:{port}\r\norigin: http://localhost:{port}\r\nx-deskbell: 1\r\n\
         cookie: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        shop.server.site_key(),
        shop.cookie(&shop.token),
        FILE_BYTES_MAX + 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transcript_is_what_the_visitor_may_read() {
    let shop = Shop::open().await;
    let mia = shop.server.agent("Mia").await;
    let mut agent = Raw::agent(&shop.server, &mia).await;
    let conversation = shop.conversation;
    agent.say(&AgentCommand::Claim { id: 1, conversation, version: 0 }).await;
    agent.reply(1).await;
    let note = Draft { audience: Some(deskbell_shared::model::Audience::Staff), ..draft("canary-note") };
    agent.say(&Command::Send { id: 2, conversation, messages: vec![note, draft("An answer")] }).await;
    agent.reply(2).await;
    let asked = TranscriptRequest { conversation }.to_text();
    let text = shop.post(&shop.token, "transcript", &asked).await;
    assert_eq!(text.status, 200);
    assert!(
        text.body.contains("Visitor: canary-hello") && text.body.contains("Mia: An answer"),
        "{}",
        text.body
    );
    assert!(!text.body.contains("canary-note"));
    assert!(header(&text, "content-disposition").starts_with("attachment; "));
    assert_eq!(shop.post(&new_token(), "transcript", &asked).await.status, 404);
    let path = format!("/api/conversations/{conversation}/transcript");
    let staff = shop.get(&path, Some(&mia.cookie)).await;
    assert!(staff.body.contains("Mia: An answer") && !staff.body.contains("canary-note"), "{}", staff.body);
}

/// Everything a visitor left, searched for on the disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_who_is_forgotten_is_gone_for_everybody() {
    let shop = Shop::open().await;
    let mia = shop.server.agent("Mia").await;
    let file = shop.sends("canary.txt", "canary-file").await;
    let mut agent = Raw::agent(&shop.server, &mia).await;
    let watch = Command::Watch {
        id: 1,
        position: deskbell_shared::protocol::Position {
            conversation: shop.conversation,
            epoch: None,
            after: deskbell_shared::model::Seq(0),
        },
    };
    agent.say(&watch).await;
    agent.reply(1).await;
    assert_eq!(shop.post(&shop.token, "forget", "").await.status, 200);
    agent
        .until("the word that rows were erased", |heard| {
            matches!(heard, Heard::Frame(Frame::Erased { .. })).then_some(())
        })
        .await;
    let rows = agent.transcript(shop.conversation).await;
    assert!(matches!(rows[0].body, EntryBody::Erased { .. }), "{rows:?}");
    assert_eq!(shop.get(&format!("/file/{}", file.id), Some(&mia.cookie)).await.status, 404);
    let uploads = shop.server.data().join("uploads");
    let left = walk(&uploads);
    assert!(left.is_empty(), "{left:?}");
    let list = std::fs::read_to_string(shop.server.data().join("erasures")).unwrap();
    assert_eq!(list.lines().count(), 1);
    assert!(!list.contains("canary"));
}

/// Whoever was away meanwhile has the old rows still, on the screen and in the browser's storage, until they are back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_after_somebody_was_forgotten_shows_nothing_of_them() {
    let mut server = Server::start().await;
    let owner = server.owner().clone();
    let ann = Person::visitor(&server, "Ann");
    ann.says("canary-hello").await;
    let conversation = ann.conversation().await;
    let agent = Person::agent(&server, "Mia", &owner);
    agent.takes(conversation).await;
    agent.sees("canary-hello").await;
    let everybody = [&ann, &agent];
    for one in everybody {
        one.does(Input::Stop);
        one.until("is away", |session| matches!(session.state(), State::Off).then_some(())).await;
    }
    let path = format!("/api/visitors/{}/erase", visitor_of(&server));
    let asked = ProofRequest { password: PASSWORD.into(), code: None };
    assert_eq!(post(server.port(), &path, Some(&owner.cookie), &asked).await.status, 200);
    for one in everybody {
        assert_eq!(one.texts(conversation), ["canary-hello"], "nobody has told them");
        one.does(Input::Start);
        one.until("sees that something was erased", |session| {
            let rows = session.conversation(conversation)?.rows();
            rows.iter().any(|row| matches!(row.body, EntryBody::Erased { .. })).then_some(())
        })
        .await;
        assert_eq!(one.texts(conversation), Vec::<String>::new());
    }
    // What the browser keeps for the next time has none of it either: without a server there is nothing else to show.
    server.kill();
    let ann = ann.reloads(&server);
    ann.until("has read the storage", |session| (!matches!(session.state(), State::Off)).then_some(())).await;
    assert_eq!(ann.texts(conversation), Vec::<String>::new());
}

/// Whatever a visitor left anywhere: in a message, a file and its name, an address, the comment of a rating; and what
/// staff wrote about them: a note, the reason of a block, an answer that is owed by mail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_about_a_forgotten_visitor_is_left_on_the_disk_or_in_the_log() {
    // A mail server that is not there: what is owed stays in the outbox.
    let away = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it").port();
    let port = away.to_string();
    let mail = [
        "--smtp-host",
        "127.0.0.1",
        "--smtp-port",
        &port,
        "--smtp-tls",
        "none",
        "--smtp-from",
        "a@b.example",
    ];
    let log = ["--mail-gather-seconds", "0", "--log", "json", "--log-filter", "debug"];
    let flags = [&mail[..], &log].concat();
    let mut shop = Shop::open_on(Server::start_with(Program::with(&flags)).await).await;
    let mia = shop.server.agent("Mia").await;
    let (visitor, conversation) = (shop.visitor(), shop.conversation);
    shop.sends("canary-name.txt", "canary-file").await;
    let mut chat = Raw::visitor(&shop.server, &shop.token).await;
    let address = "canary@example.com".to_owned();
    chat.say(&Command::LeaveAddress { id: 801, conversation, address }).await;
    chat.reply(801).await;
    let mut agent = Raw::agent(&shop.server, &mia).await;
    agent.say(&AgentCommand::Claim { id: 1, conversation, version: 0 }).await;
    agent.reply(1).await;
    let note = Draft { audience: Some(deskbell_shared::model::Audience::Staff), ..draft("canary-note") };
    agent.say(&Command::Send { id: 2, conversation, messages: vec![note, draft("canary-answer")] }).await;
    agent.reply(2).await;
    drop(chat);
    let database = shop.server.database();
    let owed = || {
        let conn = rusqlite::Connection::open(&database).unwrap();
        conn.query_row("SELECT count(*) FROM mails", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    assert_eq!(owed(), 1);
    agent.say(&Command::Resolve { id: 3, conversation }).await;
    agent.reply(3).await;
    let mut chat = Raw::visitor(&shop.server, &shop.token).await;
    let comment = Some("canary-comment".to_owned());
    chat.say(&Command::Rate { id: 802, conversation, score: 2, comment }).await;
    chat.reply(802).await;
    let block = BlockRequest { reason: "canary-reason".to_owned(), for_seconds: 3600 };
    let path = format!("/api/visitors/{visitor}/block");
    assert_eq!(post(shop.server.port(), &path, Some(&mia.cookie), &block).await.status, 200);
    assert!(!of_canary(shop.server.data()).is_empty(), "the search finds what is there");
    assert_eq!(shop.post(&shop.token, "forget", "").await.status, 200);
    // What the server writes is read by a thread of its own.
    patiently("the log says it, structured", async {
        while !shop.server.said().contains("\"a visitor was forgotten\"") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let said = shop.server.said();
    assert!(!said.contains(CANARY), "{said}");
    assert_eq!(owed(), 0, "nobody is mailed");
    // Pages are cleaned some minutes later, or with the next start.
    shop.server.kill();
    shop.server.run().await;
    let mut agent = Raw::agent(&shop.server, &mia).await;
    patiently("the disk is cleaned", async {
        while !shop.server.said().contains("the disk was cleaned") {
            agent.next().await.expect("a beat");
        }
    })
    .await;
    let left = of_canary(shop.server.data());
    assert!(left.is_empty(), "{left:?}");
    assert!(!shop.server.said().contains(CANARY));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_proves_who_they_are_before_they_erase() {
    let shop = Shop::open().await;
    let owner = shop.server.owner().clone();
    let mut agent = Raw::agent(&shop.server, &owner).await;
    let visitor = shop.visitor();
    let path = format!("/api/visitors/{visitor}/erase");
    let wrong = ProofRequest { password: "not the password".into(), code: None };
    assert_eq!(post(shop.server.port(), &path, Some(&owner.cookie), &wrong).await.status, 422);
    assert!(matches!(agent.transcript(shop.conversation).await[0].body, EntryBody::Message { .. }));
    let right = ProofRequest { password: PASSWORD.into(), code: None };
    assert_eq!(post(shop.server.port(), &path, Some(&owner.cookie), &right).await.status, 200);
    assert!(matches!(agent.transcript(shop.conversation).await[0].body, EntryBody::Erased { .. }));
    let nobody = format!("/api/visitors/{}/erase", Cmid::from_parts(now(), random()));
    assert_eq!(post(shop.server.port(), &nobody, Some(&owner.cookie), &right).await.status, 404);
}

/// Who the one visitor is, as the database has it.
fn visitor_of(server: &Server) -> VisitorId {
    let conn = rusqlite::Connection::open(server.database()).unwrap();
    conn.query_row("SELECT id FROM visitors", [], |row| row.get(0).map(VisitorId::from_bytes)).unwrap()
}

pub const CANARY: &str = "canary";

/// Files in whose content or name the canary is.
pub fn of_canary(data: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut places = walk(data);
    places.retain(|path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        let is_named = path.display().to_string().contains(CANARY);
        is_named || bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes())
    });
    places
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(walk(&path)),
            path => found.push(path),
        }
    }
    found
}

/// Whatever the size of a file, a piece of it at a time is in memory. A gigabyte of nothing takes no room on the disk.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_a_gigabyte_goes_out_a_piece_at_a_time() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    const SIZE: u64 = 1 << 30;
    /// Far less than the file, far more than some pieces and the buffers of a socket.
    const GROWN_BYTES_MAX: u64 = 64 << 20;
    let shop = Shop::open().await;
    let mia = shop.server.agent("Mia").await;
    let file = shop.sends("small.txt", "soon large").await;
    let [bytes] = &walk(&shop.server.data().join("uploads"))[..] else { panic!("one upload") };
    std::fs::File::options().write(true).open(bytes).expect("it").set_len(SIZE).expect("a sparse file");
    let most = || {
        let path = format!("/proc/{}/status", shop.server.process_id());
        let status = std::fs::read_to_string(path).expect("its memory");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
        line.split_whitespace().next().expect("a number").parse::<u64>().expect("a number") * 1024
    };
    let before = most();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", shop.server.port())).await.unwrap();
    let head = format!(
        "GET /file/{} HTTP/1.1\r\nhost: localhost\r\ncookie: {}\r\nconnection: close\r\n\r\n",
        file.id, mia.cookie
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut piece, mut seen) = (vec![0; 1 << 20], 0_u64);
    let mut first = Vec::new();
    loop {
        let count = patiently("the file goes on", stream.read(&mut piece)).await.unwrap();
        if count == 0 {
            break;
        }
        if first.is_empty() {
            first.extend_from_slice(&piece[..count.min(12)]);
        }
        seen += count as u64;
    }
    assert_eq!(first, b"HTTP/1.1 200");
    assert!(seen > SIZE, "{seen}");
    let grown = most() - before;
    assert!(grown < GROWN_BYTES_MAX, "{grown}");
}
