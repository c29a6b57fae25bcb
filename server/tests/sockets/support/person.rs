//! A person at a client: drives the product's own session over a real socket, with an outbox that survives a reload
//! as a browser's does. Tells stories: `visitor.says("hi").await; agent.sees("hi").await`.

use std::sync::{Arc, MutexGuard};

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{ConversationId, EntryBody, Feed, Side, Summary};
use deskbell_shared::protocol::AgentCommand;
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::session::{Answer, Connection, DraftState, Input, Session, message_text};
use tokio::sync::{mpsc, watch};

use super::crowd::{Crowd, History};
use super::driver::{Driver, Page, Pass, Storage};
use super::server::{Account, Server, new_token};
use super::{now, patiently, random};

/// One person at one client. Dropping it closes the page.
pub struct Person {
    name: String,
    page: Arc<Page>,
    inputs: mpsc::UnboundedSender<Input>,
    moved: watch::Receiver<u64>,
    task: tokio::task::JoinHandle<()>,
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
        let page = Page::new(server.port(), pass, side, stored, crowd.clone());
        let _ = inputs.send(restored);
        if side == Side::Staff {
            let _ = inputs.send(Input::FeedAt(FeedPosition { epoch: None, after: Feed(0) }));
        }
        let _ = inputs.send(Input::Start);
        let task = tokio::spawn(Driver::new(page.clone(), inputs.clone(), moves).run(received));
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
    pub fn lists(&self) -> Vec<Summary> {
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
