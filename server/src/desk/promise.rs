//! What visitors are told about their wait, and whether it came true. How the interval is found is in
//! `wait_estimate`; this decides when a new one may be shown, and scores every one that was.
//!
//! A promise is a pair of instants, so that it runs down by itself and nothing is sent while nothing happens. A new
//! one replaces it only for a reason that can be said, and only in the direction of that reason: better news never
//! makes the wait longer, worse news never makes it shorter. Where the estimate says otherwise the old promise
//! stands, and is scored as it was shown. One that is being broken is not shown any more: it is replaced.

use std::cell::OnceCell;
use std::time::Duration;

use deskbell_shared::model::{ConversationId, UnixMillis};

use super::Desk;
use super::effect::Effect;
use super::queue::{ConversationRow, Position};
use super::waits::{Kind, Promised, Turns};

/// A wait that was predicted anew this often is not predictable, and the ledger of one conversation is bounded.
pub const PROMISES_PER_WAIT_MAX: usize = 48;

/// What a visitor is told about how long it will take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Usually between these two.
    Between {
        /// One in ten is served earlier.
        earliest_at: UnixMillis,
        /// One in ten is served later.
        latest_at: UnixMillis,
    },
    /// Nothing honest can be said in numbers.
    TooUncertain(Uncertain),
}

/// Why no interval is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncertain {
    /// No agent who is given conversations is there and at work.
    NobodyServes,
    /// Agents choose what they take.
    AgentsChoose,
    /// It would be too long or too wide to be of use.
    TooLong,
    /// It was predicted and corrected too often already.
    ChangedTooOften,
}

/// What changed since a visitor was told last; the words a screen may say with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is the first time in this wait.
    Joined,
    /// The visitor connected again; nothing need have changed.
    Returned,
    /// Somebody before them was served or left.
    MovedUp,
    /// Somebody came before them: of higher priority, or back to a place that was kept.
    MovedBack,
    /// More conversations are answered at once than before.
    MoreHands,
    /// Fewer are: an agent left, or takes fewer.
    FewerHands,
    /// It takes longer than was said.
    LongerThanSaid,
    /// The inbox works in another way than before.
    RulesChanged,
}

/// An interval that was shown to a visitor. Conversation and number name it in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// About which conversation.
    pub conversation: ConversationId,
    /// Grows with the promises about the conversation, from 1.
    pub number: u32,
    /// When it was shown.
    pub made_at: UnixMillis,
    /// Where the conversation was in the queue.
    pub position: Position,
    /// The 10 % end.
    pub earliest_at: UnixMillis,
    /// The 90 % end.
    pub latest_at: UnixMillis,
    /// Why it was shown.
    pub why: Why,
}

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The wait ended before the interval began.
    Earlier {
        /// When.
        at: UnixMillis,
    },
    /// It ended inside.
    Inside {
        /// When.
        at: UnixMillis,
    },
    /// It ended after it.
    Later {
        /// When.
        at: UnixMillis,
    },
    /// It did not end with an agent; it would have lasted longer than until this instant. Scored, never dropped.
    Censored {
        /// Until when it was seen to last.
        at: UnixMillis,
    },
}

/// What a visitor was told last, and the state it was said in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Where in the queue.
    pub position: Position,
    /// How many conversations were under way whose end lets the queue move.
    pub serving: u32,
    /// How long.
    pub wait: Wait,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Assigned,
    Unserved,
}

impl Wait {
    /// What is left of it: never negative.
    pub fn left(self, now: UnixMillis) -> Option<(Duration, Duration)> {
        match self {
            Wait::Between { earliest_at, latest_at } => Some((earliest_at.since(now), latest_at.since(now))),
            Wait::TooUncertain(_) => None,
        }
    }

    fn latest_at(self) -> Option<UnixMillis> {
        match self {
            Wait::Between { latest_at, .. } => Some(latest_at),
            Wait::TooUncertain(_) => None,
        }
    }
}

impl Why {
    fn kind(self) -> Kind {
        match self {
            Why::Joined => Kind::Joined,
            Why::LongerThanSaid => Kind::Broken,
            Why::Returned
            | Why::MovedUp
            | Why::MovedBack
            | Why::MoreHands
            | Why::FewerHands
            | Why::RulesChanged => Kind::Moved,
        }
    }
}

impl Promise {
    /// What was shown.
    pub fn wait(&self) -> Wait {
        Wait::Between { earliest_at: self.earliest_at, latest_at: self.latest_at }
    }

