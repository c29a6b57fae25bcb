//! People, their devices and tabs, a network that loses and delays, and the model server, in virtual time from a seed.
//! After every step the world checks what must hold at any moment; `settle` heals it and checks what must hold then.

mod promises;

use std::collections::{BTreeMap, BTreeSet};

use deskbell_shared::codec::Wire;
use deskbell_shared::model::*;
use deskbell_shared::protocol::{AgentCommand, Command, Frame};
use deskbell_shared::session::*;

use super::server::{Server, Who};

/// Where the clock of the world begins: not at zero, where differences hide.
const BEGIN_MS: i64 = 1_800_000_000_000;
/// Steps after which a world that is still busy is taken to be going round in circles.
const STEPS_MAX: usize = 20_000;

/// One tab (or one agent's desktop).
pub type Tab = usize;

#[derive(Default)]
pub struct Device {
    pub outbox: BTreeMap<String, String>,
    pub cache: BTreeMap<String, String>,
    /// Storage refuses every write.
    pub denied: bool,
    /// Storage never answers.
    pub hangs: bool,
    /// Storage has refused something, or not answered: what is sent may not have been stored.
    unwilling: bool,
    holder: Option<Tab>,
    queue: Vec<Tab>,
}

pub struct Client {
    pub who: Who,
    pub device: usize,
    pub session: Session,
    pub open: bool,
    /// The number of this tab's life: what was under way in an earlier one is gone.
    life: u32,
    connection: Option<u32>,
    /// Storage was denied when the page was loaded: it has none for as long as it lives, and neither tells other tabs
    /// nor hears them.
    alone: bool,
    /// Cmids in the order written, in all lives.
    pub written: Vec<Cmid>,
    /// Where in `written` each life began.
    lives: Vec<usize>,
    pub answers: Vec<(u32, Answer)>,
    pub changes: Vec<Changed>,
}

struct Link {
    tab: Tab,
    life: u32,
    link: u32,
    up: bool,
    down: bool,
    up_at: i64,
    down_at: i64,
}

enum What {
    Ticket { tab: Tab, life: u32, link: u32, fails: Option<TicketFailure> },
    Open { wire: u32 },
    Up { wire: u32, text: String },
    Down { wire: u32, text: String },
    ServerSeesClose { wire: u32 },
    ClientSeesClose { wire: u32, code: u16 },
    Saved { tab: Tab, life: u32, alone: bool, cmid: Cmid, text: String },
    Told { tab: Tab, life: u32, text: String },
    Elected { tab: Tab, life: u32 },
    Beat,
}

pub struct World {
    pub now: i64,
    pub server: Server,
    pub server_up: bool,
    pub devices: Vec<Device>,
    pub clients: Vec<Client>,
    pub latency_ms_max: u64,
    pub ticket_fails: Option<TicketFailure>,
    wires: BTreeMap<u32, Link>,
    events: BTreeMap<(i64, u64), What>,
    count: u64,
    random: u64,
    /// Messages that lived in memory only when their tab went, or were taken back: nobody promised them.
    pub unkept: BTreeSet<Cmid>,
    /// Messages that reached the server on a connection their tab had given up: it may have moved them since.
    late: BTreeSet<Cmid>,
    /// What any client was told is durable, by cmid.
    pub acked: BTreeMap<Cmid, (ConversationId, Seq, Epoch)>,
    steps: usize,
}

impl Client {
    /// Somebody decided about a refused message: it is no longer something to look for.
    pub fn decided(&mut self, cmid: Cmid) {
        if let Some(at) = self.written.iter().position(|written| *written == cmid) {
            self.written.remove(at);
            self.lives.iter_mut().filter(|life| **life > at).for_each(|life| *life -= 1);
        }
    }
}

