//! The driver: feeds a session with what happens in the browser, and does what it asks for.

use super::clock::{Clock, Timer, random};
use super::socket::{ABNORMAL, Socket, SocketEvent};
use super::store::{CACHE, OUTBOX, Store};
use super::tabs::Tabs;
use super::{Listener, has};
use crate::codec::{Json, Wire};
use crate::model::id::{Cmid, ConversationId};
use crate::model::message::{FileView, Side};
use crate::model::time::UnixMillis;
use crate::session::{
    Answer, CachedConversation, Changed, Effect, Input, NotTaken, OutboxRow, Session, State, TicketFailure,
};
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use std::rc::{Rc, Weak};
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

/// Gets a ticket: `visitor_ticket` or `agent_ticket`, or something of the app's own.
pub type FetchTicket = dyn Fn(Store) -> Pin<Box<dyn Future<Output = Result<String, TicketFailure>>>>;

/// What a driver is started with.
pub struct Config {
    /// Who this is for. Visitors keep the ends of their transcripts, agents do not.
    pub side: Side,
    /// The name of the storage, one for each identity: the site's key, or the agent's id. Tabs with the same name
    /// share an outbox.
    pub store: String,
    /// The address of the socket, `wss://…/ws`.
    pub socket: String,
    /// Gets a ticket.
    pub fetch_ticket: Rc<FetchTicket>,
    /// Called after something changed that screens show, never while the session is borrowed.
    pub on_change: Rc<dyn Fn(Changed)>,
    /// Called with frames that are not the session's: an agent's `DeskFrame`s.
    pub on_frame: Rc<dyn Fn(Json)>,
    /// Called with the replies to `Driver::ask`.
    pub on_answer: Rc<dyn Fn(u32, Answer)>,
}

/// A session that lives in this tab. Cheap to clone; all clones are the same session.
#[derive(Clone)]
pub struct Driver(Rc<Inner>);

struct Inner {
    config: Config,
    session: RefCell<Session>,
    clock: Clock,
    timer: Timer,
    /// There from the moment storage has been opened.
    store: RefCell<Option<Store>>,
    tabs: RefCell<Option<Tabs>>,
    socket: RefCell<Option<Socket>>,
    listeners: RefCell<Vec<Listener>>,
    /// The page was put aside, and is to go on when it comes back.
    asleep: Cell<bool>,
    closed: Cell<bool>,
}

impl Driver {
    /// Opens the storage, then connects. Returns at once; `on_change` tells of what follows.
    pub fn start(config: Config) -> Driver {
        let seed = random::<8>().map_or(1, u64::from_le_bytes);
        let side = config.side;
        let inner = Rc::new_cyclic(|weak: &Weak<Inner>| {
            let woken = weak.clone();
            Inner {
                config,
                session: RefCell::new(Session::new(side, seed)),
                clock: Clock::default(),
                timer: Timer::new(move || feed(&woken, Input::Timer)),
                store: RefCell::default(),
                tabs: RefCell::default(),
                socket: RefCell::default(),
                listeners: RefCell::default(),
                asleep: Cell::new(false),
                closed: Cell::new(false),
            }
        });
        let starting = inner.clone();
        spawn_local(async move { starting.open().await });
        Driver(inner)
    }

    /// Looks at the session.
    pub fn with<R>(&self, look: impl FnOnce(&Session, UnixMillis) -> R) -> R {
        look(&self.0.session.borrow(), self.0.clock.now())
    }

    /// Tells the session something. On `Err` nothing was taken.
    pub fn intent(&self, input: Input) -> Result<(), NotTaken> {
        self.0.feed(input)
    }

    /// Writes a message; `None` starts a new conversation. On `Err` the text is still the caller's.
    pub fn write(&self, conversation: Option<ConversationId>, text: &str) -> Result<(), NotTaken> {
        let random = random().ok_or(NotTaken::Unknown)?;
        self.0.feed(Input::Write { conversation, text: text.to_owned(), random })
    }

    /// Writes a message with answers to press. On `Err` all of it is still the caller's.
    pub fn write_choices(
        &self,
        conversation: ConversationId,
        text: &str,
        choices: Vec<String>,
    ) -> Result<(), NotTaken> {
        let random = random().ok_or(NotTaken::Unknown)?;
        self.0.feed(Input::WriteChoices { conversation, text: text.to_owned(), choices, random })
    }

    /// Writes for staff only. On `Err` the text is still the caller's.
    pub fn write_note(&self, conversation: ConversationId, text: &str) -> Result<(), NotTaken> {
        let random = random().ok_or(NotTaken::Unknown)?;
        self.0.feed(Input::WriteNote { conversation, text: text.to_owned(), random })
    }

