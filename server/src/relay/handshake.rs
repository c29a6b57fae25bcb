//! The first frame of a connection: who is it, do we speak the same version, and where does the client stand.

use std::sync::Arc;

use deskbell_shared::codec::{Json, Wire as _, parse, peek_tag};
use deskbell_shared::model::InboxId;
use deskbell_shared::protocol::command::FeedPosition;
use deskbell_shared::protocol::limits::{HELLO_TIMEOUT, RESUME_MAX};
use deskbell_shared::protocol::{CloseCode, Command, Frame, Position, VERSION, VERSION_MIN};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout_at;

use super::socket::{End, Heard, Socket};
use crate::application::Application;
use crate::auth::{Principal, TicketError};
use crate::bus::Joined;
use crate::bus::hub::frame_bytes;
use crate::store::identities::{Proof, Visit};

/// What a client that was let in has asked for.
pub struct Admitted {
    /// Its place among the connections.
    pub joined: Joined,
    /// Where it stands in conversations.
    pub resume: Vec<Position>,
    /// Where it stands in the list feed.
    pub feed: Option<FeedPosition>,
}

/// Reads the hello and answers it with `welcome`.
pub async fn admit<S>(app: &Arc<Application>, socket: &mut Socket<S>) -> Result<Admitted, End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let deadline = tokio::time::Instant::now() + HELLO_TIMEOUT;
    let text = loop {
        match timeout_at(deadline, socket.next()).await {
            Err(_) => return Err(End::Close(CloseCode::HelloTimeout)),
            Ok(Ok(Heard::Text(text))) => break text,
            // Pings before the hello do not keep the door open.
            Ok(Ok(Heard::Ping | Heard::Pong)) => {}
            Ok(Err(end)) => return Err(end),
        }
    };
    let (ticket, resume, feed) = read_hello(&text)?;
    let principal = redeem(app, &ticket)?;
    let agent = !principal.is_visitor();
    if resume.len() > RESUME_MAX || (feed.is_some() && !agent) {
        return Err(End::Close(CloseCode::Malformed));
    }
    // First among those whose connections end with their session, then the look at whether it has ended.
    let joined = app.hub.join(principal).map_err(End::Close)?;
    still_signed_in(app, &principal).await?;
    let welcome = welcome(app, &principal).await?;
    socket.put(frame_bytes(&welcome)).await?;
    for inbox in app.hub.choices_of(&principal) {
        let service = app.hub.service_for(&principal, inbox);
        socket.put(frame_bytes(&Frame::ServiceChanged { service, inbox: Some(inbox) })).await?;
    }
    Ok(Admitted { joined, resume, feed })
}

/// Ends connections of agents whose session is over, and of visitors whose token is.
pub async fn still_signed_in(app: &Application, who: &Principal) -> Result<(), End> {
    let (session, role) = match *who {
        Principal::Agent { session, role, .. } => (session, role),
        Principal::Visitor { site, inbox, session: Some(session), .. } => {
            return still_welcome(app, Proof::Token(site, session.token), inbox, session.is_verified).await;
        }
        Principal::Visitor { session: None, .. } => return Ok(()),
    };
    match app.store.session(session).await {
        // They come back with what they may do now.
        Ok(Some(record)) if record.role != role => Err(End::Close(CloseCode::TicketExpired)),
        Ok(Some(record)) if crate::auth::session::is_live(&record, app.now(), &app.in_use) => Ok(()),
        Ok(_) => Err(End::Close(CloseCode::SignedOut)),
        Err(fault) => {
            tracing::warn!(%fault, "could not look up the session of a connection");
            Err(End::Close(CloseCode::Unavailable))
        }
    }
}

async fn still_welcome(
    app: &Application,
    token: Proof,
    inbox: InboxId,
    is_verified: bool,
) -> Result<(), End> {
    let standing = app.store.standing(token, inbox).await.map_err(|fault| {
        tracing::warn!(%fault, "could not look up the session of a visitor");
        End::Close(CloseCode::Unavailable)
    })?;
    let is_same = match standing.visit {
        Visit::Unverified => !is_verified && !standing.verified_only,
        Visit::Verified { until, .. } => is_verified && until.is_none_or(|until| app.now() < until),
        Visit::Over => false,
    };
    // They come back with what the device has now, and are told the reason then.
    if is_same { Ok(()) } else { Err(End::Close(CloseCode::TicketExpired)) }
}

fn read_hello(text: &str) -> Result<(String, Vec<Position>, Option<FeedPosition>), End> {
    let malformed = End::Close(CloseCode::Malformed);
    let json = parse(text).map_err(|_| malformed)?;
    // The version first: what else a hello of another version holds is not ours to judge.
    if peek_tag(&json, "command") == Some("hello") && !speaks(&json) {
        return Err(End::Close(CloseCode::Version));
    }
    match Command::read(json) {
        Ok(Command::Hello { ticket, resume, feed, .. }) => Ok((ticket, resume, feed)),
        _ => Err(malformed),
    }
}

fn speaks(hello: &Json) -> bool {
    let Json::Map(fields) = hello else { return true };
    match fields.iter().find(|(name, _)| name == "version") {
        Some((_, Json::Int(version))) => (i64::from(VERSION_MIN)..=i64::from(VERSION)).contains(version),
        // Not even a number: malformed, as the codec will say.
        _ => true,
    }
}

fn redeem(app: &Application, ticket: &str) -> Result<Principal, End> {
    app.tickets.redeem(ticket, app.now()).map_err(|error| {
        End::Close(match error {
            TicketError::Expired => CloseCode::TicketExpired,
            TicketError::Unknown | TicketError::Full => CloseCode::Ticket,
        })
    })
}

async fn welcome(app: &Application, who: &Principal) -> Result<Frame, End> {
    let fails = |fault| {
        tracing::warn!(%fault, "could not welcome a visitor");
        End::Close(CloseCode::Unavailable)
    };
    let conversations = app.own_conversations(who).await.map_err(fails)?;
    // Newcomers, who are most, have none to be read, and have said nothing of themselves.
    let (last_messages, told) = match conversations.is_empty() {
        true => (None, None),
        false => (app.own_last_messages(who).await.map_err(fails)?, app.told(who).await.map_err(fails)?),
    };
    let service = match *who {
        Principal::Visitor { inbox, .. } => Some(app.hub.service_for(who, inbox)),
        Principal::Agent { .. } => None,
    };
    Ok(Frame::Welcome {
        version: VERSION,
        epoch: app.store.epoch(),
        now: app.now(),
        me: who.me(),
        conversations,
        last_messages,
        told,
        service,
    })
}
