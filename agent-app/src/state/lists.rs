//! The lists of the desk, each kept in its order while single conversations change: a frame that arrives touches what it
//! tells of, not all that is listed. Pure.

use std::rc::Rc;

use deskbell_shared::model::{AgentId, ConversationId, Status, Summary};
use deskbell_shared::session::LongList;
use deskbell_shared::session::long_list::RowChange;

use super::attention::Attention;
use crate::route::View;
use crate::shown::listed::{Listed, number};

/// All lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Lists {
    me: AgentId,
    /// Open conversations by their ids.
    open: LongList,
    /// Resolved ones by their ids, as far as they were asked for. None is in both.
    done: LongList,
    /// One for each view, in its order.
    views: [LongList; View::ALL.len()],
    /// Conversations of mine with something unread.
    unread: usize,
}

impl Lists {
    /// Nothing in them.
    pub fn new(me: AgentId) -> Lists {
        Lists {
            me,
            open: LongList::default(),
            done: LongList::default(),
            views: [const { None::<LongList> }; View::ALL.len()].map(Option::unwrap_or_default),
            unread: 0,
        }
    }

    /// Open conversations by their ids.
    pub fn open(&self) -> &LongList {
        &self.open
    }

    /// The rows of a view, in its order: the queue by who waits longest, the others by what happened last.
    pub fn view(&self, view: View) -> Listed {
        let resolved = self.views[View::Resolved as usize].clone();
        let then = if view == View::All { resolved } else { LongList::default() };
        Listed::new(view, self.views[view as usize].clone(), then, [self.open.clone(), self.done.clone()])
    }

    /// How many open conversations each view has.
    pub fn counts(&self) -> [usize; View::ALL.len()] {
        View::ALL.map(|view| if view == View::Resolved { 0 } else { self.views[view as usize].len() })
    }

    /// What wants attention.
    pub fn attention(&self) -> Attention {
        Attention { waiting: self.views[View::Queue as usize].len(), unread: self.unread }
    }

    /// What is listed of a conversation.
    pub fn find(&self, id: ConversationId) -> Option<&Rc<Summary>> {
        self.open.get(0, id).or_else(|| self.done.get(0, id))
    }

    /// Takes over the open ones as they are now. Returns what has changed.
    pub fn renew(&mut self, open: LongList) -> Vec<RowChange> {
        let changes = self.open.changes(&open);
        for (before, after) in &changes {
            if let Some(row) = before {
                self.place(row, false);
            }
            if let Some(row) = after {
                self.end_being_done(row.conversation.id);
                self.place(row, true);
            }
        }
        self.open = open;
        changes
    }

    /// Lists resolved conversations. Returns those that were open here until now.
    pub fn resolve(&mut self, rows: Vec<Summary>) -> Vec<Rc<Summary>> {
        let mut ended = Vec::new();
        for row in rows.into_iter().filter(|row| row.conversation.status == Status::Resolved) {
            let id = row.conversation.id;
            match self.open.get(0, id) {
                Some(open) if open.feed > row.feed => continue,
                Some(open) => {
                    let open = Rc::clone(open);
                    self.place(&open, false);
                    self.open.take(0, id);
                    ended.push(open);
                }
                None => {}
            }
            self.end_being_done(id);
            let row = Rc::new(row);
            self.done.put(0, Rc::clone(&row));
            self.views[View::Resolved as usize].put(number(&row, View::Resolved), row);
        }
        ended
    }

    fn end_being_done(&mut self, id: ConversationId) {
        if let Some(row) = self.done.take(0, id) {
            self.views[View::Resolved as usize].take(number(&row, View::Resolved), id);
        }
    }

