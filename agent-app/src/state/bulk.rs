//! One deed for many conversations: for which of those chosen it may be done, one step after the other, what came of each,
//! and what takes it back. Pure: who sends the steps, and when, is in `services`.

use deskbell_shared::model::{AgentId, ConversationId, Seq, Status, Summary, UnixMillis};

use crate::shown::filed::{Outcomes, outcome_in};
use crate::shown::transfer::To;

/// Between two steps there is so much time: less than half of the frames that an agent may send.
pub const STEP_MS: i32 = 50;

/// What is done to one conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// It is resolved.
    Resolve,
    /// It is resolved, and this came of it, by its inbox.
    WrapUp(Outcomes),
    /// It is put aside until an instant.
    Snooze(UnixMillis),
    /// I take it.
    Claim,
    /// It is passed on, with a note.
    Give(To, String),
    /// Takes a resolving back.
    Reopen,
    /// Takes a putting aside back, until that instant.
    Wake(UnixMillis),
    /// Takes a passing on back.
    TakeBack(To),
}

impl Act {
    /// The key of what is said when it is done.
    pub fn done_key(&self) -> &'static str {
        match self {
            Act::Resolve | Act::WrapUp(_) => "bulk.resolved",
            Act::Snooze(_) => "bulk.snoozed",
            Act::Claim => "bulk.claimed",
            Act::Give(..) => "bulk.given",
            Act::Reopen => "bulk.reopened",
            Act::Wake(_) => "bulk.woken",
            Act::TakeBack(_) => "bulk.taken_back",
        }
    }

    /// Whether it may be done to a conversation as it is now. Nothing is taken from a colleague in passing, and what takes
    /// back does so only while everything is as it was left.
    pub fn may(&self, row: &Summary, me: AgentId) -> bool {
        let conversation = &row.conversation;
        let is_open = conversation.status == Status::Open;
        let (is_mine, is_free) = (conversation.is_with(me), conversation.assignee.is_none());
        match self {
            Act::Resolve | Act::WrapUp(_) | Act::Give(..) => is_open && (is_mine || is_free),
            Act::Snooze(_) => is_open && is_mine,
            Act::Claim => is_open && is_free,
            Act::Reopen => !is_open,
            Act::Wake(until) => is_open && is_mine && conversation.snoozed_until == Some(*until),
            Act::TakeBack(To::Agent(agent)) => is_open && conversation.is_with(*agent),
            Act::TakeBack(To::Inbox(inbox)) => is_open && is_free && conversation.inbox == *inbox,
        }
    }

    /// What takes it back, for a conversation as it was before. Nobody can put one back into the queue that it was taken
    /// from; what was resolved there is with me when it is reopened.
    pub fn back(&self, before: &Summary, me: AgentId) -> Option<Act> {
        let (is_mine, inbox) = (before.conversation.is_with(me), before.conversation.inbox);
        match self {
            Act::Resolve | Act::WrapUp(_) => Some(Act::Reopen),
            Act::Snooze(until) => Some(Act::Wake(*until)),
            Act::Give(to, _) if is_mine => Some(Act::TakeBack(*to)),
            Act::Give(To::Inbox(_), _) => Some(Act::Give(To::Inbox(inbox), String::new())),
            _ => None,
        }
    }

    /// How it leaves a conversation that was so before: with which assignment version, and how far it has come.
    fn leaves(&self, row: &Summary) -> Option<(u32, Seq)> {
        let before = &row.conversation;
        let notes = match self {
            Act::Snooze(_) => return None,
            Act::Give(_, note) => u64::from(!note.trim().is_empty()),
            Act::WrapUp(outcomes) => u64::from(outcome_in(outcomes, before.inbox).is_some()),
            _ => 0,
        };
        let is_woken = u64::from(before.snoozed_until.is_some());
        Some((before.assignment_version + 1, Seq(before.head.0 + 1 + notes + is_woken)))
    }
}

/// A conversation, and what is to be done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The conversation.
    pub id: ConversationId,
    /// What is done.
    pub act: Act,
    /// What takes it back.
    pub back: Option<Act>,
    /// How it was left, where this takes something back.
    left: Option<(u32, Seq)>,
}

impl Step {
    /// Whether it may be done to the conversation as it is now: what others have done meanwhile stays. What is in no list can
    /// only be reopened, which the server judges.
    fn may(&self, row: Option<&Summary>, me: AgentId) -> bool {
        let Some(row) = row else { return self.act == Act::Reopen };
        let is_as_left = self.left.is_none_or(|(version, head)| {
            // What a colleague has written in is theirs.
            let is_theirs = matches!(self.act, Act::TakeBack(To::Agent(_))) && row.conversation.head > head;
            row.conversation.assignment_version == version && !is_theirs
        });
        is_as_left && self.act.may(row, me)
    }
}

