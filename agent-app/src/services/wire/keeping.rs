//! The drafts of this agent, in step with the server: saved when typing pauses, taken over from other devices. What is sent
//! stays a draft there until the message is stored, so that it is never nowhere.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use deskbell_shared::model::ConversationId;
use deskbell_shared::protocol::limits::TEXT_BYTES_MAX;
use deskbell_shared::protocol::{AgentCommand, DraftView, RefusalCode};
use deskbell_shared::session::{Answer, Connection, DraftState};

use super::{Asked, Wire, with};
use crate::services::clock::{self, Ticking};
use crate::services::drafts::{self, Slot};
use crate::state::desk::DeskAction;
use crate::state::drafts::Drafts;
use crate::state::map::Set;

/// After so long without a key what was typed is saved.
const PAUSE_MS: i32 = 1_000;

/// What the server has of what is written here.
pub struct Keeping {
    known: RefCell<Drafts>,
    /// Whether the server tells of them on the present connection.
    is_followed: Cell<bool>,
    /// Whether it has told all there is. Before, nothing is saved over what may have been written elsewhere.
    is_listed: Cell<bool>,
    pause: RefCell<Option<Ticking>>,
    /// Which conversations have one, as they were told last.
    marked: RefCell<Set<ConversationId>>,
}

impl Keeping {
    /// Goes on from what this tab has stored.
    pub fn restored() -> Keeping {
        drafts::begin();
        Keeping {
            known: RefCell::new(Drafts::restored(drafts::noted())),
            is_followed: Cell::new(false),
            is_listed: Cell::new(false),
            pause: RefCell::default(),
            marked: RefCell::default(),
        }
    }
}

impl Wire {
    /// Something was written: it is saved when that pauses. What is empty was sent or deleted, and waits for nothing more.
    pub fn written(self: &Rc<Self>, slot: Slot) {
        self.keeping.known.borrow_mut().written(slot);
        drafts::note(slot, false);
        self.tell_drafts(false);
        self.save_in(if drafts::kept(slot).is_empty() { 0 } else { PAUSE_MS });
    }

    /// Saves now what is written and not saved: it is left.
    pub fn save(self: &Rc<Self>) {
        self.keeping.pause.replace(None);
        // What was forgotten here because its agent left is kept by the server for when they are back.
        if !self.keeping.is_listed.get() || drafts::are_forgotten() {
            return;
        }
        let due = self.keeping.known.borrow().due();
        for slot in due {
            // Until the server has the message it keeps the draft.
            if self.is_on_its_way(slot) {
                continue;
            }
            let ((conversation, is_note), text) = (slot, drafts::kept(slot));
            // What is longer than any message would be too much for the connection, too.
            if text.len() > TEXT_BYTES_MAX {
                self.keeping.known.borrow_mut().refused(slot);
                continue;
            }
            let asked = self.driver.ask(|id| AgentCommand::KeepDraft {
                id,
                conversation,
                is_note,
                text: text.clone(),
            });
            // Without a connection it waits for the next.
            let Ok(id) = asked else { return };
            self.asked.borrow_mut().insert(id, Asked::Draft(slot));
            self.keeping.known.borrow_mut().sent(slot, text);
        }
    }

    fn save_in(self: &Rc<Self>, wait_ms: i32) {
        let weak: Weak<Wire> = Rc::downgrade(self);
        let next = clock::after(wait_ms, move || with(&weak, Wire::save));
        self.keeping.pause.replace(Some(next));
    }

    fn is_on_its_way(&self, (id, is_note): Slot) -> bool {
        let waits = |state| matches!(state, DraftState::Queued | DraftState::Sending);
        self.driver.with(|session, _| {
            session.drafts(id).iter().any(|draft| draft.is_note == is_note && waits(draft.state))
        })
    }

    /// Something has happened to messages: what waited for them may be said now.
    pub(super) fn messages_moved(self: &Rc<Self>) {
        let is_pausing = self.keeping.pause.borrow().is_some();
        if self.keeping.is_listed.get() && !is_pausing && !self.keeping.known.borrow().due().is_empty() {
            self.save_in(0);
        }
    }

    /// The connection is another than it was.
    pub(super) fn follow_drafts(self: &Rc<Self>, connection: Connection) {
        if connection != Connection::Live {
            self.keeping.is_listed.set(false);
            if self.keeping.is_followed.replace(false) {
                self.keeping.known.borrow_mut().disconnected();
            }
        } else if !self.keeping.is_followed.replace(true) {
            self.later(|wire| {
                let _ = wire.driver.ask(|id| AgentCommand::FollowDrafts { id });
            });
        }
    }

    /// The server has answered what was to be saved.
    pub(super) fn saved(self: &Rc<Self>, slot: Slot, answer: Answer) {
        let now = drafts::kept(slot);
        {
            let mut known = self.keeping.known.borrow_mut();
            match answer {
                Answer::Lost => return known.unanswered(slot),
                Answer::Refused {
                    code: RefusalCode::RateLimited | RefusalCode::Unavailable,
                    retry_after_ms,
                } => {
                    known.unanswered(slot);
                    drop(known);
                    return self.save_in(retry_after_ms.unwrap_or(1_000).clamp(100, 60_000) as i32);
                }
                Answer::Done => drafts::note(slot, known.answered(slot, true, &now)),
                // It stays in this tab.
                Answer::Refused { .. } => drop(known.answered(slot, false, &now)),
            }
        }
        self.messages_moved();
    }

    /// The server tells what is written.
    pub(super) fn take_drafts(self: &Rc<Self>, reset: bool, told: Vec<DraftView>, more: bool) {
        let mut is_other = false;
        {
            let mut known = self.keeping.known.borrow_mut();
            if reset {
                known.begin();
            }
            for DraftView { conversation, is_note, text, revision } in told {
                let slot = (conversation, is_note);
                if known.told(slot, revision, &text, &drafts::kept(slot)) {
                    is_other |= take(slot, text);
                }
            }
            if !more {
                for slot in known.end() {
                    is_other |= take(slot, String::new());
                }
            }
        }
        self.tell_drafts(is_other);
        if !more {
            self.keeping.is_listed.set(true);
            self.messages_moved();
        }
    }

    /// Says which conversations have a draft, and with `is_other` that fields have to be drawn anew.
    pub(super) fn tell_drafts(&self, is_other: bool) {
        let mut marked = Set::new();
        for slot in self.keeping.known.borrow().slots() {
            if !drafts::kept(*slot).trim().is_empty() {
                marked.insert(slot.0, ());
            }
        }
        if is_other || *self.keeping.marked.borrow() != marked {
            self.keeping.marked.replace(marked.clone());
            self.tell.emit(DeskAction::Drafts(marked));
        }
    }
}

/// Puts what the server has in place of what is here. Returns whether that is another.
fn take(slot: Slot, text: String) -> bool {
    let is_other = drafts::kept(slot) != text;
    if is_other {
        drafts::keep(slot, text);
    }
    drafts::note(slot, true);
    is_other
}
