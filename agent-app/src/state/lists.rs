//! The lists of the desk, each kept in its order while single conversations change: a frame that arrives touches what it
//! tells of, not all that is listed. Pure.

use std::rc::Rc;

use deskbell_shared::model::{AgentId, ConversationId, Priority, Status, Summary};
use deskbell_shared::session::LongList;
use deskbell_shared::session::long_list::RowChange;

use super::attention::Attention;
use crate::route::{Narrow, View};
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
    /// What the lists on the screen are narrowed to, and the rows of each view that are so; nothing where it is everything.
    narrow: Narrow,
    narrowed: [LongList; View::ALL.len()],
    /// Conversations of mine with something unread.
    unread: usize,
}

/// A list for each view.
fn for_each_view() -> [LongList; View::ALL.len()] {
    [const { None::<LongList> }; View::ALL.len()].map(Option::unwrap_or_default)
}

/// Whether a conversation is filed so.
fn is_so(row: &Summary, narrow: Narrow) -> bool {
    let filed = row.filed.as_ref();
    let has = |tag| filed.is_some_and(|filed| filed.tags.iter().any(|one| one.id == tag));
    narrow.tag.is_none_or(has)
        && narrow.priority.is_none_or(|it| filed.map_or(Priority::Normal, |filed| filed.priority) == it)
}

impl Lists {
    /// Nothing in them.
    pub fn new(me: AgentId) -> Lists {
        Lists {
            me,
            open: LongList::default(),
            done: LongList::default(),
            views: for_each_view(),
            narrow: Narrow::default(),
            narrowed: for_each_view(),
            unread: 0,
        }
    }

    /// Open conversations by their ids.
    pub fn open(&self) -> &LongList {
        &self.open
    }

    /// The rows of a view, in its order: the queue by who waits longest, the others by what happened last.
    pub fn view(&self, view: View) -> Listed {
        self.listed(view, &self.views)
    }

    /// The same as it stands on the screen: narrowed.
    pub fn shown(&self, view: View) -> Listed {
        self.listed(view, if self.narrow.is_none() { &self.views } else { &self.narrowed })
    }

    fn listed(&self, view: View, views: &[LongList; View::ALL.len()]) -> Listed {
        let resolved = views[View::Resolved as usize].clone();
        let then = if view == View::All { resolved } else { LongList::default() };
        Listed::new(view, views[view as usize].clone(), then, [self.open.clone(), self.done.clone()])
    }

    /// Narrows the lists that `shown` gives. All rows are looked at once, and from then on those that change. Resolved ones are
    /// asked for anew: those that were listed are returned.
    pub fn narrow(&mut self, narrow: Narrow) -> Vec<Rc<Summary>> {
        let done = self.done.iter().cloned().collect();
        self.done = LongList::default();
        self.views[View::Resolved as usize] = LongList::default();
        self.narrow = narrow;
        self.narrowed = for_each_view();
        if !narrow.is_none() {
            for (view, list) in View::ALL.into_iter().zip(&mut self.narrowed) {
                for row in self.views[view as usize].iter().filter(|row| is_so(row, narrow)) {
                    list.put(number(row, view), Rc::clone(row));
                }
            }
        }
        done
    }

