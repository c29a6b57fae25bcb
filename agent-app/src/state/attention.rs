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

/// Whether anything happened between two moments that should ring: `attended` is the conversation somebody is looking at.
pub fn rings(
    before: &[Rc<Summary>],
    after: &[Rc<Summary>],
    me: AgentId,
    attended: Option<ConversationId>,
) -> bool {
    after.iter().any(|row| {
        let id = row.conversation.id;
        let concerns_me = row.conversation.assignee.as_ref().is_none_or(|agent| agent.id == me);
        if !concerns_me || row.unread == 0 || attended == Some(id) {
            return false;
        }
        let old = before.iter().find(|old| old.conversation.id == id);
        old.is_none_or(|old| row.unread > old.unread)
    })
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
        assert!(!rings(&quiet, &quiet, me, None));
        assert!(rings(&quiet, &with(0, 1), me, None), "somebody waits");
        assert!(rings(&quiet, &with(1, 1), me, None), "mine wrote");
        assert!(!rings(&quiet, &with(1, 1), me, Some(ConversationId(2))), "I am looking at it");
        assert!(!rings(&quiet, &with(2, 1), me, None), "a colleague's");
        assert!(!rings(&with(1, 2), &with(1, 1), me, None), "read");
        assert_eq!(attention(&with(1, 3), me), Attention { waiting: 1, unread: 1 });
    }
}