impl World {
    pub fn new(seed: u64) -> World {
        let mut world = World {
            now: BEGIN_MS,
            server: Server::new(),
            server_up: true,
            devices: Vec::new(),
            clients: Vec::new(),
            latency_ms_max: 40,
            ticket_fails: None,
            wires: BTreeMap::new(),
            events: BTreeMap::new(),
            count: 0,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            unkept: BTreeSet::new(),
            late: BTreeSet::new(),
            acked: BTreeMap::new(),
            steps: 0,
        };
        world.at(10_000, What::Beat);
        world
    }

    // People

    /// Whether the page was loaded when it could not read what is stored, and now it could.
    pub fn is_locked_out(&self, tab: Tab) -> bool {
        let client = &self.clients[tab];
        client.open && client.alone && !self.devices[client.device].denied
    }

    pub fn visitor(&mut self) -> Tab {
        let id = VisitorId(100 + self.devices.len() as u128);
        self.arrive(Who::Visitor(id))
    }

    pub fn agent(&mut self) -> Tab {
        let id = AgentId(200 + self.devices.len() as u128);
        self.arrive(Who::Agent(id))
    }

    fn arrive(&mut self, who: Who) -> Tab {
        self.devices.push(Device::default());
        let device = self.devices.len() - 1;
        self.open_tab(who, device)
    }

    /// One more tab of the same person in the same browser.
    pub fn another_tab(&mut self, of: Tab) -> Tab {
        self.open_tab(self.clients[of].who, self.clients[of].device)
    }

    fn open_tab(&mut self, who: Who, device: usize) -> Tab {
        let session = Session::new(who.side(), self.random());
        self.clients.push(Client {
            who,
            device,
            session,
            open: false,
            life: 0,
            connection: None,
            alone: false,
            written: Vec::new(),
            lives: Vec::new(),
            answers: Vec::new(),
            changes: Vec::new(),
        });
        let tab = self.clients.len() - 1;
        self.load(tab);
        tab
    }

    /// The page loads: from what is stored, with nothing else.
    fn load(&mut self, tab: Tab) {
        let seed = self.random();
        let client = &mut self.clients[tab];
        client.session = Session::new(client.who.side(), seed);
        client.open = true;
        client.life += 1;
        client.connection = None;
        let device = &self.devices[client.device];
        let kept = !device.denied;
        client.alone = device.denied;
        let (mut outbox, mut cached) = (Vec::new(), Vec::new());
        if kept {
            outbox.extend(device.outbox.values().map(|text| OutboxRow::from_text(text).unwrap()));
            cached.extend(device.cache.values().map(|text| CachedConversation::from_text(text).unwrap()));
        }
        client.lives.push(client.written.len());
        let _ = self.give(tab, Input::Restored { outbox, cached, kept });
        let _ = self.give(tab, Input::Start);
    }

    /// The tab goes, at once: closed, crashed or killed.
    pub fn close_tab(&mut self, tab: Tab) {
        if !self.clients[tab].open {
            return;
        }
        let stored = &self.devices[self.clients[tab].device].outbox;
        let client = &self.clients[tab];
        for cmid in &client.written {
            if !stored.contains_key(&cmid.to_hex()) {
                self.unkept.insert(*cmid);
            }
        }
        self.clients[tab].open = false;
        self.clients[tab].life += 1;
        self.cut(tab);
        self.resign(tab);
    }

    pub fn reload(&mut self, tab: Tab) {
        self.close_tab(tab);
        // A page takes a while to load; what was on its way to storage has arrived by then.
        self.run(30);
        self.load(tab);
    }

    pub fn says(&mut self, tab: Tab, text: &str) -> Result<(), NotTaken> {
        let conversation = self.clients[tab].session.current();
        self.says_in(tab, conversation, text)
    }

    pub fn says_in(
        &mut self,
        tab: Tab,
        conversation: Option<ConversationId>,
        text: &str,
    ) -> Result<(), NotTaken> {
        let mut random = [0; 20];
        random.fill_with(|| self.random() as u8);
        self.give(tab, Input::Write { conversation, text: text.into(), random })
    }