    /// Sends a refused message again.
    pub fn retry(&self, cmid: Cmid) -> Result<(), NotTaken> {
        let random = random().ok_or(NotTaken::Unknown)?;
        self.0.feed(Input::Retry { cmid, random })
    }

    /// Sends a file that the server has; `None` starts a new conversation.
    pub fn send_file(&self, conversation: Option<ConversationId>, file: FileView) -> Result<(), NotTaken> {
        let random = random().ok_or(NotTaken::Unknown)?;
        self.0.feed(Input::SendFile { conversation, file, text: String::new(), random })
    }

    /// Says a command. Its reply comes to `on_answer` under the number returned, or to `on_frame`.
    pub fn ask<C: Wire>(&self, command: impl FnOnce(u32) -> C) -> Result<u32, NotTaken> {
        let id = self.0.session.borrow_mut().new_id();
        self.0.feed(Input::Ask { id, text: command(id).to_text() })?;
        Ok(id)
    }

    /// Ends it: the socket is closed, and nothing is called back any more. What is stored stays; signing out also
    /// calls `Store::forget`.
    pub fn close(&self) {
        let _ = self.0.feed(Input::Stop);
        self.0.closed.set(true);
        self.0.timer.set(None);
        self.0.listeners.borrow_mut().clear();
        self.0.tabs.take();
    }
}

/// Feeds a session that may be gone.
fn feed(inner: &Weak<Inner>, input: Input) {
    if let Some(inner) = inner.upgrade() {
        let _ = inner.feed(input);
    }
}

impl Inner {
    async fn open(self: Rc<Self>) {
        let store = Store::open(&self.config.store).await;
        if self.closed.get() {
            return;
        }
        let weak = Rc::downgrade(&self);
        let tabs = Tabs::new(&self.config.store, store.kept(), move |text| told(&weak, &text));
        let outbox = read_rows(&store).await;
        let cached = match self.config.side {
            Side::Visitor => read_all::<CachedConversation>(&store, CACHE).await,
            Side::Staff => Vec::new(),
        };
        let kept = store.kept();
        self.tabs.replace(Some(tabs));
        self.store.replace(Some(store));
        self.listen();
        let _ = self.feed(Input::Restored { outbox, cached, kept });
        let _ = self.feed(Input::Start);
    }

