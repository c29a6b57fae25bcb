//! The contracts about files and erasure, in memory.

use async_trait::async_trait;
use deskbell_shared::model::{
    ConversationId, EntryBody, FileId, FileView, InboxId, Right, Status, UnixMillis, VisitorId,
};
use deskbell_shared::protocol::RefusalCode;

use super::threads::{By, Line, Thread};
use super::{MemoryStore, State, refuse};
use crate::store::conversations::{Changed, Writer};
use crate::store::erasure::{Asked, Before, Due, Erase, ErasureStore, Retention};
use crate::store::files::{FileRecord, FileStore, NewFile, Quota};
use crate::store::{Scope, Stored};

/// A file, and where it is.
#[derive(Clone)]
pub struct Kept {
    pub(super) file: NewFile,
    conversation: Option<ConversationId>,
}

impl State {
    /// Whether a visitor has uploaded anything that is still there.
    pub(super) fn has_files_of(&self, visitor: VisitorId) -> bool {
        self.files.iter().any(|kept| kept.file.owner == Writer::Visitor(visitor))
    }
}

#[async_trait]
impl FileStore for MemoryStore {
    async fn keep_file(&self, file: NewFile, quota: Quota) -> Stored<()> {
        let state = &mut *self.lock();
        let own =
            || state.files.iter().filter(|kept| kept.file.owner == file.owner && kept.file.at > quota.since);
        let bytes: u64 = own().map(|kept| kept.file.view.size).sum();
        let mut over = own().count() >= quota.files_max as usize || bytes + file.view.size > quota.bytes_max;
        if matches!(file.owner, Writer::Visitor(_)) {
            let unused = state
                .files
                .iter()
                .filter(|kept| kept.conversation.is_none() && matches!(kept.file.owner, Writer::Visitor(_)));
            let unused: u64 = unused.map(|kept| kept.file.view.size).sum();
            over |= unused + file.view.size > quota.unused_bytes_max;
        }
        if over {
            return refuse(RefusalCode::RateLimited);
        }
        state.gone.remove(&file.hash);
        state.files.push(Kept { file, conversation: None });
        Ok(())
    }

    async fn file(&self, scope: Scope, id: FileId) -> Stored<Option<FileRecord>> {
        let state = &*self.lock();
        let Some(kept) = state.files.iter().find(|kept| kept.file.view.id == id) else { return Ok(None) };
        let owner = match scope {
            Scope::Visitor(me) => kept.file.owner == Writer::Visitor(me),
            Scope::Agent(me) => kept.file.owner == Writer::Agent(me),
        };
        let may = match (scope, kept.conversation) {
            (Scope::Visitor(_), Some(talk)) => owner || state.reach(talk, scope).is_ok(),
            (Scope::Agent(_), Some(talk)) => state.reach(talk, scope).is_ok(),
            (_, None) => owner,
        };
        Ok(may.then(|| FileRecord { view: kept.file.view.clone(), hash: kept.file.hash.clone() }))
    }

    async fn drop_unused_files(&self, before: UnixMillis) -> Stored<()> {
        self.lock().drop_files(|kept| kept.conversation.is_none() && kept.file.at < before);
        Ok(())
    }

    async fn has_content(&self, hash: String) -> Stored<bool> {
        Ok(self.lock().files.iter().any(|kept| kept.file.hash == hash))
    }

    async fn gone_contents(&self, count_max: usize) -> Stored<Vec<String>> {
        Ok(self.lock().gone.iter().take(count_max).cloned().collect())
    }

    async fn contents_removed(&self, hashes: Vec<String>) -> Stored<()> {
        self.lock().gone.retain(|hash| !hashes.contains(hash));
        Ok(())
    }
}

