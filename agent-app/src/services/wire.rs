//! The wire: drives the session of an agent, and says in `DeskAction`s what screens have to know. It decides only which
//! conversations are followed; everything about messages is the session's.

mod keeping;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use deskbell_shared::browser::{Config, Driver, Store, agent_ticket};
use deskbell_shared::codec::{Json, Wire as Codec};
use deskbell_shared::model::{
    AgentId, Availability, Cmid, ConversationId, Feed, FileView, Role, Seq, Side, Status, Summary, UnixMillis,
};
use deskbell_shared::protocol::{AgentCommand, Attention, Command, DeskFrame, Me, RefusalCode};
use deskbell_shared::session::long_list::{RowChange, signed};
use deskbell_shared::session::{
    Answer, Changed, Connection, FeedStep, Input, ListFeed, LongList, NotTaken, Stop,
};
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

use super::clock::{self, Ticking};
use super::dom::window;
use super::drafts::{self, Slot};
use crate::route::Narrow;
use crate::shown::filed::{FileDeed, outcome_in};
use crate::shown::transfer::To;
use crate::shown::{called, snapshot};
use crate::state::bulk::{Act, Bulk, STEP_MS};
use crate::state::desk::{Calling, DeskAction, Line, Rows};
use crate::state::map::{Map, Set};
use crate::state::team::InboxDesk;
use crate::text::{t, tn};
use keeping::Keeping;

/// Conversations of mine that are followed without being open, so that the visitor's marks and typing are true and
/// switching takes no time. Below `RESUME_MAX`, so that one hello resumes them all.
const FOLLOWED_MAX: usize = 40;

/// What a command that was asked was about.
enum Asked {
    Claim(ConversationId),
    /// Putting aside, taking back, taking up again.
    Deed,
    /// Other words for a message: where one wrote them, and the words.
    Edit(Slot, String),
    Transfer(ConversationId),
    Choice,
    List(u32),
    Attention,
    /// What is written somewhere, to be kept.
    Draft(Slot),
    /// One step of a deed for many.
    Step,
}

/// The wire of one agent in this tab.
pub struct Wire {
    driver: Driver,
    me: AgentId,
    role: Role,
    tell: Callback<DeskAction>,
    ended: Callback<()>,
    other_role: Callback<()>,
    lists: RefCell<ListFeed>,
    /// Whether the lists were confirmed on the present connection.
    is_fresh: Cell<bool>,
    asked: RefCell<Map<u32, Asked>>,
    open: Cell<Option<ConversationId>>,
    /// What I do, and where; and of that what colleagues were told on the present connection.
    attention: Cell<Option<(ConversationId, Attention)>>,
    attention_told: Cell<Option<(ConversationId, Attention)>>,
    followed: RefCell<Set<ConversationId>>,
    rows: RefCell<Map<ConversationId, Rows>>,
    /// The open conversations when they were told last.
    told: RefCell<LongList>,
    /// Of those what I have, by their arrival.
    mine: RefCell<LongList>,
    /// What I have passed on myself.
    given: RefCell<Set<ConversationId>>,
    /// A deed for many that is under way, and its next step.
    bulk: RefCell<Option<Bulk>>,
    /// What was resolved of those that the last deed for many was about, as it was told last.
    ended_of_bulk: RefCell<Map<ConversationId, Summary>>,
    stepping: RefCell<Option<Ticking>>,
    /// What the lists are narrowed to, and how often they were: an answer for lists before is none any more.
    narrow: Cell<(Narrow, u32)>,
    /// Where the resolved conversations shown so far end.
    resolved_before: Cell<Option<Feed>>,
    revision: Cell<u64>,
    keeping: Keeping,
}

