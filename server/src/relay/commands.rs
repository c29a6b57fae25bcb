//! What a client says after its hello: read, judged by the application, answered. One at a time, in the order said.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use deskbell_shared::codec::{Json, Problem, Wire as _, parse, peek_tag};
use deskbell_shared::model::{ConversationId, Right, Seq};
use deskbell_shared::protocol::{
    AgentCommand, AttendantView, Attention, CloseCode, Command, DeskFrame, Frame, RefusalCode,
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::connection::{Connection, Overstep};
use super::drafts::Told;
use super::reply;
use super::socket::End;
use crate::application::conversations::Opening;
use crate::auth::Principal;
use crate::bus::hub::frame_bytes;
use crate::bus::mailbox::Typing;
use crate::desk::Target;
use crate::log::Written;
use crate::meter::meter;
use crate::store::accounts::AgentRecord;
use crate::store::conversations::Span;
use crate::store::filing::FiledSo;
use crate::store::{Fault, Stored};

/// So many commands with a number are remembered on a connection, to know one that comes again.
const REPEATS_KNOWN: usize = 16;

/// What a text turned out to be.
enum Said {
    Command(Command),
    Agent(AgentCommand),
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Connection<S> {
    /// Takes one text frame.
    pub(super) async fn obey(&mut self, text: &str) -> Result<(), End> {
        let json = parse(text).map_err(|_| End::Close(CloseCode::Malformed))?;
        let id = id_of(&json);
        if let Some(wait_ms) = self.frame_allowed()? {
            // What has no number is a sign that may be dropped.
            return match id {
                Some(id) => self.socket.put(reply::rate_limited(id, wait_ms)).await,
                None => Ok(()),
            };
        }
        if id.is_some() && !self.taken.take(text) {
            // Said and answered before: a `start` obeyed twice could begin a second conversation.
            return Ok(());
        }
        match self.understand(json, id) {
            Ok(Said::Command(command)) => self.do_command(command).await,
            Ok(Said::Agent(command)) => self.do_agent_command(command).await,
            Err(No::Refused(frame)) => {
                self.strike(Overstep::Frame)?;
                self.socket.put(frame).await
            }
            Err(No::End(end)) => Err(end),
        }
    }

    /// A frame that the protocol does not know ends the connection; a known one that is wrong, or not for this
    /// client, is refused where it has a number.
    fn understand(&self, json: Json, id: Option<u32>) -> Result<Said, No> {
        let for_agents = peek_tag(&json, "command").is_some_and(|tag| AgentCommand::TAGS.contains(&tag));
        if for_agents && self.who().is_visitor() {
            return match id {
                Some(id) => Err(No::Refused(reply::refused(Some(id), RefusalCode::NotAllowed, None))),
                None => Err(No::End(End::Close(CloseCode::Malformed))),
            };
        }
        let said = if for_agents {
            AgentCommand::read(json).map(Said::Agent)
        } else {
            Command::read(json).map(Said::Command)
        };
        said.map_err(|bad| match id {
            Some(id) if bad.problem != Problem::UnknownTag => {
                No::Refused(reply::malformed(id, bad.to_string()))
            }
            _ => No::End(End::Close(CloseCode::Malformed)),
        })
    }

    async fn do_command(&mut self, command: Command) -> Result<(), End> {
        let who = self.who();
        match command {
            // Said already.
            Command::Hello { .. } => Err(End::Close(CloseCode::Malformed)),
            Command::Start { id, conversation, messages, page, language, time_zone, about, inbox } => {
                if let Err(wait_ms) = self.place_allows(1, messages.len()) {
                    return self.socket.put(reply::rate_limited(id, wait_ms)).await;
                }
                let opening = Opening { conversation, messages, page, language, time_zone, about, inbox };
                self.start(id, who, opening).await
            }
            Command::Send { id, conversation, messages } => {
                if let Err(wait_ms) = self.place_allows(0, messages.len()) {
                    return self.socket.put(reply::rate_limited(id, wait_ms)).await;
                }
                let written = self.app.send(&who, conversation, messages).await;
                self.tell_written(id, conversation, written).await
            }
            Command::Watch { id, position } => self.watch(Some(id), position).await,
            Command::Unwatch { id, conversation } => {
                self.app.hub.unfollow(conversation, &self.joined.mailbox);
                self.socket.put(reply::done(id)).await
            }
            Command::Sync { id, conversation, after, before } => {
                let span = match (after, before) {
                    (Some(after), None) => Span::After(after),
                    (None, Some(before)) => Span::Before(before),
                    _ => {
                        let why = "exactly one of after and before".to_owned();
                        return self.socket.put(reply::malformed(id, why)).await;
                    }
                };
                let frame = match self.app.rows(&who, conversation, span).await {
                    Ok(read) => {
                        frame_bytes(&Frame::Page { id: Some(id), conversation: read.view, rows: read.rows })
                    }
                    Err(fault) => reply::fault(Some(id), Some(conversation), fault)?,
                };
                self.socket.put(frame).await
            }
            Command::Mark { conversation, received, read } => {
                match self.app.mark(&who, conversation, received, read).await {
                    Ok(()) => Ok(()),
                    Err(fault) => {
                        // That nothing can be stored is no fault of whoever marks what they read.
                        if matches!(fault, Fault::Refused(_)) {
                            self.strike(Overstep::Conversation)?;
                        }
                        let refused = reply::fault(None, Some(conversation), fault)?;
                        self.socket.put(refused).await
                    }
                }
            }
            Command::Typing { conversation, on } => self.type_sign(who, conversation, on).await,
            Command::Resolve { id, conversation } => {
                let resolved = self.app.resolve(&who, conversation).await;
                self.tell_done(id, Some(conversation), resolved).await
            }
            Command::Rate { id, conversation, score, comment } => {
                let rated = self.app.rate(&who, conversation, score, comment).await;
                self.tell_done(id, Some(conversation), rated).await
            }
            Command::Edit { id, conversation, message, text } => {
                if let Err(wait_ms) = self.place_allows(0, 1) {
                    return self.socket.put(reply::rate_limited(id, wait_ms)).await;
                }
                let edited = self.app.edit(&who, conversation, message, text).await;
                self.tell_done(id, Some(conversation), edited).await
            }
            Command::Withdraw { id, conversation, message } => {
                let withdrawn = self.app.withdraw(&who, conversation, message).await;
                self.tell_done(id, Some(conversation), withdrawn).await
            }
            Command::LeaveAddress { id, conversation, address } => {
                let left = self.app.leave_address(&who, conversation, &address).await;
                self.tell_done(id, Some(conversation), left).await
            }
        }
    }

    async fn do_agent_command(&mut self, command: AgentCommand) -> Result<(), End> {
        let who = self.who();
        match command {
            AgentCommand::Claim { id, conversation, version } => {
                let claimed = self.app.claim(&who, conversation, version).await;
                self.tell_done(id, Some(conversation), claimed).await
            }
            AgentCommand::Decline { id, conversation } => {
                let declined = self.app.decline(&who, conversation).await;
                self.tell_done(id, Some(conversation), declined).await
            }
            AgentCommand::Snooze { id, conversation, until } => {
                let snoozed = self.app.snooze(&who, conversation, until).await;
                self.tell_done(id, Some(conversation), snoozed).await
            }
            AgentCommand::Wake { id, conversation } => {
                let woken = self.app.wake(&who, conversation).await;
                self.tell_done(id, Some(conversation), woken).await
            }
            AgentCommand::Reopen { id, conversation } => {
                let reopened = self.app.reopen(&who, conversation).await;
                self.tell_done(id, Some(conversation), reopened).await
            }
            AgentCommand::Transfer { id, conversation, version, agent, inbox, note } => {
                let to = match (agent, inbox) {
                    (Some(agent), None) => Target::Agent(agent),
                    (None, Some(inbox)) => Target::Inbox(inbox),
                    _ => {
                        let why = "exactly one of agent and inbox".to_owned();
                        return self.socket.put(reply::malformed(id, why)).await;
                    }
                };
                let passed = self.app.transfer(&who, conversation, version, to, note).await;
                self.tell_done(id, Some(conversation), passed).await
            }
            AgentCommand::SetAvailability { id, availability, capacity } => {
                let chosen = self.app.set_availability(&who, availability, capacity).await;
                self.tell_done(id, None, chosen).await
            }
            AgentCommand::Tag { id, conversation, tag, on } => {
                let tagged = self.app.tag(&who, conversation, tag, on).await;
                self.tell_done(id, Some(conversation), tagged).await
            }
            AgentCommand::SetPriority { id, conversation, priority } => {
                let said = self.app.prioritise(&who, conversation, priority).await;
                self.tell_done(id, Some(conversation), said).await
            }
            AgentCommand::WrapUp { id, conversation, outcome } => {
                let ended = self.app.wrap_up(&who, conversation, outcome).await;
                self.tell_done(id, Some(conversation), ended).await
            }
            AgentCommand::List { id, before, tag, priority } => {
                let so = FiledSo { tag, priority };
                let frame = match self.app.resolved(&who, so, before).await {
                    Ok(lines) => frame_bytes(&DeskFrame::ListPage { id, rows: lines.rows, more: lines.more }),
                    Err(fault) => reply::fault(Some(id), None, fault)?,
                };
                self.socket.put(frame).await
            }
            AgentCommand::Attend { id, conversation, attention } => {
                self.attend(id, conversation, attention).await
            }
            AgentCommand::NoteMailed { id, conversation } => {
                let noted = self.app.note_mailed(&who, conversation).await;
                self.tell_done(id, Some(conversation), noted).await
            }
            AgentCommand::KeepDraft { id, conversation, is_note, text } => {
                let kept = self.app.keep_draft(&who, conversation, is_note, text).await;
                self.tell_done(id, Some(conversation), kept).await
            }
            AgentCommand::FollowDrafts { id } => {
                self.drafts = Some(Told::default());
                self.joined.mailbox.drafts_moved();
                self.tell_done(id, None, Ok(())).await
            }
            AgentCommand::Feed { id, after } => self.feed_pages(Some(id), after).await,
        }
    }

    /// The conversation is followed before its first rows are written, so that none is missed.
    async fn start(&mut self, id: u32, who: Principal, opening: Opening) -> Result<(), End> {
        let conversation = opening.conversation;
        let mailbox = self.mailbox();
        let watched = mailbox.watches(conversation);
        if !watched && !self.app.hub.follow(conversation, &mailbox) {
            return self.socket.put(reply::refused(Some(id), RefusalCode::TooLong, Some(conversation))).await;
        }
        let written = self.app.start(&who, opening).await;
        if !watched {
            match written.as_ref().ok().and_then(|written| written.acks.first()) {
                // The client knows its own first message, and nothing before it.
                Some(first) => {
                    if !mailbox.caught_up(conversation, Seq(first.seq.0.saturating_sub(1))) {
                        mailbox.wake();
                    }
                }
                None => self.app.hub.unfollow(conversation, &mailbox),
            }
        }
        self.tell_written(id, conversation, written).await
    }

    async fn tell_written(
        &mut self,
        id: u32,
        conversation: ConversationId,
        written: Stored<Written>,
    ) -> Result<(), End> {
        let frame = match written {
            Ok(Written { acks, refused }) => {
                if let Some(refused) = &refused {
                    meter().refused_on_socket(refused.code);
                }
                if let Some(refused) = refused.as_ref().filter(|no| no.code == RefusalCode::RateLimited) {
                    self.too_fast(refused.retry_after_ms.unwrap_or_default())?;
                }
                let epoch = self.app.store.epoch();
                frame_bytes(&Frame::Acked { id, conversation, epoch, acks, refused })
            }
            Err(fault) => reply::fault(Some(id), Some(conversation), fault)?,
        };
        self.socket.put(frame).await
    }

    async fn tell_done(
        &mut self,
        id: u32,
        conversation: Option<ConversationId>,
        done: Stored<()>,
    ) -> Result<(), End> {
        let frame = match done {
            Ok(()) => reply::done(id),
            Err(fault) => reply::fault(Some(id), conversation, fault)?,
        };
        self.socket.put(frame).await
    }

    /// Typing is shown only where the one who types reads along, which was authorised.
    async fn type_sign(&mut self, who: Principal, conversation: ConversationId, on: bool) -> Result<(), End> {
        if !self.joined.mailbox.watches(conversation) {
            self.strike(Overstep::Conversation)?;
            let refused = reply::refused(None, RefusalCode::NotFound, Some(conversation));
            return self.socket.put(refused).await;
        }
        let rate = self.app.limits.typing;
        // Who sends and types fast has done nothing wrong; what floods is stopped by the count of frames.
        if self.typing.take_one(rate, self.app.now()).is_err() {
            return Ok(());
        }
        let agent = match self.own_record().await {
            Some(record) if !record.role.may(Right::Answer) => {
                self.strike(Overstep::Conversation)?;
                let refused = reply::refused(None, RefusalCode::NotAllowed, Some(conversation));
                return self.socket.put(refused).await;
            }
            record => record.map(|record| record.view),
        };
        if who.is_visitor() || agent.is_some() {
            self.app.hub.typing(&Typing { conversation, agent, on });
        }
        Ok(())
    }

    /// What an agent does at a conversation is shown where they read along, which was authorised.
    async fn attend(
        &mut self,
        id: u32,
        conversation: ConversationId,
        attention: Option<Attention>,
    ) -> Result<(), End> {
        let mailbox = self.mailbox();
        if !mailbox.watches(conversation) {
            self.strike(Overstep::Conversation)?;
            return self
                .socket
                .put(reply::refused(Some(id), RefusalCode::NotFound, Some(conversation)))
                .await;
        }
        if let Err(wait) = self.attention.take_one(self.app.limits.typing, self.app.now()) {
            let wait_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
            return self.socket.put(reply::rate_limited(id, wait_ms)).await;
        }
        let what = match attention {
            Some(attention) => {
                self.own_record().await.map(|record| AttendantView { agent: record.view, attention })
            }
            None => None,
        };
        self.app.hub.attend(conversation, &mailbox, what);
        self.tell_done(id, Some(conversation), Ok(())).await
    }

    /// What is known of the agent at the other end. Nothing for a visitor, and where it cannot be had: a sign is not worth
    /// an error.
    async fn own_record(&mut self) -> Option<AgentRecord> {
        let Principal::Agent { id, .. } = self.who() else { return None };
        self.app.store.agent(id).await.ok().flatten()
    }
}

/// The last commands that were taken on a connection. One that comes again has the same number, so the same text;
/// what is not the same is not taken for a repeat, however a client counts.
#[derive(Debug, Default)]
pub(super) struct Taken {
    digests: [u64; REPEATS_KNOWN],
    /// Where the next one goes.
    next: usize,
}

impl Taken {
    /// Takes a command. `false` when it is one of the last.
    fn take(&mut self, text: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        // 0 stands for none.
        let digest = hasher.finish() | 1;
        let new = !self.digests.contains(&digest);
        if new {
            self.digests[self.next] = digest;
            self.next = (self.next + 1) % REPEATS_KNOWN;
        }
        new
    }
}

/// Why a frame is not obeyed.
enum No {
    Refused(bytes::Bytes),
    End(End),
}

/// The number of a command, if it has one that can be answered.
fn id_of(json: &Json) -> Option<u32> {
    let Json::Map(fields) = json else { return None };
    fields.iter().find_map(|(name, value)| match value {
        Json::Int(id) if name == "id" => u32::try_from(*id).ok(),
        _ => None,
    })
}
