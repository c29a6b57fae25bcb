//! From the state of a desk to what can be said of a wait: which part of it the forward look of `waits` is given, and
//! when an interval is of use to anybody. When it is shown, and what becomes of it, is in `promise`.
//!
//! Left out: agents' shifts, which nobody tells the desk (the hours of the correction learn them), and who fits what is
//! asked for: the queue is taken as one, and whoever is free while somebody waits not to be for them. Only that nobody who
//! fits serves at all is known, in `promise`.

use std::time::Duration;

use deskbell_shared::model::ConversationId;

use super::Desk;
use super::queue::{ConversationRow, Position, Standing};
use super::waits::{Kind, PLACES_LOOKED_AT_MAX, Running, Scene, Turns, Waiting};

/// Beyond this an interval is of no use to anybody.
pub const WAIT_SHOWN_MAX: Duration = Duration::from_secs(3 * 3600);
/// Nor when it is wider than this.
pub const WIDTH_SHOWN_MAX: Duration = Duration::from_secs(90 * 60);

/// From the 10 % to the 90 % quantile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// One in ten waits less.
    pub low: Duration,
    /// One in ten waits longer.
    pub high: Duration,
}

impl Interval {
    /// Whether it may be shown.
    pub fn is_of_use(self) -> bool {
        self.high <= WAIT_SHOWN_MAX && self.high.saturating_sub(self.low) <= WIDTH_SHOWN_MAX
    }
}

impl Desk {
    /// What would be said now to somebody who has just begun to wait in the place of this conversation, were it shown
    /// or not. `None`: it does not wait, or nobody serves.
    pub fn estimate(&self, id: ConversationId) -> Option<Interval> {
        let order = self.conversations.get(&id)?.order();
        let line = self.conversations.line();
        let place = line.contains(&order).then(|| line.before(&order))?;
        self.interval(&self.turns(), Kind::Joined, Position::of_place(place))
    }

    /// How many conversations are under way whose end lets the queue move.
    pub fn serving_count(&self) -> u32 {
        self.serving()
    }

    /// When the turn of each place comes.
    pub(super) fn turns(&self) -> Turns {
        Turns::ahead_of(self.scene(), &self.learned)
    }

    /// What may be said of a place.
    pub(super) fn interval(&self, turns: &Turns, kind: Kind, position: Position) -> Option<Interval> {
        let turn = turns.of_place(position.0 as usize - 1)?;
        let (low, high) = self.learned.correction.applied(kind, self.now, position.0, (turn.low, turn.high));
        Some(Interval { low: Duration::from_secs_f64(low), high: Duration::from_secs_f64(high) })
    }

    pub(super) fn scene(&self) -> Scene {
        let serving = self.agents.values().filter(|agent| agent.serving() > 0);
        let agents = serving.map(|agent| {
            let held = self.conversations.held_by(agent.row.id).filter(|held| held.worker().is_some());
            let here = held.map(|held| self.running(held));
            let elsewhere = (0..agent.row.load_elsewhere)
                .map(|number| Running { key: key(agent.row.id.0 ^ u128::from(number + 1)), age: None });
            let no_room = agent.load().saturating_sub(agent.row.capacity) as usize;
            (here.chain(elsewhere).collect(), no_room)
        });
        let asked = u32::try_from(self.conversations.lists().offered.len()).unwrap_or(u32::MAX);
        let asked_for = self.settings.accept_within.unwrap_or_default().as_secs_f64();
        // Those further back are not looked at: their places are continued.
        let looked_at = self.conversations.line().iter().take(PLACES_LOOKED_AT_MAX + 1);
        let waiting =
            looked_at.filter_map(|order| self.conversations.get(&order.id)).map(|waiting| Waiting {
                key: key(waiting.id.0),
                waited: (!waiting.has_address).then(|| self.waited(waiting).as_secs_f64()),
                priority: waiting.comes(),
            });
        Scene {
            agents: agents.collect(),
            waiting: waiting.collect(),
            asked,
            asked_for,
            seed: key(self.inbox.0),
        }
    }

    fn running(&self, held: &ConversationRow) -> Running {
        let since = match held.standing {
            Standing::Assigned { since, .. } => Some(since),
            Standing::Queued | Standing::Offered { .. } | Standing::Lapsed => None,
        };
        Running { key: key(held.id.0), age: since.map(|at| self.now.since(at).as_secs_f64()) }
    }
}

/// Half as long, and still different for different ids, whatever they are like.
fn key(id: u128) -> u64 {
    ((id >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(id as u64)
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::{AgentId, Availability, Feed, InboxId, UnixMillis, VisitorId};

    use super::super::{AgentRow, Arrival, Learned, Membership, Presence, Settings, Snapshot};
    use super::*;

    /// Asked for agent by agent, as it reads: what the scene has to be.
    fn plainly(desk: &Desk) -> Vec<(Vec<Running>, usize)> {
        let of = |agent: AgentId| {
            let held = desk.conversations.values().filter(move |held| held.worker() == Some(agent));
            held.map(|held| desk.running(held)).collect::<Vec<_>>()
        };
        let serving = desk.agents.values().filter(|agent| agent.serving() > 0);
        let all = serving.map(|agent| {
            let key = |number: u32| key(agent.row.id.0 ^ u128::from(number + 1));
            let elsewhere = (0..agent.row.load_elsewhere).map(|n| Running { key: key(n), age: None });
            let no_room = agent.load().saturating_sub(agent.row.capacity) as usize;
            (of(agent.row.id).into_iter().chain(elsewhere).collect(), no_room)
        });
        all.collect()
    }

    #[test]
    fn what_everybody_has_is_gathered_as_if_asked_one_by_one() {
        let now = UnixMillis(1_700_000_000_000);
        let agent = |number: u128| AgentRow {
            id: AgentId(number),
            membership: if number == 3 { Membership::Helper } else { Membership::Member },
            availability: if number == 4 { Availability::Away } else { Availability::Available },
            capacity: 3,
            load_elsewhere: (number % 3) as u32,
            last_assigned_at: None,
            presence: Presence::Online,
        };
        let conversations = (0..30u128).map(|number| {
            let at = now.minus(Duration::from_secs(number as u64 * 7));
            let arrival = Arrival { place: Feed(number as u64 + 1), at };
            let mut row = ConversationRow::new(ConversationId(number * 77), VisitorId(number), arrival, 1);
            if number.is_multiple_of(2) {
                row.standing = Standing::Assigned { agent: AgentId(number % 7), since: at };
                row.is_aside = number.is_multiple_of(6);
            }
            row
        });
        let desk = Desk::restore(
            now,
            Snapshot {
                inbox: InboxId(1),
                settings: Settings::default(),
                agents: (0..7).map(agent).collect(),
                visitors: (0..30).map(|number| (VisitorId(number), Presence::Online)).collect(),
                conversations: conversations.collect(),
                learned: Learned::default(),
            },
        );
        let scene = desk.scene();
        assert_eq!(scene.agents, plainly(&desk));
        assert!(
            scene.agents.iter().filter(|(running, _)| running.len() > 2).count() > 2,
            "there is something"
        );
    }
}