impl Wire {
    /// Connects. `tell` hears what changes, `ended` that the session of this agent is over, `other_role` that they have
    /// another role than this one.
    pub fn start(
        (me, role): (AgentId, Role),
        tell: Callback<DeskAction>,
        ended: Callback<()>,
        other_role: Callback<()>,
    ) -> Rc<Wire> {
        let wire = Rc::new_cyclic(|weak: &Weak<Wire>| {
            let (changed, frame, answered) = (weak.clone(), weak.clone(), weak.clone());
            let driver = Driver::start(Config {
                side: Side::Staff,
                store: store_name(me),
                socket: socket_address(),
                fetch_ticket: Rc::new(|_| Box::pin(agent_ticket("/api/ticket"))),
                on_change: Rc::new(move |what| with(&changed, |wire| wire.changed(what))),
                on_frame: Rc::new(move |json| with(&frame, |wire| wire.frame(json))),
                on_answer: Rc::new(move |id, answer| with(&answered, |wire| wire.answered(id, answer))),
            });
            Wire {
                driver,
                me,
                role,
                tell,
                ended,
                other_role,
                lists: RefCell::default(),
                is_fresh: Cell::new(false),
                asked: RefCell::default(),
                open: Cell::new(None),
                attention: Cell::new(None),
                attention_told: Cell::new(None),
                followed: RefCell::default(),
                rows: RefCell::default(),
                told: RefCell::default(),
                mine: RefCell::default(),
                given: RefCell::default(),
                bulk: RefCell::default(),
                ended_of_bulk: RefCell::default(),
                stepping: RefCell::default(),
                narrow: Cell::default(),
                resolved_before: Cell::new(None),
                revision: Cell::new(0),
                keeping: Keeping::restored(),
            }
        });
        // The first hello asks for the lists only when it is told where they stand.
        let position = wire.lists.borrow().position();
        wire.say(Input::FeedAt(position));
        wire.tell_drafts(false);
        wire
    }

    /// Ends it.
    pub fn close(&self) {
        self.driver.close();
    }

    /// Tells anew how the connection is: a countdown has moved on.
    pub fn tell_line(&self) {
        let line = self.driver.with(|session, now| Line {
            connection: session.connection(now),
            is_offline: session.offline(),
            is_at_risk: session.unsent_in_memory(),
            is_catching_up: session.catching_up() || !self.is_fresh.get(),
            ahead_ms: session.server_now(now).0 - now.0,
        });
        self.tell.emit(DeskAction::Line(line));
    }

    /// Which conversation is open on the screen.
    pub fn open(&self, id: Option<ConversationId>) {
        self.open.set(id);
        self.follow();
        if let Some(id) = id {
            self.tell_talk(id);
        }
    }

    /// What I do at a conversation, which colleagues are shown; `None`: I am at none.
    pub fn attend(self: &Rc<Self>, what: Option<(ConversationId, Attention)>) {
        self.attention.set(what);
        // Whoever leaves one for another is at the other in the same moment.
        self.later(Wire::tell_attention);
    }

    /// Not before a conversation is read: the server tells those only of whom it knows that they may.
    fn tell_attention(&self) {
        let (now, told) = (self.attention.get(), self.attention_told.get());
        let Some((conversation, _)) = now.or(told).filter(|_| now != told) else { return };
        let attention = now.map(|(_, attention)| attention);
        let is_read = self.driver.with(|session, _| {
            let talk = session.conversation(conversation);
            talk.is_some_and(|talk| talk.view().is_some() && !talk.catching_up())
        });
        if attention.is_some() && !is_read {
            return;
        }
        if let Ok(id) = self.driver.ask(|id| AgentCommand::Attend { id, conversation, attention }) {
            self.asked.borrow_mut().insert(id, Asked::Attention);
            self.attention_told.set(now);
        }
    }

    /// Writes a message, with answers to press where there are some.
    pub fn write(&self, id: ConversationId, text: &str, choices: Vec<String>) -> Result<(), NotTaken> {
        match choices.is_empty() {
            true => self.driver.write(Some(id), text),
            false => self.driver.write_choices(id, text, choices),
        }
    }

    /// Sends a file that the server has.
    pub fn send_file(&self, id: ConversationId, file: FileView) -> Result<(), NotTaken> {
        self.driver.send_file(Some(id), file)
    }

    /// Takes a conversation.
    pub fn claim(&self, id: ConversationId) {
        let Some(version) = self.version(id) else { return };
        match self.driver.ask(|command| AgentCommand::Claim { id: command, conversation: id, version }) {
            Ok(command) => {
                self.asked.borrow_mut().insert(command, Asked::Claim(id));
                self.tell.emit(DeskAction::Claiming(id, true));
            }
            Err(_) => self.tell.emit(DeskAction::Say(t("claim.not_live"))),
        }
    }

    /// Does not take what is offered to me.
    pub fn decline(&self, conversation: ConversationId) {
        self.deed(|id| AgentCommand::Decline { id, conversation });
    }