/// A deed for many, as it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulk {
    /// Its first step's act, to say it by.
    pub act: Act,
    /// Whether it takes another one back.
    pub is_undo: bool,
    /// What is to be done yet, the next last.
    waiting: Vec<Step>,
    /// How the step that is under way leaves its conversation.
    leaves: Option<(u32, Seq)>,
    /// To how many it was to be done.
    pub total: usize,
    /// To which it has been done.
    pub done: Vec<ConversationId>,
    /// What would take it back.
    pub undo: Vec<Step>,
    /// Those it was not done to.
    pub left: Vec<ConversationId>,
    /// Whether the connection was lost, or never there.
    pub is_lost: bool,
}

impl Bulk {
    /// One deed for all rows that it may be done to; the others are left. `None` when there are none at all.
    pub fn new<'a>(act: &Act, rows: impl Iterator<Item = &'a Summary>, me: AgentId) -> Option<Bulk> {
        let steps = rows.map(|row| {
            let step =
                || Step { id: row.conversation.id, act: act.clone(), back: act.back(row, me), left: None };
            act.may(row, me).then(step).ok_or(row.conversation.id)
        });
        Bulk::of(act, false, steps)
    }

    /// Takes this one back, for as long as things are as it has left them. `find` tells how they are; what it does not know
    /// is resolved and in no list, which the server judges.
    pub fn taken_back(&self, find: impl Fn(ConversationId) -> Option<Summary>, me: AgentId) -> Option<Bulk> {
        let steps = self.undo.iter().map(|step| {
            let is_as_left = step.may(find(step.id).as_ref(), me);
            is_as_left.then(|| step.clone()).ok_or(step.id)
        });
        let mut bulk = Bulk::of(&self.undo.first()?.act, true, steps)?;
        // Those for which there is no way back could not be either.
        bulk.total = self.done.len();
        Some(bulk)
    }

    fn of(
        act: &Act,
        is_undo: bool,
        steps: impl Iterator<Item = Result<Step, ConversationId>>,
    ) -> Option<Bulk> {
        let (mut waiting, mut left) = (Vec::new(), Vec::new());
        for step in steps {
            match step {
                Ok(step) => waiting.push(step),
                Err(id) => left.push(id),
            }
        }
        waiting.reverse();
        let total = waiting.len() + left.len();
        let (act, undo) = (act.clone(), Vec::new());
        (total > 0).then_some(Bulk {
            act,
            is_undo,
            waiting,
            leaves: None,
            total,
            done: Vec::new(),
            undo,
            left,
            is_lost: false,
        })
    }

    /// What is to be done next.
    pub fn next(&self) -> Option<&Step> {
        self.waiting.last()
    }

    /// Begins the next step, with its conversation as it is now. False: it is not to be done any more, because something has
    /// happened there since all were chosen.
    pub fn begin(&mut self, row: Option<&Summary>, me: AgentId) -> bool {
        let Some(step) = self.waiting.last() else { return false };
        self.leaves = row.and_then(|row| step.act.leaves(row));
        step.may(row, me)
    }

    /// Whether something is to be done to this one, or could be taken back.
    pub fn is_about(&self, id: ConversationId) -> bool {
        self.waiting.iter().chain(&self.undo).any(|step| step.id == id)
    }

    /// Whether nothing is to be done any more.
    pub fn is_over(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next step has been done, or it has not. It can be taken back at the place that it had, first things first.
    pub fn stepped(&mut self, is_done: bool) {
        let Some(step) = self.waiting.pop() else { return };
        if is_done {
            self.done.push(step.id);
            let left = self.leaves.take();
            self.undo.extend(step.back.map(|act| Step { id: step.id, act, back: None, left }));
        } else {
            self.left.push(step.id);
        }
    }

    /// Nothing more can be done now.
    pub fn lose(&mut self) {
        self.is_lost = true;
        while !self.is_over() {
            self.stepped(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::desk::tests::summary;
    use deskbell_shared::model::{AgentView, InboxId, OutcomeId};

    const ME: AgentId = AgentId(1);
    const BEN: AgentId = AgentId(2);

    fn row(id: u128, whose: Option<AgentId>, change: impl FnOnce(&mut Summary)) -> Summary {
        let mut row = (*summary(id, whose, 0)).clone();
        change(&mut row);
        row
    }

    fn ids(of: &[u128]) -> Vec<ConversationId> {
        of.iter().map(|id| ConversationId(*id)).collect()
    }

    /// Does all that is to be done, except to some.
    fn through(mut bulk: Bulk, but: &[u128]) -> (Bulk, Vec<ConversationId>) {
        let mut done = Vec::new();
        while let Some(step) = bulk.next() {
            let (id, is_done) = (step.id, !but.contains(&step.id.0));
            bulk.stepped(is_done);
            if is_done {
                done.push(id);
            }
        }
        (bulk, done)
    }

    #[test]
    fn what_may_not_be_done_is_left_and_what_failed_with_it() {
        let rows = [row(1, Some(ME), |_| {}), row(2, Some(BEN), |_| {}), row(3, None, |_| {})];
        let bulk = |act: &Act| Bulk::new(act, rows.iter(), ME).unwrap();
        let (resolved, done) = through(bulk(&Act::Resolve), &[3]);
        assert_eq!((done, resolved.left.clone()), (ids(&[1]), ids(&[2, 3])));
        assert_eq!((resolved.total, resolved.done.len(), resolved.undo.len()), (3, 1, 1));
        assert_eq!(through(bulk(&Act::Snooze(UnixMillis(9))), &[]).1, ids(&[1]));
        assert_eq!(through(bulk(&Act::Claim), &[]).1, ids(&[3]));
        let to = To::Agent(BEN);
        assert_eq!(through(bulk(&Act::Give(to, "note".into())), &[]).1, ids(&[1, 3]));
        assert!(Bulk::new(&Act::Claim, [].iter(), ME).is_none());
    }

    #[test]
    fn only_what_is_as_it_was_left_is_taken_back() {
        let rows = [1, 2, 3, 4].map(|id| row(id, Some(ME), |_| {}));
        let at = UnixMillis(9);
        let bulk = Bulk::new(&Act::Snooze(at), rows.iter(), ME).unwrap();
        let (bulk, _) = through(bulk, &[]);
        let now = |id: ConversationId| {
            Some(match id.0 {
                1 => row(1, Some(ME), |row| row.conversation.snoozed_until = Some(at)),
                2 => row(2, Some(ME), |_| {}),
                3 => row(3, Some(BEN), |row| row.conversation.snoozed_until = Some(at)),
                _ => row(4, Some(ME), |row| row.conversation.snoozed_until = Some(UnixMillis(10))),
            })
        };
        let (undo, done) = through(bulk.taken_back(now, ME).unwrap(), &[]);
        assert_eq!((done, undo.left.clone()), (ids(&[1]), ids(&[2, 3, 4])));
        assert!(undo.taken_back(now, ME).is_none(), "a taking back is not taken back");
        // The server judges what is in no list.
        let (resolved, _) = through(Bulk::new(&Act::Resolve, rows.iter(), ME).unwrap(), &[]);
        assert_eq!(through(resolved.taken_back(|_| None, ME).unwrap(), &[]).1, ids(&[1, 2, 3, 4]));
        let open = resolved.taken_back(|id| Some(row(id.0, None, |_| {})), ME).unwrap();
        assert_eq!((open.is_over(), open.left.len()), (true, 4), "their visitors have come back already");
    }

    #[test]
    fn what_came_of_it_is_said_by_inbox_and_taken_back_by_reopening() {
        let outcomes = vec![(InboxId(1), Some(OutcomeId(5))), (InboxId(2), None)];
        assert_eq!(outcome_in(&outcomes, InboxId(1)), Some(OutcomeId(5)));
        assert_eq!((outcome_in(&outcomes, InboxId(2)), outcome_in(&outcomes, InboxId(3))), (None, None));
        let rows = [row(1, Some(ME), |_| {}), row(2, Some(BEN), |_| {}), row(3, None, |_| {})];
        let act = Act::WrapUp(outcomes);
        let (bulk, done) = through(Bulk::new(&act, rows.iter(), ME).unwrap(), &[]);
        assert_eq!((done, bulk.left.clone(), act.done_key()), (ids(&[1, 3]), ids(&[2]), "bulk.resolved"));
        assert!(bulk.undo.iter().all(|step| step.act == Act::Reopen));
        // Behind the row that resolves it there is one that says what came of it.
        assert_eq!(act.leaves(&rows[0]), Some((1, Seq(3))));
        assert_eq!(Act::Resolve.leaves(&rows[0]), Some((1, Seq(2))));
    }

    #[test]
    fn what_a_colleague_took_between_two_steps_stays_theirs() {
        let rows = [1, 2, 3].map(|id| row(id, None, |_| {}));
        for act in [Act::Claim, Act::Resolve, Act::Give(To::Agent(BEN), String::new())] {
            let mut bulk = Bulk::new(&act, rows.iter(), ME).unwrap();
            assert!(bulk.begin(Some(&rows[0]), ME));
            bulk.stepped(true);
            assert!(!bulk.begin(Some(&row(2, Some(BEN), |row| row.conversation.assignment_version = 1)), ME));
            bulk.stepped(false);
            assert!(!bulk.begin(None, ME), "it has gone out of sight");
            bulk.stepped(false);
            assert_eq!((bulk.done.len(), bulk.left.clone(), bulk.is_over()), (1, ids(&[2, 3]), true));
        }
    }

    /// What takes a deed back that was done to one conversation.
    fn undone(act: &Act, before: &Summary, now: Option<&Summary>) -> (bool, bool) {
        let mut bulk = Bulk::new(act, [before].into_iter(), ME).unwrap();
        assert!(bulk.begin(Some(before), ME));
        bulk.stepped(true);
        assert!(bulk.is_about(before.conversation.id));
        let undo = bulk.taken_back(|_| now.cloned(), ME).unwrap();
        // And once more when it is its turn.
        let mut late = bulk.taken_back(|_| None, ME).unwrap();
        (!undo.is_over(), late.begin(now, ME))
    }

    #[test]
    fn what_others_did_since_is_not_taken_back() {
        let done = |version| {
            row(1, None, |row| {
                row.conversation.status = Status::Resolved;
                row.conversation.assignment_version = version;
            })
        };
        let mine = row(1, Some(ME), |row| row.conversation.assignment_version = 4);
        assert_eq!(undone(&Act::Resolve, &mine, Some(&done(5))), (true, true));
        let again = done(7);
        assert_eq!(undone(&Act::Resolve, &mine, Some(&again)), (false, false), "reopened and resolved since");

        let give = |note: &str| Act::Give(To::Agent(BEN), note.to_owned());
        let theirs = |version, head| {
            row(1, Some(BEN), |row| {
                row.conversation.assignment_version = version;
                row.conversation.head = Seq(head);
            })
        };
        let as_left = |act: &Act, now: &Summary| undone(act, &mine, Some(now)).0;
        assert!(as_left(&give(""), &theirs(5, 2)));
        assert!(!as_left(&give(""), &theirs(5, 3)), "they have answered");
        assert!(as_left(&give("note"), &theirs(5, 3)), "the note is mine");
        assert!(!as_left(&give(""), &theirs(7, 2)), "it went round");
    }

    #[test]
    fn what_was_passed_on_comes_back_to_where_it_was() {
        let here = [row(1, Some(ME), |_| {}), row(2, None, |_| {})];
        let to_ben = Bulk::new(&Act::Give(To::Agent(BEN), String::new()), here.iter(), ME).unwrap();
        let (to_ben, _) = through(to_ben, &[]);
        let backs = |bulk: &Bulk| bulk.undo.iter().map(|step| step.act.clone()).collect::<Vec<_>>();
        assert_eq!(backs(&to_ben), [Act::TakeBack(To::Agent(BEN))], "nobody puts one back into its queue");
        let away = To::Inbox(InboxId(2));
        let (moved, _) = through(Bulk::new(&Act::Give(away, String::new()), here.iter(), ME).unwrap(), &[]);
        let home = Act::Give(To::Inbox(InboxId(1)), String::new());
        assert_eq!(backs(&moved), [Act::TakeBack(away), home]);
        let is_theirs = |agent| row(1, Some(agent), |row| row.conversation.assignee = Some(view(agent)));
        assert!(Act::TakeBack(To::Agent(BEN)).may(&is_theirs(BEN), ME));
        assert!(!Act::TakeBack(To::Agent(BEN)).may(&is_theirs(AgentId(3)), ME));
    }

    fn view(id: AgentId) -> AgentView {
        AgentView { id, name: "A".to_owned(), picture: None }
    }

    #[test]
    fn what_could_not_be_sent_is_left() {
        let rows = [1, 2].map(|id| row(id, Some(ME), |_| {}));
        let mut bulk = Bulk::new(&Act::Resolve, rows.iter(), ME).unwrap();
        bulk.stepped(true);
        bulk.lose();
        assert_eq!((bulk.done.clone(), bulk.left.clone(), bulk.is_lost), (ids(&[1]), ids(&[2]), true));
    }
}
