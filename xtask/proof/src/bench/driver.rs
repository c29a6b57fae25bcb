//! Does what the session says, tells it what happened, and appends what that means to the history. One task a client.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbell_shared::codec::{Json, Wire as _};
use deskbell_shared::model::{Audience, ConversationId, UnixMillis};
use deskbell_shared::protocol::{DeskFrame, Frame};
use deskbell_shared::session::{Changed, Effect, Input, OutboxRow};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::client::Page;
use super::link;
use super::rows;
use super::team::NOTE;
use super::world::lock;
use crate::history::{Id, What, digest_with};

/// The driver of one session.
pub struct Driver {
    page: Arc<Page>,
    inputs: mpsc::Sender<Input>,
    frozen: watch::Receiver<bool>,
    /// The socket, by its number.
    socket: Option<(u32, mpsc::UnboundedSender<String>)>,
    /// Answers that the driver gives itself, before anything else is heard.
    own: VecDeque<Input>,
    shown: HashMap<ConversationId, Window>,
    was_live: bool,
}

/// What the history says is on screen of a conversation.
struct Window {
    epoch: Id,
    first: u64,
    last: u64,
}

impl Driver {
    /// Over nothing yet.
    pub fn new(page: Arc<Page>, inputs: mpsc::Sender<Input>, frozen: watch::Receiver<bool>) -> Driver {
        Driver {
            page,
            inputs,
            frozen,
            socket: None,
            own: VecDeque::new(),
            shown: HashMap::new(),
            was_live: false,
        }
    }

    /// Runs until it is dropped.
    pub async fn run(mut self, begin: VecDeque<Input>, mut received: mpsc::Receiver<Input>) {
        let (began_at, began) = (now(), Instant::now());
        let time = || began_at.plus(began.elapsed());
        self.own = begin;
        loop {
            while let Some(input) = self.own.pop_front() {
                self.take(time(), input);
            }
            if self.frozen.wait_for(|frozen| !frozen).await.is_err() {
                return;
            }
            let next = match received.try_recv() {
                Ok(input) => input,
                Err(_) => {
                    self.page.moved.send_modify(|count| *count += 1);
                    let deadline = lock(&self.page.session).deadline();
                    tokio::select! {
                        input = received.recv() => match input {
                            Some(input) => input,
                            None => return,
                        },
                        () = until(deadline, time()) => Input::Timer,
                    }
                }
            };
            self.own.push_back(next);
        }
    }

    fn take(&mut self, at: UnixMillis, input: Input) {
        let page = self.page.clone();
        let works = lock(&page.works);
        if !*works {
            return;
        }
        let mut notes = self.heard(&input);
        let writes = matches!(input, Input::Write { .. } | Input::WriteNote { .. } | Input::SendFile { .. });
        let mut changed = HashSet::new();
        let mut session = lock(&self.page.session);
        // A refused intent of a person shows in what the history lacks.
        let _ = session.handle(at, input);
        let mut effects = Vec::new();
        while let Some(effect) = session.effect() {
            effects.push(effect);
        }
        let live = self.page_is_live(&session);
        drop(session);
        if live && !self.was_live {
            notes.push(What::Resume { client: self.page.number });
        }
        self.was_live = live;
        let mut sends = Vec::new();
        for effect in effects {
            match effect {
                Effect::SendText { link, text } => sends.push((link, text)),
                Effect::Changed(Changed::Conversation(id)) => {
                    changed.insert(id);
                }
                Effect::Changed(Changed::Conversations) => changed.extend(self.shown.keys().copied()),
                effect => self.perform(effect, writes, &mut notes),
            }
        }
        for id in changed {
            self.observe(id, &mut notes);
        }
        // Before anything is sent: the server cannot answer what is not in the history yet.
        if !notes.is_empty() {
            self.page.world.note_all(notes);
        }
        for (link, text) in sends {
            if let Some((_, socket)) = self.socket.as_ref().filter(|(number, _)| *number == link) {
                let _ = socket.send(text);
            }
        }
    }

    fn page_is_live(&self, session: &deskbell_shared::session::Session) -> bool {
        matches!(session.state(), deskbell_shared::session::State::Live { .. })
    }

    fn perform(&mut self, effect: Effect, writes: bool, notes: &mut Vec<What>) {
        let page = &self.page;
        let place = || page.world.place();
        match effect {
            Effect::FetchTicket { link } => {
                let (place, pass, inputs) = (place(), page.pass.clone(), self.inputs.clone());
                tokio::spawn(async move {
                    let _ = inputs.send(link::ticket(place, pass, link).await).await;
                });
            }
            Effect::Connect { link } => {
                let (texts, outgoing) = mpsc::unbounded_channel();
                self.socket = Some((link, texts));
                let (place, inputs, frozen) = (place(), self.inputs.clone(), self.frozen.clone());
                tokio::spawn(async move {
                    let code = link::socket(place, link, outgoing, &inputs, frozen).await;
                    let _ = inputs.send(Input::Closed { link, code }).await;
                });
            }
            Effect::CloseSocket { link } => {
                self.socket.take_if(|(number, _)| *number == link);
            }
            Effect::SaveOutbox(row) => {
                let cmid = row.cmid;
                if writes && !row.decided() {
                    notes.push(self.invoke(&row));
                }
                if let Some(code) = row.refused {
                    let code = code.text().to_owned();
                    notes.push(What::Refuse { client: page.number, cmid: Id(cmid.0), code });
                }
                lock(&page.stored).outbox.insert(cmid, row);
                self.own.push_back(Input::Saved { cmid, kept: true });
            }
            Effect::ForgetOutbox(cmid) => {
                lock(&page.stored).outbox.remove(&cmid);
            }
            Effect::SeekElection => {
                let outbox = lock(&page.stored).outbox.values().cloned().collect();
                self.own.push_back(Input::Elected { outbox });
            }
            Effect::Answered { id, answer } => {
                lock(&page.answers).insert(id, answer);
            }
            Effect::Unhandled(json) => self.note_desk(json),
            // There is one tab and no screen; the ends of transcripts are stored when a page is closed.
            _ => {}
        }
    }

