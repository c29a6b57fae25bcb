//! What supervisors look at beside what is live: how many waits have ended since an instant, how, and which. From the
//! ledger of waits, never from messages. Sums over inboxes and nobody's in particular: what each agent has done is not
//! asked for here.

use std::time::Duration;

use deskbell_shared::model::{InboxId, UnixMillis};
use deskbell_shared::protocol::api::{self, BoardInbox, BoardView, EndedView};
use deskbell_shared::protocol::limits::ENDED_SHOWN_MAX;

use crate::application::accounts::Signed;
use crate::application::denial::Denial;
use crate::application::{Application, whole_ms};
use crate::store::desks::{EndedWait, WAITS_SUMMED_MAX};

/// How far back is looked: a day, wherever on earth it is, with its longest night.
const LOOKED_BACK_MAX: Duration = Duration::from_secs(30 * 3600);

impl Application {
    /// What has happened since an instant in each inbox that somebody may see.
    pub async fn board(&self, who: Signed, since: UnixMillis) -> Result<BoardView, Denial> {
        let since = self.looked_back(since);
        let mut inboxes = Vec::new();
        for inbox in self.inboxes_of(who.id, |_| true).await? {
            let ended = self.store.ended_waits(inbox.id, since, WAITS_SUMMED_MAX).await?;
            inboxes.push(sum(inbox.id, &ended));
        }
        Ok(BoardView { since, inboxes })
    }

    /// The waits of an inbox that have ended since an instant. Refused: `not_found`, also for who may not see it.
    pub async fn ended(&self, who: Signed, inbox: InboxId, since: UnixMillis) -> Result<EndedView, Denial> {
        self.in_sight(who, inbox).await?;
        let ended = self.store.ended_waits(inbox, self.looked_back(since), ENDED_SHOWN_MAX).await?;
        let mut waits = Vec::with_capacity(ended.len());
        for wait in ended {
            // What went to an inbox that they may not see is not theirs to see any more.
            if let Some(summary) = self.store.summary(who.id, wait.conversation).await? {
                let summary = self.with_presence(summary);
                let (at, given_up) = (wait.at, wait.is_given_up);
                waits.push(api::EndedWait { summary, at, waited_ms: whole_ms(wait.waited), given_up });
            }
        }
        Ok(EndedView { waits })
    }

    /// Whether somebody may see an inbox. Refused: `not_found`.
    pub(super) async fn in_sight(&self, who: Signed, inbox: InboxId) -> Result<(), Denial> {
        let may_see = self.store.inbox_agents(inbox).await?.contains(&who.id);
        may_see.then_some(()).ok_or_else(Denial::not_found)
    }

    fn looked_back(&self, since: UnixMillis) -> UnixMillis {
        since.max(self.now().minus(LOOKED_BACK_MAX))
    }
}

fn sum(inbox: InboxId, ended: &[EndedWait]) -> BoardInbox {
    let given_up = ended.iter().filter(|wait| wait.is_given_up).count();
    let served = ended.iter().filter(|wait| !wait.is_given_up).map(|wait| wait.waited);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    BoardInbox {
        inbox,
        served: number(ended.len() - given_up),
        given_up: number(given_up),
        median_ms: median(served.collect()),
    }
}

/// The middle one in milliseconds, of an even number the lower of the two; `None` of none.
pub(super) fn median(mut spans: Vec<Duration>) -> Option<u64> {
    let middle = spans.len().checked_sub(1)? / 2;
    Some(whole_ms(*spans.select_nth_unstable(middle).1))
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::ConversationId;

    use super::*;

    #[test]
    fn those_who_gave_up_are_counted_apart_and_not_in_the_median() {
        let wait = |seconds, is_given_up| EndedWait {
            conversation: ConversationId(1),
            at: UnixMillis(9),
            waited: Duration::from_secs(seconds),
            is_given_up,
        };
        let ended = [wait(90, false), wait(900, true), wait(10, false), wait(60, false), wait(70, false)];
        let sums = sum(InboxId(1), &ended);
        assert_eq!((sums.served, sums.given_up, sums.median_ms), (4, 1, Some(60_000)));
        let nothing = sum(InboxId(1), &[]);
        assert_eq!((nothing.served, nothing.given_up, nothing.median_ms), (0, 0, None));
    }
}
