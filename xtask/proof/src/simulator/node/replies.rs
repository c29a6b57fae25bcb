//! What the store has answered, and what the waiting connection does with it.

use deskbell_server::store::conversations::RowsRead;
use deskbell_server::store::{Fault, Refusal};
use deskbell_shared::model::{ConversationId, Seq};
use deskbell_shared::protocol::{CloseCode, Frame, RefusalCode};

use super::super::double::Double;
use super::super::store::Written;
use super::super::world::World;
use super::commands::before;
use super::{Asked, For};

impl World {
    /// A write is answered. What it committed is announced whatever has become of its author.
    pub fn written(&mut self, number: u64, written: Result<Written, Fault>) {
        if let Ok(written) = &written
            && self.double != Some(Double::AnnouncesUncommitted)
        {
            self.announce(written);
        }
        if self.desk_answered(number, &written)
            || self.mail_answered(number, &written)
            || self.http_answered(number, &written)
        {
            return self.step_all();
        }
        let Some(Asked { link, what }) = self.take_asked(number) else { return };
        match (what, written) {
            (For::Start { id, conversation, watched }, written) => {
                if !watched {
                    self.follow_from_first(link, conversation, &written);
                }
                self.tell_written(link, id, conversation, written);
            }
            (For::Send { id, conversation }, written) => self.tell_written(link, id, conversation, written),
            (For::Done { id, .. }, Ok(_)) => self.put(link, &Frame::Done { id }),
            (For::Choice { id }, Ok(_)) => {
                if let Some(node) = &self.node {
                    node.hub.people_changed();
                }
                self.put(link, &Frame::Done { id });
                self.stir_desks();
            }
            (For::Choice { id }, Err(_)) => self.refuse(link, Some(id), RefusalCode::Unavailable, None),
            (For::Done { id, conversation }, Err(fault)) => {
                self.tell_fault(link, Some(id), conversation, fault);
            }
            (For::Mark { conversation }, Err(fault)) => self.tell_fault(link, None, conversation, fault),
            _ => {}
        }
        self.step_all();
    }

    pub fn announce(&mut self, written: &Written) {
        if let Some(node) = &self.node {
            for changed in written.changes() {
                if changed.feed.is_some() || !changed.rows.is_empty() {
                    node.hub.committed(changed);
                }
                if matches!(written, Written::Erased(_)) {
                    node.hub.erased(changed.conversation);
                }
            }
        }
        self.stir_desks();
    }

    fn follow_from_first(
        &mut self,
        link: u32,
        conversation: ConversationId,
        written: &Result<Written, Fault>,
    ) {
        let Some(node) = &self.node else { return };
        let Some(connection) = node.connections.get(&link) else { return };
        let mailbox = &connection.joined.mailbox;
        let first = match written {
            Ok(Written::Messages(appended)) => appended.acks.first(),
            _ => None,
        };
        match first {
            Some(first) => {
                if !mailbox.caught_up(conversation, before(first.seq)) {
                    mailbox.wake();
                }
            }
            None => node.hub.unfollow(conversation, mailbox),
        }
    }

    fn tell_written(
        &mut self,
        link: u32,
        id: u32,
        conversation: ConversationId,
        written: Result<Written, Fault>,
    ) {
        let epoch = self.store.durable.epoch;
        match written {
            Ok(Written::Messages(appended)) => {
                let (acks, refused) = (appended.acks, appended.refused);
                self.put(link, &Frame::Acked { id, conversation, epoch, acks, refused });
            }
            Ok(_) => {}
            Err(fault) => self.tell_fault(link, Some(id), conversation, fault),
        }
    }

    fn tell_fault(&mut self, link: u32, id: Option<u32>, asked: ConversationId, fault: Fault) {
        match fault {
            Fault::Refused(Refusal { code, conversation }) => {
                self.refuse(link, id, code, conversation.or(Some(asked)));
            }
            Fault::Unavailable(_) => self.refuse(link, id, RefusalCode::Unavailable, Some(asked)),
            Fault::Unknown(_) | Fault::Corrupt(_) => self.close(link, CloseCode::Unavailable),
        }
    }

    /// Rows were read.
    pub fn read(&mut self, number: u64, read: Result<RowsRead, Fault>) {
        let Some(Asked { link, what }) = self.take_asked(number) else { return };
        match what {
            For::Sync { id, conversation } => match read {
                Ok(RowsRead { view, rows, .. }) => {
                    self.put(link, &Frame::Page { id: Some(id), conversation: view, rows });
                }
                Err(fault) => self.tell_fault(link, Some(id), conversation, fault),
            },
            For::Watch { id, conversation, watched } => {
                self.tell_watched(link, id, conversation, watched, read);
            }
            For::CatchUp { conversation, after, full } => {
                self.tell_missed(link, conversation, after, full, read);
            }
            _ => {}
        }
        self.step(link);
    }

    fn tell_watched(
        &mut self,
        link: u32,
        id: Option<u32>,
        conversation: ConversationId,
        watched: bool,
        read: Result<RowsRead, Fault>,
    ) {
        let Some(node) = &self.node else { return };
        let Some(connection) = node.connections.get(&link) else { return };
        let mailbox = connection.joined.mailbox.clone();
        match read {
            Ok(RowsRead { view, rows, erased, .. }) => {
                let upto = rows.last().map_or(view.head, |row| row.seq);
                self.put(link, &Frame::Page { id, conversation: view, rows });
                if erased {
                    let epoch = self.store.durable.epoch;
                    self.put(link, &Frame::Erased { conversation, epoch });
                }
                if !mailbox.caught_up(conversation, upto) {
                    mailbox.wake();
                }
            }
            Err(fault) => {
                if !watched || is_not_found(&fault) {
                    node.hub.unfollow(conversation, &mailbox);
                }
                self.tell_fault(link, id, conversation, fault);
            }
        }
    }

    /// Rows that did not fit the mailbox.
    fn tell_missed(
        &mut self,
        link: u32,
        conversation: ConversationId,
        after: Seq,
        full: bool,
        read: Result<RowsRead, Fault>,
    ) {
        let epoch = self.store.durable.epoch;
        let Some(node) = &self.node else { return };
        let Some(connection) = node.connections.get(&link) else { return };
        let mailbox = connection.joined.mailbox.clone();
        match read {
            Ok(read) if self.drops(full) => {
                mailbox.caught_up(conversation, read.view.head);
            }
            Ok(RowsRead { view, rows, .. }) => {
                let upto = rows.last().map_or(after, |row| row.seq);
                let found = !rows.is_empty();
                for entry in rows {
                    self.put(link, &Frame::Entry { conversation, epoch, entry });
                }
                if mailbox.caught_up(conversation, upto.max(after)) {
                    self.put(link, &Frame::Cursor { conversation, epoch, marks: view.marks });
                } else if found {
                    mailbox.wake();
                }
            }
            Err(fault) if is_not_found(&fault) => {
                node.hub.unfollow(conversation, &mailbox);
                self.refuse(link, None, RefusalCode::NotFound, Some(conversation));
            }
            Err(_) => {}
        }
    }

    fn take_asked(&mut self, number: u64) -> Option<Asked> {
        let node = self.node.as_mut()?;
        let asked = node.asked.remove(&number)?;
        let connection = node.connections.get_mut(&asked.link)?;
        connection.waits = false;
        // What had been missed is told within a delivery, which does not begin another one.
        connection.deliver |= !matches!(asked.what, For::CatchUp { .. });
        Some(asked)
    }
}

fn is_not_found(fault: &Fault) -> bool {
    matches!(fault, Fault::Refused(Refusal { code: RefusalCode::NotFound, .. }))
}
