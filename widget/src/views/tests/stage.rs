//! A session brought into a state by what a server says, with a language and a time that are always the same.
//!
//! It is no server: it says what the test wants, and answers nothing by itself.

use deskbell_shared::codec::{Json, Wire, parse};
use deskbell_shared::model::agent::AgentView;
use deskbell_shared::model::conversation::{ConversationView, LastMessage, Marks, Status};
use deskbell_shared::model::id::{AgentId, Cmid, ConversationId, Epoch, InboxId, Seq, VisitorId};
use deskbell_shared::model::message::{Author, Draft, Entry, EntryBody, Side};
use deskbell_shared::model::site::Service;
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::FrameSite;
use deskbell_shared::protocol::command::Command;
use deskbell_shared::protocol::frame::{Ack, Frame, Me, RefusedMessage};
use deskbell_shared::session::{Effect, Input, Session};

use crate::nodes::Node;
use crate::state::panel::Panel;
use crate::state::words::Words;
use crate::views::screen::{Sight, screen};

pub const EPOCH: Epoch = Epoch(9);
/// The conversation of `with_rows`, and one that is over.
pub const CURRENT: ConversationId = ConversationId(5);
pub const EARLIER: ConversationId = ConversationId(2);
const MINUTE: i64 = 60_000;
/// Noon, UTC, on a day in 2026.
pub const NOON: i64 = 1_792_584_000_000;

pub struct Stage {
    session: Session,
    pub panel: Panel,
    pub spoken_from: Option<Seq>,
    /// What is looked at, where it is not the newest: home, or one of the conversations.
    pub place: Option<Option<ConversationId>>,
    /// The inbox that was chosen for the next conversation.
    pub chosen: Option<InboxId>,
    /// Whether the site offers two.
    pub has_choice: bool,
    link: u32,
    said: Vec<Command>,
    written: u8,
}

impl Stage {
    /// Everything is loaded, and nobody has answered yet.
    pub fn new() -> Stage {
        let mut stage = Stage {
            session: Session::new(Side::Visitor, 1),
            panel: Panel::default(),
            spoken_from: None,
            place: None,
            chosen: None,
            has_choice: false,
            link: 0,
            said: Vec::new(),
            written: 0,
        };
        stage.happens(Input::Restored { outbox: Vec::new(), cached: Vec::new(), kept: true });
        stage.happens(Input::Start);
        stage
    }

    /// The server has let the visitor in, who has not written before.
    pub fn welcomed() -> Stage {
        let mut stage = Stage::new();
        stage.is_welcomed(Vec::new());
        stage
    }

    /// The server has let in a visitor who has a conversation with these rows, and marks of the staff.
    pub fn with_rows(rows: Vec<(Author, EntryBody)>, received: u64, read: u64) -> Stage {
        let at = |minutes: u64| UnixMillis(NOON + minutes as i64 * MINUTE);
        let row = |(n, (author, body))| Entry { seq: Seq(n), at: at(n), author, body };
        let rows: Vec<Entry> = (1..).zip(rows).map(row).collect();
        let (staff_received, staff_read) = (Seq(received), Seq(read));
        let mut conversation = ConversationView { arrived_at: at(0), ..untouched(CURRENT) };
        conversation.marks = Marks { staff_received, staff_read, ..conversation.marks };
        rows.iter().for_each(|row| conversation.apply(row));
        let earlier = ConversationView { status: Status::Resolved, head: Seq(9), ..untouched(EARLIER) };
        let mut stage = Stage::new();
        stage.is_welcomed(vec![conversation.clone(), earlier]);
        let watch = stage.said.iter().find_map(|said| match said {
            Command::Watch { id, .. } => Some(*id),
            _ => None,
        });
        stage.hears(Frame::Page { id: Some(watch.expect("a watch")), conversation, rows });
        stage
    }

    fn is_welcomed(&mut self, conversations: Vec<ConversationView>) {
        let service =
            Some(Service { online: true, agents: vec![mia()], closed: None, mail: None, busy: None });
        let (me, now) = (Me::Visitor { id: VisitorId(3) }, UnixMillis(NOON));
        let last = LastMessage {
            conversation: EARLIER,
            line: "See you on Sunday".to_owned(),
            side: Side::Staff,
            at: UnixMillis(NOON - 24 * 60 * MINUTE),
            agent: Some(mia()),
        };
        let last_messages = (!conversations.is_empty()).then(|| vec![last]);
        self.hears(Frame::Welcome {
            version: 1,
            epoch: EPOCH,
            now,
            me,
            conversations,
            last_messages,
            told: None,
            service,
        });
    }

    pub fn happens(&mut self, input: Input) {
        self.session.handle(UnixMillis(NOON), input).expect("taken");
        while let Some(effect) = self.session.effect() {
            let answer = match effect {
                Effect::FetchTicket { link } => Input::Ticket { link, ticket: "t".to_owned() },
                Effect::Connect { link } => {
                    self.link = link;
                    Input::Opened { link }
                }
                Effect::SeekElection => Input::Elected { outbox: Vec::new() },
                Effect::SaveOutbox(row) => Input::Saved { cmid: row.cmid, kept: true },
                Effect::SendText { text, .. } => {
                    self.said.push(Command::from_text(&text).expect("a command"));
                    continue;
                }
                _ => continue,
            };
            self.session.handle(UnixMillis(NOON), answer).expect("taken");
        }
    }