#[async_trait]
impl ErasureStore for MemoryStore {
    async fn erase_visitor(&self, erase: Erase) -> Stored<Vec<Changed>> {
        self.noted(|state, told| {
            let is_known = state.visitors.iter().any(|(_, visitor)| visitor.id == erase.visitor);
            let by = match erase.scope {
                Scope::Visitor(visitor) if visitor == erase.visitor => By::Visitor,
                Scope::Agent(agent)
                    if is_known && state.agent(agent).is_some_and(|a| a.role.may(Right::Erase)) =>
                {
                    By::Agent(agent)
                }
                _ => return refuse(RefusalCode::NotFound),
            };
            let own = |thread: &&Thread| thread.visitor == erase.visitor;
            let talks: Vec<Thread> = state.threads.iter().filter(own).cloned().collect();
            let mut changed = Vec::new();
            for thread in talks {
                changed.extend(state.erase_talk(thread, Some(by), erase.at));
            }
            state.drop_files(|kept| kept.file.owner == Writer::Visitor(erase.visitor));
            state.blocks.retain(|block| block.visitor != erase.visitor || block.until > erase.at);
            for block in state.blocks.iter_mut().filter(|block| block.visitor == erase.visitor) {
                block.reason.clear();
            }
            state.forget_surroundings(erase.visitor);
            state.forget_identity(erase.visitor);
            let is_again = changed.is_empty() && state.erasures.contains_key(&erase.visitor);
            told.idle = by == By::Visitor && (is_again || !is_known);
            if is_known {
                state.erasures.insert(erase.visitor, erase.at);
            }
            Ok(changed)
        })
    }

    async fn not_erased(&self, mut asked: Vec<Asked>) -> Stored<Vec<Asked>> {
        let state = &*self.lock();
        asked.retain(|(visitor, at)| state.erasures.get(visitor).is_none_or(|seen| seen < at));
        Ok(asked)
    }

    async fn retentions(&self) -> Stored<Vec<Retention>> {
        let state = &*self.lock();
        let mut all: Vec<Retention> = Vec::new();
        for site in &state.sites {
            let (messages_days, files_days) = state.retention.get(&site.inbox).copied().unwrap_or_default();
            all.push(Retention {
                inbox: site.inbox,
                name: site.looks.name.clone(),
                messages_days,
                files_days,
            });
        }
        all.sort_by(|a, b| (&a.name, a.inbox).cmp(&(&b.name, b.inbox)));
        Ok(all)
    }

    async fn set_retention(
        &self,
        inbox: InboxId,
        messages_days: Option<u32>,
        files_days: Option<u32>,
    ) -> Stored<()> {
        self.noted(|state, told| {
            if !state.sites.iter().any(|site| site.inbox == inbox) {
                return refuse(RefusalCode::NotFound);
            }
            let before = state.retention.insert(inbox, (messages_days, files_days)).unwrap_or_default();
            told.idle = before == (messages_days, files_days);
            Ok(())
        })
    }

    async fn begin_retention(&self) -> Stored<u64> {
        let state = &mut *self.lock();
        state.turn += 1;
        Ok(state.turn)
    }

    async fn due(&self, inbox: InboxId, before: Before) -> Stored<Due> {
        let state = &*self.lock();
        let said = |thread: &Thread| {
            let written =
                |(at, line): &(usize, &Line)| line.what.written().is_some() && !thread.erased.contains(at);
            thread.lines.iter().enumerate().filter(written).count() as u32
        };
        let messages = state.over_before(inbox, before.messages).iter().map(said).sum();
        Ok(Due { messages, files: state.files_before(inbox, before.files).len() as u32 })
    }

