//! A bare socket: says anything, expects anything. For what a well-behaved client never does, and for looking at
//! single frames.

use deskbell_shared::codec::{Json, Wire, parse, peek_tag};
use deskbell_shared::model::{Availability, Cmid, ConversationId, Draft, Entry, Seq};
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::{AgentCommand, Command, DeskFrame, Frame, Position, RefusalCode, VERSION};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::server::{Account, Server, agent_ticket, visitor_ticket};
use super::{now, patiently, random};

/// One socket.
pub struct Raw<S = TcpStream> {
    socket: WebSocketStream<S>,
    last_id: u32,
}

/// A frame that came in.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one at a time, looked at and dropped")]
pub enum Heard {
    /// For both sides.
    Frame(Frame),
    /// For agents.
    Desk(DeskFrame),
}

impl Raw {
    /// Opens a socket and says nothing.
    pub async fn silent(port: u16) -> Raw {
        patiently("the socket opens", Raw::open(port, &[])).await.expect("a socket")
    }

    /// Opens a socket with further headers, or says with which status it was not.
    pub async fn open(port: u16, headers: &[(&'static str, &str)]) -> Result<Raw, u16> {
        let mut request = format!("ws://localhost:{port}/ws").into_client_request().expect("an address");
        let origin = format!("http://localhost:{port}").parse().expect("an origin");
        request.headers_mut().insert("origin", origin);
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a server");
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Raw { socket, last_id: 0 }),
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no answer to a handshake: {error}"),
        }
    }

    /// Opens a socket and says hello with a ticket.
    pub async fn with_ticket(port: u16, ticket: String, resume: Vec<Position>) -> Raw {
        let mut raw = Raw::silent(port).await;
        raw.say(&Command::Hello { version: VERSION, ticket, resume, feed: None }).await;
        raw
    }

    /// A visitor with this token, welcomed.
    pub async fn visitor(server: &Server, token: &str) -> Raw {
        Raw::visitor_at(server, token, Vec::new()).await
    }

    /// A visitor with this token, welcomed, who comes back.
    pub async fn visitor_at(server: &Server, token: &str, resume: Vec<Position>) -> Raw {
        let ticket =
            visitor_ticket(server.port(), server.site_key(), Some(token.to_owned())).await.expect("a ticket");
        let mut raw = Raw::with_ticket(server.port(), ticket.ticket, resume).await;
        raw.welcome().await;
        raw
    }

    /// An agent, welcomed.
    pub async fn agent(server: &Server, account: &Account) -> Raw {
        let ticket = agent_ticket(server.port(), &account.cookie).await.expect("a ticket");
        let mut raw = Raw::with_ticket(server.port(), ticket, Vec::new()).await;
        raw.welcome().await;
        raw
    }

