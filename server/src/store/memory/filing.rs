//! Tags, priorities and outcomes, in memory.

use async_trait::async_trait;
use deskbell_shared::model::{
    AgentId, EntryBody, Feed, Filed, Filing, InboxId, InboxOutcomes, OutcomeId, OutcomeView, Priority, Right,
    Status, Summary, TagId, TagView, UnixMillis,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::{TAGS_MAX, TAGS_ON_ONE_MAX};

use super::threads::{By, Line, Thread};
use super::{MemoryStore, State, refuse};
use crate::store::conversations::Changed;
use crate::store::filing::{FiledSo, FilingStore, Prioritise, TagWrite, Tagging, WrapUp, folded, words_of};
use crate::store::{Scope, Stored};

/// What there is to file with.
#[derive(Default)]
pub struct Cabinet {
    tags: Vec<TagView>,
    asked: Vec<InboxOutcomes>,
    /// Every outcome that ever was offered, by its last name.
    known: Vec<OutcomeView>,
}

#[async_trait]
impl FilingStore for MemoryStore {
    async fn tags(&self) -> Stored<Vec<TagView>> {
        let mut tags = self.lock().cabinet.tags.clone();
        tags.sort_by_key(|tag| folded(&tag.name));
        Ok(tags)
    }

    async fn write_tag(&self, write: TagWrite) -> Stored<()> {
        self.noted(|state, told| {
            let tags = &mut state.cabinet.tags;
            let known = tags.iter().position(|tag| tag.id == write.tag.id);
            match (known, write.is_new) {
                (None, false) => return refuse(RefusalCode::NotFound),
                (Some(_), true) => return refuse(RefusalCode::Conflict),
                _ => {}
            }
            let has_name = |tag: &TagView| folded(&tag.name) == folded(&write.tag.name);
            if tags.iter().any(|tag| tag.id != write.tag.id && has_name(tag)) {
                return refuse(RefusalCode::Conflict);
            }
            match known {
                Some(at) => {
                    told.idle = tags[at] == write.tag;
                    tags[at] = write.tag;
                }
                None if tags.len() >= TAGS_MAX => return refuse(RefusalCode::TooLong),
                None => tags.push(write.tag),
            }
            Ok(())
        })
    }

    async fn outcomes(&self) -> Stored<Vec<InboxOutcomes>> {
        let mut asked = self.lock().cabinet.asked.clone();
        asked.sort_by_key(|asked| asked.inbox);
        Ok(asked)
    }

    async fn set_outcomes(&self, asked: InboxOutcomes) -> Stored<()> {
        self.noted(|state, told| {
            if !state.inboxes.iter().any(|inbox| inbox.id == asked.inbox) {
                return refuse(RefusalCode::NotFound);
            }
            let cabinet = &mut state.cabinet;
            let is_elsewhere = |outcome: &OutcomeView| {
                let mut others = cabinet.asked.iter().filter(|other| other.inbox != asked.inbox);
                others.any(|other| other.outcomes.iter().any(|known| known.id == outcome.id))
            };
            if asked.outcomes.iter().any(is_elsewhere) {
                return refuse(RefusalCode::NotFound);
            }
            let now = cabinet.asked.iter().find(|now| now.inbox == asked.inbox);
            if now == Some(&asked) || (now.is_none() && asked.outcomes.is_empty()) {
                told.idle = true;
                return Ok(());
            }
            told.word(words_of(&asked));
            for outcome in &asked.outcomes {
                cabinet.known.retain(|known| known.id != outcome.id);
                cabinet.known.push(outcome.clone());
            }
            cabinet.asked.retain(|now| now.inbox != asked.inbox);
            if !asked.outcomes.is_empty() {
                cabinet.asked.push(asked);
            }
            Ok(())
        })
    }

    async fn tag(&self, asked: Tagging) -> Stored<Changed> {
        let state = &mut *self.lock();
        let mut thread = state.reach(asked.conversation, Scope::Agent(asked.agent))?;
        state.may(Scope::Agent(asked.agent), Right::Steer)?;
        let Some(tag) = state.cabinet.tags.iter().find(|tag| tag.id == asked.tag).cloned() else {
            return refuse(RefusalCode::NotFound);
        };
        let head = thread.head();
        if thread.tags.contains(&tag.id) != asked.on {
            if asked.on && tag.is_archived {
                return refuse(RefusalCode::Invalid);
            }
            if asked.on && thread.tags.len() >= TAGS_ON_ONE_MAX {
                return refuse(RefusalCode::TooLong);
            }
            let what = if asked.on {
                thread.tags.push(tag.id);
                Filing::Tagged
            } else {
                thread.tags.retain(|known| *known != tag.id);
                Filing::Untagged
            };
            thread.file(asked.at, asked.agent, what, Some(tag.name));
            state.put(&mut thread);
        }
        Ok(thread.changed(state, head, None))
    }

    async fn prioritise(&self, asked: Prioritise) -> Stored<Changed> {
        let state = &mut *self.lock();
        let mut thread = state.reach(asked.conversation, Scope::Agent(asked.agent))?;
        state.may(Scope::Agent(asked.agent), Right::Steer)?;
        let head = thread.head();
        if thread.priority != asked.priority {
            thread.priority = asked.priority;
            thread.file(asked.at, asked.agent, Filing::Prioritised, Some(asked.priority.text().into()));
            state.put(&mut thread);
        }
        Ok(thread.changed(state, head, None))
    }

    async fn wrap_up(&self, asked: WrapUp) -> Stored<Changed> {
        let state = &mut *self.lock();
        let mut thread = state.reach(asked.conversation, Scope::Agent(asked.agent))?;
        state.may(Scope::Agent(asked.agent), Right::Steer)?;
        let head = thread.head();
        if thread.status == Status::Resolved && thread.outcome == asked.outcome {
            return Ok(thread.changed(state, head, None));
        }
        if asked.outcome.is_none() && state.wants_outcome(&thread) {
            return refuse(RefusalCode::OutcomeNeeded);
        }
        let offered = state.cabinet.asked.iter().find(|offer| offer.inbox == thread.inbox);
        let name = match asked.outcome {
            None => None,
            Some(id) => {
                let found = offered.and_then(|offer| offer.outcomes.iter().find(|known| known.id == id));
                let Some(found) = found else { return refuse(RefusalCode::Invalid) };
                Some(found.name.clone())
            }
        };
        thread.end(asked.at, By::Agent(asked.agent));
        if thread.outcome != asked.outcome {
            thread.outcome = asked.outcome;
            thread.file(asked.at, asked.agent, Filing::Concluded, name);
        }
        state.put(&mut thread);
        Ok(thread.changed(state, head, None))
    }

    async fn resolved_so(
        &self,
        agent: AgentId,
        so: FiledSo,
        before: Option<Feed>,
        count_max: usize,
    ) -> Stored<Vec<Summary>> {
        let state = &*self.lock();
        let mut found = state.visible_to(agent);
        found.retain(|thread| {
            thread.status == Status::Resolved
                && before.is_none_or(|before| Feed(thread.feed) < before)
                && so.tag.is_none_or(|tag| thread.tags.contains(&tag))
                && so.priority.is_none_or(|priority| thread.priority == priority)
        });
        found.sort_by_key(|thread| std::cmp::Reverse(thread.feed));
        found.truncate(count_max);
        Ok(found.iter().filter_map(|thread| thread.summary(state, self.epoch, agent)).collect())
    }
}

impl State {
    /// Whether there is such a tag.
    pub(super) fn has_tag(&self, tag: TagId) -> bool {
        self.cabinet.tags.iter().any(|known| known.id == tag)
    }

    /// Whether an agent who resolves it has to say what came of it.
    pub(super) fn wants_outcome(&self, thread: &Thread) -> bool {
        self.cabinet.asked.iter().any(|asked| asked.inbox == thread.inbox && asked.is_required)
    }

    /// Whether an inbox offers outcomes.
    pub(super) fn asks_outcome(&self, inbox: InboxId) -> bool {
        self.cabinet.asked.iter().any(|asked| asked.inbox == inbox)
    }

    /// How a conversation is filed, with names as they are now.
    pub(super) fn filed(&self, thread: &Thread) -> Option<Filed> {
        let has = |tag: &&TagView| thread.tags.contains(&tag.id);
        let mut tags: Vec<TagView> = self.cabinet.tags.iter().filter(has).cloned().collect();
        tags.sort_by_key(|tag| folded(&tag.name));
        let said = |id: OutcomeId| self.cabinet.known.iter().find(|known| known.id == id);
        let said = |id: OutcomeId| said(id).map(|known| known.name.clone());
        let filed = Filed { tags, priority: thread.priority, outcome: thread.outcome.and_then(said) };
        let is_any = !filed.tags.is_empty() || filed.priority != Priority::Normal || filed.outcome.is_some();
        is_any.then_some(filed)
    }
}

impl Thread {
    fn file(&mut self, at: UnixMillis, by: AgentId, what: Filing, which: Option<String>) {
        self.lines.push(Line { at, by: By::Agent(by), what: EntryBody::Filed { what, which } });
    }
}
