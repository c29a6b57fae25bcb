//! The chat of one site: the session's driver, and the few things the screen may ask of it.
//!
//! What the visitor was writing but had not sent is kept here too, beside the outbox: the session knows messages only.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use deskbell_shared::browser::{Config, Driver, Store, visitor_ticket};
use deskbell_shared::model::id::{Cmid, ConversationId, InboxId, Seq};
use deskbell_shared::model::message::{Author, Edits, Entry, EntryBody, FileView, Side};
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::model::visitor::{About, PageView};
use deskbell_shared::protocol::api::FrameSite;
use deskbell_shared::protocol::{Command, RefusalCode};
use deskbell_shared::session::{Answer, Conversation, Input, NotTaken, Session, TicketFailure};

use super::document::{self, Locale};
use crate::state::whom::Whom;
use crate::state::words::Words;

/// The chat. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct ChatService {
    driver: Driver,
    site: Rc<FrameSite>,
    place: Rc<Cell<Place>>,
    /// The edit that was asked for last, or the withdrawal, which has no words.
    changing: Rc<RefCell<Option<(u32, String)>>>,
}

/// Where the visitor is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// In the conversation that a new message belongs to, or, before there is one, at the welcome.
    #[default]
    Newest,
    /// At the welcome: they have left the last conversation behind, and not yet written into the next.
    Home,
    /// In one of their own choice.
    In(ConversationId),
    /// With an inbox of their own choice: in the conversation that is open there, or before it.
    With(InboxId),
}

impl ChatService {
    /// Opens the storage and connects. `onchange` is called whenever there is something new to show.
    pub fn open(site: &FrameSite, onchange: impl Fn() + 'static) -> ChatService {
        let mut ticket = String::from("/w/");
        ticket.push_str(&site.key);
        ticket.push_str("/ticket");
        let changing = Rc::<RefCell<Option<(u32, String)>>>::default();
        let changed = changing.clone();
        let driver = Driver::start(Config {
            side: Side::Visitor,
            store: site.key.clone(),
            socket: document::socket_address(),
            fetch_ticket: Rc::new(move |store: Store| {
                let ticket = ticket.clone();
                Box::pin(async move {
                    let got = visitor_ticket(&ticket, &store, document::page()).await;
                    if let Err(TicketFailure::SignedOut) = got {
                        document::signed_out();
                    }
                    document::hold_token(store.token().await);
                    got
                })
            }),
            on_change: Rc::new(move |_| onchange()),
            on_frame: Rc::new(|_| {}),
            on_answer: Rc::new(move |id, answer| {
                let change = changed.borrow_mut().take_if(|(asked, _)| *asked == id);
                let Answer::Refused { code, .. } = answer else { return };
                let Some((_, words)) = change else {
                    // An address is all else that is asked of the server this way.
                    return document::address_refused();
                };
                document::problem(&Locale.text(match code {
                    RefusalCode::TooLate => "edit_late",
                    RefusalCode::Blocked => "refused_blocked",
                    _ => "edit_refused",
                }));
                // It may be sent as a message of its own.
                if !words.is_empty() {
                    document::write_back(&words);
                }
            }),
        });
        ChatService { driver, site: Rc::new(site.clone()), changing, place: Rc::default() }
    }

    /// Looks at the session and the conversation that is on screen.
    pub fn look<R>(&self, look: impl FnOnce(&Session, Option<&Conversation>, UnixMillis) -> R) -> R {
        self.driver.with(|session, now| look(session, self.here(session), now))
    }