    async fn retain(
        &self,
        turn: u64,
        inbox: InboxId,
        before: Before,
        conversations_max: usize,
    ) -> Stored<Vec<Changed>> {
        let state = &mut *self.lock();
        if turn != state.turn {
            return refuse(RefusalCode::Conflict);
        }
        let mut changed = Vec::new();
        for thread in state.over_before(inbox, before.messages).into_iter().take(conversations_max) {
            let visitor = thread.visitor;
            changed.extend(state.erase_talk(thread, None, UnixMillis(0)));
            let newer = |thread: &Thread| {
                let last =
                    thread.lines.iter().rev().find(|line| matches!(line.what, EntryBody::Message { .. }));
                let is_newer = last.is_some_and(|line| Some(line.at) >= before.messages);
                thread.visitor == visitor && (thread.status == Status::Open || is_newer)
            };
            if !state.threads.iter().any(newer) {
                for (_, visitor) in state.visitors.iter_mut().filter(|(_, known)| known.id == visitor) {
                    visitor.page = None;
                }
            }
            let says_on = |thread: &Thread| {
                thread.visitor == visitor && (thread.status == Status::Open || !thread.is_silent())
            };
            if !state.threads.iter().any(says_on) {
                state.forget_surroundings(visitor);
                if state.is_verified(visitor) {
                    state.forget_identity(visitor);
                }
            }
        }
        if let Some(before) = before.messages {
            state.forget_old_drafts(inbox, before);
        }
        let mut talks: Vec<ConversationId> = Vec::new();
        for (talk, _) in state.files_before(inbox, before.files) {
            if !talks.contains(&talk) && talks.len() < conversations_max {
                talks.push(talk);
            }
        }
        for (talk, file) in state.files_before(inbox, before.files) {
            if let Some(at) = talks.contains(&talk).then_some(()).and_then(|()| state.place_of(talk)) {
                let thread = &mut state.threads[at];
                let mut left = Vec::new();
                for line in &mut thread.lines {
                    if let EntryBody::Message { cmid, file: its, .. } = &mut line.what
                        && its.take_if(|its| its.id == file).is_some()
                    {
                        left.push((line.by, *cmid));
                    }
                }
                for (by, cmid) in left {
                    if thread.words(by, cmid).is_empty() {
                        let rows: Vec<usize> = thread.worded(by, cmid).collect();
                        thread.erased.extend(rows);
                    }
                }
                state.drop_files(|kept| kept.file.view.id == file);
            }
        }
        for talk in talks {
            if let Some(at) = state.place_of(talk) {
                let mut thread = state.threads[at].clone();
                state.put(&mut thread);
                changed.push(touched(&thread, state, thread.head()));
            }
        }
        Ok(changed)
    }

    async fn is_unclean(&self) -> Stored<bool> {
        Ok(false)
    }

    async fn scrub(&self) -> Stored<()> {
        Ok(())
    }
}

impl State {
    pub(super) fn may_bring(&self, by: By, thread: &Thread, file: FileId) -> bool {
        let owner = match by {
            By::Visitor => Writer::Visitor(thread.visitor),
            By::Agent(agent) => Writer::Agent(agent),
            By::System => return false,
        };
        self.files.iter().any(|kept| {
            kept.file.view.id == file
                && kept.file.owner == owner
                && kept.conversation.is_none_or(|there| there == thread.id)
        })
    }

    pub(super) fn bring(&mut self, by: By, thread: &Thread, file: FileId) -> Option<FileView> {
        if !self.may_bring(by, thread, file) {
            return None;
        }
        let kept = self.files.iter_mut().find(|kept| kept.file.view.id == file)?;
        kept.conversation = Some(thread.id);
        Some(kept.file.view.clone())
    }

    pub(super) fn drop_files(&mut self, which: impl Fn(&Kept) -> bool) {
        let (dropped, kept) = std::mem::take(&mut self.files).into_iter().partition(which);
        self.files = kept;
        for Kept { file, .. } in Vec::<Kept>::from_iter(dropped) {
            if !self.files.iter().any(|kept| kept.file.hash == file.hash) {
                self.gone.insert(file.hash);
            }
        }
    }

    fn place_of(&self, talk: ConversationId) -> Option<usize> {
        self.threads.iter().position(|thread| thread.id == talk)
    }

