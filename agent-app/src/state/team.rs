//! How the inboxes stand: who waits, who works there and how much they have. As the server tells it, inbox by inbox.

use std::rc::Rc;

use deskbell_shared::model::{AgentId, Availability, InboxId, UnixMillis};
use deskbell_shared::protocol::{ColleagueView, QueueView};

use super::map::Map;

/// One inbox.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxDesk {
    /// Its name.
    pub name: String,
    /// Who waits.
    pub queue: QueueView,
    /// Who may work in it, by name.
    pub colleagues: Vec<ColleagueView>,
}

/// All inboxes I may see.
pub type Team = Map<InboxId, Rc<InboxDesk>>;

/// What colleagues see of me.
pub fn me(team: &Team, me: AgentId) -> Option<&ColleagueView> {
    let mut all = team.values().flat_map(|desk| &desk.colleagues);
    all.find(|colleague| colleague.agent.id == me)
}

/// Since when somebody waits, over all inboxes, and how many agents could take one.
pub fn queue(team: &Team) -> (Option<UnixMillis>, u32) {
    let oldest = team.values().filter_map(|desk| desk.queue.oldest_at).min();
    // An agent of two inboxes counts once where it matters: somebody is free, or nobody.
    let free = team.values().map(|desk| desk.queue.eligible).max().unwrap_or(0);
    (oldest, free)
}

/// Whether somebody may be handed a conversation now.
pub fn may_take(colleague: &ColleagueView) -> bool {
    colleague.online && colleague.availability != Availability::Away && colleague.load < colleague.capacity
}

/// What the key chooses next.
pub fn next(availability: Availability) -> Availability {
    match availability {
        Availability::Available => Availability::Busy,
        Availability::Busy => Availability::Away,
        Availability::Away => Availability::Available,
    }
}
