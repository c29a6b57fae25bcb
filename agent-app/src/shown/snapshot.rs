//! A conversation of the session as the screens read it.

use std::rc::Rc;

use deskbell_shared::model::{ConversationId, Entry};
use deskbell_shared::session::{DraftState, Session};

use super::transcript::{Pending, Progress};
use crate::state::desk::{Rows, Talk};
use crate::text::t;

/// What is known of a conversation now; `None` when nothing is. `rows` is what the last snapshot had: rows never change,
/// so that they are only copied when there are others.
pub fn talk(session: &Session, id: ConversationId, rows: &mut Rows, revision: u64) -> Option<Talk> {
    let conversation = session.conversation(id)?;
    if !is_same(rows, conversation.rows()) {
        *rows = Rc::new(conversation.rows().to_vec());
    }
    let pending = session.drafts(id).into_iter().map(|draft| Pending {
        cmid: draft.cmid,
        text: draft.text.to_owned(),
        is_note: draft.is_note,
        file: draft.file.cloned(),
        choices: draft.choices.to_vec(),
        progress: match draft.state {
            DraftState::Queued => Progress::Waiting,
            DraftState::Sending => Progress::Sending,
            DraftState::Sent => Progress::Sent,
            DraftState::Refused(_) => Progress::Refused,
        },
        refused: match draft.state {
            DraftState::Refused(code) => Some(t(&["trouble.", code.text()].concat())),
            _ => None,
        },
    });
    Some(Talk {
        view: conversation.view().cloned(),
        rows: Rc::clone(rows),
        pending: pending.collect(),
        is_visitor_typing: session.typists(conversation).any(|typist| typist.is_none()),
        has_older: conversation.has_older(),
        is_loading_older: conversation.loading_older(),
        is_catching_up: conversation.catching_up(),
        refused: conversation.refused(),
        is_resolving: conversation.resolving(),
        revision,
    })
}

fn is_same(old: &[Entry], new: &[Entry]) -> bool {
    let ends = |rows: &[Entry]| {
        (rows.len(), rows.first().map(|row| row.seq), rows.last().map(|row| (row.seq, row.at)))
    };
    ends(old) == ends(new)
}