    fn over_before(&self, inbox: InboxId, before: Option<UnixMillis>) -> Vec<Thread> {
        let Some(before) = before else { return Vec::new() };
        let over = |thread: &&Thread| {
            let said =
                thread.lines.iter().enumerate().any(|(at, line)| says(line) && !thread.erased.contains(&at));
            thread.inbox == inbox
                && thread.status == Status::Resolved
                && thread
                    .lines
                    .iter()
                    .all(|line| line.at < before || matches!(line.what, EntryBody::Filed { .. }))
                && said
        };
        self.threads.iter().filter(over).cloned().collect()
    }

    fn files_before(&self, inbox: InboxId, before: Option<UnixMillis>) -> Vec<(ConversationId, FileId)> {
        let Some(before) = before else { return Vec::new() };
        let old = self.files.iter().filter(|kept| kept.file.at < before);
        let placed = old.filter_map(|kept| Some((kept.conversation?, kept.file.view.id)));
        let here = |talk: ConversationId| {
            self.threads.iter().any(|thread| thread.id == talk && thread.inbox == inbox)
        };
        placed.filter(|(talk, _)| here(*talk)).collect()
    }

    fn forget_surroundings(&mut self, visitor: VisitorId) {
        self.abouts.remove(&visitor);
        for (_, visitor) in self.visitors.iter_mut().filter(|(_, known)| known.id == visitor) {
            visitor.page = None;
            visitor.time_zone = None;
            visitor.language = None;
        }
    }

    fn erase_talk(&mut self, mut thread: Thread, ends: Option<By>, at: UnixMillis) -> Option<Changed> {
        let head = thread.head();
        let mut is_changed = thread.address.take().is_some() | self.forget_mail(thread.id);
        for (at, line) in thread.lines.iter_mut().enumerate() {
            if says(line) && thread.erased.insert(at) {
                is_changed = true;
            }
            match &mut line.what {
                EntryBody::Message { text, file, choices, .. } => {
                    text.clear();
                    (*file, *choices) = (None, None);
                }
                EntryBody::Note { text, .. } | EntryBody::Edited { text, .. } => text.clear(),
                EntryBody::Rated { comment, .. } => is_changed |= comment.take().is_some(),
                EntryBody::AddressLeft { address } | EntryBody::Mailed { address, .. } => address.clear(),
                _ => {}
            }
        }
        self.drop_files(|kept| kept.conversation == Some(thread.id));
        self.drafts.retain(|(_, _, draft)| draft.conversation != thread.id);
        if let (Some(by), Status::Open) = (ends, thread.status) {
            thread.version += 1;
            thread.status = Status::Resolved;
            thread.assignee = None;
            thread.snoozed_until = None;
            thread.lines.push(Line { at, by, what: EntryBody::Resolved { version: thread.version } });
            is_changed = true;
        }
        if !is_changed {
            return None;
        }
        self.put(&mut thread);
        Some(touched(&thread, self, head))
    }
}

/// What others must know of a conversation in which rows were erased.
pub(super) fn touched(thread: &Thread, state: &State, old_head: deskbell_shared::model::Seq) -> Changed {
    let feed = Some(deskbell_shared::model::Feed(thread.feed));
    Changed { feed, ..thread.changed(state, old_head, None) }
}

impl Thread {
    /// Whether nothing that somebody said is left in it.
    pub(super) fn is_silent(&self) -> bool {
        let mut lines = self.lines.iter().enumerate();
        !lines.any(|(at, line)| says(line) && !self.erased.contains(&at))
    }
}

/// Whether somebody said something in it.
fn says(line: &Line) -> bool {
    matches!(
        line.what,
        EntryBody::Message { .. }
            | EntryBody::Note { .. }
            | EntryBody::Edited { .. }
            | EntryBody::AddressLeft { .. }
            | EntryBody::Mailed { .. }
    )
}