    /// Passes a conversation on.
    pub fn transfer(&self, conversation: ConversationId, to: To, note: String) {
        let Some(version) = self.version(conversation) else { return };
        let (agent, inbox) = to.either();
        let note = Some(note).filter(|note| !note.trim().is_empty());
        let asked =
            self.driver.ask(|id| AgentCommand::Transfer { id, conversation, version, agent, inbox, note });
        match asked {
            Ok(command) => {
                self.asked.borrow_mut().insert(command, Asked::Transfer(conversation));
                self.given.borrow_mut().insert(conversation, ());
                self.tell.emit(DeskAction::Claiming(conversation, true));
            }
            Err(_) => self.tell.emit(DeskAction::Say(t("availability.not_live"))),
        }
    }

    /// Chooses about getting conversations.
    pub fn choose(&self, availability: Availability, capacity: Option<u32>) {
        match self.driver.ask(|id| AgentCommand::SetAvailability { id, availability, capacity }) {
            Ok(command) => {
                self.asked.borrow_mut().insert(command, Asked::Choice);
            }
            Err(_) => self.tell.emit(DeskAction::Say(t("availability.not_live"))),
        }
    }

    /// The newest assignment version seen of a conversation.
    fn version(&self, id: ConversationId) -> Option<u32> {
        let listed = self
            .lists
            .borrow()
            .find(id)
            .map(|row| (row.conversation.head, row.conversation.assignment_version));
        let watched = self.driver.with(|session, _| {
            session
                .conversation(id)
                .and_then(|talk| talk.view())
                .map(|view| (view.head, view.assignment_version))
        });
        listed.max(watched).map(|(_, version)| version)
    }

    /// What is known of a conversation that a deed for many is about.
    fn row(&self, id: ConversationId) -> Option<Summary> {
        let listed = self.lists.borrow().find(id).cloned();
        let mut row = listed.or_else(|| self.ended_of_bulk.borrow().get(&id).cloned())?;
        self.driver.with(|session, _| {
            let view = session.conversation(id).and_then(|talk| talk.view());
            if let Some(view) = view.filter(|view| view.head >= row.conversation.head) {
                row.conversation = view.clone();
            }
        });
        Some(row)
    }

    /// Notes that the visitor was answered by e-mail, by hand.
    pub fn note_mailed(&self, conversation: ConversationId) {
        self.deed(|id| AgentCommand::NoteMailed { id, conversation });
    }

    /// Writes for staff only.
    pub fn write_note(&self, id: ConversationId, text: &str) -> Result<(), NotTaken> {
        self.driver.write_note(id, text)
    }

    /// Puts other words into a message or a note.
    pub fn edit(
        &self,
        conversation: ConversationId,
        message: Cmid,
        is_note: bool,
        text: String,
    ) -> Result<(), NotTaken> {
        let words = text.clone();
        let id = self.driver.ask(|id| Command::Edit { id, conversation, message, text })?;
        self.asked.borrow_mut().insert(id, Asked::Edit((conversation, is_note), words));
        Ok(())
    }

    /// Takes a message or a note back.
    pub fn withdraw(&self, conversation: ConversationId, message: Cmid) {
        self.deed(|id| Command::Withdraw { id, conversation, message });
    }

    /// Puts a conversation aside until an instant, or with none takes it back.
    pub fn snooze(&self, conversation: ConversationId, until: Option<UnixMillis>) {
        self.deed(|id| match until {
            Some(until) => AgentCommand::Snooze { id, conversation, until },
            None => AgentCommand::Wake { id, conversation },
        });
    }

    /// Files a conversation.
    pub fn file(&self, conversation: ConversationId, deed: FileDeed) {
        match deed {
            FileDeed::Tag(tag, on) => self.deed(|id| AgentCommand::Tag { id, conversation, tag, on }),
            FileDeed::Priority(priority) => {
                self.deed(|id| AgentCommand::SetPriority { id, conversation, priority });
            }
            FileDeed::WrapUp(outcome) => {
                self.deed(|id| AgentCommand::WrapUp { id, conversation, outcome });
            }
            // It waits in the outbox as any note does.
            FileDeed::Note(text) => {
                if self.write_note(conversation, &text).is_err() {
                    self.tell.emit(DeskAction::Say(t("list.not_live")));
                }
            }
        }
    }

