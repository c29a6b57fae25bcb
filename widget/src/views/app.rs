//! The whole screen. A component with messages rather than with hooks: one of them is all there is, and this form of
//! it is a third of the bytes.

use deskbell_shared::codec::Wire;
use deskbell_shared::model::id::{Cmid, Seq};
use deskbell_shared::model::message::Side;
use deskbell_shared::protocol::api::FrameSite;
use web_sys::Element;
use yew::{Component, Context, Event, Html, NodeRef, html};

use super::{head, notices, transcript};
use crate::components::icon::{Icon, icon};
use crate::services::chat::ChatService;
use crate::services::document::{self, text, text_with};
use crate::state::glance::{Link, ended_by, head as head_of, link, news};
use crate::state::panel::Panel;

/// So close to an end of the transcript counts as there.
const NEAR_PX_MAX: i32 = 48;
/// Older rows are fetched this long before the reader runs into the end.
const AHEAD_PX_MAX: i32 = 400;

/// The app.
pub struct App {
    site: FrameSite,
    chat: ChatService,
    panel: Panel,
    /// What came after this row is new to a screen reader; absent until the transcript is here.
    spoken_from: Option<Seq>,
    scroller: NodeRef,
    /// To be at the newest row after the next drawing.
    jumps: bool,
}

/// What can happen.
pub enum Message {
    /// The session has something new to show.
    Changed,
    /// The panel came into sight, or went.
    Turned(bool),
    /// Something was written.
    Wrote,
    /// The transcript was scrolled.
    Scrolled,
    /// The visitor wants to see the newest rows.
    Latest,
    /// The visitor wants to end; asked first.
    AskEnd,
    /// The visitor wants a new conversation.
    Anew,
    /// The visitor wants a refused message back in the field.
    Edit(Cmid),
}

impl Component for App {
    type Message = Message;
    type Properties = ();

    fn create(ctx: &Context<App>) -> App {
        let site = FrameSite::from_text(&document::site()).expect("the document names its site");
        let link = ctx.link().clone();
        let chat = ChatService::open(&site, move || link.send_message(Message::Changed));
        attend(ctx, &chat);
        App {
            site,
            chat,
            panel: Panel::default(),
            spoken_from: None,
            scroller: NodeRef::default(),
            jumps: false,
        }
    }

    fn update(&mut self, _: &Context<App>, message: Message) -> bool {
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
            Message::Latest => self.show_latest(),
            Message::Scrolled => self.scrolled(),
            Message::AskEnd => {
                let chat = self.chat.clone();
                document::ask_end(move || chat.end());
            }
            Message::Anew => {
                self.chat.begin_anew();
                self.show_latest();
            }
            Message::Edit(cmid) => {
                if let Some(words) = self.chat.take_back(cmid) {
                    document::write_back(&words);
                }
            }
        }
        self.tell();
        true
    }

    fn view(&self, ctx: &Context<App>) -> Html {
        let to = ctx.link();
        self.chat.look(|session, current, now| {
            let link = link(session, now);
            let service = session.service().unwrap_or(&self.site.service);
            let assignee = current.and_then(|it| it.view()?.assignee.as_ref());
            let end = current.and_then(ended_by);
            let can_end = current.is_some_and(|it| it.founded() && !it.resolving()) && end.is_none();
            let onend = can_end.then(|| to.callback(|_| Message::AskEnd));
            let spoken = current.zip(self.spoken_from).and_then(|(it, after)| news(it, after));
            html! {
                <>
                    { head::head(&self.site, link, service, assignee, current.is_none(), onend) }
                    { notices::strips(link, session.kept(), (|_| document::reload()).into()) }
                    <main class="transcript" ref={self.scroller.clone()} onscroll={to.callback(|_: Event| Message::Scrolled)}
                        tabindex="0" aria-label={text("transcript")}>
                        <div>
                            if let Some(current) = current {
                                { transcript::transcript(session, current, &self.panel, &to.callback(Message::Edit)) }
                            } else {
                                { transcript::welcome(service.online) }
                            }
                            if let Some(side) = end {
                                { notices::ended(side == Side::Staff, to.callback(|_| Message::Anew)) }
                            }
                        </div>
                    </main>
                    if !self.panel.at_end {
                        <button type="button" class="latest" onclick={to.callback(|_| Message::Latest)}>
                            { icon(Icon::Arrow) }{ text("latest") }
                        </button>
                    }
                    <div class="for-readers" role="status">
                        if let Some((name, words)) = spoken {
                            { text_with("said", name) }{ " " }{ words.to_owned() }
                        }
                    </div>
                </>
            }
        })
    }

    fn rendered(&mut self, _: &Context<App>, _: bool) {
        if std::mem::take(&mut self.jumps)
            && let Some(scroller) = self.scroller.cast::<Element>()
        {
            scroller.set_scroll_top(0);
        }
    }
}

impl App {
    fn show_latest(&mut self) {
        self.panel.show_latest();
        self.jumps = true;
    }

    /// The style sheet turns the scroller around (`column-reverse`): its zero is the newest row, and what is further
    /// up is negative. The browser itself then keeps the newest row in sight, and the place of the reader.
    fn scrolled(&mut self) {
        let Some(scroller) = self.scroller.cast::<Element>() else { return };
        let from_end = -scroller.scroll_top();
        let from_start = scroller.scroll_height() - scroller.client_height() - from_end;
        let rows = self.chat.look(|_, current, _| current.map_or(0, |it| it.rows().len()));
        if self.panel.scroll(from_end < NEAR_PX_MAX, from_start < AHEAD_PX_MAX, rows) {
            self.chat.load_older();
        }
    }

    /// Tells the outside what follows from what is on screen.
    fn tell(&mut self) {
        let (head, unread, shown, live) = self.chat.look(|session, current, now| {
            let link = link(session, now);
            let over = current.and_then(ended_by) == Some(Side::Visitor);
            let unread = current.map_or(0, |it| session.unread(it));
            (current.map(head_of), unread, !over && link != Link::Blocked, link == Link::Live)
        });
        let in_sight = self.panel.seen && self.panel.at_end;
        if live && self.spoken_from.is_none() {
            self.spoken_from = Some(head.unwrap_or_default());
        }
        if let (Some(head), true) = (head, in_sight) {
            self.chat.seen(head);
        }
        document::tell_unread(if self.panel.seen { 0 } else { unread });
        document::show_composer(shown);
    }
}

/// Listens to the page around and to the composer.
fn attend(ctx: &Context<App>, chat: &ChatService) {
    let (to, page_of) = (ctx.link().clone(), chat.clone());
    document::listen(move |seen, page| {
        page_of.surroundings(page);
        to.send_message(Message::Turned(seen));
    });
    let (to, writer, typist) = (ctx.link().clone(), chat.clone(), chat.clone());
    document::compose(
        move |words| {
            let taken = writer.write(&words);
            document::problem(&taken.err().and_then(notices::not_taken).unwrap_or_default());
            if taken.is_ok() {
                to.send_message(Message::Wrote);
            }
            taken.is_ok()
        },
        move |words| typist.typing(!words.is_empty()),
    );
}
