//! The open conversations of an inbox, who of their visitors is there, and everything that is looked up about both:
//! the line, the deadlines, who holds what. All of it is kept here on every change, from one function that says of a
//! conversation where it is listed (`Listed::of`), so that nobody can forget it and a step need not look at everybody.
//! It decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use deskbell_shared::model::{AgentId, ConversationId, UnixMillis, VisitorId};

use super::line::{Line, Order};
use super::presence::{OF_VISITORS, Presence};
use super::promise::Wait;
use super::queue::{ConversationRow, Standing};

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Conversations {
    rows: BTreeMap<ConversationId, ConversationRow>,
    /// Those who are there, and those who have a conversation.
    visitors: BTreeMap<VisitorId, Presence>,
    lists: Lists,
}

/// What is kept beside the rows. Who has one says so; everything else can be worked out from the rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    /// Who waits and can be served.
    pub line: Line,
    /// How many wait and cannot.
    pub passed_over: usize,
    /// Those in the line, by when they arrived.
    pub waiting_since: BTreeSet<(UnixMillis, ConversationId)>,
    /// Those in the line who are connected and have not been told anything.
    pub untold: BTreeSet<Order>,
    /// What was offered to each agent, and what each has, put aside or not.
    pub held: BTreeSet<(AgentId, ConversationId)>,
    /// What is offered to somebody.
    pub offered: BTreeSet<ConversationId>,
    /// The same, where the visitor cannot be reached.
    pub offered_in_vain: BTreeSet<ConversationId>,
    /// When an offer is missed, or somebody who declined may be asked again.
    pub offer_ends: BTreeSet<(UnixMillis, ConversationId)>,
    /// Since when those who are passed over are away, where their place may lapse.
    pub away_since: BTreeSet<(UnixMillis, ConversationId)>,
    /// What may go on to another inbox, by when it arrived.
    pub may_overflow: BTreeSet<(UnixMillis, Order)>,
    /// What asks for somebody in particular, of those in the line, by when it arrived.
    pub choosy_since: BTreeSet<(UnixMillis, ConversationId)>,
    /// What is shown, by the last instant at which it may come true.
    pub shown_until: BTreeSet<(UnixMillis, ConversationId)>,
    of_visitor: BTreeSet<(VisitorId, ConversationId)>,
    /// When time alone changes a visitor's presence.
    visitor_changes: BTreeSet<(UnixMillis, VisitorId)>,
}

/// In which lists a conversation is, and as what.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Listed {
    line: Option<Order>,
    is_passed_over: bool,
    waiting_since: Option<(UnixMillis, ConversationId)>,
    untold: Option<Order>,
    held: Option<(AgentId, ConversationId)>,
    offered: Option<ConversationId>,
    offered_in_vain: Option<ConversationId>,
    offer_ends: Option<(UnixMillis, ConversationId)>,
    away_since: Option<(UnixMillis, ConversationId)>,
    may_overflow: Option<(UnixMillis, Order)>,
    choosy_since: Option<(UnixMillis, ConversationId)>,
    shown_until: Option<(UnixMillis, ConversationId)>,
    of_visitor: Option<(VisitorId, ConversationId)>,
}

impl Listed {
    const NOWHERE: Listed = Listed {
        line: None,
        is_passed_over: false,
        waiting_since: None,
        untold: None,
        held: None,
        offered: None,
        offered_in_vain: None,
        offer_ends: None,
        away_since: None,
        may_overflow: None,
        choosy_since: None,
        shown_until: None,
        of_visitor: None,
    };

    fn of(row: &ConversationRow, presence: Presence) -> Listed {
        let is_reached = row.has_address || presence.is_there();
        let (order, id) = (row.order(), row.id);
        let is_in_line = row.waits() && is_reached;
        let is_offered = matches!(row.standing, Standing::Offered { .. });
        let is_shown_places = row.waits() && presence.is_online();
        let away_since = match presence {
            Presence::Offline { since } if row.is_queued() && !row.has_address => Some((since, id)),
            _ => None,
        };
        let shown_until = match row.told.map(|told| told.wait) {
            Some(Wait::Between { latest_at, .. }) if is_shown_places => Some((latest_at, id)),
            _ => None,
        };
        Listed {
            line: is_in_line.then_some(order),
            is_passed_over: row.waits() && !is_reached,
            waiting_since: is_in_line.then_some((row.arrival.at, id)),
            untold: (is_shown_places && row.told.is_none()).then_some(order),
            held: row.assignee().or(row.offered_to()).map(|agent| (agent, id)),
            offered: is_offered.then_some(id),
            offered_in_vain: (is_offered && !is_reached).then_some(id),
            offer_ends: row.offer_ends_at().map(|at| (at, id)),
            away_since,
            may_overflow: (row.is_queued() && is_reached && !row.has_overflowed)
                .then_some((row.arrival.at, order)),
            choosy_since: (is_in_line && !row.asked.is_nothing()).then_some((row.arrival.at, id)),
            shown_until,
            of_visitor: Some((row.visitor, id)),
        }
    }
}

