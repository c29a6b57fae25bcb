//! What a colleague does about a conversation of mine and I have to hear of, wherever I look: a note in it, or that it is
//! with somebody else now.

use deskbell_shared::model::{AgentId, Author, ConversationId, EntryBody, Seq, Summary};

use crate::state::desk::{Call, Calling, Talk};

/// Notes that colleagues have written after a row, in a conversation that is mine. What was there before I saw any of it
/// is no news.
pub fn whispered(talk: &Talk, id: ConversationId, after: Option<Seq>, me: AgentId) -> Vec<Calling> {
    let is_mine = talk.view.as_ref().is_some_and(|view| view.is_with(me));
    let Some(after) = after.filter(|_| is_mine) else { return Vec::new() };
    let newer = talk.rows.iter().rev().take_while(|row| row.seq > after);
    let mut calls: Vec<Calling> = newer
        .filter_map(|row| match (&row.author, &row.body) {
            (Author::Agent { agent }, EntryBody::Note { text, .. }) if agent.id != me => {
                let (who, text) = (agent.name.clone(), text.clone());
                Some(Calling { conversation: id, who, call: Call::Whispered(text) })
            }
            _ => None,
        })
        .collect();
    calls.reverse();
    calls
}

/// Something that was mine is with somebody else now.
pub fn taken(row: &Summary, me: AgentId) -> Option<Calling> {
    let agent = row.conversation.assignee.as_ref().filter(|agent| agent.id != me)?;
    Some(Calling { conversation: row.conversation.id, who: agent.name.clone(), call: Call::Taken })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::desk::tests::summary;
    use deskbell_shared::model::{AgentView, Audience, Cmid, Entry, UnixMillis};
    use std::rc::Rc;

    fn note(seq: u64, by: u128, text: &str) -> Entry {
        let agent = AgentView { id: AgentId(by), name: "Otto".into(), picture: None };
        let body = EntryBody::Note { cmid: Cmid(seq.into()), text: text.into() };
        assert_eq!(body.audience(), Audience::Staff);
        Entry { seq: Seq(seq), at: UnixMillis(0), author: Author::Agent { agent }, body }
    }

    fn talk(assignee: u128, rows: Vec<Entry>) -> Talk {
        Talk {
            view: Some(summary(1, Some(AgentId(assignee)), 0).conversation.clone()),
            rows: Rc::new(rows),
            pending: Vec::new(),
            is_visitor_typing: false,
            has_older: false,
            is_loading_older: false,
            is_catching_up: false,
            refused: None,
            is_resolving: false,
            revision: 0,
        }
    }

    #[test]
    fn a_note_of_a_colleague_calls_who_has_it_and_nobody_else() {
        let rows = vec![note(1, 9, "old"), note(2, 7, "mine"), note(3, 9, "first"), note(4, 9, "second")];
        let texts = |assignee, after, me| -> Vec<Call> {
            let called = whispered(&talk(assignee, rows.clone()), ConversationId(1), after, AgentId(me));
            called.into_iter().map(|calling| calling.call).collect()
        };
        let whisper = |text: &str| Call::Whispered(text.into());
        assert_eq!(texts(7, Some(Seq(1)), 7), [whisper("first"), whisper("second")]);
        assert_eq!(texts(7, None, 7), [], "what was there when it was opened is no news");
        assert_eq!(texts(7, Some(Seq(4)), 7), []);
        assert_eq!(texts(8, Some(Seq(1)), 7), [], "somebody else has it");
    }

    #[test]
    fn what_went_to_somebody_else_calls_and_what_waits_again_does_not() {
        let row = |assignee: Option<u128>| summary(1, assignee.map(AgentId), 0);
        assert_eq!(taken(&row(Some(9)), AgentId(7)).map(|calling| calling.call), Some(Call::Taken));
        assert_eq!(taken(&row(None), AgentId(7)), None);
        assert_eq!(taken(&row(Some(7)), AgentId(7)), None);
    }
}
