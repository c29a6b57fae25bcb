//! Authors put other words into what they wrote, or take it back.

use deskbell_shared::model::{Audience, Cmid, ConversationId, EntryBody, Right, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::EDIT_WITHIN;

use super::audit::Told;
use super::forgetting::touched;
use super::threads::{By, Line, Thread};
use super::{State, refuse};
use crate::store::conversations::{Changed, Edit, Withdraw, Writer};
use crate::store::{Refusal, Scope, Stored};

impl State {
    pub(super) fn edit(&mut self, edit: Edit) -> Stored<Changed> {
        let (mut thread, by, at) = self.own(edit.conversation, &edit.writer, edit.message, edit.at)?;
        if thread.erased.contains(&at) {
            return refuse(RefusalCode::NotFound);
        }
        let head = thread.head();
        if thread.words(by, edit.message) != edit.text {
            in_time(&thread.lines[at], edit.at)?;
            let has_file = matches!(thread.lines[at].what, EntryBody::Message { file: Some(_), .. });
            if edit.text.trim().is_empty() && !has_file {
                return refuse(RefusalCode::Empty);
            }
            let is_note = matches!(thread.lines[at].what, EntryBody::Note { .. });
            let audience = is_note.then_some(Audience::Staff);
            let what = EntryBody::Edited { of: edit.message, text: edit.text, audience };
            thread.lines.push(Line { at: edit.at, by, what });
            self.put(&mut thread);
        }
        Ok(thread.changed(self, head, None))
    }

    pub(super) fn withdraw(&mut self, withdraw: Withdraw, told: &mut Told) -> Stored<Changed> {
        let Withdraw { conversation, writer, message, at: now } = withdraw;
        let (mut thread, by, at) = self.own(conversation, &writer, message, now)?;
        let head = thread.head();
        if thread.erased.contains(&at) {
            told.idle = true;
            return Ok(thread.changed(self, head, None));
        }
        in_time(&thread.lines[at], now)?;
        let mut gone = None;
        for at in thread.worded(by, message).collect::<Vec<_>>() {
            thread.erased.insert(at);
            thread.withdrawn.insert(at);
            match &mut thread.lines[at].what {
                EntryBody::Message { text, file, choices, .. } => {
                    text.clear();
                    *choices = None;
                    gone = file.take();
                }
                EntryBody::Note { text, .. } | EntryBody::Edited { text, .. } => text.clear(),
                _ => {}
            }
        }
        if let Some(gone) = gone {
            let brings = |line: &Line| matches!(&line.what, EntryBody::Message { file: Some(file), .. } if *file == gone);
            if !thread.lines.iter().any(brings) {
                self.drop_files(|kept| kept.file.view.id == gone.id);
            }
        }
        self.put(&mut thread);
        Ok(touched(&thread, self, head))
    }

    /// The conversation, whose hand it is, and where their message stands.
    fn own(
        &self,
        conversation: ConversationId,
        writer: &Writer,
        message: Cmid,
        at: UnixMillis,
    ) -> Result<(Thread, By, usize), Refusal> {
        let (scope, by) = match *writer {
            Writer::Visitor(visitor) => (Scope::Visitor(visitor), By::Visitor),
            Writer::Agent(agent) => (Scope::Agent(agent), By::Agent(agent)),
        };
        let thread = self.reach(conversation, scope)?;
        if by == By::Visitor {
            if self.is_blocked(thread.visitor, at) {
                return Err(Refusal::because(RefusalCode::Blocked));
            }
            self.may_act(thread.visitor, thread.inbox)?;
        }
        let Some((seq, _)) = thread.known(by, message) else {
            return Err(Refusal::because(RefusalCode::NotFound));
        };
        let at = seq.0 as usize - 1;
        if !matches!(thread.lines[at].what, EntryBody::Note { .. }) {
            self.may(scope, Right::Answer)?;
        }
        Ok((thread, by, at))
    }
}

fn in_time(line: &Line, at: UnixMillis) -> Result<(), Refusal> {
    if at.since(line.at) > EDIT_WITHIN { Err(Refusal::because(RefusalCode::TooLate)) } else { Ok(()) }
}
