//! The loop: something happens, it has its effect, the screen is drawn. What is shown is decided in `views`, what is
//! known in the session.

use std::cell::RefCell;
use std::mem::take;
use std::rc::Rc;

use deskbell_shared::codec::Wire;
use deskbell_shared::model::id::{Cmid, ConversationId, InboxId, Seq};
use deskbell_shared::model::message::{Entry, EntryBody, FileView, Side};
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::api::FrameSite;
use deskbell_shared::protocol::limits::TEXT_BYTES_MAX;
use deskbell_shared::session::Conversation;

use crate::services::chat::{ChatService, Place};
use crate::services::document::{self, Locale};
use crate::services::inbox::Inbox;
use crate::services::screen::{Screen, Touch};
use crate::state::action::Action;
use crate::state::glance::{Link, ended_by, head, is_away, is_writable, link};
use crate::state::panel::Panel;
use crate::state::whom::Whom;
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
    /// What came after this row of what is on screen is new to a screen reader; absent until the transcript is here.
    spoken_from: Option<After>,
    /// The newest message of the visitor that the document was told of.
    written: Option<Cmid>,
    /// When the newest message of the team was stored of which the page around was told, in whichever conversation; or when it
    /// was connected first. By the server's clock, both.
    heard: Option<UnixMillis>,
    /// Of which conversation the composer's draft is, and under which inbox it is kept: it stays there when the conversation
    /// is passed on.
    pen: Option<(ConversationId, String)>,
    /// To be at the newest row after the next drawing.
    jumps: bool,
    /// To have the keys in the middle of the screen after it: what was pressed is not there any more.
    lands: bool,
}

