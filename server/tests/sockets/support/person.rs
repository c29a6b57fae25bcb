//! A person at a client: drives the product's own session over a real socket, with an outbox that survives a reload
//! as a browser's does. Tells stories: `visitor.says("hi").await; agent.sees("hi").await`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{Cmid, ConversationId, EntryBody, Seq, Side, UnixMillis};
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::{AgentCommand, Command, DeskFrame, Frame};
use deskbell_shared::session::{
    Answer, CachedConversation, Connection, DraftState, Effect, Input, OutboxRow, Session, TicketFailure,
    message_text,
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::server::{Account, Server, agent_ticket, new_token, visitor_ticket};
use super::{now, patiently, random};

/// One person at one client. Dropping it closes the page.
pub struct Person {
    name: String,
    page: Arc<Page>,
    inputs: mpsc::UnboundedSender<Input>,
    moved: watch::Receiver<u64>,
    task: tokio::task::JoinHandle<()>,
}

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
struct Page {
    port: u16,
    pass: Pass,
    session: Mutex<Session>,
    stored: Mutex<Storage>,
    history: Mutex<History>,
    lists: Mutex<BTreeMap<ConversationId, deskbell_shared::model::Summary>>,
    answers: Mutex<HashMap<u32, Answer>>,
    crowd: Arc<Crowd>,
}

/// What people of a crowd have achieved together.
#[derive(Default)]
pub struct Crowd {
    counts: Mutex<Counts>,
    moved: Notify,
}

/// Messages of a crowd.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// People who have been told "I have it" at least once.
    pub people: usize,
    /// Messages acknowledged.
    pub acked: usize,
    /// Messages sent and not yet answered.
    pub in_flight: usize,
}

impl Crowd {
    /// Waits until the counts are as wanted.
    pub async fn until(&self, wanted: impl Fn(Counts) -> bool) -> Counts {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            let counts = *self.counts.lock().expect("counts");
            if wanted(counts) {
                return counts;
            }
            moved.await;
        }
    }

    /// Adds what has changed in one history, from how many were acknowledged and in flight before.
    fn add(&self, (acked, in_flight): (usize, usize), after: &History) {
        let mut counts = self.counts.lock().expect("counts");
        counts.people += usize::from(acked == 0 && !after.acked.is_empty());
        counts.acked += after.acked.len() - acked;
        counts.in_flight = (counts.in_flight + after.in_flight.len()) - in_flight;
        drop(counts);
        self.moved.notify_waiters();
    }
}

/// A browser's storage.
#[derive(Clone, Default)]
pub struct Storage {
    outbox: BTreeMap<Cmid, OutboxRow>,
    cached: HashMap<ConversationId, CachedConversation>,
}

/// What was said and answered on the wire.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Messages sent that have neither been acknowledged nor refused, by the latest attempt.
    pub in_flight: HashMap<Cmid, String>,
    /// Messages acknowledged, with the place and text.
    pub acked: HashMap<Cmid, (Seq, String)>,
    /// Every message ever sent, in the order first sent.
    pub sent: Vec<(Cmid, String)>,
    /// Welcomes seen.
    pub welcomes: u32,
}

impl History {
    fn lengths(&self) -> (usize, usize) {
        (self.acked.len(), self.in_flight.len())
    }
}

impl Person {
    /// A visitor nobody has seen before.
    pub fn visitor(server: &Server, name: &str) -> Person {
        Person::one_of(&Arc::default(), server, name)
    }

    /// A visitor nobody has seen before, one of a crowd.
    pub fn one_of(crowd: &Arc<Crowd>, server: &Server, name: &str) -> Person {
        let pass = Pass::Visitor { site_key: server.site_key().to_owned(), token: new_token() };
        Person::arrives(server, name, pass, Storage::default(), crowd)
    }

    /// An agent.
    pub fn agent(server: &Server, name: &str, account: &Account) -> Person {
        let pass = Pass::Agent { cookie: account.cookie.clone() };
        Person::arrives(server, name, pass, Storage::default(), &Arc::default())
    }

    /// Opens the page, with what the browser has stored.
    fn arrives(server: &Server, name: &str, pass: Pass, stored: Storage, crowd: &Arc<Crowd>) -> Person {
        let side = if matches!(pass, Pass::Visitor { .. }) { Side::Visitor } else { Side::Staff };
        let (inputs, received) = mpsc::unbounded_channel();
        let (moves, moved) = watch::channel(0);
        let restored = Input::Restored {
            outbox: stored.outbox.values().cloned().collect(),
            cached: stored.cached.values().cloned().collect(),
            kept: true,
        };
        let page = Arc::new(Page {
            port: server.port(),
            pass,
            session: Mutex::new(Session::new(side, u64::from_le_bytes(random()))),
            stored: Mutex::new(stored),
            history: Mutex::default(),
            lists: Mutex::default(),
            answers: Mutex::default(),
            crowd: crowd.clone(),
        });
        let _ = inputs.send(restored);
        if side == Side::Staff {
            let _ = inputs
                .send(Input::FeedAt(FeedPosition { epoch: None, after: deskbell_shared::model::Feed(0) }));
        }
        let _ = inputs.send(Input::Start);
        let driver = Driver { page: page.clone(), inputs: inputs.clone(), links: HashMap::new(), moves };
        let task = tokio::spawn(driver.run(received));
        Person { name: name.to_owned(), page, inputs, moved, task }
    }

    /// Closes the page and opens it again, with what the browser has stored.
    pub fn reloads(self, server: &Server) -> Person {
        let (pass, stored) = (self.page.pass.clone(), self.page.stored.lock().expect("storage").clone());
        let name = self.name.clone();
        drop(self);
        Person::arrives(server, &name, pass, stored, &Arc::default())
    }

