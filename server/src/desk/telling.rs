//! To whom a step says something about their place. What is said, and whether there is a reason to, is in `promise`.
//!
//! While few wait, everybody is looked at in every step, and told at once. Whoever leaves a long line moves thousands,
//! and a step is one transaction: so of a long line a step looks at
//!
//! - the first `NEAR`, who are told at once as ever;
//! - those who wait for a first word, whose visitor has just connected, or whose promise is being broken, wherever they
//!   are, so many at a time;
//! - a part of all others. They are gone through in *rounds*, from the front to the back, of which one begins no sooner
//!   than `ROUND_EVERY` after the one before, and only when places have changed behind somebody or hands have. So a place
//!   far back is told within a second or two of its last change, and never more often than that.
//!
//! What is said in numbers needs a look forward (`waits`), which in a large house takes longer than a step may. There it
//! is taken in pieces, at the beginning of each round; what is said until the next one is finished comes from it. Whoever
//! needs one when there is none is told nothing until then. Timers drive all of this while nothing happens.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use deskbell_shared::model::{ConversationId, UnixMillis};

use super::Desk;
use super::line::Order;
use super::matching::Hands;
use super::promise::{Here, News};
use super::queue::{ConversationRow, Position};
use super::waits::{Look, Turns};

/// A line that is no longer than this is short.
const SHORT_LINE_MAX: usize = 128;
/// A house that has no more than this under way is looked at in one piece.
const UNDER_WAY_MAX: u32 = 512;
/// In a long line, so many are told at once.
const NEAR: usize = 64;
/// So many of each kind that cannot wait for the round.
const ASIDE_MAX: usize = 32;
/// So many of those further back are looked at in one step of a round.
const ROUND_STEP: usize = 128;
/// From one step of a round to the next, if nothing happens.
const ROUND_GOES_ON_AFTER: Duration = Duration::from_millis(8);
/// From the beginning of one round to that of the next.
const ROUND_EVERY: Duration = Duration::from_secs(1);
/// Of a look forward, so much is done in one step.
const UNITS_IN_A_STEP: usize = 1000;
/// What was seen longer ago is not told any more.
const LOOK_KEPT_MAX: Duration = Duration::from_secs(10);

/// Who is still to be told, and what is known for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Telling {
    /// Whose visitor has just connected: they are told their place though it may not have changed.
    returned: BTreeSet<ConversationId>,
    /// Taken from the store with promises in this step.
    accepted: Vec<ConversationId>,
    /// What was seen last of what is ahead, and when it was begun to look.
    seen: Option<(UnixMillis, Turns)>,
    round: Option<Round>,
    round_began_at: UnixMillis,
    /// What the last round was to tell.
    begun_with: Option<Changes>,
    /// Somebody has a reason to be told that did not fit what is seen now. Later steps look again.
    is_pending: bool,
    goes_on_at: Option<UnixMillis>,
}

#[derive(Clone, Debug)]
enum Round {
    /// First it is looked forward.
    Looks(UnixMillis, Box<Look>),
    /// Then those are told who are behind this one.
    Tells(Option<Order>),
}

/// What may be news for everybody who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Changes {
    moves: u64,
    serving: u32,
    /// What is kept for who fits, and will be anybody's next: another when one has become so.
    kept: Option<(UnixMillis, ConversationId)>,
    is_automatic: bool,
    places_max: u32,
}

impl Telling {
    /// Somebody who waits is there again.
    pub fn returned(&mut self, id: ConversationId) {
        self.returned.insert(id);
    }

    /// What is known of a conversation is replaced by what is stored.
    pub fn took_a_row(&mut self, row: &ConversationRow) {
        if row.told.is_none() && !row.promises.is_empty() {
            self.accepted.push(row.id);
        }
    }

    /// It may be news for anybody who waits, and is not counted in `Changes`.
    pub fn all_may_be_new(&mut self) {
        self.begun_with = None;
    }

    /// When the next of those are to be told who were left for later.
    pub fn goes_on_at(&self) -> Option<UnixMillis> {
        self.goes_on_at
    }

    fn turns_seen(&self, now: UnixMillis) -> Option<&Turns> {
        self.seen.as_ref().filter(|(at, _)| now.since(*at) <= LOOK_KEPT_MAX).map(|(_, turns)| turns)
    }
}