impl Lists {
    /// What a visitor has here.
    fn of_visitor(&self, visitor: VisitorId) -> impl Iterator<Item = ConversationId> {
        let all = (visitor, ConversationId(0))..=(visitor, ConversationId(u128::MAX));
        self.of_visitor.range(all).map(|(_, id)| *id)
    }

    fn replace(&mut self, before: &Listed, after: &Listed) {
        fn set<T: Ord + Copy>(list: &mut BTreeSet<T>, before: Option<T>, after: Option<T>) {
            if before != after {
                before.inspect(|before| assert!(list.remove(before), "was listed"));
                list.extend(after);
            }
        }
        if before.line != after.line {
            before.line.inspect(|order| self.line.remove(order));
            after.line.inspect(|order| self.line.insert(*order));
        }
        self.passed_over -= usize::from(before.is_passed_over);
        self.passed_over += usize::from(after.is_passed_over);
        set(&mut self.waiting_since, before.waiting_since, after.waiting_since);
        set(&mut self.untold, before.untold, after.untold);
        set(&mut self.held, before.held, after.held);
        set(&mut self.offered, before.offered, after.offered);
        set(&mut self.offered_in_vain, before.offered_in_vain, after.offered_in_vain);
        set(&mut self.offer_ends, before.offer_ends, after.offer_ends);
        set(&mut self.away_since, before.away_since, after.away_since);
        set(&mut self.may_overflow, before.may_overflow, after.may_overflow);
        set(&mut self.choosy_since, before.choosy_since, after.choosy_since);
        set(&mut self.shown_until, before.shown_until, after.shown_until);
        set(&mut self.of_visitor, before.of_visitor, after.of_visitor);
    }

    /// Whether a conversation is in each list it belongs to.
    fn have(&self, listed: &Listed) -> bool {
        fn has<T: Ord>(list: &BTreeSet<T>, entry: Option<T>) -> bool {
            entry.is_none_or(|entry| list.contains(&entry))
        }
        listed.line.is_none_or(|order| self.line.contains(&order))
            && has(&self.waiting_since, listed.waiting_since)
            && has(&self.untold, listed.untold)
            && has(&self.held, listed.held)
            && has(&self.offered, listed.offered)
            && has(&self.offered_in_vain, listed.offered_in_vain)
            && has(&self.offer_ends, listed.offer_ends)
            && has(&self.away_since, listed.away_since)
            && has(&self.may_overflow, listed.may_overflow)
            && has(&self.choosy_since, listed.choosy_since)
            && has(&self.shown_until, listed.shown_until)
            && has(&self.of_visitor, listed.of_visitor)
    }

    /// How long each list is.
    fn lengths(&self) -> [usize; 13] {
        [
            self.line.len(),
            self.passed_over,
            self.waiting_since.len(),
            self.untold.len(),
            self.held.len(),
            self.offered.len(),
            self.offered_in_vain.len(),
            self.offer_ends.len(),
            self.away_since.len(),
            self.may_overflow.len(),
            self.choosy_since.len(),
            self.shown_until.len(),
            self.of_visitor.len(),
        ]
    }
}

/// How many lists of `Lists::lengths` it is in, each.
fn counted(listed: &Listed) -> [usize; 13] {
    [
        listed.line.is_some(),
        listed.is_passed_over,
        listed.waiting_since.is_some(),
        listed.untold.is_some(),
        listed.held.is_some(),
        listed.offered.is_some(),
        listed.offered_in_vain.is_some(),
        listed.offer_ends.is_some(),
        listed.away_since.is_some(),
        listed.may_overflow.is_some(),
        listed.choosy_since.is_some(),
        listed.shown_until.is_some(),
        listed.of_visitor.is_some(),
    ]
    .map(usize::from)
}

