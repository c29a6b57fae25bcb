//! Which of what is written here the server has: pure. What is written here and not there yet stays, whatever comes from another
//! device; of all else the newest counts, as the server says.

use deskbell_shared::model::ConversationId;

use super::map::{Map, Set};

/// Where something is written: the conversation, and whether it is a note. The two are kept apart, so that no note
/// becomes an answer by a slip.
pub type Slot = (ConversationId, bool);

/// Where something was written, here or elsewhere.
#[derive(Debug, Default)]
pub struct Drafts {
    slots: Map<Slot, Known>,
    /// What was told of since the server began to tell all there is.
    telling: Option<Set<Slot>>,
}

#[derive(Debug, Default)]
struct Known {
    /// The server has what is here.
    is_kept: bool,
    /// The newest that was told.
    revision: u64,
    /// What the server had when it and this device were of one mind last.
    agreed: Option<String>,
    /// What is on its way there.
    sent: Option<String>,
    /// What was on its way when there was no answer: the server may have it as well as what was agreed on.
    unheard: Option<String>,
    /// It was not taken: nothing is tried again before there is something else.
    is_refused: bool,
}

impl Known {
    /// There will be no answer any more to what was on its way.
    fn lost(&mut self) {
        if let Some(sent) = self.sent.take() {
            self.unheard = Some(sent);
        }
    }
}

impl Drafts {
    /// Goes on from what this tab has stored: where, and whether the server has it.
    pub fn restored(stored: Vec<(Slot, bool)>) -> Drafts {
        let mut drafts = Drafts::default();
        for (slot, is_kept) in stored {
            drafts.slots.insert(slot, Known { is_kept, ..Known::default() });
        }
        drafts
    }