impl Desk {
    /// Tells visitors who wait and are connected what has changed for them.
    pub(super) fn tell_visitors(&mut self) {
        let mut hands = Hands::new(self.serving());
        for id in std::mem::take(&mut self.telling.accepted) {
            let place = self.place(id);
            if place.is_some_and(|place| place < self.places_max() as usize) {
                self.remember_told(id, self.serving_of(id, &mut hands));
            }
        }
        let mut telling = std::mem::take(&mut self.telling);
        if self.settings.matching.is_some() && !self.agents.touched().is_empty() {
            // As many hands as before may be other hands.
            telling.all_may_be_new();
        }
        match self.is_short() {
            true => self.tell_all(&mut telling, &mut hands),
            false => self.tell_some(&mut telling, &mut hands),
        }
        self.telling = telling;
    }

    fn serving_of(&self, id: ConversationId, hands: &mut Hands) -> u32 {
        if self.settings.matching.is_none() {
            return hands.all;
        }
        self.conversations.get(&id).map_or(hands.all, |row| self.serving_for(row, hands))
    }

    /// What was seen last of what is ahead of a large house; of a small one it is seen anew each time.
    pub(super) fn turns_kept(&self) -> Option<&Turns> {
        if self.is_short() { None } else { self.telling.turns_seen(self.now) }
    }

    /// Whether everybody who waits is looked at in one step.
    fn is_short(&self) -> bool {
        self.conversations.line().len() <= SHORT_LINE_MAX && self.serving() <= UNDER_WAY_MAX
    }

    fn changes(&self, serving: u32) -> Changes {
        Changes {
            moves: self.conversations.line().moves(),
            serving,
            kept: self.first_kept_for_who_fits(),
            is_automatic: self.settings.policy.is_automatic(),
            places_max: self.places_max(),
        }
    }

    /// Where somebody is in the line, counted from 0.
    fn place(&self, id: ConversationId) -> Option<usize> {
        let (line, order) = (self.conversations.line(), self.conversations.get(&id)?.order());
        line.contains(&order).then(|| line.before(&order))
    }

    fn tell_all(&mut self, telling: &mut Telling, hands: &mut Hands) {
        let returned = std::mem::take(&mut telling.returned);
        // One look forward serves all who are told something, and there is none while nothing changes.
        let turns = OnceCell::new();
        for (place, id) in self.queue().into_iter().enumerate() {
            let serving = self.serving_of(id, hands);
            let news = {
                let turns = || Some(turns.get_or_init(|| self.turns()));
                let position = Position::of_place(place);
                let here = Here { position, serving, again: returned.contains(&id), is_far: false };
                self.news_at(id, here, turns)
            };
            self.say(id, serving, news);
        }
        let now = self.now;
        telling.seen = turns.into_inner().map(|turns| (now, turns)).or(telling.seen.take());
        telling.round = None;
        telling.begun_with = Some(self.changes(hands.all));
        telling.goes_on_at = None;
    }

    fn tell_some(&mut self, telling: &mut Telling, hands: &mut Hands) {
        self.go_round(telling, hands.all);
        for (place, id) in self.whom(telling) {
            let serving = self.serving_of(id, hands);
            let (position, again) = (Position::of_place(place), telling.returned.remove(&id));
            let here = Here { position, serving, again, is_far: place >= NEAR };
            let news = self.news_at(id, here, || telling.turns_seen(self.now));
            telling.is_pending |= news == News::Later;
            self.say(id, serving, news);
        }
        let soon = self.now.plus(ROUND_GOES_ON_AFTER);
        let next_round = soon.max(telling.round_began_at.plus(ROUND_EVERY));
        let has_begun = telling.begun_with == Some(self.changes(hands.all));
        telling.goes_on_at = if telling.round.is_some() || !telling.returned.is_empty() {
            Some(soon)
        } else if self.is_owed() {
            Some(if self.can_be_said(telling) { soon } else { next_round })
        } else {
            (!has_begun).then_some(next_round)
        };
    }

    /// Whether what is said in numbers can be said now, or nothing can be but that.
    fn can_be_said(&self, telling: &Telling) -> bool {
        !self.needs_a_look() || telling.turns_seen(self.now).is_some()
    }

    fn needs_a_look(&self) -> bool {
        self.settings.policy.is_automatic() && self.serving() > 0
    }