    /// Takes up a resolved conversation again.
    pub fn reopen(&self, conversation: ConversationId) {
        self.deed(|id| AgentCommand::Reopen { id, conversation });
    }

    fn deed<C: Codec>(&self, command: impl FnOnce(u32) -> C) {
        match self.driver.ask(command) {
            Ok(id) => {
                self.asked.borrow_mut().insert(id, Asked::Deed);
            }
            Err(_) => self.tell.emit(DeskAction::Say(t("list.not_live"))),
        }
    }

    /// Narrows the lists; those resolved are asked for anew.
    pub fn narrow(&self, narrow: Narrow) {
        let (before, number) = self.narrow.get();
        if before != narrow {
            self.narrow.set((narrow, number + 1));
            self.resolved_before.set(None);
            self.tell.emit(DeskAction::Narrow(narrow));
        }
    }

    /// Asks for further resolved conversations.
    pub fn list_resolved(&self) {
        let before = self.resolved_before.get();
        let (Narrow { tag, priority }, number) = self.narrow.get();
        match self.driver.ask(|id| AgentCommand::List { id, before, tag, priority }) {
            Ok(id) => {
                self.asked.borrow_mut().insert(id, Asked::List(number));
            }
            Err(_) => self.tell.emit(DeskAction::Say(t("list.not_live"))),
        }
    }

    /// Says something that has no reply worth waiting for.
    pub fn say(&self, input: Input) {
        let _ = self.driver.intent(input);
    }

    /// Sends a refused message again.
    pub fn retry(&self, cmid: Cmid) {
        if self.driver.retry(cmid).is_err() {
            self.tell.emit(DeskAction::Say(t("progress.retry_failed")));
        }
    }

    /// Rows up to this one were on screen.
    pub fn seen(&self, conversation: ConversationId, read: Seq) {
        self.say(Input::Seen { conversation, read });
    }

    fn changed(self: &Rc<Self>, what: Changed) {
        match what {
            Changed::Connection => {
                let connection = self.driver.with(|session, now| session.connection(now));
                if connection != Connection::Live {
                    self.lists.borrow_mut().disconnected();
                    self.is_fresh.set(false);
                    self.attention_told.set(None);
                }
                self.follow_drafts(connection);
                self.tell_line();
                let is_other = |me: &Me| matches!(me, Me::Agent { role, .. } if *role != self.role);
                if connection == Connection::Live
                    && self.driver.with(|session, _| session.me().is_some_and(is_other))
                {
                    self.other_role.emit(());
                }
                if connection == (Connection::Stopped { why: Stop::SignedOut }) {
                    self.ended.emit(());
                }
            }
            Changed::Conversation(id) | Changed::Typing(id) => {
                if self.followed.borrow().has(&id) || self.open.get() == Some(id) {
                    self.tell_talk(id);
                    self.tell_line();
                }
                if self.attention.get() != self.attention_told.get() {
                    self.later(Wire::tell_attention);
                }
                self.messages_moved();
            }
            Changed::Conversations | Changed::Service => {}
        }
    }

    fn frame(self: &Rc<Self>, json: Json) {
        // A frame of a newer server that this desk does not know is no reason to stop.
        let Ok(frame) = DeskFrame::read(json) else { return };
        let step = self.lists.borrow_mut().apply(&frame);
        match step {
            FeedStep::Applied => {
                self.tell_ended(&frame);
                if matches!(&frame, DeskFrame::FeedPage { more: false, .. }) {
                    self.is_fresh.set(true);
                    self.tell_line();
                }
                self.tell_lists();
                let position = self.lists.borrow().position();
                self.later(move |wire| {
                    wire.say(Input::FeedAt(position));
                    wire.follow();
                });
            }
            FeedStep::Missed => {
                let after = self.lists.borrow().position();
                self.is_fresh.set(false);
                self.later(move |wire| {
                    let _ = wire.driver.ask(|id| AgentCommand::Feed { id, after });
                });
            }
            FeedStep::Other => self.other(frame),
        }
    }

