//! Who fits what a conversation asks for, and before whom it comes: languages, skills and what is said of a visitor, as
//! the owner of the inbox has decided. What it asks for is looked at when it comes and when the rules or the members
//! change, not in every step. While it is choosy only who fits may be given it; afterwards anybody, and still rather who
//! fits. Claims and transfers are no choice of the desk's, and are not asked about.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use deskbell_shared::model::{Able, AgentId, Asked, ConversationId, Fit, RankRule, Ranked, UnixMillis};

use super::Desk;
use super::capacity::{Agent, Membership};
use super::queue::ConversationRow;

/// Of whom nothing is said.
static NOBODY_IN_PARTICULAR: Able = Able { agent: AgentId(0), languages: Vec::new(), skills: Vec::new() };

/// What the owner has decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// What is asked for by whom.
    pub rules: deskbell_shared::model::Matching,
    /// What agents can, of whom something is said.
    pub able: BTreeMap<AgentId, Able>,
}

impl Matching {
    fn able(&self, agent: AgentId) -> &Able {
        self.able.get(&agent).unwrap_or(&NOBODY_IN_PARTICULAR)
    }

    /// What a conversation asks for where these are the members.
    pub fn asked(
        &self,
        members: impl Iterator<Item = AgentId>,
        language: Option<&str>,
        page: Option<&str>,
    ) -> Asked {
        let members: Vec<&Able> = members.map(|agent| self.able(agent)).collect();
        self.rules.asked(&members, language, page)
    }

    /// Whether an agent can what is asked for.
    pub fn fits(&self, agent: AgentId, asked: &Asked) -> bool {
        self.rules.fits(self.able(agent), asked)
    }

    fn lapses_after(&self) -> Option<Duration> {
        self.rules.lapses_after()
    }
}

impl Desk {
    /// Looks again at what every conversation asks for.
    pub(super) fn look_at_what_is_asked(&mut self) {
        let all = self.conversations.values().map(|row| (row.id, self.asked_by(row), self.ranked(row)));
        for (id, asked, ranked) in all.collect::<Vec<_>>() {
            self.conversations.change(id, |row| (row.asked, row.ranked) = (asked, ranked));
        }
        self.telling.all_may_be_new();
    }

    /// A row with all that today's rules make of it.
    pub(super) fn looked_at(&self, row: ConversationRow) -> ConversationRow {
        ConversationRow { asked: self.asked_by(&row), ranked: self.ranked(&row), ..row }
    }

    fn ranked(&self, row: &ConversationRow) -> Option<Ranked> {
        RankRule::ranked(&self.settings.ranks, row.identity.as_deref())
    }

    /// What a conversation asks for under today's rules.
    pub(super) fn asked_by(&self, row: &ConversationRow) -> Asked {
        let Some(matching) = &self.settings.matching else { return Asked::NOTHING };
        let is_member = |agent: &&Agent| agent.row.membership == Membership::Member;
        let members = self.agents.values().filter(is_member).map(|agent| agent.row.id);
        matching.asked(members, row.language.as_deref(), row.page.as_deref())
    }

    /// Whether an agent can all that a conversation asks for.
    pub(super) fn fits(&self, agent: AgentId, row: &ConversationRow) -> bool {
        row.asked.is_nothing()
            || self.settings.matching.as_ref().is_none_or(|matching| matching.fits(agent, &row.asked))
    }

    /// Whether only those who fit may be given a conversation now.
    pub(super) fn is_choosy(&self, row: &ConversationRow) -> bool {
        !row.asked.is_nothing() && self.choosy_until(row).is_none_or(|until| self.now < until)
    }

    /// Until when; `None`: for ever.
    fn choosy_until(&self, row: &ConversationRow) -> Option<UnixMillis> {
        let after = self.settings.matching.as_ref()?.lapses_after()?;
        Some(row.arrival.at.plus(after))
    }

    /// When something in the line that is kept for who fits will be anybody's: the first that will.
    pub(super) fn first_kept_for_who_fits(&self) -> Option<(UnixMillis, ConversationId)> {
        let after = self.settings.matching.as_ref()?.lapses_after()?;
        let arrived_by = (self.now.minus(after), ConversationId(u128::MAX));
        let later = (Bound::Excluded(arrived_by), Bound::Unbounded);
        let (arrived_at, id) = self.conversations.lists().choosy_since.range(later).next()?;
        Some((arrived_at.plus(after), *id))
    }

    /// The first in the line, from a place on, of whom something is found that it could be given, and its place. Of
    /// all who ask for the same in vain only the first is asked about: whoever is free does not come to fit in a step.
    pub(super) fn first_served<T>(
        &self,
        place: usize,
        in_vain: &mut Vec<Asked>,
        found_for: impl Fn(&ConversationRow) -> Option<T>,
    ) -> Option<(usize, T)> {
        let mut rest = self.conversations.line().from(place).zip(place..);
        rest.find_map(|(order, place)| {
            let row = self.conversations.get(&order.id).filter(|row| self.can_be_served(row))?;
            let is_choosy = self.is_choosy(row);
            if is_choosy && in_vain.contains(&row.asked) {
                return None;
            }
            let found = found_for(row);
            if found.is_none() && is_choosy && Agent::all_are_eligible_for(row) {
                in_vain.push(row.asked.clone());
            }
            Some((place, found?))
        })
    }

    /// Whether the choice is among those who fit: while it is choosy, and as long as one of them could take it.
    pub(super) fn is_for_who_fits(&self, row: &ConversationRow) -> bool {
        !row.asked.is_nothing() && self.eligible_for(row).any(|agent| self.fits(agent.row.id, row))
    }

    /// What is noted of a choice of the desk's.
    pub(super) fn fit(&self, agent: AgentId, row: &ConversationRow) -> Option<Fit> {
        let (fits, ranked) = (self.fits(agent, row), row.ranked.clone());
        let is_special = !row.asked.is_nothing() || ranked.is_some();
        is_special.then(|| Fit { asked: row.asked.clone(), fits, ranked })
    }

    /// Conversations under way whose end could let this one move: of all who serve, or of those who fit.
    pub(super) fn serving_for(&self, row: &ConversationRow, hands: &mut Hands) -> u32 {
        if !self.is_choosy(row) {
            return hands.all;
        }
        if let Some((_, serving)) = hands.who_fit.iter().find(|(asked, _)| *asked == row.asked) {
            return *serving;
        }
        let fitting = self.agents.values().filter(|agent| self.fits(agent.row.id, row));
        let serving = fitting.map(Agent::serving).fold(0, u32::saturating_add);
        hands.who_fit.push((row.asked.clone(), serving));
        serving
    }
}

/// How many conversations are under way whose end could let somebody move; of those who fit, counted once in a step.
#[derive(Debug)]
pub(super) struct Hands {
    /// Whoever serves them.
    pub all: u32,
    who_fit: Vec<(Asked, u32)>,
}

impl Hands {
    pub fn new(all: u32) -> Hands {
        Hands { all, who_fit: Vec::new() }
    }
}
