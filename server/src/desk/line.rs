//! Those who wait and can be served, in the order in which they will be: kept sorted, in parts of bounded size, so that
//! coming, going and asking for a place or for who has it cost next to nothing however long it is. It knows nothing of
//! why somebody stands where they stand.

use std::cmp::Reverse;

use deskbell_shared::model::{ConversationId, Priority};

use super::queue::Arrival;

/// A part that grows beyond this is cut in two.
const PART_MAX: usize = 128;

/// Where a conversation stands: what comes first in the line is smallest. The id only makes the order total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    pub priority: Reverse<Priority>,
    pub arrival: Arrival,
    pub id: ConversationId,
}

/// The line.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// None is empty; each is sorted, and all of it comes before the next.
    parts: Vec<Vec<Order>>,
    len: usize,
    /// How often somebody had another place than before because of somebody else.
    moves: u64,
}

impl Line {
    pub fn len(&self) -> usize {
        self.len
    }

    /// Counts up whenever places have changed behind somebody who came or went.
    pub fn moves(&self) -> u64 {
        self.moves
    }

    pub fn insert(&mut self, order: Order) {
        let at = self.part_of(&order).min(self.parts.len().saturating_sub(1));
        let Some(part) = self.parts.get_mut(at) else {
            self.parts.push(vec![order]);
            self.len = 1;
            return;
        };
        let Err(within) = part.binary_search(&order) else { return };
        part.insert(within, order);
        self.len += 1;
        self.moves += u64::from(at + 1 < self.parts.len() || within + 1 < self.parts[at].len());
        let part = &mut self.parts[at];
        if part.len() > PART_MAX {
            let rest = part.split_off(PART_MAX / 2);
            self.parts.insert(at + 1, rest);
        }
    }

    pub fn remove(&mut self, order: &Order) {
        let at = self.part_of(order);
        let Some(part) = self.parts.get_mut(at) else { return };
        let Ok(within) = part.binary_search(order) else { return };
        part.remove(within);
        self.len -= 1;
        self.moves += u64::from(within < part.len() || at + 1 < self.parts.len());
        let small = self.parts[at].len();
        if small == 0 {
            self.parts.remove(at);
        } else if self.parts.get(at + 1).is_some_and(|next| small + next.len() <= PART_MAX / 2) {
            let next = self.parts.remove(at + 1);
            self.parts[at].extend(next);
        }
    }

    pub fn contains(&self, order: &Order) -> bool {
        self.parts.get(self.part_of(order)).is_some_and(|part| part.binary_search(order).is_ok())
    }

    /// How many come before it, whether it is in the line or not: its place, counted from 0.
    pub fn before(&self, order: &Order) -> usize {
        let at = self.part_of(order);
        let earlier: usize = self.parts[..at].iter().map(Vec::len).sum();
        earlier + self.parts.get(at).map_or(0, |part| part.partition_point(|one| one < order))
    }

    /// From a place on, counted from 0.
    pub fn from(&self, place: usize) -> impl Iterator<Item = &Order> {
        let (mut at, mut skipped) = (0, place);
        while let Some(part) = self.parts.get(at).filter(|part| skipped >= part.len()) {
            skipped -= part.len();
            at += 1;
        }
        self.parts[at..].iter().flatten().skip(skipped)
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Order> {
        self.parts.iter().flatten()
    }

    /// The part that has it or would have it: the first that does not end before it.
    fn part_of(&self, order: &Order) -> usize {
        self.parts.partition_point(|part| part.last().is_some_and(|last| last < order))
    }
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::{Feed, UnixMillis};

    use super::*;

    fn order(number: u64) -> Order {
        let arrival = Arrival { place: Feed(number * 7919 % 601), at: UnixMillis(0) };
        let priority = if number.is_multiple_of(9) { Priority::High } else { Priority::Normal };
        Order { priority: Reverse(priority), arrival, id: ConversationId(u128::from(number)) }
    }

    proptest::proptest! {
        #[test]
        fn a_line_is_a_sorted_list(acts in proptest::collection::vec((0u64..700, 0u8..5), 1..2500)) {
            let (mut line, mut list) = (Line::default(), Vec::new());
            for (number, act) in acts {
                let order = order(number);
                let moves = line.moves();
                let at = list.binary_search(&order);
                let behind = list.len() - at.map_or_else(|at| at, |at| at + 1);
                let is_changed = match (act, at) {
                    (0 | 1, Ok(at)) => {
                        line.remove(&order);
                        list.remove(at);
                        true
                    }
                    (0 | 1, Err(_)) => {
                        line.remove(&order);
                        false
                    }
                    (_, found) => {
                        line.insert(order);
                        found.map_err(|at| list.insert(at, order)).is_err()
                    }
                };
                assert_eq!(line.moves() > moves, is_changed && behind > 0);
                assert_eq!(line.len(), list.len());
                assert_eq!(line.before(&order), list.partition_point(|one| *one < order));
                assert_eq!(line.contains(&order), list.contains(&order));
                assert!(line.parts.iter().all(|part| !part.is_empty() && part.len() <= PART_MAX));
            }
            assert!(line.iter().eq(&list));
            for place in [0, 1, list.len() / 2, list.len(), list.len() + 3] {
                assert!(line.from(place).eq(list.iter().skip(place)));
            }
        }
    }
}