    /// What has been resolved leaves the lists of open ones; where the resolved ones are shown, it comes there.
    fn tell_ended(&self, frame: &DeskFrame) {
        let rows = match frame {
            DeskFrame::ConversationChanged { summary, .. } => std::slice::from_ref(summary),
            DeskFrame::FeedPage { rows, .. } => rows,
            _ => return,
        };
        let ended = rows.iter().filter(|row| row.conversation.status == Status::Resolved);
        let ended: Vec<Summary> = ended.cloned().collect();
        if let Some(bulk) = self.bulk.borrow().as_ref() {
            for row in ended.iter().filter(|row| bulk.is_about(row.conversation.id)) {
                self.ended_of_bulk.borrow_mut().insert(row.conversation.id, row.clone());
            }
        }
        if !ended.is_empty() {
            self.tell.emit(DeskAction::Ended(ended));
        }
    }

    fn other(self: &Rc<Self>, frame: DeskFrame) {
        match frame {
            DeskFrame::ListPage { id, rows, more } => {
                let asked = self.asked.borrow_mut().remove(&id);
                if !matches!(asked, Some(Asked::List(number)) if number == self.narrow.get().1) {
                    return;
                }
                if let Some(last) = rows.last() {
                    self.resolved_before.set(Some(last.feed));
                }
                self.tell.emit(DeskAction::Resolved(rows, more));
            }
            DeskFrame::Desk { inbox, name, queue, colleagues, offers, answer_minutes, outcomes } => {
                let offers = offers.unwrap_or_default();
                let outcomes = outcomes == Some(true);
                let desk = InboxDesk { name, queue, colleagues, offers, answer_minutes, outcomes };
                self.tell.emit(DeskAction::Inbox(inbox, Box::new(desk)));
            }
            DeskFrame::Attended { conversation, mut agents } => {
                agents.retain(|one| one.agent.id != self.me);
                self.tell.emit(DeskAction::Attended(conversation, agents));
            }
            DeskFrame::Drafts { reset, drafts, more } => self.take_drafts(reset, drafts, more),
            DeskFrame::SiteChanged { site } => self.tell.emit(DeskAction::Site(Box::new(site))),
            _ => {}
        }
    }

    /// Does something to many conversations, one after the other. One such deed at a time.
    pub fn bulk(self: &Rc<Self>, bulk: Bulk) {
        if self.bulk.borrow().as_ref().is_none_or(Bulk::is_over) {
            if !bulk.is_undo {
                self.ended_of_bulk.borrow_mut().clear();
            }
            self.bulk.replace(Some(bulk));
            self.tell_bulk();
            self.step();
        }
    }

    /// Sends the next step.
    fn step(self: &Rc<Self>) {
        let Some(step) = self.bulk.borrow().as_ref().and_then(|bulk| bulk.next().cloned()) else { return };
        let conversation = step.id;
        // Others go on meanwhile: a step is for what it was chosen as, not for what has become of it.
        let row = self.row(conversation);
        if !self.bulk.borrow_mut().as_mut().is_some_and(|bulk| bulk.begin(row.as_ref(), self.me)) {
            return self.stepped(Some(false));
        }
        let asked = match step.act {
            Act::Resolve => self.driver.ask(|id| Command::Resolve { id, conversation }),
            Act::WrapUp(outcomes) => {
                let outcome = row.and_then(|row| outcome_in(&outcomes, row.conversation.inbox));
                self.driver.ask(|id| AgentCommand::WrapUp { id, conversation, outcome })
            }
            act => {
                // Only of what I have and a colleague gets would I be told that it was taken from me.
                let is_mine = row.as_ref().is_some_and(|row| row.conversation.is_with(self.me));
                if is_mine && matches!(act, Act::Give(To::Agent(_), _)) {
                    self.given.borrow_mut().insert(conversation, ());
                }
                let version = row.map_or(0, |row| row.conversation.assignment_version);
                self.driver.ask(|id| match act {
                    Act::Snooze(until) => AgentCommand::Snooze { id, conversation, until },
                    Act::Wake(_) => AgentCommand::Wake { id, conversation },
                    Act::Resolve | Act::WrapUp(_) | Act::Reopen => AgentCommand::Reopen { id, conversation },
                    Act::Claim | Act::TakeBack(_) => AgentCommand::Claim { id, conversation, version },
                    Act::Give(to, note) => {
                        let (agent, inbox) = to.either();
                        let note = Some(note).filter(|note| !note.trim().is_empty());
                        AgentCommand::Transfer { id, conversation, version, agent, inbox, note }
                    }
                })
            }
        };
        match asked {
            Ok(id) => {
                self.asked.borrow_mut().insert(id, Asked::Step);
            }
            Err(_) => self.stepped(None),
        }
    }