    /// Puts an open conversation to its places in the views, or takes it from there.
    fn place(&mut self, row: &Rc<Summary>, is_there: bool) {
        let is_mine = row.conversation.is_with(self.me);
        if is_mine && row.unread > 0 {
            self.unread = if is_there { self.unread + 1 } else { self.unread - 1 };
        }
        let own = match (row.conversation.assignee.is_none(), is_mine) {
            (true, _) => Some(View::Queue),
            (_, true) if row.conversation.snoozed_until.is_some() => Some(View::Snoozed),
            (_, true) => Some(View::Mine),
            _ => None,
        };
        for view in own.into_iter().chain([View::All]) {
            let number = number(row, view);
            let list = &mut self.views[view as usize];
            match is_there {
                true => list.put(number, Rc::clone(row)),
                false => {
                    list.take(number, row.conversation.id);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::attention::ringing;
    use crate::state::desk::tests::summary;
    use crate::state::desk::{DeskAction, DeskState};
    use deskbell_shared::model::{AgentView, Epoch, Feed, VisitorId};
    use deskbell_shared::protocol::DeskFrame;
    use deskbell_shared::session::ListFeed;
    #[cfg(debug_assertions)]
    use deskbell_shared::session::long_list::work_done;

    const ME: AgentId = AgentId(1);

    /// A desk that has so many conversations in its lists: every third waits, every fourth of the rest is mine.
    fn desk(many: u128) -> (ListFeed, DeskState) {
        let row = |id: u128| {
            let whose = if id.is_multiple_of(4) { ME } else { AgentId(9) };
            (*summary(id, (!id.is_multiple_of(3)).then_some(whose), 0)).clone()
        };
        let mut feed = ListFeed::default();
        let rows = (1..=many).map(row).collect();
        feed.apply(&DeskFrame::FeedPage {
            id: None,
            epoch: Epoch(1),
            reset: true,
            rows,
            upto: Feed(many as u64),
            more: false,
        });
        let state = DeskState::new(ME).after(DeskAction::Lists(feed.rows().clone(), true));
        (feed, state)
    }

    /// Everything that the desk does with a frame that changes its lists, as far as it looks at them: the lists themselves,
    /// the numbers beside the views, what rings, what is drawn of a view and where the keys are.
    fn arrives(feed: &mut ListFeed, state: &DeskState, frame: DeskFrame) -> DeskState {
        feed.apply(&frame);
        let next = state.after(DeskAction::Lists(feed.rows().clone(), true));
        assert!(next.counts().is_some() && next.lists.attention().waiting > 0);
        ringing(state.lists.open(), next.lists.open(), ME, None);
        for view in View::ALL {
            let listed = next.lists.view(view);
            let middle = listed.len() / 2;
            assert_eq!(listed.range(middle..middle + 40).count(), listed.len().min(middle + 40) - middle);
            if let Some(id) = listed.at(middle) {
                assert_eq!(listed.place(id), Some(middle));
            }
        }
        next
    }

    fn said(many: u128, id: u128) -> DeskFrame {
        let mut row = (*summary(id, Some(ME), 3)).clone();
        row.conversation.assignee = Some(AgentView { id: ME, name: "A".to_owned(), picture: None });
        row.feed = Feed(many as u64 + 1);
        row.last_at.0 = many as i64 + 1;
        DeskFrame::ConversationChanged { prev: Feed(many as u64), summary: row }
    }

    #[cfg(debug_assertions)]
    #[test]
    fn a_frame_costs_about_as_much_among_a_hundred_thousand_as_among_three_hundred() {
        let cost = [300u128, 100_000].into_iter().flat_map(|many| {
            let (mut feed, state) = desk(many);
            work_done();
            // One in the middle that waited is mine now and has been written in.
            let state = arrives(&mut feed, &state, said(many, many / 2 / 3 * 3));
            let changed = work_done();
            let online = DeskFrame::VisitorPresence { visitor: VisitorId(many / 3), online: false };
            arrives(&mut feed, &state, online);
            [(many, changed), (many, work_done())]
        });
        // Rows and pieces looked at or copied; the lists as they were looked at all rows some thirty times.
        for (many, work) in cost {
            assert!(work > 100, "{many}: {work}");
            assert!(work < if many == 300 { 6_000 } else { 20_000 }, "{many}: {work}");
        }
    }

    #[test]
    fn lists_that_are_kept_are_those_that_are_made_anew() {
        let (mut feed, mut state) = desk(60);
        let many = 60u64;
        for step in 1..200u64 {
            let id = u128::from(step * 7 % 70 + 1);
            let whose = [None, Some(ME), Some(AgentId(9))][step as usize % 3];
            let mut row = (*summary(id, whose, (step % 2) as u32)).clone();
            row.feed = Feed(many + step);
            row.last_at.0 = (step * 31 % 90) as i64;
            if step.is_multiple_of(5) {
                row.conversation.snoozed_until = Some(row.last_at);
            }
            if step.is_multiple_of(4) {
                row.conversation.status = Status::Resolved;
            }
            feed.apply(&DeskFrame::ConversationChanged { prev: Feed(many + step - 1), summary: row });
            state = state.after(DeskAction::Lists(feed.rows().clone(), true));
            let fresh = DeskState::new(ME).after(DeskAction::Lists(feed.rows().clone(), true));
            assert_eq!(state.lists.counts(), fresh.lists.counts());
            assert_eq!(state.lists.attention(), fresh.lists.attention());
            for view in View::ALL {
                let ids = |state: &DeskState| -> Vec<ConversationId> {
                    let listed = state.lists.view(view);
                    listed.range(0..listed.len()).map(|row| row.conversation.id).collect()
                };
                assert_eq!(ids(&state), ids(&fresh));
            }
        }
        assert!(state.lists.counts()[0] > 5, "there was something to compare");
    }
}
