//! The contract about conversations, in memory. Each method looks, decides, and changes under one lock.

use async_trait::async_trait;
use deskbell_shared::model::{
    AboutView, AgentId, ConversationId, ConversationView, Draft, Entry, EntryBody, Epoch, Feed, InboxId,
    LastMessage, Marks, Priority, Right, Role, Seq, Status, Summary, UnixMillis, VisitorId, VisitorView,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::{PAGE_BYTES_MAX, PAGE_ROWS_MAX};

use super::threads::{By, Line, Thread};
use super::{MemoryStore, State, refuse};
use crate::store::conversations::{
    Append, Appended, Changed, Claim, ConversationStore, Edit, Mark, OutOfSight, Rate, Reopen, Resolve,
    RowsRead, Snooze, Span, Start, Wake, Withdraw, Writer,
};
use crate::store::desks::Reason;
use crate::store::{Fault, Refusal, Scope, Stored};

#[async_trait]
impl ConversationStore for MemoryStore {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    async fn feed_head(&self) -> Stored<Feed> {
        Ok(Feed(self.lock().feed))
    }

    async fn start(&self, start: Start) -> Stored<Appended> {
        let state = &mut *self.lock();
        if let Some(known) = state.threads.iter().find(|thread| thread.id == start.conversation) {
            if known.visitor != start.visitor {
                return refuse(RefusalCode::NotFound);
            }
        } else {
            if start.messages.is_empty() {
                return refuse(RefusalCode::Empty);
            }
            if state.is_blocked(start.visitor, start.at) {
                return refuse(RefusalCode::Blocked);
            }
            let site = state.sites.iter().find(|site| site.id == start.site);
            if !site.is_some_and(|site| site.leads_to(start.inbox)) {
                return refuse(RefusalCode::NotFound);
            }
            state.may_act(start.visitor, start.inbox)?;
            let elsewhere =
                |(site, visitor): &(_, VisitorView)| visitor.id == start.visitor && *site != start.site;
            if state.visitors.iter().any(elsewhere) {
                return refuse(RefusalCode::NotFound);
            }
            if let Some(other) = state.open_of(start.visitor, start.inbox) {
                return Err(already_open(other).into());
            }
            if !state.visitors.iter().any(|(_, visitor)| visitor.id == start.visitor) {
                let (first_seen_at, id) = (start.at, start.visitor);
                let (page, language, time_zone) = (None, None, None);
                let visitor =
                    VisitorView { id, first_seen_at, page, language, time_zone, name: None, online: false };
                state.visitors.push((start.site, visitor));
            }
            let zero = Seq(0);
            state.threads.push(Thread {
                id: start.conversation,
                inbox: start.inbox,
                site: start.site,
                visitor: start.visitor,
                status: Status::Open,
                assignee: None,
                version: 0,
                arrived_at: start.at,
                arrival: state.feed + 1,
                feed: 0,
                lines: Vec::new(),
                marks: Marks {
                    visitor_received: zero,
                    visitor_read: zero,
                    staff_received: zero,
                    staff_read: zero,
                },
                snoozed_until: None,
                address: None,
                score: None,
                tags: Vec::new(),
                priority: Priority::Normal,
                outcome: None,
                erased: Default::default(),
                withdrawn: Default::default(),
            });
        }
        let appended = match state.add(start.conversation, By::Visitor, &start.messages, start.at) {
            Ok(appended) => appended,
            Err(fault) => {
                // Nothing is made when the first message is refused.
                state.threads.retain(|thread| !thread.lines.is_empty());
                let written = |id| state.threads.iter().any(|thread| thread.visitor == id);
                state.visitors.retain(|(_, visitor)| written(visitor.id));
                return Err(fault);
            }
        };
        if !appended.changed.rows.is_empty() {
            for (_, visitor) in state.visitors.iter_mut().filter(|(_, visitor)| visitor.id == start.visitor) {
                let before = visitor.page.take();
                let referrer = before.as_ref().and_then(|page| page.referrer.clone());
                visitor.page = start.page.clone().or(before);
                if let Some(page) = &mut visitor.page {
                    page.referrer = page.referrer.take().or(referrer);
                }
                visitor.time_zone = start.time_zone.clone().or(visitor.time_zone.take());
                visitor.language = start.language.clone().or(visitor.language.take());
            }
            if let Some(about) = &start.about {
                state.abouts.entry(start.visitor).or_insert(AboutView::NOTHING).learn(about);
            }
        }
        Ok(appended)
    }

    async fn append(&self, append: Append) -> Stored<Appended> {
        let state = &mut *self.lock();
        let (scope, by) = match append.writer {
            Writer::Visitor(visitor) => (Scope::Visitor(visitor), By::Visitor),
            Writer::Agent(agent) => (Scope::Agent(agent), By::Agent(agent)),
        };
        state.reach(append.conversation, scope)?;
        let appended = state.add(append.conversation, by, &append.messages, append.at)?;
        state.owe(&appended.changed);
        Ok(appended)
    }

    async fn claim(&self, claim: Claim) -> Stored<Changed> {
        let state = &mut *self.lock();
        let mut thread = state.reach_who_may(claim.conversation, claim.agent, Right::Serve)?;
        let head = thread.head();
        if thread.assignee != Some(claim.agent) {
            if thread.status != Status::Open || thread.version != claim.version {
                return refuse(RefusalCode::Conflict);
            }
            let from = thread.assignee;
            if from.is_none() {
                state.served(&thread, claim.at);
            }
            thread.version += 1;
            thread.assignee = Some(claim.agent);
            state.record(&thread, claim.at, claim.agent, Reason::Claimed { from }, None);
            thread.lines.push(Line {
                at: claim.at,
                by: By::Agent(claim.agent),
                what: EntryBody::Assigned { to: state.face(claim.agent), version: thread.version },
            });
            thread.wake(claim.at, By::Agent(claim.agent));
            state.put(&mut thread);
        }
        Ok(thread.changed(state, head, None))
    }

    async fn resolve(&self, resolve: Resolve) -> Stored<Changed> {
        let state = &mut *self.lock();
        let mut thread = state.reach_to_act(resolve.conversation, resolve.scope)?;
        state.may(resolve.scope, Right::Steer)?;
        let head = thread.head();
        if thread.status == Status::Open {
            let by = match resolve.scope {
                Scope::Visitor(_) => By::Visitor,
                Scope::Agent(_) if state.wants_outcome(&thread) => {
                    return refuse(RefusalCode::OutcomeNeeded);
                }
                Scope::Agent(agent) => By::Agent(agent),
            };
            thread.end(resolve.at, by);
            state.put(&mut thread);
        }
        Ok(thread.changed(state, head, None))
    }

    async fn snooze(&self, snooze: Snooze) -> Stored<Changed> {
        let state = &mut *self.lock();
        let mut thread = state.reach_who_may(snooze.conversation, snooze.agent, Right::Steer)?;
        let head = thread.head();
        if thread.assignee != Some(snooze.agent) {
            return refuse(RefusalCode::NotAllowed);
        }
        if thread.snoozed_until.replace(snooze.until) != Some(snooze.until) {
            let what = EntryBody::Snoozed { until: snooze.until };
            thread.lines.push(Line { at: snooze.at, by: By::Agent(snooze.agent), what });
            state.put(&mut thread);
        }
        Ok(thread.changed(state, head, None))
    }

    async fn rate(&self, rate: Rate) -> Stored<Changed> {
        let state = &mut *self.lock();
        let mut thread = state.reach_to_act(rate.conversation, Scope::Visitor(rate.visitor))?;
        if thread.status == Status::Open {
            return refuse(RefusalCode::Conflict);
        }
        let head = thread.head();
        let what = EntryBody::Rated { score: rate.score, comment: rate.comment };
        let is_rating = |line: &&Line| matches!(line.what, EntryBody::Rated { .. });
        if thread.lines.iter().rev().find(is_rating).map(|line| &line.what) != Some(&what) {
            thread.score = Some(rate.score);
            thread.lines.push(Line { at: rate.at, by: By::Visitor, what });
            state.put(&mut thread);
        }
        Ok(thread.changed(state, head, None))
    }

    async fn edit(&self, edit: Edit) -> Stored<Changed> {
        self.lock().edit(edit)
    }

    async fn withdraw(&self, withdraw: Withdraw) -> Stored<Changed> {
        self.noted(|state, told| state.withdraw(withdraw, told))
    }

    async fn wake(&self, wake: Wake) -> Stored<Changed> {
        let state = &mut *self.lock();
        let thread = state.reach_who_may(wake.conversation, wake.agent, Right::Steer)?;
        Ok(state.woken(thread, wake.at, By::Agent(wake.agent)))
    }

    async fn wake_due(&self, at: UnixMillis, count_max: usize) -> Stored<Vec<Changed>> {
        let state = &mut *self.lock();
        let is_due = |thread: &&Thread| thread.snoozed_until.is_some_and(|until| until <= at);
        let mut due: Vec<Thread> = state.threads.iter().filter(is_due).cloned().collect();
        due.sort_by_key(|thread| (thread.snoozed_until, thread.id));
        due.truncate(count_max);
        Ok(due.into_iter().map(|thread| state.woken(thread, at, By::System)).collect())
    }

    async fn next_wake(&self) -> Stored<Option<UnixMillis>> {
        Ok(self.lock().threads.iter().filter_map(|thread| thread.snoozed_until).min())
    }

    async fn reopen(&self, reopen: Reopen) -> Stored<Changed> {
        let state = &mut *self.lock();
        let mut thread = state.reach_who_may(reopen.conversation, reopen.agent, Right::Serve)?;
        let (head, by) = (thread.head(), By::Agent(reopen.agent));
        if thread.status == Status::Open {
            if thread.assignee != Some(reopen.agent) {
                return refuse(RefusalCode::Conflict);
            }
            return Ok(thread.changed(state, head, None));
        }
        if let Some(open) = state.open_of(thread.visitor, thread.inbox) {
            return Err(already_open(open).into());
        }
        thread.reopen(reopen.at, state.feed + 1, by);
        thread.version += 1;
        thread.assignee = Some(reopen.agent);
        let what = EntryBody::Assigned { to: state.face(reopen.agent), version: thread.version };
        thread.lines.push(Line { at: reopen.at, by, what });
        state.put(&mut thread);
        Ok(thread.changed(state, head, None))
    }

    async fn mark(&self, mark: Mark) -> Stored<Changed> {
        let state = &mut *self.lock();
        if state.is_away {
            return Err(Fault::Unavailable("the double is away".to_owned()));
        }
        let mut thread = state.reach(mark.conversation, mark.scope)?;
        let (head, before) = (thread.head(), thread.both_marks());
        let (given_received, given_read) = match mark.scope {
            Scope::Visitor(_) => {
                let head = thread.visitor_seq(head);
                (thread.staff_seq(mark.received.min(head)), thread.staff_seq(mark.read.min(head)))
            }
            Scope::Agent(_) if state.may(mark.scope, Right::Answer).is_err() => (Seq(0), Seq(0)),
            Scope::Agent(agent) if thread.assignee.is_some_and(|assignee| assignee != agent) => {
                (mark.received.min(head), Seq(0))
            }
            Scope::Agent(_) => (mark.received.min(head), mark.read.min(head)),
        };
        let (received, read) = match mark.scope {
            Scope::Visitor(_) => (&mut thread.marks.visitor_received, &mut thread.marks.visitor_read),
            Scope::Agent(_) => (&mut thread.marks.staff_received, &mut thread.marks.staff_read),
        };
        *received = given_received.max(*received);
        *read = given_read.min(*received).max(*read);
        let after = thread.both_marks();
        let moved = (after != before).then_some(after);
        if moved.is_some() {
            state.put(&mut thread);
        }
        Ok(thread.changed(state, head, moved))
    }

    async fn rows(&self, scope: Scope, conversation: ConversationId, span: Span) -> Stored<Option<RowsRead>> {
        let state = &*self.lock();
        let Ok(thread) = state.reach(conversation, scope) else { return Ok(None) };
        let all = thread.entries(state, scope);
        let after = |seq: Seq| all.iter().filter(move |entry| entry.seq > seq);
        let rows = match span {
            Span::After(seq) => one_page(after(seq)),
            Span::Before(seq) => newest_page(all.iter().filter(|entry| entry.seq < seq)),
            Span::Newest(seq) => {
                let rows = one_page(after(seq));
                if rows.len() == after(seq).count() { rows } else { newest_page(all.iter()) }
            }
        };
        let erased = match span {
            Span::After(seq) | Span::Newest(seq) => {
                let mut known = all.iter().filter(|entry| entry.seq <= seq);
                known.any(|entry| matches!(entry.body, EntryBody::Erased { .. }))
            }
            Span::Before(_) => false,
        };
        let view = thread.view(state, self.epoch, scope);
        Ok(Some(RowsRead { view, rows, visitor: thread.visitor, erased }))
    }

    async fn conversations_of(&self, visitor: VisitorId, count_max: usize) -> Stored<Vec<ConversationView>> {
        let state = &*self.lock();
        let mut own: Vec<&Thread> = state.threads.iter().filter(|thread| thread.visitor == visitor).collect();
        own.sort_by_key(|thread| std::cmp::Reverse(thread.arrival));
        own.truncate(count_max);
        Ok(own.iter().map(|thread| thread.view(state, self.epoch, Scope::Visitor(visitor))).collect())
    }

    async fn last_messages_of(&self, visitor: VisitorId, count_max: usize) -> Stored<Vec<LastMessage>> {
        let state = &*self.lock();
        let mut own: Vec<&Thread> = state.threads.iter().filter(|thread| thread.visitor == visitor).collect();
        own.sort_by_key(|thread| std::cmp::Reverse(thread.arrival));
        own.truncate(count_max);
        Ok(own.iter().filter_map(|thread| thread.last_message(state)).collect())
    }

    async fn about(&self, visitor: VisitorId) -> Stored<Option<AboutView>> {
        Ok(self.lock().abouts.get(&visitor).cloned())
    }

    async fn feed(
        &self,
        agent: AgentId,
        after: Feed,
        open_only: bool,
        count_max: usize,
    ) -> Stored<Vec<Summary>> {
        let state = &*self.lock();
        let mut found = state.visible_to(agent);
        found.retain(|thread| Feed(thread.feed) > after && !(open_only && thread.status == Status::Resolved));
        found.sort_by_key(|thread| thread.feed);
        found.truncate(count_max);
        Ok(found.iter().filter_map(|thread| thread.summary(state, self.epoch, agent)).collect())
    }

    async fn out_of_sight(&self, agent: AgentId, after: Feed, count_max: usize) -> Stored<OutOfSight> {
        let state = &*self.lock();
        if state.sights.get(&agent).is_some_and(|feed| Feed(*feed) > after) {
            return Ok(OutOfSight::Anew);
        }
        let sees = |inbox: InboxId| state.agent_in(agent, inbox).is_some();
        let left = state.departures.iter().filter(|((inbox, _), feed)| sees(*inbox) && Feed(**feed) > after);
        let left: Vec<(Feed, ConversationId)> = left.map(|((_, id), feed)| (Feed(*feed), *id)).collect();
        if left.len() > count_max {
            return Ok(OutOfSight::Anew);
        }
        let is_gone = |id: ConversationId| state.reach(id, Scope::Agent(agent)).is_err();
        let mut gone: Vec<_> = left.into_iter().filter(|(_, id)| is_gone(*id)).collect();
        gone.sort_unstable();
        Ok(OutOfSight::Gone(gone))
    }

    async fn resolved(&self, agent: AgentId, before: Option<Feed>, count_max: usize) -> Stored<Vec<Summary>> {
        let state = &*self.lock();
        let mut found = state.visible_to(agent);
        let early = |thread: &Thread| before.is_none_or(|before| Feed(thread.feed) < before);
        found.retain(|thread| thread.status == Status::Resolved && early(thread));
        found.sort_by_key(|thread| std::cmp::Reverse(thread.feed));
        found.truncate(count_max);
        Ok(found.iter().filter_map(|thread| thread.summary(state, self.epoch, agent)).collect())
    }

    async fn summary(&self, agent: AgentId, conversation: ConversationId) -> Stored<Option<Summary>> {
        let state = &*self.lock();
        let found = state.reach(conversation, Scope::Agent(agent)).ok();
        Ok(found.and_then(|thread| thread.summary(state, self.epoch, agent)))
    }

    async fn conversations_with(
        &self,
        agent: AgentId,
        visitor: VisitorId,
        count_max: usize,
    ) -> Stored<Vec<Summary>> {
        let state = &*self.lock();
        let mut found = state.visible_to(agent);
        found.retain(|thread| thread.visitor == visitor);
        found.sort_by_key(|thread| std::cmp::Reverse(thread.arrival));
        found.truncate(count_max);
        Ok(found.iter().filter_map(|thread| thread.summary(state, self.epoch, agent)).collect())
    }

    async fn inbox_agents(&self, inbox: InboxId) -> Stored<Vec<AgentId>> {
        let state = &*self.lock();
        if !state.inboxes.iter().any(|known| known.id == inbox) {
            return Ok(Vec::new());
        }
        let may = |id: &AgentId| state.agent_in(*id, inbox).is_some();
        let mut agents: Vec<AgentId> = state.agents.iter().map(|agent| agent.view.id).filter(may).collect();
        agents.sort_unstable();
        Ok(agents)
    }
}

#[cfg(test)]
impl MemoryStore {
    /// Ends a membership, for tests of what that means.
    pub(in crate::store) fn take_out(&self, inbox: InboxId, agent: AgentId) {
        self.lock().members.retain(|member| *member != (inbox, agent));
    }
}

impl State {
    /// A copy of the conversation, if the scope reaches it.
    pub(super) fn reach(&self, id: ConversationId, scope: Scope) -> Result<Thread, Refusal> {
        let reaches = |thread: &&Thread| match scope {
            Scope::Visitor(visitor) => thread.visitor == visitor,
            Scope::Agent(agent) => self.agent_in(agent, thread.inbox).is_some(),
        };
        let found = self.threads.iter().find(|thread| thread.id == id).filter(reaches);
        found.cloned().ok_or(Refusal::because(RefusalCode::NotFound))
    }

    /// The same, for an agent whose role has the right.
    pub(super) fn reach_who_may(
        &self,
        id: ConversationId,
        agent: AgentId,
        right: Right,
    ) -> Result<Thread, Refusal> {
        let thread = self.reach(id, Scope::Agent(agent))?;
        self.may(Scope::Agent(agent), right)?;
        Ok(thread)
    }

    /// The same, for what a visitor does there and others see.
    pub(super) fn reach_to_act(&self, id: ConversationId, scope: Scope) -> Result<Thread, Refusal> {
        let thread = self.reach(id, scope)?;
        if let Scope::Visitor(visitor) = scope {
            self.may_act(visitor, thread.inbox)?;
        }
        Ok(thread)
    }

    /// Puts a changed copy in its place, at a new place of the list feed.
    pub(super) fn put(&mut self, thread: &mut Thread) {
        self.feed += 1;
        thread.feed = self.feed;
        self.settle_offer(thread);
        for known in self.threads.iter_mut().filter(|known| known.id == thread.id) {
            *known = thread.clone();
        }
    }

    pub(super) fn written_in(&self, visitor: VisitorId, draft: &Draft) -> Option<ConversationId> {
        let repeats = |thread: &&Thread| {
            let Some((seq, line)) = thread.known(By::Visitor, draft.cmid) else { return false };
            let is_erased = thread.erased.contains(&(seq.0 as usize - 1));
            is_erased || matches!(&line.what, EntryBody::Message { text, .. } if *text == draft.text)
        };
        let theirs = |thread: &&Thread| thread.visitor == visitor;
        self.threads.iter().filter(theirs).find(repeats).map(|thread| thread.id)
    }

    pub(super) fn open_of(&self, visitor: VisitorId, inbox: InboxId) -> Option<ConversationId> {
        let open = |thread: &&Thread| {
            thread.visitor == visitor && thread.inbox == inbox && thread.status == Status::Open
        };
        self.threads.iter().find(open).map(|thread| thread.id)
    }

    fn woken(&mut self, mut thread: Thread, at: UnixMillis, by: By) -> Changed {
        let head = thread.head();
        thread.wake(at, by);
        if thread.head() != head {
            self.put(&mut thread);
        }
        thread.changed(self, head, None)
    }

    pub(super) fn visible_to(&self, agent: AgentId) -> Vec<&Thread> {
        self.threads.iter().filter(|thread| self.agent_in(agent, thread.inbox).is_some()).collect()
    }

    pub(super) fn owner_exists(&self) -> bool {
        self.agents.iter().any(|agent| agent.role == Role::Owner)
    }
}

pub(super) fn already_open(open: ConversationId) -> Refusal {
    Refusal { code: RefusalCode::AlreadyOpen, conversation: Some(open) }
}

/// As many as fit in one page, from the first on. The first always fits.
fn one_page<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<Entry> {
    let mut page = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        if let Some((_, text)) = entry.body.written() {
            bytes += text.len() + entry.body.choices().iter().map(|choice| choice.len() + 3).sum::<usize>();
        }
        if page.len() == PAGE_ROWS_MAX || (!page.is_empty() && bytes > PAGE_BYTES_MAX) {
            break;
        }
        page.push(entry.clone());
    }
    page
}

/// As many as fit in one page, from the last on.
fn newest_page<'a>(entries: impl DoubleEndedIterator<Item = &'a Entry>) -> Vec<Entry> {
    let mut page = one_page(entries.rev());
    page.reverse();
    page
}