    fn invoke(&self, row: &OutboxRow) -> What {
        let page = &self.page;
        let author = page.person().unwrap_or(Id(0));
        let (conversation, cmid) = (Id(row.conversation.0), Id(row.cmid.0));
        if page.side() == crate::history::Side::Visitor {
            page.world.know_visitor(conversation, author);
        }
        let digest = digest_with(&row.text, row.file.as_ref().map(|file| Id(file.id.0)));
        let note = row.audience == Some(Audience::Staff);
        What::Invoke { client: page.number, conversation, cmid, author, lane: page.lane, digest, note }
    }

    /// What the wire said about messages, whatever the session makes of it.
    fn heard(&self, input: &Input) -> Vec<What> {
        match input {
            Input::Text { text, .. } if text.starts_with("{\"frame\":\"acked\"") => {
                let Ok(Frame::Acked { conversation, epoch, acks, .. }) = Frame::from_text(text) else {
                    return Vec::new();
                };
                let ack = |ack: &deskbell_shared::protocol::frame::Ack| What::Ack {
                    client: self.page.number,
                    conversation: Id(conversation.0),
                    cmid: Id(ack.cmid.0),
                    epoch: Id(epoch.0),
                    side: self.page.side(),
                    seq: ack.seq.0,
                };
                acks.iter().map(ack).collect()
            }
            Input::Text { text, .. }
                if self.page.side() == crate::history::Side::Visitor && text.contains(NOTE) =>
            {
                let place = format!("a frame to client {}", self.page.number.0);
                vec![What::Leaked { canary: NOTE.to_owned(), place }]
            }
            _ => Vec::new(),
        }
    }

    /// What has come onto the screen, or left it.
    fn observe(&mut self, id: ConversationId, notes: &mut Vec<What>) {
        let (client, side, conversation) = (self.page.number, self.page.side(), Id(id.0));
        let session = lock(&self.page.session);
        let c = session.conversation(id);
        let rows = c.map(|c| c.rows()).unwrap_or_default();
        let epoch = c.and_then(|c| c.view()).map_or(Id(0), |view| Id(view.epoch.0));
        let first = rows.first().map_or(0, |row| row.seq.0);
        let last = rows.last().map_or(0, |row| row.seq.0);
        let replaced = |window: &mut Window| {
            rows.is_empty()
                || window.epoch != epoch
                || first > window.last + 1
                || last < window.last
                || first > window.first
        };
        if self.shown.get_mut(&id).is_some_and(replaced) {
            self.shown.remove(&id);
            notes.push(What::Reset { client, conversation });
        }
        if rows.is_empty() {
            return;
        }
        let note = |seq: u64| What::Observe {
            client,
            conversation,
            epoch,
            side,
            seq,
            row: rows::shown(&self.page.world, conversation, &rows[(seq - first) as usize]),
        };
        match self.shown.get_mut(&id) {
            None => {
                notes.extend((first..=last).map(note));
                self.shown.insert(id, Window { epoch, first, last });
            }
            Some(window) => {
                notes.extend((first..window.first).rev().map(note));
                notes.extend((window.last + 1..=last).map(note));
                (window.first, window.last) = (first, last);
            }
        }
    }

    fn note_desk(&self, json: Json) {
        let Ok(frame) = DeskFrame::read(json) else { return };
        let mut lists = lock(&self.page.lists);
        match frame {
            DeskFrame::ConversationChanged { summary, .. } => {
                lists.insert(summary.conversation.id, summary);
            }
            DeskFrame::FeedPage { reset, rows, .. } => {
                if reset {
                    lists.clear();
                }
                lists.extend(rows.into_iter().map(|summary| (summary.conversation.id, summary)));
            }
            DeskFrame::ConversationGone { conversation, feed } => {
                lists.retain(|id, summary| *id != conversation || summary.feed > feed);
            }
            DeskFrame::VisitorPresence { visitor, online } => {
                for summary in lists.values_mut().filter(|summary| summary.visitor.id == visitor) {
                    summary.visitor.online = online;
                }
            }
            DeskFrame::ListPage { .. }
            | DeskFrame::Attended { .. }
            | DeskFrame::Desk { .. }
            | DeskFrame::Drafts { .. }
            | DeskFrame::SiteChanged { .. } => {}
        }
    }
}

async fn until(deadline: Option<UnixMillis>, now: UnixMillis) {
    match deadline {
        Some(at) => tokio::time::sleep(at.since(now).max(Duration::from_millis(1))).await,
        None => std::future::pending().await,
    }
}

/// The time on this machine.
pub fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(since.as_millis() as i64)
}