    pub fn claims(&mut self, tab: Tab, conversation: ConversationId, version: u32) -> Result<u32, NotTaken> {
        let id = self.clients[tab].session.new_id();
        let text = AgentCommand::Claim { id, conversation, version }.to_text();
        self.give(tab, Input::Ask { id, text })?;
        Ok(id)
    }

    // The network

    /// The connection breaks. What was on its way up may still arrive, or a part of it.
    pub fn cut(&mut self, tab: Tab) {
        let Some(number) = self.clients[tab].connection.take() else { return };
        let arrives = self.random() % 3;
        let Some(wire) = self.wires.get_mut(&number) else { return };
        wire.down = false;
        wire.up = arrives > 0;
        let at = wire.up_at.max(self.now) + 1;
        if arrives == 1 {
            // Only the first of them.
            let mut first = true;
            self.events.retain(|_, what| match what {
                What::Up { wire, .. } if *wire == number => core::mem::take(&mut first),
                _ => true,
            });
        }
        self.at(at - self.now, What::ServerSeesClose { wire: number });
        self.at(1, What::ClientSeesClose { wire: number, code: 1006 });
    }

    /// What the network held back on a connection that was given up reaches the server after all.
    pub fn arrives_late(&mut self, tab: Tab, command: &Command) {
        let number = self.wires.len() as u32 + 1;
        let (life, now) = (self.clients[tab].life, self.now);
        let wire = Link { tab, life, link: 0, up: true, down: false, up_at: now, down_at: now };
        self.wires.insert(number, wire);
        self.server.admit(number, self.clients[tab].who);
        self.at(1, What::Up { wire: number, text: command.to_text() });
        self.at(2, What::ServerSeesClose { wire: number });
    }

    /// Nothing passes any more, and nobody is told.
    pub fn half_open(&mut self, tab: Tab) {
        if let Some(number) = self.clients[tab].connection
            && let Some(wire) = self.wires.get_mut(&number)
        {
            wire.up = false;
            wire.down = false;
            self.at(25_000, What::ServerSeesClose { wire: number });
        }
    }

    /// The server restarts politely.
    pub fn drain(&mut self, within_ms: u32) {
        let numbers: Vec<u32> = self.server.connections.keys().copied().collect();
        for number in numbers {
            self.server.tell(number, Frame::Goodbye { reconnect_within_ms: within_ms });
            self.deliver();
            self.server.connections.remove(&number);
            if let Some(wire) = self.wires.get_mut(&number) {
                wire.up = false;
                let wait = wire.down_at.max(self.now) + 1 - self.now;
                self.at(wait, What::ClientSeesClose { wire: number, code: 4000 });
            }
        }
    }

    /// A backup is put in place of the database.
    pub fn restore(&mut self, backup: BTreeMap<ConversationId, super::server::Log>) {
        self.server.restore(backup);
        for tab in 0..self.clients.len() {
            self.cut(tab);
        }
        for wire in self.wires.values_mut() {
            wire.up = false;
        }
    }

    // Time

    /// Lets time pass.
    pub fn run(&mut self, ms: i64) {
        let end = self.now + ms;
        while self.step(end) {}
        self.now = end;
    }

    fn step(&mut self, end: i64) -> bool {
        self.steps += 1;
        assert!(self.steps < STEPS_MAX, "the world goes round in circles");
        let event = self.events.keys().next().copied();
        let timer = (0..self.clients.len())
            .filter(|tab| self.clients[*tab].open)
            .filter_map(|tab| self.clients[tab].session.deadline().map(|at| (at.0.max(self.now), tab)))
            .min();
        match (event, timer) {
            (event, Some((at, tab))) if at <= end && event.is_none_or(|event| at < event.0) => {
                self.now = at;
                let _ = self.give(tab, Input::Timer);
                let next = self.clients[tab].session.deadline();
                assert!(next.is_none_or(|next| next.0 > at), "a timer that comes again at once");
            }
            (Some(key), _) if key.0 <= end => {
                self.now = key.0.max(self.now);
                if let Some(what) = self.events.remove(&key) {
                    self.happen(what);
                }
            }
            _ => return false,
        }
        true
    }

