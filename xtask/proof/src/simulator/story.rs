//! A world told as a story: who did what, when, and what went wrong. Only told when somebody listens, since most
//! worlds go well.

use deskbell_shared::model::{Cmid, ConversationId};
use deskbell_shared::session::OutboxRow;

use super::device::Told;
use super::person::Person;
use super::world::World;
use crate::history::What;

impl World {
    /// Adds a line, if anybody listens.
    pub fn tell(&mut self, line: impl FnOnce(&World) -> String) {
        if self.story.is_some() {
            let at = self.now;
            let line = format!("{:>4}.{:03}  {}", at / 1000, at % 1000, line(self));
            self.story.iter_mut().for_each(|story| story.push(line.clone()));
        }
    }

    pub fn tell_observed(&mut self, tab: usize, what: &What) {
        match *what {
            What::Observe { conversation, seq, row, .. } => self.tell(|w| {
                let place = w.short(ConversationId(conversation.0));
                let shown = row.cmid.map_or("an event".to_owned(), |cmid| w.text(Cmid(cmid.0)).to_owned());
                format!("{} shows {seq} of {place}: {shown}", w.name(tab))
            }),
            What::Reset { conversation, .. } => self
                .tell(|w| format!("{} shows {} anew", w.name(tab), w.short(ConversationId(conversation.0)))),
            _ => {}
        }
    }

    /// Who sits at a tab, and which of their tabs it is.
    pub fn name(&self, tab: usize) -> String {
        let t = &self.tabs[tab];
        match t.person {
            Person::Visitor { id, .. } => format!("visitor {} (tab {tab}, client {})", id.0, t.client.0),
            Person::Agent { id } => format!("agent {} (tab {tab}, client {})", id.0, t.client.0),
        }
    }

    pub fn short(&self, id: ConversationId) -> String {
        let hex = id.to_hex();
        format!("#{}", &hex[hex.len() - 4..])
    }

    pub fn told_in_words(&self, told: &Told) -> String {
        match told {
            Told::Row { row, kept: true } => self.row_in_words(row),
            Told::Row { row, kept: false } => format!("{} (perhaps not stored)", self.row_in_words(row)),
            Told::Forgotten(cmid) => format!("{} is forgotten", self.text(*cmid)),
        }
    }

    /// A row of an outbox and what it knows.
    pub fn row_in_words(&self, row: &OutboxRow) -> String {
        let state = match (&row.acked, row.refused) {
            (Some(receipt), _) => format!("acknowledged at {}", receipt.seq.0),
            (None, Some(code)) => format!("refused, {}", code.text()),
            (None, None) => "waiting".into(),
        };
        format!("{} for {}, {state}", row.text, self.short(row.conversation))
    }

    /// What a message says: texts are numbers, so they name it.
    pub fn text(&self, cmid: Cmid) -> &str {
        self.authors.get(&cmid).map_or("?", |(_, text)| text)
    }
}
