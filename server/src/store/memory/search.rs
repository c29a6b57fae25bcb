//! What agents find, in memory: every row is looked at, each time.

use std::cmp::Reverse;

use async_trait::async_trait;
use deskbell_shared::model::{AgentId, Author, EntryBody, Seq, VisitorId};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{FoundConversation, FoundPersonView, HitView, SearchOnly, SearchView};
use deskbell_shared::protocol::limits::{SEARCH_HITS_MAX, SEARCH_PEOPLE_MAX};

use super::threads::{By, Line, Thread};
use super::{MemoryStore, State, refuse};
use crate::store::Stored;
use crate::store::search::{Filter, SearchStore, Sought, excerpt, found_of, known_of};

#[async_trait]
impl SearchStore for MemoryStore {
    async fn search(&self, agent: AgentId, sought: Sought) -> Stored<SearchView> {
        let state = &*self.lock();
        if state.agent(agent).is_none() {
            return refuse(RefusalCode::NotFound);
        }
        let mut hits = state.written();
        // The newest first; what was written at once in the order in which it was.
        hits.reverse();
        hits.retain(|hit| {
            sought.before.is_none_or(|before| hit.place < before)
                && state.is_seen(agent, &sought.filter, hit.thread)
                && fits(hit, &sought.filter)
                && sought.query.is_in(&[hit.text])
        });
        let earlier = (hits.len() > SEARCH_HITS_MAX).then(|| &hits[SEARCH_HITS_MAX - 1]);
        let (earlier, back_to) = earlier.map(|last| (last.place, last.line.at)).unzip();
        let hits = hits.iter().take(SEARCH_HITS_MAX).map(|hit| state.hit(hit, &sought)).collect();
        let people = match sought.before.is_none() && sought.filter.is_for_people() {
            true => state.found_people(agent, &sought),
            false => Vec::new(),
        };
        Ok(SearchView { hits, people, earlier, back_to })
    }
}

/// A message or a note, with the words it is shown with.
struct Written<'a> {
    place: u64,
    thread: &'a Thread,
    seq: Seq,
    line: &'a Line,
    text: &'a str,
}

fn fits(hit: &Written<'_>, filter: &Filter) -> bool {
    let is_note = matches!(hit.line.what, EntryBody::Note { .. });
    filter.agent.is_none_or(|agent| hit.line.by == By::Agent(agent) || hit.thread.assignee == Some(agent))
        && filter.since.is_none_or(|since| hit.line.at >= since)
        && filter.until.is_none_or(|until| hit.line.at < until)
        && filter.only.is_none_or(|only| (only == SearchOnly::Notes) == is_note)
}

impl State {
    /// Everything that anybody wrote and that is still there, in the order in which it was written.
    fn written(&self) -> Vec<Written<'_>> {
        let mut all = Vec::new();
        for thread in &self.threads {
            for (at, line) in thread.lines.iter().enumerate() {
                if let Some((cmid, _)) = line.what.written() {
                    let (seq, text) = (Seq(at as u64 + 1), thread.words(line.by, cmid));
                    all.push((thread.erased.contains(&at), Written { place: 0, thread, seq, line, text }));
                }
            }
        }
        all.sort_by_key(|(_, hit)| (hit.line.at, hit.thread.id, hit.seq));
        let placed = all.into_iter().zip(1..).filter(|((is_erased, _), _)| !is_erased);
        placed.map(|((_, hit), place)| Written { place, ..hit }).collect()
    }

    fn is_seen(&self, agent: AgentId, filter: &Filter, thread: &Thread) -> bool {
        self.agent_in(agent, thread.inbox).is_some()
            && filter.inbox.is_none_or(|only| only == thread.inbox)
            && filter.status.is_none_or(|only| only == thread.status)
    }

    fn hit(&self, hit: &Written<'_>, sought: &Sought) -> HitView {
        HitView {
            conversation: hit.thread.id,
            seq: hit.seq,
            at: hit.line.at,
            author: match hit.line.by {
                By::Agent(agent) => Author::Agent { agent: self.face(agent) },
                By::Visitor | By::System => Author::Visitor {},
            },
            is_note: matches!(hit.line.what, EntryBody::Note { .. }),
            text: excerpt(&sought.query, hit.text),
            about: self.about(hit.thread),
        }
    }

    fn about(&self, thread: &Thread) -> FoundConversation {
        FoundConversation {
            visitor: thread.visitor,
            name: self.called(thread.visitor),
            inbox: self
                .inboxes
                .iter()
                .find(|inbox| inbox.id == thread.inbox)
                .map_or_else(String::new, |inbox| inbox.name.clone()),
            status: thread.status,
            assignee: thread.assignee.map(|agent| self.face(agent)),
        }
    }

    fn found_people(&self, agent: AgentId, sought: &Sought) -> Vec<FoundPersonView> {
        let mut found = Vec::new();
        let mut visitors: Vec<VisitorId> = self.threads.iter().map(|thread| thread.visitor).collect();
        visitors.sort_unstable();
        visitors.dedup();
        for visitor in visitors {
            let mut talks: Vec<&Thread> =
                self.threads.iter().filter(|thread| thread.visitor == visitor).collect();
            talks.sort_by_key(|thread| Reverse(thread.arrival));
            let Some(shown) = talks.iter().find(|thread| self.is_seen(agent, &sought.filter, thread)) else {
                continue;
            };
            let mut known = known_of(self.identity_of(visitor), self.abouts.get(&visitor).cloned());
            let seen = talks.iter().filter(|thread| self.agent_in(agent, thread.inbox).is_some());
            known.extend(seen.filter_map(|thread| thread.address.clone()));
            known.dedup();
            if !sought.query.is_in(&known.iter().map(String::as_str).collect::<Vec<_>>()) {
                continue;
            }
            let messages = shown.lines.iter().filter(|line| matches!(line.what, EntryBody::Message { .. }));
            let at = messages.map(|line| line.at).max().unwrap_or(shown.arrived_at);
            let person = FoundPersonView {
                text: found_of(&sought.query, &known),
                conversation: shown.id,
                at,
                about: self.about(shown),
            };
            found.push((Reverse(at), visitor, person));
        }
        found.sort_by_key(|(at, visitor, _)| (*at, *visitor));
        found.into_iter().map(|(_, _, person)| person).take(SEARCH_PEOPLE_MAX).collect()
    }
}
