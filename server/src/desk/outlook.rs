//! What supervisors see coming: what the one who waits last was told, and what would be told to somebody who came now.
//! Looked at, never shown to a visitor, so nothing of it is a promise.

use deskbell_shared::model::Priority;

use super::Desk;
use super::promise::Wait;
use super::queue::Position;
use super::wait_estimate::Interval;
use super::waits::{Kind, Turns, Waiting};

/// Stands for somebody who is not there: no conversation has this key but by chance, and then nothing happens but that
/// the two are like each other.
const NEWCOMER_KEY: u64 = 0x006e_6577_636f_6d65;

impl Desk {
    /// What the one who waits last was told, if it was told in numbers.
    pub fn last_told(&self) -> Option<Wait> {
        let from_behind = self.conversations.line().iter().rev();
        let mut waiting = from_behind.filter_map(|order| self.conversations.get(&order.id));
        let told = waiting.find(|waiting| self.can_be_served(waiting))?.told?;
        matches!(told.wait, Wait::Between { .. }).then_some(told.wait)
    }

    /// What would be said to somebody who came now. `None` when that is too uncertain, nobody serves, or as many wait as
    /// are given a place; nothing to wait for while somebody is free, but that they accept where they are asked.
    pub fn newcomer(&self) -> Option<Interval> {
        if !self.settings.policy.is_automatic() {
            return None;
        }
        if self.agents.eligible().next().is_some() {
            let high = self.settings.accept_within.unwrap_or_default();
            return Some(Interval { high, ..Interval::default() });
        }
        if self.serving() == 0 {
            return None;
        }
        let waiting = self.conversations.line().len();
        if waiting >= self.places_max() as usize {
            return None;
        }
        let position = Position::of_place(waiting);
        if let Some(turns) = self.turns_kept() {
            // They come after more than are looked at one by one.
            return self.interval(turns, Kind::Joined, position).filter(|interval| interval.is_of_use());
        }
        let mut scene = self.scene();
        scene.waiting.push(Waiting { key: NEWCOMER_KEY, waited: Some(0.0), priority: Priority::Normal });
        let turns = Turns::ahead_of(scene, &self.learned);
        self.interval(&turns, Kind::Joined, position).filter(|interval| interval.is_of_use())
    }
}
