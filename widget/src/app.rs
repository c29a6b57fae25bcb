//! The loop: something happens, it has its effect, the screen is drawn. What is shown is decided in `views`, what is
//! known in the session.

use std::cell::RefCell;
use std::mem::take;
use std::rc::Rc;

use deskbell_shared::codec::Wire;
use deskbell_shared::model::id::{Cmid, ConversationId, Seq};
use deskbell_shared::model::message::{Entry, EntryBody, FileView, Side};
use deskbell_shared::protocol::api::FrameSite;

use crate::services::chat::ChatService;
use crate::services::document::{self, Locale};
use crate::services::inbox::Inbox;
use crate::services::screen::{Screen, Touch};
use crate::state::action::Action;
use crate::state::glance::{Link, ended_by, head, is_away, link};
use crate::state::panel::Panel;
use crate::state::words::Words;
use crate::views::notices::{self, not_taken};
use crate::views::screen::{Sight, screen};

/// So close to an end of the transcript counts as there.
const NEAR_PX_MAX: i32 = 48;
/// Older rows are fetched this long before the reader runs into the end.
const AHEAD_PX_MAX: i32 = 400;

struct App {
    site: FrameSite,
    chat: ChatService,
    screen: Screen,
    panel: Panel,
    /// What came after this row of this conversation is new to a screen reader; absent until the transcript is here.
    spoken_from: Option<(Option<ConversationId>, Seq)>,
    /// The newest message of the visitor that the document was told of.
    written: Option<Cmid>,
    /// The newest message of the team of which the page around was told.
    heard: Option<(ConversationId, Seq)>,
    /// To be at the newest row after the next drawing.
    jumps: bool,
}

/// What can happen.
enum Message {
    /// The session has something new to show.
    Changed,
    /// The panel came into sight, or went.
    Turned(bool),
    /// Something was written.
    Wrote,
    /// The visitor did something on the screen.
    Touched(Touch),
}

/// Starts the app. It lives as long as the document.
pub fn start() {
    let site = FrameSite::from_text(&document::site()).expect("the document names its site");
    let place = Rc::new(RefCell::new(None::<App>));
    let dealing = place.clone();
    let inbox = Inbox::new(move |messages| {
        if let Some(app) = dealing.borrow_mut().as_mut() {
            app.deal(messages);
        }
    });
    let (to, touched) = (inbox.clone(), inbox.clone());
    let screen = Screen::open(move |touch| touched.put(Message::Touched(touch)));
    let screen = screen.expect("the document has a place for the app");
    let chat = ChatService::open(&site, move || to.put(Message::Changed));
    attend(&inbox, &chat);
    let app = App {
        site,
        chat,
        screen,
        panel: Panel::default(),
        spoken_from: None,
        written: None,
        heard: None,
        jumps: false,
    };
    app.draw();
    place.replace(Some(app));
}

