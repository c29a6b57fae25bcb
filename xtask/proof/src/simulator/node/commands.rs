//! What a client says after its hello: as `relay::commands` does it.

use deskbell_server::auth::Principal;
use deskbell_server::bus::mailbox::Typing;
use deskbell_server::desk::{Input, Target};
use deskbell_server::store::conversations::{
    Append, Mark, Reopen, Resolve, Snooze, Span, Start, Wake, Writer,
};
use deskbell_server::store::desks::Chosen;
use deskbell_server::store::mail::LeaveAddress;
use deskbell_shared::codec::{Json, Wire, parse, peek_tag};
use deskbell_shared::model::{ConversationId, Draft, Seq};
use deskbell_shared::protocol::{AgentCommand, CloseCode, Command, Frame, RefusalCode};

use super::super::store::{Write, agent_view};
use super::super::world::{Event, World};
use super::{For, Job};

/// See `relay::commands::REPEATS_KNOWN`.
const REPEATS_KNOWN: usize = 16;

impl World {
    pub(super) fn obey(&mut self, link: u32, text: &str) {
        let Ok(json) = parse(text) else { return self.close(link, CloseCode::Malformed) };
        if has_number(&json)
            && let Some(connection) = self.connection(link)
        {
            if connection.taken.iter().any(|taken| taken == text) {
                return;
            }
            connection.taken.push_back(text.to_owned());
            if connection.taken.len() > REPEATS_KNOWN {
                connection.taken.pop_front();
            }
        }
        if peek_tag(&json, "command").is_some_and(|tag| AgentCommand::TAGS.contains(&tag)) {
            match AgentCommand::read(json) {
                Ok(command) => self.do_agent_command(link, command),
                Err(_) => self.close(link, CloseCode::Malformed),
            }
        } else {
            match Command::read(json) {
                Ok(command) => self.do_command(link, command),
                Err(_) => self.close(link, CloseCode::Malformed),
            }
        }
    }

    fn do_command(&mut self, link: u32, command: Command) {
        let Some(who) = self.connection(link).map(|connection| connection.who) else { return };
        let (at, scope) = (self.server_now(), who.scope());
        match command {
            Command::Hello { .. } => self.close(link, CloseCode::Malformed),
            Command::Start { id, conversation, messages, page, language, time_zone, about: _, inbox: _ } => {
                let Principal::Visitor { id: visitor, site, inbox, .. } = who else {
                    return self.refuse(link, Some(id), RefusalCode::NotAllowed, Some(conversation));
                };
                let start = Start {
                    conversation,
                    visitor,
                    site,
                    inbox,
                    page,
                    language,
                    time_zone,
                    about: None,
                    messages,
                    at,
                };
                self.start(link, id, start);
            }
            Command::Send { id, conversation, messages } => self.send(link, id, conversation, messages),
            Command::Watch { id, position } => {
                self.add_job(link, Job::Watch { id: Some(id), position });
            }
            Command::Unwatch { id, conversation } => {
                if let Some(node) = &self.node
                    && let Some(connection) = node.connections.get(&link)
                {
                    node.hub.unfollow(conversation, &connection.joined.mailbox);
                }
                self.put(link, &Frame::Done { id });
            }
            Command::Sync { id, conversation, after, before } => {
                let span = match (after, before) {
                    (Some(after), None) => Span::After(after),
                    (None, Some(before)) => Span::Before(before),
                    _ => return self.refuse(link, Some(id), RefusalCode::Malformed, Some(conversation)),
                };
                self.ask_rows(link, For::Sync { id, conversation }, conversation, span);
            }
            Command::Mark { conversation, received, read } => {
                let mark = Mark { conversation, scope, received, read };
                self.ask_write(link, For::Mark { conversation }, Write::Mark(mark));
            }
            Command::Typing { conversation, on } => {
                let agent = match who {
                    Principal::Visitor { .. } => None,
                    Principal::Agent { id, .. } => Some(agent_view(id)),
                };
                if let Some(node) = &self.node
                    && let Some(connection) = node.connections.get(&link)
                    && connection.joined.mailbox.watches(conversation)
                {
                    node.hub.typing(&Typing { conversation, agent, on });
                    self.later(0, Event::Poke);
                }
            }
            Command::LeaveAddress { id, conversation, address } => {
                let Principal::Visitor { id: visitor, .. } = who else {
                    return self.refuse(link, Some(id), RefusalCode::NotAllowed, Some(conversation));
                };
                let leave = LeaveAddress { conversation, visitor, address, at };
                self.ask_write(link, For::Done { id, conversation }, Write::LeaveAddress(leave));
            }
            Command::Resolve { id, conversation } => {
                let resolve = Resolve { conversation, scope, at };
                self.ask_write(link, For::Done { id, conversation }, Write::Resolve(resolve));
            }
            // Nobody here rates, edits or withdraws: rows like any other, which the store's own stories cover.
            Command::Rate { id, .. } | Command::Edit { id, .. } | Command::Withdraw { id, .. } => {
                self.put(link, &Frame::Done { id })
            }
        }
    }