impl Conversations {
    pub fn get(&self, id: &ConversationId) -> Option<&ConversationRow> {
        self.rows.get(id)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// By id.
    pub fn values(&self) -> impl Iterator<Item = &ConversationRow> {
        self.rows.values()
    }

    /// Those that come after one, by id.
    pub fn after(&self, id: ConversationId) -> impl Iterator<Item = &ConversationRow> {
        let behind = (std::ops::Bound::Excluded(id), std::ops::Bound::Unbounded);
        self.rows.range(behind).map(|(_, row)| row)
    }

    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    pub fn line(&self) -> &Line {
        &self.lists.line
    }

    /// What an agent has, put aside or not, and what is offered to them; by id.
    pub fn held_by(&self, agent: AgentId) -> impl Iterator<Item = &ConversationRow> {
        let all = (agent, ConversationId(0))..=(agent, ConversationId(u128::MAX));
        self.lists.held.range(all).filter_map(|(_, id)| self.rows.get(id))
    }

    /// By id.
    pub fn of_visitor(&self, visitor: VisitorId) -> impl Iterator<Item = &ConversationRow> {
        self.lists.of_visitor(visitor).filter_map(|id| self.rows.get(&id))
    }

    /// The only way to change one.
    pub fn change<T>(
        &mut self,
        id: ConversationId,
        change: impl FnOnce(&mut ConversationRow) -> T,
    ) -> Option<T> {
        let row = self.rows.get_mut(&id)?;
        let presence = presence(&self.visitors, row.visitor);
        let before = Listed::of(row, presence);
        let answer = change(row);
        debug_assert!(row.id == id && before.of_visitor == Some((row.visitor, id)), "it is another one");
        self.lists.replace(&before, &Listed::of(row, presence));
        Some(answer)
    }

    pub fn insert(&mut self, row: ConversationRow) {
        self.remove(row.id);
        let listed = Listed::of(&row, presence(&self.visitors, row.visitor));
        self.lists.replace(&Listed::NOWHERE, &listed);
        self.rows.insert(row.id, row);
    }

    pub fn remove(&mut self, id: ConversationId) -> Option<ConversationRow> {
        let row = self.rows.remove(&id)?;
        let listed = Listed::of(&row, presence(&self.visitors, row.visitor));
        self.lists.replace(&listed, &Listed::NOWHERE);
        Some(row)
    }

    pub fn visitors(&self) -> &BTreeMap<VisitorId, Presence> {
        &self.visitors
    }

    /// Whose presence time changes next, and when.
    pub fn visitor_changes(&self) -> &BTreeSet<(UnixMillis, VisitorId)> {
        &self.lists.visitor_changes
    }

    /// A visitor of whom nothing was ever said is not there.
    pub fn presence(&self, visitor: VisitorId) -> Presence {
        presence(&self.visitors, visitor)
    }

    /// `None`: nothing is remembered of them.
    pub fn set_presence(&mut self, visitor: VisitorId, now: Option<Presence>) {
        let before = match now {
            Some(now) => self.visitors.insert(visitor, now),
            None => self.visitors.remove(&visitor),
        };
        if before == now {
            return;
        }
        let changes_at = |presence: Option<Presence>| presence.and_then(|one| one.changes_at(OF_VISITORS));
        changes_at(before).inspect(|at| assert!(self.lists.visitor_changes.remove(&(*at, visitor))));
        self.lists.visitor_changes.extend(changes_at(now).map(|at| (at, visitor)));
        let own: Vec<ConversationId> = self.lists.of_visitor(visitor).collect();
        for row in own.iter().filter_map(|id| self.rows.get(id)) {
            let [before, after] = [before, now].map(|one| Listed::of(row, one.unwrap_or(UNKNOWN)));
            self.lists.replace(&before, &after);
        }
    }

    /// Whether one is listed as it should be. A look into each list.
    pub fn is_listed(&self, row: &ConversationRow) -> bool {
        self.lists.have(&Listed::of(row, self.presence(row.visitor)))
    }

    /// Whether all are, and nobody else: everything is worked out anew.
    pub fn are_listed(&self) -> bool {
        let mut lengths = [0; 13];
        let are_there = self.rows.values().all(|row| {
            let listed = Listed::of(row, self.presence(row.visitor));
            lengths.iter_mut().zip(counted(&listed)).for_each(|(length, one)| *length += one);
            self.lists.have(&listed)
        });
        let changes = self.visitors.iter();
        let changes = changes.filter_map(|(visitor, one)| Some((one.changes_at(OF_VISITORS)?, *visitor)));
        are_there
            && lengths == self.lists.lengths()
            && changes.collect::<BTreeSet<_>>() == self.lists.visitor_changes
    }
}

const UNKNOWN: Presence = Presence::Offline { since: UnixMillis(0) };

fn presence(visitors: &BTreeMap<VisitorId, Presence>, visitor: VisitorId) -> Presence {
    visitors.get(&visitor).copied().unwrap_or(UNKNOWN)
}