    /// The step was done, or not; `None`: there is no connection to do it over.
    fn stepped(self: &Rc<Self>, is_done: Option<bool>) {
        if let Some(bulk) = self.bulk.borrow_mut().as_mut() {
            if let (Some(step), Some(false) | None) = (bulk.next(), is_done) {
                self.given.borrow_mut().remove(&step.id);
            }
            match is_done {
                Some(is_done) => bulk.stepped(is_done),
                None => bulk.lose(),
            }
        }
        self.tell_bulk();
        self.step_in(STEP_MS);
    }

    fn step_in(self: &Rc<Self>, wait_ms: i32) {
        let weak = Rc::downgrade(self);
        let next = clock::after(wait_ms, move || with(&weak, Wire::step));
        self.stepping.replace(Some(next));
    }

    fn tell_bulk(&self) {
        let bulk = self.bulk.borrow().clone();
        if let Some(bulk) = bulk {
            self.tell.emit(DeskAction::Bulk(Box::new(bulk)));
        }
    }

    fn answered(self: &Rc<Self>, id: u32, answer: Answer) {
        let Some(asked) = self.asked.borrow_mut().remove(&id) else {
            // What the session asked for by itself, and somebody has to say more.
            if let Answer::Refused { code: code @ RefusalCode::OutcomeNeeded, .. } = answer {
                self.tell.emit(DeskAction::Say(said_code(code)));
            }
            return;
        };
        if let Asked::Step = asked {
            return match answer {
                Answer::Done => self.stepped(Some(true)),
                Answer::Refused { code: RefusalCode::RateLimited, retry_after_ms } => {
                    self.step_in(retry_after_ms.unwrap_or(1000).min(60_000) as i32);
                }
                Answer::Refused { .. } => self.stepped(Some(false)),
                Answer::Lost => self.stepped(None),
            };
        }
        if let Asked::Draft(slot) = asked {
            return self.saved(slot, answer);
        }
        let said = match (&asked, &answer) {
            (Asked::Transfer(_), Answer::Done) => Some(t("transfer.done")),
            (_, Answer::Done) => None,
            (Asked::Claim(_), Answer::Refused { code: RefusalCode::Conflict, .. }) => {
                Some(t("claim.conflict"))
            }
            (Asked::Claim(_), Answer::Refused { code, .. }) => {
                Some(tn("claim.refused", &[("why", &said_code(*code))]))
            }
            (Asked::Transfer(_), Answer::Refused { code, .. }) => Some(match code {
                RefusalCode::NotAllowed => t("transfer.unverified"),
                code => tn("transfer.refused", &[("why", &said_code(*code))]),
            }),
            (Asked::Transfer(_), Answer::Lost) => Some(t("transfer.lost")),
            (Asked::Choice, Answer::Refused { code, .. }) => {
                Some(tn("availability.refused", &[("why", &said_code(*code))]))
            }
            (Asked::Choice, Answer::Lost) => Some(t("availability.not_live")),
            (Asked::Claim(_), Answer::Lost) => Some(t("claim.lost")),
            (Asked::Deed | Asked::Edit(..), Answer::Refused { code, .. }) => {
                Some(tn("deed.refused", &[("why", &said_code(*code))]))
            }
            (Asked::Deed | Asked::Edit(..), Answer::Lost) => Some(t("deed.lost")),
            (Asked::List(_), _) => Some(t("list.not_live")),
            // Said again when something happens there.
            (Asked::Attention, _) => {
                self.attention_told.set(None);
                None
            }
            (Asked::Step | Asked::Draft(_), _) => None,
        };
        if let Asked::Claim(id) | Asked::Transfer(id) = asked {
            self.tell.emit(DeskAction::Claiming(id, false));
        }
        // What was not taken is not lost: it may be sent as a message of its own.
        if let (Asked::Edit(slot, words), Answer::Refused { .. }) = (&asked, &answer) {
            let there = drafts::kept(*slot);
            let glue = if there.is_empty() { "" } else { "\n" };
            drafts::keep(*slot, [words, glue, &there].concat());
            self.written(*slot);
        }
        if let (Asked::Transfer(id), false) = (&asked, answer == Answer::Done) {
            self.given.borrow_mut().remove(id);
        }
        if let Some(said) = said {
            self.tell.emit(DeskAction::Say(said));
        }
    }

