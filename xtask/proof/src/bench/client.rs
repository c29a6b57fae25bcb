//! A client: the product's own session over a real socket, with an outbox that survives a reload as a browser's does.
//! Everything it is told and shows goes into the history.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use deskbell_shared::model::{
    AgentId, Cmid, ConversationId, Feed, Seq, Side as SessionSide, Summary, UnixMillis,
};
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::frame::Me;
use deskbell_shared::session::{Answer, CachedConversation, Connection, Input, OutboxRow, Session};
use tokio::sync::{mpsc, watch};

use super::driver::Driver;
use super::link::{self, Pass};
use super::world::{World, lock};
use crate::history::{self, Id, Side, What, window_digest};

/// Inputs that wait for one client; the socket is not read while there is no room.
const INPUTS_MAX: usize = 256;

/// One open page. Dropping it closes the page, as a crash does.
pub struct Client {
    /// What is looked at from outside.
    pub page: Arc<Page>,
    inputs: mpsc::Sender<Input>,
    frozen: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
    /// A close that was said already.
    left: bool,
}

/// What a page is and knows.
pub struct Page {
    pub world: Arc<World>,
    pub number: history::Client,
    /// The device: a reload keeps it.
    pub lane: u32,
    pub pass: Pass,
    pub session: Mutex<Session>,
    pub stored: Mutex<Storage>,
    /// Whether the page is open. Held while anything is done, so that a page that was closed does nothing any more.
    pub works: Mutex<bool>,
    /// Agents: the lists, as far as told.
    pub lists: Mutex<BTreeMap<ConversationId, Summary>>,
    pub answers: Mutex<HashMap<u32, Answer>>,
    /// Grows with everything that happens.
    pub moved: watch::Sender<u64>,
}

/// A browser's storage.
#[derive(Clone, Default)]
pub struct Storage {
    pub outbox: BTreeMap<Cmid, OutboxRow>,
    pub cached: Vec<CachedConversation>,
    /// Who this was before a reload, for the history: the session learns it anew from the server.
    person: Option<Id>,
}

impl Client {
    /// Opens a page with an empty storage.
    pub fn open(world: &Arc<World>, pass: Pass, seed: u64) -> Client {
        let number = world.new_client();
        Client::begin(world, number, number.0, pass, Storage::default(), seed)
    }

    fn begin(
        world: &Arc<World>,
        number: history::Client,
        lane: u32,
        pass: Pass,
        stored: Storage,
        seed: u64,
    ) -> Client {
        let side = match pass {
            Pass::Visitor { .. } => SessionSide::Visitor,
            Pass::Agent { .. } => SessionSide::Staff,
        };
        let (inputs, received) = mpsc::channel(INPUTS_MAX);
        let (frozen, freezes) = watch::channel(false);
        let first = Input::Restored {
            outbox: stored.outbox.values().cloned().collect(),
            cached: stored.cached.clone(),
            kept: true,
        };
        let feed = (side == SessionSide::Staff)
            .then_some(Input::FeedAt(FeedPosition { epoch: None, after: Feed(0) }));
        let page = Arc::new(Page {
            world: world.clone(),
            number,
            lane,
            pass,
            session: Mutex::new(Session::new(side, seed)),
            stored: Mutex::new(stored),
            works: Mutex::new(true),
            lists: Mutex::default(),
            answers: Mutex::default(),
            moved: watch::Sender::new(0),
        });
        let begin = [Some(first), feed, Some(Input::Start)].into_iter().flatten().collect();
        let driver = Driver::new(page.clone(), inputs.clone(), freezes);
        let task = tokio::spawn(driver.run(begin, received));
        Client { page, inputs, frozen, task, left: false }
    }

    /// Closes the page in the middle of whatever it does, and opens it again with what the browser has stored.
    pub fn reload(mut self, seed: u64) -> Client {
        let page = self.page.clone();
        // What it does at this moment is done before the storage is read.
        self.leave();
        let mut stored = lock(&page.stored).clone();
        stored.person = page.person();
        {
            let session = lock(&page.session);
            stored.cached = session.conversations().iter().filter_map(|c| session.cached(c.id)).collect();
        }
        Client::begin(&page.world, page.world.new_client(), page.lane, page.pass.clone(), stored, seed)
    }

    /// Closes the page for good.
    pub fn leave(&mut self) {
        if !self.left {
            self.left = true;
            *lock(&self.page.works) = false;
            self.task.abort();
            self.page.world.note(What::Gone { client: self.page.number });
        }
    }

    /// Tells the session that something happened. Not taken while hundreds of inputs wait: the client is frozen.
    pub fn does(&self, input: Input) -> bool {
        self.inputs.try_send(input).is_ok()
    }

