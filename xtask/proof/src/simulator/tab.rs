//! A tab: the real session, and a driver that does what the browser's does. A reload is another life of the same tab
//! and another client of the history.

use std::collections::BTreeSet;

use deskbell_shared::codec::{Json, Wire};
use deskbell_shared::model::{Cmid, ConversationId, Side, UnixMillis};
use deskbell_shared::protocol::{AgentCommand, DeskFrame, Frame};
use deskbell_shared::session::{
    Changed, Effect, FeedStep, Input, ListFeed, NotTaken, Session, State, TicketFailure,
};

use super::device::{Put, Told};
use super::network::{Direction, Link};
use super::person::Person;
use super::screen::Screen;
use super::store::NOTE;
use super::world::{BEGIN_MS, Event, World};
use crate::history::{Client, Id, What, digest_with, offering};

pub struct Tab {
    pub person: Person,
    pub device: usize,
    pub session: Session,
    pub open: bool,
    /// What belongs to another life is from a page that is gone.
    pub life: u32,
    /// Its name in the history, in this life.
    pub client: Client,
    /// The outbox within which order is promised.
    pub lane: u32,
    pub link: Option<u32>,
    /// Storage was denied when the page was loaded: tabs do not know of each other.
    pub alone: bool,
    pub deadline: Option<u64>,
    clock_ahead_ms: i64,
    pub lists: ListFeed,
    pub screen: Screen,
    /// In all lives.
    pub written: Vec<Cmid>,
    /// What an agent has opened.
    pub watched: BTreeSet<ConversationId>,
}

impl World {
    pub fn open_tab(&mut self, device: usize, person: Person) -> usize {
        self.lanes += 1;
        self.tabs.push(Tab {
            person,
            device,
            session: Session::new(person.side(), 0),
            open: false,
            life: 0,
            client: Client(0),
            lane: self.lanes,
            link: None,
            alone: false,
            deadline: None,
            clock_ahead_ms: 0,
            lists: ListFeed::default(),
            screen: Screen::default(),
            written: Vec::new(),
            watched: BTreeSet::new(),
        });
        let tab = self.tabs.len() - 1;
        self.load(tab);
        tab
    }

    /// The page loads: from what is stored, with nothing else.
    pub fn load(&mut self, tab: usize) {
        let seed = self.random.any();
        self.clients += 1;
        let device = &self.devices[self.tabs[tab].device];
        // A page that cannot read what the one before it stored cannot wait for it either. A storage that does not
        // open in time counts as denied.
        let kept = !device.denied && !device.hangs;
        if device.unwilling || !kept {
            self.lanes += 1;
            self.tabs[tab].lane = self.lanes;
        }
        let (mut outbox, mut cached) = (Vec::new(), Vec::new());
        if kept {
            outbox = self.rows_of(tab);
            cached = device.cache.values().cloned().collect();
        }
        let clock_ahead_ms = device.clock_ahead_ms;
        let at = self.tabs[tab].device;
        self.devices[at].unwilling |= !kept;
        let t = &mut self.tabs[tab];
        t.session = Session::new(t.person.side(), seed);
        t.open = true;
        t.life += 1;
        t.client = Client(self.clients);
        t.link = None;
        t.alone = !kept;
        t.clock_ahead_ms = clock_ahead_ms;
        t.lists = ListFeed::default();
        t.screen = Screen::default();
        let (client, person, lane) = (t.client, t.person.id(), t.lane);
        // What this page reads is older than what another one has said: it may send a message where that one did not.
        for cmid in self.devices[at].unstored.clone() {
            self.note(What::Timeout { client, cmid: Id(cmid.0) });
        }
        self.tell(|w| {
            let storage = if kept { "" } else { ", without storage" };
            format!("{} loads with {} rows in its outbox{storage}", w.name(tab), outbox.len())
        });
        self.note(What::Opened { client, person, lane });
        let watched: Vec<_> = self.tabs[tab].watched.iter().copied().collect();
        let _ = self.give(tab, Input::Restored { outbox, cached, kept });
        for conversation in watched {
            let _ = self.give(tab, Input::Watch { conversation });
        }
        if self.tabs[tab].person.side() == Side::Staff {
            let position = self.tabs[tab].lists.position();
            let _ = self.give(tab, Input::FeedAt(position));
        }
        let _ = self.give(tab, Input::Start);
    }

