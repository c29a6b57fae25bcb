//! What the app knows of the conversation and of its own connection, as one value that replaces the last.
//!
//! It is read from the session; nothing here speaks to it.

use std::rc::Rc;

use deskbell_shared::model::agent::AgentView;
use deskbell_shared::model::conversation::{ConversationView, Status};
use deskbell_shared::model::id::{Cmid, Seq};
use deskbell_shared::model::message::{Entry, EntryBody, Side};
use deskbell_shared::model::site::Service;
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::CloseCode;
use deskbell_shared::session::{Connection, DraftState, Session, State, Stop};

/// Everything the views read.
#[derive(Clone, Debug, PartialEq)]
pub struct Chat {
    /// The state of the connection.
    pub link: Link,
    /// Whether what is written survives the page.
    pub kept: bool,
    /// How many messages of the other side have not been read.
    pub unread: u32,
    /// Who is there, as last told.
    pub service: Service,
    /// The visitor's current conversation, or the last one.
    pub thread: Option<Thread>,
}

/// The connection, as far as it matters to somebody who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// On the way for the first time, or not wanted yet. Nothing is wrong.
    Connecting,
    /// What is on screen is what there is.
    Live,
    /// Connected, and rows are still on their way.
    CatchingUp,
    /// The browser says that it is offline.
    Offline,
    /// The server cannot be reached; tried again by itself.
    Down,
    /// The server speaks another version: a reload helps.
    Outdated,
    /// This visitor, or this page, may not write.
    Blocked,
}

/// One conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Thread {
    /// Its state; absent until the server has heard of it.
    pub view: Option<ConversationView>,
    /// How far the visitor has read.
    pub read: Seq,
    /// Dense rows, oldest first; not all there are.
    pub rows: Rc<Vec<Entry>>,
    /// What is written and not yet among the rows, oldest first.
    pub pending: Vec<Pending>,
    /// Who types; absent when nobody does.
    pub typing: Option<AgentView>,
    /// Whether earlier rows are still on the server.
    pub has_older: bool,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// The message.
    pub cmid: Cmid,
    /// Its text.
    pub text: String,
    /// What has become of it.
    pub state: DraftState,
}

/// So many tries in a row may fail before the visitor is told: most breaks are over before they are read about.
const QUIET_ATTEMPTS_MAX: u32 = 1;

impl Chat {
    /// The chat before there is a session.
    pub fn before(service: &Service) -> Chat {
        Chat { link: Link::Connecting, kept: true, unread: 0, service: service.clone(), thread: None }
    }

    /// The chat as the session has it. With `anew` the visitor has left the last conversation behind and not yet
    /// written into the next; `before` is who was there before the session knew.
    pub fn of(session: &Session, now: UnixMillis, anew: bool, before: &Service) -> Chat {
        let current = session.current().filter(|_| !anew).and_then(|id| session.conversation(id));
        let thread = current.map(|conversation| Thread {
            view: conversation.view().cloned(),
            read: conversation.read(Side::Visitor),
            rows: Rc::new(conversation.rows().to_vec()),
            pending: session
                .drafts(conversation.id)
                .iter()
                .map(|draft| Pending { cmid: draft.cmid, text: draft.text.to_owned(), state: draft.state })
                .collect(),
            typing: session.typists(conversation).flatten().next().cloned(),
            has_older: conversation.has_older(),
        });
        Chat {
            link: link(session, now),
            kept: session.kept(),
            unread: current.map_or(0, |conversation| session.unread(conversation)),
            service: session.service().unwrap_or(before).clone(),
            thread,
        }
    }
}

fn link(session: &Session, now: UnixMillis) -> Link {
    let attempt = match session.state() {
        State::Waiting { attempt, .. }
        | State::Ticketing { attempt, .. }
        | State::Connecting { attempt, .. }
        | State::Greeting { attempt, .. } => *attempt,
        State::Off | State::Live { .. } | State::Stopped { .. } => 0,
    };
    match session.connection(now) {
        Connection::Live if session.catching_up() => Link::CatchingUp,
        Connection::Live => Link::Live,
        Connection::Stopped { why: Stop::NotAllowed | Stop::Closed(CloseCode::Abuse) } => Link::Blocked,
        Connection::Stopped { .. } => Link::Outdated,
        _ if session.offline() => Link::Offline,
        _ if attempt > QUIET_ATTEMPTS_MAX => Link::Down,
        Connection::Off | Connection::Connecting | Connection::Waiting { .. } => Link::Connecting,
    }
}

impl Thread {
    /// Whether it has ended, and whether it was the visitor who ended it.
    pub fn end(&self) -> Option<Side> {
        self.view.as_ref().filter(|view| view.status == Status::Resolved)?;
        let resolved = |row: &&Entry| matches!(row.body, EntryBody::Resolved { .. });
        Some(self.rows.iter().rev().find(resolved).map_or(Side::Staff, |row| row.author.side()))
    }

    /// The last row that is here.
    pub fn head(&self) -> Seq {
        self.rows.last().map_or(Seq(0), |row| row.seq)
    }
}