    /// Writes a message: a visitor into the current conversation or a new one, an agent into the one named last.
    pub async fn says(&self, text: &str) {
        let conversation = self.current();
        self.writes(conversation, text);
        let text = text.to_owned();
        self.until(&format!("has the server keep {text:?}"), |session| {
            let conversation = session.current().or(session.conversations().first().map(|c| c.id))?;
            let c = session.conversation(conversation)?;
            c.rows().iter().any(|row| is_text(&row.body, &text)).then_some(())
        })
        .await;
    }

    /// Writes a message and does not wait for anything.
    pub fn writes(&self, conversation: Option<ConversationId>, text: &str) {
        self.does(Input::Write { conversation, text: text.to_owned(), random: random() });
    }

    /// Sees a message in the transcript.
    pub async fn sees(&self, text: &str) {
        self.until(&format!("sees {text:?}"), |session| {
            let mut rows = session.conversations().iter().flat_map(|c| c.rows());
            rows.any(|row| is_text(&row.body, text)).then_some(())
        })
        .await;
    }

    /// The texts of a conversation, in order.
    pub fn texts(&self, conversation: ConversationId) -> Vec<String> {
        let session = self.session();
        let rows = session.conversation(conversation).map(|c| c.rows().to_vec()).unwrap_or_default();
        let text = |body: EntryBody| match body {
            EntryBody::Message { text, .. } => Some(text),
            _ => None,
        };
        rows.into_iter().filter_map(|row| text(row.body)).collect()
    }

    /// The conversation this person is in.
    pub fn current(&self) -> Option<ConversationId> {
        let session = self.session();
        session.current().or_else(|| session.conversations().first().map(|c| c.id))
    }

    /// The conversation this person is in, once there is one.
    pub async fn conversation(&self) -> ConversationId {
        self.until("has a conversation", |session| session.conversations().first().map(|c| c.id)).await
    }

    /// Is connected.
    pub async fn is_live(&self) {
        self.until("is connected", |session| {
            matches!(session.connection(now()), Connection::Live).then_some(())
        })
        .await;
    }

    /// Sees so many messages of a conversation.
    pub async fn shows(&self, conversation: ConversationId, count: usize) {
        self.until(&format!("sees {count} messages"), |session| {
            let rows = session.conversation(conversation)?.rows();
            (rows.iter().filter(|row| message_text(row).is_some()).count() >= count).then_some(())
        })
        .await;
    }

    /// Nothing waits to be sent any more.
    pub async fn has_sent_everything(&self) {
        self.until("has sent everything", |session| {
            let waits = |c: &deskbell_shared::session::Conversation| {
                session.drafts(c.id).iter().any(|draft| !matches!(draft.state, DraftState::Refused(_)))
            };
            (!session.conversations().iter().any(waits)).then_some(())
        })
        .await;
    }

    /// Tells the session that something happened.
    pub fn does(&self, input: Input) {
        let _ = self.inputs.send(input);
    }

    /// An agent: sees a conversation waiting in the lists, opens it and takes it.
    pub async fn takes(&self, conversation: ConversationId) {
        let page = self.page.clone();
        let version = self
            .until("has the conversation in the lists", move |_| {
                let lists = page.lists.lock().expect("lists");
                lists.get(&conversation).map(|summary| summary.conversation.assignment_version)
            })
            .await;
        self.does(Input::Watch { conversation });
        let answer = self.asks(|id| AgentCommand::Claim { id, conversation, version }).await;
        assert_eq!(answer, Answer::Done, "{} takes it", self.name);
    }

    /// An agent: asks something and waits for the answer.
    pub async fn asks(&self, command: impl FnOnce(u32) -> AgentCommand) -> Answer {
        let id = self.session().new_id();
        self.does(Input::Ask { id, text: command(id).to_text() });
        let page = self.page.clone();
        self.until("gets an answer", move |_| page.answers.lock().expect("answers").get(&id).cloned()).await
    }

    /// An agent: the lists, as far as told.
    pub fn lists(&self) -> Vec<deskbell_shared::model::Summary> {
        self.page.lists.lock().expect("lists").values().cloned().collect()
    }

    /// What was said and answered on the wire so far.
    pub fn history(&self) -> History {
        self.page.history.lock().expect("history").clone()
    }

    /// Waits until the session shows something.
    pub async fn until<T>(&self, what: &str, mut shown: impl FnMut(&Session) -> Option<T>) -> T {
        let mut moved = self.moved.clone();
        patiently(&format!("{} {what}", self.name), async {
            loop {
                moved.borrow_and_update();
                let value = shown(&self.session());
                if let Some(value) = value {
                    return value;
                }
                moved.changed().await.unwrap_or_else(|_| panic!("{} is gone", self.name));
            }
        })
        .await
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.page.session.lock().expect("a session")
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn is_text(body: &EntryBody, wanted: &str) -> bool {
    matches!(body, EntryBody::Message { text, .. } if text == wanted)
}

/// Does what the session says.
struct Driver {
    page: Arc<Page>,
    inputs: mpsc::UnboundedSender<Input>,
    links: HashMap<u32, mpsc::UnboundedSender<String>>,
    moves: watch::Sender<u64>,
}

impl Driver {
    async fn run(mut self, mut received: mpsc::UnboundedReceiver<Input>) {
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

    fn note_desk(&self, json: deskbell_shared::codec::Json) {
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
            DeskFrame::VisitorPresence { visitor, online } => {
                for summary in lists.values_mut().filter(|summary| summary.visitor.id == visitor) {
                    summary.visitor.online = online;
                }
            }
            DeskFrame::ListPage { .. } | DeskFrame::SiteChanged { .. } => {}
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