    /// The page is gone at once: closed, crashed or left.
    pub fn close_tab(&mut self, tab: usize) {
        if !self.tabs[tab].open {
            return;
        }
        let client = self.tabs[tab].client;
        let stored = &self.devices[self.tabs[tab].device].outbox;
        // What lived in memory only is gone with it, and nobody promised it.
        let gone: Vec<_> =
            self.tabs[tab].written.iter().copied().filter(|cmid| !stored.contains_key(cmid)).collect();
        for cmid in gone {
            self.note(What::Timeout { client, cmid: Id(cmid.0) });
        }
        self.note(What::Gone { client });
        self.tabs[tab].open = false;
        self.tabs[tab].life += 1;
        self.tabs[tab].deadline = None;
        if let Some(link) = self.tabs[tab].link.take() {
            self.cut(link, true);
        }
        self.resign(tab);
    }

    pub fn lives(&self, tab: usize, life: u32) -> bool {
        self.tabs[tab].open && self.tabs[tab].life == life
    }

    fn tab_now(&self, tab: usize) -> UnixMillis {
        UnixMillis(BEGIN_MS + self.now as i64 + self.tabs[tab].clock_ahead_ms)
    }

    pub fn writes_note(&mut self, tab: usize, conversation: ConversationId, text: String) {
        let random = self.random.bytes();
        let _ = self.give(tab, Input::WriteNote { conversation, text, random });
    }

    pub fn writes(&mut self, tab: usize, conversation: Option<ConversationId>, text: String) {
        let random = self.random.bytes();
        // Some messages of agents bring answers to press. Which is told from the text: no seed becomes another world.
        let asks = conversation
            .filter(|_| self.tabs[tab].person.side() == Side::Staff && text.as_bytes()[0].is_multiple_of(3));
        let _ = match asks {
            Some(conversation) => {
                let choices = vec![text.clone(), "no".to_owned()];
                self.give(tab, Input::WriteChoices { conversation, text, choices, random })
            }
            None => self.give(tab, Input::Write { conversation, text, random }),
        };
    }

    pub fn asks(&mut self, tab: usize, command: impl FnOnce(u32) -> AgentCommand) {
        let id = self.tabs[tab].session.new_id();
        let text = command(id).to_text();
        let _ = self.give(tab, Input::Ask { id, text });
    }

    /// Gives one input to a tab, and does what the session asks for.
    pub fn give(&mut self, tab: usize, input: Input) -> Result<(), NotTaken> {
        let now = self.tab_now(tab);
        let written = match &input {
            Input::Write { text, .. } => Some((text.clone(), None, false)),
            Input::WriteChoices { text, choices, .. } => Some((offering(text, choices), None, false)),
            Input::WriteNote { text, .. } => Some((text.clone(), None, true)),
            Input::SendFile { text, file, .. } => Some((text.clone(), Some(Id(file.id.0)), false)),
            _ => None,
        };
        let taken = self.tabs[tab].session.handle(now, input);
        if let (Ok(()), Some((text, file, note))) = (&taken, written) {
            // What was written last has the greatest id.
            let session = &self.tabs[tab].session;
            let drafts = session
                .conversations()
                .iter()
                .flat_map(|c| session.drafts(c.id).into_iter().map(|d| (d.cmid, c.id)));
            if let Some((cmid, conversation)) = drafts.max() {
                self.note_invoked(tab, (conversation, cmid), &text, file, note);
            }
        }
        let mut dirty = false;
        while let Some(effect) = self.tabs[tab].session.effect() {
            dirty |= matches!(effect, Effect::Changed(Changed::Conversation(_) | Changed::Conversations));
            self.carry_out(tab, effect);
        }
        let t = &self.tabs[tab];
        let past = BEGIN_MS + t.clock_ahead_ms;
        let deadline = t.session.deadline().map(|at| (at.0 - past).max(0) as u64);
        self.tabs[tab].deadline = deadline;
        if dirty {
            self.look_at_screen(tab);
        }
        taken
    }