/// What can happen.
enum Message {
    /// The session has something new to show.
    Changed,
    /// The panel came into sight, or went.
    Turned(bool),
    /// The page has chosen whom they talk to.
    Chosen(InboxId),
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
        pen: None,
        jumps: false,
        lands: false,
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
        if take(&mut self.lands) {
            self.screen.land();
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Changed => {}
            Message::Turned(seen) => {
                let read = self.chat.look(|_, current, _| current.map(|it| it.read(Side::Visitor)));
                self.panel.turn(seen, read);
            }
            Message::Chosen(inbox) => self.go(Place::With(inbox)),
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
            Action::Anew => self.go(Place::Home),
            Action::Home => {
                self.go(Place::Home);
                self.lands = true;
            }
            Action::Talk(id) => {
                self.go(Place::In(id));
                self.lands = true;
            }
            Action::Choose(inbox) => {
                self.go(Place::With(inbox));
                // Now: the composer takes the keys from there when it comes, where they are not on a screen.
                self.screen.land();
            }
            Action::Edit(cmid) => {
                if let Some(words) = self.chat.take_back(cmid) {
                    document::write_back(&words);
                }
            }
            Action::Change(cmid) => {
                let chat = self.chat.clone();
                document::ask_change(move |edits| {
                    if edits {
                        edit(&chat, cmid);
                    } else if chat.withdraw(cmid).is_err() {
                        document::problem(&Locale.text("edit_later"));
                    }
                });
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

    /// What was there before is nothing new to a screen reader.
    fn go(&mut self, place: Place) {
        self.chat.go(place);
        // The rows of an earlier one are yet to come.
        let known = |it: &Conversation| it.view().map_or_else(|| head(it), |view| view.head);
        let here = self.chat.look(|_, current, _| (current.map(|it| it.id), current.map_or(Seq(0), known)));
        self.spoken_from = Some(here);
        self.panel.new_after = None;
        self.show_latest();
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
                chosen: self.chat.chosen(),
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
        let chosen = self.chat.chosen();
        let (here, unread, answered, shown, pen, live, stays) = self.chat.look(|session, current, now| {
            let link = link(session, now);
            let over = current.and_then(ended_by) == Some(Side::Visitor);
            let whom = Whom::of(&self.site, session, current, chosen);
            let all = session.conversations().iter();
            (
                at(current),
                all.clone().map(|it| session.unread(it)).sum(),
                all.filter_map(|it| newest_answer(it.rows())).max(),
                !over
                    && !matches!(link, Link::Blocked | Link::Members)
                    && is_writable(session, current, &whom),
                whom.inbox.map_or_else(String::new, InboxId::to_hex),
                (link == Link::Live).then(|| session.server_now(now)),
                current.filter(|it| !whom.choices.is_empty() && it.view().is_some()).map(|it| it.id),
            )
        });
        if let Some(id) = stays {
            self.chat.stay(id);
        }
        let in_sight = self.panel.seen && self.panel.at_end;
        begin(&mut self.spoken_from, here, live.is_some());
        if let Some(now) = live {
            // What was there at the first connection is nothing new.
            let heard = *self.heard.get_or_insert(now);
            if let Some(at) = answered.filter(|at| *at > heard) {
                self.heard = Some(at);
                document::tell_answered();
            }
        }
        if let ((Some(_), head), true) = (here, in_sight) {
            self.chat.seen(head);
        }
        if let Some((cmid, text)) = self.chat.last_written().filter(|(cmid, _)| self.written != Some(*cmid)) {
            self.written = Some(cmid);
            document::sent(&text, cmid.written_at());
        }
        let (line, address) = self.chat.look(|session, current, _| {
            let service = Whom::of(&self.site, session, current, chosen).service(&self.site, session);
            let view = current.filter(|_| shown).and_then(|it| it.view());
            let line = if is_away(service) { notices::away(&Locale, service) } else { String::new() };
            view.map_or_else(Default::default, |view| (line, view.address.clone().unwrap_or_default()))
        });
        document::ask_address(&line, &address);
        let asked = self.chat.look(|session, current, now| {
            let told = session.told();
            let names = told.map_or_else(String::new, |told| told.names.join(","));
            let consent = told.and_then(|told| told.consent).unwrap_or(0);
            // Until then it is not known who this is.
            (link(session, now) != Link::Connecting).then_some((shown && current.is_none(), names, consent))
        });
        if let Some((wanted, names, consent)) = asked {
            document::ask_form(wanted, &names, consent);
        }
        let pen = match (here.0, self.pen.take()) {
            (Some(id), Some((of, kept))) if of == id => kept,
            _ => pen,
        };
        self.pen = here.0.map(|id| (id, pen.clone()));
        document::tell_unread(if self.panel.seen { 0 } else { unread });
        document::show_composer(shown, &pen);
    }
}

/// A place in a conversation: after this row.
type After = (Option<ConversationId>, Seq);

/// The end of what is here.
fn at(conversation: Option<&Conversation>) -> After {
    (conversation.map(|it| it.id), conversation.map_or(Seq(0), head))
}

/// From where on something is news: from what is here at the first connection; all of a conversation that has begun since.
fn begin(from: &mut Option<After>, at: After, live: bool) {
    match from {
        None if live => *from = Some(at),
        Some((of, _)) if *of != at.0 => *from = Some((at.0, Seq(0))),
        _ => {}
    }
}

fn newest_answer(rows: &[Entry]) -> Option<UnixMillis> {
    let is_answer =
        |row: &&Entry| row.author.side() == Side::Staff && matches!(row.body, EntryBody::Message { .. });
    rows.iter().rev().find(is_answer).map(|row| row.at)
}

/// Gives the composer to a message. What is not taken stays there, with the reason.
fn edit(chat: &ChatService, cmid: Cmid) {
    let Some((before, has_file)) = chat.written(cmid) else { return };
    let (chat, said) = (chat.clone(), before.clone());
    document::edit(&before, move |words| {
        let why_not = if words == said {
            Ok(())
        } else if words.trim().is_empty() && !has_file {
            return false;
        } else if words.len() > TEXT_BYTES_MAX {
            Err("too_long")
        } else {
            chat.edit(cmid, words).map_err(|_| "edit_later")
        };
        document::problem(&why_not.map_or_else(|key| Locale.text(key), |()| String::new()));
        why_not.is_ok()
    });
}

/// Without a connection nothing is promised: the press is to be made again.
fn rate(chat: &ChatService, score: u32, comment: Option<String>) {
    let why_not = chat.rate(score, comment).err().map(|_| Locale.text("rate_later"));
    document::problem(&why_not.unwrap_or_default());
}

/// Listens to the page around and to the composer.
fn attend(inbox: &Inbox<Message>, chat: &ChatService) {
    let (to, page_of) = (inbox.clone(), chat.clone());
    document::listen(move |seen, page, about, chosen| {
        page_of.surroundings(page, about);
        to.put(Message::Turned(seen));
        if let Some(inbox) = chosen {
            to.put(Message::Chosen(inbox));
        }
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
