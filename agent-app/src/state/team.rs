//! How the inboxes stand: who waits, who works there and how much they have. As the server tells it, inbox by inbox.

use std::rc::Rc;

use deskbell_shared::model::{AgentId, Availability, InboxId, Summary, UnixMillis};
use deskbell_shared::protocol::{ColleagueView, OfferView, QueueView};

use super::map::Map;
use crate::shown::pace::{Pace, pace};

/// One inbox.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxDesk {
    /// Its name.
    pub name: String,
    /// Who waits.
    pub queue: QueueView,
    /// Who may work in it, by name.
    pub colleagues: Vec<ColleagueView>,
    /// What is offered to whom.
    pub offers: Vec<OfferView>,
    /// Whoever waits for an answer should have it within so many minutes.
    pub answer_minutes: Option<u32>,
    /// Whether it asks what came of conversations.
    pub outcomes: bool,
}

/// All inboxes I may see.
pub type Team = Map<InboxId, Rc<InboxDesk>>;

/// What colleagues see of me.
pub fn me(team: &Team, me: AgentId) -> Option<&ColleagueView> {
    let mut all = team.values().flat_map(|desk| &desk.colleagues);
    all.find(|colleague| colleague.agent.id == me)
}

/// What I am asked to take, what is missed first before the rest.
pub fn offered(team: &Team, me: AgentId) -> Vec<OfferView> {
    let all = team.values().flat_map(|desk| &desk.offers);
    let mut mine: Vec<OfferView> = all.filter(|offer| offer.agent == me).cloned().collect();
    mine.sort_by_key(|offer| (offer.until, offer.conversation));
    mine
}

/// Since when I am away because I missed an offer.
pub fn missed(team: &Team, id: AgentId) -> Option<UnixMillis> {
    me(team, id).filter(|me| me.availability == Availability::Away)?.missed_at
}

/// How many agents could take one, over all inboxes. An agent of two counts once where it matters: somebody is free, or
/// nobody.
pub fn free(team: &Team) -> u32 {
    team.values().map(|desk| desk.queue.eligible).max().unwrap_or(0)
}

/// Since when somebody waits, of the rows that one sees, the longest wait first: so that what stands above them is what
/// stands in one of them.
pub fn oldest<'a>(queue: impl IntoIterator<Item = &'a Rc<Summary>>) -> Option<UnixMillis> {
    queue.into_iter().find(|row| !row.is_passed_over()).map(|row| row.conversation.arrived_at)
}

/// The same by the inbox it is in; `None` also where that one aims at nothing.
pub fn pace_in(team: &Team, row: &Summary, now: UnixMillis) -> Option<Pace> {
    pace(row, team.get(&row.conversation.inbox)?.answer_minutes?, now)
}

/// Whether somebody may be handed a conversation now.
pub fn may_take(colleague: &ColleagueView) -> bool {
    colleague.online && colleague.availability != Availability::Away && colleague.load < colleague.capacity
}

/// Why a conversation still waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Its visitor is away without an address: it is passed over until they are back.
    VisitorAway,
    /// None of those it could be given to is connected.
    NobodyHere,
    /// So many are connected, and none of them takes any.
    NobodyAvailable(u32),
    /// So many take some, and all have as many as they take.
    AllFull(u32),
    /// Somebody could take it: so many are before it.
    Behind(u32),
}

/// Why a conversation of the queue still waits, by how its inbox stands. `before` is how many wait for longer.
pub fn why_waiting(desk: &InboxDesk, summary: &Summary, before: u32) -> Waits {
    if summary.is_passed_over() {
        return Waits::VisitorAway;
    }
    let here = || desk.colleagues.iter().filter(|one| one.member && one.online);
    let available = || here().filter(|one| one.availability == Availability::Available);
    match (here().count() as u32, available().count() as u32) {
        (0, _) => Waits::NobodyHere,
        (here, 0) => Waits::NobodyAvailable(here),
        (_, available_count) if available().all(|one| one.load >= one.capacity) => {
            Waits::AllFull(available_count)
        }
        _ => Waits::Behind(before),
    }
}