    fn note_invoked(
        &mut self,
        tab: usize,
        (conversation, cmid): (ConversationId, Cmid),
        text: &str,
        file: Option<Id>,
        note: bool,
    ) {
        let t = &mut self.tabs[tab];
        t.written.push(cmid);
        let (client, author, lane, device) = (t.client, t.person.id(), t.lane, t.device);
        self.authors.insert(cmid, (device, text.into()));
        if self.tabs[tab].person.side() == Side::Visitor {
            self.visitors.entry(conversation).or_insert(author);
        }
        self.tell(|w| format!("{} writes {text} in {}", w.name(tab), w.short(conversation)));
        self.note(What::Invoke {
            client,
            conversation: Id(conversation.0),
            cmid: Id(cmid.0),
            author,
            lane,
            digest: digest_with(text, file),
            note,
        });
    }

    fn carry_out(&mut self, tab: usize, effect: Effect) {
        let life = self.tabs[tab].life;
        match effect {
            Effect::FetchTicket { link } => {
                let wait = self.random.between(1, self.latency_ms_max);
                self.later(wait, Event::Ticket { tab, life, link });
            }
            Effect::Connect { link } => {
                self.links_made += 1;
                let number = self.links_made;
                self.links.insert(number, Link::new(tab, life, link));
                self.tabs[tab].link = Some(number);
                let wait = self.random.between(1, self.latency_ms_max);
                self.later(wait, Event::Opens { link: number });
            }
            Effect::SendText { link, text } => {
                if let Some(number) = self.link_of(tab, link) {
                    self.transmit(number, Direction::Up, text);
                }
            }
            Effect::CloseSocket { link } => {
                if let Some(number) = self.link_of(tab, link) {
                    self.tabs[tab].link = None;
                    self.close_from_tab(number);
                }
            }
            Effect::SaveOutbox(row) => {
                if let Some(code) = row.refused {
                    let (client, cmid) = (self.tabs[tab].client, Id(row.cmid.0));
                    self.tell(|w| {
                        format!("{} is refused {}: {}", w.name(tab), w.text(row.cmid), code.text())
                    });
                    self.note(What::Refuse { client, cmid, code: code.text().into() });
                }
                if row.decided() {
                    self.tell_tabs(tab, Told::Row { row: Box::new(row.clone()), kept: false });
                }
                self.ask_storage(tab, Put::Row(Box::new(row)));
            }
            Effect::TellTabs(row) => self.tell_tabs(tab, Told::Row { row: Box::new(row), kept: false }),
            Effect::ForgetOutbox(cmid) => {
                self.ask_storage(tab, Put::Forget(cmid));
                self.tell_tabs(tab, Told::Forgotten(cmid));
            }
            Effect::SaveCache(id) => {
                if let Some(cached) = self.tabs[tab].session.cached(id) {
                    self.ask_storage(tab, Put::Cache(Box::new(cached)));
                }
            }
            Effect::ForgetCache(id) => self.ask_storage(tab, Put::ForgetCache(id)),
            Effect::SeekElection => self.seek_election(tab),
            Effect::Resign => self.resign(tab),
            Effect::Changed(Changed::Connection) => self.connection_changed(tab),
            Effect::Changed(_) | Effect::Answered { .. } => {}
            Effect::Unhandled(json) => self.hear_lists(tab, json),
        }
    }

    fn connection_changed(&mut self, tab: usize) {
        let t = &mut self.tabs[tab];
        match t.session.state() {
            State::Live { .. } => {
                let client = t.client;
                self.note(What::Resume { client });
            }
            _ => t.lists.disconnected(),
        }
    }

    fn hear_lists(&mut self, tab: usize, json: Json) {
        let Ok(frame) = DeskFrame::read(json) else { return };
        match self.tabs[tab].lists.apply(&frame) {
            FeedStep::Applied => self.later_now(tab, Input::FeedAt(self.tabs[tab].lists.position())),
            FeedStep::Missed => {
                let life = self.tabs[tab].life;
                self.later(0, Event::AsksForFeed { tab, life });
            }
            FeedStep::Other => {}
        }
    }