    /// Everywhere something was written.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.keys()
    }

    /// Something was written here.
    pub fn written(&mut self, slot: Slot) {
        let known = self.slots.get_or(slot, Known::default);
        (known.is_kept, known.is_refused) = (false, false);
    }

    /// Where something was written that the server has to be told of.
    pub fn due(&self) -> Vec<Slot> {
        let is_due = |known: &Known| !known.is_kept && !known.is_refused && known.sent.is_none();
        self.slots.iter().filter(|(_, known)| is_due(known)).map(|(slot, _)| *slot).collect()
    }

    /// It is on its way there.
    pub fn sent(&mut self, slot: Slot, text: String) {
        self.slots.get_or(slot, Known::default).sent = Some(text);
    }

    /// The server has it, or does not take it. Returns whether it has what is written there now.
    pub fn answered(&mut self, slot: Slot, is_taken: bool, now: &str) -> bool {
        let known = self.slots.get_or(slot, Known::default);
        let sent = known.sent.take();
        let is_same = sent.as_deref() == Some(now);
        if is_taken && sent.is_some() {
            (known.agreed, known.unheard) = (sent, None);
        }
        known.is_kept |= is_same && is_taken;
        known.is_refused |= is_same && !is_taken;
        known.is_kept
    }

    /// What is written there cannot be taken, and is not sent again before it is something else.
    pub fn refused(&mut self, slot: Slot) {
        self.slots.get_or(slot, Known::default).is_refused = true;
    }

    /// Try it again: nobody said no.
    pub fn unanswered(&mut self, slot: Slot) {
        self.slots.get_or(slot, Known::default).lost();
    }

    /// The connection is gone, and what was on its way with it.
    pub fn disconnected(&mut self) {
        let slots: Vec<Slot> = self.slots.keys().copied().collect();
        for slot in slots {
            let known = self.slots.get_or(slot, Known::default);
            known.lost();
            // Another connection may be to a server that counts from the beginning.
            known.revision = 0;
        }
        self.telling = None;
    }

    /// The server begins to tell all there is.
    pub fn begin(&mut self) {
        self.telling = Some(Set::new());
    }

    /// The server tells what it has somewhere. Returns whether that stands in place of what is here `now`. Where that is nothing,
    /// because it was sent, what somebody has begun elsewhere since is not taken for what was sent.
    pub fn told(&mut self, slot: Slot, revision: u64, text: &str, now: &str) -> bool {
        if let Some(telling) = &mut self.telling {
            telling.insert(slot, ());
        }
        let is_new = !self.slots.has(&slot);
        let known = self.slots.get_or(slot, Known::default);
        if revision < known.revision {
            return false;
        }
        known.revision = revision;
        let is = |one: &Option<String>| one.as_deref() == Some(text);
        let is_begun = now.is_empty() && !text.is_empty() && !is(&known.agreed) && !is(&known.unheard);
        known.is_kept |= is_new || (is_begun && known.sent.is_none());
        if known.is_kept {
            known.agreed = Some(text.to_owned());
        }
        known.is_kept
    }

    /// That was all there is. Returns where there is nothing any more.
    pub fn end(&mut self) -> Vec<Slot> {
        let Some(telling) = self.telling.take() else { return Vec::new() };
        let gone = self.slots.iter().filter(|(slot, known)| known.is_kept && !telling.has(slot));
        gone.map(|(slot, _)| *slot).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Slot = (ConversationId(1), false);
    const NOTE: Slot = (ConversationId(1), true);

    #[test]
    fn what_is_written_here_is_not_overwritten_before_the_server_has_it() {
        let mut drafts = Drafts::default();
        drafts.written(ANSWER);
        assert!(!drafts.told(ANSWER, 4, "x", "half"), "it is being written here");
        assert_eq!(drafts.due(), [ANSWER]);
        drafts.sent(ANSWER, "half".to_owned());
        assert_eq!(drafts.due(), []);
        assert!(!drafts.told(ANSWER, 5, "x", "half"), "what is on its way is newer");
        assert!(!drafts.answered(ANSWER, true, "half an"), "and there is more of it already");
        assert_eq!(drafts.due(), [ANSWER]);
        drafts.sent(ANSWER, "half an".to_owned());
        assert!(drafts.answered(ANSWER, true, "half an"));
        assert_eq!(drafts.due(), []);
        assert!(!drafts.told(ANSWER, 4, "x", "half an"), "what is older comes too late");
        assert!(drafts.told(ANSWER, 6, "x", "half an"));
        assert!(drafts.told(ANSWER, 6, "", "x"), "its end comes under the same number");
    }

    #[test]
    fn what_is_kept_nowhere_any_more_goes_and_what_is_unsaved_stays() {
        let mut drafts = Drafts::restored(vec![(ANSWER, true), (NOTE, false)]);
        drafts.begin();
        assert_eq!(drafts.end(), [ANSWER]);
        assert_eq!(drafts.end(), [], "only after all was told");
        assert_eq!(drafts.due(), [NOTE]);
        drafts.begin();
        assert!(drafts.told(ANSWER, 1, "x", ""));
        assert!(!drafts.told(NOTE, 2, "x", "y"));
        assert_eq!(drafts.end(), []);
    }

    #[test]
    fn what_is_lost_is_sent_again_and_what_is_refused_is_not() {
        let mut drafts = Drafts::default();
        drafts.written(NOTE);
        drafts.sent(NOTE, "x".to_owned());
        drafts.disconnected();
        assert_eq!(drafts.due(), [NOTE]);
        drafts.sent(NOTE, "x".to_owned());
        drafts.unanswered(NOTE);
        assert_eq!(drafts.due(), [NOTE]);
        drafts.sent(NOTE, "x".to_owned());
        assert!(!drafts.answered(NOTE, false, "x"));
        assert_eq!(drafts.due(), []);
        drafts.written(NOTE);
        assert_eq!(drafts.due(), [NOTE]);
    }

    #[test]
    fn after_a_connection_a_server_may_count_anew() {
        let mut drafts = Drafts::default();
        assert!(drafts.told(ANSWER, 9, "x", ""));
        drafts.disconnected();
        drafts.begin();
        assert!(drafts.told(ANSWER, 1, "y", "x"));
    }

    #[test]
    fn what_was_corrected_and_sent_does_not_come_back() {
        let mut drafts = Drafts::default();
        drafts.written(ANSWER);
        drafts.sent(ANSWER, "hello".to_owned());
        assert!(drafts.answered(ANSWER, true, "hello"));
        drafts.written(ANSWER);
        drafts.sent(ANSWER, "hello wrld".to_owned());
        // The server has taken the one or the other; and the words were put right and sent, without a connection.
        drafts.disconnected();
        drafts.written(ANSWER);
        for there in ["hello", "hello wrld"] {
            drafts.begin();
            assert!(!drafts.told(ANSWER, 1, there, ""), "{there}");
            assert_eq!((drafts.end(), drafts.due()), (vec![], vec![ANSWER]));
        }
        drafts.begin();
        assert!(drafts.told(ANSWER, 2, "another", ""), "this was begun elsewhere");
    }

    #[test]
    fn what_cannot_be_taken_is_not_sent_before_it_is_something_else() {
        let mut drafts = Drafts::default();
        drafts.written(ANSWER);
        drafts.refused(ANSWER);
        assert_eq!(drafts.due(), []);
        drafts.written(ANSWER);
        assert_eq!(drafts.due(), [ANSWER]);
    }

    #[test]
    fn what_was_begun_elsewhere_is_not_ended_by_what_was_sent_here() {
        let mut drafts = Drafts::default();
        drafts.written(ANSWER);
        drafts.sent(ANSWER, "half".to_owned());
        assert!(drafts.answered(ANSWER, true, "half"));
        // It was sent, without a connection.
        drafts.written(ANSWER);
        drafts.disconnected();
        drafts.begin();
        assert!(!drafts.told(ANSWER, 1, "half", ""), "that is what was sent");
        assert_eq!((drafts.end(), drafts.due()), (vec![], vec![ANSWER]));
        assert!(drafts.told(ANSWER, 2, "another", ""));
        assert_eq!(drafts.due(), []);
    }
}