    fn do_agent_command(&mut self, link: u32, command: AgentCommand) {
        let at = self.server_now();
        let Some(Principal::Agent { id: agent, .. }) = self.connection(link).map(|c| c.who) else {
            return self.close(link, CloseCode::Malformed);
        };
        let done = |id, conversation| For::Done { id, conversation };
        match command {
            AgentCommand::Claim { id, conversation, version } => {
                let input = Input::Claim { agent, conversation, version };
                self.ask_desk(link, id, conversation, input);
            }
            AgentCommand::Decline { id, conversation } => {
                self.ask_desk(link, id, conversation, Input::Decline { agent, conversation });
            }
            AgentCommand::Feed { id, after } => self.add_job(link, Job::Feed { id: Some(id), after }),
            AgentCommand::Snooze { id, conversation, until } => {
                let snooze = Snooze { conversation, agent, until, at };
                self.ask_write(link, done(id, conversation), Write::Snooze(snooze));
            }
            AgentCommand::Wake { id, conversation } => {
                let wake = Wake { conversation, agent, at };
                self.ask_write(link, done(id, conversation), Write::Wake(wake));
            }
            AgentCommand::Reopen { id, conversation } => {
                let reopen = Reopen { conversation, agent, at };
                self.ask_write(link, done(id, conversation), Write::Reopen(reopen));
            }
            AgentCommand::Transfer { id, conversation, version, agent: to, inbox, note } => {
                let to = match (to, inbox) {
                    (Some(agent), None) => Target::Agent(agent),
                    (None, Some(inbox)) => Target::Inbox(inbox),
                    _ => return self.refuse(link, Some(id), RefusalCode::Malformed, Some(conversation)),
                };
                if let Target::Inbox(inbox) = to
                    && !self.store.durable.members.contains(&(inbox, agent))
                {
                    return self.refuse(link, Some(id), RefusalCode::NotFound, Some(conversation));
                }
                let note = note.unwrap_or_default();
                let input = Input::Transfer { by: agent, conversation, version, to, note };
                self.ask_desk(link, id, conversation, input);
            }
            AgentCommand::SetAvailability { id, availability, capacity } => {
                let before = self.store.durable.chosen(agent);
                let capacity = capacity.unwrap_or(before.capacity);
                let write = Write::Choose(agent, Chosen { availability, capacity });
                self.ask_write(link, For::Choice { id }, write);
            }
            // Nobody here has a mail program of their own, or looks at resolved conversations.
            AgentCommand::NoteMailed { id, conversation } => {
                self.refuse(link, Some(id), RefusalCode::Invalid, Some(conversation));
            }
            // Nobody here files anything: rows like any other, which the store's own stories cover.
            AgentCommand::Tag { id, conversation, .. }
            | AgentCommand::SetPriority { id, conversation, .. }
            | AgentCommand::WrapUp { id, conversation, .. } => {
                self.refuse(link, Some(id), RefusalCode::Invalid, Some(conversation));
            }
            // Who looks at what is nothing that could be lost.
            AgentCommand::Attend { id, conversation, .. } => {
                self.refuse(link, Some(id), RefusalCode::Invalid, Some(conversation));
            }
            // What nobody has sent is on nobody's way.
            AgentCommand::KeepDraft { id, conversation, .. } => {
                self.refuse(link, Some(id), RefusalCode::Invalid, Some(conversation));
            }
            AgentCommand::FollowDrafts { id } => self.refuse(link, Some(id), RefusalCode::Invalid, None),
            AgentCommand::List { id, .. } => self.refuse(link, Some(id), RefusalCode::Invalid, None),
        }
    }