    /// What follows from an effect is given after all effects of the input are done.
    fn later_now(&mut self, tab: usize, input: Input) {
        let life = self.tabs[tab].life;
        self.later(0, Event::Given { tab, life, input: Box::new(input) });
    }

    fn link_of(&self, tab: usize, session_link: u32) -> Option<u32> {
        let number = self.tabs[tab].link?;
        (self.links.get(&number)?.number == session_link).then_some(number)
    }

    // What comes to it

    pub fn ticket(&mut self, tab: usize, link: u32) {
        let principal = self.tabs[tab].person.principal();
        let input = match &mut self.node {
            Some(node) if !node.draining => {
                let ticket = format!("{tab}-{}-{link}", self.tabs[tab].life);
                node.tickets.insert(ticket.clone(), principal);
                Input::Ticket { link, ticket }
            }
            _ => Input::TicketFailed { link, failure: TicketFailure::Later { retry_after_ms: 0 } },
        };
        let _ = self.give(tab, input);
    }

    pub fn opens(&mut self, number: u32) {
        if self.accept(number) {
            self.tab_hears(number, |link| Input::Opened { link });
        } else {
            self.tab_hears(number, |link| Input::Closed { link, code: 1006 });
        }
    }

    pub fn tab_hears(&mut self, number: u32, input: impl FnOnce(u32) -> Input) {
        let Some(link) = self.links.get(&number) else { return };
        let (tab, life, session_link) = (link.tab, link.life, link.number);
        if self.lives(tab, life) {
            let _ = self.give(tab, input(session_link));
        }
    }

    /// A frame has reached a tab. Pongs are the browser's own doing.
    pub fn tab_reads(&mut self, number: u32, text: String) {
        let Some(link) = self.links.get(&number) else { return };
        let (tab, life) = (link.tab, link.life);
        if !self.lives(tab, life) || self.tabs[tab].link != Some(number) {
            return;
        }
        if text.starts_with("{\"frame\":\"beat\"") {
            self.transmit(number, Direction::Up, String::new());
        }
        self.look_for_canaries(tab, &text);
        self.note_acks(tab, &text);
        self.show_blindly(tab, &text);
        self.tab_hears(number, |link| Input::Text { link, text });
    }

    /// No frame to a visitor may hold a note, or what another visitor wrote.
    fn look_for_canaries(&mut self, tab: usize, text: &str) {
        let t = &self.tabs[tab];
        let Person::Visitor { id, .. } = t.person else { return };
        let is_other = |person: &Person| matches!(person, Person::Visitor { id: other, .. } if *other != id);
        let others = self.devices.iter().filter_map(|device| device.person).filter(is_other);
        let others = others.filter_map(|other| other.canary());
        let mut canaries = others.chain([NOTE.to_owned()]);
        if let Some(canary) = canaries.find(|canary| text.contains(canary.as_str())) {
            let place = format!("a frame to client {}", t.client.0);
            self.note(What::Leaked { canary, place });
        }
    }

    fn note_acks(&mut self, tab: usize, text: &str) {
        if !text.starts_with("{\"frame\":\"acked\"") {
            return;
        }
        let Ok(Frame::Acked { conversation, epoch, acks, .. }) = Frame::from_text(text) else { return };
        let (client, side) = (self.tabs[tab].client, history_side(self.tabs[tab].person.side()));
        for ack in acks {
            self.unanswered.remove(&ack.cmid);
            self.tell(|w| {
                let (text, place) = (w.text(ack.cmid), w.short(conversation));
                format!("{} is told that {text} stands at {} of {place}", w.name(tab), ack.seq.0)
            });
            self.note(What::Ack {
                client,
                conversation: Id(conversation.0),
                cmid: Id(ack.cmid.0),
                epoch: Id(epoch.0),
                side,
                seq: ack.seq.0,
            });
        }
    }
}

pub fn history_side(side: Side) -> crate::history::Side {
    match side {
        Side::Visitor => crate::history::Side::Visitor,
        Side::Staff => crate::history::Side::Staff,
    }
}
