//! How somebody who waits for an answer stands to the time within which their inbox aims at one. Pure.

use deskbell_shared::model::{Status, Summary, UnixMillis};

/// How somebody who waits for an answer stands to what their inbox aims at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// There is time.
    Fine,
    /// A fifth of the time is left, or less.
    Soon,
    /// It is over.
    Late,
}

/// How a conversation stands to a target of so many minutes. `None`: nobody waits for an answer to it now. What is put
/// aside is nobody's to answer yet; who has gone and left an address is written to, and who is passed over comes back first.
pub fn pace(row: &Summary, minutes: u32, now: UnixMillis) -> Option<Pace> {
    let conversation = &row.conversation;
    let is_there = row.visitor.online || (conversation.assignee.is_some() && conversation.address.is_none());
    let may = conversation.status == Status::Open && conversation.snoozed_until.is_none() && is_there;
    let waited = now.0 - row.unanswered_at.filter(|_| may)?.0;
    let whole = i64::from(minutes) * 60_000;
    Some(match waited {
        _ if waited >= whole => Pace::Late,
        _ if waited >= whole / 5 * 4 => Pace::Soon,
        _ => Pace::Fine,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::desk::tests::summary;
    use deskbell_shared::model::{AgentId, AgentView};

    #[test]
    fn a_target_is_near_in_its_last_fifth_and_then_broken() {
        let mut row = (*summary(1, None, 0)).clone();
        row.visitor.online = true;
        let at = |row: &Summary, second: i64| pace(row, 5, UnixMillis(1_000 + second * 1_000));
        row.unanswered_at = Some(UnixMillis(1_000));
        let found = [0, 239, 240, 299, 300].map(|second| at(&row, second));
        assert_eq!(found, [Pace::Fine, Pace::Fine, Pace::Soon, Pace::Soon, Pace::Late].map(Some));
        let but = |change: fn(&mut Summary)| {
            let mut other = row.clone();
            change(&mut other);
            at(&other, 300)
        };
        assert_eq!(but(|row| row.unanswered_at = None), None, "answered");
        assert_eq!(but(|row| row.conversation.snoozed_until = Some(UnixMillis(1))), None);
        assert_eq!(but(|row| row.conversation.status = Status::Resolved), None);
        assert_eq!(but(|row| row.visitor.online = false), None, "passed over");
        let assigned = |row: &mut Summary| {
            row.visitor.online = false;
            row.conversation.assignee = Some(AgentView { id: AgentId(1), name: "A".into(), picture: None });
        };
        assert_eq!(but(assigned), Some(Pace::Late), "their agent made them wait");
        let mut written = row.clone();
        assigned(&mut written);
        written.conversation.address = Some("a@b.example".into());
        assert_eq!(at(&written, 300), None);
    }
}