    /// Has the desk decide where the conversation is, if it is in the agent's scope.
    fn ask_desk(&mut self, link: u32, id: u32, conversation: ConversationId, input: Input) {
        let Some(who) = self.connection(link).map(|connection| connection.who) else { return };
        let state = &self.store.durable;
        let thread = state.threads.get(&conversation).filter(|thread| state.reaches(thread, who.scope()));
        match thread.map(|thread| thread.inbox) {
            Some(inbox) => {
                let number = self.ask(link, For::Done { id, conversation });
                self.wish(number, inbox, input);
            }
            None => self.refuse(link, Some(id), RefusalCode::NotFound, Some(conversation)),
        }
    }

    /// The conversation is followed before its first rows are written, so that none is missed.
    fn start(&mut self, link: u32, id: u32, start: Start) {
        let conversation = start.conversation;
        let Some(node) = &self.node else { return };
        let Some(connection) = node.connections.get(&link) else { return };
        let watched = connection.joined.mailbox.watches(conversation);
        if !watched && !node.hub.follow(conversation, &connection.joined.mailbox) {
            return self.refuse(link, Some(id), RefusalCode::TooLong, Some(conversation));
        }
        self.ask_write(link, For::Start { id, conversation, watched }, Write::Start(Box::new(start)));
    }

    fn send(&mut self, link: u32, id: u32, conversation: ConversationId, messages: Vec<Draft>) {
        let at = self.server_now();
        let Some(who) = self.connection(link).map(|connection| connection.who) else { return };
        let writer = match who {
            Principal::Visitor { id, .. } => Writer::Visitor(id),
            Principal::Agent { id, .. } => Writer::Agent(id),
        };
        let append = Append { conversation, writer, messages, at };
        self.ask_write(link, For::Send { id, conversation }, Write::Append(append));
    }

    fn add_job(&mut self, link: u32, job: Job) {
        if let Some(connection) = self.connection(link) {
            connection.jobs.push_back(job);
        }
    }

    /// Reads rows as they are now; the answer comes a little later, when they may be others.
    pub(super) fn ask_rows(&mut self, link: u32, what: For, conversation: ConversationId, span: Span) {
        let Some(who) = self.connection(link).map(|connection| connection.who) else { return };
        let read = Box::new(self.store.rows(who.scope(), conversation, span));
        let number = self.ask(link, what);
        let wait = self.random.below(3);
        if let Some(life) = self.node.as_ref().map(|node| node.life) {
            self.later(wait, Event::Read { life, number, read });
        }
    }

    pub(super) fn refuse(
        &mut self,
        link: u32,
        id: Option<u32>,
        code: RefusalCode,
        conversation: Option<ConversationId>,
    ) {
        let retry_after_ms = code.retries().then_some(2_000);
        self.put(link, &Frame::Refused { id, code, conversation, retry_after_ms, message: String::new() });
    }
}

/// The client knows its own first message, and nothing before it.
pub(super) fn before(seq: Seq) -> Seq {
    Seq(seq.0.saturating_sub(1))
}

fn has_number(json: &Json) -> bool {
    matches!(json, Json::Map(fields) if fields.iter().any(|(name, _)| name == "id"))
}