    /// Whether somebody waits for a first word, or is shown what does not come true.
    fn is_owed(&self) -> bool {
        let (lists, line) = (self.conversations.lists(), self.conversations.line());
        let first = lists.untold.first();
        let is_untold = first.is_some_and(|order| line.before(order) < self.places_max() as usize);
        is_untold || lists.shown_until.first().is_some_and(|(at, _)| *at < self.now)
    }

    fn go_round(&mut self, telling: &mut Telling, serving: u32) {
        if let Some(Round::Looks(_, look)) = &mut telling.round
            && look.goes_on(UNITS_IN_A_STEP)
            && let Some(Round::Looks(began_at, look)) = telling.round.take()
        {
            telling.seen = Some((began_at, look.finished()));
            telling.round = Some(Round::Tells(None));
        }
        let changes = self.changes(serving);
        let has_cause = || {
            telling.begun_with != Some(changes)
                || telling.is_pending
                || self.is_owed() && !self.can_be_said(telling)
        };
        let may_begin = telling.round.is_none() && self.now >= telling.round_began_at.plus(ROUND_EVERY);
        if may_begin && has_cause() {
            telling.round_began_at = self.now;
            telling.begun_with = Some(changes);
            telling.is_pending = false;
            telling.round = Some(match self.needs_a_look() {
                true => Round::Looks(self.now, Box::new(Look::from(self.scene(), &self.learned))),
                false => Round::Tells(None),
            });
        }
    }

    /// Who is looked at in this step, by place.
    fn whom(&self, telling: &mut Telling) -> BTreeMap<usize, ConversationId> {
        let (lists, line) = (self.conversations.lists(), self.conversations.line());
        let near = line.iter().take(NEAR).map(|order| order.id).enumerate();
        let mut whom: BTreeMap<usize, ConversationId> = near.collect();
        let returned: Vec<ConversationId> = telling.returned.iter().copied().take(ASIDE_MAX).collect();
        for id in returned {
            match self.place(id) {
                Some(place) => drop(whom.insert(place, id)),
                // It does not wait any more.
                None => drop(telling.returned.remove(&id)),
            }
        }
        if self.can_be_said(telling) {
            let places_max = self.places_max() as usize;
            let untold = lists.untold.iter().take(ASIDE_MAX).map(|order| (line.before(order), order.id));
            whom.extend(untold.take_while(|(place, _)| *place < places_max));
            let broken = lists.shown_until.iter().take_while(|(at, _)| *at < self.now).take(ASIDE_MAX);
            whom.extend(broken.filter_map(|(_, id)| Some((self.place(*id)?, *id))));
        }
        if let Some(Round::Tells(behind)) = telling.round {
            let past = behind.map_or(0, |order| line.before(&order) + usize::from(line.contains(&order)));
            let from = past.max(NEAR);
            let part: Vec<Order> = line.from(from).take(ROUND_STEP).copied().collect();
            whom.extend(part.iter().enumerate().map(|(beyond, order)| (from + beyond, order.id)));
            let is_last = part.len() < ROUND_STEP;
            telling.round = part.last().filter(|_| !is_last).map(|last| Round::Tells(Some(*last)));
        }
        whom
    }

    fn news_at<'a>(&self, id: ConversationId, here: Here, turns: impl Fn() -> Option<&'a Turns>) -> News {
        let Some(row) = self.conversations.get(&id) else { return News::Nothing };
        if here.position.0 > self.places_max() {
            return News::NoPlace;
        }
        // Most have nothing new after a step: that is seen before anything is looked up.
        let told = row.told_last(here.serving);
        let is_as_told = told.is_some_and(|told| self.what_changed(told, here).is_none());
        if (is_as_told && !here.again) || !self.presence(row.visitor).is_online() {
            return News::Nothing;
        }
        self.news(row, told, here, turns)
    }

    fn say(&mut self, id: ConversationId, serving: u32, news: News) {
        match news {
            News::NoPlace if self.conversations.get(&id).is_some_and(|row| row.told.is_some()) => {
                // They have no place to be told. What was promised before stands in the ledger.
                self.conversations.change(id, |row| row.told = None);
            }
            News::NoPlace => {}
            News::Tell(told, why) => self.tell(id, told, why),
            News::Nothing | News::Later => self.remember_told(id, serving),
        }
    }
}
