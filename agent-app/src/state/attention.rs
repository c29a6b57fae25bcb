//! What is worth a sound and a number in the title: somebody new waits, or somebody of mine has written.

use std::rc::Rc;

use deskbell_shared::model::{AgentId, ConversationId, Summary};
use deskbell_shared::session::LongList;
use deskbell_shared::session::long_list::RowChange;

/// What wants attention now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attention {
    /// Conversations that wait for somebody.
    pub waiting: usize,
    /// Conversations of mine with something unread.
    pub unread: usize,
}

impl Attention {
    /// The number in the title.
    pub fn total(self) -> usize {
        self.waiting + self.unread
    }
}

/// What happened between two moments that should ring: `attended` is the conversation somebody is looking at. Looks at
/// nothing but what has changed.
pub fn ringing(
    before: &LongList,
    after: &LongList,
    me: AgentId,
    attended: Option<ConversationId>,
) -> Vec<Rc<Summary>> {
    let rings = |(old, row): RowChange| {
        let row = row?;
        let concerns_me = row.conversation.assignee.as_ref().is_none_or(|agent| agent.id == me);
        let is_more = old.is_none_or(|old| row.unread > old.unread);
        (concerns_me && row.unread > 0 && attended != Some(row.conversation.id) && is_more).then_some(row)
    };
    before.changes(after).into_iter().filter_map(rings).collect()
}

/// What a notification about a conversation says: the key of its title, and the line below. What the visitor wrote is
/// in it only where the agent allows it, because it lies on a screen that others may see.
pub fn notice(row: &Summary, with_text: bool) -> (&'static str, &str) {
    let key = if row.conversation.assignee.is_none() { "notice.waiting" } else { "notice.wrote" };
    (key, if with_text { &row.last_line } else { &row.site_name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::desk::tests::{listed, summary};
    use crate::state::desk::{DeskAction, DeskState};
    use crate::state::lists::Lists;

    #[test]
    fn what_rings() {
        let me = AgentId(1);
        let quiet = vec![summary(1, None, 0), summary(2, Some(me), 0), summary(3, Some(AgentId(9)), 0)];
        let with = |n: usize, unread: u32| {
            let mut rows = quiet.clone();
            rows[n] = Rc::new(Summary { unread, ..(*quiet[n]).clone() });
            rows
        };
        let rings = |before: &Vec<_>, after: &Vec<_>, me, attended| {
            !ringing(&listed(before.clone()), &listed(after.clone()), me, attended).is_empty()
        };
        let some = rings;
        let none = |before: &_, after: &_, me, attended| !rings(before, after, me, attended);
        assert!(none(&quiet, &quiet, me, None));
        assert!(some(&quiet, &with(0, 1), me, None), "somebody waits");
        assert!(some(&quiet, &with(1, 1), me, None), "mine wrote");
        assert!(none(&quiet, &with(1, 1), me, Some(ConversationId(2))), "I am looking at it");
        assert!(none(&quiet, &with(2, 1), me, None), "a colleague's");
        assert!(none(&with(1, 2), &with(1, 1), me, None), "read");
        let mut lists = Lists::new(me);
        lists.renew(listed(with(1, 3)));
        assert_eq!(lists.attention(), Attention { waiting: 1, unread: 1 });
        lists.renew(listed(quiet.clone()));
        assert_eq!(lists.attention(), Attention { waiting: 1, unread: 0 });
    }

    #[test]
    fn the_first_visitor_of_an_empty_desk_rings() {
        let me = AgentId(1);
        let state = DeskState::new(me);
        // As the desk looks at it: only where what is told is another one than before.
        let rings = |steps: Vec<(Vec<_>, bool)>| {
            let (mut heard, mut rings) = (state.told(), 0);
            for (rows, is_listed) in steps {
                let told = state.after(DeskAction::Lists(listed(rows), is_listed)).told();
                if told != heard {
                    let last = std::mem::replace(&mut heard, told.clone());
                    rings += last.zip(told).map_or(0, |(last, rows)| ringing(&last, &rows, me, None).len());
                }
            }
            rings
        };
        let waits = || vec![summary(1, None, 1)];
        assert_eq!(rings(vec![(vec![], false), (vec![], true), (waits(), true)]), 1);
        assert_eq!(rings(vec![(waits(), false), (waits(), true)]), 0, "it was there before one came");
    }

    #[test]
    fn a_notification_holds_no_words_of_a_visitor_unless_that_is_allowed() {
        let (waits, mine) = (summary(1, None, 1), summary(2, Some(AgentId(1)), 1));
        assert_eq!(notice(&waits, false), ("notice.waiting", "S"));
        assert_eq!(notice(&mine, false), ("notice.wrote", "S"));
        assert_eq!(notice(&mine, true), ("notice.wrote", "hi"));
    }
}
