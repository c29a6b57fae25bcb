//! The numbers of the live board, worked out from the lists and from how the inboxes stand: so each number is the length
//! of the list that it opens. Pure.

use std::rc::Rc;

use deskbell_shared::model::{Availability, InboxId, Status, Summary, UnixMillis};
use deskbell_shared::protocol::{ColleagueView, QueueView};
use deskbell_shared::session::LongList;

use super::desk::ordered;
use super::team::{Team, pace_in};
use crate::route::Heap;
use crate::shown::pace::Pace;

/// How many, and since when the one that has been there longest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pile {
    /// How many.
    pub count: usize,
    /// Since when, of the first.
    pub since: Option<UnixMillis>,
}

/// Whether an open conversation belongs to a heap now. What has ended is in none of them: the server has that.
pub fn belongs(row: &Summary, heap: Heap, team: &Team, now: UnixMillis) -> bool {
    let conversation = &row.conversation;
    if conversation.status != Status::Open {
        return false;
    }
    let (has_agent, is_aside) = (conversation.assignee.is_some(), conversation.snoozed_until.is_some());
    let is_passed_over = row.is_passed_over();
    match heap {
        Heap::Waiting => !has_agent && !is_passed_over,
        Heap::Away => !has_agent && is_passed_over,
        Heap::Unanswered => has_agent && !is_aside && row.unanswered_at.is_some(),
        Heap::Soon => pace_in(team, row, now) == Some(Pace::Soon),
        Heap::Late => pace_in(team, row, now) == Some(Pace::Late),
        Heap::Open => has_agent && !is_aside,
        Heap::Aside => is_aside,
        Heap::Left => !row.visitor.online && conversation.address.is_some() && row.unanswered_at.is_some(),
        Heap::Served | Heap::GivenUp => false,
    }
}

/// Since when a conversation is in a heap: what is oldest stands first.
pub fn since(row: &Summary, heap: Heap) -> UnixMillis {
    match heap {
        Heap::Waiting | Heap::Away | Heap::Served | Heap::GivenUp => row.conversation.arrived_at,
        Heap::Unanswered | Heap::Soon | Heap::Late | Heap::Left => row.unanswered_at.unwrap_or(row.last_at),
        Heap::Open | Heap::Aside => row.last_at,
    }
}

/// The conversations of a heap, of one inbox or of all.
pub fn heap(
    rows: &LongList,
    heap: Heap,
    inbox: Option<InboxId>,
    team: &Team,
    now: UnixMillis,
) -> Vec<Rc<Summary>> {
    let here = rows.iter().filter(|row| inbox.is_none_or(|inbox| row.conversation.inbox == inbox));
    ordered(here.filter(|row| belongs(row, heap, team, now)), |row| since(row, heap).0)
}

/// The same, counted.
pub fn pile(rows: &LongList, heap: Heap, inbox: Option<InboxId>, team: &Team, now: UnixMillis) -> Pile {
    let mut pile = Pile::default();
    let here = rows.iter().filter(|row| inbox.is_none_or(|inbox| row.conversation.inbox == inbox));
    for row in here.filter(|row| belongs(row, heap, team, now)) {
        let at = since(row, heap);
        pile.count += 1;
        pile.since = Some(pile.since.map_or(at, |first| first.min(at)));
    }
    pile
}

/// What is told about waits now, in milliseconds from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// Nobody would wait.
    AtOnce,
    /// Usually between these two.
    Between(i64, i64),
    /// It was said, and takes longer.
    Late,
    /// Nothing can be said, or there is nobody to say it to.
    Nothing,
}

/// What the one who waits last was told, as it has run down since.
pub fn told_last(queue: &QueueView, now: UnixMillis) -> Outlook {
    match &queue.last_wait {
        None => Outlook::Nothing,
        Some(wait) if wait.latest_at <= now => Outlook::Late,
        Some(wait) => Outlook::Between((wait.earliest_at.0 - now.0).max(0), wait.latest_at.0 - now.0),
    }
}

