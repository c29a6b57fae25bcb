//! The session in the terms of somebody who only wants to write a message.

use deskbell_shared::model::conversation::Status;
use deskbell_shared::model::id::{ConversationId, Seq};
use deskbell_shared::model::message::{Author, Edits, Entry, EntryBody, Side};
use deskbell_shared::model::site::Service;
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::protocol::CloseCode;
use deskbell_shared::session::{Connection, Conversation, Session, State, Stop, message_text};

use super::whom::Whom;

/// The connection, as far as it matters to somebody who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// On the way for the first time, or after a short break. Nothing is wrong.
    Connecting,
    /// What is on screen is what there is.
    Live,
    /// Connected, and rows are still on their way.
    CatchingUp,
    /// The browser says that it is offline.
    Offline,
    /// The server cannot be reached; tried again by itself.
    Down,
    /// The server cannot make sense of this version: a reload helps.
    Outdated,
    /// This visitor may not write.
    Blocked,
    /// Only verified visitors may write here, or this page is not the site's.
    Members,
}

/// So many tries in a row may fail before the visitor is told: most breaks are over before they are read about.
const QUIET_ATTEMPTS_MAX: u32 = 1;

/// How the connection is.
pub fn link(session: &Session, now: UnixMillis) -> Link {
    let attempt = match session.state() {
        State::Waiting { attempt, .. }
        | State::Ticketing { attempt, .. }
        | State::Connecting { attempt, .. }
        | State::Greeting { attempt, .. } => *attempt,
        State::Off | State::Live { .. } | State::Stopped { .. } => 0,
    };
    match session.connection(now) {
        // What has just begun here has nothing to catch up with.
        Connection::Live
            if session.conversations().iter().any(|it| it.catching_up() && it.view().is_some()) =>
        {
            Link::CatchingUp
        }
        Connection::Live => Link::Live,
        Connection::Stopped { why: Stop::NotAllowed } => Link::Members,
        Connection::Stopped { why: Stop::Closed(CloseCode::Abuse) } => Link::Blocked,
        Connection::Stopped { .. } => Link::Outdated,
        _ if session.offline() => Link::Offline,
        _ if attempt > QUIET_ATTEMPTS_MAX => Link::Down,
        Connection::Off | Connection::Connecting | Connection::Waiting { .. } => Link::Connecting,
    }
}

/// The side that has ended the conversation, if it has ended.
pub fn ended_by(conversation: &Conversation) -> Option<Side> {
    conversation.view().filter(|view| view.status == Status::Resolved)?;
    let resolved = |row: &&Entry| matches!(row.body, EntryBody::Resolved { .. });
    Some(conversation.rows().iter().rev().find(resolved).map_or(Side::Staff, |row| row.author.side()))
}

/// The open conversation with whom they talk to, where it is another one than this.
pub fn open_elsewhere(session: &Session, this: &Conversation, whom: &Whom<'_>) -> Option<ConversationId> {
    whom.current(session).filter(|id| *id != this.id && is_open(session, *id))
}

/// Whether the visitor may write what they see: into the one conversation that a message belongs to, or, where none is
/// open, at home. And to nobody while it is yet to be chosen to whom.
pub fn is_writable(session: &Session, current: Option<&Conversation>, whom: &Whom<'_>) -> bool {
    let known = whom.current(session);
    match current {
        Some(current) => known == Some(current.id),
        None => !whom.is_asked() && !known.is_some_and(|id| is_open(session, id)),
    }
}

fn is_open(session: &Session, id: ConversationId) -> bool {
    session.conversation(id).is_some_and(Conversation::is_open)
}

/// Whether nobody answers now: outside the hours, or nobody is there.
pub fn is_away(service: &Service) -> bool {
    service.closed.is_some() || !service.online
}

/// The last row that is here.
pub fn head(conversation: &Conversation) -> Seq {
    conversation.rows().last().map_or(Seq(0), |row| row.seq)
}

/// The newest message of an agent after a row: who wrote it, and the text. A screen reader is told no more than that;
/// older pages and one's own words are not read out.
pub fn news(conversation: &Conversation, after: Seq) -> Option<(&str, &str)> {
    let edits = Edits::among(conversation.rows());
    let rows = conversation.rows().iter().rev().take_while(|row| row.seq > after);
    rows.filter_map(|row| match &row.author {
        Author::Agent { agent } => {
            message_text(row).map(|text| (agent.name.as_str(), edits.of(row).unwrap_or(text)))
        }
        Author::Visitor {} | Author::System {} => None,
    })
    .next()
}
