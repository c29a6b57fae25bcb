//! What a tab shows, written into the history as it changes. Looks at the session from outside, as a screen does.

use std::collections::BTreeMap;

use deskbell_shared::codec::Wire;
use deskbell_shared::model::{Author, ConversationId, Entry, EntryBody, Epoch};
use deskbell_shared::protocol::Frame;
use deskbell_shared::session::Conversation;

use super::double::Double;
use super::tab::history_side;
use super::world::World;
use crate::history::{Id, Row, What, digest, digest_with, erased, offering};

/// Which rows of each conversation are shown.
#[derive(Default)]
pub struct Screen {
    shown: BTreeMap<ConversationId, Window>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Window {
    epoch: Epoch,
    first: u64,
    last: u64,
}

impl World {
    /// Notes what is different from the last look.
    pub fn look_at_screen(&mut self, tab: usize) {
        if self.double == Some(Double::IgnoresGaps) {
            return;
        }
        let mut notes = Vec::new();
        let t = &self.tabs[tab];
        let (client, side) = (t.client, history_side(t.person.side()));
        let mut shown = BTreeMap::new();
        for c in t.session.conversations() {
            let before = t.screen.shown.get(&c.id).copied();
            let now = window(c, t.session.epoch());
            let conversation = Id(c.id.0);
            if before.is_some() && !before.is_some_and(|before| now.is_some_and(|now| now.extends(before))) {
                notes.push(What::Reset { client, conversation });
            }
            let Some(now) = now else { continue };
            shown.insert(c.id, now);
            let kept = before.filter(|before| now.extends(*before));
            let observe = |entry: &Entry| What::Observe {
                client,
                conversation,
                epoch: Id(now.epoch.0),
                side,
                seq: entry.seq.0,
                row: self.row(c.id, entry),
            };
            let from = kept.map_or(0, |kept| kept.last);
            notes.extend(c.rows().iter().filter(|entry| entry.seq.0 > from).map(observe));
            if let Some(kept) = kept {
                // Older rows are put before the others one by one.
                let older = c.rows().iter().rev().filter(|entry| entry.seq.0 < kept.first);
                notes.extend(older.map(observe));
            }
        }
        for id in t.screen.shown.keys().filter(|id| t.session.conversation(**id).is_none()) {
            notes.push(What::Reset { client, conversation: Id(id.0) });
        }
        self.tabs[tab].screen.shown = shown;
        for what in notes {
            self.tell_observed(tab, &what);
            self.note(what);
        }
    }

    /// The broken client shows each row of a conversation as it comes, whatever is missing before it.
    pub fn show_blindly(&mut self, tab: usize, text: &str) {
        if self.double != Some(Double::IgnoresGaps) {
            return;
        }
        let (conversation, epoch, rows) = match Frame::from_text(text) {
            Ok(Frame::Entry { conversation, epoch, entry }) => (conversation, epoch, vec![entry]),
            Ok(Frame::Page { conversation, rows, .. }) => (conversation.id, conversation.epoch, rows),
            _ => return,
        };
        let (client, side) = (self.tabs[tab].client, history_side(self.tabs[tab].person.side()));
        for entry in rows {
            let seq = entry.seq.0;
            let window = self.tabs[tab].screen.shown.get(&conversation).copied();
            let conversation_id = Id(conversation.0);
            if window.is_some_and(|window| window.epoch != epoch) {
                self.note(What::Reset { client, conversation: conversation_id });
            } else if window.is_some_and(|window| seq <= window.last) {
                continue;
            }
            self.tabs[tab].screen.shown.insert(conversation, Window { epoch, first: seq, last: seq });
            let row = self.row(conversation, &entry);
            let epoch = Id(epoch.0);
            self.note(What::Observe { client, conversation: conversation_id, epoch, side, seq, row });
        }
    }

    /// A row in the words of the history.
    pub fn row(&self, conversation: ConversationId, entry: &Entry) -> Row {
        let author = match &entry.author {
            Author::Visitor {} => self.visitor_of(conversation),
            Author::Agent { agent } => Some(Id(agent.id.0)),
            Author::System {} => None,
        };
        let (cmid, digest) = match &entry.body {
            EntryBody::Message { cmid, text, file, .. } => {
                let said = offering(text, entry.body.choices());
                (Some(Id(cmid.0)), digest_with(&said, file.as_ref().map(|file| Id(file.id.0))))
            }
            EntryBody::Note { cmid, text } => (Some(Id(cmid.0)), digest(text)),
            EntryBody::Erased { cmid, .. } => (cmid.map(|cmid| Id(cmid.0)), erased()),
            EntryBody::Assigned { to, version } => (None, digest(&format!("assigned {} {version}", to.id))),
            EntryBody::Resolved { version } => (None, digest(&format!("resolved {version}"))),
            EntryBody::Reopened { version } => (None, digest(&format!("reopened {version}"))),
            other => (None, digest(&other.to_text())),
        };
        Row { cmid, author, digest }
    }
}

impl Window {
    /// Whether every row that was shown still is.
    fn extends(self, before: Window) -> bool {
        self.epoch == before.epoch
            && self.first <= before.first
            && self.last >= before.last
            && self.first <= before.last
    }
}

fn window(c: &Conversation, epoch: Option<Epoch>) -> Option<Window> {
    let epoch = c.view().map(|view| view.epoch).or(epoch)?;
    let (first, last) = (c.rows().first()?.seq.0, c.rows().last()?.seq.0);
    Some(Window { epoch, first, last })
}