    /// Everything works again; time passes until nothing is under way; then what was promised must hold.
    pub fn settle(&mut self) {
        self.latency_ms_max = 20;
        self.server_up = true;
        self.server.moods = Default::default();
        self.ticket_fails = None;
        for device in &mut self.devices {
            device.hangs = false;
        }
        self.run(150_000);
        self.check_promises();
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Ticket { tab, life, link, fails } => {
                if !self.lives(tab, life) {
                    return;
                }
                let input = match fails {
                    Some(failure) => Input::TicketFailed { link, failure },
                    None if !self.server_up => {
                        Input::TicketFailed { link, failure: TicketFailure::Later { retry_after_ms: 0 } }
                    }
                    None => {
                        let ticket = format!("{tab}-{life}-{link}");
                        self.server.tickets.insert(ticket.clone(), self.clients[tab].who);
                        Input::Ticket { link, ticket }
                    }
                };
                let _ = self.give(tab, input);
            }
            What::Open { wire } => {
                if self.server_up {
                    self.hear(wire, |link| Input::Opened { link });
                } else {
                    self.hear(wire, |link| Input::Closed { link, code: 1006 });
                }
            }
            What::Up { wire, text } => {
                if self.wires.get(&wire).is_some_and(|wire| wire.up) && self.server_up {
                    self.server.now = UnixMillis(self.now - BEGIN_MS + 5_000);
                    self.note_late(wire, &text);
                    if let Err(code) = self.server.hear(wire, &text) {
                        self.server.connections.remove(&wire);
                        self.at(5, What::ClientSeesClose { wire, code });
                    }
                    self.deliver();
                }
            }
            What::Down { wire, text } => {
                if self.wires.get(&wire).is_some_and(|wire| wire.down) {
                    self.note_acks(&text);
                    self.hear(wire, |link| Input::Text { link, text });
                }
            }
            What::ServerSeesClose { wire } => {
                self.server.connections.remove(&wire);
                if let Some(wire) = self.wires.get_mut(&wire) {
                    wire.up = false;
                }
            }
            What::ClientSeesClose { wire, code } => {
                self.hear(wire, |link| Input::Closed { link, code });
            }
            What::Saved { tab, life, alone, cmid, text } => {
                let device = self.clients[tab].device;
                let kept = !alone && !self.devices[device].denied;
                self.devices[device].unwilling |= !kept;
                if kept {
                    self.devices[device].outbox.insert(cmid.to_hex(), text.clone());
                    self.unkept.remove(&cmid);
                    self.tell_tabs(tab, &text);
                }
                if self.lives(tab, life) {
                    let _ = self.give(tab, Input::Saved { cmid, kept });
                }
            }
            What::Told { tab, life, text } => {
                if self.lives(tab, life) {
                    let input = match Cmid::from_hex(&text) {
                        Some(cmid) => Input::RowForgotten(cmid),
                        None => {
                            let (kept, text) =
                                text.strip_prefix('!').map_or((true, &text[..]), |t| (false, t));
                            Input::RowChanged { row: OutboxRow::from_text(text).unwrap(), kept }
                        }
                    };
                    let _ = self.give(tab, input);
                }
            }
            What::Elected { tab, life } => {
                let device = &self.devices[self.clients[tab].device];
                if self.lives(tab, life) && (device.holder == Some(tab) || self.clients[tab].alone) {
                    let rows = device.outbox.values().filter(|_| !self.clients[tab].alone);
                    let outbox = rows.map(|text| OutboxRow::from_text(text).unwrap()).collect();
                    let _ = self.give(tab, Input::Elected { outbox });
                }
            }
            What::Beat => {
                let numbers: Vec<u32> = self.server.connections.keys().copied().collect();
                for number in numbers {
                    self.server.tell(number, Frame::Beat { now: self.server.now });
                }
                self.deliver();
                self.at(10_000, What::Beat);
            }
        }
    }

    /// Gives one input to a tab, and does what the session asks for.
    pub fn give(&mut self, tab: Tab, input: Input) -> Result<(), NotTaken> {
        let now = UnixMillis(self.now);
        let write = matches!(input, Input::Write { .. } | Input::Retry { .. });
        let taken = self.clients[tab].session.handle(now, input);
        if write && taken.is_ok() {
            // What was written last has the greatest id.
            let session = &self.clients[tab].session;
            let drafts = session.conversations().iter().flat_map(|c| session.drafts(c.id));
            let last = drafts.map(|draft| draft.cmid).max();
            self.clients[tab].written.extend(last);
        }
        while let Some(effect) = self.clients[tab].session.effect() {
            self.carry_out(tab, effect);
        }
        self.check_moment(tab);
        taken
    }

    fn carry_out(&mut self, tab: Tab, effect: Effect) {
        let life = self.clients[tab].life;
        let device = self.clients[tab].device;
        match effect {
            Effect::FetchTicket { link } => {
                let wait = self.latency();
                let fails = self.ticket_fails;
                self.at(wait, What::Ticket { tab, life, link, fails });
            }
            Effect::Connect { link } => {
                let number = self.wires.len() as u32 + 1;
                let now = self.now;
                let wire = Link { tab, life, link, up: true, down: true, up_at: now, down_at: now };
                self.wires.insert(number, wire);
                self.clients[tab].connection = Some(number);
                let wait = self.latency();
                self.at(wait, What::Open { wire: number });
            }
            Effect::SendText { link, text } => {
                self.check_stored(tab, &text);
                let wait = self.latency();
                let found = self.wires.iter_mut().find(|(_, w)| (w.tab, w.life, w.link) == (tab, life, link));
                let (number, wire) = found.expect("a socket to send on");
                if wire.up {
                    wire.up_at = wire.up_at.max(self.now + wait) + 1;
                    let (wait, wire) = (wire.up_at - self.now, *number);
                    self.at(wait, What::Up { wire, text });
                }
            }
            Effect::CloseSocket { link } => {
                let found = self.wires.iter_mut().find(|(_, w)| (w.tab, w.life, w.link) == (tab, life, link));
                if let Some((number, wire)) = found {
                    let (number, wait) = (*number, wire.up_at.max(self.now) + 1 - self.now);
                    wire.down = false;
                    self.at(wait, What::ServerSeesClose { wire: number });
                    if self.clients[tab].connection == Some(number) {
                        self.clients[tab].connection = None;
                    }
                }
            }
            Effect::SaveOutbox(row) => {
                if row.decided() {
                    self.tell_tabs(tab, &format!("!{}", row.to_text()));
                }
                let alone = self.clients[tab].alone;
                self.devices[device].unwilling |= self.devices[device].hangs;
                if alone || !self.devices[device].hangs {
                    self.at(1, What::Saved { tab, life, alone, cmid: row.cmid, text: row.to_text() });
                }
            }
            Effect::TellTabs(row) => self.tell_tabs(tab, &format!("!{}", row.to_text())),
            Effect::ForgetOutbox(cmid) => {
                if !self.clients[tab].alone {
                    self.devices[device].outbox.remove(&cmid.to_hex());
                }
                self.tell_tabs(tab, &cmid.to_hex());
            }
            Effect::SaveCache(id) => {
                if let Some(cached) = self.clients[tab].session.cached(id)
                    && !self.devices[device].denied
                    && !self.clients[tab].alone
                {
                    self.devices[device].cache.insert(id.to_hex(), cached.to_text());
                }
            }
            Effect::ForgetCache(id) => {
                if !self.clients[tab].alone {
                    self.devices[device].cache.remove(&id.to_hex());
                }
            }
            Effect::SeekElection => {
                let d = &mut self.devices[device];
                if self.clients[tab].alone {
                    self.at(1, What::Elected { tab, life });
                } else if d.holder.is_none() {
                    d.holder = Some(tab);
                    self.at(1, What::Elected { tab, life });
                } else if d.holder != Some(tab) && !d.queue.contains(&tab) {
                    d.queue.push(tab);
                }
            }
            Effect::Resign => self.resign(tab),
            Effect::Changed(what) => self.clients[tab].changes.push(what),
            Effect::Answered { id, answer } => self.clients[tab].answers.push((id, answer)),
            Effect::Unhandled(json) => panic!("a frame nobody takes: {json:?}"),
        }
    }

    fn resign(&mut self, tab: Tab) {
        let device = &mut self.devices[self.clients[tab].device];
        device.queue.retain(|waiting| *waiting != tab);
        if device.holder == Some(tab) {
            device.holder = None;
            if !device.queue.is_empty() {
                let next = device.queue.remove(0);
                device.holder = Some(next);
                let life = self.clients[next].life;
                self.at(1, What::Elected { tab: next, life });
            }
        }
    }

    fn tell_tabs(&mut self, from: Tab, text: &str) {
        let device = self.clients[from].device;
        if self.clients[from].alone {
            return;
        }
        for tab in 0..self.clients.len() {
            let others = tab != from && self.clients[tab].device == device && self.clients[tab].open;
            if others && !self.clients[tab].alone {
                let life = self.clients[tab].life;
                self.at(1, What::Told { tab, life, text: text.into() });
            }
        }
    }

    fn hear(&mut self, number: u32, input: impl FnOnce(u32) -> Input) {
        let Some(wire) = self.wires.get(&number) else { return };
        let (tab, life, link) = (wire.tab, wire.life, wire.link);
        if self.lives(tab, life) {
            let _ = self.give(tab, input(link));
        }
    }

    /// Puts what the server wants to say on the wires.
    fn deliver(&mut self) {
        for (number, text) in core::mem::take(&mut self.server.out) {
            let wait = self.latency();
            let Some(wire) = self.wires.get_mut(&number) else { continue };
            if wire.down {
                wire.down_at = wire.down_at.max(self.now + wait) + 1;
                let wait = wire.down_at - self.now;
                self.at(wait, What::Down { wire: number, text });
            }
        }
    }

    fn lives(&self, tab: Tab, life: u32) -> bool {
        self.clients[tab].open && self.clients[tab].life == life
    }

    fn latency(&mut self) -> i64 {
        1 + (self.random() % self.latency_ms_max) as i64
    }

    fn at(&mut self, wait: i64, what: What) {
        self.count += 1;
        self.events.insert((self.now + wait, self.count), what);
    }

    pub fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    // Looking

    /// The conversation there is on the server, when there is one only.
    pub fn only_conversation(&self) -> ConversationId {
        assert_eq!(self.server.logs.len(), 1, "one conversation");
        *self.server.logs.keys().next().unwrap()
    }

    /// The texts of messages on a screen, rows first, then drafts.
    pub fn sees(&self, tab: Tab) -> Vec<String> {
        let session = &self.clients[tab].session;
        let mut texts = Vec::new();
        if let Some(id) = session.current() {
            let rows = session.conversation(id).map(|c| c.rows()).unwrap_or_default();
            texts.extend(rows.iter().filter_map(message_text).map(str::to_owned));
            texts.extend(session.drafts(id).iter().map(|draft| draft.text.to_owned()));
        }
        texts
    }

    /// What became of each draft on a screen.
    pub fn drafts(&self, tab: Tab) -> Vec<DraftState> {
        let session = &self.clients[tab].session;
        let drafts = session.current().map(|id| session.drafts(id)).unwrap_or_default();
        drafts.iter().map(|draft| draft.state).collect()
    }
}
