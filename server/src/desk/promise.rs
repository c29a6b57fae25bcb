//! What visitors are told about their wait, and whether it came true. How the interval is found is in
//! `wait_estimate`; this decides when a new one may be shown, and scores every one that was.
//!
//! A promise is a pair of instants, so that it runs down by itself and nothing is sent while nothing happens. A new
//! one replaces it only for a reason that can be said, and only in the direction of that reason: better news never
//! makes the wait longer, worse news never makes it shorter. Where the estimate says otherwise the old promise
//! stands, and is scored as it was shown. One that is being broken is not shown any more: it is replaced.

use std::time::Duration;

use deskbell_shared::model::{ConversationId, Priority, UnixMillis};

use super::Desk;
use super::effect::Effect;
use super::queue::{ConversationRow, Position};
use super::waits::{Kind, Promised, Turns};

/// A wait that was predicted anew this often is not predictable, and the ledger of one conversation is bounded.
pub const PROMISES_PER_WAIT_MAX: usize = 48;

/// Far back in a long line, a promise is renewed when the place is another by one in so many.
const PLACES_PART: u32 = 4;
/// The same of how many are served at once.
const HANDS_PART: u32 = 8;

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
    /// It comes after all that are normal, of whom nobody knows how many will come.
    OthersComeFirst,
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

/// Where somebody waits now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Here {
    /// Where in the queue.
    pub position: Position,
    /// How many conversations are under way whose end lets the queue move.
    pub serving: u32,
    /// They are told though nothing may have changed.
    pub again: bool,
    /// So far back in a long line that small changes make no difference.
    pub is_far: bool,
}

/// Whether somebody is told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// All is as they were told.
    Nothing,
    /// They are beyond those who are given a place.
    NoPlace,
    /// There is a reason, but nothing to be said that fits it, or nothing is known for it yet: later steps look again.
    Later,
    /// This.
    Tell(Told, Why),
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

impl ConversationRow {
    /// What its visitor was told last; where that is not known, what was promised last.
    pub(super) fn told_last(&self, serving: u32) -> Option<Told> {
        let promised = |promise: &Promise| Told { position: promise.position, serving, wait: promise.wait() };
        self.told.or_else(|| self.promises.last().map(promised))
    }
}

impl Here {
    /// Far back, a few hands more or less make no difference until they are enough of them.
    fn serving_since(self, before: Told) -> u32 {
        let is_little = self.serving.abs_diff(before.serving) < before.serving / HANDS_PART;
        if self.is_far && is_little { before.serving } else { self.serving }
    }

    /// Whether what was promised is looked at anew. A promise is two instants, so it need not be because the line
    /// moves on as it was seen to; far back it is when the place is another by a good part.
    fn is_renewed(self, conversation: &ConversationRow, before: Told, why: Why) -> bool {
        let Some(promise) = conversation.promises.last().filter(|_| before.wait.latest_at().is_some()) else {
            return true;
        };
        let is_moved_far = promise.position.0.abs_diff(self.position.0) >= promise.position.0 / PLACES_PART;
        !self.is_far || is_moved_far || !matches!(why, Why::MovedUp | Why::MovedBack)
    }
}

impl Desk {
    /// After a restore: what was promised last still stands.
    pub(super) fn remember_told(&mut self, id: ConversationId, serving: u32) {
        let Some(conversation) = self.conversations.get(&id) else { return };
        if conversation.told.is_none() && !conversation.promises.is_empty() {
            let told = conversation.told_last(serving);
            self.conversations.change(id, |conversation| conversation.told = told);
        }
    }

    /// What is new for this visitor, who was told that last.
    pub(super) fn news<'a>(
        &self,
        conversation: &ConversationRow,
        told: Option<Told>,
        here: Here,
        turns: impl Fn() -> Option<&'a Turns>,
    ) -> News {
        let Here { position, again, .. } = here;
        let fresh = |why| self.fresh_wait(conversation, here, why, turns);
        let Some(before) = told else {
            let Some(wait) = fresh(Why::Joined) else { return News::Later };
            return News::Tell(Told { position, serving: here.serving, wait }, Why::Joined);
        };
        let serving = here.serving_since(before);
        let why = self.what_changed(before, here);
        let wait = match why {
            Some(why) if here.is_renewed(conversation, before, why) => match fresh(why) {
                Some(fresh) => replaces(before.wait, fresh, why),
                None if again && why != Why::LongerThanSaid => before.wait,
                None => return News::Later,
            },
            _ => before.wait,
        };
        let same = wait == before.wait && position == before.position;
        match why {
            Some(why) if !same => News::Tell(Told { position, serving, wait }, why),
            _ if again => News::Tell(Told { position, serving, wait }, why.unwrap_or(Why::Returned)),
            Some(_) => News::Later,
            None => News::Nothing,
        }
    }

    pub(super) fn what_changed(&self, before: Told, here: Here) -> Option<Why> {
        let (position, serving) = (here.position, here.serving_since(before));
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

    /// What would be said anew; `None` when it cannot be known yet.
    fn fresh_wait<'a>(
        &self,
        conversation: &ConversationRow,
        here: Here,
        why: Why,
        turns: impl Fn() -> Option<&'a Turns>,
    ) -> Option<Wait> {
        let too_uncertain = |why| Some(Wait::TooUncertain(why));
        if !self.settings.policy.is_automatic() {
            return too_uncertain(Uncertain::AgentsChoose);
        }
        if here.serving == 0 {
            return too_uncertain(Uncertain::NobodyServes);
        }
        if conversation.comes() < Priority::Normal {
            return too_uncertain(Uncertain::OthersComeFirst);
        }
        if conversation.promises.len() >= PROMISES_PER_WAIT_MAX {
            return too_uncertain(Uncertain::ChangedTooOften);
        }
        let interval = self.interval(turns()?, why.kind(), here.position);
        match interval.filter(|interval| interval.is_of_use()) {
            Some(interval) => Some(Wait::Between {
                earliest_at: self.now.plus(interval.low),
                latest_at: self.now.plus(interval.high),
            }),
            None => too_uncertain(Uncertain::TooLong),
        }
    }

    pub(super) fn tell(&mut self, id: ConversationId, told: Told, why: Why) {
        let Told { position, wait, .. } = told;
        let made_at = self.now;
        let changed = self.conversations.change(id, |conversation| {
            let promised = conversation.promises.last();
            let is_new = !promised.is_some_and(|promise| promise.wait() == wait);
            conversation.told = Some(told);
            let visitor = conversation.visitor;
            let Wait::Between { earliest_at, latest_at } = wait else { return (visitor, None) };
            if !is_new {
                return (visitor, None);
            }
            conversation.last_promise += 1;
            let number = conversation.last_promise;
            let promise =
                Promise { conversation: id, number, made_at, position, earliest_at, latest_at, why };
            conversation.promises.push(promise);
            (visitor, Some(promise))
        });
        let Some((visitor, promise)) = changed else { return };
        self.effects.push_back(Effect::TellPlace { conversation: id, visitor, position, wait, why });
        self.effects.extend(promise.map(Effect::PromiseMade));
    }

    /// Scores what was promised about a wait that is over.
    pub(super) fn score(&mut self, id: ConversationId, end: End) {
        let promises = self.conversations.change(id, |conversation| {
            conversation.told = None;
            std::mem::take(&mut conversation.promises)
        });
        self.score_each(promises.unwrap_or_default(), end);
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