    /// For learning, once it is known what became of it.
    pub fn ended(&self, outcome: Outcome) -> Promised {
        let from_then = |at: UnixMillis| at.since(self.made_at);
        let (at, is_given_up) = match outcome {
            Outcome::Earlier { at } | Outcome::Inside { at } | Outcome::Later { at } => (at, false),
            Outcome::Censored { at } => (at, true),
        };
        Promised {
            kind: self.why.kind(),
            made_at: self.made_at,
            place: self.position.0,
            low: from_then(self.earliest_at),
            high: from_then(self.latest_at),
            lasted: from_then(at),
            is_given_up,
        }
    }

    /// How it compares with a wait that ended with an agent at `at`.
    pub fn outcome(&self, at: UnixMillis) -> Outcome {
        if at < self.earliest_at {
            Outcome::Earlier { at }
        } else if at <= self.latest_at {
            Outcome::Inside { at }
        } else {
            Outcome::Later { at }
        }
    }
}

impl Desk {
    /// Tells every visitor who waits and is connected what has changed for them.
    pub(super) fn tell_visitors(&mut self) {
        let serving = self.serving();
        let (queue, places_max) = (self.queue(), self.places_max());
        let returned = std::mem::take(&mut self.returned);
        // One look forward serves all who are told something, and there is none while nothing changes.
        let turns = OnceCell::new();
        for (index, id) in queue.iter().enumerate() {
            let position = Position(u32::try_from(index + 1).unwrap_or(u32::MAX));
            let again = returned.contains(id);
            if position.0 > places_max {
                // They have no place to be told. What was promised before stands in the ledger.
                self.conversations.entry(*id).and_modify(|conversation| conversation.told = None);
                continue;
            }
            let Some(mut conversation) = self.conversations.get(id) else { continue };
            if conversation.told.is_none() && !conversation.promises.is_empty() {
                self.remember_told(*id, serving);
                conversation = &self.conversations[id];
            }
            // Most of ten thousand have nothing new after a step: that is seen before anything is looked up.
            let is_as_told = |told: Told| self.what_changed(told, position, serving).is_none();
            if !again && conversation.told.is_some_and(is_as_told) {
                continue;
            }
            if !self.presence(conversation.visitor).is_online() {
                continue;
            }
            let turns = || turns.get_or_init(|| self.turns(&queue));
            if let Some((told, why)) = self.news(conversation, position, serving, again, turns) {
                self.tell(*id, told, why);
            }
        }
    }

    /// After a restore: what was promised last still stands.
    fn remember_told(&mut self, id: ConversationId, serving: u32) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        conversation.told = from_ledger(conversation, serving);
    }

    /// What is new for this visitor, if anything.
    fn news<'a>(
        &self,
        conversation: &ConversationRow,
        position: Position,
        serving: u32,
        again: bool,
        turns: impl Fn() -> &'a Turns,
    ) -> Option<(Told, Why)> {
        let fresh = |why| self.fresh_wait(conversation, position, serving, why, turns);
        let Some(before) = conversation.told else {
            return Some((Told { position, serving, wait: fresh(Why::Joined) }, Why::Joined));
        };
        let why = self.what_changed(before, position, serving);
        let wait = match why {
            Some(why) => replaces(before.wait, fresh(why), why),
            None => before.wait,
        };
        let same = wait == before.wait && position == before.position;
        match why {
            Some(why) if !same => Some((Told { position, serving, wait }, why)),
            _ if again => Some((Told { position, serving, wait }, why.unwrap_or(Why::Returned))),
            _ => None,
        }
    }

    fn what_changed(&self, before: Told, position: Position, serving: u32) -> Option<Why> {
        let is_over = before.wait.latest_at().is_some_and(|at| at < self.now);
        let was_chosen = before.wait == Wait::TooUncertain(Uncertain::AgentsChoose);
        if was_chosen == self.settings.policy.is_automatic() {
            Some(Why::RulesChanged)
        } else if is_over {
            Some(Why::LongerThanSaid)
        } else if position > before.position {
            Some(Why::MovedBack)
        } else if serving < before.serving {
            Some(Why::FewerHands)
        } else if position < before.position {
            Some(Why::MovedUp)
        } else if serving > before.serving {
            Some(Why::MoreHands)
        } else {
            None
        }
    }

    fn fresh_wait<'a>(
        &self,
        conversation: &ConversationRow,
        position: Position,
        serving: u32,
        why: Why,
        turns: impl Fn() -> &'a Turns,
    ) -> Wait {
        if !self.settings.policy.is_automatic() {
            return Wait::TooUncertain(Uncertain::AgentsChoose);
        }
        if serving == 0 {
            return Wait::TooUncertain(Uncertain::NobodyServes);
        }
        if conversation.promises.len() >= PROMISES_PER_WAIT_MAX {
            return Wait::TooUncertain(Uncertain::ChangedTooOften);
        }
        match self.interval(turns(), why.kind(), position).filter(|interval| interval.is_of_use()) {
            Some(interval) => Wait::Between {
                earliest_at: self.now.plus(interval.low),
                latest_at: self.now.plus(interval.high),
            },
            None => Wait::TooUncertain(Uncertain::TooLong),
        }
    }

    fn tell(&mut self, id: ConversationId, told: Told, why: Why) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        let Told { position, wait, .. } = told;
        let promised = conversation.promises.last();
        let is_new = !promised.is_some_and(|promise| promise.wait() == wait);
        conversation.told = Some(told);
        let visitor = conversation.visitor;
        self.effects.push_back(Effect::TellPlace { conversation: id, visitor, position, wait, why });
        if let Wait::Between { earliest_at, latest_at } = wait
            && is_new
        {
            conversation.last_promise += 1;
            let number = conversation.last_promise;
            let made_at = self.now;
            let promise =
                Promise { conversation: id, number, made_at, position, earliest_at, latest_at, why };
            conversation.promises.push(promise);
            self.effects.push_back(Effect::PromiseMade(promise));
        }
    }

    /// Scores what was promised about a wait that is over.
    pub(super) fn score(&mut self, conversation: &mut ConversationRow, end: End) {
        conversation.told = None;
        self.score_each(std::mem::take(&mut conversation.promises), end);
    }

    pub(super) fn score_each(&mut self, promises: Vec<Promise>, end: End) {
        let at = self.now;
        for promise in promises {
            let outcome = match end {
                End::Assigned => promise.outcome(at),
                End::Unserved => Outcome::Censored { at },
            };
            self.learned.kept(&promise.ended(outcome));
            self.effects.push_back(Effect::PromiseKept { promise, outcome });
        }
    }
}