    /// Uploads a file, and sends it when the server has it; a try that fails is nothing to anybody.
    pub fn uploads(&self, conversation: ConversationId, content: String, random: [u8; 20]) {
        let (page, inputs) = (self.page.clone(), self.inputs.clone());
        tokio::spawn(async move {
            let answer = link::upload(page.world.place(), &page.pass, content).await;
            if let Ok(file) = answer {
                let (conversation, text) = (Some(conversation), String::new());
                let _ = inputs.send(Input::SendFile { conversation, file, text, random }).await;
            }
        });
    }

    /// Stops the client as a stopped process: it neither reads nor runs timers, and its socket stays open.
    pub fn freeze(&self, frozen: bool) {
        self.frozen.send_replace(frozen);
    }

    /// Waits until something is so, up to a time. `None` when it never was.
    pub async fn until<T>(
        &self,
        patience: std::time::Duration,
        mut wanted: impl FnMut(&Page) -> Option<T>,
    ) -> Option<T> {
        let mut moved = self.page.moved.subscribe();
        let waiting = async {
            loop {
                moved.borrow_and_update();
                if let Some(value) = wanted(&self.page) {
                    return Some(value);
                }
                moved.changed().await.ok()?;
            }
        };
        tokio::time::timeout(patience, waiting).await.ok().flatten()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Page {
    /// Whose count this client's places are in.
    pub fn side(&self) -> Side {
        match self.pass {
            Pass::Visitor { .. } => Side::Visitor,
            Pass::Agent { .. } => Side::Staff,
        }
    }

    /// Who this is, once the server has said it.
    pub fn person(&self) -> Option<Id> {
        let told = lock(&self.session).me().map(|me| match me {
            Me::Visitor { id } => Id(id.0),
            Me::Agent { id: AgentId(id), .. } => Id(*id),
        });
        told.or(lock(&self.stored).person)
    }

    /// Messages that wait to be sent or for their ack.
    pub fn waiting(&self) -> u32 {
        let session = lock(&self.session);
        session.unsent().saturating_sub(lock(&self.stored).refused()) as u32
    }

    /// Whether it is connected.
    pub fn is_live(&self) -> bool {
        matches!(lock(&self.session).connection(UnixMillis(0)), Connection::Live)
    }

    /// How it stands with the server, for people who look for a mistake.
    pub fn connection(&self) -> String {
        let session = lock(&self.session);
        format!("{:?}, {:?}", session.connection(super::driver::now()), session.state())
    }

    /// Its conversation, or the first of them.
    pub fn conversation(&self) -> Option<ConversationId> {
        let session = lock(&self.session);
        session.current().or_else(|| session.conversations().first().map(|c| c.id))
    }

    /// Whether it shows the first row of a conversation.
    pub fn shows_first(&self, conversation: ConversationId) -> bool {
        let session = lock(&self.session);
        let rows = session.conversation(conversation).map(|c| c.rows()).unwrap_or_default();
        rows.first().is_some_and(|row| row.seq == Seq(1))
    }

    /// Whether it shows the first row of a conversation up to here.
    pub fn shows_all(&self, conversation: ConversationId, head: u64) -> bool {
        let session = lock(&self.session);
        let Some(c) = session.conversation(conversation) else { return false };
        let at = |row: Option<&deskbell_shared::model::Entry>| row.map_or(Seq(0), |row| row.seq);
        at(c.rows().last()) == Seq(head) && (at(c.rows().first()) == Seq(1) || head == 0)
    }

    /// Why it is not at rest, if it is not: connected, nothing waiting, every conversation it follows at its head.
    pub fn unrest(&self, head_of: impl Fn(Id, Side) -> Option<u64>) -> Option<String> {
        if !self.is_live() {
            return Some(format!("is not connected ({})", self.connection()));
        }
        let waiting = self.waiting();
        if waiting > 0 {
            return Some(format!("has {waiting} messages unsent"));
        }
        let session = lock(&self.session);
        for c in session.conversations() {
            let Some(head) = head_of(Id(c.id.0), self.side()) else { continue };
            let last = c.rows().last().map_or(0, |row| row.seq.0);
            if last != head && c.refused().is_none() {
                return Some(format!("shows {} up to {last} of {head}", c.id));
            }
        }
        None
    }

    /// What it shows of each conversation, for the end.
    pub fn shown(&self, fresh: bool) -> Vec<What> {
        let session = lock(&self.session);
        let rows_of = |c: &deskbell_shared::session::Conversation| {
            let conversation = Id(c.id.0);
            let rows: Vec<_> =
                c.rows().iter().map(|row| super::rows::shown(&self.world, conversation, row)).collect();
            let (first, last) = (c.rows().first()?.seq.0, c.rows().last()?.seq.0);
            let digest = window_digest(&rows);
            let (client, side) = (self.number, self.side());
            Some(What::Shown { client, conversation, side, first, last, digest, fresh })
        };
        session.conversations().iter().filter(|c| c.refused().is_none()).filter_map(rows_of).collect()
    }
}

impl Storage {
    /// Messages that the server will not take, which wait for people.
    pub fn refused(&self) -> usize {
        self.outbox.values().filter(|row| row.refused.is_some()).count()
    }
}