    /// Puts a row to its place in a view, or takes it from there.
    fn set(&mut self, view: View, row: &Rc<Summary>, is_there: bool) {
        let number = number(row, view);
        let is_narrow = !self.narrow.is_none() && is_so(row, self.narrow);
        for list in [Some(&mut self.views), is_narrow.then_some(&mut self.narrowed)].into_iter().flatten() {
            let list = &mut list[view as usize];
            match is_there {
                true => list.put(number, Rc::clone(row)),
                false => {
                    list.take(number, row.conversation.id);
                }
            }
        }
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
            self.set(View::Resolved, &row, true);
            self.done.put(0, row);
        }
        ended
    }

    fn end_being_done(&mut self, id: ConversationId) {
        if let Some(row) = self.done.take(0, id) {
            self.set(View::Resolved, &row, false);
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
            self.set(view, row, is_there);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::attention::ringing;
    use crate::state::desk::tests::summary;
    use crate::state::desk::{DeskAction, DeskState};
    use deskbell_shared::model::{AgentView, Epoch, Feed, Filed, TagColour, TagId, TagView, VisitorId};
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

    fn tagged(row: &mut Summary, tag: u128, priority: Priority) {
        let (id, name, colour) = (TagId(tag), "t".to_owned(), TagColour::Grey);
        let tags = vec![TagView { id, name, colour, is_archived: false }];
        row.filed = Some(Filed { tags, priority, outcome: None });
    }

    /// What a list shows that is narrowed is what it would show with the others left out, however it came about.
    #[test]
    fn a_narrowed_list_is_kept_as_its_rows_change() {
        let (mut feed, mut state) = desk(60);
        let narrow = Narrow { tag: Some(TagId(7)), priority: None };
        state = state.after(DeskAction::Narrow(narrow));
        assert_eq!(state.lists.shown(View::All).len(), 0, "nothing has the tag yet");
        let ids = |listed: &Listed| -> Vec<ConversationId> {
            listed.range(0..listed.len()).map(|row| row.conversation.id).collect()
        };
        let mut most = 0;
        for step in 1..200u64 {
            let id = u128::from(step * 11 % 70 + 1);
            let mut row = (*summary(id, [None, Some(ME), Some(AgentId(9))][step as usize % 3], 0)).clone();
            row.feed = Feed(60 + step);
            row.last_at.0 = (step * 31 % 90) as i64;
            let priority = if step.is_multiple_of(2) { Priority::High } else { Priority::Normal };
            match step % 4 {
                0 => {}
                1 => tagged(&mut row, 8, priority),
                _ => tagged(&mut row, 7, priority),
            }
            if step.is_multiple_of(5) {
                row.conversation.status = Status::Resolved;
                state = state.after(DeskAction::Resolved(vec![row.clone()], false));
            }
            feed.apply(&DeskFrame::ConversationChanged { prev: Feed(60 + step - 1), summary: row });
            state = state.after(DeskAction::Lists(feed.rows().clone(), true));
            most = most.max(state.lists.shown(View::Resolved).len());
            for view in View::ALL {
                let (all, shown) = (state.lists.view(view), state.lists.shown(view));
                let rows = all.range(0..all.len()).filter(|row| is_so(row, narrow));
                let wanted: Vec<ConversationId> = rows.map(|row| row.conversation.id).collect();
                assert_eq!(ids(&shown), wanted, "{view:?} after {step}");
                let middle = shown.len() / 2;
                if let Some(id) = shown.at(middle) {
                    assert_eq!(shown.place(id), Some(middle));
                }
            }
        }
        assert!(state.lists.shown(View::Mine).len() > 2 && most > 2, "there is something to compare");
        assert!(state.lists.counts()[1] > state.lists.shown(View::Mine).len(), "the rail counts all");
        // Narrowed to something else at once, and to nothing: what is resolved is asked for anew.
        let high = Narrow { priority: Some(Priority::High), ..narrow };
        let before = state.lists.shown(View::Mine).len();
        state = state.after(DeskAction::Narrow(high));
        assert!((1..before).contains(&state.lists.shown(View::Mine).len()));
        assert_eq!((state.lists.shown(View::Resolved).len(), state.more_resolved), (0, None));
        state = state.after(DeskAction::Narrow(Narrow::default()));
        assert_eq!(ids(&state.lists.shown(View::Mine)), ids(&state.lists.view(View::Mine)));
    }

    #[cfg(debug_assertions)]
    #[test]
    fn a_frame_costs_no_more_where_a_list_is_narrowed() {
        let many = 100_000u128;
        let (mut feed, state) = desk(many);
        let narrow = Narrow { tag: Some(TagId(7)), priority: None };
        let state = state.after(DeskAction::Narrow(narrow));
        work_done();
        let DeskFrame::ConversationChanged { prev, mut summary } = said(many, many / 2 / 3 * 3) else {
            unreachable!("a change")
        };
        tagged(&mut summary, 7, Priority::Normal);
        let state =
            arrives(&mut feed, &state, DeskFrame::ConversationChanged { prev, summary: summary.clone() });
        assert_eq!(state.lists.shown(View::All).len(), 1);
        let work = work_done();
        assert!((100..20_000).contains(&work), "{work}");
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
