//! What comes over HTTP: files, and the wish to be forgotten.

use deskbell_server::store::Fault;
use deskbell_server::store::conversations::Writer;
use deskbell_shared::model::{ConversationId, FileId, VisitorId};
use deskbell_shared::session::Input;

use super::super::person::Person;
use super::super::store::{Write, Written, view_of};
use super::super::world::World;
use crate::history::{Id, What};

/// A file on its way into the store.
pub struct Upload {
    tab: usize,
    life: u32,
    conversation: ConversationId,
    file: FileId,
    text: String,
}

impl World {
    /// A tab uploads a file, and sends it when the server has it.
    pub fn uploads(&mut self, tab: usize, conversation: ConversationId, text: String) {
        let owner = match self.tabs[tab].person {
            Person::Visitor { id, .. } => Writer::Visitor(id),
            Person::Agent { id } => Writer::Agent(id),
        };
        let file = FileId(u128::from(self.random.any()));
        self.asked += 1;
        let (number, life) = (self.asked, self.tabs[tab].life);
        let Some(node) = &mut self.node else { return };
        node.uploads.insert(number, Upload { tab, life, conversation, file, text });
        self.submit(number, Write::KeepFile(file, owner));
    }

    /// A visitor asks to be forgotten. It is noted beside the store first, where no backup is.
    pub fn forgets(&mut self, device: usize) {
        let Some(Person::Visitor { id, .. }) = self.devices[device].person else { return };
        let at = self.server_now();
        self.asked += 1;
        let number = self.asked;
        let Some(node) = &mut self.node else { return };
        node.forgetting.insert(number, device);
        self.tell(|_| format!("visitor {} asks to be forgotten", id.0));
        if self.store.durable.threads.values().any(|thread| thread.visitor == id) {
            self.erasures.insert(id);
        }
        self.submit(number, Write::Erase(id, at));
    }

    /// What a restored store has not seen done is done again.
    pub(super) fn forget_again(&mut self) {
        let missing: Vec<VisitorId> = self
            .erasures
            .iter()
            .filter(|visitor| !self.store.durable.books.forgotten.contains(visitor))
            .copied()
            .collect();
        let at = self.server_now();
        for visitor in missing {
            self.asked += 1;
            let number = self.asked;
            self.submit(number, Write::Erase(visitor, at));
        }
    }

    /// Whether a write came over HTTP; then its answer goes there.
    pub(super) fn http_answered(&mut self, number: u64, written: &Result<Written, Fault>) -> bool {
        let Some(node) = &mut self.node else { return false };
        if let Some(upload) = node.uploads.remove(&number) {
            if written.is_ok() && self.lives(upload.tab, upload.life) {
                let Upload { tab, conversation, file, text, .. } = upload;
                let random = self.random.bytes();
                let (conversation, file) = (Some(conversation), view_of(file));
                let _ = self.give(tab, Input::SendFile { conversation, file, text, random });
            }
            return true;
        }
        if let Some(device) = node.forgetting.remove(&number) {
            if written.is_ok() {
                self.begins_anew(device);
            }
            return true;
        }
        false
    }

    /// The device of a visitor who was forgotten keeps nothing; whoever sits there is somebody else from now on.
    fn begins_anew(&mut self, device: usize) {
        let Some(Person::Visitor { id, inbox }) = self.devices[device].person else { return };
        let tabs: Vec<usize> = (0..self.tabs.len()).filter(|tab| self.tabs[*tab].device == device).collect();
        for tab in tabs.iter().copied() {
            let client = self.tabs[tab].client;
            for cmid in self.tabs[tab].written.clone() {
                self.note(What::Timeout { client, cmid: Id(cmid.0) });
            }
            self.close_tab(tab);
        }
        let person = Person::Visitor { id: VisitorId(id.0 + 1_000), inbox };
        self.devices[device].forget(person);
        for tab in tabs {
            self.lanes += 1;
            let lane = self.lanes;
            let t = &mut self.tabs[tab];
            (t.person, t.lane) = (person, lane);
            t.written.clear();
            t.watched.clear();
            self.load(tab);
        }
    }
}
