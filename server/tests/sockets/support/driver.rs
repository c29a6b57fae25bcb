//! The client under a person: does what the session says, over a real socket, and tells it what happened.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use deskbell_shared::codec::{Json, Wire as _};
use deskbell_shared::model::{Cmid, ConversationId, Side, Summary, UnixMillis};
use deskbell_shared::protocol::{Command, DeskFrame, Frame};
use deskbell_shared::session::{
    Answer, CachedConversation, Effect, Input, OutboxRow, Session, TicketFailure,
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::crowd::{Crowd, History};
use super::server::{agent_ticket, visitor_ticket};
use super::{now, random};

/// How somebody gets in.
#[derive(Clone, Debug)]
pub enum Pass {
    /// A visitor with a token.
    Visitor {
        /// The key of the site.
        site_key: String,
        /// Who.
        token: String,
    },
    /// An agent with a session.
    Agent {
        /// The cookie.
        cookie: String,
    },
}

/// What lasts longer than a page, and what is looked at from outside.
pub struct Page {
    pub port: u16,
    pub pass: Pass,
    pub session: Mutex<Session>,
    pub stored: Mutex<Storage>,
    pub history: Mutex<History>,
    pub lists: Mutex<BTreeMap<ConversationId, Summary>>,
    pub answers: Mutex<HashMap<u32, Answer>>,
    pub crowd: Arc<Crowd>,
}

/// A browser's storage.
#[derive(Clone, Default)]
pub struct Storage {
    pub outbox: BTreeMap<Cmid, OutboxRow>,
    pub cached: HashMap<ConversationId, CachedConversation>,
}

impl Page {
    /// A page that was just opened.
    pub fn new(port: u16, pass: Pass, side: Side, stored: Storage, crowd: Arc<Crowd>) -> Arc<Page> {
        Arc::new(Page {
            port,
            pass,
            session: Mutex::new(Session::new(side, u64::from_le_bytes(random()))),
            stored: Mutex::new(stored),
            history: Mutex::default(),
            lists: Mutex::default(),
            answers: Mutex::default(),
            crowd,
        })
    }
}

/// Does what the session says.
pub struct Driver {
    page: Arc<Page>,
    inputs: mpsc::UnboundedSender<Input>,
    links: HashMap<u32, mpsc::UnboundedSender<String>>,
    moves: watch::Sender<u64>,
}

impl Driver {
    /// Over nothing yet.
    pub fn new(page: Arc<Page>, inputs: mpsc::UnboundedSender<Input>, moves: watch::Sender<u64>) -> Driver {
        Driver { page, inputs, links: HashMap::new(), moves }
    }

    /// Runs until it is dropped.
    pub async fn run(mut self, mut received: mpsc::UnboundedReceiver<Input>) {
        let (began_at, began) = (now(), Instant::now());
        let time = || began_at.plus(began.elapsed());
        loop {
            let deadline = self.page.session.lock().expect("a session").deadline();
            let input = tokio::select! {
                input = received.recv() => match input {
                    Some(input) => input,
                    None => return,
                },
                () = until(deadline, time()) => Input::Timer,
            };
            self.note_heard(&input);
            // A refused intent of a person shows in what the story waits for.
            let _ = self.page.session.lock().expect("a session").handle(time(), input);
            loop {
                let effect = self.page.session.lock().expect("a session").effect();
                match effect {
                    Some(effect) => self.perform(effect),
                    None => break,
                }
            }
            self.moves.send_modify(|count| *count += 1);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::FetchTicket { link } => self.fetch_ticket(link),
            Effect::Connect { link } => self.connect(link),
            Effect::SendText { link, text } => {
                self.note_said(&text);
                if let Some(socket) = self.links.get(&link) {
                    let _ = socket.send(text);
                }
            }
            Effect::CloseSocket { link } => {
                self.links.remove(&link);
            }
            Effect::SaveOutbox(row) => {
                let cmid = row.cmid;
                self.stored().outbox.insert(cmid, row);
                let _ = self.inputs.send(Input::Saved { cmid, kept: true });
            }
            Effect::ForgetOutbox(cmid) => {
                self.stored().outbox.remove(&cmid);
            }
            Effect::SaveCache(id) => {
                let cached = self.page.session.lock().expect("a session").cached(id);
                self.stored().cached.extend(cached.map(|cached| (id, cached)));
            }
            Effect::ForgetCache(id) => {
                self.stored().cached.remove(&id);
            }
            Effect::SeekElection => {
                let outbox = self.stored().outbox.values().cloned().collect();
                let _ = self.inputs.send(Input::Elected { outbox });
            }
            Effect::Answered { id, answer } => {
                self.page.answers.lock().expect("answers").insert(id, answer);
            }
            Effect::Unhandled(json) => self.note_desk(json),
            // There is one tab, and no screen but what stories look at.
            _ => {}
        }
    }

    fn stored(&self) -> MutexGuard<'_, Storage> {
        self.page.stored.lock().expect("storage")
    }

    fn fetch_ticket(&self, link: u32) {
        let (page, inputs) = (self.page.clone(), self.inputs.clone());
        tokio::spawn(async move {
            let ticket = match &page.pass {
                Pass::Visitor { site_key, token } => {
                    visitor_ticket(page.port, site_key, Some(token.clone())).await.map(|view| view.ticket)
                }
                Pass::Agent { cookie } => agent_ticket(page.port, cookie).await,
            };
            let _ = inputs.send(match ticket {
                Some(ticket) => Input::Ticket { link, ticket },
                None => Input::TicketFailed { link, failure: TicketFailure::Later { retry_after_ms: 0 } },
            });
        });
    }

    fn connect(&mut self, link: u32) {
        let (texts, outgoing) = mpsc::unbounded_channel();
        self.links.insert(link, texts);
        let (port, inputs) = (self.page.port, self.inputs.clone());
        tokio::spawn(async move {
            let code = socket(port, link, outgoing, &inputs).await;
            let _ = inputs.send(Input::Closed { link, code });
        });
    }

    fn note_said(&self, text: &str) {
        let messages = match Command::from_text(text) {
            Ok(Command::Start { messages, .. } | Command::Send { messages, .. }) => messages,
            _ => return,
        };
        let mut history = self.page.history.lock().expect("history");
        let before = history.lengths();
        for draft in messages {
            if !history.sent.iter().any(|(cmid, _)| *cmid == draft.cmid) {
                history.sent.push((draft.cmid, draft.text.clone()));
            }
            history.in_flight.insert(draft.cmid, draft.text);
        }
        self.page.crowd.add(before, &history);
    }

    fn note_heard(&self, input: &Input) {
        let mut history = self.page.history.lock().expect("history");
        let before = history.lengths();
        match input {
            Input::Closed { .. } => history.in_flight.clear(),
            Input::Text { text, .. } if text.starts_with("{\"frame\":\"welcome\"") => history.welcomes += 1,
            Input::Text { text, .. } if text.starts_with("{\"frame\":\"acked\"") => {
                let Ok(Frame::Acked { acks, .. }) = Frame::from_text(text) else { panic!("no ack: {text}") };
                for ack in acks {
                    let text = history.in_flight.remove(&ack.cmid).unwrap_or_default();
                    let (before, _) = history.acked.entry(ack.cmid).or_insert((ack.seq, text));
                    assert_eq!(*before, ack.seq, "a message was acknowledged at two places");
                }
                // What this answer does not acknowledge was refused or not tried.
                history.in_flight.clear();
            }
            _ => return,
        }
        self.page.crowd.add(before, &history);
    }

    fn note_desk(&self, json: Json) {
        let Ok(frame) = DeskFrame::read(json) else { return };
        let mut lists = self.page.lists.lock().expect("lists");
        match frame {
            DeskFrame::ConversationChanged { summary, .. } => {
                lists.insert(summary.conversation.id, summary);
            }
            DeskFrame::FeedPage { reset, rows, .. } => {
                if reset {
                    lists.clear();
                }
                lists.extend(rows.into_iter().map(|summary| (summary.conversation.id, summary)));
            }
            DeskFrame::ConversationGone { conversation, feed } => {
                lists.retain(|id, summary| *id != conversation || summary.feed > feed);
            }
            DeskFrame::VisitorPresence { visitor, online } => {
                for summary in lists.values_mut().filter(|summary| summary.visitor.id == visitor) {
                    summary.visitor.online = online;
                }
            }
            DeskFrame::ListPage { .. }
            | DeskFrame::Attended { .. }
            | DeskFrame::Desk { .. }
            | DeskFrame::Drafts { .. }
            | DeskFrame::SiteChanged { .. } => {}
        }
    }
}