impl App {
    fn deal(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.take(message);
            self.tell();
        }
        self.draw();
        if take(&mut self.jumps) {
            self.screen.show_newest();
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Changed => {}
            Message::Turned(seen) => {
                let read = self.chat.look(|_, current, _| current.map(|it| it.read(Side::Visitor)));
                self.panel.turn(seen, read);
            }
            Message::Wrote => {
                self.panel.new_after = None;
                self.show_latest();
            }
            Message::Touched(Touch::Scrolled) => self.scrolled(),
            Message::Touched(Touch::Pressed(action)) => self.act(action),
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Latest => self.show_latest(),
            Action::AskEnd => {
                let chat = self.chat.clone();
                document::ask_end(move || chat.end());
            }
            Action::Anew => {
                self.chat.begin_anew();
                self.show_latest();
            }
            Action::Edit(cmid) => {
                if let Some(words) = self.chat.take_back(cmid) {
                    document::write_back(&words);
                }
            }
            Action::More => {
                if let Some(id) = self.chat.look(|_, current, _| current.map(|it| it.id)) {
                    document::more(&id.to_hex());
                }
            }
            Action::Rate(score) => rate(&self.chat, score, None),
            Action::Comment(score) => {
                let chat = self.chat.clone();
                document::ask_comment(move |said| rate(&chat, score, Some(said)));
            }
            Action::Reload => document::reload(),
        }
    }

    fn draw(&self) {
        let nodes = self.chat.look(|session, current, now| {
            screen(&Sight {
                words: &Locale,
                site: &self.site,
                session,
                current,
                now,
                panel: &self.panel,
                spoken_from: self.spoken_from.map(|(_, seq)| seq),
            })
        });
        self.screen.draw(nodes);
    }

    fn show_latest(&mut self) {
        self.panel.show_latest();
        self.jumps = true;
    }

    fn scrolled(&mut self) {
        let Some((from_end, from_start)) = self.screen.scrolled() else { return };
        let rows = self.chat.look(|_, current, _| current.map_or(0, |it| it.rows().len()));
        if self.panel.scroll(from_end < NEAR_PX_MAX, from_start < AHEAD_PX_MAX, rows) {
            self.chat.load_older();
        }
    }

    /// Tells the outside what follows from what is on screen.
    fn tell(&mut self) {
        let (id, head, unread, answer, shown, live) = self.chat.look(|session, current, now| {
            let link = link(session, now);
            let over = current.and_then(ended_by) == Some(Side::Visitor);
            let unread = current.map_or(0, |it| session.unread(it));
            (
                current.map(|it| it.id),
                current.map(head),
                unread,
                current.and_then(|it| newest_answer(it.rows()).map(|seq| (it.id, seq))),
                !over && !matches!(link, Link::Blocked | Link::Members),
                link == Link::Live,
            )
        });
        let in_sight = self.panel.seen && self.panel.at_end;
        match self.spoken_from {
            None if live => self.spoken_from = Some((id, head.unwrap_or_default())),
            // It has begun anew, and all of it is news.
            Some((of, _)) if of != id => self.spoken_from = Some((id, Seq(0))),
            _ => {}
        }
        if live
            && let Some((id, seq)) = answer
            && self.heard.is_none_or(|(of, heard)| of != id || heard < seq)
            // Older rows may come late.
            && self.spoken_from.is_some_and(|(of, from)| of == Some(id) && from < seq)
        {
            self.heard = answer;
            document::tell_answered();
        }
        if let (Some(head), true) = (head, in_sight) {
            self.chat.seen(head);
        }
        if let Some((cmid, text)) = self.chat.last_written().filter(|(cmid, _)| self.written != Some(*cmid)) {
            self.written = Some(cmid);
            document::sent(&text, cmid.written_at());
        }
        let (line, address) = self.chat.look(|session, current, _| {
            let service = session.service().unwrap_or(&self.site.service);
            let view = current.filter(|_| shown).and_then(|it| it.view());
            let line = if is_away(service) { notices::away(&Locale, service) } else { String::new() };
            view.map_or_else(Default::default, |view| (line, view.address.clone().unwrap_or_default()))
        });
        document::ask_address(&line, &address);
        document::tell_unread(if self.panel.seen { 0 } else { unread });
        document::show_composer(shown);
    }
}

fn newest_answer(rows: &[Entry]) -> Option<Seq> {
    let is_answer =
        |row: &&Entry| row.author.side() == Side::Staff && matches!(row.body, EntryBody::Message { .. });
    rows.iter().rev().find(is_answer).map(|row| row.seq)
}

/// Without a connection nothing is promised: the press is to be made again.
fn rate(chat: &ChatService, score: u32, comment: Option<String>) {
    let why_not = chat.rate(score, comment).err().map(|_| Locale.text("rate_later"));
    document::problem(&why_not.unwrap_or_default());
}

/// Listens to the page around and to the composer.
fn attend(inbox: &Inbox<Message>, chat: &ChatService) {
    let (to, page_of) = (inbox.clone(), chat.clone());
    document::listen(move |seen, page| {
        page_of.surroundings(page);
        to.put(Message::Turned(seen));
    });
    let (to, sender) = (inbox.clone(), chat.clone());
    document::take_files(move |json| {
        let Ok(file) = FileView::from_text(&json) else { return false };
        let held = sender.look(|session, _, _| session.holds_file(file.id));
        if held.is_none() && sender.send_file(file).is_ok() {
            to.put(Message::Wrote);
        }
        held == Some(true)
    });
    let (to, writer, typist, giver) = (inbox.clone(), chat.clone(), chat.clone(), chat.clone());
    document::compose(
        move |words| {
            let taken = writer.write(&words);
            let why_not = taken.err().and_then(not_taken);
            document::problem(&why_not.map_or_else(String::new, |key| Locale.text(key)));
            if taken.is_ok() {
                to.put(Message::Wrote);
            }
            taken.is_ok()
        },
        move |words| typist.typing(!words.is_empty()),
        move |address| giver.leave_address(address),
    );
}
