//! What must hold in a world: at every moment, and once all is well.

use std::collections::{BTreeMap, BTreeSet};

use deskbell_shared::codec::Wire;
use deskbell_shared::model::*;
use deskbell_shared::protocol::{Command, Frame};
use deskbell_shared::session::*;

use super::{Tab, World};
use crate::server::Who;

impl World {
    /// R1: nothing is sent that storage has not been asked for and has not answered.
    pub(super) fn check_stored(&self, tab: Tab, text: &str) {
        let device = &self.devices[self.clients[tab].device];
        let messages = match Command::from_text(text) {
            Ok(Command::Start { messages, .. } | Command::Send { messages, .. }) => messages,
            _ => return,
        };
        for draft in messages {
            // What was acknowledged before is offered again whether or not it is still stored.
            let again = self.acked.contains_key(&draft.cmid);
            let stored = again || device.outbox.contains_key(&draft.cmid.to_hex());
            assert!(stored || device.unwilling, "sent before it was stored");
        }
    }

    pub(super) fn note_late(&mut self, number: u32, text: &str) {
        let Some(wire) = self.wires.get(&number) else { return };
        let given_up = !self.lives(wire.tab, wire.life) || self.clients[wire.tab].connection != Some(number);
        if given_up && let Ok(Command::Start { messages, .. }) = Command::from_text(text) {
            self.late.extend(messages.iter().map(|draft| draft.cmid));
        }
    }

    pub(super) fn note_acks(&mut self, text: &str) {
        if let Ok(Frame::Acked { conversation, epoch, acks, .. }) = Frame::from_text(text) {
            for ack in acks {
                self.acked.insert(ack.cmid, (conversation, ack.seq, epoch));
            }
        }
    }

    /// What holds at any moment: no hole, no message twice, nothing but what the server has.
    pub(super) fn check_moment(&self, tab: Tab) {
        let session = &self.clients[tab].session;
        for c in session.conversations() {
            let rows = c.rows();
            assert!(rows.windows(2).all(|pair| pair[1].seq == pair[0].seq.next()), "a hole is shown");
            let mut shown = BTreeSet::new();
            for row in rows {
                if let EntryBody::Message { cmid, .. } = &row.body {
                    assert!(shown.insert(*cmid), "a row twice");
                }
            }
            for draft in session.drafts(c.id) {
                assert!(shown.insert(draft.cmid), "a message is shown as row and as draft");
            }
            if session.epoch() == Some(self.server.epoch)
                && let Some(log) = self.server.logs.get(&c.id)
            {
                let from = rows.first().map_or(0, |row| row.seq.0 as usize - 1);
                assert_eq!(rows, &log.rows[from..from + rows.len()], "not what the server has");
            }
        }
    }

    /// What holds once all is well: everything written is stored once and in order, everybody sees it.
    pub fn check_promises(&self) {
        let mut places: BTreeMap<Cmid, (ConversationId, Seq)> = BTreeMap::new();
        for (id, log) in &self.server.logs {
            for row in &log.rows {
                let EntryBody::Message { cmid, .. } = &row.body else { continue };
                // The server knows repeats within a conversation. A start that the network held back can make another
                // one: after its messages were moved to the one that was open, and that was ended.
                if let Some((other, _)) = places.get(cmid) {
                    assert!(other != id && self.late.contains(cmid), "stored twice");
                    if self.acked.get(cmid).is_none_or(|(acked_in, ..)| acked_in != id) {
                        continue;
                    }
                }
                places.insert(*cmid, (*id, row.seq));
            }
        }
        for (cmid, (conversation, seq, epoch)) in &self.acked {
            if *epoch == self.server.epoch {
                assert_eq!(places.get(cmid), Some(&(*conversation, *seq)), "acknowledged and not there");
            }
        }
        for (tab, client) in self.clients.iter().enumerate() {
            let refused: BTreeSet<Cmid> = self.refused(tab);
            for cmid in &client.written {
                let there = places.contains_key(cmid);
                let device = &self.devices[client.device];
                // Written once, but the browser does not let this page read it.
                let locked_away = device.denied && device.outbox.contains_key(&cmid.to_hex());
                let excused = refused.contains(cmid) || self.unkept.contains(cmid) || locked_away;
                assert!(there || excused, "lost: {cmid}");
                assert!(!(there && refused.contains(cmid)), "stored, and said not to be");
            }
            // A page that cannot read what the one before it stored cannot wait for it either.
            let unwilling = self.devices[client.device].unwilling;
            let cuts = client.lives.iter().copied().filter(|at| unwilling && *at > 0);
            let mut from = 0;
            for to in cuts.chain([client.written.len()]) {
                let life = client.written.get(from..to).unwrap_or_default();
                let order: Vec<_> = life.iter().filter_map(|cmid| places.get(cmid)).collect();
                for (at, (conversation, seq)) in order.iter().enumerate() {
                    let mut later = order[at + 1..].iter().filter(|(other, _)| other == conversation);
                    assert!(later.all(|(_, other)| other > seq), "out of the author's order");
                }
                from = to;
            }
            if client.open {
                self.check_at_rest(tab, &refused);
            }
        }
    }

    fn check_at_rest(&self, tab: Tab, refused: &BTreeSet<Cmid>) {
        let session = &self.clients[tab].session;
        assert!(matches!(session.state(), State::Live { .. }), "tab {tab} is {:?}", session.state());
        assert!(!session.catching_up(), "still catching up");
        assert!(session.unsent() <= refused.len(), "the outbox of tab {tab} is not empty");
        for c in session.conversations() {
            let Some(log) = self.server.logs.get(&c.id) else { continue };
            if c.founded() && self.watched(tab, c.id) {
                assert_eq!(c.rows().last().map(|row| row.seq), log.rows.last().map(|row| row.seq), "behind");
                assert_eq!(c.view(), Some(&log.view), "the state is not what a fresh snapshot gives");
            }
        }
    }

    fn watched(&self, tab: Tab, id: ConversationId) -> bool {
        match self.clients[tab].who {
            Who::Visitor(_) => self.clients[tab].session.current() == Some(id),
            Who::Agent(_) => self.server.logs.contains_key(&id),
        }
    }

    fn refused(&self, tab: Tab) -> BTreeSet<Cmid> {
        let device = &self.devices[self.clients[tab].device];
        let rows = device.outbox.values().map(|text| OutboxRow::from_text(text).unwrap());
        let mut refused: BTreeSet<_> = rows.filter(|row| row.refused.is_some()).map(|row| row.cmid).collect();
        for client in self.clients.iter().filter(|client| client.device == self.clients[tab].device) {
            for c in client.session.conversations() {
                let drafts = client.session.drafts(c.id);
                let not_sent = drafts.iter().filter(|draft| matches!(draft.state, DraftState::Refused(_)));
                refused.extend(not_sent.map(|draft| draft.cmid));
            }
        }
        refused
    }
}
