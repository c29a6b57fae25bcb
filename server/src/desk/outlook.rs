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
        let waiting = self.conversations.values().filter(|waiting| self.can_be_served(waiting));
        let told = waiting.max_by_key(|waiting| waiting.order()).and_then(|last| last.told)?;
        matches!(told.wait, Wait::Between { .. }).then_some(told.wait)
    }

    /// What would be said to somebody who came now. `None` when that is too uncertain, nobody serves, or as many wait as
    /// are given a place; nothing to wait for while somebody is free, but that they accept where they are asked.
    pub fn newcomer(&self) -> Option<Interval> {
        if !self.settings.policy.is_automatic() {
            return None;
        }
        if self.eligible().next().is_some() {
            let high = self.settings.accept_within.unwrap_or_default();
            return Some(Interval { high, ..Interval::default() });
        }
        if self.serving() == 0 {
            return None;
        }
        let queue = self.queue();
        if queue.len() >= self.places_max() as usize {
            return None;
        }
        let mut scene = self.scene(&queue);
        scene.waiting.push(Waiting { key: NEWCOMER_KEY, waited: Some(0.0), priority: Priority::Normal });
        let position = Position(u32::try_from(queue.len() + 1).unwrap_or(u32::MAX));
        self.interval(&Turns::ahead_of(&scene, &self.learned), Kind::Joined, position)
            .filter(|interval| interval.is_of_use())
    }
}