fn from_ledger(conversation: &ConversationRow, serving: u32) -> Option<Told> {
    let promise = conversation.promises.last()?;
    Some(Told { position: promise.position, serving, wait: promise.wait() })
}

/// Which of the two is shown: a new one only in the direction of the news.
fn replaces(before: Wait, fresh: Wait, why: Why) -> Wait {
    let Some(was) = before.latest_at() else { return fresh };
    // What cannot be said counts as later than anything that can.
    let is = fresh.latest_at().unwrap_or(UnixMillis(i64::MAX));
    let fits = match why {
        Why::MovedUp | Why::MoreHands => is <= was,
        Why::MovedBack | Why::FewerHands => is >= was,
        Why::LongerThanSaid | Why::RulesChanged | Why::Joined | Why::Returned => true,
    };
    if fits { fresh } else { before }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(earliest: i64, latest: i64) -> Wait {
        Wait::Between { earliest_at: UnixMillis(earliest), latest_at: UnixMillis(latest) }
    }

    #[test]
    fn news_never_points_the_other_way() {
        let before = between(100, 200);
        for (why, fresh, shown) in [
            (Why::MovedUp, between(50, 150), between(50, 150)),
            (Why::MovedUp, between(150, 250), before),
            (Why::MoreHands, between(150, 250), before),
            (Why::FewerHands, between(150, 250), between(150, 250)),
            (Why::FewerHands, between(50, 150), before),
            (Why::LongerThanSaid, between(50, 150), between(50, 150)),
            (Why::MovedUp, Wait::TooUncertain(Uncertain::TooLong), before),
            (Why::FewerHands, Wait::TooUncertain(Uncertain::TooLong), Wait::TooUncertain(Uncertain::TooLong)),
        ] {
            assert_eq!(replaces(before, fresh, why), shown, "{why:?}");
        }
    }

    #[test]
    fn what_is_left_is_never_negative() {
        assert_eq!(
            between(100, 200).left(UnixMillis(150)),
            Some((Duration::ZERO, Duration::from_millis(50)))
        );
        assert_eq!(between(100, 200).left(UnixMillis(250)), Some((Duration::ZERO, Duration::ZERO)));
    }

    #[test]
    fn an_outcome_counts_both_ends_in() {
        let promise = Promise {
            conversation: ConversationId(1),
            number: 1,
            made_at: UnixMillis(0),
            position: Position(1),
            earliest_at: UnixMillis(100),
            latest_at: UnixMillis(200),
            why: Why::Joined,
        };
        for (at, inside) in [(99, false), (100, true), (200, true), (201, false)] {
            let at = UnixMillis(at);
            assert_eq!(promise.outcome(at) == Outcome::Inside { at }, inside, "{at:?}");
        }
    }
}
