//! What is worth a sound and a number in the title: somebody new waits, or somebody of mine has written.

use std::rc::Rc;

use deskbell_shared::model::{AgentId, ConversationId, Summary};

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

/// What wants attention in these open conversations.
pub fn attention(rows: &[Rc<Summary>], me: AgentId) -> Attention {
    let mut sum = Attention::default();
    for row in rows {
        match &row.conversation.assignee {
            None => sum.waiting += 1,
            Some(agent) if agent.id == me && row.unread > 0 => sum.unread += 1,
            Some(_) => {}
        }
    }
    sum
}

/// What happened between two moments that should ring: `attended` is the conversation somebody is looking at.
pub fn ringing(
    before: &[Rc<Summary>],
    after: &[Rc<Summary>],
    me: AgentId,
    attended: Option<ConversationId>,
) -> Vec<Rc<Summary>> {
    let rings = |row: &&Rc<Summary>| {
        let id = row.conversation.id;
        let concerns_me = row.conversation.assignee.as_ref().is_none_or(|agent| agent.id == me);
        if !concerns_me || row.unread == 0 || attended == Some(id) {
            return false;
        }
        let old = before.iter().find(|old| old.conversation.id == id);
        old.is_none_or(|old| row.unread > old.unread)
    };
    after.iter().filter(rings).map(Rc::clone).collect()
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
    use crate::state::desk::tests::summary;

    #[test]
    fn what_rings() {
        let me = AgentId(1);
        let quiet = vec![summary(1, None, 0), summary(2, Some(me), 0), summary(3, Some(AgentId(9)), 0)];
        let with = |n: usize, unread: u32| {
            let mut rows = quiet.clone();
            rows[n] = Rc::new(Summary { unread, ..(*quiet[n]).clone() });
            rows
        };
        let some = |before: &[_], after: &[_], me, attended| !ringing(before, after, me, attended).is_empty();
        let none = |before: &[_], after: &[_], me, attended| ringing(before, after, me, attended).is_empty();
        assert!(none(&quiet, &quiet, me, None));
        assert!(some(&quiet, &with(0, 1), me, None), "somebody waits");
        assert!(some(&quiet, &with(1, 1), me, None), "mine wrote");
        assert!(none(&quiet, &with(1, 1), me, Some(ConversationId(2))), "I am looking at it");
        assert!(none(&quiet, &with(2, 1), me, None), "a colleague's");
        assert!(none(&with(1, 2), &with(1, 1), me, None), "read");
        assert_eq!(attention(&with(1, 3), me), Attention { waiting: 1, unread: 1 });
    }

    #[test]
    fn a_notification_holds_no_words_of_a_visitor_unless_that_is_allowed() {
        let (waits, mine) = (summary(1, None, 1), summary(2, Some(AgentId(1)), 1));
        assert_eq!(notice(&waits, false), ("notice.waiting", "S"));
        assert_eq!(notice(&mine, false), ("notice.wrote", "S"));
        assert_eq!(notice(&mine, true), ("notice.wrote", "hi"));
    }
}