    fn feed(self: &Rc<Self>, input: Input) -> Result<(), NotTaken> {
        if self.closed.get() {
            return Err(NotTaken::NotLive);
        }
        let now = self.clock.now();
        let taken = self.session.borrow_mut().handle(now, input);
        loop {
            // The borrow ends before the effect is done: doing it may look at the session, or feed it.
            let effect = self.session.borrow_mut().effect();
            match effect {
                Some(effect) => self.carry_out(effect),
                None => break,
            }
        }
        let deadline = self.session.borrow().deadline();
        self.timer.set(deadline.map(|at| at.0 - now.0));
        taken
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::FetchTicket { link } => self.fetch_ticket(link),
            Effect::Connect { link } => self.connect(link),
            Effect::SendText { link, text } => {
                if let Some(socket) = self.socket.borrow().as_ref().filter(|socket| socket.link == link) {
                    socket.send(&text);
                }
            }
            Effect::CloseSocket { .. } => drop(self.socket.take()),
            Effect::SaveOutbox(row) => self.save(row),
            Effect::TellTabs(row) => self.tell(&[UNKEPT, &row.to_text()].concat()),
            Effect::ForgetOutbox(cmid) => {
                let key = cmid.to_hex();
                self.remove(OUTBOX, &key);
                self.tell(&key);
            }
            Effect::SaveCache(id) => {
                let cached = self.session.borrow().cached(id);
                if let (Some(cached), Some(store)) = (cached, self.store()) {
                    spawn_local(ignore(store.put(CACHE, &id.to_hex(), &cached.to_text())));
                }
            }
            Effect::ForgetCache(id) => self.remove(CACHE, &id.to_hex()),
            Effect::SeekElection => self.seek(),
            Effect::Resign => {
                if let Some(tabs) = self.tabs.borrow().as_ref() {
                    tabs.resign();
                }
            }
            Effect::Changed(what) => (self.config.on_change)(what),
            Effect::Answered { id, answer } => (self.config.on_answer)(id, answer),
            Effect::Unhandled(json) => (self.config.on_frame)(json),
        }
    }

    fn fetch_ticket(self: &Rc<Self>, link: u32) {
        let Some(store) = self.store() else { return };
        let (ticket, weak) = ((self.config.fetch_ticket)(store), Rc::downgrade(self));
        spawn_local(async move {
            let input = match ticket.await {
                Ok(ticket) => Input::Ticket { link, ticket },
                Err(failure) => Input::TicketFailed { link, failure },
            };
            feed(&weak, input);
        });
    }

    fn connect(self: &Rc<Self>, link: u32) {
        let weak = Rc::downgrade(self);
        let socket = Socket::open(link, &self.config.socket, move |event| {
            let input = match event {
                SocketEvent::Opened => Input::Opened { link },
                SocketEvent::Text(text) => Input::Text { link, text },
                SocketEvent::Closed(code) => Input::Closed { link, code },
            };
            feed(&weak, input);
        });
        let refused = socket.is_none();
        self.socket.replace(socket);
        if refused {
            let weak = Rc::downgrade(self);
            spawn_local(async move { feed(&weak, Input::Closed { link, code: ABNORMAL }) });
        }
    }

    fn save(self: &Rc<Self>, row: OutboxRow) {
        let (cmid, text) = (row.cmid, row.to_text());
        // Not opened yet: asked for again with `Restored`.
        let Some(store) = self.store() else { return };
        if row.decided() {
            self.tell(&[UNKEPT, &text].concat());
        }
        let saved = store.put(OUTBOX, &cmid.to_hex(), &text);
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            let kept = saved.await;
            if let Some(inner) = weak.upgrade().filter(|_| kept) {
                inner.tell(&text);
            }
            feed(&weak, Input::Saved { cmid, kept });
        });
    }

    fn remove(&self, store: &str, key: &str) {
        if let Some(opened) = self.store() {
            spawn_local(ignore(opened.remove(store, key)));
        }
    }

    fn seek(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let elected: Rc<dyn Fn()> = Rc::new(move || {
            let (weak, store) = (weak.clone(), weak.upgrade().and_then(|inner| inner.store()));
            spawn_local(async move {
                let outbox = match &store {
                    Some(store) => read_rows(store).await,
                    None => Vec::new(),
                };
                feed(&weak, Input::Elected { outbox });
            });
        });
        if let Some(tabs) = self.tabs.borrow().as_ref() {
            tabs.seek(elected);
        }
    }

    fn store(&self) -> Option<Store> {
        self.store.borrow().clone()
    }

    fn tell(&self, text: &str) {
        if let Some(tabs) = self.tabs.borrow().as_ref() {
            tabs.tell(text);
        }
    }

    fn listen(self: &Rc<Self>) {
        let Some(window) = web_sys::window() else { return };
        let weak = Rc::downgrade(self);
        let hear = move |event: Event| {
            if let Some(inner) = weak.upgrade() {
                inner.page_event(&event.type_());
            }
        };
        let mut listeners = self.listeners.borrow_mut();
        listeners.push(Listener::on(&window, &["online", "offline", "pageshow", "pagehide"], hear.clone()));
        if let Some(document) = window.document() {
            listeners.push(Listener::on(&document, &["visibilitychange", "freeze", "resume"], hear));
        }
        // Assumed to be there unless the browser is sure that it is not.
        if has(&window.navigator(), "onLine") && !window.navigator().on_line() {
            let _ = self.session.borrow_mut().handle(self.clock.now(), Input::Online(false));
        }
    }

    fn page_event(self: &Rc<Self>, name: &str) {
        let input = match name {
            "online" => Input::Online(true),
            "offline" => Input::Online(false),
            // A page that is kept for going back to must not hold a socket or a lock.
            "pagehide" | "freeze" => {
                let on = !matches!(self.session.borrow().state(), State::Off | State::Stopped { .. });
                self.asleep.set(on || self.asleep.get());
                Input::Stop
            }
            "pageshow" | "resume" if self.asleep.take() => Input::Start,
            "visibilitychange" if hidden() => return,
            _ => Input::Wake,
        };
        let _ = self.feed(input);
    }
}

fn hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

/// Before a row that another tab tells of without storage having it.
const UNKEPT: &str = "!";

/// What another tab told: a row of the outbox, or the cmid of one that is gone.
fn told(inner: &Weak<Inner>, text: &str) {
    if let Some(cmid) = Cmid::from_hex(text) {
        feed(inner, Input::RowForgotten(cmid));
        return;
    }
    let (kept, text) = text.strip_prefix(UNKEPT).map_or((true, text), |text| (false, text));
    if let Ok(row) = OutboxRow::from_text(text) {
        feed(inner, Input::RowChanged { row, kept });
    }
}

async fn read_rows(store: &Store) -> Vec<OutboxRow> {
    read_all(store, OUTBOX).await
}

/// What is stored and can be read. What cannot be was written by another version and is left where it is.
async fn read_all<T: Wire>(store: &Store, name: &str) -> Vec<T> {
    store.all(name).await.iter().filter_map(|text| T::from_text(text).ok()).collect()
}

async fn ignore(done: impl Future<Output = bool>) {
    done.await;
}
