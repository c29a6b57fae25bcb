//! Which conversations of a list are chosen, to do something to all of them. Pure.

use deskbell_shared::model::ConversationId;

use super::listed::Listed;

/// The most that are chosen at once. One deed for them takes ten seconds.
pub const CHOSEN_MAX: usize = 200;

/// How one chooses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice {
    /// This one, or it not any more.
    One(ConversationId),
    /// All from the first to the second; where no first is given, from where one has begun.
    UpTo(Option<ConversationId>, ConversationId),
}

/// What is chosen, and from where a range begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chosen {
    ids: Vec<ConversationId>,
    from: Option<ConversationId>,
}

impl Chosen {
    /// These and no others.
    fn of(ids: Vec<ConversationId>) -> Chosen {
        Chosen { ids, from: None }
    }

    /// Whether it is chosen.
    pub fn has(&self, id: ConversationId) -> bool {
        self.ids.contains(&id)
    }

    /// Those that are in the list still.
    pub fn among(&self, rows: &Listed) -> Chosen {
        let ids = self.ids.iter().copied().filter(|id| rows.place(*id).is_some()).collect();
        Chosen { ids, from: self.from }
    }

    /// Without some.
    pub fn without(&self, those: &[ConversationId]) -> Chosen {
        let ids = self.ids.iter().copied().filter(|id| !those.contains(id)).collect();
        Chosen { ids, from: self.from }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = ConversationId> {
        self.ids.iter().copied()
    }

    /// Chooses one, or not any more.
    pub fn toggle(&mut self, id: ConversationId) {
        match self.ids.iter().position(|other| *other == id) {
            Some(at) => {
                self.ids.remove(at);
            }
            None => self.add(id),
        }
        self.from = Some(id);
    }

    /// Chooses all from one to another; where there is none to begin with, from where the last one was chosen.
    pub fn reach(&mut self, rows: &Listed, from: Option<ConversationId>, id: ConversationId) {
        let Some(to) = rows.place(id) else { return };
        let from = from.or(self.from).and_then(|from| rows.place(from)).unwrap_or(to);
        let range = from.min(to)..from.max(to) + 1;
        for row in rows.range(range) {
            self.add(row.conversation.id);
        }
        self.from.get_or_insert(id);
    }

    /// Chooses the first ones of a list, as many as there may be.
    pub fn all(rows: &Listed) -> Chosen {
        Chosen::of(rows.range(0..rows.len().min(CHOSEN_MAX)).map(|row| row.conversation.id).collect())
    }

    fn add(&mut self, id: ConversationId) {
        if self.ids.len() < CHOSEN_MAX && !self.has(id) {
            self.ids.push(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::View;
    use crate::state::desk::tests::{listed, summary};
    use crate::state::lists::Lists;
    use deskbell_shared::model::AgentId;

    fn rows(ids: std::ops::RangeInclusive<u128>) -> Listed {
        let mut lists = Lists::new(AgentId(1));
        lists.renew(listed(ids.map(|id| summary(id, None, 0))));
        lists.view(View::Queue)
    }

    fn ids(chosen: &Chosen) -> Vec<u128> {
        chosen.iter().map(|id| id.0).collect()
    }

    #[test]
    fn one_and_a_range_and_back() {
        let rows = rows(1..=9);
        let mut chosen = Chosen::default();
        chosen.toggle(ConversationId(5));
        chosen.reach(&rows, None, ConversationId(7));
        assert_eq!(ids(&chosen), [5, 6, 7]);
        chosen.reach(&rows, None, ConversationId(4));
        assert_eq!(ids(&chosen), [5, 6, 7, 4], "a range is from where one began");
        chosen.toggle(ConversationId(6));
        assert_eq!(ids(&chosen), [5, 7, 4]);
        let mut chosen = Chosen::default();
        chosen.reach(&rows, None, ConversationId(3));
        assert_eq!(ids(&chosen), [3]);
        chosen.reach(&rows, Some(ConversationId(5)), ConversationId(6));
        assert_eq!(ids(&chosen), [3, 5, 6]);
    }

    #[test]
    fn what_was_chosen_while_a_deed_ran_stays_chosen() {
        let mut chosen = Chosen::of([1, 2, 3].map(ConversationId).into());
        chosen.toggle(ConversationId(7));
        assert_eq!(ids(&chosen.without(&[1, 3].map(ConversationId))), [2, 7]);
    }

    #[test]
    fn what_leaves_the_list_is_not_chosen_and_there_is_a_bound() {
        let mut chosen = Chosen::all(&rows(1..=900));
        assert_eq!(chosen.len(), CHOSEN_MAX);
        chosen.toggle(ConversationId(900));
        assert_eq!(chosen.len(), CHOSEN_MAX);
        assert_eq!(ids(&chosen.among(&rows(199..=300))), [199, 200]);
    }
}