    /// An agent, welcomed, who follows the lists.
    pub async fn agent_with_lists(server: &Server, account: &Account) -> Raw {
        let ticket = agent_ticket(server.port(), &account.cookie).await.expect("a ticket");
        let mut raw = Raw::silent(server.port()).await;
        let feed = Some(FeedPosition { epoch: None, after: deskbell_shared::model::Feed(0) });
        raw.say(&Command::Hello { version: VERSION, ticket, resume: Vec::new(), feed }).await;
        raw.welcome().await;
        raw
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Raw<S> {
    /// On a stream of any kind, without a handshake.
    pub async fn on(stream: S) -> Raw<S> {
        Raw { socket: WebSocketStream::from_raw_socket(stream, Role::Client, None).await, last_id: 0 }
    }

    /// A number for a command.
    pub fn id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    /// Says a command.
    pub async fn say(&mut self, command: &impl Wire) {
        self.say_text(&command.to_text()).await;
    }

    /// Says a text.
    pub async fn say_text(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    /// Sends anything. That the server has gone meanwhile shows in what comes back.
    pub async fn send(&mut self, message: Message) {
        let _ = self.socket.send(message).await;
    }

    /// The next text that comes in; `Err` with the close code when none does any more (1006 without one).
    pub async fn next_text(&mut self) -> Result<String, u16> {
        loop {
            match patiently("something comes in", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(1006),
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next frame.
    pub async fn next(&mut self) -> Result<Heard, u16> {
        let text = self.next_text().await?;
        let json = parse(&text).unwrap_or_else(|bad| panic!("{bad}: {text}"));
        let tag = peek_tag(&json, "frame").unwrap_or_else(|| panic!("no frame: {text}"));
        let read = |bad| panic!("{bad}: {text}");
        if DeskFrame::TAGS.contains(&tag) {
            Ok(Heard::Desk(DeskFrame::read(json).unwrap_or_else(read)))
        } else {
            let read = |bad| panic!("{bad}: {text}");
            Ok(Heard::Frame(Frame::read(json).unwrap_or_else(read)))
        }
    }

    /// Waits for a frame, past all others.
    pub async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(Heard) -> Option<T>) -> T {
        patiently(what, async {
            loop {
                match self.next().await {
                    Ok(heard) => {
                        if let Some(value) = wanted(heard) {
                            return value;
                        }
                    }
                    Err(code) => panic!("closed with {code} while waiting for {what}"),
                }
            }
        })
        .await
    }

    /// Hears frames until one is the last that is wanted; `false` when the socket is closed before.
    pub async fn until_closed_or(&mut self, mut is_last: impl FnMut(Heard) -> bool) -> bool {
        patiently("the last frame, or the close", async {
            while let Ok(heard) = self.next().await {
                if is_last(heard) {
                    return true;
                }
            }
            false
        })
        .await
    }

    /// Waits for the close, past all frames.
    pub async fn closed(&mut self) -> u16 {
        patiently("the socket is closed", async {
            loop {
                if let Err(code) = self.next_text().await {
                    return code;
                }
            }
        })
        .await
    }

    /// Waits for the welcome.
    pub async fn welcome(&mut self) {
        self.until("welcome", |heard| matches!(heard, Heard::Frame(Frame::Welcome { .. })).then_some(()))
            .await;
    }

    /// The reply to a command: what carries its number.
    pub async fn reply(&mut self, id: u32) -> Heard {
        self.until("a reply", |heard| (number_of(&heard) == Some(id)).then_some(heard)).await
    }

    /// The code with which a command was refused. Panics when it was not.
    pub async fn refusal(&mut self, id: u32) -> RefusalCode {
        match self.reply(id).await {
            Heard::Frame(Frame::Refused { code, .. }) => code,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Starts a conversation with some texts and waits for the acknowledgement.
    pub async fn starts(&mut self, texts: &[&str]) -> ConversationId {
        let conversation = ConversationId::from_parts(now(), random());
        let id = self.id();
        let messages = texts.iter().map(|text| draft(text)).collect();
        self.say(&Command::start(id, conversation, messages)).await;
        match self.reply(id).await {
            Heard::Frame(Frame::Acked { acks, refused: None, .. }) => assert_eq!(acks.len(), texts.len()),
            other => panic!("not started: {other:?}"),
        }
        conversation
    }

    /// An agent takes a conversation nobody has had yet.
    pub async fn claims(&mut self, conversation: ConversationId) {
        let id = self.id();
        self.say(&AgentCommand::Claim { id, conversation, version: 0 }).await;
        let reply = self.reply(id).await;
        assert!(matches!(reply, Heard::Frame(Frame::Done { .. })), "{reply:?}");
    }

    /// An agent chooses about getting conversations.
    pub async fn chooses(&mut self, availability: Availability, capacity: Option<u32>) {
        let id = self.id();
        self.say(&AgentCommand::SetAvailability { id, availability, capacity }).await;
        let reply = self.reply(id).await;
        assert!(matches!(reply, Heard::Frame(Frame::Done { .. })), "{reply:?}");
    }

    /// The rows of the next page.
    pub async fn page(&mut self) -> Vec<Entry> {
        self.until("a page", |heard| match heard {
            Heard::Frame(Frame::Page { rows, .. }) => Some(rows),
            _ => None,
        })
        .await
    }

    /// All rows of a conversation, from the first on.
    pub async fn transcript(&mut self, conversation: ConversationId) -> Vec<Entry> {
        let mut rows: Vec<Entry> = Vec::new();
        loop {
            let (id, after) = (self.id(), rows.last().map_or(Seq(0), |row| row.seq));
            self.say(&Command::Sync { id, conversation, after: Some(after), before: None }).await;
            match self.reply(id).await {
                Heard::Frame(Frame::Page { conversation, rows: page, .. }) => {
                    rows.extend(page);
                    if rows.last().map_or(Seq(0), |row| row.seq) >= conversation.head {
                        return rows;
                    }
                }
                other => panic!("no page: {other:?}"),
            }
        }
    }
}

/// A message with a new cmid.
pub fn draft(text: &str) -> Draft {
    Draft::new(Cmid::from_parts(now(), random()), text)
}

/// The number that a frame carries.
fn number_of(heard: &Heard) -> Option<u32> {
    let text = match heard {
        Heard::Frame(frame) => frame.to_text(),
        Heard::Desk(frame) => frame.to_text(),
    };
    let Ok(Json::Map(fields)) = parse(&text) else { return None };
    fields.iter().find_map(|(name, value)| match value {
        Json::Int(id) if name == "id" => u32::try_from(*id).ok(),
        _ => None,
    })
}