/// What somebody would be told who came now.
pub fn newcomer(queue: &QueueView) -> Outlook {
    match &queue.newcomer {
        None => Outlook::Nothing,
        Some(span) if span.high_ms == 0 => Outlook::AtOnce,
        Some(span) => Outlook::Between(span.low_ms as i64, span.high_ms as i64),
    }
}

/// The agents of an inbox, or of all: how many are in which state, and how much they have of what they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crew {
    /// Could take one now.
    pub free: u32,
    /// Are there and want conversations.
    pub available: u32,
    /// Are there and busy.
    pub busy: u32,
    /// Are there and away.
    pub away: u32,
    /// Are not there.
    pub offline: u32,
    /// What those have who are available.
    pub load: u32,
    /// What these take.
    pub capacity: u32,
}

/// Of those to whom conversations are given.
pub fn crew<'a>(colleagues: impl Iterator<Item = &'a ColleagueView>) -> Crew {
    let mut crew = Crew::default();
    for one in colleagues.filter(|one| one.member) {
        match (one.online, one.availability) {
            (false, _) => crew.offline += 1,
            (true, Availability::Busy) => crew.busy += 1,
            (true, Availability::Away) => crew.away += 1,
            (true, Availability::Available) => {
                crew.available += 1;
                crew.free += u32::from(one.load < one.capacity);
                crew.load += one.load;
                crew.capacity += one.capacity;
            }
        }
    }
    crew
}

/// Everybody who works in some inbox, each once: those who are there first, in each state by name. Who only helps in one
/// inbox and is a member of another is a member.
pub fn everybody(team: &Team) -> Vec<ColleagueView> {
    let mut all: Vec<ColleagueView> = Vec::new();
    for one in team.values().flat_map(|desk| &desk.colleagues) {
        match all.iter_mut().find(|known| known.agent.id == one.agent.id) {
            Some(known) => known.member |= one.member,
            None => {
                // They come by name within an inbox; one by one into their places costs less code than a sort.
                let place = |one: &ColleagueView| (rank(one), one.agent.name.to_lowercase(), one.agent.id);
                let before = all.iter().take_while(|other| place(other) <= place(one)).count();
                all.insert(before, one.clone());
            }
        }
    }
    all
}