/// What the key chooses next.
pub fn next(availability: Availability) -> Availability {
    match availability {
        Availability::Available => Availability::Busy,
        Availability::Busy => Availability::Away,
        Availability::Away => Availability::Available,
    }
}

/// A queue about which nothing else is to be said.
#[cfg(test)]
pub fn queue(waiting: u32, eligible: u32) -> QueueView {
    QueueView {
        waiting,
        eligible,
        passed_over: 0,
        oldest_at: None,
        last_wait: None,
        newcomer: None,
        beyond: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::desk::tests::summary;
    use deskbell_shared::model::AgentView;

    fn colleague(availability: Availability, online: bool, load: u32) -> ColleagueView {
        let agent = AgentView { id: AgentId(1), name: "A".into(), picture: None };
        ColleagueView { agent, availability, online, load, capacity: 2, member: true, missed_at: None }
    }

    #[test]
    fn i_am_asked_for_what_is_offered_to_me_and_told_why_i_am_away() {
        let offer = |id, agent| OfferView {
            conversation: deskbell_shared::model::ConversationId(id),
            agent: AgentId(agent),
            until: UnixMillis(9),
        };
        let away = ColleagueView { missed_at: Some(UnixMillis(7)), ..colleague(Availability::Away, true, 0) };
        let mut team = Team::new();
        let desk = InboxDesk {
            answer_minutes: None,
            outcomes: false,
            name: "I".into(),
            queue: queue(0, 0),
            colleagues: vec![away],
            offers: vec![offer(3, 1), offer(4, 2)],
        };
        team.insert(InboxId(1), Rc::new(desk));
        assert_eq!(offered(&team, AgentId(1)), [offer(3, 1)]);
        assert_eq!((missed(&team, AgentId(1)), missed(&team, AgentId(2))), (Some(UnixMillis(7)), None));
    }

    #[test]
    fn the_longest_wait_is_that_of_a_row() {
        let rows: Vec<Rc<Summary>> = [(5, false), (7, true), (9, true)]
            .into_iter()
            .map(|(at, online)| {
                let mut row = (*summary(1, None, 1)).clone();
                row.conversation.arrived_at = UnixMillis(at);
                row.visitor.online = online;
                Rc::new(row)
            })
            .collect();
        assert_eq!(oldest(&rows), Some(UnixMillis(7)), "who is away waits for nobody");
        assert_eq!(oldest(&rows[..1]), None);
    }

    #[test]
    fn a_wait_has_one_reason() {
        use Availability::{Available, Busy};
        let desk = |colleagues: Vec<ColleagueView>| InboxDesk {
            name: "I".into(),
            queue: queue(1, 0),
            colleagues,
            offers: vec![],
            answer_minutes: None,
            outcomes: false,
        };
        let mut row = (*summary(1, None, 1)).clone();
        let why = |row: &Summary, colleagues| why_waiting(&desk(colleagues), row, 3);
        assert_eq!(why(&row, vec![colleague(Available, false, 0)]), Waits::NobodyHere);
        let helper = ColleagueView { member: false, ..colleague(Available, true, 0) };
        assert_eq!(why(&row, vec![helper]), Waits::NobodyHere, "nothing is given to who only helps");
        assert_eq!(why(&row, vec![colleague(Busy, true, 0)]), Waits::NobodyAvailable(1));
        assert_eq!(
            why(&row, vec![colleague(Busy, true, 0), colleague(Available, true, 2)]),
            Waits::AllFull(1)
        );
        assert_eq!(why(&row, vec![colleague(Available, true, 1)]), Waits::Behind(3));
        row.visitor.online = false;
        assert_eq!(why(&row, vec![colleague(Available, true, 1)]), Waits::VisitorAway);
        row.conversation.address = Some("a@b.example".into());
        assert_eq!(why(&row, vec![colleague(Available, true, 1)]), Waits::Behind(3));
    }
}