    /// The conversation that is on screen. Out of line: it is looked at in many ways, and each would have its own.
    #[inline(never)]
    fn here<'a>(&self, session: &'a Session) -> Option<&'a Conversation> {
        let place = self.place.get();
        let current = match place {
            Place::Newest => session.current(),
            Place::Home => None,
            Place::In(id) => Some(id),
            Place::With(inbox) => session.current_in(Some(inbox)),
        };
        let found = session.conversation(current?)?;
        // With one that is over nothing is begun.
        (found.is_open() || !matches!(place, Place::With(_))).then_some(found)
    }

    /// The inbox that was chosen for the next conversation.
    pub fn chosen(&self) -> Option<InboxId> {
        match self.place.get() {
            Place::With(inbox) => Some(inbox),
            _ => None,
        }
    }

    /// Where there are several inboxes to choose from, the visitor stays where they are, whatever comes up elsewhere and wherever
    /// it is passed on.
    pub fn stay(&self, conversation: ConversationId) {
        self.place.set(Place::In(conversation));
    }

    /// Writes into the conversation on screen, or begins one. On `Err` the text is still the caller's.
    pub fn write(&self, text: &str) -> Result<(), NotTaken> {
        self.driver.write(self.addressed()?, text)?;
        self.sent();
        Ok(())
    }

    /// Sends a file that the server has.
    pub fn send_file(&self, file: FileView) -> Result<(), NotTaken> {
        self.driver.send_file(self.addressed()?, file)?;
        self.sent();
        Ok(())
    }

    /// Where what is sent now goes; the session is told for which inbox. Where that is yet to be chosen, it stays with the
    /// caller.
    fn addressed(&self) -> Result<Option<ConversationId>, NotTaken> {
        let (current, inbox, is_asked) = self.look(|session, current, _| {
            let whom = Whom::of(&self.site, session, current, self.chosen());
            // One that it was passed on to is not always one to begin in.
            let inbox = whom.inbox.filter(|_| whom.name(whom.inbox).is_some());
            (current.map(|it| it.id), inbox, whom.is_asked() && current.is_none())
        });
        self.say(Input::Choose(inbox));
        if is_asked { Err(NotTaken::Empty) } else { Ok(current) }
    }

    fn sent(&self) {
        // Among several inboxes the newest conversation may be with somebody else.
        if self.site.inboxes.is_empty() || self.place.get() == Place::Home {
            self.place.set(Place::Newest);
        }
    }

    /// Says how the conversation on screen was.
    pub fn rate(&self, score: u32, comment: Option<String>) -> Result<(), NotTaken> {
        let current = self.look(|_, current, _| current.map(|it| it.id)).ok_or(NotTaken::Unknown)?;
        self.driver.ask(|id| Command::Rate { id, conversation: current, score, comment }).map(drop)
    }

    /// What a message of the visitor says now, and whether a file came with it.
    pub fn written(&self, cmid: Cmid) -> Option<(String, bool)> {
        self.look(|_, current, _| {
            let rows = current?.rows();
            let row = rows.iter().find(|row| is_own(row, cmid))?;
            let EntryBody::Message { text, file, .. } = &row.body else { return None };
            Some((Edits::among(rows).of(row).unwrap_or(text).to_owned(), file.is_some()))
        })
    }

    /// Puts other words into a message that was sent.
    pub fn edit(&self, message: Cmid, text: String) -> Result<(), NotTaken> {
        self.change(text.clone(), |id, conversation| Command::Edit { id, conversation, message, text })
    }

    /// Takes a message back.
    pub fn withdraw(&self, message: Cmid) -> Result<(), NotTaken> {
        self.change(String::new(), |id, conversation| Command::Withdraw { id, conversation, message })
    }

    fn change(
        &self,
        words: String,
        command: impl FnOnce(u32, ConversationId) -> Command,
    ) -> Result<(), NotTaken> {
        let current = self.look(|_, current, _| current.map(|it| it.id)).ok_or(NotTaken::Unknown)?;
        let id = self.driver.ask(|id| command(id, current))?;
        *self.changing.borrow_mut() = Some((id, words));
        Ok(())
    }

    /// The visitor's newest message on screen, sent or not.
    pub fn last_written(&self) -> Option<(Cmid, String)> {
        self.look(|session, current, _| {
            let current = current?;
            if let Some(draft) = session.drafts(current.id).last() {
                return Some((draft.cmid, draft.text.to_owned()));
            }
            current.rows().iter().rev().find_map(|row| match (&row.author, &row.body) {
                (Author::Visitor {}, EntryBody::Message { cmid, text, .. }) => Some((*cmid, text.clone())),
                _ => None,
            })
        })
    }

    /// Goes to a place. From home, the next message begins a conversation.
    pub fn go(&self, place: Place) {
        self.place.set(place);
        if let Place::In(conversation) = place {
            self.say(Input::Watch { conversation });
        }
    }

    /// Says that the visitor types, or has stopped.
    pub fn typing(&self, on: bool) {
        self.on_current(|conversation| Input::Typing { conversation, on });
    }

    /// Says that rows up to this one were on screen.
    pub fn seen(&self, read: Seq) {
        self.on_current(|conversation| Input::Seen { conversation, read });
    }

    /// Gets rows before the first one here.
    pub fn load_older(&self) {
        self.on_current(|conversation| Input::LoadOlder { conversation });
    }

    /// Ends the conversation, once everything written in it is stored.
    pub fn end(&self) {
        self.on_current(|conversation| Input::Resolve { conversation });
    }

    /// Leaves an address for the answer.
    pub fn leave_address(&self, address: String) {
        if let Some(conversation) = self.look(|_, current, _| current.map(|it| it.id)) {
            let asked = self.driver.ask(|id| Command::LeaveAddress { id, conversation, address });
            if asked.is_err() {
                document::address_refused();
            }
        }
    }

    /// Takes back a message that the server will not take, and gives its text.
    pub fn take_back(&self, cmid: Cmid) -> Option<String> {
        let text = self.look(|session, current, _| {
            let drafts = session.drafts(current?.id);
            drafts.iter().find(|draft| draft.cmid == cmid).map(|draft| draft.text.to_owned())
        });
        self.say(Input::Discard { cmid });
        text
    }

    /// Where the visitor is, for the agents to see with the next conversation.
    pub fn surroundings(&self, page: Option<PageView>, about: Option<About>) {
        let (language, time_zone) = (document::language(), document::time_zone());
        self.say(Input::Surroundings { page, language, time_zone, about });
    }

    fn on_current(&self, input: impl FnOnce(ConversationId) -> Input) {
        if let Some(id) = self.look(|_, current, _| current.map(|it| it.id)) {
            self.say(input(id));
        }
    }

    /// Tells the session what it takes or leaves: nothing that anybody wrote is in it.
    fn say(&self, input: Input) {
        let _ = self.driver.intent(input);
    }
}

fn is_own(row: &Entry, cmid: Cmid) -> bool {
    matches!(row.author, Author::Visitor {}) && row.body.written().is_some_and(|(its, _)| its == cmid)
}