async fn until(deadline: Option<UnixMillis>, now: UnixMillis) {
    match deadline {
        Some(at) => tokio::time::sleep(at.since(now).max(Duration::from_millis(1))).await,
        None => std::future::pending().await,
    }
}

/// One socket from opening to close. Returns the close code.
async fn socket(
    port: u16,
    link: u32,
    mut outgoing: mpsc::UnboundedReceiver<String>,
    inputs: &mpsc::UnboundedSender<Input>,
) -> u16 {
    let mut request = format!("ws://localhost:{port}/ws").into_client_request().expect("an address");
    request.headers_mut().insert("origin", format!("http://localhost:{port}").parse().expect("an origin"));
    let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await else { return 1006 };
    let Ok((mut socket, _)) = tokio_tungstenite::client_async(request, stream).await else { return 1006 };
    let _ = inputs.send(Input::Opened { link });
    loop {
        tokio::select! {
            text = outgoing.recv() => match text {
                Some(text) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        return 1006;
                    }
                }
                None => {
                    let _ = socket.close(None).await;
                    return 1000;
                }
            },
            heard = socket.next() => match heard {
                Some(Ok(Message::Text(text))) => {
                    let text = text.as_str().to_owned();
                    let _ = inputs.send(Input::Text { link, text });
                }
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return 1006,
                Some(Ok(_)) => {}
            },
        }
    }
}