fn rank(one: &ColleagueView) -> u8 {
    match (one.online, one.availability) {
        (true, Availability::Available) => 0,
        (true, Availability::Busy) => 1,
        (true, Availability::Away) => 2,
        (false, _) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::desk::tests::{listed, summary};
    use crate::state::map::Map;
    use crate::state::team::{InboxDesk, queue};
    use deskbell_shared::model::{AgentId, AgentView};
    use deskbell_shared::protocol::{SpanView, WaitView};

    fn changed(id: u128, assignee: Option<u128>, change: impl FnOnce(&mut Summary)) -> Rc<Summary> {
        let mut row = (*summary(id, assignee.map(AgentId), 0)).clone();
        change(&mut row);
        Rc::new(row)
    }

    fn rows() -> LongList {
        listed([
            changed(1, None, |_| {}),
            changed(2, None, |row| row.visitor.online = false),
            changed(3, Some(7), |row| row.unanswered_at = Some(UnixMillis(50))),
            changed(4, Some(7), |row| row.unanswered_at = Some(UnixMillis(40))),
            changed(5, Some(7), |_| {}),
            changed(6, Some(7), |row| {
                row.conversation.snoozed_until = Some(UnixMillis(9));
                row.unanswered_at = Some(UnixMillis(1));
            }),
            changed(7, None, |row| {
                row.visitor.online = false;
                row.conversation.address = Some("a@b.example".into());
                row.unanswered_at = Some(UnixMillis(3));
            }),
            changed(8, None, |row| row.conversation.inbox = InboxId(2)),
            changed(9, None, |row| row.conversation.status = Status::Resolved),
        ])
    }

    /// The first inbox aims at an answer within a minute.
    fn aiming() -> Team {
        let queue = queue(0, 0);
        let (name, colleagues, offers) = ("I".to_owned(), vec![], vec![]);
        let desk = InboxDesk { name, queue, colleagues, offers, answer_minutes: Some(1), outcomes: false };
        let mut team: Team = Map::new();
        team.insert(summary(1, None, 0).conversation.inbox, Rc::new(desk));
        team
    }

    #[test]
    fn a_number_is_the_length_of_its_list_and_the_oldest_stands_first() {
        let ids = |of: Heap, inbox| -> Vec<u128> {
            let rows = rows();
            let (team, now) = (aiming(), UnixMillis(60_045));
            let found = heap(&rows, of, inbox, &team, now);
            let pile = pile(&rows, of, inbox, &team, now);
            assert_eq!(pile.count, found.len());
            assert_eq!(pile.since, found.first().map(|row| since(row, of)));
            found.iter().map(|row| row.conversation.id.0).collect()
        };
        assert_eq!(ids(Heap::Waiting, None), [1, 7, 8]);
        assert_eq!(ids(Heap::Waiting, Some(InboxId(2))), [8]);
        assert_eq!(ids(Heap::Away, None), [2]);
        assert_eq!(ids(Heap::Unanswered, None), [4, 3]);
        assert_eq!(ids(Heap::Open, None), [3, 4, 5]);
        assert_eq!(ids(Heap::Aside, None), [6]);
        assert_eq!(ids(Heap::Left, None), [7]);
        assert_eq!(ids(Heap::Served, None), [0; 0]);
        // Within a minute: one has waited for longer, of the other a fifth is left.
        assert_eq!(ids(Heap::Late, None), [4]);
        assert_eq!(ids(Heap::Soon, None), [3]);
        assert_eq!(ids(Heap::Late, Some(InboxId(2))), [0; 0], "it aims at nothing");
    }

    #[test]
    fn a_promise_runs_down_and_is_late_when_it_is_over() {
        let wait = WaitView { earliest_at: UnixMillis(100), latest_at: UnixMillis(300) };
        let mut queue = QueueView { last_wait: Some(wait), ..queue(1, 0) };
        assert_eq!(told_last(&queue, UnixMillis(40)), Outlook::Between(60, 260));
        assert_eq!(told_last(&queue, UnixMillis(200)), Outlook::Between(0, 100));
        assert_eq!(told_last(&queue, UnixMillis(300)), Outlook::Late);
        assert_eq!(newcomer(&queue), Outlook::Nothing);
        queue.newcomer = Some(SpanView { low_ms: 0, high_ms: 0 });
        assert_eq!(newcomer(&queue), Outlook::AtOnce);
    }

    #[test]
    fn everybody_counts_once() {
        use Availability::{Available, Away, Busy};
        let colleague = |id: u128, name: &str, availability, online, load, member| ColleagueView {
            agent: AgentView { id: AgentId(id), name: name.into(), picture: None },
            availability,
            online,
            load,
            capacity: 4,
            member,
            missed_at: None,
        };
        let desk = |colleagues| {
            let queue = queue(0, 0);
            Rc::new(InboxDesk {
                name: "I".into(),
                queue,
                colleagues,
                offers: vec![],
                answer_minutes: None,
                outcomes: false,
            })
        };
        let mut team: Team = Map::new();
        let mia = |member| colleague(1, "Mia", Available, true, 4, member);
        team.insert(
            InboxId(1),
            desk(vec![
                colleague(2, "Ann", Away, true, 0, true),
                mia(false),
                colleague(3, "Zoe", Busy, true, 1, true),
            ]),
        );
        team.insert(InboxId(2), desk(vec![colleague(4, "Bob", Available, false, 0, true), mia(true)]));
        let all = everybody(&team);
        let names: Vec<&str> = all.iter().map(|one| one.agent.name.as_str()).collect();
        assert_eq!(names, ["Mia", "Zoe", "Ann", "Bob"]);
        let crew = crew(all.iter());
        assert_eq!((crew.free, crew.available, crew.busy, crew.away, crew.offline), (0, 1, 1, 1, 1));
        assert_eq!((crew.load, crew.capacity), (4, 4));
    }
}
