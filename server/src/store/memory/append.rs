//! Messages and notes are added to a conversation, as far as they may.

use deskbell_shared::model::{ConversationId, Draft, EntryBody, Right, Seq, Status, UnixMillis};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::frame::{Ack, RefusedMessage};

use super::conversations::already_open;
use super::threads::{By, Line, Thread};
use super::{State, refuse};
use crate::store::conversations::Appended;
use crate::store::{Refusal, Scope, Stored};

impl State {
    /// Adds the longest prefix that may be, see `ConversationStore::append`.
    pub(super) fn add(
        &mut self,
        id: ConversationId,
        by: By,
        messages: &[Draft],
        at: UnixMillis,
    ) -> Stored<Appended> {
        let Some(mut thread) = self.threads.iter().find(|thread| thread.id == id).cloned() else {
            return refuse(RefusalCode::NotFound);
        };
        let old_head = thread.head();
        let mut acks = Vec::new();
        let mut refused = None;
        let refusal = |cmid, code| Some(RefusedMessage { cmid, code, retry_after_ms: None });
        for draft in messages {
            let Draft { cmid, text, .. } = draft;
            let known = thread.known(by, *cmid).map(|(seq, line)| (seq, line.at, thread.row(self, seq).body));
            let (seq, at) = match known {
                Some((_, _, known)) if !is_same(&known, draft) => {
                    refused = refusal(*cmid, RefusalCode::CmidReused);
                    break;
                }
                Some((seq, at, _)) => (seq, at),
                None => {
                    match self.may_add(&thread, by, draft, at) {
                        Ok(()) => {}
                        Err(no) if no.code == RefusalCode::Invalid && thread.head() > Seq(0) => {
                            refused = refusal(*cmid, no.code);
                            break;
                        }
                        Err(no) if acks.is_empty() => return Err(no.into()),
                        Err(no) if no.conversation.is_some() => break,
                        Err(no) => {
                            refused = refusal(*cmid, no.code);
                            break;
                        }
                    }
                    if thread.status == Status::Resolved && !draft.is_note() {
                        thread.reopen(at, self.feed + 1, by);
                    }
                    if by == By::Visitor {
                        thread.wake(at, by);
                    }
                    let what = match draft.is_note() {
                        true => EntryBody::Note { cmid: *cmid, text: text.clone() },
                        false => {
                            let file = draft.file.and_then(|file| self.bring(by, &thread, file));
                            let choices = draft.choices.clone();
                            EntryBody::Message { cmid: *cmid, text: text.clone(), file, choices }
                        }
                    };
                    thread.lines.push(Line { at, by, what });
                    if let By::Agent(agent) = by {
                        self.sent(agent, thread.id, draft.is_note(), text);
                    }
                    (thread.head(), at)
                }
            };
            let seq = if by == By::Visitor { thread.visitor_seq(seq) } else { seq };
            acks.push(Ack { cmid: *cmid, seq, at });
        }
        if thread.head() != old_head {
            self.put(&mut thread);
        }
        Ok(Appended { acks, refused, changed: thread.changed(self, old_head, None) })
    }

    fn may_add(&self, thread: &Thread, by: By, draft: &Draft, at: UnixMillis) -> Result<(), Refusal> {
        if by == By::Visitor
            && let Some(elsewhere) = self.written_in(thread.visitor, draft)
        {
            return Err(already_open(elsewhere));
        }
        self.may_write(thread, by, draft, at)?;
        match draft.file {
            Some(file) if !draft.is_note() && !self.may_bring(by, thread, file) => {
                Err(Refusal::because(RefusalCode::Invalid))
            }
            _ => Ok(()),
        }
    }

    fn may_write(&self, thread: &Thread, by: By, draft: &Draft, at: UnixMillis) -> Result<(), Refusal> {
        match by {
            By::Agent(_) if draft.is_note() => Ok(()),
            By::Visitor if draft.is_note() => Err(Refusal::because(RefusalCode::NotAllowed)),
            By::Agent(agent) if thread.assignee == Some(agent) => {
                self.may(Scope::Agent(agent), Right::Answer)
            }
            By::Agent(_) | By::System => Err(Refusal::because(RefusalCode::NotAllowed)),
            By::Visitor if self.is_blocked(thread.visitor, at) => Err(Refusal::because(RefusalCode::Blocked)),
            By::Visitor if self.may_act(thread.visitor, thread.inbox).is_err() => {
                Err(Refusal::because(RefusalCode::NotAllowed))
            }
            By::Visitor if thread.status == Status::Open => Ok(()),
            By::Visitor => match self.open_of(thread.visitor, thread.inbox) {
                Some(open) => Err(already_open(open)),
                None => Ok(()),
            },
        }
    }
}

/// Whether what is written now is what was stored under its id. What was erased is whatever it is said to have been.
fn is_same(known: &EntryBody, draft: &Draft) -> bool {
    match known {
        EntryBody::Message { text, file, choices, .. } => {
            let brings = file.as_ref().map(|file| file.id);
            !draft.is_note() && *text == draft.text && brings == draft.file && *choices == draft.choices
        }
        EntryBody::Note { text, .. } => draft.is_note() && *text == draft.text,
        _ => true,
    }
}