    fn tell_lists(&self) {
        let (rows, is_listed) = {
            let lists = self.lists.borrow();
            (lists.rows().clone(), !lists.loading())
        };
        let told = self.told.replace(rows.clone());
        for calling in self.keep_mine(told.changes(&rows)) {
            self.tell.emit(DeskAction::Call(calling));
        }
        self.tell.emit(DeskAction::Lists(rows, is_listed));
    }

    /// Keeps what I have in step, and says what of it a colleague has taken.
    fn keep_mine(&self, changes: Vec<RowChange>) -> Vec<Calling> {
        let (mut mine, mut given) = (self.mine.borrow_mut(), self.given.borrow_mut());
        let is_mine = |row: &&Rc<Summary>| row.conversation.is_with(self.me);
        let arrival = |row: &Summary| signed(row.conversation.arrived_at.0);
        let mut calls = Vec::new();
        for (before, after) in &changes {
            let was = before.as_ref().filter(is_mine);
            if let Some(row) = was {
                mine.take(arrival(row), row.conversation.id);
            }
            if let Some(row) = after.as_ref().filter(is_mine) {
                mine.put(arrival(row), Rc::clone(row));
            }
            if let (Some(was), Some(row)) = (was, after)
                && let Some(calling) = called::taken(row, self.me)
                && given.remove(&was.conversation.id).is_none()
            {
                calls.push(calling);
            }
        }
        calls
    }

    fn tell_talk(&self, id: ConversationId) {
        self.revision.set(self.revision.get() + 1);
        let mut rows = self.rows.borrow_mut();
        let rows = rows.get_or(id, Rows::default);
        let last = rows.last().map(|row| row.seq);
        let talk = self.driver.with(|session, _| snapshot::talk(session, id, rows, self.revision.get()));
        if let Some(talk) = talk {
            for calling in called::whispered(&talk, id, last, self.me) {
                self.tell.emit(DeskAction::Call(calling));
            }
            self.tell.emit(DeskAction::Talk(id, Box::new(talk)));
        }
    }

    /// Follows what is open and what is mine, and nothing else.
    fn follow(&self) {
        let mut wanted = Set::new();
        {
            let mine = self.mine.borrow();
            for row in mine.range(mine.len().saturating_sub(FOLLOWED_MAX)..mine.len()) {
                wanted.insert(row.conversation.id, ());
            }
        }
        if let Some(id) = self.open.get() {
            wanted.insert(id, ());
        }
        let before = self.followed.replace(wanted.clone());
        for id in before.keys().filter(|id| !wanted.has(id)) {
            self.say(Input::Unwatch { conversation: *id });
            self.rows.borrow_mut().remove(id);
            self.tell.emit(DeskAction::Unfollowed(*id));
        }
        for id in wanted.keys().filter(|id| !before.has(id)) {
            self.say(Input::Watch { conversation: *id });
            self.tell_talk(*id);
        }
    }

    /// Does something once the session is done with what it is at.
    fn later(self: &Rc<Self>, call: impl FnOnce(&Wire) + 'static) {
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            if let Some(wire) = weak.upgrade() {
                call(&wire);
            }
        });
    }
}

/// Forgets what this browser has stored for an agent: they signed out.
pub async fn forget(me: AgentId) {
    Store::forget(&store_name(me)).await;
}

/// A refusal in words.
pub fn said_code(code: RefusalCode) -> String {
    t(&["trouble.", code.text()].concat())
}

fn with(weak: &Weak<Wire>, call: impl FnOnce(&Rc<Wire>)) {
    if let Some(wire) = weak.upgrade() {
        call(&wire);
    }
}

fn store_name(me: AgentId) -> String {
    ["desk-", &me.to_hex()].concat()
}

fn socket_address() -> String {
    let location = window().location();
    let is_secure = location.protocol().is_ok_and(|protocol| protocol == "https:");
    let host = location.host().unwrap_or_default();
    [if is_secure { "wss://" } else { "ws://" }, &host, "/ws"].concat()
}