    pub fn hears(&mut self, frame: Frame) {
        self.happens(Input::Text { link: self.link, text: frame.to_text() });
    }

    /// The browser notices that there is no network.
    pub fn goes_offline(&mut self) {
        self.happens(Input::Online(false));
        self.happens(Input::Closed { link: self.link, code: 1006 });
    }

    pub fn writes(&mut self, text: &str) {
        self.written += 1;
        let (conversation, random) = (self.session.current(), [self.written; 20]);
        self.happens(Input::Write { conversation, text: text.to_owned(), random });
    }

    /// The server answers what was sent last: it stores it as the first rows there are, or refuses the first of it.
    pub fn is_answered(&mut self, refused: Option<RefusalCode>) {
        let (id, messages) = match self.said.pop() {
            Some(Command::Start { id, messages, .. } | Command::Send { id, messages, .. }) => (id, messages),
            other => panic!("no messages were sent: {other:?}"),
        };
        let ack = |(seq, draft): (u64, &Draft)| Ack { cmid: draft.cmid, seq: Seq(seq), at: UnixMillis(NOON) };
        let acks = (1..).zip(&messages).filter(|_| refused.is_none()).map(ack).collect();
        let refusal = |code| RefusedMessage { cmid: messages[0].cmid, code, retry_after_ms: None };
        let refused = refused.map(refusal);
        self.hears(Frame::Acked { id, conversation: self.conversation(), epoch: EPOCH, acks, refused });
    }

    pub fn conversation(&self) -> ConversationId {
        self.session.current().expect("a conversation")
    }

    pub fn shows(&self) -> Vec<Node> {
        let current = self.place.unwrap_or_else(|| self.session.current());
        let current = current.and_then(|id| self.session.conversation(id));
        screen(&Sight {
            words: &English,
            site: &FrameSite { inboxes: if self.has_choice { two() } else { Vec::new() }, ..site() },
            session: &self.session,
            current,
            now: UnixMillis(NOON),
            panel: &self.panel,
            spoken_from: self.spoken_from,
            chosen: self.chosen,
        })
    }
}

fn untouched(id: ConversationId) -> ConversationView {
    let none = Seq(0);
    ConversationView {
        id,
        inbox: SALES,
        epoch: EPOCH,
        status: Status::Open,
        head: none,
        assignee: None,
        assignment_version: 0,
        arrived_at: UnixMillis(0),
        marks: Marks { visitor_received: none, visitor_read: none, staff_received: none, staff_read: none },
        snoozed_until: None,
        address: None,
        score: None,
    }
}

pub fn mia() -> AgentView {
    AgentView { id: AgentId(7), name: "Mia Lang".to_owned(), picture: Some("abc".to_owned()) }
}

pub fn agent() -> Author {
    Author::Agent { agent: mia() }
}

pub fn message(author: Author, cmid: u128, text: &str) -> (Author, EntryBody) {
    (author, EntryBody::message(Cmid(cmid), text))
}

/// The inbox of the ticket, and the one that conversations are in here.
pub const HELP: InboxId = InboxId(3);
pub const SALES: InboxId = InboxId(4);

fn two() -> Vec<String> {
    [(SALES, "Sales"), (HELP, "Help & returns")].map(|(id, name)| id.to_hex() + name).to_vec()
}

fn site() -> FrameSite {
    FrameSite {
        inbox: HELP,
        inboxes: Vec::new(),
        key: "k".to_owned(),
        name: "Leaf & Kettle".to_owned(),
        notice: None,
        greeting: "Ask us about tea.".to_owned(),
        starters: Vec::new(),
        logo: None,
        service: Service { online: false, agents: Vec::new(), closed: None, mail: None, busy: None },
    }
}

/// The English of the locale; times as numbers.
struct English;

impl Words for English {
    fn text_with(&self, key: &'static str, value: &str) -> String {
        let Ok(Json::Map(texts)) = parse(include_str!("../../../locales/en.json")) else {
            panic!("a locale")
        };
        match texts.into_iter().find(|(its, _)| its == key) {
            Some((_, Json::Text(text))) => match text.split_once('{') {
                Some((before, after)) => {
                    format!("{before}{value}{}", after.split_once('}').map_or("", |(_, end)| end))
                }
                None => text,
            },
            other => panic!("{key} is no text: {other:?}"),
        }
    }

    fn clock(&self, at: UnixMillis) -> String {
        let minutes = at.0 / MINUTE;
        format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
    }

    fn moment(&self, at: UnixMillis) -> String {
        format!("day {} at {}", self.day(at), self.clock(at))
    }

    fn day(&self, at: UnixMillis) -> i64 {
        at.0 / (24 * 60 * MINUTE)
    }

    fn date(&self, day: i64) -> String {
        format!("day {day}")
    }
}
